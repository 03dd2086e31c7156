//! What recurs on leases, what they owe, and the accounts it is booked in.

use super::super::data::Data;
use super::super::rows::{NULL, TODAY, dollars};
use crate::shared::json::JsonWriter;
use crate::shared::seed::Dice;
use crate::shared::shape::Model;

const FREQUENCIES: [&str; 9] = [
    "Monthly",
    "Weekly",
    "Every2Weeks",
    "Quarterly",
    "Yearly",
    "Every2Months",
    "Daily",
    "Every6Months",
    "OneTime",
];

impl Data {
    pub(super) fn write_recurring(
        &self,
        writer: &mut JsonWriter,
        dice: &mut Dice,
        index: u32,
        lease: u32,
    ) {
        let amount = dollars(dice, 20, 3000);
        let stamp = self.sheet_stamp(super::Sheet::Recurring, index);
        writer.integer("LeaseId", Some(self.shape.id(Model::Leases, lease)));
        // Payments and credits recur, too.
        let word = match dice.below(6) {
            0 => "Payment",
            1 => "Credit",
            _ => "Charge",
        };
        writer.text("TransactionType", Some(word));
        writer.boolean("IsExpired", dice.one_in(5));
        writer.integer("RentId", dice.one_in(3).then_some(4_400));
        writer.integer("OffsettingGLAccountId", dice.one_in(3).then_some(13));
        if dice.one_in(NULL) {
            writer.null("Lines");
        } else {
            writer.key("Lines");
            writer.open(b'[');
            writer.open(b'{');
            writer.integer("GLAccountId", Some(3));
            writer.double("Amount", Some(amount));
            writer.close(b'}');
            writer.close(b']');
        }
        writer.double("Amount", Some(amount));
        writer.text("Memo", dice.nullable(3, "Parking, \"lot B\""));
        let first = TODAY - dice.below(900).cast_signed();
        writer.date("FirstOccurrenceDate", dice.nullable(NULL, first));
        writer.date(
            "NextOccurrenceDate",
            Some(TODAY + dice.below(31).cast_signed()),
        );
        writer.integer("PostDaysInAdvance", Some(dice.below(6).cast_signed()));
        // The list of frequencies has grown before.
        let frequency = if dice.one_in(40) {
            "Every4Weeks"
        } else {
            dice.pick(&FREQUENCIES)
        };
        writer.text("Frequency", Some(frequency));
        let duration = dice.pick(&[
            "Unspecified",
            "UntilEndOfTerm",
            "SpecificNumber",
            "SpecificDate",
        ]);
        writer.text("Duration", Some(duration));
        writer.time("CreatedDateTime", Some(stamp - 86_400));
        writer.time("LastUpdatedDateTime", Some(stamp));
    }

    pub(super) fn write_balance(&self, writer: &mut JsonWriter, dice: &mut Dice, lease: u32) {
        let unit = self.lease_place(lease).0;
        let property = self.unit_property(unit);
        writer.integer("LeaseId", Some(self.shape.id(Model::Leases, lease)));
        writer.integer(
            "PropertyId",
            Some(self.shape.id(Model::Properties, property)),
        );
        let unit = self.shape.id(Model::Units, unit);
        writer.integer("UnitId", dice.nullable(NULL, unit));
        let owed = dollars(dice, 1, 4000);
        for (age, name) in [
            "Balance0To30Days",
            "Balance31To60Days",
            "Balance61To90Days",
            "BalanceOver90Days",
        ]
        .into_iter()
        .enumerate()
        {
            // What was paid ahead is below zero.
            let part = match (age, dice.below(8)) {
                (0, 0) => -50.25,
                (0, _) => owed,
                _ => 0.0,
            };
            writer.double(name, Some(part));
        }
        writer.double("TotalBalance", Some(owed));
        if dice.one_in(NULL) {
            writer.null("Balances");
        } else {
            writer.key("Balances");
            writer.open(b'[');
            writer.open(b'{');
            writer.integer("GlAccountId", Some(3));
            writer.double("TotalBalance", Some(owed));
            writer.close(b'}');
            writer.close(b']');
        }
        writer.time("PastDueEmailSentDate", None);
        writer.date("EvictionPendingDate", dice.one_in(20).then_some(TODAY - 3));
        writer.boolean("IsNoticeGiven", dice.one_in(6));
    }
}

const TYPES: [(&str, &str); 5] = [
    ("Income", "Income"),
    ("Asset", "CurrentAsset"),
    ("Liability", "LongTermLiability"),
    ("Expense", "OperatingExpenses"),
    ("Equity", "Equity"),
];

/// Accounts have parts, and those may have parts again.
pub(super) fn write_account(writer: &mut JsonWriter, dice: &mut Dice, index: u32) {
    let id = 3 + i64::from(index) * 10;
    let (kind, finer) = TYPES[index as usize % TYPES.len()];
    account(writer, dice, (kind, finer), index, id, None);
    writer.key("SubAccounts");
    writer.open(b'[');
    for part in 1..=i64::from(index % 3) {
        writer.open(b'{');
        writer.integer("Id", Some(id + part));
        account(writer, dice, (kind, finer), index, id + part, Some(id));
        if part == 1 {
            writer.key("SubAccounts");
            writer.open(b'[');
            writer.open(b'{');
            writer.integer("Id", Some(id + 5));
            account(writer, dice, (kind, finer), index, id + 5, Some(id + part));
            writer.null("SubAccounts");
            writer.close(b'}');
            writer.close(b']');
        } else {
            writer.null("SubAccounts");
        }
        writer.close(b'}');
    }
    writer.close(b']');
}

fn account(
    writer: &mut JsonWriter,
    dice: &mut Dice,
    (kind, finer): (&str, &str),
    index: u32,
    id: i64,
    parent: Option<i64>,
) {
    let number = format!("{}", 4_000 + id);
    writer.text("AccountNumber", dice.nullable(3, number));
    writer.formatted("Name", format_args!("{finer} {id}"));
    writer.text("Description", dice.nullable(2, "Booked by hand"));
    writer.text("Type", Some(kind));
    writer.text("SubType", Some(finer));
    writer.boolean("IsDefaultGLAccount", index == 0);
    writer.text("DefaultAccountName", (index == 0).then_some("Rent Income"));
    writer.boolean("IsContraAccount", dice.one_in(9));
    writer.boolean("IsBankAccount", kind == "Asset");
    writer.text(
        "CashFlowClassification",
        dice.nullable(2, "OperatingActivities"),
    );
    writer.boolean("ExcludeFromCashBalances", false);
    writer.boolean("IsActive", !dice.one_in(9));
    writer.integer("ParentGLAccountId", parent);
}
