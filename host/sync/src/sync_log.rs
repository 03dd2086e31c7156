//! The log of syncs: lines are collected here and written in batches, beside the commits and never within one.
//!
//! A log that cannot be written holds nothing up: lines are dropped, and their number is written when it can be.

use chrono::Utc;
use portcullis_store::{ClaimedRun, LogLevel, NewSyncLog, RunLease, RunState, Status, Store};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Lines that wait to be written at most.
const WAITING: usize = 4_096;
/// Lines of one statement at most.
const BATCH: usize = 500;
/// How long lines are collected.
const COLLECT: Duration = Duration::from_millis(250);

/// Where lines are handed in.
#[derive(Debug)]
pub(crate) struct SyncLog {
    lines: mpsc::Sender<NewSyncLog>,
    dropped: AtomicU64,
}

/// The other end: whoever writes them.
#[derive(Debug)]
pub(crate) struct SyncLogWriter {
    lines: mpsc::Receiver<NewSyncLog>,
}

impl SyncLog {
    pub(crate) fn new() -> (Self, SyncLogWriter) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let log = Self {
            lines: sender,
            dropped: AtomicU64::new(0),
        };
        (log, SyncLogWriter { lines: receiver })
    }

    /// Hands in a line about a run.
    pub(crate) fn line(
        &self,
        run: &RunLease,
        level: LogLevel,
        event: &str,
        message: impl Into<String>,
        mut detail: Value,
    ) {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            detail["lines_dropped_before"] = json!(dropped);
        }
        let line = NewSyncLog {
            account_id: run.account_id.clone(),
            integration_id: run.integration_id.clone(),
            sync_id: run.sync_id.clone(),
            run_id: Some(run.run_id.clone()),
            model: Some(run.model.clone()),
            at: Utc::now(),
            level,
            event: event.to_owned(),
            message: message.into(),
            detail,
        };
        if self.lines.try_send(line).is_err() {
            self.dropped.fetch_add(dropped + 1, Ordering::Relaxed);
        }
    }

    /// A worker took a run.
    pub(crate) fn claimed(&self, claimed: &ClaimedRun, worker: &str) {
        let run = &claimed.run;
        if !is_told(run.attempt) {
            return;
        }
        let (event, message) = match (run.attempt, &run.cursor) {
            (1, None) => ("run.started", "A worker begins to read.".to_owned()),
            (_, None) => ("run.started", "A worker begins to read again.".to_owned()),
            (_, Some(_)) => (
                "run.resumed",
                format!("A worker goes on after {} pages.", run.pages),
            ),
        };
        let detail = json!({"worker": worker, "attempt": run.attempt, "pages": run.pages});
        self.line(&claimed.lease, LogLevel::Info, event, message, detail);
    }

    /// A worker left a run; how it stands now says why.
    pub(crate) fn left(&self, lease: &RunLease, state: &RunState) {
        let run = &state.run;
        if !run.status.is_final() && !is_told(run.attempt) {
            return;
        }
        let mut detail = json!({
            "attempt": run.attempt,
            "pages": run.pages,
            "rows_new": run.rows_new,
            "rows_changed": run.rows_changed,
            "rows_unchanged": run.rows_unchanged,
            "rows_dead": run.rows_dead,
            "requests": run.requests,
        });
        if let Some(code) = &run.error_code {
            detail["code"] = json!(code);
            detail["who_must_act"] = json!(run.who_must_act);
        }
        let because = run
            .error_message
            .as_ref()
            .or(run.error_code.as_ref())
            .map(|why| format!(": {why}"))
            .unwrap_or_default();
        let (level, event, message) = if state.fence != lease.fence {
            (
                LogLevel::Warn,
                "run.taken_over",
                "Another worker goes on; this one had lost its lease.".to_owned(),
            )
        } else {
            match run.status {
                Status::Waiting => {
                    detail["next_try_at"] = json!(run.next_at);
                    detail["failures"] = json!(run.failures);
                    (
                        LogLevel::Warn,
                        "run.waits",
                        format!("It goes on later{because}"),
                    )
                }
                Status::Queued => (
                    LogLevel::Info,
                    "run.given_back",
                    "It was given back, to be gone on with.".to_owned(),
                ),
                Status::Running | Status::Blocked => (
                    LogLevel::Warn,
                    "run.left",
                    "Its end could not be stored; another worker goes on when the lease is over."
                        .to_owned(),
                ),
                Status::Succeeded | Status::SucceededEmpty => (
                    LogLevel::Info,
                    "run.ended",
                    "Everything was read.".to_owned(),
                ),
                Status::Cancelled => (
                    LogLevel::Info,
                    "run.ended",
                    "It was cancelled; what was read stays.".to_owned(),
                ),
                Status::Failed | Status::Abandoned => {
                    (LogLevel::Error, "run.ended", format!("It failed{because}"))
                }
                _ => (
                    LogLevel::Warn,
                    "run.ended",
                    format!("Not everything was read{because}"),
                ),
            }
        };
        detail["status"] = json!(run.status);
        self.line(lease, level, event, message, detail);
        if let Some(word) = state.sync_ended {
            let detail = json!({"status": word});
            let message = format!("The sync has ended: {word}.");
            self.line(lease, LogLevel::Info, "sync.ended", message, detail);
        }
    }
}

/// Whether the begin and the end of an attempt are told. A run that waits for days is taken up again and again, so after
/// the first ones it is every hundredth; the end of the run is always told.
fn is_told(attempt: i32) -> bool {
    attempt <= 20 || attempt % 100 == 0
}

impl SyncLogWriter {
    /// Writes lines until every [`SyncLog`] is gone and all are written, or until it is dropped.
    pub(crate) async fn write(mut self, store: Store) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.lines.recv_many(&mut batch, BATCH).await > 0 {
            let more = async {
                while batch.len() < BATCH {
                    let room = BATCH - batch.len();
                    if self.lines.recv_many(&mut batch, room).await == 0 {
                        break;
                    }
                }
            };
            // Whatever comes within a moment goes with it.
            let _ = tokio::time::timeout(COLLECT, more).await;
            if let Err(error) = store.write_sync_log(&batch).await {
                tracing::warn!(lines = batch.len(), %error, "lines of the syncs' log could not be written");
            }
            batch.clear();
        }
    }
}
