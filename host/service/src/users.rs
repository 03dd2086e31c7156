//! People who may sign in to the console. They come in by one-time links: the first admin by one that the first start
//! prints, the others by one that an admin makes.

use chrono::{DateTime, Utc};
use portcullis_store::{InvitationRow, NewInvitation, NewUser, StoreError, UserRow};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::Service;
use crate::audit::Action;
use crate::error::{InputProblem, ServiceError, Thing};
use crate::principal::UserRole;
use crate::sign_in::{PASSWORD_MAX, SignedIn, hash, random_token};

/// For how long the link of a first start works.
const FIRST_SECONDS: f64 = 24.0 * 3600.0;
/// For how long an invitation works.
pub(crate) const INVITED_SECONDS: f64 = 7.0 * 24.0 * 3600.0;
/// Fewest characters of a password.
const PASSWORD_MIN: usize = 12;

/// A user as an admin sees one.
#[derive(Debug, Clone)]
pub struct UserView {
    /// `usr_…`.
    pub id: String,
    /// What the user signs in with.
    pub email: String,
    /// What people call the user.
    pub name: String,
    /// What the user may do.
    pub role: UserRole,
    /// Whether the user sees every account.
    pub all_accounts: bool,
    /// The accounts that the user sees otherwise.
    pub accounts: Vec<String>,
    /// When the user last signed in.
    pub last_signed_in_at: Option<DateTime<Utc>>,
    /// Since when the user may not sign in.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// A user to be invited.
#[derive(Debug, Clone)]
pub struct InviteUser {
    /// What the user will sign in with.
    pub email: String,
    /// What the user may do.
    pub role: UserRole,
    /// The accounts that the user sees; empty for all.
    pub accounts: Vec<String>,
}

/// What an admin changes about a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeUser {
    /// What the user may do.
    pub role: UserRole,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// The accounts that the user sees; empty for all, `None` for those of before.
    pub accounts: Option<Vec<String>>,
}

/// What whoever opens a one-time link is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What the user signs in with; `None` where the user says so.
    pub email: Option<String>,
    /// What the user may do.
    pub role: UserRole,
    /// Whether it is for a new password of a user who is there already.
    pub is_reset: bool,
}

/// What somebody who opens a one-time link chooses.
#[derive(Debug)]
pub struct Choice {
    /// What the user signs in with, where the link does not say so.
    pub email: String,
    /// What people call the user.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

/// The path of a one-time link, below the gateway's address: a page of the console.
pub fn welcome_path(token: &str) -> String {
    format!("/welcome/{token}")
}

impl Service {
    /// The token of a link for the first admin, while there is no user; `None` once there is one.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn first_admin_token(&self) -> Result<Option<SecretString>, ServiceError> {
        if !self.background.has_no_admin().await? {
            return Ok(None);
        }
        let token = random_token();
        let new = NewInvitation {
            user_id: None,
            email: None,
            role: UserRole::Admin,
            all_accounts: true,
            accounts: Vec::new(),
            invited_by: "start".to_owned(),
            valid_seconds: FIRST_SECONDS,
        };
        self.background.create_invitation(&token, new).await?;
        Ok(Some(SecretString::from(token)))
    }

