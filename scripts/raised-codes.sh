#!/usr/bin/env bash
# Which codes of docs/errors were the tests answered with? Run after the tests; `clear` forgets those of earlier ones.
# Codes that no test met are counted and named; one that an answer can have must be met.
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
total=0 never=() answers=()
for page in docs/errors/*.md; do
    code=$(basename "$page" .md)
    [ "$code" = README ] && continue
    total=$((total + 1))
    [ -e "$raised/$code" ] && continue
    never+=("\"$code\"")
    if grep -q 'HTTP status' "$page"; then answers+=("$code"); fi
done
mkdir -p "$target/api"
printf '{"error_codes":{"total":%d,"without_page":%d,"never_raised":[%s]}}\n' \
    "$total" "$pages" "$(IFS=,; echo "${never[*]:-}")" >"$target/api/codes.json"
echo "   $((total - ${#never[@]})) of $total codes were met by a test; the list of the others: $target/api/codes.json" >&2
[ ${#answers[@]} -eq 0 ] || fail "no test is answered with: ${answers[*]}"
