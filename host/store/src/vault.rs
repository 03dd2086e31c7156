//! Encrypted credentials.
//!
//! Each integration has a data key of its own, wrapped by the installation's key-encryption key. Everything is
//! XChaCha20-Poly1305; a blob is one byte of format, eight bytes of key id, 24 bytes of nonce and the ciphertext.
//! The associated data ties a blob to its place: a blob that is copied to another row does not open.

mod candidate;

use crate::connection::Tx;
use crate::ids::base32;
use crate::{Environment, Store, StoreError, random_id};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use zeroize::{Zeroize, Zeroizing};

const FORMAT: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 24;
const HEADER: usize = 1 + KEY_ID + NONCE;
const CHECK_TEXT: &[u8] = b"portcullis";

pub use candidate::Candidate;

/// 32 bytes of key that are wiped when dropped and never printed.
struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// Derived from the key by a hash: names it without telling it.
    fn id(&self) -> [u8; KEY_ID] {
        let digest = Sha256::new()
            .chain_update(b"portcullis key id")
            .chain_update(self.0.as_slice())
            .finalize();
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest[..KEY_ID]);
        id
    }

    fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce: [u8; NONCE] = rand::random();
        let cipher = XChaCha20Poly1305::new(&(*self.0).into());
        let sealed = cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: &place.associated_data(),
                },
            )
            .map_err(|_| StoreError::Corrupt("a secret is too large to seal"))?;
        let mut blob = Vec::with_capacity(HEADER + sealed.len());
        blob.push(FORMAT);
        blob.extend_from_slice(&self.id());
        blob.extend_from_slice(&nonce);
        blob.extend_from_slice(&sealed);
        Ok(blob)
    }

    fn open(&self, place: &Place<'_>, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        const BROKEN: StoreError = StoreError::Corrupt("a sealed value does not open");
        if blob.len() < HEADER || blob[0] != FORMAT || blob[1..=KEY_ID] != self.id() {
            return Err(BROKEN);
        }
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&blob[1 + KEY_ID..HEADER]);
        XChaCha20Poly1305::new(&(*self.0).into())
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: &blob[HEADER..],
                    aad: &place.associated_data(),
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| BROKEN)
    }
}

/// Where a blob belongs.
#[derive(Clone, Copy)]
struct Place<'a> {
    account_id: &'a str,
    integration_id: &'a str,
    environment: &'a str,
    kind: &'a str,
    name: &'a str,
    data_key_version: i32,
}

