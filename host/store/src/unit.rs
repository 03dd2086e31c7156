//! What a commit unit is made of, and what became of it.

use crate::Status;
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

/// How a model of a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEnd {
    /// The run's own model or a companion's.
    pub model: String,
    /// A final word.
    pub status: Status,
    /// Every record of the model was read, from the first to the last.
    pub complete_full: bool,
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
            error_code: None,
            error_message: None,
            who_must_act: None,
        }
    }
}

/// What comes after a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// More pages.
    More {
        /// Where the next page begins.
        cursor: String,
    },
    /// The connector said that this was the last page.
    End {
        /// Where the next incremental run begins; kept for models that ended in success or in part.
        watermark: Option<String>,
        /// The words of the run's model and of each companion that is still open.
        results: Vec<ModelEnd>,
    },
}

/// What one transaction stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Records by model. A key occurs once within a unit; the caller sees to it.
    pub batches: Vec<(String, Vec<RecordWrite>)>,
    /// Records that cannot be stored.
    pub dead_letters: Vec<DeadLetter>,
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
    /// What comes after it.
    pub next: Next,
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
    /// Records that did not differ; their rows were not touched.
    pub unchanged: i64,
    /// Dead letters.
    pub dead: i64,
    pub(crate) total: Option<i64>,
    pub(crate) live: i64,
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
