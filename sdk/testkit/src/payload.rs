//! What a record's payload must be, seen without its vendor.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use portcullis_manifest::{Manifest, UniqueWithin};
use portcullis_model::{MODELS, ModelSpec};
use portcullis_runtime::contract::sync::Upsert;
use portcullis_runtime::contract::types::RecordKey;
use serde_json::Value;

use crate::clause::{Clause, Sheet};
use crate::pass::Pass;

/// Stands where nobody may read it.
pub(crate) const SENSITIVE: &str = "Canary900550001";
/// Longest external id or scope, in bytes.
const LONGEST_KEY: usize = 512;
/// Names of members that hold what no gateway should; letters and digits of the name alone, in lower case.
const SENSITIVE_NAMES: [&str; 9] = [
    "ssn",
    "socialsecuritynumber",
    "taxid",
    "taxnumber",
    "nationalid",
    "bankaccountnumber",
    "routingnumber",
    "driverslicense",
    "driverslicensenumber",
];

/// What is known of one model's payloads.
struct Known {
    spec: &'static ModelSpec,
    validator: Validator,
    /// The words of its enumerations.
    words: BTreeSet<String>,
}

/// The models of one manifest.
pub(crate) struct Payloads {
    known: BTreeMap<String, Known>,
    /// Models whose keys carry a scope.
    scoped: BTreeSet<String>,
    redact: Vec<Vec<String>>,
}

impl Payloads {
    pub(crate) fn of(manifest: &Manifest) -> Self {
        let known = manifest.models.iter().filter_map(|model| {
            let spec = MODELS.iter().find(|spec| spec.schema == model.schema)?;
            let schema = portcullis_model::payload_schema(spec.name)?;
            let mut words = BTreeSet::new();
            collect_words(&schema, &mut words);
            let validator = jsonschema::validator_for(&schema).ok()?;
            let known = Known {
                spec,
                validator,
                words,
            };
            Some((model.name.clone(), known))
        });
        let within = |unique: &Option<UniqueWithin>| unique.is_some();
        let scoped = manifest
            .models
            .iter()
            .filter(|model| within(&model.unique_within));
        let tokens = |pointer: &String| pointer.split('/').skip(1).map(str::to_owned).collect();
        Self {
            known: known.collect(),
            scoped: scoped.map(|model| model.name.clone()).collect(),
            redact: manifest.redact.iter().map(tokens).collect(),
        }
    }

    /// Why a payload is not valid; nothing if it is, or if its schema is the connector's own.
    pub(crate) fn invalid(&self, model: &str, payload: &str) -> Option<String> {
        let document: Value = match serde_json::from_str(payload) {
            Ok(document) => document,
            Err(error) => return Some(format!("it is no JSON: {error}")),
        };
        let known = self.known.get(model)?;
        let error = known.validator.iter_errors(&document).next()?;
        Some(format!("{}: {}", error.instance_path(), error.masked()))
    }

    /// The words of enumerations that stand in a payload.
    pub(crate) fn enumerated(&self, model: &str, payload: &str) -> Vec<String> {
        let mut found = Vec::new();
        let Some(known) = self.known.get(model) else {
            return found;
        };
        if let Ok(document) = serde_json::from_str::<Value>(payload) {
            each_text(&document, &mut |text| {
                if known.words.contains(text) {
                    found.push(text.to_owned());
                }
            });
        }
        found
    }

    /// Judges what one pass over a model brought.
    pub(crate) fn judge(&self, pass: &Pass, sensitive: &BTreeSet<String>, sheet: &mut Sheet) {
        let asked = pass.reading.originals;
        for batch in pass.batches() {
            for upsert in &batch.upserts {
                let id = &upsert.key.external_id;
                let invalid = self.invalid(&batch.model, &upsert.payload);
                sheet.check(Clause::ValuesSchema, invalid.is_none(), || {
                    format!("{} {id}: {}", batch.model, invalid.unwrap_or_default())
                });
                self.judge_key(&batch.model, &upsert.key, sheet);
                judge_original(&batch.model, upsert, asked, sheet);
                let leaks = |text: &str| sensitive.iter().any(|value| text.contains(value));
                let original = upsert.original.as_deref().map(|text| self.redacted(text));
                if !sensitive.is_empty() {
                    sheet.check(
                        Clause::ValuesSensitive,
                        !leaks(&upsert.payload) && !original.as_deref().is_some_and(leaks),
                        || format!("{} {id} holds a sensitive value", batch.model),
                    );
                }
            }
        }
    }

