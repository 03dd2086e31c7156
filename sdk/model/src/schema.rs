//! JSON Schemas (draft 2020-12) and the field list, derived from the structs.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::models::{MODELS, model};
use crate::spec::{FieldType, ModelSpec};
use crate::time::{Date, Timestamp};
use crate::{
    Applicant, Application, Employee, FinancialAccount, Lease, LeaseBalance, Listing, Owner,
    Property, RecurringResidentCharge, Resident, ResidentCharge, ResidentPayment, ServiceRequest,
    Unit, Vendor,
};

/// A field of the record as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Type.
    pub kind: FieldType,
    /// Whether it may be `null`.
    pub nullable: bool,
    /// Whether it says something about a living person.
    pub personal: bool,
    /// Whether it stands in the connector's payload; else the host adds it.
    pub in_payload: bool,
}

impl ModelSpec {
    /// Every field of the record: the host's own first, then the payload's in the order in which they are
    /// written, then resolved references, second names and reserved fields. The order changes only when the
    /// model does.
    #[must_use]
    pub fn fields(&self) -> &'static [Field] {
        static FIELDS: LazyLock<Vec<Vec<Field>>> =
            LazyLock::new(|| MODELS.iter().map(fields_of).collect());
        let index = MODELS.iter().position(|spec| spec.name == self.name);
        index
            .and_then(|index| FIELDS.get(index))
            .map_or(&[], Vec::as_slice)
    }
}

/// The schema that a connector's document must satisfy; `None` if there is no model of this name. Unknown members
/// are tolerated.
#[must_use]
pub fn payload_schema(name: &str) -> Option<Value> {
    let spec = model(name)?;
    let mut schema = generated(spec);
    schema.insert(
        "$id".to_owned(),
        Value::from(format!("urn:portcullis:payload:{}", spec.schema)),
    );
    mark_personal(spec, &mut schema);
    Some(Value::Object(schema))
}

/// The schema of what the API serves: the payload and all that the host adds; `None` if there is no model of this
/// name.
#[must_use]
pub fn record_schema(name: &str) -> Option<Value> {
    let spec = model(name)?;
    let mut schema = generated(spec);
    schema.insert(
        "$id".to_owned(),
        Value::from(format!("urn:portcullis:record:{}", spec.schema)),
    );
    schema.insert("required".to_owned(), REQUIRED.into());
    let properties = members(&mut schema, "properties");
    properties.values_mut().for_each(make_nullable);
    for (name, kind, text) in HOST_FIELDS {
        let nullable = !REQUIRED.contains(name);
        properties.insert((*name).to_owned(), typed(*kind, nullable, text));
    }
    for reserved in spec.reserved {
        let text = "Reserved: null until the model that it names is unified.";
        properties.insert(reserved.name.to_owned(), typed(reserved.kind, true, text));
    }
    // What a vendor left out of a part is served as null, too.
    let parts = schema.get_mut("$defs").and_then(Value::as_object_mut);
    for part in parts.into_iter().flat_map(Map::values_mut) {
        let properties = part.get_mut("properties").and_then(Value::as_object_mut);
        properties
            .into_iter()
            .flat_map(Map::values_mut)
            .for_each(make_nullable);
    }
    let mut additions = Vec::new();
    for reference in spec.references {
        let text = format!(
            "Our id of the record of `{}` that `{}` names.",
            reference.model,
            leaf(reference.path)
        );
        additions.push((reference.target, typed(FieldType::Text, true, &text)));
    }
    for alias in spec.aliases {
        let source = at(&schema, alias.source);
        let mut copy = source.cloned().unwrap_or_default();
        make_nullable(&mut copy);
        if let Some(copy) = copy.as_object_mut() {
            copy.insert(
                "description".to_owned(),
                format!("The same as `{}`.", leaf(alias.source)).into(),
            );
        }
        additions.push((alias.name, copy));
    }
    for (path, addition) in additions {
        insert(&mut schema, path, addition);
    }
    mark_personal(spec, &mut schema);
    Some(Value::Object(schema))
}

