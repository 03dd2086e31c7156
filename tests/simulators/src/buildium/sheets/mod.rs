//! Lists beside the portfolio: what recurs and what is owed, accounts, people, service and listings.
//!
//! As everywhere, a row is a function of the seed and its index, and belongs to a lease or a unit that must live.

mod money;
mod mutate;
mod people;
mod read;
mod service;

pub(super) use mutate::apply;
pub(super) use read::page;

use super::data::{Change, Data, Overlay};
use super::keys::Scope;
use super::query::Form;
use crate::shared::json::JsonWriter;
use crate::shared::seed::Dice;
use crate::shared::shape::{Model, kind};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A row as the vendor sends it.
pub(super) type Row = Map<String, Value>;

/// A list of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sheet {
    Recurring,
    Balances,
    Accounts,
    Owners,
    Vendors,
    Users,
    Requests,
    Orders,
    Listings,
}

/// Mutations of the lists, in the order of [`Sheet::ALL`].
pub(super) type Overlays = [Overlay; Sheet::ALL.len()];

/// Parameters of the two lists whose changes are asked for by the day.
const TASKS: &[(&str, Form)] = &[
    ("lastupdatedfrom", Form::Date),
    ("lastupdatedto", Form::Date),
    (
        "statuses",
        Form::Word(&["New", "InProgress", "Completed", "Deferred", "Closed"]),
    ),
    ("unitid", Form::Integer),
];

/// Parameters of owners and vendors. The vendor writes this status in another way than that of properties.
const PEOPLE: &[(&str, Form)] = &[
    ("status", Form::Word(&["Active", "Inactive"])),
    ("lastupdatedfrom", Form::Time),
    ("lastupdatedto", Form::Time),
];

impl Sheet {
    pub(super) const ALL: [Self; 9] = [
        Self::Recurring,
        Self::Balances,
        Self::Accounts,
        Self::Owners,
        Self::Vendors,
        Self::Users,
        Self::Requests,
        Self::Orders,
        Self::Listings,
    ];

    /// The list at the parts of a path behind `/v1/`.
    pub(super) fn at(parts: &[&str]) -> Option<Self> {
        Some(match parts {
            ["leases", "recurringtransactions"] => Self::Recurring,
            ["leases", "outstandingbalances"] => Self::Balances,
            ["glaccounts"] => Self::Accounts,
            ["rentals", "owners"] => Self::Owners,
            ["vendors"] => Self::Vendors,
            ["users"] => Self::Users,
            ["tasks", "residentrequests"] => Self::Requests,
            ["workorders"] => Self::Orders,
            ["rentals", "units", "listings"] => Self::Listings,
            _ => return None,
        })
    }

    /// The name in mutations.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Recurring => "recurring_resident_charges",
            Self::Balances => "lease_balances",
            Self::Accounts => "financial_accounts",
            Self::Owners => "owners",
            Self::Vendors => "vendors",
            Self::Users => "employees",
            Self::Requests => "service_requests",
            Self::Orders => "work_orders",
            Self::Listings => "listings",
        }
    }

    /// The list with that name in mutations.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sheet| sheet.name() == name)
    }

    /// The permissions it takes, all of them.
    pub(super) fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Recurring => &[Scope::LeaseTransactions],
            Self::Balances => &[Scope::OutstandingBalances],
            Self::Accounts => &[Scope::GeneralLedgerAccounts],
            Self::Owners => &[Scope::Owners],
            Self::Vendors => &[Scope::Vendors],
            Self::Users => &[Scope::Users],
            Self::Requests => &[Scope::Tasks],
            Self::Orders => &[Scope::WorkOrders],
            Self::Listings => &[Scope::Listings, Scope::Rentals],
        }
    }

    /// The parameters that are simulated.
    pub(super) fn filters(self) -> &'static [(&'static str, Form)] {
        match self {
            Self::Recurring => &[
                ("leaseids", Form::Integer),
                ("lastupdatedfrom", Form::Time),
                ("lastupdatedto", Form::Time),
            ],
            Self::Balances => &[("leaseids", Form::Integer)],
            Self::Accounts | Self::Listings => &[],
            Self::Owners | Self::Vendors => PEOPLE,
            Self::Users => &[
                ("usertypes", Form::Word(&["Staff", "RentalOwner", "Vendor"])),
                ("status", Form::Word(&["Active", "Inactive"])),
            ],
            Self::Requests | Self::Orders => TASKS,
        }
    }

    /// What its rows belong to.
    fn parents(self) -> Option<Model> {
        match self {
            Self::Recurring | Self::Balances => Some(Model::Leases),
            Self::Requests | Self::Orders | Self::Listings => Some(Model::Units),
            Self::Accounts | Self::Owners | Self::Vendors | Self::Users => None,
        }
    }

    /// The field that has the id.
    fn id_field(self) -> &'static str {
        if self == Self::Balances {
            "LeaseId"
        } else {
            "Id"
        }
    }

    fn number(self) -> u64 {
        kind::SHEET + 10 * self as u64
    }
}

