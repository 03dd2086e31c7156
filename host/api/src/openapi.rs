//! The OpenAPI 3.1 document: the admin paths from their handlers, the models from their schemas.

mod examples;
mod expanded;
mod limits;
mod parameters;
mod refined;

use portcullis_front::PublicUrl;
use portcullis_model::{FieldType, FilterKind, MODELS, ModelSpec, record_schema};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use crate::codes::ANSWERS;
use crate::deprecation;
use crate::openapi::parameters::{INCLUDE, cache_control, moment};
use crate::routes::{
    access, audit, changes, deletions, events, history, integrations, keys, operations, properties,
    schedule, syncs, users, vendors,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Portcullis",
        description = "One API for every property management system that a connector is loaded for. \
                       Every path is served with and without a trailing slash."
    ),
    paths(
        changes::list,
        vendors::list,
        vendors::single,
        vendors::coverage,
        vendors::approve,
        integrations::list,
        integrations::create,
        integrations::single,
        integrations::update,
        integrations::archive,
        integrations::erase,
        integrations::enable,
        integrations::disable,
        access::show,
        access::check,
        access::replace,
        schedule::show,
        schedule::replace,
        schedule::models,
        schedule::switch,
        properties::list,
        properties::switch,
        deletions::list,
        deletions::confirm,
        deletions::reject,
        deletions::dead_letters,
        deletions::retry,
        history::per_day,
        history::of_record,
        syncs::start,
        syncs::back_sync,
        syncs::list,
        syncs::single,
        syncs::cancel,
        syncs::log,
        syncs::dead_letters,
        events::of_sync,
        events::of_integration,
        audit::list,
        keys::list,
        keys::create,
        keys::single,
        keys::revoke,
        keys::rotate,
        users::list,
        users::invite,
        users::change,
        operations::healthz,
        operations::readyz,
        operations::metrics
    )
)]
struct Admin;

/// The whole document, which names where it is served if that is known.
pub(crate) fn document_at(public_url: Option<&PublicUrl>) -> Value {
    let mut document = document();
    if let Some(url) = public_url {
        document["servers"] = json!([{"url": url.as_str()}]);
    }
    document
}

/// The whole document.
pub(crate) fn document() -> Value {
    // The document is made of strings, numbers and maps with string keys: it always serializes.
    let mut document = serde_json::to_value(Admin::openapi()).unwrap_or_default();
    document["openapi"] = json!("3.1.0");
    document["security"] = json!([{"bearerAuth": []}]);
    {
        let components = object(&mut document, "components");
        components.insert(
            "securitySchemes".to_owned(),
            json!({"bearerAuth": {"type": "http", "scheme": "bearer"}}),
        );
        let answer = json!({
            "description": "What went wrong, who must act, and what to do.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        });
        components.insert("responses".to_owned(), json!({"Problem": answer}));
    }
    {
        let schemas = nested(&mut document, "components", "schemas");
        schemas.extend(problem().map(|(name, schema)| (name.to_owned(), schema)));
    }
    for spec in &MODELS {
        let (schema, definitions) = schemas(spec);
        {
            let schemas = nested(&mut document, "components", "schemas");
            schemas.insert(title(spec), schema);
            schemas.extend(definitions);
        }
        let paths = object(&mut document, "paths");
        paths.insert(format!("/v1/{}/", spec.path), json!({"get": list(spec)}));
        paths.insert(
            format!("/v1/{}/{{id}}", spec.path),
            json!({"get": single(spec)}),
        );
    }
    refined::refine(&mut document);
    limits::write(&mut document);
    for path in object(&mut document, "paths").values_mut() {
        for operation in path.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let responses = object(operation, "responses");
            responses.insert(
                "default".to_owned(),
                json!({"$ref": "#/components/responses/Problem"}),
            );
        }
    }
    examples::show(&mut document);
    deprecation::mark(&mut document, deprecation::TABLE);
    document
}

/// The member of this name as an object, made if it is not there.
fn object<'a>(value: &'a mut Value, name: &str) -> &'a mut Map<String, Value> {
    if !value[name].is_object() {
        value[name] = Value::Object(Map::new());
    }
    match &mut value[name] {
        Value::Object(map) => map,
        _ => unreachable!("it was just made an object"),
    }
}

fn nested<'a>(value: &'a mut Value, outer: &str, inner: &str) -> &'a mut Map<String, Value> {
    object(value, outer);
    object(&mut value[outer], inner)
}

