//! Bearer API keys, stored as SHA-256 hashes. The keys hold 160 random bits, so a slow hash would add nothing.

use crate::connection::Tx;
use crate::ids::base32;
use crate::user::expire_links_of;
use crate::{Environment, Role, Store, StoreError, Wake, random_id};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::time::Duration;

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
    /// The integrations that it reaches; `None` for all, those to come included.
    pub integrations: Option<Vec<String>>,
    /// The models that it reaches; `None` for all.
    pub models: Option<Vec<String>>,
    /// Most requests a minute; `None` for what the gateway says of all keys.
    pub requests_per_minute: Option<u32>,
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
            integrations: None,
            models: None,
            requests_per_minute: None,
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
    /// The integrations that it reaches, sorted; `None` for all. Empty when all that it reached were erased.
    pub integrations: Option<Vec<String>>,
    /// The models that it reaches; `None` for all.
    pub models: Option<Vec<String>>,
    /// Most requests a minute; `None` for what the gateway says of all keys.
    pub requests_per_minute: Option<i32>,
    /// The key that was made in its place.
    pub replaced_by: Option<String>,
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
    /// The integrations that it reaches, sorted; `None` for all.
    pub integrations: Option<Vec<String>>,
    /// The models that it reaches; `None` for all.
    pub models: Option<Vec<String>>,
    /// Most requests a minute; `None` for what the gateway says of all keys.
    pub requests_per_minute: Option<i32>,
}

/// A key and the one that takes its place.
#[derive(Debug)]
pub struct RotatedKey {
    /// The new one.
    pub successor: ApiKeyRow,
    /// Its only plain copy.
    pub key: SecretString,
    /// The old one, with the end that it has now.
    pub replaced: ApiKeyRow,
}

macro_rules! integrations {
    () => {
        "case when limited_to_integrations then array(
             select i.integration_id from api_key_integration i
             where i.account_id = api_key.account_id and i.key_id = api_key.id order by 1) end as integrations"
    };
}

const COLUMNS: &str = concat!(
    "account_id, id, name, hint, environment, role, created_at, expires_at, revoked_at, last_used_at, models,
     requests_per_minute, replaced_by, ",
    integrations!()
);

/// The columns of a [`KeyRow`].
const NEEDED: &str = concat!(
    "account_id, id, environment, role, expires_at, revoked_at, models, requests_per_minute, ",
    integrations!()
);

