//! What leases owe and what was paid: the entries of their ledgers.

use crate::enums::{PaymentMethod, TransactionKind};
use crate::parts::CustomData;
use crate::payload::{part, payload};
use crate::time::{Date, Timestamp};

payload! {
    /// Something that a lease owes, or owed.
    ResidentCharge {
        /// The vendor's id of the property.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the unit.
        x_unit_id: Option<String>,
        /// The vendor's id of the lease.
        x_lease_id: Option<String>,
        /// The vendor's id of the resident, where the vendor names one.
        x_resident_id: Option<String>,
        /// The vendor's id of the ledger account, where the whole charge goes to one.
        x_gl_account_id: Option<String>,
        /// The vendor's id of the charge code.
        x_charge_code_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// Short name.
        name: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Number that the vendor shows to people.
        reference_number: Option<String>,
        /// What the entry does.
        kind_normalized: Option<TransactionKind>,
        /// What the entry does, in the vendor's words.
        transaction_kind_raw: Option<String>,
        /// Where the entry comes from, in the vendor's words.
        transaction_source: Option<String>,
        /// The day on which it was entered.
        transaction_date: Option<Date>,
        /// The day on which it is due.
        due_date: Option<Date>,
        /// The month that it is booked in, as the vendor writes it.
        post_month: Option<String>,
        /// Amount in cents.
        amount_in_cents: Option<i64>,
        /// Amount in the vendor's words.
        amount_raw: Option<String>,
        /// What of it is still owed, in cents.
        amount_open_in_cents: Option<i64>,
        /// What of it is still owed, in the vendor's words.
        amount_open_raw: Option<String>,
        /// What of it was paid, in cents.
        amount_paid_in_cents: Option<i64>,
        /// What of it was paid, in the vendor's words.
        amount_paid_raw: Option<String>,
        /// Currency of the amounts, ISO 4217.
        currency: Option<String>,
        /// Whether something of it is still owed.
        is_open: Option<bool>,
        /// What was paid towards it.
        allocations: Vec<Allocation>,
        /// The amounts by ledger account.
        lines: Vec<LedgerLine>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

payload! {
    /// Whatever changes what a lease owes and is no charge: payments, credits, refunds, and what takes them back.
    ResidentPayment {
        /// The vendor's id of the property.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the unit.
        x_unit_id: Option<String>,
        /// The vendor's id of the lease.
        x_lease_id: Option<String>,
        /// The vendor's id of the resident who paid.
        x_resident_id: Option<String>,
        /// The vendor's id of the ledger account, where the whole payment goes to one.
        x_gl_account_id: Option<String>,
        /// The vendor's id of the charge code.
        x_charge_code_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// Short name.
        name: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Number that the vendor shows to people, such as a cheque's.
        reference_number: Option<String>,
        /// What the entry does.
        kind_normalized: Option<TransactionKind>,
        /// What the entry does, in the vendor's words.
        transaction_kind_raw: Option<String>,
        /// How it was paid.
        payment_method_normalized: Option<PaymentMethod>,
        /// How it was paid, in the vendor's words.
        payment_method_raw: Option<String>,
        /// The day on which it was entered.
        transaction_date: Option<Date>,
        /// The month that it is booked in, as the vendor writes it.
        post_month: Option<String>,
        /// Amount in cents.
        amount_in_cents: Option<i64>,
        /// Amount in the vendor's words.
        amount_raw: Option<String>,
        /// Currency of the amounts, ISO 4217.
        currency: Option<String>,
        /// Whether something of it is not used yet.
        is_open: Option<bool>,
        /// What was paid with it.
        allocations: Vec<Allocation>,
        /// The amounts by ledger account.
        lines: Vec<LedgerLine>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

part! {
    /// A part of a payment that pays a part of a charge; the same on both sides.
    Allocation {
        /// The vendor's id.
        x_id: Option<String>,
        /// The vendor's id of what pays.
        x_source_id: Option<String>,
        /// The vendor's id of what is paid.
        x_destination_id: Option<String>,
        /// The vendor's id of the ledger account.
        x_financial_account_id: Option<String>,
        /// The vendor's id of the charge.
        x_resident_charge_id: Option<String>,
        /// The vendor's id of the payment.
        x_resident_payment_id: Option<String>,
        /// Amount in cents.
        amount_in_cents: Option<i64>,
        /// Amount in the vendor's words.
        amount_raw: Option<String>,
    }
}

part! {
    /// What an entry comes to in one ledger account.
    LedgerLine {
        /// The vendor's id of the ledger account.
        x_financial_account_id: Option<String>,
        /// Amount in cents.
        amount_in_cents: Option<i64>,
        /// What it is for.
        memo: Option<String>,
    }
}
