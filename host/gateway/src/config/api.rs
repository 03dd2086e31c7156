//! `[api]`: what callers of the API get.

use serde::{Deserialize, Serialize};

use super::scalar::number;

/// The API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Api {
    /// Most requests a minute of each key that has no limit of its own. `0` sets no limit. Each replica counts for itself:
    /// behind a balancer, divide by the number of replicas.
    #[serde(deserialize_with = "number")]
    pub(crate) requests_per_minute: u32,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            requests_per_minute: portcullis_api::REQUESTS_PER_MINUTE,
        }
    }
}
