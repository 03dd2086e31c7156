//! What full passes saw, unit by unit, for the sweep at their end.

use crate::PassPart;
use crate::connection::Tx;
use crate::lease::RunLease;

/// Adds what a unit saw. A row a unit and pass: arrays of hashes cost the log about nine bytes a key.
pub(crate) async fn add_passes(
    tx: &mut Tx,
    held: &RunLease,
    parts: &[PassPart],
) -> Result<(), sqlx::Error> {
    if parts.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into pass as p (account_id, run_id, model, partition, total_first, total_last, keyless, complete)
         select $1, $2, u.* from unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::boolean[]) u
         on conflict (account_id, run_id, model, partition) do update set
            total_first = coalesce(p.total_first, excluded.total_first),
            total_last = coalesce(excluded.total_last, p.total_last),
            keyless = p.keyless + excluded.keyless, complete = p.complete or excluded.complete",
    )
    .bind(&held.account_id)
    .bind(&held.run_id)
    .bind(parts.iter().map(|p| p.model.as_str()).collect::<Vec<_>>())
    .bind(parts.iter().map(|p| p.partition.as_str()).collect::<Vec<_>>())
    .bind(parts.iter().map(|p| p.total_first).collect::<Vec<_>>())
    .bind(parts.iter().map(|p| p.total_last).collect::<Vec<_>>())
    .bind(parts.iter().map(|p| p.keyless).collect::<Vec<_>>())
    .bind(parts.iter().map(|p| p.complete).collect::<Vec<_>>())
    .execute(tx.one())
    .await?;
    let mut of: Vec<i32> = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    for (position, part) in parts.iter().enumerate() {
        of.extend(std::iter::repeat_n(position as i32, part.seen.len()));
        ids.extend(part.seen.iter().map(String::as_str));
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into seen (account_id, run_id, model, partition, keys)
         select $1, $2, ($3::text[])[k.at + 1], ($4::text[])[k.at + 1], k.keys
         from (select u.at, array_agg(hashtextextended(u.id, 0)) as keys
               from unnest($5::integer[], $6::text[]) as u(at, id) group by u.at) k",
    )
    .bind(&held.account_id)
    .bind(&held.run_id)
    .bind(parts.iter().map(|p| p.model.as_str()).collect::<Vec<_>>())
    .bind(
        parts
            .iter()
            .map(|p| p.partition.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(of)
    .bind(ids)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// What the passes of stopped runs saw belongs to the runs that go on from them. What else runs that ended left behind is
/// forgotten, but for the last run of a model, which a later sync may still go on from. `from` and `to` are ids of runs,
/// in the same order.
pub(crate) async fn carry_passes(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
    from: &[&str],
    to: &[&str],
) -> Result<(), sqlx::Error> {
    for table in ["seen", "pass"] {
        if !from.is_empty() {
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "update {table} t set run_id = u.new from unnest($2::text[], $3::text[]) as u(old, new)
                 where t.account_id = $1 and t.run_id = u.old"
            )))
            .bind(account_id)
            .bind(from)
            .bind(to)
            .execute(tx.one())
            .await?;
        }
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "delete from {table} t using run r join sync s on s.account_id = r.account_id and s.id = r.sync_id
             where t.account_id = $1 and r.account_id = $1 and r.integration_id = $2
               and r.id = t.run_id and r.finished_at is not null
               and (s.back_sync or r.cursor is null or r.status not in ('cancelled', 'failed', 'abandoned')
                    or exists (select from run n join sync o on o.account_id = n.account_id and o.id = n.sync_id
                               where n.account_id = $1 and n.integration_id = $2 and n.model = r.model
                                 and n.created_at > r.created_at and not o.back_sync))"
        )))
        .bind(account_id)
        .bind(integration_id)
        .execute(tx.one())
        .await?;
    }
    Ok(())
}
