//! What runs read: a parent that is new in full inside an incremental run, a part of history in slices, and a property
//! that was off and is on again.

use portcullis_e2e::{Gateway, Start, Vendor, eventually};
use portcullis_simulators::Options;
use serde_json::{Value, json};
use sqlx::types::chrono::Utc;
use sqlx::{Connection as _, PgConnection};
use std::collections::BTreeSet;

/// An integration that is not enabled yet, with these models switched on beside the usual ones.
async fn prepared(gateway: &Gateway, vendor: &Vendor, models: &[&str]) -> String {
    let id = gateway.integration(vendor.integration("Acme")).await;
    let on: serde_json::Map<String, Value> = models
        .iter()
        .map(|model| ((*model).to_owned(), json!(true)))
        .collect();
    let path = format!("/v1/admin/integrations/{id}/models");
    let _ = gateway
        .admin
        .put(&path, json!({"models": on}))
        .await
        .expect(200);
    id
}

async fn sync(gateway: &Gateway, id: &str) -> Value {
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let _ = gateway.admin.post(&path, None).await.expect(202);
    let sync = gateway.synced(id).await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    sync
}

async fn sql(gateway: &Gateway) -> PgConnection {
    PgConnection::connect_with(&gateway.database.options())
        .await
        .expect("the test's database answers")
}

/// The vendor's ids of the live records of a model.
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

/// Paths of the requests so far that contain a text.
async fn asked(vendor: &Vendor, text: &str) -> Vec<String> {
    let ledger = vendor.ledger().await;
    let paths = ledger.iter().filter_map(|entry| entry["path"].as_str());
    paths
        .filter(|path| path.contains(text))
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_new_is_read_in_full_inside_an_incremental_run() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let id = prepared(&gateway, &vendor, &["resident_charges"]).await;
    gateway.enable(&id).await;
    assert_eq!(gateway.synced(&id).await["status"], "succeeded");
    let before = stored(&gateway, "resident_charges").await;

    // Entries of long ago, below a lease that is known and below one that is not: no filter by day finds them.
    let (known, unit) = {
        let ids = vendor.ids().await;
        (ids["leases"][0].clone(), ids["units"][0].clone())
    };
    let made = vendor
        .mutate(json!([{"op": "add", "model": "leases", "parent": unit, "count": 1}]))
        .await;
    let new = made["results"][0]["ids"][0].clone();
    assert!(new.is_u64(), "{made}");
    let entry = |parent: &Value| {
        json!({
            "op": "add", "model": "transactions", "parent": parent, "count": 1,
            "fields": {"Date": "2020-02-01", "TransactionType": "Charge"},
        })
    };
    let made = vendor.mutate(json!([entry(&known), entry(&new)])).await;
    let of = |at: usize| made["results"][at]["ids"][0].to_string();
    vendor.clear_ledger().await;
    let second = sync(&gateway, &id).await;
    let run = Gateway::run(&second, "resident_charges");
    let read: BTreeSet<String> = stored(&gateway, "resident_charges")
        .await
        .difference(&before)
        .cloned()
        .collect();
    assert!(
        read.contains(&of(1)) && !read.contains(&of(0)),
        "{read:?} of {made}: {run}"
    );
    let ledgers = asked(&vendor, "/transactions").await;
    let in_full: Vec<&String> = ledgers
        .iter()
        .filter(|path| !path.contains("transactiondatefrom"))
        .collect();
    let path = format!("/v1/leases/{new}/transactions");
    assert!(
        ledgers.len() > in_full.len() && in_full.iter().all(|it| it.starts_with(&path)),
        "{in_full:?} of {}",
        ledgers.len()
    );
    assert!(!in_full.is_empty());

    // From now on it is a lease like the others.
    vendor.clear_ledger().await;
    sync(&gateway, &id).await;
    let ledgers = asked(&vendor, "/transactions").await;
    assert!(
        ledgers.iter().all(|it| it.contains("transactiondatefrom")),
        "{ledgers:?}"
    );
}

