//! Rows as MRI sends them: texts and nulls alone.

use crate::shared::portfolio::{Portfolio, TODAY};
use crate::shared::seed::{Dice, mix};
use crate::shared::shape::{Model, Shape, Term};
use crate::shared::words;
use crate::shared::world::Rows;
use chrono::{DateTime, NaiveDate, TimeZone};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

/// The zone of the server's clock.
pub(super) const ZONE: Tz = Tz::America__Chicago;

const MODELS: [(Model, &str); 4] = [
    (Model::Properties, "PropertyIDByNameOrAddress"),
    (Model::Units, "UnitVacancyInformation"),
    (Model::Leases, "ResidentLeaseDetailsByPropertyID"),
    (Model::Tenants, "ResidentsByPropertyID"),
];

/// The model that an API brings, the permission, and the parameter that names the property.
pub(super) fn api(name: &str) -> Option<(Model, &'static str, Option<&'static str>)> {
    let name = name.strip_prefix("MRI_S-PMRM_")?;
    let (model, scope) = MODELS.into_iter().find(|(_, scope)| *scope == name)?;
    let property = match model {
        Model::Properties => None,
        Model::Units => Some("propertyid"),
        _ => Some("rmpropid"),
    };
    Some((model, scope, property))
}

/// The field that shows a secret that is given back.
pub(super) fn text_field(model: Model) -> &'static str {
    match model {
        Model::Properties => "PropertyName",
        Model::Units => "VacancyRemark",
        Model::Leases => "VacateReason",
        Model::Tenants | Model::Applicants => "FirstName",
    }
}

/// The beginning of a day on the server's clock, in milliseconds since 1970.
pub(super) fn day(text: &str) -> Option<i64> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let begin = ZONE.from_local_datetime(&day.and_hms_opt(0, 0, 0)?);
    Some(begin.earliest()?.timestamp_millis())
}

/// When a lease last changed, in milliseconds.
pub(super) fn stamp(portfolio: &Portfolio, lease: u32) -> i64 {
    portfolio.stamp(Model::Leases, lease)
}

/// Where a resident stands in the list of leases.
pub(super) fn order(portfolio: &Portfolio, resident: Option<u32>) -> u64 {
    resident.map_or(0, |one| mix(portfolio.shape.seed, 360, u64::from(one)))
}

/// The vendor's records.
pub(super) struct MriRows;

fn property_id(index: u32) -> String {
    format!("PR{:04}", index + 1)
}

fn building_id(unit: u32) -> String {
    format!("{:02}", 1 + unit % 3)
}

fn number(index: u32) -> String {
    format!("{:05}", index + 1)
}

fn resident_id(shape: &Shape, index: u32) -> String {
    format!("{:010}", shape.id(Model::Tenants, index))
}

/// A day as a time of the server's clock.
fn midnight(days: i64) -> Option<String> {
    let day = DateTime::from_timestamp(days * 86_400, 0)?;
    Some(day.format("%Y-%m-%dT00:00:00").to_string())
}

/// An instant on the server's clock, cut to the minute.
fn local(ms: i64) -> Option<String> {
    let instant = DateTime::from_timestamp_millis(ms)?;
    let local = ZONE.from_utc_datetime(&instant.naive_utc()).naive_local();
    Some(local.format("%Y-%m-%dT%H:%M:00").to_string())
}

