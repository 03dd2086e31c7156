#!/usr/bin/env bash
# Examines the connectors, and a broken component for each clause: writes TARGET/conformance/conformance.json.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/components.sh connectors
scripts/components.sh tests/guests
cargo build --locked --workspace --bins --tests
mkdir -p "$target/conformance"
"$target/debug/conformance" "$target/conformance"
