//! How workers hold runs: claim, heartbeat, and the exits that are not a commit.
//!
//! A claim bumps the run's fence; everything a worker writes names the fence it was given, so that a worker that was
//! slow and lost its run can write nothing. All times are the database's.

use crate::commit::end_models;
use crate::connection::Tx;
use crate::sync::RUN_COLUMNS;
use crate::{CheckpointRow, IntegrationRow, ModelEnd, RunRow, Status, Store, StoreError, SyncKind};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The right to write what a run reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLease {
    /// Whose integration it is.
    pub account_id: String,
    /// The integration.
    pub integration_id: String,
    /// The sync.
    pub sync_id: String,
    /// The run.
    pub run_id: String,
    /// The run's model.
    pub model: String,
    /// Grows with each claim; an older one can write nothing.
    pub fence: i64,
}

/// A model that arrives on the pages of a claimed run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanionRun {
    /// The companion's run.
    pub run_id: String,
    /// The companion's model.
    pub model: String,
    /// `Running`, or how it ended already: a skipped companion's records are not stored.
    pub status: Status,
}

/// A run that this worker holds now.
#[derive(Debug, Clone)]
pub struct ClaimedRun {
    /// The right to write what it reads.
    pub lease: RunLease,
    /// The run after the claim: cursor, span, counters, attempt.
    pub run: RunRow,
    /// When its first page was or is asked for; the base of the next watermark.
    pub started_at: DateTime<Utc>,
    /// Models that arrive on its pages.
    pub companions: Vec<CompanionRun>,
    /// The integration as it is now.
    pub integration: IntegrationRow,
    /// Why the sync was started.
    pub kind: SyncKind,
    /// Somebody asked the sync to stop: the run is to be finished at once, nothing is to be read.
    pub cancel_requested: bool,
    /// The model's checkpoints.
    pub checkpoints: Vec<CheckpointRow>,
    /// The database's clock at the claim.
    pub now: DateTime<Utc>,
}

/// What a heartbeat found out about one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heartbeat {
    /// It is held for another lease.
    Held,
    /// It is held, and somebody asked the sync to stop.
    Cancelled,
    /// Somebody else holds it or it has ended: nothing more can be written.
    Lost,
}

