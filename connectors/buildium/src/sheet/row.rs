//! A row of a sheet as a record.

use portcullis_sdk::model::{CustomData, Timestamp};
use portcullis_sdk::serde_json::value::RawValue;
use portcullis_sdk::{PayloadWriter, RecordKey, Result as Reaction};

use super::{Carried, Fields, Sheet, fields_of, odd};
use crate::map::{Malformed, Scene};
use crate::rows::{Record, Take};

/// A row of a sheet.
pub(crate) struct SheetRow<'a> {
    sheet: &'static Sheet,
    fields: Fields<'a>,
    id: i64,
}

impl<'a> SheetRow<'a> {
    /// The row of some JSON text; its id, as far as it could be read, and why it is none.
    pub(crate) fn read(
        sheet: &'static Sheet,
        raw: &'a RawValue,
    ) -> Result<Self, (Option<i64>, Malformed)> {
        let fields = fields_of(raw, "the row").map_err(|why| (None, why))?;
        match fields.whole(sheet.id) {
            Ok(Some(id)) => Ok(Self { sheet, fields, id }),
            Ok(None) => Err((None, odd(sheet.id, "number"))),
            Err(why) => Err((None, why)),
        }
    }
}

impl Record for SheetRow<'_> {
    fn id(&self) -> i64 {
        self.id
    }

    fn key(&self) -> RecordKey {
        RecordKey::of([self.sheet.prefix, &self.id.to_string()].concat())
    }

    fn updated_at(&self) -> Option<Timestamp> {
        self.fields.time(self.sheet.updated).ok().flatten()
    }

    fn payload(
        &self,
        scene: &Scene,
        writer: &mut PayloadWriter,
    ) -> Reaction<Result<String, Malformed>> {
        let mut doc = CustomData::new();
        let written = self
            .fields
            .fill(self.sheet.columns, &mut doc)
            .and_then(|()| (self.sheet.finish)(&self.fields, &mut doc, scene));
        match written {
            Ok(()) => writer.write(&doc).map(Ok),
            Err(why) => Ok(Err(why)),
        }
    }

    fn original(&self, _writer: &mut PayloadWriter) -> Reaction<String> {
        let mut out = String::new();
        let mut before = '{';
        if self.sheet.id == "Id" {
            out.push_str("{\"Id\":");
            out.push_str(&self.id.to_string());
            before = ',';
        }
        self.fields.shown(self.sheet.columns, "", before, &mut out);
        Ok(out)
    }

    fn applications(&self) -> Vec<Carried> {
        (self.sheet.applications)(&self.fields)
    }

    fn is_wanted(&self) -> bool {
        (self.sheet.takes)(&self.fields)
    }

    fn is_companion(&self) -> bool {
        (self.sheet.is_companion)(&self.fields)
    }

    fn each_child(&self, take: &mut Take<'_>) -> Reaction<()> {
        if self.sheet.children.is_empty() {
            return Ok(());
        }
        match self.fields.items(self.sheet.children) {
            Err(why) => take(Err(&why)),
            Ok(items) => {
                for raw in items {
                    match SheetRow::read(self.sheet, raw) {
                        Ok(child) => {
                            take(Ok(&child))?;
                            child.each_child(take)?;
                        }
                        Err((_, why)) => take(Err(&why))?,
                    }
                }
                Ok(())
            }
        }
    }
}
