//! Who did what: one entry for each use case that changes something.

use portcullis_store::AuditEntry;
use serde_json::Value;

use crate::principal::Principal;
use crate::{Service, ServiceError};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    ApproveConnector,
    CreateIntegration,
    EnableIntegration,
    DisableIntegration,
    ArchiveIntegration,
    CheckDataAccess,
    StartSync,
    StartBackSync,
    CancelSync,
    RenameIntegration,
    ReplaceCredentials,
    ChangeSchedule,
    SwitchModels,
    SwitchProperties,
    ConfirmDeletes,
    RejectDeletes,
    RetryDeadLetters,
    CreateKey,
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
            Self::CheckDataAccess => "data_access.check",
            Self::StartSync => "sync.start",
            Self::StartBackSync => "back_sync.start",
            Self::CancelSync => "sync.cancel",
            Self::RenameIntegration => "integration.rename",
            Self::ReplaceCredentials => "credentials.replace",
            Self::ChangeSchedule => "schedule.change",
            Self::SwitchModels => "models.switch",
            Self::SwitchProperties => "properties.switch",
            Self::ConfirmDeletes => "deletes.confirm",
            Self::RejectDeletes => "deletes.reject",
            Self::RetryDeadLetters => "dead_letters.retry",
            Self::CreateKey => "key.create",
            Self::RevokeKey => "key.revoke",
            Self::InviteUser => "user.invite",
            Self::ChangeUser => "user.change",
            Self::SignIn => "user.sign_in",
            Self::ChoosePassword => "user.choose_password",
        }
    }
}

impl Service {
    /// Writes it down. `detail` never holds a credential.
    pub(crate) async fn audit(
        &self,
        principal: &Principal,
        action: Action,
        subject: &str,
        detail: Value,
    ) -> Result<(), ServiceError> {
        let entry = AuditEntry {
            account_id: Some(principal.account_id.clone()),
            actor: principal.key_id.clone(),
            action: action.as_str().to_owned(),
            subject: subject.to_owned(),
            detail,
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
            actor: actor.to_owned(),
            action: action.as_str().to_owned(),
            subject: subject.to_owned(),
            detail,
        };
        Ok(self.store.write_audit(entry).await?)
    }
}
