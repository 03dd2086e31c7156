//! API keys, as an admin manages them.

use chrono::{DateTime, Utc};
use portcullis_store::{ApiKeyRow, NewKey, StoreError};
use secrecy::SecretString;
use serde_json::json;

use crate::audit::Action;
use crate::error::{InputProblem, ServiceError, Thing};
use crate::principal::{Environment, Principal, Role};
use crate::{Service, integrations};

/// A key to be made.
#[derive(Debug, Clone)]
pub struct CreateKey {
    /// What people call it.
    pub name: String,
    /// Which records it reaches.
    pub environment: Environment,
    /// What it may do.
    pub role: Role,
    /// From when on it is refused; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key that was made, with its only plain copy.
#[derive(Debug)]
pub struct CreatedKey {
    /// What is kept of it.
    pub row: ApiKeyRow,
    /// The key itself.
    pub key: SecretString,
}

impl Service {
    /// The account's keys, newest first, revoked ones too.
    ///
    /// # Errors
    ///
    /// `role_insufficient` or the database's.
    pub async fn list_keys(&self, principal: &Principal) -> Result<Vec<ApiKeyRow>, ServiceError> {
        principal.may_look("listing API keys")?;
        Ok(self.store.list_keys(&principal.account_id).await?)
    }

    /// Makes a key in the caller's account.
    ///
    /// # Errors
    ///
    /// `role_insufficient`; [`ServiceError::Invalid`] for the name; the database's.
    pub async fn create_key(
        &self,
        principal: &Principal,
        input: CreateKey,
    ) -> Result<CreatedKey, ServiceError> {
        principal.admin("creating an API key")?;
        let name = checked_name(&input.name)?;
        let new = NewKey {
            account_id: principal.account_id.clone(),
            name,
            environment: input.environment,
            role: input.role,
            expires_at: input.expires_at,
        };
        let (row, key) = self.store.create_key(new).await?;
        let detail = json!({"environment": row.environment, "role": row.role});
        self.audit(principal, Action::CreateKey, &row.id, detail)
            .await?;
        Ok(CreatedKey { row, key })
    }

    /// Refuses a key from now on. Doing it twice changes nothing.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `record_not_found` for a key that is not the account's, or the database's.
    pub async fn revoke_key(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<ApiKeyRow, ServiceError> {
        principal.admin("revoking an API key")?;
        let missing = || ServiceError::not_found(Thing::Record, id);
        if id.contains('\0') {
            return Err(missing());
        }
        let revoked = self.store.revoke_key(&principal.account_id, id).await;
        let row = revoked.map_err(|error| match error {
            StoreError::NotFound => missing(),
            other => other.into(),
        })?;
        self.audit(principal, Action::RevokeKey, &row.id, json!({}))
            .await?;
        Ok(row)
    }
}

/// A name of a length that lists can show.
pub(crate) fn checked_name(name: &str) -> Result<String, ServiceError> {
    let name = name.trim();
    let max = integrations::NAME_MAX;
    if name.is_empty() || name.chars().count() > max || name.contains('\0') {
        return Err(ServiceError::invalid(InputProblem::pointer(
            "/name",
            "invalid_length",
            format!("A name has 1 to {max} characters."),
        )));
    }
    Ok(name.to_owned())
}
