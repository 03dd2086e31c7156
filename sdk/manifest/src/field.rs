//! What a customer is asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One value that a customer types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Field {
    /// Name in API and connector, such as `clientId`.
    pub name: String,
    /// Whether the connector may read it.
    pub kind: FieldKind,
    /// What a setting holds.
    #[serde(default, skip_serializing_if = "FieldFormat::is_text")]
    pub format: FieldFormat,
    /// What the form says.
    pub label: String,
    /// Where the customer gets it, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Page that explains it; https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help_url: Option<String>,
    /// Regular expression that the whole value must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Hosts that a secret may be sent to, each within `egress`. A secret needs `hosts` or `hosts-of`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// URL settings whose hosts a secret may be sent to, each named by a `host-of` of `egress`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts_of: Vec<String>,
    /// Whether it must be given; within a group, whether the group is complete only with it.
    #[serde(default = "yes")]
    pub required: bool,
    /// The group that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Whether the connector may read a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// Handed to the connector: user names, servers, databases, ids.
    Setting,
    /// Kept in the vault and written into requests by the host; the connector knows its name only. At least 8 bytes.
    Secret,
}

/// What a setting holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FieldFormat {
    /// Any text.
    #[default]
    Text,
    /// The https URL of a customer's own server.
    Url,
}

impl FieldFormat {
    fn is_text(&self) -> bool {
        *self == Self::Text
    }
}

/// Fields that belong together: all of them are given, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Group {
    /// Name.
    pub name: String,
    /// What the form says.
    pub label: String,
    /// Groups of the same word are alternatives, of which exactly one is given. Without it the group is optional.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<String>,
}

fn yes() -> bool {
    true
}
