//! What the types of the handlers cannot say: the ranges of parameters, and bodies of one of several shapes.
//!
//! A tool that makes requests from the document must not make one that is refused for its form.

use portcullis_model::MODELS;
use serde_json::{Map, Value, json};

use super::object;

/// Longest value of a filter, in characters.
const TEXT_MAX: usize = portcullis_service::VALUE_MAX;

/// A text without the character NUL, which a database cannot hold.
pub(super) fn text() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": TEXT_MAX, "pattern": r"^[^\u0000]+$"})
}

/// A token that was given out: cursors and places of the feed.
pub(super) fn token() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 8192, "pattern": "^[A-Za-z0-9_-]+$"})
}

/// Words of a set, separated by commas, each followed by `suffix`; at most `max` of them.
pub(super) fn list_of(words: &[&str], suffix: &str, max: Option<usize>) -> Value {
    let one = format!("({}){suffix}", words.join("|"));
    let more = max.map_or_else(|| "*".to_owned(), |max| format!("{{0,{}}}", max - 1));
    json!({"type": "string", "pattern": format!("^{one}(,{one}){more}$")})
}

/// What a query parameter takes, whichever operation has it.
fn parameter(name: &str) -> Option<Value> {
    let models: Vec<&str> = MODELS.iter().map(|spec| spec.name).collect();
    Some(match name {
        "limit" => json!({"type": "integer", "minimum": 1, "maximum": 250, "default": 100}),
        "offset" => json!({"type": "integer", "minimum": 0, "maximum": 10_000_000, "default": 0}),
        "after" => {
            json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": i64::MAX, "default": 0})
        }
        "from" | "to" => json!({"type": "string", "format": "date"}),
        "since" => token(),
        "model of the feed" => json!({"type": "string", "enum": models}),
        "subject" | "action" | "integration_vendor" | "integration_id" | "model" => text(),
        _ => return None,
    })
}

/// An event of a stream. The types of the handlers know a body alone.
fn event() -> Value {
    json!({
        "type": "object",
        "description": "One event.",
        "properties": {
            "event": {"type": "string", "description": "What it tells."},
            "id": {"type": "string", "description": "Send the last one as `Last-Event-ID` to go on behind it."},
            "data": {"type": "string", "description": "A JSON document."},
        },
    })
}

/// What every POST takes and tells, since one layer is around all of them.
fn idempotent(operation: &mut Value) {
    // Visible ASCII without `"` and `\`; the quotes around it are no part of the key.
    let key = format!(r"[!#-\[\]-~]{{1,{}}}", crate::idempotency::KEY_MAX);
    let parameter = json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "schema": {"type": "string", "pattern": format!("^({key}|\"{key}\")$")},
        "description": "A text of your choice, such as a UUID, that stands for this request for a day: sent again with it, the request is answered as it was and not done again.",
    });
    let parameters = &mut operation["parameters"];
    if !parameters.is_array() {
        *parameters = json!([]);
    }
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.push(parameter);
    }
    let text =
        |description: &str| json!({"description": description, "schema": {"type": "string"}});
    for (status, answer) in object(operation, "responses") {
        if status.starts_with('2') {
            let headers = object(answer, "headers");
            headers.insert(
                "Idempotent-Replayed".to_owned(),
                text("`true`: nothing was done now; this is the answer that the request had under its `Idempotency-Key`."),
            );
            headers.insert(
                "Original-Request".to_owned(),
                text(
                    "With `Idempotent-Replayed`: the `x-request-id` of the request that was done.",
                ),
            );
        }
    }
}

