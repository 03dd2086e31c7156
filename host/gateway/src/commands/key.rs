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
            integrations,
            models,
            rate_limit,
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
            let account_id = account.id.clone();
            let new = NewKey {
                account_id: account.id,
                name,
                environment: environment.into(),
                role: role.into(),
                expires_at,
                integrations: some(integrations),
                models: some(models),
                requests_per_minute: rate_limit,
            };
            let made = database.store.create_key(new).await;
            let (row, plain) = made.map_err(|error| match error {
                StoreError::Conflict { .. } => Failure::new(
                    "unknown_integration",
                    format!(
                        "an integration that was named is none of account {account_id} in the key's environment; see \
                         `portcullis integration list`"
                    ),
                ),
                other => other.into(),
            })?;
            // Ids of integrations stay out: erasing one must leave no word of it.
            let detail = json!({
                "name": row.name,
                "environment": row.environment,
                "role": row.role,
                "integrations": row.integrations.as_ref().map(Vec::len),
                "models": row.models,
                "requests_per_minute": row.requests_per_minute,
            });
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
                        "REACHES",
                        "STATE",
                        "LAST USED",
                    ],
                    keys.iter().map(row),
                )
            });
        }
        Key::Rotate {
            id,
            account,
            overlap,
        } => {
            let account = database.account(account.account.as_deref()).await?;
            let rotated = database.store.rotate_key(&account.id, &id, overlap).await;
            let rotated = rotated.map_err(|error| match error {
                StoreError::NotFound => missing(&account.id, &id),
                StoreError::Conflict { what: "key_ended" } => Failure::new(
                    "key_ended",
                    format!("key {id} is revoked or has expired; create a new one"),
                ),
                StoreError::Conflict { .. } => Failure::new(
                    "key_replaced",
                    format!("key {id} was rotated already; `portcullis key list --json` names its successor"),
                ),
                other => other.into(),
            })?;
            let (successor, replaced) = (&rotated.successor, &rotated.replaced);
            let detail = json!({"successor": successor.id, "works_until": replaced.expires_at});
            super::audit(
                database,
                Some(&account.id),
                "key.rotate",
                &replaced.id,
                detail,
            )
            .await?;
            let plain = rotated.key.expose_secret();
            let mut answer = json!(successor);
            answer["key"] = json!(plain);
            answer["replaces"] = json!(replaced);
            output.answer(&answer, || {
                let until = replaced.expires_at.map_or_else(String::new, time);
                format!(
                    "Created {} in the place of {}, which works until {until}. It is shown this once:\n\n  {plain}",
                    successor.id, replaced.id,
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
                    StoreError::NotFound => missing(&account.id, &id),
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

fn missing(account: &str, id: &str) -> Failure {
    Failure::new(
        "key_not_found",
        format!("account {account} has no key {id}; see `portcullis key list`"),
    )
}

/// What a flag named, or nothing where it was not given.
fn some(named: Vec<String>) -> Option<Vec<String>> {
    (!named.is_empty()).then_some(named)
}

/// What a key reaches of its account, in a few words.
fn reach(key: &ApiKeyRow) -> String {
    let part = |names: &Option<Vec<String>>, one: &str| {
        names.as_ref().map(|names| match names.len() {
            1 => format!("1 {one}"),
            many => format!("{many} {one}s"),
        })
    };
    let parts = [
        part(&key.integrations, "integration"),
        part(&key.models, "model"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        "all".to_owned()
    } else {
        parts.join(", ")
    }
}

fn row(key: &ApiKeyRow) -> [String; 8] {
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
        reach(key),
        state,
        key.last_used_at.map_or_else(|| "never".to_owned(), time),
    ]
}
