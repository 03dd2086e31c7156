//! What a key is limited to beside its account, its environment and its role: integrations, models, or both.
//!
//! An integration outside is one that does not exist: nobody is told of it. A model outside is refused by name, since the
//! models are no secret. Whatever concerns the account as a whole takes a key without limits, and whatever changes an
//! integration as a whole takes one that reaches every model.

use std::sync::Arc;

use portcullis_store::KeyRow;

use crate::error::ServiceError;
use crate::principal::{Principal, Role, UserRole};

/// The limits of a key. `None` stands for no limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyScope {
    /// The integrations, sorted.
    pub integrations: Option<Arc<[String]>>,
    /// The models, sorted.
    pub models: Option<Arc<[String]>>,
}

impl KeyScope {
    /// The limits of a key as stored; `None` where it has none.
    pub fn of(key: &KeyRow) -> Option<Arc<Self>> {
        let sorted = |names: &Option<Vec<String>>| {
            names.clone().map(|mut names| {
                names.sort_unstable();
                names.dedup();
                Arc::from(names)
            })
        };
        let scope = Self {
            integrations: sorted(&key.integrations),
            models: sorted(&key.models),
        };
        (scope.integrations.is_some() || scope.models.is_some()).then(|| Arc::new(scope))
    }

    /// One spelling for equal limits, for what is given out and belongs to them.
    fn word(&self) -> String {
        let list = |names: &Option<Arc<[String]>>| {
            names
                .as_ref()
                .map_or_else(|| "*".to_owned(), |names| names.join(","))
        };
        format!("{};{}", list(&self.integrations), list(&self.models))
    }
}

impl Principal {
    /// The integrations that the caller is limited to; `None` for every one of the account and environment.
    pub fn integrations(&self) -> Option<&Arc<[String]>> {
        self.scope.as_ref()?.integrations.as_ref()
    }

    /// The models that the caller is limited to; `None` for every one.
    pub(crate) fn models(&self) -> Option<&Arc<[String]>> {
        self.scope.as_ref()?.models.as_ref()
    }

    /// Whether an integration, if it is the account's, may be known to the caller.
    pub(crate) fn reaches(&self, integration_id: &str) -> bool {
        self.integrations()
            .is_none_or(|own| own.iter().any(|id| id == integration_id))
    }

    /// Whether the caller may read a model.
    pub(crate) fn reads(&self, model: &str) -> bool {
        self.models()
            .is_none_or(|own| own.iter().any(|name| name == model))
    }

    /// Lets those pass who may read the model.
    ///
    /// # Errors
    ///
    /// `model_out_of_scope`.
    pub(crate) fn may_read(&self, model: &str) -> Result<(), ServiceError> {
        if self.reads(model) {
            return Ok(());
        }
        Err(ServiceError::ModelOutOfScope {
            model: model
                .chars()
                .take(100)
                .collect::<String>()
                .escape_debug()
                .to_string(),
        })
    }

    /// Lets those pass who reach every model.
    ///
    /// # Errors
    ///
    /// `scope_insufficient`.
    pub(crate) fn every_model(&self, wanted: &'static str) -> Result<(), ServiceError> {
        self.models().map_or(Ok(()), |_| {
            Err(ServiceError::OutOfScope {
                limit: "some models",
                wanted,
            })
        })
    }

    /// Lets those pass who reach the whole account.
    ///
    /// # Errors
    ///
    /// `scope_insufficient`.
    pub(crate) fn whole_account(&self, wanted: &'static str) -> Result<(), ServiceError> {
        self.every_model(wanted)?;
        self.integrations().map_or(Ok(()), |_| {
            Err(ServiceError::OutOfScope {
                limit: "some integrations",
                wanted,
            })
        })
    }

    /// As [`may_operate`](Self::may_operate), for some models: all of them must be the caller's. `None` means every one.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `scope_insufficient` or `model_out_of_scope`.
    pub(crate) fn may_operate_on(
        &self,
        wanted: &'static str,
        models: Option<&[String]>,
    ) -> Result<(), ServiceError> {
        match (self.user, self.role) {
            (Some(UserRole::Support), _) | (_, Role::Admin) => {}
            _ => return Err(ServiceError::Forbidden { wanted }),
        }
        match models {
            None => self.every_model(wanted),
            Some(models) => models.iter().try_for_each(|model| self.may_read(model)),
        }
    }

    /// What cursors and places are bound to: they open for the same account, environment and limits alone.
    pub(crate) fn bound(&self) -> Vec<String> {
        let mut bound = vec![
            self.account_id.clone(),
            self.environment.as_str().to_owned(),
        ];
        bound.extend(self.scope.as_ref().map(|scope| scope.word()));
        bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::Environment;

    fn texts(names: &[&str]) -> Option<Vec<String>> {
        Some(names.iter().map(|&name| name.to_owned()).collect())
    }

    fn key(integrations: Option<Vec<String>>, models: Option<Vec<String>>) -> KeyRow {
        KeyRow {
            account_id: "acc_1".to_owned(),
            id: "key_1".to_owned(),
            environment: Environment::Sandbox,
            role: Role::Admin,
            expires_at: None,
            revoked_at: None,
            integrations,
            models,
            requests_per_minute: None,
        }
    }

    fn caller(integrations: Option<Vec<String>>, models: Option<Vec<String>>) -> Principal {
        Principal::of_key(&key(integrations, models))
    }

    #[test]
    fn equal_limits_are_one_however_they_are_written() {
        let one = caller(texts(&["int_2", "int_1", "int_1"]), None);
        let other = caller(texts(&["int_1", "int_2"]), None);
        assert_eq!(one, other);
        assert_eq!(one.bound(), other.bound());
        let bounds = [
            caller(None, None),
            caller(texts(&["int_1"]), None),
            caller(None, texts(&["int_1"])),
            caller(texts(&[]), None),
        ];
        for (index, a) in bounds.iter().enumerate() {
            for b in &bounds[index + 1..] {
                assert_ne!(a.bound(), b.bound());
            }
        }
    }

    #[test]
    fn nothing_left_of_a_limit_is_nothing_and_not_everything() {
        let nobody = caller(texts(&[]), None);
        assert!(!nobody.reaches("int_1"));
        assert!(nobody.whole_account("testing").is_err());
        let all = caller(None, None);
        assert!(all.scope.is_none() && all.reaches("int_1") && all.reads("units"));
    }

    #[test]
    fn a_limit_on_models_holds_for_what_is_named_and_for_the_whole() {
        let some = caller(None, texts(&["units"]));
        let units = [String::from("units")];
        let more = [String::from("units"), String::from("leases")];
        assert!(some.may_operate_on("testing", Some(&units)).is_ok());
        let refused = some.may_operate_on("testing", Some(&more)).unwrap_err();
        assert_eq!(refused.code(), "model_out_of_scope");
        let refused = some.may_operate_on("testing", None).unwrap_err();
        assert_eq!(refused.code(), "scope_insufficient");
    }
}
