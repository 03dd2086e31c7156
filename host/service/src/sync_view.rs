//! Syncs and runs as people and programs read them, with how far they are.

use chrono::{DateTime, TimeDelta, Utc};
use portcullis_store::{RunRow, Status, SyncWithRuns};
use serde::Serialize;
use utoipa::ToSchema;

use crate::words::label;

/// A sync with its runs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SyncView {
    /// `syn_…`.
    pub id: String,
    /// Of which integration.
    pub integration_id: String,
    /// `first`, `manual`, `scheduled` or `back_sync`.
    pub kind: &'static str,
    /// Where it stands, or how it ended.
    pub status: &'static str,
    /// The word that people read for it.
    pub label: &'static str,
    /// Whether somebody asked it to stop.
    pub cancel_requested: bool,
    /// The models that were asked for; null for all that are switched on.
    pub models: Option<Vec<String>>,
    /// When it was started.
    pub created_at: DateTime<Utc>,
    /// When a worker took its first run.
    pub started_at: Option<DateTime<Utc>>,
    /// When its last run ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// From the first page to the end, restarts and waits included, in milliseconds; up to now while it runs.
    pub duration_ms: Option<i64>,
    /// Sums over its runs and all of their attempts.
    pub counters: Counters,
    /// How far it is, as far as the vendor says how much there is.
    pub progress: Progress,
    /// One per model.
    pub runs: Vec<RunView>,
}

/// What was read, over all attempts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counters {
    /// Pages that were stored.
    pub pages: i64,
    /// Records that were new.
    pub rows_new: i64,
    /// Records that differed from what was stored.
    pub rows_changed: i64,
    /// Records that did not differ.
    pub rows_unchanged: i64,
    /// Records that were found to be gone, and deleted.
    pub rows_deleted: i64,
    /// Records that were left out, each with a dead letter.
    pub rows_dead: i64,
    /// Requests to the vendor.
    pub requests: i64,
}

/// How far something is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct Progress {
    /// Records that were read.
    pub read: i64,
    /// Records that there are, where the vendor says so of every model that is read.
    pub expected: Option<i64>,
    /// From 0 to 1; null where nobody knows.
    pub share: Option<f64>,
    /// When it would end if it went on like this.
    pub estimated_end_at: Option<DateTime<Utc>>,
}

/// One model of one sync.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RunView {
    /// `run_…`.
    pub id: String,
    /// The model.
    pub model: String,
    /// The model on whose pages this one arrives, for a companion.
    pub lead: Option<String>,
    /// Where it stands, or how it ended.
    pub status: &'static str,
    /// The word that people read for it.
    pub label: &'static str,
    /// Pages that were stored.
    pub pages: i64,
    /// Records that were new.
    pub rows_new: i64,
    /// Records that differed from what was stored.
    pub rows_changed: i64,
    /// Records that did not differ.
    pub rows_unchanged: i64,
    /// Records that were found to be gone, and deleted.
    pub rows_deleted: i64,
    /// Records that were left out, each with a dead letter.
    pub rows_dead: i64,
    /// Requests to the vendor.
    pub requests: i64,
    /// How long it waited for the vendor or after an error, in milliseconds.
    pub waited_ms: i64,
    /// How many records the vendor says there are.
    pub total: Option<i64>,
    /// How far it is.
    pub progress: Progress,
    /// The last error: a stable code.
    pub error_code: Option<String>,
    /// The last error in a sentence.
    pub error_message: Option<String>,
    /// `caller`, `operator`, `customer`, `vendor`, `connector_author` or `gateway`.
    pub who_must_act: Option<String>,
    /// When it goes on, while it is queued or waiting; when the schedule tries the model again, for a failed run that is
    /// the newest of its model.
    pub next_try_at: Option<DateTime<Utc>>,
    /// How often a worker took it.
    pub attempts: i32,
    /// Version of the connector that made its last page.
    pub connector_version: Option<String>,
    /// Digest of the connector that made its last page.
    pub connector_digest: Option<String>,
    /// When a worker took it first.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A sync as it is read at `now`.
