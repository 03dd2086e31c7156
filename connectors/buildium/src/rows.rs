//! The rows of an answer, whatever list they are of.
//!
//! Paging works on these two traits alone: it is compiled once and not once a
//! list, which is a fifth of the component.

use portcullis_sdk::model::Timestamp;
use portcullis_sdk::serde_json::{self, value::RawValue};
use portcullis_sdk::{Error, PayloadWriter, RecordKey, Response, Result};
use serde::{Deserialize, Serialize};

use crate::map::{Malformed, Row, Scene};
use crate::sheet::{Carried, Sheet, SheetRow};
use crate::vendor::Shape;
use crate::wire;

/// Takes a row, or why it is none.
pub(crate) type Take<'a> = dyn FnMut(Result<&dyn Record, &str>) -> Result<()> + 'a;

/// A row that could be read.
pub(crate) trait Record {
    /// The vendor's id.
    fn id(&self) -> i64;

    /// The key of its record.
    fn key(&self) -> RecordKey {
        RecordKey::of(self.id().to_string())
    }

    /// When the vendor says it last changed.
    fn updated_at(&self) -> Option<Timestamp>;

    /// The document that it becomes, as JSON, or why it becomes none.
    fn payload(
        &self,
        scene: &Scene,
        writer: &mut PayloadWriter,
    ) -> Result<Result<String, Malformed>>;

    /// The row itself, as far as it was read.
    fn original(&self, writer: &mut PayloadWriter) -> Result<String>;

    /// The applications that it carries.
    fn applications(&self) -> Vec<Carried> {
        Vec::new()
    }

    /// Whether it is a record of the model at all.
    fn is_wanted(&self) -> bool {
        true
    }

    /// Whether it belongs to the companion instead of the lead.
    fn is_companion(&self) -> bool {
        false
    }

    /// The rows within it, or why one is none.
    fn each_child(&self, _take: &mut Take<'_>) -> Result<()> {
        Ok(())
    }
}

impl<R: Row + Serialize> Record for R {
    fn id(&self) -> i64 {
        Row::id(self)
    }

    fn updated_at(&self) -> Option<Timestamp> {
        Row::updated_at(self)
    }

    fn payload(
        &self,
        scene: &Scene,
        writer: &mut PayloadWriter,
    ) -> Result<Result<String, Malformed>> {
        match Row::payload(self, scene.today) {
            Ok(document) => writer.write(&document).map(Ok),
            Err(why) => Ok(Err(why)),
        }
    }

    fn original(&self, writer: &mut PayloadWriter) -> Result<String> {
        writer.write(self)
    }
}

/// All rows of an answer, in its order.
pub(crate) trait Rows {
    /// How many there are.
    fn count(&self) -> usize;

    /// The id of a row, if that much could be read.
    fn id(&self, at: usize) -> Option<i64>;

    /// A row, or why it is none.
    fn record(&self, at: usize) -> Result<&dyn Record, &str>;

    /// The id of the first row.
    fn first_id(&self) -> Option<i64> {
        if self.count() == 0 { None } else { self.id(0) }
    }
}

/// A row that could not be read.
struct Unread {
    id: Option<i64>,
    why: String,
}

impl<R: Record> Rows for Vec<R> {
    fn count(&self) -> usize {
        self.len()
    }

    fn id(&self, at: usize) -> Option<i64> {
        Some(self[at].id())
    }

    fn record(&self, at: usize) -> Result<&dyn Record, &str> {
        Ok(&self[at])
    }
}

/// Rows of which some could not be read.
struct Mixed<R>(Vec<Result<R, Unread>>);

impl<R: Record> Rows for Mixed<R> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn id(&self, at: usize) -> Option<i64> {
        match &self.0[at] {
            Ok(row) => Some(row.id()),
            Err(unread) => unread.id,
        }
    }

    fn record(&self, at: usize) -> Result<&dyn Record, &str> {
        match &self.0[at] {
            Ok(row) => Ok(row),
            Err(unread) => Err(&unread.why),
        }
    }
}

/// The rows of an answer, borrowed from it.
pub(crate) fn read<'a>(shape: Shape, response: &'a Response) -> Result<Box<dyn Rows + 'a>> {
    let text = response.text()?;
    match shape {
        Shape::Unit => parse::<wire::Unit<'a>>(text),
        Shape::Lease => parse::<wire::Lease<'a>>(text),
        Shape::Tenant => parse::<wire::Tenant<'a>>(text),
        Shape::Sheet(sheet) => parse_sheet(sheet, text),
    }
}

fn raw_rows(text: &str) -> Result<Vec<&RawValue>> {
    serde_json::from_str(text)
        .map_err(|cause| Error::protocol(format!("the answer is no list: {cause}")))
}

fn parse_sheet<'a>(sheet: &'static Sheet, text: &'a str) -> Result<Box<dyn Rows + 'a>> {
    let rows = raw_rows(text)?
        .into_iter()
        .map(|raw| SheetRow::read(sheet, raw).map_err(|(id, why)| Unread { id, why }));
    Ok(Box::new(Mixed(rows.collect())))
}

/// All rows at once; one by one only if that fails, so that a malformed row
/// costs itself and not the page.
fn parse<'a, R: Record + Deserialize<'a> + 'a>(text: &'a str) -> Result<Box<dyn Rows + 'a>> {
    if let Ok(rows) = serde_json::from_str::<Vec<R>>(text) {
        return Ok(Box::new(rows));
    }
    let rows = raw_rows(text)?
        .into_iter()
        .map(|raw| serde_json::from_str::<R>(raw.get()).map_err(|cause| unread(raw, &cause)));
    Ok(Box::new(Mixed(rows.collect())))
}

/// What can be said of a row that is not as expected. Its values are people's
/// data and stay out of it.
fn unread(raw: &RawValue, cause: &serde_json::Error) -> Unread {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Id {
        id: i64,
    }

    let id = serde_json::from_str::<Id>(raw.get()).ok().map(|row| row.id);
    let why = format!(
        "a value of another kind than expected before byte {} of the record",
        cause.column()
    );
    Unread { id, why }
}
