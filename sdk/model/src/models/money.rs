//! What leases owe, and how it is booked.

use super::*;
use crate::enums::{ChargeFrequency, TransactionKind};
use crate::{
    FinancialAccount, LeaseBalance, RecurringResidentCharge, ResidentCharge, ResidentPayment,
};

pub(super) const RESIDENT_CHARGES: ModelSpec = ModelSpec {
    name: "resident_charges",
    singular: "resident_charge",
    path: "resident-charges",
    schema: "resident-charge/1",
    id_prefix: "chg",
    payload_fields: ResidentCharge::FIELDS,
    references: ENTRY,
    reserved: &[LOCATION, CHARGE_CODE],
    aliases: &[],
    personal: &[],
    filters: filters![
        UNIT_ID,
        LEASE_ID,
        RESIDENT_ID,
        KIND,
        ENTERED_SINCE,
        ENTERED_UNTIL,
    ],
};

pub(super) const RESIDENT_PAYMENTS: ModelSpec = ModelSpec {
    name: "resident_payments",
    singular: "resident_payment",
    path: "resident-payments",
    schema: "resident-payment/1",
    id_prefix: "pay",
    payload_fields: ResidentPayment::FIELDS,
    references: ENTRY,
    reserved: &[LOCATION, CHARGE_CODE],
    aliases: &[],
    personal: &[],
    filters: filters![
        UNIT_ID,
        LEASE_ID,
        RESIDENT_ID,
        KIND,
        ENTERED_SINCE,
        ENTERED_UNTIL,
    ],
};

pub(super) const RECURRING_RESIDENT_CHARGES: ModelSpec = ModelSpec {
    name: "recurring_resident_charges",
    singular: "recurring_resident_charge",
    path: "recurring-resident-charges",
    schema: "recurring-resident-charge/1",
    id_prefix: "rch",
    payload_fields: RecurringResidentCharge::FIELDS,
    references: &[PROPERTY, LEASE, ACCOUNT, LINE],
    reserved: &[LOCATION, CHARGE_CODE],
    aliases: &[],
    personal: &[],
    filters: filters![
        LEASE_ID,
        filter("is_active", FilterKind::Bool { field: "is_active" }),
        filter(
            "frequency_normalized",
            FilterKind::OneOf {
                field: "frequency_normalized",
                values: ChargeFrequency::NAMES,
            },
        ),
    ],
};

pub(super) const LEASE_BALANCES: ModelSpec = ModelSpec {
    name: "lease_balances",
    singular: "lease_balance",
    path: "lease-balances",
    schema: "lease-balance/1",
    id_prefix: "bal",
    payload_fields: LeaseBalance::FIELDS,
    references: &[PROPERTY, UNIT, LEASE, LINE],
    reserved: &[LOCATION],
    aliases: &[],
    personal: &[],
    filters: filters![UNIT_ID, LEASE_ID],
};

pub(super) const FINANCIAL_ACCOUNTS: ModelSpec = ModelSpec {
    name: "financial_accounts",
    singular: "financial_account",
    path: "financial-accounts",
    schema: "financial-account/1",
    id_prefix: "fac",
    payload_fields: FinancialAccount::FIELDS,
    references: &[
        PROPERTY,
        to("x_parent_id", "parent_id", "financial_accounts"),
    ],
    reserved: &[LOCATION],
    aliases: &[],
    personal: &[],
    filters: filters![
        filter(
            "account_number",
            FilterKind::Text {
                field: "account_number",
            },
        ),
        filter("is_active", FilterKind::Bool { field: "is_active" }),
    ],
};

const ACCOUNT: Reference = to(
    "x_financial_account_id",
    "financial_account_id",
    "financial_accounts",
);
const LINE: Reference = to(
    "lines[].x_financial_account_id",
    "lines[].financial_account_id",
    "financial_accounts",
);
const ENTRY: &[Reference] = &[
    PROPERTY,
    UNIT,
    LEASE,
    RESIDENT,
    to(
        "x_gl_account_id",
        "financial_account_id",
        "financial_accounts",
    ),
    LINE,
    to(
        "allocations[].x_financial_account_id",
        "allocations[].financial_account_id",
        "financial_accounts",
    ),
    to(
        "allocations[].x_resident_charge_id",
        "allocations[].resident_charge_id",
        "resident_charges",
    ),
    to(
        "allocations[].x_resident_payment_id",
        "allocations[].resident_payment_id",
        "resident_payments",
    ),
];

const CHARGE_CODE: Reserved = reserved("charge_code_id", FieldType::Text);

const KIND: Filter = filter(
    "kind_normalized",
    FilterKind::OneOf {
        field: "kind_normalized",
        values: TransactionKind::NAMES,
    },
);
const ENTERED_SINCE: Filter = filter(
    "transaction_date_start",
    FilterKind::DateAtLeast {
        field: "transaction_date",
    },
);
const ENTERED_UNTIL: Filter = filter(
    "transaction_date_end",
    FilterKind::DateAtMost {
        field: "transaction_date",
    },
);
