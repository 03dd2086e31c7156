//! Rows as documents of the unified model.

use portcullis_sdk::Page;
use portcullis_sdk::model::{
    Lease, LeaseBalance, LeaseStatus, LeaseTerm, PhoneType, Property, Resident, ResidentStatus,
    ResidentType, Timestamp, Unit,
};
use portcullis_sdk::testing::FakeHost;
use serde::de::DeserializeOwned;

use super::{answer, ids, pull, request, rows, some};

fn pulled(model: &str) -> Page {
    let host = FakeHost::new(|_| Ok(answer(&rows(model), None)));
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
fn properties_and_units() {
    let properties: Vec<Property> = documents("properties");
    assert_eq!(properties[0].x_property_id, some("GC01"));
    assert_eq!(properties[0].name, some("Elm Tower"));
    assert_eq!(properties[0].manager_name, some("Ann Lee"));
    assert_eq!(properties[0].zip, some("78701"));
    assert_eq!(properties[1].name, None);
    // A unit's number means something only within its building.
    assert_eq!(ids(&pulled("units")), ["GC01/01/101", "GC01/02/101"]);
    let units: Vec<Unit> = documents("units");
    assert_eq!(units[1].number, some("101"));
    assert_eq!(units[1].building_number, some("02"));
    assert_eq!(units[1].x_property_id, some("GC01"));
}

#[test]
fn what_leases_owe_comes_on_their_pages_if_it_is_wanted() {
    let host = FakeHost::new(|_| Ok(answer(&rows("leases"), None)));
    let mut wanted = request("leases");
    wanted.originals = true;
    wanted.companions = vec!["lease_balances".to_owned()];
    let page = pull(&host, wanted).expect("a page");
    let names: Vec<&str> = page.batches.iter().map(|it| it.model.as_str()).collect();
    assert_eq!(names, ["leases", "lease_balances"]);
    let balance = &page.batches[1].upserts[0];
    assert_eq!(balance.key, page.batches[0].upserts[0].key);
    let document: LeaseBalance = serde_json::from_str(&balance.payload).expect("a document");
    assert_eq!(document.x_lease_id, some("GC01/01/101/1"));
    assert_eq!(document.total_in_cents, Some(-120_050));
    assert_eq!(document.currency, some("MXN"));
    let original = balance.original.as_deref().unwrap_or_default();
    assert!(original.contains("LeaseBalance"), "{original}");
    assert_eq!(pulled("leases").batches.len(), 1);
}

#[test]
fn a_lease_is_one_whatever_number_of_residents_it_has() {
    assert_eq!(
        ids(&pulled("leases")),
        ["GC01/01/101/1", "GC01/01/102/1", "GC01/01/103/7"]
    );
    let leases: Vec<Lease> = documents("leases");
    let lease = &leases[0];
    assert_eq!(lease.x_unit_id, some("GC01/01/101"));
    assert_eq!(lease.x_resident_id, some("0000000001"));
    assert_eq!(lease.rent_amount_in_cents, Some(3_830_000));
    assert_eq!(lease.balance_amount_in_cents, Some(-120_050));
    assert_eq!(lease.currency, some("MXN"));
    let parts: Vec<_> = lease
        .residents_meta_data
        .iter()
        .map(|part| (part.x_resident_id.as_deref(), part.resident_type_normalized))
        .collect();
    assert_eq!(
        parts,
        [
            (Some("0000000001"), Some(ResidentType::Primary)),
            (Some("0000000002"), Some(ResidentType::Secondary))
        ]
    );
    assert_eq!(lease.realized_move_in_date, day("2025-05-03"));
    assert_eq!(lease.scheduled_move_out_date, day("2026-04-30"));
    assert_eq!(lease.realized_move_out_date, None);
    assert_eq!(lease.term_normalized, Some(LeaseTerm::Fixed));
    // Half past one came twice on that day: the first is meant.
    let updated: Timestamp = "2025-11-02T05:30:00Z".parse().expect("a time");
    assert_eq!(lease.x_updated_at, Some(updated));
    assert_eq!(
        pulled("leases").batches[0].upserts[0].updated_at,
        Some(updated.millis())
    );
    let status: Vec<_> = leases.iter().map(|lease| lease.status_normalized).collect();
    assert_eq!(
        status,
        [
            LeaseStatus::Active,
            LeaseStatus::Pending,
            LeaseStatus::Inactive
        ]
        .map(Some)
    );
    assert_eq!(leases[1].term_normalized, None);
}

#[test]
fn residents_name_their_lease_and_their_part_in_it() {
    let residents: Vec<Resident> = documents("residents");
    let resident = &residents[0];
    assert_eq!(resident.x_lease_id, some("GC01/01/101/1"));
    assert_eq!(resident.status_normalized, Some(ResidentStatus::Current));
    let part = &resident.leases_meta_data[0];
    assert_eq!(part.resident_type_normalized, Some(ResidentType::Primary));
    assert_eq!(part.move_in_date, day("2025-05-03"));
    let phones: Vec<_> = resident
        .phones
        .iter()
        .map(|phone| phone.type_normalized)
        .collect();
    assert_eq!(
        phones,
        [PhoneType::Other, PhoneType::Mobile, PhoneType::Work].map(Some)
    );
    let part = &residents[1].leases_meta_data[0];
    assert_eq!(part.resident_type_normalized, Some(ResidentType::Secondary));
    assert_eq!(residents[1].status_normalized, Some(ResidentStatus::Other));
    assert_eq!(residents[1].status_raw, some("X"));
    assert!(residents[2].leases_meta_data.is_empty());
    assert_eq!(residents[2].x_unit_id, None);
}

#[test]
fn what_is_sensitive_never_leaves() {
    for model in ["properties", "units", "leases", "residents"] {
        assert!(
            rows(model).to_string().contains("SENSITIVE"),
            "{model} proves nothing"
        );
        let page = pulled(model);
        assert!(page.batches[0].upserts[0].original.is_some());
        assert!(!format!("{page:?}").contains("SENSITIVE"), "{model}");
    }
}
