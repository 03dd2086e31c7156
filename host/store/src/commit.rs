//! Commit units: rows, deletions, dead letters, counters, cursor and state of one or several pages, in one transaction.

use crate::checkpoint::{forget_passes, save_checkpoints, save_partitions};
use crate::connection::Tx;
use crate::dead_letter::{insert_dead_letters, resolve_letters, resolve_unmet};
use crate::deletion::{after_deletion, tombstone};
use crate::ending::end_models;
use crate::generation::stamp_again;
use crate::lease::{RunLease, hold};
use crate::original::write_originals;
use crate::seen::add_passes;
use crate::statistics::refresh;
use crate::sweep::sweep;
use crate::upsert::{Upserted, Writing, upsert};
use crate::{
    Announce, CommitError, Committed, Environment, Extent, ModelCounts, Next, RecordWrite,
    Sabotage, Store, StoreError, Unit,
};
use chrono::{DateTime, TimeDelta, Utc};

/// A stamp of the vendor's that is older than this before the start of a run is older than the run, whatever its clock.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(5);

impl Store {
    /// Stores a unit or nothing of it: rows, deletions, dead letters, counters, cursor, state. Extends the lease. With
    /// `Next::End` it also looks for what the run's passes missed, ends the run and its companions, and the sync when
    /// this was its last run. The words of models may end as `partial` there: `suspicious_empty`, `mass_delete_held`.
    ///
    /// # Errors
    /// `Data` when a value of the unit cannot be stored: the caller halves the unit to find it. `LeaseLost` when the run
    /// is somebody else's; `Conflict{model_without_run}` when a batch names a model that has no open run here;
    /// `Conflict{model_left_open}` when an end leaves a companion without a word; `Unavailable`, `Database`.
    pub async fn commit_unit(
        &self,
        held: &RunLease,
        unit: &Unit,
    ) -> Result<Committed, CommitError> {
        let mut tx = self.begin().await?;
        let cancel_requested = hold(&mut tx, held).await?;
        let mut models = vec![ModelCounts {
            model: held.model.clone(),
            ..ModelCounts::default()
        }];
        store_rows(&mut tx, held, unit, &mut models).await?;
        for (model, ids) in unit.tombstones.iter().filter(|(_, ids)| !ids.is_empty()) {
            let gone = tombstone(&mut tx, &held.account_id, model, ids).await?;
            let of = (held.account_id.as_str(), held.integration_id.as_str());
            after_deletion(&mut tx, of, model, &gone, unit.announce).await?;
            let counts = of_model(&mut models, model);
            counts.deleted += gone.len() as i64;
            counts.live -= gone.len() as i64;
        }
        if Sabotage::CursorApart.is_on() {
            tx.commit().await?;
            tx = self.begin().await?;
        }
        for letter in &unit.dead_letters {
            of_model(&mut models, &letter.model).dead += 1;
        }
        for (model, total) in &unit.totals {
            of_model(&mut models, model).total = Some(*total);
        }
        insert_dead_letters(&mut tx, held, &unit.dead_letters).await?;
        resolve_letters(&mut tx, held, &unit.resolved).await?;
        add_passes(&mut tx, held, &unit.passes).await?;
        save_partitions(&mut tx, held, unit.state_format, &unit.partitions).await?;
        count_run(&mut tx, held, unit, &models).await?;
        count_models(&mut tx, held, &models).await?;
        let sync_result = end(&mut tx, held, unit).await?;
        tx.commit().await?;
        Ok(Committed {
            cancel_requested,
            models,
            sync_result,
        })
    }

    /// Whether records could be stored: the statement is run and taken back. For finding the one that cannot.
    ///
    /// # Errors
    /// `Data` when one of them cannot be stored; `NotFound`, `Unavailable`, `Database`.
    pub async fn try_records(
        &self,
        held: &RunLease,
        model: &str,
        batch: &[RecordWrite],
    ) -> Result<(), CommitError> {
        let mut tx = self.begin().await?;
        let whose = whose(&mut tx, held).await?;
        let writing = Writing {
            held,
            environment: whose.environment,
            vendor: &whose.vendor,
            tell: false,
            fresh_after: DateTime::UNIX_EPOCH,
            likely_known: false,
        };
        upsert(&mut tx, &writing, model, batch).await?;
        Ok(())
    }
}

/// What a unit must know of its integration and its run.
#[derive(sqlx::FromRow)]
struct Whose {
    environment: Environment,
    vendor: String,
    keeps_originals: bool,
    /// When the run began.
    started_at: Option<DateTime<Utc>>,
}

