//! What a commit unit is made of, and what became of it.

use crate::{Original, Status};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// A record to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordWrite {
    /// Our id, computed from the integration's salt, model, scope and external id.
    pub id: String,
    /// Within what the external id is unique, `""` for the whole integration.
    pub scope: String,
    /// The vendor's id.
    pub external_id: String,
    /// Our id of the parent over which it was read, `""` where the model is read as a whole.
    pub partition: String,
    /// The unified document as canonical JSON.
    pub doc: String,
    /// Of the canonical document and the schema's version; equal hashes leave the row untouched.
    pub hash: [u8; 16],
    /// The vendor's time of the last change.
    pub x_updated_at: Option<DateTime<Utc>>,
    /// Our id of the property it belongs to.
    pub property_id: Option<String>,
    /// The vendor's id of that property.
    pub x_property_id: Option<String>,
    /// Our id of the unit it belongs to.
    pub unit_id: Option<String>,
    /// The vendor's id of that unit.
    pub x_unit_id: Option<String>,
    /// Our ids of all records that the document refers to. They hold no comma.
    pub related: Vec<String>,
    /// The vendor's own record, where the integration keeps them.
    pub original: Option<Original>,
}

/// A record that cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The model.
    pub model: String,
    /// The key's scope.
    pub scope: String,
    /// The key, when it could be read.
    pub external_id: Option<String>,
    /// A stable word.
    pub kind: String,
    /// What is wrong with it, without its content.
    pub message: String,
}

/// A record's key within an integration.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LetterKey {
    /// The model.
    pub model: String,
    /// The key's scope, `""` for none.
    pub scope: String,
    /// The vendor's id.
    pub external_id: String,
}

/// What a unit adds to one pass of a full run: over a model, or over one partition of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassPart {
    /// The model.
    pub model: String,
    /// Our id of the parent, `""` where the model is read as a whole.
    pub partition: String,
    /// Our ids of the records that the vendor listed, whether they could be stored or not.
    pub seen: Vec<String>,
    /// The first total that the vendor told within this unit.
    pub total_first: Option<i64>,
    /// The last one.
    pub total_last: Option<i64>,
    /// Records that could not be read and whose keys are unknown.
    pub keyless: i64,
    /// The connector said that this was the end of the pass.
    pub complete: bool,
}

/// A partition whose last page is in a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionEnd {
    /// Our id of the parent.
    pub partition: String,
    /// Where its next incremental run begins; `None` keeps the old one, or after a full pass forgets it.
    pub watermark: Option<String>,
    /// All of it was read, not only what changed.
    pub full: bool,
    /// A part of history was read: no checkpoint comes of it.
    pub window: bool,
}

/// How it is decided that records are gone which a complete full run did not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absence {
    /// Rows cannot shift between pages, so that one pass proves it.
    pub stable: bool,
}

/// Bounds beyond which a run asks a person before it deletes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeleteGuard {
    /// The largest share of the live records that a run deletes by itself, 0 to 1.
    pub mass_share: f64,
    /// Fewer than this many are always deleted.
    pub mass_least: i64,
    /// A full run that brings less than this share of the records known before is suspicious, 0 to 1; so is one whose
    /// vendor says in the end that there are less than this share of what it listed.
    pub empty_share: f64,
    /// With fewer records known before than this, or listed, no run is suspicious.
    pub empty_least: i64,
}

impl Default for DeleteGuard {
    fn default() -> Self {
        Self {
            mass_share: 0.2,
            mass_least: 20,
            empty_share: 0.5,
            empty_least: 20,
        }
    }
}

/// How a model of a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEnd {
    /// The run's own model or a companion's.
    pub model: String,
    /// A final word.
    pub status: Status,
    /// Every record of the model was read, from the first to the last.
    pub complete_full: bool,
    /// Whether records that complete passes of this run did not meet are gone.
    pub absence: Option<Absence>,
    /// The cursor leads nowhere: the next run does not go on from it.
    pub forget_cursor: bool,
    /// A stable word for the error.
    pub error_code: Option<String>,
    /// The error, in the vendor's own words where it gave some.
    pub error_message: Option<String>,
    /// Who can do something about it.
    pub who_must_act: Option<String>,
}

impl ModelEnd {
    /// A word without an error, and not a complete full run.
    #[must_use]
    pub fn new(model: impl Into<String>, status: Status) -> Self {
        Self {
            model: model.into(),
            status,
            complete_full: false,
            absence: None,
            forget_cursor: false,
            error_code: None,
            error_message: None,
            who_must_act: None,
        }
    }

