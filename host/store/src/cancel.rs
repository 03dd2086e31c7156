//! How syncs are told to stop.

use crate::change::reset_of_open;
use crate::connection::Tx;
use crate::{Store, StoreError, Wake};

impl Store {
    /// Tells a sync to stop. Runs that nobody holds end at once; the others within a page, when their worker hears of
    /// it. Telling it twice changes nothing. `false` when it has ended already.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn cancel_sync(&self, account_id: &str, sync_id: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let ended: bool = sqlx::query_scalar(
            "select finished_at is not null from sync where account_id = $1 and id = $2",
        )
        .bind(account_id)
        .bind(sync_id)
        .fetch_one(tx.one())
        .await?;
        if ended {
            return Ok(false);
        }
        stop(&mut tx, account_id, sync_id).await?;
        tx.notify(&Wake::Work).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Tells every open sync of an integration to stop, the back-sync first.
pub(crate) async fn cancel_unfinished(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
) -> Result<(), StoreError> {
    let open: Vec<String> = sqlx::query_scalar(
        "select id from sync where account_id = $1 and integration_id = $2 and finished_at is null order by back_sync desc",
    )
    .bind(account_id)
    .bind(integration_id)
    .fetch_all(tx.one())
    .await?;
    for sync_id in open {
        stop(tx, account_id, &sync_id).await?;
    }
    Ok(())
}

/// Locks runs (leads first) before the sync, like a commit does.
async fn stop(tx: &mut Tx, account_id: &str, sync_id: &str) -> Result<(), StoreError> {
    sqlx::query(
        "select id from run where account_id = $1 and sync_id = $2 and finished_at is null
         order by lead_run_id nulls first, id for update",
    )
    .bind(account_id)
    .bind(sync_id)
    .execute(tx.one())
    .await?;
    reset_of_open(tx, account_id, sync_id, None).await?;
    sqlx::query(
        "update run set status = 'cancelled', finished_at = now(), fence = fence + 1, worker = null, lease_until = null
         where account_id = $1 and sync_id = $2 and finished_at is null and status <> 'running'",
    )
    .bind(account_id)
    .bind(sync_id)
    .execute(tx.one())
    .await?;
    sqlx::query("update sync set cancel_requested = true where account_id = $1 and id = $2 and finished_at is null")
        .bind(account_id)
        .bind(sync_id)
        .execute(tx.one())
        .await?;
    crate::sync::close_sync_if_done(tx, account_id, sync_id).await?;
    Ok(())
}
