//! The vendor's records, as far as they are read.
//!
//! A field that is not named here is never taken out of the answer: tax
//! numbers, national ids, bank accounts, the answers in applications. An
//! original is written from these same structs, so that it cannot hold more.
//! Everything but the id may be missing, and enumerations stay text, since the
//! vendor may add members.

use portcullis_sdk::{Number, Text};
use serde::{Deserialize, Serialize};

macro_rules! records {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Deserialize, Serialize)]
        #[serde(bound(deserialize = "'de: 'a"))]
        pub(crate) struct $name<'a> {
            $(pub(crate) $field: $type,)*
        }
    )*};
}

/// An optional text.
pub(crate) type OptText<'a> = Option<Text<'a>>;

records! {
    /// A record that is gone.
    Gone {
        id: Text<'a>,
        deleted_at: Text<'a>,
    }

    /// An amount; its number is text or a number.
    Money {
        amount: Option<Number<'a>>,
        currency: OptText<'a>,
    }

    /// A phone number.
    Phone {
        number: OptText<'a>,
        kind: OptText<'a>,
    }

    /// An address.
    Address {
        line_1: OptText<'a>,
        line_2: OptText<'a>,
        city: OptText<'a>,
        region: OptText<'a>,
        postal_code: OptText<'a>,
        country: OptText<'a>,
    }

    /// Who manages a property.
    Manager {
        name: OptText<'a>,
        email: OptText<'a>,
        phones: Option<Vec<Phone<'a>>>,
    }

    /// A property.
    Property {
        id: Text<'a>,
        name: OptText<'a>,
        kind: OptText<'a>,
        active: Option<bool>,
        year_built: Option<i64>,
        unit_count: Option<i64>,
        address: Option<Address<'a>>,
        currency: OptText<'a>,
        manager: Option<Manager<'a>>,
        created_at: OptText<'a>,
        changed_at: OptText<'a>,
    }

    /// A unit.
    Unit {
        id: Text<'a>,
        property_id: OptText<'a>,
        number: OptText<'a>,
        floor: OptText<'a>,
        bedrooms: Option<i64>,
        bathrooms: OptText<'a>,
        area_sqft: Option<i64>,
        rent: Option<Money<'a>>,
        vacant: Option<bool>,
        listed: Option<bool>,
        furnished: Option<bool>,
        pets: OptText<'a>,
        created_at: OptText<'a>,
        changed_at: OptText<'a>,
    }

    /// A lease.
    Lease {
        id: Text<'a>,
        property_id: OptText<'a>,
        unit_id: OptText<'a>,
        status: OptText<'a>,
        term: OptText<'a>,
        starts_on: OptText<'a>,
        ends_on: OptText<'a>,
        signed_on: OptText<'a>,
        rent: Option<Money<'a>>,
        deposit: Option<Money<'a>>,
        balance: Option<Money<'a>>,
        due_day: Option<i64>,
        eviction_pending: Option<bool>,
        residents: Option<Vec<Part<'a>>>,
        notes: OptText<'a>,
        created_at: OptText<'a>,
        changed_at: OptText<'a>,
    }

    /// A resident's part in a lease.
    Part {
        id: Text<'a>,
        role: OptText<'a>,
        moves_in_on: OptText<'a>,
        moves_out_on: OptText<'a>,
    }

    /// A resident.
    Resident {
        id: Text<'a>,
        property_id: OptText<'a>,
        unit_id: OptText<'a>,
        lease_id: OptText<'a>,
        first_name: OptText<'a>,
        last_name: OptText<'a>,
        email: OptText<'a>,
        phones: Option<Vec<Phone<'a>>>,
        born_on: OptText<'a>,
        status: OptText<'a>,
        address: Option<Address<'a>>,
        employee: Option<bool>,
        notes: OptText<'a>,
        emergency_contact: Option<Contact<'a>>,
        created_at: OptText<'a>,
        changed_at: OptText<'a>,
    }

    /// Whom to call in an emergency.
    Contact {
        name: OptText<'a>,
        relationship: OptText<'a>,
        phone: OptText<'a>,
        email: OptText<'a>,
    }

    /// An applicant.
    Applicant {
        id: Text<'a>,
        application_id: OptText<'a>,
        property_id: OptText<'a>,
        unit_id: OptText<'a>,
        role: OptText<'a>,
        first_name: OptText<'a>,
        last_name: OptText<'a>,
        email: OptText<'a>,
        phones: Option<Vec<Phone<'a>>>,
        status: OptText<'a>,
        income: Option<Vec<Income<'a>>>,
        created_at: OptText<'a>,
        changed_at: OptText<'a>,
    }

    /// An income that an applicant stated.
    Income {
        kind: OptText<'a>,
        monthly: Option<Money<'a>>,
    }

    /// An application.
    Application {
        id: Text<'a>,
        number: OptText<'a>,
        property_id: OptText<'a>,
        unit_id: OptText<'a>,
        status: OptText<'a>,
        submitted_at: OptText<'a>,
        applicant_ids: Option<Vec<Text<'a>>>,
        created_at: OptText<'a>,
        changed_at: OptText<'a>,
    }

    /// Something that a lease owes.
    Charge {
        id: Text<'a>,
        lease_id: OptText<'a>,
        unit_id: OptText<'a>,
        property_id: OptText<'a>,
        account_id: OptText<'a>,
        description: OptText<'a>,
        booked_on: OptText<'a>,
        due_on: OptText<'a>,
        amount: Option<Money<'a>>,
        open_amount: Option<Money<'a>>,
        changed_at: OptText<'a>,
    }

    /// Something that changes what a lease owes, and is no charge.
    Payment {
        id: Text<'a>,
        lease_id: OptText<'a>,
        unit_id: OptText<'a>,
        property_id: OptText<'a>,
        kind: OptText<'a>,
        method: OptText<'a>,
        description: OptText<'a>,
        reference: OptText<'a>,
        booked_on: OptText<'a>,
        amount: Option<Money<'a>>,
        changed_at: OptText<'a>,
    }

    /// A charge that comes again and again.
    RecurringCharge {
        id: Text<'a>,
        lease_id: OptText<'a>,
        property_id: OptText<'a>,
        description: OptText<'a>,
        every: OptText<'a>,
        due_day: Option<i64>,
        starts_on: OptText<'a>,
        ends_on: OptText<'a>,
        active: Option<bool>,
        amount: Option<Money<'a>>,
        changed_at: OptText<'a>,
    }

    /// What a lease owes now, by age.
    Balance {
        id: Text<'a>,
        lease_id: OptText<'a>,
        unit_id: OptText<'a>,
        property_id: OptText<'a>,
        total: Option<Number<'a>>,
        up_to_30: Option<Number<'a>>,
        up_to_60: Option<Number<'a>>,
        up_to_90: Option<Number<'a>>,
        over_90: Option<Number<'a>>,
        currency: OptText<'a>,
        changed_at: OptText<'a>,
    }

    /// An account of the ledger.
    Account {
        id: Text<'a>,
        parent_id: OptText<'a>,
        name: OptText<'a>,
        number: OptText<'a>,
        kind: OptText<'a>,
        active: Option<bool>,
        changed_at: OptText<'a>,
    }

    /// Whom properties belong to.
    Owner {
        id: Text<'a>,
        company: Option<bool>,
        name: OptText<'a>,
        first_name: OptText<'a>,
        last_name: OptText<'a>,
        email: OptText<'a>,
        phones: Option<Vec<Phone<'a>>>,
        address: Option<Address<'a>>,
        property_ids: Option<Vec<Text<'a>>>,
        active: Option<bool>,
        changed_at: OptText<'a>,
    }

    /// Whom the manager pays for work.
    Vendor {
        id: Text<'a>,
        name: OptText<'a>,
        trade: OptText<'a>,
        website: OptText<'a>,
        email: OptText<'a>,
        phones: Option<Vec<Phone<'a>>>,
        address: Option<Address<'a>>,
        insured_until: OptText<'a>,
        active: Option<bool>,
        changed_at: OptText<'a>,
    }

    /// Somebody who works for the manager.
    Employee {
        id: Text<'a>,
        name: OptText<'a>,
        email: OptText<'a>,
        roles: Option<Vec<Text<'a>>>,
        active: Option<bool>,
        changed_at: OptText<'a>,
    }

    /// Something to be repaired.
    ServiceRequest {
        id: Text<'a>,
        unit_id: OptText<'a>,
        property_id: OptText<'a>,
        title: OptText<'a>,
        details: OptText<'a>,
        category: OptText<'a>,
        priority: OptText<'a>,
        status: OptText<'a>,
        due_on: OptText<'a>,
        may_enter: Option<bool>,
        vendor_id: OptText<'a>,
        created_at: OptText<'a>,
        changed_at: OptText<'a>,
    }

    /// An offer to let a unit.
    Listing {
        id: Text<'a>,
        unit_id: OptText<'a>,
        property_id: OptText<'a>,
        title: OptText<'a>,
        description: OptText<'a>,
        listed_on: OptText<'a>,
        available_on: OptText<'a>,
        rent: Option<Money<'a>>,
        deposit: Option<Money<'a>>,
        amenities: Option<Vec<Text<'a>>>,
        apply_url: OptText<'a>,
        changed_at: OptText<'a>,
    }
}