impl Rows for MriRows {
    fn models(&self) -> &'static [(Model, &'static str)] {
        &MODELS
    }

    fn id(&self, shape: &Shape, model: Model, index: u32) -> String {
        match model {
            Model::Properties => property_id(index),
            Model::Units | Model::Leases => number(index),
            Model::Tenants | Model::Applicants => resident_id(shape, index),
        }
    }

    fn full_id(&self, portfolio: &Portfolio, model: Model, index: u32) -> String {
        let unit = match model {
            Model::Units => index,
            Model::Leases => portfolio.lease_place(index).0,
            _ => return self.id(&portfolio.shape, model, index),
        };
        let property = property_id(portfolio.unit_property(unit));
        let unit_id = format!("{property}/{}/{}", building_id(unit), number(unit));
        match model {
            Model::Leases => format!("{unit_id}/{}", number(index)),
            _ => unit_id,
        }
    }

    fn index(&self, shape: &Shape, model: Model, id: &str) -> Option<u32> {
        let last = id.rsplit('/').next()?;
        match model {
            Model::Properties => last.strip_prefix("PR")?.parse::<u32>().ok()?.checked_sub(1),
            Model::Units | Model::Leases => last.parse::<u32>().ok()?.checked_sub(1),
            Model::Tenants | Model::Applicants => shape.index(Model::Tenants, last.parse().ok()?),
        }
    }

    /// Rows come property by property; a lease that nobody is on has none.
    fn shows(&self, portfolio: &Portfolio, model: Model, index: u32) -> bool {
        let inhabited = || portfolio.lease_residents(index).next().is_some();
        portfolio.hangs(model, index) && (model != Model::Leases || inhabited())
    }

    /// What is owed stands in the rows of leases.
    fn derived(
        &self,
        portfolio: &Portfolio,
        sees: &dyn Fn(Model, u32) -> bool,
    ) -> Vec<(&'static str, Model, Vec<String>)> {
        let leases = portfolio.living(Model::Leases).filter(|lease| {
            sees(Model::Leases, *lease) && self.shows(portfolio, Model::Leases, *lease)
        });
        let ids = leases.map(|lease| self.full_id(portfolio, Model::Leases, lease));
        vec![("lease_balances", Model::Leases, ids.collect())]
    }

    fn row(&self, portfolio: &Portfolio, model: Model, index: u32) -> Map<String, Value> {
        let dice = &mut portfolio.dice(model, index);
        let row = match model {
            Model::Properties => property(index, dice),
            Model::Units => unit(portfolio, index, dice),
            Model::Leases => lease(portfolio, index, dice),
            Model::Tenants | Model::Applicants => resident(portfolio, index, dice),
        };
        match row {
            Value::Object(row) => row,
            _ => Map::new(),
        }
    }

    fn fixed(&self, model: Model) -> &'static [&'static str] {
        match model {
            Model::Properties => &["PropertyID"],
            Model::Units => &["PropertyID", "BuildingID", "UnitID"],
            Model::Leases => &["PropertyID", "BuildingID", "UnitID", "LeaseID", "Namegroup"],
            Model::Tenants | Model::Applicants => &[
                "ResidentNameID",
                "RMPROPID",
                "RMBLDGID",
                "UNITID",
                "RMLEASEID",
            ],
        }
    }
}

fn property(index: u32, dice: &mut Dice) -> Value {
    let (city, state, zip, _) = words::place(dice);
    let line = format!("{} {}", 1 + dice.below(9000), words::street(dice));
    let manager = format!("{} {}", words::first_name(dice), words::last_name(dice));
    json!({
        "PropertyID": property_id(index), "EntityId": format!("E{:03}", index % 999),
        "PropertyName": format!("{} {}", words::street(dice), dice.pick(&["Tower", "Gardens"])),
        "ManagerName": dice.nullable(5, manager),
        "Address1": line, "Address2": null, "Address3": "office@mail.example",
        "City": city, "State": state, "ZipCode": zip,
        "PhoneNumber": dice.nullable(4, "312-555-0100"),
    })
}

fn unit(portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
    json!({
        "PropertyID": property_id(portfolio.unit_property(index)), "BuildingID": building_id(index),
        "UnitID": number(index),
        "VacancyRemark": dice.one_in(4).then(|| words::odd(dice)),
    })
}

fn yes(is: bool) -> &'static str {
    if is { "Y" } else { "N" }
}

