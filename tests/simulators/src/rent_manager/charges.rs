//! Charges: none to three for each tenant. They never change.

use super::rows::{day, moment, object};
use crate::shared::portfolio::{Portfolio, TODAY};
use crate::shared::seed::{Dice, mix};
use crate::shared::shape::Model;
use serde_json::{Map, Value, json};

/// The privilege.
pub(super) const SCOPE: &str = "charges";

/// How many a tenant has.
pub(super) fn count(portfolio: &Portfolio, tenant: u32) -> u32 {
    u32::try_from(mix(portfolio.shape.seed, 385, u64::from(tenant)) % 4).unwrap_or(0)
}

pub(super) fn id(portfolio: &Portfolio, tenant: u32, place: u32) -> i64 {
    portfolio.shape.id(Model::Tenants, tenant) * 10 + i64::from(place)
}

/// The ids of all.
pub(super) fn ids(portfolio: &Portfolio, tenant: u32) -> impl Iterator<Item = String> {
    (0..count(portfolio, tenant)).map(move |place| id(portfolio, tenant, place).to_string())
}

pub(super) fn row(portfolio: &Portfolio, tenant: u32, place: u32) -> Map<String, Value> {
    let id = id(portfolio, tenant, place);
    let dice = &mut Dice::new(portfolio.shape.seed, 386, id.unsigned_abs());
    let made = portfolio.created(Model::Tenants, tenant);
    let amount = format!("{}.{:02}", 25 + dice.below(2_500), dice.below(100));
    // A number of JSON, with its zeros.
    let amount: Value = serde_json::from_str(&amount).unwrap_or_default();
    object(json!({
        "ChargeID": id,
        "AccountID": portfolio.shape.id(Model::Tenants, tenant),
        // Prospects have accounts too, of which the same numbers mean others.
        "AccountType": if dice.one_in(9) { "Prospect" } else { "Customer" },
        "Amount": amount,
        "TransactionDate": day(TODAY - dice.below(700).cast_signed()),
        "CreateDate": moment(made, false),
        "UpdateDate": moment(made, dice.one_in(3)),
    }))
}
