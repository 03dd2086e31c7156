//! `[limits]`: the ceilings of one call into a connector. A manifest may ask for less, never get more.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::scalar::number;
use super::source::ConfigError;
use super::{Size, Span};

/// Ceilings of one call.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    /// Linear memory of one instance.
    pub(crate) memory: Size,
    /// Time on the processor.
    pub(crate) cpu: Span,
    /// Time on the clock, waits for the vendor included.
    pub(crate) wall: Span,
    /// Size of what a call returns.
    pub(crate) result: Size,
    /// Instances alive at once in this process.
    #[serde(deserialize_with = "number")]
    pub(crate) instances: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: Size::mib(256),
            cpu: Span(Duration::from_secs(10)),
            wall: Span(Duration::from_secs(120)),
            result: Size::mib(32),
            instances: 64,
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.instances == 0 {
            return Err(ConfigError::value("limits.instances", "must be at least 1"));
        }
        Ok(())
    }
}
