//! A gateway on data that it finds: from a backup of another machine, or from a database of earlier days.

use super::Start;
use super::{Gateway, command, launch};
use crate::{Client, TestDatabase};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::TempDir;
use tokio::process::Command;

impl Gateway {
    /// A gateway on a new machine: a new database and new folders, filled from a backup and a saved vault key, with the
    /// same connectors.
    ///
    /// # Panics
    ///
    /// When that fails.
    pub async fn restored(&self, backup: &str, key: &str) -> Self {
        let folder = TempDir::new().unwrap_or_else(|error| panic!("a folder: {error}"));
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711))
            .unwrap_or_else(|error| panic!("{error}"));
        let copied = Command::new("cp")
            .arg("-r")
            .args([self.connectors(), folder.path().join("connectors")])
            .status();
        assert!(copied.await.is_ok_and(|status| status.success()));
        let database = TestDatabase::create().await;
        for step in [&["vault-key", "put", key][..], &["restore", backup]] {
            let done = command(&self.start, &database.url, folder.path())
                .args(step)
                .output()
                .await
                .unwrap_or_else(|error| panic!("{error}"));
            let said = String::from_utf8_lossy(&done.stderr);
            assert!(done.status.success(), "{step:?}: {said}");
        }
        let (child, facts) = launch(&self.start, &database.url, folder.path()).await;
        assert!(facts.key.is_none(), "it has its keys already");
        Self {
            admin: Client::new(&facts.base_url, Some(&self.admin_key)),
            account_id: self.account_id.clone(),
            admin_key: self.admin_key.clone(),
            base_url: facts.base_url,
            first_admin_link: facts.first_admin_link,
            database,
            start: self.start.clone(),
            folder,
            child,
        }
    }

    /// A gateway of today on a database of earlier days: `sql` makes its tables and fills them, `key` is an admin's key
    /// in it, `connector` the file that serves.
    ///
    /// # Panics
    ///
    /// When that fails.
    pub async fn found(start: Start, sql: &str, key: &str, connector: &Path) -> Self {
        let folder = TempDir::new().unwrap_or_else(|error| panic!("a folder: {error}"));
        let connectors = folder.path().join("connectors");
        std::fs::create_dir(&connectors).unwrap_or_else(|error| panic!("{error}"));
        std::fs::copy(connector, connectors.join("connector.wasm"))
            .unwrap_or_else(|error| panic!("{}: {error}", connector.display()));
        let database = TestDatabase::create().await;
        let mut connection = PgConnection::connect_with(&database.options())
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("the database of earlier days: {error}"));
        connection
            .close()
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let (child, facts) = launch(&start, &database.url, folder.path()).await;
        assert!(facts.key.is_none(), "it has its keys already");
        Self {
            admin: Client::new(&facts.base_url, Some(key)),
            account_id: String::new(),
            admin_key: key.to_owned(),
            base_url: facts.base_url,
            first_admin_link: facts.first_admin_link,
            database,
            start,
            folder,
            child,
        }
    }
}
