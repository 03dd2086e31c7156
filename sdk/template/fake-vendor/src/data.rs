//! The vendor's records: computed, so that every run has the same ones.

use serde_json::{Value, json};

const PROPERTIES: usize = 12;
const UNITS: usize = 130;
const RESIDENTS: usize = 160;

/// When a record last changed: spread over two years, the newest at the end of
/// 2025.
fn changed_at(number: usize) -> String {
    let (year, month, day) = (2024 + number % 2, 1 + number % 12, 1 + number % 28);
    format!("{year}-{month:02}-{day:02}T08:30:00Z")
}

pub(crate) fn properties() -> Vec<Value> {
    let kinds = ["apartments", "house", "commercial", "houseboat"];
    let property = |number: usize| {
        json!({
            "id": format!("prp_{number:04}"),
            "name": format!("Elm Court {number}"),
            "kind": kinds[number % kinds.len()],
            "address": {
                "street": format!("{number} Elm St"),
                "city": "Austin",
                "state": "TX",
                "zip": format!("787{number:02}"),
            },
            "tax_id": format!("12-34567{number:02}"),
            "changed_at": changed_at(number),
        })
    };
    (1..=PROPERTIES).map(property).collect()
}

pub(crate) fn units() -> Vec<Value> {
    let unit = |number: usize| {
        json!({
            "id": format!("unt_{number:04}"),
            "property_id": format!("prp_{:04}", 1 + number % PROPERTIES),
            "number": (100 + number).to_string(),
            "bedrooms": number % 4,
            "rent": (!number.is_multiple_of(9)).then(|| format!("{}.50", 900 + 10 * (number % 50))),
            "vacant": number.is_multiple_of(7),
            "changed_at": changed_at(number),
        })
    };
    (1..=UNITS).map(unit).collect()
}

pub(crate) fn residents() -> Vec<Value> {
    let statuses = ["current", "current", "past", "future", "on_notice"];
    let first = ["Ada", "José", "Mia", "O'Neil", "Zoë"];
    let resident = |number: usize| {
        json!({
            "id": format!("res_{number:04}"),
            "property_id": format!("prp_{:04}", 1 + number % PROPERTIES),
            "unit_id": format!("unt_{:04}", 1 + number % UNITS),
            "first_name": first[number % first.len()],
            "last_name": format!("Person {number}"),
            "email": (!number.is_multiple_of(11)).then(|| format!("person{number}@mail.example")),
            "born_on": format!("19{:02}-{:02}-15", 50 + number % 50, 1 + number % 12),
            "status": statuses[number % statuses.len()],
            "national_id": format!("000-00-{number:04}"),
            "changed_at": changed_at(number),
        })
    };
    (1..=RESIDENTS).map(resident).collect()
}
