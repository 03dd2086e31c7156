//! How syncs are queued: by hand, by schedule, and into the past.

use sqlx::types::Json;

use crate::connection::Tx;
use crate::dead_letter::carry_letters;
use crate::schedule::Fired;
use crate::seen::carry_passes;
use crate::{NewRun, Store, StoreError, SyncKind, Wake, random_id};

/// A sync to be queued.
#[derive(Debug, Clone)]
pub struct NewSync<'a> {
    /// Whose integration it is.
    pub account_id: &'a str,
    /// The integration.
    pub integration_id: &'a str,
    /// Why it is started; a back-sync stands in a lane of its own.
    pub kind: SyncKind,
    /// The models that were asked for; `None` for all that are switched on.
    pub models: Option<&'a [String]>,
    /// The runs, at least one.
    pub runs: &'a [NewRun],
}

impl Store {
    /// Queues a sync of all models and returns its id: see [`Store::queue_sync`].
    ///
    /// # Errors
    /// Those of [`Store::queue_sync`].
    pub async fn start_sync(
        &self,
        account_id: &str,
        integration_id: &str,
        kind: SyncKind,
        runs: &[NewRun],
    ) -> Result<String, StoreError> {
        self.queue_sync(&NewSync {
            account_id,
            integration_id,
            kind,
            models: None,
            runs,
        })
        .await
    }

    /// Queues a sync and returns its id. An integration has at most one open sync, and one open back-sync beside it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict{integration_disabled}`; `Conflict{sync_unfinished}`; `Conflict{no_runs}`; `Unavailable`,
    /// `Database`.
    pub async fn queue_sync(&self, new: &NewSync<'_>) -> Result<String, StoreError> {
        let mut tx = self.begin().await?;
        stand_before_back_sync(&mut tx, new.account_id, new.integration_id).await?;
        enabled(&mut tx, new.account_id, new.integration_id).await?;
        let asked = Asked {
            models: new.models,
            whole: new.models.is_none(),
        };
        let id = insert_sync(
            &mut tx,
            new.account_id,
            new.integration_id,
            new.kind,
            asked,
            new.runs,
        )
        .await?;
        tx.notify(&Wake::Work).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Queues a sync whose time has come and gives those times that passed their next ones, in one transaction. `None`
    /// when another replica did it, a sync is open, or the schedule was changed since it was read.
    ///
    /// # Errors
    /// `NotFound`; `Conflict{integration_disabled}`; `Conflict{no_runs}`; `Unavailable`, `Database`.
    pub async fn queue_scheduled_sync(
        &self,
        new: &NewSync<'_>,
        fired: &[Fired],
    ) -> Result<Option<String>, StoreError> {
        let mut tx = self.begin().await?;
        stand_before_back_sync(&mut tx, new.account_id, new.integration_id).await?;
        enabled(&mut tx, new.account_id, new.integration_id).await?;
        let busy: bool = sqlx::query_scalar(
            "select exists (select from sync where account_id = $1 and integration_id = $2 and finished_at is null
                              and not back_sync)",
        )
        .bind(new.account_id)
        .bind(new.integration_id)
        .fetch_one(tx.one())
        .await?;
        if busy
            || !crate::schedule::fire(&mut tx, new.account_id, new.integration_id, fired).await?
        {
            return Ok(None);
        }
        let asked = Asked {
            models: new.models,
            whole: fired.iter().any(|fired| fired.model.is_empty()),
        };
        let id = match insert_sync(
            &mut tx,
            new.account_id,
            new.integration_id,
            new.kind,
            asked,
            new.runs,
        )
        .await
        {
            Err(StoreError::Conflict {
                what: "sync_unfinished",
            }) => return Ok(None),
            done => done?,
        };
        tx.notify(&Wake::Work).await?;
        tx.commit().await?;
        Ok(Some(id))
    }
}

async fn enabled(tx: &mut Tx, account_id: &str, integration_id: &str) -> Result<(), StoreError> {
    let enabled: bool = sqlx::query_scalar(
        "select enabled from integration where account_id = $1 and id = $2 for share",
    )
    .bind(account_id)
    .bind(integration_id)
    .fetch_one(tx.one())
    .await?;
    if enabled {
        Ok(())
    } else {
        Err(StoreError::Conflict {
            what: "integration_disabled",
        })
    }
}

/// Locks the open back-sync, if there is one, before runs are queued beside it. A claim locks it too: so it either has
/// taken a model already, which the new run will see, or it sees the new run and leaves the model alone. Before the
/// integration, in the order in which a cancel locks them.
pub(crate) async fn stand_before_back_sync(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "select from sync where account_id = $1 and integration_id = $2 and finished_at is null and back_sync
         for no key update",
    )
    .bind(account_id)
    .bind(integration_id)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// What a sync is asked to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Only these models; `None` for all that are switched on.
    pub(crate) models: Option<&'a [String]>,
    /// Every model that goes by the integration's own schedule is among them.
    pub(crate) whole: bool,
}

