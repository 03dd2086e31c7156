//! Models that somebody switched on or off.

use crate::{Store, StoreError};

/// A model's switch.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ModelSwitchRow {
    /// The model.
    pub model: String,
    /// Whether it is read.
    pub enabled: bool,
}

impl Store {
    /// The switches that were ever moved, by model. Without one the connector's manifest decides.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn model_switches(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<Vec<ModelSwitchRow>, StoreError> {
        Ok(sqlx::query_as(
            "select model, enabled from model_switch where account_id = $1 and integration_id = $2 order by model",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_all(self.one())
        .await?)
    }

    /// Switches models on or off, from the next sync on.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn switch_models(
        &self,
        account_id: &str,
        integration_id: &str,
        switches: &[ModelSwitchRow],
    ) -> Result<(), StoreError> {
        sqlx::query(
            "insert into model_switch (account_id, integration_id, model, enabled)
             select $1, $2, s.model, s.enabled from unnest($3::text[], $4::boolean[]) as s(model, enabled)
             on conflict (account_id, integration_id, model) do update set enabled = excluded.enabled, changed_at = now()",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(switches.iter().map(|s| s.model.as_str()).collect::<Vec<_>>())
        .bind(switches.iter().map(|s| s.enabled).collect::<Vec<_>>())
        .execute(self.one())
        .await?;
        Ok(())
    }

    /// Says of models that are switched off that nothing is to come: waiting would not bring their records, so answers
    /// about them may be kept.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn settle_models(
        &self,
        account_id: &str,
        integration_id: &str,
        models: &[String],
    ) -> Result<(), StoreError> {
        if models.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "insert into model_state as s (account_id, integration_id, model, generation, settled, changed_at)
             select $1, $2, m, 1, true, clock_timestamp() from unnest($3::text[]) as m
             on conflict (account_id, integration_id, model) do update set generation = s.generation + 1,
                generation_at = now(), settled = true, changed_at = clock_timestamp() where not s.settled",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(models)
        .execute(self.one())
        .await?;
        Ok(())
    }
}
