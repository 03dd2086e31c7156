//! Vendors that want a log-in: however many processes work, one of them logs in, and everybody uses it.

use portcullis_e2e::{Gateway, Replica, Start, component, eventually, pack, program};
use portcullis_simulators::login::{PASSWORD, Rules, Running};
use serde_json::{Value, json};
use std::time::Duration;

const MANIFEST: &str = include_str!("../../../guests/login/connector.toml");

/// Three processes on one database, with the log-in connector under this manifest.
async fn cluster(manifest: &str, env: &[(&str, &str)]) -> (Gateway, [Replica; 2]) {
    let mut start = Start {
        components: Vec::new(),
        ..Start::default()
    };
    for (name, value) in env {
        start = start.env(name, value);
    }
    let gateway = Gateway::start(start).await;
    let file = gateway.connectors().join("login.wasm");
    pack(&component("guest_login"), manifest, &file);
    gateway.offered("LOGIN").await;
    let replicas = [gateway.replica().await, gateway.replica().await];
    (gateway, replicas)
}

fn integration(vendor: &Running, name: &str, user: &str) -> Value {
    json!({
        "integration_vendor": "LOGIN",
        "name": name,
        "credentials": {"user": user, "password": PASSWORD},
        "base_url": vendor.url(),
    })
}

fn manifest(session: &str) -> String {
    MANIFEST.replace("live = 2\nlifetime = \"1h\"\n", session)
}

async fn sync(gateway: &Gateway, id: &str) -> Value {
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let _ = gateway.admin.post(&path, None).await.expect(202);
    gateway.synced(id).await
}

/// Tokens end at random under load; nobody logs in more often than they end, and records are whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_storm_of_log_ins_and_log_out_at_the_end() {
    let vendor = Running::start(Rules {
        ends_once_in: Some(16),
        ..Rules::default()
    })
    .await
    .expect("a vendor");
    let (gateway, _replicas) = cluster(MANIFEST, &[]).await;
    // Two with the same credentials share a session, the third has its own.
    let mut ids = Vec::new();
    for (name, user) in [("One", "ada"), ("Two", "ada"), ("Three", "bob")] {
        ids.push(gateway.integration(integration(&vendor, name, user)).await);
    }
    for id in &ids {
        gateway.enable(id).await;
    }
    for id in &ids {
        let ended = gateway.synced(id).await;
        assert_eq!(ended["status"], "succeeded", "{ended}");
    }
    for _ in 0..3 {
        for id in &ids {
            let path = format!("/v1/admin/integrations/{id}/manual-sync");
            let _ = gateway.admin.post(&path, None).await.expect(202);
        }
        for id in &ids {
            let ended = gateway.synced(id).await;
            assert_eq!(ended["status"], "succeeded", "{ended}");
        }
    }
    for id in &ids {
        let total = gateway
            .admin
            .total(&format!("/v1/units/?integration_id={id}"))
            .await;
        assert_eq!(total, 1_000);
    }
    for user in ["ada", "bob"] {
        let tally = vendor.tally(user);
        println!("{user}: {tally:?}");
        assert!(tally.ended > 0, "tokens ended under load: {tally:?}");
        assert!(
            tally.log_ins <= tally.ended + tally.log_outs + 1,
            "{tally:?}"
        );
        assert_eq!((tally.over_cap, tally.over_budget), (0, 0), "{tally:?}");
        assert!(tally.most_live <= 1, "{tally:?}");
    }

    // Archiving one of the two that share leaves the session to the other.
    let archive = async |id: &str| {
        let answer = gateway
            .admin
            .delete(&format!("/v1/admin/integrations/{id}"))
            .await;
        assert!(answer.status < 300, "{}", answer.body);
    };
    vendor.change(|rules| rules.ends_once_in = None);
    sync(&gateway, &ids[0]).await;
    sync(&gateway, &ids[1]).await;
    let before = vendor.tally("ada");
    archive(&ids[0]).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(vendor.tally("ada").log_outs, before.log_outs);
    archive(&ids[1]).await;
    archive(&ids[2]).await;
    eventually("both sessions are given back", async || {
        (vendor.tally("ada").live + vendor.tally("bob").live == 0).then_some(())
    })
    .await;
    assert_eq!(vendor.tally("ada").log_outs, before.log_outs + 1);

    let log = gateway.log();
    assert!(!log.contains(PASSWORD) && !log.contains("tok-"), "{log}");
}

/// Beyond its budget a run waits, and people see until when.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_log_in_left_the_run_waits_and_fails_nobody() {
    let vendor = Running::start(Rules {
        minting: Some((2, Duration::from_secs(40))),
        ..Rules::default()
    })
    .await
    .expect("a vendor");
    let budget =
        manifest("live = 1\nlifetime = \"1h\"\n[session.minting]\nopens = 2\nper = \"40s\"\n");
    let (gateway, _replicas) = cluster(&budget, &[]).await;
    let id = gateway
        .integration(integration(&vendor, "One", "ada"))
        .await;
    gateway.enable(&id).await;
    assert_eq!(gateway.synced(&id).await["status"], "succeeded");
    vendor.end_all();
    assert_eq!(sync(&gateway, &id).await["status"], "succeeded");
    vendor.end_all();
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let _ = gateway.admin.post(&path, None).await.expect(202);
    let waiting = eventually("a run waits", async || {
        let sync = gateway.sync(&id).await?;
        let run = sync["runs"]
            .as_array()?
            .iter()
            .find(|run| run["status"] == "waiting")?;
        Some(run.clone())
    })
    .await;
    assert_eq!(waiting["error_code"], "log_ins_spent", "{waiting}");
    assert!(!waiting["next_try_at"].is_null(), "{waiting}");
    let ended = gateway.synced(&id).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let tally = vendor.tally("ada");
    println!("{tally:?}");
    assert_eq!((tally.over_budget, tally.over_cap), (0, 0), "{tally:?}");
    assert_eq!(tally.log_ins, 3);
}

