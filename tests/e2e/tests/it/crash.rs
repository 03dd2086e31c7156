//! `kill -9` in the middle of a first sync: nothing is lost, nothing is there twice, and little is fetched again.

#![expect(
    clippy::print_stdout,
    reason = "how much was fetched again is worth reading, not only asserting"
)]

use portcullis_e2e::{Client, Gateway, Start, Vendor};
use portcullis_simulators::Options;
use portcullis_simulators::shared::seed::mix;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::{Duration, Instant};

const SEED: u64 = 20_260_728;

/// A unit of 1,000 rows is a page; with the page in flight that is all that may be fetched again in one run.
const FETCHED_AGAIN: usize = 2;

/// How long a sync may take in all, on a busy machine.
const SYNC: Duration = Duration::from_secs(90);

fn vendor() -> Vendor {
    Vendor::start(Options {
        seed: SEED,
        properties: 60,
        units: 6_000,
        latency_ms: 60,
        limit: None,
        ..Options::default()
    })
}

/// How often each page was asked for, as path and offset.
async fn fetched(vendor: &Vendor) -> BTreeMap<(String, String), usize> {
    let mut fetched = BTreeMap::new();
    for entry in vendor.ledger().await {
        let asked = entry["path"].as_str().unwrap_or_default();
        let Some((path, query)) = asked.split_once('?') else {
            continue;
        };
        if let Some(offset) = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("offset="))
        {
            *fetched
                .entry((path.to_owned(), offset.to_owned()))
                .or_default() += 1;
        }
    }
    fetched
}

