//! Records as rows of a table: which columns say most, and what stands in them.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use portcullis_model::{FieldType, ModelSpec};
use portcullis_service::{Environment, RecordRow};
use serde_json::Value;

use crate::icon::icon;
use crate::pages::segment;
use crate::show;

/// Columns of the table besides the id.
const COLUMNS: usize = 5;
/// Characters of a value in its column: a row is read at a glance, and the record's own page shows all of it.
const CELL: usize = 200;

pub(crate) fn is_number(kind: FieldType) -> bool {
    matches!(kind, FieldType::Integer | FieldType::Number)
}

/// The columns that say most: names first, then whatever the shown records fill.
pub(crate) fn columns(model: &ModelSpec, rows: &[RecordRow]) -> Vec<(&'static str, FieldType)> {
    const LIKED: [&str; 16] = [
        "name",
        "first_name",
        "last_name",
        "number",
        "email_1",
        "address_1",
        "city",
        "state",
        "status_normalized",
        "type_normalized",
        "start_date",
        "end_date",
        "rent_amount_market_in_cents",
        "number_of_bedrooms",
        "number_of_units",
        "is_active",
    ];
    let docs: Vec<Value> = rows
        .iter()
        .filter_map(|row| serde_json::from_str(&row.doc).ok())
        .collect();
    let is_filled = |name: &str| docs.iter().any(|doc| !doc[name].is_null());
    let fields = model.fields();
    let liked = LIKED
        .iter()
        .filter_map(|name| fields.iter().find(|field| field.name == *name));
    let others = fields
        .iter()
        .filter(|field| !LIKED.contains(&field.name.as_str()));
    let plain = |kind: FieldType| !matches!(kind, FieldType::Array | FieldType::Object);
    liked
        .chain(others)
        .filter(|field| plain(field.kind) && is_filled(&field.name))
        .filter(|field| {
            !field.name.starts_with("x_") && !field.name.ends_with("_id") && field.name != "id"
        })
        .take(COLUMNS)
        .map(|field| (field.name.as_str(), field.kind))
        .collect()
}

pub(crate) fn row(
    environment: Environment,
    model: &ModelSpec,
    row: &RecordRow,
    columns: &[(&'static str, FieldType)],
    now: DateTime<Utc>,
) -> Markup {
    let doc: Value = serde_json::from_str(&row.doc).unwrap_or_default();
    let path = format!(
        "/data/{}/{}/{}?integration_id={}",
        environment,
        model.name,
        segment(&row.id),
        segment(&row.integration_id)
    );
    html! {
        tr {
            td { a.name href=(path) hx-get=(path) hx-target="#dialog" dir="auto" { code { (show::cut(&row.external_id, 24)) } }
                @if row.deleted_at.is_some() { span.pill.idle { (icon("circle-minus")) "Deleted" } } }
            @for (name, kind) in columns { td.cell.num[is_number(*kind)] dir="auto" { (cell(name, &doc[*name])) } }
            td.nowrap.muted { (show::ago(row.updated_at, now)) }
        }
    }
}

/// A field's name as a column's.
pub(crate) fn title(name: &str) -> String {
    name.trim_end_matches("_in_cents")
        .trim_end_matches("_normalized")
        .replace('_', " ")
}

/// A value in its column: amounts are stored in cents and read in whole units.
fn cell(name: &str, value: &Value) -> String {
    match value.as_i64().filter(|_| name.ends_with("_in_cents")) {
        Some(cents) => format!(
            "{}{}.{:02}",
            if cents < 0 { "−" } else { "" },
            show::number(cents.saturating_abs() / 100),
            cents.saturating_abs() % 100
        ),
        None => show::cut(&plain_text(value), CELL),
    }
}

/// A value as people read it.
pub(crate) fn plain_text(value: &Value) -> String {
    match value {
        Value::Null => "\u{2014}".to_owned(),
        Value::String(text) => show::cut(text, 2000),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => show::plural(list.len() as u64, "entry", "entries"),
        Value::Object(object) => show::plural(object.len() as u64, "field", "fields"),
    }
}
