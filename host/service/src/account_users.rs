//! Users, as an admin key of one account manages them.
//!
//! Users belong to the installation, and a key to one account. So a key sees the users who see its account, invites users
//! who will see nothing else, and changes those who see nothing else. And since a user sees both environments, it takes a
//! key of the production environment without limits: any other one could make a user who sees more than itself.

use portcullis_store::{NewInvitation, StoreError, UserRow};
use secrecy::SecretString;
use serde_json::json;

use crate::Service;
use crate::audit::Action;
use crate::error::{InputProblem, ServiceError, Thing};
use crate::principal::{Environment, Principal, UserRole};
use crate::sign_in::random_token;
use crate::users::{self, ChangeUser, INVITED_SECONDS, UserView};

impl Service {
    /// The users who see the caller's account, oldest first. What else they see is not told, but that some see all accounts.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `scope_insufficient`, or the database's.
    pub async fn users_of_account(
        &self,
        principal: &Principal,
    ) -> Result<Vec<UserView>, ServiceError> {
        may(principal, "listing users")?;
        let rows = self.store.list_users().await?;
        let own = rows.into_iter().filter(|row| sees(row, principal));
        Ok(own.map(users::view).collect())
    }

    /// Makes a link by which a new user of the caller's account alone comes in. Gives its token, which is shown this once.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `scope_insufficient`; [`ServiceError::Invalid`]; the database's.
    pub async fn invite_to_account(
        &self,
        principal: &Principal,
        email: &str,
        role: UserRole,
    ) -> Result<SecretString, ServiceError> {
        may(principal, "inviting a user")?;
        let email = email.trim().to_owned();
        if !users::is_email(&email) {
            return Err(ServiceError::invalid(users::not_an_email()));
        }
        // Whoever is a user of others alone stays unknown here: the link will not work, and says so to the user alone.
        let known = self.store.find_user_by_email(&email).await?;
        if known.is_some_and(|user| sees(&user, principal)) {
            return Err(ServiceError::invalid(InputProblem::pointer(
                "/email",
                "invalid_value",
                "A user with this e-mail address exists already.",
            )));
        }
        let token = random_token();
        let new = NewInvitation {
            user_id: None,
            email: Some(email),
            role,
            all_accounts: false,
            accounts: vec![principal.account_id.clone()],
            invited_by: principal.key_id.clone(),
            valid_seconds: INVITED_SECONDS,
        };
        self.store.create_invitation(&token, new).await?;
        let detail = json!({"role": role.as_str()});
        self.audit(principal, Action::InviteUser, "", detail)
            .await?;
        Ok(SecretString::from(token))
    }

    /// Changes what a user of the caller's account alone may do, or whether the user may sign in.
    ///
    /// # Errors
    ///
    /// `role_insufficient`; `scope_insufficient`, also for a user who sees other accounts, too; `user_not_found`; the
    /// database's.
    pub async fn change_user_of_account(
        &self,
        principal: &Principal,
        user_id: &str,
        change: ChangeUser,
    ) -> Result<UserView, ServiceError> {
        may(principal, "changing a user")?;
        let missing = || ServiceError::not_found(Thing::User, user_id);
        let rows = self.store.list_users().await?;
        let user = rows
            .into_iter()
            .find(|row| row.id == user_id && sees(row, principal))
            .ok_or_else(missing)?;
        if user.all_accounts || user.accounts.iter().any(|id| *id != principal.account_id) {
            return Err(ServiceError::OutOfScope {
                limit: "one account",
                wanted: "changing a user who sees others, too,",
            });
        }
        let changed = self
            .store
            .change_user(&user.id, change.role, change.enabled, None)
            .await;
        let row = changed.map_err(|error| match error {
            StoreError::NotFound => missing(),
            other => other.into(),
        })?;
        let detail = json!({"role": row.role.as_str(), "enabled": change.enabled});
        self.audit(principal, Action::ChangeUser, &row.id, detail)
            .await?;
        Ok(users::view(row))
    }
}

fn sees(user: &UserRow, principal: &Principal) -> bool {
    user.all_accounts || user.accounts.contains(&principal.account_id)
}

fn may(principal: &Principal, wanted: &'static str) -> Result<(), ServiceError> {
    principal.admin(wanted)?;
    principal.whole_account(wanted)?;
    match principal.environment {
        Environment::Production => Ok(()),
        Environment::Sandbox => Err(ServiceError::OutOfScope {
            limit: "the sandbox",
            wanted,
        }),
    }
}
