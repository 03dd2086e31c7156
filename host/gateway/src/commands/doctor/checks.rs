//! What is looked at, one function a line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use portcullis_egress::{Client, ClientSettings, SystemResolver};
use portcullis_manifest::{Environment, Manifest};
use portcullis_runtime::inspect;
use portcullis_store::vault::{KeyEncryptionKey, Vault};
use portcullis_store::{
    ConnectorStatus, ConnectorVersionRow, IntegrationFilter, IntegrationRow, Store, StoreError,
};

use super::{Finding, State};
use crate::config::Config;
use crate::failure::Failure;
use crate::vault_key;

/// Below this, writes fail soon.
const SPACE_NEEDED: u64 = 256 << 20;
/// Below this, somebody should look.
const SPACE_WANTED: u64 = 2 << 30;
/// The difference of clocks that nobody notices.
const SKEW_UNSEEN: TimeDelta = TimeDelta::seconds(2);
/// Beyond this, expiries of keys and signed requests to vendors go wrong.
const SKEW_BORNE: TimeDelta = TimeDelta::seconds(30);
/// How long a vendor may take to accept a connection.
const REACH: Duration = Duration::from_secs(5);
/// Integrations of one account that are looked at.
const MOST: i64 = 10_000;

/// Free space below the data folder, or where it would be made.
pub(super) fn disk(data_dir: &Path) -> Finding {
    let existing = data_dir.ancestors().find(|it| it.exists());
    let space = existing
        .ok_or(rustix::io::Errno::NOENT)
        .and_then(rustix::fs::statvfs);
    let free = match space {
        Ok(space) => space.f_bavail.saturating_mul(space.f_frsize),
        Err(error) => {
            return Finding::bad(
                "disk",
                State::Fault,
                format!("cannot look at {}: {error}", data_dir.display()),
                "choose another data folder with --data-dir",
            );
        }
    };
    let detail = format!("{} free at {}", ByteSize(free), data_dir.display());
    let fix = "free some space, or move the data folder with --data-dir";
    match free {
        ..SPACE_NEEDED => Finding::bad("disk", State::Fault, detail, fix),
        SPACE_NEEDED..SPACE_WANTED => Finding::bad("disk", State::Note, detail, fix),
        _ => Finding::ok("disk", detail),
    }
}

/// The server and its schema, and its clock against this machine's.
pub(super) async fn database(store: &Store) -> (Finding, Finding) {
    let begin = Instant::now();
    let before = Utc::now();
    let facts = match store.server_facts().await {
        Ok(facts) => facts,
        Err(error) => {
            let failed = Finding::failed("database", &error.into());
            return (failed, unknown("clock"));
        }
    };
    let took = begin.elapsed();
    let middle = before + TimeDelta::from_std(took / 2).unwrap_or_default();
    let known = Store::newest_schema_version();
    let server = format!("Postgres {}, {} ms away", facts.version, took.as_millis());
    let database = match store.schema_version().await {
        Ok(0) => Finding::bad(
            "database",
            State::Fault,
            format!("{server}, without tables"),
            "make them with `portcullis migrate`",
        ),
        Ok(there) if there < known => Finding::bad(
            "database",
            State::Fault,
            format!("{server}, schema {there} where this program needs {known}"),
            "back it up, then bring it up to date with `portcullis migrate`",
        ),
        Ok(there) if there > known => Finding::bad(
            "database",
            State::Fault,
            format!("{server}, schema {there} of a newer program; this one knows {known}"),
            "run the newer version of the gateway",
        ),
        Ok(there) => Finding::ok("database", format!("{server}, schema {there}")),
        Err(error) => Finding::failed("database", &error.into()),
    };
    (database, clock(facts.now, middle))
}

fn clock(theirs: DateTime<Utc>, ours: DateTime<Utc>) -> Finding {
    let skew = theirs - ours;
    let detail = format!(
        "the database's clock is {} ms {} this machine's",
        skew.num_milliseconds().abs(),
        if skew < TimeDelta::zero() {
            "behind"
        } else {
            "before"
        },
    );
    let fix = "let both machines keep their time by NTP (`timedatectl set-ntp true`)";
    match skew.abs() {
        small if small <= SKEW_UNSEEN => Finding::ok("clock", detail),
        borne if borne <= SKEW_BORNE => Finding::bad("clock", State::Note, detail, fix),
        _ => Finding::bad("clock", State::Fault, detail, fix),
    }
}

