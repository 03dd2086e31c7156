//! `[cache]`: the response cache of the API.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::source::ConfigError;
use super::{Size, Span};

/// The longest that an answer may be kept: clients are promised data of at most this age.
const LONGEST: Duration = Duration::from_secs(900);

/// The response cache.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Cache {
    /// How long an answer is kept, at most 15 minutes. `0s` turns the cache off.
    pub(crate) ttl: Span,
    /// How much memory all kept answers may take.
    pub(crate) max_bytes: Size,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            ttl: Span(LONGEST),
            max_bytes: Size::mib(128),
        }
    }
}

impl Cache {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.ttl.0 > LONGEST {
            return Err(ConfigError::value("cache.ttl", "may be at most 15m (900s)"));
        }
        Ok(())
    }
}
