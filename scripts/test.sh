#!/usr/bin/env bash
# Everything that a change must pass. The last line sums up every test that ran.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
log="$(mktemp -d)"
trap 'rm -rf "$log"' EXIT

scripts/setup.sh --tests

scripts/step.sh "format" cargo fmt --all --check
scripts/step.sh "lints" cargo clippy --workspace --all-targets --locked -- --deny warnings
scripts/step.sh "dependencies: bans, licences, sources" cargo deny --locked check bans licenses sources
# Advisories come from a database on the network, which not every machine may reach: its absence is said, an
# advisory itself fails.
say "dependencies: advisories"
if cargo deny --locked fetch db >"$log/fetch" 2>&1; then
    cargo deny --locked check advisories || fail "an advisory is open against a dependency"
else
    echo "   not checked: the advisory database cannot be had here ($(tail -1 "$log/fetch"))" >&2
fi

scripts/step.sh "connectors" scripts/components.sh connectors
scripts/step.sh "guests" scripts/components.sh tests/guests
# The tests start the gateway as a process. Built together with the tests it shares their dependencies, and writes down
# its instances' memory when one of them asks for it (see the dev-dependencies of tests/e2e).
scripts/step.sh "programs and tests" cargo build --locked --workspace --bins --tests

status=0
scripts/raised-codes.sh clear
say "tests"
cargo nextest run --workspace --locked --no-fail-fast --color never 2>&1 | tee "$log/nextest" || status=$?
if [ "$status" -eq 0 ]; then
    say "codes that tests were answered with"
    scripts/raised-codes.sh || status=1
fi
# Reads what the tests left: the matrix of keys, the codes.
if [ "$status" -eq 0 ]; then
    scripts/step.sh "the API against its document" scripts/api-check.sh bounded || status=1
fi
say "doc tests"
cargo test --workspace --locked --doc --no-fail-fast 2>&1 | tee "$log/doc" || status=$?

# Adds up what stands before a word: `     Summary [ 1.2s] 30 tests run: 29 passed, 1 failed, 0 skipped` and, a crate
# each, `test result: ok. 3 passed; 0 failed; 0 ignored; …`.
count() {
    { grep --text -hE '^ +Summary \[|^test result: ' "$log/nextest" "$log/doc" | grep -oE "[0-9]+ $1" || true; } \
        | awk '{ sum += $1 } END { print sum + 0 }'
}
passed=$(count passed)
failed=$(($(count failed) + $(count 'timed out')))
# A run that broke before it could count has failed all the same.
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
if [ "$passed" -eq 0 ]; then status=1; failed=1; fi
echo "$passed passed, $failed failed"
exit "$status"
