//! States that pass in moments, held still in the database.

use anyhow::{Context as _, Result};
use sqlx::PgPool;

use crate::sample::Sample;

/// Holds still what would pass: a lease that nobody gives up keeps every worker away.
pub(crate) async fn hold(sample: &Sample, sql: &PgPool) -> Result<()> {
    let statements = [
        (
            "update access_check set status = 'running', finished_at = null, outcome = null, worker = 'held',
             lease_until = now() + interval '1 day', started_at = now(), deadline_at = now() + interval '1 day'
             where integration_id = $1",
            &sample.probing,
        ),
        (
            "update data_access set check_id = 'chk_before' where model in ('leases', 'residents', 'applicants', 'applications')
             and integration_id = $1",
            &sample.probing,
        ),
        (
            "update sync set status = 'running', finished_at = null, started_at = now() - interval '95 seconds' where integration_id = $1",
            &sample.running,
        ),
        (
            "update run set status = case when model in ('properties', 'units') then status when model = 'applications' then 'running'
             else 'running' end, finished_at = case when model in ('properties', 'units') then now() - interval '40 seconds' end,
             worker = 'held', lease_until = now() + interval '1 day', started_at = now() - interval '80 seconds',
             total = case when model in ('properties', 'units') then rows_new else 4 * (rows_new + 1) end, attempt = case when model = 'leases' then 2 else 1 end where integration_id = $1",
            &sample.running,
        ),
        (
            "update sync set status = 'running', finished_at = null, started_at = now() - interval '10 minutes' where integration_id = $1",
            &sample.waiting,
        ),
        (
            "update run set status = 'waiting', finished_at = null, next_at = now() + interval '1 day', total = 3 * rows_new + 9,
             error_code = 'rate_limited', error_message = 'The vendor allows no more requests until then.', who_must_act = 'vendor'
             where integration_id = $1",
            &sample.waiting,
        ),
        (
            "update data_access set verdict = 'error', evidence = '[]',
             message = 'The connector stopped: it used more than 5000 ms of processor time.' where integration_id = $1 and model <> 'units'",
            &sample.broken,
        ),
        (
            "update sync set status = 'cancelled', cancel_requested = true where integration_id = $1",
            &sample.cancelled,
        ),
        (
            "update run set status = 'cancelled', error_message = 'Somebody cancelled the sync.' where integration_id = $1
             and model not in ('properties', 'units')",
            &sample.cancelled,
        ),
        (
            "insert into held_deletes (account_id, integration_id, model, run_id, doomed, live_rows, held_at)
             select account_id, integration_id, model, id, 200, 240, now() - interval '2 hours' from run
             where integration_id = $1 and model = 'units'",
            &sample.cancelled,
        ),
        (
            "insert into dead_letter (account_id, integration_id, model, run_id, external_id, kind, message)
             select account_id, integration_id, model, id, '50071', 'invalid_record', 'rent_amount_in_cents is no number: \"N/A\"'
             from run where integration_id = $1 and model in ('units', 'leases')",
            &sample.unusual,
        ),
        (
            "update run set rows_dead = 1 where integration_id = $1 and model in ('units', 'leases')",
            &sample.unusual,
        ),
        (
            "update sync set status = 'failed' where integration_id = $1",
            &sample.failed,
        ),
        (
            "update run set status = 'failed', error_code = 'vendor_error', attempt = 5, who_must_act = 'vendor',
             error_message = 'HTTP 500 five times in a row: \"Unexpected error. Contact support.\"' where integration_id = $1",
            &sample.failed,
        ),
        (
            "update sync set created_at = created_at - interval '3 days', started_at = started_at - interval '3 days',
             finished_at = finished_at - interval '3 days' where integration_id = $1",
            &sample.stale,
        ),
        (
            "insert into sync (account_id, integration_id, id, kind, status, created_at, started_at, finished_at)
             select account_id, integration_id, 'syn_stale' || n, 'scheduled', 'failed', now() - n * interval '1 day',
             now() - n * interval '1 day', now() - n * interval '1 day' + interval '3 seconds'
             from sync, generate_series(1, 2) n where integration_id = $1",
            &sample.stale,
        ),
        (
            "delete from record where integration_id = $1",
            &sample.empty,
        ),
        (
            "update model_state set live_rows = 0 where integration_id = $1",
            &sample.empty,
        ),
        (
            "update run set status = 'succeeded_empty', rows_new = 0, rows_changed = 0, rows_unchanged = 0, total = 0
             where integration_id = $1 and status = 'succeeded'",
            &sample.empty,
        ),
        (
            "update sync set status = 'succeeded_empty' where integration_id = $1",
            &sample.empty,
        ),
        (
            "update sync set status = 'queued', started_at = null, finished_at = null, due_at = now() + interval '1 day'
             where integration_id = $1",
            &sample.queued,
        ),
        (
            "update run set status = case when model in ('properties', 'units') then 'queued' else 'blocked' end, started_at = null,
             finished_at = null, next_at = now() + interval '1 day', rows_new = 0, pages = 0, requests = 0, attempt = 0
             where integration_id = $1",
            &sample.queued,
        ),
        (
            "update sync set status = 'abandoned' where integration_id = $1",
            &sample.abandoned,
        ),
        (
            "update run set status = 'abandoned', error_code = 'attempts_exhausted', attempt = 8, who_must_act = 'operator',
             error_message = 'Eight workers in a row were lost while they read it.' where integration_id = $1",
            &sample.abandoned,
        ),
        // A worker that was lost in the middle leaves no line when it goes.
        (
            "insert into sync_log (account_id, integration_id, sync_id, run_id, model, at, level, event, message, detail)
             select account_id, integration_id, sync_id, id, model, now() - n * interval '2 seconds', 'info', 'run.resumed',
             'A worker goes on after 2 pages.', '{}' from run, generate_series(1, 2) n
             where integration_id = $1 and model = 'leases'",
            &sample.running,
        ),
        (
            "insert into sync_log (account_id, integration_id, sync_id, model, at, level, event, message, detail)
             select account_id, integration_id, id, 'units', now(), 'warn', 'record.omitted', repeat('<b>שלום 🏠</b> ', 40), '{}'
             from sync where integration_id = $1",
            &sample.unusual,
        ),
        (
            "update record set doc = doc || jsonb_build_object('name', '<script>alert(1)</script> شركة 🏠 ' || repeat('W', 10000),
             'city', repeat('𝔷', 300), 'number', '\u{202e}' || 'evil') where integration_id = $1",
            &sample.unusual,
        ),
        (
            "insert into audit (account_id, actor, action, subject, detail)
             select account_id, '<i>' || repeat('مدير ', 60), 'integration.rename', id,
             jsonb_build_object('from', repeat('M', 10000), 'to', '<img src=x onerror=alert(1)>') from integration where id = $1",
            &sample.unusual,
        ),
    ];
    for (statement, id) in statements {
        sqlx::query(statement)
            .bind(id)
            .execute(sql)
            .await
            .with_context(|| statement.to_owned())?;
    }
    Ok(())
}
