//! Records that could not be stored: all of an integration, and trying them again.

use chrono::{DateTime, Utc};
use portcullis_plan::Wish;
use portcullis_store::{DeadLetterRow, LetterQuery, SpanWish, SyncKind};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::Service;
use crate::audit::Action;
use crate::error::{Refusal, ServiceError};
use crate::integrations::signed;
use crate::principal::Principal;
use crate::sync_view::SyncView;

/// Most dead letters that are shown of a sync.
const OF_A_SYNC_MAX: i64 = 250;

/// A record that was left out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadLetterView {
    /// Grows with time.
    pub id: i64,
    /// The model.
    pub model: String,
    /// The run that met it last.
    pub run_id: String,
    /// The vendor's id of the record, when it could be read.
    pub x_id: Option<String>,
    /// A stable word for the reason.
    pub kind: String,
    /// The reason in a sentence.
    pub message: String,
    /// When.
    pub at: DateTime<Utc>,
    /// When the record was stored well after all, or was no longer there.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// Which dead letters of an integration.
#[derive(Debug, Clone, Default)]
pub struct DeadLetterFilter {
    /// Only those of this model.
    pub model: Option<String>,
    /// Only those that are not resolved.
    pub only_open: bool,
}

impl Service {
    /// The dead letters of an integration, newest first, and how many match.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, or the database's.
    pub async fn integration_dead_letters(
        &self,
        principal: &Principal,
        integration_id: &str,
        filter: &DeadLetterFilter,
        limit: u64,
        offset: u64,
    ) -> Result<(Vec<DeadLetterView>, u64), ServiceError> {
        principal.may_look("reading dead letters")?;
        let row = self.own_integration(principal, integration_id).await?;
        let models = match &filter.model {
            Some(model) if model.contains('\0') => return Ok((Vec::new(), 0)),
            Some(model) => {
                principal.may_read(model)?;
                Some(vec![model.clone()])
            }
            None => principal.models().map(|own| own.to_vec()),
        };
        let (letters, total) = self
            .store
            .list_dead_letters(&LetterQuery {
                account_id: &row.account_id,
                integration_id: &row.id,
                sync_id: None,
                models: models.as_deref(),
                only_open: filter.only_open,
                limit: signed(limit),
                offset: signed(offset),
            })
            .await?;
        let views = letters.into_iter().map(view).collect();
        Ok((views, u64::try_from(total).unwrap_or(0)))
    }

    /// What a sync left out: its newest dead letters, at most 250.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `sync_not_found`, or the database's.
    pub async fn list_dead_letters(
        &self,
        principal: &Principal,
        sync_id: &str,
    ) -> Result<Vec<DeadLetterView>, ServiceError> {
        principal.may_look("reading dead letters")?;
        let sync = self.own_sync(principal, sync_id).await?;
        let of = &sync.sync;
        let (rows, _) = self
            .store
            .list_dead_letters(&LetterQuery {
                account_id: &of.account_id,
                integration_id: &of.integration_id,
                sync_id: Some(&of.id),
                models: principal.models().map(|own| &own[..]),
                only_open: false,
                limit: OF_A_SYNC_MAX,
                offset: 0,
            })
            .await?;
        Ok(rows.into_iter().map(view).collect())
    }

    /// Reads the models again that have open dead letters, or one of them, whole and beside other syncs: a letter whose
    /// record is stored then is resolved, and so is one whose record is no longer there.
    ///
    /// # Errors
    ///
    /// `nothing_to_retry`, and those of [`Service::start_back_sync`].
    pub async fn retry_dead_letters(
        &self,
        principal: &Principal,
        integration_id: &str,
        model: Option<&str>,
    ) -> Result<SyncView, ServiceError> {
        let named: Option<Vec<String>> = model.map(|model| vec![model.to_owned()]);
        principal.may_operate_on("retrying dead letters", named.as_deref())?;
        let switches = self.model_switches(principal, integration_id).await?;
        let row = self.own_integration(principal, integration_id).await?;
        let model = model.map(|model| model.replace('\0', ""));
        let open = self
            .store
            .retry_dead_letters(&row.account_id, &row.id, model.as_deref())
            .await?;
        let is_on = |name: &str| {
            let found = switches.models.iter().find(|switch| switch.model == name);
            found.is_some_and(|switch| switch.enabled && switch.supported)
        };
        let models: Vec<String> = open
            .iter()
            .filter(|(model, _)| is_on(model))
            .map(|(model, _)| model.clone())
            .collect();
        if models.is_empty() {
            return Err(ServiceError::refused(
                Refusal::NothingToRetry,
                "No model that is switched on has a dead letter that is open.",
            ));
        }
        let wish = Wish {
            models: Some(&models),
            span: Some(SpanWish::Full),
        };
        let sync = self
            .start(principal, integration_id, SyncKind::BackSync, &wish)
            .await?;
        let letters: i64 = open
            .iter()
            .filter(|(model, _)| is_on(model))
            .map(|(_, letters)| letters)
            .sum();
        let detail = json!({"sync_id": sync.id, "models": models, "letters": letters});
        self.audit(principal, Action::RetryDeadLetters, &row.id, detail)
            .await?;
        Ok(sync)
    }
}

fn view(letter: DeadLetterRow) -> DeadLetterView {
    DeadLetterView {
        id: letter.id,
        model: letter.model,
        run_id: letter.run_id,
        x_id: letter.external_id,
        kind: letter.kind,
        message: letter.message,
        at: letter.at,
        resolved_at: letter.resolved_at,
    }
}
