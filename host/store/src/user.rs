//! People who sign in to the console, and the one-time links by which they come in.

use crate::connection::Tx;
use crate::{Store, StoreError, UserRole, random_id};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// A user as stored, the hash of the password included.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UserRow {
    /// `usr_…`.
    pub id: String,
    /// What the user signs in with; unique without regard to case.
    pub email: String,
    /// What people call the user.
    pub name: String,
    /// What the user may do.
    pub role: UserRole,
    /// Whether the user sees every account.
    pub all_accounts: bool,
    /// The accounts that the user sees otherwise.
    pub accounts: Vec<String>,
    /// In the format of the Password Hashing Competition.
    pub password_hash: String,
    /// When the user was made.
    pub created_at: DateTime<Utc>,
    /// When the user last signed in.
    pub last_signed_in_at: Option<DateTime<Utc>>,
    /// Since when the user may not sign in.
    pub disabled_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for UserRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRow")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A one-time link to be made.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// The user who may choose a new password; `None` for a new user.
    pub user_id: Option<String>,
    /// What the new user signs in with; `None` lets whoever opens the link say so.
    pub email: Option<String>,
    /// What the user may do.
    pub role: UserRole,
    /// Whether the user sees every account.
    pub all_accounts: bool,
    /// The accounts that the user sees otherwise.
    pub accounts: Vec<String>,
    /// Who made the link.
    pub invited_by: String,
    /// For how many seconds it works.
    pub valid_seconds: f64,
}

/// A one-time link that still works.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct InvitationRow {
    /// The user who may choose a new password.
    pub user_id: Option<String>,
    /// What the user signs in with.
    pub email: Option<String>,
    /// What the user may do.
    pub role: UserRole,
    /// Whether the user sees every account.
    pub all_accounts: bool,
    /// The accounts that the user sees otherwise.
    pub accounts: Vec<String>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// A user to be made from a link.
pub struct NewUser {
    /// What the user signs in with.
    pub email: String,
    /// What people call the user.
    pub name: String,
    /// In the format of the Password Hashing Competition.
    pub password_hash: String,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewUser")
    }
}

const COLUMNS: &str = "id, email, name, role, all_accounts, accounts, password_hash, created_at, last_signed_in_at, disabled_at";
/// Those who may do everything everywhere.
const ADMINS: &str =
    "select from console_user where role = 'admin' and all_accounts and disabled_at is null";
const INVITATION: &str = "user_id, email, role, all_accounts, accounts, expires_at";

