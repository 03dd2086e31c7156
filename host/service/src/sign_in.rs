//! Signing in and out of the console. Passwords are hashed with Argon2id; a session is a random token, kept as a hash.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use chrono::{TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use portcullis_store::{AccountRow, NewWebSession, UserRow};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::audit::Action;
use crate::principal::{Environment, Principal, Role, UserRole};
use crate::{Service, ServiceError};

/// A session ends when it was not used for so long: half a day, so that nobody signs in twice on a working day.
const IDLE_SECONDS: f64 = 12.0 * 3600.0;
/// A session ends after this time in any case.
const SESSION_SECONDS: f64 = 7.0 * 24.0 * 3600.0;
/// How late the last use of a session may be written down.
const TOUCH_AFTER: TimeDelta = TimeDelta::seconds(60);
/// Longest password, in bytes: hashing takes no longer for it.
pub(crate) const PASSWORD_MAX: usize = 1000;

/// Each hash takes 19 MiB and some 30 ms: many at once would be a way to stop the gateway.
static HASHING: Semaphore = Semaphore::const_new(2);

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such user, another password, or a user who may not sign in: which of them is never told.
    #[error("This e-mail address and this password do not belong together.")]
    Wrong,
    /// The use case failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// A person who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// `usr_…`.
    pub user_id: String,
    /// What the user signs in with.
    pub email: String,
    /// What people call the user.
    pub name: String,
    /// What the user may do.
    pub role: UserRole,
    /// Whether the user sees every account, those to come included.
    pub all_accounts: bool,
    /// The accounts that the user sees.
    pub accounts: Vec<AccountRow>,
    /// The one that is shown.
    pub account: AccountRow,
    /// What every form must repeat.
    pub csrf: String,
}

impl SignedIn {
    /// Whether the user may invite and change others: an admin of a few accounts could otherwise make one of all.
    pub fn manages_users(&self) -> bool {
        self.role == UserRole::Admin && self.all_accounts
    }

    /// The user as the caller of a use case, in an environment.
    pub fn principal(&self, environment: Environment) -> Principal {
        Principal {
            account_id: self.account.id.clone(),
            key_id: self.user_id.clone(),
            environment,
            role: match self.role {
                UserRole::Admin => Role::Admin,
                UserRole::Support | UserRole::ReadOnly => Role::Read,
            },
            user: Some(self.role),
            scope: None,
        }
    }
}

impl Service {
    /// Signs in; gives the session's token, which is for a cookie and nothing else.
    ///
    /// # Errors
    ///
    /// [`SignInError::Wrong`], or the database's.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &SecretString,
    ) -> Result<SecretString, SignInError> {
        let email = email.trim();
        let plausible = !email.contains('\0') && password.expose_secret().len() <= PASSWORD_MAX;
        let user = if plausible && email.len() <= 320 {
            self.store
                .find_user_by_email(email)
                .await
                .map_err(ServiceError::from)?
        } else {
            None
        };
        // Without a user a hash is compared all the same, so that the time tells nothing.
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let matches = verify(password.clone(), stored).await?;
        match user {
            Some(user) if matches && user.disabled_at.is_none() => {
                self.audit_installation(&user.id, Action::SignIn, &user.id, json!({}))
                    .await?;
                Ok(self.open_session(&user).await?)
            }
            _ => Err(SignInError::Wrong),
        }
    }

    /// A session for a user who has proven to be one.
    pub(crate) async fn open_session(&self, user: &UserRow) -> Result<SecretString, ServiceError> {
        let accounts = self.accounts_of(user.all_accounts, &user.accounts).await?;
        let token = random_token();
        let new = NewWebSession {
            user_id: user.id.clone(),
            account_id: accounts.first().map(|a| a.id.clone()).unwrap_or_default(),
            csrf: random_token(),
            valid_seconds: SESSION_SECONDS,
        };
        self.store.create_web_session(&token, new).await?;
        Ok(SecretString::from(token))
    }

    /// Who a session's token stands for, if anybody.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn session(&self, token: &SecretString) -> Result<Option<SignedIn>, ServiceError> {
        let token = token.expose_secret();
        let Some(row) = self.store.find_web_session(token, IDLE_SECONDS).await? else {
            return Ok(None);
        };
        let accounts = self.accounts_of(row.all_accounts, &row.accounts).await?;
        let shown = accounts
            .iter()
            .find(|account| account.id == row.account_id)
            .or(accounts.first());
        let Some(account) = shown.cloned() else {
            return Ok(None);
        };
        if row.last_seen_at + TOUCH_AFTER < Utc::now() {
            self.background.touch_web_session(token).await?;
        }
        Ok(Some(SignedIn {
            user_id: row.user_id,
            email: row.email,
            name: row.name,
            role: row.role,
            all_accounts: row.all_accounts,
            account,
            accounts,
            csrf: row.csrf,
        }))
    }

    /// Signs out.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn sign_out(&self, token: &SecretString) -> Result<(), ServiceError> {
        Ok(self.store.delete_web_session(token.expose_secret()).await?)
    }

    /// Shows another of the user's accounts from now on; one that is not the user's changes nothing.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn switch_account(
        &self,
        user: &SignedIn,
        token: &SecretString,
        account_id: &str,
    ) -> Result<(), ServiceError> {
        if user.accounts.iter().any(|own| own.id == account_id) {
            self.store
                .switch_account(token.expose_secret(), account_id)
                .await?;
        }
        Ok(())
    }

    async fn accounts_of(
        &self,
        all: bool,
        named: &[String],
    ) -> Result<Vec<AccountRow>, ServiceError> {
        let mut accounts = self.store.list_accounts().await?;
        accounts.retain(|account| all || named.contains(&account.id));
        Ok(accounts)
    }
}

/// 256 random bits as text that a cookie and a path can hold.
pub(crate) fn random_token() -> String {
    BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>())
}

fn argon2() -> Argon2<'static> {
    // The second choice of OWASP's list: 19 MiB, two passes, one lane.
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The hash of a password.
pub(crate) async fn hash(password: SecretString) -> Result<String, ServiceError> {
    blocking(move || hash_with(&password, &rand::random::<[u8; 16]>())).await
}

fn hash_with(password: &SecretString, salt: &[u8]) -> Result<String, String> {
    let password = password.expose_secret().as_bytes();
    let hash: PasswordHash = argon2()
        .hash_password_with_salt(password, salt)
        .map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

async fn verify(password: SecretString, stored: Option<String>) -> Result<bool, ServiceError> {
    blocking(move || {
        let Some(stored) = stored else {
            hash_with(&password, b"the salt of none")?;
            return Ok(false);
        };
        let stored = PasswordHash::new(&stored).map_err(|error| error.to_string())?;
        let password = password.expose_secret().as_bytes();
        Ok(argon2().verify_password(password, &stored).is_ok())
    })
    .await
}

/// Hashing keeps a core busy for a while: not one of those that answer requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, ServiceError> {
    let _permit = HASHING.acquire().await.map_err(ServiceError::internal)?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(ServiceError::internal)?
        .map_err(ServiceError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_and_no_other() {
        let right = SecretString::from("correct horse battery");
        let first = hash(right.clone()).await.unwrap();
        let second = hash(right.clone()).await.unwrap();
        assert_ne!(first, second, "every hash has a salt of its own");
        assert!(first.starts_with("$argon2id$"));
        assert!(verify(right.clone(), Some(first.clone())).await.unwrap());
        assert!(
            !verify("correct horse".to_owned().into(), Some(first))
                .await
                .unwrap()
        );
        assert!(!verify(right, None).await.unwrap());
    }
}
