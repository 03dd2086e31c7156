//! Collections beside those of people and places: money, accounts, owners, vendors, employees, requests and listings.
//!
//! Their records are computed from the seed alone and stand and fall with what they hang on: a charge with its lease, a
//! listing with its unit.

use super::rows::{PinegroveRows, address, day, email, money, object, phones};
use super::search::written;
use crate::shared::portfolio::{Portfolio, TODAY};
use crate::shared::seed::{Dice, mix};
use crate::shared::shape::Model;
use crate::shared::words;
use crate::shared::world::Rows;
use serde_json::{Map, Value, json};

/// The stamp of what hangs on nothing, in milliseconds: 2026-01-05.
const MADE: i64 = 1_767_600_000_000;

/// A collection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Further {
    Charges,
    Payments,
    RecurringCharges,
    Balances,
    Accounts,
    Owners,
    Vendors,
    Employees,
    ServiceRequests,
    Listings,
}

impl Further {
    pub(super) const ALL: [Self; 10] = [
        Self::Charges,
        Self::Payments,
        Self::RecurringCharges,
        Self::Balances,
        Self::Accounts,
        Self::Owners,
        Self::Vendors,
        Self::Employees,
        Self::ServiceRequests,
        Self::Listings,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Charges => "charges",
            Self::Payments => "payments",
            Self::RecurringCharges => "recurring_charges",
            Self::Balances => "balances",
            Self::Accounts => "accounts",
            Self::Owners => "owners",
            Self::Vendors => "vendors",
            Self::Employees => "employees",
            Self::ServiceRequests => "service_requests",
            Self::Listings => "listings",
        }
    }

    /// The name of the unified model.
    pub(super) fn model(self) -> &'static str {
        match self {
            Self::Charges => "resident_charges",
            Self::Payments => "resident_payments",
            Self::RecurringCharges => "recurring_resident_charges",
            Self::Balances => "lease_balances",
            Self::Accounts => "financial_accounts",
            other => other.name(),
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Charges => "chg",
            Self::Payments => "pay",
            Self::RecurringCharges => "rec",
            Self::Balances => "bal",
            Self::Accounts => "acc",
            Self::Owners => "own",
            Self::Vendors => "ven",
            Self::Employees => "emp",
            Self::ServiceRequests => "req",
            Self::Listings => "lst",
        }
    }

    /// What its records hang on, and how many places there are for them at each; without it, how many there are.
    fn hangs_on(self) -> Result<(Model, u32), u32> {
        match self {
            Self::Charges => Ok((Model::Leases, 3)),
            Self::Payments => Ok((Model::Leases, 2)),
            Self::RecurringCharges | Self::Balances => Ok((Model::Leases, 1)),
            Self::Owners => Ok((Model::Properties, 1)),
            Self::ServiceRequests | Self::Listings => Ok((Model::Units, 1)),
            Self::Accounts => Err(8),
            Self::Vendors => Err(6),
            Self::Employees => Err(4),
        }
    }

    /// Number of indexes in use.
    pub(super) fn extent(self, portfolio: &Portfolio) -> u32 {
        match self.hangs_on() {
            Ok((model, places)) => portfolio.extent(model) * places,
            Err(many) => many,
        }
    }

    fn parent(self, index: u32) -> Option<(Model, u32)> {
        let (model, places) = self.hangs_on().ok()?;
        Some((model, index / places))
    }

    pub(super) fn id(self, index: u32) -> String {
        format!("{}_{:x}", self.prefix(), 4096 + index)
    }

    /// When a record last changed, and whether it lives; nothing if there never was one.
    pub(super) fn standing(self, portfolio: &Portfolio, index: u32) -> Option<(i64, bool)> {
        let everywhere = matches!(self, Self::RecurringCharges | Self::Balances | Self::Owners);
        let Some((model, parent)) = self.parent(index) else {
            return Some((MADE + i64::from(index) * 86_400_000, true));
        };
        let kind = 390 + self as u64;
        let is_there =
            everywhere || mix(portfolio.shape.seed, kind, u64::from(index)).is_multiple_of(3);
        is_there.then(|| {
            (
                portfolio.stamp(model, parent),
                portfolio.lives(model, parent),
            )
        })
    }

    /// The ids of those that live.
    pub(super) fn ids(self, portfolio: &Portfolio) -> Vec<String> {
        let lives = |index: &u32| {
            self.standing(portfolio, *index)
                .is_some_and(|(_, lives)| lives)
        };
        let living = (0..self.extent(portfolio)).filter(lives);
        living.map(|index| self.id(index)).collect()
    }

    /// The field that shows a secret that is given back.
    pub(super) fn text_field(self) -> &'static str {
        match self {
            Self::Charges | Self::Payments | Self::RecurringCharges => "description",
            Self::Balances => "currency",
            Self::Accounts | Self::Owners | Self::Vendors | Self::Employees => "name",
            Self::ServiceRequests | Self::Listings => "title",
        }
    }

    pub(super) fn row(self, portfolio: &Portfolio, index: u32) -> Map<String, Value> {
        let dice = &mut Dice::new(portfolio.shape.seed, 400 + self as u64, u64::from(index));
        let mut row = object(match self {
            Self::Charges => self.charge(portfolio, index, dice),
            Self::Payments => self.payment(portfolio, index, dice),
            Self::RecurringCharges => self.recurring(portfolio, index, dice),
            Self::Balances => self.balance(portfolio, index, dice),
            Self::Accounts => account(index, dice),
            Self::Owners => self.owner(portfolio, index, dice),
            Self::Vendors => vendor(dice),
            Self::Employees => employee(dice),
            Self::ServiceRequests => self.request(portfolio, index, dice),
            Self::Listings => self.listing(portfolio, index, dice),
        });
        row.insert("id".to_owned(), json!(self.id(index)));
        let stamp = self.standing(portfolio, index).map(|(stamp, _)| stamp);
        row.insert("changed_at".to_owned(), json!(stamp.and_then(written)));
        row
    }

    fn id_of(self, portfolio: &Portfolio, index: u32) -> Option<String> {
        let (model, parent) = self.parent(index)?;
        Some(PinegroveRows.id(&portfolio.shape, model, parent))
    }

    /// Lease, unit and property of a record that hangs on a lease.
    fn of_lease(self, portfolio: &Portfolio, index: u32) -> Value {
        let lease = self.parent(index).map_or(0, |(_, lease)| lease);
        let (unit, _) = portfolio.lease_place(lease);
        let property = portfolio.unit_property(unit);
        json!({
            "lease_id": self.id_of(portfolio, index),
            "unit_id": PinegroveRows.id(&portfolio.shape, Model::Units, unit),
            "property_id": PinegroveRows.id(&portfolio.shape, Model::Properties, property),
        })
    }

    fn charge(self, portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
        let mut row = self.of_lease(portfolio, index);
        let booked = TODAY - dice.below(300).cast_signed();
        let account = u32::try_from(dice.below(8)).unwrap_or(0);
        row["account_id"] = json!(Self::Accounts.id(account));
        row["description"] = json!(dice.pick(&["Rent", "Late fee", "Water & sewer"]));
        row["booked_on"] = json!(day(booked));
        row["due_on"] = json!(day(booked + 5));
        row["amount"] = money(dice, 20, 3000);
        row["open_amount"] = if dice.one_in(2) {
            json!({ "amount": "0.00", "currency": "USD" })
        } else {
            row["amount"].clone()
        };
        row
    }

    fn payment(self, portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
        let mut row = self.of_lease(portfolio, index);
        // The last of each is none that the reference names.
        row["kind"] = json!(dice.pick(&[
            "payment", "payment", "credit", "refund", "reversal", "barter"
        ]));
        row["method"] = json!(dice.pick(&["bank_transfer", "card", "check", "cash", "shells"]));
        row["description"] = json!(dice.nullable(4, "Thank you"));
        row["reference"] = json!(format!("{:06}", dice.below(1_000_000)));
        row["booked_on"] = json!(day(TODAY - dice.below(300).cast_signed()));
        row["amount"] = money(dice, 20, 3000);
        row["bank_account"] = json!(format!("{:09}", dice.below(1_000_000_000)));
        row
    }

    fn recurring(self, portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
        let mut row = self.of_lease(portfolio, index);
        let (start, end) = portfolio.lease_days(self.parent(index).map_or(0, |(_, lease)| lease));
        row["description"] = json!("Rent");
        row["every"] = json!(dice.pick(&["month", "month", "month", "week", "full_moon"]));
        row["due_day"] = json!(1 + dice.below(28));
        row["starts_on"] = json!(day(start));
        row["ends_on"] = json!(end.and_then(day));
        row["active"] = json!(end.is_none_or(|end| end >= TODAY));
        row["amount"] = money(dice, 500, 3000);
        row
    }

    fn balance(self, portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
        let mut row = self.of_lease(portfolio, index);
        let parts = [
            dice.below(900),
            dice.below(90),
            dice.below(40),
            dice.below(20),
        ];
        let dollars = |amount: u64| json!(format!("{amount}.25"));
        let names = ["up_to_30", "up_to_60", "up_to_90", "over_90"];
        for (name, amount) in names.into_iter().zip(parts) {
            row[name] = dollars(amount);
        }
        row["total"] = json!(format!("{}.00", parts.iter().sum::<u64>() + 1));
        row["currency"] = json!("USD");
        row
    }

    fn owner(self, portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
        let company = dice.one_in(2);
        let (first, last) = (words::first_name(dice), words::last_name(dice));
        json!({
            "company": company,
            "name": if company { format!("{last} Holdings") } else { format!("{first} {last}") },
            "first_name": (!company).then_some(first),
            "last_name": (!company).then_some(last),
            "email": email(dice, last),
            "phones": phones(dice),
            "address": address(dice),
            "property_ids": [self.id_of(portfolio, index)],
            "active": !dice.one_in(9),
            "tax_number": format!("98-{:07}", dice.below(10_000_000)),
        })
    }

    fn request(self, portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
        let unit = self.parent(index).map_or(0, |(_, unit)| unit);
        let property = portfolio.unit_property(unit);
        let vendor = u32::try_from(dice.below(6)).unwrap_or(0);
        let due = TODAY - 30 + dice.below(60).cast_signed();
        // The last of each is none that the reference names.
        let status = dice.pick(&[
            "open",
            "in_progress",
            "on_hold",
            "done",
            "canceled",
            "haunted",
        ]);
        json!({
            "unit_id": self.id_of(portfolio, index),
            "property_id": PinegroveRows.id(&portfolio.shape, Model::Properties, property),
            "title": dice.pick(&["Leaking tap", "No heat", "Door sticks"]),
            "details": words::comment(dice),
            "category": dice.pick(&["plumbing", "heating", "carpentry"]),
            "priority": dice.pick(&["low", "normal", "high", "cosmic"]),
            "status": status,
            "due_on": day(due),
            "may_enter": dice.one_in(2),
            "vendor_id": dice.nullable(3, Self::Vendors.id(vendor)),
            "created_at": written(portfolio.created(Model::Units, unit)),
        })
    }

    fn listing(self, portfolio: &Portfolio, index: u32, dice: &mut Dice) -> Value {
        let unit = self.parent(index).map_or(0, |(_, unit)| unit);
        let property = portfolio.unit_property(unit);
        json!({
            "unit_id": self.id_of(portfolio, index),
            "property_id": PinegroveRows.id(&portfolio.shape, Model::Properties, property),
            "title": dice.pick(&["Bright and quiet", "Near the park", "Newly done"]),
            "description": words::comment(dice),
            "listed_on": day(TODAY - dice.below(60).cast_signed()),
            "available_on": day(TODAY + dice.below(60).cast_signed()),
            "rent": money(dice, 700, 4000),
            "deposit": money(dice, 300, 2000),
            "amenities": ["Dishwasher", "Balcony"],
            "apply_url": "https://apply.pinegrove.example/now",
        })
    }
}

