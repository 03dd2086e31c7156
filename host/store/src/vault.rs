//! Encrypted credentials.
//!
//! Each integration has a data key of its own. Data keys are wrapped by the installation's root key, which is in the
//! database itself, sealed by the key-encryption key that the operator holds: another such key means sealing 32 bytes
//! anew, and no process that is at work notices. Everything is XChaCha20-Poly1305; a blob is one byte of format, eight
//! bytes of key id, 24 bytes of nonce and the ciphertext. The associated data ties a blob to its place: a blob that is
//! copied to another row does not open.

mod candidate;
mod root;
mod seal;

use self::seal::{Key, Place};
use crate::connection::Tx;
use crate::ids::base32;
use crate::{Environment, Store, StoreError};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use zeroize::{Zeroize, Zeroizing};

pub use candidate::Candidate;

/// The operator's key: seals the root key, and nothing else.
#[derive(Clone)]
pub struct KeyEncryptionKey(Arc<Key>);

impl std::fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyEncryptionKey({})", self.id())
    }
}

impl KeyEncryptionKey {
    /// Takes 32 random bytes.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let key = Self(Arc::new(Key(Zeroizing::new(bytes))));
        bytes.zeroize();
        key
    }

    /// The key's public name: a hash, safe to print.
    #[must_use]
    pub fn id(&self) -> String {
        base32(&self.0.id())
    }
}

/// Whose secrets are meant.
#[derive(Debug, Clone, Copy)]
pub struct SecretOwner<'a> {
    /// The account.
    pub account_id: &'a str,
    /// The integration.
    pub integration_id: &'a str,
    /// The integration's environment, which is part of the seal.
    pub environment: Environment,
}

impl<'a> SecretOwner<'a> {
    fn place(&self, kind: &'a str, name: &'a str, data_key_version: i32) -> Place<'a> {
        Place {
            account_id: self.account_id,
            integration_id: self.integration_id,
            environment: self.environment.as_str(),
            kind,
            name,
            data_key_version,
        }
    }
}

/// A sealed value and the wrapped key under it.
pub(crate) struct Sealed {
    pub(crate) wrapped: Vec<u8>,
    pub(crate) blob: Vec<u8>,
}

/// Seals and opens the credentials of integrations.
#[derive(Debug, Clone)]
pub struct Vault {
    store: Store,
    kek: KeyEncryptionKey,
    root: KeyEncryptionKey,
}

impl Vault {
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Seals the secrets of one session under a data key of its own.
    pub(crate) fn seal_session(&self, id: &str, plain: &str) -> Result<Sealed, StoreError> {
        let data_key = Key::random();
        Ok(Sealed {
            wrapped: self.root.0.seal(
                &Place::of_installation("data_key", id),
                data_key.0.as_slice(),
            )?,
            blob: data_key.seal(&Place::of_installation("session", id), plain.as_bytes())?,
        })
    }

    /// Opens what [`seal_session`](Self::seal_session) sealed for the same session.
    pub(crate) fn open_session(
        &self,
        id: &str,
        wrapped: &[u8],
        blob: &[u8],
    ) -> Result<SecretString, StoreError> {
        let key = self.unwrap(&Place::of_installation("data_key", id), wrapped)?;
        let plain = key.open(&Place::of_installation("session", id), blob)?;
        let text = std::str::from_utf8(&plain)
            .map_err(|_| StoreError::Corrupt("a session is not text"))?;
        Ok(SecretString::from(text))
    }

