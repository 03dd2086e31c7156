//! Runs that go on from a watermark.
//!
//! Nothing has to change at the vendor for that: a run is said to have begun at a moment in the past, between the stamps
//! of the records, and the run after it must bring all those whose stamps are later.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_manifest::Incremental;
use portcullis_runtime::CallError;
use portcullis_runtime::contract::{Reaction, Span};

use crate::bench::Holder;
use crate::clause::Clause;
use crate::examiner::Examiner;
use crate::pass::{End, Key, Pass, Reading, key};

/// Records that a page is asked for, as a sync does.
pub(crate) const LARGE: u32 = 1000;

impl Examiner<'_> {
    /// Judges the run after one, for a model that was read whole.
    pub(crate) async fn since(&mut self, full: &Pass, incremental: Incremental) {
        let name = full.reading.name();
        let End::Complete(watermark) = &full.end else {
            return;
        };
        if incremental == Incremental::None {
            self.sheet
                .check(Clause::IncrementalSince, watermark.is_none(), || {
                    format!("{name} is not declared incremental and leaves a watermark")
                });
            return;
        }
        self.sheet
            .check(Clause::IncrementalSince, watermark.is_some(), || {
                format!("{name} is declared incremental and leaves no watermark")
            });
        let stamps = stamps(full);
        // Before the newest records too: a vendor may forget what changed long ago.
        let mut begins = moments(&stamps);
        if begins.is_empty() {
            // Nothing shows what should come; what goes on must at least be possible.
            begins.push(full.reading.started_at);
        }
        let mut goes_on = None;
        for moment in begins {
            let Some(reading) = self.after(full, moment).await else {
                return;
            };
            if !self.must_read_all(&reading).await {
                goes_on = Some((moment, reading));
                break;
            }
        }
        let expired = || format!("{name}: whatever watermark it left is expired at once");
        let Some((moment, reading)) = goes_on else {
            // Long ago for all that is known: the one that was just left is not.
            let fresh = match watermark {
                Some(watermark) => {
                    let reading = since(full, watermark.clone());
                    !self.must_read_all(&reading).await
                }
                None => false,
            };
            return self.sheet.check(Clause::IncrementalSince, fresh, expired);
        };
        let run = self.read(reading).await;
        if let End::Failed(why) = &run.end {
            let why = why.clone();
            self.sheet.check(Clause::IncrementalSince, false, || why);
        }
        if !run.is_whole() {
            return;
        }
        let came = came(&run);
        let missing = stamps
            .iter()
            .find(|(record, stamp)| **stamp > moment && !came.contains(*record));
        self.sheet
            .check(Clause::IncrementalSince, missing.is_none(), || {
                let (model, id) = missing.map_or(("", ""), |((model, key), _)| (*model, &*key.1));
                format!("{name}: {model} {id} changed after the start of the run before and does not come")
            });
    }

    /// How the run reads that goes on from one begun at a moment; nothing if that one does not end as it should.
    async fn after(&mut self, full: &Pass, moment: i64) -> Option<Reading> {
        let first = self
            .read(Reading {
                started_at: moment,
                target: LARGE,
                originals: false,
                ..full.reading.clone()
            })
            .await;
        match first.end {
            End::Complete(Some(watermark)) => Some(since(full, watermark)),
            // That has been judged of the pass itself.
            End::Complete(None) | End::Cut => None,
            End::Failed(why) => {
                self.sheet.check(Clause::IncrementalSince, false, || why);
                None
            }
        }
    }

    /// Whether the connector says that its watermark leads nowhere any more, so that the host reads everything.
    async fn must_read_all(&mut self, reading: &Reading) -> bool {
        let request = reading.request(None);
        let what = format!("{} since a watermark", reading.name());
        let result = self.pull(&what, Holder::Customer, &request).await.result;
        matches!(result, Err(CallError::Guest(error)) if matches!(error.reaction, Reaction::WatermarkExpired))
    }
}

/// The stamps of all records of a pass.
fn stamps(pass: &Pass) -> BTreeMap<(&str, Key), i64> {
    pass.batches()
        .flat_map(|batch| {
            batch.upserts.iter().filter_map(|upsert| {
                Some(((batch.model.as_str(), key(&upsert.key)), upsert.updated_at?))
            })
        })
        .collect()
}

/// Moments with records after them: before the newer half, and before the newest.
fn moments(stamps: &BTreeMap<(&str, Key), i64>) -> Vec<i64> {
    let mut sorted: Vec<i64> = stamps.values().copied().collect();
    sorted.sort_unstable();
    let middle = sorted.get(sorted.len() / 2);
    let mut moments: Vec<i64> = middle.into_iter().chain(sorted.last()).copied().collect();
    moments.dedup();
    moments.into_iter().map(|moment| moment - 1).collect()
}

/// The run that goes on from a watermark.
fn since(full: &Pass, watermark: String) -> Reading {
    Reading {
        span: Span::Since(watermark),
        target: LARGE,
        originals: false,
        ..full.reading.clone()
    }
}

/// Every record that a pass tells of.
fn came(pass: &Pass) -> BTreeSet<(&str, Key)> {
    pass.batches()
        .flat_map(|batch| {
            let upserts = batch.upserts.iter().map(|upsert| &upsert.key);
            let gone = batch.tombstones.iter().map(|tombstone| &tombstone.key);
            let omitted = batch
                .omissions
                .iter()
                .filter_map(|omission| omission.key.as_ref());
            let keys = upserts.chain(gone).chain(omitted);
            keys.map(|one| (batch.model.as_str(), key(one)))
        })
        .collect()
}