impl Store {
    /// Takes the run that has been due longest, for `lease`. At most `per_integration` runs of an integration are held
    /// at a time. A run whose lease ran out is taken over; its fence moves, so the old holder can no longer commit.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn claim_run(
        &self,
        worker: &str,
        lease: Duration,
        per_integration: u32,
    ) -> Result<Option<ClaimedRun>, StoreError> {
        let mut tx = self.begin().await?;
        // Claims take turns: the limit per integration is a count, and two claims at once would both find room.
        sqlx::query("select pg_advisory_xact_lock(hashtext('portcullis claim'))")
            .execute(tx.one())
            .await?;
        let claimed: Option<RunRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "update run set status = 'running', worker = $1, lease_until = now() + make_interval(secs => $2),
                    fence = fence + 1, attempt = attempt + 1, started_at = coalesce(started_at, now())
             where (account_id, id) = (
                select r.account_id, r.id from run r join sync s on s.account_id = r.account_id and s.id = r.sync_id
                where r.finished_at is null and r.lead_run_id is null
                  and ((r.status in ('queued', 'waiting') and r.next_at <= now() and not s.cancel_requested)
                       or (r.status = 'running' and r.lease_until < now()))
                  and not exists (select from run p where p.account_id = r.account_id and p.sync_id = r.sync_id
                                    and p.model = any(r.after) and p.finished_at is null)
                  and (select count(*) from run h where h.account_id = r.account_id and h.integration_id = r.integration_id
                         and h.finished_at is null and h.lead_run_id is null
                         and h.status = 'running' and h.lease_until >= now()) < $3
                order by r.next_at, r.created_at, r.id
                limit 1 for update of r skip locked)
             returning {RUN_COLUMNS}"
        )))
        .bind(worker)
        .bind(lease.as_secs_f64())
        .bind(i64::from(per_integration))
        .fetch_optional(tx.one())
        .await?;
        let Some(run) = claimed else { return Ok(None) };
        let (fence, started_at, now): (i64, DateTime<Utc>, DateTime<Utc>) = sqlx::query_as(
            "select fence, started_at, now() from run where account_id = $1 and id = $2",
        )
        .bind(&run.account_id)
        .bind(&run.id)
        .fetch_one(tx.one())
        .await?;
        sqlx::query(
            "update run set status = 'running', attempt = attempt + 1, started_at = coalesce(started_at, $3)
             where account_id = $1 and lead_run_id = $2 and sync_id = $4 and finished_at is null",
        )
        .bind(&run.account_id)
        .bind(&run.id)
        .bind(started_at)
        .bind(&run.sync_id)
        .execute(tx.one())
        .await?;
        let companions: Vec<(String, String, Status)> = sqlx::query_as(
            "select id, model, status from run where account_id = $1 and sync_id = $3 and lead_run_id = $2 order by created_at, id",
        )
        .bind(&run.account_id)
        .bind(&run.id)
        .bind(&run.sync_id)
        .fetch_all(tx.one())
        .await?;
        let (kind, cancel_requested): (SyncKind, bool) = sqlx::query_as(
            "update sync set status = 'running', started_at = coalesce(started_at, now())
             where account_id = $1 and id = $2 returning kind, cancel_requested",
        )
        .bind(&run.account_id)
        .bind(&run.sync_id)
        .fetch_one(tx.one())
        .await?;
        tx.commit().await?;
        let integration = self
            .get_integration(&run.account_id, &run.integration_id)
            .await?;
        let mut checkpoints = self
            .checkpoints(&run.account_id, &run.integration_id)
            .await?;
        checkpoints.retain(|c| c.model == run.model);
        let lease = RunLease {
            account_id: run.account_id.clone(),
            integration_id: run.integration_id.clone(),
            sync_id: run.sync_id.clone(),
            run_id: run.id.clone(),
            model: run.model.clone(),
            fence,
        };
        let companions = companions
            .into_iter()
            .map(|(run_id, model, status)| CompanionRun {
                run_id,
                model,
                status,
            })
            .collect();
        Ok(Some(ClaimedRun {
            lease,
            run,
            started_at,
            companions,
            integration,
            kind,
            cancel_requested,
            checkpoints,
            now,
        }))
    }

    /// Keeps many runs for another `lease`, in one statement. The answers stand in the order of the leases.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn heartbeat_runs(
        &self,
        held: &[RunLease],
        lease: Duration,
    ) -> Result<Vec<Heartbeat>, StoreError> {
        if held.is_empty() {
            return Ok(Vec::new());
        }
        // Rows that a commit holds at this moment are skipped over, not waited for: the commit extends them itself.
        let alive: Vec<(String, i64, bool)> = sqlx::query_as(
            "with held as (select * from unnest($1::text[], $2::text[], $3::bigint[]) as h(account_id, id, fence)),
                  free as (select r.account_id, r.id from run r join held h using (account_id, id, fence)
                           where r.status = 'running' for update of r skip locked),
                  kept as (update run r set lease_until = now() + make_interval(secs => $4)
                           from free f where r.account_id = f.account_id and r.id = f.id)
             select r.id, r.fence, s.cancel_requested
             from run r join held h using (account_id, id, fence)
             join sync s on s.account_id = r.account_id and s.id = r.sync_id
             where r.status = 'running'",
        )
        .bind(held.iter().map(|l| l.account_id.as_str()).collect::<Vec<_>>())
        .bind(held.iter().map(|l| l.run_id.as_str()).collect::<Vec<_>>())
        .bind(held.iter().map(|l| l.fence).collect::<Vec<_>>())
        .bind(lease.as_secs_f64())
        .fetch_all(self.one())
        .await?;
        Ok(held
            .iter()
            .map(|l| {
                match alive
                    .iter()
                    .find(|(id, fence, _)| *id == l.run_id && *fence == l.fence)
                {
                    None => Heartbeat::Lost,
                    Some((.., true)) => Heartbeat::Cancelled,
                    Some((.., false)) => Heartbeat::Held,
                }
            })
            .collect())
    }

    /// Puts a run aside until a time: the vendor asked for patience. No failure is counted.
    ///
    /// # Errors
    /// `LeaseLost`, `Unavailable` or `Database`.
    pub async fn park_run(
        &self,
        held: &RunLease,
        until: DateTime<Utc>,
        code: &str,
        message: Option<&str>,
    ) -> Result<(), StoreError> {
        self.let_go(held, Status::Waiting, Some(until), Some((code, message)), 0)
            .await
    }

    /// Puts a run aside after an error, to go on at a time. Counts a failure; the next commit clears the count.
    ///
    /// # Errors
    /// `LeaseLost`, `Unavailable` or `Database`.
    pub async fn retry_run_later(
        &self,
        held: &RunLease,
        next_at: DateTime<Utc>,
        code: &str,
        message: Option<&str>,
    ) -> Result<(), StoreError> {
        self.let_go(
            held,
            Status::Waiting,
            Some(next_at),
            Some((code, message)),
            1,
        )
        .await
    }

    /// Gives a run back since this process ends; anybody may go on from its cursor at once.
    ///
    /// # Errors
    /// `LeaseLost`, `Unavailable` or `Database`.
    pub async fn release_run(&self, held: &RunLease) -> Result<(), StoreError> {
        self.let_go(held, Status::Queued, None, None, 0).await
    }

    /// Forgets a run's cursor, since the connector can no longer read it; the run begins again in the new format.
    ///
    /// # Errors
    /// `LeaseLost`, `Unavailable` or `Database`.
    pub async fn restart_run(&self, held: &RunLease, state_format: i32) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update run set cursor = null, state_format = $4, started_at = now()
             where account_id = $1 and id = $2 and fence = $3 and status = 'running'",
        )
        .bind(&held.account_id)
        .bind(&held.run_id)
        .bind(held.fence)
        .bind(state_format)
        .execute(self.one())
        .await?;
        if done.rows_affected() == 0 {
            Err(StoreError::LeaseLost)
        } else {
            Ok(())
        }
    }

    /// Ends a run and its companions without a last commit unit: failed, cancelled, abandoned, skipped. Each model of
    /// the run that is still open must be named. Returns the word of the sync when this was its last run.
    ///
    /// # Errors
    /// `LeaseLost`; `Conflict{model_without_run}`; `Conflict{model_left_open}`; `Unavailable`, `Database`.
    pub async fn finish_run(
        &self,
        held: &RunLease,
        results: &[ModelEnd],
    ) -> Result<Option<Status>, StoreError> {
        let mut tx = self.begin().await?;
        hold(&mut tx, held).await?;
        let word = end_models(&mut tx, held, results).await?;
        tx.commit().await?;
        Ok(word)
    }

    async fn let_go(
        &self,
        held: &RunLease,
        status: Status,
        next_at: Option<DateTime<Utc>>,
        error: Option<(&str, Option<&str>)>,
        failures: i32,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if hold(&mut tx, held).await? {
            // Nobody claims a waiting run of a stopped sync, so it ends here.
            let results = cancelled(&mut tx, held).await?;
            end_models(&mut tx, held, &results).await?;
            return tx.commit().await;
        }
        let models: Vec<String> = sqlx::query_scalar(
            "update run set status = $4, next_at = coalesce($5, now()), failures = failures + $6, worker = null, lease_until = null,
                    error_code = coalesce($7, error_code), error_message = case when $7 is null then error_message else $8 end
             where account_id = $1 and sync_id = $2 and (id = $3 or lead_run_id = $3) and finished_at is null
             returning model",
        )
        .bind(&held.account_id)
        .bind(&held.sync_id)
        .bind(&held.run_id)
        .bind(status)
        .bind(next_at)
        .bind(failures)
        .bind(error.map(|e| e.0))
        .bind(error.and_then(|e| e.1))
        .fetch_all(tx.one())
        .await?;
        // What was committed within the last seconds must not stay unseen while the run waits.
        sqlx::query(
            "update model_state set generation = generation + 1, generation_at = now(), generation_owed = false,
                    changed_at = clock_timestamp()
             where account_id = $1 and integration_id = $2 and model = any($3) and generation_owed",
        )
        .bind(&held.account_id)
        .bind(&held.integration_id)
        .bind(models)
        .execute(tx.one())
        .await?;
        tx.commit().await
    }
}

