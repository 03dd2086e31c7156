//! Integrations: create, read, list, disable, archive. Enabling has a module of its own.

use chrono::{DateTime, Utc};
use portcullis_store::{
    CredentialsVerdict, IntegrationFilter, IntegrationRow, IntegrationSummaryRow, NewIntegration,
    SetEnabled, Status, StoreError,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::access::CredentialsView;
use crate::audit::Action;
use crate::connectors::Connector;
use crate::error::{InputProblem, ServiceError, Thing};
pub(crate) use crate::integration_refusals::{
    already_enabled, archived, conflict, connector_missing, not_archived, sync_running,
};
use crate::principal::{Environment, Principal, system};
use crate::{Service, fields};

/// Longest name of an integration, in characters.
pub(crate) const NAME_MAX: usize = 200;

/// An integration as people and programs read it. The first part is the public convention's.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IntegrationView {
    /// `int_…`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The vendor's word.
    pub vendor: String,
    /// The vendor's word, once more: records call it so.
    pub integration_vendor: String,
    /// Whether it is enabled.
    pub active: bool,
    /// `SANDBOX` or `PRODUCTION`.
    pub system: &'static str,
    /// Whether it is archived.
    pub is_archived: bool,
    /// Whether the vendor accepts the credentials; null until a check has ended.
    pub can_authenticate: Option<bool>,
    /// Whether the vendor's own records are kept beside the unified ones, for `include=raw`.
    pub keeps_originals: bool,
    /// The models that its connector offers.
    pub models: Vec<String>,
    /// When the last sync ended that read anything.
    pub last_completed_sync: Option<DateTime<Utc>>,
    /// When the last data access check ended.
    pub last_data_access_check: Option<DateTime<Utc>>,
    /// Whether a data access check is queued or running.
    pub data_access_check_in_process: bool,
    /// `disabled`, `active`, `needs_attention`, `archived` or `connector_missing`.
    pub state: &'static str,
    /// `sandbox` or `production`.
    pub environment: &'static str,
    /// What is known about the credentials; never the credentials themselves.
    pub credentials: CredentialsView,
    /// Who the vendor says the credentials belong to.
    pub vendor_account: VendorAccount,
    /// The connector that serves it, if one is loaded.
    pub connector: Option<ConnectorRef>,
    /// In place of the manifest's base URL, for tests.
    pub base_url: Option<String>,
    /// The fields that are no secrets.
    #[schema(value_type = Object)]
    pub settings: Value,
    /// The newest sync.
    pub last_sync: Option<LastSync>,
    /// When it syncs next by itself; null when it does so only on demand, or the time is not known yet.
    pub next_sync_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Since when it is archived.
    pub archived_at: Option<DateTime<Utc>>,
}

/// Who the vendor says the credentials belong to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VendorAccount {
    /// The vendor's id.
    pub id: Option<String>,
    /// The vendor's name.
    pub name: Option<String>,
}

/// Which version of which connector.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConnectorRef {
    /// The connector's id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its file in hex.
    pub digest: String,
}

/// How the newest sync stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastSync {
    /// `syn_…`.
    pub id: String,
    /// Where it stands, or how it ended.
    pub status: &'static str,
    /// The word that people read for it.
    pub label: &'static str,
    /// When it was started.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// An integration to be made, as it was sent.
pub struct CreateIntegration {
    /// What people call it.
    pub name: String,
    /// The vendor's word.
    pub vendor: String,
    /// The environment, if the caller named one.
    pub environment: Option<String>,
    /// In place of the manifest's base URL.
    pub base_url: Option<String>,
    /// The manifest's fields by name, secrets among them.
    pub credentials: Map<String, Value>,
}

impl std::fmt::Debug for CreateIntegration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateIntegration")
            .field("vendor", &self.vendor)
            .finish_non_exhaustive()
    }
}

impl Service {
    /// Makes an integration, disabled, with its secrets sealed and a data access check queued, all or nothing.
    ///
    /// # Errors
    ///
    /// `role_insufficient`; [`ServiceError::Invalid`] with every problem of the input; the database's.
    pub async fn create_integration(
        &self,
        principal: &Principal,
        input: CreateIntegration,
    ) -> Result<IntegrationView, ServiceError> {
        principal.admin("creating an integration")?;
        principal.whole_account("creating an integration")?;
        let mut problems = Vec::new();
        let name = name(&input.name, &mut problems);
        if let Some(environment) = &input.environment
            && Environment::parse(&environment.to_ascii_lowercase()) != Some(principal.environment)
        {
            problems.push(InputProblem::pointer(
                "/environment",
                "environment_mismatch",
                format!(
                    "This API key belongs to `{0}`. Leave `environment` out or send `{0}`, or use a key of the other \
                     environment.",
                    principal.environment
                ),
            ));
        }
        let connector = self.connector_by_vendor(&input.vendor).await?;
        let checked = match &connector {
            Some(connector) => fields::check(
                connector,
                principal.environment,
                &input,
                self.config.allow_loopback,
                &mut problems,
            ),
            None => {
                problems.push(self.unknown_vendor().await?);
                None
            }
        };
        let (Some(connector), Some(checked), true) = (connector, checked, problems.is_empty())
        else {
            return Err(ServiceError::Invalid(problems));
        };
        let new = NewIntegration {
            account_id: principal.account_id.clone(),
            name,
            vendor: connector.row.vendor.clone(),
            connector_id: connector.row.connector_id.clone(),
            environment: principal.environment,
            base_url: checked.base_url,
            settings: Value::Object(checked.settings),
            secrets: checked.secrets,
        };
        let (row, check_id) = self.store.create_integration(&self.vault, new).await?;
        let detail = json!({"vendor": row.vendor, "environment": row.environment.as_str(), "check_id": check_id});
        self.audit(principal, Action::CreateIntegration, &row.id, detail)
            .await?;
        self.describe(row, Some(&connector)).await
    }