fn lease(portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
    let (unit, term) = portfolio.lease_place(index);
    let (start, end) = portfolio.lease_days(index);
    let moved_out = end.filter(|_| term == Term::Past);
    let first = portfolio.lease_residents(index).next();
    let (city, state, zip, _) = words::place(dice);
    let rent = format!("{}.{:02}", 700 + dice.below(3500), dice.below(100));
    let balance = format!(
        "{}.{:02}",
        dice.below(900).cast_signed() - 300,
        dice.below(100)
    );
    json!({
        "PropertyID": property_id(portfolio.unit_property(unit)), "BuildingID": building_id(unit),
        "UnitID": number(unit), "LeaseID": number(index),
        "Address": format!("{} {}", 1 + dice.below(9000), words::street(dice)),
        "City": dice.nullable(3, city), "State": state, "Zipcode": zip,
        "LeaseStart": midnight(start), "LeaseEnd": end.and_then(midnight),
        "OccupyDate": midnight(start), "LeaseMoveOut": moved_out.and_then(midnight),
        "LeaseMonthlyRentAmount": rent, "LeaseBalance": balance, "CurrCode": "USD",
        "LeaseMonthToMonth": yes(end.is_none()), "LeaseTerm": "12", "IsCurrent": yes(term == Term::Active),
        "DateNotified": dice.nullable(3, TODAY - 20).filter(|_| term == Term::Past).and_then(midnight),
        "VacateReason": moved_out.map(|_| "TR"), "HasPet": yes(dice.one_in(3)),
        "Namegroup": first.map(|first| resident_id(&portfolio.shape, first)),
        "LastUpdateDate": local(portfolio.stamp(Model::Leases, index)),
    })
}

/// What the row of a lease has of one of its residents.
pub(super) fn add_resident(portfolio: &Portfolio, resident: u32, row: &mut Map<String, Value>) {
    let dice = &mut portfolio.dice(Model::Tenants, resident);
    let id = json!(resident_id(&portfolio.shape, resident));
    let status = if row.get("Namegroup") == Some(&id) {
        "Current"
    } else {
        "Other Resident"
    };
    row.insert("ResidentNameID".to_owned(), id);
    row.insert("FirstName".to_owned(), json!(words::first_name(dice)));
    row.insert("LastName".to_owned(), json!(words::last_name(dice)));
    row.insert("ResidentStatus".to_owned(), json!(status));
    row.insert("Birthday".to_owned(), json!("1980-01-01T00:00:00"));
}

fn resident(portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
    let shape = &portfolio.shape;
    let lease = portfolio.resident_lease(index);
    let (unit, term) = portfolio.lease_place(lease);
    let (start, end) = portfolio.lease_days(lease);
    let first = portfolio.lease_residents(lease).next();
    let status = match term {
        _ if first != Some(index) => "R",
        Term::Past => "O",
        Term::Active => "C",
        // A letter that no list names.
        Term::Future => dice.pick(&["N", "X"]),
    };
    let phone = |dice: &mut Dice| {
        let phone = format!("312-555-{:04}", dice.below(10_000));
        dice.nullable(2, phone)
    };
    json!({
        "FirstName": words::first_name(dice), "LastName": words::last_name(dice),
        "ResidentNameID": resident_id(shape, index),
        "RMPROPID": property_id(portfolio.unit_property(unit)), "RMBLDGID": building_id(unit),
        "UNITID": number(unit), "RMLEASEID": number(lease),
        "ResidentType": "R", "Status": status,
        "PhoneNumber": phone(dice), "Cell": phone(dice), "WorkPhone1": phone(dice), "WorkPhone2": null,
        "Email": dice.nullable(5, format!("person{index}@mail.example")),
        "OccupantOccupyDate": midnight(start),
        "VacateDate": end.filter(|_| term == Term::Past).and_then(midnight),
        "Namegroup": first.map(|first| resident_id(shape, first)),
        "LastUpdateDate": local(portfolio.stamp(Model::Tenants, index)),
        "SocialSecurityNumber": format!("900-{:02}-{:04}", dice.below(100), dice.below(10_000)),
        "BankAccount": format!("{:09}", dice.below(1_000_000_000)),
    })
}