fn account(index: u32, dice: &mut Dice) -> Value {
    json!({
        "name": format!("{} {}", dice.pick(&["Rent", "Fees", "Deposits", "Repairs"]), index + 1),
        "number": format!("{}", 4000 + index * 10),
        "kind": dice.pick(&["income", "expense", "liability"]),
        // The second half stands below the first.
        "parent_id": (index >= 4).then(|| Further::Accounts.id(index - 4)),
        "active": !dice.one_in(9),
    })
}

fn vendor(dice: &mut Dice) -> Value {
    let name = words::last_name(dice);
    json!({
        "name": format!("{name} & Co"),
        "trade": dice.pick(&["plumber", "electrician", "roofer"]),
        "website": "https://trades.example",
        "email": email(dice, name),
        "phones": phones(dice),
        "address": address(dice),
        "insured_until": day(TODAY + dice.below(400).cast_signed()),
        "active": !dice.one_in(9),
        "tax_number": format!("98-{:07}", dice.below(10_000_000)),
    })
}

fn employee(dice: &mut Dice) -> Value {
    let (first, last) = (words::first_name(dice), words::last_name(dice));
    json!({
        "name": format!("{first} {last}"),
        "email": email(dice, last),
        "roles": [dice.pick(&["manager", "leasing", "maintenance"])],
        "active": !dice.one_in(5),
        "national_id": format!("900-{:02}-{:04}", dice.below(100), dice.below(10_000)),
    })
}
