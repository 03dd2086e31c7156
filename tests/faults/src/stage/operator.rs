//! What an operator does with a stage's gateways: integrations are added, checked, enabled, synced.

use super::{PATIENCE, Stage};
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// One sync as the database has it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SyncWord {
    /// Its id.
    pub id: String,
    /// Its word.
    pub status: String,
    /// It has ended.
    pub finished: bool,
}

impl Stage {
    /// Adds an integration with the vendor's first key and waits until its access is checked; gives its id.
    ///
    /// # Errors
    /// When it is refused, or its check does not end.
    pub async fn integration(&mut self, name: &str) -> Result<String> {
        let url = self.vendor.url().to_owned();
        self.integration_at(name, &url).await
    }

    /// The same with another base URL.
    ///
    /// # Errors
    /// As above.
    pub async fn integration_at(&mut self, name: &str, base_url: &str) -> Result<String> {
        let body = json!({
            "integration_vendor": "BUILDIUM",
            "name": name,
            "credentials": {
                "clientId": self.vendor.ready.client_id,
                "secret": self.canary,
            },
            "base_url": base_url,
        });
        let made = self
            .admin()?
            .post("/v1/admin/integrations/", Some(&body))
            .await?;
        let id = made["results"]["id"]
            .as_str()
            .with_context(|| format!("no id: {made}"))?
            .to_owned();
        self.checked(&id).await?;
        Ok(id)
    }

    /// Makes another account, and gives a key that reads in it.
    pub(super) async fn other_account(&self) -> Result<String> {
        let account = self.told(&["account", "create", "Other"]).await?;
        let account = account["id"]
            .as_str()
            .context("an account's id")?
            .to_owned();
        let key = ["key", "create", "stranger", "--account", &account];
        let key = self.told(&key).await?;
        Ok(key["key"].as_str().context("a key")?.to_owned())
    }

    /// What the command line answers.
    pub(crate) async fn told(&self, arguments: &[&str]) -> Result<Value> {
        let replica = self.replicas.first().context("there is a gateway")?;
        let output = replica
            .command()
            .arg("--json")
            .args(arguments)
            .output()
            .await?;
        ensure!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    async fn checked(&self, id: &str) -> Result<()> {
        let begun = Instant::now();
        loop {
            let open: i64 = sqlx::query_scalar(
                "select count(*) from access_check where integration_id = $1 and status <> 'finished'",
            )
            .bind(id)
            .fetch_one(&self.pool)
            .await?;
            if open == 0 {
                return Ok(());
            }
            ensure!(
                begun.elapsed() < PATIENCE,
                "the access check of {id} goes on"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Has the credentials checked again, and enables the integration if that switched it off.
    ///
    /// # Errors
    /// When it is refused, or the check does not end.
    pub async fn check_access(&mut self, id: &str) -> Result<()> {
        let path = format!("/v1/admin/integrations/{id}/data-access");
        self.admin()?.post(&path, None).await?;
        self.checked(id).await
    }

    /// Enables an integration, which starts its first sync.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn enable(&mut self, id: &str) -> Result<()> {
        let path = format!("/v1/admin/integrations/{id}/enable");
        self.admin()?.post(&path, None).await?;
        Ok(())
    }

    /// Starts a sync now.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn sync_now(&mut self, id: &str) -> Result<()> {
        let path = format!("/v1/admin/integrations/{id}/manual-sync");
        self.admin()?.post(&path, None).await?;
        Ok(())
    }

    /// The newest sync of an integration.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn newest(&self, id: &str) -> Result<Option<SyncWord>> {
        Ok(sqlx::query_as(
            "select id, status, finished_at is not null as finished from sync where integration_id = $1
             order by created_at desc limit 1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Waits until the newest sync has ended; nothing if it does not within `patience`.
    ///
    /// # Errors
    /// When there is no sync.
    pub async fn ended(&self, id: &str, patience: Duration) -> Result<Option<SyncWord>> {
        let begun = Instant::now();
        loop {
            // The server may be down: that is what some cases are about.
            if let Ok(Some(word)) = self.newest(id).await
                && word.finished
            {
                return Ok(Some(word));
            }
            if begun.elapsed() > patience {
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}
