//! Records as Voyager has them, as flat rows of texts that become elements.

use super::{MODELS, TRANSACTIONS, charges};
use crate::shared::json::civil;
use crate::shared::portfolio::Portfolio;
use crate::shared::seed::Dice;
use crate::shared::shape::{Model, Shape, Term};
use crate::shared::words;
use crate::shared::world::Rows;
use serde_json::{Map, Value, json};

/// The vendor's records. Codes of properties, leases and residents are unique; those of units occur again in other
/// properties, and the control plane names them `property/unit`.
pub(super) struct YardiRows;

fn prefix(model: Model) -> &'static str {
    match model {
        Model::Properties => "p",
        Model::Units => "",
        Model::Leases => "t",
        Model::Tenants | Model::Applicants => "r",
    }
}

fn code(shape: &Shape, model: Model, index: u32) -> String {
    match model {
        Model::Units => unit_code(shape, index),
        _ => format!("{}{:07}", prefix(model), shape.id(model, index)),
    }
}

/// The place of a unit within its property: units of many properties share their codes.
fn unit_code(shape: &Shape, unit: u32) -> String {
    let property = shape.unit_property(unit);
    let first = u64::from(property) * u64::from(shape.units) / u64::from(shape.properties);
    format!("{:03}", 101 + u64::from(unit).saturating_sub(first))
}

