//! From the vendor's rows to the unified model.

use portcullis_sdk::model::{
    Applicant, Application, ApplicationStatus, Lease, LeaseStatus, LeaseTerm, Property,
    PropertyType, Resident, ResidentStatus, Unit,
};

use super::{
    ALL, APPLICATIONS, LEADS, LEASES, PROPERTIES, TENANTS, UNITS, day, documents, lost, pull_all,
    some,
};

#[test]
fn properties() {
    let page = pull_all("properties", PROPERTIES);
    assert_eq!(
        page.batches[0].upserts[0].updated_at,
        Some(1_762_077_600_000)
    );
    let properties: Vec<Property> = documents(&page);
    let maple = &properties[0];
    assert_eq!(maple.name, some("Maple Court"));
    assert_eq!(
        maple.x_property_id,
        some("33560001-a406-11ec-93cd-0adb2565839e")
    );
    assert_eq!(
        (&maple.type_raw, maple.type_normalized),
        (&some("Multi-Family"), Some(PropertyType::MultiFamily))
    );
    assert_eq!(
        (&maple.address_1, &maple.address_2, &maple.zip),
        (&some("1 Maple St"), &None, &some("97701"))
    );
    let active: Vec<_> = properties.iter().map(|it| it.is_active).collect();
    assert_eq!(active, [Some(true), Some(false), Some(false)]);
    let kinds: Vec<_> = properties.iter().map(|it| it.type_normalized).collect();
    assert_eq!(
        kinds[1..],
        [Some(PropertyType::SingleFamily), Some(PropertyType::Other)]
    );
}

#[test]
fn units() {
    let page = pull_all("units", UNITS);
    let units: Vec<Unit> = documents(&page);
    let first = &units[0];
    assert_eq!(
        (&first.x_property_id, &first.number),
        (&some("p1"), &some("1A"))
    );
    assert_eq!(
        (&first.bedrooms, &first.bathrooms, first.square_feet),
        (&some("2"), &some("1.5"), Some(1250))
    );
    assert_eq!(
        (first.bathrooms_full, first.bathrooms_half),
        (Some(1), Some(1))
    );
    assert_eq!(first.rent_amount_market_in_cents, Some(209_500));
    assert_eq!(
        (first.is_vacant, first.is_available, first.is_listed),
        (Some(true), Some(false), Some(true)),
        "vacant, but available only next month"
    );
    let second = &units[1];
    assert_eq!((&second.number, &second.bedrooms), (&None, &some("0")));
    assert_eq!(
        (&second.bathrooms, &second.bathrooms_raw, second.is_vacant),
        (&None, &some("2.75"), Some(false))
    );
    assert_eq!(second.rent_amount_market_in_cents, None);
    let third = &units[2];
    assert_eq!(
        (third.is_vacant, third.is_available, &third.bedrooms),
        (None, None, &None)
    );
    assert_eq!(
        third.custom_data.as_ref().expect("leftovers")["Status"],
        "Under Water"
    );
    assert_eq!(units[3].is_available, Some(true));
    assert_eq!(lost(&page), [Some("u5"), Some("6")]);
    assert_eq!(
        page.batches[0].omissions[0].message,
        "MarketRent is not a decimal number"
    );
}

#[test]
fn leases() {
    let page = pull_all("leases", LEASES);
    let leases: Vec<Lease> = documents(&page);
    let standing: Vec<_> = leases.iter().map(|lease| lease.status_normalized).collect();
    assert_eq!(
        standing,
        [
            Some(LeaseStatus::Active),
            Some(LeaseStatus::Active),
            Some(LeaseStatus::Inactive),
            Some(LeaseStatus::Pending),
            Some(LeaseStatus::Other),
        ]
    );
    let terms: Vec<_> = leases.iter().map(|lease| lease.term_normalized).collect();
    assert_eq!(
        terms[..4],
        [
            Some(LeaseTerm::Fixed),
            Some(LeaseTerm::MonthToMonth),
            Some(LeaseTerm::Fixed),
            None
        ]
    );
    assert_eq!(
        (
            leases[0].start_date,
            leases[0].end_date,
            leases[0].signature_date
        ),
        (day("2025-02-01"), day("2026-01-31"), day("2025-01-15"))
    );
    assert_eq!(
        leases[0].custom_data.as_ref().expect("leftovers")["OccupancyId"],
        "o1"
    );
    assert_eq!(leases[4].status_raw, some("Out For Signing"));
    assert_eq!(lost(&page), [Some("l6")]);
}

#[test]
fn residents() {
    let page = pull_all("residents", TENANTS);
    let residents: Vec<Resident> = documents(&page);
    let grace = &residents[0];
    assert_eq!(
        (&grace.first_name, &grace.email_1),
        (&some("Grace"), &some("grace@example.com"))
    );
    assert_eq!(grace.phones[0].number, some("(541) 555-0100"));
    assert_eq!(
        (&grace.status_raw, grace.status_normalized),
        (&some("Notice"), Some(ResidentStatus::Current))
    );
    assert_eq!(
        (&grace.city, &grace.zip, &grace.city_alternate),
        (&some("Bend"), &some("97701"), &some("Salem"))
    );
    assert_eq!(
        grace.custom_data.as_ref().expect("leftovers")["CurrentRent"],
        "1,895.00"
    );
    assert_eq!(
        (residents[1].status_normalized, residents[1].phones.len()),
        (Some(ResidentStatus::Other), 0)
    );
    assert_eq!(lost(&page), [Some("t3")]);
}

#[test]
fn applicants_are_the_leads_who_applied() {
    let applicants: Vec<Applicant> = documents(&pull_all("applicants", LEADS));
    let ids: Vec<_> = applicants.iter().map(|it| it.x_lead_id.clone()).collect();
    assert_eq!(ids, [some("d2"), some("d3"), some("d4")]);
    let decided: Vec<_> = applicants.iter().map(|it| it.status_normalized).collect();
    assert_eq!(
        decided,
        [
            Some(ApplicationStatus::Approved),
            Some(ApplicationStatus::Denied),
            Some(ApplicationStatus::Other),
        ]
    );
    assert_eq!(
        (&applicants[0].x_group_id, &applicants[0].last_name),
        (&some("g1"), &some("Byron"))
    );
    assert_eq!(applicants[0].applications[0].x_application_id, some("a1"));
    assert!(applicants[1].applications.is_empty());
}

#[test]
fn applications() {
    let page = pull_all("applications", APPLICATIONS);
    let applications: Vec<Application> = documents(&page);
    let decided: Vec<_> = applications.iter().map(|it| it.status_normalized).collect();
    assert_eq!(
        decided,
        [
            Some(ApplicationStatus::Approved),
            Some(ApplicationStatus::Pending),
            Some(ApplicationStatus::Canceled),
            Some(ApplicationStatus::Denied),
            Some(ApplicationStatus::Other),
        ]
    );
    assert_eq!(applications[0].x_unit_id, some("u1"));
    assert!(applications[0].submitted_at.is_some());
    assert_eq!(lost(&page), [Some("a6")]);
}

#[test]
fn nothing_sensitive_gets_out_even_in_originals() {
    for (model, body) in ALL {
        let page = pull_all(model, body);
        for upsert in &page.batches[0].upserts {
            let original = upsert.original.as_deref().expect("an original");
            for out in [original, &upsert.payload] {
                for hidden in ["123-45-6789", "98-7654321", "000123456789", "Ssn", "TaxId"] {
                    assert!(
                        !out.contains(hidden),
                        "{model} {} shows {hidden}",
                        upsert.key.external_id
                    );
                }
            }
        }
    }
}