/// Locks a run that is held under this fence, and says whether its sync was asked to stop.
pub(crate) async fn hold(tx: &mut Tx, held: &RunLease) -> Result<bool, StoreError> {
    sqlx::query_scalar(
        "select s.cancel_requested from run r join sync s on s.account_id = r.account_id and s.id = r.sync_id
         where r.account_id = $1 and r.id = $2 and r.fence = $3 and r.status = 'running' for update of r",
    )
    .bind(&held.account_id)
    .bind(&held.run_id)
    .bind(held.fence)
    .fetch_optional(tx.one())
    .await?
    .ok_or(StoreError::LeaseLost)
}

/// The word `cancelled` for each model of the run that is still open.
async fn cancelled(tx: &mut Tx, held: &RunLease) -> Result<Vec<ModelEnd>, StoreError> {
    let models: Vec<String> = sqlx::query_scalar(
        "select model from run where account_id = $1 and sync_id = $2 and (id = $3 or lead_run_id = $3) and finished_at is null",
    )
    .bind(&held.account_id)
    .bind(&held.sync_id)
    .bind(&held.run_id)
    .fetch_all(tx.one())
    .await?;
    Ok(models
        .into_iter()
        .map(|model| ModelEnd::new(model, Status::Cancelled))
        .collect())
}
