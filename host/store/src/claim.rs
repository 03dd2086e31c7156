//! How workers get runs.
//!
//! The queue is made of syncs, not of runs: each open sync has a time at which it is to be looked at, and a look takes at
//! most one run of it. So integrations take turns however many runs each of them has, and a claim costs the same with ten
//! runs queued as with ten thousand. Two lanes: back-syncs are looked at when no other sync has anything to do.
//!
//! Nobody waits for a lock here: what another worker looks at or commits at this moment is passed by.

use crate::connection::Tx;
use crate::sync::RUN_COLUMNS;
use crate::{IntegrationRow, RunLease, RunRow, Status, Store, StoreError, SyncKind};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Syncs that one look takes at least: more than there is room for, since some have nothing to give.
const LOOK: usize = 16;
/// Runs of one back-sync at once.
const BACK_SYNC_RUNS: i64 = 1;

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
    /// The place in a trace at which the sync was queued, for `portcullis_trace::go_on`.
    pub trace: Option<String>,
    /// The database's clock at the claim.
    pub now: DateTime<Utc>,
}

/// A sync that is being looked at.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Turn {
    account_id: String,
    id: String,
    integration_id: String,
    back_sync: bool,
}

/// A run right after its claim.
#[derive(Debug, sqlx::FromRow)]
struct Taken {
    #[sqlx(flatten)]
    run: RunRow,
    turn: i64,
    fence: i64,
    now: DateTime<Utc>,
}

impl Store {
    /// Takes one run that is due, for `lease`: see [`Store::claim_runs`].
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn claim_run(
        &self,
        worker: &str,
        lease: Duration,
        per_integration: u32,
    ) -> Result<Option<ClaimedRun>, StoreError> {
        let claimed = self.claim_runs(worker, lease, per_integration, 1).await?;
        Ok(claimed.into_iter().next())
    }

    /// Takes at most `most` runs that are due, for `lease` each, one of a sync at a time and the sync that waited longest
    /// first. At most `per_integration` runs of an integration are held at a time, beside one of a back-sync. A run whose
    /// lease ran out is taken over; its fence moves, so the old holder can no longer commit.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn claim_runs(
        &self,
        worker: &str,
        lease: Duration,
        per_integration: u32,
        most: usize,
    ) -> Result<Vec<ClaimedRun>, StoreError> {
        let mut claimed = Vec::new();
        while claimed.len() < most {
            let mut tx = self.begin().await?;
            let turns = turns(&mut tx, LOOK.max(most)).await?;
            if turns.is_empty() {
                break;
            }
            let left = most - claimed.len();
            take_back(&mut tx, &turns).await?;
            let taken = take(&mut tx, &turns, worker, lease, per_integration, left).await?;
            // Where there was no room for more, the syncs behind the last one keep their place.
            let looked_at = match taken.iter().map(|run| run.turn).max() {
                Some(last) if taken.len() == left => usize::try_from(last).unwrap_or(0),
                _ => turns.len(),
            };
            let companions = take_companions(&mut tx, &taken).await?;
            let syncs = put_back(&mut tx, &turns[..looked_at], &taken).await?;
            tx.commit().await?;
            for taken in taken {
                claimed.push(self.claimed(taken, &companions, &syncs).await?);
            }
        }
        Ok(claimed)
    }

    /// Of these integrations, those beside which a sync of another one is due, so that their runs should give way when no
    /// worker has room. Back-syncs wait for everybody.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn beside_others(&self, integrations: &[&str]) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(
            "select i.id from unnest($1::text[]) as i(id)
             where exists (select from sync s where s.finished_at is null and not s.back_sync
                             and s.due_at <= clock_timestamp() and s.integration_id <> i.id)",
        )
        .bind(integrations)
        .fetch_all(self.one())
        .await?)
    }

    async fn claimed(
        &self,
        taken: Taken,
        companions: &[Companion],
        syncs: &[SyncState],
    ) -> Result<ClaimedRun, StoreError> {
        let Taken {
            run, fence, now, ..
        } = taken;
        let integration = self
            .get_integration(&run.account_id, &run.integration_id)
            .await?;
        let sync = syncs
            .iter()
            .find(|s| s.account_id == run.account_id && s.id == run.sync_id)
            .ok_or(StoreError::NotFound)?;
        let companions = companions
            .iter()
            .filter(|c| c.account_id == run.account_id && c.lead_run_id == run.id);
        let companions = companions.map(|companion| CompanionRun {
            run_id: companion.id.clone(),
            model: companion.model.clone(),
            status: companion.status,
        });
        Ok(ClaimedRun {
            lease: RunLease {
                account_id: run.account_id.clone(),
                integration_id: run.integration_id.clone(),
                sync_id: run.sync_id.clone(),
                run_id: run.id.clone(),
                model: run.model.clone(),
                fence,
            },
            started_at: run.started_at.unwrap_or(now),
            companions: companions.collect(),
            integration,
            kind: sync.kind,
            cancel_requested: sync.cancel_requested,
            trace: sync.trace.clone(),
            now,
            run,
        })
    }
}