/// The key is there, is a key, and is the one that the database was set up with.
pub(super) async fn vault_key(config: &Config, data_dir: &Path, store: Option<&Store>) -> Finding {
    let wanted = match store {
        None => None,
        Some(store) => match Vault::wanted_key(store).await {
            Ok(wanted) => wanted,
            Err(error) => return Finding::failed("vault key", &error.into()),
        },
    };
    let key = match vault_key::find(config, data_dir, false) {
        Ok(key) => key,
        // A new installation makes its key when it starts, where none is configured.
        Err(failure)
            if failure.code() == "vault_key_missing" && wanted.is_none() && store.is_none() =>
        {
            return Finding::ok(
                "vault key",
                "none yet; the first `portcullis serve` makes one",
            );
        }
        Err(failure) => return Finding::failed("vault key", &failure),
    };
    let id = KeyEncryptionKey::from_bytes(*key.bytes).id();
    match wanted {
        Some(wanted) if wanted != id => Finding::failed(
            "vault key",
            &Failure::new(
                "wrong_vault_key",
                format!(
                    "{} is key {id}, and the database was set up with key {wanted}; give the gateway that one",
                    key.place
                ),
            ),
        ),
        Some(_) => Finding::ok(
            "vault key",
            format!("{} is key {id}, the database's", key.place),
        ),
        None => Finding::ok("vault key", format!("{} is key {id}", key.place)),
    }
}

/// The files of the watched folder: those that would be refused at the gate.
pub(super) fn connector_files(folder: &Path) -> Finding {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            return Finding::bad(
                "connector files",
                State::Note,
                format!("cannot read {}: {error}", folder.display()),
                "make the folder and put connectors into it, or name another with --connectors",
            );
        }
    };
    let mut good = Vec::new();
    let mut refused = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_none_or(|it| it != "wasm") {
            continue;
        }
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match std::fs::read(&path) {
            Err(error) => refused.push(format!("{name}: {error}")),
            Ok(bytes) => match inspect(bytes) {
                Ok(candidate) => good.push(format!(
                    "{} {}",
                    candidate.manifest.id, candidate.manifest.version
                )),
                Err(refusal) => refused.push(format!("{name}: {refusal}")),
            },
        }
    }
    good.sort();
    if !refused.is_empty() {
        return Finding::bad(
            "connector files",
            State::Fault,
            format!("{} refused: {}", refused.len(), refused.join(", ")),
            "replace or remove these files",
        );
    }
    match good.is_empty() {
        true => Finding::bad(
            "connector files",
            State::Note,
            format!("{} holds no connector", folder.display()),
            "put .wasm files into it",
        ),
        false => Finding::ok("connector files", good.join(", ")),
    }
}

/// What the gateways on this database have loaded, and whether enabled integrations have their connector.
pub(super) async fn connectors(store: &Store) -> Finding {
    let found = async {
        let versions = store.list_connectors().await?;
        let integrations = enabled(store).await?;
        Ok::<_, StoreError>((versions, integrations))
    };
    let (versions, integrations) = match found.await {
        Ok(found) => found,
        Err(error) => return Finding::failed("connectors", &error.into()),
    };
    let active = active(&versions);
    let missing: BTreeSet<&str> = integrations
        .iter()
        .filter(|it| !active.contains_key(it.connector_id.as_str()))
        .map(|it| it.connector_id.as_str())
        .collect();
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.into_iter().collect();
        return Finding::bad(
            "connectors",
            State::Fault,
            format!(
                "enabled integrations need {}, which nobody has loaded",
                missing.join(", ")
            ),
            "put the files back into the connectors folder of a running gateway",
        );
    }
    let pending: Vec<&str> = versions
        .iter()
        .filter(|it| it.status == ConnectorStatus::PendingApproval)
        .map(|it| it.connector_id.as_str())
        .collect();
    if !pending.is_empty() {
        return Finding::bad(
            "connectors",
            State::Note,
            format!("{} waits for approval", pending.join(", ")),
            "read what it asks for with `portcullis connector list`, and approve it",
        );
    }
    let serving: Vec<String> = active
        .values()
        .map(|it| format!("{} {}", it.connector_id, it.version))
        .collect();
    match serving.is_empty() {
        true => Finding::bad(
            "connectors",
            State::Note,
            "none was loaded yet",
            "start `portcullis serve` with a folder of connectors",
        ),
        false => Finding::ok("connectors", serving.join(", ")),
    }
}

