//! What complete passes did not meet: it becomes missing, and with enough evidence it is deleted.
//!
//! Offsets can skip a living row when another one is deleted before it. So one pass is a proof only where rows cannot
//! shift, or where the vendor's total was the same at both ends, equals the number of keys that were seen, and no record
//! appeared meanwhile that could make up for one that vanished. Evidence adds up over complete passes in a row:
//!
//! | the pass | counts | so a record goes after |
//! | --- | --- | --- |
//! | stable paging, or totals that prove it | 4 | one pass |
//! | nothing speaks against it: no totals, or more keys than the total | 2 | two in a row |
//! | totals moved, records appeared, or fewer keys than the total | 1 | four in a row |
//!
//! A record that is seen again starts from nothing.
//!
//! A run that met far fewer records than were known, or far more than the vendor told at its end, proves nothing by
//! itself. The next run reads everything, and is believed if it finds as much as that or more: who has even less is
//! doubted anew. As long as a believed run brings too little evidence, the next one reads everything, too.

use crate::connection::Tx;
use crate::deletion::{ENOUGH, after_deletion};
use crate::lease::RunLease;
use crate::partition::property_filter;
use crate::{Announce, DeleteGuard, ModelEnd};

/// The passes of a run that count, and which records of theirs were not seen.
/// $1 account, $2 run, $3 model, $4 integration, $5 stable, $6 fresh records, $7 is ENOUGH, $8 and $9 the properties that
/// are wanted: all but these, or only these.
const ABSENT: &str = "
with keys as materialized (
    select distinct s.partition, k from seen s cross join lateral unnest(s.keys) k
    where s.account_id = $1 and s.run_id = $2 and s.model = $3
), counted as (
    select partition, count(*) as n from keys group by partition
), told as (
    select p.partition, p.total_last, coalesce(c.n, 0) as n,
           p.total_last is null or (p.total_first = p.total_last and $6 = 0) as quiet
    from pass p left join counted c on c.partition = p.partition
    where p.account_id = $1 and p.run_id = $2 and p.model = $3 and p.complete and p.keyless = 0
), passes as materialized (
    select partition, n, total_last, case when $5 or (quiet and total_last = n) then 4
                           when quiet and not coalesce(total_last > n, false) then 2 else 1 end as weight
    from told
), absent as (
    select r.id, p.weight from record r join passes p on p.partition = r.partition
    where r.account_id = $1 and r.model = $3 and r.integration_id = $4 and r.deleted_at is null
      and (r.x_property_id is null or (r.x_property_id = any($8)) <> $9)
      and not exists (select from keys where keys.k = hashtextextended(r.id, 0))
)";

/// What passes found.
#[derive(Debug, Clone, Copy, Default, sqlx::FromRow)]
struct Found {
    /// Live records where they looked.
    live: i64,
    /// Keys that they saw.
    seen: i64,
    /// Records that they missed.
    missing: i64,
    /// Of those, with enough evidence to delete them.
    doomed: i64,
    /// Passes that count.
    passes: i64,
    /// Keys that passes saw whose vendor tells a total.
    counted: i64,
    /// What it told at their ends.
    total: i64,
}

/// What a sweep did.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    /// Records deleted.
    pub(crate) deleted: i64,
    /// The run is doubted, and by it there are this many records. The next one reads everything; if it does not find far
    /// less than that, it is believed.
    pub(crate) suspect: Option<i64>,
}

