//! What stands in the rows.

use super::{LISTS, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

async fn rows(world: &World, path: &str) -> Vec<Value> {
    world
        .read_all(path)
        .await
        .iter()
        .map(|row| serde_json::from_str(row.get()).unwrap())
        .collect()
}

fn id(row: &Value) -> i64 {
    row["Id"].as_i64().unwrap()
}

/// The documented fields; those with a question mark are null in some rows and not in others.
const FIELDS: [(&str, &str); 5] = [
    (
        "/v1/rentals",
        "Id Name? StructureDescription? NumberUnits IsActive OperatingBankAccountId Reserve Address? YearBuilt? \
         RentalType RentalSubType RentalManager?",
    ),
    (
        "/v1/rentals/units",
        "Id PropertyId BuildingName? UnitNumber? Description? MarketRent? Address? UnitBedrooms? UnitBathrooms? \
         UnitSize? IsUnitListed? IsUnitOccupied?",
    ),
    (
        "/v1/leases",
        "Id PropertyId UnitId UnitNumber? LeaseFromDate? LeaseToDate? LeaseType LeaseStatus IsEvictionPending TermType \
         RenewalOfferStatus? CurrentTenants? CurrentNumberOfOccupants AccountDetails? Cosigners? \
         AutomaticallyMoveOutTenants CreatedDateTime LastUpdatedDateTime? MoveOutData? PaymentDueDay Tenants?",
    ),
    (
        "/v1/leases/tenants",
        "Id FirstName? LastName? Email? AlternateEmail? PhoneNumbers? CreatedDateTime? EmergencyContact? DateOfBirth? \
         SMSOptInStatus? Address? AlternateAddress? MailingPreference? Leases? Comment? TaxId?",
    ),
    (
        "/v1/applicants",
        "Id ApplicantGroupId? PropertyId? UnitId? TenantId? FirstName? LastName? Email? PhoneNumbers? Status \
         Applications? UnsubmittedApplications? LastUpdatedDateTime?",
    ),
];

#[tokio::test]
async fn every_documented_field_is_there_and_every_nullable_one_is_null_now_and_then() {
    let world = World::plain();
    for (path, fields) in FIELDS {
        let rows = rows(&world, path).await;
        let mut nulls: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &rows {
            for (field, value) in row.as_object().unwrap() {
                let known = fields
                    .split_whitespace()
                    .find(|known| known.trim_end_matches('?') == field);
                *nulls
                    .entry(known.unwrap_or_else(|| panic!("{path} {field}")))
                    .or_default() += usize::from(value.is_null());
            }
        }
        for field in fields.split_whitespace() {
            let nulls = nulls[field];
            if field.ends_with('?') {
                assert!(
                    nulls > 0 && nulls < rows.len(),
                    "{path} {field}: {nulls} nulls"
                );
            } else {
                assert_eq!(nulls, 0, "{path} {field}");
            }
        }
    }
}

#[tokio::test]
async fn texts_numbers_and_words_are_as_odd_as_in_life() {
    let world = World::plain();
    let tenants = rows(&world, "/v1/leases/tenants").await;
    let leases = rows(&world, "/v1/leases").await;
    let units = rows(&world, "/v1/rentals/units").await;
    let applicants = rows(&world, "/v1/applicants").await;
    let names: String = tenants
        .iter()
        .flat_map(|row| [&row["FirstName"], &row["LastName"]])
        .filter_map(Value::as_str)
        .collect();
    for part in ["😀", "𠮷", "محمد", "\"", "\\", "<b>", "\u{202e}", "\n"] {
        assert!(names.contains(part), "{part:?}");
    }
    assert!(tenants.iter().any(|row| {
        row["Comment"]
            .as_str()
            .is_some_and(|text| text.len() > 4000)
    }));
    assert!(tenants.iter().any(|row| row["FirstName"] == ""));

    let rents: Vec<&Value> = units
        .iter()
        .map(|row| &row["MarketRent"])
        .filter(|rent| !rent.is_null())
        .collect();
    assert!(rents.iter().any(|rent| rent.is_i64()) && rents.iter().any(|rent| rent.is_f64()));
    let noisy = rents
        .iter()
        .filter_map(|rent| rent.as_f64())
        .any(|rent| (rent * 100.0).round() / 100.0 != rent);
    assert!(noisy, "some rents carry the noise of binary fractions");

    let words = |rows: &[Value], field: &str| -> BTreeSet<String> {
        rows.iter()
            .filter_map(|row| row[field].as_str())
            .map(str::to_owned)
            .collect()
    };
    for (words, expected) in [
        (
            words(&units, "UnitBedrooms"),
            vec!["NotSet", "Studio", "NineBedPlus", "TenBed"],
        ),
        (
            words(&leases, "LeaseStatus"),
            vec!["Active", "Past", "Future", "Terminated"],
        ),
        (
            words(&leases, "RenewalOfferStatus"),
            vec!["NotSet", "Accepted", "Withdrawn"],
        ),
        (words(&leases, "LeaseType"), vec!["None", "AtWill"]),
        (
            words(&applicants, "Status"),
            vec!["Unknown", "AddedToLease", "Waitlisted"],
        ),
        (words(&tenants, "SMSOptInStatus"), vec!["NotSet", "Paused"]),
    ] {
        for word in expected {
            assert!(words.contains(word), "{word} in {words:?}");
        }
    }
    let sensitive = tenants
        .iter()
        .filter_map(|row| row["TaxId"].as_str())
        .all(|id| id.starts_with('9') && id.len() == 11);
    assert!(sensitive);
    let countries: BTreeSet<String> = words(
        &units
            .iter()
            .map(|row| row["Address"].clone())
            .collect::<Vec<_>>(),
        "Country",
    );
    assert!(
        countries.contains("UnitedStates")
            && countries.contains("Canada")
            && countries.contains("PuertoRico")
    );
}

#[tokio::test]
async fn relations_hold_and_recursion_ends() {
    let world = World::plain();
    let properties: BTreeSet<i64> = rows(&world, "/v1/rentals").await.iter().map(id).collect();
    let units = rows(&world, "/v1/rentals/units").await;
    let leases = rows(&world, "/v1/leases").await;
    let tenants = rows(&world, "/v1/leases/tenants").await;
    let tenant_ids: BTreeSet<i64> = tenants.iter().map(id).collect();
    assert!(
        units
            .iter()
            .all(|unit| properties.contains(&unit["PropertyId"].as_i64().unwrap()))
    );

    let active: BTreeSet<i64> = leases
        .iter()
        .filter(|lease| lease["LeaseStatus"] == "Active")
        .map(|lease| lease["UnitId"].as_i64().unwrap())
        .collect();
    for unit in units
        .iter()
        .filter(|unit| !unit["IsUnitOccupied"].is_null())
    {
        assert_eq!(unit["IsUnitOccupied"], active.contains(&id(unit)));
    }

    let mut cosigner_ids = BTreeSet::new();
    let mut on_lease: BTreeSet<(i64, i64)> = BTreeSet::new();
    for lease in &leases {
        for tenant in lease["Tenants"].as_array().into_iter().flatten() {
            assert!(tenant_ids.contains(&id(tenant)));
            on_lease.insert((id(lease), id(tenant)));
        }
        for tenant in lease["CurrentTenants"].as_array().into_iter().flatten() {
            assert!(tenant["Leases"].is_null() && tenant_ids.contains(&id(tenant)));
        }
        cosigner_ids.extend(lease["Cosigners"].as_array().into_iter().flatten().map(id));
    }
    assert!(
        cosigner_ids.iter().any(|id| tenant_ids.contains(id)),
        "ids of cosigners overlap with those of tenants"
    );

    let mut several = 0;
    for tenant in &tenants {
        let own: Vec<&Value> = tenant["Leases"].as_array().into_iter().flatten().collect();
        several += usize::from(own.len() > 1);
        for lease in own {
            assert!(lease["CurrentTenants"].is_null());
            assert!(lease["Tenants"].is_null() || on_lease.contains(&(id(lease), id(tenant))));
        }
    }
    assert!(several > 0);

    let applicants = rows(&world, "/v1/applicants").await;
    let numbers: BTreeSet<usize> = applicants
        .iter()
        .map(|row| row["Applications"].as_array().map_or(0, Vec::len))
        .collect();
    assert_eq!(numbers, BTreeSet::from([0, 1, 2, 3]));
    for (_, path) in LISTS {
        let list = world.get(&format!("{path}?limit=1")).await;
        let one = world.get(&format!("{path}/{}", list.ids()[0])).await;
        assert_eq!(one.json(), list.json()[0]);
    }
}

#[tokio::test]
async fn a_lease_has_a_ledger() {
    let world = World::plain();
    let lease = world
        .get("/v1/leases?leasestatuses=Past&orderby=Id&limit=1")
        .await
        .ids()[0];
    let path = format!("/v1/leases/{lease}/transactions");
    let all = rows(&world, &path).await;
    let kinds: BTreeSet<&str> = all
        .iter()
        .map(|row| row["TransactionTypeEnum"].as_str().unwrap())
        .collect();
    assert!(kinds.contains("Charge") && kinds.contains("Payment"));
    let charges = world
        .get(&format!("/v1/leases/{lease}/charges?orderby=Id&limit=1000"))
        .await;
    let filtered = world
        .get(&format!(
            "{path}?transactiontypes=Charge&orderby=Id&limit=1000"
        ))
        .await;
    assert_eq!(charges.ids(), filtered.ids());
    assert_eq!(charges.total(), charges.ids().len());
    let day = all[0]["Date"].as_str().unwrap();
    let part = world
        .get(&format!(
            "{path}?transactiondatefrom={day}&transactiondateto={day}"
        ))
        .await;
    assert!(part.total() > 0 && part.total() < all.len());
    assert!(!world.get(&path).await.ids().is_sorted());
    assert_eq!(
        world
            .get(&format!("{path}?transactiontypes=charge"))
            .await
            .status,
        422
    );
}