    /// The integrations of the caller's account and environment that pass the filter, newest first, and how many there
    /// are in all.
    ///
    /// # Errors
    ///
    /// `role_insufficient` or the database's.
    pub async fn list_integrations(
        &self,
        principal: &Principal,
        filter: &IntegrationFilter,
        limit: u64,
        offset: u64,
    ) -> Result<(Vec<IntegrationView>, u64), ServiceError> {
        principal.may_look("listing integrations")?;
        let filter = IntegrationFilter {
            environment: Some(principal.environment),
            within: principal.integrations().cloned(),
            ..filter.clone()
        };
        let (rows, total) = self
            .store
            .list_integrations(
                &principal.account_id,
                &filter,
                signed(limit),
                signed(offset),
            )
            .await?;
        let connectors = self.active_connectors().await?;
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        let summaries = self
            .store
            .integration_summaries(&principal.account_id, &ids)
            .await?;
        let views = rows.into_iter().map(|row| {
            let connector = connectors
                .iter()
                .find(|connector| connector.row.connector_id == row.connector_id);
            let summary = summaries.iter().find(|s| s.integration_id == row.id);
            view(row, connector, summary)
        });
        let views = views.collect();
        Ok((views, u64::try_from(total).unwrap_or(0)))
    }

    /// Whether an integration may name a base URL of its own.
    pub fn takes_base_url(&self) -> bool {
        self.config.allow_loopback
    }

