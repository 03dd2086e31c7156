//! A gateway on another machine, made from a backup.

use super::{Gateway, command, launch};
use crate::{Client, TestDatabase};
use std::os::unix::fs::PermissionsExt as _;
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
}
