#!/usr/bin/env bash
# Holds the API against its own OpenAPI document: scripts/api-check.sh [bounded]
# Schemathesis over every operation, the matrix of keys, a generated client, the codes; figures in TARGET/api/api.json.
# `bounded` is the part for every change: fewer cases, and the Rust tests that ran before are not run again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
size=${1:-whole}
python="$target/api/python"
report="$target/api"

# Tools of others, pinned, in a folder of their own.
scripts/setup.sh --api
if [ "$size" = whole ]; then
    scripts/components.sh connectors
    cargo build --locked --workspace --bins --tests
    scripts/raised-codes.sh clear
    cargo nextest run --workspace --locked --no-fail-fast --color never
    scripts/raised-codes.sh
fi
exec "$target/debug/portcullis-api-check" --size "$size" --python "$python/bin" --report "$report"
