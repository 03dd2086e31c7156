//! Why a manifest is refused.

/// Why a text is no manifest, for its author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct ManifestError {
    pub(crate) code: &'static str,
    /// The key that is wrong, such as `model[2].after`; empty where the whole file is meant.
    pub key: String,
    /// One sentence that says what to write instead.
    pub message: String,
}

impl ManifestError {
    pub(crate) fn new(
        code: &'static str,
        key: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            key: key.into(),
            message: message.into(),
        }
    }

    /// A stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }
}