    /// Id of the key that a database was set up with; `None` for a new installation.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn wanted_key(store: &Store) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("select vault_key_id from installation")
            .fetch_optional(store.one())
            .await?)
    }

    /// A key for one purpose that is neither stored nor told, the same in every process of this installation.
    #[must_use]
    pub fn derived_key(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let digest = Sha256::new()
            .chain_update(b"portcullis derived key")
            .chain_update((purpose.len() as u64).to_be_bytes())
            .chain_update(purpose.as_bytes())
            .chain_update(self.root.0.0.as_slice())
            .finalize();
        Zeroizing::new(digest.into())
    }

    /// Seals all secrets of an integration under a new data key, in the caller's transaction. Older ones must be gone.
    pub(crate) async fn seal_all(
        &self,
        tx: &mut Tx,
        owner: SecretOwner<'_>,
        data_key_version: i32,
        secrets: &BTreeMap<String, SecretString>,
    ) -> Result<(), StoreError> {
        let data_key = Key::random();
        let wrapped = self.root.0.seal(
            &owner.place("data_key", "", data_key_version),
            data_key.0.as_slice(),
        )?;
        sqlx::query("insert into data_key (account_id, integration_id, version, wrapped) values ($1, $2, $3, $4)")
            .bind(owner.account_id)
            .bind(owner.integration_id)
            .bind(data_key_version)
            .bind(wrapped)
            .execute(tx.one())
            .await?;
        let names: Vec<&str> = secrets.keys().map(String::as_str).collect();
        let blobs = secrets
            .iter()
            .map(|(name, secret)| {
                data_key.seal(
                    &owner.place("secret", name, data_key_version),
                    secret.expose_secret().as_bytes(),
                )
            })
            .collect::<Result<Vec<_>, _>>()?;
        sqlx::query(
            "insert into secret (account_id, integration_id, name, data_key_version, blob)
             select $1, $2, name, $3, blob from unnest($4::text[], $5::bytea[]) as s(name, blob)",
        )
        .bind(owner.account_id)
        .bind(owner.integration_id)
        .bind(data_key_version)
        .bind(names)
        .bind(blobs)
        .execute(tx.one())
        .await?;
        Ok(())
    }

    /// Replaces all secrets of an integration and the data key under them. Its credentials count as unchecked again.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn replace(
        &self,
        account_id: &str,
        integration_id: &str,
        secrets: &BTreeMap<String, SecretString>,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        self.replace_within(&mut tx, (account_id, integration_id), secrets, None)
            .await?;
        tx.commit().await
    }

    /// The same in the caller's transaction. Sessions that were opened with the credentials of `kept` stay.
    async fn replace_within(
        &self,
        tx: &mut Tx,
        (account_id, integration_id): (&str, &str),
        secrets: &BTreeMap<String, SecretString>,
        kept: Option<&str>,
    ) -> Result<(), StoreError> {
        let environment: Environment = sqlx::query_scalar(
            "update integration set credentials = 'unchecked', credentials_message = null, credentials_code = null,
                    updated_at = now()
             where account_id = $1 and id = $2 and archived_at is null returning environment",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_one(tx.one())
        .await?;
        crate::session::retire_sessions(tx, account_id, integration_id, kept).await?;
        sqlx::query("delete from secret where account_id = $1 and integration_id = $2")
            .bind(account_id)
            .bind(integration_id)
            .execute(tx.one())
            .await?;
        let last: Option<i32> = sqlx::query_scalar(
            "with gone as (delete from data_key where account_id = $1 and integration_id = $2 returning version)
             select max(version) from gone",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_one(tx.one())
        .await?;
        let owner = SecretOwner {
            account_id,
            integration_id,
            environment,
        };
        self.seal_all(tx, owner, last.unwrap_or(0) + 1, secrets)
            .await
    }

    /// All secrets of an integration by name, opened.
    ///
    /// # Errors
    /// `NotFound` when there is no such integration, `Corrupt` when a blob was changed or moved, `Unavailable`, `Database`.
    pub async fn open_all(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<BTreeMap<String, SecretString>, StoreError> {
        #[derive(sqlx::FromRow)]
        struct Sealed {
            environment: Environment,
            version: Option<i32>,
            wrapped: Option<Vec<u8>>,
            name: Option<String>,
            blob: Option<Vec<u8>>,
        }
        let rows: Vec<Sealed> = sqlx::query_as(
            "select i.environment, k.version, k.wrapped, s.name, s.blob
             from integration i
             left join secret s on s.account_id = i.account_id and s.integration_id = i.id
             left join data_key k on k.account_id = i.account_id and k.integration_id = i.id and k.version = s.data_key_version
             where i.account_id = $1 and i.id = $2",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_all(self.store.one())
        .await?;
        if rows.is_empty() {
            return Err(StoreError::NotFound);
        }
        let mut secrets = BTreeMap::new();
        for row in rows {
            let (Some(version), Some(wrapped), Some(name), Some(blob)) =
                (row.version, row.wrapped, row.name, row.blob)
            else {
                continue;
            };
            let owner = SecretOwner {
                account_id,
                integration_id,
                environment: row.environment,
            };
            let data_key = self.unwrap(&owner.place("data_key", "", version), &wrapped)?;
            let plain = data_key.open(&owner.place("secret", &name, version), &blob)?;
            let text = std::str::from_utf8(&plain)
                .map_err(|_| StoreError::Corrupt("a secret is not text"))?;
            secrets.insert(name, SecretString::from(text));
        }
        Ok(secrets)
    }
}
