//! Which URLs an integration may ask for. Pure: names are resolved later, addresses are checked then.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use url::{Host, Url};

use crate::{
    address::{is_loopback, is_public},
    host_rule::{HostRule, RuleError, canonical_host},
    types::HttpError,
};

/// A URL longer than this, in bytes, is refused: no server takes it.
const MAX_URL_BYTES: usize = 16 * 1024;

/// The allow-list of one integration. An empty one denies everything.
#[derive(Debug, Clone)]
pub struct Policy {
    rules: Vec<HostRule>,
    loopback: Option<LoopbackOrigin>,
    fingerprint: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct LoopbackOrigin {
    scheme: String,
    host: String,
    port: u16,
}

/// A URL that a [`Policy`] has admitted. Only [`Policy::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedUrl {
    url: Url,
    host: String,
    port: u16,
    loopback: bool,
}

impl AllowedUrl {
    /// The URL, parsed once; its host has no trailing dot.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The host in lower case, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, given or implied.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether this is the base URL's origin, for which loopback addresses are admitted.
    pub fn is_loopback_origin(&self) -> bool {
        self.loopback
    }
}

/// Collects what a policy admits.
#[derive(Debug, Clone, Default)]
pub struct PolicyBuilder {
    rules: Vec<HostRule>,
    loopback: Option<LoopbackOrigin>,
}

impl PolicyBuilder {
    /// Admits a host.
    #[must_use]
    pub fn allow_host(mut self, rule: HostRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Admits hosts.
    #[must_use]
    pub fn allow_hosts(mut self, rules: impl IntoIterator<Item = HostRule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Admits plain http and loopback addresses for exactly the origin of this base URL, and nothing beside it.
    ///
    /// For development and tests against a simulator on the same machine. A name other than `localhost` still has
    /// to resolve to loopback or public addresses.
    ///
    /// # Errors
    ///
    /// [`RuleError`] when it is no http or https URL with a host.
    pub fn allow_loopback(mut self, base_url: &str) -> Result<Self, RuleError> {
        let refused = |reason| RuleError::new(base_url, reason);
        let url = Url::parse(base_url).map_err(|_| refused("not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused("neither http nor https"));
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(refused("no host"));
        };
        self.loopback = Some(LoopbackOrigin {
            scheme: url.scheme().to_owned(),
            host: canonical_host(&host),
            port,
        });
        Ok(self)
    }

    /// The finished policy.
    pub fn build(mut self) -> Policy {
        self.rules.sort();
        self.rules.dedup();
        let mut hash = Sha256::new();
        for rule in &self.rules {
            hash.update(rule.to_string());
            hash.update([0]);
        }
        if let Some(origin) = &self.loopback {
            hash.update([1]);
            hash.update(&origin.scheme);
            hash.update([0]);
            hash.update(&origin.host);
            hash.update(origin.port.to_be_bytes());
        }
        Policy {
            fingerprint: data_encoding::HEXLOWER.encode(&hash.finalize()),
            rules: self.rules,
            loopback: self.loopback,
        }
    }
}

impl Policy {
    /// Starts a policy that denies everything.
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }

    /// The same for two policies exactly when they admit the same.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Admits a URL or says why not.
    ///
    /// # Errors
    ///
    /// [`HttpError::InvalidRequest`] for what is no absolute URL; [`HttpError::Denied`] for user information, a
    /// fragment, another scheme, a host or port that is not listed, and an IP literal that is not listed or not public.
    pub fn check(&self, url: &str) -> Result<AllowedUrl, HttpError> {
        let mut parsed = parse(url)?;
        let (Some(host), Some(port)) = (parsed.host(), parsed.port_or_known_default()) else {
            return Err(denied("a URL without a host"));
        };
        let literal = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        let name = canonical_host(&host);
        let loopback = self.loopback.as_ref().is_some_and(|origin| {
            origin.scheme == parsed.scheme() && origin.host == name && origin.port == port
        });
        if !loopback {
            if parsed.scheme() != "https" {
                return Err(HttpError::Denied(format!("scheme {}", parsed.scheme())));
            }
            if !self.rules.iter().any(|rule| rule.matches_host(&name)) {
                return Err(HttpError::Denied(format!("host {name}")));
            }
            if !self.rules.iter().any(|rule| rule.matches(&name, port)) {
                return Err(HttpError::Denied(format!("port {port} of {name}")));
            }
        }
        if let Some(address) = literal {
            if !(is_public(address) || loopback && is_loopback(address)) {
                return Err(HttpError::Denied(format!("address {address}")));
            }
        } else if parsed.host_str().is_some_and(|host| host.ends_with('.')) {
            // A certificate never names the dot.
            parsed
                .set_host(Some(&name))
                .map_err(|_| denied("a host that is only dots"))?;
        }
        Ok(AllowedUrl {
            url: parsed,
            host: name,
            port,
            loopback,
        })
    }
}

fn parse(url: &str) -> Result<Url, HttpError> {
    let invalid = |reason: &str| HttpError::InvalidRequest(reason.to_owned());
    if url.len() > MAX_URL_BYTES {
        return Err(invalid("a URL of more than 16 KiB"));
    }
    // The parser would drop tabs and line breaks and turn `\` into `/`: what it means must be what it says.
    if url
        .bytes()
        .any(|byte| byte <= b' ' || byte == 0x7f || byte == b'\\')
    {
        return Err(invalid(
            "a URL with space, control characters or backslashes",
        ));
    }
    let parsed =
        Url::parse(url).map_err(|error| HttpError::InvalidRequest(format!("URL: {error}")))?;
    if parsed.cannot_be_a_base() {
        return Err(HttpError::Denied(format!("scheme {}", parsed.scheme())));
    }
    let authority = url.split("//").nth(1).unwrap_or_default();
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if !parsed.username().is_empty() || parsed.password().is_some() || authority.contains('@') {
        return Err(denied("user information in the URL"));
    }
    if parsed.fragment().is_some() {
        return Err(denied("a fragment in the URL"));
    }
    Ok(parsed)
}

fn denied(reason: &str) -> HttpError {
    HttpError::Denied(reason.to_owned())
}
