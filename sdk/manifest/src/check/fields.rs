//! Fields and groups.

use std::collections::BTreeSet;

use super::{FIELD, LOWER, filled, help_url, refuse, whole, word};
use crate::error::ManifestError;
use crate::field::{Field, FieldFormat, FieldKind};
use crate::manifest::Manifest;

pub(super) fn check(manifest: &Manifest) -> Result<(), ManifestError> {
    let mut groups = BTreeSet::new();
    for (index, group) in manifest.groups.iter().enumerate() {
        let key = format!("group[{index}]");
        word(format!("{key}.name"), &group.name, LOWER)?;
        filled(format!("{key}.label"), &group.label)?;
        if let Some(one_of) = &group.one_of {
            word(format!("{key}.one-of"), one_of, LOWER)?;
            let alternatives = manifest
                .groups
                .iter()
                .filter(|other| other.one_of == group.one_of)
                .count();
            if alternatives < 2 {
                let message = format!(
                    "{one_of:?} has one group; an alternative needs a second of the same word"
                );
                return refuse("alternative_single", format!("{key}.one-of"), message);
            }
        }
        if !groups.insert(group.name.as_str()) {
            return refuse(
                "name_twice",
                format!("{key}.name"),
                format!("{:?} is taken", group.name),
            );
        }
        let mut members = manifest
            .fields
            .iter()
            .filter(|field| field.group.as_ref() == Some(&group.name));
        if !members.any(|field| field.required) {
            let message = format!("no required field says group = {:?}", group.name);
            return refuse("group_empty", key, message);
        }
    }
    let mut names = BTreeSet::new();
    for (index, field) in manifest.fields.iter().enumerate() {
        let key = format!("field[{index}]");
        one(&key, field)?;
        if !names.insert(field.name.as_str()) {
            return refuse(
                "name_twice",
                format!("{key}.name"),
                format!("{:?} is taken", field.name),
            );
        }
        if let Some(group) = &field.group
            && !groups.contains(group.as_str())
        {
            let message = format!("there is no [[group]] of the name {group:?}");
            return refuse("group_unknown", format!("{key}.group"), message);
        }
    }
    let Some(session) = &manifest.session else {
        return Ok(());
    };
    if session.secrets.is_empty() {
        return refuse(
            "session_empty",
            "session.secret",
            "name at least one secret that the log-in captures",
        );
    }
    for (index, secret) in session.secrets.iter().enumerate() {
        let key = format!("session.secret[{index}].name");
        word(&key, &secret.name, FIELD)?;
        if !names.insert(secret.name.as_str()) {
            return refuse("name_twice", key, format!("{:?} is taken", secret.name));
        }
    }
    if let Some(name) = &session.when_secret
        && manifest
            .field(name)
            .is_none_or(|field| field.kind != FieldKind::Secret)
    {
        let message = format!("there is no secret field of the name {name:?}");
        return refuse("secret_unknown", "session.when-secret", message);
    }
    Ok(())
}

fn one(key: &str, field: &Field) -> Result<(), ManifestError> {
    word(format!("{key}.name"), &field.name, FIELD)?;
    filled(format!("{key}.label"), &field.label)?;
    if let Some(help) = &field.help {
        filled(format!("{key}.help"), help)?;
    }
    if let Some(url) = &field.help_url {
        help_url(format!("{key}.help-url"), url)?;
    }
    if let Some(pattern) = &field.pattern
        && let Err(error) = whole(pattern)
    {
        return refuse(
            "pattern_invalid",
            format!("{key}.pattern"),
            error.to_string(),
        );
    }
    let has_hosts = !field.hosts.is_empty() || !field.hosts_of.is_empty();
    match field.kind {
        FieldKind::Setting if has_hosts => {
            let message = "the connector writes settings itself; only a secret has hosts";
            refuse("setting_hosts", format!("{key}.hosts"), message)
        }
        FieldKind::Secret if field.format == FieldFormat::Url => refuse(
            "secret_url",
            format!("{key}.format"),
            "only a setting can be a URL",
        ),
        _ => Ok(()),
    }
}
