//! The root key: made once, sealed by the operator's key, and sealed anew by the next one.

use super::seal::{Key, Place, sealed_with};
use super::{KeyEncryptionKey, Vault};
use crate::connection::Tx;
use crate::{Store, StoreError, random_id};
use sqlx::AssertSqlSafe;
use std::sync::Arc;
use zeroize::Zeroizing;

const CHECK_TEXT: &[u8] = b"portcullis";
const CHECK: Place<'_> = Place::of_installation("key_check", "");
const ROOT: Place<'_> = Place::of_installation("root_key", "");

/// Where data keys lie, with the columns that name their place.
const WRAPPED: [(&str, &str); 3] = [
    (
        "data_key",
        "k.account_id, k.integration_id, i.environment, 'data_key', '', k.version",
    ),
    (
        "credential_candidate",
        "k.account_id, k.integration_id, i.environment, 'candidate_key', k.check_id, 0",
    ),
    ("session", "'', '', '', 'data_key', k.id, 0"),
];

impl Vault {
    /// Opens the vault of this database. A new installation takes the given key and writes a check value for it.
    ///
    /// # Errors
    /// `WrongVaultKey` names the key that the database was set up with; `Corrupt` when the check value does not open
    /// although the key's id fits; `Unavailable`, `Database`.
    pub async fn open(store: &Store, kek: KeyEncryptionKey) -> Result<Self, StoreError> {
        let id = kek.id();
        let fresh = kek.0.seal(&ROOT, Key::random().0.as_slice())?;
        // Many processes may start on a new database at once: the first one's row stays, and its root key.
        sqlx::query(
            "insert into installation (id, vault_key_id, key_check, root_key) values ($1, $2, $3, $4)
             on conflict (only_row) do nothing",
        )
        .bind(random_id("ins_"))
        .bind(&id)
        .bind(kek.0.seal(&CHECK, CHECK_TEXT)?)
        .bind(&fresh)
        .execute(store.one())
        .await?;
        // A database from before there were root keys.
        sqlx::query(
            "update installation set root_key = $1 where root_key is null and vault_key_id = $2",
        )
        .bind(&fresh)
        .bind(&id)
        .execute(store.one())
        .await?;
        let (wanted, check, root): (String, Vec<u8>, Option<Vec<u8>>) =
            sqlx::query_as("select vault_key_id, key_check, root_key from installation")
                .fetch_one(store.one())
                .await?;
        if wanted != id {
            return Err(StoreError::WrongVaultKey { wanted });
        }
        if kek.0.open(&CHECK, &check)?.as_slice() != CHECK_TEXT {
            return Err(StoreError::Corrupt("the vault's check value is wrong"));
        }
        let root = root.ok_or(StoreError::Corrupt("the vault has no root key"))?;
        let root = key_of(&kek.0.open(&ROOT, &root)?)?;
        Ok(Self {
            store: store.clone(),
            kek,
            root: KeyEncryptionKey(Arc::new(root)),
        })
    }

    /// Seals the root key with another operator's key, in one transaction: from then on only that one opens this
    /// vault. Whoever has it open already goes on, since the root key stays the same.
    ///
    /// # Errors
    /// `WrongVaultKey` when another process was faster, `Corrupt`, `Unavailable`, `Database`.
    pub async fn rotate(&self, next: &KeyEncryptionKey) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let wanted: String = sqlx::query_scalar("select vault_key_id from installation for update")
            .fetch_one(tx.one())
            .await?;
        if wanted != self.kek.id() {
            return Err(StoreError::WrongVaultKey { wanted });
        }
        for (table, place) in WRAPPED {
            self.wrap_anew(&mut tx, table, place).await?;
        }
        sqlx::query("update installation set vault_key_id = $1, key_check = $2, root_key = $3")
            .bind(next.id())
            .bind(next.0.seal(&CHECK, CHECK_TEXT)?)
            .bind(next.0.seal(&ROOT, self.root.0.0.as_slice())?)
            .execute(tx.one())
            .await?;
        tx.commit().await
    }

    /// Wraps what the operator's key itself had wrapped, before there were root keys.
    async fn wrap_anew(&self, tx: &mut Tx, table: &str, place: &str) -> Result<(), StoreError> {
        #[derive(sqlx::FromRow)]
        struct Row {
            wrapped: Vec<u8>,
            account_id: String,
            integration_id: String,
            environment: String,
            kind: String,
            name: String,
            version: i32,
        }
        let integration = if table == "session" {
            ""
        } else {
            "join integration i on i.account_id = k.account_id and i.id = k.integration_id"
        };
        let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
            "select wrapped, account_id, integration_id, environment::text, kind, name, version
             from (select k.wrapped, {place} from {table} k {integration} where substring(k.wrapped from 2 for 8) = $1)
                  as it (wrapped, account_id, integration_id, environment, kind, name, version)"
        )))
        .bind(self.kek.0.id().as_slice())
        .fetch_all(tx.one())
        .await?;
        for row in rows {
            let place = Place {
                account_id: &row.account_id,
                integration_id: &row.integration_id,
                environment: &row.environment,
                kind: &row.kind,
                name: &row.name,
                data_key_version: row.version,
            };
            let key = self.unwrap(&place, &row.wrapped)?;
            // No two blobs are alike: each has a nonce of its own.
            sqlx::query(AssertSqlSafe(format!(
                "update {table} set wrapped = $1 where wrapped = $2"
            )))
            .bind(self.root.0.seal(&place, key.0.as_slice())?)
            .bind(&row.wrapped)
            .execute(tx.one())
            .await?;
        }
        Ok(())
    }

    /// Opens a wrapped data key.
    pub(super) fn unwrap(&self, place: &Place<'_>, wrapped: &[u8]) -> Result<Key, StoreError> {
        // Before there were root keys the operator's key wrapped all.
        let by = if sealed_with(wrapped) == Some(&self.kek.0.id()) {
            &self.kek
        } else {
            &self.root
        };
        key_of(&by.0.open(place, wrapped)?)
    }
}

fn key_of(opened: &[u8]) -> Result<Key, StoreError> {
    let mut key = Zeroizing::new([0; 32]);
    if opened.len() != key.len() {
        return Err(StoreError::Corrupt("a wrapped key has the wrong length"));
    }
    key.copy_from_slice(opened);
    Ok(Key(key))
}
