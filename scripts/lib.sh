# What the scripts share. Sourced, not run.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

# Where cargo builds; every script and the tests look for artefacts here.
target="${CARGO_TARGET_DIR:-$root/target}"
case "$target" in /*) ;; *) target="$root/$target" ;; esac

# What the demo starts. The SDK is here because it makes cargo choose the same features for the libraries below as for
# the tests, so that both share one build of everything from other authors.
programs=(--package portcullis --package portcullis-simulators --package portcullis-demo --package portcullis-sdk)

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# The optimised programs of every figure: one selection of packages, so that no figure builds the dependencies anew.
build_optimised() {
    cargo build --locked --release --package portcullis --package portcullis-simulators --package portcullis-bench \
        --package portcullis-faults --package portcullis-browser
}
