//! Filling an empty database from a backup.

use std::collections::BTreeSet;
use std::io::BufRead;

use serde::Serialize;
use sqlx::{Connection as _, PgConnection};

use super::{
    BackupError, BackupHeader, END_OF_TABLE, EndLine, FORMAT, KIND, TableLine, stored_tables,
    target,
};
use crate::connection::{self, MIGRATIONS};
use crate::{Store, StoreError, tables};

/// Bytes of rows that are sent at once.
const BATCH: usize = 256 << 10;

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The backup's first line.
    pub header: BackupHeader,
    /// Rows.
    pub rows: u64,
}

impl Store {
    /// Fills this database from a backup, and brings it to this program's schema. All rows come in one transaction: a
    /// backup that is not whole leaves the database empty.
    ///
    /// # Errors
    /// [`BackupError`].
    pub async fn restore(
        &self,
        input: &mut (impl BufRead + Send),
    ) -> Result<Restored, BackupError> {
        let header = header(input)?;
        let mut connection = self.detached().await?;
        let result = fill(&mut connection, &header, input).await;
        let rows = result?;
        connection.close().await.map_err(StoreError::from)?;
        self.migrate().await?;
        // Places in the feed that were given out before mean nothing here. A random number, so that two databases from
        // one backup are told apart.
        sqlx::query("update installation set feed_epoch = 1 + (random() * 9e15)::bigint")
            .execute(self.one())
            .await?;
        Ok(Restored { header, rows })
    }
}

/// Reads and checks the first line.
fn header(input: &mut impl BufRead) -> Result<BackupHeader, BackupError> {
    let line = read_line(input)?;
    let header: BackupHeader = serde_json::from_slice(&line)
        .map_err(|_| BackupError::Damaged("it does not begin like one".to_owned()))?;
    if header.kind != KIND {
        return Err(BackupError::Damaged("it is something else".to_owned()));
    }
    let known: BTreeSet<i64> = MIGRATIONS.iter().map(|it| it.version).collect();
    if header.format > FORMAT || header.migrations.iter().any(|it| !known.contains(it)) {
        return Err(BackupError::Newer {
            program: header.program,
        });
    }
    Ok(header)
}

async fn fill(
    connection: &mut PgConnection,
    header: &BackupHeader,
    input: &mut (impl BufRead + Send),
) -> Result<u64, BackupError> {
    refuse_unless_empty(connection).await?;
    // The tables as they were: what a later migration moves, it moves in the rows that come now.
    connection::migrate_to(connection, &header.migrations).await?;
    let mut tx = connection.begin().await?;
    let there = stored_tables(&mut tx).await?;
    let names: Vec<String> = there.iter().map(|it| it.table.clone()).collect();
    let references = tables::references(&mut tx).await?;
    // A migration may have put rows into a new database; those of the backup take their place.
    let all = names.join(", ");
    sqlx::query(sqlx::AssertSqlSafe(format!("truncate {all}")))
        .execute(&mut *tx)
        .await?;
    // Rows come in the order of the backup, so references are made again when all of them are there.
    let constraints = drop_references(&mut tx, &references).await?;
    let (mut count, mut rows) = (0, 0);
    loop {
        let text = read_line(input)?;
        if let Ok(end) = serde_json::from_slice::<EndLine>(&text) {
            if (end.tables, end.rows) != (count, rows) {
                return Err(BackupError::Damaged("rows are missing".to_owned()));
            }
            break;
        }
        let table: TableLine = serde_json::from_slice(&text)?;
        if !names.contains(&table.table) {
            let unknown = format!("it has a table {} that no migration makes", table.table);
            return Err(BackupError::Damaged(unknown));
        }
        rows += copy(&mut tx, &table, input).await?;
        count += 1;
    }
    for statement in constraints {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut *tx)
            .await?;
    }
    settle(&mut tx, &there).await?;
    tx.commit().await?;
    Ok(rows)
}

async fn refuse_unless_empty(connection: &mut PgConnection) -> Result<(), BackupError> {
    for table in ["account", "installation"] {
        let exists: bool = sqlx::query_scalar("select to_regclass($1) is not null")
            .bind(table)
            .fetch_one(&mut *connection)
            .await?;
        if !exists {
            continue;
        }
        let used: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select exists (select from {table})"
        )))
        .fetch_one(&mut *connection)
        .await?;
        if used {
            return Err(BackupError::NotEmpty);
        }
    }
    Ok(())
}

/// Drops the references between tables, and gives the statements that make them again, which check every row.
async fn drop_references(
    connection: &mut PgConnection,
    references: &[tables::Reference],
) -> Result<Vec<String>, BackupError> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<(String, String, String)> = sqlx::query_as(
        "select conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) from pg_constraint
         where contype = 'f' and conparentid = 0 and connamespace = current_schema()::regnamespace",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut again = Vec::with_capacity(found.len());
    for (table, name, definition) in found {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "alter table {table} drop constraint {name}"
        )))
        .execute(&mut *connection)
        .await?;
        again.push(format!(
            "alter table {table} add constraint {name} {definition}"
        ));
    }
    Ok(again)
}

/// Sends the rows of one table, up to its end mark. Returns how many.
async fn copy(
    connection: &mut PgConnection,
    table: &TableLine,
    input: &mut (impl BufRead + Send),
) -> Result<u64, BackupError> {
    let statement = format!("copy {} from stdin", target(table));
    let mut sink = connection.copy_in_raw(&statement).await?;
    let mut batch = Vec::with_capacity(BATCH + (64 << 10));
    loop {
        let begin = batch.len();
        let read = input.read_until(b'\n', &mut batch);
        match read {
            Ok(0) => {
                sink.abort("the backup ends too early").await?;
                return Err(BackupError::Damaged("it ends too early".to_owned()));
            }
            Ok(_) => {}
            Err(error) => {
                sink.abort("the backup cannot be read").await?;
                return Err(error.into());
            }
        }
        let ended = &batch[begin..] == END_OF_TABLE;
        if ended {
            batch.truncate(begin);
        }
        if ended || batch.len() >= BATCH {
            sink.send(batch.as_slice()).await?;
            batch.clear();
        }
        if ended {
            return Ok(sink.finish().await?);
        }
    }
}

/// What `COPY` does not bring along: where numbers go on, and numbers of transactions, which count anew in each cluster.
async fn settle(connection: &mut PgConnection, there: &[TableLine]) -> Result<(), BackupError> {
    let columns: Vec<(String, String, bool)> = sqlx::query_as(
        "select c.oid::regclass::text, quote_ident(a.attname), a.attidentity <> '' from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
           and (a.attidentity <> '' or a.atttypid = 'xid8'::regtype)",
    )
    .fetch_all(&mut *connection)
    .await?;
    for (table, column, counts) in columns {
        if !there.iter().any(|it| it.table == table) {
            continue;
        }
        let statement = match counts {
            true => format!(
                "select setval(pg_get_serial_sequence('{table}', '{column}'), coalesce(max({column}), 0) + 1, false) from {table}"
            ),
            false => format!("update {table} set {column} = pg_current_xact_id()"),
        };
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// A line without its end.
fn read_line(input: &mut impl BufRead) -> Result<Vec<u8>, BackupError> {
    let mut line = Vec::new();
    input.read_until(b'\n', &mut line)?;
    match line.pop() {
        Some(b'\n') => Ok(line),
        _ => Err(BackupError::Damaged("it ends too early".to_owned())),
    }
}
