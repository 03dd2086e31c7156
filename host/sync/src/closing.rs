//! Storing the pages in hand: rows are made, the unit is committed, and with the end marker the words are given.

use crate::reaction::{Cause, WhoMustAct};
use crate::unit::{Merge, Pages};
use portcullis_store::{
    Absence, Announce, CommitError, Committed, DeadLetter, DeleteGuard, Extent, ModelEnd, Next,
    RecordWrite, RunLease, Status, Store, Unit,
};
use std::time::Duration;

/// What one commit needs.
pub(crate) struct Closing {
    pub(crate) store: Store,
    pub(crate) lease: RunLease,
    /// How long the run is held afterwards.
    pub(crate) hold: Duration,
    pub(crate) pages: Pages,
    /// Where the page after them begins.
    pub(crate) cursor: Option<String>,
    /// How the run ends, if these are its last pages.
    pub(crate) end: Option<Ending>,
    pub(crate) state_format: i32,
    pub(crate) connector_digest: String,
    pub(crate) connector_version: String,
    pub(crate) likely_known: bool,
    pub(crate) announce: Announce,
}

/// How a run ends after its end marker.
pub(crate) struct Ending {
    /// The end marker's watermark.
    pub(crate) watermark: Option<String>,
    pub(crate) extent: Extent,
    pub(crate) guard: DeleteGuard,
    /// What there was of each model before the last pages, and how its absences count.
    pub(crate) models: Vec<Tally>,
    /// Something was left out, so that this is no complete run.
    pub(crate) incomplete: Option<Cause>,
}

/// What a run brought of one model so far.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    pub(crate) model: String,
    pub(crate) rows: i64,
    pub(crate) dead: i64,
    /// There are records of it from earlier runs.
    pub(crate) stored: bool,
    pub(crate) absence: Option<Absence>,
}

/// Makes the rows and commits them.
pub(crate) async fn store_pages(closing: Closing) -> Result<Committed, CommitError> {
    let Closing {
        store,
        lease,
        hold,
        mut pages,
        cursor,
        end,
        state_format,
        connector_digest,
        connector_version,
        likely_known,
        announce,
    } = closing;
    let (count, requests) = (pages.count(), pages.requests());
    let partitions = std::mem::take(&mut pages.partitions);
    let mut merge = pages.merge();
    let next = match end {
        None => Next::More {
            cursor: cursor.unwrap_or_default(),
        },
        Some(ending) => ending.next(&merge),
    };
    let mut unit = Unit {
        totals: merge.totals.drain().collect(),
        dead_letters: std::mem::take(&mut merge.dead_letters),
        resolved: std::mem::take(&mut merge.resolved),
        passes: std::mem::take(&mut merge.passes),
        partitions: partitions.ended,
        partitions_total: partitions.total,
        partitions_skipped: i64::from(partitions.skipped),
        skip_message: partitions.skip_message,
        pages: count,
        requests,
        likely_known,
        announce,
        ..Unit::new(
            &connector_digest,
            &connector_version,
            state_format,
            hold,
            next,
        )
    };
    (unit.batches, unit.tombstones) = merge.into_batches();
    match store.commit_unit(&lease, &unit).await {
        Err(CommitError::Data { message }) => {
            tracing::warn!(run = %lease.run_id, reason = %message, "a unit holds a record that cannot be stored");
            let refused = unstorable(&store, &lease, &unit).await?;
            for (model, row, reason) in refused {
                for (name, rows) in &mut unit.batches {
                    if *name == model {
                        rows.retain(|it| it.id != row.id);
                    }
                }
                unit.resolved
                    .retain(|key| key.model != model || key.external_id != row.external_id);
                if let Next::End { results, .. } = &mut unit.next {
                    for end in results.iter_mut().filter(|end| end.model == model) {
                        not_stored(end);
                    }
                }
                unit.dead_letters.push(DeadLetter {
                    model,
                    scope: row.scope,
                    external_id: Some(row.external_id),
                    kind: "unstorable".to_owned(),
                    message: reason,
                });
            }
            store.commit_unit(&lease, &unit).await
        }
        done => done,
    }
}

/// Finds the rows of a unit that Postgres does not take, by halving: a few dozen trials for a thousand rows.
async fn unstorable(
    store: &Store,
    lease: &RunLease,
    unit: &Unit,
) -> Result<Vec<(String, RecordWrite, String)>, CommitError> {
    let mut refused = Vec::new();
    for (model, rows) in &unit.batches {
        let mut spans: Vec<_> = std::iter::once(0..rows.len()).collect();
        while let Some(span) = spans.pop() {
            let Err(error) = store.try_records(lease, model, &rows[span.clone()]).await else {
                continue;
            };
            let CommitError::Data { message } = error else {
                return Err(error);
            };
            if span.len() == 1 {
                refused.push((model.clone(), rows[span.start].clone(), message));
            } else {
                let middle = span.start + span.len() / 2;
                spans.extend([span.start..middle, middle..span.end]);
            }
        }
    }
    Ok(refused)
}

impl Ending {
    /// The words of the models, with what the last pages hold of them.
    fn next(self, last: &Merge) -> Next {
        let results = self.models.into_iter().map(|tally| {
            let (rows, dead) = last.seen(&tally.model);
            // That nothing changed does not mean that there is nothing.
            let unchanged = i64::from(tally.stored && self.extent != Extent::Full);
            let mut end = succeeded(
                &tally.model,
                rows as i64 + tally.rows + unchanged,
                dead as i64 + tally.dead,
            );
            end.complete_full = self.extent == Extent::Full && self.incomplete.is_none();
            end.absence = tally.absence;
            if let Some(cause) = &self.incomplete {
                end.status = Status::Partial;
                name(&mut end, cause);
            }
            end
        });
        Next::End {
            results: results.collect(),
            watermark: self.watermark,
            extent: self.extent,
            guard: self.guard,
        }
    }
}

/// The word for a model whose last page is here.
fn succeeded(model: &str, rows: i64, dead: i64) -> ModelEnd {
    let status = match (rows, dead) {
        (0, 0) => Status::SucceededEmpty,
        (_, 0) => Status::Succeeded,
        _ => Status::Partial,
    };
    let mut end = ModelEnd::new(model, status);
    if dead > 0 {
        let message = format!("{dead} records could not be read; see the dead letters");
        name(
            &mut end,
            &Cause::new("dead_letters", message, WhoMustAct::Operator),
        );
    }
    end
}

/// A record of the last unit turned out to be one that the database does not take.
fn not_stored(end: &mut ModelEnd) {
    if matches!(end.status, Status::Succeeded | Status::SucceededEmpty) {
        end.status = Status::Partial;
        let message = "records could not be stored; see the dead letters";
        name(
            end,
            &Cause::new("dead_letters", message, WhoMustAct::Operator),
        );
    }
}

fn name(end: &mut ModelEnd, cause: &Cause) {
    end.error_code = Some(cause.code.to_owned());
    end.error_message = Some(cause.message.clone());
    end.who_must_act = Some(cause.who.as_str().to_owned());
}

/// The same word for all that was still open.
pub(crate) fn ends(
    lease: &RunLease,
    companions: &[String],
    status: Status,
    cause: &Cause,
    forget_cursor: bool,
) -> Vec<ModelEnd> {
    std::iter::once(&lease.model)
        .chain(companions)
        .map(|model| {
            let mut end = ModelEnd::new(model, status);
            name(&mut end, cause);
            end.forget_cursor = forget_cursor;
            end
        })
        .collect()
}
