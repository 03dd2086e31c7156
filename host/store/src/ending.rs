//! The end of a run and its companions: words, settled state, a moved generation; and the sync when nothing is left open.

use crate::connection::Tx;
use crate::lease::RunLease;
use crate::{ModelEnd, Status, StoreError};

/// Ends the run and its companions: words, settled state, a moved generation; and the sync when nothing is left open.
pub(crate) async fn end_models(
    tx: &mut Tx,
    held: &RunLease,
    results: &[ModelEnd],
) -> Result<Option<Status>, StoreError> {
    if results.iter().any(|r| !r.status.is_final()) {
        return Err(StoreError::Conflict {
            what: "word_not_final",
        });
    }
    let names: Vec<&str> = results.iter().map(|r| r.model.as_str()).collect();
    let words: Vec<&str> = results.iter().map(|r| r.status.as_str()).collect();
    let done = sqlx::query(
        "update run r set status = u.word, finished_at = now(), worker = null, lease_until = null,
                error_code = u.code, error_message = u.message, who_must_act = u.who,
                cursor = case when u.forget then null else r.cursor end
         from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[])
              as u(model, word, code, message, who, forget)
         where r.account_id = $1 and r.sync_id = $2 and (r.id = $3 or r.lead_run_id = $3) and r.model = u.model
           and r.finished_at is null",
    )
    .bind(&held.account_id)
    .bind(&held.sync_id)
    .bind(&held.run_id)
    .bind(&names)
    .bind(&words)
    .bind(results.iter().map(|r| r.error_code.as_deref()).collect::<Vec<_>>())
    .bind(results.iter().map(|r| r.error_message.as_deref()).collect::<Vec<_>>())
    .bind(results.iter().map(|r| r.who_must_act.as_deref()).collect::<Vec<_>>())
    .bind(results.iter().map(|r| r.forget_cursor).collect::<Vec<_>>())
    .execute(tx.one())
    .await?;
    if done.rows_affected() != results.len() as u64 {
        return Err(StoreError::Conflict {
            what: "model_without_run",
        });
    }
    let left_open: bool = sqlx::query_scalar(
        "select exists (select from run where account_id = $1 and sync_id = $2 and (id = $3 or lead_run_id = $3)
                          and finished_at is null)",
    )
    .bind(&held.account_id)
    .bind(&held.sync_id)
    .bind(&held.run_id)
    .fetch_one(tx.one())
    .await?;
    if left_open {
        return Err(StoreError::Conflict {
            what: "model_left_open",
        });
    }
    sqlx::query(
        "insert into model_state as s (account_id, integration_id, model, generation, settled, last_complete_full_at,
                                       last_result, last_finished_at, changed_at)
         select $1, $2, u.model, 1, u.settles, case when u.complete then now() end, u.word, now(), clock_timestamp()
         from unnest($3::text[], $4::text[], $5::boolean[], $6::boolean[]) as u(model, word, settles, complete)
         on conflict (account_id, integration_id, model) do update set
            generation = s.generation + 1, generation_at = now(), generation_owed = false,
            settled = s.settled or excluded.settled,
            last_complete_full_at = coalesce(excluded.last_complete_full_at, s.last_complete_full_at),
            last_result = excluded.last_result, last_finished_at = now(), changed_at = clock_timestamp()",
    )
    .bind(&held.account_id)
    .bind(&held.integration_id)
    .bind(&names)
    .bind(&words)
    .bind(results.iter().map(|r| r.status.settles()).collect::<Vec<_>>())
    .bind(results.iter().map(|r| r.complete_full).collect::<Vec<_>>())
    .execute(tx.one())
    .await?;
    crate::sync::close_sync_if_done(tx, &held.account_id, &held.sync_id).await
}