/// `lease_balance` as `LeaseBalance`.
fn title(spec: &ModelSpec) -> String {
    let words = spec.singular.split('_');
    words
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

/// The record's schema and what it refers to, as components under names of their own.
fn schemas(spec: &ModelSpec) -> (Value, Map<String, Value>) {
    let mut schema = record_schema(spec.name).unwrap_or_default();
    let prefix = title(spec);
    let definitions = schema
        .as_object_mut()
        .and_then(|schema| {
            schema.remove("$schema");
            schema.remove("$id");
            schema.remove("$defs")
        })
        .and_then(|definitions| match definitions {
            Value::Object(definitions) => Some(definitions),
            _ => None,
        })
        .unwrap_or_default();
    // With `fields` the others are left out; what may be null is never left out otherwise.
    schema["required"] = json!(["id"]);
    rename(&mut schema, &prefix);
    let mut definitions = definitions
        .into_iter()
        .map(|(name, mut definition)| {
            rename(&mut definition, &prefix);
            (format!("{prefix}.{name}"), definition)
        })
        .collect();
    expanded::members(spec, &mut schema, &mut definitions);
    (schema, definitions)
}

fn rename(value: &mut Value, prefix: &str) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                match value {
                    Value::String(target) if name == "$ref" => {
                        if let Some(definition) = target.strip_prefix("#/$defs/") {
                            *target = format!("#/components/schemas/{prefix}.{definition}");
                        }
                    }
                    other => rename(other, prefix),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, prefix)),
        _ => {}
    }
}

fn parameter(name: &str, schema: Value, description: &str) -> Value {
    json!({"name": name, "in": "query", "required": false, "schema": schema, "description": description})
}

/// Names of fields, separated by commas.
fn fields(spec: &ModelSpec) -> Value {
    let names: Vec<&str> = spec.fields().iter().map(|it| it.name.as_str()).collect();
    refined::list_of(&names, "", None)
}

fn list(spec: &ModelSpec) -> Value {
    let sortable = spec
        .fields()
        .iter()
        .filter(|it| !matches!(it.kind, FieldType::Array | FieldType::Object));
    let sortable: Vec<&str> = sortable.map(|it| it.name.as_str()).collect();
    let mut order_by = refined::list_of(
        &sortable,
        "(:asc|:desc)?",
        Some(portcullis_service::ORDER_MAX),
    );
    order_by["default"] = json!("created_at:desc");
    let mut parameters = vec![
        parameter(
            "limit",
            json!({"type": "integer", "minimum": 1, "maximum": 250, "default": 100}),
            "Most results on the page.",
        ),
        parameter(
            "offset",
            json!({"type": "integer", "minimum": 0, "maximum": 10_000_000, "default": 0}),
            "Results to pass by.",
        ),
        parameter(
            "cursor",
            refined::token(),
            "`next_cursor` of the page before, in place of `offset`: the page begins right behind that one, whatever came and went meanwhile.",
        ),
        parameter(
            "fields",
            fields(spec),
            "Fields to serve, separated by commas; `id` is always there. All of them unless given.",
        ),
        parameter(
            "include",
            json!({"type": "string", "enum": ["raw"]}),
            INCLUDE,
        ),
        parameter(
            "include_deleted",
            json!({"type": "boolean", "default": false}),
            "Whether records that are gone at the vendor are listed too; their `deleted_at` says since when.",
        ),
        parameter(
            "format",
            json!({"type": "string", "enum": ["json", "ndjson", "csv"], "default": "json"}),
            "`ndjson` and `csv` bring every record of one snapshot in one answer, without `limit`, `offset` and `cursor`.",
        ),
        parameter(
            "order-by",
            order_by,
            "Fields with `:asc` or `:desc`, separated by commas; `:asc` unless said. The order always ends in `id`.",
        ),
    ];
    for filter in spec.filters {
        let (schema, description) = match filter.kind {
            FilterKind::External { .. } => (
                refined::text(),
                "The vendor's id. Needs `integration_id` beside it.",
            ),
            FilterKind::OneOf { values, .. } => (
                json!({"type": "string", "enum": values}),
                "A member of the set.",
            ),
            FilterKind::Bool { .. } => (json!({"type": "boolean"}), "Yes or no."),
            FilterKind::OnlyNull { .. } => (
                json!({"type": "boolean"}),
                "`true` keeps only records without it.",
            ),
            FilterKind::DateBefore { .. } => (
                json!({"type": "string", "format": "date"}),
                "Before this day.",
            ),
            FilterKind::DateAfter { .. } => (
                json!({"type": "string", "format": "date"}),
                "After this day.",
            ),
            FilterKind::DateAtLeast { .. } => (
                json!({"type": "string", "format": "date"}),
                "This day or later.",
            ),
            FilterKind::DateAtMost { .. } => (
                json!({"type": "string", "format": "date"}),
                "This day or earlier.",
            ),
            FilterKind::TimeAtLeast { .. } => (
                moment(),
                "At this moment, or the start of this day, or later.",
            ),
            FilterKind::TimeAtMost { .. } => (
                moment(),
                "At this moment, or the start of this day, or earlier.",
            ),
            _ => (refined::text(), "Equal to this."),
        };
        parameters.push(parameter(filter.name, schema, description));
    }
    parameters.extend(expanded::expand(spec));
    parameters.push(cache_control());
    let reference = format!("#/components/schemas/{}", title(spec));
    let mut page = answer(
        "A page.",
        &json!({
            "type": "object",
            "required": ["meta", "results"],
            "properties": {
                "meta": {
                    "type": "object",
                    "required": ["offset", "limit", "orderBy", "hasMore", "next_cursor", "total", "total_is_lower_bound", "sync_state"],
                    "properties": {
                        "offset": {"type": "integer"},
                        "limit": {"type": "integer"},
                        "orderBy": order(),
                        "hasMore": {"type": "boolean"},
                        "next_cursor": {"type": ["string", "null"], "description": "Where the next page begins; null on the last one."},
                        "total": {"type": "integer"},
                        "total_is_lower_bound": {"type": "boolean"},
                        "sync_state": sync_state(),
                    },
                },
                "results": {"type": "array", "items": {"$ref": reference}},
            },
        }),
    );
    for stream in ["application/x-ndjson", "text/csv"] {
        page["content"][stream] = json!({"schema": {"type": "string"}});
    }
    json!({
        "tags": ["Models"],
        "operationId": format!("list_{}", spec.name),
        "summary": format!("A page of {}, from a cache that is at most 15 minutes old.", spec.name.replace('_', " ")),
        "parameters": parameters,
        "responses": {
            "200": page,
            "304": {"description": "The caller has these very bytes."},
        },
    })
}

