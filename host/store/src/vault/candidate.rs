//! New credentials that wait for a check: sealed like the others, and in use by nobody but that check.

use super::{Key, SecretOwner, Vault};
use crate::{CheckLease, CredentialsState, Environment, StoreError, Wake};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::collections::BTreeMap;

/// Credentials that a check tries.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The manifest's settings: an object of strings.
    pub settings: Value,
    /// The manifest's secrets by name.
    pub secrets: BTreeMap<String, SecretString>,
}

impl Vault {
    /// Keeps new credentials and queues the check that decides about them, in one transaction. Returns the check's id.
    ///
    /// # Errors
    /// `NotFound`; `Conflict{integration_archived}`; `Conflict{check_running}` when a check is unfinished; `Unavailable`,
    /// `Database`.
    pub async fn propose(
        &self,
        account_id: &str,
        integration_id: &str,
        candidate: &Candidate,
    ) -> Result<String, StoreError> {
        let mut tx = self.store.begin().await?;
        let (environment, archived): (Environment, bool) = sqlx::query_as(
            "select environment, archived_at is not null from integration where account_id = $1 and id = $2 for share",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_one(tx.one())
        .await?;
        if archived {
            return Err(StoreError::Conflict {
                what: "integration_archived",
            });
        }
        let check_id = crate::access::insert_check(&mut tx, account_id, integration_id).await?;
        sqlx::query("update access_check set candidate = true where account_id = $1 and id = $2")
            .bind(account_id)
            .bind(&check_id)
            .execute(tx.one())
            .await?;
        let owner = SecretOwner {
            account_id,
            integration_id,
            environment,
        };
        let key = Key::random();
        let wrapped = self.root.0.seal(
            &owner.place("candidate_key", &check_id, 0),
            key.0.as_slice(),
        )?;
        let blobs = candidate
            .secrets
            .iter()
            .map(|(name, secret)| {
                key.seal(
                    &owner.place("candidate", name, 0),
                    secret.expose_secret().as_bytes(),
                )
            })
            .collect::<Result<Vec<_>, _>>()?;
        // What an earlier check left behind when it was archived away is of no use to anybody.
        sqlx::query(
            "insert into credential_candidate (account_id, integration_id, check_id, settings, wrapped, names, blobs)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (account_id, integration_id) do update set check_id = excluded.check_id,
                settings = excluded.settings, wrapped = excluded.wrapped, names = excluded.names, blobs = excluded.blobs,
                created_at = now()",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(&check_id)
        .bind(&candidate.settings)
        .bind(wrapped)
        .bind(candidate.secrets.keys().map(String::as_str).collect::<Vec<_>>())
        .bind(blobs)
        .execute(tx.one())
        .await?;
        tx.notify(&Wake::Work).await?;
        tx.commit().await?;
        Ok(check_id)
    }

    /// The credentials that a check tries, opened.
    ///
    /// # Errors
    /// `NotFound` when the check tries none, `Corrupt`, `Unavailable`, `Database`.
    pub async fn open_candidate(&self, held: &CheckLease) -> Result<Candidate, StoreError> {
        #[derive(sqlx::FromRow)]
        struct Row {
            environment: Environment,
            settings: Value,
            wrapped: Vec<u8>,
            names: Vec<String>,
            blobs: Vec<Vec<u8>>,
        }
        let row: Row = sqlx::query_as(
            "select i.environment, c.settings, c.wrapped, c.names, c.blobs from credential_candidate c
             join integration i on i.account_id = c.account_id and i.id = c.integration_id
             where c.account_id = $1 and c.integration_id = $2 and c.check_id = $3",
        )
        .bind(&held.account_id)
        .bind(&held.integration_id)
        .bind(&held.check_id)
        .fetch_one(self.store.one())
        .await?;
        let owner = SecretOwner {
            account_id: &held.account_id,
            integration_id: &held.integration_id,
            environment: row.environment,
        };
        let key = self.unwrap(
            &owner.place("candidate_key", &held.check_id, 0),
            &row.wrapped,
        )?;
        let mut secrets = BTreeMap::new();
        for (name, blob) in row.names.into_iter().zip(row.blobs) {
            let plain = key.open(&owner.place("candidate", &name, 0), &blob)?;
            let text = std::str::from_utf8(&plain)
                .map_err(|_| StoreError::Corrupt("a secret is not text"))?;
            secrets.insert(name, SecretString::from(text));
        }
        Ok(Candidate {
            settings: row.settings,
            secrets,
        })
    }

    /// Puts credentials that a check found to be good in the place of the old ones, with what was found out about them,
    /// in one transaction. `fingerprint` names them among sessions: the one that the check has opened goes on.
    ///
    /// # Errors
    /// `LeaseLost` when the check is somebody else's or has ended; `NotFound`, `Unavailable`, `Database`.
    pub async fn adopt_candidate(
        &self,
        held: &CheckLease,
        candidate: &Candidate,
        fingerprint: &str,
        state: &CredentialsState,
    ) -> Result<(), StoreError> {
        let (account_id, integration_id) = (&held.account_id, &held.integration_id);
        let mut tx = self.store.begin().await?;
        let ours: Option<i64> = sqlx::query_scalar(
            "select fence from access_check where account_id = $1 and id = $2 and fence = $3 and status = 'running'
             for no key update",
        )
        .bind(account_id)
        .bind(&held.check_id)
        .bind(held.fence)
        .fetch_optional(tx.one())
        .await?;
        if ours.is_none() {
            return Err(StoreError::LeaseLost);
        }
        let of = (account_id.as_str(), integration_id.as_str());
        self.replace_within(&mut tx, of, &candidate.secrets, Some(fingerprint))
            .await?;
        sqlx::query(
            "update integration set settings = $3, credentials = $4, credentials_message = $5, credentials_code = $6,
                    vendor_account_id = coalesce($7, vendor_account_id),
                    vendor_account_name = coalesce($8, vendor_account_name), updated_at = now()
             where account_id = $1 and id = $2",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(&candidate.settings)
        .bind(state.verdict)
        .bind(&state.message)
        .bind(&state.code)
        .bind(&state.vendor_account_id)
        .bind(&state.vendor_account_name)
        .execute(tx.one())
        .await?;
        sqlx::query(
            "delete from credential_candidate where account_id = $1 and integration_id = $2",
        )
        .bind(account_id)
        .bind(integration_id)
        .execute(tx.one())
        .await?;
        tx.commit().await
    }
}
