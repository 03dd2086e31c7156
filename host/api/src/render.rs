//! Records as they are served: every field of the model in one order, null where nothing is known.

mod expanded;

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, SecondsFormat, Utc};
use portcullis_model::{MODELS, ModelSpec, record_schema};
use portcullis_service::{
    OrderBy, Packed, RecordPage, RecordQuery, RecordRow, Served, SingleRecord,
};
use serde_json::{Map, Value, json};

pub(crate) use self::expanded::Expanded;

/// The fields that a value has, as far as the model names them.
#[derive(Debug)]
enum Shape {
    /// Served as it is.
    Leaf,
    /// An object of which every field is served.
    Object(Vec<(String, Shape)>),
    /// A list of such.
    List(Box<Shape>),
}

static SHAPES: LazyLock<HashMap<&'static str, Shape>> = LazyLock::new(|| {
    MODELS
        .iter()
        .map(|spec| {
            let schema = record_schema(spec.name).unwrap_or_default();
            let properties = spec.fields().iter().filter_map(|field| {
                let property = schema.get("properties")?.get(&field.name)?;
                Some((field.name.clone(), shape_of(property, &schema)))
            });
            (spec.name, Shape::Object(properties.collect()))
        })
        .collect()
});

fn shape_of(property: &Value, root: &Value) -> Shape {
    if let Some(target) = property.get("$ref").and_then(Value::as_str) {
        let definition = target
            .strip_prefix("#/$defs/")
            .and_then(|name| root.get("$defs")?.get(name));
        return definition.map_or(Shape::Leaf, |definition| shape_of(definition, root));
    }
    if let Some(first) = property.get("anyOf").and_then(|any| any.get(0)) {
        return shape_of(first, root);
    }
    if let Some(items) = property.get("items") {
        return match shape_of(items, root) {
            Shape::Leaf => Shape::Leaf,
            shape => Shape::List(Box::new(shape)),
        };
    }
    match property.get("properties").and_then(Value::as_object) {
        Some(properties) => Shape::Object(
            properties
                .iter()
                .map(|(name, property)| (name.clone(), shape_of(property, root)))
                .collect(),
        ),
        None => Shape::Leaf,
    }
}

/// Writes a value in its shape. What the shape does not name comes last, so that nothing is lost.
fn write(value: Option<Value>, shape: &Shape, out: &mut Vec<u8>) {
    match (value, shape) {
        (Some(Value::Object(mut object)), Shape::Object(fields)) => {
            out.push(b'{');
            for (index, (name, shape)) in fields.iter().enumerate() {
                write_name(index == 0, name, out);
                write(object.remove(name), shape, out);
            }
            for (index, (name, value)) in object.into_iter().enumerate() {
                write_name(fields.is_empty() && index == 0, &name, out);
                write_leaf(&value, out);
            }
            out.push(b'}');
        }
        (Some(Value::Array(items)), Shape::List(shape)) => {
            out.push(b'[');
            for (index, item) in items.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(Some(item), shape, out);
            }
            out.push(b']');
        }
        (Some(value), _) => write_leaf(&value, out),
        (None, _) => out.extend_from_slice(b"null"),
    }
}

fn write_name(first: bool, name: &str, out: &mut Vec<u8>) {
    if !first {
        out.push(b',');
    }
    write_leaf(&Value::from(name), out);
    out.push(b':');
}

fn write_leaf(value: &Value, out: &mut Vec<u8>) {
    // Writing a `Value` to a `Vec` cannot fail.
    let _ = serde_json::to_writer(out, value);
}

fn time(at: DateTime<Utc>) -> Value {
    Value::from(at.to_rfc3339_opts(SecondsFormat::Micros, true))
}

fn optional_time(at: Option<DateTime<Utc>>) -> Value {
    at.map_or(Value::Null, time)
}

/// Where the vendor's own record stands, if it is served.
pub(crate) const RAW: &str = "raw";