/// Looks for what the run's complete passes over a model missed. Changes the word of the model where a person must look.
pub(crate) async fn sweep(
    tx: &mut Tx,
    held: &RunLease,
    end: &mut ModelEnd,
    guard: DeleteGuard,
    announce: Announce,
) -> Result<Swept, sqlx::Error> {
    let (passes, fresh, new, suspect_before, told): (bool, i64, i64, Option<i64>, Option<i64>) = sqlx::query_as(
        "select exists (select from pass p where p.account_id = $1 and p.run_id = $2 and p.model = $3),
                r.rows_fresh, r.rows_new,
                (select c.suspect_rows from checkpoint c
                 where c.account_id = $1 and c.integration_id = $4 and c.model = $3 and c.partition = ''),
                (select d.record_count from data_access d
                 where d.account_id = $1 and d.integration_id = $4 and d.model = $3 and d.verdict = 'granted')
         from run r where r.account_id = $1 and r.sync_id = $5 and (r.id = $2 or r.lead_run_id = $2) and r.model = $3",
    )
    .bind(&held.account_id)
    .bind(&held.run_id)
    .bind(&end.model)
    .bind(&held.integration_id)
    .bind(&held.sync_id)
    .fetch_one(tx.one())
    .await?;
    if !passes {
        return Ok(Swept::default());
    }
    // A large model takes its time here, and sorts in memory; the run's row is locked, so its lease cannot be taken.
    // Nothing is known about the sizes of these sets beforehand: a loop over thousands of partitions would be a guess
    // that costs hours, a hash never is.
    sqlx::query(
        "select set_config('statement_timeout', '10min', true), set_config('work_mem', '64MB', true),
                set_config('enable_nestloop', 'off', true)",
    )
    .execute(tx.one())
    .await?;
    let stable = end.absence.is_some_and(|absence| absence.stable);
    let properties = property_filter(tx, held, &end.model).await?;
    let found: Found = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{ABSENT}
         select (select count(*) from record r join passes p on p.partition = r.partition
                 where r.account_id = $1 and r.model = $3 and r.integration_id = $4 and r.deleted_at is null
                   and (r.x_property_id is null or (r.x_property_id = any($8)) <> $9)) as live,
                (select count(*) from keys) as seen, count(*) as missing,
                count(*) filter (where r.absence + a.weight >= $7) as doomed,
                (select count(*) from passes) as passes,
                (select coalesce(sum(n), 0)::bigint from passes where total_last is not null) as counted,
                (select least(coalesce(sum(total_last), 0), 9223372036854775807)::bigint from passes) as total
         from absent a join record r on r.account_id = $1 and r.model = $3 and r.id = a.id"
    )))
    .bind(&held.account_id)
    .bind(&held.run_id)
    .bind(&end.model)
    .bind(&held.integration_id)
    .bind(stable)
    .bind(fresh)
    .bind(ENOUGH)
    .bind(&properties.exceptions)
    .bind(properties.on_by_default)
    .fetch_one(tx.one())
    .await?;
    if found.passes == 0 {
        return Ok(Swept::default());
    }
    let stored = (found.live - new).max(0);
    let every_property = properties.on_by_default && properties.exceptions.is_empty();
    // A first run has nothing before it but what the vendor told when the access was checked.
    let before = match told {
        Some(told) if stored == 0 && every_property => told,
        _ => stored,
    };
    let share = |part: i64, of: i64| part as f64 / (of.max(1)) as f64;
    // Nothing at all where something was is suspicious however little it was; a drop only where there is enough to tell.
    // A run that looked at some parents alone may well have found nothing there.
    let nothing = found.seen == 0 && before > 0 && end.complete_full;
    let too_few = before >= guard.empty_least && share(found.seen, before) < guard.empty_share;
    // Whoever lists far more than there are in the end has listed something that is not there, maybe in place of what is.
    let withdrawn =
        found.counted >= guard.empty_least && share(found.total, found.counted) < guard.empty_share;
    let doubt = if nothing || too_few {
        Some(format!(
            "The vendor listed {} records where {before} were known",
            found.seen
        ))
    } else {
        withdrawn.then(|| {
            format!(
                "The vendor listed {} records and says at the end that there are {}",
                found.counted, found.total
            )
        })
    };
    // How many records there are by this run. That there are none, only an empty list confirms.
    let claim = if found.seen == 0 || too_few {
        found.seen
    } else {
        found.total.max(1)
    };
    let confirmed = suspect_before
        .is_some_and(|before| before == 0 || share(claim, before) >= guard.empty_share);
    if let (Some(doubt), false) = (&doubt, confirmed) {
        end.complete_full = false;
        end.partial(
            "suspicious_empty",
            format!(
                "{doubt}, so nothing was deleted. The next full run shows whether that is right."
            ),
        );
        return Ok(Swept {
            deleted: 0,
            suspect: Some(claim),
        });
    }
    if end.absence.is_none() {
        return Ok(Swept::default());
    }
    let hold =
        found.doomed >= guard.mass_least && share(found.doomed, found.live) > guard.mass_share;
    if end.complete_full {
        sqlx::query(
            "delete from held_deletes where account_id = $1 and integration_id = $2 and model = $3",
        )
        .bind(&held.account_id)
        .bind(&held.integration_id)
        .bind(&end.model)
        .execute(tx.one())
        .await?;
    }
    if found.missing == 0 {
        return Ok(Swept::default());
    }
    let gone: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "{ABSENT}, marked as (
            update record r set missing_since = coalesce(r.missing_since, now()),
                last_seen_at = coalesce(r.last_seen_at, greatest(r.updated_at,
                    (select m.last_complete_full_at from model_state m
                     where m.account_id = $1 and m.integration_id = $4 and m.model = $3))),
                absence = least(r.absence + a.weight, 100),
                deleted_at = case when not $10 and r.absence + a.weight >= $7 then now() end
            from absent a where r.account_id = $1 and r.model = $3 and r.id = a.id
            returning r.id, r.deleted_at is not null as deleted)
         select id from marked where deleted"
    )))
    .bind(&held.account_id)
    .bind(&held.run_id)
    .bind(&end.model)
    .bind(&held.integration_id)
    .bind(stable)
    .bind(fresh)
    .bind(ENOUGH)
    .bind(&properties.exceptions)
    .bind(properties.on_by_default)
    .bind(hold)
    .fetch_all(tx.one())
    .await?;
    if hold {
        sqlx::query(
            "insert into held_deletes (account_id, integration_id, model, run_id, doomed, live_rows)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (account_id, integration_id, model) do update set run_id = excluded.run_id,
                doomed = excluded.doomed, live_rows = excluded.live_rows, held_at = now()",
        )
        .bind(&held.account_id)
        .bind(&held.integration_id)
        .bind(&end.model)
        .bind(&held.run_id)
        .bind(found.doomed)
        .bind(found.live)
        .execute(tx.one())
        .await?;
        end.partial(
            "mass_delete_held",
            format!(
                "{} of {} records are gone at the vendor. That is more than a run deletes by itself; confirm the deletion \
                 if it is right.",
                found.doomed, found.live
            ),
        );
    }
    let of = (held.account_id.as_str(), held.integration_id.as_str());
    after_deletion(tx, of, &end.model, &gone, announce).await?;
    // It is so again, and is believed; what there is no proof against yet, the next full run looks for, at once.
    let goes_on = doubt.is_some() && found.missing > found.doomed;
    Ok(Swept {
        deleted: gone.len() as i64,
        suspect: goes_on.then_some(claim),
    })
}
