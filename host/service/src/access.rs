//! Data access: what an integration's credentials can read, in the public convention's words and in ours.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use portcullis_model::MODELS;
use portcullis_store::{CheckStatus, DataAccess, DataAccessRow, StoreError, Verdict};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::audit::Action;
use crate::connectors::Connector;
use crate::error::{Refusal, ServiceError};
use crate::principal::Principal;
use crate::{Service, integrations};

/// What an integration's credentials can read, model by model.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DataAccessView {
    /// By the model's name.
    pub models: BTreeMap<String, ModelAccess>,
    /// When the last finished check ended.
    pub last_data_access_check: Option<DateTime<Utc>>,
    /// Whether a check is queued or running.
    pub data_access_check_in_process: bool,
    /// The newest check.
    pub check: Option<CheckView>,
    /// What is known about the credentials as such.
    pub credentials: CredentialsView,
}

/// One check of an integration's access.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckView {
    /// `chk_…`.
    pub id: String,
    /// `queued`, `running` or `finished`.
    pub status: &'static str,
    /// How it ended: `valid`, `rejected`, `unknown`, `failed` or `cancelled`; `other_account` for new credentials that
    /// belong to another customer of the vendor.
    pub outcome: Option<String>,
    /// More about it.
    pub message: Option<String>,
    /// Whether it tries new credentials, which take the place of the old ones only with the outcome `valid`.
    pub replaces_credentials: bool,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it will have ended at the latest.
    pub deadline_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// What is known about an integration's credentials.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CredentialsView {
    /// `unchecked`, `valid` or `rejected`.
    pub state: &'static str,
    /// The vendor's words.
    pub message: Option<String>,
    /// A stable word.
    pub code: Option<String>,
}

/// What can be done with one model.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ModelAccess {
    /// Reading, in the public convention's words.
    pub read: AccessWord,
    /// Creating: not offered.
    pub create: AccessWord,
    /// Updating: not offered.
    pub update: AccessWord,
    /// `granted`, `empty`, `partial`, `denied`, `not_licensed`, `unsupported`, `unknown` or `error`; null while it is
    /// being found out.
    pub verdict: Option<&'static str>,
    /// Why, in the vendor's own words where it gave some.
    pub message: Option<String>,
    /// How many records the vendor says there are.
    pub record_count: Option<i64>,
    /// Parts that cannot be read.
    #[schema(value_type = Vec<String>)]
    pub restrictions: Value,
    /// What was asked and answered: method, URL, status, latency, the vendor's message.
    #[schema(value_type = Vec<Object>)]
    pub evidence: Value,
    /// When it was found out.
    pub checked_at: Option<DateTime<Utc>>,
}

/// A word of the public convention: a status, or that there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccessWord {
    /// `SUCCESS`, `FAILED` or `PROCESSING`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// The vendor or the connector does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<bool>,
    /// It was not, or could not be, found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untested: Option<bool>,
}

impl AccessWord {
    fn status(status: &'static str) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }

    fn unsupported() -> Self {
        Self {
            unsupported: Some(true),
            ..Self::default()
        }
    }

    fn untested() -> Self {
        Self {
            untested: Some(true),
            ..Self::default()
        }
    }

    /// The word for a verdict.
    fn of(verdict: Verdict, message: Option<&str>) -> Self {
        let failed = |default: &str| Self {
            status: Some("FAILED"),
            error_message: Some(message.unwrap_or(default).to_owned()),
            ..Self::default()
        };
        match verdict {
            Verdict::Granted | Verdict::Empty | Verdict::Partial => Self::status("SUCCESS"),
            Verdict::Denied => failed("The vendor refuses to let these credentials read it."),
            Verdict::NotLicensed => failed("The customer has no licence for it."),
            Verdict::Error => failed("The probe failed."),
            Verdict::Unsupported => Self::unsupported(),
            Verdict::Unknown => Self::untested(),
        }
    }
}

impl Service {
    /// What an integration's credentials can read, as far as it is known now.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, or the database's.
    pub async fn data_access(
        &self,
        principal: &Principal,
        integration_id: &str,
    ) -> Result<DataAccessView, ServiceError> {
        principal.may_look("reading data access")?;
        let row = self.own_integration(principal, integration_id).await?;
        let known = self.store.data_access(&row.account_id, &row.id).await?;
        // Read again: a check that has ended by now has told the integration how its credentials are.
        let row = self.own_integration(principal, integration_id).await?;
        let connector = self.connector_of(&row).await?;
        let mut view = view(&known, connector.as_ref(), integrations::credentials(&row));
        view.models.retain(|model, _| principal.reads(model));
        Ok(view)
    }

