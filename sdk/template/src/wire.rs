//! The vendor's records, as far as they are read.
//!
//! What is not named here is never taken out of the answer: tax numbers,
//! national ids. Everything but the id may be missing, and words of a list
//! stay text, since the vendor may add some.

use portcullis_sdk::{Number, Text};
use serde::{Deserialize, Serialize};

/// A property.
#[derive(Debug, Deserialize, Serialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct Property<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) name: Option<Text<'a>>,
    pub(crate) kind: Option<Text<'a>>,
    pub(crate) address: Option<Address<'a>>,
    pub(crate) changed_at: Option<Text<'a>>,
}

/// An address.
#[derive(Debug, Deserialize, Serialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct Address<'a> {
    pub(crate) street: Option<Text<'a>>,
    pub(crate) city: Option<Text<'a>>,
    pub(crate) state: Option<Text<'a>>,
    pub(crate) zip: Option<Text<'a>>,
}

/// A unit.
#[derive(Debug, Deserialize, Serialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct Unit<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) property_id: Option<Text<'a>>,
    pub(crate) number: Option<Text<'a>>,
    pub(crate) bedrooms: Option<Number<'a>>,
    /// An amount as text, `"1250.00"`: it never passes through a float.
    pub(crate) rent: Option<Number<'a>>,
    pub(crate) vacant: Option<bool>,
    pub(crate) changed_at: Option<Text<'a>>,
}

/// A resident.
#[derive(Debug, Deserialize, Serialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct Resident<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) property_id: Option<Text<'a>>,
    pub(crate) unit_id: Option<Text<'a>>,
    pub(crate) first_name: Option<Text<'a>>,
    pub(crate) last_name: Option<Text<'a>>,
    pub(crate) email: Option<Text<'a>>,
    pub(crate) born_on: Option<Text<'a>>,
    pub(crate) status: Option<Text<'a>>,
    pub(crate) changed_at: Option<Text<'a>>,
}
