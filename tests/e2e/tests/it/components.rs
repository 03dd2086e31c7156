//! What was built for the gateway to load.

use portcullis_e2e::connectors;

/// The most bytes that a connector may have: it is what people upload, and each start hashes it.
const LARGEST: u64 = 500_000;

#[test]
fn connectors_are_small() {
    let files = std::fs::read_dir(connectors()).expect("the built connectors");
    let sizes: Vec<(String, u64)> = files
        .map(|file| {
            let file = file.expect("a file");
            let name = file.file_name().to_string_lossy().into_owned();
            (name, file.metadata().expect("its size").len())
        })
        .filter(|(name, _)| name.ends_with(".wasm"))
        .collect();
    assert!(sizes.len() >= 7, "{sizes:?}");
    let large: Vec<_> = sizes.iter().filter(|(_, size)| *size > LARGEST).collect();
    assert!(large.is_empty(), "above {LARGEST} bytes: {large:?}");
}