impl Store {
    /// Makes a key and returns its only plain copy: `pk_sandbox_…` or `pk_production_…`.
    ///
    /// # Errors
    /// `NotFound` when the account does not exist; `Conflict{unknown_integration}` when an integration is not of the
    /// account and the environment; `Unavailable`, `Database`.
    pub async fn create_key(&self, new: NewKey) -> Result<(ApiKeyRow, SecretString), StoreError> {
        let mut tx = self.begin().await?;
        let made = insert(&mut tx, new).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Makes a key with the name, role, limits and environment of another one, which works on for `overlap` and is refused
    /// then. Where the old one had an end, the new one lives as long from now. Wakes every replica in the same transaction.
    ///
    /// # Errors
    /// `NotFound`; `Conflict{key_ended}` for one that is refused already; `Conflict{key_replaced}` for one that has a
    /// successor; `Unavailable`, `Database`.
    pub async fn rotate_key(
        &self,
        account_id: &str,
        id: &str,
        overlap: Duration,
    ) -> Result<RotatedKey, StoreError> {
        let mut tx = self.begin().await?;
        let old: ApiKeyRow = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from api_key where account_id = $1 and id = $2 for update"
        )))
        .bind(account_id)
        .bind(id)
        .fetch_one(tx.one())
        .await?;
        let now: DateTime<Utc> = sqlx::query_scalar("select now()")
            .fetch_one(tx.one())
            .await?;
        if old.revoked_at.is_some() || old.expires_at.is_some_and(|end| end <= now) {
            return Err(StoreError::Conflict { what: "key_ended" });
        }
        if old.replaced_by.is_some() {
            return Err(StoreError::Conflict {
                what: "key_replaced",
            });
        }
        let new = NewKey {
            account_id: old.account_id,
            name: old.name,
            environment: old.environment,
            role: old.role,
            expires_at: old.expires_at.map(|end| now + (end - old.created_at)),
            integrations: old.integrations,
            models: old.models,
            requests_per_minute: old.requests_per_minute.and_then(|n| u32::try_from(n).ok()),
        };
        let (successor, key) = insert(&mut tx, new).await?;
        let replaced = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "update api_key set expires_at = least(expires_at, now() + make_interval(secs => $3)), replaced_by = $4,
                    changed_at = clock_timestamp()
             where account_id = $1 and id = $2 returning {COLUMNS}"
        )))
        .bind(account_id)
        .bind(id)
        .bind(overlap.as_secs_f64())
        .bind(&successor.id)
        .fetch_one(tx.one())
        .await?;
        tx.notify(&Wake::Keys).await?;
        tx.commit().await?;
        Ok(RotatedKey {
            successor,
            key,
            replaced,
        })
    }

    /// One key, whether it is still good or not.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn get_key(&self, account_id: &str, id: &str) -> Result<ApiKeyRow, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from api_key where account_id = $1 and id = $2"
        )))
        .bind(account_id)
        .bind(id)
        .fetch_one(self.one())
        .await?)
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
        expire_links_of(&mut tx, id).await?;
        tx.notify(&Wake::Keys).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// The key of a SHA-256 hash, whether it is still good or not.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn find_key_by_hash(&self, hash: [u8; 32]) -> Result<Option<KeyRow>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {NEEDED} from api_key where hash = $1"
        )))
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

    /// Keys that were revoked or replaced, or made, since a time of the database's clock. Looks 30 s further back, since a
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
        let rows: Vec<WithHash> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {NEEDED}, hash from api_key where changed_at > $1 - interval '30 seconds'"
        )))
        .bind(since)
        .fetch_all(self.one())
        .await?;
        Ok(rows.into_iter().map(|row| (row.key, row.hash)).collect())
    }
}

async fn insert(tx: &mut Tx, new: NewKey) -> Result<(ApiKeyRow, SecretString), StoreError> {
    let plain = format!(
        "pk_{}_{}",
        new.environment,
        base32(&rand::random::<[u8; 20]>())
    );
    let hint = plain[plain.len() - 4..].to_owned();
    let id = random_id("key_");
    let made = sqlx::query(
        "insert into api_key (account_id, id, name, hash, hint, environment, role, expires_at, limited_to_integrations,
                              models, requests_per_minute)
         select id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 from account where id = $1",
    )
    .bind(&new.account_id)
    .bind(&id)
    .bind(new.name)
    .bind(Sha256::digest(plain.as_bytes()).to_vec())
    .bind(hint)
    .bind(new.environment)
    .bind(new.role)
    .bind(new.expires_at)
    .bind(new.integrations.is_some())
    .bind(new.models)
    .bind(new.requests_per_minute.map(i64::from))
    .execute(tx.one())
    .await?;
    if made.rows_affected() == 0 {
        return Err(StoreError::NotFound);
    }
    if let Some(mut integrations) = new.integrations {
        integrations.sort_unstable();
        integrations.dedup();
        let named = sqlx::query(
            "insert into api_key_integration (account_id, key_id, integration_id)
             select account_id, $2, id from integration where account_id = $1 and environment = $3 and id = any($4)",
        )
        .bind(&new.account_id)
        .bind(&id)
        .bind(new.environment)
        .bind(&integrations)
        .execute(tx.one())
        .await?;
        if named.rows_affected() != integrations.len() as u64 {
            return Err(StoreError::Conflict {
                what: "unknown_integration",
            });
        }
    }
    let row = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select {COLUMNS} from api_key where account_id = $1 and id = $2"
    )))
    .bind(new.account_id)
    .bind(id)
    .fetch_one(tx.one())
    .await?;
    Ok((row, SecretString::from(plain)))
}