/// Whether the vendors of enabled integrations take a connection from this machine.
pub(super) async fn egress(store: &Store) -> Finding {
    if let Err(error) = Client::new(
        ClientSettings::default(),
        std::sync::Arc::new(SystemResolver),
    ) {
        return Finding::failed("egress", &Failure::new(error.code(), error.to_string()));
    }
    let found = async {
        let versions = store.list_connectors().await?;
        Ok::<_, StoreError>((versions, enabled(store).await?))
    };
    let (versions, integrations) = match found.await {
        Ok(found) => found,
        Err(error) => return Finding::failed("egress", &error.into()),
    };
    let active = active(&versions);
    let hosts: BTreeSet<String> = integrations
        .iter()
        .filter_map(|it| host(it, active.get(it.connector_id.as_str())?))
        .collect();
    if hosts.is_empty() {
        return Finding::ok(
            "egress",
            "no integration is enabled, so there is no vendor to reach",
        );
    }
    let reached = join_all(
        hosts
            .iter()
            .map(|host| async move { (host, reach(host).await) }),
    )
    .await;
    let failed: Vec<String> = reached
        .iter()
        .filter_map(|(host, result)| Some(format!("{host}: {}", result.as_ref().err()?)))
        .collect();
    if failed.is_empty() {
        let hosts: Vec<String> = hosts.into_iter().collect();
        return Finding::ok("egress", format!("{} reached", hosts.join(", ")));
    }
    Finding::bad(
        "egress",
        State::Fault,
        format!("no connection to {}", failed.join(", ")),
        "let this machine open connections to these hosts; the gateway uses no proxy",
    )
}

async fn reach(host: &str) -> Result<(), String> {
    match tokio::time::timeout(REACH, tokio::net::TcpStream::connect(host)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", REACH.as_secs())),
    }
}

/// `host:port` of an integration's vendor.
fn host(integration: &IntegrationRow, connector: &ConnectorVersionRow) -> Option<String> {
    let url = match &integration.base_url {
        Some(url) => url.clone(),
        None => {
            let manifest: Manifest = serde_json::from_value(connector.manifest.clone()).ok()?;
            let settings: BTreeMap<String, String> =
                serde_json::from_value(integration.settings.clone()).ok()?;
            let environment = match integration.environment {
                portcullis_store::Environment::Sandbox => Environment::Sandbox,
                portcullis_store::Environment::Production => Environment::Production,
            };
            manifest.base_url(environment, &settings)?
        }
    };
    let url = url::Url::parse(&url).ok()?;
    Some(format!(
        "{}:{}",
        url.host_str()?,
        url.port_or_known_default()?
    ))
}

fn active(versions: &[ConnectorVersionRow]) -> BTreeMap<&str, &ConnectorVersionRow> {
    versions
        .iter()
        .filter(|it| it.status == ConnectorStatus::Active)
        .map(|it| (it.connector_id.as_str(), it))
        .collect()
}

async fn enabled(store: &Store) -> Result<Vec<IntegrationRow>, StoreError> {
    let filter = IntegrationFilter {
        enabled: Some(true),
        ..IntegrationFilter::default()
    };
    let mut all = Vec::new();
    for account in store.list_accounts().await? {
        all.extend(
            store
                .list_integrations(&account.id, &filter, MOST, 0)
                .await?
                .0,
        );
    }
    Ok(all)
}

fn unknown(name: &'static str) -> Finding {
    Finding::bad(
        name,
        State::Note,
        "not known without the database",
        "see above",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_by_what_nobody_notices() {
        let now = Utc::now();
        for (seconds, state) in [
            (0, State::Ok),
            (-2, State::Ok),
            (10, State::Note),
            (-31, State::Fault),
        ] {
            assert_eq!(
                clock(now + TimeDelta::seconds(seconds), now).state,
                state,
                "{seconds}"
            );
        }
    }

    #[test]
    fn a_folder_with_a_file_that_is_no_component_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(connector_files(folder.path()).state, State::Note);
        std::fs::write(folder.path().join("acme.wasm"), "no wasm").unwrap();
        let finding = connector_files(folder.path());
        assert_eq!(finding.state, State::Fault);
        assert!(
            finding.detail.contains("acme.wasm: not_a_component"),
            "{}",
            finding.detail
        );
        assert_eq!(disk(folder.path()).name, "disk");
    }
}
