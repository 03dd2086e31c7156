#!/usr/bin/env bash
# Runs one command with its name and its time: scripts/step.sh NAME COMMAND…
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
name=$1
shift
say "$name"
begin=$SECONDS
"$@" || fail "$name failed"
printf '   %s: %s s\n' "$name" "$((SECONDS - begin))" >&2