impl Rows for YardiRows {
    fn models(&self) -> &'static [(Model, &'static str)] {
        &MODELS
    }

    fn further_scopes(&self) -> &'static [&'static str] {
        &[TRANSACTIONS]
    }

    fn id(&self, shape: &Shape, model: Model, index: u32) -> String {
        match model {
            // Added units have no place in the shape; their number is one that no seeded unit has.
            Model::Units if index >= shape.units => format!("added/{index}"),
            Model::Units => {
                let property = code(shape, Model::Properties, shape.unit_property(index));
                format!("{property}/{}", unit_code(shape, index))
            }
            _ => code(shape, model, index),
        }
    }

    fn index(&self, shape: &Shape, model: Model, id: &str) -> Option<u32> {
        if model != Model::Units {
            return shape.index(model, id.strip_prefix(prefix(model))?.parse().ok()?);
        }
        let (property, unit) = id.split_once('/')?;
        if property == "added" {
            return unit.parse().ok().filter(|index| *index >= shape.units);
        }
        let property = self.index(shape, Model::Properties, property)?;
        let first = u64::from(property) * u64::from(shape.units) / u64::from(shape.properties);
        let place = unit.parse::<u64>().ok()?.checked_sub(101)?;
        let index = u32::try_from(first + place).ok()?;
        (index < shape.units && shape.unit_property(index) == property).then_some(index)
    }

    fn row(&self, portfolio: &Portfolio, model: Model, index: u32) -> Map<String, Value> {
        let dice = &mut portfolio.dice(model, index);
        match model {
            Model::Properties => property(&portfolio.shape, index, dice),
            Model::Units => unit(portfolio, index, dice),
            Model::Leases => lease(portfolio, index, dice),
            Model::Tenants | Model::Applicants => tenant(portfolio, index, dice),
        }
    }

    /// A call is about a property, and residents come with leases: what hangs on nothing is seen by nobody.
    fn derived(
        &self,
        portfolio: &Portfolio,
        sees: &dyn Fn(Model, u32) -> bool,
    ) -> Vec<(&'static str, Model, Vec<String>)> {
        let reached = |model: Model| {
            let rows = portfolio.living(model).filter(|index| {
                let property = portfolio.property_of(model, *index);
                let lease = (model == Model::Tenants).then(|| portfolio.resident_lease(*index));
                sees(model, *index)
                    && property.is_some_and(|one| portfolio.lives(Model::Properties, one))
                    && lease.is_none_or(|one| portfolio.lives(Model::Leases, one))
            });
            let ids = rows.map(|index| self.id(&portfolio.shape, model, index));
            (model.name(), model, ids.collect())
        };
        let leases = portfolio.living(Model::Leases).filter(|lease| {
            let property = portfolio.property_of(Model::Leases, *lease);
            sees(Model::Leases, *lease)
                && property.is_some_and(|one| portfolio.lives(Model::Properties, one))
        });
        let charges = leases.flat_map(|lease| charges::ids(portfolio, lease));
        let charges = ("resident_charges", Model::Leases, charges.collect());
        let reached = [Model::Units, Model::Leases, Model::Tenants].map(reached);
        reached.into_iter().chain([charges]).collect()
    }

    fn fixed(&self, model: Model) -> &'static [&'static str] {
        match model {
            Model::Properties => &["Code"],
            Model::Units => &["UnitID"],
            Model::Leases => &["Code", "PropertyCode", "UnitCode"],
            Model::Tenants | Model::Applicants => &["Code"],
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

pub(super) fn day(days: i64) -> String {
    civil(days).format("%Y-%m-%d").to_string()
}

fn seen_code(shape: &Shape, unit: u32) -> String {
    match unit < shape.units {
        true => unit_code(shape, unit),
        false => format!("added{unit}"),
    }
}

fn address(row: &mut Map<String, Value>, dice: &mut Dice) {
    let (city, state, zip, _) = words::place(dice);
    let street = format!("{} {}", 1 + dice.below(9800), words::street(dice));
    row.insert("AddressLine1".into(), json!(dice.nullable(20, street)));
    row.insert("City".into(), json!(city));
    row.insert("State".into(), json!(state));
    row.insert("PostalCode".into(), json!(zip));
}

fn property(shape: &Shape, index: u32, dice: &mut Dice) -> Map<String, Value> {
    let mut row = object(json!({
        "Code": code(shape, Model::Properties, index),
        "MarketingName": format!("{} Residences", words::last_name(dice)),
        "AddressLine2": "",
        "AccountsReceivable": "06/2026",
        "AccountsPayable": "06/2026",
    }));
    address(&mut row, dice);
    row
}

fn unit(portfolio: &Portfolio, unit: u32, dice: &mut Dice) -> Map<String, Value> {
    let shape = &portfolio.shape;
    let occupied = portfolio.occupied(unit);
    let occupancy = match (dice.below(30), occupied) {
        (0, _) => "model",
        (_, true) => "occupied",
        (_, false) => "vacant",
    };
    let leased = match (occupied, dice.below(6)) {
        (true, 0) => "on_notice",
        (true, _) => "leased",
        (false, 0) => "reserved",
        (false, _) => "available",
    };
    let leaves = leased != "leased";
    let vacate = day(crate::shared::portfolio::TODAY - 60 + dice.below(120).cast_signed());
    let half = dice.one_in(3);
    let mut row = object(json!({
        "UnitID": seen_code(shape, unit),
        "UnitType": format!("ut{:06}", dice.below(9)),
        "UnitBedrooms": dice.below(5).to_string(),
        "UnitBathrooms": format!("{}.{}00000", 1 + dice.below(3), if half { 5 } else { 0 }),
        "MinSquareFeet": (300 + dice.below(2500)).to_string(),
        "MarketRent": format!("{}.{:02}", 600 + dice.below(4000), dice.below(100)),
        "UnitEconomicStatus": "residential",
        "UnitOccupancyStatus": occupancy,
        "UnitLeasedStatus": leased,
        "FloorplanName": dice.nullable(4, "The Oak"),
        "VacateDate": leaves.then_some(vacate),
        "MadeReadyDate": null,
    }));
    address(&mut row, dice);
    row
}

fn standing(term: Term, roll: u64) -> &'static str {
    match (term, roll) {
        (_, 0) => "Waitlist",
        (Term::Past, _) => "Past",
        (Term::Future, _) => "Future",
        (Term::Active, 1) => "Notice",
        (Term::Active, _) => "Current",
    }
}

fn lease(portfolio: &Portfolio, lease: u32, dice: &mut Dice) -> Map<String, Value> {
    let shape = &portfolio.shape;
    let (unit, term) = portfolio.lease_place(lease);
    let (start, end) = portfolio.lease_days(lease);
    let status = standing(term, dice.below(20));
    let leaves = matches!(status, "Past" | "Notice");
    let out = day(end.unwrap_or(start + 364));
    let deposit = format!("{}.00", 300 + dice.below(2000));
    object(json!({
        "Code": code(shape, Model::Leases, lease),
        "Status": status,
        "PropertyCode": code(shape, Model::Properties, portfolio.unit_property(unit)),
        "UnitCode": seen_code(shape, unit),
        "MoveInDate": day(start + 1),
        "MoveOutDate": leaves.then_some(&out),
        "NoticeDate": leaves.then(|| day(start + 300)),
        "LeaseBegin": day(start),
        "LeaseEnd": end.map(day),
        "MonthlyRentAmount": (600 + dice.below(4000)).to_string(),
        "DueDay": (1 + dice.below(28)).to_string(),
        "Deposit": dice.nullable(6, deposit),
    }))
}

fn tenant(portfolio: &Portfolio, tenant: u32, dice: &mut Dice) -> Map<String, Value> {
    let (_, term) = portfolio.lease_place(portfolio.resident_lease(tenant));
    let (start, _) = portfolio.lease_days(portfolio.resident_lease(tenant));
    let number = dice.below(10_000);
    let kind = dice.pick(&["cell", "home", "office", "satellite"]);
    let born = day(-7000 - dice.below(14_000).cast_signed());
    let mut row = object(json!({
        "Code": code(&portfolio.shape, Model::Tenants, tenant),
        "Status": standing(term, dice.below(20)),
        "FirstName": words::first_name(dice),
        "LastName": words::last_name(dice),
        "Email": dice.nullable(10, format!("resident{tenant}@mail.example.com")),
        "PhoneType": kind,
        "PhoneNumber": dice.nullable(8, format!("555{number:07}")),
        "MoveInDate": day(start + 1),
        "DateOfBirth": dice.nullable(5, born),
        "Country": "United States",
        // What a connector must leave where it is.
        "SSN": format!("9{:02}-{:02}-{number:04}", number % 100, number % 89 + 10),
    }));
    address(&mut row, dice);
    row
}
