//! What an operator approves of a connector, and what a newer version wants beyond it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::field::FieldKind;
use crate::host::HostPattern;
use crate::hosts::Egress;
use crate::limits::{Budget, LimitScope};
use crate::manifest::Manifest;

/// What a connector may do. Nothing may be done under the default one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grants {
    /// Where requests may go, as the manifest has it.
    pub egress: Vec<Egress>,
    /// Where each secret may go, by its name.
    pub secrets: BTreeMap<String, SecretGrant>,
    /// Patterns of the settings that are part of host names: a wider one means more hosts.
    pub host_settings: BTreeMap<String, String>,
    /// Rate limits; none at all means that nothing is limited.
    pub limits: Vec<LimitGrant>,
    /// What one call may use; none means nothing.
    pub budget: Option<Budget>,
    /// The interfaces that the component imports, each with the part of its version that must be equal.
    pub imports: BTreeSet<String>,
}

/// Where one secret may go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecretGrant {
    /// Hosts.
    pub hosts: Vec<String>,
    /// URL settings whose hosts are meant.
    pub hosts_of: Vec<String>,
}

/// One rate limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitGrant {
    /// Name.
    pub name: String,
    /// Requests in a window.
    pub requests: u32,
    /// Length of the window in milliseconds.
    pub per_ms: u64,
    /// Requests under way at once; none means unlimited.
    pub concurrency: Option<u32>,
    /// What is counted together.
    pub scope: LimitScope,
}

/// Something that a connector wants beyond what was approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What would be wider.
    pub what: Widening,
    /// One sentence for the operator.
    pub detail: String,
}

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Widening {
    /// Requests to another host.
    Egress,
    /// A secret to another host, or a new secret.
    SecretHosts,
    /// Another pattern for a setting that is part of a host name.
    HostSetting,
    /// A looser rate limit.
    Limit,
    /// More of something for one call.
    Budget,
    /// Another interface of the host.
    Import,
}

impl Widening {
    /// The word as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Egress => "egress",
            Self::SecretHosts => "secret_hosts",
            Self::HostSetting => "host_setting",
            Self::Limit => "limit",
            Self::Budget => "budget",
            Self::Import => "import",
        }
    }
}

impl fmt::Display for Widening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Grants {
    /// What a manifest asks for, with the names of what its component imports.
    #[must_use]
    pub fn of(manifest: &Manifest, imports: &[String]) -> Self {
        let fields = manifest
            .fields
            .iter()
            .filter(|field| field.kind == FieldKind::Secret)
            .map(|field| &field.name);
        let captured = manifest
            .session
            .iter()
            .flat_map(|session| &session.secrets)
            .map(|secret| &secret.name);
        let secrets = fields
            .chain(captured)
            .map(|name| {
                let (hosts, hosts_of) = manifest.declared_hosts(name);
                (
                    name.clone(),
                    SecretGrant {
                        hosts: hosts.to_vec(),
                        hosts_of: hosts_of.to_vec(),
                    },
                )
            })
            .collect();
        let patterns = manifest
            .egress
            .iter()
            .filter_map(|rule| HostPattern::parse(rule.host.as_deref()?).ok());
        let host_settings = patterns
            .flat_map(|pattern| pattern.settings().map(str::to_owned).collect::<Vec<_>>())
            .filter_map(|name| Some((manifest.field(&name)?.pattern.clone()?, name)))
            .map(|(pattern, name)| (name, pattern))
            .collect();
        let limits = manifest
            .limits
            .iter()
            .map(|limit| LimitGrant {
                name: limit.name.clone(),
                requests: limit.requests,
                per_ms: millis(limit.per),
                concurrency: limit.concurrency,
                scope: limit.scope,
            })
            .collect();
        Self {
            egress: manifest.egress.clone(),
            secrets,
            host_settings,
            limits,
            budget: Some(manifest.budget),
            imports: imports
                .iter()
                .map(|import| compatible_name(import))
                .collect(),
        }
    }

    /// What `wanted` has beyond these grants; empty if it lies within them.
    #[must_use]
    pub fn difference(&self, wanted: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut add = |what, detail: String| found.push(Difference { what, detail });
        for rule in &wanted.egress {
            if !self
                .egress
                .iter()
                .any(|approved| egress_within(rule, approved))
            {
                add(
                    Widening::Egress,
                    format!("requests to {}", egress_words(rule)),
                );
            }
        }
        for (name, secret) in &wanted.secrets {
            let approved = self.secrets.get(name);
            let hosts = secret.hosts.iter().filter(|host| {
                !approved.is_some_and(|approved| {
                    approved.hosts.iter().any(|outer| host_within(host, outer))
                })
            });
            hosts.for_each(|host| {
                add(
                    Widening::SecretHosts,
                    format!("the secret {name} to {host}"),
                )
            });
            let settings = secret.hosts_of.iter().filter(|setting| {
                !approved.is_some_and(|approved| approved.hosts_of.contains(setting))
            });
            settings.for_each(|setting| {
                add(
                    Widening::SecretHosts,
                    format!("the secret {name} to the host that the setting {setting} names"),
                );
            });
            if approved.is_none() && secret.hosts.is_empty() && secret.hosts_of.is_empty() {
                add(Widening::SecretHosts, format!("the secret {name}"));
            }
        }
        for (name, pattern) in &wanted.host_settings {
            if self.host_settings.get(name) != Some(pattern) {
                add(
                    Widening::HostSetting,
                    format!("hosts named by the setting {name}, which may be {pattern}"),
                );
            }
        }
        limits(&self.limits, &wanted.limits, &mut add);
        if let Some(budget) = &wanted.budget {
            budgets(self.budget.as_ref(), budget, &mut add);
        }
        for import in wanted.imports.difference(&self.imports) {
            add(Widening::Import, format!("the interface {import}"));
        }
        found
    }
}

