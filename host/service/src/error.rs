//! Why a use case did not happen, by what the caller can do about it.
//!
//! The text of [`ServiceError`] may be shown to the caller. Causes from below travel as `source` and
//! are for the log alone.

use portcullis_store::StoreError;

use crate::principal::WhoMustAct;

/// A use case that did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// Correct the request and send it again.
    #[error("{}", summary(.0))]
    Invalid(Vec<InputProblem>),
    /// The request is fine; the present state forbids it.
    #[error("{detail}")]
    Refused {
        /// Which rule.
        refusal: Refusal,
        /// What happened and what to do, in a sentence or two.
        detail: String,
    },
    /// The key may not do this.
    #[error("This API key has the role `read`; {wanted} needs a key with the role `admin`.")]
    Forbidden {
        /// What was asked for.
        wanted: &'static str,
    },
    /// The key is limited to a part of its account, and this concerns more.
    #[error("This API key is limited to {limit}; {wanted} needs a key without that limit.")]
    OutOfScope {
        /// What the key is limited in.
        limit: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// The key is limited to some models, and this is none of them.
    #[error("This API key is limited to some models, and `{model}` is none of them.")]
    ModelOutOfScope {
        /// The model, as it may be shown.
        model: String,
    },
    /// There is no such thing in this account and environment.
    #[error("{}", .what.missing(id))]
    NotFound {
        /// What was looked for.
        what: Thing,
        /// The id as it was given.
        id: String,
    },
    /// The same request may succeed a little later.
    #[error("The gateway's database does not answer at the moment. Try again in a few seconds.")]
    Unavailable(#[source] StoreError),
    /// A fault of the gateway.
    #[error(
        "The gateway failed to handle this request. The log has the cause under the request id."
    )]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ServiceError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(problems) => match problems.split_first() {
                Some((first, rest)) if rest.iter().all(|p| p.code == first.code) => first.code,
                _ => "invalid_request",
            },
            Self::Refused { refusal, .. } => refusal.code(),
            Self::Forbidden { .. } => "role_insufficient",
            Self::OutOfScope { .. } => "scope_insufficient",
            Self::ModelOutOfScope { .. } => "model_out_of_scope",
            Self::NotFound { what, .. } => what.code(),
            Self::Unavailable(_) => "database_unavailable",
            Self::Internal(_) => "internal_error",
        }
    }

    /// Who has to do something before the request can succeed.
    pub fn who_must_act(&self) -> WhoMustAct {
        match self {
            Self::Invalid(_)
            | Self::Forbidden { .. }
            | Self::OutOfScope { .. }
            | Self::ModelOutOfScope { .. }
            | Self::NotFound { .. } => WhoMustAct::Caller,
            Self::Refused { refusal, .. } => refusal.who_must_act(),
            Self::Unavailable(_) => WhoMustAct::Operator,
            Self::Internal(_) => WhoMustAct::Gateway,
        }
    }

    /// A single wrong input.
    pub fn invalid(problem: InputProblem) -> Self {
        Self::Invalid(vec![problem])
    }

    /// An id that names nothing of the caller's. Long ids are cut and control characters replaced: whatever is shown
    /// here was sent by somebody.
    pub fn not_found(what: Thing, id: &str) -> Self {
        Self::NotFound {
            what,
            id: shown(id),
        }
    }

    /// A state that forbids the request.
    pub fn refused(refusal: Refusal, detail: impl Into<String>) -> Self {
        Self::Refused {
            refusal,
            detail: detail.into(),
        }
    }

    /// A fault of the gateway with its cause.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error),
            other => Self::Internal(Box::new(other)),
        }
    }
}

fn shown(id: &str) -> String {
    let replaced = |c: char| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    id.chars().take(100).map(replaced).collect()
}

fn summary(problems: &[InputProblem]) -> String {
    match problems {
        [] => "The request is not valid.".to_owned(),
        [one] => one.detail.clone(),
        many => format!(
            "{} parts of the request are wrong; `errors` names each of them.",
            many.len()
        ),
    }
}

/// Where in a request something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// A JSON pointer into the body.
    Pointer(String),
    /// A query parameter.
    Parameter(String),
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputProblem {
    /// Where.
    pub at: At,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong and what to send instead.
    pub detail: String,
}

impl InputProblem {
    /// Something wrong in the body.
    pub fn pointer(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            at: At::Pointer(pointer.into()),
            code,
            detail: detail.into(),
        }
    }

    /// Something wrong in the query string.
    pub fn parameter(
        name: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            at: At::Parameter(name.into()),
            code,
            detail: detail.into(),
        }
    }

    /// A parameter that is not known: shown cut off after 100 letters, beside those that are.
    pub fn unknown_parameter(name: &str, allowed: &[&str]) -> Self {
        let shown: String = name.chars().take(100).collect();
        let detail = format!(
            "`{shown}` is not known here. Allowed: {}.",
            allowed.join(", ")
        );
        Self::parameter(shown, "unknown_parameter", detail)
    }
}

/// The codes that an [`InputProblem`] of this crate can have.
pub const INPUT_CODES: &[&str] = &[
    "invalid_request",
    "missing_member",
    "invalid_length",
    "invalid_value",
    "unknown_vendor",
    "unknown_field",
    "missing_field",
    "pattern_mismatch",
    "field_group_incomplete",
    "field_group_ambiguous",
    "base_url_not_allowed",
    "base_url_invalid",
    "environment_not_offered",
    "environment_mismatch",
    "unknown_parameter",
    "duplicate_parameter",
    "invalid_limit",
    "invalid_offset",
    "invalid_order_by",
    "invalid_cursor",
    "feed_restarted",
    "invalid_fields",
    "invalid_expand",
    "expansion_too_large",
    "invalid_include",
    "invalid_since",
    "invalid_format",
    "invalid_filter_value",
    "x_filter_needs_integration",
    "unknown_integration",
    "unknown_model",
    "model_switched_off",
    "invalid_window",
    "interval_out_of_range",
    "cron_invalid",
    "cron_never_due",
    "timezone_unknown",
    "model_follows_lead",
    "name_mismatch",
];

