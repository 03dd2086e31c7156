//! API keys, as an admin manages them.
//!
//! A key that manages keys must reach the whole account, or it could make one that reaches more than itself; and it sees
//! keys of its own environment alone. People see both environments.

use std::time::Duration;

use chrono::{DateTime, Utc};
use portcullis_model::MODELS;
use portcullis_store::{ApiKeyRow, NewKey, RotatedKey, StoreError};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::audit::Action;
use crate::error::{InputProblem, Refusal, ServiceError, Thing};
use crate::principal::{Environment, Principal, Role};
use crate::{Service, integrations};

/// For how long a rotated key works on, unless said otherwise: a day, in which every deployment comes round.
pub const OVERLAP_DEFAULT: Duration = Duration::from_secs(24 * 3600);
/// The longest that a rotated key may work on.
pub const OVERLAP_MAX: Duration = Duration::from_secs(30 * 24 * 3600);
/// The most requests a minute that a key of its own limit may have.
pub const REQUESTS_PER_MINUTE_MAX: u32 = 1_000_000;
/// Most integrations that a key may be limited to: each request of such a key carries them into the database.
pub const SCOPE_MAX: usize = 200;

/// What a key can be limited to: the models of the API.
pub fn model_names() -> Vec<&'static str> {
    MODELS.iter().map(|spec| spec.name).collect()
}

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
    /// The integrations that it reaches; `None` for all.
    pub integrations: Option<Vec<String>>,
    /// The models that it reaches; `None` for all.
    pub models: Option<Vec<String>>,
    /// Most requests a minute; `None` for what the gateway says of all keys.
    pub requests_per_minute: Option<u32>,
}

/// A key that was made, with its only plain copy.
#[derive(Debug)]
pub struct CreatedKey {
    /// What is kept of it.
    pub row: ApiKeyRow,
    /// The key itself.
    pub key: SecretString,
}

/// A key as people and programs read it: never the key itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeyView {
    /// `key_…`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The last four characters of the key.
    pub hint: String,
    /// `sandbox` or `production`.
    pub environment: &'static str,
    /// `read` or `admin`.
    pub role: &'static str,
    /// `good`, `expired` or `revoked`.
    pub state: &'static str,
    /// The integrations that it reaches; null for all, those to come included.
    pub integrations: Option<Vec<String>>,
    /// The models that it reaches; null for all.
    pub models: Option<Vec<String>>,
    /// Most requests a minute; null for what the gateway says of all keys.
    pub requests_per_minute: Option<i32>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused; null for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Its last use, some seconds late.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The id of the key that takes its place.
    pub replaced_by: Option<String>,
}

impl From<ApiKeyRow> for KeyView {
    fn from(row: ApiKeyRow) -> Self {
        let ended = row.expires_at.is_some_and(|end| end <= Utc::now());
        Self {
            state: match (row.revoked_at.is_some(), ended) {
                (true, _) => "revoked",
                (false, true) => "expired",
                (false, false) => "good",
            },
            id: row.id,
            name: row.name,
            hint: row.hint,
            environment: row.environment.as_str(),
            role: row.role.as_str(),
            integrations: row.integrations,
            models: row.models,
            requests_per_minute: row.requests_per_minute,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
            replaced_by: row.replaced_by,
        }
    }
}

impl Service {
    /// The account's keys, newest first, revoked ones too: to a key, those of its environment.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `scope_insufficient`, or the database's.
    pub async fn list_keys(&self, principal: &Principal) -> Result<Vec<ApiKeyRow>, ServiceError> {
        principal.may_look("listing API keys")?;
        principal.whole_account("listing API keys")?;
        let mut keys = self.store.list_keys(&principal.account_id).await?;
        keys.retain(|key| sees(principal, key));
        Ok(keys)
    }

