//! Records as Pinegrove sends them.

use super::further::Further;
use super::search::written;
use crate::shared::portfolio::Portfolio;
use crate::shared::seed::Dice;
use crate::shared::shape::{Model, Shape, Term};
use crate::shared::words;
use crate::shared::world::{Rows, World};
use serde_json::{Map, Value, json};

/// The one permission: everything or nothing.
pub(super) const SCOPE: &str = "api";

const MODELS: [(Model, &str); 5] = [
    (Model::Properties, SCOPE),
    (Model::Units, SCOPE),
    (Model::Leases, SCOPE),
    (Model::Tenants, SCOPE),
    (Model::Applicants, SCOPE),
];

/// What can be searched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Collection {
    /// Records of a model with rows of its own.
    Of(Model),
    /// Applications, which stand and fall with their applicants.
    Applications,
    /// What is neither a person nor a place.
    Further(Further),
}

impl Collection {
    pub(super) fn named(name: &str) -> Option<Self> {
        let of_models = MODELS.iter().map(|(model, _)| Self::Of(*model));
        let further = Further::ALL.into_iter().map(Self::Further);
        of_models
            .chain([Self::Applications])
            .chain(further)
            .find(|collection| collection.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Of(model) => model.name(),
            Self::Applications => "applications",
            Self::Further(further) => further.name(),
        }
    }

    pub(super) fn id(self, shape: &Shape, index: u32) -> String {
        match self {
            Self::Of(model) => PinegroveRows.id(shape, model, index),
            Self::Applications => application_id(shape, index),
            Self::Further(further) => further.id(index),
        }
    }

    /// Number of indexes in use.
    pub(super) fn extent(self, portfolio: &Portfolio) -> u32 {
        match self {
            Self::Of(model) => portfolio.extent(model),
            Self::Applications => portfolio.extent(Model::Applicants),
            Self::Further(further) => further.extent(portfolio),
        }
    }

    /// When a record last changed, in milliseconds, and whether it lives; nothing if there never was one.
    pub(super) fn standing(self, portfolio: &Portfolio, index: u32) -> Option<(i64, bool)> {
        match self {
            Self::Of(model) => Some((portfolio.stamp(model, index), portfolio.lives(model, index))),
            Self::Applications => {
                let members = members(portfolio, index);
                let stamps = members
                    .iter()
                    .map(|one| portfolio.stamp(Model::Applicants, *one));
                let lives = members
                    .iter()
                    .any(|one| portfolio.lives(Model::Applicants, *one));
                Some((stamps.max()?, lives))
            }
            Self::Further(further) => further.standing(portfolio, index),
        }
    }

    pub(super) fn row(
        self,
        world: &World<PinegroveRows>,
        portfolio: &Portfolio,
        index: u32,
    ) -> Map<String, Value> {
        match self {
            Self::Of(model) => world.row(portfolio, model, index),
            Self::Applications => application(portfolio, index),
            Self::Further(further) => further.row(portfolio, index),
        }
    }

    /// The field that shows a secret that is given back.
    pub(super) fn text_field(self) -> &'static str {
        match self {
            Self::Of(Model::Properties) => "name",
            Self::Of(Model::Units) | Self::Applications => "number",
            Self::Of(Model::Leases) => "notes",
            Self::Of(Model::Tenants | Model::Applicants) => "first_name",
            Self::Further(further) => further.text_field(),
        }
    }
}

/// Of each three applicants, the first two apply together; added ones apply alone.
fn application_of(portfolio: &Portfolio, applicant: u32) -> u32 {
    if applicant % 3 == 1 && applicant < portfolio.shape.applicants {
        applicant - 1
    } else {
        applicant
    }
}

/// The applicants of an application, deleted ones included; none if there is no such application.
fn members(portfolio: &Portfolio, application: u32) -> Vec<u32> {
    let extent = portfolio.extent(Model::Applicants);
    (application..extent.min(application + 2))
        .filter(|one| application_of(portfolio, *one) == application)
        .collect()
}

fn application_id(shape: &Shape, index: u32) -> String {
    format!("app_{:x}", shape.id(Model::Applicants, index) + 1_000_000)
}

