//! Who asks: what an API key, or a person who signed in, stands for once it has been looked up.

use std::sync::Arc;

use portcullis_store::KeyRow;
use serde::Serialize;

use crate::error::ServiceError;
use crate::scope::KeyScope;

pub use portcullis_store::{Environment, Role, UserRole};

/// `SANDBOX` or `PRODUCTION`: the word of the public API's `system` field.
pub fn system(environment: Environment) -> &'static str {
    match environment {
        Environment::Sandbox => "SANDBOX",
        Environment::Production => "PRODUCTION",
    }
}

/// The caller of a use case. Every use case sees only what belongs to this account and environment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal {
    /// The tenant.
    pub account_id: String,
    /// The key that was shown, the user who signed in, or `operator` for the command line.
    pub key_id: String,
    /// The world that the key is bound to, or that the user looks at.
    pub environment: Environment,
    /// What the key may do; a user has `admin` exactly where the user's own role is that.
    pub role: Role,
    /// The role of a person; `None` for a key and for the command line.
    pub user: Option<UserRole>,
    /// What the key is limited to; `None` for a key without limits, for people and for the command line.
    pub scope: Option<Arc<KeyScope>>,
}

impl Principal {
    /// The command line, in place of a key's id.
    pub const OPERATOR: &str = "operator";

    /// Lets only admins pass who reach every model; `wanted` says in words what they want to do.
    ///
    /// # Errors
    ///
    /// `role_insufficient` or `scope_insufficient`.
    pub(crate) fn admin(&self, wanted: &'static str) -> Result<(), ServiceError> {
        self.has_role_admin(wanted)?;
        self.every_model(wanted)
    }

    /// Lets only admins pass, whatever they are limited to.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Forbidden`].
    pub(crate) fn has_role_admin(&self, wanted: &'static str) -> Result<(), ServiceError> {
        match self.role {
            Role::Admin => Ok(()),
            Role::Read => Err(ServiceError::Forbidden { wanted }),
        }
    }

    /// Lets admins pass, and everybody who signed in: people may look at what keys for reading may not.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Forbidden`].
    pub(crate) fn may_look(&self, wanted: &'static str) -> Result<(), ServiceError> {
        match self.user {
            Some(_) => Ok(()),
            None => self.has_role_admin(wanted),
        }
    }

    /// Lets admins pass, and people who support customers: they may start what changes nothing at the vendor.
    ///
    /// # Errors
    ///
    /// `role_insufficient` or `scope_insufficient`.
    pub(crate) fn may_operate(&self, wanted: &'static str) -> Result<(), ServiceError> {
        self.may_operate_on(wanted, None)
    }

    /// Whoever shows a key.
    pub fn of_key(key: &KeyRow) -> Self {
        Self {
            account_id: key.account_id.clone(),
            key_id: key.id.clone(),
            environment: key.environment,
            role: key.role,
            user: None,
            scope: KeyScope::of(key),
        }
    }

    /// The operator at the command line, acting for an account: no key, all rights.
    pub fn operator(account_id: impl Into<String>, environment: Environment) -> Self {
        Self {
            account_id: account_id.into(),
            key_id: Self::OPERATOR.to_owned(),
            environment,
            role: Role::Admin,
            user: None,
            scope: None,
        }
    }
}

/// Who has to do something before a failure goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhoMustAct {
    /// Whoever sent the request.
    Caller,
    /// Whoever runs the gateway.
    Operator,
    /// The vendor's customer, who owns the credentials.
    Customer,
    /// The vendor.
    Vendor,
    /// The author of the connector.
    ConnectorAuthor,
    /// Nobody: the gateway tries again, or has a fault of its own.
    Gateway,
}

impl WhoMustAct {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Operator => "operator",
            Self::Customer => "customer",
            Self::Vendor => "vendor",
            Self::ConnectorAuthor => "connector_author",
            Self::Gateway => "gateway",
        }
    }
}
