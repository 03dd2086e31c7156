//! The ledger of a lease: charges, payments and what goes wrong with them. The vendor has no list of it across leases.

use super::super::data::Data;
use super::super::ledger::{EntryChange, Ledger};
use super::super::query::day;
use super::leases::TODAY;
use super::{NULL, dollars};
use crate::shared::json::JsonWriter;
use crate::shared::seed::Dice;
use crate::shared::shape::{Model, Term, kind};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// One transaction of a lease.
pub(in crate::buildium) struct LedgerRow<'a> {
    /// Vendor id, unique over all leases.
    pub(in crate::buildium) id: i64,
    /// Days since 1970.
    pub(in crate::buildium) day: i64,
    /// Member of the vendor's enum of transaction types.
    pub(in crate::buildium) kind: Cow<'a, str>,
    dollars: f64,
    seed: u64,
    /// Vendor fields that mutations overwrote.
    fields: Option<&'a Map<String, Value>>,
}

impl Data {
    /// The transactions of a lease with their mutations, in no promised order.
    pub(in crate::buildium) fn ledger_of(&self, lease: u32) -> Vec<LedgerRow<'_>> {
        let mut rows = self.seeded_ledger(lease);
        let added = self.ledger.added(lease).map(|(id, _)| LedgerRow {
            id,
            day: TODAY,
            kind: Cow::Borrowed("Charge"),
            dollars: 100.0,
            seed: id.cast_unsigned(),
            fields: None,
        });
        rows.extend(added);
        rows.retain_mut(|row| {
            let Some(EntryChange { fields, deleted }) = self.ledger.change(row.id) else {
                return true;
            };
            row.fields = Some(fields);
            if let Some(date) = fields.get("Date").and_then(Value::as_str).and_then(day) {
                row.day = date;
            }
            if let Some(kind) = fields.get("TransactionTypeEnum").and_then(Value::as_str) {
                row.kind = Cow::Borrowed(kind);
            }
            !deleted
        });
        rows
    }

    fn seeded_ledger(&self, lease: u32) -> Vec<LedgerRow<'_>> {
        let dice = &mut Dice::new(self.shape.seed, kind::MONEY, u64::from(lease));
        let (start, end) = self.lease_days(lease);
        let mut rows = Vec::new();
        // By the seeded term: a mutation of the lease leaves its past alone. An added lease has no past.
        if lease >= self.shape.leases || self.shape.lease_place(lease).1 == Term::Future {
            return rows;
        }
        let rent = dollars(dice, 600, 4000);
        let mut push = |day: i64, kind: &'static str, dollars: f64, seed: u64| {
            let id = Ledger::id(lease, rows.len());
            rows.push(LedgerRow {
                id,
                day,
                kind: Cow::Borrowed(kind),
                dollars,
                seed,
                fields: None,
            });
        };
        for month in 0..12 {
            let due = start + month * 30;
            if due > end.unwrap_or(TODAY).min(TODAY) {
                break;
            }
            push(due, "Charge", rent, dice.roll());
            match dice.below(20) {
                0 => push(due + 6, "Charge", 50.0, dice.roll()),
                1 => push(due, "Credit", dollars(dice, 1, 200), dice.roll()),
                2 => {
                    push(due + 1, "Payment", rent, dice.roll());
                    push(due + 4, "ReversePayment", rent, dice.roll());
                }
                3 => push(due + 2, "ElectronicFundsTransfer", rent, dice.roll()),
                4 => push(due + 2, "ReversedByBank", rent, dice.roll()),
                5 => {
                    push(due + 1, "Payment", rent / 2.0, dice.roll());
                    push(due + 9, "Payment", rent / 2.0, dice.roll());
                }
                _ => push(due + 1, "Payment", rent, dice.roll()),
            }
        }
        rows
    }

    /// Writes a transaction as the list of transactions shows it, with its mutations.
    pub(in crate::buildium) fn write_transaction(
        &self,
        writer: &mut JsonWriter,
        lease: u32,
        row: &LedgerRow<'_>,
        echo: Option<&str>,
    ) {
        let Some(fields) = row.fields.filter(|fields| !fields.is_empty()) else {
            return self.write_seeded_transaction(writer, lease, row, echo);
        };
        let mut seeded = JsonWriter::default();
        self.write_seeded_transaction(&mut seeded, lease, row, echo);
        let mut shown: Map<String, Value> =
            serde_json::from_slice(seeded.as_bytes()).unwrap_or_default();
        shown.extend(fields.clone());
        writer.raw(Value::Object(shown).to_string().as_bytes());
    }

    fn write_seeded_transaction(
        &self,
        writer: &mut JsonWriter,
        lease: u32,
        row: &LedgerRow<'_>,
        echo: Option<&str>,
    ) {
        let dice = &mut Dice::new(row.seed, 0, 0);
        let (unit, _) = self.lease_place(lease);
        let payment = row.kind.ends_with("Payment");
        writer.open(b'{');
        writer.integer("Id", Some(row.id));
        writer.date("Date", Some(row.day));
        writer.text("TransactionType", dice.nullable(NULL, row.kind.as_ref()));
        writer.text("TransactionTypeEnum", Some(row.kind.as_ref()));
        writer.double("TotalAmount", Some(row.dollars));
        let number = (payment && dice.one_in(3)).then(|| format!("00{}", row.id));
        writer.text("CheckNumber", echo.map(str::to_owned).or(number));
        writer.integer(
            "LeaseId",
            dice.nullable(NULL, self.shape.id(Model::Leases, lease)),
        );
        let payee = self.lease_tenants(lease).next().filter(|_| payment);
        writer.integer(
            "PayeeTenantId",
            payee.map(|tenant| self.shape.id(Model::Tenants, tenant)),
        );
        let method = dice.pick(&[
            "Check",
            "Cash",
            "MoneyOrder",
            "CreditCard",
            "ElectronicPayment",
            "None",
        ]);
        writer.text("PaymentMethod", payment.then_some(method));
        if dice.one_in(NULL) {
            writer.null("Journal");
        } else {
            writer.key("Journal");
            writer.open(b'{');
            writer.text("Memo", echo.or(dice.nullable(3, "Monthly \"rent\"")));
            writer.key("Lines");
            writer.open(b'[');
            writer.open(b'{');
            writer.key("GLAccount");
            writer.open(b'{');
            writer.integer("Id", Some(3));
            writer.text("AccountNumber", dice.nullable(2, "4000"));
            writer.text("Name", Some("Rent Income"));
            writer.text("Type", Some("Income"));
            writer.text("SubType", Some("Income"));
            writer.boolean("IsActive", true);
            writer.close(b'}');
            writer.double("Amount", Some(row.dollars));
            writer.boolean("IsCashPosting", payment);
            writer.null("ReferenceNumber");
            writer.text("Memo", dice.nullable(2, ""));
            writer.integer(
                "PropertyId",
                Some(self.shape.id(Model::Properties, self.unit_property(unit))),
            );
            writer.integer("UnitId", Some(self.shape.id(Model::Units, unit)));
            writer.close(b'}');
            writer.close(b']');
            writer.close(b'}');
        }
        writer.close(b'}');
    }

    /// Writes a charge as the list of charges shows it.
    pub(in crate::buildium) fn write_charge(
        &self,
        writer: &mut JsonWriter,
        row: &LedgerRow<'_>,
        echo: Option<&str>,
    ) {
        let dice = &mut Dice::new(row.seed, 1, 0);
        writer.open(b'{');
        writer.integer("Id", Some(row.id));
        writer.date("Date", Some(row.day));
        writer.double("TotalAmount", Some(row.dollars));
        writer.text("Memo", echo.or(dice.nullable(3, "Rent; due on the 1st")));
        writer.integer("BillId", dice.one_in(9).then_some(77_001));
        if dice.one_in(NULL) {
            writer.null("Lines");
        } else {
            writer.key("Lines");
            writer.open(b'[');
            writer.open(b'{');
            writer.double("Amount", Some(row.dollars));
            writer.integer("GLAccountId", Some(3));
            writer.close(b'}');
            writer.close(b']');
        }
        writer.close(b'}');
    }
}
