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
        let stamps = stamps(full);
        let Some(moment) = between(&stamps) else {
            self.sheet.pass_by(
                Clause::IncrementalSince,
                format!("the vendor puts no stamp on the records of {name}"),
            );
            return;
        };
        let first = self
            .read(Reading {
                started_at: moment,
                target: LARGE,
                originals: false,
                ..full.reading.clone()
            })
            .await;
        let watermark = match first.end {
            End::Complete(Some(watermark)) => watermark,
            // The next run is full, which brings everything.
            End::Complete(None) => return self.sheet.holds(Clause::IncrementalSince),
            End::Cut => return,
            End::Failed(why) => return self.sheet.check(Clause::IncrementalSince, false, || why),
        };
        let reading = Reading {
            span: Span::Since(watermark),
            target: LARGE,
            originals: false,
            ..full.reading.clone()
        };
        if self.must_read_all(&reading).await {
            return self.sheet.holds(Clause::IncrementalSince);
        }
        let since = self.read(reading).await;
        if let End::Failed(why) = &since.end {
            let why = why.clone();
            self.sheet.check(Clause::IncrementalSince, false, || why);
        }
        if !since.is_whole() {
            return;
        }
        let came = came(&since);
        let missing = stamps
            .iter()
            .find(|(record, stamp)| **stamp > moment && !came.contains(*record));
        self.sheet
            .check(Clause::IncrementalSince, missing.is_none(), || {
                let (model, id) = missing.map_or(("", ""), |((model, key), _)| (*model, &*key.1));
                format!("{name}: {model} {id} changed after the start of the run before and does not come")
            });
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

/// A moment with records on both sides, or before all of them.
fn between(stamps: &BTreeMap<(&str, Key), i64>) -> Option<i64> {
    let mut sorted: Vec<i64> = stamps.values().copied().collect();
    sorted.sort_unstable();
    let middle = *sorted.get(sorted.len() / 2)?;
    Some(middle - 1)
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
