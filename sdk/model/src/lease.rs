//! Leases.

use crate::enums::{LeaseStatus, LeaseTerm, ResidentType};
use crate::parts::CustomData;
use crate::payload::{part, payload};
use crate::time::{Date, Timestamp};

payload! {
    /// A lease: who may live in a unit, from when to when, and for how much.
    Lease {
        /// The vendor's id of the property.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the unit.
        x_unit_id: Option<String>,
        /// The vendor's id of the resident, where the vendor names one alone.
        x_resident_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// Everybody who has a part in the lease.
        residents_meta_data: Vec<ResidentOfLease>,
        /// Number or name on the unit's door.
        unit_number: Option<String>,
        /// When the application was made.
        application_date: Option<Date>,
        /// Deposit in the vendor's words.
        deposit_amount_raw: Option<String>,
        /// Deposit in cents.
        deposit_amount_in_cents: Option<i64>,
        /// When the deposit was paid or is due.
        deposit_date: Option<Date>,
        /// Last day of the lease.
        end_date: Option<Date>,
        /// When notice was given.
        notice_date: Option<Date>,
        /// When somebody moved in.
        realized_move_in_date: Option<Date>,
        /// When everybody had moved out.
        realized_move_out_date: Option<Date>,
        /// Rent a month in cents.
        rent_amount_in_cents: Option<i64>,
        /// Rent a month in the vendor's words.
        rent_amount_raw: Option<String>,
        /// Market rent a month in cents.
        rent_amount_market_in_cents: Option<i64>,
        /// Day of the month on which rent is due, 1 to 31.
        rent_due_day: Option<i64>,
        /// When rent is due next.
        rent_due_date: Option<Date>,
        /// When somebody is to move in.
        scheduled_move_in_date: Option<Date>,
        /// When everybody is to move out.
        scheduled_move_out_date: Option<Date>,
        /// When the lease was signed.
        signature_date: Option<Date>,
        /// First day of the lease.
        start_date: Option<Date>,
        /// Where the lease stands.
        status_normalized: Option<LeaseStatus>,
        /// Where the lease stands, in the vendor's words.
        status_raw: Option<String>,
        /// Whether an eviction is under way.
        is_eviction_pending: Option<bool>,
        /// Whether a renewal was offered, in the vendor's words.
        renewal_status_raw: Option<String>,
        /// How long the lease binds.
        term_normalized: Option<LeaseTerm>,
        /// How long the lease binds, in the vendor's words.
        term_raw: Option<String>,
        /// Kind of lease in the vendor's words.
        type_raw: Option<String>,
        /// Amount written off in cents.
        write_off_amount_in_cents: Option<i64>,
        /// Amount written off in the vendor's words.
        write_off_amount_raw: Option<String>,
        /// What is owed in cents.
        balance_amount_in_cents: Option<i64>,
        /// What is owed, in the vendor's words.
        balance_amount_raw: Option<String>,
        /// What is owed and past due in cents.
        past_due_balance_in_cents: Option<i64>,
        /// What is owed and past due, in the vendor's words.
        past_due_balance_raw: Option<String>,
        /// Currency of the amounts, ISO 4217.
        currency: Option<String>,
        /// Services that come with the lease.
        services: Vec<LeaseService>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

part! {
    /// A resident's part in a lease.
    ResidentOfLease {
        /// The vendor's id of the resident.
        x_resident_id: Option<String>,
        /// The part in the vendor's words.
        x_resident_type: Option<String>,
        /// The part.
        resident_type_normalized: Option<ResidentType>,
        /// Where the resident stands in this lease, in the vendor's words.
        status_raw: Option<String>,
        /// When the resident moved, or is to move, in.
        move_in_date: Option<Date>,
        /// When the resident moved, or is to move, out.
        move_out_date: Option<Date>,
        /// When the resident gave notice.
        notice_date: Option<Date>,
    }
}

part! {
    /// A service that comes with a lease.
    LeaseService {
        /// Name.
        name: Option<String>,
        /// The vendor's id of the lease.
        x_lease_id: Option<String>,
    }
}
