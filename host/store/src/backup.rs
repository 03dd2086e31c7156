//! The whole database as one stream, and back into an empty one, wherever that runs.
//!
//! The stream is the same whichever Postgres it comes from, so it moves an installation from a managed server to a
//! server of one's own, or to a newer version of Postgres, as well. It begins with one line of JSON that says what it
//! is, then has each table as a line with its name and columns, its rows as `COPY` writes them, and `\.`; and it ends
//! with a line that counts them, without which it is not whole. All rows are of one snapshot. The vault's key is never
//! in it.

mod restore;

use std::io::Write;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, PgConnection};

use crate::{Store, StoreError};

pub use restore::Restored;

/// The format that this program writes.
const FORMAT: u32 = 1;
/// What ends the rows of a table.
const END_OF_TABLE: &[u8] = b"\\.\n";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHeader {
    /// `portcullis backup`, so that nothing else is taken for one.
    pub kind: String,
    /// The format.
    pub format: u32,
    /// The version of the program that wrote it.
    pub program: String,
    /// When its snapshot was taken.
    pub at: DateTime<Utc>,
    /// The migrations that its tables are of.
    pub migrations: Vec<i64>,
    /// The id of the vault key without which its credentials cannot be read.
    pub vault_key_id: Option<String>,
}

/// A table's line.
#[derive(Debug, Serialize, Deserialize)]
struct TableLine {
    table: String,
    columns: Vec<String>,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
struct EndLine {
    end: bool,
    tables: u64,
    rows: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackedUp {
    /// The first line.
    pub header: BackupHeader,
    /// Tables.
    pub tables: u64,
    /// Rows.
    pub rows: u64,
}

/// Why there is no backup, or no restoring.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stream could not be written or read.
    #[error("the backup cannot be read or written: {0}")]
    Stream(#[from] std::io::Error),
    /// What was read is no backup, or is damaged.
    #[error("this is not a whole backup: {0}")]
    Damaged(String),
    /// The backup has migrations that this program does not know.
    #[error(
        "the backup was made by a newer version of the gateway ({program}); restore it with that version"
    )]
    Newer {
        /// That version.
        program: String,
    },
    /// There is something in the database.
    #[error("the database is not empty; restore into a new one")]
    NotEmpty,
}

impl BackupError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Stream(_) => "backup_unreadable",
            Self::Damaged(_) => "backup_damaged",
            Self::Newer { .. } => "backup_newer",
            Self::NotEmpty => "database_not_empty",
        }
    }
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<serde_json::Error> for BackupError {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl Store {
    /// Writes the whole database to `out`, as it is in one moment. Others go on working meanwhile.
    ///
    /// # Errors
    /// [`BackupError`].
    pub async fn back_up(&self, out: &mut (impl Write + Send)) -> Result<BackedUp, BackupError> {
        let mut connection = self.detached().await?;
        let result = write_all(&mut connection, out).await;
        // What matters is written, or failed, by now.
        let _ = connection.close().await;
        result
    }

    /// A connection of its own that no statement's time-out cuts off.
    async fn detached(&self) -> Result<PgConnection, StoreError> {
        let mut connection = self.one().acquire().await?.detach();
        for setting in ["statement_timeout", "idle_in_transaction_session_timeout"] {
            sqlx::query(sqlx::AssertSqlSafe(format!("set {setting} = 0")))
                .execute(&mut connection)
                .await?;
        }
        Ok(connection)
    }
}

async fn write_all(
    connection: &mut PgConnection,
    out: &mut (impl Write + Send),
) -> Result<BackedUp, BackupError> {
    let mut tx = connection
        .begin_with("begin isolation level repeatable read, read only")
        .await?;
    let header = BackupHeader {
        kind: KIND.to_owned(),
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        at: sqlx::query_scalar("select now()")
            .fetch_one(&mut *tx)
            .await?,
        migrations: sqlx::query_scalar(
            "select version from _sqlx_migrations where success order by version",
        )
        .fetch_all(&mut *tx)
        .await?,
        vault_key_id: sqlx::query_scalar("select vault_key_id from installation")
            .fetch_optional(&mut *tx)
            .await?,
    };
    line(out, &header)?;
    let (mut tables, mut rows) = (0, 0);
    for table in stored_tables(&mut tx).await? {
        line(out, &table)?;
        let copy = format!("copy {} to stdout", target(&table));
        let mut chunks = tx.copy_out_raw(&copy).await?;
        while let Some(chunk) = chunks.try_next().await? {
            // A line break inside a value is written as `\n`, so each row is one line.
            rows += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
            out.write_all(&chunk)?;
        }
        drop(chunks);
        out.write_all(END_OF_TABLE)?;
        tables += 1;
    }
    line(
        out,
        &EndLine {
            end: true,
            tables,
            rows,
        },
    )?;
    out.flush()?;
    tx.rollback().await?;
    Ok(BackedUp {
        header,
        tables,
        rows,
    })
}

/// The word that begins every backup.
const KIND: &str = "portcullis backup";

fn line(out: &mut impl Write, value: &impl Serialize) -> Result<(), BackupError> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// The tables with rows of their own, each with the columns that can be written. Names are as the database quotes them.
async fn stored_tables(connection: &mut PgConnection) -> Result<Vec<TableLine>, StoreError> {
    let rows: Vec<(String, Vec<String>)> = sqlx::query_as(
        "select c.oid::regclass::text, array_agg(quote_ident(a.attname) order by a.attnum)
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
              and a.attgenerated = ''
         where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace 
           -- These say what the schema is, and that is made by the program.
           and c.relname not in ('_sqlx_migrations', 'derived_views')
         group by c.oid order by 1",
    )
    .fetch_all(connection)
    .await?;
    let table = |(table, columns)| TableLine { table, columns };
    Ok(rows.into_iter().map(table).collect())
}

/// `table (column, …)`, for `COPY`.
fn target(line: &TableLine) -> String {
    format!("{} ({})", line.table, line.columns.join(", "))
}
