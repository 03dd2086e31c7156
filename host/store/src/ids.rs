//! Random ids of everything but records.

use data_encoding::{Encoding, Specification};
use std::sync::LazyLock;

/// Base32 in lower case without padding: safe in paths, easy to select with a double click.
#[expect(
    clippy::expect_used,
    reason = "the alphabet is a constant of 32 distinct symbols"
)]
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification
        .encoding()
        .expect("32 distinct symbols make an encoding")
});

/// The lower-case base32 text of some bytes.
pub(crate) fn base32(bytes: &[u8]) -> String {
    BASE32.encode(bytes)
}

/// A new id: the prefix (such as `int_`) and 128 random bits.
#[must_use]
pub fn random_id(prefix: &str) -> String {
    format!("{prefix}{}", base32(&rand::random::<[u8; 16]>()))
}
