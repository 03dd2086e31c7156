#!/usr/bin/env bash
# Kills, stops, cuts and lies, with one oracle behind: scripts/faults.sh [SEEDS [SEED_BASE [SEED]]], each may be empty.
# The gateway is that of the tests' build: there is no second one.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh --tests
scripts/components.sh connectors
cargo build --locked --workspace --bins --tests
args=(--report "$target/faults/faults.json")
[ -z "${1:-}" ] || args+=(--seeds "$1")
[ -z "${2:-}" ] || args+=(--seed-base "$2")
[ -z "${3:-}" ] || args+=(--seed "$3")
exec "$target/debug/portcullis-faults" "${args[@]}"
