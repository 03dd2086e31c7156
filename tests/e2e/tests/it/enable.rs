//! Enabling: what must be known before it, what it promises, and what disabling leaves behind.

use portcullis_e2e::{Gateway, Start, Vendor, eventually};
use portcullis_simulators::Options;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

async fn database(gateway: &Gateway) -> PgConnection {
    PgConnection::connect_with(&gateway.database.options())
        .await
        .expect("the test's database answers")
}

/// The requests for pages, as path and offset; probes and validation name no offset.
fn pages(ledger: &[Value]) -> Vec<(String, u64)> {
    let page = |entry: &Value| {
        let (path, query) = entry["path"].as_str()?.split_once('?')?;
        let offset = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("offset="))?;
        Some((path.to_owned(), offset.parse().ok()?))
    };
    ledger.iter().filter_map(page).collect()
}

fn path_of(model: &str) -> &'static str {
    match model {
        "properties" => "/v1/rentals",
        "units" => "/v1/rentals/units",
        "leases" => "/v1/leases",
        "residents" => "/v1/leases/tenants",
        _ => "/v1/applicants",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_before_and_it_is_refused_while_nothing_could_be() {
    let vendor = Vendor::small();
    vendor
        .mutate(json!([
            {"op": "add_key", "client_id": "no-permission", "secret": "a-secret-without-permissions", "scopes": []},
            {"op": "add_key", "client_id": "no-applicants", "secret": "a-secret-without-applicants",
             "scopes": ["rentals", "leases", "tenants"]},
        ]))
        .await;
    let gateway = Gateway::start(Start::default()).await;
    let with = |client_id: &str, secret: &str| {
        let mut body = vendor.integration(client_id);
        body["credentials"] = json!({"clientId": client_id, "secret": secret});
        body
    };
    let enable = async |id: &str| {
        let path = format!("/v1/admin/integrations/{id}/enable");
        gateway.admin.post(&path, None).await
    };

    // A good integration that nobody enables: its credentials and its models are asked for, once each.
    let id = gateway.integration(vendor.integration("Patient")).await;
    // Longer than its window of ten requests a second makes that take.
    tokio::time::sleep(Duration::from_millis(3000)).await;
    let ledger = vendor.ledger().await;
    let mut asked: BTreeMap<String, usize> =
        ledger.iter().fold(BTreeMap::new(), |mut asked, entry| {
            assert_eq!(entry["method"], "GET");
            *asked
                .entry(entry["path"].as_str().unwrap_or_default().to_owned())
                .or_default() += 1;
            asked
        });
    let expected: BTreeMap<String, usize> = [
        // The credentials are tried on the properties, too.
        ("/v1/rentals?limit=1", 2),
        ("/v1/rentals/units?limit=1", 1),
        ("/v1/leases?limit=1", 1),
        ("/v1/leases/tenants?limit=1", 1),
        ("/v1/applicants?limit=1", 1),
        // What is off by default is asked for like all else.
        ("/v1/leases/recurringtransactions?limit=1", 1),
        ("/v1/leases/outstandingbalances?limit=1", 1),
        ("/v1/glaccounts?limit=1", 1),
        ("/v1/rentals/owners?limit=1", 1),
        ("/v1/vendors?limit=1", 1),
        ("/v1/users?limit=1&usertypes=Staff", 1),
        ("/v1/tasks/residentrequests?limit=1", 1),
        ("/v1/workorders?limit=1", 1),
        ("/v1/rentals/units/listings?limit=1", 1),
    ]
    .map(|(path, times)| (path.to_owned(), times))
    .into();
    // The ledger of one lease, whichever the probe of leases saw.
    let below_a_lease: Vec<String> = asked
        .keys()
        .filter(|path| path.ends_with("/transactions?limit=1"))
        .cloned()
        .collect();
    let tried: Vec<usize> = below_a_lease
        .iter()
        .filter_map(|path| asked.remove(path))
        .collect();
    assert_eq!(tried, [1], "{below_a_lease:?}");
    assert_eq!(asked, expected);
    let stored: i64 = sqlx::query_scalar("select count(*) from record")
        .fetch_one(&mut database(&gateway).await)
        .await
        .expect("the records are counted");
    assert_eq!(stored, 0);
    assert!(gateway.sync(&id).await.is_none());

    // Rejected credentials: the vendor is asked once, and the refusal says what it said.
    vendor.clear_ledger().await;
    let rejected = gateway
        .integration(with("nobody-knows-me", "a-secret-of-nobody-at-all"))
        .await;
    assert_eq!(vendor.ledger().await.len(), 1);
    let refused = enable(&rejected).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "credentials_rejected"),
        "{}",
        refused.body
    );
    let shown = gateway
        .admin
        .get(&format!("/v1/admin/integrations/{rejected}"))
        .await
        .expect(200);
    assert_eq!(shown["results"]["can_authenticate"], false);
    let said = shown["results"]["credentials"]["message"]
        .as_str()
        .unwrap_or_default();
    assert!(!said.is_empty());
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap_or_default()
            .contains(said),
        "{}",
        refused.body
    );

    let blind = gateway
        .integration(with("no-permission", "a-secret-without-permissions"))
        .await;
    let refused = enable(&blind).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "nothing_readable"),
        "{}",
        refused.body
    );
    for id in [&rejected, &blind] {
        assert!(gateway.sync(id).await.is_none());
        let shown = gateway
            .admin
            .get(&format!("/v1/admin/integrations/{id}"))
            .await
            .expect(200);
        assert_eq!(shown["results"]["active"], false);
    }

    // Partial access: it is enabled, and names what it leaves out and why.
    let partial = gateway
        .integration(with("no-applicants", "a-secret-without-applicants"))
        .await;
    let enabled = enable(&partial).await.expect(200);
    let skipped = enabled["results"]["will_skip"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let names: Vec<&Value> = skipped.iter().map(|skip| &skip["model"]).collect();
    assert_eq!(names, ["applicants", "applications"], "{enabled}");
    for skip in &skipped {
        assert_eq!(skip["result"], "skipped_no_access");
        assert_eq!(skip["who_must_act"], "customer");
        let message = skip["message"].as_str().unwrap_or_default();
        assert!(message.contains("Rentals > Applicants - View"), "{skip}");
    }
    assert_eq!(
        enabled["results"]["will_read"],
        json!(["properties", "units", "leases", "residents"])
    );
    let again = enable(&partial).await;
    assert_eq!(
        (again.status, again.code().as_str()),
        (409, "already_enabled")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_stops_a_sync_within_a_page_and_enabling_goes_on_from_there() {
    let vendor = Vendor::start(Options {
        properties: 20,
        units: 8_000,
        limit: None,
        ..Options::default()
    });
    let truth = vendor.truth().await;
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway.integration(vendor.integration("Interrupted")).await;
    vendor
        .mutate(json!([{"op": "latency", "fixed_ms": 700}]))
        .await;
    gateway.enable(&id).await;
    eventually("two pages of units are stored", async || {
        let sync = gateway.sync(&id).await?;
        (Gateway::run(&sync, "units")["pages"].as_i64()? >= 2).then_some(())
    })
    .await;

    let path = format!("/v1/admin/integrations/{id}/disable");
    let disabled = gateway.admin.post(&path, None).await.expect(200);
    assert_eq!(disabled["results"]["active"], false);
    let before = pages(&vendor.ledger().await);
    let stopped = gateway.synced(&id).await;
    assert_eq!(stopped["status"], "cancelled", "{stopped}");
    assert_eq!(Gateway::run(&stopped, "units")["status"], "cancelled");
    // Longer than a page takes: whatever was on its way is over.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let all = pages(&vendor.ledger().await);
    let later = &all[before.len()..];
    for (path, _) in later {
        let times = later.iter().filter(|(other, _)| other == path).count();
        assert!(
            times <= 1,
            "pages of {path} after it was disabled: {later:?}"
        );
    }

    // Data and cursor are kept.
    let mut connection = database(&gateway).await;
    let cursors: Vec<(String, String, Option<String>, i64)> = sqlx::query_as(
        "select model, status, cursor, rows_new from run where integration_id = $1 and lead_run_id is null",
    )
    .bind(&id)
    .fetch_all(&mut connection)
    .await
    .expect("the runs are read");
    let mut resumable = BTreeSet::new();
    for (model, status, cursor, rows) in &cursors {
        let stored: i64 = sqlx::query_scalar(
            "select count(*) from record where integration_id = $1 and model = $2",
        )
        .bind(&id)
        .bind(model)
        .fetch_one(&mut connection)
        .await
        .expect("the records are counted");
        assert_eq!(stored, *rows, "{model}");
        if status == "cancelled" && cursor.is_some() {
            resumable.insert(model.as_str());
        }
    }
    assert!(resumable.contains("units"), "{cursors:?}");
    let units = gateway
        .admin
        .get(&format!("/v1/units/?integration_id={id}&limit=1"))
        .await;
    let kept = units.expect(200)["meta"]["total"]
        .as_i64()
        .unwrap_or_default();
    assert!(kept >= 1_000, "{}", units.body);
    assert!(
        units.header("cache-status").contains("fwd=bypass"),
        "{:?}",
        units.headers
    );

    // Enabled again, it reads no page before the cursor.
    vendor
        .mutate(json!([{"op": "latency", "fixed_ms": 0}]))
        .await;
    vendor.clear_ledger().await;
    gateway.enable(&id).await;
    let finished = gateway.synced(&id).await;
    assert_eq!(finished["status"], "succeeded", "{finished}");
    let read = pages(&vendor.ledger().await);
    for model in resumable {
        let rows = cursors
            .iter()
            .find(|(name, ..)| name == model)
            .map_or(0, |(.., rows)| *rows);
        let first = read
            .iter()
            .filter(|(path, _)| path == path_of(model))
            .map(|(_, offset)| *offset)
            .min();
        // One row of overlap lets the connector notice rows that moved.
        assert_eq!(first, Some(rows.unsigned_abs() - 1), "{model}: {read:?}");
    }
    for (model, count) in truth.as_object().expect("counts by model") {
        let total = gateway
            .admin
            .total(&format!("/v1/{model}/?integration_id={id}"))
            .await;
        assert_eq!(json!(total), *count, "{model}");
    }
}
