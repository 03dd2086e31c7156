//! The handle to the database: pool, purpose, transactions, migrations.

use crate::error::StoreError;
use crate::views;
use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection, Postgres, SqlSafeStr as _, Transaction};
use std::str::FromStr;
use std::time::Duration;
use tracing::Instrument as _;

/// Key of the advisory lock that migrating processes queue at: `portcull` in ASCII.
const MIGRATION_LOCK: i64 = 0x706f_7274_6375_6c6c;

pub(crate) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// On whose behalf a statement runs; the label of `portcullis_database_queries_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Part of answering an API request.
    Api,
    /// A worker's runs and checks.
    Sync,
    /// Polls, heartbeats, key look-ups ahead of need.
    Background,
    /// The command line, migrations, the start.
    Operator,
}

impl Purpose {
    /// The label's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Sync => "sync",
            Self::Background => "background",
            Self::Operator => "operator",
        }
    }
}

/// How to connect.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// Most connections that the pool holds.
    pub max_connections: u32,
    /// How long a call waits for a connection before it is `Unavailable`.
    pub acquire_timeout: Duration,
    /// Shown in `pg_stat_activity`.
    pub application_name: String,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            max_connections: 16,
            acquire_timeout: Duration::from_secs(5),
            application_name: "portcullis".to_owned(),
        }
    }
}

/// What a server says about itself.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ServerFacts {
    /// Its version, such as `15.14`.
    pub version: String,
    /// Its clock, at the moment of the question.
    pub now: DateTime<Utc>,
}

/// A handle to the database. Clones share one pool.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
    purpose: Purpose,
}

impl Store {
    /// Connects. One connection is opened at once, so a wrong address fails here. The purpose is `Operator`.
    ///
    /// # Errors
    /// `Unavailable` when the server cannot be reached, `Database` for a bad URL or a refused log-in.
    pub async fn connect(url: &str, options: ConnectOptions) -> Result<Self, StoreError> {
        let connect = PgConnectOptions::from_str(url)?
            .application_name(&options.application_name)
            .options([
                ("statement_timeout", "20s"),
                ("idle_in_transaction_session_timeout", "10s"),
                ("timezone", "UTC"),
                // The views and ids are plain; a JIT compile costs more than any of these statements takes.
                ("jit", "off"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .connect_with(connect)
            .await?;
        Ok(Self {
            pool,
            purpose: Purpose::Operator,
        })
    }

    /// The same pool, counted under another purpose.
    #[must_use]
    pub fn with_purpose(&self, purpose: Purpose) -> Self {
        Self {
            pool: self.pool.clone(),
            purpose,
        }
    }

    /// Brings the schema to this program's version. Safe when many processes do it at once: an advisory lock makes them
    /// queue, and only the first changes anything.
    ///
    /// # Errors
    /// `Unavailable`; `Conflict{schema_newer}` when a newer program has migrated this database; `Database`.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        // A connection of its own, without the bound: a migration may rewrite a large table, and others queue behind it.
        let mut connection = self.pool.acquire().await?.detach();
        sqlx::query("set statement_timeout = 0")
            .execute(&mut connection)
            .await?;
        let result = bring_up_to_date(&mut connection).await;
        // With the connection its locks go, whatever became of the migration.
        connection.close().await?;
        result
    }

    /// Number of the newest migration in the database, 0 when there is none.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        let exists: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
            .fetch_one(self.one())
            .await?;
        if !exists {
            return Ok(0);
        }
        Ok(sqlx::query_scalar(
            "select coalesce(max(version), 0) from _sqlx_migrations where success",
        )
        .fetch_one(self.one())
        .await?)
    }

    /// Number of the newest migration that this program brings.
    #[must_use]
    pub fn newest_schema_version() -> i64 {
        MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0)
    }

    /// What the server says about itself.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn server_facts(&self) -> Result<ServerFacts, StoreError> {
        Ok(sqlx::query_as(
            "select current_setting('server_version') as version, clock_timestamp() as now",
        )
        .fetch_one(self.one())
        .await?)
    }

    /// Asks the server for a sign of life.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").execute(self.one()).await?;
        Ok(())
    }

    /// Closes the pool and waits until its connections are returned.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The pool, for exactly one statement, which is counted.
    pub(crate) fn one(&self) -> &PgPool {
        self.count(1);
        &self.pool
    }

    pub(crate) fn count(&self, statements: u64) {
        metrics::counter!("portcullis_database_queries_total", "purpose" => self.purpose.as_str())
            .increment(statements);
    }

    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        self.count(1);
        Ok(Tx {
            inner: self.begun("begin").await?,
            store: self.clone(),
        })
    }

    /// Begins in a task of its own: a caller may go away at any moment, and a begin that is dropped half way leaves the
    /// connection to the next one within a transaction that nobody ends, and that takes down what is written over it.
    async fn begun(
        &self,
        statement: &'static str,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        // Waiting for a connection may be dropped.
        let connection = self.pool.acquire().await?;
        let begin = Transaction::begin(connection, Some(statement.into_sql_str()));
        match tokio::spawn(begin.in_current_span()).await {
            Ok(begun) => begun,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is on its way out.
                Err(_) => Err(sqlx::Error::PoolClosed),
            },
        }
    }

    /// A read-only transaction in which every statement sees the same snapshot, and the database's clock at its begin,
    /// which is never later than that snapshot.
    pub(crate) async fn begin_snapshot(&self) -> Result<(Tx, DateTime<Utc>), StoreError> {
        self.count(1);
        let snapshot = "begin isolation level repeatable read, read only";
        let inner = self.begun(snapshot).await?;
        let mut tx = Tx {
            inner,
            store: self.clone(),
        };
        let at = sqlx::query_scalar("select now()")
            .fetch_one(tx.one())
            .await?;
        Ok((tx, at))
    }
}

/// The migrations of an empty database up to those that are named, without views.
pub(crate) async fn migrate_to(
    connection: &mut PgConnection,
    versions: &[i64],
) -> Result<(), StoreError> {
    let known = MIGRATIONS
        .iter()
        .filter(|it| versions.contains(&it.version));
    let migrator = sqlx::migrate::Migrator::with_migrations(known.cloned().collect());
    sqlx::query("select pg_advisory_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut *connection)
        .await?;
    migrator
        .run_direct(None, connection, false)
        .await
        .map_err(refused)
}

/// The migrations, then the views, both under one lock: else a second process could find the tables of one program and
/// the views of another.
async fn bring_up_to_date(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("select pg_advisory_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut *connection)
        .await?;
    let migrated = MIGRATIONS.run_direct(None, connection, false).await;
    migrated.map_err(refused)?;
    views::refresh(connection).await
}

fn refused(error: sqlx::migrate::MigrateError) -> StoreError {
    match error {
        sqlx::migrate::MigrateError::VersionMissing(_) => StoreError::Conflict {
            what: "schema_newer",
        },
        sqlx::migrate::MigrateError::Execute(e)
        | sqlx::migrate::MigrateError::ExecuteMigration(e, _) => e.into(),
        other => StoreError::Database(sqlx::Error::Migrate(Box::new(other))),
    }
}

/// A transaction that counts its statements. Dropped without a commit, it rolls back.
pub(crate) struct Tx {
    inner: Transaction<'static, Postgres>,
    store: Store,
}

impl Tx {
    /// The connection, for exactly one statement, which is counted.
    pub(crate) fn one(&mut self) -> &mut PgConnection {
        self.store.count(1);
        &mut self.inner
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.store.count(1);
        Ok(self.inner.commit().await?)
    }
}
