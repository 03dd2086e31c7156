#!/usr/bin/env bash
# Looks at the console in a real browser: scripts/browser.sh screenshots | bench
# The programs are those of the tests, so that a picture costs no second build; the bench measures optimised ones.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
what=${1:?screenshots or bench}
scripts/setup.sh --tests
scripts/components.sh connectors
if [ "$what" = bench ]; then
    build_optimised
    exec "$target/release/portcullis-browser" bench "$target"
fi
cargo build --locked --workspace --bins --tests
exec "$target/debug/portcullis-browser" screenshots "$target"
