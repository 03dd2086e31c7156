#!/usr/bin/env bash
# Builds all that the demo needs, with the profile of the tests, and becomes the demo. EXIT=1 stops after the table.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh
say "building (the first time takes some minutes)"
scripts/components.sh connectors
cargo build --locked "${programs[@]}"
args=()
if [ "${EXIT:-}" = 1 ]; then args+=(--exit); fi
# exec: Ctrl-C and SIGTERM reach the demo itself.
exec "$target/debug/portcullis-demo" --root "$root" --programs "$target/debug" \
    --connectors "$target/connectors" "${args[@]}"
