//! From the vendor's rows to the unified model.

use portcullis_sdk::model::{
    Applicant, Application, ApplicationStatus, Lease, LeaseStatus, LeaseTerm, PhoneType, Property,
    PropertyType, Resident, ResidentStatus, ResidentType, Unit,
};
use portcullis_sdk::{Next, RecordKey};

use super::{APPLICANTS, LEASES, RENTALS, TENANTS, UNITS, day, documents, pull_all, some};

#[test]
fn properties() {
    let page = pull_all("properties", &[], RENTALS);
    assert_eq!(page.next, Next::Complete(some("2025-12-31T23:55:00Z")));
    assert_eq!(page.batches[0].upserts[0].key, RecordKey::of("101"));
    let properties: Vec<Property> = documents(&page, 0);

    let maple = &properties[0];
    assert_eq!(maple.name, some("Maple Court"));
    assert_eq!(maple.x_property_id, some("101"));
    assert_eq!(maple.type_raw, some("MultiFamily"));
    assert_eq!(maple.type_normalized, Some(PropertyType::MultiFamily));
    assert_eq!(
        (maple.number_of_units, maple.year_built, maple.is_active),
        (Some(12), Some(1998), Some(true))
    );
    assert_eq!(
        (&maple.address_2, &maple.country, &maple.currency),
        (&None, &some("US"), &some("USD"))
    );
    assert_eq!(
        (&maple.manager_name, &maple.manager_email),
        (&some("Ada Byron"), &some("ada@example.com"))
    );
    let kinds: Vec<_> = maple
        .manager_phones
        .iter()
        .map(|phone| phone.type_normalized)
        .collect();
    assert_eq!(kinds, [Some(PhoneType::Work), Some(PhoneType::Mobile)]);
    let leftover = maple.custom_data.as_ref().expect("leftovers");
    assert_eq!(leftover["Reserve"], "1500.5");
    assert_eq!(leftover["OperatingBankAccountId"], 7);

    let dock = &properties[1];
    assert_eq!(dock.type_normalized, Some(PropertyType::Commercial));
    assert_eq!((&dock.country, &dock.currency), (&None, &None));
    assert_eq!(
        dock.custom_data.as_ref().expect("leftovers")["Country"],
        "NetherlandsAntilles"
    );

    assert_eq!(properties[2].type_raw, some("HouseBoat"));
    assert_eq!(properties[2].type_normalized, Some(PropertyType::Other));
}

#[test]
fn units() {
    let units: Vec<Unit> = documents(&pull_all("units", &[], UNITS), 0);

    let first = &units[0];
    assert_eq!(
        (&first.x_property_id, &first.number),
        (&some("101"), &some("1A"))
    );
    assert_eq!(first.description, some("Line one\nline \"two\""));
    assert_eq!(
        (&first.bedrooms, &first.bedrooms_raw),
        (&some("2"), &some("TwoBed"))
    );
    assert_eq!(
        (&first.bathrooms, first.bathrooms_full, first.bathrooms_half),
        (&some("1.5"), Some(1), Some(1))
    );
    assert_eq!(first.rent_amount_market_in_cents, Some(185_010));
    assert_eq!(
        (first.is_vacant, first.is_available, first.is_listed),
        (Some(false), Some(false), Some(false))
    );

    let second = &units[1];
    assert_eq!((&second.bedrooms, &second.bedrooms_raw), (&None, &None));
    assert_eq!(
        (&second.bathrooms, &second.bathrooms_raw),
        (&some("5"), &some("FivePlusBath"))
    );
    assert_eq!(
        (second.is_vacant, second.rent_amount_market_in_cents),
        (Some(true), None)
    );

    let unknown = &units[2];
    assert_eq!(
        (&unknown.bedrooms, &unknown.bedrooms_raw),
        (&None, &some("TwelveBed"))
    );
    assert_eq!(
        (unknown.bathrooms_full, &unknown.bathrooms_raw),
        (None, &some("HalfBath"))
    );
}

#[test]
fn leases() {
    let page = pull_all("leases", &[], LEASES);
    assert_eq!(
        page.batches[0].upserts[0].updated_at,
        Some(1_767_086_130_500)
    );
    let leases: Vec<Lease> = documents(&page, 0);

    let active = &leases[0];
    assert_eq!(
        (active.status_normalized, active.term_normalized),
        (Some(LeaseStatus::Active), Some(LeaseTerm::Fixed))
    );
    assert_eq!(
        (active.rent_amount_in_cents, active.deposit_amount_in_cents),
        (Some(180_000), Some(185_000))
    );
    assert_eq!(
        (active.start_date, active.end_date),
        (day("2025-02-01"), day("2026-01-31"))
    );
    assert_eq!(
        (active.realized_move_in_date, active.scheduled_move_in_date),
        (day("2025-02-01"), None)
    );
    assert_eq!(
        (
            active.scheduled_move_out_date,
            active.realized_move_out_date
        ),
        (day("2026-01-31"), None)
    );
    assert_eq!(
        (active.notice_date, active.rent_due_day),
        (day("2025-11-15"), Some(1))
    );
    assert_eq!(active.renewal_status_raw, None);
    let parts: Vec<_> = active
        .residents_meta_data
        .iter()
        .map(|part| {
            (
                part.x_resident_id.as_deref().unwrap_or_default(),
                part.resident_type_normalized,
                part.move_out_date,
            )
        })
        .collect();
    assert_eq!(
        parts,
        [
            ("41", Some(ResidentType::Other), None),
            ("42", Some(ResidentType::Other), day("2026-01-31")),
            ("", Some(ResidentType::Guarantor), None),
        ]
    );

    let past = &leases[1];
    assert_eq!(
        (past.status_normalized, past.term_normalized),
        (Some(LeaseStatus::Inactive), Some(LeaseTerm::MonthToMonth))
    );
    assert_eq!(
        (past.realized_move_out_date, past.rent_due_day),
        (day("2025-06-30"), None)
    );

    let odd = &leases[2];
    assert_eq!(
        (&odd.status_raw, odd.status_normalized),
        (&some("Paused"), Some(LeaseStatus::Other))
    );
    assert_eq!(
        (
            odd.scheduled_move_in_date,
            odd.realized_move_in_date,
            odd.term_normalized
        ),
        (day("2026-03-01"), None, None)
    );
}