    /// Queues a check of what the credentials can read.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `integration_archived`, `connector_missing`,
    /// `access_check_running`, or the database's.
    pub async fn check_data_access(
        &self,
        principal: &Principal,
        integration_id: &str,
    ) -> Result<DataAccessView, ServiceError> {
        principal.may_operate("checking data access")?;
        let row = self.own_integration(principal, integration_id).await?;
        integrations::not_archived(&row)?;
        let connector = self.connector_of(&row).await?;
        if connector.is_none() {
            return Err(integrations::connector_missing(&row));
        }
        let started = self
            .store
            .start_access_check(&row.account_id, &row.id)
            .await;
        let check_id = started.map_err(|error| match error {
            StoreError::Conflict { what: "check_running" } => ServiceError::refused(
                Refusal::AccessCheckRunning,
                "A check of this integration is running. It ends within 60 seconds; read its results with GET.",
            ),
            StoreError::Conflict { what: "integration_archived" } => integrations::archived(&row),
            other => other.into(),
        })?;
        self.audit(
            principal,
            Action::CheckDataAccess,
            &row.id,
            json!({"check_id": check_id}),
        )
        .await?;
        self.data_access(principal, integration_id).await
    }
}

fn view(
    known: &DataAccess,
    connector: Option<&Connector>,
    credentials: CredentialsView,
) -> DataAccessView {
    let running = known
        .check
        .as_ref()
        .filter(|check| check.status != CheckStatus::Finished);
    let mut models = BTreeMap::new();
    let offered = connector.map(Connector::model_names).unwrap_or_default();
    for name in &offered {
        let row = known.models.iter().find(|row| row.model == *name);
        let current = match (running, row) {
            // Under way, and this model's turn has not come or is not over.
            (Some(check), row) if row.is_none_or(|row| row.check_id != check.id) => {
                blank(AccessWord::status("PROCESSING"), None)
            }
            (_, Some(row)) => found(row),
            (_, None) => blank(AccessWord::untested(), Some(Verdict::Unknown)),
        };
        models.insert(name.clone(), current);
    }
    // A connector that is gone has left what it found behind.
    for row in &known.models {
        models
            .entry(row.model.clone())
            .or_insert_with(|| found(row));
    }
    if connector.is_some() {
        for spec in &MODELS {
            models
                .entry(spec.name.to_owned())
                .or_insert_with(|| blank(AccessWord::unsupported(), Some(Verdict::Unsupported)));
        }
    }
    DataAccessView {
        models,
        last_data_access_check: known
            .check
            .as_ref()
            .and_then(|check| check.finished_at)
            .or_else(|| known.models.iter().map(|row| row.checked_at).max()),
        data_access_check_in_process: running.is_some(),
        check: known.check.as_ref().map(|check| CheckView {
            id: check.id.clone(),
            status: check.status.as_str(),
            outcome: check.outcome.clone(),
            message: check.message.clone(),
            replaces_credentials: check.candidate,
            created_at: check.created_at,
            started_at: check.started_at,
            deadline_at: check.deadline_at,
            finished_at: check.finished_at,
        }),
        credentials,
    }
}

fn blank(read: AccessWord, verdict: Option<Verdict>) -> ModelAccess {
    ModelAccess {
        read,
        create: AccessWord::unsupported(),
        update: AccessWord::unsupported(),
        verdict: verdict.map(Verdict::as_str),
        message: None,
        record_count: None,
        restrictions: Value::Array(Vec::new()),
        evidence: Value::Array(Vec::new()),
        checked_at: None,
    }
}

fn found(row: &DataAccessRow) -> ModelAccess {
    ModelAccess {
        read: AccessWord::of(row.verdict, row.message.as_deref()),
        message: row.message.clone(),
        record_count: row.record_count,
        restrictions: row.restrictions.clone(),
        evidence: row.evidence.clone(),
        checked_at: Some(row.checked_at),
        ..blank(AccessWord::default(), Some(row.verdict))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verdict_has_its_word() {
        let word = |verdict| serde_json::to_value(AccessWord::of(verdict, Some("403"))).unwrap();
        for verdict in [Verdict::Granted, Verdict::Empty, Verdict::Partial] {
            assert_eq!(word(verdict), json!({"status": "SUCCESS"}));
        }
        for verdict in [Verdict::Denied, Verdict::NotLicensed, Verdict::Error] {
            assert_eq!(
                word(verdict),
                json!({"status": "FAILED", "error_message": "403"})
            );
        }
        assert_eq!(word(Verdict::Unsupported), json!({"unsupported": true}));
        assert_eq!(word(Verdict::Unknown), json!({"untested": true}));
    }
}
