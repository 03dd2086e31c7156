#!/usr/bin/env bash
# Figures of the sync engine, measured on optimised builds: scripts/bench-sync.sh sync | fair [flags of the program].
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh
scripts/components.sh connectors
build_optimised
exec "$target/release/portcullis-bench-sync" "$@" --folder "$target/bench"
