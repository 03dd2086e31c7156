//! From the vendor's elements to the unified model.

use portcullis_sdk::model::{
    Date, Lease, LeaseStatus, PhoneType, Property, Resident, ResidentStatus, Unit,
};
use portcullis_sdk::testing::page_request;
use portcullis_sdk::{Page, RecordKey};

use super::{PROPERTIES, RESIDENTS, UNITS, documents, of_maple, pull};

fn day(text: &str) -> Option<Date> {
    Some(text.parse().expect("a date"))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn with_residents() -> Page {
    let mut request = of_maple("leases");
    request.companions = vec!["residents".into()];
    pull(request, RESIDENTS)
}

#[test]
fn properties() {
    let page = pull(page_request("properties"), PROPERTIES);
    let properties: Vec<Property> = documents(&page, 0);
    let maple = &properties[0];
    assert_eq!(
        (&maple.name, &maple.code, &maple.zip),
        (&some("Maple & Oak"), &some("maple"), &some("90402"))
    );
    assert_eq!((&maple.address_2, &properties[1].name), (&None, &None));
    assert_eq!(page.batches[0].upserts[1].key, RecordKey::of("dock"));
    assert_eq!(page.batches[0].omissions.len(), 1);
}

#[test]
fn units() {
    let page = pull(of_maple("units"), UNITS);
    let keys: Vec<_> = page.batches[0]
        .upserts
        .iter()
        .map(|it| it.key.clone())
        .collect();
    assert_eq!(
        keys,
        ["101", "102", "103"].map(|code| RecordKey::within("maple", code))
    );
    let units: Vec<Unit> = documents(&page, 0);
    let first = &units[0];
    assert_eq!(
        (&first.bedrooms, &first.bathrooms, first.square_feet),
        (&some("2"), &some("1.5"), Some(1600))
    );
    assert_eq!(first.rent_amount_market_in_cents, Some(130_000));
    assert_eq!(
        (first.is_vacant, first.is_available),
        (Some(true), Some(true))
    );
    assert_eq!(
        (&first.floor_plan_name, &first.x_unit_type_id, &first.city),
        (&some("The Oak"), &some("2b2b"), &some("Santa Monica"))
    );
    let leftover = first.custom_data.as_ref().expect("leftovers");
    assert_eq!(leftover["MadeReadyDate"], "2026-01-15");
    let second = &units[1];
    assert_eq!(
        (second.is_vacant, second.is_available),
        (Some(false), Some(false))
    );
    assert_eq!(
        (&second.bathrooms, &second.bathrooms_raw),
        (&None, &some("1.75"))
    );
    assert_eq!((units[2].is_vacant, units[2].is_available), (None, None));
    let lost: Vec<_> = page.batches[0]
        .omissions
        .iter()
        .map(|omission| (omission.key.clone(), omission.message.as_str()))
        .collect();
    assert_eq!(
        lost,
        [
            (
                Some(RecordKey::within("maple", "104")),
                "VacateDate is no date"
            ),
            (None, "a unit without a code"),
        ]
    );
}

#[test]
fn leases() {
    let page = with_residents();
    let leases: Vec<Lease> = documents(&page, 0);
    let first = &leases[0];
    assert_eq!(
        (&first.x_property_id, &first.x_unit_id),
        (&some("maple"), &some("218"))
    );
    assert_eq!(
        (first.start_date, first.end_date, first.notice_date),
        (day("2025-02-01"), day("2026-01-31"), day("2025-11-15"))
    );
    assert_eq!(
        (first.realized_move_in_date, first.scheduled_move_out_date),
        (day("2025-02-03"), day("2026-01-31"))
    );
    assert_eq!(
        (
            first.rent_amount_in_cents,
            first.deposit_amount_in_cents,
            first.rent_due_day
        ),
        (Some(130_050), Some(70_000), Some(1))
    );
    assert_eq!(
        (&first.status_raw, first.status_normalized),
        (&some("Current"), Some(LeaseStatus::Active))
    );
    let people: Vec<_> = first
        .residents_meta_data
        .iter()
        .map(|part| (part.x_resident_id.clone(), part.status_raw.clone()))
        .collect();
    assert_eq!(
        people,
        [(some("p1"), some("Current")), (some("p2"), some("Sublet"))]
    );
    assert_eq!(leases[1].status_normalized, Some(LeaseStatus::Inactive));
    assert_eq!(leases[1].realized_move_out_date, day("2024-01-31"));
    let lost: Vec<_> = page.batches[0]
        .omissions
        .iter()
        .map(|it| it.key.clone())
        .collect();
    assert_eq!(lost, [Some(RecordKey::of("t0000003")), None]);
}

#[test]
fn a_resident_of_two_leases_is_one_record() {
    let page = with_residents();
    assert_eq!(page.batches[1].model, "residents");
    let residents: Vec<Resident> = documents(&page, 1);
    assert_eq!(residents.len(), 2);
    let grace = &residents[0];
    assert_eq!(
        (&grace.first_name, &grace.last_name, &grace.email_1),
        (
            &some("Grace"),
            &some("O'Hopper"),
            &some("grace@example.com")
        )
    );
    let leases: Vec<_> = grace
        .leases_meta_data
        .iter()
        .map(|it| it.x_lease_id.clone())
        .collect();
    assert_eq!(leases, [some("t0000001"), some("t0000002")]);
    let phones: Vec<_> = grace.phones.iter().map(|it| it.type_normalized).collect();
    assert_eq!(phones, [Some(PhoneType::Mobile), Some(PhoneType::Other)]);
    assert_eq!(
        (
            grace.date_of_birth,
            grace.status_normalized,
            &grace.x_unit_id
        ),
        (
            day("1906-12-09"),
            Some(ResidentStatus::Current),
            &some("218")
        )
    );
    assert_eq!(residents[1].status_normalized, Some(ResidentStatus::Other));
}

#[test]
fn nothing_sensitive_gets_out_even_in_originals() {
    for batch in with_residents().batches {
        for upsert in batch.upserts {
            let original = upsert.original.as_deref().expect("an original");
            for out in [original, &upsert.payload] {
                for hidden in ["123-45-6789", "987-65-4321", "SSN", "Navy"] {
                    assert!(
                        !out.contains(hidden),
                        "{} shows {hidden}",
                        upsert.key.external_id
                    );
                }
            }
        }
    }
}