impl Data {
    /// Number of indexes in use, deleted rows and rows that never were included.
    pub(super) fn sheet_extent(&self, sheet: Sheet) -> u32 {
        self.sheet_seeded(sheet) + self.sheets[sheet as usize].added
    }

    fn sheet_seeded(&self, sheet: Sheet) -> u32 {
        match sheet {
            Sheet::Recurring => self.shape.leases * 3,
            Sheet::Balances => self.shape.leases,
            Sheet::Accounts => 12,
            Sheet::Owners => 1 + self.shape.properties / 2,
            Sheet::Vendors => 6 + self.shape.properties / 3,
            Sheet::Users => 14,
            Sheet::Requests | Sheet::Orders | Sheet::Listings => self.shape.units,
        }
    }

    fn sheet_change(&self, sheet: Sheet, index: u32) -> Option<&Change> {
        self.sheets[sheet as usize].changes.get(&index)
    }

    /// The lease or unit that a row belongs to.
    fn sheet_parent(&self, sheet: Sheet, index: u32) -> u32 {
        let given = self
            .sheet_change(sheet, index)
            .and_then(|change| change.parent);
        given.unwrap_or(match sheet {
            Sheet::Recurring => index / 3,
            _ => index,
        })
    }

    /// Whether the seed has a row at an index.
    fn sheet_seeds(&self, sheet: Sheet, index: u32) -> bool {
        let roll = |n: u64| self.shape.mix(sheet.number(), index).is_multiple_of(n);
        match sheet {
            Sheet::Recurring => index.is_multiple_of(3) || roll(4),
            Sheet::Balances => roll(3),
            Sheet::Requests => roll(4),
            // About some of the requests, under numbers of their own.
            Sheet::Orders => self.sheet_seeds(Sheet::Requests, index) && roll(2),
            Sheet::Listings => {
                index < self.shape.units
                    && self.tree(Model::Units, index)["IsUnitListed"] == Value::Bool(true)
            }
            Sheet::Accounts | Sheet::Owners | Sheet::Vendors | Sheet::Users => true,
        }
    }

    pub(super) fn sheet_lives(&self, sheet: Sheet, index: u32) -> bool {
        let there = match self.sheet_change(sheet, index) {
            Some(change) if change.deleted => false,
            Some(change) if change.parent.is_some() => true,
            _ => index >= self.sheet_seeded(sheet) || self.sheet_seeds(sheet, index),
        };
        there
            && sheet
                .parents()
                .is_none_or(|parents| self.lives(parents, self.sheet_parent(sheet, index)))
    }

    /// Whether a key limited to these properties sees the row. What is the whole account's is everybody's.
    pub(super) fn sheet_visible(
        &self,
        sheet: Sheet,
        index: u32,
        properties: Option<&BTreeSet<i64>>,
    ) -> bool {
        let Some(allowed) = properties else {
            return true;
        };
        match (sheet, sheet.parents()) {
            (Sheet::Owners, _) => self
                .owned(index)
                .into_iter()
                .any(|property| allowed.contains(&property)),
            (_, Some(parents)) => {
                self.visible(parents, self.sheet_parent(sheet, index), properties)
            }
            (_, None) => true,
        }
    }