fn single(spec: &ModelSpec) -> Value {
    let reference = format!("#/components/schemas/{}", title(spec));
    let mut parameters = vec![
        json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}),
        parameter(
            "fields",
            fields(spec),
            "Fields to serve, separated by commas; `id` is always there.",
        ),
        parameter(
            "include",
            json!({"type": "string", "enum": ["raw"]}),
            INCLUDE,
        ),
    ];
    parameters.extend(expanded::expand(spec));
    parameters.push(cache_control());
    json!({
        "tags": ["Models"],
        "operationId": format!("get_{}", spec.singular),
        "summary": format!("One {}.", spec.singular.replace('_', " ")),
        "parameters": parameters,
        "responses": {
            "200": answer("The record.", &json!({
                "type": "object",
                "required": ["meta", "results"],
                "properties": {
                    "meta": {
                        "type": "object",
                        "required": ["orderBy", "sync_state"],
                        "properties": {"orderBy": order(), "sync_state": sync_state()},
                    },
                    "results": {"$ref": reference},
                },
            })),
            "304": {"description": "The caller has these very bytes."},
        },
    })
}

fn order() -> Value {
    json!({"type": "array", "items": {"type": "object"}, "description": "One object per field: its name and `asc` or `desc`."})
}

/// How far integrations are that an answer speaks about.
fn sync_state() -> Value {
    json!({
        "type": "array",
        "description": "The integration that the query names; without one, all that are not settled. For the model itself and for those that are expanded.",
        "items": {
            "type": "object",
            "required": ["integration_id", "model", "state", "last_complete_full_at"],
            "properties": {
                "integration_id": {"type": "string"},
                "model": {"type": "string"},
                "state": {"type": "string", "enum": ["settled", "first_sync_running", "not_synced"]},
                "last_complete_full_at": {"type": ["string", "null"], "format": "date-time"},
            },
        },
    })
}

fn answer(description: &str, schema: &Value) -> Value {
    let header = |text: &str| json!({"description": text, "schema": {"type": "string"}});
    json!({
        "description": description,
        "headers": {
            "Cache-Status": header("Whether the answer came from the cache (RFC 9211)."),
            "Age": header("Seconds since the answer's snapshot of the data."),
            "ETag": header("Send it back as `If-None-Match`. Each coding has a tag of its own; any of them will do."),
            "Content-Encoding": header("`gzip` where `Accept-Encoding` likes that best and the answer is large enough."),
            "Vary": header("What of the request decides about the bytes: `authorization, accept-encoding`."),
            "X-Data-As-Of": header("When the snapshot was taken."),
        },
        "content": {"application/json": {"schema": schema}},
    })
}

/// The schemas of an error answer.
fn problem() -> [(&'static str, Value); 3] {
    let codes: Vec<&str> = ANSWERS.iter().map(|entry| entry.code).collect();
    let place = json!({
        "type": "object",
        "required": ["code", "detail"],
        "properties": {
            "pointer": {"type": "string", "description": "JSON pointer into the body."},
            "parameter": {"type": "string", "description": "Query parameter."},
            "code": {"type": "string"},
            "detail": {"type": "string"},
        },
    });
    let convention = json!({
        "type": "object",
        "required": ["code", "message", "details"],
        "properties": {
            "code": {"type": "string"},
            "message": {"type": "string"},
            "details": {"type": "object"},
        },
    });
    let problem = json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "request_id", "who_must_act", "errors", "error"],
        "properties": {
            "type": {"type": "string", "description": "Path of the page about the code."},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string", "enum": codes},
            "request_id": {"type": "string"},
            "who_must_act": {"type": "string"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemPlace"}},
            "error": {"$ref": "#/components/schemas/ProblemError"},
        },
    });
    [
        ("Problem", problem),
        ("ProblemPlace", place),
        ("ProblemError", convention),
    ]
}
