//! How workers hold runs: heartbeat, and the exits that are not a commit. How they get them is in `claim`.
//!
//! A claim bumps the run's fence; everything a worker writes names the fence it was given, so that a worker that was
//! slow and lost its run can write nothing. All times are the database's.

use crate::change::reset_of_open;
use crate::connection::Tx;
use crate::ending::end_models;
use crate::generation::pay_owed;
use crate::{ModelEnd, Sabotage, Status, Store, StoreError};
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

/// Why a run is put aside, in the form that people see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Why<'a> {
    /// A stable word.
    pub code: &'a str,
    /// One sentence, in the vendor's words where there are any.
    pub message: Option<&'a str>,
    /// Who can do something about it.
    pub who_must_act: &'a str,
}

/// What a heartbeat found out about one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heartbeat {
    /// It is held for another lease.
    Held,
    /// It is held, and somebody asked the sync to stop.
    Cancelled,
    /// It is held by a back-sync, and a usual sync waits for the model: to be given back after the page in hand.
    Wanted,
    /// Somebody else holds it or it has ended: nothing more can be written.
    Lost,
}

impl Store {
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
        let alive: Vec<(String, i64, bool, bool)> = sqlx::query_as(
            "with held as (select * from unnest($1::text[], $2::text[], $3::bigint[]) as h(account_id, id, fence)),
                  free as (select r.account_id, r.id from run r join held h using (account_id, id, fence)
                           where r.status = 'running' for update of r skip locked),
                  kept as (update run r set lease_until = now() + make_interval(secs => $4)
                           from free f where r.account_id = f.account_id and r.id = f.id)
             select r.id, r.fence, s.cancel_requested,
                    s.back_sync and exists (
                        select from run o join sync os on os.account_id = o.account_id and os.id = o.sync_id
                        join run g on g.account_id = r.account_id and g.sync_id = r.sync_id
                                  and (g.id = r.id or g.lead_run_id = r.id) and g.model = o.model
                        where o.account_id = r.account_id and o.integration_id = r.integration_id and o.finished_at is null
                          and not os.back_sync and o.status in ('queued', 'waiting') and o.next_at <= now()
                          and not exists (select from run p where p.account_id = o.account_id and p.sync_id = o.sync_id
                                            and p.model = any(o.after) and p.finished_at is null))
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
                    .find(|(id, fence, ..)| *id == l.run_id && *fence == l.fence)
                {
                    None => Heartbeat::Lost,
                    Some((_, _, true, _)) => Heartbeat::Cancelled,
                    Some((.., true)) => Heartbeat::Wanted,
                    Some(_) => Heartbeat::Held,
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
        why: Why<'_>,
    ) -> Result<(), StoreError> {
        self.let_go(held, Status::Waiting, Some(until), Some(why), 0)
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
        why: Why<'_>,
    ) -> Result<(), StoreError> {
        self.let_go(held, Status::Waiting, Some(next_at), Some(why), 1)
            .await
    }

    /// Gives a run back since this process ends; anybody may go on from its cursor at once.
    ///
    /// # Errors
    /// `LeaseLost`, `Unavailable` or `Database`.
    pub async fn release_run(&self, held: &RunLease) -> Result<(), StoreError> {
        self.let_go(held, Status::Queued, None, None, 0).await
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
        reset_of_open(&mut tx, &held.account_id, &held.sync_id, Some(&held.run_id)).await?;
        let word = end_models(&mut tx, held, results).await?;
        tx.commit().await?;
        Ok(word)
    }

    async fn let_go(
        &self,
        held: &RunLease,
        status: Status,
        next_at: Option<DateTime<Utc>>,
        why: Option<Why<'_>>,
        failures: i32,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if hold(&mut tx, held).await? {
            // Nobody claims a waiting run of a stopped sync, so it ends here.
            let results = cancelled(&mut tx, held).await?;
            reset_of_open(&mut tx, &held.account_id, &held.sync_id, Some(&held.run_id)).await?;
            end_models(&mut tx, held, &results).await?;
            return tx.commit().await;
        }
        let models: Vec<String> = sqlx::query_scalar(
            "update run set status = $4, next_at = coalesce($5, now()), failures = failures + $6, worker = null, lease_until = null,
                    waited_ms = waited_ms + greatest(0, extract(epoch from coalesce($5, now()) - now()) * 1000)::bigint,
                    error_code = coalesce($7, error_code), error_message = case when $7 is null then error_message else $8 end,
                    who_must_act = case when $7 is null then who_must_act else $9 end
             where account_id = $1 and sync_id = $2 and (id = $3 or lead_run_id = $3) and finished_at is null
             returning model",
        )
        .bind(&held.account_id)
        .bind(&held.sync_id)
        .bind(&held.run_id)
        .bind(status)
        .bind(next_at)
        .bind(failures)
        .bind(why.map(|why| why.code))
        .bind(why.and_then(|why| why.message))
        .bind(why.map(|why| why.who_must_act))
        .fetch_all(tx.one())
        .await?;
        // What was committed within the last seconds must not stay unseen while the run waits.
        pay_owed(tx.one(), &held.account_id, &held.integration_id, &models).await?;
        // Last, as in a commit: whoever ends a run locks the sync after everything else.
        look_at(&mut tx, held, next_at).await?;
        tx.commit().await
    }
}

/// Sees to it that workers look for this run at its time, now by default.
async fn look_at(
    tx: &mut Tx,
    held: &RunLease,
    at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    sqlx::query(
        "update sync set due_at = least(due_at, coalesce($3, clock_timestamp())) where account_id = $1 and id = $2",
    )
    .bind(&held.account_id)
    .bind(&held.sync_id)
    .bind(at)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// Locks a run that is held under this fence, and says whether its sync was asked to stop.
pub(crate) async fn hold(tx: &mut Tx, held: &RunLease) -> Result<bool, StoreError> {
    if Sabotage::NoFence.is_on() {
        return Ok(false);
    }
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
