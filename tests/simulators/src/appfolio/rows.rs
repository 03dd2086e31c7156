//! Records as AppFolio sends them.

use super::MODELS;
use crate::shared::json::civil;
use crate::shared::portfolio::{Portfolio, TODAY};
use crate::shared::seed::{Dice, mix};
use crate::shared::shape::{Model, Shape, Term};
use crate::shared::words;
use crate::shared::world::{Rows, World};
use serde_json::{Map, Value, json};

/// A list of the vendor's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// Rows of a model.
    Of(Model),
    /// Applications: one for each lead who applied.
    Applications,
}

impl List {
    const ALL: [Self; 6] = [
        Self::Of(Model::Properties),
        Self::Of(Model::Units),
        Self::Of(Model::Leases),
        Self::Of(Model::Tenants),
        Self::Of(Model::Applicants),
        Self::Applications,
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Of(Model::Properties) => "properties",
            Self::Of(Model::Units) => "units",
            Self::Of(Model::Leases) => "leases",
            Self::Of(Model::Tenants) => "tenants",
            Self::Of(Model::Applicants) => "leads",
            Self::Applications => "rental_applications",
        }
    }

    pub(super) fn model(self) -> Model {
        match self {
            Self::Of(model) => model,
            Self::Applications => Model::Applicants,
        }
    }

    pub(super) fn scope(self) -> &'static str {
        MODELS[self.model() as usize].1
    }

    pub(super) fn most_rows(self) -> usize {
        match self.model() {
            Model::Applicants => 100,
            _ => super::MOST_ROWS,
        }
    }

    /// Whether a row of the model is a row of the list.
    pub(super) fn has(self, portfolio: &Portfolio, index: u32) -> bool {
        self != Self::Applications || applied(&portfolio.shape, index)
    }

    pub(super) fn id(self, shape: &Shape, index: u32) -> String {
        match self {
            Self::Of(model) => AppFolioRows.id(shape, model, index),
            Self::Applications => application_id(shape, index),
        }
    }

    pub(super) fn row(
        self,
        world: &World<AppFolioRows>,
        portfolio: &Portfolio,
        index: u32,
    ) -> Map<String, Value> {
        match self {
            Self::Of(model) => world.row(portfolio, model, index),
            Self::Applications => application(portfolio, index),
        }
    }

    /// The field that shows a secret that is given back.
    pub(super) fn text_field(self) -> &'static str {
        match self {
            Self::Of(Model::Properties | Model::Units) => "Name",
            Self::Of(Model::Leases) | Self::Applications => "Status",
            Self::Of(Model::Tenants | Model::Applicants) => "FirstName",
        }
    }
}

/// The vendor's records. Ids are UUIDs whose last part counts.
pub(super) struct AppFolioRows;

fn uuid(seed: u64, kind: u64, number: i64) -> String {
    let roll = mix(seed, 700 + kind, 0);
    format!(
        "{:08x}-a406-11ec-93cd-{number:012x}",
        u32::try_from(roll >> 32).unwrap_or(0)
    )
}

