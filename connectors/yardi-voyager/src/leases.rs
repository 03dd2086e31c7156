//! Leases, and the residents that their files carry.

use std::collections::BTreeMap;

use portcullis_sdk::fields::{Malformed, cents_of_text};
use portcullis_sdk::model::{
    Date, Lease, LeaseOfResident, LeaseStatus, Resident, ResidentOfLease, ResidentStatus,
    ResidentType,
};
use portcullis_sdk::serde_json::{Map, Value};
use portcullis_sdk::{RecordKey, Result};

use crate::map::{self, CURRENCY, Reader};
use crate::pages::Filling;
use crate::xml::Node;

/// The lease files of an answer.
pub(crate) fn nodes(result: &Node) -> impl Iterator<Item = &Node> {
    let files = result.find("LeaseFiles");
    files.into_iter().flat_map(|files| files.all("LeaseFile"))
}

/// The code in an element's first identification.
pub(crate) fn code(node: &Node) -> Option<&str> {
    node.child("Identification")?.attribute("IDValue")
}

fn status(node: &Node) -> Option<&str> {
    node.child("Identification")?.attribute("IDType")
}

/// What a page of lease files knows of one resident beyond one file.
#[derive(Default)]
struct Parts {
    leases: Vec<LeaseOfResident>,
    /// The file in which the resident comes first.
    first: usize,
}

/// Adds leases, and residents where they are wanted, to a page. The answer is
/// the number of files that went in, unless all did.
///
/// A resident of several files is one record, delivered with the first.
pub(crate) fn fill(filling: &mut Filling, property: &str, result: &Node) -> Result<Option<usize>> {
    let parts = parts(result);
    for (at, file) in nodes(result).enumerate().skip(filling.skip) {
        let Some(code) = code(file) else {
            filling.lead.omit(None, "a lease file without a code");
            continue;
        };
        if !residents(filling, property, at, file, &parts)? {
            return Ok(Some(at));
        }
        let key = RecordKey::of(code);
        match lease(property, file, filling.today) {
            Ok((document, original)) => {
                if !filling.lead.add(key, None, &document, &original)? {
                    return Ok(Some(at));
                }
            }
            Err(why) => filling.lead.omit(Some(key), why),
        }
    }
    Ok(None)
}

fn parts(result: &Node) -> BTreeMap<&str, Parts> {
    let mut parts: BTreeMap<&str, Parts> = BTreeMap::new();
    for (at, file) in nodes(result).enumerate() {
        for tenant in file.all("Tenants") {
            let Some(resident) = code(tenant) else {
                continue;
            };
            let known = parts.entry(resident).or_insert_with(|| Parts {
                first: at,
                ..Parts::default()
            });
            let mut reader = Reader::new(tenant);
            known.leases.push(LeaseOfResident {
                x_lease_id: code(file).map(str::to_owned),
                resident_type_normalized: Some(ResidentType::Other),
                move_in_date: reader.day("MoveInDate").ok().flatten(),
                move_out_date: reader.day("MoveOutDate").ok().flatten(),
                ..LeaseOfResident::default()
            });
        }
    }
    parts
}

/// Adds the residents of a file. False if the page has no room for one.
fn residents(
    filling: &mut Filling,
    property: &str,
    at: usize,
    file: &Node,
    parts: &BTreeMap<&str, Parts>,
) -> Result<bool> {
    let Some(filler) = &mut filling.companion else {
        return Ok(true);
    };
    for tenant in file.all("Tenants") {
        let Some(code) = code(tenant) else {
            filler.omit(None, "a tenant without a code");
            continue;
        };
        let Some(known) = parts.get(code).filter(|known| known.first == at) else {
            continue;
        };
        let key = RecordKey::of(code);
        match resident(property, file, tenant, known) {
            Ok((document, original)) => {
                if !filler.add(key, None, &document, &original)? {
                    return Ok(false);
                }
            }
            Err(why) => filler.omit(Some(key), why),
        }
    }
    Ok(true)
}

fn unit_code(file: &Node) -> Option<String> {
    code(file.child("Unit")?).map(str::to_owned)
}

