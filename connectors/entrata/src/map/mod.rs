//! The vendor's elements as documents of the unified model.

mod lease;
mod place;

use portcullis_sdk::model::{Date, LeaseOfResident, Phone, PhoneType, Resident, ResidentType};
use portcullis_sdk::serde_json::{self, value::RawValue};
use portcullis_sdk::{Filler, RecordKey, Result, dates};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::loose::Scalar;
use crate::vendor::Method;
use crate::wire;

/// Why an element is left out, in a sentence that names the field and not its
/// value: values are people's data.
type Malformed = String;

/// What holds for all elements of a run.
pub(crate) struct Run<'r> {
    /// The property that is read, if the model is read property by property.
    pub(crate) property: Option<&'r str>,
    /// The day on which the run began, on the vendor's calendar: it tells what
    /// is planned from what has happened.
    pub(crate) today: Date,
}

/// An element that becomes a document of one model.
trait Element: Serialize {
    /// The document.
    type Payload: Serialize;

    /// The vendor's id.
    fn id(&self) -> Option<&str>;

    /// The document that it becomes.
    fn payload(&self, run: &Run<'_>) -> Result<Self::Payload, Malformed>;
}

/// The id of an element, if that much can be read.
pub(crate) fn id(element: &RawValue) -> Option<String> {
    #[derive(Default, Deserialize)]
    #[serde(default, bound(deserialize = "'de: 'a"))]
    struct Ids<'a> {
        #[serde(alias = "PropertyID", alias = "Id")]
        id: Scalar<'a>,
        #[serde(alias = "@attributes")]
        attributes: crate::loose::Maybe<wire::Attributes<'a>>,
    }
    let ids: Ids<'_> = serde_json::from_str(element.get()).ok()?;
    let attributes = ids.attributes.0.as_ref();
    let id = ids.id.filled().or_else(|| attributes?.id.filled())?;
    Some(id.to_owned())
}

/// Puts an element on the page: a record, or one that cannot be read. False if
/// the page is full before it.
pub(crate) fn put(
    method: Method,
    element: &RawValue,
    run: &Run<'_>,
    filler: &mut Filler,
) -> Result<bool> {
    match method {
        Method::Properties => record::<wire::Property<'_>>(element, run, filler),
        Method::Units => record::<wire::Unit<'_>>(element, run, filler),
        Method::Leases => record::<wire::Lease<'_>>(element, run, filler),
        Method::Residents => record::<wire::Customer<'_>>(element, run, filler),
        Method::Status => Ok(true),
    }
}

fn record<'a, E: Element + Deserialize<'a>>(
    raw: &'a RawValue,
    run: &Run<'_>,
    filler: &mut Filler,
) -> Result<bool> {
    let element: E = match serde_json::from_str(raw.get()) {
        Ok(element) => element,
        Err(cause) => {
            let why = format!(
                "a value of another kind than expected before byte {} of the record",
                cause.column()
            );
            filler.omit(id(raw).map(RecordKey::of), why);
            return Ok(true);
        }
    };
    let Some(id) = element.id() else {
        filler.omit(None, "a record without an id");
        return Ok(true);
    };
    match element.payload(run) {
        Ok(document) => filler.add(RecordKey::of(id), None, &document, &element),
        Err(why) => {
            filler.omit(Some(RecordKey::of(id)), why);
            Ok(true)
        }
    }
}

/// A text for keeps, if there is one.
fn text(scalar: &Scalar<'_>) -> Option<String> {
    scalar.filled().map(str::to_owned)
}

/// A day as the vendor writes it: `MM/DD/YYYY`, alone or before a time of day.
/// Some answers have `YYYY-MM-DD`.
fn day(text: &str) -> Option<Date> {
    let text = text.split([' ', 'T']).next()?;
    if let Some(date) = dates::date(text) {
        return Some(date);
    }
    let mut parts = text.split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some() || year.len() != 4 || ![month, day, year].iter().all(|p| plain(p)) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn date(field: &str, scalar: &Scalar<'_>) -> Result<Option<Date>, Malformed> {
    match scalar.filled() {
        None => Ok(None),
        Some(text) => day(text)
            .map(Some)
            .ok_or_else(|| format!("{field} is no date")),
    }
}

/// A time on the vendor's clock, `MM/DD/YYYY HH:MM:SS`, as an instant in UTC.
fn instant(scalar: &Scalar<'_>) -> Option<String> {
    let (date, time) = scalar.filled()?.split_once(' ')?;
    // A time of day alone is one on the first day of all.
    let of_day = dates::timestamp(&format!("1970-01-01T{}", time.get(..8)?))?.millis();
    dates::rfc3339_seconds(clock::instant(day(date)?, of_day)?)
}

impl Element for wire::Customer<'_> {
    type Payload = Resident;

    fn id(&self) -> Option<&str> {
        let attributes = self.attributes.0.as_ref();
        self.id.filled().or_else(|| attributes?.id.filled())
    }

    fn payload(&self, run: &Run<'_>) -> Result<Resident, Malformed> {
        let leases = self.lease_id.0.iter().filter_map(|lease| {
            let part = lease.customer_type.filled();
            Some(LeaseOfResident {
                x_lease_id: Some(text(&lease.id)?),
                x_resident_type: part.map(str::to_owned),
                resident_type_normalized: part.map(part_in_lease),
                ..LeaseOfResident::default()
            })
        });
        let leases: Vec<_> = leases.collect();
        // Ids rise: the highest is the lease made last.
        let newest = leases
            .iter()
            .filter_map(|lease| lease.x_lease_id.as_deref())
            .max_by_key(|id| crate::paging::rank(id));
        let phone = text(&self.phone_number).map(|number| Phone {
            number: Some(number),
            type_raw: None,
            type_normalized: Some(PhoneType::Other),
        });
        Ok(Resident {
            x_property_id: run.property.map(str::to_owned),
            x_lease_id: newest.map(str::to_owned),
            leases_meta_data: leases,
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            email_1: text(&self.email),
            phones: phone.into_iter().collect(),
            address_1: text(&self.address),
            city: text(&self.city),
            state: text(&self.state),
            zip: text(&self.postal_code),
            ..Resident::default()
        })
    }
}

/// The part that a customer has in a lease.
fn part_in_lease(kind: &str) -> ResidentType {
    match kind {
        "Primary" => ResidentType::Primary,
        "Guarantor" => ResidentType::Guarantor,
        "Roommate" | "Occupant" | "Responsible" | "Not Responsible" | "Non-Responsible" => {
            ResidentType::Secondary
        }
        _ => ResidentType::Other,
    }
}
