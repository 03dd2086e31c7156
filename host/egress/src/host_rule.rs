//! Rules that name hosts: for a policy, and for what a secret is bound to.

use std::fmt;

use thiserror::Error;
use url::{Host, Url};

/// The port of a rule that names none.
const HTTPS: u16 = 443;

/// One host, or all hosts one label below a name, at one port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostRule {
    pattern: Pattern,
    port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Pattern {
    /// In canonical form.
    Exact(String),
    /// What follows the `*.`.
    Wildcard(String),
}

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no host rule: {reason}")]
pub struct RuleError {
    text: String,
    reason: &'static str,
}

impl RuleError {
    pub(crate) fn new(text: &str, reason: &'static str) -> Self {
        Self {
            text: text.to_owned(),
            reason,
        }
    }
}

impl HostRule {
    /// Reads `host`, `host:port` or `*.host`, where `*.` stands for exactly one label.
    ///
    /// # Errors
    ///
    /// [`RuleError`] for anything else; a wildcard needs two labels after it, so that `*.com` is none.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let refused = |reason| RuleError::new(text, reason);
        let (wildcard, host) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if host
            .bytes()
            .any(|byte| byte <= b' ' || byte == 0x7f || b"*/\\?#@%{}".contains(&byte))
        {
            return Err(refused("characters that no host has"));
        }
        let url = Url::parse(&format!("https://{host}/")).map_err(|_| refused("not a host"))?;
        let Some(parsed) = url.host() else {
            return Err(refused("not a host"));
        };
        let name = canonical_host(&parsed);
        if wildcard && (!matches!(parsed, Host::Domain(_)) || !name.contains('.')) {
            return Err(refused("a wildcard needs a name of two labels"));
        }
        Ok(Self {
            port: url.port().unwrap_or(HTTPS),
            pattern: if wildcard {
                Pattern::Wildcard(name)
            } else {
                Pattern::Exact(name)
            },
        })
    }

    /// Reads a rule whose `{setting}` labels are filled in from an integration's settings.
    ///
    /// # Errors
    ///
    /// [`RuleError`] when a setting is missing or is not one plain label of letters, digits and hyphens: a value
    /// with a dot, slash or colon in it would name another host.
    pub fn from_template<'a>(
        template: &str,
        setting: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, RuleError> {
        let refused = |reason| RuleError::new(template, reason);
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| refused("a brace that does not close"))?;
            let value = setting(name).ok_or_else(|| refused("a setting without a value"))?;
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            if value.is_empty() || value.len() > 63 || !value.bytes().all(plain) {
                return Err(refused("a setting that is not one host label"));
            }
            filled.push_str(before);
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
        Self::parse(&filled)
    }

    /// The host, and the port if given, of a URL or host that a customer typed: exactly that one.
    ///
    /// # Errors
    ///
    /// [`RuleError`] for schemes other than https, user information, and what is no host.
    pub fn host_of(text: &str) -> Result<Self, RuleError> {
        let refused = |reason| RuleError::new(text, reason);
        let text = text.trim();
        if text.starts_with("*.") {
            return Err(refused("a wildcard"));
        }
        if !text.contains("://") {
            return Self::parse(text.split('/').next().unwrap_or_default());
        }
        let url = Url::parse(text).map_err(|_| refused("not a URL"))?;
        if url.scheme() != "https" {
            return Err(refused("not https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("user information"));
        }
        let host = url.host().ok_or_else(|| refused("no host"))?;
        Ok(Self {
            pattern: Pattern::Exact(canonical_host(&host)),
            port: url.port().unwrap_or(HTTPS),
        })
    }

    /// Exactly the host and port of a URL, whatever its scheme: what the secrets of an integration with a base URL
    /// of its own are bound to. In a policy it still admits https alone.
    ///
    /// # Errors
    ///
    /// [`RuleError`] when it is no URL with a host and a port.
    pub fn origin_of(url: &str) -> Result<Self, RuleError> {
        let refused = |reason| RuleError::new(url, reason);
        let parsed = Url::parse(url).map_err(|_| refused("not a URL"))?;
        match (parsed.host(), parsed.port_or_known_default()) {
            (Some(host), Some(port)) => Ok(Self {
                pattern: Pattern::Exact(canonical_host(&host)),
                port,
            }),
            _ => Err(refused("no host")),
        }
    }

    /// Whether the rule names this canonical host, at any port.
    pub(crate) fn matches_host(&self, host: &str) -> bool {
        match &self.pattern {
            Pattern::Exact(name) => name == host,
            Pattern::Wildcard(suffix) => host
                .split_once('.')
                .is_some_and(|(label, rest)| !label.is_empty() && rest == suffix),
        }
    }

    /// Whether the rule names this canonical host at this port.
    pub(crate) fn matches(&self, host: &str, port: u16) -> bool {
        self.port == port && self.matches_host(host)
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pattern {
            Pattern::Exact(name) if name.contains(':') => write!(f, "[{name}]")?,
            Pattern::Exact(name) => write!(f, "{name}")?,
            Pattern::Wildcard(suffix) => write!(f, "*.{suffix}")?,
        }
        if self.port == HTTPS {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

/// A host without brackets and without the trailing dot; the parser has made it lower case and ASCII.
pub(crate) fn canonical_host(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => name.strip_suffix('.').unwrap_or(name).to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    }
}
