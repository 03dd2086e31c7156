//! `portcullis support-bundle`: what somebody else needs to see to understand a sync, and nothing of a customer's data.
//!
//! What goes in is chosen, not what stays out: words of our own, counts, times and codes. Sentences, which may hold a
//! vendor's words, lose what is quoted, addresses and numbers of more than four digits.

use std::path::PathBuf;

use portcullis_service::{Principal, Service, ServiceConfig, ServiceError};
use portcullis_store::{Environment, Store};
use regex_lite::Regex;
use serde_json::{Map, Value, json};

use crate::cli::SupportBundle;
use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;
use crate::output::Output;

/// Most lines of the log that go in, the newest ones.
const LINES: u64 = 10_000;

pub(super) async fn run(
    wanted: SupportBundle,
    config: &Config,
    database: &Database,
    output: Output,
) -> Result<(), Failure> {
    let vault = database.vault(config, output).await?;
    let service_config = ServiceConfig {
        allow_loopback: config.egress.allow_loopback,
    };
    let service = Service::new(&database.store, vault, service_config);
    let account = database.account(wanted.account.account.as_deref()).await?;
    let path = wanted
        .output
        .unwrap_or_else(|| PathBuf::from(format!("{}.json", wanted.sync_id)));
    if path.exists() {
        return Err(super::backup::exists(&path));
    }
    let (principal, sync) = find(&service, &account.id, &wanted.sync_id).await?;
    let words = Words::new()?;
    let integration = sync.integration_id.clone();
    let (lines, _) = service
        .sync_log(&principal, &wanted.sync_id, 0, LINES)
        .await?;
    let letters = service
        .list_dead_letters(&principal, &wanted.sync_id)
        .await?;
    let access = json!(service.data_access(&principal, &integration).await?);
    let schedule = json!(service.schedule(&principal, &integration).await?);
    let connectors = database.store.list_connectors().await?;
    let connectors = connectors.iter().map(|it| {
        json!({"id": it.connector_id, "version": it.version, "digest": it.digest, "status": it.status})
    });
    let lines = lines.iter().map(|it| {
        json!({
            "at": it.at, "level": it.level, "event": it.event, "model": it.model, "run_id": it.run_id,
            "message": words.redacted(&it.message), "detail": words.plain(&it.detail),
        })
    });
    let letters = letters.iter().map(|it| {
        json!({"at": it.at, "model": it.model, "kind": it.kind, "message": words.redacted(&it.message)})
    });
    let bundle = json!({
        "program": env!("CARGO_PKG_VERSION"),
        "schema": database.store.schema_version().await?,
        "schema_known": Store::newest_schema_version(),
        "made_at": chrono::Utc::now(),
        "sync": words.plain(&json!(sync)),
        "log": lines.collect::<Vec<_>>(),
        "dead_letters": letters.collect::<Vec<_>>(),
        "data_access": words.plain(&access),
        "schedule": words.plain(&schedule),
        "connectors": connectors.collect::<Vec<_>>(),
        "config": words.plain(&config.to_json()?),
    });
    let text = format!("{bundle:#}\n");
    std::fs::write(&path, text).map_err(|error| {
        Failure::new(
            "file_unwritable",
            format!("cannot write {}: {error}", path.display()),
        )
    })?;
    output.answer(&json!({"file": path}), || {
        format!(
            "Wrote {}. It holds no credential, name or record; read it before you send it.",
            path.display()
        )
    });
    Ok(())
}

/// The sync, in whichever environment it is.
async fn find(
    service: &Service,
    account_id: &str,
    sync_id: &str,
) -> Result<(Principal, portcullis_service::SyncView), Failure> {
    for environment in [Environment::Sandbox, Environment::Production] {
        let principal = Principal::operator(account_id, environment);
        match service.get_sync(&principal, sync_id).await {
            Ok(sync) => return Ok((principal, sync)),
            Err(ServiceError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new(
        "sync_not_found",
        format!("account {account_id} has no sync {sync_id}"),
    ))
}

/// What tells our words from a customer's.
struct Words {
    ours: Regex,
    theirs: Regex,
}

impl Words {
    fn new() -> Result<Self, Failure> {
        let broken = |error: regex_lite::Error| Failure::new("internal_error", error.to_string());
        Ok(Self {
            // Codes, ids, versions, times, durations: nothing with a space, nothing that a person is called.
            ours: Regex::new(
                r"^([a-z]+(_[a-z0-9]+)*|[A-Z]+|(syn|run|int|acc|chk)_[a-z0-9]+|[0-9][0-9A-Za-z:.+ -]*|)$",
            )
            .map_err(broken)?,
            theirs: Regex::new(
                r#"`[^`]*`|"[^"]*"|'[^']*'|\([^)]*\)|[^\s]+@[^\s]+|https?://[^\s]+|[0-9]{5,}"#,
            )
            .map_err(broken)?,
        })
    }

    /// A sentence without what may be a customer's.
    fn redacted(&self, sentence: &str) -> String {
        self.theirs.replace_all(sentence, "…").into_owned()
    }

    /// Numbers, switches and our own words; sentences redacted under the names that hold some; all else is left out.
    fn plain(&self, value: &Value) -> Value {
        match value {
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .filter(|(name, _)| !is_theirs(name))
                    .map(|(name, value)| {
                        let kept = match value {
                            Value::String(text) if is_sentence(name) => self.redacted(text).into(),
                            other => self.plain(other),
                        };
                        (name.clone(), kept)
                    })
                    .collect::<Map<_, _>>(),
            ),
            Value::Array(items) => items.iter().map(|item| self.plain(item)).collect(),
            Value::String(text) if !self.ours.is_match(text) => "…".into(),
            other => other.clone(),
        }
    }
}

/// Members whose very presence would say too much.
fn is_theirs(name: &str) -> bool {
    matches!(
        name,
        "name"
            | "settings"
            | "vendor_account"
            | "sample"
            | "base_url"
            | "x_id"
            | "url"
            | "host"
            | "path"
    )
}

fn is_sentence(name: &str) -> bool {
    matches!(
        name,
        "message" | "error_message" | "vendor_message" | "skip_message"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_words_stay_and_everything_else_goes() {
        let words = Words::new().unwrap();
        assert_eq!(
            words.redacted("the lease \"Ann Lee\" of ann@example.com (17 Elm) has no unit 1234567"),
            "the lease … of … … has no unit …"
        );
        let plain = words.plain(&json!({
            "status": "partial", "rows": 7, "name": "Ann Lee", "at": "2026-11-24T01:02:03.5Z",
            "sync": "syn_4f1m0a", "settings": {"clientId": "abc"}, "other": "Ann Lee", "list": ["units", "Ann Lee"],
        }));
        assert_eq!(
            plain,
            json!({
                "status": "partial", "rows": 7, "at": "2026-11-24T01:02:03.5Z", "sync": "syn_4f1m0a",
                "other": "…", "list": ["units", "…"],
            })
        );
    }
}