pub(crate) fn view(sync: SyncWithRuns, now: DateTime<Utc>) -> SyncView {
    let runs: Vec<RunView> = sync
        .runs
        .iter()
        .map(|run| run_view(run, &sync.runs, now))
        .collect();
    let SyncWithRuns { sync, .. } = sync;
    let end = sync.finished_at.unwrap_or(now);
    SyncView {
        counters: runs.iter().fold(Counters::default(), |sum, run| Counters {
            // Companions arrive on pages and by requests of their lead, which counted them.
            pages: sum.pages + if run.lead.is_none() { run.pages } else { 0 },
            rows_new: sum.rows_new + run.rows_new,
            rows_changed: sum.rows_changed + run.rows_changed,
            rows_unchanged: sum.rows_unchanged + run.rows_unchanged,
            rows_deleted: sum.rows_deleted + run.rows_deleted,
            rows_dead: sum.rows_dead + run.rows_dead,
            requests: sum.requests + run.requests,
        }),
        progress: together(&runs, sync.started_at, sync.finished_at, now),
        runs,
        id: sync.id,
        integration_id: sync.integration_id,
        kind: sync.kind.as_str(),
        status: sync.status.as_str(),
        label: label(sync.status),
        cancel_requested: sync.cancel_requested,
        models: sync.models,
        created_at: sync.created_at,
        started_at: sync.started_at,
        finished_at: sync.finished_at,
        duration_ms: sync
            .started_at
            .map(|start| (end - start).num_milliseconds().max(0)),
    }
}

fn run_view(run: &RunRow, all: &[RunRow], now: DateTime<Utc>) -> RunView {
    let lead = run
        .lead_run_id
        .as_ref()
        .and_then(|lead| all.iter().find(|other| other.id == *lead))
        .map(|lead| lead.model.clone());
    let next = match run.status {
        Status::Queued | Status::Waiting => Some(run.next_at),
        _ => run.due_again_at,
    };
    let read = run.rows_new + run.rows_changed + run.rows_unchanged + run.rows_dead;
    let complete = matches!(run.status, Status::Succeeded | Status::SucceededEmpty);
    let expected = if complete { Some(read) } else { run.total };
    RunView {
        id: run.id.clone(),
        model: run.model.clone(),
        lead,
        status: run.status.as_str(),
        label: label(run.status),
        pages: run.pages,
        rows_new: run.rows_new,
        rows_changed: run.rows_changed,
        rows_unchanged: run.rows_unchanged,
        rows_deleted: run.rows_deleted,
        rows_dead: run.rows_dead,
        requests: run.requests,
        waited_ms: run.waited_ms,
        total: run.total,
        progress: progress(read, expected, run.started_at, run.finished_at, now),
        error_code: run.error_code.clone(),
        error_message: run.error_message.clone(),
        who_must_act: run.who_must_act.clone(),
        next_try_at: next,
        attempts: run.attempt,
        connector_version: run.connector_version.clone(),
        connector_digest: run.connector_digest.clone(),
        started_at: run.started_at,
        finished_at: run.finished_at,
    }
}

/// How far a sync is: known when it is known of every model that is read.
fn together(
    runs: &[RunView],
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Progress {
    let skipped = |run: &&RunView| !run.status.starts_with("skipped_");
    let runs: Vec<&RunView> = runs.iter().filter(skipped).collect();
    let read = runs.iter().map(|run| run.progress.read).sum();
    let expected = runs.iter().map(|run| run.progress.expected).sum();
    progress(read, expected, started_at, finished_at, now)
}

fn progress(
    read: i64,
    expected: Option<i64>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Progress {
    // A vendor's total may be old: what was read counts for more.
    let expected = expected.map(|expected| expected.max(read));
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share, shown with a few digits"
    )]
    let share = match expected {
        Some(0) if finished_at.is_some() => Some(1.0),
        Some(0) | None => None,
        Some(expected) => Some(read as f64 / expected as f64),
    };
    let estimated_end_at = match (share, started_at, finished_at) {
        (Some(share), Some(start), None) if share > 0.0 => {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                reason = "an estimate in milliseconds; `as` saturates"
            )]
            let left = ((now - start).num_milliseconds() as f64 * (1.0 - share) / share) as i64;
            TimeDelta::try_milliseconds(left).and_then(|left| now.checked_add_signed(left))
        }
        _ => None,
    };
    Progress {
        read,
        expected,
        share,
        estimated_end_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_goes_on_as_it_went_and_knows_what_nobody_said() {
        let start = DateTime::UNIX_EPOCH;
        let now = start + TimeDelta::seconds(30);
        let half = progress(500, Some(1_000), Some(start), None, now);
        assert_eq!(half.share, Some(0.5));
        assert_eq!(half.estimated_end_at, Some(start + TimeDelta::seconds(60)));
        assert_eq!(progress(500, None, Some(start), None, now).share, None);
        let old_total = progress(1_200, Some(1_000), Some(start), None, now);
        assert_eq!(
            (old_total.expected, old_total.share),
            (Some(1_200), Some(1.0))
        );
        let none = progress(0, Some(1_000), Some(start), None, now);
        assert_eq!((none.share, none.estimated_end_at), (Some(0.0), None));
        let empty = progress(0, Some(0), Some(start), Some(now), now);
        assert_eq!(empty.share, Some(1.0));
    }
}
