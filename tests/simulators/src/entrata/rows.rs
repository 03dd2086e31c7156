//! Elements as Entrata sends them: numbers as texts, most of the time; days as MM/DD/YYYY in Mountain Time.

use crate::shared::portfolio::Portfolio;
use crate::shared::seed::Dice;
use crate::shared::shape::{Model, Shape, Term};
use crate::shared::words;
use crate::shared::world::Rows;
use serde_json::{Map, Value, json};

const MODELS: [(Model, &str); 4] = [
    (Model::Properties, "properties"),
    (Model::Units, "propertyunits"),
    (Model::Leases, "leases"),
    (Model::Tenants, "customers"),
];

/// Lease statuses and their numbers.
pub(super) const STATUSES: [(&str, &str); 6] = [
    ("1", "Applicant"),
    ("2", "Cancelled"),
    ("3", "Future"),
    ("4", "Current"),
    ("5", "Notice"),
    ("6", "Past"),
];

/// The model that a service's method brings, with the permission.
pub(super) fn method(service: &str, name: &str) -> Option<(Model, &'static str)> {
    let model = match name {
        "getProperties" => Model::Properties,
        "getPropertyUnits" => Model::Units,
        "getLeases" => Model::Leases,
        "getCustomers" => Model::Tenants,
        _ => return None,
    };
    MODELS
        .into_iter()
        .find(|(known, scope)| *known == model && *scope == service)
}

/// Elements as XML that became JSON: one is an object, none is an empty array.
pub(super) fn many(mut elements: Vec<Value>) -> Value {
    match elements.len() {
        1 => elements.remove(0),
        _ => Value::Array(elements),
    }
}

/// The field that shows a secret that is given back.
pub(super) fn text_field(model: Model) -> &'static str {
    match model {
        Model::Properties => "MarketingName",
        Model::Units => "unitNumber",
        Model::Leases => "unitNumberSpace",
        Model::Tenants | Model::Applicants => "firstName",
    }
}

/// Number and name of a lease's status.
pub(super) fn status(portfolio: &Portfolio, lease: u32) -> (&'static str, &'static str) {
    let dice = &mut Dice::new(portfolio.shape.seed, 340, u64::from(lease));
    STATUSES[match portfolio.lease_place(lease).1 {
        Term::Past if dice.one_in(15) => 1,
        Term::Past => 5,
        Term::Active if dice.one_in(10) => 4,
        Term::Active => 3,
        Term::Future if dice.one_in(4) => 0,
        Term::Future => 2,
    }]
}

/// The vendor's records.
pub(super) struct EntrataRows;

impl Rows for EntrataRows {
    fn models(&self) -> &'static [(Model, &'static str)] {
        &MODELS
    }

    /// Everything is asked for property by property.
    fn shows(&self, portfolio: &Portfolio, model: Model, index: u32) -> bool {
        portfolio.hangs(model, index)
    }

    fn row(&self, portfolio: &Portfolio, model: Model, index: u32) -> Map<String, Value> {
        let dice = &mut portfolio.dice(model, index);
        let id = portfolio.shape.id(model, index);
        let row = match model {
            Model::Properties => property(id, dice),
            Model::Units => unit(portfolio, index, id, dice),
            Model::Leases => lease(portfolio, index, id, dice),
            Model::Tenants | Model::Applicants => customer(portfolio, index, id, dice),
        };
        match row {
            Value::Object(row) => row,
            _ => Map::new(),
        }
    }

    fn fixed(&self, model: Model) -> &'static [&'static str] {
        match model {
            Model::Properties => &["PropertyID"],
            Model::Units => &["id"],
            Model::Leases => &["id", "unitId", "leaseStatusTypeId", "customers"],
            Model::Tenants | Model::Applicants => &["@attributes", "leaseId"],
        }
    }
}

fn id(shape: &Shape, model: Model, index: u32) -> String {
    shape.id(model, index).to_string()
}

/// A number as a text, or now and then as a number.
fn loose(dice: &mut Dice, number: i64) -> Value {
    if dice.one_in(5) {
        json!(number)
    } else {
        json!(number.to_string())
    }
}

fn day(days: i64) -> Option<String> {
    let date = chrono::DateTime::from_timestamp(days * 86_400, 0)?;
    Some(date.format("%m/%d/%Y").to_string())
}

/// Empty elements are empty texts, not null.
fn or_empty(value: Option<String>) -> String {
    value.unwrap_or_default()
}

fn address(dice: &mut Dice) -> (String, &'static str, &'static str, &'static str) {
    let line = format!("{} {}", 1 + dice.below(9000), words::street(dice));
    let (city, state, zip, _) = words::place(dice);
    (line, city, state, zip)
}

fn property(id: i64, dice: &mut Dice) -> Value {
    let (line, city, state, zip) = address(dice);
    let name = format!(
        "{} {}",
        words::street(dice),
        dice.pick(&["Flats", "Commons", "Village"])
    );
    let year = (1930 + dice.below(95)).cast_signed();
    let year = loose(dice, year);
    json!({
        "PropertyID": id,
        "MarketingName": name,
        "Type": dice.pick(&["Apartment", "Apartment", "Student", "Single Family", "Commercial", "Senior Living"]),
        "YearBuilt": dice.nullable(6, year).unwrap_or_else(|| json!("")),
        "Address": {
            "@attributes": { "AddressType": "property" },
            "Address": line, "City": city, "State": state, "PostalCode": zip, "Country": "US",
        },
        "taxNumber": format!("98-{:07}", dice.below(10_000_000)),
    })
}

