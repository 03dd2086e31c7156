//! Storing the pages in hand: rows are made, the unit is committed, and with the end marker the words are given.

use crate::reaction::Cause;
use crate::unit::Pages;
use portcullis_store::{
    CommitError, Committed, DeadLetter, ModelEnd, Next, RecordWrite, RunLease, Status, Store,
    StoreError, Unit,
};
use std::collections::HashMap;
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
    /// The end marker with its watermark.
    pub(crate) end: Option<Option<String>>,
    pub(crate) companions: Vec<String>,
    pub(crate) state_format: i32,
    pub(crate) connector_digest: String,
    pub(crate) connector_version: String,
}

/// Makes the rows and commits them.
pub(crate) async fn store_pages(closing: Closing) -> Result<Committed, CommitError> {
    let Closing {
        store,
        lease,
        hold,
        pages,
        cursor,
        end,
        companions,
        state_format,
        connector_digest,
        connector_version,
    } = closing;
    let (count, requests) = (pages.count(), pages.requests());
    let mut merge = pages.merge();
    let next = match end {
        None => Next::More {
            cursor: cursor.unwrap_or_default(),
        },
        Some(watermark) => {
            let before = rows_before(&store, &lease).await?;
            let results = std::iter::once(&lease.model)
                .chain(&companions)
                .map(|model| {
                    let (rows, dead) = merge.seen(model);
                    let (rows_before, dead_before) = before.get(model).copied().unwrap_or_default();
                    succeeded(model, rows as i64 + rows_before, dead as i64 + dead_before)
                })
                .collect();
            Next::End { watermark, results }
        }
    };
    let mut unit = Unit {
        totals: merge.totals.drain().collect(),
        dead_letters: std::mem::take(&mut merge.dead_letters),
        batches: merge.into_batches(),
        pages: count,
        requests,
        connector_digest,
        connector_version,
        state_format,
        lease: hold,
        next,
    };
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

/// Rows and dead letters of each model of the run that were stored before this unit, by this or another worker.
async fn rows_before(
    store: &Store,
    lease: &RunLease,
) -> Result<HashMap<String, (i64, i64)>, StoreError> {
    let sync = store.get_sync(&lease.account_id, &lease.sync_id).await?;
    let counts = |run: portcullis_store::RunRow| {
        (
            run.model,
            (
                run.rows_new + run.rows_changed + run.rows_unchanged,
                run.rows_dead,
            ),
        )
    };
    Ok(sync.runs.into_iter().map(counts).collect())
}

/// The word for a model whose last page is here.
fn succeeded(model: &str, rows: i64, dead: i64) -> ModelEnd {
    let status = match (rows, dead) {
        (0, 0) => Status::SucceededEmpty,
        (_, 0) => Status::Succeeded,
        _ => Status::Partial,
    };
    let mut end = ModelEnd::new(model, status);
    end.complete_full = true;
    if dead > 0 {
        end.error_code = Some("dead_letters".to_owned());
        end.error_message = Some(format!(
            "{dead} records could not be read; see the dead letters"
        ));
        end.who_must_act = Some("operator".to_owned());
    }
    end
}

/// The same word for all that was still open.
pub(crate) fn ends(
    lease: &RunLease,
    companions: &[String],
    status: Status,
    cause: &Cause,
) -> Vec<ModelEnd> {
    std::iter::once(&lease.model)
        .chain(companions)
        .map(|model| {
            let mut end = ModelEnd::new(model, status);
            end.error_code = Some(cause.code.to_owned());
            end.error_message = Some(cause.message.clone());
            end.who_must_act = Some(cause.who.as_str().to_owned());
            end
        })
        .collect()
}