impl Rows for AppFolioRows {
    fn models(&self) -> &'static [(Model, &'static str)] {
        &MODELS
    }

    fn id(&self, shape: &Shape, model: Model, index: u32) -> String {
        uuid(shape.seed, model as u64, shape.id(model, index))
    }

    fn index(&self, shape: &Shape, model: Model, id: &str) -> Option<u32> {
        let (_, number) = id.rsplit_once('-')?;
        let index = shape.index(model, i64::from_str_radix(number, 16).ok()?)?;
        (self.id(shape, model, index) == id).then_some(index)
    }

    fn row(&self, portfolio: &Portfolio, model: Model, index: u32) -> Map<String, Value> {
        let dice = &mut portfolio.dice(model, index);
        let mut row = match model {
            Model::Properties => property(dice),
            Model::Units => unit(portfolio, index, dice),
            Model::Leases => lease(portfolio, index, dice),
            Model::Tenants => tenant(portfolio, index, dice),
            Model::Applicants => lead(portfolio, index, dice),
        };
        row.insert("Id".into(), json!(self.id(&portfolio.shape, model, index)));
        row.insert(
            "LastUpdatedAt".into(),
            json!(moment(portfolio.stamp(model, index))),
        );
        row
    }

    fn fixed(&self, model: Model) -> &'static [&'static str] {
        match model {
            Model::Properties => &["Id", "LastUpdatedAt"],
            Model::Units => &["Id", "LastUpdatedAt", "PropertyId"],
            Model::Leases => &["Id", "LastUpdatedAt", "PropertyId", "UnitId", "OccupancyId"],
            Model::Tenants => &["Id", "LastUpdatedAt", "PropertyId", "UnitId", "OccupancyId"],
            Model::Applicants => &[
                "Id",
                "LastUpdatedAt",
                "PropertyId",
                "UnitId",
                "RentalApplicationId",
                "RentalApplicationGroupId",
            ],
        }
    }

    fn derived(
        &self,
        portfolio: &Portfolio,
        sees: &dyn Fn(Model, u32) -> bool,
    ) -> Vec<(&'static str, Model, Vec<String>)> {
        let applied = || {
            portfolio
                .living(Model::Applicants)
                .filter(|index| sees(Model::Applicants, *index))
                .filter(|index| applied(&portfolio.shape, *index))
        };
        let shape = &portfolio.shape;
        // Leads who only asked are no applicants.
        let applicants = applied().map(|index| self.id(shape, Model::Applicants, index));
        let applications = applied().map(|index| application_id(shape, index));
        vec![
            ("applicants", Model::Applicants, applicants.collect()),
            ("applications", Model::Applicants, applications.collect()),
        ]
    }
}