/// A stored document that cannot be read: the table was written by something else.
#[derive(Debug, thiserror::Error)]
#[error("the stored document of record {id} cannot be read: {source}")]
pub(crate) struct BadDocument {
    id: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl BadDocument {
    fn of(id: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            id: id.to_owned(),
            source: source.into(),
        }
    }
}

/// The vendor's own record, as it came, or `null`.
fn raw(row: &RecordRow) -> Result<String, BadDocument> {
    row.original
        .as_ref()
        .map_or_else(|| Ok("null".to_owned()), Packed::text)
        .map_err(|error| BadDocument::of(&row.id, error))
}

/// The record with what its columns say.
fn document(row: RecordRow) -> Result<Map<String, Value>, BadDocument> {
    let mut document: Map<String, Value> = match serde_json::from_str(&row.doc) {
        Ok(document) => document,
        Err(source) => return Err(BadDocument::of(&row.id, source)),
    };
    // What the columns say wins over the document.
    let host = [
        ("id", Value::from(row.id)),
        ("integration_id", Value::from(row.integration_id)),
        ("integration_vendor", Value::from(row.vendor)),
        ("x_id", Value::from(row.external_id)),
        ("created_at", time(row.created_at)),
        ("updated_at", time(row.updated_at)),
        ("last_seen", time(row.last_seen)),
        ("deleted_at", optional_time(row.deleted_at)),
    ];
    for (name, value) in host {
        document.insert(name.to_owned(), value);
    }
    Ok(document)
}

/// One record as a JSON document, with `expanded` in its places.
pub(crate) fn record(
    spec: &ModelSpec,
    served: &Served,
    row: RecordRow,
    expanded: &Expanded,
    out: &mut Vec<u8>,
) -> Result<(), BadDocument> {
    let raw = served.raw.then(|| raw(&row)).transpose()?;
    let mut document = document(row)?;
    let places = expanded.places(&document, &served.expand);
    let shapes = match SHAPES.get(spec.name) {
        Some(Shape::Object(shapes)) => shapes.as_slice(),
        _ => &[],
    };
    out.push(b'{');
    let mut first = true;
    let wanted = shapes.iter().filter(|(name, _)| match &served.fields {
        Some(fields) => fields.iter().any(|field| field == name),
        None => true,
    });
    for (name, shape) in wanted {
        write_name(std::mem::take(&mut first), name, out);
        let value = document.remove(name);
        if served.expand.iter().any(|it| it.list == Some(name)) {
            expanded.write_list(value, shape, name, &served.expand, out);
        } else {
            write(value, shape, out);
        }
    }
    if served.fields.is_none() {
        // What the model does not name comes last, so that nothing is lost.
        for (name, value) in document {
            write_name(std::mem::take(&mut first), &name, out);
            write_leaf(&value, out);
        }
    }
    for (member, found) in places {
        write_name(std::mem::take(&mut first), member, out);
        out.extend_from_slice(&found);
    }
    if let Some(raw) = raw {
        write_name(first, RAW, out);
        out.extend_from_slice(raw.as_bytes());
    }
    out.push(b'}');
    Ok(())
}

/// One record as texts in the order of `names`: nothing where nothing is known, JSON for what has members.
pub(crate) fn cells(row: RecordRow, names: &[&str]) -> Result<Vec<String>, BadDocument> {
    let raw = match names.contains(&RAW) {
        true => Value::from(raw(&row)?),
        false => Value::Null,
    };
    let mut document = document(row)?;
    document.insert(RAW.to_owned(), raw);
    let cells = names.iter().map(|name| match document.remove(*name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    });
    Ok(cells.collect())
}

fn order_by(order: &[OrderBy]) -> Value {
    order
        .iter()
        .map(|order| json!({order.field: order.direction()}))
        .collect()
}

