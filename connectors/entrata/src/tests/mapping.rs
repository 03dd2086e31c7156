//! Elements as documents of the unified model.

use portcullis_sdk::Page;
use portcullis_sdk::model::{
    Lease, LeaseStatus, LeaseTerm, Property, PropertyType, Resident, ResidentType, Unit,
};
use portcullis_sdk::testing::FakeHost;
use serde::de::DeserializeOwned;

use super::{answer, ids, pull, request, result, some};

fn pulled(model: &str) -> Page {
    let answer = answer(&result(model));
    let host = FakeHost::new(move |_| Ok(answer.clone()));
    let mut request = request(model);
    request.originals = true;
    pull(&host, request).expect("a page")
}

fn documents<T: DeserializeOwned>(model: &str) -> Vec<T> {
    let page = pulled(model);
    let upserts = page.batches[0].upserts.iter();
    upserts
        .map(|upsert| serde_json::from_str(&upsert.payload).expect("a document"))
        .collect()
}

fn day<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[test]
fn places_become_documents() {
    let properties: Vec<Property> = documents("properties");
    // In the order of ids.
    let [bare, full] = properties.as_slice() else {
        panic!("two properties")
    };
    assert_eq!(full.x_property_id, some("11"));
    assert_eq!(full.name, some("Elm Flats"));
    assert_eq!(full.type_normalized, Some(PropertyType::MultiFamily));
    assert_eq!(full.year_built, Some(1999));
    assert_eq!(full.address_1, some("1 Elm St"));
    assert_eq!(full.country, some("US"));
    assert_eq!((&bare.name, bare.year_built), (&None, None));
    assert_eq!(bare.type_normalized, Some(PropertyType::Other));
    assert_eq!(bare.type_raw, some("Senior Living"));

    let units: Vec<Unit> = documents("units");
    assert_eq!(units[0].x_property_id, some("11"));
    assert_eq!(units[0].x_floor_plan_id, some("300"));
    assert_eq!(units[0].bedrooms, some("2"));
    assert_eq!(units[0].bathrooms, some("1"));
    assert_eq!(units[0].is_furnished, Some(false));
    assert_eq!(units[1].is_furnished, None);
    assert_eq!(units[1].city, None);
}

#[test]
fn a_lease_is_read_from_its_newest_interval_that_came_to_something() {
    let leases: Vec<Lease> = documents("leases");
    let lease = &leases[0];
    assert_eq!(lease.start_date, day("2025-03-01"));
    assert_eq!(lease.end_date, day("2026-02-28"));
    assert_eq!(lease.application_date, day("2025-01-10"));
    assert_eq!(lease.notice_date, day("2025-12-15"));
    // The run began on the last day of 2025 in Mountain Time.
    assert_eq!(lease.realized_move_in_date, day("2025-03-01"));
    assert_eq!(lease.scheduled_move_in_date, None);
    assert_eq!(lease.scheduled_move_out_date, day("2026-02-28"));
    assert_eq!(lease.realized_move_out_date, None);
    assert_eq!(lease.status_normalized, Some(LeaseStatus::Active));
    assert_eq!(lease.term_normalized, Some(LeaseTerm::Fixed));
    let parts = &lease.residents_meta_data;
    assert_eq!(
        parts[0].resident_type_normalized,
        Some(ResidentType::Primary)
    );
    assert_eq!(parts[1].x_resident_id, some("502"));
    assert_eq!(parts[1].resident_type_normalized, Some(ResidentType::Other));
    assert_eq!(parts[1].x_resident_type, some("Pet Sitter"));
    // Half past five in the evening in Mountain Time is past midnight in UTC.
    let leftover = lease.custom_data.as_ref().expect("leftovers");
    assert_eq!(leftover["intervalDateTime"], "2025-01-16T00:30:00Z");
}

#[test]
fn words_that_no_list_names_are_kept() {
    let leases: Vec<Lease> = documents("leases");
    assert_eq!(leases[1].status_normalized, Some(LeaseStatus::Other));
    assert_eq!(leases[1].status_raw, some("Transferred"));
    assert_eq!(leases[1].term_normalized, Some(LeaseTerm::MonthToMonth));
    assert_eq!(leases[1].residents_meta_data.len(), 1);
    // Without a word, the number says it.
    assert_eq!(leases[2].status_raw, some("Future"));
    assert_eq!(leases[2].status_normalized, Some(LeaseStatus::Pending));
    assert_eq!(leases[2].start_date, None);
}

#[test]
fn customers_have_all_their_leases() {
    assert_eq!(ids(&pulled("residents")), ["501", "502"]);
    let residents: Vec<Resident> = documents("residents");
    let leases = &residents[0].leases_meta_data;
    assert_eq!(leases[0].x_lease_id, some("7001"));
    assert_eq!(leases[1].x_lease_id, some("699"));
    assert_eq!(
        leases[1].resident_type_normalized,
        Some(ResidentType::Secondary)
    );
    assert_eq!(residents[0].x_lease_id, some("7001"));
    assert_eq!(residents[0].phones[0].number, some("5125550001"));
    assert_eq!(residents[1].first_name, some("Mia"));
    assert_eq!(residents[1].leases_meta_data[0].x_lease_id, some("7001"));
    assert!(residents[1].phones.is_empty());
}

#[test]
fn what_is_sensitive_never_leaves() {
    for model in ["properties", "leases", "residents"] {
        assert!(
            result(model).to_string().contains("SENSITIVE"),
            "{model} proves nothing"
        );
        let page = pulled(model);
        assert!(page.batches[0].upserts[0].original.is_some());
        assert!(!format!("{page:?}").contains("SENSITIVE"), "{model}");
    }
}
