//! Roles: processes that serve, processes that work, and one Postgres under all of them.

use portcullis_e2e::{Client, Gateway, Start, TestDatabase, Vendor, eventually, program};
use portcullis_simulators::Options;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const VAULT_KEY: &str = "5f1c0e2d4b6a798897a6b5c4d3e2f1005f1c0e2d4b6a798897a6b5c4d3e2f100";

fn serving_only() -> Start {
    Start::default()
        .env("PORTCULLIS_SYNC_WORKER", "false")
        .env("PORTCULLIS_VAULT_KEY", VAULT_KEY)
}

/// A process of the binary that says when it is ready; it ends with this handle.
async fn launch(
    arguments: &[&str],
    database: &TestDatabase,
    data: &Path,
    connectors: &Path,
) -> (Child, Value) {
    let mut child = Command::new(program("portcullis"))
        .arg("--data-dir")
        .arg(data)
        .args(arguments)
        .args(["--json", "--exit-with-parent", "--trust-connectors"])
        .arg("--connectors")
        .arg(connectors)
        .env("PORTCULLIS_EGRESS_ALLOW_LOOPBACK", "1")
        .env("PORTCULLIS_SYNC_LEASE", "2s")
        .env("PORTCULLIS_VAULT_KEY", VAULT_KEY)
        .env("PORTCULLIS_SYNC_METRICS_LISTEN", "127.0.0.1:0")
        .env("PORTCULLIS_DATABASE_URL", &database.url)
        .kill_on_drop(true)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let output = child.stdout.take().expect("standard output is a pipe");
    let mut lines = BufReader::new(output).lines();
    let mut said = json!({});
    while let Ok(Some(line)) = lines.next_line().await {
        let event: Value = serde_json::from_str(&line).unwrap_or_default();
        let name = event["event"].as_str().unwrap_or_default().to_owned();
        said[name.as_str()] = event;
        if name == "working" || name == "listening" {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return (child, said);
        }
    }
    panic!("{arguments:?} did not start: {said}");
}

async fn worker(gateway: &Gateway, name: &str) -> Child {
    told_worker(gateway, name).await.0
}

async fn told_worker(gateway: &Gateway, name: &str) -> (Child, Value) {
    let data = gateway.folder().join(name);
    let connectors = gateway.connectors();
    launch(&["worker"], &gateway.database, &data, &connectors).await
}

