//! The ledgers of leases, one request for each lease: killed between them, with one that cannot be read, and with
//! entries that change, vanish and come back.

use portcullis_e2e::{Gateway, Start, Vendor};
use portcullis_simulators::Options;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::collections::{BTreeMap, BTreeSet};

const MODELS: [&str; 2] = ["resident_charges", "resident_payments"];

/// A gateway with an integration whose ledgers are switched on, not yet enabled.
async fn prepared(vendor: &Vendor) -> (Gateway, String) {
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway.integration(vendor.integration("Acme")).await;
    let path = format!("/v1/admin/integrations/{id}/models");
    let on = json!({"models": {"resident_charges": true, "resident_payments": true}});
    let switched = gateway.admin.put(&path, on).await;
    assert_eq!(switched.status, 200, "{}", switched.body);
    (gateway, id)
}

/// How often the ledger of each lease was asked for.
async fn asked(vendor: &Vendor) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for entry in vendor.ledger().await {
        let path = entry["path"].as_str().unwrap_or_default();
        let lease = path
            .strip_prefix("/v1/leases/")
            .and_then(|rest| rest.split_once("/transactions"));
        if let Some((lease, _)) = lease {
            *asked.entry(lease.to_owned()).or_default() += 1;
        }
    }
    asked
}

async fn sql(gateway: &Gateway) -> PgConnection {
    PgConnection::connect_with(&gateway.database.options())
        .await
        .expect("the test's database answers")
}

async fn stored(gateway: &Gateway, model: &str) -> BTreeSet<String> {
    let ids: Vec<String> = sqlx::query_scalar(
        "select external_id from record where model = $1 and deleted_at is null",
    )
    .bind(model)
    .fetch_all(&mut sql(gateway).await)
    .await
    .expect("the ids are read");
    ids.into_iter().collect()
}

async fn expected(vendor: &Vendor, model: &str) -> BTreeSet<String> {
    let ids = vendor.ids_of_all().await;
    let ids = ids[model].as_array().expect("ids of the model");
    ids.iter().map(Value::to_string).collect()
}

async fn compare(gateway: &Gateway, vendor: &Vendor, when: &str) {
    for model in MODELS {
        let (is, should) = (stored(gateway, model).await, expected(vendor, model).await);
        assert!(!should.is_empty());
        assert_eq!(is, should, "{when}: {model}");
    }
}

async fn sync(gateway: &Gateway, id: &str) -> Value {
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let started = gateway.admin.post(&path, None).await;
    assert_eq!(started.status, 202, "{}", started.body);
    gateway.synced(id).await
}

