//! What was built for the gateway to load.

use portcullis_e2e::connectors;

/// The most bytes that a connector may have: it is what people upload, and each start hashes it.
const LARGEST: u64 = 500_000;

/// Those that have a reason to be larger, and how large: the one brings the whole time-zone table, the other reads every
/// model there is with a struct for each, since it is what authors learn from.
const LARGER: [(&str, u64); 2] = [("mri.wasm", 1_400_000), ("pinegrove.wasm", 700_000)];

fn largest(name: &str) -> u64 {
    let larger = LARGER.iter().find(|(known, _)| *known == name);
    larger.map_or(LARGEST, |(_, bytes)| *bytes)
}

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
    let large: Vec<_> = sizes
        .iter()
        .filter(|(name, size)| *size > largest(name))
        .collect();
    assert!(large.is_empty(), "too large: {large:?}");
}
