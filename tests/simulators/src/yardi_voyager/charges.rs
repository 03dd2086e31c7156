//! Charges: what was booked for the tenant whose file a lease is.

use super::rows::{YardiRows, day};
use crate::shared::portfolio::{Portfolio, TODAY};
use crate::shared::seed::Dice;
use crate::shared::shape::Model;
use crate::shared::world::Rows;
use serde_json::{Map, Value, json};

/// The method that brings those of some days.
pub(super) const BY_DAY: &str = "GetResidentTransactions_ByChargeDate_Login";

/// Their ids.
pub(super) fn ids(portfolio: &Portfolio, lease: u32) -> Vec<String> {
    let rows = of_lease(portfolio, lease).into_iter();
    rows.filter_map(|row| Some(row["TransactionID"].as_str()?.to_owned()))
        .collect()
}

/// One to four charges of a lease.
pub(super) fn of_lease(portfolio: &Portfolio, lease: u32) -> Vec<Map<String, Value>> {
    let dice = &mut Dice::new(portfolio.shape.seed, 380, u64::from(lease));
    let (start, _) = portfolio.lease_days(lease);
    let property = portfolio.property_of(Model::Leases, lease).unwrap_or(0);
    let number = portfolio.shape.id(Model::Leases, lease);
    let rows = (0..=dice.below(4)).map(|place| {
        let booked = (start + 30 * place.cast_signed()).min(TODAY + 30);
        let (whole, cents) = (50 + dice.below(2_500), dice.below(100));
        let paid = dice.one_in(2);
        let amount = format!("{whole}.{cents:02}");
        let (code, words) = *dice.pick(&[
            &("rent", "Rent"),
            &("latefee", "Late fee & interest"),
            &("parking", "Parking"),
        ]);
        let row = json!({
            "Description": words,
            "TransactionDate": day(booked),
            "TransactionID": format!("{number}{place:02}"),
            "ChargeCode": code,
            "CustomerID": YardiRows.id(&portfolio.shape, Model::Leases, lease),
            "AmountPaid": if paid { &amount } else { "0.00" },
            "BalanceDue": if paid { "0.00" } else { &amount },
            "Amount": amount,
            "Comment": "",
            "PropertyPrimaryID": YardiRows.id(&portfolio.shape, Model::Properties, property),
        });
        match row {
            Value::Object(row) => row,
            _ => Map::new(),
        }
    });
    rows.collect()
}
