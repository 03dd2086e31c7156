//! The vendor's rows, as far as they are read.
//!
//! A field that is not named here is never taken out of the answer: tax ids,
//! application answers, e-mail settings, photographs. An original is written
//! from these same structs, so that it cannot hold more. Everything but the id
//! may be missing, since the vendor may add and empty fields at any time, and
//! enumerations stay text, since it adds members.

mod row;

use portcullis_sdk::{Number, Text};
use row::rows;

/// An optional text.
type OptText<'a> = Option<Text<'a>>;

rows! {
    /// An address.
    Address {
        address_line1: OptText<'a>,
        address_line2: OptText<'a>,
        address_line3: OptText<'a>,
        city: OptText<'a>,
        state: OptText<'a>,
        postal_code: OptText<'a>,
        country: OptText<'a>,
    }

    /// A phone number.
    Phone {
        number: OptText<'a>,
        r#type: OptText<'a>,
    }

    /// A unit of a rental property.
    Unit {
        id: i64,
        property_id: Option<i64>,
        building_name: OptText<'a>,
        unit_number: OptText<'a>,
        description: OptText<'a>,
        market_rent: Option<Number<'a>>,
        address: Option<Address<'a>>,
        unit_bedrooms: OptText<'a>,
        unit_bathrooms: OptText<'a>,
        unit_size: Option<i64>,
        is_unit_listed: Option<bool>,
        is_unit_occupied: Option<bool>,
    }

    /// A lease. The tenants in `CurrentTenants` are left alone: `Tenants` has
    /// their ids, and they come by themselves.
    Lease {
        id: i64,
        property_id: Option<i64>,
        unit_id: Option<i64>,
        unit_number: OptText<'a>,
        lease_from_date: OptText<'a>,
        lease_to_date: OptText<'a>,
        lease_type: OptText<'a>,
        lease_status: OptText<'a>,
        is_eviction_pending: Option<bool>,
        term_type: OptText<'a>,
        renewal_offer_status: OptText<'a>,
        current_number_of_occupants: Option<i64>,
        account_details: Option<AccountDetails<'a>>,
        cosigners: Option<Vec<Cosigner<'a>>>,
        automatically_move_out_tenants: Option<bool>,
        created_date_time: OptText<'a>,
        last_updated_date_time: OptText<'a>,
        move_out_data: Option<Vec<MoveOut<'a>>>,
        payment_due_day: Option<i64>,
        tenants: Option<Vec<LeaseTenant<'a>>>,
    }

    /// What a lease costs.
    AccountDetails {
        security_deposit: Option<Number<'a>>,
        rent: Option<Number<'a>>,
    }

    /// Who answers for a lease.
    Cosigner {
        id: i64,
        created_date_time: OptText<'a>,
    }

    /// When a tenant leaves.
    MoveOut {
        tenant_id: Option<i64>,
        move_out_date: OptText<'a>,
        notice_given_date: OptText<'a>,
    }

    /// A tenant's part in a lease.
    LeaseTenant {
        id: i64,
        status: OptText<'a>,
        move_in_date: OptText<'a>,
    }

    /// A tenant.
    Tenant {
        id: i64,
        first_name: OptText<'a>,
        last_name: OptText<'a>,
        email: OptText<'a>,
        alternate_email: OptText<'a>,
        phone_numbers: Option<Vec<Phone<'a>>>,
        created_date_time: OptText<'a>,
        emergency_contact: Option<EmergencyContact<'a>>,
        date_of_birth: OptText<'a>,
        sms_opt_in_status as "SMSOptInStatus": OptText<'a>,
        address: Option<Address<'a>>,
        alternate_address: Option<Address<'a>>,
        mailing_preference: OptText<'a>,
        leases: Option<Vec<TenantLease<'a>>>,
        comment: OptText<'a>,
    }

    /// Whom to call.
    EmergencyContact {
        name: OptText<'a>,
        relationship_description: OptText<'a>,
        phone: OptText<'a>,
        email: OptText<'a>,
    }

    /// A lease inside a tenant: what says where the tenant belongs.
    TenantLease {
        id: i64,
        property_id: Option<i64>,
        unit_id: Option<i64>,
        lease_from_date: OptText<'a>,
        lease_status: OptText<'a>,
        move_out_data: Option<Vec<MoveOut<'a>>>,
        tenants: Option<Vec<LeaseTenant<'a>>>,
    }
}
