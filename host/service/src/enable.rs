//! Enabling an integration: may it be, what will be read, what will be skipped and why.

use portcullis_plan::{Skipped, Wish};
use portcullis_store::{CheckStatus, CredentialsVerdict, IntegrationRow, SetEnabled, SyncKind};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::Service;
use crate::audit::Action;
use crate::error::{Refusal, ServiceError};
use crate::integrations::{self, IntegrationView};
use crate::planning::Planned;
use crate::principal::Principal;
use crate::words::label;

/// An integration that was enabled.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnabledView {
    /// The integration.
    pub integration: IntegrationView,
    /// The sync that was started.
    pub sync_id: String,
    /// Models that the sync reads.
    pub will_read: Vec<String>,
    /// Models that the sync skips, and why.
    pub will_skip: Vec<SkippedModel>,
    /// Models that are switched off, by somebody or by the connector's default.
    pub switched_off: Vec<String>,
}

/// A model that is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SkippedModel {
    /// The model.
    pub model: String,
    /// `skipped_no_access`, `skipped_not_licensed` or `skipped_unsupported`.
    pub result: &'static str,
    /// The word that people read for it.
    pub label: &'static str,
    /// Why, in the vendor's own words where it gave some.
    pub message: String,
    /// Who can change it.
    pub who_must_act: &'static str,
}

impl From<Skipped> for SkippedModel {
    fn from(skipped: Skipped) -> Self {
        Self {
            model: skipped.model,
            result: skipped.status.as_str(),
            label: label(skipped.status),
            message: skipped.message,
            who_must_act: skipped.who_must_act,
        }
    }
}

impl Service {
    /// Enables an integration and starts its first sync, or goes on with the one that disabling stopped.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `integration_archived`, `already_enabled`, `connector_missing`,
    /// `access_check_running`, `credentials_rejected`, `access_not_checked`, `nothing_readable`, `sync_running`, or the
    /// database's.
    pub async fn enable_integration(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<EnabledView, ServiceError> {
        principal.admin("enabling an integration")?;
        let row = self.own_integration(principal, id).await?;
        integrations::not_archived(&row)?;
        if row.enabled {
            return Err(integrations::already_enabled(&row));
        }
        let Some(connector) = self.connector_of(&row).await? else {
            return Err(integrations::connector_missing(&row));
        };
        let access = self.store.data_access(&row.account_id, &row.id).await?;
        let check = access.check.as_ref().map(|check| check.status);
        may_enable(&row, check)?;
        let Planned { plan, first } = self
            .plan(&row, &connector, &access, &Wish::default())
            .await?;
        if !plan.reads_anything {
            return Err(nothing_readable());
        }
        let kind = if first {
            SyncKind::First
        } else {
            SyncKind::Manual
        };
        self.store
            .settle_models(&row.account_id, &row.id, &plan.off)
            .await?;
        let will_read: Vec<String> = plan
            .runs
            .iter()
            .filter(|run| run.skip.is_none())
            .map(|run| run.model.clone())
            .collect();
        let on = SetEnabled::On {
            kind,
            runs: plan.runs,
        };
        let enabled = self.store.set_enabled(&row.account_id, &row.id, on).await;
        let (row, sync_id) = enabled.map_err(|error| integrations::conflict(error, &row))?;
        let sync_id = sync_id.unwrap_or_default();
        let skips: Vec<&str> = plan
            .skipped
            .iter()
            .map(|skip| skip.model.as_str())
            .collect();
        self.audit(
            principal,
            Action::EnableIntegration,
            &row.id,
            json!({"sync_id": sync_id, "skips": skips}),
        )
        .await?;
        Ok(EnabledView {
            integration: self.describe(row, Some(&connector)).await?,
            sync_id,
            will_read,
            will_skip: plan.skipped.into_iter().map(SkippedModel::from).collect(),
            switched_off: plan.off,
        })
    }
}

/// Whether what is known about the credentials lets an integration be enabled.
fn may_enable(row: &IntegrationRow, check: Option<CheckStatus>) -> Result<(), ServiceError> {
    match check {
        Some(CheckStatus::Queued | CheckStatus::Running) => Err(ServiceError::refused(
            Refusal::AccessCheckRunning,
            "The check of this integration's access has not ended yet. It ends within 60 seconds; enable the integration \
             then.",
        )),
        _ if row.credentials == CredentialsVerdict::Rejected => Err(rejected(row)),
        None => Err(not_checked()),
        Some(CheckStatus::Finished) if row.credentials == CredentialsVerdict::Unchecked => {
            Err(not_checked())
        }
        Some(CheckStatus::Finished) => Ok(()),
    }
}

fn not_checked() -> ServiceError {
    ServiceError::refused(
        Refusal::AccessNotChecked,
        "No check of this integration's credentials has come to a result yet. Start one with POST data-access and wait \
         for its end.",
    )
}

pub(crate) fn rejected(row: &IntegrationRow) -> ServiceError {
    let said = row
        .credentials_message
        .as_deref()
        .map(|message| format!(" It said: {message}"))
        .unwrap_or_default();
    ServiceError::refused(
        Refusal::CredentialsRejected,
        format!(
            "The vendor does not accept the credentials.{said} Ask the customer for working ones and send them with \
             `PUT /v1/admin/integrations/{}/credentials`.",
            row.id
        ),
    )
}

pub(crate) fn nothing_readable() -> ServiceError {
    ServiceError::refused(
        Refusal::NothingReadable,
        "The vendor accepts the credentials, and they can read no model. Ask the customer to grant the permissions that \
         data-access names, then check again.",
    )
}