impl Asked<'_> {
    /// All models that are switched on.
    pub(crate) const ALL: Self = Self {
        models: None,
        whole: true,
    };
}

/// Inserts a sync and its runs. The integration's row must be locked.
pub(crate) async fn insert_sync(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
    kind: SyncKind,
    asked: Asked<'_>,
    runs: &[NewRun],
) -> Result<String, StoreError> {
    if runs.is_empty() {
        return Err(StoreError::Conflict { what: "no_runs" });
    }
    let sync_id = random_id("syn_");
    // Whoever claims its runs goes on with the trace from here; see `ClaimedRun::trace`.
    let span = tracing::info_span!(target: portcullis_trace::TARGET, "sync", otel.kind = "producer", sync_id,
        integration = portcullis_trace::log_name(integration_id), kind = kind.as_str());
    // By the clock and not by the transaction's begin: it may have waited for the one before to end, and the order of
    // syncs and their runs is that of `created_at`.
    sqlx::query(
        "insert into sync (account_id, integration_id, id, kind, models, whole, trace, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())",
    )
    .bind(account_id)
    .bind(integration_id)
    .bind(&sync_id)
    .bind(kind)
    .bind(asked.models)
    .bind(asked.whole)
    .bind(portcullis_trace::of(&span))
    .execute(tx.one())
    .await
    .map_err(|e| StoreError::on_duplicate(e, "sync_unfinished"))?;
    let mut carried = Vec::new();
    for (position, run) in runs.iter().enumerate() {
        let run_id = random_id("run_");
        carried.extend(run.resume_from.clone().map(|from| (from, run_id.clone())));
        // Runs keep the order of the list through `created_at`, a microsecond apart.
        sqlx::query(
            "insert into run (account_id, integration_id, sync_id, id, model, lead_run_id, after, status, span, cursor,
                              state_format, started_at, error_code, error_message, who_must_act, created_at, finished_at,
                              rows_fresh, partitions_done, partitions_total, partitions_skipped, skip_message)
             select $1, $2, $3, $4, $5,
                    (select id from run where account_id = $1 and sync_id = $3 and model = $6),
                    $7, coalesce($8, 'queued'), coalesce(o.span, $9), o.cursor, coalesce(o.state_format, $10), o.started_at,
                    $12, $13, $14, s.created_at + make_interval(secs => $15),
                    case when $8 is null then null else s.created_at end,
                    coalesce(o.rows_fresh, 0), o.partitions_done, o.partitions_total, coalesce(o.partitions_skipped, 0),
                    o.skip_message
             from sync s
             left join run o on o.account_id = $1 and o.integration_id = $2 and o.id = $11 and o.model = $5
                            and (o.span ->> 'kind' = 'window') = ($9 ->> 'kind' = 'window')
             where s.account_id = $1 and s.id = $3",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(&sync_id)
        .bind(run_id)
        .bind(&run.model)
        .bind(&run.lead)
        .bind(&run.after)
        .bind(run.skip.as_ref().map(|s| s.status.as_str()))
        .bind(Json(&run.span))
        .bind(run.state_format)
        .bind(&run.resume_from)
        .bind(run.skip.as_ref().map(|s| s.code.as_str()))
        .bind(run.skip.as_ref().and_then(|s| s.message.as_deref()))
        .bind(run.skip.as_ref().and_then(|s| s.who_must_act.as_deref()))
        .bind(position as f64 / 1e6)
        .execute(tx.one())
        .await?;
    }
    let pairs = carried
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()));
    let (from, to): (Vec<&str>, Vec<&str>) = pairs.unzip();
    carry_passes(tx, account_id, integration_id, &from, &to).await?;
    carry_letters(tx, account_id, &from, &to).await?;
    // A model that is not read is settled: waiting would not bring its records.
    let skipped: Vec<(&str, &str)> = runs
        .iter()
        .filter_map(|r| Some((r.model.as_str(), r.skip.as_ref()?.status.as_str())))
        .collect();
    if !skipped.is_empty() {
        sqlx::query(
            "insert into model_state (account_id, integration_id, model, generation, settled, last_result, last_finished_at, changed_at)
             select $1, $2, model, 1, true, word, now(), clock_timestamp() from unnest($3::text[], $4::text[]) as s(model, word)
             on conflict (account_id, integration_id, model) do update set generation = model_state.generation + 1,
                generation_at = now(), settled = true, last_result = excluded.last_result, last_finished_at = now(),
                changed_at = clock_timestamp()",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(skipped.iter().map(|s| s.0).collect::<Vec<_>>())
        .bind(skipped.iter().map(|s| s.1).collect::<Vec<_>>())
        .execute(tx.one())
        .await?;
    }
    crate::sync::close_sync_if_done(tx, account_id, &sync_id).await?;
    Ok(sync_id)
}
