//! What vendor and host allow: rates, sessions, one call's budget.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration;

/// A rate limit of the vendor's, which the host keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limit {
    /// Name: a request's bucket.
    pub name: String,
    /// How many requests there may be in any stretch of time of the length `per`.
    pub requests: u32,
    /// The length, such as `1s`.
    #[serde(with = "duration")]
    #[schemars(with = "String")]
    pub per: Duration,
    /// How many requests may be under way at once; none means as many as the host allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// What is counted together.
    #[serde(default)]
    pub scope: LimitScope,
}

/// What a rate limit counts together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LimitScope {
    /// Requests with the same credentials.
    #[default]
    Credential,
    /// All requests of the connector.
    Connector,
}

/// Log-in. The connector exports the interface `session`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Session {
    /// What the log-in captures; at least one.
    #[serde(rename = "secret")]
    pub secrets: Vec<SessionSecret>,
    /// How long a session lasts if the vendor does not say; none means until the vendor refuses it.
    #[serde(
        default,
        with = "duration::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub lifetime: Option<Duration>,
    /// How long a session lasts without a request.
    #[serde(
        default,
        with = "duration::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub idle: Option<Duration>,
    /// How many sessions may live at once with the same credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<u32>,
    /// How many sessions may be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minting: Option<Minting>,
    /// Only integrations that have this secret log in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_secret: Option<String>,
}

/// A secret that a log-in captures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SessionSecret {
    /// Name, different from every field's.
    pub name: String,
    /// Hosts that it may be sent to, each within `egress`. It needs `hosts` or `hosts-of`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// URL settings whose hosts it may be sent to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts_of: Vec<String>,
}

/// How many sessions may be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Minting {
    /// How many in any stretch of time of the length `per`.
    pub opens: u32,
    /// The length, such as `1h`.
    #[serde(with = "duration")]
    #[schemars(with = "String")]
    pub per: Duration,
}

/// What one call may use, below the operator's ceilings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Budget {
    /// Linear memory in MiB.
    pub memory_mib: u32,
    /// Time on the processor in milliseconds.
    pub cpu_ms: u64,
    /// Time on the clock in seconds, waits for the vendor included.
    pub wall_s: u64,
    /// Requests.
    pub requests: u32,
    /// Size of what the call returns in MiB.
    pub result_mib: u32,
}

impl Default for Budget {
    /// A generous page of a vendor with large records.
    fn default() -> Self {
        Self {
            memory_mib: 128,
            cpu_ms: 10_000,
            wall_s: 60,
            requests: 100,
            result_mib: 32,
        }
    }
}
