#!/usr/bin/env bash
# Installs what is missing on a Debian or Ubuntu machine with rustup, and says what. Does nothing when all is there.
# With --tests also the test runner, the dependency checker, a browser and what --api installs.
# With --api also the programs of others that hold the API against its document, in a folder of their own.
# With --bench also the cache and the load generator that the API's figures are taken with.
# Several at once are fine.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

wanted=" $* "
for flag in "$@"; do
    case "$flag" in
    --tests | --api | --bench) ;;
    *) fail "unknown: $flag. Known are --tests, --api and --bench" ;;
    esac
done
wants() { [[ "$wanted" == *" $1 "* ]]; }

# Pinned so that an upgrade is a change like any other.
nextest_version=0.9.151
deny_version=0.20.2

postgres_is_there() {
    local folder
    for folder in $(printf '%s' "$PATH" | tr ':' ' ') /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null || true)"; do
        [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && [ -x "$folder/createdb" ] && return 0
    done
    return 1
}

# Installs Debian packages: as root, or with a sudo that asks for no password. Else it says the command.
packages() {
    has apt-get || fail "$* missing, and this is not Debian or Ubuntu: install them with your system's packages"
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null ||
            fail "missing: $*. Run: sudo apt-get update && sudo apt-get install --yes --no-install-recommends $*"
        root=(sudo -n)
    fi
    say "installing Debian packages: $*"
    "${root[@]}" apt-get update --quiet=2
    # Without policy-rc.d the package would start a server of its own, which nothing here needs.
    local policy=/usr/sbin/policy-rc.d made=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
        "${root[@]}" chmod +x "$policy"
        made=yes
    fi
    local result=0
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --quiet=2 --no-install-recommends "$@" || result=$?
    [ -z "$made" ] || "${root[@]}" rm -f "$policy"
    return "$result"
}

has cargo || fail "cargo is missing: install Rust with rustup first"

missing=()
has cc || missing+=(gcc libc6-dev)
postgres_is_there || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ]; then packages "${missing[@]}"; fi
postgres_is_there || fail "PostgreSQL's programs are still not to be found after installing it"

# rustup reads rust-toolchain.toml and brings compiler, target and components at the first use; asked for here, so
# that a failure has a name.
sysroot="$(rustc --print sysroot)"
if [ ! -d "$sysroot/lib/rustlib/wasm32-wasip2" ]; then
    has rustup || fail "the target wasm32-wasip2 is missing, and there is no rustup to install it"
    say "installing the Rust target wasm32-wasip2"
    rustup target add wasm32-wasip2
fi

if wants --tests; then
    # A browser for the browser tests, with letters of many scripts, so that pictures show no empty boxes.
    missing=()
    has chromium || missing+=(chromium fonts-liberation fonts-noto-color-emoji)
    has chromedriver || missing+=(chromium-driver)
    if [ ${#missing[@]} -gt 0 ]; then packages "${missing[@]}"; fi
    # One of the fault cases lets a clock jump.
    compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || packages libfaketime
    # Debug builds: they take a third of the time to compile and are fast enough for what they do.
    if ! cargo nextest --version >/dev/null 2>&1; then
        say "installing cargo-nextest $nextest_version"
        cargo install --locked --debug cargo-nextest --version "$nextest_version" \
            --no-default-features --features default-no-update
    fi
    if ! cargo deny --version >/dev/null 2>&1; then
        say "installing cargo-deny $deny_version"
        cargo install --locked --debug cargo-deny --version "$deny_version"
    fi
fi

if wants --bench; then
    missing=()
    # Debian puts it where only root's path leads.
    has nginx || [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
    has wrk || missing+=(wrk)
    if [ ${#missing[@]} -gt 0 ]; then packages "${missing[@]}"; fi
fi

if wants --tests || wants --api; then
    python="$target/api/python"
    if ! cmp --quiet tests/api/requirements.txt "$python/requirements.txt"; then
        python3 -c 'import ensurepip' 2>/dev/null || packages python3 python3-venv
        say "installing Schemathesis and a client generator into $python"
        rm -rf "$python"
        python3 -m venv "$python"
        "$python/bin/pip" install --quiet --disable-pip-version-check --requirement tests/api/requirements.txt
        cp tests/api/requirements.txt "$python/requirements.txt"
    fi
fi
