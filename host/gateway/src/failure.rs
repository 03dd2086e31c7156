//! What every subcommand fails with: one sentence that says what to do, a stable code, an exit code.

use std::borrow::Cow;
use std::process::ExitCode;

use portcullis_store::StoreError;

use crate::config::ConfigError;
use crate::postgres::PostgresError;

/// The exit code of everything that has none of its own.
const GENERAL: u8 = 1;

/// A subcommand that did not do what it was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Cow<'static, str>,
    sentence: String,
    exit: u8,
}

impl Failure {
    /// A failure with exit code 1.
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, sentence: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            sentence: sentence.into(),
            exit: GENERAL,
        }
    }

    /// The same with another exit code.
    pub(crate) fn exiting_with(self, exit: u8) -> Self {
        Self { exit, ..self }
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What happened and what to do, on one line.
    pub(crate) fn sentence(&self) -> String {
        let line: Vec<&str> = self.sentence.split_whitespace().collect();
        line.join(" ").trim_end_matches('.').to_owned()
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<PostgresError> for Failure {
    fn from(error: PostgresError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_stays_on_one_line() {
        let failure = Failure::new("x", "first\n  second.\n");
        assert_eq!(failure.sentence(), "first second");
    }
}
