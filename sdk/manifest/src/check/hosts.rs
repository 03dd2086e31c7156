//! Environments, egress, and the hosts of secrets.

use url::{Host, Url};

use super::refuse;
use crate::error::ManifestError;
use crate::field::{FieldFormat, FieldKind};
use crate::host::HostPattern;
use crate::manifest::{Address, Manifest};

pub(super) fn check(manifest: &Manifest) -> Result<(), ManifestError> {
    for (index, rule) in manifest.egress.iter().enumerate() {
        let key = format!("egress[{index}]");
        match (&rule.host, &rule.host_of) {
            (Some(host), None) => {
                pattern(manifest, format!("{key}.host"), host)?;
            }
            (None, Some(setting)) => url_setting(manifest, format!("{key}.host-of"), setting)?,
            _ => {
                return refuse(
                    "egress_ambiguous",
                    key,
                    "write exactly one of `host` and `host-of`",
                );
            }
        }
        if rule.port == Some(0) {
            return refuse(
                "number_invalid",
                format!("{key}.port"),
                "a port is 1 to 65535",
            );
        }
        if manifest.egress[..index].contains(rule) {
            return refuse("name_twice", key, "the same rule stands above");
        }
    }
    for (index, field) in manifest.fields.iter().enumerate() {
        if field.kind == FieldKind::Secret {
            secret(
                manifest,
                &format!("field[{index}]"),
                &field.hosts,
                &field.hosts_of,
            )?;
        }
    }
    for (index, entry) in manifest
        .session
        .iter()
        .flat_map(|session| &session.secrets)
        .enumerate()
    {
        secret(
            manifest,
            &format!("session.secret[{index}]"),
            &entry.hosts,
            &entry.hosts_of,
        )?;
    }
    if manifest.environments.is_empty() {
        return refuse(
            "environment_missing",
            "environments",
            "declare sandbox, production or both",
        );
    }
    for (environment, address) in &manifest.environments {
        base_url(manifest, &format!("environments.{environment}"), address)?;
    }
    Ok(())
}

/// Reads a pattern and checks that its labels are settings that cannot mean just anything.
fn pattern(manifest: &Manifest, key: String, text: &str) -> Result<HostPattern, ManifestError> {
    let pattern = HostPattern::parse(text)
        .map_err(|message| ManifestError::new("host_invalid", &key, message))?;
    for name in pattern.settings() {
        match manifest.field(name) {
            Some(field) if field.kind == FieldKind::Setting && field.pattern.is_some() => {}
            Some(field) if field.kind == FieldKind::Setting => {
                let message =
                    format!("the setting {name:?} needs a pattern, since it is part of a host");
                return refuse("host_setting", key, message);
            }
            _ => {
                return refuse(
                    "host_setting",
                    key,
                    format!("there is no setting of the name {name:?}"),
                );
            }
        }
    }
    Ok(pattern)
}

fn url_setting(manifest: &Manifest, key: String, name: &str) -> Result<(), ManifestError> {
    match manifest.field(name) {
        Some(field) if field.kind == FieldKind::Setting && field.format == FieldFormat::Url => {
            Ok(())
        }
        Some(_) => refuse(
            "url_setting",
            key,
            format!("{name:?} must be a setting with format = \"url\""),
        ),
        None => refuse(
            "url_setting",
            key,
            format!("there is no setting of the name {name:?}"),
        ),
    }
}

fn secret(
    manifest: &Manifest,
    key: &str,
    hosts: &[String],
    hosts_of: &[String],
) -> Result<(), ManifestError> {
    if hosts.is_empty() && hosts_of.is_empty() {
        let message = "say which hosts the secret may be sent to";
        return refuse("secret_hosts_missing", format!("{key}.hosts"), message);
    }
    for (index, host) in hosts.iter().enumerate() {
        let key = format!("{key}.hosts[{index}]");
        let pattern = pattern(manifest, key.clone(), host)?;
        if !manifest.egress.iter().any(|rule| rule.covers(&pattern)) {
            let message = format!("{host:?} is not within any [[egress]]");
            return refuse("secret_hosts_outside", key, message);
        }
    }
    for (index, setting) in hosts_of.iter().enumerate() {
        if !manifest
            .egress
            .iter()
            .any(|rule| rule.host_of.as_ref() == Some(setting))
        {
            let message = format!("no [[egress]] says host-of = {setting:?}");
            return refuse(
                "secret_hosts_outside",
                format!("{key}.hosts-of[{index}]"),
                message,
            );
        }
    }
    Ok(())
}

fn base_url(manifest: &Manifest, key: &str, address: &Address) -> Result<(), ManifestError> {
    let text = match (&address.base_url, &address.base_url_setting) {
        (Some(text), None) => text,
        (None, Some(setting)) => {
            let key = format!("{key}.base-url-setting");
            url_setting(manifest, key.clone(), setting)?;
            if manifest
                .egress
                .iter()
                .any(|rule| rule.host_of.as_ref() == Some(setting))
            {
                return Ok(());
            }
            return refuse(
                "base_url_outside",
                key,
                format!("no [[egress]] says host-of = {setting:?}"),
            );
        }
        _ => {
            return refuse(
                "base_url_ambiguous",
                key,
                "write exactly one of `base-url` and `base-url-setting`",
            );
        }
    };
    let key = format!("{key}.base-url");
    if is_loopback(text) {
        return Ok(());
    }
    let Some(rest) = text.strip_prefix("https://") else {
        return refuse("base_url_invalid", key, "a base URL begins with https://");
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if path.contains(['?', '#', '{', '}'])
        || path.chars().any(|c| c.is_control() || c.is_whitespace())
    {
        return refuse(
            "base_url_invalid",
            key,
            "a base URL has a plain path, no query and no fragment",
        );
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => match port.parse::<u16>() {
            Ok(port) if port > 0 => (host, port),
            _ => return refuse("base_url_invalid", key, "a port is 1 to 65535"),
        },
        None => (authority, 443),
    };
    let pattern = pattern(manifest, key.clone(), host)?;
    if host.starts_with('*') {
        return refuse("base_url_invalid", key, "a base URL names one host");
    }
    let covered = manifest
        .egress
        .iter()
        .any(|rule| rule.covers(&pattern) && rule.port.unwrap_or(443) == port);
    if covered {
        Ok(())
    } else {
        refuse(
            "base_url_outside",
            key,
            format!("{authority:?} is not within any [[egress]]"),
        )
    }
}

fn is_loopback(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    if !matches!(url.scheme(), "http" | "https")
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return false;
    }
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
