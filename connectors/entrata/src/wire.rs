//! The vendor's elements, as far as they are read.
//!
//! A field that is not named here is never taken out of the answer: numbers of
//! identity cards, tax numbers, notes on bankruptcies, charges. An original is
//! written from these same structs, so that it cannot hold more. Everything
//! may be missing, and every value may be a text, a number or an empty element.

use serde::{Deserialize, Serialize};

use crate::loose::{Many, Maybe, Scalar};

macro_rules! elements {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Default, Deserialize, Serialize)]
        #[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
        pub(crate) struct $name<'a> {
            $($(#[$field_meta])* pub(crate) $field: $type,)*
        }
    )*};
}

elements! {
    /// A property; its names are those of an older format.
    Property {
        #[serde(rename = "PropertyID")]
        property_id: Scalar<'a>,
        #[serde(rename = "MarketingName")]
        marketing_name: Scalar<'a>,
        #[serde(rename = "Type")]
        kind: Scalar<'a>,
        #[serde(rename = "YearBuilt")]
        year_built: Scalar<'a>,
        #[serde(rename = "Address")]
        address: Maybe<PropertyAddress<'a>>,
    }

    /// The address of a property.
    PropertyAddress {
        #[serde(rename = "Address")]
        address: Scalar<'a>,
        #[serde(rename = "City")]
        city: Scalar<'a>,
        #[serde(rename = "State")]
        state: Scalar<'a>,
        #[serde(rename = "PostalCode")]
        postal_code: Scalar<'a>,
        #[serde(rename = "Country")]
        country: Scalar<'a>,
    }

    /// A unit.
    Unit {
        id: Scalar<'a>,
        unit_type_id: Scalar<'a>,
        unit_type_name: Scalar<'a>,
        unit_number: Scalar<'a>,
        building_id: Scalar<'a>,
        building_name: Scalar<'a>,
        floorplan_id: Scalar<'a>,
        number_of_bedrooms: Scalar<'a>,
        number_of_bathrooms: Scalar<'a>,
        is_furnished: Scalar<'a>,
        unit_address: Maybe<UnitAddress<'a>>,
    }

    /// The address of a unit.
    UnitAddress {
        address: Scalar<'a>,
        city: Scalar<'a>,
        state: Scalar<'a>,
        postal_code: Scalar<'a>,
        country: Scalar<'a>,
    }

    /// A lease.
    Lease {
        id: Scalar<'a>,
        lease_status_type_id: Scalar<'a>,
        lease_interval_status: Scalar<'a>,
        lease_type: Scalar<'a>,
        occupancy_type: Scalar<'a>,
        is_month_to_month: Scalar<'a>,
        building_id: Scalar<'a>,
        building_name: Scalar<'a>,
        floor_plan_id: Scalar<'a>,
        unit_id: Scalar<'a>,
        unit_number_space: Scalar<'a>,
        move_in_date: Scalar<'a>,
        move_out_date: Scalar<'a>,
        notice_date: Scalar<'a>,
        lease_intervals: Maybe<Intervals<'a>>,
        customers: Maybe<LeaseCustomers<'a>>,
    }

    /// The intervals of a lease.
    Intervals {
        lease_interval: Many<Interval<'a>>,
    }

    /// An interval of a lease: its first term, or a renewal.
    Interval {
        id: Scalar<'a>,
        start_date: Scalar<'a>,
        end_date: Scalar<'a>,
        lease_interval_type_name: Scalar<'a>,
        lease_interval_status_type_name: Scalar<'a>,
        interval_date_time: Scalar<'a>,
        application_completed_on: Scalar<'a>,
    }

    /// The customers of a lease.
    LeaseCustomers {
        customer: Many<LeaseCustomer<'a>>,
    }

    /// A customer's part in a lease.
    LeaseCustomer {
        id: Scalar<'a>,
        customer_type: Scalar<'a>,
        lease_customer_status: Scalar<'a>,
        move_in_date: Scalar<'a>,
        move_out_date: Scalar<'a>,
    }

    /// A customer. Some accounts have the names with a capital.
    Customer {
        #[serde(alias = "Id")]
        id: Scalar<'a>,
        #[serde(alias = "@attributes")]
        attributes: Maybe<Attributes<'a>>,
        #[serde(alias = "LeaseId")]
        lease_id: LeaseIds<'a>,
        #[serde(alias = "FirstName")]
        first_name: Scalar<'a>,
        #[serde(alias = "LastName")]
        last_name: Scalar<'a>,
        #[serde(alias = "UnitNumber")]
        unit_number: Scalar<'a>,
        #[serde(alias = "Address")]
        address: Scalar<'a>,
        #[serde(alias = "City")]
        city: Scalar<'a>,
        #[serde(alias = "State")]
        state: Scalar<'a>,
        #[serde(alias = "PostalCode")]
        postal_code: Scalar<'a>,
        #[serde(alias = "Email")]
        email: Scalar<'a>,
        #[serde(alias = "PhoneNumber")]
        phone_number: Scalar<'a>,
    }

    /// What an element says of itself.
    Attributes {
        #[serde(alias = "Id")]
        id: Scalar<'a>,
    }
}

/// The leases of a customer: ids one by one, or in an element each.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct LeaseIds<'a>(pub(crate) Vec<LeaseId<'a>>);

/// A lease of a customer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeaseId<'a> {
    pub(crate) id: Scalar<'a>,
    pub(crate) customer_type: Scalar<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for LeaseIds<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use portcullis_sdk::serde_json::{self, value::RawValue};

        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
        struct Element<'a> {
            #[serde(alias = "Identification")]
            identification: Many<Identification<'a>>,
            #[serde(alias = "CustomerType")]
            customer_type: Scalar<'a>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        struct Identification<'a> {
            #[serde(rename = "@attributes", alias = "attributes")]
            attributes: Maybe<Value<'a>>,
            #[serde(rename = "IDValue", alias = "idValue")]
            id_value: Scalar<'a>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        struct Value<'a> {
            #[serde(rename = "IDValue", alias = "idValue")]
            id_value: Scalar<'a>,
        }

        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        if !raw.starts_with(['[', '{']) {
            let id: Scalar<'a> = serde_json::from_str(raw).map_err(serde::de::Error::custom)?;
            let customer_type = Scalar::default();
            return Ok(Self(vec![LeaseId { id, customer_type }]));
        }
        let elements: Many<Element<'a>> =
            serde_json::from_str(raw).map_err(serde::de::Error::custom)?;
        let ids = elements.0.into_iter().filter_map(|element| {
            let identification = element.identification.0.into_iter().next()?;
            let id = match identification.attributes.0 {
                Some(attributes) => attributes.id_value,
                None => identification.id_value,
            };
            Some(LeaseId {
                id,
                customer_type: element.customer_type,
            })
        });
        Ok(Self(ids.collect()))
    }
}
