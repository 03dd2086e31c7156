//! The table of models against the schemas, and the schemas against the committed files.

use std::collections::BTreeSet;
use std::path::Path;

use portcullis_model::{
    Applicant, ApplicationLink, FieldType, FilterKind, Lease, LeaseStatus, MODELS, ModelSpec,
    Phone, PhoneType, Property, ResidentOfLease, model, payload_schema, record_schema,
};
use serde_json::{Value, json};

/// Set to write the schemas instead of comparing them.
const UPDATE: &str = "PORTCULLIS_UPDATE_GENERATED";

#[test]
fn the_committed_schemas_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let mut stale = Vec::new();
    let mut names = BTreeSet::new();
    for spec in &MODELS {
        let file = spec.schema.replace('/', ".");
        for (name, schema) in [
            (format!("{file}.payload.json"), payload_schema(spec.name)),
            (format!("{file}.record.json"), record_schema(spec.name)),
        ] {
            let text = serde_json::to_string_pretty(&schema.unwrap()).unwrap() + "\n";
            let path = folder.join(&name);
            if std::env::var_os(UPDATE).is_some() {
                std::fs::write(&path, &text).unwrap();
            } else if std::fs::read_to_string(&path).unwrap_or_default() != text {
                stale.push(name.clone());
            }
            names.insert(name);
        }
    }
    let found: BTreeSet<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, names, "files in {}", folder.display());
    assert!(
        stale.is_empty(),
        "stale: {stale:?}; run the test again with {UPDATE}=1"
    );
}

#[test]
fn names_are_unique_and_found() {
    let unique = |of: fn(&ModelSpec) -> &str| MODELS.iter().map(of).collect::<BTreeSet<_>>().len();
    assert_eq!(unique(|spec| spec.name), MODELS.len());
    assert_eq!(unique(|spec| spec.path), MODELS.len());
    assert_eq!(unique(|spec| spec.schema), MODELS.len());
    assert_eq!(unique(|spec| spec.id_prefix), MODELS.len());
    assert!(
        MODELS
            .iter()
            .all(|spec| std::ptr::eq(model(spec.name).unwrap(), spec))
    );
    assert!(model("unit").is_none() && payload_schema("unit").is_none());
}

#[test]
fn every_path_of_the_table_exists() {
    for spec in &MODELS {
        let payload = payload_schema(spec.name).unwrap();
        let record = record_schema(spec.name).unwrap();
        for reference in spec.references {
            assert!(
                find(&payload, reference.path),
                "{} {}",
                spec.name,
                reference.path
            );
            assert!(
                !find(&payload, reference.target),
                "{} {}",
                spec.name,
                reference.target
            );
            assert!(
                find(&record, reference.target),
                "{} {}",
                spec.name,
                reference.target
            );
            assert!(model(reference.model).is_some(), "{}", reference.model);
        }
        for alias in spec.aliases {
            assert!(
                find(&payload, alias.source),
                "{} {}",
                spec.name,
                alias.source
            );
            assert!(
                find(&record, alias.name) && !find(&payload, alias.name),
                "{} {}",
                spec.name,
                alias.name
            );
        }
        for pointer in spec.personal {
            let name = pointer.strip_prefix('/').unwrap();
            assert!(find(&payload, name), "{} {name}", spec.name);
            assert!(
                spec.fields()
                    .iter()
                    .any(|field| field.name == name && field.personal)
            );
        }
        let names: BTreeSet<_> = spec.filters.iter().map(|filter| filter.name).collect();
        assert_eq!(names.len(), spec.filters.len(), "{}", spec.name);
        for filter in spec.filters {
            check_filter(spec, &record, filter.kind);
        }
    }
}

fn check_filter(spec: &ModelSpec, record: &Value, kind: FilterKind) {
    let typed = |name: &str, kind: FieldType| {
        let field = spec.fields().iter().find(|field| field.name == name);
        assert_eq!(
            field.map(|field| field.kind),
            Some(kind),
            "{} {name}",
            spec.name
        );
    };
    match kind {
        FilterKind::Reference { targets, .. } => {
            assert!(targets.iter().all(|target| find(record, target)))
        }
        FilterKind::External { field }
        | FilterKind::Text { field }
        | FilterKind::OneOf { field, .. } => {
            typed(field, FieldType::Text);
        }
        FilterKind::Bool { field } => typed(field, FieldType::Boolean),
        FilterKind::DateAtLeast { field } | FilterKind::DateAtMost { field } => {
            typed(field, FieldType::Date)
        }
        FilterKind::DateBefore { fields }
        | FilterKind::DateAfter { fields }
        | FilterKind::OnlyNull { fields } => {
            fields
                .iter()
                .for_each(|field| typed(field, FieldType::Date));
        }
        FilterKind::TimeAtLeast { field } | FilterKind::TimeAtMost { field } => {
            typed(field, FieldType::Timestamp)
        }
        _ => {}
    }
}