/// The vendor's records.
pub(super) struct PinegroveRows;

fn prefix(model: Model) -> &'static str {
    match model {
        Model::Properties => "prp_",
        Model::Units => "unt_",
        Model::Leases => "lse_",
        Model::Tenants => "res_",
        Model::Applicants => "apl_",
    }
}

impl Rows for PinegroveRows {
    fn models(&self) -> &'static [(Model, &'static str)] {
        &MODELS
    }

    fn id(&self, shape: &Shape, model: Model, index: u32) -> String {
        format!("{}{:x}", prefix(model), shape.id(model, index))
    }

    fn index(&self, shape: &Shape, model: Model, id: &str) -> Option<u32> {
        let number = i64::from_str_radix(id.strip_prefix(prefix(model))?, 16).ok()?;
        shape.index(model, number)
    }

    fn row(&self, portfolio: &Portfolio, model: Model, index: u32) -> Map<String, Value> {
        let dice = &mut portfolio.dice(model, index);
        let row = match model {
            Model::Properties => property(portfolio, index, dice),
            Model::Units => unit(portfolio, index, dice),
            Model::Leases => lease(portfolio, index, dice),
            Model::Tenants => resident(portfolio, index, dice),
            Model::Applicants => applicant(portfolio, index, dice),
        };
        let mut row = object(row);
        row.insert(
            "id".to_owned(),
            json!(self.id(&portfolio.shape, model, index)),
        );
        let times = [
            ("created_at", portfolio.created(model, index)),
            ("changed_at", portfolio.stamp(model, index)),
        ];
        for (name, time) in times {
            row.insert(name.to_owned(), json!(written(time)));
        }
        row
    }

    fn fixed(&self, model: Model) -> &'static [&'static str] {
        match model {
            Model::Properties => &["id", "changed_at"],
            Model::Units => &["id", "changed_at", "property_id"],
            Model::Leases => &["id", "changed_at", "property_id", "unit_id", "residents"],
            Model::Tenants => &["id", "changed_at", "property_id", "unit_id", "lease_id"],
            Model::Applicants => &["id", "changed_at", "application_id"],
        }
    }

    fn derived(
        &self,
        portfolio: &Portfolio,
        _sees: &dyn Fn(Model, u32) -> bool,
    ) -> Vec<(&'static str, Model, Vec<String>)> {
        let all = 0..portfolio.extent(Model::Applicants);
        let living = all.filter(|index| {
            let standing = Collection::Applications.standing(portfolio, *index);
            standing.is_some_and(|(_, lives)| lives)
        });
        let ids = living.map(|index| application_id(&portfolio.shape, index));
        let applications = ("applications", Model::Applicants, ids.collect());
        let further = Further::ALL
            .into_iter()
            .map(|further| (further.model(), Model::Properties, further.ids(portfolio)));
        [applications].into_iter().chain(further).collect()
    }
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn id(portfolio: &Portfolio, model: Model, index: u32) -> String {
    PinegroveRows.id(&portfolio.shape, model, index)
}

pub(super) fn day(days: i64) -> Option<String> {
    let date = chrono::DateTime::from_timestamp(days * 86_400, 0)?;
    Some(date.format("%Y-%m-%d").to_string())
}

pub(super) fn money(dice: &mut Dice, from: u64, to: u64) -> Value {
    let amount = format!("{}.{:02}", from + dice.below(to - from), dice.below(100));
    json!({ "amount": amount, "currency": "USD" })
}

pub(super) fn address(dice: &mut Dice) -> Value {
    let (city, region, postal_code, _) = words::place(dice);
    json!({
        "line_1": format!("{} {}", 1 + dice.below(9000), words::street(dice)),
        "line_2": dice.one_in(3).then(|| format!("Building {}", 1 + dice.below(9))),
        "city": city, "region": region, "postal_code": postal_code, "country": "US",
    })
}

pub(super) fn phones(dice: &mut Dice) -> Value {
    let count = dice.below(3);
    let phones = (0..count).map(|_| {
        // The last kind is none that the reference names.
        let kind = dice.pick(&["mobile", "home", "work", "fax", "satellite"]);
        json!({ "number": format!("+1 512 555 {:04}", dice.below(10_000)), "kind": kind })
    });
    Value::Array(phones.collect())
}