/// The bytes of a list.
pub(crate) fn list(query: &RecordQuery, page: RecordPage) -> Result<Vec<u8>, BadDocument> {
    let expanded = Expanded::of(page.expanded)?;
    let meta = json!({
        "offset": query.offset(),
        "limit": query.limit(),
        "orderBy": order_by(query.order()),
        "hasMore": page.has_more,
        "next_cursor": page.next_cursor,
        "total": page.total,
        "total_is_lower_bound": page.total_is_lower_bound,
        "sync_state": page.sync_state,
    });
    // A record of the unified model takes some 1.5 kB.
    let mut out = Vec::with_capacity(256 + page.rows.len() * 1536);
    out.extend_from_slice(b"{\"meta\":");
    write_leaf(&meta, &mut out);
    out.extend_from_slice(b",\"results\":[");
    for (index, row) in page.rows.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        record(query.model(), query.served(), row, &expanded, &mut out)?;
    }
    out.extend_from_slice(b"]}");
    Ok(out)
}

/// The bytes of one record.
pub(crate) fn single(
    spec: &ModelSpec,
    served: &Served,
    single: SingleRecord,
) -> Result<Vec<u8>, BadDocument> {
    let meta = json!({"orderBy": [], "sync_state": single.sync_state});
    let mut out = b"{\"meta\":".to_vec();
    write_leaf(&meta, &mut out);
    out.extend_from_slice(b",\"results\":");
    let expanded = Expanded::of(single.expanded)?;
    record(spec, served, single.row, &expanded, &mut out)?;
    out.push(b'}');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use portcullis_model::model;

    use super::*;

    fn row(doc: &str) -> RecordRow {
        let at = DateTime::UNIX_EPOCH;
        RecordRow {
            id: "lse_1".to_owned(),
            external_id: "7".to_owned(),
            integration_id: "int_1".to_owned(),
            vendor: "ACME".to_owned(),
            doc: doc.to_owned(),
            created_at: at,
            updated_at: at,
            x_updated_at: None,
            last_seen: at,
            deleted_at: None,
            original: None,
            order_values: Vec::new(),
        }
    }

    #[test]
    fn every_field_is_there_in_one_order_and_null_where_nothing_is_known() {
        let spec = model("leases").unwrap();
        let doc = r#"{"residents_meta_data":[{"x_resident_id":"9"}],"beyond":1,"id":"forged"}"#;
        let mut out = Vec::new();
        let nothing = Expanded::default();
        record(spec, &Served::default(), row(doc), &nothing, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let served: Map<String, Value> = serde_json::from_str(&text).unwrap();
        for field in spec.fields() {
            assert!(served.contains_key(&field.name), "{}", field.name);
        }
        assert_eq!(served["id"], "lse_1");
        assert_eq!(served["created_at"], "1970-01-01T00:00:00.000000Z");
        assert_eq!(served["beyond"], 1);
        assert_eq!(served["unit_id"], Value::Null);
        let resident = served["residents_meta_data"][0].as_object().unwrap();
        assert_eq!(resident["x_resident_id"], "9");
        assert_eq!(resident["resident_id"], Value::Null);
        assert!(resident.contains_key("move_in_date"));
        assert!(
            text.starts_with(r#"{"id":"lse_1","integration_id":"int_1""#),
            "{text}"
        );
        let mut out = Vec::new();
        let served = Served {
            fields: Some(vec!["id", "unit_id"]),
            raw: true,
            ..Served::default()
        };
        record(spec, &served, row(doc), &nothing, &mut out).unwrap();
        assert_eq!(out, br#"{"id":"lse_1","unit_id":null,"raw":null}"#);
    }

    #[test]
    fn a_document_that_is_no_object_is_an_error() {
        let mut out = Vec::new();
        assert!(
            record(
                model("units").unwrap(),
                &Served::default(),
                row("[]"),
                &Expanded::default(),
                &mut out
            )
            .is_err()
        );
    }
}
