//! Starting syncs: now, or into the past.

use chrono::{DateTime, Utc};
use portcullis_plan::{Given, Wish};
use portcullis_store::{
    CredentialsVerdict, IntegrationRow, NewSync, SpanWish, StoreError, SyncKind,
};
use serde_json::json;

use crate::audit::Action;
use crate::connectors::Connector;
use crate::error::{InputProblem, ServiceError};
use crate::principal::Principal;
use crate::sync_view::SyncView;
use crate::{Service, enable, integrations};

/// A sync that somebody asks for.
#[derive(Debug, Clone, Default)]
pub struct StartSync {
    /// Only these models, and what they arrive with; `None` for all that are switched on.
    pub models: Option<Vec<String>>,
}

/// A look into the past that somebody asks for. Without a window everything is read again.
#[derive(Debug, Clone, Default)]
pub struct StartBackSync {
    /// Only these models, and what they arrive with; `None` for all that are switched on.
    pub models: Option<Vec<String>>,
    /// Records that changed since then.
    pub start: Option<DateTime<Utc>>,
    /// Records that changed before then; `None` for now.
    pub end: Option<DateTime<Utc>>,
}

impl Service {
    /// Starts a sync now. Of many who ask at once one starts it; the others are told which is running.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `integration_archived`, `integration_disabled`,
    /// `connector_missing`, `credentials_rejected`, `nothing_readable`, `sync_running`; [`ServiceError::Invalid`] for
    /// models that there are not or that are switched off; the database's.
    pub async fn start_sync(
        &self,
        principal: &Principal,
        integration_id: &str,
        start: StartSync,
    ) -> Result<SyncView, ServiceError> {
        principal.may_operate_on("starting a sync", start.models.as_deref())?;
        let wish = Wish {
            models: start.models.as_deref(),
            span: None,
        };
        self.start(principal, integration_id, SyncKind::Manual, &wish)
            .await
    }

    /// Starts a back-sync: it reads a window of the past, or everything again, and yields to the syncs that come
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// Those of [`Service::start_sync`]; [`ServiceError::Invalid`] for a window that ends before it starts.
    pub async fn start_back_sync(
        &self,
        principal: &Principal,
        integration_id: &str,
        start: StartBackSync,
    ) -> Result<SyncView, ServiceError> {
        principal.may_operate_on("starting a back-sync", start.models.as_deref())?;
        let wish = Wish {
            models: start.models.as_deref(),
            span: Some(span(start.start, start.end, Utc::now())?),
        };
        self.start(principal, integration_id, SyncKind::BackSync, &wish)
            .await
    }

    pub(crate) async fn start(
        &self,
        principal: &Principal,
        integration_id: &str,
        kind: SyncKind,
        wish: &Wish<'_>,
    ) -> Result<SyncView, ServiceError> {
        let row = self.own_integration(principal, integration_id).await?;
        integrations::not_archived(&row)?;
        if !row.enabled {
            let disabled = StoreError::Conflict {
                what: "integration_disabled",
            };
            return Err(integrations::conflict(disabled, &row));
        }
        let Some(connector) = self.connector_of(&row).await? else {
            return Err(integrations::connector_missing(&row));
        };
        if row.credentials == CredentialsVerdict::Rejected {
            return Err(enable::rejected(&row));
        }
        self.check_models(&row, &connector, wish.models).await?;
        let access = self.store.data_access(&row.account_id, &row.id).await?;
        let plan = self.plan(&row, &connector, &access, wish).await?.plan;
        if !plan.reads_anything {
            return Err(enable::nothing_readable());
        }
        let new = NewSync {
            account_id: &row.account_id,
            integration_id: &row.id,
            kind,
            models: wish.models,
            runs: &plan.runs,
        };
        let sync_id = match self.store.queue_sync(&new).await {
            Ok(id) => id,
            Err(StoreError::Conflict {
                what: "sync_unfinished",
            }) => return Err(self.sync_running(&row, kind == SyncKind::BackSync).await?),
            Err(error) => return Err(integrations::conflict(error, &row)),
        };
        let action = match kind {
            SyncKind::BackSync => Action::StartBackSync,
            _ => Action::StartSync,
        };
        let mut detail = json!({"sync_id": sync_id});
        if let Some(models) = wish.models {
            detail["models"] = json!(models);
        }
        if let Some(span) = &wish.span {
            detail["span"] = json!(span);
        }
        self.audit(principal, action, &row.id, detail).await?;
        self.get_sync(principal, &sync_id).await
    }

    /// The refusal that names the sync that is open.
    async fn sync_running(
        &self,
        row: &IntegrationRow,
        back_sync: bool,
    ) -> Result<ServiceError, ServiceError> {
        let (open, _) = self
            .store
            .list_syncs(&row.account_id, &row.id, 10, 0)
            .await?;
        let open = open.into_iter().find(|sync| {
            sync.sync.finished_at.is_none() && (sync.sync.kind == SyncKind::BackSync) == back_sync
        });
        Ok(integrations::sync_running(open.map(|sync| sync.sync.id)))
    }

    /// Every model that is named must be the connector's and switched on.
    async fn check_models(
        &self,
        row: &IntegrationRow,
        connector: &Connector,
        models: Option<&[String]>,
    ) -> Result<(), ServiceError> {
        let Some(models) = models else {
            return Ok(());
        };
        if models.is_empty() {
            return Err(ServiceError::invalid(InputProblem::pointer(
                "/models_to_sync",
                "invalid_length",
                "`models_to_sync` is empty. Name the models, or leave it out to sync all that are switched on.",
            )));
        }
        let switches = self.store.model_switches(&row.account_id, &row.id).await?;
        let facts = connector.models();
        let given = Given {
            models: &facts,
            state_format: 0,
            access: &[],
            switches: &switches,
            before: &[],
        };
        let mut problems = Vec::new();
        for (index, model) in models.iter().enumerate() {
            let pointer = format!("/models_to_sync/{index}");
            if !facts.iter().any(|facts| facts.name == *model) {
                problems.push(unknown_model(pointer, connector));
            } else if !given.is_on(model) {
                problems.push(InputProblem::pointer(
                    pointer,
                    "model_switched_off",
                    "This model, or the one it arrives with, is switched off. Switch it on with `PUT /v1/admin/integrations/{id}/models`, or leave it out.",
                ));
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ServiceError::Invalid(problems))
        }
    }
}

/// A model that the connector does not have.
pub(crate) fn unknown_model(pointer: String, connector: &Connector) -> InputProblem {
    let names = connector.model_names().join(", ");
    InputProblem::pointer(
        pointer,
        "unknown_model",
        format!("The connector has no such model. It has: {names}."),
    )
}

/// What a back-sync reads.
fn span(
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<SpanWish, ServiceError> {
    let wrong = |pointer: &str, detail: &str| {
        Err(ServiceError::invalid(InputProblem::pointer(
            pointer,
            "invalid_window",
            detail,
        )))
    };
    match (start, end) {
        (None, None) => Ok(SpanWish::Full),
        (None, Some(_)) => wrong(
            "/start",
            "`end` needs a `start`. Leave both out to read everything again.",
        ),
        (Some(start), end) => {
            let end = end.unwrap_or(now).min(now);
            if start >= end {
                return wrong("/start", "`start` must lie before `end`, and in the past.");
            }
            Ok(SpanWish::Window { start, end })
        }
    }
}
