//! What the tests share.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each test binary uses a part of it"
)]

use portcullis_manifest::{Manifest, ManifestError};

/// A manifest that uses every key.
pub const FULL: &str = include_str!("../full.toml");

pub fn full() -> Manifest {
    Manifest::parse(FULL).expect("the full manifest is good")
}

/// The full manifest with one piece of text replaced.
pub fn changed(from: &str, to: &str) -> Result<Manifest, ManifestError> {
    assert_eq!(FULL.matches(from).count(), 1, "{from:?} must occur once");
    Manifest::parse(&FULL.replace(from, to))
}
