#!/usr/bin/env bash
# Which codes of docs/errors were the tests answered with? Run after the tests; `clear` forgets those of earlier ones.
# Each must be met: those that no test met are counted and named, and that is a failure.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
raised="$target/raised-codes"
if [ "${1:-}" = clear ]; then
    rm -rf "$raised" "$target/api/code-pages.json"
    exit 0
fi
# What the test of the pages counted in the sources.
figures="$target/api/code-pages.json"
[ -e "$figures" ] || fail "$figures is missing: run the tests first"
pages=$(sed -n 's/^.*"without_page":\([0-9]*\).*$/\1/p' "$figures")
total=0 never=()
for page in docs/errors/*.md; do
    code=$(basename "$page" .md)
    [ "$code" = README ] && continue
    total=$((total + 1))
    [ -e "$raised/$code" ] || never+=("\"$code\"")
done
mkdir -p "$target/api"
printf '{"error_codes":{"total":%d,"without_page":%d,"never_raised":[%s]}}\n' \
    "$total" "$pages" "$(IFS=,; echo "${never[*]:-}")" >"$target/api/codes.json"
[ ${#never[@]} -eq 0 ] || fail "no test meets ${#never[@]} of the $total codes: $(tr -d '"' <<<"${never[*]}")"
echo "   each of the $total codes was met by a test" >&2
