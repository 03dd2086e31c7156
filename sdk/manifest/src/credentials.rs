//! A customer's values against the fields that the manifest declares.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::check::whole;
use crate::field::{Field, FieldFormat, FieldKind, Group};
use crate::host::{HostPattern, is_label};
use crate::hosts::https_url;
use crate::manifest::Manifest;

/// Shorter secrets would be masked all over the data.
const SHORTEST_SECRET: usize = 8;
/// What a header or a form can still carry.
const LONGEST_VALUE: usize = 8 << 10;

/// A customer's values, apart: what the connector may read and what it may not.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SplitFields {
    /// Settings by name.
    pub settings: BTreeMap<String, String>,
    /// Secrets by name. Move them into a secret type at once.
    pub secrets: BTreeMap<String, String>,
}

impl fmt::Debug for SplitFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets: Vec<_> = self.secrets.keys().collect();
        f.debug_struct("SplitFields")
            .field("settings", &self.settings)
            .field("secrets", &secrets)
            .finish()
    }
}

/// What is wrong with one value. It never holds the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// The field's name.
    pub field: String,
    /// A stable code: `unknown_field`, `missing`, `choose_one`, `only_one`, `pattern`, `invalid_url`,
    /// `invalid_host_label`, `secret_too_short`, `too_long`.
    pub code: &'static str,
    /// A sentence that says what to write.
    pub message: String,
}

impl FieldProblem {
    fn new(field: &str, code: &'static str, message: String) -> Self {
        Self {
            field: field.to_owned(),
            code,
            message,
        }
    }
}

impl Manifest {
    /// Checks a customer's values and tells settings from secrets. An empty value counts as not given.
    ///
    /// # Errors
    /// Every problem that there is: unknown fields first, then in the order of the manifest.
    pub fn split_fields(
        &self,
        values: &BTreeMap<String, String>,
    ) -> Result<SplitFields, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        for name in values.keys().filter(|name| self.field(name).is_none()) {
            let known: Vec<_> = self
                .fields
                .iter()
                .map(|field| field.name.as_str())
                .collect();
            let message = format!(
                "is not a field of {}; it has {}",
                self.name,
                known.join(", ")
            );
            problems.push(FieldProblem::new(name, "unknown_field", message));
        }
        let given = |field: &Field| values.get(&field.name).filter(|value| !value.is_empty());
        let wanted = self.wanted_groups(&given, &mut problems);
        let host_labels = self.host_labels();
        let mut split = SplitFields::default();
        for field in &self.fields {
            let Some(value) = given(field) else {
                let asked = field
                    .group
                    .as_deref()
                    .is_none_or(|group| wanted.contains(group));
                if field.required && asked {
                    let message = format!("{} is required", field.label);
                    problems.push(FieldProblem::new(&field.name, "missing", message));
                }
                continue;
            };
            if let Some((code, message)) = wrong(field, value, host_labels.contains(&field.name)) {
                problems.push(FieldProblem::new(&field.name, code, message));
            }
            let side = match field.kind {
                FieldKind::Setting => &mut split.settings,
                FieldKind::Secret => &mut split.secrets,
            };
            side.insert(field.name.clone(), value.clone());
        }
        if problems.is_empty() {
            Ok(split)
        } else {
            Err(problems)
        }
    }

    /// The groups whose required fields must be there: those of which anything is given. Of alternatives exactly
    /// one may be.
    fn wanted_groups<'a>(
        &'a self,
        given: &dyn Fn(&Field) -> Option<&'a String>,
        problems: &mut Vec<FieldProblem>,
    ) -> BTreeSet<&'a str> {
        let members = |group: &'a Group| {
            self.fields
                .iter()
                .filter(|field| field.group.as_ref() == Some(&group.name))
        };
        let begun = |group: &&'a Group| members(group).any(|field| given(field).is_some());
        let wanted = self
            .groups
            .iter()
            .filter(begun)
            .map(|group| group.name.as_str())
            .collect();
        let alternatives: BTreeSet<_> = self
            .groups
            .iter()
            .filter_map(|group| group.one_of.as_deref())
            .collect();
        for word in alternatives {
            let groups: Vec<_> = self
                .groups
                .iter()
                .filter(|group| group.one_of.as_deref() == Some(word))
                .collect();
            let chosen: Vec<_> = groups.iter().copied().filter(begun).collect();
            let (code, at, lead) = match chosen.as_slice() {
                [_] => continue,
                [] => ("choose_one", groups.first(), "fill in one of these sets"),
                [_, second, ..] => ("only_one", Some(second), "fill in only one of these sets"),
            };
            let first = at.and_then(|group| {
                members(group).find(|field| code == "choose_one" || given(field).is_some())
            });
            let labels: Vec<_> = groups.iter().map(|group| group.label.as_str()).collect();
            let message = format!("{lead}: {}", labels.join("; "));
            problems.push(FieldProblem::new(
                first.map_or("", |field| &field.name),
                code,
                message,
            ));
        }
        wanted
    }

    /// The settings that stand in host names.
    fn host_labels(&self) -> BTreeSet<String> {
        let patterns = self
            .egress
            .iter()
            .filter_map(|rule| HostPattern::parse(rule.host.as_deref()?).ok());
        patterns
            .flat_map(|pattern| pattern.settings().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }
}

fn wrong(field: &Field, value: &str, in_host: bool) -> Option<(&'static str, String)> {
    let label = &field.label;
    if value.len() > LONGEST_VALUE {
        return Some((
            "too_long",
            format!("{label} has at most {LONGEST_VALUE} bytes"),
        ));
    }
    if field.kind == FieldKind::Secret && value.len() < SHORTEST_SECRET {
        return Some((
            "secret_too_short",
            format!("{label} has at least {SHORTEST_SECRET} bytes"),
        ));
    }
    if field.format == FieldFormat::Url
        && let Err(sentence) = https_url(value)
    {
        return Some(("invalid_url", format!("{label} {sentence}")));
    }
    if in_host && !is_label(value) {
        let message = format!("{label} is part of a host name: letters, digits and hyphens only");
        return Some(("invalid_host_label", message));
    }
    let pattern = field.pattern.as_deref()?;
    let matches = whole(pattern).is_ok_and(|regex| regex.is_match(value));
    (!matches).then(|| {
        (
            "pattern",
            format!("{label} does not look right; it must match {pattern}"),
        )
    })
}
