//! The vendor's records as documents of the unified model.

mod money;
mod people;
mod place;
mod service;

use portcullis_sdk::model::{
    Application, ApplicationLink, ApplicationStatus, CustomData, Date, Phone, PhoneType, Timestamp,
};
use portcullis_sdk::serde_json::{self, value::RawValue};
use portcullis_sdk::{Filler, Number, Result, Text, dates};
use serde::{Deserialize, Serialize};

use crate::search::{id, key};
use crate::vendor::Collection;
use crate::wire::{self, OptText};

/// Why a record is left out, in a sentence that names the field and not its
/// value: values are people's data.
type Malformed = String;

/// A record that becomes a document of one model.
trait Record: Serialize {
    /// The document.
    type Payload: Serialize;

    /// The vendor's id.
    fn id(&self) -> &str;

    /// When it last changed.
    fn changed_at(&self) -> &OptText<'_>;

    /// The document that it becomes.
    fn payload(&self) -> Result<Self::Payload, Malformed>;
}

/// A record whose document is made by the expression.
macro_rules! document {
    ($wire:ident => $payload:ident, $it:ident, $document:expr) => {
        impl Record for wire::$wire<'_> {
            type Payload = $payload;

            fn id(&self) -> &str {
                &self.id
            }

            fn changed_at(&self) -> &OptText<'_> {
                &self.changed_at
            }

            fn payload(&self) -> Result<$payload, Malformed> {
                let $it = self;
                Ok($document)
            }
        }
    };
}
use document;

/// Puts an item of a collection on the page: a record, one that is gone, or
/// one that cannot be read. False if the page is full before it.
pub(crate) fn put(collection: Collection, item: &RawValue, filler: &mut Filler) -> Result<bool> {
    if let Ok(gone) = serde_json::from_str::<wire::Gone<'_>>(item.get()) {
        filler.gone(key(&gone.id), dates::timestamp(&gone.deleted_at));
        return Ok(true);
    }
    match collection {
        Collection::Properties => record::<wire::Property<'_>>(item, filler),
        Collection::Units => record::<wire::Unit<'_>>(item, filler),
        Collection::Leases => record::<wire::Lease<'_>>(item, filler),
        Collection::Residents => record::<wire::Resident<'_>>(item, filler),
        Collection::Applicants => record::<wire::Applicant<'_>>(item, filler),
        Collection::Applications => record::<wire::Application<'_>>(item, filler),
        Collection::Charges => record::<wire::Charge<'_>>(item, filler),
        Collection::Payments => record::<wire::Payment<'_>>(item, filler),
        Collection::RecurringCharges => record::<wire::RecurringCharge<'_>>(item, filler),
        Collection::Balances => record::<wire::Balance<'_>>(item, filler),
        Collection::Accounts => record::<wire::Account<'_>>(item, filler),
        Collection::Owners => record::<wire::Owner<'_>>(item, filler),
        Collection::Vendors => record::<wire::Vendor<'_>>(item, filler),
        Collection::Employees => record::<wire::Employee<'_>>(item, filler),
        Collection::ServiceRequests => record::<wire::ServiceRequest<'_>>(item, filler),
        Collection::Listings => record::<wire::Listing<'_>>(item, filler),
    }
}

fn record<'a, R: Record + Deserialize<'a>>(
    item: &'a RawValue,
    filler: &mut Filler,
) -> Result<bool> {
    let record: R = match serde_json::from_str(item.get()) {
        Ok(record) => record,
        Err(cause) => {
            let why = format!(
                "a value of another kind than expected before byte {} of the record",
                cause.column()
            );
            filler.omit(id(item).as_deref().map(key), why);
            return Ok(true);
        }
    };
    let changed_at = time("changed_at", record.changed_at());
    let document = changed_at.and_then(|time| Ok((time, record.payload()?)));
    match document {
        Ok((time, document)) => filler.add(key(record.id()), time, &document, &record),
        Err(why) => {
            filler.omit(Some(key(record.id())), why);
            Ok(true)
        }
    }
}

