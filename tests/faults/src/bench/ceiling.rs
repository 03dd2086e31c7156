//! The ceiling: the same rows into the same migrated tables of the same server, without vendor, guest or gateway.
//!
//! One connection; a transaction is 1,000 rows by COPY into a temporary table and an upsert from there, whatever else
//! the engine wrote beside each record, and one row each for the counters of the run and of the model.

use crate::stage::Stage;
use anyhow::{Context as _, Result, ensure};
use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnection, PgPoolCopyExt as _};
use sqlx::{AssertSqlSafe, Connection as _};
use std::time::Instant;

/// Rows of a transaction.
pub(super) const UNIT: usize = 1_000;

/// The ceiling's database.
const DATABASE: &str = "ceiling";

/// A table with its rows in the form of COPY.
pub(super) struct Table {
    name: String,
    columns: String,
    pub(super) rows: Vec<Vec<u8>>,
}

/// Stores what an integration's sync stored once more; gives rows of `record` a second.
///
/// # Errors
/// When the database refuses.
pub async fn measure(stage: &Stage, integration_id: &str) -> Result<f64> {
    let admin = &stage.pool;
    let mut into = prepare(stage, DATABASE).await?;
    let records: i64 = sqlx::query_scalar("select count(*) from record where integration_id = $1")
        .bind(integration_id)
        .fetch_one(admin)
        .await?;
    let mut tables = Vec::new();
    for name in beside_each_record(stage, integration_id, records).await? {
        tables.push(read(stage, &name, Some(integration_id)).await?);
    }
    for table in &tables {
        let temporary = format!(
            "create temporary table copied_{0} on commit delete rows as select {1} from {0} with no data",
            table.name, table.columns
        );
        sqlx::raw_sql(AssertSqlSafe(temporary))
            .execute(&mut into)
            .await?;
    }
    sqlx::raw_sql("checkpoint").execute(admin).await?;

    let units = usize::try_from(records)?.div_ceil(UNIT);
    let begun = Instant::now();
    for unit in 0..units {
        sqlx::raw_sql("begin").execute(&mut into).await?;
        for table in &tables {
            let share = |at: usize| table.rows.len() * at / units;
            let rows = &table.rows[share(unit)..share(unit + 1)];
            copy(
                &mut into,
                &format!("copied_{}", table.name),
                &table.columns,
                rows,
            )
            .await?;
            let conflict = if table.name == "record" {
                "on conflict (account_id, model, id) do update set doc = excluded.doc, hash = excluded.hash,
                     updated_at = excluded.updated_at where record.hash is distinct from excluded.hash"
            } else {
                "on conflict do nothing"
            };
            let upsert = format!(
                "insert into {0} ({1}) overriding system value select {1} from copied_{0} {conflict}",
                table.name, table.columns
            );
            sqlx::raw_sql(AssertSqlSafe(upsert))
                .execute(&mut into)
                .await?;
        }
        let beside = format!(
            "update run set pages = pages + 1, rows_new = rows_new + {UNIT}, cursor = '{unit}'
             where id = (select id from run limit 1);
             insert into model_state as s (account_id, integration_id, model, live_rows)
             select account_id, id, 'units', {UNIT} from integration limit 1
             on conflict (account_id, integration_id, model) do update set live_rows = s.live_rows + excluded.live_rows;
             commit"
        );
        sqlx::raw_sql(AssertSqlSafe(beside))
            .execute(&mut into)
            .await?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let stored: i64 = sqlx::query_scalar("select count(*) from record")
        .fetch_one(&mut into)
        .await?;
    ensure!(stored == records, "{stored} of {records} rows were stored");
    into.close().await?;
    drop_database(stage, DATABASE).await?;
    Ok(records as f64 / seconds)
}

/// Another database of the same server with the same tables, and with what records refer to.
pub(super) async fn prepare(stage: &Stage, database: &str) -> Result<PgConnection> {
    drop_database(stage, database).await?;
    sqlx::raw_sql(AssertSqlSafe(format!("create database {database}")))
        .execute(&stage.pool)
        .await?;
    let url = stage.cluster().url("replica_0", database);
    let gateway = stage.replicas.first().context("there is a gateway")?;
    let migrated = gateway
        .command()
        .env("PORTCULLIS_DATABASE_URL", &url)
        .arg("migrate")
        .output()
        .await?;
    ensure!(
        migrated.status.success(),
        "migrate: {}",
        String::from_utf8_lossy(&migrated.stderr)
    );
    let mut into = PgConnection::connect(&url).await?;
    for name in ["account", "integration", "sync", "run"] {
        let table = read(stage, name, None).await?;
        copy(&mut into, &table.name, &table.columns, &table.rows).await?;
    }
    Ok(into)
}

pub(super) async fn drop_database(stage: &Stage, database: &str) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(format!("drop database if exists {database}")))
        .execute(&stage.pool)
        .await?;
    Ok(())
}

/// The tables that hold at least one row for every other record of the integration: what the engine writes per record.
async fn beside_each_record(
    stage: &Stage,
    integration_id: &str,
    records: i64,
) -> Result<Vec<String>> {
    let all: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
           and a.attname = 'integration_id' and c.relname not like 'faults%' order by 1",
    )
    .fetch_all(&stage.pool)
    .await?;
    let mut found = Vec::new();
    for name in all {
        let count = format!("select count(*) from {name} where integration_id = $1");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .bind(integration_id)
            .fetch_one(&stage.pool)
            .await?;
        if rows * 2 >= records {
            found.push(name);
        }
    }
    ensure!(
        found.iter().any(|name| name == "record"),
        "there are no records"
    );
    Ok(found)
}

async fn read(stage: &Stage, name: &str, integration_id: Option<&str>) -> Result<Table> {
    let columns: Vec<String> = sqlx::query_scalar(
        "select quote_ident(attname) from pg_attribute where attrelid = $1::regclass and attnum > 0
           and not attisdropped and attgenerated = '' order by attnum",
    )
    .bind(name)
    .fetch_all(&stage.pool)
    .await?;
    read_columns(stage, name, &columns.join(", "), integration_id).await
}

pub(super) async fn read_columns(
    stage: &Stage,
    name: &str,
    columns: &str,
    integration_id: Option<&str>,
) -> Result<Table> {
    // The id is made of letters, digits and underscores.
    let only = integration_id.map_or(String::new(), |id| {
        format!(" where integration_id = '{id}'")
    });
    let statement = format!("copy (select {columns} from {name}{only}) to stdout");
    let mut stream = stage.pool.copy_out_raw(&statement).await?;
    let mut rows = Vec::new();
    let mut rest: Vec<u8> = Vec::new();
    while let Some(bytes) = stream.try_next().await? {
        rest.extend_from_slice(&bytes);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let behind = rest.split_off(end + 1);
            rows.push(std::mem::replace(&mut rest, behind));
        }
    }
    Ok(Table {
        name: name.to_owned(),
        columns: columns.to_owned(),
        rows,
    })
}

pub(super) async fn copy(
    into: &mut PgConnection,
    name: &str,
    columns: &str,
    rows: &[Vec<u8>],
) -> Result<()> {
    let mut copying = into
        .copy_in_raw(&format!("copy {name} ({columns}) from stdin"))
        .await?;
    copying.send(rows.concat()).await?;
    copying.finish().await?;
    Ok(())
}