/// Waits for the end of a sync by asking rarely, so that the machine's time goes to the sync.
async fn end(gateway: &Gateway, id: &str) -> Value {
    let begun = Instant::now();
    loop {
        if let Some(sync) = gateway.sync(id).await
            && !sync["finished_at"].is_null()
        {
            return sync;
        }
        assert!(
            begun.elapsed() < SYNC,
            "the sync goes on: {}",
            gateway.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The ids of each model as the vendor has them and as the table has them are the same, and so are all counts.
async fn compare(gateway: &Gateway, vendor: &Vendor, id: &str, sync: &Value, crash: &str) {
    let (truth, ids) = (vendor.truth().await, vendor.ids().await);
    let mut connection = PgConnection::connect_with(&gateway.database.options())
        .await
        .expect("the test's database answers");
    for (model, count) in truth.as_object().expect("counts by model") {
        let total = gateway
            .admin
            .total(&format!("/v1/{model}/?integration_id={id}&limit=1"))
            .await;
        assert_eq!(json!(total), *count, "{crash}: {model} by the API");
        let stored: Vec<String> = sqlx::query_scalar(
            "select external_id from record where integration_id = $1 and model = $2 and deleted_at is null",
        )
        .bind(id)
        .bind(model)
        .fetch_all(&mut connection)
        .await
        .expect("the ids are read");
        assert_eq!(json!(stored.len()), *count, "{crash}: {model} in the table");
        let stored: BTreeSet<String> = stored.into_iter().collect();
        let expected: BTreeSet<String> = ids[model]
            .as_array()
            .into_iter()
            .flatten()
            .map(Value::to_string)
            .collect();
        assert_eq!(stored, expected, "{crash}: ids of {model}");
        // Rows, cursor and counters of a unit were committed together: a unit stored without its cursor would have
        // brought the same rows twice, one without its counters would be missing here.
        let run = Gateway::run(sync, model);
        assert_eq!(run["rows_new"], *count, "{crash}: {run}");
        assert_eq!(run["rows_changed"], 0, "{crash}: {run}");
        assert_eq!(run["rows_unchanged"], 0, "{crash}: {run}");
        assert_eq!(run["status"], "succeeded", "{crash}: {run}");
    }
}

/// A model, the vendor's list of it, and pairs of the vendor's field and ours.
type Compared = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// What people would miss first. A dot goes into an object.
const CONTENT: [Compared; 5] = [
    (
        "properties",
        "/v1/rentals",
        &[
            ("Name", "name"),
            ("Address.AddressLine1", "address_1"),
            ("Address.City", "city"),
            ("Address.PostalCode", "zip"),
        ],
    ),
    (
        "units",
        "/v1/rentals/units",
        &[
            ("UnitNumber", "number"),
            ("BuildingName", "building_name"),
            ("Address.AddressLine1", "address_1"),
            ("Address.AddressLine2", "address_2"),
        ],
    ),
    (
        "leases",
        "/v1/leases",
        &[
            ("UnitNumber", "unit_number"),
            ("LeaseFromDate", "start_date"),
            ("LeaseToDate", "end_date"),
        ],
    ),
    (
        "residents",
        "/v1/leases/tenants",
        &[
            ("FirstName", "first_name"),
            ("LastName", "last_name"),
            ("Email", "email_1"),
            ("Address.AddressLine1", "address_1"),
        ],
    ),
    (
        "applicants",
        "/v1/applicants",
        &[
            ("FirstName", "first_name"),
            ("LastName", "last_name"),
            ("Email", "email_1"),
        ],
    ),
];

/// The values of some fields, by the record's id.
type Content = BTreeMap<String, Vec<Option<String>>>;

/// What the vendor has, read from it directly.
async fn of_the_vendor(vendor: &Vendor, path: &str, fields: &[(&str, &str)]) -> Content {
    let keys = vendor.integration("")["credentials"].clone();
    let header = |name: &str| keys[name].as_str().unwrap_or_default().to_owned();
    let headers = [
        ("x-buildium-client-id", header("clientId")),
        ("x-buildium-client-secret", header("secret")),
    ];
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let client = Client::new(vendor.url(), None);
    let mut content = Content::new();
    loop {
        let page = format!(
            "{path}?orderby=Id%20asc&limit=1000&offset={}",
            content.len()
        );
        let rows = client.get_with(&page, &headers).await.expect(200);
        let rows = rows.as_array().expect("rows");
        for row in rows {
            let value = |from: &str| {
                let place = format!("/{}", from.replace('.', "/"));
                let text = row.pointer(&place).and_then(Value::as_str)?.trim();
                // Days come with midnight behind them.
                let text = text.strip_suffix("T00:00:00").unwrap_or(text);
                (!text.is_empty()).then(|| text.to_owned())
            };
            let values = fields.iter().map(|(from, _)| value(from)).collect();
            content.insert(row["Id"].to_string(), values);
        }
        if rows.len() < 1000 {
            return content;
        }
    }
}

/// Names, addresses and days of each integration are the vendor's, record by record.
async fn compare_content(gateway: &Gateway, vendor: &Vendor, integrations: &[String]) {
    let mut connection = PgConnection::connect_with(&gateway.database.options())
        .await
        .expect("the test's database answers");
    for (model, path, fields) in CONTENT {
        let truth = of_the_vendor(vendor, path, fields).await;
        for (place, (field, _)) in fields.iter().enumerate() {
            let filled = truth.values().any(|values| values[place].is_some());
            assert!(
                filled,
                "no record of {model} has {field}: nothing is compared"
            );
        }
        for id in integrations {
            let rows: Vec<(String, Value)> = sqlx::query_as(
                "select external_id, doc::jsonb from record where integration_id = $1 and model = $2 and deleted_at is null",
            )
            .bind(id)
            .bind(model)
            .fetch_all(&mut connection)
            .await
            .expect("the documents are read");
            let stored: Content = rows
                .into_iter()
                .map(|(x_id, doc)| {
                    let value = |to: &str| doc[to].as_str().map(str::to_owned);
                    (x_id, fields.iter().map(|(_, to)| value(to)).collect())
                })
                .collect();
            assert_eq!(stored.len(), truth.len(), "{model}");
            for (x_id, values) in &truth {
                assert_eq!(stored.get(x_id), Some(values), "{id}: {model} {x_id}");
            }
        }
    }
}

/// Ten crashes in all, in two tests that share the machine.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_five_moments_a_sync_still_ends_with_the_truth() {
    killed(0..5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_five_other_moments_a_sync_still_ends_with_the_truth() {
    killed(5..10).await;
}

async fn killed(crashes: Range<u64>) {
    let vendor = vendor();
    let mut gateway = Gateway::start(Start::default()).await;

    // An undisturbed sync says how many pages there are to be killed between.
    let id = gateway.integration(vendor.integration("Undisturbed")).await;
    vendor.clear_ledger().await;
    gateway.enable(&id).await;
    let sync = end(&gateway, &id).await;
    compare(&gateway, &vendor, &id, &sync, "undisturbed").await;
    let undisturbed = fetched(&vendor).await;
    assert!(
        undisturbed.values().all(|times| *times == 1),
        "{undisturbed:?}"
    );
    let pages = undisturbed.len() as u64;
    assert!(pages > 20, "{pages} pages are too few to be killed between");

    let mut integrations = vec![id];
    for crash in crashes {
        // A moment between the first page and the last but three, anywhere within a request's time.
        let after = 1 + mix(SEED, 1, crash) % (pages - 4);
        let further = Duration::from_micros(mix(SEED, 2, crash) % 70_000);
        let name = format!(
            "crash {crash}, {} µs after page {after}",
            further.as_micros()
        );
        let id = gateway.integration(vendor.integration(&name)).await;
        vendor.clear_ledger().await;
        gateway.enable(&id).await;
        let begun = Instant::now();
        while (fetched(&vendor).await.len() as u64) < after {
            assert!(
                begun.elapsed() < SYNC,
                "{name}: the sync does not get there: {}",
                gateway.log()
            );
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        tokio::time::sleep(further).await;
        gateway.kill().await;
        let before = fetched(&vendor).await;

        gateway.restart().await;
        let resumed = gateway.sync(&id).await.expect("the sync is still there");
        assert!(
            resumed["finished_at"].is_null(),
            "{name}: the kill came too late"
        );
        let sync = end(&gateway, &id).await;
        assert_eq!(sync["status"], "succeeded", "{name}: {sync}");
        assert_eq!(sync["id"], resumed["id"]);
        integrations.push(id.clone());
        compare(&gateway, &vendor, &id, &sync, &name).await;

        let all = fetched(&vendor).await;
        // The pages are the same as ever: no other offsets, none left out.
        assert_eq!(
            all.keys().collect::<Vec<_>>(),
            undisturbed.keys().collect::<Vec<_>>(),
            "{name}"
        );
        let mut again: BTreeMap<&str, usize> = BTreeMap::new();
        for ((path, _), times) in &all {
            *again.entry(path).or_default() += times - 1;
        }
        println!(
            "{name}: {} pages before, fetched again: {again:?}",
            before.len()
        );
        for (path, times) in again {
            assert!(
                times <= FETCHED_AGAIN,
                "{name}: {times} pages of {path} were fetched again: {all:?}"
            );
        }
    }
    compare_content(&gateway, &vendor, &integrations).await;
}