fn slow(latency_ms: u64) -> Vendor {
    Vendor::start(Options {
        properties: 20,
        units: 4_000,
        latency_ms,
        limit: None,
        ..Options::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn who_serves_leaves_the_work_to_workers_and_one_of_them_goes_on_for_the_other() {
    let vendor = slow(150);
    let gateway = Gateway::start(serving_only()).await;
    let (mut first, said) = told_worker(&gateway, "first").await;
    let id = gateway.integration(vendor.integration("Shared")).await;
    gateway.enable(&id).await;
    eventually("pages are stored", async || {
        let sync = gateway.sync(&id).await?;
        (sync["counters"]["pages"].as_i64()? >= 2).then_some(())
    })
    .await;
    let metrics = said["working"]["metrics_url"].as_str().expect("an address");
    let metrics = metrics.strip_suffix("/metrics").expect("its path");
    let told = Client::new(metrics, None);
    let calls = told.metric("portcullis_guest_cpu_seconds_count", "");
    assert!(calls.await > 0.0, "the worker tells what its guests took");
    let _second = worker(&gateway, "second").await;
    first.kill().await.expect("it is killed");
    let killed = Instant::now();
    // Whoever goes on says so in the log of the sync.
    let sync = gateway.sync(&id).await.expect("there is one");
    let path = format!(
        "/v1/admin/syncs/{}/log?limit=250",
        sync["id"].as_str().unwrap_or_default()
    );
    let names = async || -> BTreeSet<String> {
        let log = gateway.admin.get(&path).await.expect(200);
        let lines = log["results"].as_array().cloned().unwrap_or_default();
        let workers = lines
            .iter()
            .filter_map(|line| line["detail"]["worker"].as_str());
        workers.map(str::to_owned).collect()
    };
    eventually("the other worker goes on", async || {
        (names().await.len() == 2).then_some(())
    })
    .await;
    // A lease of 2 s, and much more, since the machine is busy: `make faults` measures how soon.
    assert!(
        killed.elapsed() < Duration::from_secs(30),
        "{:?}",
        killed.elapsed()
    );
    let sync = gateway.synced(&id).await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    let truth = vendor.truth().await;
    for (model, count) in truth.as_object().expect("counts by model") {
        assert_eq!(Gateway::run(&sync, model)["rows_new"], *count, "{model}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_that_start_at_once_on_a_new_database_make_one_schema_and_one_account() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().expect("a folder");
    let connectors = folder.path().join("connectors");
    std::fs::create_dir(&connectors).expect("a folder");
    let starts = (0..5).map(|n| {
        let (database, folder, connectors) = (&database, folder.path(), connectors.clone());
        async move {
            let data = folder.join(format!("data{n}"));
            let serve: &[&str] = &["serve", "--listen", "127.0.0.1:0"];
            let role = if n < 3 { serve } else { &["worker"] };
            launch(role, database, &data, &connectors).await
        }
    });
    let started: Vec<(Child, Value)> = futures_util::future::join_all(starts).await;
    let keys: Vec<&str> = started
        .iter()
        .filter_map(|(_, said)| said["first_key"]["key"].as_str())
        .collect();
    assert_eq!(keys.len(), 1, "one of them made the account");
    for (_, said) in &started {
        if let Some(url) = said["listening"]["base_url"].as_str() {
            let client = Client::new(url, Some(keys[0]));
            assert_eq!(client.get("/readyz").await.status, 200);
            assert_eq!(client.get("/v1/admin/integrations/").await.status, 200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_brings_one_sync_among_two_workers() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(serving_only()).await;
    let _workers = (
        worker(&gateway, "first").await,
        worker(&gateway, "second").await,
    );
    let id = gateway.integration(vendor.integration("Scheduled")).await;
    gateway.enable(&id).await;
    gateway.synced(&id).await;
    let path = format!("/v1/admin/integrations/{id}/schedule");
    let cadence = json!({"type": "cron", "cron": "30 2 * * *", "timezone": "America/New_York"});
    let set = gateway.admin.put(&path, cadence).await.expect(200);
    let next = set["results"]["next_sync_at"].clone();
    assert!(next.is_string(), "{set}");
    // Days in which nobody looked.
    let mut connection = PgConnection::connect_with(&gateway.database.options())
        .await
        .expect("the test's database answers");
    sqlx::query("update schedule set next_due_at = now() - interval '3 days'")
        .execute(&mut connection)
        .await
        .expect("the clock is turned");
    let sync = eventually("a scheduled sync ends", async || {
        let sync = gateway.sync(&id).await?;
        (sync["kind"] == "scheduled" && !sync["finished_at"].is_null()).then_some(sync)
    })
    .await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    let after = gateway.admin.get(&path).await.expect(200);
    assert_eq!(
        after["results"]["next_sync_at"], next,
        "and no second one for what was missed"
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    let syncs = gateway
        .admin
        .total(&format!("/v1/admin/integrations/{id}/syncs"))
        .await;
    assert_eq!(syncs, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_takes_effect_within_a_page_and_the_stream_tells_of_it() {
    let vendor = slow(400);
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway.integration(vendor.integration("Cancelled")).await;
    gateway.enable(&id).await;
    let sync = eventually("pages are stored", async || {
        let sync = gateway.sync(&id).await?;
        (sync["counters"]["pages"].as_i64()? >= 2).then_some(sync)
    })
    .await;
    let sync_id = sync["id"].as_str().unwrap_or_default().to_owned();
    let stream = format!("/v1/admin/syncs/{sync_id}/events");
    let cancel = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        vendor.clear_ledger().await;
        let path = format!("/v1/admin/syncs/{sync_id}/cancel");
        gateway.admin.post(&path, None).await.expect(202)
    };
    let (events, _) = tokio::join!(gateway.admin.get(&stream), cancel);
    assert_eq!(events.header("content-type"), "text/event-stream");
    let last = events
        .body
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter_map(|data| serde_json::from_str::<Value>(data).ok())
        .rfind(|data| data["runs"].is_array())
        .expect("a state was sent");
    assert_eq!(last["status"], "cancelled", "{last}");
    assert!(events.body.contains("event: end"), "{}", events.body);
    // What was on its way when the cancel came is all that the vendor saw of each run.
    let open = sync["runs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|run| run["finished_at"].is_null() && run["lead"].is_null())
        .count();
    let asked = vendor.ledger().await.len();
    assert!(
        asked <= 2 * open,
        "{asked} requests of {open} runs after the cancel"
    );
    let sync = gateway.synced(&id).await;
    assert!(
        sync["counters"]["rows_new"].as_i64() > Some(0),
        "what was read stays: {sync}"
    );
}
