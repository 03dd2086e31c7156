//! What the customer of the examples has: a record of each model, as a connector would bring it.

use data_encoding::BASE32_NOPAD;
use portcullis_model::{MODELS, payload_schema};
use portcullis_store::RecordWrite;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::tests::support::{MANIFEST, record_write};

const PAYLOADS: &str = include_str!("payloads.json");

pub(super) fn models() -> impl Iterator<Item = &'static str> {
    MODELS.iter().map(|spec| spec.name)
}

/// The connector, with every model.
pub(super) fn manifest() -> String {
    let (head, _) = MANIFEST.split_once("[[model]]").unwrap();
    let head = head.replace("version = \"1.0.0\"", "version = \"1.1.0\"");
    let models = MODELS.iter().map(|spec| {
        format!(
            "[[model]]\nname = \"{}\"\nschema = \"{}\"\n",
            spec.name, spec.schema
        )
    });
    models.fold(head, |text, model| text + &model)
}

/// Our id of a record: of the form that real ones have.
pub(super) fn id(model: &str, external_id: &str) -> String {
    let prefix = portcullis_model::model(model).unwrap().id_prefix;
    let digest = Sha256::digest(format!("{model} {external_id}"));
    let letters = BASE32_NOPAD.encode(&digest[..16]).to_lowercase();
    format!("{prefix}_{letters}")
}

fn payloads() -> Map<String, Value> {
    let payloads: Map<String, Value> = serde_json::from_str(PAYLOADS).unwrap();
    assert!(models().all(|model| payloads.contains_key(model)));
    payloads
}

/// The id of the record that a model's path asks for.
pub(super) fn record_of(pattern: &str) -> Option<String> {
    let path = pattern.strip_prefix("/v1/")?.strip_suffix("/{id}")?;
    let spec = MODELS.iter().find(|spec| spec.path == path)?;
    Some(id(
        spec.name,
        payloads()[spec.name]["external_id"].as_str()?,
    ))
}

/// The sync of an answer that started one.
pub(super) fn sync_of(answer: &Value) -> String {
    let text = answer.to_string();
    let begin = text.find("syn_").unwrap();
    let letters = text[begin..].find('"').unwrap();
    text[begin..begin + letters].to_owned()
}

/// The records: payloads that satisfy their schemas, with what the host adds to them.
pub(super) fn rows() -> Vec<(String, RecordWrite)> {
    let payloads = payloads();
    let row = |(model, it): (&String, &Value)| {
        let schema = payload_schema(model).unwrap();
        let payload = &it["payload"];
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(
            validator.is_valid(payload),
            "{model}: {:?}",
            validator.validate(payload)
        );
        let spec = portcullis_model::model(model).unwrap();
        let mut document = payload.as_object().unwrap().clone();
        for reference in spec.references {
            resolve(&mut document, reference);
        }
        spec.complete(&mut document);
        let external_id = it["external_id"].as_str().unwrap();
        let row = record_write(
            &id(model, external_id),
            external_id,
            &Value::Object(document),
        );
        (model.clone(), row)
    };
    payloads.iter().map(row).collect()
}

/// Writes our id beside the vendor's, wherever the reference stands.
fn resolve(document: &mut Map<String, Value>, reference: &portcullis_model::Reference) {
    let ours = |theirs: &Value| match theirs {
        Value::String(theirs) => Value::from(id(reference.model, theirs)),
        Value::Array(many) => {
            let ids = many.iter().filter_map(Value::as_str);
            ids.map(|theirs| id(reference.model, theirs)).collect()
        }
        _ => Value::Null,
    };
    let write = |object: &mut Map<String, Value>, path: &str, target: &str| {
        if let Some(theirs) = object.get(path.trim_end_matches("[]")) {
            object.insert(target.trim_end_matches("[]").to_owned(), ours(theirs));
        }
    };
    match reference.path.split_once("[].") {
        None => write(document, reference.path, reference.target),
        Some((list, path)) => {
            let (_, target) = reference.target.split_once("[].").unwrap();
            let items = document.get_mut(list).and_then(Value::as_array_mut);
            for item in items.into_iter().flatten() {
                write(item.as_object_mut().unwrap(), path, target);
            }
        }
    }
}