const REQUIRED: &[&str] = &[
    "id",
    "created_at",
    "updated_at",
    "last_seen",
    "integration_id",
    "integration_vendor",
];

const HOST_FIELDS: &[(&str, FieldType, &str)] = &[
    ("id", FieldType::Text, "Our id: opaque, stable."),
    (
        "integration_id",
        FieldType::Text,
        "Id of the integration that the record came through.",
    ),
    (
        "integration_vendor",
        FieldType::Text,
        "Vendor that the record came from.",
    ),
    ("x_id", FieldType::Text, "The vendor's own id."),
    (
        "created_at",
        FieldType::Timestamp,
        "When the record was first stored.",
    ),
    (
        "updated_at",
        FieldType::Timestamp,
        "When the stored record last changed.",
    ),
    (
        "last_seen",
        FieldType::Timestamp,
        "When a sync last saw the record.",
    ),
    (
        "deleted_at",
        FieldType::Timestamp,
        "When the record was found to be deleted.",
    ),
];

fn generated(spec: &ModelSpec) -> Map<String, Value> {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = match spec.name {
        "properties" => generator.into_root_schema_for::<Property>(),
        "units" => generator.into_root_schema_for::<Unit>(),
        "leases" => generator.into_root_schema_for::<Lease>(),
        "residents" => generator.into_root_schema_for::<Resident>(),
        "applicants" => generator.into_root_schema_for::<Applicant>(),
        "resident_charges" => generator.into_root_schema_for::<ResidentCharge>(),
        "resident_payments" => generator.into_root_schema_for::<ResidentPayment>(),
        "recurring_resident_charges" => generator.into_root_schema_for::<RecurringResidentCharge>(),
        "lease_balances" => generator.into_root_schema_for::<LeaseBalance>(),
        "financial_accounts" => generator.into_root_schema_for::<FinancialAccount>(),
        "owners" => generator.into_root_schema_for::<Owner>(),
        "vendors" => generator.into_root_schema_for::<Vendor>(),
        "employees" => generator.into_root_schema_for::<Employee>(),
        "service_requests" => generator.into_root_schema_for::<ServiceRequest>(),
        "listings" => generator.into_root_schema_for::<Listing>(),
        _ => generator.into_root_schema_for::<Application>(),
    };
    match schema.to_value() {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

fn fields_of(spec: &ModelSpec) -> Vec<Field> {
    let Some(Value::Object(schema)) = record_schema(spec.name) else {
        return Vec::new();
    };
    let added = |path: &&str| !path.contains("[].");
    let names = HOST_FIELDS
        .iter()
        .map(|(name, ..)| *name)
        .chain(spec.payload_fields.iter().copied())
        .chain(
            spec.references
                .iter()
                .map(|reference| reference.target)
                .filter(added),
        )
        .chain(spec.aliases.iter().map(|alias| alias.name).filter(added))
        .chain(spec.reserved.iter().map(|reserved| reserved.name));
    names
        .filter_map(|name| {
            let name = name.trim_end_matches("[]");
            let property = schema.get("properties")?.get(name)?;
            Some(Field {
                name: name.to_owned(),
                kind: field_type(property, &schema),
                nullable: !REQUIRED.contains(&name),
                personal: property.get("x-personal").is_some(),
                in_payload: spec.payload_fields.contains(&name),
            })
        })
        .collect()
}

fn field_type(property: &Value, schema: &Map<String, Value>) -> FieldType {
    if let Some(target) = property.get("$ref").and_then(Value::as_str) {
        let name = target.trim_start_matches("#/$defs/");
        return schema
            .get("$defs")
            .and_then(|defs| defs.get(name))
            .map_or(FieldType::Object, |definition| {
                field_type(definition, schema)
            });
    }
    if let Some(first) = property.get("anyOf").and_then(|any| any.get(0)) {
        return field_type(first, schema);
    }
    let kind = match property.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        Some(kind) => kind.as_str(),
        None => None,
    };
    match (kind, property.get("format").and_then(Value::as_str)) {
        (Some("string"), Some("date")) => FieldType::Date,
        (Some("string"), Some("date-time")) => FieldType::Timestamp,
        (Some("integer"), _) => FieldType::Integer,
        (Some("number"), _) => FieldType::Number,
        (Some("boolean"), _) => FieldType::Boolean,
        (Some("array"), _) => FieldType::Array,
        (Some("object"), _) => FieldType::Object,
        // An enumeration, or plain text.
        _ => FieldType::Text,
    }
}

fn typed(kind: FieldType, nullable: bool, description: &str) -> Value {
    let mut schema = match kind {
        FieldType::Text => json!({ "type": "string" }),
        FieldType::Integer => json!({ "type": "integer", "format": "int64" }),
        FieldType::Number => json!({ "type": "number" }),
        FieldType::Boolean => json!({ "type": "boolean" }),
        FieldType::Date => json!({ "type": "string", "format": "date" }),
        FieldType::Timestamp => json!({ "type": "string", "format": "date-time" }),
        FieldType::Array => json!({ "type": "array", "items": { "type": "string" } }),
        FieldType::Object => json!({ "type": "object" }),
    };
    schema["description"] = description.into();
    if nullable {
        make_nullable(&mut schema);
    }
    schema
}

fn make_nullable(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    match object.get_mut("type") {
        Some(Value::Array(kinds)) if kinds.iter().any(|kind| kind == "null") => {}
        Some(Value::Array(kinds)) => kinds.push("null".into()),
        Some(kind) => *kind = json!([kind.take(), "null"]),
        None => {}
    }
}

fn mark_personal(spec: &ModelSpec, schema: &mut Map<String, Value>) {
    let properties = members(schema, "properties");
    for pointer in spec.personal {
        if let Some(property) = properties
            .get_mut(pointer.trim_start_matches('/'))
            .and_then(Value::as_object_mut)
        {
            property.insert("x-personal".to_owned(), true.into());
        }
    }
}

fn members<'a>(schema: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    let entry = schema
        .entry(name)
        .or_insert_with(|| Value::Object(Map::new()));
    if !entry.is_object() {
        *entry = Value::Object(Map::new());
    }
    match entry {
        Value::Object(members) => members,
        _ => unreachable!("it was just made an object"),
    }
}

