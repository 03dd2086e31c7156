//! The vendor's rows as documents of the unified model.

mod lease;
mod resident;
mod unit;

pub(crate) use unit::{count_bathrooms, count_bedrooms};

use portcullis_sdk::model::{CustomData, Date, EmergencyContact, Phone, PhoneType, Timestamp};
use portcullis_sdk::{Error, Number, PageRequest, Text, dates};
use serde::Serialize;

use crate::sheet::Fields;
use crate::{country, wire};

/// Why a row is no record, in a sentence that names the field and not its
/// value: values are people's data.
pub(crate) type Malformed = String;

/// What a row does not say of itself.
#[derive(Debug)]
pub(crate) struct Scene {
    /// The UTC day on which the run began: it tells what is planned from what
    /// has happened.
    pub(crate) today: Date,
    /// The lease whose list it is.
    pub(crate) parent: Option<Parent>,
}

/// The lease below which a list stands.
#[derive(Debug)]
pub(crate) struct Parent {
    /// The vendor's id.
    pub(crate) key: String,
    /// The vendor's id of its property.
    pub(crate) property: Option<String>,
    /// The vendor's id of its unit.
    pub(crate) unit: Option<String>,
}

impl Scene {
    /// The scene of a page.
    pub(crate) fn of(request: &PageRequest) -> Result<Self, Error> {
        let today = dates::utc_day(request.started_at)
            .ok_or_else(|| Error::fail("the run began outside the calendar"))?;
        let parent = request.partition.as_ref().map(|partition| {
            // Fields that the host does not have are looked for elsewhere.
            let fields = Fields::of(&partition.fields).ok();
            let text = |name| fields.as_ref()?.text(name).ok().flatten();
            Parent {
                property: text("x_property_id"),
                unit: text("x_unit_id"),
                key: partition.key.external_id.clone(),
            }
        });
        Ok(Self { today, parent })
    }
}

/// A row of a list that becomes a record of one model.
pub(crate) trait Row {
    /// The document that it becomes.
    type Payload: Serialize;

    /// The vendor's id.
    fn id(&self) -> i64;

    /// When the vendor says it last changed.
    fn updated_at(&self) -> Option<Timestamp> {
        None
    }

    /// The document. `today` is the UTC day on which the run began: it tells
    /// what is planned from what has happened.
    fn payload(&self, today: Date) -> Result<Self::Payload, Malformed>;
}

/// A text for keeps, if there is one.
fn text(text: &Option<Text<'_>>) -> Option<String> {
    Some(text.as_ref()?.filled()?.to_owned())
}

/// The member of an enumeration, unless it is the one that stands for nothing.
fn member<'t>(text: &'t Option<Text<'_>>) -> Option<&'t str> {
    text.as_ref()?.filled().filter(|member| *member != "NotSet")
}

fn id(id: Option<i64>) -> Option<String> {
    id.map(|id| id.to_string())
}

fn cents(field: &str, number: Option<Number<'_>>) -> Result<Option<i64>, Malformed> {
    match number.map(|number| number.cents()) {
        None => Ok(None),
        Some(Ok(cents)) => Ok(Some(cents.0)),
        Some(Err(error)) => Err(format!("{field} is {error}")),
    }
}

/// An amount as it was sent.
fn number_text(number: Option<Number<'_>>) -> Option<String> {
    Some(number?.as_json().trim_matches('"').to_owned())
}

fn date(field: &str, text: &Option<Text<'_>>) -> Result<Option<Date>, Malformed> {
    match text.as_ref().and_then(Text::filled) {
        None => Ok(None),
        Some(day) => dates::date(day)
            .map(Some)
            .ok_or_else(|| format!("{field} is no date")),
    }
}

fn time(field: &str, text: &Option<Text<'_>>) -> Result<Option<Timestamp>, Malformed> {
    match text.as_ref().and_then(Text::filled) {
        None => Ok(None),
        Some(time) => dates::timestamp(time)
            .map(Some)
            .ok_or_else(|| format!("{field} is no time")),
    }
}

fn phones(phones: &Option<Vec<wire::Phone<'_>>>) -> Vec<Phone> {
    let filled = phones
        .iter()
        .flatten()
        .filter_map(|phone| Some((text(&phone.number)?, phone)));
    filled
        .map(|(number, phone)| Phone {
            number: Some(number),
            type_raw: text(&phone.r#type),
            type_normalized: Some(match member(&phone.r#type) {
                Some("Cell") => PhoneType::Mobile,
                Some("Home") => PhoneType::Home,
                Some("Office") => PhoneType::Work,
                Some("Fax") => PhoneType::Fax,
                _ => PhoneType::Other,
            }),
        })
        .collect()
}

fn emergency_contact(contact: &Option<wire::EmergencyContact<'_>>) -> Option<EmergencyContact> {
    let contact = contact.as_ref()?;
    let contact = EmergencyContact {
        name: text(&contact.name),
        relationship: text(&contact.relationship_description),
        phone: text(&contact.phone),
        email: text(&contact.email),
    };
    (contact != EmergencyContact::default()).then_some(contact)
}

/// An address in the model's flat form.
#[derive(Default)]
struct Address {
    line_1: Option<String>,
    line_2: Option<String>,
    line_3: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    /// The vendor's name of a country that has no code, or none that is known.
    country_raw: Option<String>,
    /// ISO 4217, where the country is one of those the vendor serves.
    currency: Option<String>,
}

fn address(address: &Option<wire::Address<'_>>) -> Address {
    let Some(address) = address else {
        return Address::default();
    };
    let named = member(&address.country);
    let code = named.and_then(country::alpha_2);
    Address {
        line_1: text(&address.address_line1),
        line_2: text(&address.address_line2),
        line_3: text(&address.address_line3),
        city: text(&address.city),
        state: text(&address.state),
        zip: text(&address.postal_code),
        country: code.map(str::to_owned),
        country_raw: if code.is_none() {
            named.map(str::to_owned)
        } else {
            None
        },
        currency: code.and_then(country::currency).map(str::to_owned),
    }
}

/// What is left over, under the vendor's own names; nothing if nothing is.
#[derive(Default)]
struct Leftover(CustomData);

impl Leftover {
    fn text(&mut self, name: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into().into());
        }
    }

    fn number(&mut self, name: &str, value: Option<i64>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    fn flag(&mut self, name: &str, value: Option<bool>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    fn document(self) -> Option<CustomData> {
        (!self.0.is_empty()).then_some(self.0)
    }
}