/// Things that can be looked for by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A record of a model.
    Record,
    /// A customer's connection to a vendor.
    Integration,
    /// One pass over an integration.
    Sync,
    /// A vendor that a loaded connector offers.
    Vendor,
    /// A connector.
    Connector,
    /// An API key.
    Key,
    /// A person who signs in.
    User,
}

impl Thing {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Record,
        Self::Integration,
        Self::Sync,
        Self::Vendor,
        Self::Connector,
        Self::Key,
        Self::User,
    ];

    /// The stable code of its absence.
    pub fn code(self) -> &'static str {
        match self {
            Self::Record => "record_not_found",
            Self::Integration => "integration_not_found",
            Self::Sync => "sync_not_found",
            Self::Vendor => "vendor_not_found",
            Self::Connector => "connector_not_found",
            Self::Key => "key_not_found",
            Self::User => "user_not_found",
        }
    }

    /// What is said of an id that names none, and what to do.
    fn missing(self, id: &str) -> String {
        match self {
            Self::Record => format!(
                "There is no record `{id}` in this account and environment. Check the id, and whose key it is."
            ),
            Self::Integration => format!(
                "There is no integration `{id}` in this account and environment. `GET /v1/admin/integrations/` lists them."
            ),
            Self::Sync => format!(
                "There is no sync `{id}` in this account and environment. `GET /v1/admin/integrations/{{id}}/syncs` lists \
                 those of an integration."
            ),
            Self::Vendor => format!(
                "No loaded connector offers a vendor `{id}`. `GET /v1/admin/vendors/` lists those that are offered."
            ),
            Self::Key => format!(
                "There is no API key `{id}` in this account and environment. `GET /v1/admin/api-keys/` lists them."
            ),
            Self::User => format!(
                "There is no user `{id}` who sees this account alone. `GET /v1/admin/users/` lists users."
            ),
            Self::Connector => format!(
                "No connector `{id}` is loaded. `GET /v1/admin/vendors/` names those that are."
            ),
        }
    }
}

/// Rules by which a state forbids a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A check of the credentials is not finished.
    AccessCheckRunning,
    /// The credentials were never checked to the end.
    AccessNotChecked,
    /// The vendor does not accept the credentials.
    CredentialsRejected,
    /// The credentials are accepted and can read no model.
    NothingReadable,
    /// The integration is archived.
    IntegrationArchived,
    /// No loaded connector serves the integration's vendor.
    ConnectorMissing,
    /// The integration is enabled already.
    AlreadyEnabled,
    /// The integration is not enabled.
    IntegrationDisabled,
    /// A sync of the integration is not finished.
    SyncRunning,
    /// The sync has ended, so there is nothing to stop.
    SyncEnded,
    /// No deletion waits for a person.
    NothingHeld,
    /// No dead letter is open.
    NothingToRetry,
    /// No version of the connector waits for approval.
    NothingPending,
    /// The pending version is another one than was named.
    DigestMismatch,
    /// The key is revoked or has expired.
    KeyEnded,
    /// The key has a successor.
    KeyReplaced,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::AccessCheckRunning,
        Self::AccessNotChecked,
        Self::CredentialsRejected,
        Self::NothingReadable,
        Self::IntegrationArchived,
        Self::ConnectorMissing,
        Self::AlreadyEnabled,
        Self::IntegrationDisabled,
        Self::SyncRunning,
        Self::SyncEnded,
        Self::NothingHeld,
        Self::NothingToRetry,
        Self::NothingPending,
        Self::DigestMismatch,
        Self::KeyEnded,
        Self::KeyReplaced,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::AccessCheckRunning => "access_check_running",
            Self::AccessNotChecked => "access_not_checked",
            Self::CredentialsRejected => "credentials_rejected",
            Self::NothingReadable => "nothing_readable",
            Self::IntegrationArchived => "integration_archived",
            Self::ConnectorMissing => "connector_missing",
            Self::AlreadyEnabled => "already_enabled",
            Self::IntegrationDisabled => "integration_disabled",
            Self::SyncRunning => "sync_running",
            Self::SyncEnded => "sync_ended",
            Self::NothingHeld => "nothing_held",
            Self::NothingToRetry => "nothing_to_retry",
            Self::NothingPending => "nothing_pending",
            Self::DigestMismatch => "digest_mismatch",
            Self::KeyEnded => "key_ended",
            Self::KeyReplaced => "key_replaced",
        }
    }

    /// Who can change the state.
    pub fn who_must_act(self) -> WhoMustAct {
        match self {
            Self::CredentialsRejected | Self::NothingReadable => WhoMustAct::Customer,
            Self::ConnectorMissing => WhoMustAct::Operator,
            _ => WhoMustAct::Caller,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_kind_of_problem_gives_its_code_and_a_mixture_the_general_one() {
        let a = InputProblem::pointer("/name", "missing_member", "a");
        let b = InputProblem::parameter("limit", "invalid_limit", "b");
        assert_eq!(
            ServiceError::Invalid(vec![a.clone(), a.clone()]).code(),
            "missing_member"
        );
        assert_eq!(ServiceError::Invalid(vec![a, b]).code(), "invalid_request");
        assert_eq!(ServiceError::Invalid(Vec::new()).code(), "invalid_request");
    }
}