    /// What a link's token is for; `None` for one that does not work any more.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn invitation(&self, token: &str) -> Result<Option<Invitation>, ServiceError> {
        let found = self.store.find_invitation(token).await?;
        Ok(found.map(|row: InvitationRow| Invitation {
            email: row.email,
            role: row.role,
            is_reset: row.user_id.is_some(),
        }))
    }

    /// Uses a link: makes the user, or sets the password, and signs in. Gives the session's token.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Invalid`] with every problem of the choice; `record_not_found` for a link that does not work any
    /// more; the database's.
    pub async fn accept_invitation(
        &self,
        token: &str,
        choice: Choice,
    ) -> Result<SecretString, ServiceError> {
        let missing = || ServiceError::not_found(Thing::Record, "link");
        let Some(link) = self.invitation(token).await? else {
            return Err(missing());
        };
        let mut problems = Vec::new();
        if link.email.is_none() && !is_email(&choice.email) {
            problems.push(not_an_email());
        }
        let name = choice.name.trim();
        if !link.is_reset && (name.is_empty() || name.chars().count() > 200 || name.contains('\0'))
        {
            problems.push(InputProblem::pointer(
                "/name",
                "invalid_length",
                "Say what people call you, in 1 to 200 characters.",
            ));
        }
        let email = link.email.unwrap_or_else(|| choice.email.trim().to_owned());
        problems.extend(weak(choice.password.expose_secret(), &email));
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let new = NewUser {
            email,
            name: name.to_owned(),
            password_hash: hash(choice.password).await?,
        };
        let used = self.store.use_invitation(token, new).await;
        let user = used.map_err(|error| match error {
            StoreError::NotFound => missing(),
            StoreError::Conflict { .. } => ServiceError::invalid(InputProblem::pointer(
                "/email",
                "invalid_value",
                "A user with this e-mail address exists already.",
            )),
            other => other.into(),
        })?;
        self.audit_installation(&user.id, Action::ChoosePassword, &user.id, json!({}))
            .await?;
        self.open_session(&user).await
    }

    /// All users, oldest first.
    ///
    /// # Errors
    ///
    /// `role_insufficient` or the database's.
    pub async fn list_users(&self, by: &SignedIn) -> Result<Vec<UserView>, ServiceError> {
        admin(by, "listing users")?;
        let rows = self.store.list_users().await?;
        Ok(rows.into_iter().map(view).collect())
    }

    /// Makes a link by which a new user comes in. Gives its token, which is shown this once.
    ///
    /// # Errors
    ///
    /// `role_insufficient`; [`ServiceError::Invalid`]; the database's.
    pub async fn invite_user(
        &self,
        by: &SignedIn,
        input: InviteUser,
    ) -> Result<SecretString, ServiceError> {
        admin(by, "inviting a user")?;
        let email = input.email.trim().to_owned();
        if !is_email(&email) {
            return Err(ServiceError::invalid(not_an_email()));
        }
        if self.store.find_user_by_email(&email).await?.is_some() {
            return Err(ServiceError::invalid(InputProblem::pointer(
                "/email",
                "invalid_value",
                "A user with this e-mail address exists already.",
            )));
        }
        known(by, &input.accounts)?;
        let accounts = input.accounts;
        self.link(by, None, Some(email), input.role, accounts).await
    }

    /// Makes a link by which a user chooses a new password. Gives its token, which is shown this once.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `record_not_found`, or the database's.
    pub async fn reset_password(
        &self,
        by: &SignedIn,
        user_id: &str,
    ) -> Result<SecretString, ServiceError> {
        let users = self.list_users(by).await?;
        let user = users
            .into_iter()
            .find(|user| user.id == user_id)
            .ok_or_else(|| ServiceError::not_found(Thing::Record, user_id))?;
        self.link(
            by,
            Some(user.id),
            Some(user.email),
            user.role,
            user.accounts,
        )
        .await
    }

    async fn link(
        &self,
        by: &SignedIn,
        user_id: Option<String>,
        email: Option<String>,
        role: UserRole,
        accounts: Vec<String>,
    ) -> Result<SecretString, ServiceError> {
        let token = random_token();
        let subject = user_id.clone().unwrap_or_default();
        let new = NewInvitation {
            user_id,
            email,
            role,
            all_accounts: accounts.is_empty(),
            accounts,
            invited_by: by.user_id.clone(),
            valid_seconds: INVITED_SECONDS,
        };
        self.store.create_invitation(&token, new).await?;
        let detail = json!({"role": role.as_str()});
        self.audit_installation(&by.user_id, Action::InviteUser, &subject, detail)
            .await?;
        Ok(SecretString::from(token))
    }

    /// Changes what a user may do, or whether the user may sign in.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `record_not_found`, [`ServiceError::Invalid`] for the last admin, or the database's.
    pub async fn change_user(
        &self,
        by: &SignedIn,
        user_id: &str,
        change: ChangeUser,
    ) -> Result<UserView, ServiceError> {
        admin(by, "changing a user")?;
        known(by, change.accounts.as_deref().unwrap_or_default())?;
        let changed = self
            .store
            .change_user(
                user_id,
                change.role,
                change.enabled,
                change.accounts.as_deref(),
            )
            .await;
        let row = changed.map_err(|error| match error {
            StoreError::NotFound => ServiceError::not_found(Thing::Record, user_id),
            StoreError::Conflict { .. } => ServiceError::invalid(InputProblem::pointer(
                "/role",
                "invalid_value",
                "This is the last admin who can sign in. Make somebody else an admin first.",
            )),
            other => other.into(),
        })?;
        let accounts = (!row.all_accounts).then_some(&row.accounts);
        let detail =
            json!({"role": row.role.as_str(), "enabled": change.enabled, "accounts": accounts});
        self.audit_installation(&by.user_id, Action::ChangeUser, user_id, detail)
            .await?;
        Ok(view(row))
    }
}

