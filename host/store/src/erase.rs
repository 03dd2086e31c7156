//! An integration without a trace: every row of every table that belongs to it goes, in one transaction.
//!
//! Which tables have rows of an integration, and in which order they must go, is asked of the database: whatever has
//! `account_id` and `integration_id`, or else `run_id` or `sync_id`; those that refer to others before them. So a table
//! of a later migration cannot be forgotten.

use std::collections::BTreeMap;

use crate::audit::{self, AuditEntry};
use crate::connection::Tx;
use crate::session::user;
use crate::tables;
use crate::{Store, StoreError, Wake};

/// What went: rows by table, of those tables that had any.
pub type Erased = BTreeMap<String, i64>;

impl Store {
    /// Tells every replica that answers with records of this integration are no longer what they were. The rows stay
    /// for now: replicas learn of it from them.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn move_generations(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        move_generations(&mut tx, account_id, integration_id).await?;
        tx.notify(&Wake::Generations).await?;
        tx.commit().await
    }

    /// Removes an archived integration: its rows in every table, its place in shared log-ins, what the audit says of
    /// it, and its data key. `entry` stays as the only word of it. `entry.detail` is given the numbers of rows that
    /// went, as `removed`.
    ///
    /// # Errors
    /// `NotFound`; `Conflict{integration_active}` when it is not archived; `Conflict{sync_unfinished}` while a worker
    /// still holds something of it; `Unavailable`, `Database`.
    pub async fn erase_integration(
        &self,
        account_id: &str,
        integration_id: &str,
        mut entry: AuditEntry,
    ) -> Result<Erased, StoreError> {
        let mut tx = self.begin().await?;
        // As long as it takes: a large integration has millions of rows, and half an erasure is none.
        sqlx::query("set local statement_timeout = 0")
            .execute(tx.one())
            .await?;
        take(&mut tx, account_id, integration_id).await?;
        forget_shared(&mut tx, account_id, integration_id).await?;
        let mut erased = Erased::new();
        for Owned { name, by } in owned(&mut tx).await? {
            let mine = match by.as_str() {
                "integration_id" => "integration_id = $2",
                "run_id" => {
                    "run_id in (select id from run where account_id = $1 and integration_id = $2)"
                }
                _ => {
                    "sync_id in (select id from sync where account_id = $1 and integration_id = $2)"
                }
            };
            // The name is the database's own, quoted by it.
            let gone = sqlx::query(sqlx::AssertSqlSafe(format!(
                "delete from {name} where account_id = $1 and {mine}"
            )))
            .bind(account_id)
            .bind(integration_id)
            .execute(tx.one())
            .await?
            .rows_affected();
            if gone > 0 {
                erased.insert(name, i64::try_from(gone).unwrap_or(i64::MAX));
            }
        }
        sqlx::query("delete from integration where account_id = $1 and id = $2")
            .bind(account_id)
            .bind(integration_id)
            .execute(tx.one())
            .await?;
        if let Some(detail) = entry.detail.as_object_mut() {
            detail.insert("removed".to_owned(), serde_json::json!(erased));
        }
        audit::write(&mut tx, entry).await?;
        tx.notify(&Wake::Generations).await?;
        tx.commit().await?;
        Ok(erased)
    }
}

/// Moves the generation of every model of an integration.
pub(crate) async fn move_generations(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update model_state set generation = generation + 1, generation_at = now(), generation_owed = false,
                changed_at = clock_timestamp()
         where account_id = $1 and integration_id = $2",
    )
    .bind(account_id)
    .bind(integration_id)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// Locks runs before the integration, in the order in which workers lock them, and sees to it that nobody works on it.
async fn take(tx: &mut Tx, account_id: &str, integration_id: &str) -> Result<(), StoreError> {
    let held: Vec<bool> = sqlx::query_scalar(
        "select coalesce(lease_until > now(), false) from run
         where account_id = $1 and integration_id = $2 and finished_at is null
         order by lead_run_id nulls first, id for update",
    )
    .bind(account_id)
    .bind(integration_id)
    .fetch_all(tx.one())
    .await?;
    let checked: bool = sqlx::query_scalar(
        "select exists (select 1 from access_check where account_id = $1 and integration_id = $2
                        and status <> 'finished' and lease_until > now())",
    )
    .bind(account_id)
    .bind(integration_id)
    .fetch_one(tx.one())
    .await?;
    let archived: bool = sqlx::query_scalar(
        "select archived_at is not null from integration where account_id = $1 and id = $2 for update",
    )
    .bind(account_id)
    .bind(integration_id)
    .fetch_one(tx.one())
    .await?;
    if !archived {
        return Err(StoreError::Conflict {
            what: "integration_active",
        });
    }
    if checked || held.contains(&true) {
        return Err(StoreError::Conflict {
            what: "sync_unfinished",
        });
    }
    Ok(())
}

/// What is shared with other integrations keeps counting, without a word of whose it was; what the audit says of the
/// integration or of its syncs goes.
async fn forget_shared(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
) -> Result<(), StoreError> {
    sqlx::query("update session set users = array_remove(users, $1) where users @> array[$1]")
        .bind(user(account_id, integration_id))
        .execute(tx.one())
        .await?;
    sqlx::query(
        "update session set account_id = '', integration_id = '', note = null, wrapped = null, blob = null
         where account_id = $1 and integration_id = $2 and status = 'over'",
    )
    .bind(account_id)
    .bind(integration_id)
    .execute(tx.one())
    .await?;
    sqlx::query(
        "delete from audit where account_id = $1 and (subject = $2 or position($2 in detail::text) > 0
            or subject in (select id from sync where account_id = $1 and integration_id = $2))",
    )
    .bind(account_id)
    .bind(integration_id)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// A table with rows of integrations.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Owned {
    name: String,
    /// The column that says whose they are.
    by: String,
}

/// The tables with rows of integrations, each before those that it refers to. First those whose rows name a run or a
/// sync alone: whose they are can only be told while that is there.
async fn owned(tx: &mut Tx) -> Result<Vec<Owned>, StoreError> {
    let found: Vec<Owned> = sqlx::query_as(
        "select c.oid::regclass::text as name,
                case when bool_or(a.attname = 'integration_id') then 'integration_id'
                     when bool_or(a.attname = 'run_id') then 'run_id' else 'sync_id' end as by
         from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
              and a.attname in ('integration_id', 'run_id', 'sync_id')
         where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = current_schema()::regnamespace
           and exists (select from pg_attribute b where b.attrelid = c.oid and b.attname = 'account_id')
         group by c.oid order by 1",
    )
    .fetch_all(tx.one())
    .await?;
    let references = tables::references(tx.one()).await?;
    let (mut first, rest): (Vec<Owned>, Vec<Owned>) =
        found.into_iter().partition(|it| it.by != "integration_id");
    let names = rest.into_iter().map(|it| it.name).collect();
    let by = "integration_id".to_owned();
    first.extend(
        tables::children_first(names, &references)?
            .into_iter()
            .map(|name| Owned {
                name,
                by: by.clone(),
            }),
    );
    Ok(first)
}
