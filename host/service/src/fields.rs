//! The fields of a new customer's form, checked against what the connector declares. Values are never repeated.

use std::collections::BTreeMap;

use portcullis_manifest::{FieldProblem, SplitFields};
use secrecy::SecretString;
use serde_json::{Map, Value};
use url::{Host, Url};

use crate::connectors::Connector;
use crate::error::InputProblem;
use crate::integrations::CreateIntegration;
use crate::principal::Environment;

/// What is stored of a form.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) settings: Map<String, Value>,
    pub(crate) secrets: BTreeMap<String, SecretString>,
    pub(crate) base_url: Option<String>,
}

/// Checks a form; every problem is noted. `None` if there was one.
pub(crate) fn check(
    connector: &Connector,
    environment: Environment,
    input: &CreateIntegration,
    allow_loopback: bool,
    problems: &mut Vec<InputProblem>,
) -> Option<Checked> {
    let before = problems.len();
    let split = credentials(connector, &input.credentials, problems);
    if !connector.offers(environment) {
        let offered = connector.environments();
        let offered: Vec<_> = offered.iter().map(|offered| offered.name).collect();
        problems.push(InputProblem::pointer(
            "/environment",
            "environment_not_offered",
            format!(
                "`{}` has no {environment} environment. It has: {}. Use a key of one of those.",
                connector.row.vendor,
                offered.join(", ")
            ),
        ));
    }
    let base_url =
        input
            .base_url
            .as_deref()
            .and_then(|text| match check_base_url(text, allow_loopback) {
                Ok(url) => Some(url),
                Err(problem) => {
                    problems.push(problem);
                    None
                }
            });
    let (settings, secrets) = split?;
    (problems.len() == before).then_some(Checked {
        settings,
        secrets,
        base_url,
    })
}

/// The settings and the secrets of a form; every problem is noted, and `None` if there was one.
pub(crate) fn credentials(
    connector: &Connector,
    sent: &Map<String, Value>,
    problems: &mut Vec<InputProblem>,
) -> Option<(Map<String, Value>, BTreeMap<String, SecretString>)> {
    let before = problems.len();
    let values = texts(sent, problems);
    let split = match connector.manifest().split_fields(&values) {
        Ok(split) => split,
        Err(found) => {
            // What is no text was noted as such; that it is missing, too, would only confuse.
            let noted: Vec<_> = problems.iter().map(|problem| problem.at.clone()).collect();
            let found = found.into_iter().map(problem);
            problems.extend(found.filter(|problem| !noted.contains(&problem.at)));
            SplitFields::default()
        }
    };
    let settings = |(name, text)| (name, Value::String(text));
    let secrets = |(name, text)| (name, SecretString::from(text));
    (problems.len() == before).then(|| {
        (
            split.settings.into_iter().map(settings).collect(),
            split.secrets.into_iter().map(secrets).collect(),
        )
    })
}

/// The values as the manifest wants them; those that are no texts are noted.
fn texts(sent: &Map<String, Value>, problems: &mut Vec<InputProblem>) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (name, value) in sent {
        match value {
            Value::String(text) if !text.contains('\0') => {
                texts.insert(name.clone(), text.clone());
            }
            // The same as left out.
            Value::Null => {}
            _ => problems.push(InputProblem::pointer(
                pointer(name),
                "invalid_value",
                "Send a text without the character NUL.",
            )),
        }
    }
    texts
}

/// A problem of a field, with its code among those of the API.
fn problem(found: FieldProblem) -> InputProblem {
    let code = match found.code {
        "unknown_field" => "unknown_field",
        "missing" => "missing_field",
        "choose_one" => "field_group_incomplete",
        "only_one" => "field_group_ambiguous",
        "pattern" => "pattern_mismatch",
        "secret_too_short" | "too_long" => "invalid_length",
        _ => "invalid_value",
    };
    let detail = if code == "unknown_field" {
        format!("`{}` {}.", found.field, found.message)
    } else {
        let mut letters = found.message.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), letters.as_str())
    };
    InputProblem::pointer(pointer(&found.field), code, detail)
}

fn pointer(field: &str) -> String {
    if field.is_empty() {
        return "/credentials".to_owned();
    }
    format!(
        "/credentials/{}",
        field.replace('~', "~0").replace('/', "~1")
    )
}

/// A base URL of an integration's own: loopback alone, and only where the operator allows it.
fn check_base_url(text: &str, allow_loopback: bool) -> Result<String, InputProblem> {
    let refuse =
        |code, detail: &str| Err(InputProblem::pointer("/base_url", code, detail.to_owned()));
    if !allow_loopback {
        return refuse(
            "base_url_not_allowed",
            "This gateway takes the vendor's address from the connector. Leave `base_url` out, or have the operator set \
             `egress.allow_loopback`, which is for tests.",
        );
    }
    let invalid = || {
        refuse(
            "base_url_invalid",
            "`base_url` must be an absolute http or https URL of a loopback address, without user, query or fragment.",
        )
    };
    let Ok(url) = Url::parse(text) else {
        return invalid();
    };
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        && matches!(url.scheme(), "http" | "https");
    if !is_loopback || !is_plain {
        return invalid();
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests;