impl Store {
    /// Whether nobody can sign in who may do everything everywhere: at the beginning, or where only users of single
    /// accounts were invited.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn has_no_admin(&self) -> Result<bool, StoreError> {
        let any = format!("select not exists ({ADMINS})");
        Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(any))
            .fetch_one(self.one())
            .await?)
    }

    /// All users, oldest first.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_users(&self) -> Result<Vec<UserRow>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from console_user order by created_at, id limit 1000"
        )))
        .fetch_all(self.one())
        .await?)
    }

    /// The user who signs in with this address, disabled or not.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn find_user_by_email(&self, email: &str) -> Result<Option<UserRow>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from console_user where lower(email) = lower($1)"
        )))
        .bind(email)
        .fetch_optional(self.one())
        .await?)
    }

    /// Changes what a user may do, in which accounts (`None`: as before; none named: all), or whether the user may sign in
    /// at all. Who may not any more is signed out there. The last admin who can sign in stays one.
    ///
    /// # Errors
    /// `NotFound`; `Conflict{last_admin}`; `Unavailable`, `Database`.
    pub async fn change_user(
        &self,
        id: &str,
        role: UserRole,
        enabled: bool,
        accounts: Option<&[String]>,
    ) -> Result<UserRow, StoreError> {
        let mut tx = self.begin().await?;
        // Changes of users take turns, so that of two last admins one stays.
        sqlx::query("select pg_advisory_xact_lock(hashtext('portcullis users'))")
            .execute(tx.one())
            .await?;
        let was_admin: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select exists ({ADMINS} and id = $1)"
        )))
        .bind(id)
        .fetch_one(tx.one())
        .await?;
        let row: UserRow = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "update console_user set role = $2, disabled_at = case when $3 then null else coalesce(disabled_at, now()) end,
                    accounts = coalesce($4, accounts), all_accounts = coalesce(cardinality($4) = 0, all_accounts)
             where id = $1 returning {COLUMNS}"
        )))
        .bind(id)
        .bind(role)
        .bind(enabled)
        .bind(accounts)
        .fetch_one(tx.one())
        .await?;
        let is_left: bool =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select exists ({ADMINS})")))
                .fetch_one(tx.one())
                .await?;
        if was_admin && !is_left {
            return Err(StoreError::Conflict { what: "last_admin" });
        }
        // Who may do less now must not do more by a link of before.
        if !enabled || row.role != UserRole::Admin || accounts.is_some() {
            expire_links_of(&mut tx, id).await?;
        }
        sqlx::query("delete from web_session where user_id = $1 and (not $2 or not ($3 or account_id = any($4)))")
            .bind(id)
            .bind(enabled)
            .bind(row.all_accounts)
            .bind(&row.accounts)
            .execute(tx.one())
            .await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Makes a one-time link; `token` is what it holds.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn create_invitation(
        &self,
        token: &str,
        new: NewInvitation,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "insert into console_invitation (hash, user_id, email, role, all_accounts, accounts, invited_by, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8))",
        )
        .bind(Sha256::digest(token.as_bytes()).to_vec())
        .bind(new.user_id)
        .bind(new.email)
        .bind(new.role)
        .bind(new.all_accounts)
        .bind(new.accounts)
        .bind(new.invited_by)
        .bind(new.valid_seconds)
        .execute(self.one())
        .await?;
        Ok(())
    }

    /// What a link is for; `None` for one that was used, has expired, or never was.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn find_invitation(&self, token: &str) -> Result<Option<InvitationRow>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {INVITATION} from console_invitation where hash = $1 and used_at is null and expires_at > now()"
        )))
        .bind(Sha256::digest(token.as_bytes()).to_vec())
        .fetch_optional(self.one())
        .await?)
    }

    /// Uses a link: makes the user it is for, or sets the password of the user it names and signs that user out
    /// everywhere. Links for a first admin work only while there is none.
    ///
    /// # Errors
    /// `NotFound` when the link does not work any more; `Conflict{email_taken}`; `Unavailable`, `Database`.
    pub async fn use_invitation(&self, token: &str, new: NewUser) -> Result<UserRow, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("select pg_advisory_xact_lock(hashtext('portcullis users'))")
            .execute(tx.one())
            .await?;
        let link: InvitationRow = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "update console_invitation set used_at = now()
             where hash = $1 and used_at is null and expires_at > now()
               and (invited_by <> 'start' or not exists ({ADMINS})) returning {INVITATION}"
        )))
        .bind(Sha256::digest(token.as_bytes()).to_vec())
        .fetch_one(tx.one())
        .await?;
        let row: UserRow = if let Some(id) = &link.user_id {
            sqlx::query("delete from web_session where user_id = $1")
                .bind(id)
                .execute(tx.one())
                .await?;
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "update console_user set password_hash = $2, password_changed_at = now() where id = $1 returning {COLUMNS}"
            )))
            .bind(id)
            .bind(new.password_hash)
            .fetch_one(tx.one())
            .await?
        } else {
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "insert into console_user (id, email, name, role, all_accounts, accounts, password_hash)
                 values ($1, $2, $3, $4, $5, $6, $7) returning {COLUMNS}"
            )))
            .bind(random_id("usr_"))
            .bind(link.email.unwrap_or(new.email))
            .bind(new.name)
            .bind(link.role)
            .bind(link.all_accounts)
            .bind(link.accounts)
            .bind(new.password_hash)
            .fetch_one(tx.one())
            .await
            .map_err(|e| StoreError::on_duplicate(e, "email_taken"))?
        };
        tx.commit().await?;
        Ok(row)
    }
}

/// The links that somebody made and nobody has used yet work no more: they give what their maker may give no more.
pub(crate) async fn expire_links_of(tx: &mut Tx, maker: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update console_invitation set expires_at = now()
         where invited_by = $1 and used_at is null and expires_at > now()",
    )
    .bind(maker)
    .execute(tx.one())
    .await?;
    Ok(())
}