fn unit(portfolio: &Portfolio, index: u32, id: i64, dice: &mut Dice) -> Value {
    let (line, city, state, zip) = address(dice);
    let (bedrooms, bathrooms) = (dice.below(5).cast_signed(), 1 + dice.below(3).cast_signed());
    let (bedrooms, bathrooms) = (loose(dice, bedrooms), loose(dice, bathrooms));
    let number = if dice.one_in(30) {
        words::odd(dice).to_owned()
    } else {
        (101 + index).to_string()
    };
    let market = format!("{}.00", 700 + dice.below(3000));
    json!({
        "id": id.to_string(),
        "unitTypeId": (900 + index % 7).to_string(), "unitTypeName": format!("Type {}", index % 7),
        "unitNumber": number,
        "buildingId": (70 + portfolio.unit_property(index)).to_string(), "buildingName": "A",
        "floorplanId": (300 + index % 9).to_string(),
        "numberOfBedrooms": bedrooms, "numberOfBathrooms": bathrooms,
        "isFurnished": dice.pick(&["0", "0", "1"]),
        "unitAddress": if dice.one_in(8) { json!("") } else {
            json!({ "address": line, "city": city, "state": state, "postalCode": zip, "country": "US" })
        },
        "unitSpaces": { "unitSpace": { "unitSpaceId": format!("9{id}"), "rent": { "min": market } } },
    })
}

fn lease(portfolio: &Portfolio, index: u32, lease: i64, dice: &mut Dice) -> Value {
    let shape = &portfolio.shape;
    let (unit, term) = portfolio.lease_place(index);
    let (start, end) = portfolio.lease_days(index);
    let (status_id, status) = status(portfolio, index);
    // A word that no list names, beside a number that one does.
    let interval_status = if term == Term::Past && dice.one_in(20) {
        "Transferred"
    } else {
        status
    };
    let moved_out = end.filter(|_| term == Term::Past);
    let interval = |number: i64, start: i64, end: Option<i64>, status: &str| {
        json!({
            "id": format!("{lease}{number}"), "startDate": or_empty(day(start)), "endDate": or_empty(end.and_then(day)),
            "leaseIntervalTypeName": if number == 1 { "Application" } else { "Renewal" },
            "leaseIntervalStatusTypeName": status,
            "intervalDateTime": format!("{} 09:{:02}:00", or_empty(day(start - 30)), index % 60),
            "applicationCompletedOn": or_empty(day(start - 40)),
        })
    };
    let mut intervals = vec![interval(1, start, end, interval_status)];
    if term == Term::Active && dice.one_in(5) {
        intervals.insert(0, interval(2, start + 365, Some(start + 700), "Cancelled"));
        intervals.push(interval(3, start - 365, Some(start - 1), "Past"));
    }
    let customers: Vec<Value> = portfolio
        .lease_residents(index)
        .enumerate()
        .map(|(place, resident)| {
            json!({
                "id": id(shape, Model::Tenants, resident),
                "customerType": if place == 0 { "Primary" } else { dice.pick(&["Roommate", "Guarantor", "Pet Sitter"]) },
                "leaseCustomerStatus": status,
                "firstName": "See", "lastName": "getCustomers", "dateOfBirth": "01/01/1980",
                "idType": "Drivers License", "idNumber": format!("D{:08}", dice.below(100_000_000)),
                "moveInDate": or_empty(day(start)), "moveOutDate": or_empty(moved_out.and_then(day)),
            })
        })
        .collect();
    json!({
        "id": if dice.one_in(3) { json!(lease) } else { json!(lease.to_string()) },
        "propertyId": id(shape, Model::Properties, portfolio.unit_property(unit)),
        "leaseStatusTypeId": status_id, "leaseIntervalStatus": interval_status,
        "leaseType": "Standard", "occupancyType": "Conventional",
        "isMonthToMonth": if end.is_none() { json!(1) } else { json!("0") },
        "buildingId": "70", "buildingName": "A", "floorPlanId": (300 + unit % 9).to_string(),
        "unitId": id(shape, Model::Units, unit), "unitNumberSpace": format!("{}-1", 101 + unit),
        "moveInDate": or_empty(day(start)), "moveOutDate": or_empty(moved_out.and_then(day)),
        "noticeDate": if status == "Notice" { or_empty(day(start + 300)) } else { String::new() },
        "leaseIntervals": { "leaseInterval": many(intervals) },
        "customers": { "customer": many(customers) },
    })
}

fn customer(portfolio: &Portfolio, index: u32, customer: i64, dice: &mut Dice) -> Value {
    let lease = portfolio.resident_lease(index);
    let (line, city, state, zip) = address(dice);
    let last_name = words::last_name(dice);
    let email = format!("person{index}@mail.example");
    let phone = format!("512555{:04}", dice.below(10_000));
    json!({
        "@attributes": { "Id": customer.to_string() },
        "leaseId": { "identification": [{ "@attributes": {
            "IDType": "Lease ID", "IDValue": id(&portfolio.shape, Model::Leases, lease) } }],
            "customerType": "Primary" },
        "firstName": words::first_name(dice), "lastName": last_name,
        "unitNumber": (101 + portfolio.lease_place(lease).0).to_string(),
        "address": line, "city": city, "state": state, "postalCode": zip,
        "email": dice.nullable(6, email).unwrap_or_default(),
        "phoneNumber": dice.nullable(6, phone).unwrap_or_default(),
        "bankruptcyNote": words::comment(dice),
        "customerIdentificationValues": { "customerIdentificationValue": {
            "type": "SSN", "value": format!("900-{:02}-{:04}", dice.below(100), dice.below(10_000)) } },
    })
}
