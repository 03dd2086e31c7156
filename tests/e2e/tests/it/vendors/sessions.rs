//! Vendors whose tokens are few, with many customers, several gateways, and tokens that end when they like.

use super::stage;
use portcullis_e2e::{Gateway, Start, Vendor, eventually};
use portcullis_simulators::{Options, VendorKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Users at the vendor, each of whom may hold ten tokens.
const USERS: usize = 20;
/// Integrations of each: two for each of five locations, which share a token.
const OF_EACH: usize = 10;
const LOCATIONS: usize = 5;

/// Requests that are made at once of the gateway.
const AT_ONCE: usize = 20;

fn password(user: usize) -> String {
    format!("password-of-user-{user:02}-\"x\"")
}

/// What became of the tokens of each user.
async fn tallies(vendor: &Vendor) -> BTreeMap<String, Value> {
    let sessions = vendor.sessions().await;
    let users = sessions.as_object().into_iter().flatten();
    users
        .map(|(user, tally)| (user.clone(), tally.clone()))
        .collect()
}

/// Asks for a sync of each, a few at a time, and waits for the ends of all; gives the syncs.
async fn sync_all(gateway: &Gateway, ids: &[String]) -> Vec<Value> {
    for some in ids.chunks(AT_ONCE) {
        let started = some.iter().map(|id| async move {
            let path = format!("/v1/admin/integrations/{id}/manual-sync");
            let _ = gateway.admin.post(&path, None).await.expect(202);
        });
        futures_util::future::join_all(started).await;
    }
    let mut ended = Vec::new();
    for id in ids {
        ended.push(gateway.synced(id).await);
    }
    ended
}

/// Every run succeeded, those of models aside that the connector does not read.
fn was_read(sync: &Value) {
    for run in sync["runs"].as_array().expect("runs") {
        let good = run["status"] == "succeeded" || run["status"] == "skipped_unsupported";
        assert!(good, "{run}");
    }
}

fn count(tally: &Value, name: &str) -> u64 {
    tally[name].as_u64().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_customers_make_no_storm_of_log_ins() {
    let mut gateway = Gateway::start(Start {
        components: vec!["connector_rent_manager"],
        ..Start::default()
    })
    .await;
    gateway.admin = gateway.client("production", "admin").await;
    let _replicas = [gateway.replica().await, gateway.replica().await];
    gateway.offered("RENT_MANAGER").await;
    let vendor = Vendor::start(Options {
        vendor: VendorKind::RentManager,
        properties: 2,
        units: 6,
        limit: None,
        ..Options::default()
    });
    let keys = (0..USERS)
        .map(|user| json!({"op": "add_key", "client_id": format!("user-{user:02}"), "secret": password(user)}));
    vendor.mutate(Value::Array(keys.collect())).await;
    vendor
        .mutate(json!([{"op": "end_sessions_at_random", "once_in": 60}]))
        .await;

    let all: Vec<(usize, usize)> = (0..USERS)
        .flat_map(|user| (0..OF_EACH).map(move |number| (user, number)))
        .collect();
    let mut ids = Vec::new();
    for some in all.chunks(AT_ONCE) {
        let made = some.iter().map(|(user, number)| {
            let mut integration = vendor.integration(&format!("Customer {user}-{number}"));
            integration["credentials"] = json!({
                "companyCode": "simco",
                "username": format!("user-{user:02}"),
                "password": password(*user),
                "locationId": (1 + number % LOCATIONS).to_string(),
            });
            gateway.integration(integration)
        });
        let made = futures_util::future::join_all(made).await;
        for id in &made {
            gateway.enable(id).await;
        }
        ids.extend(made);
    }
    for id in &ids {
        was_read(&gateway.synced(id).await);
    }
    // Once more for some: their tokens have been in use by all three gateways.
    for ended in sync_all(&gateway, &ids[..3 * AT_ONCE]).await {
        was_read(&ended);
    }

    let tallies = tallies(&vendor).await;
    assert_eq!(tallies.len(), USERS, "{tallies:?}");
    let mut ended = 0;
    for (user, tally) in &tallies {
        assert_eq!(count(tally, "over_cap"), 0, "{user}: {tally}");
        assert!(count(tally, "most_live") <= 10, "{user}: {tally}");
        let reasons = count(tally, "ended") + count(tally, "log_outs") + LOCATIONS as u64;
        assert!(count(tally, "log_ins") <= reasons, "{user}: {tally}");
        ended += count(tally, "ended");
    }
    assert!(ended > 20, "tokens ended under load: {ended}");
    println!("{tallies:?}");
}

/// Five tokens a day: one is kept, over gateways that die, and none is asked for in vain.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_outlives_its_gateway_and_five_a_day_are_enough() {
    let mut stage = stage(VendorKind::Pinegrove).await;
    let replicas = [stage.gateway.replica().await, stage.gateway.replica().await];
    let mut ids = Vec::new();
    for name in ["One", "Two"] {
        let id = stage
            .gateway
            .integration(stage.vendor.integration(name))
            .await;
        stage.gateway.enable(&id).await;
        ids.push(id);
    }
    for id in &ids {
        assert_eq!(stage.gateway.synced(id).await["status"], "succeeded");
    }
    let given = async |vendor: &Vendor| {
        let tallies = tallies(vendor).await;
        assert_eq!(tallies.len(), 1, "{tallies:?}");
        let tally = tallies.into_values().next().unwrap_or_default();
        assert_eq!(count(&tally, "over_quota"), 0, "{tally}");
        assert!(count(&tally, "most_live") <= 5, "{tally}");
        count(&tally, "given")
    };
    assert_eq!(given(&stage.vendor).await, 1, "two share a token");

    // No process is left that has it in its memory.
    drop(replicas);
    stage.gateway.kill_and_restart().await;
    stage.gateway.admin = stage.gateway.client("production", "admin").await;
    for sync in sync_all(&stage.gateway, &ids).await {
        assert_eq!(sync["status"], "succeeded", "{sync}");
    }
    assert_eq!(given(&stage.vendor).await, 1, "it was stored");

    let _replicas = [stage.gateway.replica().await, stage.gateway.replica().await];
    for tokens in 2..=5 {
        let over = json!([{"op": "expire_sessions"}]);
        stage.vendor.mutate(over).await;
        for sync in sync_all(&stage.gateway, &ids).await {
            assert_eq!(sync["status"], "succeeded", "{sync}");
        }
        assert_eq!(given(&stage.vendor).await, tokens);
    }

    // The sixth would be refused, so it is not asked for: the runs wait, and that too outlives the gateway.
    stage
        .vendor
        .mutate(json!([{"op": "expire_sessions"}]))
        .await;
    let path = format!("/v1/admin/integrations/{}/manual-sync", ids[0]);
    let _ = stage.gateway.admin.post(&path, None).await.expect(202);
    let waits = async |gateway: &Gateway| {
        eventually("a run waits for a token", async || {
            let sync = gateway.sync(&ids[0]).await?;
            let runs = sync["runs"].as_array()?;
            runs.iter()
                .any(|run| run["status"] == "waiting" && run["error_code"] == "log_ins_spent")
                .then_some(())
        })
        .await;
    };
    waits(&stage.gateway).await;
    stage.gateway.kill_and_restart().await;
    stage.gateway.admin = stage.gateway.client("production", "admin").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    waits(&stage.gateway).await;
    assert_eq!(given(&stage.vendor).await, 5);
}