fn national_id(dice: &mut Dice) -> String {
    format!("900-{:02}-{:04}", dice.below(100), dice.below(10_000))
}

pub(super) fn email(dice: &mut Dice, last_name: &str) -> Option<String> {
    let local: String = last_name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let email = format!("{}{}@mail.example", local.to_lowercase(), dice.below(1000));
    dice.nullable(6, email)
}

fn property(portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
    let manager = words::last_name(dice);
    let manager = json!({
        "name": manager, "email": email(dice, manager), "phones": phones(dice),
    });
    let year = 1900 + dice.below(125);
    json!({
        "name": format!("{} {}", words::street(dice), dice.pick(&["Court", "House", "Park", "Lofts"])),
        // The last one is none that the reference names.
        "kind": dice.pick(&["multi_family", "multi_family", "single_family", "student", "commercial", "houseboat"]),
        "active": !dice.one_in(20),
        "year_built": dice.nullable(8, year),
        "unit_count": portfolio.property_units(index).count(),
        "address": address(dice),
        "currency": "USD",
        "manager": dice.nullable(5, manager),
        "tax_number": format!("98-{:07}", dice.below(10_000_000)),
    })
}

fn unit(portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
    let halves = 2 + dice.below(6);
    let bathrooms = if halves.is_multiple_of(2) {
        (halves / 2).to_string()
    } else {
        format!("{}.5", halves / 2)
    };
    json!({
        "property_id": id(portfolio, Model::Properties, portfolio.unit_property(index)),
        "number": if dice.one_in(30) { words::odd(dice).to_owned() } else { format!("{}", 101 + index) },
        "floor": dice.nullable(5, dice_floor(index)),
        "bedrooms": dice.nullable(9, dice_small(index)),
        "bathrooms": dice.nullable(9, bathrooms),
        "area_sqft": dice.nullable(7, 300 + index % 1700),
        "rent": if dice.one_in(9) { Value::Null } else { money(&mut dice_apart(dice), 700, 4000) },
        "vacant": !portfolio.occupied(index),
        "listed": dice.one_in(6),
        "furnished": dice.one_in(8),
        "pets": dice.pick(&["none", "cats", "dogs", "cats_and_dogs", "ask"]),
    })
}

fn dice_floor(index: u32) -> String {
    (index % 12).to_string()
}

fn dice_small(index: u32) -> u32 {
    index % 5
}

fn dice_apart(dice: &mut Dice) -> Dice {
    Dice::new(dice.roll(), 0, 0)
}

fn lease(portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
    let (unit, term) = portfolio.lease_place(index);
    let (start, end) = portfolio.lease_days(index);
    let status = match term {
        Term::Past if dice.one_in(12) => "evicted",
        // None that the reference names.
        Term::Past if dice.one_in(12) => "surrendered",
        Term::Past => "ended",
        Term::Active => "active",
        Term::Future => "upcoming",
    };
    let residents: Vec<Value> = portfolio
        .lease_residents(index)
        .enumerate()
        .map(|(place, resident)| {
            let moved_out = end.filter(|_| term == Term::Past);
            json!({
                "id": id(portfolio, Model::Tenants, resident),
                "role": role(place, resident),
                "moves_in_on": day(start), "moves_out_on": moved_out.and_then(day),
            })
        })
        .collect();
    json!({
        "property_id": id(portfolio, Model::Properties, portfolio.unit_property(unit)),
        "unit_id": id(portfolio, Model::Units, unit),
        "status": status,
        "term": if end.is_none() { "at_will" } else { dice.pick(&["fixed", "fixed", "month_to_month"]) },
        "starts_on": day(start), "ends_on": end.and_then(day),
        "signed_on": dice.nullable(4, day(start - 14)),
        "rent": money(dice, 700, 4000),
        "deposit": dice.nullable(4, json!({ "amount": "1500", "currency": "USD" })),
        "balance": { "amount": format!("{}.5", dice.below(900).cast_signed() - 200), "currency": "USD" },
        "due_day": 1 + dice.below(28),
        "eviction_pending": term == Term::Active && dice.one_in(40),
        "residents": residents,
        "notes": dice.one_in(5).then(|| words::comment(&mut dice_apart(dice))),
    })
}

