//! Records as Rent Manager sends them.

use super::charges;
use crate::shared::json::civil;
use crate::shared::portfolio::Portfolio;
use crate::shared::seed::Dice;
use crate::shared::shape::{Model, Term};
use crate::shared::words;
use crate::shared::world::Rows;
use serde_json::{Map, Value, json};

/// The collections' models, with the privilege that each needs. In the order of the models.
pub(super) const MODELS: [(Model, &str); 4] = [
    (Model::Properties, "properties"),
    (Model::Units, "units"),
    (Model::Leases, "leases"),
    (Model::Tenants, "tenants"),
];

pub(super) fn id_field(model: Model) -> &'static str {
    match model {
        Model::Properties => "PropertyID",
        Model::Units => "UnitID",
        Model::Leases => "LeaseID",
        Model::Tenants | Model::Applicants => "TenantID",
    }
}

/// The vendor's records.
pub(super) struct RentManagerRows;

/// A time as the vendor writes it: with a space at times, and without a zone.
pub(super) fn moment(ms: i64, spaced: bool) -> String {
    let at = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    let form = if spaced {
        "%Y-%m-%d %H:%M:%S"
    } else {
        "%Y-%m-%dT%H:%M:%S"
    };
    at.format(form).to_string()
}

pub(super) fn day(days: i64) -> String {
    civil(days).format("%Y-%m-%dT00:00:00").to_string()
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

impl Rows for RentManagerRows {
    fn models(&self) -> &'static [(Model, &'static str)] {
        &MODELS
    }

    fn further_scopes(&self) -> &'static [&'static str] {
        &[charges::SCOPE]
    }

    fn derived(
        &self,
        portfolio: &Portfolio,
        sees: &dyn Fn(Model, u32) -> bool,
    ) -> Vec<(&'static str, Model, Vec<String>)> {
        let tenants = portfolio.living(Model::Tenants);
        let seen = tenants.filter(|tenant| sees(Model::Tenants, *tenant));
        let ids = seen.flat_map(|tenant| charges::ids(portfolio, tenant));
        vec![("resident_charges", Model::Tenants, ids.collect())]
    }

    fn row(&self, portfolio: &Portfolio, model: Model, index: u32) -> Map<String, Value> {
        let shape = &portfolio.shape;
        let dice = &mut portfolio.dice(model, index);
        let mut row = match model {
            Model::Properties => property(dice),
            Model::Units => unit(portfolio, index, dice),
            Model::Leases => lease(portfolio, index, dice),
            Model::Tenants | Model::Applicants => tenant(portfolio, index, dice),
        };
        row.insert(id_field(model).into(), json!(shape.id(model, index)));
        let spaced = dice.one_in(3);
        let created = moment(portfolio.created(model, index), spaced);
        row.insert("CreateDate".into(), json!(created));
        let updated = moment(portfolio.stamp(model, index), spaced);
        row.insert("UpdateDate".into(), json!(updated));
        row
    }

    fn fixed(&self, model: Model) -> &'static [&'static str] {
        match model {
            Model::Properties => &["PropertyID", "UpdateDate"],
            Model::Units => &["UnitID", "UpdateDate", "PropertyID"],
            Model::Leases => &["LeaseID", "UpdateDate", "TenantID", "UnitID", "PropertyID"],
            Model::Tenants | Model::Applicants => &["TenantID", "UpdateDate", "PropertyID"],
        }
    }
}

fn property(dice: &mut Dice) -> Map<String, Value> {
    let name = format!("{} Estates", words::last_name(dice));
    object(json!({
        "Name": dice.nullable(30, name),
        "ShortName": "EST",
        "IsActive": !dice.one_in(15),
    }))
}

fn unit(portfolio: &Portfolio, unit: u32, dice: &mut Dice) -> Map<String, Value> {
    let shape = &portfolio.shape;
    let bathrooms = [json!(1), json!(1.5), json!(2.0), json!(1.75), json!(2)];
    let bathrooms = bathrooms[usize::try_from(dice.below(5)).unwrap_or(0)].clone();
    object(json!({
        "PropertyID": shape.id(Model::Properties, portfolio.unit_property(unit)),
        "UnitTypeID": 1 + dice.below(9),
        "Name": format!("{}{}", 100 + unit % 900, if dice.one_in(9) { "½" } else { "" }),
        "Bedrooms": dice.below(5),
        "Bathrooms": bathrooms,
        "Comment": words::comment(dice),
    }))
}

fn lease(portfolio: &Portfolio, lease: u32, dice: &mut Dice) -> Map<String, Value> {
    let shape = &portfolio.shape;
    let (unit, term) = portfolio.lease_place(lease);
    let (start, end) = portfolio.lease_days(lease);
    let tenant = portfolio.lease_residents(lease).next();
    let out = (term == Term::Past || dice.one_in(8)).then(|| day(end.unwrap_or(start + 364)));
    object(json!({
        "TenantID": tenant.map(|tenant| shape.id(Model::Tenants, tenant)),
        "UnitID": shape.id(Model::Units, unit),
        "PropertyID": shape.id(Model::Properties, portfolio.unit_property(unit)),
        "ArrivalDate": dice.nullable(4, day(start + 1)),
        "MoveInDate": day(start),
        "MoveOutDate": out,
    }))
}

fn tenant(portfolio: &Portfolio, tenant: u32, dice: &mut Dice) -> Map<String, Value> {
    let shape = &portfolio.shape;
    let (unit, term) = portfolio.lease_place(portfolio.resident_lease(tenant));
    let status = match (term, dice.below(14)) {
        (_, 13) => "Lawsuit",
        (Term::Past, _) => "Past",
        (Term::Future, _) => "Future",
        (Term::Active, _) => "Current",
    };
    let (first, last) = (words::first_name(dice), words::last_name(dice));
    let (city, state, code, _) = words::place(dice);
    let street = format!("{} {}", 1 + dice.below(9800), words::street(dice));
    let number = dice.below(10_000);
    object(json!({
        "PropertyID": shape.id(Model::Properties, portfolio.unit_property(unit)),
        "Name": format!("{last}, {first}"),
        "FirstName": first,
        "LastName": last,
        "Status": status,
        "RentDueDay": 1 + dice.below(28),
        "Addresses": [
            // One for each kind of address that the customer has, whether or not it is filled.
            { "AddressTypeID": 6, "Street1": null, "City": null, "IsPrimary": null },
            { "AddressTypeID": 4, "Street1": street, "Street2": "", "City": city, "State": state,
              "PostalCode": code, "IsPrimary": true, "IsBilling": true },
        ],
        // What a connector must leave where it is.
        "TaxID": format!("9{:02}-{:02}-{number:04}", number % 100, number % 89 + 10),
    }))
}
