//! The second sync and those after it: what changed is written once, nothing else is touched, what the vendor's stamp
//! misses comes with the periodic full run, and deletions are neither missed nor made up.

use portcullis_e2e::{Gateway, Start, Vendor};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::collections::BTreeMap;
use std::time::Duration;

/// A gateway with one integration whose first sync has ended.
struct Synced {
    gateway: Gateway,
    vendor: Vendor,
    id: String,
}

impl Synced {
    async fn new() -> Self {
        let gateway = Gateway::start(Start::default()).await;
        let vendor = Vendor::small();
        let id = gateway.integration(vendor.integration("Acme")).await;
        gateway.enable(&id).await;
        let sync = gateway.synced(&id).await;
        assert_eq!(sync["status"], "succeeded", "{sync}");
        Self {
            gateway,
            vendor,
            id,
        }
    }

    async fn sql(&self) -> PgConnection {
        PgConnection::connect_with(&self.gateway.database.options())
            .await
            .expect("the test's database answers")
    }

    /// Changes the vendor, and lets the second pass in which it did: the vendor's stamps are whole seconds.
    async fn mutate(&self, operations: Value) {
        self.vendor.mutate(operations).await;
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }

    async fn sync(&self) -> Value {
        let path = format!("/v1/admin/integrations/{}/manual-sync", self.id);
        let started = self.gateway.admin.post(&path, None).await;
        assert!(started.status < 300, "{}", started.body);
        self.gateway.synced(&self.id).await
    }

    /// The next run of units is full, as if the hours between had passed.
    async fn full_run_is_due(&self) {
        let done = sqlx::query("update checkpoint set incrementals = 1000 where model = 'units'")
            .execute(&mut self.sql().await)
            .await
            .expect("the checkpoint is there");
        assert_eq!(done.rows_affected(), 1);
    }

    /// The version of each live row.
    async fn versions(&self) -> BTreeMap<(String, String), String> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "select model, external_id, xmin::text from record where deleted_at is null",
        )
        .fetch_all(&mut self.sql().await)
        .await
        .expect("the rows are read");
        rows.into_iter()
            .map(|(model, id, version)| ((model, id), version))
            .collect()
    }

    async fn unit(&self, x_id: u64) -> Value {
        let path = format!("/v1/units/?integration_id={}&x_id={x_id}", self.id);
        self.gateway.admin.get(&path).await.expect(200)["results"][0].clone()
    }

    async fn total(&self) -> u64 {
        let path = format!("/v1/units/?integration_id={}&limit=1", self.id);
        self.gateway.admin.total(&path).await
    }

    async fn unit_ids(&self) -> Vec<u64> {
        let ids = self.vendor.ids().await;
        let ids = ids["units"].as_array().expect("ids");
        ids.iter().filter_map(Value::as_u64).collect()
    }
}

/// The rows that differ between two looks.
fn differing(
    before: &BTreeMap<(String, String), String>,
    after: &BTreeMap<(String, String), String>,
) -> Vec<(String, String)> {
    let changed = after
        .iter()
        .filter(|(key, version)| before.get(*key) != Some(*version));
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    changed
        .map(|(key, _)| key.clone())
        .chain(gone.cloned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_is_written_once_and_what_is_gone_goes_and_comes_back() {
    let synced = Synced::new().await;
    let ids = synced.unit_ids().await;
    let key = |id: u64| ("units".to_owned(), id.to_string());

    // A change that the vendor stamps.
    let before = synced.versions().await;
    synced
        .mutate(json!([{"op": "change", "model": "units", "ids": [ids[3]], "fields": {"UnitNumber": "changed"}}]))
        .await;
    synced.vendor.clear_ledger().await;
    let sync = synced.sync().await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    let run = Gateway::run(&sync, "units");
    assert_eq!(
        (&run["rows_changed"], &run["rows_new"]),
        (&json!(1), &json!(0)),
        "{run}"
    );
    assert_eq!(differing(&before, &synced.versions().await), [key(ids[3])]);
    assert_eq!(synced.unit(ids[3]).await["number"], "changed");
    let asked = synced.vendor.ledger().await;
    let since = |entry: &&Value| {
        entry["path"]
            .as_str()
            .is_some_and(|path| path.contains("lastupdatedfrom="))
    };
    assert_eq!(
        asked.iter().filter(since).count(),
        asked.len(),
        "each model was asked for its changes only"
    );

    // A change that it misses: the next run does not see it, the periodic full one does.
    synced
        .mutate(json!([{"op": "change", "model": "units", "ids": [ids[5]], "fields": {"UnitNumber": "silent"}, "silent": true}]))
        .await;
    synced.sync().await;
    assert_ne!(synced.unit(ids[5]).await["number"], "silent");
    let before = synced.versions().await;
    synced.full_run_is_due().await;
    synced.sync().await;
    assert_eq!(synced.unit(ids[5]).await["number"], "silent");
    assert_eq!(differing(&before, &synced.versions().await), [key(ids[5])]);

    // A unit is deleted: only a full run can tell. It comes back as the same record.
    let was = synced.unit(ids[7]).await;
    synced
        .mutate(json!([{"op": "delete", "model": "units", "ids": [ids[7]]}]))
        .await;
    synced.sync().await;
    assert_eq!(synced.total().await, 60);
    let before = synced.versions().await;
    synced.full_run_is_due().await;
    let sync = synced.sync().await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    assert_eq!(synced.total().await, 59);
    assert_eq!(differing(&before, &synced.versions().await), [key(ids[7])]);
    synced
        .mutate(json!([{"op": "restore", "model": "units", "ids": [ids[7]]}]))
        .await;
    synced.sync().await;
    assert_eq!(synced.total().await, 60);
    let is = synced.unit(ids[7]).await;
    assert_eq!(
        (&is["id"], &is["created_at"]),
        (&was["id"], &was["created_at"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_answer_deletes_nothing_and_a_mass_deletion_asks() {
    let synced = Synced::new().await;
    let ids = synced.unit_ids().await;
    synced
        .mutate(json!([{"op": "delete", "model": "units", "ids": ids[..45]}]))
        .await;
    synced.full_run_is_due().await;
    let sync = synced.sync().await;
    assert_eq!(sync["status"], "partial", "{sync}");
    assert_eq!(
        Gateway::run(&sync, "units")["error_code"],
        "suspicious_empty",
        "{sync}"
    );
    assert_eq!(synced.total().await, 60);

    // The next one is full by itself, and sees the same: now a person is asked.
    let sync = synced.sync().await;
    assert_eq!(
        Gateway::run(&sync, "units")["error_code"],
        "mass_delete_held",
        "{sync}"
    );
    assert_eq!(synced.total().await, 60);

    let held = format!("/v1/admin/integrations/{}/held-deletes", synced.id);
    let waiting = synced.gateway.admin.get(&held).await.expect(200)["results"].clone();
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{waiting}");
    assert_eq!(
        (&waiting[0]["records"], &waiting[0]["of"]),
        (&json!(45), &json!(60))
    );
    let confirm = format!("{held}/units/confirm");
    let confirmed = synced.gateway.admin.post(&confirm, None).await.expect(200);
    assert_eq!(confirmed["results"]["deleted"], 45, "{confirmed}");
    portcullis_e2e::eventually("the cache has heard of it", async || {
        (synced.total().await == 15).then_some(())
    })
    .await;
    let sync = synced.sync().await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
}