    pub(crate) fn judge_key(&self, model: &str, key: &RecordKey, sheet: &mut Sheet) {
        let id = key.external_id.as_str();
        let fits =
            |part: &str| !part.is_empty() && part.len() <= LONGEST_KEY && !part.contains('\0');
        sheet.check(Clause::KeysForm, fits(id), || {
            format!("{model}: an external id of {} bytes", id.len())
        });
        let wants = self.scoped.contains(model);
        let scope = key.scope.as_deref();
        sheet.check(
            Clause::KeysForm,
            scope.is_some() == wants && scope.is_none_or(fits),
            || {
                let found = if scope.is_some() {
                    "a scope"
                } else {
                    "no scope"
                };
                format!("{model} {id} has {found}")
            },
        );
    }

    /// An original as the host keeps it.
    fn redacted(&self, original: &str) -> String {
        let Ok(mut document) = serde_json::from_str::<Value>(original) else {
            return original.to_owned();
        };
        for pointer in &self.redact {
            remove(&mut document, pointer);
        }
        document.to_string()
    }

    /// The names under which the manifest forbids values at the top of a record.
    pub(crate) fn forbidden(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .redact
            .iter()
            .filter_map(|pointer| pointer.last().cloned())
            .filter(|name| {
                name.chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            })
            .collect();
        names.extend(["SSN".to_owned(), "TaxId".to_owned()]);
        names.sort();
        names.dedup();
        names
    }

    /// Whether a member of this name holds what no gateway should.
    pub(crate) fn is_sensitive(name: &str) -> bool {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        let plain: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
        SENSITIVE_NAMES.contains(&plain.as_str())
    }

    /// Judges whether references lead to records that were read. `whole` has the ids of every model that was read whole.
    pub(crate) fn judge_references(
        &self,
        records: &BTreeMap<String, Vec<String>>,
        whole: &BTreeMap<String, BTreeSet<String>>,
        sheet: &mut Sheet,
    ) {
        for (model, payloads) in records {
            let Some(known) = self.known.get(model) else {
                continue;
            };
            for reference in known.spec.references {
                let Some(ids) = whole.get(reference.model) else {
                    continue;
                };
                let (mut named, mut found) = (0_usize, 0_usize);
                for payload in payloads {
                    let Ok(document) = serde_json::from_str::<Value>(payload) else {
                        continue;
                    };
                    for id in at_path(&document, reference.path) {
                        named += 1;
                        found += usize::from(ids.contains(id));
                    }
                }
                if named > 0 {
                    sheet.check(Clause::ReferencesResolve, found * 2 >= named, || {
                        format!(
                            "{model}.{}: {found} of {named} name a record of {}",
                            reference.path, reference.model
                        )
                    });
                }
            }
        }
    }
}

fn judge_original(model: &str, upsert: &Upsert, asked: bool, sheet: &mut Sheet) {
    let id = &upsert.key.external_id;
    match (&upsert.original, asked) {
        (None, true) => sheet.check(Clause::ValuesOriginals, false, || {
            format!("{model} {id} has none although it was asked for")
        }),
        (Some(_), false) => sheet.check(Clause::ValuesOriginals, false, || {
            format!("{model} {id} has one although it was not asked for")
        }),
        (None, false) => sheet.holds(Clause::ValuesOriginals),
        (Some(text), true) => {
            let json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            sheet.check(Clause::ValuesOriginals, json, || {
                format!("{model} {id} has one that is no JSON")
            });
        }
    }
}

/// The texts at `field`, `array[]` or `array[].field`.
fn at_path<'v>(document: &'v Value, path: &str) -> Vec<&'v str> {
    let (field, rest) = path
        .split_once("[]")
        .map_or((path, None), |(field, rest)| (field, Some(rest)));
    let Some(value) = document.get(field) else {
        return Vec::new();
    };
    match rest {
        None => value.as_str().into_iter().collect(),
        Some(rest) => {
            let items = value.as_array().into_iter().flatten();
            items
                .filter_map(|item| match rest.strip_prefix('.') {
                    Some(member) => item.get(member).and_then(Value::as_str),
                    None => item.as_str(),
                })
                .collect()
        }
    }
}

fn remove(value: &mut Value, pointer: &[String]) {
    let [first, rest @ ..] = pointer else { return };
    match value {
        Value::Object(object) if rest.is_empty() => {
            object.remove(first);
        }
        Value::Object(object) => {
            if let Some(inner) = object.get_mut(first) {
                remove(inner, rest);
            }
        }
        Value::Array(items) => {
            let rest = if first == "-" { rest } else { pointer };
            items.iter_mut().for_each(|item| remove(item, rest));
        }
        _ => {}
    }
}

/// Every word that an `enum` or `const` of a schema allows.
fn collect_words(schema: &Value, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("enum", Value::Array(allowed)) => {
                        words.extend(allowed.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("const", Value::String(word)) => {
                        words.insert(word.clone());
                    }
                    _ => collect_words(member, words),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_words(item, words)),
        _ => {}
    }
}

fn each_text(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, see)),
        Value::Object(members) => members.values().for_each(|member| each_text(member, see)),
        _ => {}
    }
}