fn lease(
    property: &str,
    file: &Node,
    today: Date,
) -> Result<(Lease, Map<String, Value>), Malformed> {
    let mut reader = Reader::new(file);
    let move_in = reader.day("MoveInDate")?;
    let move_out = reader.day("MoveOutDate")?;
    let notice_date = reader.day("NoticeDate")?;
    let past = |day: &Date| *day <= today;
    let standing = status(file);
    let rent = reader.text("MonthlyRentAmount");
    let due = map::whole(reader.text("DueDay"));
    let deposit = deposit(file);
    let unit = unit_code(file);
    let mut residents_meta_data = Vec::new();
    for tenant in file.all("Tenants") {
        let mut part = Reader::new(tenant);
        residents_meta_data.push(ResidentOfLease {
            x_resident_id: code(tenant).map(str::to_owned),
            resident_type_normalized: Some(ResidentType::Other),
            status_raw: status(tenant).map(str::to_owned),
            move_in_date: part.day("MoveInDate")?,
            move_out_date: part.day("MoveOutDate")?,
            ..ResidentOfLease::default()
        });
    }
    let document = Lease {
        x_property_id: Some(property.to_owned()),
        x_unit_id: unit.clone(),
        unit_number: unit,
        residents_meta_data,
        start_date: reader.day("LeaseBegin")?,
        end_date: reader.day("LeaseEnd")?,
        notice_date,
        realized_move_in_date: move_in.filter(past),
        scheduled_move_in_date: move_in.filter(|day| !past(day)),
        realized_move_out_date: move_out.filter(past),
        scheduled_move_out_date: move_out.filter(|day| !past(day)),
        rent_amount_in_cents: cents_of_text("MonthlyRentAmount", rent)?,
        rent_amount_raw: rent.map(str::to_owned),
        rent_due_day: due.filter(|day| (1..=31).contains(day)),
        deposit_amount_in_cents: cents_of_text("Deposit Charged", deposit)?,
        deposit_amount_raw: deposit.map(str::to_owned),
        status_raw: standing.map(str::to_owned),
        status_normalized: standing.map(lease_status),
        currency: Some(CURRENCY.to_owned()),
        ..Lease::default()
    };
    let mut original = reader.taken();
    original.insert("Identification".into(), standing.into());
    Ok((document, original))
}

/// Deposits stand among the identifications of the first tenant.
fn deposit(file: &Node) -> Option<&str> {
    file.child("Tenants")?
        .all("Identification")
        .find(|one| one.attribute("IDType") == Some("Deposit Charged"))?
        .attribute("IDValue")
}

fn lease_status(status: &str) -> LeaseStatus {
    match status.to_ascii_lowercase().as_str() {
        // Who gave notice still lives there.
        "current" | "notice" => LeaseStatus::Active,
        "past" => LeaseStatus::Inactive,
        "future" => LeaseStatus::Pending,
        _ => LeaseStatus::Other,
    }
}

fn resident(
    property: &str,
    file: &Node,
    tenant: &Node,
    known: &Parts,
) -> Result<(Resident, Map<String, Value>), Malformed> {
    let person = tenant.child("PersonDetails");
    let mut reader = Reader::new(tenant);
    let mut name = Reader::of(person.and_then(|person| person.child("Name")));
    let mut details = Reader::of(person);
    let mut address = Reader::of(person.and_then(|person| person.child("Address")));
    let home = map::address(&mut address);
    reader.day("MoveInDate")?;
    reader.day("MoveOutDate")?;
    let document = Resident {
        x_property_id: Some(property.to_owned()),
        x_unit_id: unit_code(file),
        x_lease_id: code(file).map(str::to_owned),
        leases_meta_data: known.leases.clone(),
        first_name: name.owned("FirstName"),
        middle_name: name.owned("MiddleName"),
        last_name: name.owned("LastName"),
        email_1: details.owned("Email"),
        phones: map::phones(person),
        date_of_birth: reader.day("DateOfBirth")?,
        address_1: home.line_1,
        address_2: home.line_2,
        city: home.city,
        state: home.state,
        zip: home.zip,
        country: home.country,
        status_raw: status(tenant).map(str::to_owned),
        status_normalized: status(tenant).map(resident_status),
        ..Resident::default()
    };
    let mut original = reader.taken();
    original.insert("Name".into(), name.taken().into());
    original.insert("PersonDetails".into(), details.taken().into());
    original.insert("Address".into(), address.taken().into());
    Ok((document, original))
}

fn resident_status(status: &str) -> ResidentStatus {
    match status.to_ascii_lowercase().as_str() {
        "current" | "notice" => ResidentStatus::Current,
        "future" => ResidentStatus::Future,
        "past" => ResidentStatus::Past,
        _ => ResidentStatus::Other,
    }
}
