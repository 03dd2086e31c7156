//! The vendor's rows as documents of the unified model.

mod lease;
mod people;
mod place;

use portcullis_sdk::model::{CustomData, Date, Phone, PhoneType, Timestamp};
use portcullis_sdk::serde_json::{self, value::RawValue};
use portcullis_sdk::timezones::{self, Zone};
use portcullis_sdk::{Cents, Filler, RecordKey, Result, Text, dates};
use serde::{Deserialize, Serialize};

use crate::vendor::Api;
use crate::wire;

/// Why a row is left out, in a sentence that names the field and not its
/// value: values are people's data.
type Malformed = String;

type OptText<'a> = Option<Text<'a>>;

/// What holds for all rows of a run.
pub(crate) struct Run<'r> {
    /// The property that is read, if the model is read property by property.
    pub(crate) property: Option<&'r str>,
    /// The zone of the vendor's clock.
    pub(crate) zone: Zone,
    /// The day on which the run began, on the vendor's calendar: it tells what
    /// is planned from what has happened.
    pub(crate) today: Date,
    /// The stretch of time that is wanted, both ends inclusive; none for all.
    pub(crate) window: Option<(i64, i64)>,
}

pub(crate) use lease::{lease, lease_id, resident_id, wanted};

/// Why a row without an id is left out.
pub(crate) const NAMELESS: &str = "a record without an id";

/// A row that becomes a document of one model.
trait Row: Serialize {
    /// The document.
    type Payload: Serialize;

    /// The id that we make of the vendor's; none if a part of it is missing.
    fn id(&self) -> Option<String>;

    /// The property that the row is of, where the API may bring rows of others.
    fn property(&self) -> &OptText<'_>;

    /// When it last changed, on the vendor's clock.
    fn last_update(&self) -> &OptText<'_>;

    /// The document that it becomes.
    fn payload(&self, run: &Run<'_>) -> Result<Self::Payload, Malformed>;
}

/// The id of a row, if it can be read.
pub(crate) fn id(api: Api, row: &RawValue) -> Option<String> {
    fn of<'a, R: Row + Deserialize<'a>>(row: &'a RawValue) -> Option<String> {
        serde_json::from_str::<R>(row.get()).ok()?.id()
    }
    match api {
        Api::Properties => of::<wire::Property<'_>>(row),
        Api::Units => of::<wire::Unit<'_>>(row),
        Api::Leases => lease_id(&serde_json::from_str(row.get()).ok()?),
        Api::Residents => of::<wire::Resident<'_>>(row),
    }
}

/// Puts a row on the page: a record, one that cannot be read, or none that is
/// wanted. False if the page is full before it.
pub(crate) fn put(api: Api, row: &RawValue, run: &Run<'_>, filler: &mut Filler) -> Result<bool> {
    match api {
        Api::Properties => record::<wire::Property<'_>>(row, run, filler),
        Api::Units => record::<wire::Unit<'_>>(row, run, filler),
        // They are made from several rows each.
        Api::Leases => Ok(true),
        Api::Residents => record::<wire::Resident<'_>>(row, run, filler),
    }
}

fn record<'a, R: Row + Deserialize<'a>>(
    raw: &'a RawValue,
    run: &Run<'_>,
    filler: &mut Filler,
) -> Result<bool> {
    let row: R = match serde_json::from_str(raw.get()) {
        Ok(row) => row,
        Err(cause) => {
            filler.omit(None, unread(&cause));
            return Ok(true);
        }
    };
    if elsewhere(row.property(), run) {
        return Ok(true);
    }
    let Some(id) = row.id() else {
        filler.omit(None, NAMELESS);
        return Ok(true);
    };
    let changed = time("LastUpdateDate", row.last_update(), run);
    if let Ok(Some(changed)) = changed
        && outside(changed, run)
    {
        return Ok(true);
    }
    match changed.and_then(|changed| Ok((changed, row.payload(run)?))) {
        Ok((changed, document)) => filler.add(RecordKey::of(id), changed, &document, &row),
        Err(why) => {
            filler.omit(Some(RecordKey::of(id)), why);
            Ok(true)
        }
    }
}

/// What can be said of a row that is not as expected. Its values are people's
/// data and stay out of it.
pub(crate) fn unread(cause: &serde_json::Error) -> String {
    format!(
        "a value of another kind than expected before byte {} of the record",
        cause.column()
    )
}

/// Whether a row is of another property than the one that is read.
fn elsewhere(property: &OptText<'_>, run: &Run<'_>) -> bool {
    match (run.property, filled(property)) {
        (Some(asked), Some(own)) => asked != own,
        _ => false,
    }
}

/// Whether a change lies outside the stretch of time that is wanted.
fn outside(changed: Timestamp, run: &Run<'_>) -> bool {
    run.window
        .is_some_and(|(start, end)| !(start..=end).contains(&changed.millis()))
}

fn filled<'t>(text: &'t OptText<'_>) -> Option<&'t str> {
    text.as_ref().and_then(Text::filled)
}

fn text(text: &OptText<'_>) -> Option<String> {
    filled(text).map(str::to_owned)
}

/// Ids that mean something only within what is before them, as one.
fn joined(parts: &[&OptText<'_>]) -> Option<String> {
    let parts: Option<Vec<&str>> = parts.iter().map(|part| filled(part)).collect();
    Some(parts?.join("/"))
}

/// A day, in front of a time of day that says nothing.
fn date(field: &str, text: &OptText<'_>) -> Result<Option<Date>, Malformed> {
    match filled(text) {
        None => Ok(None),
        Some(day) => dates::date(day)
            .map(Some)
            .ok_or_else(|| format!("{field} is no date")),
    }
}

/// A time on the vendor's clock, as an instant.
fn time(field: &str, text: &OptText<'_>, run: &Run<'_>) -> Result<Option<Timestamp>, Malformed> {
    let Some(text) = filled(text) else {
        return Ok(None);
    };
    timezones::parse_local(text, run.zone)
        .and_then(|ms| Timestamp::from_millis(ms).ok())
        .map(Some)
        .ok_or_else(|| format!("{field} is no time"))
}

fn cents(field: &str, text: &OptText<'_>) -> Result<Option<i64>, Malformed> {
    match filled(text) {
        None => Ok(None),
        Some(amount) => Cents::from_text(amount)
            .map(|cents| Some(cents.0))
            .map_err(|error| format!("{field} is {error}")),
    }
}

fn flag(text: &OptText<'_>) -> Option<bool> {
    match filled(text)? {
        "Y" | "True" => Some(true),
        "N" | "False" => Some(false),
        _ => None,
    }
}

fn phone(number: &OptText<'_>, kind: PhoneType) -> Option<Phone> {
    Some(Phone {
        number: Some(text(number)?),
        type_raw: None,
        type_normalized: Some(kind),
    })
}

fn leftover(fields: &[(&str, &OptText<'_>)]) -> Option<CustomData> {
    let filled = fields
        .iter()
        .filter_map(|(name, value)| Some(((*name).to_owned(), text(value)?.into())));
    let leftover: CustomData = filled.collect();
    (!leftover.is_empty()).then_some(leftover)
}