    /// The same model, read in part only, and why.
    pub(crate) fn partial(&mut self, code: &str, message: String) {
        self.status = Status::Partial;
        self.error_code = Some(code.to_owned());
        self.error_message = Some(message);
        self.who_must_act = Some("operator".to_owned());
    }
}

/// What a run read, as far as its end is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Full,
    /// What had changed.
    Since,
    /// A part of history: neither watermark nor deletions come of it.
    Window,
}

/// What comes after a unit.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// More pages.
    More {
        /// Where the next page begins.
        cursor: String,
    },
    /// The connector said that this was the last page.
    End {
        /// Where the next incremental run begins; kept for models that ended in success or in part. After a run that
        /// read what had changed, `None` keeps the old one.
        watermark: Option<String>,
        /// What was read.
        extent: Extent,
        /// When a person is asked.
        guard: DeleteGuard,
        /// The words of the run's model and of each companion that is still open.
        results: Vec<ModelEnd>,
    },
}

/// How a unit is told to those who follow the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announce {
    /// One row for each record.
    Records,
    /// One row for each model, at the end of the run: its first, or one over a part of history.
    Reset,
}

/// What one transaction stores.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Records by model. A key occurs once within a unit; the caller sees to it.
    pub batches: Vec<(String, Vec<RecordWrite>)>,
    /// Our ids of records that the vendor says are gone, by model. None of them is in a batch.
    pub tombstones: Vec<(String, Vec<String>)>,
    /// Records that cannot be stored.
    pub dead_letters: Vec<DeadLetter>,
    /// Keys with an open dead letter that are stored well now.
    pub resolved: Vec<LetterKey>,
    /// What full passes saw.
    pub passes: Vec<PassPart>,
    /// Partitions that ended.
    pub partitions: Vec<PartitionEnd>,
    /// Partitions that the run will read in all, when it was just counted.
    pub partitions_total: Option<i64>,
    /// Partitions that could not be read.
    pub partitions_skipped: i64,
    /// Why, of the last of them.
    pub skip_message: Option<String>,
    /// Pages in the unit.
    pub pages: u32,
    /// Requests that they took.
    pub requests: u32,
    /// How many records the vendor says there are, by model.
    pub totals: Vec<(String, i64)>,
    /// SHA-256 of the connector that read it.
    pub connector_digest: String,
    /// The connector's version.
    pub connector_version: String,
    /// The connector's format of cursor and watermark.
    pub state_format: i32,
    /// For how long the run is held after the commit.
    pub lease: Duration,
    /// Most records are likely to be there already: it pays to look before writing.
    pub likely_known: bool,
    /// How the changes are told.
    pub announce: Announce,
    /// What comes after it.
    pub next: Next,
}

impl Unit {
    /// A unit without records, of pages that were read with this connector.
    #[must_use]
    pub fn new(
        digest: &str,
        version: &str,
        state_format: i32,
        lease: Duration,
        next: Next,
    ) -> Self {
        Self {
            batches: Vec::new(),
            tombstones: Vec::new(),
            dead_letters: Vec::new(),
            resolved: Vec::new(),
            passes: Vec::new(),
            partitions: Vec::new(),
            partitions_total: None,
            partitions_skipped: 0,
            skip_message: None,
            pages: 0,
            requests: 0,
            totals: Vec::new(),
            connector_digest: digest.to_owned(),
            connector_version: version.to_owned(),
            state_format,
            lease,
            likely_known: false,
            announce: Announce::Reset,
            next,
        }
    }
}

/// What became of the records of one model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelCounts {
    /// The model.
    pub model: String,
    /// Records that were not there.
    pub new: i64,
    /// Records that differed.
    pub changed: i64,
    /// Records that did not differ.
    pub unchanged: i64,
    /// Records that the vendor said are gone, and that were there.
    pub deleted: i64,
    /// Dead letters.
    pub dead: i64,
    pub(crate) total: Option<i64>,
    pub(crate) live: i64,
    pub(crate) fresh: i64,
    /// Originals that were written, whether their records changed or not.
    pub(crate) originals: i64,
}

/// A stored unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Somebody asked the sync to stop: no further page is to be pulled.
    pub cancel_requested: bool,
    /// What became of the records, by model. The run's own model is always there.
    pub models: Vec<ModelCounts>,
    /// How the sync ended, when this was the end of its last run.
    pub sync_result: Option<Status>,
}