async fn whose(tx: &mut Tx, held: &RunLease) -> Result<Whose, sqlx::Error> {
    sqlx::query_as(
        "select i.environment, i.vendor, i.keeps_originals, r.started_at from integration i
         left join run r on r.account_id = i.account_id and r.id = $3
         where i.account_id = $1 and i.id = $2",
    )
    .bind(&held.account_id)
    .bind(&held.integration_id)
    .bind(&held.run_id)
    .fetch_one(tx.one())
    .await
}

async fn store_rows(
    tx: &mut Tx,
    held: &RunLease,
    unit: &Unit,
    models: &mut Vec<ModelCounts>,
) -> Result<(), CommitError> {
    if unit.batches.iter().all(|(_, batch)| batch.is_empty()) {
        return Ok(());
    }
    let whose = whose(tx, held).await?;
    let started_at = whose.started_at;
    let writing = Writing {
        held,
        environment: whose.environment,
        vendor: &whose.vendor,
        tell: unit.announce == Announce::Records,
        fresh_after: started_at.unwrap_or(DateTime::UNIX_EPOCH) - CLOCKS_DIFFER,
        likely_known: unit.likely_known,
    };
    for (model, batch) in unit.batches.iter().filter(|(_, batch)| !batch.is_empty()) {
        let Upserted {
            new,
            changed,
            revived,
            fresh,
        } = upsert(tx, &writing, model, batch).await?;
        // Nobody may have switched them off since the page was asked for.
        let originals = match whose.keeps_originals {
            true => write_originals(tx, held, model, batch).await?,
            false => 0,
        };
        let counts = of_model(models, model);
        counts.new += new;
        counts.changed += changed;
        counts.unchanged += batch.len() as i64 - new - changed;
        counts.live += new + revived;
        counts.fresh += fresh;
        counts.originals += originals;
    }
    Ok(())
}

/// The end of the run, if the unit is its last.
async fn end(
    tx: &mut Tx,
    held: &RunLease,
    unit: &Unit,
) -> Result<Option<crate::Status>, CommitError> {
    let Next::End {
        watermark,
        extent,
        guard,
        results,
    } = &unit.next
    else {
        return Ok(None);
    };
    let mut results = results.clone();
    let models: Vec<&str> = results.iter().map(|end| end.model.as_str()).collect();
    refresh(tx, &models).await?;
    let mut suspects = Vec::new();
    for end in &mut results {
        if *extent == Extent::Window {
            end.complete_full = false;
            continue;
        }
        let swept = sweep(tx, held, end, *guard, unit.announce).await?;
        if swept.deleted > 0 {
            count_deleted(tx, held, &end.model, swept.deleted).await?;
        }
        suspects.extend(swept.suspect.map(|rows| (end.model.clone(), rows)));
    }
    // Statements whose plans are kept are planned as ever.
    sqlx::query("select set_config('enable_nestloop', 'on', true)")
        .execute(tx.one())
        .await?;
    resolve_unmet(tx, held, &results).await?;
    let read = (watermark.as_deref(), *extent);
    save_checkpoints(tx, held, unit.state_format, read, &results, &suspects).await?;
    if unit.announce == Announce::Reset {
        crate::change::reset(tx, held, &results).await?;
    }
    forget_passes(tx, held).await?;
    let word = end_models(tx, held, &results).await?;
    stamp_again(tx, &held.account_id, &held.integration_id).await?;
    Ok(word)
}

async fn count_deleted(
    tx: &mut Tx,
    held: &RunLease,
    model: &str,
    deleted: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "with counted as (
            update run set rows_deleted = rows_deleted + $5
            where account_id = $1 and sync_id = $2 and (id = $3 or lead_run_id = $3) and model = $4)
         update model_state set live_rows = live_rows - $5 where account_id = $1 and integration_id = $6 and model = $4",
    )
    .bind(&held.account_id)
    .bind(&held.sync_id)
    .bind(&held.run_id)
    .bind(model)
    .bind(deleted)
    .bind(&held.integration_id)
    .execute(tx.one())
    .await?;
    Ok(())
}

fn of_model<'a>(models: &'a mut Vec<ModelCounts>, model: &str) -> &'a mut ModelCounts {
    let at = models
        .iter()
        .position(|m| m.model == model)
        .unwrap_or_else(|| {
            models.push(ModelCounts {
                model: model.to_owned(),
                ..ModelCounts::default()
            });
            models.len() - 1
        });
    &mut models[at]
}

