//! From the vendor's rows to the unified model.

use portcullis_sdk::model::{
    Date, Lease, Property, Resident, ResidentCharge, ResidentStatus, Unit,
};

use super::{ALL, CHARGES, LEASES, PROPERTIES, TENANTS, UNITS, documents, pull_all};

fn day(text: &str) -> Option<Date> {
    Some(text.parse().expect("a date"))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn properties_and_units() {
    let page = pull_all("properties", PROPERTIES);
    assert_eq!(
        page.batches[0].upserts[0].updated_at,
        Some(1_762_077_600_000)
    );
    let properties: Vec<Property> = documents(&page);
    assert_eq!(
        (&properties[0].name, properties[0].is_active),
        (&some("Haven Lake"), Some(true))
    );
    assert_eq!(
        properties[0].x_created_at.map(|at| at.to_string()),
        some("2014-01-01T14:32:25Z")
    );
    assert_eq!(
        (&properties[1].name, properties[1].is_active),
        (&None, None)
    );

    let units: Vec<Unit> = documents(&pull_all("units", UNITS));
    assert_eq!(
        (
            &units[0].number,
            &units[0].x_unit_type_id,
            &units[0].bedrooms
        ),
        (&some("1A"), &some("6"), &some("2"))
    );
    assert_eq!(
        (units[0].bathrooms_full, units[0].bathrooms_half),
        (Some(1), Some(1))
    );
    assert_eq!(
        (
            &units[1].number,
            &units[1].bathrooms,
            &units[1].bathrooms_raw
        ),
        (&None, &None, &some("1.75"))
    );
}

#[test]
fn charges() {
    let page = pull_all("resident_charges", CHARGES);
    let charges: Vec<ResidentCharge> = documents(&page);
    let first = &charges[0];
    assert_eq!(first.x_resident_id, some("501"));
    assert_eq!(first.amount_in_cents, Some(130_050));
    assert_eq!(first.transaction_date, day("2026-01-01"));
    assert_eq!(
        first.x_updated_at.map(|at| at.to_string()),
        some("2026-01-02T09:30:00Z")
    );
    // Whose account it is counts for itself.
    assert_eq!(charges[1].x_resident_id, None);
    // What is no amount costs the record and not the page.
    assert_eq!((charges.len(), page.batches[0].omissions.len()), (2, 1));
}

#[test]
fn leases() {
    let page = pull_all("leases", LEASES);
    let leases: Vec<Lease> = documents(&page);
    let first = &leases[0];
    assert_eq!(
        (&first.x_unit_id, &first.x_resident_id),
        (&some("1"), &some("41"))
    );
    assert_eq!(
        (first.realized_move_in_date, first.scheduled_move_in_date),
        (day("2025-02-01"), None)
    );
    assert_eq!(
        (first.realized_move_out_date, first.scheduled_move_out_date),
        (None, day("2026-01-31"))
    );
    assert_eq!(first.residents_meta_data[0].x_resident_id, some("41"));
    assert_eq!(first.status_normalized, None, "the vendor sends no status");
    assert!(leases[1].residents_meta_data.is_empty());
    assert_eq!(leases[1].scheduled_move_in_date, day("2026-03-01"));
    assert_eq!(leases[2].realized_move_out_date, day("2025-12-31"));
    assert_eq!(
        page.batches[0].omissions[0].message,
        "MoveInDate is no date"
    );
}

#[test]
fn residents() {
    let page = pull_all("residents", TENANTS);
    let residents: Vec<Resident> = documents(&page);
    let grace = &residents[0];
    assert_eq!(
        (&grace.first_name, grace.status_normalized),
        (&some("Grace"), Some(ResidentStatus::Current))
    );
    assert_eq!(
        (&grace.city, &grace.address_2, &grace.city_alternate),
        (&some("Milford"), &None, &some("Loveland"))
    );
    assert_eq!(
        grace.custom_data.as_ref().expect("leftovers")["RentDueDay"],
        1
    );
    assert_eq!(residents[1].status_normalized, Some(ResidentStatus::Other));
    let lost: Vec<_> = page.batches[0]
        .omissions
        .iter()
        .map(|omission| omission.key.as_ref().map(|key| key.external_id.as_str()))
        .collect();
    assert_eq!(lost, [Some("43"), Some("44")]);
}

#[test]
fn nothing_sensitive_gets_out_even_in_originals() {
    for (model, body) in ALL {
        for upsert in &pull_all(model, body).batches[0].upserts {
            let original = upsert.original.as_deref().expect("an original");
            for out in [original, &upsert.payload] {
                for hidden in ["123-45-6789", "98-7654321", "SSN", "TaxID"] {
                    assert!(!out.contains(hidden), "{model} shows {hidden}");
                }
            }
        }
    }
}