    /// One integration.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found` or the database's.
    pub async fn get_integration(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<IntegrationView, ServiceError> {
        principal.may_look("reading an integration")?;
        let row = self.own_integration(principal, id).await?;
        let connector = self.connector_of(&row).await?;
        self.describe(row, connector.as_ref()).await
    }

    /// Disables an integration. A running sync stops within a page; data and cursors stay. Doing it twice changes nothing.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `integration_archived` or the database's.
    pub async fn disable_integration(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<IntegrationView, ServiceError> {
        principal.admin("disabling an integration")?;
        let row = self.own_integration(principal, id).await?;
        not_archived(&row)?;
        let disabled = self
            .store
            .set_enabled(&row.account_id, &row.id, SetEnabled::Off)
            .await;
        let (row, _) = disabled.map_err(|error| conflict(error, &row))?;
        self.audit(principal, Action::DisableIntegration, &row.id, json!({}))
            .await?;
        let connector = self.connector_of(&row).await?;
        self.describe(row, connector.as_ref()).await
    }

    /// Gives an integration another name.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `integration_archived`, `invalid_length`, or the database's.
    pub async fn rename_integration(
        &self,
        principal: &Principal,
        id: &str,
        new_name: &str,
    ) -> Result<IntegrationView, ServiceError> {
        principal.admin("renaming an integration")?;
        let row = self.own_integration(principal, id).await?;
        not_archived(&row)?;
        let mut problems = Vec::new();
        let new_name = name(new_name, &mut problems);
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let before = row.name;
        let row = self
            .store
            .rename_integration(&row.account_id, &row.id, &new_name)
            .await?;
        let detail = json!({"from": before, "to": row.name});
        self.audit(principal, Action::RenameIntegration, &row.id, detail)
            .await?;
        let connector = self.connector_of(&row).await?;
        self.describe(row, connector.as_ref()).await
    }

    /// Says whether the vendor's own records are kept beside the unified ones: of each record from when it is read next.
    /// Those that were kept go at once when they are not to be kept any more.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `integration_archived`, or the database's.
    pub async fn keep_originals(
        &self,
        principal: &Principal,
        id: &str,
        keeps: bool,
    ) -> Result<IntegrationView, ServiceError> {
        principal.admin("keeping the vendor's own records")?;
        let row = self.own_integration(principal, id).await?;
        not_archived(&row)?;
        if row.keeps_originals != keeps {
            self.store
                .keep_originals(&row.account_id, &row.id, keeps)
                .await?;
            let detail = json!({"keeps_originals": keeps});
            self.audit(principal, Action::KeepOriginals, &row.id, detail)
                .await?;
        }
        self.get_integration(principal, id).await
    }

    /// Archives an integration: it is disabled for good, and its data stays readable. Doing it twice changes nothing.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found` or the database's.
    pub async fn archive_integration(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<IntegrationView, ServiceError> {
        principal.admin("archiving an integration")?;
        let row = self.own_integration(principal, id).await?;
        let row = self
            .store
            .archive_integration(&row.account_id, &row.id)
            .await?;
        self.audit(principal, Action::ArchiveIntegration, &row.id, json!({}))
            .await?;
        let connector = self.connector_of(&row).await?;
        self.describe(row, connector.as_ref()).await
    }

    /// The integration, if it belongs to the caller's account and environment; whose else it may be is never told.
    pub(crate) async fn own_integration(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<IntegrationRow, ServiceError> {
        let missing = || missing(id);
        if id.contains('\0') || !principal.reaches(id) {
            return Err(missing());
        }
        match self.store.get_integration(&principal.account_id, id).await {
            Ok(row) if row.environment == principal.environment => Ok(row),
            Ok(_) | Err(StoreError::NotFound) => Err(missing()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn describe(
        &self,
        row: IntegrationRow,
        connector: Option<&Connector>,
    ) -> Result<IntegrationView, ServiceError> {
        let ids = [row.id.clone()];
        let summaries = self
            .store
            .integration_summaries(&row.account_id, &ids)
            .await?;
        Ok(view(row, connector, summaries.first()))
    }
}

/// A name without the blanks around it; a problem if it is too short or too long.
fn name(given: &str, problems: &mut Vec<InputProblem>) -> String {
    let name = given.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.contains('\0') {
        problems.push(InputProblem::pointer(
            "/name",
            "invalid_length",
            format!("`name` must have 1 to {NAME_MAX} characters."),
        ));
    }
    name
}

pub(crate) fn view(
    row: IntegrationRow,
    connector: Option<&Connector>,
    summary: Option<&IntegrationSummaryRow>,
) -> IntegrationView {
    let last_status = summary.and_then(|summary| summary.last_sync_status);
    let last_sync = summary.and_then(|summary| {
        Some(LastSync {
            id: summary.last_sync_id.clone()?,
            status: summary.last_sync_status?.as_str(),
            label: crate::label(summary.last_sync_status?),
            created_at: summary.last_sync_created_at?,
            finished_at: summary.last_sync_finished_at,
        })
    });
    IntegrationView {
        system: system(row.environment),
        is_archived: row.archived_at.is_some(),
        keeps_originals: row.keeps_originals,
        can_authenticate: match row.credentials {
            CredentialsVerdict::Unchecked => None,
            CredentialsVerdict::Valid => Some(true),
            CredentialsVerdict::Rejected => Some(false),
        },
        models: connector.map(Connector::model_names).unwrap_or_default(),
        last_completed_sync: summary.and_then(|summary| summary.last_completed_at),
        last_data_access_check: summary.and_then(|summary| summary.last_check_at),
        data_access_check_in_process: summary.is_some_and(|summary| summary.check_unfinished),
        state: state(&row, connector.is_some(), last_status),
        environment: row.environment.as_str(),
        credentials: credentials(&row),
        connector: connector.map(Connector::reference),
        last_sync,
        next_sync_at: summary.and_then(|summary| summary.next_due_at),
        vendor_account: VendorAccount {
            id: row.vendor_account_id,
            name: row.vendor_account_name,
        },
        active: row.enabled,
        integration_vendor: row.vendor.clone(),
        vendor: row.vendor,
        id: row.id,
        name: row.name,
        base_url: row.base_url,
        settings: row.settings,
        created_at: row.created_at,
        updated_at: row.updated_at,
        archived_at: row.archived_at,
    }
}

/// The one word for how an integration is.
fn state(row: &IntegrationRow, has_connector: bool, last_sync: Option<Status>) -> &'static str {
    let failed = matches!(last_sync, Some(Status::Failed | Status::Abandoned));
    if row.archived_at.is_some() {
        "archived"
    } else if !has_connector {
        "connector_missing"
    } else if !row.enabled {
        "disabled"
    } else if failed || row.credentials == CredentialsVerdict::Rejected {
        "needs_attention"
    } else {
        "active"
    }
}

pub(crate) fn missing(id: &str) -> ServiceError {
    ServiceError::not_found(Thing::Integration, id)
}

pub(crate) fn credentials(row: &IntegrationRow) -> CredentialsView {
    CredentialsView {
        state: row.credentials.as_str(),
        message: row.credentials_message.clone(),
        code: row.credentials_code.clone(),
    }
}

/// For SQL: a number that was bounded before.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