    pub(super) fn sheet_id(&self, sheet: Sheet, index: u32) -> i64 {
        let at = i64::from(index);
        match sheet {
            Sheet::Recurring => 900_000 + at,
            Sheet::Balances => self
                .shape
                .id(Model::Leases, self.sheet_parent(sheet, index)),
            // Each may have parts, which have ids of their own.
            Sheet::Accounts => 3 + at * 10,
            Sheet::Owners => 20_000 + at * 3,
            Sheet::Vendors => 30_000 + at * 5,
            Sheet::Users => 400 + at,
            // Orders are numbered apart: their ids are those of requests, too.
            Sheet::Requests | Sheet::Orders => 60_000 + at * 2,
            Sheet::Listings => self.shape.id(Model::Units, self.sheet_parent(sheet, index)),
        }
    }

    /// The living row with an id.
    pub(super) fn sheet_find(&self, sheet: Sheet, id: i64) -> Option<u32> {
        (0..self.sheet_extent(sheet))
            .find(|index| self.sheet_id(sheet, *index) == id && self.sheet_lives(sheet, *index))
    }

    /// Last-updated in seconds since 1970.
    pub(super) fn sheet_stamp(&self, sheet: Sheet, index: u32) -> i64 {
        self.sheet_change(sheet, index)
            .and_then(|change| change.stamp)
            .unwrap_or_else(|| {
                let roll = self.shape.mix(sheet.number() + 1, index);
                let span = super::data::STAMPS.end - super::data::STAMPS.start;
                super::data::STAMPS.start + (roll % span.unsigned_abs()).cast_signed()
            })
    }

    fn sheet_dice(&self, sheet: Sheet, index: u32) -> Dice {
        Dice::new(self.shape.seed, sheet.number() + 2, u64::from(index))
    }

    /// A row with its mutations; with echo one of its texts is the secret.
    pub(super) fn sheet_row(&self, sheet: Sheet, index: u32, echo: Option<&str>) -> Row {
        let dice = &mut self.sheet_dice(sheet, index);
        let mut writer = JsonWriter::default();
        writer.open(b'{');
        if sheet != Sheet::Balances && sheet != Sheet::Listings {
            writer.integer("Id", Some(self.sheet_id(sheet, index)));
        }
        let parent = self.sheet_parent(sheet, index);
        match sheet {
            Sheet::Recurring => self.write_recurring(&mut writer, dice, index, parent),
            Sheet::Balances => self.write_balance(&mut writer, dice, parent),
            Sheet::Accounts => money::write_account(&mut writer, dice, index),
            Sheet::Owners => self.write_owner(&mut writer, dice, index),
            Sheet::Vendors => people::write_vendor(&mut writer, dice, index),
            Sheet::Users => people::write_user(&mut writer, dice, index),
            Sheet::Requests => self.write_request(&mut writer, dice, index, parent),
            Sheet::Orders => self.write_order(&mut writer, dice, index, parent),
            Sheet::Listings => self.write_listing(&mut writer, dice, parent),
        }
        writer.close(b'}');
        let mut row: Row = serde_json::from_slice(writer.as_bytes()).unwrap_or_default();
        if let Some(secret) = echo {
            let field = match sheet {
                Sheet::Recurring => "Memo",
                Sheet::Balances => "PastDueEmailSentDate",
                Sheet::Accounts => "Description",
                Sheet::Owners => "Comment",
                Sheet::Vendors => "Comments",
                Sheet::Users => "CompanyName",
                Sheet::Requests => "Description",
                Sheet::Orders => "WorkDetails",
                Sheet::Listings => "LeaseTerms",
            };
            row.insert(field.to_owned(), secret.into());
        }
        if let Some(change) = self.sheet_change(sheet, index) {
            row.extend(change.fields.clone());
        }
        row
    }

    /// The living rows that a key sees.
    pub(super) fn sheet_rows(
        &self,
        sheet: Sheet,
        properties: Option<&BTreeSet<i64>>,
    ) -> impl Iterator<Item = u32> {
        (0..self.sheet_extent(sheet)).filter(move |index| {
            self.sheet_lives(sheet, *index) && self.sheet_visible(sheet, *index, properties)
        })
    }
}
