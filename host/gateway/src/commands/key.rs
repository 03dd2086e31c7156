//! `portcullis key …`.

use chrono::{TimeDelta, Utc};
use portcullis_store::{ApiKeyRow, NewKey, StoreError};
use secrecy::ExposeSecret;
use serde_json::json;

use super::time;
use crate::cli::Key;
use crate::database::Database;
use crate::failure::Failure;
use crate::output::{Output, table};

pub(super) async fn run(command: Key, database: &Database, output: Output) -> Result<(), Failure> {
    match command {
        Key::Create {
            name,
            account,
            environment,
            role,
            expires_in,
        } => {
            let account = database.account(account.account.as_deref()).await?;
            let expires_at = match expires_in {
                None => None,
                Some(span) => Some(
                    TimeDelta::from_std(span)
                        .ok()
                        .and_then(|span| Utc::now().checked_add_signed(span))
                        .ok_or_else(|| {
                            Failure::new("invalid_value", "--expires-in lies too far in the future")
                        })?,
                ),
            };
            let new = NewKey {
                account_id: account.id,
                name,
                environment: environment.into(),
                role: role.into(),
                expires_at,
            };
            let (row, plain) = database.store.create_key(new).await?;
            let detail =
                json!({"name": row.name, "environment": row.environment, "role": row.role});
            let account = Some(row.account_id.as_str());
            super::audit(database, account, "key.create", &row.id, detail).await?;
            let mut answer = json!(row);
            answer["key"] = json!(plain.expose_secret());
            output.answer(&answer, || {
                format!(
                    "Created {} key {} for {}. It is shown this once:\n\n  {}",
                    row.role,
                    row.id,
                    row.environment,
                    plain.expose_secret()
                )
            });
        }
        Key::List { account } => {
            let account = database.account(account.account.as_deref()).await?;
            let keys = database.store.list_keys(&account.id).await?;
            output.answer(&json!({"keys": keys}), || {
                table(
                    [
                        "ID",
                        "NAME",
                        "KEY",
                        "ENVIRONMENT",
                        "ROLE",
                        "STATE",
                        "LAST USED",
                    ],
                    keys.iter().map(row),
                )
            });
        }
        Key::Revoke { id, account } => {
            let account = database.account(account.account.as_deref()).await?;
            let revoked = database
                .store
                .revoke_key(&account.id, &id)
                .await
                .map_err(|error| match error {
                    StoreError::NotFound => Failure::new(
                        "key_not_found",
                        format!(
                            "account {} has no key {id}; see `portcullis key list`",
                            account.id
                        ),
                    ),
                    other => other.into(),
                })?;
            let (id, detail) = (&revoked.id, json!({"name": revoked.name}));
            super::audit(database, Some(&account.id), "key.revoke", id, detail).await?;
            output.answer(&json!(revoked), || {
                format!("Revoked {} ({}).", revoked.id, revoked.name)
            });
        }
    }
    Ok(())
}

fn row(key: &ApiKeyRow) -> [String; 7] {
    let state = match (key.revoked_at, key.expires_at) {
        (Some(at), _) => format!("revoked {}", time(at)),
        (None, Some(at)) if at <= Utc::now() => format!("expired {}", time(at)),
        (None, Some(at)) => format!("good until {}", time(at)),
        (None, None) => "good".to_owned(),
    };
    [
        key.id.clone(),
        key.name.clone(),
        format!("…{}", key.hint),
        key.environment.to_string(),
        key.role.to_string(),
        state,
        key.last_used_at.map_or_else(|| "never".to_owned(), time),
    ]
}
