//! What leases will owe and owe now, and the accounts that it is booked in.

use super::PLAIN;
use crate::sheet::{Column, Kind, Sheet, column};

/// Recurring transactions of all leases; charges are asked for alone.
pub(crate) static RECURRING: Sheet = Sheet {
    updated: "LastUpdatedDateTime",
    columns: &[
        column("x_lease_id", "LeaseId", Kind::Id),
        column("x_created_at", "CreatedDateTime", Kind::Time),
        column("x_updated_at", "LastUpdatedDateTime", Kind::Time),
        column("description", "Memo", Kind::Text),
        column("amount_in_cents", "Amount", Kind::Cents),
        column("frequency", "Frequency", Kind::Word(FREQUENCIES)),
        column("start_date", "FirstOccurrenceDate", Kind::Date),
        column("next_date", "NextOccurrenceDate", Kind::Date),
        column("is_active", "IsExpired", Kind::NotFlag),
        column("lines", "Lines", Kind::Parts(LINES)),
        column("", "TransactionType", Kind::Left),
        column("", "RentId", Kind::Left),
        column("", "Duration", Kind::Left),
        column("", "PostDaysInAdvance", Kind::Left),
    ],
    // Whatever is not known to be something else is a charge.
    takes: |fields| {
        let kind = fields.text("TransactionType").unwrap_or_default();
        kind.is_none_or(|kind| !OTHERS.contains(&kind.as_str()))
    },
    ..PLAIN
};

/// Recurring transactions that are no charges.
const OTHERS: [&str; 23] = [
    "Bill",
    "Check",
    "Payment",
    "Credit",
    "Refund",
    "ApplyDeposit",
    "ElectronicFundsTransfer",
    "Other",
    "Deposit",
    "GeneralJournalEntry",
    "OwnerContribution",
    "ReversePayment",
    "ReverseElectronicFundsTransfer",
    "VendorCredit",
    "RentalApplicationFeePayment",
    "ReverseRentalApplicationFeePayment",
    "ReverseOwnerContribution",
    "VendorRefund",
    "UnreversedPayment",
    "UnreversedElectronicFundsTransfer",
    "UnreversedOwnerContribution",
    "UnreversedRentalApplicationFeePayment",
    "ReversedEftRefund",
];

const LINES: &[Column] = &[
    column("x_financial_account_id", "GLAccountId", Kind::Id),
    column("amount_in_cents", "Amount", Kind::Cents),
];

const FREQUENCIES: &[(&str, &str)] = &[
    ("OneTime", "ONE_TIME"),
    ("Daily", "DAILY"),
    ("Weekly", "WEEKLY"),
    ("Every2Weeks", "BIWEEKLY"),
    ("Monthly", "MONTHLY"),
    ("Quarterly", "QUARTERLY"),
    ("Yearly", "YEARLY"),
];

/// Open balances, one a lease.
pub(crate) static BALANCE: Sheet = Sheet {
    id: "LeaseId",
    columns: &[
        column("x_lease_id", "LeaseId", Kind::Id),
        column("x_property_id", "PropertyId", Kind::Id),
        column("x_unit_id", "UnitId", Kind::Id),
        column("total_in_cents", "TotalBalance", Kind::Cents),
        column("days_0_30_in_cents", "Balance0To30Days", Kind::Cents),
        column("days_31_60_in_cents", "Balance31To60Days", Kind::Cents),
        column("days_61_90_in_cents", "Balance61To90Days", Kind::Cents),
        column("days_over_90_in_cents", "BalanceOver90Days", Kind::Cents),
        column("is_notice_given", "IsNoticeGiven", Kind::Flag),
        column("eviction_pending_date", "EvictionPendingDate", Kind::Date),
        column(
            "lines",
            "Balances",
            Kind::Parts(&[
                column("x_financial_account_id", "GlAccountId", Kind::Id),
                column("amount_in_cents", "TotalBalance", Kind::Cents),
            ]),
        ),
    ],
    ..PLAIN
};

/// Accounts of the general ledger, with those that are parts of them inside.
pub(crate) static ACCOUNT: Sheet = Sheet {
    children: "SubAccounts",
    columns: &[
        column("x_parent_id", "ParentGLAccountId", Kind::Id),
        column("name", "Name", Kind::Text),
        column("account_number", "AccountNumber", Kind::Text),
        column("description", "Description", Kind::Text),
        column("type_raw", "Type", Kind::Text),
        column("sub_type_raw", "SubType", Kind::Text),
        column("is_active", "IsActive", Kind::Flag),
        column("", "IsBankAccount", Kind::Left),
        column("", "IsContraAccount", Kind::Left),
        column("", "CashFlowClassification", Kind::Left),
    ],
    ..PLAIN
};