/// Says in the document what else holds.
pub(super) fn refine(document: &mut Value) {
    for item in object(document, "paths").values_mut() {
        if let Some(operation) = item.get_mut("post") {
            idempotent(operation);
        }
    }
    for (path, item) in object(document, "paths") {
        let operations = item.as_object_mut().into_iter().flat_map(Map::values_mut);
        for operation in operations {
            if let Some(stream) = operation.pointer_mut("/responses/200/content/text~1event-stream")
            {
                *stream = json!({"schema": event()});
            }
            let parameters = operation
                .get_mut("parameters")
                .and_then(Value::as_array_mut);
            for given in parameters.into_iter().flatten() {
                let name = match given["name"].as_str() {
                    Some("model") if path == "/v1/changes" => "model of the feed",
                    Some(name) => name,
                    None => continue,
                };
                if given["in"] == "query"
                    && let Some(schema) = parameter(name)
                {
                    given["schema"] = schema;
                }
            }
        }
    }
    let schemas = super::nested(document, "components", "schemas");
    for (name, schema) in [
        ("CadenceBody", cadence(false)),
        ("ScheduleBody", cadence(true)),
    ] {
        if let Some(body) = schemas.get_mut(name) {
            let description = body["description"].take();
            *body = schema;
            body["description"] = description;
        }
    }
    if let Some(body) = schemas.get_mut("UpdateBody") {
        body["minProperties"] = json!(1);
    }
    // Written out and not referred to: what makes wrong bodies from this document has to negate it.
    let cadences = json!({"type": "object", "additionalProperties": cadence(false)});
    schemas.insert("ModelCadences".to_owned(), cadences);
    if let Some(body) = schemas.get_mut("PropertiesBody") {
        body["minProperties"] = json!(1);
        // The vendor's id of a property, at most 500 bytes.
        body["properties"]["properties"]["propertyNames"] =
            json!({"type": "string", "minLength": 1, "maxLength": 125, "pattern": r"^[^\u0000]+$"});
    }
}

/// When something syncs by itself; an integration's schedule holds those of its models, too.
fn cadence(with_models: bool) -> Value {
    const MEMBERS: [&str; 4] = ["sync_frequency", "sync_cadence", "cron", "timezone"];
    let shape = |kind: &str, required: &[&str], own: &Value| {
        // What means nothing with this type may be there as null.
        let members = MEMBERS.map(|name| {
            let given = own.get(name).cloned();
            (
                name.to_owned(),
                given.unwrap_or_else(|| json!({"type": "null"})),
            )
        });
        let mut properties: Map<String, Value> = members.into_iter().collect();
        properties.insert("type".to_owned(), json!({"type": "string", "const": kind}));
        if with_models {
            let models = json!({
                "description": "Models with a schedule of their own, which the integration's then leaves out.",
                "anyOf": [{"$ref": "#/components/schemas/ModelCadences"}, {"type": "null"}],
            });
            properties.insert("models".to_owned(), models);
        }
        let required: Vec<&str> = std::iter::once("type")
            .chain(required.iter().copied())
            .collect();
        json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
    };
    let many = |min: i64, max: i64| json!({"type": "integer", "minimum": min, "maximum": max, "description": "How many of `sync_cadence`."});
    let hours = json!({
        "sync_frequency": many(1, 366 * 24),
        "sync_cadence": {"enum": ["HOUR", null], "default": "HOUR"},
    });
    let mut shapes = vec![
        shape("on_demand", &[], &json!({})),
        shape("interval", &["sync_frequency"], &hours),
    ];
    for (unit, min, max) in [
        ("SECOND", 60, 366 * 86_400),
        ("MINUTE", 1, 366 * 1_440),
        ("DAY", 1, 366),
        ("WEEK", 1, 52),
    ] {
        let own = json!({"sync_frequency": many(min, max), "sync_cadence": {"const": unit}});
        shapes.push(shape("interval", &["sync_frequency", "sync_cadence"], &own));
    }
    let clock = json!({
        "cron": {
            "type": "string",
            "description": "Minute, hour, day of month, month, day of week, such as `30 2 * * *`.",
        },
        "timezone": {
            "type": ["string", "null"], "default": "UTC",
            "description": "An IANA time zone. A time that the clock passes over or shows twice counts once.",
        },
    });
    shapes.push(shape("cron", &["cron"], &clock));
    json!({"oneOf": shapes})
}
