//! The vendor's rows, as far as they are read.
//!
//! A field that is not named here is never taken out of the answer, and an
//! original is written from these same structs. Everything but the id may be
//! missing; enumerations stay text, since the vendor adds members.

use portcullis_sdk::{Number, Text};
use serde::{Deserialize, Serialize};

macro_rules! rows {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Deserialize, Serialize)]
        #[serde(rename_all = "PascalCase", bound(deserialize = "'de: 'a"))]
        pub(crate) struct $name<'a> {
            $($(#[$field_meta])* pub(crate) $field: $type,)*
        }
    )*};
}

type OptText<'a> = Option<Text<'a>>;

rows! {
    /// A property.
    Property {
        #[serde(rename = "PropertyID")]
        property_id: i64,
        name: OptText<'a>,
        is_active: Option<bool>,
        create_date: OptText<'a>,
        update_date: OptText<'a>,
    }

    /// A unit.
    Unit {
        #[serde(rename = "UnitID")]
        unit_id: i64,
        #[serde(rename = "PropertyID")]
        property_id: Option<i64>,
        #[serde(rename = "UnitTypeID")]
        unit_type_id: Option<i64>,
        name: OptText<'a>,
        bedrooms: Option<Number<'a>>,
        bathrooms: Option<Number<'a>>,
        create_date: OptText<'a>,
        update_date: OptText<'a>,
    }

    /// A lease: one tenant in one unit.
    Lease {
        #[serde(rename = "LeaseID")]
        lease_id: i64,
        #[serde(rename = "TenantID")]
        tenant_id: Option<i64>,
        #[serde(rename = "UnitID")]
        unit_id: Option<i64>,
        #[serde(rename = "PropertyID")]
        property_id: Option<i64>,
        arrival_date: OptText<'a>,
        move_in_date: OptText<'a>,
        move_out_date: OptText<'a>,
        create_date: OptText<'a>,
        update_date: OptText<'a>,
    }

    /// A tenant.
    Tenant {
        #[serde(rename = "TenantID")]
        tenant_id: i64,
        #[serde(rename = "PropertyID")]
        property_id: Option<i64>,
        name: OptText<'a>,
        first_name: OptText<'a>,
        last_name: OptText<'a>,
        status: OptText<'a>,
        rent_due_day: Option<i64>,
        addresses: Option<Vec<Address<'a>>>,
        create_date: OptText<'a>,
        update_date: OptText<'a>,
    }

    /// Something that an account owes.
    Charge {
        #[serde(rename = "ChargeID")]
        charge_id: i64,
        #[serde(rename = "AccountID")]
        account_id: Option<i64>,
        account_type: OptText<'a>,
        amount: Option<Number<'a>>,
        transaction_date: OptText<'a>,
        create_date: OptText<'a>,
        update_date: OptText<'a>,
    }

    /// An address of a tenant. There is one for each kind of address that the
    /// customer has, and it may be blank.
    Address {
        street1: OptText<'a>,
        street2: OptText<'a>,
        city: OptText<'a>,
        state: OptText<'a>,
        postal_code: OptText<'a>,
        is_primary: Option<bool>,
    }
}
