//! The manifest as a whole.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::ManifestError;
use crate::field::{Field, Group};
use crate::host::{HostPattern, fill};
use crate::hosts::Egress;
use crate::limits::{Budget, Limit, Session};
use crate::model::Model;

/// The version of this format.
const FORMAT: u32 = 1;

/// A connector's manifest. Tables whose name begins with `x-` are the author's own and are not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// Version of the format of this file: `1`.
    #[serde(rename = "manifest")]
    #[schemars(range(min = 1, max = 1))]
    pub format: u32,
    /// The connector's name among connectors, such as `acme`: lower case, digits, `-`, `_`. It never changes.
    pub id: String,
    /// The vendor's word in the API, such as `ACME`: capitals, digits, `_`.
    pub vendor: String,
    /// The vendor's name as people write it.
    pub name: String,
    /// The connector's version, `MAJOR.MINOR.PATCH`.
    #[schemars(with = "String")]
    pub version: Version,
    /// Who made the connector.
    pub publisher: String,
    /// Page of the vendor's, or the author's, that explains how to get access; https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help_url: Option<String>,
    /// The vendor's logo as a `data:image/…` URL of at most 64 KiB, so that the console loads nothing from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// Version of what cursors and watermarks look like. Under an equal one a newer connector goes on where an
    /// older one stopped; under a higher one runs start afresh.
    #[serde(default = "one")]
    pub state_format: u32,
    /// For which models one probe speaks.
    #[serde(default)]
    pub access: Access,
    /// JSON pointers that the host strips from every payload and original, whatever the connector does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redact: Vec<String>,
    /// The vendor's worlds; at least one.
    pub environments: BTreeMap<Environment, Address>,
    /// What a customer is asked for.
    #[serde(default, rename = "field", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Fields that belong together.
    #[serde(default, rename = "group", skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// The hosts that requests may go to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub egress: Vec<Egress>,
    /// Rate limits of the vendor's; the first is what a request without a bucket draws from.
    #[serde(default, rename = "limit", skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
    /// Log-in, for vendors that want one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// The models, each at most once; at least one.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
    /// What one call may use.
    #[serde(default)]
    pub budget: Budget,
}

/// Where the vendor's API starts in one environment: exactly one of the two keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Address {
    /// The URL; its host may have `{setting}` labels. https, unless it is loopback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Name of the URL setting that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url_setting: Option<String>,
}

/// Which of the vendor's worlds an integration talks to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// For trying out.
    Sandbox,
    /// Real customers' data.
    Production,
}

impl Environment {
    /// The environment as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// For which models one probe speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Each model has a permission of its own.
    #[default]
    PerModel,
    /// Models of the same `group` share one.
    Groups,
    /// Credentials read everything or nothing.
    AllOrNothing,
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// [`ManifestError`] names the first key that is wrong. Codes: `manifest_syntax` (no TOML), `manifest_version`
    /// (missing, or of a later format), `manifest_key` (unknown, missing or of the wrong type), and one for each
    /// rule that the keys must keep together.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            ManifestError::new(
                "manifest_syntax",
                format!("line {line}"),
                error.message().to_owned(),
            )
        })?;
        check::storable(&table)?;
        // The version comes first: a later format may have keys that would only confuse the answer.
        match table.get("manifest") {
            Some(toml::Value::Integer(format)) if *format == i64::from(FORMAT) => {}
            Some(other) => {
                let message = format!("this host reads manifests of version {FORMAT}, not {other}");
                return Err(ManifestError::new("manifest_version", "manifest", message));
            }
            None => {
                let message = format!("begin the file with `manifest = {FORMAT}`");
                return Err(ManifestError::new("manifest_version", "manifest", message));
            }
        }
        table.retain(|key, value| !(key.starts_with("x-") && value.is_table()));
        let manifest: Self =
            serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|error| {
                // serde cannot name the root, nor a key of a map that it could not read.
                let path = error.path().to_string();
                let key = path.trim_end_matches('?').trim_end_matches('.').to_owned();
                ManifestError::new("manifest_key", key, error.into_inner().message())
            })?;
        check::check(&manifest)?;
        Ok(manifest)
    }

    /// The model of this name.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }

    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Where the vendor's API starts, without a trailing slash; none where the environment is not declared or a
    /// setting that the address needs is missing or no plain host label.
    #[must_use]
    pub fn base_url(
        &self,
        environment: Environment,
        settings: &BTreeMap<String, String>,
    ) -> Option<String> {
        let address = self.environments.get(&environment)?;
        let url = match (&address.base_url, &address.base_url_setting) {
            (Some(template), _) => fill(template, settings)?,
            (None, Some(setting)) => settings.get(setting)?.trim().to_owned(),
            (None, None) => return None,
        };
        Some(url.trim_end_matches('/').to_owned())
    }

    /// The rules for requests of an integration with these settings: each `host`, `*.host` or `host:port`. Rules
    /// whose settings are not given are left out.
    #[must_use]
    pub fn egress_hosts(&self, settings: &BTreeMap<String, String>) -> Vec<String> {
        let mut hosts: Vec<_> = self
            .egress
            .iter()
            .filter_map(|rule| rule.resolve(settings))
            .collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }

    /// The rules for the hosts that a secret, typed or captured, may be sent to; always within
    /// [`egress_hosts`](Self::egress_hosts). Empty for a name that the manifest does not declare.
    #[must_use]
    pub fn secret_hosts(&self, secret: &str, settings: &BTreeMap<String, String>) -> Vec<String> {
        let (hosts, hosts_of) = self.declared_hosts(secret);
        let mut resolved = Vec::new();
        for text in hosts {
            let Ok(pattern) = HostPattern::parse(text) else {
                continue;
            };
            for rule in self.egress.iter().filter(|rule| rule.covers(&pattern)) {
                resolved.extend(pattern.resolve(settings).map(|host| rule.with_port(host)));
            }
        }
        for setting in hosts_of {
            let rules = self
                .egress
                .iter()
                .filter(|rule| rule.host_of.as_ref() == Some(setting));
            resolved.extend(rules.filter_map(|rule| rule.resolve(settings)));
        }
        resolved.sort();
        resolved.dedup();
        resolved
    }

    /// What a secret's entry says of its hosts.
    pub(crate) fn declared_hosts(&self, secret: &str) -> (&[String], &[String]) {
        if let Some(field) = self.field(secret) {
            return (&field.hosts, &field.hosts_of);
        }
        let captured = self
            .session
            .iter()
            .flat_map(|session| &session.secrets)
            .find(|entry| entry.name == secret);
        captured.map_or((&[], &[]), |entry| (&entry.hosts, &entry.hosts_of))
    }
}

/// The JSON Schema (draft 2020-12) of the file, for editors.
#[must_use]
pub fn manifest_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Manifest);
    schema.insert("$id".to_owned(), "urn:portcullis:manifest:1".into());
    schema.insert(
        "patternProperties".to_owned(),
        serde_json::json!({ "^x-": { "type": "object" } }),
    );
    schema.to_value()
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn one() -> u32 {
    1
}
