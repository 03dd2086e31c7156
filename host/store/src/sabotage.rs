//! Faults that a test build can be told to have, so that the fault tests can show that their oracle sees them.
//!
//! Without the feature `sabotage` no code of this is compiled in, and nothing reads the environment.

/// What `PORTCULLIS_TEST_SABOTAGE` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Rows are committed in one transaction, counters and cursor in the next.
    CursorApart,
    /// A worker goes on writing to a run that somebody else took over.
    NoFence,
    /// A run succeeds after its first page.
    SuccessWithoutEnd,
}

impl Sabotage {
    /// Whether this process was told to have this fault.
    #[cfg(feature = "sabotage")]
    #[must_use]
    pub fn is_on(self) -> bool {
        static TOLD: std::sync::LazyLock<Option<String>> =
            std::sync::LazyLock::new(|| std::env::var("PORTCULLIS_TEST_SABOTAGE").ok());
        let name = match self {
            Self::CursorApart => "cursor_apart",
            Self::NoFence => "no_fence",
            Self::SuccessWithoutEnd => "success_without_end",
        };
        TOLD.as_deref() == Some(name)
    }

    /// Never: this build has no such fault.
    #[cfg(not(feature = "sabotage"))]
    #[must_use]
    pub const fn is_on(self) -> bool {
        false
    }
}
