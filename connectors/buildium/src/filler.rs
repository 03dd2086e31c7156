//! Fills a page with records until its limit is near.

use portcullis_sdk::model::{CustomData, Timestamp};
use portcullis_sdk::serde_json::Value;
use portcullis_sdk::{Batch, Omission, PageRequest, PayloadWriter, RecordKey, Result, Upsert};

use crate::map::Scene;
use crate::rows::Record;

/// How much of the page's limit is filled at most, in percent: the host counts
/// the envelope too.
const FILL: u64 = 90;

/// What a record costs in a page beyond its texts, in bytes.
const ENVELOPE: u64 = 64;

/// What a companion record costs at most in usual pages, in bytes.
const COMPANION: u64 = 640;

/// Who applies with an application.
const APPLICANTS: &str = "applicants";

/// Applications seen on a page. One that several applicants share is one
/// record with all of them.
struct Companions {
    wanted: bool,
    /// Each with its original.
    records: Vec<(i64, String, CustomData)>,
    omissions: Vec<Omission>,
    /// The highest id so far: only an id that is not above it can be known.
    highest: Option<i64>,
}

impl Companions {
    fn take(&mut self, row: &dyn Record) {
        if !self.wanted {
            return;
        }
        for (id, original, application) in row.applications() {
            match application {
                Ok(application) => self.put(id, original, application),
                Err(why) => self.omissions.push(Omission::malformed(Some(key(id)), why)),
            }
        }
    }

    fn put(&mut self, id: i64, original: String, mut application: CustomData) {
        if self.highest.is_some_and(|highest| id <= highest)
            && let Some((.., known)) = self.records.iter_mut().find(|(other, ..)| *other == id)
        {
            if let Some(Value::Array(known)) = known.get_mut(APPLICANTS)
                && let Some(Value::Array(more)) = application.get_mut(APPLICANTS)
            {
                known.append(more);
            }
            return;
        }
        self.highest = self.highest.max(Some(id));
        self.records.push((id, original, application));
    }

    fn batch(self, originals: bool, writer: &mut PayloadWriter) -> Result<Option<Batch>> {
        if !self.wanted {
            return Ok(None);
        }
        let mut batch = Batch::new("applications");
        batch.omissions = self.omissions;
        for (id, original, application) in self.records {
            batch.upserts.push(Upsert {
                key: key(id),
                updated_at: None,
                payload: writer.write(&application)?,
                original: originals.then_some(original),
            });
        }
        Ok(Some(batch))
    }
}

/// A key occurs once on a page: the row that came last wins.
fn replace_or_push(seen: &mut Option<i64>, batch: &mut Batch, id: i64, upsert: Upsert) {
    // Only an id that is not above all before it can be known.
    if seen.is_some_and(|highest| id <= highest)
        && let Some(at) = batch
            .upserts
            .iter()
            .position(|other| other.key == upsert.key)
    {
        batch.upserts[at] = upsert;
        return;
    }
    *seen = (*seen).max(Some(id));
    batch.upserts.push(upsert);
}

fn key(id: i64) -> RecordKey {
    RecordKey::of(id.to_string())
}

/// Fills a page with records until its limit is near.
pub(crate) struct Filler {
    pub(crate) batch: Batch,
    /// Rows of the list that belong to a companion; none if it is not wanted.
    beside: Option<Batch>,
    companions: Companions,
    writer: PayloadWriter,
    scene: Scene,
    originals: bool,
    room: u64,
    /// The highest id on the page.
    highest: Option<i64>,
}

impl Filler {
    pub(crate) fn new(request: &PageRequest) -> Result<Self> {
        let wants = |name: &str| request.companions.iter().any(|companion| companion == name);
        let beside = if wants("resident_payments") {
            Some(Batch::new("resident_payments"))
        } else {
            None
        };
        Ok(Self {
            batch: Batch::new(request.model.as_str()),
            beside,
            companions: Companions {
                wanted: wants("applications"),
                records: Vec::new(),
                omissions: Vec::new(),
                highest: None,
            },
            writer: PayloadWriter::new(),
            scene: Scene::of(request)?,
            originals: request.originals,
            room: u64::from(request.max_bytes) * FILL / 100,
            highest: None,
        })
    }

    /// Adds a row's records. False if the page is full before it; the first row
    /// always goes in, since a smaller page there is not.
    pub(crate) fn add(
        &mut self,
        id: Option<i64>,
        row: std::result::Result<&dyn Record, &str>,
    ) -> Result<bool> {
        if !self.put(id, row, true)? {
            return Ok(false);
        }
        if let Ok(row) = row {
            // What stands within a row goes with it.
            row.each_child(&mut |child| self.put(None, child, false).map(drop))?;
        }
        Ok(true)
    }

    fn put(
        &mut self,
        id: Option<i64>,
        row: std::result::Result<&dyn Record, &str>,
        may_wait: bool,
    ) -> Result<bool> {
        let row = match row {
            Ok(row) => row,
            Err(why) => {
                self.batch
                    .omissions
                    .push(Omission::malformed(id.map(key), why));
                return Ok(true);
            }
        };
        let beside = row.is_companion();
        if !row.is_wanted() || beside && self.beside.is_none() {
            return Ok(true);
        }
        let batch = match &mut self.beside {
            Some(batch) if beside => batch,
            _ => &mut self.batch,
        };
        let payload = match row.payload(&self.scene, &mut self.writer)? {
            Ok(payload) => payload,
            Err(why) => {
                batch
                    .omissions
                    .push(Omission::malformed(Some(row.key()), why));
                return Ok(true);
            }
        };
        let original = if self.originals {
            Some(row.original(&mut self.writer)?)
        } else {
            None
        };
        let size = payload.len() + original.as_ref().map_or(0, String::len);
        let size = size as u64 + ENVELOPE;
        if may_wait && size > self.room && !batch.upserts.is_empty() {
            return Ok(false);
        }
        let upsert = Upsert {
            key: row.key(),
            updated_at: row.updated_at().map(Timestamp::millis),
            payload,
            original,
        };
        replace_or_push(&mut self.highest, batch, row.id(), upsert);
        let known = self.companions.records.len();
        self.companions.take(row);
        let new = (self.companions.records.len() - known) as u64;
        self.room = self.room.saturating_sub(size + new * COMPANION);
        Ok(true)
    }

    /// The lead's batch, then the companions'.
    pub(crate) fn batches(mut self) -> Result<Vec<Batch>> {
        let companion = self.companions.batch(self.originals, &mut self.writer)?;
        let all = std::iter::once(self.batch).chain(self.beside);
        Ok(all.chain(companion).collect())
    }
}
