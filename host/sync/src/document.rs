//! From a guest's record to a row: parse, validate, resolve references, write canonically, hash.
//!
//! Whatever is wrong with one record ends as a [`Rejection`] of that record, never as a failed page, and is
//! found here rather than by Postgres: text that `jsonb` cannot hold, numbers without a finite value,
//! nesting without end.

use crate::ids::RecordIds;
use jsonschema::Validator;
use portcullis_manifest::Manifest;
use portcullis_model::{MODELS, ModelSpec, Reference};
use portcullis_runtime::contract::sync::Upsert;
use portcullis_store::{Original, RecordWrite};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// Longest `external-id` or scope, in bytes. The longest seen at a vendor is a URL of some 200.
const LONGEST_KEY: usize = 512;

/// Why a record became a dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// `malformed`, `invalid` or `key`.
    pub kind: &'static str,
    /// One sentence that names the place, never the value: values are personal.
    pub message: String,
}

impl Rejection {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

/// Validators are made once per process: compiling a schema costs more than checking a page with it.
static VALIDATORS: LazyLock<HashMap<&'static str, Validator>> = LazyLock::new(|| {
    MODELS
        .iter()
        .filter_map(|spec| {
            let schema = portcullis_model::payload_schema(spec.name)?;
            Some((spec.name, jsonschema::validator_for(&schema).ok()?))
        })
        .collect()
});

/// Turns the records of one model of one integration into rows.
pub struct Assembler {
    spec: Option<&'static ModelSpec>,
    name: String,
    ids: RecordIds,
    /// Models whose external ids are unique within a property only.
    scoped: Arc<[String]>,
    redact: Arc<[Vec<String>]>,
}

impl Assembler {
    /// An assembler for `model` under `manifest`, with the ids of one integration.
    pub fn new(manifest: &Manifest, model: &str, ids: RecordIds) -> Self {
        let scoped = manifest
            .models
            .iter()
            .filter(|model| model.unique_within.is_some())
            .map(|model| model.name.clone())
            .collect();
        let redact = manifest
            .redact
            .iter()
            .map(|pointer| {
                pointer
                    .split('/')
                    .skip(1)
                    .map(|token| token.replace("~1", "/").replace("~0", "~"))
                    .collect()
            })
            .collect();
        Self {
            spec: MODELS
                .iter()
                .find(|spec| schema_of(manifest, model) == Some(spec.schema)),
            name: model.to_owned(),
            ids,
            scoped,
            redact,
        }
    }

    /// Checks one record and makes its row.
    pub fn assemble(&self, upsert: &Upsert) -> Result<RecordWrite, Rejection> {
        let scope = self.key(upsert.key.scope.as_deref(), &upsert.key.external_id)?;
        let external_id = upsert.key.external_id.as_str();
        let mut doc: Map<String, Value> =
            serde_json::from_str(&upsert.payload).map_err(|error| {
                Rejection::new(
                    "malformed",
                    format!("the payload is not a JSON object: {error}"),
                )
            })?;
        for pointer in self.redact.iter() {
            remove(&mut doc, pointer);
        }
        let mut doc = Value::Object(doc);
        if let Some(validator) = self.spec.and_then(|spec| VALIDATORS.get(spec.name))
            && !validator.is_valid(&doc)
        {
            return Err(invalid(validator, &doc));
        }
        if upsert.payload.contains("\\u0000") && holds_nul(&doc) {
            return Err(Rejection::new(
                "malformed",
                "a text holds the character U+0000",
            ));
        }
        let mut references = References::default();
        if let (Some(spec), Some(object)) = (self.spec, doc.as_object_mut()) {
            object.insert("x_id".to_owned(), Value::from(external_id));
            if spec.name == "properties" && !object.contains_key("x_property_id") {
                object.insert("x_property_id".to_owned(), Value::from(external_id));
            }
            let property = text(object, "x_property_id");
            for reference in spec.references {
                self.resolve(reference, object, property.as_deref(), &mut references);
            }
            // Second names of fields are part of the record, so that they can be filtered by.
            spec.complete(object);
        }
        doc.sort_all_objects();
        let column = |name: &str| doc.as_object().and_then(|object| text(object, name));
        let (property_id, x_property_id) = (column("property_id"), column("x_property_id"));
        let (unit_id, x_unit_id) = (column("unit_id"), column("x_unit_id"));
        references.related.sort_unstable();
        references.related.dedup();
        let text = doc.to_string();
        Ok(RecordWrite {
            id: self.id(scope, external_id),
            scope: scope.to_owned(),
            external_id: external_id.to_owned(),
            partition: String::new(),
            hash: self.hash(&text),
            doc: text,
            x_updated_at: upsert
                .updated_at
                .and_then(chrono::DateTime::from_timestamp_millis),
            property_id,
            x_property_id,
            unit_id,
            x_unit_id,
            related: references.related,
            original: self.original(upsert)?,
        })
    }

    /// The vendor's own record as it is kept: without what the manifest redacts.
    fn original(&self, upsert: &Upsert) -> Result<Option<Original>, Rejection> {
        let Some(text) = &upsert.original else {
            return Ok(None);
        };
        let malformed = |error: serde_json::Error| {
            Rejection::new("malformed", format!("the original is not JSON: {error}"))
        };
        if self.redact.is_empty() {
            serde_json::from_str::<IgnoredAny>(text).map_err(malformed)?;
            return Ok(Some(Original::of(text)));
        }
        let mut value: Value = serde_json::from_str(text).map_err(malformed)?;
        if let Some(object) = value.as_object_mut() {
            for pointer in self.redact.iter() {
                remove(object, pointer);
            }
        }
        Ok(Some(Original::of(&value.to_string())))
    }

