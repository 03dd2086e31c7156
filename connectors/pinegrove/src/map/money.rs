//! What leases owe, what was paid, and the accounts that it is booked in.

use portcullis_sdk::Result;
use portcullis_sdk::model::{
    ChargeFrequency, FinancialAccount, LeaseBalance, PaymentMethod, RecurringResidentCharge,
    ResidentCharge, ResidentPayment, TransactionKind,
};

use super::{Malformed, Record, amount, cents, date, document, filled, text, time};
use crate::wire::{self, OptText};

document!(Charge => ResidentCharge, it, {
    let whole = amount("amount", &it.amount)?;
    let open = amount("open_amount", &it.open_amount)?;
    let paid = whole.cents.zip(open.cents);
    ResidentCharge {
        x_property_id: text(&it.property_id),
        x_unit_id: text(&it.unit_id),
        x_lease_id: text(&it.lease_id),
        x_gl_account_id: text(&it.account_id),
        x_updated_at: time("changed_at", &it.changed_at)?,
        description: text(&it.description),
        kind_normalized: Some(TransactionKind::Charge),
        transaction_date: date("booked_on", &it.booked_on)?,
        due_date: date("due_on", &it.due_on)?,
        amount_in_cents: whole.cents,
        amount_raw: whole.raw,
        amount_open_in_cents: open.cents,
        amount_open_raw: open.raw,
        amount_paid_in_cents: paid.and_then(|(whole, open)| whole.checked_sub(open)),
        currency: whole.currency,
        is_open: open.cents.map(|open| open != 0),
        ..ResidentCharge::default()
    }
});

document!(Payment => ResidentPayment, it, {
    let paid = amount("amount", &it.amount)?;
    ResidentPayment {
        x_property_id: text(&it.property_id),
        x_unit_id: text(&it.unit_id),
        x_lease_id: text(&it.lease_id),
        x_updated_at: time("changed_at", &it.changed_at)?,
        description: text(&it.description),
        reference_number: text(&it.reference),
        kind_normalized: filled(&it.kind).map(|kind| match kind {
            "payment" => TransactionKind::Payment,
            "credit" => TransactionKind::Credit,
            "refund" => TransactionKind::Refund,
            "reversal" => TransactionKind::Reversal,
            _ => TransactionKind::Other,
        }),
        transaction_kind_raw: text(&it.kind),
        payment_method_normalized: filled(&it.method).map(|method| match method {
            "bank_transfer" => PaymentMethod::BankTransfer,
            "card" => PaymentMethod::Card,
            "check" => PaymentMethod::Check,
            "cash" => PaymentMethod::Cash,
            _ => PaymentMethod::Other,
        }),
        payment_method_raw: text(&it.method),
        transaction_date: date("booked_on", &it.booked_on)?,
        amount_in_cents: paid.cents,
        amount_raw: paid.raw,
        currency: paid.currency,
        ..ResidentPayment::default()
    }
});

document!(RecurringCharge => RecurringResidentCharge, it, {
    let each = amount("amount", &it.amount)?;
    RecurringResidentCharge {
        x_property_id: text(&it.property_id),
        x_lease_id: text(&it.lease_id),
        x_updated_at: time("changed_at", &it.changed_at)?,
        description: text(&it.description),
        amount_in_cents: each.cents,
        amount_raw: each.raw,
        currency: each.currency,
        frequency_normalized: filled(&it.every).map(|every| match every {
            "day" => ChargeFrequency::Daily,
            "week" => ChargeFrequency::Weekly,
            "month" => ChargeFrequency::Monthly,
            "quarter" => ChargeFrequency::Quarterly,
            "year" => ChargeFrequency::Yearly,
            _ => ChargeFrequency::Other,
        }),
        frequency_raw: text(&it.every),
        charge_due_day: it.due_day.filter(|day| (1..=31).contains(day)),
        start_date: date("starts_on", &it.starts_on)?,
        end_date: date("ends_on", &it.ends_on)?,
        is_active: it.active,
        ..RecurringResidentCharge::default()
    }
});

document!(Balance => LeaseBalance, it, LeaseBalance {
    x_property_id: text(&it.property_id),
    x_unit_id: text(&it.unit_id),
    x_lease_id: text(&it.lease_id),
    x_updated_at: time("changed_at", &it.changed_at)?,
    total_in_cents: cents("total", it.total)?,
    days_0_30_in_cents: cents("up_to_30", it.up_to_30)?,
    days_31_60_in_cents: cents("up_to_60", it.up_to_60)?,
    days_61_90_in_cents: cents("up_to_90", it.up_to_90)?,
    days_over_90_in_cents: cents("over_90", it.over_90)?,
    currency: text(&it.currency),
    ..LeaseBalance::default()
});

document!(Account => FinancialAccount, it, FinancialAccount {
    x_parent_id: text(&it.parent_id),
    x_updated_at: time("changed_at", &it.changed_at)?,
    name: text(&it.name),
    account_number: text(&it.number),
    type_raw: text(&it.kind),
    is_active: it.active,
    ..FinancialAccount::default()
});