/// The vendor takes a year at most, so six years are seven requests; after a kill in their middle it goes on there.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_history_is_read_in_slices_and_goes_on_in_their_middle() {
    const MODEL: &str = "recurring_resident_charges";
    const LIST: &str = "/recurringtransactions";
    let vendor = Vendor::start(Options {
        properties: 5,
        units: 60,
        limit: None,
        ..Options::default()
    });
    let mut gateway = Gateway::start(Start::default()).await;
    let id = prepared(&gateway, &vendor, &[MODEL]).await;
    gateway.enable(&id).await;
    assert_eq!(gateway.synced(&id).await["status"], "succeeded");
    let all = stored(&gateway, MODEL).await;
    assert!(!all.is_empty());

    vendor
        .mutate(
            json!([{"op": "latency", "path": "/v1/leases/recurringtransactions", "fixed_ms": 700}]),
        )
        .await;
    vendor.clear_ledger().await;
    let begin = Utc::now() - std::time::Duration::from_secs((6 * 365 + 10) * 86_400);
    let path = format!("/v1/admin/integrations/{id}/back-sync");
    let body = json!({"models_to_sync": [MODEL], "start": begin.to_rfc3339()});
    let _ = gateway.admin.post(&path, Some(body)).await.expect(202);
    eventually("two slices are stored", async || {
        let pages: Option<i64> = sqlx::query_scalar(
            "select r.pages from run r join sync s on s.id = r.sync_id where s.kind = 'back_sync' and r.model = $1",
        )
        .bind(MODEL)
        .fetch_optional(&mut sql(&gateway).await)
        .await
        .expect("the run is read");
        (pages? >= 2).then_some(())
    })
    .await;
    gateway.kill_and_restart().await;
    let sync = gateway.synced(&id).await;
    let run = Gateway::run(&sync, MODEL);
    assert_eq!(
        (&sync["kind"], &sync["status"], &run["status"]),
        (
            &json!("back_sync"),
            &json!("succeeded"),
            &json!("succeeded")
        ),
        "{sync}"
    );
    let paths = asked(&vendor, LIST).await;
    let slice = |path: &String| {
        let from = path.split("lastupdatedfrom=").nth(1)?;
        Some(from.split('&').next().unwrap_or_default().to_owned())
    };
    let slices: BTreeSet<String> = paths.iter().filter_map(slice).collect();
    assert_eq!(slices.len(), 7, "{paths:?}");
    assert!(
        paths.len() <= slices.len() + 2,
        "at most one page that was not stored and one on its way came again: {paths:?}"
    );
    assert_eq!(
        stored(&gateway, MODEL).await,
        all,
        "a window deletes nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_property_that_is_off_is_left_alone_and_on_again_is_read_whole() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let id = prepared(&gateway, &vendor, &["resident_charges"]).await;
    gateway.enable(&id).await;
    assert_eq!(gateway.synced(&id).await["status"], "succeeded");
    // Some property with units, and one of its units.
    let (property, unit): (String, String) = sqlx::query_as(
        "select x_property_id, external_id from record where model = 'units' order by x_property_id, external_id limit 1",
    )
    .fetch_one(&mut sql(&gateway).await)
    .await
    .expect("units are there");
    let number: u64 = unit.parse().expect("a number");
    let switch = async |on: bool| {
        let path = format!("/v1/admin/integrations/{id}/properties");
        let body = json!({"properties": {property.as_str(): on}});
        let _ = gateway.admin.put(&path, body).await.expect(200);
    };
    let of_unit = async || {
        let path = format!("/v1/units/?integration_id={id}&x_id={unit}");
        gateway.admin.get(&path).await.expect(200)["results"][0]["number"].clone()
    };
    let charges = async || -> BTreeSet<String> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select c.external_id from record c join record l on l.id = c.partition
             where c.model = 'resident_charges' and l.x_property_id = $1 and c.deleted_at is null",
        )
        .bind(&property)
        .fetch_all(&mut sql(&gateway).await)
        .await
        .expect("charges are read");
        ids.into_iter().collect()
    };
    let everything_again = async || {
        sqlx::query("update checkpoint set incrementals = 1000 where partition = ''")
            .execute(&mut sql(&gateway).await)
            .await
            .expect("checkpoints are there");
    };
    let (was, read) = (of_unit().await, charges().await);
    assert!(!read.is_empty());

    switch(false).await;
    vendor
        .mutate(json!([{"op": "change", "model": "units", "ids": [number], "fields": {"UnitNumber": "while off"}}]))
        .await;
    vendor.clear_ledger().await;
    everything_again().await;
    sync(&gateway, &id).await;
    assert_eq!(of_unit().await, was, "nothing of it is read");
    assert_eq!(charges().await, read, "and nothing of it is deleted");
    let leases: Vec<String> = sqlx::query_scalar(
        "select external_id from record where model = 'leases' and x_property_id = $1",
    )
    .bind(&property)
    .fetch_all(&mut sql(&gateway).await)
    .await
    .expect("leases are read");
    let of_property = async |paths: Vec<String>| {
        let of = |path: &&String| {
            leases
                .iter()
                .any(|lease| path.starts_with(&format!("/v1/leases/{lease}/transactions")))
        };
        paths.iter().filter(of).count()
    };
    assert_eq!(of_property(asked(&vendor, "/transactions").await).await, 0);

    switch(true).await;
    vendor.clear_ledger().await;
    sync(&gateway, &id).await;
    assert_eq!(
        of_unit().await,
        "while off",
        "what changed meanwhile is there"
    );
    assert_eq!(charges().await, read);
    assert!(of_property(asked(&vendor, "/transactions").await).await >= leases.len());
}