    /// Our id of a record that is only named: one that is gone, or could not be read. `None` when the key is none.
    pub fn id_of(&self, scope: Option<&str>, external_id: &str) -> Option<String> {
        let scope = self.key(scope, external_id).ok()?;
        Some(self.id(scope, external_id))
    }

    fn id(&self, scope: &str, external_id: &str) -> String {
        let prefix = self.spec.map_or("rec", |spec| spec.id_prefix);
        self.ids.id(prefix, &self.name, scope, external_id)
    }

    /// Checks a key; gives the scope, empty for none.
    fn key<'a>(&self, scope: Option<&'a str>, external_id: &str) -> Result<&'a str, Rejection> {
        let scope = scope.unwrap_or_default();
        let wants_scope = self.scoped.contains(&self.name);
        if wants_scope == scope.is_empty() {
            let sentence = if wants_scope {
                "the manifest says unique-within, but the key has no scope"
            } else {
                "the key has a scope, but the manifest does not say unique-within"
            };
            return Err(Rejection::new("key", sentence));
        }
        for part in [scope, external_id] {
            if part.len() > LONGEST_KEY || part.contains('\0') {
                return Err(Rejection::new("key", "the key is too long or holds U+0000"));
            }
        }
        if external_id.is_empty() {
            return Err(Rejection::new("key", "the external id is empty"));
        }
        Ok(scope)
    }

    /// Writes our id beside the vendor's, at the top or in each object of an array.
    fn resolve(
        &self,
        reference: &Reference,
        object: &mut Map<String, Value>,
        property: Option<&str>,
        found: &mut References,
    ) {
        let Some(parent) = portcullis_model::model(reference.model) else {
            return;
        };
        let scope = if self.scoped.iter().any(|model| model == parent.name) {
            property.unwrap_or_default()
        } else {
            ""
        };
        let id_of = |x_id: &str| self.ids.id(parent.id_prefix, parent.name, scope, x_id);
        let (path, target) = (reference.path, reference.target);
        if let (Some((array, from)), Some((_, to))) =
            (path.split_once("[]."), target.split_once("[]."))
        {
            let Some(Value::Array(items)) = object.get_mut(array) else {
                return;
            };
            for item in items.iter_mut().filter_map(Value::as_object_mut) {
                if let Some(x_id) = text(item, from) {
                    let id = id_of(&x_id);
                    found.related.push(id.clone());
                    item.insert(to.to_owned(), Value::from(id));
                }
            }
        } else if let (Some(from), Some(to)) = (path.strip_suffix("[]"), target.strip_suffix("[]"))
        {
            let Some(Value::Array(items)) = object.get(from) else {
                return;
            };
            let ids: Vec<String> = items.iter().filter_map(Value::as_str).map(id_of).collect();
            found.related.extend(ids.iter().cloned());
            object.insert(to.to_owned(), Value::from(ids));
        } else if let Some(x_id) = text(object, path) {
            let id = id_of(&x_id);
            // These two have columns of their own; the rest is found through `related`.
            if !matches!(target, "property_id" | "unit_id") {
                found.related.push(id.clone());
            }
            object.insert(target.to_owned(), Value::from(id));
        }
    }

    /// The content hash: a change of the schema's version makes every row new, as it must.
    fn hash(&self, doc: &str) -> [u8; 16] {
        let mut hasher = Sha256::new();
        hasher.update(self.spec.map_or("", |spec| spec.schema));
        hasher.update([0]);
        hasher.update(doc);
        let digest = hasher.finalize();
        let mut hash = [0; 16];
        hash.copy_from_slice(&digest[..16]);
        hash
    }
}

#[derive(Default)]
struct References {
    related: Vec<String>,
}

fn schema_of<'a>(manifest: &'a Manifest, model: &str) -> Option<&'a str> {
    manifest
        .models
        .iter()
        .find(|declared| declared.name == model)
        .map(|declared| declared.schema.as_str())
}

fn text(object: &Map<String, Value>, field: &str) -> Option<String> {
    object.get(field).and_then(Value::as_str).map(str::to_owned)
}

fn remove(object: &mut Map<String, Value>, pointer: &[String]) {
    match pointer {
        [] => {}
        [last] => {
            object.remove(last);
        }
        [first, rest @ ..] => match object.get_mut(first) {
            Some(Value::Object(inner)) => remove(inner, rest),
            Some(Value::Array(items)) => {
                // `-` stands for every item, as a vendor's list has no fixed length.
                let rest = if rest.first().is_some_and(|token| token == "-") {
                    &rest[1..]
                } else {
                    rest
                };
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    remove(item, rest);
                }
            }
            _ => {}
        },
    }
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(object) => object
            .iter()
            .any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

fn invalid(validator: &Validator, doc: &Value) -> Rejection {
    match validator.iter_errors(doc).next() {
        Some(error) => {
            let place = error.instance_path().to_string();
            Rejection::new("invalid", format!("{place}: {}", error.masked()))
        }
        None => Rejection::new("invalid", "the payload does not fit the model's schema"),
    }
}
