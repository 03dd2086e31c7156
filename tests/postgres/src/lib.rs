//! A real Postgres for tests: [`TestDatabase::create`] gives each test a database of its own.
//!
//! With `DATABASE_URL` that server is used. Without it the first test starts a private server that all test processes of
//! this user share, and that ends by itself some seconds after the last of them. A test that breaks its server takes a
//! [`Cluster`] of its own.

mod cluster;
mod server;

pub use cluster::{Cluster, Stop};

use anyhow::{Context, Result};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use std::str::FromStr;

/// An empty database of one test. Dropped, it is gone, whoever is still connected.
#[derive(Debug)]
pub struct TestDatabase {
    /// `postgres://…`: what a gateway or a store connects to.
    pub url: String,
    name: String,
    server: String,
}

impl TestDatabase {
    /// Makes a database.
    ///
    /// # Panics
    /// When no Postgres can be had, with the reason: a test must fail then, not be skipped.
    pub async fn create() -> Self {
        Self::try_create()
            .await
            .unwrap_or_else(|error| panic!("no Postgres for this test: {error:#}"))
    }

    async fn try_create() -> Result<Self> {
        let server = match std::env::var("DATABASE_URL") {
            Ok(url) if !url.is_empty() => url,
            _ => tokio::task::spawn_blocking(server::shared).await??,
        };
        let name = format!("portcullis_test_{:016x}", rand::random::<u64>());
        let mut connection = PgConnection::connect(&server)
            .await
            .with_context(|| format!("connecting to {server}"))?;
        // The name is made of letters, digits and underscores, so it needs no quotes.
        sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}")))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(Self {
            url: with_database(&server, &name)?,
            name,
            server,
        })
    }

    /// Options for a plain connection, for tests that look behind the gateway's back.
    ///
    /// # Panics
    /// When the server's address cannot be read.
    #[must_use]
    pub fn options(&self) -> PgConnectOptions {
        PgConnectOptions::from_str(&self.url)
            .unwrap_or_else(|error| panic!("{}: {error}", self.url))
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A thread with a runtime of its own: the test's runtime may be inside this very call.
        let dropped = std::thread::spawn(move || -> Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&server).await?;
                sqlx::query(sqlx::AssertSqlSafe(format!(
                    "drop database if exists {name} with (force)"
                )))
                .execute(&mut connection)
                .await?;
                Ok(connection.close().await?)
            })
        });
        // A database that stays behind costs a little disk until the server ends; it is no reason to fail a test.
        let _ = dropped.join();
    }
}

/// The server's URL with another database: the last segment of the path.
fn with_database(server: &str, name: &str) -> Result<String> {
    let (address, query) = server
        .split_once('?')
        .map_or((server, ""), |(address, query)| (address, query));
    let (scheme, rest) = address
        .split_once("://")
        .context("a database URL begins with postgres://")?;
    let authority = rest.split('/').next().unwrap_or_default();
    let mark = if query.is_empty() { "" } else { "?" };
    Ok(format!("{scheme}://{authority}/{name}{mark}{query}"))
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn only_the_database_changes() {
        let table = [
            ("postgres://u:p@h:5432/old", "postgres://u:p@h:5432/new"),
            ("postgres://u@h", "postgres://u@h/new"),
            (
                "postgres://u@localhost/old?host=/tmp/x",
                "postgres://u@localhost/new?host=/tmp/x",
            ),
        ];
        for (from, to) in table {
            assert_eq!(with_database(from, "new").ok().as_deref(), Some(to));
        }
    }
}
