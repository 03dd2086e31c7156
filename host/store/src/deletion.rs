//! Records that are gone: by the vendor's word, by a person's, or with the parent over which they were read.

use crate::connection::Tx;
use crate::generation::stamp_again;
use crate::{Announce, Store, StoreError};
use chrono::{DateTime, Utc};

/// A deletion that waits for a person: a run would have deleted more than a run may by itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct HeldDeletesRow {
    /// The model.
    pub model: String,
    /// The run that found them missing.
    pub run_id: String,
    /// How many records would be deleted.
    pub doomed: i64,
    /// Of how many.
    pub live_rows: i64,
    /// Since when it waits.
    pub held_at: DateTime<Utc>,
}

/// Evidence for a record's absence that is enough to delete it; a pass that proves it brings as much.
pub(crate) const ENOUGH: i16 = 4;

/// Marks live records as deleted; gives the ids of those that were live.
pub(crate) async fn tombstone(
    tx: &mut Tx,
    account_id: &str,
    model: &str,
    ids: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "update record set deleted_at = now() where account_id = $1 and model = $2 and id = any($3) and deleted_at is null
         returning id",
    )
    .bind(account_id)
    .bind(model)
    .bind(ids)
    .fetch_all(tx.one())
    .await
}

/// What follows from the deletion of records of one model: changes are told, and what was read over them goes with them.
/// The live rows of the model itself are the caller's to count.
pub(crate) async fn after_deletion(
    tx: &mut Tx,
    (account_id, integration_id): (&str, &str),
    model: &str,
    ids: &[String],
    announce: Announce,
) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let kind = match announce {
        Announce::Records => Some(model),
        Announce::Reset => None,
    };
    if let Some(model) = kind {
        tell(
            tx,
            (account_id, integration_id),
            &vec![model; ids.len()],
            ids,
        )
        .await?;
    }
    let mut parents = ids.to_vec();
    while !parents.is_empty() {
        // A parent that comes back is read in full.
        sqlx::query("delete from checkpoint where account_id = $1 and integration_id = $2 and partition = any($3)")
            .bind(account_id)
            .bind(integration_id)
            .bind(&parents)
            .execute(tx.one())
            .await?;
        let children: Vec<(String, String)> = sqlx::query_as(
            "update record set deleted_at = now()
             where account_id = $1 and partition = any($2) and partition <> '' and deleted_at is null returning model, id",
        )
        .bind(account_id)
        .bind(&parents)
        .fetch_all(tx.one())
        .await?;
        let (models, ids): (Vec<String>, Vec<String>) = children.into_iter().unzip();
        let names: Vec<&str> = models.iter().map(String::as_str).collect();
        tell(tx, (account_id, integration_id), &names, &ids).await?;
        sqlx::query(
            "update model_state s set live_rows = s.live_rows - u.n, generation = s.generation + 1, generation_at = now(),
                    changed_at = clock_timestamp()
             from (select model, count(*) as n from unnest($3::text[]) as m(model) group by model) u
             where s.account_id = $1 and s.integration_id = $2 and s.model = u.model",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(&names)
        .execute(tx.one())
        .await?;
        parents = ids;
    }
    Ok(())
}

async fn tell(
    tx: &mut Tx,
    (account_id, integration_id): (&str, &str),
    models: &[&str],
    ids: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into change (account_id, integration_id, model, record_id, kind)
         select $1, $2, u.model, u.id, 'delete' from unnest($3::text[], $4::text[]) as u(model, id)",
    )
    .bind(account_id)
    .bind(integration_id)
    .bind(models)
    .bind(ids)
    .execute(tx.one())
    .await?;
    Ok(())
}

impl Store {
    /// The deletions of an integration that wait for a person, by model.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn held_deletes(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<Vec<HeldDeletesRow>, StoreError> {
        Ok(sqlx::query_as(
            "select model, run_id, doomed, live_rows, held_at from held_deletes
             where account_id = $1 and integration_id = $2 order by model",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_all(self.one())
        .await?)
    }

    /// Deletes what waits for a person, as far as it is still missing; gives the number of deleted records.
    ///
    /// # Errors
    /// `NotFound` when nothing waits; `Unavailable`, `Database`.
    pub async fn confirm_deletes(
        &self,
        account_id: &str,
        integration_id: &str,
        model: &str,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        take_hold(&mut tx, account_id, integration_id, model).await?;
        let gone: Vec<String> = sqlx::query_scalar(
            "update record set deleted_at = now()
             where account_id = $1 and model = $2 and integration_id = $3 and deleted_at is null
               and missing_since is not null and absence >= $4
             returning id",
        )
        .bind(account_id)
        .bind(model)
        .bind(integration_id)
        .bind(ENOUGH)
        .fetch_all(tx.one())
        .await?;
        let of = (account_id, integration_id);
        after_deletion(&mut tx, of, model, &gone, Announce::Records).await?;
        sqlx::query(
            "update model_state set live_rows = live_rows - $4, generation = generation + 1, generation_at = now(),
                    changed_at = clock_timestamp()
             where account_id = $1 and integration_id = $2 and model = $3",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(model)
        .bind(gone.len() as i64)
        .execute(tx.one())
        .await?;
        stamp_again(&mut tx, account_id, integration_id).await?;
        tx.commit().await?;
        Ok(gone.len() as u64)
    }

    /// Keeps what waits for a person: the records count as seen, until complete full runs miss them anew.
    ///
    /// # Errors
    /// `NotFound` when nothing waits; `Unavailable`, `Database`.
    pub async fn reject_deletes(
        &self,
        account_id: &str,
        integration_id: &str,
        model: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        take_hold(&mut tx, account_id, integration_id, model).await?;
        sqlx::query(
            "update record set missing_since = null, last_seen_at = null, absence = 0
             where account_id = $1 and model = $2 and integration_id = $3 and deleted_at is null
               and missing_since is not null and absence >= $4",
        )
        .bind(account_id)
        .bind(model)
        .bind(integration_id)
        .bind(ENOUGH)
        .execute(tx.one())
        .await?;
        tx.commit().await
    }
}

async fn take_hold(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
    model: &str,
) -> Result<(), StoreError> {
    let held = sqlx::query(
        "delete from held_deletes where account_id = $1 and integration_id = $2 and model = $3",
    )
    .bind(account_id)
    .bind(integration_id)
    .bind(model)
    .execute(tx.one())
    .await?;
    if held.rows_affected() == 0 {
        return Err(StoreError::NotFound);
    }
    Ok(())
}