/// The syncs that waited longest to be looked at; back-syncs when there are not enough others. Their rows are locked.
async fn turns(tx: &mut Tx, most: usize) -> Result<Vec<Turn>, StoreError> {
    let mut turns = Vec::new();
    for back_sync in [false, true] {
        let left = i64::try_from(most - turns.len()).unwrap_or(i64::MAX);
        if left > 0 {
            let found: Vec<Turn> = sqlx::query_as(
                "select account_id, id, integration_id, back_sync from sync
                 where finished_at is null and back_sync = $1 and due_at <= clock_timestamp()
                 order by due_at limit $2 for no key update skip locked",
            )
            .bind(back_sync)
            .bind(left)
            .fetch_all(tx.one())
            .await?;
            turns.extend(found);
        }
    }
    Ok(turns)
}

/// A back-sync's run whose worker is gone lies down at once: a usual sync may wait for its model, and nobody else would
/// take it over meanwhile. One that is to stop does not: whoever takes it over ends it.
async fn take_back(tx: &mut Tx, turns: &[Turn]) -> Result<(), StoreError> {
    let back: Vec<&Turn> = turns.iter().filter(|turn| turn.back_sync).collect();
    if back.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "with gone as (
            select r.account_id, r.sync_id, r.id from run r
            join unnest($1::text[], $2::text[]) as t(account_id, sync_id) using (account_id, sync_id)
            join sync s on s.account_id = r.account_id and s.id = r.sync_id and not s.cancel_requested
            where r.finished_at is null and r.lead_run_id is null and r.status = 'running' and r.lease_until < now()
            for update of r skip locked)
         update run r set status = 'queued', worker = null, lease_until = null,
                fence = r.fence + case when r.lead_run_id is null then 1 else 0 end
         from gone g
         where r.account_id = g.account_id and r.sync_id = g.sync_id and (r.id = g.id or r.lead_run_id = g.id)
           and r.finished_at is null",
    )
    .bind(back.iter().map(|t| t.account_id.as_str()).collect::<Vec<_>>())
    .bind(back.iter().map(|t| t.id.as_str()).collect::<Vec<_>>())
    .execute(tx.one())
    .await?;
    Ok(())
}

/// One run of each sync, if it has one that can go on now: nothing before it is open, its integration has room, and no
/// other sync of the integration has the same model in hand. A back-sync gives way already to one that is to come.
async fn take(
    tx: &mut Tx,
    turns: &[Turn],
    worker: &str,
    lease: Duration,
    per_integration: u32,
    most: usize,
) -> Result<Vec<Taken>, StoreError> {
    let columns = RUN_COLUMNS
        .split(',')
        .map(|column| format!("r.{}", column.trim()))
        .collect::<Vec<_>>()
        .join(", ");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "with turn as (
            select * from unnest($3::text[], $4::text[], $5::text[], $6::boolean[])
                with ordinality as t(account_id, sync_id, integration_id, back_sync, turn)),
         due as (
            select t.turn, d.account_id, d.id from turn t cross join lateral (
                select r.account_id, r.id from run r join sync s on s.account_id = r.account_id and s.id = r.sync_id
                where r.account_id = t.account_id and r.sync_id = t.sync_id and r.finished_at is null and r.lead_run_id is null
                  and ((r.status in ('queued', 'waiting') and r.next_at <= clock_timestamp() and not s.cancel_requested)
                       or (r.status = 'running' and r.lease_until < clock_timestamp()))
                  and not exists (select from run p where p.account_id = r.account_id and p.sync_id = r.sync_id
                                    and p.model = any(r.after) and p.finished_at is null)
                  and (select count(*) from run h where h.account_id = r.account_id and h.sync_id = r.sync_id
                         and h.finished_at is null and h.lead_run_id is null
                         and h.status = 'running' and h.lease_until >= clock_timestamp())
                      < case when t.back_sync then $8 else $7 end
                  and not exists (
                        select from run o join run g on g.account_id = o.account_id and g.model = o.model
                        where o.account_id = t.account_id and o.integration_id = t.integration_id and o.finished_at is null
                          and o.sync_id <> t.sync_id and (t.back_sync or o.status = 'running')
                          and g.sync_id = t.sync_id and (g.id = r.id or g.lead_run_id = r.id) and g.finished_at is null)
                order by r.next_at, r.created_at, r.id limit 1 for update of r skip locked) d
            order by t.turn limit $9)
         update run r set status = 'running', worker = $1, lease_until = clock_timestamp() + make_interval(secs => $2),
                fence = r.fence + 1, attempt = r.attempt + 1, started_at = coalesce(r.started_at, now())
         from due d where r.account_id = d.account_id and r.id = d.id
         returning {columns}, d.turn, r.fence, now() as now"
    )))
    .bind(worker)
    .bind(lease.as_secs_f64())
    .bind(turns.iter().map(|t| t.account_id.as_str()).collect::<Vec<_>>())
    .bind(turns.iter().map(|t| t.id.as_str()).collect::<Vec<_>>())
    .bind(turns.iter().map(|t| t.integration_id.as_str()).collect::<Vec<_>>())
    .bind(turns.iter().map(|t| t.back_sync).collect::<Vec<_>>())
    .bind(i64::from(per_integration))
    .bind(BACK_SYNC_RUNS)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(tx.one())
    .await?)
}

