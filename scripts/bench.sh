#!/usr/bin/env bash
# Runs every bench-* target of the Makefile, one after the other: two at once would measure each other.
# A figure that misses its ceiling does not keep the others from being taken; it fails the whole at the end.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
missed=()
for figure in $(grep -oE '^bench-[a-z-]+' Makefile); do
    say "$figure"
    make --no-print-directory "$figure" || missed+=("$figure")
done
[ ${#missed[@]} -eq 0 ] || fail "a ceiling not met, or no figure at all: ${missed[*]}"
