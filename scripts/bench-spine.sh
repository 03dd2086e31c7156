#!/usr/bin/env bash
# Figures of the whole path, measured on optimised builds, into target/bench/spine.json.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh
scripts/components.sh connectors
build_optimised
exec "$target/release/portcullis-bench" "$@"
