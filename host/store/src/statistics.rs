//! What the planner knows about the tables of records, where the database's own upkeep comes too late.
//!
//! A first sync fills a table within seconds, and autovacuum looks at it a minute later. Until then all indexes that
//! begin with the account look alike to the planner, and it takes the smallest: looking up a thousand records by their
//! key then reads the table a thousand times. So whoever ends a run sees to it that a table that has more than doubled
//! is known, before it is called ended and the next sync begins.

use crate::connection::Tx;

/// Columns that indexes begin with. Documents and hashes would cost most of the time and decide nothing.
const COLUMNS: &str = "account_id, model, id, integration_id, environment, partition, property_id";
/// Tables below this size are read whole as fast as in any other way.
const SMALL: i64 = 64 * 1024;

/// Has the tables of these models looked at, if they have more than doubled since that was done last, or were empty then.
/// Where somebody else is at it already, or the role does not own the table, nothing happens.
pub(crate) async fn refresh(tx: &mut Tx, models: &[&str]) -> Result<(), sqlx::Error> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = 'record'::regclass
           and (c.relname = any(select 'record_' || unnest($1::text[])) or c.relname = 'record_default')
           and pg_relation_size(c.oid) > case when c.reltuples <= 0 then $2
                   else greatest($2, 2 * c.relpages::bigint * current_setting('block_size')::bigint) end",
    )
    .bind(models)
    .bind(SMALL)
    .fetch_all(tx.one())
    .await?;
    for table in tables {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "analyze (skip_locked) {table} ({COLUMNS})"
        )))
        .execute(tx.one())
        .await?;
    }
    Ok(())
}
