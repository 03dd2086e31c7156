#!/usr/bin/env bash
# Builds the components below a folder for wasm32-wasip2: scripts/components.sh connectors | tests/guests
# One crate is one component; its file is TARGET/wasm32-wasip2/connector/NAME.wasm.
# Each connector is then copied to TARGET/connectors/, a folder that holds nothing else: `serve --connectors` reads it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder=${1:?which folder}

manifests=("$folder"/*/Cargo.toml)
packages=()
names=()
for manifest in "${manifests[@]}"; do
    name=$(sed -n 's/^name = "\(.*\)"$/\1/p' "$manifest" | head -1)
    packages+=(--package "$name")
    names+=("$name")
done
cargo build --locked --target wasm32-wasip2 --profile connector "${packages[@]}"

[ "$folder" = connectors ] || exit 0
mkdir -p "$target/connectors"
for name in "${names[@]}"; do
    built="$target/wasm32-wasip2/connector/${name//-/_}.wasm"
    file="$target/connectors/${name#connector-}.wasm"
    [ -f "$built" ] || fail "$name built no component at $built"
    # Renamed into place: a gateway that watches the folder never sees half a file.
    cmp --quiet "$built" "$file" 2>/dev/null || { cp "$built" "$file.tmp" && mv "$file.tmp" "$file"; }
done
