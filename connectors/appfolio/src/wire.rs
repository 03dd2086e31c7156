//! The vendor's rows, as far as they are read.
//!
//! A field that is not named here is never taken out of the answer, and an
//! original is written from these same structs. Everything but the id may be
//! missing; enumerations stay text, since the vendor adds members; numbers come
//! as numbers or as text.

use portcullis_sdk::{Number, Text};
use serde::{Deserialize, Serialize};

macro_rules! rows {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Deserialize, Serialize)]
        #[serde(rename_all = "PascalCase", bound(deserialize = "'de: 'a"))]
        pub(crate) struct $name<'a> {
            pub(crate) id: Text<'a>,
            $($(#[$field_meta])* pub(crate) $field: $type,)*
        }
    )*};
}

type OptText<'a> = Option<Text<'a>>;
type OptNumber<'a> = Option<Number<'a>>;

rows! {
    /// A property.
    Property {
        name: OptText<'a>,
        address1: OptText<'a>,
        address2: OptText<'a>,
        city: OptText<'a>,
        state: OptText<'a>,
        zip: OptText<'a>,
        property_type: OptText<'a>,
        management_end_date: OptText<'a>,
        hidden_at: OptText<'a>,
        last_updated_at: OptText<'a>,
    }

    /// A unit.
    Unit {
        property_id: OptText<'a>,
        name: OptText<'a>,
        address1: OptText<'a>,
        address2: OptText<'a>,
        city: OptText<'a>,
        state: OptText<'a>,
        zip: OptText<'a>,
        bedrooms: OptNumber<'a>,
        bathrooms: OptNumber<'a>,
        square_feet: OptNumber<'a>,
        market_rent: OptNumber<'a>,
        listed_rent: OptNumber<'a>,
        marketing_description: OptText<'a>,
        status: OptText<'a>,
        available_on: OptText<'a>,
        rent_ready: Option<bool>,
        posted_to_website: Option<bool>,
        non_revenue: Option<bool>,
        current_occupancy_id: OptText<'a>,
        hidden_at: OptText<'a>,
        last_updated_at: OptText<'a>,
    }

    /// A lease. It names the occupancy and not who lives there.
    Lease {
        occupancy_id: OptText<'a>,
        property_id: OptText<'a>,
        unit_id: OptText<'a>,
        status: OptText<'a>,
        start_on: OptText<'a>,
        end_on: OptText<'a>,
        renewed_on: OptText<'a>,
        signed_on: OptText<'a>,
        is_mtm: Option<bool>,
        last_updated_at: OptText<'a>,
    }

    /// A tenant.
    Tenant {
        property_id: OptText<'a>,
        unit_id: OptText<'a>,
        occupancy_id: OptText<'a>,
        first_name: OptText<'a>,
        last_name: OptText<'a>,
        email: OptText<'a>,
        phone: OptText<'a>,
        status: OptText<'a>,
        primary_tenant: Option<bool>,
        move_in_on: OptText<'a>,
        move_out_on: OptText<'a>,
        lease_start_date: OptText<'a>,
        lease_end_date: OptText<'a>,
        lease_signed_date: OptText<'a>,
        is_monthly_lease: Option<bool>,
        current_rent: OptNumber<'a>,
        addresses: Option<Vec<Address<'a>>>,
        hidden_at: OptText<'a>,
        last_updated_at: OptText<'a>,
    }

    /// A lead: somebody who asked, and perhaps applied.
    Lead {
        property_id: OptText<'a>,
        unit_id: OptText<'a>,
        first_name: OptText<'a>,
        last_name: OptText<'a>,
        email: OptText<'a>,
        status: OptText<'a>,
        inactive_reason: OptText<'a>,
        source: OptText<'a>,
        rental_application_id: OptText<'a>,
        rental_application_group_id: OptText<'a>,
        created_at: OptText<'a>,
        last_updated_at: OptText<'a>,
    }

    /// A rental application.
    Application {
        group_id: OptText<'a>,
        property_id: OptText<'a>,
        unit_id: OptText<'a>,
        status: OptText<'a>,
        submitted_at: OptText<'a>,
        status_changed_at: OptText<'a>,
        last_updated_at: OptText<'a>,
    }
}

/// An address of a tenant.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", bound(deserialize = "'de: 'a"))]
pub(crate) struct Address<'a> {
    pub(crate) address1: OptText<'a>,
    pub(crate) address2: OptText<'a>,
    pub(crate) city: OptText<'a>,
    pub(crate) state: OptText<'a>,
    pub(crate) postal_code: OptText<'a>,
    pub(crate) is_primary: Option<bool>,
}
