//! Single records.

use portcullis_sdk::model::{Property, PropertyType, Resident, ResidentStatus, Unit};
use portcullis_sdk::{Next, Page};
use serde::de::DeserializeOwned;

use super::page_of;

const PROPERTIES: &str = include_str!("../../fixtures/properties.json");
const UNITS: &str = include_str!("../../fixtures/units.json");
const RESIDENTS: &str = include_str!("../../fixtures/residents.json");

/// The documents of a page, read back as the model that they are.
fn documents<T: DeserializeOwned>(page: &Page) -> Vec<T> {
    let upserts = page.batches[0].upserts.iter();
    upserts
        .map(|upsert| serde_json::from_str(&upsert.payload).expect("a document"))
        .collect()
}

#[test]
fn properties_become_documents() {
    let page = page_of("properties", PROPERTIES);
    let properties: Vec<Property> = documents(&page);
    assert_eq!(properties[0].name.as_deref(), Some("Elm Court"));
    assert_eq!(properties[0].zip.as_deref(), Some("78701"));
    let kinds: Vec<_> = properties.iter().map(|it| it.type_normalized).collect();
    assert_eq!(
        kinds,
        [Some(PropertyType::MultiFamily), Some(PropertyType::Other)]
    );
    assert_eq!(properties[1].type_raw.as_deref(), Some("houseboat"));
    assert_eq!(properties[1].name, None);
    assert_eq!(page.next, Next::More("prp_4".into()));
}

#[test]
fn a_record_that_cannot_be_read_costs_itself_and_says_nothing_of_its_values() {
    let page = page_of("properties", PROPERTIES);
    let omissions = &page.batches[0].omissions;
    let ids: Vec<_> = omissions
        .iter()
        .filter_map(|omission| Some(omission.key.as_ref()?.external_id.as_str()))
        .collect();
    assert_eq!(ids, ["prp_3", "prp_4"]);
    assert!(omissions.iter().all(|it| !it.message.contains("yesterday")));
}

#[test]
fn rents_become_cents() {
    let page = page_of("units", UNITS);
    let units: Vec<Unit> = documents(&page);
    assert_eq!(units[0].rent_amount_market_in_cents, Some(125_050));
    assert_eq!(units[0].bedrooms.as_deref(), Some("2"));
    assert_eq!(units[1].rent_amount_market_in_cents, None);
    assert_eq!(
        page.batches[0].omissions[0].message,
        "rent is not a decimal number"
    );
}

#[test]
fn residents_become_documents() {
    let residents: Vec<Resident> = documents(&page_of("residents", RESIDENTS));
    assert_eq!(residents[0].last_name.as_deref(), Some("O'Neil"));
    assert_eq!(
        residents[0].status_normalized,
        Some(ResidentStatus::Current)
    );
    assert_eq!(residents[1].status_normalized, Some(ResidentStatus::Other));
    assert_eq!(residents[1].date_of_birth, None);
}

#[test]
fn what_is_sensitive_never_leaves() {
    for (model, fixture) in [("properties", PROPERTIES), ("residents", RESIDENTS)] {
        assert!(fixture.contains("SENSITIVE"), "{model} proves nothing");
        let page = page_of(model, fixture);
        assert!(page.batches[0].upserts[0].original.is_some());
        assert!(!format!("{page:?}").contains("SENSITIVE"), "{model}");
    }
}