fn role(place: usize, resident: u32) -> &'static str {
    match (place, resident % 17) {
        (0, _) => "primary",
        (_, 3) => "guarantor",
        // None that the reference names.
        (_, 5) => "caretaker",
        _ => "secondary",
    }
}

fn resident(portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
    let lease = portfolio.resident_lease(index);
    let (unit, term) = portfolio.lease_place(lease);
    let last_name = words::last_name(dice);
    let status = match term {
        Term::Past => "past",
        Term::Active => "current",
        Term::Future => "future",
    };
    json!({
        "property_id": id(portfolio, Model::Properties, portfolio.unit_property(unit)),
        "unit_id": id(portfolio, Model::Units, unit),
        "lease_id": id(portfolio, Model::Leases, lease),
        "first_name": words::first_name(dice), "last_name": last_name,
        "email": email(dice, last_name), "phones": phones(dice),
        "born_on": dice.nullable(3, day(-9000 - (index % 9000) as i64)),
        "status": status,
        "address": dice.nullable(3, ()).map(|()| address(&mut dice_apart(dice))),
        "employee": dice.one_in(50),
        "notes": dice.one_in(4).then(|| words::comment(&mut dice_apart(dice))),
        "emergency_contact": dice.one_in(3).then(|| json!({
            "name": "Ada O'Neil", "relationship": "sister", "phone": "+1 512 555 0100", "email": null,
        })),
        "national_id": national_id(dice),
        "bank_account": format!("{:09}", dice.below(1_000_000_000)),
    })
}

fn decision(dice: &mut Dice) -> &str {
    // The last one is none that the reference names.
    dice.pick(&[
        "pending", "pending", "approved", "approved", "denied", "canceled", "on_ice",
    ])
}

fn place(portfolio: &Portfolio, applicant: u32) -> (Option<String>, Option<String>) {
    let (property, unit) = portfolio.applicant_place(applicant);
    (
        property.map(|property| id(portfolio, Model::Properties, property)),
        unit.map(|unit| id(portfolio, Model::Units, unit)),
    )
}

fn applicant(portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
    let application = application_of(portfolio, index);
    let (property, unit) = place(portfolio, application);
    let last_name = words::last_name(dice);
    json!({
        "application_id": application_id(&portfolio.shape, application),
        "property_id": property, "unit_id": unit,
        "role": if application == index { "primary" } else { dice.pick(&["co_applicant", "occupant", "guarantor"]) },
        "first_name": words::first_name(dice), "last_name": last_name,
        "email": email(dice, last_name), "phones": phones(dice),
        "status": decision(dice),
        "income": [{ "kind": dice.pick(&["employment", "self_employment", "lottery"]), "monthly": money(dice, 1000, 9000) }],
        "national_id": national_id(dice),
    })
}

fn application(portfolio: &Portfolio, index: u32) -> Map<String, Value> {
    let dice = &mut Dice::new(portfolio.shape.seed, 320, u64::from(index));
    let (property, unit) = place(portfolio, index);
    let members = members(portfolio, index);
    let living = members
        .iter()
        .filter(|one| portfolio.lives(Model::Applicants, **one));
    let applicants: Vec<String> = living
        .map(|one| id(portfolio, Model::Applicants, *one))
        .collect();
    let stamps = members
        .iter()
        .map(|one| portfolio.stamp(Model::Applicants, *one));
    object(json!({
        "id": application_id(&portfolio.shape, index),
        "number": format!("A-{:05}", index + 1),
        "property_id": property, "unit_id": unit,
        "status": decision(dice),
        "submitted_at": dice.nullable(5, ()).and(written(portfolio.created(Model::Applicants, index))),
        "applicant_ids": applicants,
        "answers": [{ "question": "Ever evicted?", "answer": words::comment(dice) }],
        "created_at": written(portfolio.created(Model::Applicants, index)),
        "changed_at": stamps.max().and_then(written),
    }))
}
