//! Bearer API keys, stored as SHA-256 hashes. The keys hold 160 random bits, so a slow hash would add nothing.

use crate::ids::base32;
use crate::{Environment, Role, Store, StoreError, Wake, random_id};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Whose key it is.
    pub account_id: String,
    /// What people call it.
    pub name: String,
    /// Which records it reaches.
    pub environment: Environment,
    /// What it may do.
    pub role: Role,
    /// From when on it is refused; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewKey {
    /// A key that nothing ends.
    pub fn new(account_id: &str, name: &str, environment: Environment, role: Role) -> Self {
        Self {
            account_id: account_id.to_owned(),
            name: name.to_owned(),
            environment,
            role,
            expires_at: None,
        }
    }
}

/// A key as people see it: never the key itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct ApiKeyRow {
    /// Whose key it is.
    pub account_id: String,
    /// `key_…`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The last four characters of the key.
    pub hint: String,
    /// Which records it reaches.
    pub environment: Environment,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is refused.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Its last use, some seconds late.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What a request's authorization needs of a key.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct KeyRow {
    /// Whose key it is.
    pub account_id: String,
    /// `key_…`.
    pub id: String,
    /// Which records it reaches.
    pub environment: Environment,
    /// What it may do.
    pub role: Role,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is refused.
    pub revoked_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "account_id, id, name, hint, environment, role, created_at, expires_at, revoked_at, last_used_at";

impl Store {
    /// Makes a key and returns its only plain copy: `pk_sandbox_…` or `pk_production_…`.
    ///
    /// # Errors
    /// `NotFound` when the account does not exist, `Unavailable` or `Database`.
    pub async fn create_key(&self, new: NewKey) -> Result<(ApiKeyRow, SecretString), StoreError> {
        let plain = format!(
            "pk_{}_{}",
            new.environment,
            base32(&rand::random::<[u8; 20]>())
        );
        let hint = plain[plain.len() - 4..].to_owned();
        let row = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "insert into api_key (account_id, id, name, hash, hint, environment, role, expires_at)
             select id, $2, $3, $4, $5, $6, $7, $8 from account where id = $1 returning {COLUMNS}"
        )))
        .bind(new.account_id)
        .bind(random_id("key_"))
        .bind(new.name)
        .bind(Sha256::digest(plain.as_bytes()).to_vec())
        .bind(hint)
        .bind(new.environment)
        .bind(new.role)
        .bind(new.expires_at)
        .fetch_one(self.one())
        .await?;
        Ok((row, SecretString::from(plain)))
    }

    /// The account's keys, newest first, revoked ones too.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_keys(&self, account_id: &str) -> Result<Vec<ApiKeyRow>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from api_key where account_id = $1 order by created_at desc, id"
        )))
        .bind(account_id)
        .fetch_all(self.one())
        .await?)
    }

    /// Refuses a key from now on and wakes every replica in the same transaction. Revoking twice keeps the first time.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn revoke_key(&self, account_id: &str, id: &str) -> Result<ApiKeyRow, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "update api_key set revoked_at = coalesce(revoked_at, now()), changed_at = clock_timestamp()
             where account_id = $1 and id = $2 returning {COLUMNS}"
        )))
        .bind(account_id)
        .bind(id)
        .fetch_one(tx.one())
        .await?;
        tx.notify(&Wake::Keys).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// The key of a SHA-256 hash, whether it is still good or not.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn find_key_by_hash(&self, hash: [u8; 32]) -> Result<Option<KeyRow>, StoreError> {
        Ok(sqlx::query_as(
            "select account_id, id, environment, role, expires_at, revoked_at from api_key where hash = $1",
        )
        .bind(hash.as_slice())
        .fetch_optional(self.one())
        .await?)
    }

    /// Notes the last use of many keys (account, id, time) in one statement. A time never moves back.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn touch_keys(
        &self,
        uses: &[(String, String, DateTime<Utc>)],
    ) -> Result<(), StoreError> {
        if uses.is_empty() {
            return Ok(());
        }
        let accounts: Vec<&str> = uses.iter().map(|u| u.0.as_str()).collect();
        let ids: Vec<&str> = uses.iter().map(|u| u.1.as_str()).collect();
        let times: Vec<DateTime<Utc>> = uses.iter().map(|u| u.2).collect();
        sqlx::query(
            "update api_key k set last_used_at = greatest(k.last_used_at, u.at)
             from (select account_id, id, max(at) as at from unnest($1::text[], $2::text[], $3::timestamptz[]) as u(account_id, id, at)
                   group by 1, 2) u
             where k.account_id = u.account_id and k.id = u.id",
        )
        .bind(accounts)
        .bind(ids)
        .bind(times)
        .execute(self.one())
        .await?;
        Ok(())
    }

    /// Hashes of the keys that were revoked since a time of the database's clock. Looks 30 s further back, since a
    /// change becomes visible only with its commit; saying one twice does no harm.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn keys_changed_since(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<(KeyRow, Vec<u8>)>, StoreError> {
        #[derive(sqlx::FromRow)]
        struct WithHash {
            #[sqlx(flatten)]
            key: KeyRow,
            hash: Vec<u8>,
        }
        let rows: Vec<WithHash> = sqlx::query_as(
            "select account_id, id, environment, role, expires_at, revoked_at, hash from api_key
             where changed_at > $1 - interval '30 seconds'",
        )
        .bind(since)
        .fetch_all(self.one())
        .await?;
        Ok(rows.into_iter().map(|row| (row.key, row.hash)).collect())
    }
}