/// A session that is idle for too long is not even tried, and one that nears its end is given back for a new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_renewed_in_time_and_never_more_live_than_may() {
    let vendor = Running::start(Rules {
        live: 1,
        life: Duration::from_secs(4),
        latency: Duration::from_millis(100),
        units: 3_000,
        ..Rules::default()
    })
    .await
    .expect("a vendor");
    let (gateway, _replicas) = cluster(&manifest("live = 1\n"), &[]).await;
    let id = gateway
        .integration(integration(&vendor, "One", "ada"))
        .await;
    gateway.enable(&id).await;
    for _ in 0..4 {
        let ended = gateway.synced(&id).await;
        assert_eq!(ended["status"], "succeeded", "{ended}");
        let path = format!("/v1/admin/integrations/{id}/manual-sync");
        let _ = gateway.admin.post(&path, None).await.expect(202);
    }
    gateway.synced(&id).await;
    let tally = vendor.tally("ada");
    println!("{tally:?}");
    assert!(tally.log_ins >= 2, "{tally:?}");
    assert_eq!((tally.over_cap, tally.most_live), (0, 1), "{tally:?}");
    assert!(
        tally.log_ins <= tally.ended + tally.log_outs + 1,
        "{tally:?}"
    );
}

/// The vendor takes another password from now on: the customer must act, and nobody tries again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_log_in_is_said_once() {
    let vendor = Running::start(Rules::default()).await.expect("a vendor");
    let (gateway, _replicas) = cluster(MANIFEST, &[]).await;
    let id = gateway
        .integration(integration(&vendor, "One", "ada"))
        .await;
    gateway.enable(&id).await;
    assert_eq!(gateway.synced(&id).await["status"], "succeeded");
    vendor.change_password("another-password");
    vendor.end_all();
    let ended = sync(&gateway, &id).await;
    let run = Gateway::run(&ended, "properties");
    assert_eq!(run["error_code"], "credentials_rejected", "{run}");
    assert_eq!(run["who_must_act"], "customer", "{run}");
}

/// Other credentials take the place of the old ones: what was opened with those is given back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replaced_credentials_log_out() {
    let vendor = Running::start(Rules::default()).await.expect("a vendor");
    let (gateway, _replicas) = cluster(MANIFEST, &[]).await;
    let id = gateway
        .integration(integration(&vendor, "One", "ada"))
        .await;
    gateway.enable(&id).await;
    assert_eq!(gateway.synced(&id).await["status"], "succeeded");
    let before = vendor.tally("ada");
    assert_eq!((before.log_ins, before.live), (1, 1), "{before:?}");

    vendor.change_password("another-password");
    let path = format!("/v1/admin/integrations/{id}/credentials");
    let other = json!({"credentials": {"user": "ada", "password": "another-password"}});
    let _ = gateway.admin.put(&path, other).await.expect(202);
    gateway.checked(&id).await;
    eventually("the old session is given back", async || {
        (vendor.tally("ada").log_outs >= 1).then_some(())
    })
    .await;
    assert_eq!(sync(&gateway, &id).await["status"], "succeeded");
    let after = vendor.tally("ada");
    println!("{after:?}");
    assert_eq!((after.over_cap, after.stale), (0, 0), "{after:?}");
    assert!(after.most_live <= 2 && after.live == 1, "{after:?}");
    assert_eq!(after.log_ins, after.log_outs + 1, "{after:?}");
}

/// The command that needs no database logs in once, and gives the session back when it is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_on_the_command_line_logs_in_and_out() {
    let vendor = Running::start(Rules {
        live: 1,
        ..Rules::default()
    })
    .await
    .expect("a vendor");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("login.wasm");
    pack(&component("guest_login"), MANIFEST, &file);
    let output = tokio::process::Command::new(program("portcullis"))
        .env("PORTCULLIS_DATA_DIR", folder.path().join("data"))
        .args(["connector", "check", "--json", "--allow-loopback"])
        .args(["--base-url", vendor.url(), "--setting", "user=ada"])
        .arg("--credential")
        .arg(format!("password={PASSWORD}"))
        .arg(&file)
        .output()
        .await
        .expect("the program");
    let said = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said} {why}");
    assert!(!said.contains("tok-") && !said.contains(PASSWORD), "{said}");
    let tally = vendor.tally("ada");
    assert_eq!(
        (tally.log_ins, tally.log_outs, tally.live),
        (1, 1, 0),
        "{tally:?}"
    );
}