impl Place<'_> {
    /// Every part with its length before it, so that no two places give the same bytes.
    fn associated_data(&self) -> Vec<u8> {
        let version = self.data_key_version.to_be_bytes();
        let parts: [&[u8]; 7] = [
            &[FORMAT],
            self.account_id.as_bytes(),
            self.integration_id.as_bytes(),
            self.environment.as_bytes(),
            self.kind.as_bytes(),
            self.name.as_bytes(),
            &version,
        ];
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

/// The installation's key: wraps every data key, seals nothing else.
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

/// Sessions are shared by integrations, so they belong to none of them.
fn session_place<'a>(id: &'a str, kind: &'a str) -> Place<'a> {
    Place {
        account_id: "",
        integration_id: "",
        environment: "",
        kind,
        name: id,
        data_key_version: 0,
    }
}

fn unwrapped(opened: Zeroizing<Vec<u8>>) -> Result<Key, StoreError> {
    let mut key = Zeroizing::new([0; 32]);
    if opened.len() != key.len() {
        return Err(StoreError::Corrupt("a data key has the wrong length"));
    }
    key.copy_from_slice(&opened);
    Ok(Key(key))
}

/// Seals and opens the credentials of integrations.
#[derive(Debug, Clone)]
pub struct Vault {
    store: Store,
    kek: KeyEncryptionKey,
}

impl Vault {
    /// Opens the vault of this database. A new installation takes the given key and writes a check value for it.
    ///
    /// # Errors
    /// `WrongVaultKey` names the key that the database was set up with; `Corrupt` when the check value does not open
    /// although the key's id fits; `Unavailable`, `Database`.
    pub async fn open(store: &Store, kek: KeyEncryptionKey) -> Result<Self, StoreError> {
        let id = kek.id();
        let place = Place {
            account_id: "",
            integration_id: "",
            environment: "",
            kind: "key_check",
            name: "",
            data_key_version: 0,
        };
        let check = kek.0.seal(&place, CHECK_TEXT)?;
        // Many processes may start on a new database at once: the first one's row stays.
        sqlx::query(
            "insert into installation (id, vault_key_id, key_check) values ($1, $2, $3) on conflict (only_row) do nothing",
        )
        .bind(random_id("ins_"))
        .bind(&id)
        .bind(check)
        .execute(store.one())
        .await?;
        let (wanted, stored): (String, Vec<u8>) =
            sqlx::query_as("select vault_key_id, key_check from installation")
                .fetch_one(store.one())
                .await?;
        if wanted != id {
            return Err(StoreError::WrongVaultKey { wanted });
        }
        if kek.0.open(&place, &stored)?.as_slice() != CHECK_TEXT {
            return Err(StoreError::Corrupt("the vault's check value is wrong"));
        }
        Ok(Self {
            store: store.clone(),
            kek,
        })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Seals the secrets of one session under a data key of its own.
    pub(crate) fn seal_session(&self, id: &str, plain: &str) -> Result<Sealed, StoreError> {
        let data_key = Key(Zeroizing::new(rand::random()));
        Ok(Sealed {
            wrapped: self
                .kek
                .0
                .seal(&session_place(id, "data_key"), data_key.0.as_slice())?,
            blob: data_key.seal(&session_place(id, "session"), plain.as_bytes())?,
        })
    }

    /// Opens what [`seal_session`](Self::seal_session) sealed for the same session.
    pub(crate) fn open_session(
        &self,
        id: &str,
        wrapped: &[u8],
        blob: &[u8],
    ) -> Result<SecretString, StoreError> {
        let key = unwrapped(self.kek.0.open(&session_place(id, "data_key"), wrapped)?)?;
        let plain = key.open(&session_place(id, "session"), blob)?;
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
            .chain_update(self.kek.0.0.as_slice())
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
        let data_key = Key(Zeroizing::new(rand::random()));
        let wrapped = self.kek.0.seal(
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
            let opened = self
                .kek
                .0
                .open(&owner.place("data_key", "", version), &wrapped)?;
            let plain = unwrapped(opened)?.open(&owner.place("secret", &name, version), &blob)?;
            let text = std::str::from_utf8(&plain)
                .map_err(|_| StoreError::Corrupt("a secret is not text"))?;
            secrets.insert(name, SecretString::from(text));
        }
        Ok(secrets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(byte: u8) -> Key {
        Key(Zeroizing::new([byte; 32]))
    }

    proptest! {
        #[test]
        fn opens_only_in_its_own_place(parts in proptest::array::uniform5("[a-z]{0,6}"), version in 0..9i32, other in 0..6usize,
                                       changed in "[a-z]{0,6}", plain in proptest::collection::vec(any::<u8>(), 0..64)) {
            let here = Place { account_id: &parts[0], integration_id: &parts[1], environment: &parts[2],
                               kind: &parts[3], name: &parts[4], data_key_version: version };
            let mut there = here;
            match other {
                0 => there.account_id = &changed,
                1 => there.integration_id = &changed,
                2 => there.environment = &changed,
                3 => there.kind = &changed,
                4 => there.name = &changed,
                _ => there.data_key_version += 1,
            }
            let blob = key(7).seal(&here, &plain).unwrap();
            let opened = key(7).open(&here, &blob).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
            let same = other < 5 && parts[other] == changed;
            prop_assert_eq!(key(7).open(&there, &blob).is_ok(), same);
            prop_assert!(key(8).open(&here, &blob).is_err());
        }

        #[test]
        fn parts_cannot_slide_into_each_other(a in "[a-z]{1,6}", b in "[a-z]{1,6}") {
            let joined = format!("{a}{b}");
            let place = Place { account_id: &a, integration_id: &b, environment: "", kind: "", name: "", data_key_version: 1 };
            let slid = Place { account_id: &joined, integration_id: "", ..place };
            prop_assert_ne!(place.associated_data(), slid.associated_data());
        }

        #[test]
        fn any_flipped_bit_is_noticed(plain in proptest::collection::vec(any::<u8>(), 1..64), at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let place = Place { account_id: "a", integration_id: "i", environment: "sandbox", kind: "secret", name: "n", data_key_version: 1 };
            let mut blob = key(7).seal(&place, &plain).unwrap();
            let at = at.index(blob.len());
            blob[at] ^= 1 << bit;
            prop_assert!(key(7).open(&place, &blob).is_err());
        }
    }
}
