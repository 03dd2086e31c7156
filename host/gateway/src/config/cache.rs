//! `[cache]`: the response cache of the API.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::scalar::number;
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
    /// How much memory all kept answers may take, compressed forms included.
    pub(crate) max_bytes: Size,
    /// How often a minute each API key may have a kept answer made anew with `Cache-Control: no-cache`, on each replica.
    #[serde(deserialize_with = "number")]
    pub(crate) no_cache_per_minute: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            ttl: Span(LONGEST),
            max_bytes: Size::mib(128),
            no_cache_per_minute: 10,
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
