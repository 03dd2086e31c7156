#!/usr/bin/env bash
# Figures of the API, measured on optimised builds, into target/bench/api.json: scripts/bench-api.sh [flags of the program].
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh --bench
scripts/components.sh connectors
build_optimised
exec "$target/release/portcullis-bench-api" "$@" --folder "$target/bench"