fn moment(ms: i64) -> String {
    let at = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn day(days: i64) -> String {
    civil(days).format("%Y-%m-%d").to_string()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Dollars as the vendor prints them: grouped text mostly, now and then a number or nothing.
fn dollars(dice: &mut Dice, least: u64, spread: u64) -> Value {
    let (whole, cents) = (least + dice.below(spread), dice.below(100));
    match dice.below(12) {
        0 => Value::Null,
        1 => json!(whole),
        _ if whole >= 1000 => json!(format!("{},{:03}.{cents:02}", whole / 1000, whole % 1000)),
        _ => json!(format!("{whole}.{cents:02}")),
    }
}

fn address(row: &mut Map<String, Value>, dice: &mut Dice, zip: &str, unit: Option<u32>) {
    let (city, state, code, _) = words::place(dice);
    let street = format!("{} {}", 1 + dice.below(9800), words::street(dice));
    row.insert("Address1".into(), json!(dice.nullable(20, street)));
    let second = unit.map(|unit| format!("#{unit}"));
    row.insert("Address2".into(), json!(second));
    row.insert("City".into(), json!(dice.nullable(25, city)));
    row.insert("State".into(), json!(state));
    row.insert(zip.into(), json!(code));
}

fn property(dice: &mut Dice) -> Map<String, Value> {
    let kinds = [
        "Multi-Family",
        "Single-Family",
        "Commercial",
        "Duplex",
        "Community Association",
    ];
    let kind = dice.pick(&kinds);
    let kind = dice.nullable(15, kind);
    let hidden = dice.one_in(20).then(|| moment(1_700_000_000_000));
    let ended = dice
        .one_in(12)
        .then(|| day(TODAY - 200 + dice.below(400).cast_signed()));
    let mut row = object(json!({
        "Name": format!("{} Apartments", words::last_name(dice)),
        "PropertyType": kind,
        "HiddenAt": hidden,
        "ManagementEndDate": ended,
    }));
    address(&mut row, dice, "Zip", None);
    row
}

fn unit(portfolio: &Portfolio, unit: u32, dice: &mut Dice) -> Map<String, Value> {
    let shape = &portfolio.shape;
    let occupied = portfolio.occupied(unit);
    let running = portfolio
        .unit_leases(unit)
        .find(|lease| portfolio.lease_place(*lease).1 == Term::Active);
    let status = match (occupied, dice.below(8)) {
        (true, 0) => "Notice-Unrented",
        (true, _) => "Occupied",
        (false, 0) => "Vacant-Rented",
        (false, 1) => "Under Construction",
        (false, _) => "Vacant-Unrented",
    };
    let bedrooms = dice.below(5);
    let half = dice.one_in(3);
    let mut row = object(json!({
        "PropertyId": AppFolioRows.id(shape, Model::Properties, portfolio.unit_property(unit)),
        "Name": format!("{}", 100 + unit % 900),
        "Bedrooms": if dice.one_in(3) { json!(bedrooms.to_string()) } else { json!(bedrooms) },
        "Bathrooms": format!("{}.{}", 1 + dice.below(3), if half { "5" } else { "0" }),
        "SquareFeet": if dice.one_in(12) { Value::Null } else { json!(300 + dice.below(2500)) },
        "MarketRent": dollars(dice, 600, 4000),
        "ListedRent": dollars(dice, 600, 4000),
        "MarketingDescription": words::comment(dice),
        "AppliancesIncluded": ["Refrigerator"],
        "RentReady": dice.one_in(2),
        "PostedToWebsite": !occupied && dice.one_in(2),
        "NonRevenue": dice.one_in(60),
        "AvailableOn": (!occupied).then(|| day(TODAY - 100 + dice.below(200).cast_signed())),
        "Status": status,
        "CurrentOccupancyId": running.map(|lease| occupancy_id(shape, lease)),
        "HiddenAt": dice.one_in(50).then(|| moment(1_700_000_000_000)),
    }));
    address(&mut row, dice, "Zip", Some(100 + unit % 900));
    row
}

/// The tenancy that a lease is a term of.
fn occupancy_id(shape: &Shape, lease: u32) -> String {
    uuid(shape.seed, 8, shape.id(Model::Leases, lease))
}

fn lease(portfolio: &Portfolio, lease: u32, dice: &mut Dice) -> Map<String, Value> {
    let (start, end) = portfolio.lease_days(lease);
    let status = match dice.below(20) {
        0 => "Out For Signing",
        1 => "Partially Executed",
        _ => "Fully Executed",
    };
    let mut row = object(json!({
        "OccupancyId": occupancy_id(&portfolio.shape, lease),
        "Status": status,
        "StartOn": day(start),
        "EndOn": end.map(day),
        "RenewedOn": dice.one_in(6).then(|| day(start - 30)),
        "SignedOn": dice.nullable(9, day(start - 14)),
        "IsMtm": end.is_none(),
    }));
    // Some clients are sent where it is, others are not.
    if dice.one_in(3) {
        let shape = &portfolio.shape;
        let unit = portfolio.lease_place(lease).0;
        let property = AppFolioRows.id(shape, Model::Properties, portfolio.unit_property(unit));
        row.insert("PropertyId".into(), json!(property));
        row.insert(
            "UnitId".into(),
            json!(AppFolioRows.id(shape, Model::Units, unit)),
        );
    }
    row
}

fn tenant(portfolio: &Portfolio, tenant: u32, dice: &mut Dice) -> Map<String, Value> {
    let shape = &portfolio.shape;
    let lease = portfolio.resident_lease(tenant);
    let (unit, term) = portfolio.lease_place(lease);
    let (start, end) = portfolio.lease_days(lease);
    let status = match (term, dice.below(12)) {
        (_, 11) => "Delinquent",
        (Term::Past, 0) => "Evict",
        (Term::Past, _) => "Past",
        (Term::Future, _) => "Future",
        (Term::Active, 0) => "Notice",
        (Term::Active, _) => "Current",
    };
    let left = matches!(status, "Past" | "Notice" | "Evict");
    let mut home = object(json!({ "IsPrimary": true }));
    address(&mut home, dice, "PostalCode", Some(100 + unit % 900));
    let first = portfolio.lease_residents(lease).next() == Some(tenant);
    let line = dice.below(10_000);
    object(json!({
        "PropertyId": AppFolioRows.id(shape, Model::Properties, portfolio.unit_property(unit)),
        "UnitId": AppFolioRows.id(shape, Model::Units, unit),
        "OccupancyId": occupancy_id(shape, lease),
        "FirstName": words::first_name(dice),
        "LastName": words::last_name(dice),
        "Email": dice.nullable(14, format!("tenant{tenant}@mail.example.com")),
        "Phone": dice.nullable(10, format!("({}) 555-{line:04}", 200 + line % 800)),
        "Status": status,
        "PrimaryTenant": first,
        "MoveInOn": (status != "Future").then(|| day(start + 1)),
        "MoveOutOn": left.then(|| day(end.unwrap_or(start + 364))),
        "LeaseStartDate": day(start),
        "LeaseEndDate": end.map(day),
        "LeaseSignedDate": day(start - 14),
        "IsMonthlyLease": end.is_none(),
        "CurrentRent": dollars(dice, 600, 4000),
        "Addresses": [home],
        "HiddenAt": null,
        // What a connector must leave where it is.
        "SocialSecurityNumber": format!("9{:02}-{:02}-{line:04}", line % 100, line % 89 + 10),
    }))
}

/// Two of five leads applied.
fn applied(shape: &Shape, lead: u32) -> bool {
    mix(shape.seed, 720, u64::from(lead)) % 5 < 2
}

fn application_id(shape: &Shape, lead: u32) -> String {
    uuid(shape.seed, 9, shape.id(Model::Applicants, lead))
}

/// The group that applies together: here each applies alone.
pub(super) fn group_id(shape: &Shape, lead: u32) -> String {
    uuid(shape.seed, 10, shape.id(Model::Applicants, lead))
}

fn place(portfolio: &Portfolio, lead: u32) -> (Option<String>, Option<String>) {
    let shape = &portfolio.shape;
    let (property, unit) = portfolio.applicant_place(lead);
    (
        property.map(|property| AppFolioRows.id(shape, Model::Properties, property)),
        unit.map(|unit| AppFolioRows.id(shape, Model::Units, unit)),
    )
}

fn lead(portfolio: &Portfolio, lead: u32, dice: &mut Dice) -> Map<String, Value> {
    let shape = &portfolio.shape;
    let applied = applied(shape, lead);
    let (status, reason) = match dice.below(6) {
        0 | 1 => ("inactive", Some("converted_to_tenant")),
        2 => ("inactive", Some("went_elsewhere")),
        3 if applied => ("applied_denied", None),
        _ => ("active", None),
    };
    let (property, unit) = place(portfolio, lead);
    object(json!({
        "PropertyId": property,
        "UnitId": unit,
        "FirstName": words::first_name(dice),
        "LastName": words::last_name(dice),
        "Email": dice.nullable(8, format!("lead{lead}@mail.example.com")),
        "Status": status,
        "InactiveReason": reason,
        "Source": dice.nullable(5, "Zillow Rental Network"),
        "RentalApplicationId": applied.then(|| application_id(shape, lead)),
        "RentalApplicationGroupId": applied.then(|| group_id(shape, lead)),
        "CreatedAt": moment(portfolio.created(Model::Applicants, lead)),
    }))
}

/// The application of a lead; it moves with the lead's stamp.
fn application(portfolio: &Portfolio, lead: u32) -> Map<String, Value> {
    let shape = &portfolio.shape;
    let dice = &mut Dice::new(shape.seed, 721, u64::from(lead));
    let stamp = portfolio.stamp(Model::Applicants, lead);
    let (property, unit) = place(portfolio, lead);
    let statuses = [
        "Approved",
        "Decision Pending",
        "Denied",
        "Canceled",
        "Converted",
        "On Hold",
    ];
    object(json!({
        "Id": application_id(shape, lead),
        "GroupId": group_id(shape, lead),
        "PropertyId": property,
        "UnitId": unit,
        "Status": dice.pick(&statuses),
        "SubmittedAt": moment(portfolio.created(Model::Applicants, lead)),
        "StatusChangedAt": dice.nullable(3, moment(stamp)),
        "LastUpdatedAt": moment(stamp),
    }))
}
