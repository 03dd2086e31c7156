//! Who did what, and how it ended: one entry for each use case that changes something, or was refused to.
//!
//! A use case writes its own entry when it is done. Requests are watched besides: [`in_request`] says whether an entry
//! was written meanwhile, so that whoever handles the request writes one for what was refused, and for whatever has
//! none of its own. So no admin request that may change something is without an entry.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use portcullis_store::{AuditEntry, AuditFilter, AuditRow, DONE};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::principal::Principal;
use crate::{Service, ServiceError, integrations};

tokio::task_local! {
    static REQUEST: Watched;
}

struct Watched {
    id: String,
    written: AtomicBool,
}

/// Runs what handles a request, so that its entries carry the request's id. Says whether it wrote one.
pub async fn in_request<F: Future>(id: &str, work: F) -> (F::Output, bool) {
    let watched = Watched {
        id: id.to_owned(),
        written: AtomicBool::new(false),
    };
    REQUEST
        .scope(watched, async {
            let output = work.await;
            let written = REQUEST.with(|request| request.written.load(Ordering::Relaxed));
            (output, written)
        })
        .await
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    ApproveConnector,
    CreateIntegration,
    EnableIntegration,
    DisableIntegration,
    ArchiveIntegration,
    EraseIntegration,
    CheckDataAccess,
    StartSync,
    StartBackSync,
    CancelSync,
    RenameIntegration,
    KeepOriginals,
    ReplaceCredentials,
    ChangeSchedule,
    SwitchModels,
    SwitchProperties,
    ConfirmDeletes,
    RejectDeletes,
    RetryDeadLetters,
    CreateKey,
    RotateKey,
    RevokeKey,
    InviteUser,
    ChangeUser,
    SignIn,
    ChoosePassword,
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::ApproveConnector => "connector.approve",
            Self::CreateIntegration => "integration.create",
            Self::EnableIntegration => "integration.enable",
            Self::DisableIntegration => "integration.disable",
            Self::ArchiveIntegration => "integration.archive",
            Self::EraseIntegration => "integration.erase",
            Self::CheckDataAccess => "data_access.check",
            Self::StartSync => "sync.start",
            Self::StartBackSync => "back_sync.start",
            Self::CancelSync => "sync.cancel",
            Self::RenameIntegration => "integration.rename",
            Self::KeepOriginals => "originals.keep",
            Self::ReplaceCredentials => "credentials.replace",
            Self::ChangeSchedule => "schedule.change",
            Self::SwitchModels => "models.switch",
            Self::SwitchProperties => "properties.switch",
            Self::ConfirmDeletes => "deletes.confirm",
            Self::RejectDeletes => "deletes.reject",
            Self::RetryDeadLetters => "dead_letters.retry",
            Self::CreateKey => "key.create",
            Self::RotateKey => "key.rotate",
            Self::RevokeKey => "key.revoke",
            Self::InviteUser => "user.invite",
            Self::ChangeUser => "user.change",
            Self::SignIn => "user.sign_in",
            Self::ChoosePassword => "user.choose_password",
        }
    }
}

/// An entry of the audit.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuditView {
    /// Grows with time.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// `sandbox` or `production`; null where it is no matter of one.
    pub environment: Option<&'static str>,
    /// Who: a key's id, or `operator` for the command line.
    pub actor: String,
    /// What, such as `integration.enable`; of what was refused, the method and the path's pattern.
    pub action: String,
    /// On what: an id, or nothing.
    pub subject: String,
    /// `done`, or the code of the refusal.
    pub outcome: String,
    /// The id of the request, as its answer had it in `x-request-id`.
    pub request_id: Option<String>,
    /// Further facts.
    #[schema(value_type = Object)]
    pub detail: Value,
}

impl From<AuditRow> for AuditView {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id,
            at: row.at,
            environment: row.environment.map(portcullis_store::Environment::as_str),
            actor: row.actor,
            action: row.action,
            subject: row.subject,
            outcome: row.outcome,
            request_id: row.request_id,
            detail: row.detail,
        }
    }
}

impl Service {
    /// Writes down what was done. `detail` never holds a credential.
    pub(crate) async fn audit(
        &self,
        principal: &Principal,
        action: Action,
        subject: &str,
        detail: Value,
    ) -> Result<(), ServiceError> {
        let entry = entry(principal, action, subject, detail);
        self.store.write_audit(entry).await?;
        written();
        Ok(())
    }

    /// Writes down the end of a request that left no entry of its own. `action` is its method and the pattern of its
    /// path, `refusal` the code it was refused with.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn audit_request(
        &self,
        principal: &Principal,
        request_id: &str,
        action: String,
        subject: String,
        refusal: Option<&str>,
    ) -> Result<(), ServiceError> {
        let entry = AuditEntry {
            account_id: Some(principal.account_id.clone()),
            environment: Some(principal.environment),
            actor: principal.key_id.clone(),
            action,
            subject,
            outcome: refusal.unwrap_or(DONE).to_owned(),
            request_id: Some(request_id.to_owned()),
            detail: serde_json::json!({}),
        };
        Ok(self.store.write_audit(entry).await?)
    }

    /// Writes down what concerns the installation as a whole, such as its users.
    pub(crate) async fn audit_installation(
        &self,
        actor: &str,
        action: Action,
        subject: &str,
        detail: Value,
    ) -> Result<(), ServiceError> {
        let entry = AuditEntry {
            account_id: None,
            environment: None,
            actor: actor.to_owned(),
            action: action.as_str().to_owned(),
            subject: subject.to_owned(),
            outcome: DONE.to_owned(),
            request_id: REQUEST.try_with(|request| request.id.clone()).ok(),
            detail,
        };
        self.store.write_audit(entry).await?;
        written();
        Ok(())
    }

    /// The entries of the caller's account and environment, newest first, with the number of all.
    ///
    /// # Errors
    ///
    /// `role_insufficient` or the database's.
    pub async fn list_audit(
        &self,
        principal: &Principal,
        subject: Option<String>,
        action: Option<String>,
        limit: u64,
        offset: u64,
    ) -> Result<(Vec<AuditView>, u64), ServiceError> {
        principal.admin("reading the audit")?;
        let filter = AuditFilter {
            environment: Some(principal.environment),
            subject,
            action,
            within: principal.integrations().cloned(),
        };
        let (limit, offset) = (integrations::signed(limit), integrations::signed(offset));
        let (rows, total) = self
            .store
            .list_audit(&principal.account_id, &filter, limit, offset)
            .await?;
        let views = rows.into_iter().map(AuditView::from).collect();
        Ok((views, u64::try_from(total).unwrap_or_default()))
    }
}

/// Says that the request at hand has its entry.
pub(crate) fn written() {
    // Outside of a request there is nobody to tell.
    let _ = REQUEST.try_with(|request| request.written.store(true, Ordering::Relaxed));
}

/// The entry of something that is done.
pub(crate) fn entry(
    principal: &Principal,
    action: Action,
    subject: &str,
    detail: Value,
) -> AuditEntry {
    let request_id = REQUEST.try_with(|request| request.id.clone()).ok();
    AuditEntry {
        account_id: Some(principal.account_id.clone()),
        environment: Some(principal.environment),
        actor: principal.key_id.clone(),
        action: action.as_str().to_owned(),
        subject: subject.to_owned(),
        outcome: DONE.to_owned(),
        request_id,
        detail,
    }
}
