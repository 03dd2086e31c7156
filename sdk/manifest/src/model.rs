//! What the connector reads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One model that the connector knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Model {
    /// Name, plural, in snake case.
    pub name: String,
    /// Schema of the payload, `name/version`: `unit/1`, or one of the connector's own.
    pub schema: String,
    /// How changes since the last run can be asked for.
    #[serde(default)]
    pub incremental: Incremental,
    /// How it is known that a record is gone.
    #[serde(default)]
    pub deletes: Deletes,
    /// Whether rows can shift between pages.
    #[serde(default)]
    pub paging: Paging,
    /// After so many incremental runs the next one is full, for vendors whose time stamps miss something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_every: Option<u32>,
    /// Models whose runs come before this one's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// The model whose records this one must be read by, one at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitioned_by: Option<PartitionedBy>,
    /// The lead on whose pages this model arrives. It shares the lead's span, partition and watermark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// Within what the vendor's ids are unique, if not within the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_within: Option<UniqueWithin>,
    /// Whether a companion has a probe of its own; else its lead speaks for it.
    #[serde(default)]
    pub probe: bool,
    /// With `access = "groups"`: the permission that it shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What the customer has to grant so that it can be read, in the words of the vendor's own settings: it goes into the
    /// text that is sent to a customer whose credentials lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_help: Option<String>,
    /// Whether an integration reads it without being told to. What costs many requests is off until somebody switches it
    /// on.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Whether the vendor has it at all. Without it the model is listed as unsupported.
    #[serde(default = "yes")]
    pub supported: bool,
}

/// How changes since the last run can be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Incremental {
    /// Not at all: every run is full.
    #[default]
    None,
    /// By moment.
    Timestamp,
    /// By day.
    Date,
}

/// How it is known that a record is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deletes {
    /// Not at all.
    #[default]
    None,
    /// The vendor says so.
    Tombstones,
    /// It is missing from a complete full run.
    Absence,
}

/// Whether rows can shift between pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Paging {
    /// They can, so that one full run may miss a row that is there.
    #[default]
    Unstable,
    /// They cannot.
    Stable,
}

/// The model over whose records another is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PartitionedBy {
    /// The parent.
    pub model: String,
    /// Fields of the parent's payload that the connector needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// Within what a vendor's ids are unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UniqueWithin {
    /// Within one property: the record's key carries the property's id as its scope.
    Property,
}

fn yes() -> bool {
    true
}