#[derive(Debug, sqlx::FromRow)]
struct Companion {
    account_id: String,
    lead_run_id: String,
    id: String,
    model: String,
    status: Status,
}

/// Companions move with their leads. All of them are given back, with those that have ended.
async fn take_companions(tx: &mut Tx, taken: &[Taken]) -> Result<Vec<Companion>, StoreError> {
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let accounts: Vec<&str> = taken.iter().map(|t| t.run.account_id.as_str()).collect();
    let syncs: Vec<&str> = taken.iter().map(|t| t.run.sync_id.as_str()).collect();
    let leads: Vec<&str> = taken.iter().map(|t| t.run.id.as_str()).collect();
    sqlx::query(
        "update run r set status = 'running', attempt = r.attempt + 1, started_at = coalesce(r.started_at, l.started_at)
         from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as l(account_id, sync_id, id, started_at)
         where r.account_id = l.account_id and r.sync_id = l.sync_id and r.lead_run_id = l.id and r.finished_at is null",
    )
    .bind(&accounts)
    .bind(&syncs)
    .bind(&leads)
    .bind(taken.iter().map(|t| t.run.started_at.unwrap_or(t.now)).collect::<Vec<_>>())
    .execute(tx.one())
    .await?;
    Ok(sqlx::query_as(
        "select r.account_id, r.lead_run_id, r.id, r.model, r.status from run r
         join unnest($1::text[], $2::text[], $3::text[]) as l(account_id, sync_id, id)
           on r.account_id = l.account_id and r.sync_id = l.sync_id and r.lead_run_id = l.id
         order by r.created_at, r.id",
    )
    .bind(&accounts)
    .bind(&syncs)
    .bind(&leads)
    .fetch_all(tx.one())
    .await?)
}

#[derive(Debug, sqlx::FromRow)]
struct SyncState {
    account_id: String,
    id: String,
    kind: SyncKind,
    cancel_requested: bool,
    trace: Option<String>,
}

/// Gives each sync that was looked at its next time: one that gave a run goes to the end of the queue; of another it is
/// the first moment at which something of it can become due by itself. What others do to it meanwhile (a run ends, is
/// given back, is cancelled) moves the time forward. No later than in a minute in any case, so that nothing that was
/// missed is missed for long; within a second where the other lane stands in the way, since its end tells nobody.
async fn put_back(
    tx: &mut Tx,
    turns: &[Turn],
    taken: &[Taken],
) -> Result<Vec<SyncState>, StoreError> {
    let gave: Vec<bool> = turns
        .iter()
        .map(|turn| {
            taken
                .iter()
                .any(|t| t.run.sync_id == turn.id && t.run.account_id == turn.account_id)
        })
        .collect();
    Ok(sqlx::query_as(
        "update sync s set
            status = case when t.gave then 'running' else s.status end,
            started_at = case when t.gave then coalesce(s.started_at, now()) else s.started_at end,
            due_at = case when t.gave then clock_timestamp() else greatest(clock_timestamp() + interval '50 milliseconds', least(
                clock_timestamp() + case when exists (
                        select from sync o where o.account_id = s.account_id and o.integration_id = s.integration_id
                          and o.finished_at is null and o.id <> s.id)
                    then interval '1 second' else interval '1 minute' end,
                (select min(case when r.status = 'running' then r.lease_until else r.next_at end) from run r
                 where r.account_id = s.account_id and r.sync_id = s.id and r.finished_at is null and r.lead_run_id is null
                   and (r.status = 'running' or r.next_at > clock_timestamp())))) end
         from unnest($1::text[], $2::text[], $3::boolean[]) as t(account_id, id, gave)
         where s.account_id = t.account_id and s.id = t.id
         returning s.account_id, s.id, s.kind, s.cancel_requested, s.trace",
    )
    .bind(turns.iter().map(|t| t.account_id.as_str()).collect::<Vec<_>>())
    .bind(turns.iter().map(|t| t.id.as_str()).collect::<Vec<_>>())
    .bind(&gave)
    .fetch_all(tx.one())
    .await?)
}