#[test]
fn residents() {
    let residents: Vec<Resident> = documents(&pull_all("residents", &[], TENANTS), 0);

    let grace = &residents[0];
    assert_eq!(
        (&grace.x_property_id, &grace.x_unit_id, &grace.x_lease_id),
        (&some("101"), &some("1"), &some("900"))
    );
    assert_eq!(
        (&grace.status_raw, grace.status_normalized),
        (&some("Current"), Some(ResidentStatus::Current))
    );
    assert_eq!(
        (&grace.email_1, &grace.email_2),
        (&some("grace@example.com"), &None)
    );
    assert_eq!(grace.date_of_birth, day("1906-12-09"));
    let phones: Vec<_> = grace
        .phones
        .iter()
        .map(|phone| phone.type_normalized)
        .collect();
    assert_eq!(phones, [Some(PhoneType::Home), Some(PhoneType::Other)]);
    assert_eq!(
        (&grace.country, &grace.country_alternate),
        (&some("US"), &some("RE"))
    );
    assert_eq!(
        grace
            .emergency_contact
            .as_ref()
            .and_then(|contact| contact.relationship.clone()),
        some("Husband")
    );
    assert_eq!(grace.leases_meta_data.len(), 2);
    assert_eq!(grace.leases_meta_data[0].move_out_date, day("2025-01-31"));
    assert_eq!(grace.leases_meta_data[1].move_in_date, day("2025-02-03"));

    assert_eq!(
        (&residents[1].x_property_id, residents[1].status_normalized),
        (&None, None)
    );
}

#[test]
fn applicants_bring_their_applications() {
    let page = pull_all("applicants", &["applications"], APPLICANTS);
    let applicants: Vec<Applicant> = documents(&page, 0);
    let applications: Vec<Application> = documents(&page, 1);

    assert_eq!(
        applicants[0].status_normalized,
        Some(ApplicationStatus::Pending)
    );
    assert_eq!(
        (&applicants[0].x_group_id, &applicants[0].x_unit_id),
        (&some("8"), &some("2"))
    );
    assert_eq!(
        applicants[0].applications[1].status_normalized,
        Some(ApplicationStatus::Other)
    );
    assert_eq!(
        (
            &applicants[1].x_resident_id,
            applicants[1].status_normalized
        ),
        (&some("41"), Some(ApplicationStatus::Approved))
    );
    assert_eq!(
        applicants[2].status_normalized,
        Some(ApplicationStatus::Canceled)
    );

    let keys: Vec<_> = page.batches[1]
        .upserts
        .iter()
        .map(|upsert| upsert.key.external_id.as_str())
        .collect();
    assert_eq!(keys, ["700", "701"]);
    assert_eq!(
        (&applications[0].number, applications[0].status_normalized),
        (&some("A-700"), Some(ApplicationStatus::Denied))
    );
    let shared: Vec<_> = applications[1]
        .applicants
        .iter()
        .map(|link| link.x_applicant_id.clone())
        .collect();
    assert_eq!(shared, [some("70"), some("71")]);
    assert_eq!(page.batches[1].omissions[0].key, Some(RecordKey::of("702")));

    assert_eq!(pull_all("applicants", &[], APPLICANTS).batches.len(), 1);
}

#[test]
fn nothing_secret_gets_out_even_in_originals() {
    for (model, body) in [
        ("leases", LEASES),
        ("residents", TENANTS),
        ("applicants", APPLICANTS),
        ("properties", RENTALS),
    ] {
        let page = pull_all(model, &[], body);
        for upsert in &page.batches[0].upserts {
            let original = upsert.original.as_deref().expect("an original");
            for out in [original, &upsert.payload] {
                for hidden in [
                    "123-45-6789",
                    "987-65-4321",
                    "TaxId",
                    "SectionFields",
                    "photos.example",
                    "co@example.com",
                ] {
                    assert!(
                        !out.contains(hidden),
                        "{model} {} shows {hidden}",
                        upsert.key.external_id
                    );
                }
            }
        }
    }
    let page = pull_all("units", &[], UNITS);
    let original = page.batches[0].upserts[0]
        .original
        .as_deref()
        .expect("an original");
    assert!(
        original.contains(r#""MarketRent":1850.10,"#),
        "amounts stay as they were sent: {original}"
    );
}
