//! `[egress]`: what connectors may reach beyond their manifests.

use serde::{Deserialize, Serialize};

use super::scalar::switch;

/// Outgoing requests.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Egress {
    /// Admits plain http and loopback addresses for an integration's own `base_url`. For simulators and tests.
    #[serde(deserialize_with = "switch")]
    pub(crate) allow_loopback: bool,
}