/// Counters, cursor and lease of the run; counters of its companions.
async fn count_run(
    tx: &mut Tx,
    held: &RunLease,
    unit: &Unit,
    models: &[ModelCounts],
) -> Result<(), CommitError> {
    let cursor = match &unit.next {
        Next::More { cursor } => Some(cursor.as_str()),
        Next::End { .. } => None,
    };
    let done = sqlx::query(
        "update run r set rows_new = r.rows_new + u.new, rows_changed = r.rows_changed + u.changed,
                rows_unchanged = r.rows_unchanged + u.unchanged, rows_dead = r.rows_dead + u.dead,
                rows_deleted = r.rows_deleted + u.deleted, rows_fresh = r.rows_fresh + u.fresh,
                total = coalesce(u.total, r.total), pages = r.pages + $10,
                requests = r.requests + case when r.id = $3 then $11 else 0 end,
                cursor = case when r.id = $3 then $12 else r.cursor end, state_format = $13,
                connector_digest = $14, connector_version = $15, failures = 0,
                error_code = null, error_message = null, who_must_act = null,
                partitions_total = coalesce($19, r.partitions_total),
                partitions_done = case when coalesce($19, r.partitions_total) is not null
                                       then coalesce(r.partitions_done, 0) + $20 end,
                partitions_skipped = r.partitions_skipped + $21, skip_message = coalesce($22, r.skip_message),
                lease_until = case when r.id = $3 then clock_timestamp() + make_interval(secs => $16) end
         from unnest($4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $17::bigint[],
                     $18::bigint[])
              as u(model, new, changed, unchanged, dead, total, deleted, fresh)
         where r.account_id = $1 and r.sync_id = $2 and (r.id = $3 or r.lead_run_id = $3) and r.model = u.model
           and r.finished_at is null",
    )
    .bind(&held.account_id)
    .bind(&held.sync_id)
    .bind(&held.run_id)
    .bind(models.iter().map(|m| m.model.as_str()).collect::<Vec<_>>())
    .bind(models.iter().map(|m| m.new).collect::<Vec<_>>())
    .bind(models.iter().map(|m| m.changed).collect::<Vec<_>>())
    .bind(models.iter().map(|m| m.unchanged).collect::<Vec<_>>())
    .bind(models.iter().map(|m| m.dead).collect::<Vec<_>>())
    .bind(models.iter().map(|m| m.total).collect::<Vec<_>>())
    .bind(i64::from(unit.pages))
    .bind(i64::from(unit.requests))
    .bind(cursor)
    .bind(unit.state_format)
    .bind(&unit.connector_digest)
    .bind(&unit.connector_version)
    .bind(unit.lease.as_secs_f64())
    .bind(models.iter().map(|m| m.deleted).collect::<Vec<_>>())
    .bind(models.iter().map(|m| m.fresh).collect::<Vec<_>>())
    .bind(unit.partitions_total)
    .bind(unit.partitions.len() as i64 + unit.partitions_skipped)
    .bind(unit.partitions_skipped)
    .bind(&unit.skip_message)
    .execute(tx.one())
    .await?;
    if done.rows_affected() != models.len() as u64 {
        return Err(StoreError::Conflict {
            what: "model_without_run",
        }
        .into());
    }
    Ok(())
}

/// Live rows, and the generation: it moves when rows changed, but not within five seconds of its last move. What it owes
/// then it pays with a later unit or at the end.
async fn count_models(
    tx: &mut Tx,
    held: &RunLease,
    models: &[ModelCounts],
) -> Result<(), sqlx::Error> {
    let moving: Vec<&ModelCounts> = models
        .iter()
        .filter(|m| m.new + m.changed + m.unchanged + m.deleted > 0)
        .collect();
    if moving.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into model_state as s (account_id, integration_id, model, generation, live_rows, changed_at)
         select $1, $2, u.model, u.touched, u.live, clock_timestamp()
         from unnest($3::text[], $4::bigint[], $5::bigint[]) as u(model, live, touched)
         on conflict (account_id, integration_id, model) do update set
            live_rows = s.live_rows + excluded.live_rows,
            generation = s.generation + case when (s.generation_owed or excluded.generation > 0)
                                              and s.generation_at <= now() - interval '5 seconds' then 1 else 0 end,
            generation_at = case when (s.generation_owed or excluded.generation > 0)
                                  and s.generation_at <= now() - interval '5 seconds' then now() else s.generation_at end,
            changed_at = case when (s.generation_owed or excluded.generation > 0)
                               and s.generation_at <= now() - interval '5 seconds' then clock_timestamp() else s.changed_at end,
            generation_owed = (s.generation_owed or excluded.generation > 0)
                              and s.generation_at > now() - interval '5 seconds'",
    )
    .bind(&held.account_id)
    .bind(&held.integration_id)
    .bind(moving.iter().map(|m| m.model.as_str()).collect::<Vec<_>>())
    .bind(moving.iter().map(|m| m.live).collect::<Vec<_>>())
    .bind(moving.iter().map(|m| i64::from(m.new + m.changed + m.deleted + m.originals > 0)).collect::<Vec<_>>())
    .execute(tx.one())
    .await?;
    Ok(())
}