async fn full_run_is_due(gateway: &Gateway) {
    let due = "update checkpoint set incrementals = 1000 where model = 'resident_charges' and partition = ''";
    let done = sqlx::query(due)
        .execute(&mut sql(gateway).await)
        .await
        .expect("the checkpoint is there");
    assert_eq!(done.rows_affected(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_leases_it_goes_on_where_it_stood() {
    let vendor = Vendor::start(Options {
        properties: 10,
        units: 250,
        latency_ms: 40,
        limit: None,
        ..Options::default()
    });
    let (mut gateway, id) = prepared(&vendor).await;
    vendor.clear_ledger().await;
    gateway.enable(&id).await;
    let mut killed_at = Vec::new();
    for least in [60, 140] {
        let many = portcullis_e2e::eventually("leases are read", async || {
            let many = asked(&vendor).await.len();
            (many >= least).then_some(many)
        })
        .await;
        killed_at.push(many);
        gateway.kill_and_restart().await;
    }
    let sync = gateway.synced(&id).await;
    for model in MODELS {
        assert_eq!(Gateway::run(&sync, model)["status"], "succeeded", "{sync}");
    }
    compare(&gateway, &vendor, "after two kills").await;
    let asked = asked(&vendor).await;
    assert!(
        *killed_at.last().expect("two kills") < asked.len(),
        "both kills came before the end: {killed_at:?} of {}",
        asked.len()
    );
    let again: usize = asked.values().map(|times| times - 1).sum();
    // One unit of a quarter of a second and what was on its way, per kill; a busy machine commits later.
    assert!(
        again <= 80,
        "{again} ledgers were read again: {killed_at:?}"
    );
    let run = Gateway::run(&sync, "resident_charges");
    assert_eq!(
        run["rows_new"],
        json!(stored(&gateway, MODELS[0]).await.len())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_cannot_be_read_is_named_and_the_others_are_there() {
    let vendor = Vendor::small();
    let (gateway, id) = prepared(&vendor).await;
    let ids = vendor.ids().await;
    let mut leases: Vec<u64> = ids["leases"]
        .as_array()
        .expect("leases")
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    leases.sort_unstable();
    let broken = leases[leases.len() / 2];
    let path = format!("/v1/leases/{broken}/transactions");
    vendor
        .mutate(json!([{"op": "fault", "fault": {"path": path, "action": {"kind": "html"}}}]))
        .await;
    gateway.enable(&id).await;
    let first = gateway.synced(&id).await;
    assert_eq!(first["status"], "partial", "{first}");
    let run = Gateway::run(&first, "resident_charges");
    assert_eq!(
        (&run["status"], &run["error_code"]),
        (&json!("partial"), &json!("partitions_skipped")),
        "{run}"
    );
    let message = run["error_message"].as_str().unwrap_or_default();
    assert!(message.contains(&format!("{broken}: ")), "{message}");
    let read = stored(&gateway, "resident_charges").await;
    let all = expected(&vendor, "resident_charges").await;
    let missing = all.difference(&read).count();
    assert!(
        read.is_subset(&all) && missing <= 100 && read.len() + 100 > all.len(),
        "only the entries of one lease are missing: {missing}"
    );
    vendor.mutate(json!([{"op": "clear_faults"}])).await;
    let second = sync(&gateway, &id).await;
    assert_eq!(second["status"], "succeeded", "{second}");
    compare(&gateway, &vendor, "once it can be read").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_their_leases_the_ledgers_are_not_complete() {
    let vendor = Vendor::small();
    let (gateway, id) = prepared(&vendor).await;
    // The list of leases alone: their ledgers and tenants have longer paths.
    let fault = json!({"contains": "/v1/leases?", "action": {"kind": "html"}});
    vendor
        .mutate(json!([{"op": "fault", "fault": fault}]))
        .await;
    gateway.enable(&id).await;
    let first = gateway.synced(&id).await;
    assert_eq!(
        Gateway::run(&first, "leases")["status"],
        "failed",
        "{first}"
    );
    let run = Gateway::run(&first, "resident_charges");
    assert_eq!(
        (&run["status"], &run["error_code"]),
        (&json!("partial"), &json!("parents_incomplete")),
        "{run}"
    );
    vendor.mutate(json!([{"op": "clear_faults"}])).await;
    let second = sync(&gateway, &id).await;
    assert_eq!(second["status"], "succeeded", "{second}");
    compare(&gateway, &vendor, "once there are leases").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_come_go_and_come_back() {
    let vendor = Vendor::small();
    let (gateway, id) = prepared(&vendor).await;
    gateway.enable(&id).await;
    let first = gateway.synced(&id).await;
    assert_eq!(first["status"], "succeeded", "{first}");
    compare(&gateway, &vendor, "first").await;
    let full = asked(&vendor).await.len();

    let lease = vendor.ids().await["leases"][0].clone();
    // The vendor stamps entries with their day alone; those of earlier days are not asked for.
    let today: String = sqlx::query_scalar("select current_date::text")
        .fetch_one(&mut sql(&gateway).await)
        .await
        .expect("the test's database answers");
    let made = vendor
        .mutate(json!([{
            "op": "add", "model": "transactions", "parent": lease, "count": 2, "fields": {"Date": today},
        }]))
        .await;
    vendor.clear_ledger().await;
    let second = sync(&gateway, &id).await;
    assert_eq!(second["status"], "succeeded", "{second}");
    let run = Gateway::run(&second, "resident_charges");
    assert_eq!(
        (&run["rows_new"], &run["rows_changed"]),
        (&json!(2), &json!(0)),
        "{made}: {run}"
    );
    compare(&gateway, &vendor, "two entries more").await;
    assert!(
        asked(&vendor).await.len() <= full,
        "an incremental run asks for no more than a full one"
    );

    // An entry that is taken away shows in a full run alone, and is the same record when it is back.
    let all = expected(&vendor, "resident_charges").await;
    let gone: u64 = all
        .first()
        .and_then(|id| id.parse().ok())
        .expect("an entry");
    vendor
        .mutate(json!([{"op": "delete", "model": "transactions", "ids": [gone]}]))
        .await;
    // The vendor tells no total of charges, so a single pass is no proof.
    full_run_is_due(&gateway).await;
    let third = sync(&gateway, &id).await;
    assert_eq!(third["status"], "succeeded", "{third}");
    assert_eq!(stored(&gateway, "resident_charges").await, all);
    full_run_is_due(&gateway).await;
    let fourth = sync(&gateway, &id).await;
    assert_eq!(
        Gateway::run(&fourth, "resident_charges")["status"],
        "succeeded",
        "{fourth}"
    );
    compare(&gateway, &vendor, "an entry less").await;
    vendor
        .mutate(json!([{"op": "restore", "model": "transactions", "ids": [gone]}]))
        .await;
    full_run_is_due(&gateway).await;
    let fifth = sync(&gateway, &id).await;
    let run = Gateway::run(&fifth, "resident_charges");
    assert_eq!(run["rows_new"], 0, "it is the same record: {run}");
    compare(&gateway, &vendor, "it is back").await;
}