/// A text for keeps, if there is one.
fn text(text: &OptText<'_>) -> Option<String> {
    Some(filled(text)?.to_owned())
}

fn filled<'t>(text: &'t OptText<'_>) -> Option<&'t str> {
    text.as_ref().and_then(Text::filled)
}

fn date(field: &str, text: &OptText<'_>) -> Result<Option<Date>, Malformed> {
    match filled(text) {
        None => Ok(None),
        Some(day) => dates::date(day)
            .map(Some)
            .ok_or_else(|| format!("{field} is no date")),
    }
}

fn time(field: &str, text: &OptText<'_>) -> Result<Option<Timestamp>, Malformed> {
    match filled(text) {
        None => Ok(None),
        Some(time) => dates::timestamp(time)
            .map(Some)
            .ok_or_else(|| format!("{field} is no time")),
    }
}

/// An amount in cents and in the vendor's words.
#[derive(Default)]
struct Amount {
    cents: Option<i64>,
    raw: Option<String>,
    currency: Option<String>,
}

fn amount(field: &str, money: &Option<wire::Money<'_>>) -> Result<Amount, Malformed> {
    let Some(money) = money else {
        return Ok(Amount::default());
    };
    let Some(number) = money.amount else {
        return Ok(Amount::default());
    };
    let cents = number
        .cents()
        .map_err(|error| format!("{field} is {error}"))?;
    Ok(Amount {
        cents: Some(cents.0),
        raw: Some(number.as_json().trim_matches('"').to_owned()),
        currency: text(&money.currency),
    })
}

fn cents(field: &str, number: Option<Number<'_>>) -> Result<Option<i64>, Malformed> {
    portcullis_sdk::fields::cents(field, number)
}

fn phones(phones: &Option<Vec<wire::Phone<'_>>>) -> Vec<Phone> {
    let filled = phones
        .iter()
        .flatten()
        .filter_map(|phone| Some((text(&phone.number)?, phone)));
    filled
        .map(|(number, phone)| Phone {
            number: Some(number),
            type_raw: text(&phone.kind),
            type_normalized: Some(match self::filled(&phone.kind) {
                Some("mobile") => PhoneType::Mobile,
                Some("home") => PhoneType::Home,
                Some("work") => PhoneType::Work,
                Some("fax") => PhoneType::Fax,
                _ => PhoneType::Other,
            }),
        })
        .collect()
}

fn application_status(status: &str) -> ApplicationStatus {
    match status {
        "pending" => ApplicationStatus::Pending,
        "approved" => ApplicationStatus::Approved,
        "denied" => ApplicationStatus::Denied,
        "canceled" => ApplicationStatus::Canceled,
        _ => ApplicationStatus::Other,
    }
}

/// What the unified model has no field for, under the vendor's own names.
fn leftover(fields: &[(&str, &OptText<'_>)]) -> Option<CustomData> {
    let filled = fields
        .iter()
        .filter_map(|(name, value)| Some(((*name).to_owned(), text(value)?.into())));
    let leftover: CustomData = filled.collect();
    (!leftover.is_empty()).then_some(leftover)
}

impl Record for wire::Application<'_> {
    type Payload = Application;

    fn id(&self) -> &str {
        &self.id
    }

    fn changed_at(&self) -> &OptText<'_> {
        &self.changed_at
    }

    fn payload(&self) -> Result<Application, Malformed> {
        let link = |applicant: &Text<'_>| ApplicationLink {
            x_applicant_id: Some(applicant.as_str().to_owned()),
            x_application_id: Some(self.id.as_str().to_owned()),
            ..ApplicationLink::default()
        };
        Ok(Application {
            x_property_id: text(&self.property_id),
            x_unit_id: text(&self.unit_id),
            x_created_at: time("created_at", &self.created_at)?,
            x_updated_at: time("changed_at", &self.changed_at)?,
            number: text(&self.number),
            status_normalized: filled(&self.status).map(application_status),
            status_raw: text(&self.status),
            submitted_at: time("submitted_at", &self.submitted_at)?,
            applicants: self.applicant_ids.iter().flatten().map(link).collect(),
            ..Application::default()
        })
    }
}