/// The name of an interface without the part of its version that is only newer: `@0.2.6` is `@0.2`, `@1.4.0` is
/// `@1`. A component that was built again with a later patch imports the same thing.
fn compatible_name(import: &str) -> String {
    let Some((name, version)) = import.rsplit_once('@') else {
        return import.to_owned();
    };
    match semver::Version::parse(version) {
        Ok(version) if !version.pre.is_empty() => import.to_owned(),
        Ok(version) if version.major > 0 => format!("{name}@{}", version.major),
        Ok(version) if version.minor > 0 => format!("{name}@0.{}", version.minor),
        _ => import.to_owned(),
    }
}

fn egress_within(inner: &Egress, outer: &Egress) -> bool {
    match (&inner.host, &outer.host) {
        (Some(host), Some(approved)) => {
            inner.port.unwrap_or(443) == outer.port.unwrap_or(443) && host_within(host, approved)
        }
        _ => inner == outer,
    }
}

/// Whether a host lies within another. What cannot be read lies only within itself.
fn host_within(inner: &str, outer: &str) -> bool {
    match (HostPattern::parse(inner), HostPattern::parse(outer)) {
        (Ok(inner), Ok(outer)) => inner.within(&outer),
        _ => inner == outer,
    }
}

fn egress_words(rule: &Egress) -> String {
    let port = rule
        .port
        .filter(|port| *port != 443)
        .map(|port| format!(" at port {port}"))
        .unwrap_or_default();
    match (&rule.host, &rule.host_of) {
        (Some(host), _) => format!("{host}{port}"),
        (None, Some(setting)) => format!("the host that the setting {setting} names{port}"),
        (None, None) => "no host".to_owned(),
    }
}

/// A bucket is chosen by the connector, so a new one is more room than before, unless nothing was limited.
fn limits(approved: &[LimitGrant], wanted: &[LimitGrant], add: &mut impl FnMut(Widening, String)) {
    if approved.is_empty() {
        return;
    }
    if wanted.is_empty() {
        add(
            Widening::Limit,
            "requests without any rate limit".to_owned(),
        );
    }
    for limit in wanted {
        let before = approved.iter().find(|before| before.name == limit.name);
        if !before.is_some_and(|before| limit_within(limit, before)) {
            let at_once = limit
                .concurrency
                .map_or("any number".to_owned(), |number| number.to_string());
            let per = humantime::format_duration(Duration::from_millis(limit.per_ms));
            let (name, requests) = (&limit.name, limit.requests);
            add(
                Widening::Limit,
                format!("the limit {name}: {requests} requests in {per}, {at_once} at once"),
            );
        }
    }
}

fn limit_within(wanted: &LimitGrant, approved: &LimitGrant) -> bool {
    // No more in one burst, and no more in the long run.
    let burst = wanted.requests <= approved.requests;
    let rate = u128::from(wanted.requests) * u128::from(approved.per_ms)
        <= u128::from(approved.requests) * u128::from(wanted.per_ms);
    let at_once = match (wanted.concurrency, approved.concurrency) {
        (_, None) => true,
        (Some(wanted), Some(approved)) => wanted <= approved,
        (None, Some(_)) => false,
    };
    let scope = wanted.scope == approved.scope || approved.scope == LimitScope::Credential;
    burst && rate && at_once && scope
}

fn budgets(approved: Option<&Budget>, wanted: &Budget, add: &mut impl FnMut(Widening, String)) {
    let nothing = Budget {
        memory_mib: 0,
        cpu_ms: 0,
        wall_s: 0,
        requests: 0,
        result_mib: 0,
    };
    let approved = approved.unwrap_or(&nothing);
    for (before, after, unit) in [
        (
            u64::from(approved.memory_mib),
            u64::from(wanted.memory_mib),
            "MiB of memory",
        ),
        (approved.cpu_ms, wanted.cpu_ms, "ms of processor time"),
        (approved.wall_s, wanted.wall_s, "seconds in all"),
        (
            u64::from(approved.requests),
            u64::from(wanted.requests),
            "requests",
        ),
        (
            u64::from(approved.result_mib),
            u64::from(wanted.result_mib),
            "MiB of result",
        ),
    ] {
        if after > before {
            add(
                Widening::Budget,
                format!("{after} {unit} a call, {before} before"),
            );
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
