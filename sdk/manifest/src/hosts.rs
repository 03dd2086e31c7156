//! Where requests may go.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::host::HostPattern;

const HTTPS: u16 = 443;

/// A host that requests may go to, always by https: exactly one of `host` and `host-of`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Egress {
    /// A host. Its left-most label may be `*`; other labels may be `{setting}`, a setting with a pattern. The last
    /// two are plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// A URL setting: the customer's own server, exactly its host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_of: Option<String>,
    /// Port; 443 if none, and with `host-of` the URL's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
}

impl Egress {
    /// Whether the rule is for a host pattern, and admits all of it.
    pub(crate) fn covers(&self, pattern: &HostPattern) -> bool {
        let own = self
            .host
            .as_deref()
            .and_then(|host| HostPattern::parse(host).ok());
        own.is_some_and(|own| pattern.within(&own))
    }

    /// The rule as `host`, `*.host` or `host:port`.
    pub(crate) fn resolve(&self, settings: &BTreeMap<String, String>) -> Option<String> {
        if let Some(host) = &self.host {
            return HostPattern::parse(host)
                .ok()?
                .resolve(settings)
                .map(|host| self.with_port(host));
        }
        let url = https_url(settings.get(self.host_of.as_ref()?)?).ok()?;
        let host = url.host_str()?;
        Some(match self.port.or(url.port()).unwrap_or(HTTPS) {
            HTTPS => host.to_owned(),
            port => format!("{host}:{port}"),
        })
    }

    pub(crate) fn with_port(&self, host: String) -> String {
        match self.port {
            None | Some(HTTPS) => host,
            Some(port) => format!("{host}:{port}"),
        }
    }
}

/// Reads the https URL of a customer's server. The error is a sentence.
pub(crate) fn https_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim())
        .map_err(|_| "is not a URL; write one such as https://pms.example.com")?;
    if url.scheme() != "https" {
        return Err("must begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query or fragment");
    }
    match url.host() {
        Some(_) => Ok(url),
        None => Err("names no host"),
    }
}