fn admin(by: &SignedIn, wanted: &'static str) -> Result<(), ServiceError> {
    if by.manages_users() {
        return Ok(());
    }
    Err(ServiceError::Forbidden { wanted })
}

/// Refuses accounts that whoever names them does not see: left out silently, none would be left, and that means all.
fn known(by: &SignedIn, accounts: &[String]) -> Result<(), ServiceError> {
    let is_known = |id: &String| by.accounts.iter().any(|own| own.id == *id);
    match accounts.iter().find(|id| !is_known(id)) {
        None => Ok(()),
        Some(id) => Err(ServiceError::invalid(InputProblem::pointer(
            "/account",
            "invalid_value",
            format!("There is no account `{id}`. Tick those that the user is to see."),
        ))),
    }
}

pub(crate) fn view(row: UserRow) -> UserView {
    UserView {
        id: row.id,
        email: row.email,
        name: row.name,
        role: row.role,
        all_accounts: row.all_accounts,
        accounts: row.accounts,
        last_signed_in_at: row.last_signed_in_at,
        disabled_at: row.disabled_at,
    }
}

/// Something before an `@` and something behind it: whether mail arrives there is nothing that a pattern tells.
pub(crate) fn is_email(text: &str) -> bool {
    let text = text.trim();
    let parts = text.split_once('@');
    let plausible = parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    plausible && text.len() <= 320 && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

pub(crate) fn not_an_email() -> InputProblem {
    InputProblem::pointer(
        "/email",
        "invalid_value",
        "Write an e-mail address, such as name@example.com.",
    )
}

/// What is wrong with a password. Length is what counts; rules about letters only make people write them down.
fn weak(password: &str, email: &str) -> Option<InputProblem> {
    let problem = |code, detail: String| Some(InputProblem::pointer("/password", code, detail));
    if password.chars().count() < PASSWORD_MIN {
        return problem(
            "invalid_length",
            format!(
                "Use at least {PASSWORD_MIN} characters; a few unrelated words are easy to remember."
            ),
        );
    }
    if password.len() > PASSWORD_MAX {
        return problem(
            "invalid_length",
            format!("Use at most {PASSWORD_MAX} bytes."),
        );
    }
    let mut letters: Vec<char> = password.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < 5 || password.eq_ignore_ascii_case(email) {
        return problem(
            "invalid_value",
            "This is easy to guess. Use a few unrelated words.".to_owned(),
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_passwords_that_are_taken() {
        for good in ["a@b", "ana.díaz@example.com", " x@y.org "] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a b@c", "a@b\nc"] {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(weak("correct horse battery", "a@b").is_none());
        for bad in ["short", "aaaaaaaaaaaaaaaa", "somebody@example.com"] {
            assert!(weak(bad, "Somebody@example.com").is_some(), "{bad}");
        }
    }
}
