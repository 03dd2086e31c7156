//! The vendor's rows as documents of the unified model.

mod people;
mod places;
mod tenancies;

use portcullis_sdk::fields::{self, Malformed};
use portcullis_sdk::model::{Date, Timestamp};
use portcullis_sdk::{Text, dates};
use serde::Serialize;

/// A row of a list that becomes a record of one model.
pub(crate) trait Row {
    /// The document that it becomes.
    type Payload: Serialize;

    /// The vendor's id.
    fn id(&self) -> &str;

    /// When the vendor says it last changed.
    fn updated_at(&self) -> Option<Timestamp>;

    /// Whether the row is a record of the model at all.
    fn is_record(&self) -> bool {
        true
    }

    /// The document. `today` is the UTC day on which the run began: it tells
    /// what is planned from what has happened.
    fn payload(&self, today: Date) -> Result<Self::Payload, Malformed>;
}

/// A stamp that only orders: one that cannot be read is none.
fn stamp(text: &Option<Text<'_>>) -> Option<Timestamp> {
    dates::timestamp(fields::filled(text)?)
}

fn date(field: &str, text: &Option<Text<'_>>) -> Result<Option<Date>, Malformed> {
    fields::date(field, fields::filled(text))
}

fn time(field: &str, text: &Option<Text<'_>>) -> Result<Option<Timestamp>, Malformed> {
    fields::time(field, fields::filled(text))
}
