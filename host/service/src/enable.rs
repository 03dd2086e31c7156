//! Enabling an integration: may it be, what will be read, what will be skipped and why.

use portcullis_store::{
    CheckStatus, CredentialsVerdict, DataAccessRow, IntegrationRow, NewRun, RunRow, SetEnabled,
    Skip, Status, SyncKind, Verdict,
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::Service;
use crate::audit::Action;
use crate::connectors::ModelFacts;
use crate::error::{Refusal, ServiceError};
use crate::integrations::{self, IntegrationView};
use crate::principal::{Principal, WhoMustAct};
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

/// The runs of a sync.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) runs: Vec<NewRun>,
    pub(crate) skipped: Vec<SkippedModel>,
    /// Whether any model can be read, or may be for all that is known.
    pub(crate) reads_anything: bool,
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
        let before = self.store.latest_runs(&row.account_id, &row.id).await?;
        let plan = plan(
            &connector.models(),
            connector.state_format(),
            &access.models,
            &before,
        );
        if !plan.reads_anything {
            return Err(nothing_readable());
        }
        let kind = if before.is_empty() {
            SyncKind::First
        } else {
            SyncKind::Manual
        };
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
            will_skip: plan.skipped,
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
            "The vendor does not accept the credentials.{said} Ask the customer for working ones and create the \
             integration anew with them."
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

/// Why a model with this verdict is not read; `None` where it is, or is at least tried.
fn skip(verdict: Verdict, message: Option<&str>) -> Option<Skip> {
    let (status, code, default, who) = match verdict {
        Verdict::Denied => (
            Status::SkippedNoAccess,
            "access_denied",
            "The vendor refuses to let these credentials read it.",
            WhoMustAct::Customer,
        ),
        Verdict::NotLicensed => (
            Status::SkippedNotLicensed,
            "not_licensed",
            "The customer has no licence for it.",
            WhoMustAct::Customer,
        ),
        Verdict::Unsupported => (
            Status::SkippedUnsupported,
            "unsupported",
            "The vendor or the connector does not offer it.",
            WhoMustAct::ConnectorAuthor,
        ),
        Verdict::Granted
        | Verdict::Empty
        | Verdict::Partial
        | Verdict::Unknown
        | Verdict::Error => return None,
    };
    Some(Skip {
        status,
        code: code.to_owned(),
        message: Some(message.unwrap_or(default).to_owned()),
        who_must_act: Some(who.as_str().to_owned()),
    })
}

/// One run per model: those that can be read, or may be for all that is known, are read; the others are over at once.
///
/// A run goes on from where `before` stopped, if nothing of what it passed would be missing.
pub(crate) fn plan(
    models: &[ModelFacts],
    state_format: i32,
    access: &[DataAccessRow],
    before: &[RunRow],
) -> Plan {
    let known = |model: &str| access.iter().find(|row| row.model == model);
    let verdict_of = |facts: &ModelFacts| match known(&facts.name) {
        _ if !facts.supported => (Verdict::Unsupported, None),
        Some(row) => (row.verdict, row.message.as_deref()),
        None => (Verdict::Unknown, None),
    };
    let mut reads_anything = false;
    let mut runs: Vec<NewRun> = Vec::with_capacity(models.len());
    // A companion's run must stand behind its lead's.
    let wanted = || models.iter().filter(|facts| facts.enabled);
    let leads = wanted().filter(|facts| facts.lead.is_none());
    let companions = wanted().filter(|facts| facts.lead.is_some());
    for facts in leads.chain(companions) {
        let (verdict, message) = verdict_of(facts);
        let mut skip = skip(verdict, message);
        if let Some(lead) = &facts.lead {
            let lead_skip = runs
                .iter()
                .find(|run| run.model == *lead)
                .and_then(|run| run.skip.clone());
            // Without its lead's pages nothing of it would ever arrive.
            skip = skip.or_else(|| {
                lead_skip.map(|lead_skip| Skip {
                    message: Some(format!("It arrives with {lead}, which cannot be read.")),
                    ..lead_skip
                })
            });
        }
        reads_anything |= skip.is_none() && verdict != Verdict::Error;
        runs.push(NewRun {
            model: facts.name.clone(),
            lead: facts.lead.clone(),
            after: facts.after.clone(),
            span: json!({"kind": "full"}),
            state_format,
            resume_from: None,
            skip,
        });
    }
    for index in 0..runs.len() {
        runs[index].resume_from = resumable(&runs[index], &runs, before);
    }
    let skipped = runs.iter().filter_map(|run| {
        let skip = run.skip.as_ref()?;
        Some(SkippedModel {
            model: run.model.clone(),
            result: skip.status.as_str(),
            label: label(skip.status),
            message: skip.message.clone().unwrap_or_default(),
            who_must_act: match skip.status {
                Status::SkippedUnsupported => WhoMustAct::ConnectorAuthor.as_str(),
                _ => WhoMustAct::Customer.as_str(),
            },
        })
    });
    let skipped = skipped.collect();
    Plan {
        runs,
        skipped,
        reads_anything,
    }
}

/// The stopped run that this one can go on from: with a cursor in the same format, and with every companion that is
/// wanted now wanted then, since what passed does not come again.
fn resumable(run: &NewRun, runs: &[NewRun], before: &[RunRow]) -> Option<String> {
    if run.lead.is_some() || run.skip.is_some() {
        return None;
    }
    let last = before.iter().find(|last| last.model == run.model)?;
    let stopped = matches!(
        last.status,
        Status::Cancelled | Status::Failed | Status::Abandoned
    );
    if !stopped || last.cursor.is_none() || last.state_format != run.state_format {
        return None;
    }
    let skipped_then = |status: Status| {
        matches!(
            status,
            Status::SkippedNoAccess | Status::SkippedNotLicensed | Status::SkippedUnsupported
        )
    };
    let all_were_there = runs
        .iter()
        .filter(|other| other.lead.as_ref() == Some(&run.model) && other.skip.is_none())
        .all(|other| {
            before.iter().any(|then| {
                then.model == other.model
                    && then.sync_id == last.sync_id
                    && !skipped_then(then.status)
            })
        });
    all_were_there.then(|| last.id.clone())
}

#[cfg(test)]
mod tests;
