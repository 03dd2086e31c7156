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
}
