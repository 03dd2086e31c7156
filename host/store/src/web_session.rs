//! Browsers that are signed in. A token is 160 random bits; only its SHA-256 hash is kept.

use crate::{Store, StoreError, UserRole};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// A browser that signs in.
#[derive(Debug, Clone)]
pub struct NewWebSession {
    /// Who signs in.
    pub user_id: String,
    /// The account whose integrations are shown first.
    pub account_id: String,
    /// What every form of this session must repeat.
    pub csrf: String,
    /// For how many seconds it lasts at most.
    pub valid_seconds: f64,
}

/// A browser that is signed in, and who it is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct WebSessionRow {
    /// `usr_…`.
    pub user_id: String,
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
    /// The account that is shown.
    pub account_id: String,
    /// What every form of this session must repeat.
    pub csrf: String,
    /// When it was last used, some seconds late.
    pub last_seen_at: DateTime<Utc>,
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

impl Store {
    /// Signs a browser in, notes when, and drops sessions that have expired.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn create_web_session(
        &self,
        token: &str,
        new: NewWebSession,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("delete from web_session where expires_at < now()")
            .execute(tx.one())
            .await?;
        sqlx::query(
            "insert into web_session (hash, user_id, account_id, csrf, expires_at)
             values ($1, $2, $3, $4, now() + make_interval(secs => $5))",
        )
        .bind(hash(token))
        .bind(&new.user_id)
        .bind(new.account_id)
        .bind(new.csrf)
        .bind(new.valid_seconds)
        .execute(tx.one())
        .await?;
        sqlx::query("update console_user set last_signed_in_at = now() where id = $1")
            .bind(new.user_id)
            .execute(tx.one())
            .await?;
        tx.commit().await
    }

    /// Who a token stands for: nobody when it is unknown, has expired, was not used for `idle_seconds`, or belongs to
    /// a user who may not sign in.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn find_web_session(
        &self,
        token: &str,
        idle_seconds: f64,
    ) -> Result<Option<WebSessionRow>, StoreError> {
        Ok(sqlx::query_as(
            "select s.user_id, u.email, u.name, u.role, u.all_accounts, u.accounts, s.account_id, s.csrf, s.last_seen_at
             from web_session s join console_user u on u.id = s.user_id
             where s.hash = $1 and s.expires_at > now() and s.last_seen_at > now() - make_interval(secs => $2)
               and u.disabled_at is null",
        )
        .bind(hash(token))
        .bind(idle_seconds)
        .fetch_optional(self.one())
        .await?)
    }

    /// Notes that a session is in use.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn touch_web_session(&self, token: &str) -> Result<(), StoreError> {
        sqlx::query("update web_session set last_seen_at = now() where hash = $1")
            .bind(hash(token))
            .execute(self.one())
            .await?;
        Ok(())
    }

    /// Shows another account from now on.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn switch_account(&self, token: &str, account_id: &str) -> Result<(), StoreError> {
        sqlx::query("update web_session set account_id = $2 where hash = $1")
            .bind(hash(token))
            .bind(account_id)
            .execute(self.one())
            .await?;
        Ok(())
    }

    /// Signs a browser out.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn delete_web_session(&self, token: &str) -> Result<(), StoreError> {
        sqlx::query("delete from web_session where hash = $1")
            .bind(hash(token))
            .execute(self.one())
            .await?;
        Ok(())
    }
}