/// The name of the definition that the items of a list have.
fn item_definition(schema: &Map<String, Value>, list: &str) -> Option<String> {
    let target = schema
        .get("properties")?
        .get(list)?
        .get("items")?
        .get("$ref")?
        .as_str()?;
    Some(target.trim_start_matches("#/$defs/").to_owned())
}

/// The last name of a path.
fn leaf(path: &str) -> &str {
    path.rsplit_once("[].").map_or(path, |(_, field)| field)
}

fn at<'a>(schema: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    match path.split_once("[].") {
        Some((list, field)) => {
            let definition = item_definition(schema, list)?;
            schema
                .get("$defs")?
                .get(&definition)?
                .get("properties")?
                .get(field)
        }
        None => schema.get("properties")?.get(path),
    }
}

fn insert(schema: &mut Map<String, Value>, path: &str, addition: Value) {
    if let Some((list, field)) = path.split_once("[].") {
        let Some(name) = item_definition(schema, list) else {
            return;
        };
        let definition = members(schema, "$defs")
            .get_mut(&name)
            .and_then(Value::as_object_mut);
        if let Some(definition) = definition {
            members(definition, "properties").insert(field.to_owned(), addition);
        }
    } else if let Some(list) = path.strip_suffix("[]") {
        let description = addition
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let addition = typed(FieldType::Array, true, description);
        members(schema, "properties").insert(list.to_owned(), addition);
    } else {
        members(schema, "properties").insert(path.to_owned(), addition);
    }
}

impl JsonSchema for Date {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date",
            "pattern": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        })
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$",
        })
    }
}
