//! What leases will owe, what they owe now, and the accounts that it is booked in.

use crate::enums::ChargeFrequency;
use crate::parts::CustomData;
use crate::payload::payload;
use crate::time::{Date, Timestamp};
use crate::transaction::LedgerLine;

payload! {
    /// A charge that a lease gets again and again.
    RecurringResidentCharge {
        /// The vendor's id of the property.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the lease.
        x_lease_id: Option<String>,
        /// The vendor's id of the charge code.
        x_charge_code_id: Option<String>,
        /// The vendor's id of the ledger account, where the whole charge goes to one.
        x_financial_account_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// What it is for.
        description: Option<String>,
        /// Number that the vendor shows to people.
        reference_number: Option<String>,
        /// Amount in cents.
        amount_in_cents: Option<i64>,
        /// Amount in the vendor's words.
        amount_raw: Option<String>,
        /// Currency of the amount, ISO 4217.
        currency: Option<String>,
        /// How often it comes round.
        frequency_normalized: Option<ChargeFrequency>,
        /// How often it comes round, in the vendor's words.
        frequency_raw: Option<String>,
        /// Day of the month on which it is due, 1 to 31.
        charge_due_day: Option<i64>,
        /// When it first comes.
        start_date: Option<Date>,
        /// When it last comes.
        end_date: Option<Date>,
        /// When it comes next.
        next_date: Option<Date>,
        /// Whether it will come again.
        is_active: Option<bool>,
        /// The amounts by ledger account.
        lines: Vec<LedgerLine>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

payload! {
    /// What a lease owes now. A lease that owes nothing may have none.
    LeaseBalance {
        /// The vendor's id of the property.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the unit.
        x_unit_id: Option<String>,
        /// The vendor's id of the lease.
        x_lease_id: Option<String>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// All of it in cents.
        total_in_cents: Option<i64>,
        /// What of it is up to 30 days old, in cents.
        days_0_30_in_cents: Option<i64>,
        /// What of it is 31 to 60 days old, in cents.
        days_31_60_in_cents: Option<i64>,
        /// What of it is 61 to 90 days old, in cents.
        days_61_90_in_cents: Option<i64>,
        /// What of it is more than 90 days old, in cents.
        days_over_90_in_cents: Option<i64>,
        /// Currency of the amounts, ISO 4217.
        currency: Option<String>,
        /// Whether notice was given.
        is_notice_given: Option<bool>,
        /// When an eviction was begun.
        eviction_pending_date: Option<Date>,
        /// What it comes to by ledger account.
        lines: Vec<LedgerLine>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

payload! {
    /// An account of the manager's ledger. Never a bank account's number.
    FinancialAccount {
        /// The vendor's id of the property, where accounts belong to one.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the account that it is a part of.
        x_parent_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// Name.
        name: Option<String>,
        /// Number within the ledger.
        account_number: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Kind in the vendor's word.
        type_raw: Option<String>,
        /// Finer kind in the vendor's word.
        sub_type_raw: Option<String>,
        /// Where it stands, in the vendor's words.
        status_raw: Option<String>,
        /// Whether it is in use.
        is_active: Option<bool>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}
