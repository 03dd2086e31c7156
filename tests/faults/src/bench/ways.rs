//! Two ways of writing rows, side by side: arrays that one statement takes apart, as the engine does, and COPY into a
//! temporary table with the same upsert from there.
//!
//! The same rows, the same migrated table with all of its indexes, the same server and transactions of 1,000 rows over one
//! connection. What is unchanged is written once more over what is there.

use super::ceiling::{self, Table, UNIT};
use super::figure::Figure;
use crate::stage::Stage;
use anyhow::{Result, ensure};
use serde::Serialize;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use std::time::Instant;

const DATABASE: &str = "ways";

/// The columns that both ways fill.
const COLUMNS: &str = "account_id, model, id, integration_id, scope, external_id, environment, vendor, doc, hash, \
                       property_id, x_property_id, unit_id, x_unit_id, related, partition";

const CONFLICT: &str =
    "on conflict (account_id, model, id) do update set doc = excluded.doc, hash = excluded.hash,
    updated_at = excluded.updated_at where r.hash is distinct from excluded.hash";

/// Rows a second, by way and by what is there already.
#[derive(Debug, Clone, Serialize)]
pub struct Ways {
    /// Arrays, into an empty table.
    pub unnest_new: Figure,
    /// COPY, into an empty table.
    pub copy_new: Figure,
    /// Arrays, over the same rows.
    pub unnest_unchanged: Figure,
    /// COPY, over the same rows.
    pub copy_unchanged: Figure,
}

/// Measures both, by turns, so many times.
///
/// # Errors
/// When the database refuses.
pub async fn measure(stage: &Stage, integration_id: &str, runs: usize) -> Result<Ways> {
    let mut into = ceiling::prepare(stage, DATABASE).await?;
    let rows = ceiling::read_columns(stage, "record", COLUMNS, Some(integration_id)).await?;
    let texts = texts(stage, integration_id).await?;
    ensure!(
        rows.rows.len() == texts.len(),
        "two reads of one table differ"
    );
    sqlx::raw_sql(AssertSqlSafe(format!(
        "create temporary table copied on commit delete rows as select {COLUMNS} from record with no data"
    )))
    .execute(&mut into)
    .await?;
    let mut figures: [[Vec<f64>; 2]; 4] = Default::default();
    // Each way twice a round, in turns: the second time is the control.
    for round in 0..2 * runs {
        let first = (round + round / 2) % 2;
        for way in [first, 1 - first] {
            sqlx::raw_sql("truncate record; checkpoint")
                .execute(&mut into)
                .await?;
            for unchanged in 0..2 {
                let begun = Instant::now();
                if way == 0 {
                    unnest(&mut into, &texts).await?;
                } else {
                    copy(&mut into, &rows).await?;
                }
                let rate = texts.len() as f64 / begun.elapsed().as_secs_f64();
                figures[way + 2 * unchanged][round % 2].push(rate);
            }
        }
    }
    into.close().await?;
    ceiling::drop_database(stage, DATABASE).await?;
    let [unnest_new, copy_new, unnest_unchanged, copy_unchanged] =
        figures.map(|[values, control]| Figure::of(&values, &control));
    Ok(Ways {
        unnest_new,
        copy_new,
        unnest_unchanged,
        copy_unchanged,
    })
}

/// The rows, each column as text.
async fn texts(stage: &Stage, integration_id: &str) -> Result<Vec<Vec<Option<String>>>> {
    let columns: Vec<String> = COLUMNS
        .split(',')
        .map(|name| format!("{}::text", name.trim()))
        .collect();
    let select = format!(
        "select array[{}] from record where integration_id = $1",
        columns.join(", ")
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(select))
        .bind(integration_id)
        .fetch_all(&stage.pool)
        .await?)
}

async fn unnest(into: &mut PgConnection, rows: &[Vec<Option<String>>]) -> Result<()> {
    let names: Vec<&str> = COLUMNS.split(',').map(str::trim).collect();
    let arrays: Vec<String> = (1..=names.len()).map(|n| format!("${n}::text[]")).collect();
    let cast: Vec<String> = names
        .iter()
        .map(|name| match *name {
            "doc" => "doc::jsonb".to_owned(),
            "hash" => "hash::bytea".to_owned(),
            "related" => "related::text[]".to_owned(),
            other => other.to_owned(),
        })
        .collect();
    let statement = format!(
        "insert into record as r ({COLUMNS}) select {} from unnest({}) as u({COLUMNS}) {CONFLICT}",
        cast.join(", "),
        arrays.join(", ")
    );
    for unit in rows.chunks(UNIT) {
        let mut query = sqlx::query(AssertSqlSafe(statement.clone()));
        for column in 0..names.len() {
            let values: Vec<Option<&str>> = unit.iter().map(|row| row[column].as_deref()).collect();
            query = query.bind(values);
        }
        query.execute(&mut *into).await?;
    }
    Ok(())
}

async fn copy(into: &mut PgConnection, table: &Table) -> Result<()> {
    let upsert =
        format!("insert into record as r ({COLUMNS}) select {COLUMNS} from copied {CONFLICT}");
    for unit in table.rows.chunks(UNIT) {
        sqlx::raw_sql("begin").execute(&mut *into).await?;
        ceiling::copy(into, "copied", COLUMNS, unit).await?;
        sqlx::raw_sql(AssertSqlSafe(upsert.clone()))
            .execute(&mut *into)
            .await?;
        sqlx::raw_sql("commit").execute(&mut *into).await?;
    }
    Ok(())
}
