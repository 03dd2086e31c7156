//! `[database]`: which Postgres keeps the records.

use serde::{Deserialize, Serialize};

use super::scalar::{Secret, number};
use super::source::ConfigError;

/// The database.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// A Postgres to use, `postgres://user:password@host/database`. Unset: the gateway runs a private one of its own.
    pub(crate) url: Option<Secret>,
    /// The most connections that this process holds.
    #[serde(deserialize_with = "number")]
    pub(crate) max_connections: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: None,
            max_connections: 20,
        }
    }
}

impl Database {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        // Fewer would let a worker's commit, the listener and a reader wait for each other.
        if self.max_connections < 4 {
            return Err(ConfigError::value(
                "database.max_connections",
                "must be at least 4",
            ));
        }
        Ok(())
    }
}
