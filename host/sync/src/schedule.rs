//! Syncs that come by themselves: any replica looks, and Postgres sees to it that one of them queues each.

use crate::worker::Shared;
use portcullis_manifest::Manifest;
use portcullis_plan::{Cadence, Given, Wish, due_models, last_end, models_of, next_time, plan};
use portcullis_store::{Fired, NewSync, StoreError, SyncKind};
use portcullis_trace::log_name;
use std::sync::Arc;
use std::time::Duration;

/// How often somebody looks whose time has come.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Every so many looks, next times that are not known are computed.
const COMPUTE_EVERY: u32 = 3;
/// Every so many looks, old lines of logs are forgotten.
const FORGET_EVERY: u32 = 600;
/// Integrations that one look takes, so that replicas share a crowd.
const MOST: i64 = 50;
/// For how long others leave them alone; an integration that cannot be synced now is tried again after it.
const HOLD: Duration = Duration::from_secs(60);
/// How long lines of logs are kept.
const LOG_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Lines that are forgotten at once.
const LOG_MOST: i64 = 10_000;

/// Looks again and again until it is dropped.
pub(crate) async fn keep_schedules(shared: Arc<Shared>) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for look in 0_u32.. {
        tick.tick().await;
        let looked = async {
            if look % COMPUTE_EVERY == 0 {
                compute(&shared).await?;
            }
            if look % FORGET_EVERY == 0 {
                shared.background.forget_sync_log(LOG_AGE, LOG_MOST).await?;
            }
            fire_all(&shared).await
        };
        if let Err(error) = looked.await {
            tracing::warn!(%error, "schedules could not be looked at");
        }
    }
}

/// Queues a sync for every integration whose time has come.
async fn fire_all(shared: &Shared) -> Result<(), StoreError> {
    loop {
        let due = shared.background.take_due_integrations(MOST, HOLD).await?;
        let found = due.len();
        for (account_id, integration_id) in due {
            match fire(shared, &account_id, &integration_id).await {
                Ok(Some(sync)) => {
                    tracing::info!(integration = %log_name(&integration_id), %sync, "a scheduled sync was queued");
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(integration = %log_name(&integration_id), %error, "a scheduled sync could not be queued");
                }
            }
        }
        if found < usize::try_from(MOST).unwrap_or(usize::MAX) {
            return Ok(());
        }
    }
}

/// Queues the sync of one integration, if it is still due and there is something to read.
async fn fire(
    shared: &Shared,
    account_id: &str,
    integration_id: &str,
) -> Result<Option<String>, StoreError> {
    let store = &shared.background;
    let integration = store.get_integration(account_id, integration_id).await?;
    let Some(connector) = store.active_connector(&integration.connector_id).await? else {
        tracing::warn!(integration = %log_name(integration_id), "a sync is due, and no connector is loaded for it");
        return Ok(None);
    };
    let Ok(manifest) = serde_json::from_value::<Manifest>(connector.manifest) else {
        return Err(StoreError::Corrupt("a connector's manifest does not read"));
    };
    let models = models_of(&manifest);
    let stored = store.schedules(account_id, integration_id).await?;
    let due = due_models(&models, &stored.schedules, stored.now);
    let mut fired = Vec::new();
    for schedule in due.schedules {
        let Ok(cadence) = Cadence::of(schedule) else {
            tracing::warn!(integration = %log_name(integration_id), model = %schedule.model, "a stored schedule does not read");
            continue;
        };
        let Some(due_at) = schedule.next_due_at else {
            continue;
        };
        fired.push(Fired {
            model: schedule.model.clone(),
            due_at,
            next_due_at: match &cadence {
                Cadence::Clock(clock) => clock.next(stored.now),
                // Counted from the end of the sync.
                Cadence::Every(_) | Cadence::OnDemand => None,
            },
        });
    }
    if fired.is_empty() {
        return Ok(None);
    }
    let access = store.data_access(account_id, integration_id).await?;
    let switches = store.model_switches(account_id, integration_id).await?;
    let before = store.latest_runs(account_id, integration_id).await?;
    let given = Given {
        models: &models,
        state_format: i32::try_from(manifest.state_format).unwrap_or(-1),
        access: &access.models,
        switches: &switches,
        before: &before,
    };
    let wish = Wish {
        models: due.models.as_deref(),
        span: None,
    };
    let plan = plan(given, &wish);
    if !plan.reads_anything {
        tracing::warn!(integration = %log_name(integration_id), "a sync is due, and there is nothing that could be read");
        return Ok(None);
    }
    let new = NewSync {
        account_id,
        integration_id,
        kind: SyncKind::Scheduled,
        models: wish.models,
        runs: &plan.runs,
    };
    store.queue_scheduled_sync(&new, &fired).await
}

/// Computes next times that are not known: of patterns after they were enabled, of intervals whose sync ended unseen.
async fn compute(shared: &Shared) -> Result<(), StoreError> {
    let store = &shared.background;
    for (account_id, integration_id) in store.unknown_times(10 * MOST).await? {
        let stored = store.schedules(&account_id, &integration_id).await?;
        for schedule in stored.schedules.iter().filter(|s| s.next_due_at.is_none()) {
            let Ok(cadence) = Cadence::of(schedule) else {
                tracing::warn!(integration = %log_name(&integration_id), model = %schedule.model, "a stored schedule does not read");
                continue;
            };
            let last = last_end(&stored, &schedule.model).or_else(|| last_end(&stored, ""));
            if let Some(next) = next_time(&cadence, last, stored.now) {
                store
                    .set_next_time(&account_id, &integration_id, &schedule.model, next)
                    .await?;
            }
        }
    }
    Ok(())
}