/// Whether a schema has the path `field`, `list[]` or `list[].field`.
fn find(schema: &Value, path: &str) -> bool {
    let property = |name: &str| schema["properties"].get(name);
    if let Some((list, field)) = path.split_once("[].") {
        let Some(target) = property(list).and_then(|list| list["items"]["$ref"].as_str()) else {
            return false;
        };
        let definition = &schema["$defs"][target.trim_start_matches("#/$defs/")];
        return definition["properties"].get(field).is_some();
    }
    property(path.trim_end_matches("[]")).is_some()
}

#[test]
fn the_field_list_is_the_record_schema() {
    for spec in &MODELS {
        let record = record_schema(spec.name).unwrap();
        let in_schema: BTreeSet<_> = record["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let listed: BTreeSet<_> = spec
            .fields()
            .iter()
            .map(|field| field.name.clone())
            .collect();
        assert_eq!(listed, in_schema, "{}", spec.name);
        assert_eq!(
            listed.len(),
            spec.fields().len(),
            "{} names a field twice",
            spec.name
        );
        for field in spec.fields() {
            let by_name = match field.name.as_str() {
                "last_seen" => Some(FieldType::Timestamp),
                "custom_data" => Some(FieldType::Object),
                name if name.ends_with("_at") => Some(FieldType::Timestamp),
                name if name.ends_with("_date") || name == "date_of_birth" => Some(FieldType::Date),
                name if name.ends_with("_in_cents") => Some(FieldType::Integer),
                name if name.ends_with("_raw") || name.ends_with("_normalized") => {
                    Some(FieldType::Text)
                }
                name if name.starts_with("is_") => Some(FieldType::Boolean),
                _ => None,
            };
            assert!(
                by_name.is_none_or(|kind| kind == field.kind),
                "{} {field:?}",
                spec.name
            );
        }
    }
}

#[test]
fn the_schema_takes_what_the_structs_write_and_refuses_what_they_cannot_read() {
    let lease = jsonschema::validator_for(&payload_schema("leases").unwrap()).unwrap();
    let written = serde_json::to_value(Lease {
        x_unit_id: Some("7".into()),
        start_date: Some("2026-02-28".parse().unwrap()),
        x_updated_at: Some("2026-02-28T01:02:03.5+01:00".parse().unwrap()),
        status_normalized: Some(LeaseStatus::Evicted),
        residents_meta_data: vec![ResidentOfLease {
            x_resident_id: Some("9".into()),
            ..Default::default()
        }],
        ..Lease::default()
    })
    .unwrap();
    assert_eq!(written["x_updated_at"], "2026-02-28T00:02:03.500Z");
    assert!(lease.is_valid(&written));
    assert!(lease.is_valid(&json!({ "unit_number": null, "of_tomorrow": 1 })));
    for bad in [
        json!({ "start_date": "28.02.2026" }),
        json!({ "x_updated_at": "2026-02-28T01:02:03+01:00" }),
        json!({ "status_normalized": "active" }),
        json!({ "rent_amount_in_cents": 12.5 }),
        json!({ "residents_meta_data": [{ "x_resident_id": 9 }] }),
    ] {
        assert!(!lease.is_valid(&bad), "{bad}");
    }
}

#[test]
fn completing_adds_numbered_phones_and_second_names_once() {
    let phone = |number: &str, kind| Phone {
        number: Some(number.into()),
        type_normalized: Some(kind),
        ..Phone::default()
    };
    let applicant = Applicant {
        phones: vec![
            phone("1", PhoneType::Home),
            phone("2", PhoneType::Mobile),
            phone("3", PhoneType::Fax),
        ],
        applications: vec![ApplicationLink {
            status_raw: Some("New".into()),
            ..Default::default()
        }],
        ..Applicant::default()
    };
    let Value::Object(mut document) = serde_json::to_value(applicant).unwrap() else {
        panic!()
    };
    model("applicants").unwrap().complete(&mut document);
    assert_eq!(document["phone_1"], "1");
    assert_eq!(document["phone_2_type"], "MOBILE");
    assert_eq!(document["applications"][0]["status"], "New");
    let once = document.clone();
    model("applicants").unwrap().complete(&mut document);
    assert_eq!(document, once);

    let property = Property {
        address_1: Some("1 Main St".into()),
        ..Property::default()
    };
    let Value::Object(mut document) = serde_json::to_value(property).unwrap() else {
        panic!()
    };
    model("properties").unwrap().complete(&mut document);
    assert_eq!(document["street_address_1"], "1 Main St");
    assert_eq!(document.len(), 2);
}