    /// One key.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `scope_insufficient`, `key_not_found` for one that is not the account's, or, to a key, not of
    /// its environment; the database's.
    pub async fn get_key(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<ApiKeyRow, ServiceError> {
        principal.may_look("reading an API key")?;
        principal.whole_account("reading an API key")?;
        self.own_key(principal, id).await
    }

    async fn own_key(&self, principal: &Principal, id: &str) -> Result<ApiKeyRow, ServiceError> {
        if id.contains('\0') {
            return Err(ServiceError::not_found(Thing::Key, id));
        }
        match self.store.get_key(&principal.account_id, id).await {
            Ok(row) if sees(principal, &row) => Ok(row),
            Ok(_) | Err(StoreError::NotFound) => Err(ServiceError::not_found(Thing::Key, id)),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a key in the caller's account; by a key, of its environment.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `scope_insufficient`; [`ServiceError::Invalid`] with every problem of the input; the
    /// database's.
    pub async fn create_key(
        &self,
        principal: &Principal,
        input: CreateKey,
    ) -> Result<CreatedKey, ServiceError> {
        principal.admin("creating an API key")?;
        principal.whole_account("creating an API key")?;
        let new = self.checked(principal, input).await?;
        let (row, key) = match self.store.create_key(new).await {
            Ok(made) => made,
            // Erased since it was looked at.
            Err(StoreError::Conflict {
                what: "unknown_integration",
            }) => return Err(ServiceError::invalid(unknown_integration("/integrations"))),
            Err(error) => return Err(error.into()),
        };
        let detail = limits(&row);
        self.audit(principal, Action::CreateKey, &row.id, detail)
            .await?;
        Ok(CreatedKey { row, key })
    }

    async fn checked(
        &self,
        principal: &Principal,
        input: CreateKey,
    ) -> Result<NewKey, ServiceError> {
        let mut problems = Vec::new();
        let name = input.name.trim().to_owned();
        let max = integrations::NAME_MAX;
        if name.is_empty() || name.chars().count() > max || name.contains('\0') {
            problems.push(InputProblem::pointer(
                "/name",
                "invalid_length",
                format!("A name has 1 to {max} characters."),
            ));
        }
        if bound_to_environment(principal) && input.environment != principal.environment {
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
        if input.expires_at.is_some_and(|end| end <= Utc::now()) {
            problems.push(InputProblem::pointer(
                "/expires_at",
                "invalid_value",
                "`expires_at` must lie in the future.",
            ));
        }
        if input
            .requests_per_minute
            .is_some_and(|n| n == 0 || n > REQUESTS_PER_MINUTE_MAX)
        {
            problems.push(InputProblem::pointer(
                "/requests_per_minute",
                "invalid_value",
                format!(
                    "`requests_per_minute` must be 1 to {REQUESTS_PER_MINUTE_MAX}, or left out."
                ),
            ));
        }
        let lists = [
            ("integrations", &input.integrations),
            ("models", &input.models),
        ];
        for (member, list) in lists {
            if list
                .as_ref()
                .is_some_and(|list| list.is_empty() || list.len() > SCOPE_MAX)
            {
                problems.push(InputProblem::pointer(
                    format!("/{member}"),
                    "invalid_length",
                    format!(
                        "Name 1 to {SCOPE_MAX} {member}, or leave `{member}` out for all of them."
                    ),
                ));
            }
        }
        for (at, model) in input.models.iter().flatten().enumerate() {
            if MODELS.iter().all(|spec| spec.name != model) {
                problems.push(InputProblem::pointer(
                    format!("/models/{at}"),
                    "unknown_model",
                    "There is no such model. `/openapi.json` lists them.",
                ));
            }
        }
        for (at, id) in input
            .integrations
            .iter()
            .flatten()
            .take(SCOPE_MAX)
            .enumerate()
        {
            let there = !id.contains('\0')
                && match self.store.get_integration(&principal.account_id, id).await {
                    Ok(row) => row.environment == input.environment,
                    Err(StoreError::NotFound) => false,
                    Err(error) => return Err(error.into()),
                };
            if !there {
                problems.push(unknown_integration(&format!("/integrations/{at}")));
            }
        }
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let models = input.models.map(|mut models| {
            models.sort_unstable();
            models.dedup();
            models
        });
        Ok(NewKey {
            account_id: principal.account_id.clone(),
            name,
            environment: input.environment,
            role: input.role,
            expires_at: input.expires_at,
            integrations: input.integrations,
            models,
            requests_per_minute: input.requests_per_minute,
        })
    }

    /// Makes a key that takes the place of another one: of the same name, role, environment and limits, the rate limit
    /// included. The old one works on for `overlap`, 24 hours unless said, and every replica hears of its end at once.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `scope_insufficient`, `key_not_found`; `key_ended` for a key that is refused already,
    /// `key_replaced` for one that has a successor; [`ServiceError::Invalid`] for an overlap of more than 30 days; the
    /// database's.
    pub async fn rotate_key(
        &self,
        principal: &Principal,
        id: &str,
        overlap: Option<Duration>,
    ) -> Result<RotatedKey, ServiceError> {
        principal.admin("rotating an API key")?;
        principal.whole_account("rotating an API key")?;
        let old = self.own_key(principal, id).await?;
        let overlap = overlap.unwrap_or(OVERLAP_DEFAULT);
        if overlap > OVERLAP_MAX {
            return Err(ServiceError::invalid(InputProblem::pointer(
                "/overlap_seconds",
                "invalid_value",
                format!(
                    "`overlap_seconds` must be a whole number from 0 to {}, which is 30 days.",
                    OVERLAP_MAX.as_secs()
                ),
            )));
        }
        let rotated = self
            .store
            .rotate_key(&old.account_id, &old.id, overlap)
            .await;
        let rotated = rotated.map_err(|error| match error {
            StoreError::NotFound => ServiceError::not_found(Thing::Key, id),
            StoreError::Conflict { what: "key_ended" } => ServiceError::refused(
                Refusal::KeyEnded,
                format!("Key `{}` is revoked or has expired, so nothing can take its place. Create a new one.", old.id),
            ),
            StoreError::Conflict { .. } => ServiceError::refused(
                Refusal::KeyReplaced,
                format!("Key `{}` was rotated already; `replaced_by` names the key that took its place.", old.id),
            ),
            other => other.into(),
        })?;
        let detail = json!({
            "successor": rotated.successor.id,
            "works_until": rotated.replaced.expires_at,
        });
        self.audit(principal, Action::RotateKey, &old.id, detail)
            .await?;
        Ok(rotated)
    }

    /// Refuses a key from now on. Doing it twice changes nothing.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `scope_insufficient`, `key_not_found`, or the database's.
    pub async fn revoke_key(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<ApiKeyRow, ServiceError> {
        principal.admin("revoking an API key")?;
        principal.whole_account("revoking an API key")?;
        let key = self.own_key(principal, id).await?;
        let row = self.store.revoke_key(&key.account_id, &key.id).await?;
        self.audit(principal, Action::RevokeKey, &row.id, json!({}))
            .await?;
        Ok(row)
    }
}

/// What the audit keeps of a new key. Ids of integrations stay out: erasing one must leave no word of it.
fn limits(row: &ApiKeyRow) -> serde_json::Value {
    json!({
        "environment": row.environment,
        "role": row.role,
        "integrations": row.integrations.as_ref().map(Vec::len),
        "models": row.models,
        "requests_per_minute": row.requests_per_minute,
    })
}

/// Keys are bound to one environment; people and the command line are not.
fn bound_to_environment(principal: &Principal) -> bool {
    principal.user.is_none() && principal.key_id != Principal::OPERATOR
}

fn sees(principal: &Principal, key: &ApiKeyRow) -> bool {
    !bound_to_environment(principal) || key.environment == principal.environment
}

fn unknown_integration(pointer: &str) -> InputProblem {
    InputProblem::pointer(
        pointer,
        "unknown_integration",
        "There is no such integration in this account and the key's environment. `GET /v1/admin/integrations/` lists them.",
    )
}
