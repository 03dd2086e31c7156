//! Host patterns: what may stand in `host` and `hosts`.

use std::collections::BTreeMap;
use std::fmt;

/// A host name whose labels are exact, a setting, or (the left-most alone) anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPattern {
    labels: Vec<Label>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Label {
    Any,
    Exact(String),
    Setting(String),
}

impl HostPattern {
    /// Reads a pattern. The error is a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let labels: Vec<_> = text
            .split('.')
            .map(|label| match label {
                "*" => Some(Label::Any),
                _ => match label.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
                    Some(setting) => Some(Label::Setting(setting.to_owned())),
                    None => (is_label(label) && !label.bytes().any(|byte| byte.is_ascii_uppercase()))
                        .then(|| Label::Exact(label.to_owned())),
                },
            })
            .collect::<Option<_>>()
            .ok_or("a host has lower-case labels of letters, digits and hyphens; write the port as `port`")?;
        if text.len() > 253 {
            return Err("a host has at most 253 characters");
        }
        if labels.len() < 2 {
            return Err("a host has at least two labels");
        }
        if labels.iter().skip(1).any(|label| *label == Label::Any) {
            return Err("`*` may stand for the left-most label only");
        }
        let exact_tail = labels
            .iter()
            .rev()
            .take_while(|label| matches!(label, Label::Exact(_)))
            .count();
        let open = labels.len() != exact_tail;
        if open && exact_tail < 2 {
            return Err("the last two labels must be plain, or any domain could be meant");
        }
        if labels.first() == Some(&Label::Any) && exact_tail + 1 != labels.len() {
            return Err("`*` and `{setting}` cannot stand in one host");
        }
        if let Some(Label::Exact(last)) = labels.last()
            && last.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err("an address is no host name");
        }
        Ok(Self { labels })
    }

    /// The settings that it needs.
    pub(crate) fn settings(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().filter_map(|label| match label {
            Label::Setting(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether every host of `self` is one of `other`'s.
    pub(crate) fn within(&self, other: &Self) -> bool {
        self.labels.len() == other.labels.len()
            && self
                .labels
                .iter()
                .zip(&other.labels)
                .all(|(inner, outer)| *outer == Label::Any || inner == outer)
    }

    /// The host with its settings filled in.
    pub(crate) fn resolve(&self, settings: &BTreeMap<String, String>) -> Option<String> {
        let labels: Option<Vec<&str>> = self
            .labels
            .iter()
            .map(|label| match label {
                Label::Any => Some("*"),
                Label::Exact(text) => Some(text.as_str()),
                Label::Setting(name) => settings
                    .get(name)
                    .map(String::as_str)
                    .filter(|value| is_label(value)),
            })
            .collect();
        Some(labels?.join("."))
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, label) in self.labels.iter().enumerate() {
            if place > 0 {
                f.write_str(".")?;
            }
            match label {
                Label::Any => f.write_str("*")?,
                Label::Exact(text) => f.write_str(text)?,
                Label::Setting(name) => write!(f, "{{{name}}}")?,
            }
        }
        Ok(())
    }
}

/// Whether a text is one plain host label. A value with a dot, slash or colon would name another host.
pub(crate) fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 63
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Replaces every `{setting}` of a text by its value, which must be a plain host label.
pub(crate) fn fill(template: &str, settings: &BTreeMap<String, String>) -> Option<String> {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        filled.push_str(before);
        filled.push_str(settings.get(name).filter(|value| is_label(value))?);
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}
