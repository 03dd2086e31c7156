//! Erasing an integration: afterwards nothing of it is left in any table, and nothing of another one is missing.

use portcullis_e2e::{Gateway, Start, Vendor};
use portcullis_simulators::Options;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Every table of the schema, partitions in place of what they are parts of.
async fn tables(sql: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c
         where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1",
    )
    .fetch_all(sql)
    .await
    .expect("the tables")
}

/// How many rows of each table hold the text, in any column, as text or as bytes; only those that have some.
async fn holding(sql: &PgPool, text: &str) -> BTreeMap<String, i64> {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut found = BTreeMap::new();
    for table in tables(sql).await {
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from {table} t where position($1 in t::text) > 0 or position($2 in t::text) > 0"
        )))
        .bind(text)
        .bind(&hex)
        .fetch_one(sql)
        .await
        .expect("a count");
        if rows > 0 {
            found.insert(table, rows);
        }
    }
    found
}

/// Rows of every table that has a column about integrations, by table: how many are of this one.
async fn owned(sql: &PgPool, id: &str) -> BTreeMap<String, i64> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select table_name::text, column_name::text from information_schema.columns
         where table_schema = 'public' and column_name like '%integration%' and data_type = 'text'
           and table_name in (select relname from pg_class where relkind = 'r')",
    )
    .fetch_all(sql)
    .await
    .expect("the columns");
    assert!(columns.len() > 10, "{columns:?}");
    let mut found = BTreeMap::new();
    for (table, column) in columns {
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from \"{table}\" where \"{column}\" = $1"
        )))
        .bind(id)
        .fetch_one(sql)
        .await
        .expect("a count");
        found.insert(table, rows);
    }
    found
}

/// The files below a folder that hold the text: the log, and all that the gateway keeps beside its database.
fn files_holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_holding(&path, text));
        } else if std::fs::read(&path).is_ok_and(|bytes| {
            let mut windows = bytes.windows(text.len());
            windows.any(|window| window == text.as_bytes())
        }) {
            found.push(path);
        }
    }
    found
}

fn vendor(key: &str, seed: u64) -> Vendor {
    Vendor::start(Options {
        client_id: format!("client-{key}"),
        secret: format!("secret-of-{key}-0123456789"),
        seed,
        properties: 3,
        units: 40,
        limit: None,
        ..Options::default()
    })
}

async fn all(gateway: &Gateway, id: &str) -> Value {
    let mut answers = json!({});
    for model in ["properties", "units", "leases", "residents"] {
        let list = gateway
            .admin
            .get(&format!("/v1/{model}/?integration_id={id}&limit=250"))
            .await
            .expect(200);
        answers[model] = list["results"].clone();
    }
    answers
}

#[tokio::test]
async fn nothing_of_it_is_left_but_a_line_of_the_audit() {
    let (going, staying) = (vendor("going", 7), vendor("staying", 8));
    // Everything that the log could hold, and its lines of each request to a vendor.
    let start = Start::default().env("PORTCULLIS_LOG_LEVEL", "info,portcullis_egress=debug");
    let gateway = Gateway::start(start).await;
    let mut ids = Vec::new();
    for (vendor, name) in [(&going, "Acme Going"), (&staying, "Acme Staying")] {
        let id = gateway.integration(vendor.integration(name)).await;
        gateway.enable(&id).await;
        gateway.synced(&id).await;
        ids.push(id);
    }
    let [id, other] = [&ids[0], &ids[1]];
    let kept = all(&gateway, other).await;
    let residents = all(&gateway, id).await["residents"].clone();
    // A resident who lives nowhere else: not every name of the one vendor is none of the other's. Quotes, which some
    // addresses have, stand escaped in a row's text.
    let canary = residents
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["email_1"].as_str())
        .find(|email| !email.contains('"') && !kept.to_string().contains(*email))
        .expect("a resident with an address")
        .to_owned();
    let sql = PgPool::connect(&gateway.database.url)
        .await
        .expect("a pool");
    assert!(
        !holding(&sql, &canary).await.is_empty(),
        "the search finds it"
    );
    // The search finds the log.
    assert_eq!(files_holding(gateway.folder(), "request.finished").len(), 1);
    let before = owned(&sql, id).await;
    for table in [
        "data_key",
        "secret",
        "sync",
        "run",
        "record_residents",
        "sync_log",
        "data_access",
    ] {
        assert!(
            before.get(table).is_some_and(|rows| *rows > 0),
            "{table}: {before:?}"
        );
    }

    // A wrong name erases nothing; an answer in the cache is of no use afterwards.
    let path = format!("/v1/admin/integrations/{id}/erase");
    let wrong = gateway
        .admin
        .post(&path, Some(json!({"name": "acme going"})))
        .await;
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (400, "name_mismatch")
    );
    assert_eq!(owned(&sql, id).await, before);
    let cached = format!("/v1/residents/?limit=250&integration_id={id}");
    let _ = gateway.admin.get(&cached).await.expect(200);

    let erased = gateway
        .admin
        .post(&path, Some(json!({"name": "Acme Going"})))
        .await
        .expect(200);
    let removed = &erased["results"]["removed"];
    assert!(
        removed["record"].as_i64().is_some_and(|rows| rows > 40),
        "{erased}"
    );
    assert!(removed["data_key"].as_i64() == Some(1), "{erased}");

    assert!(owned(&sql, id).await.values().all(|rows| *rows == 0));
    let left = holding(&sql, id).await;
    assert_eq!(left, BTreeMap::from([("audit".to_owned(), 1)]));
    assert_eq!(holding(&sql, &canary).await, BTreeMap::new());
    let gone = gateway.admin.get(&cached).await;
    assert_eq!(
        (gone.status, gone.code().as_str()),
        (400, "unknown_integration"),
        "{}",
        gone.body
    );
    let everyone = gateway.admin.get("/v1/residents/?limit=250").await;
    assert!(!everyone.body.contains(&canary));
    for text in [id, &canary] {
        assert_eq!(files_holding(gateway.folder(), text), Vec::<PathBuf>::new());
    }

    let audit = gateway
        .admin
        .get(&format!("/v1/admin/audit/?subject={id}"))
        .await
        .expect(200);
    let entry = &audit["results"][0];
    assert_eq!(
        (&audit["meta"]["total"], &entry["action"]),
        (&json!(1), &json!("integration.erase"))
    );
    assert_eq!(entry["outcome"], "done");
    assert_eq!(entry["detail"]["removed"]["record"], removed["record"]);

    assert_eq!(
        all(&gateway, other).await,
        kept,
        "the other one is untouched"
    );
    let again = gateway
        .admin
        .post(&path, Some(json!({"name": "Acme Going"})))
        .await;
    assert_eq!(again.code(), "integration_not_found");
    sql.close().await;
}

/// Tables with rows of accounts that no integration owns; every other one must say whose its rows are.
const OF_ACCOUNTS: [&str; 4] = ["account", "api_key", "audit", "web_session"];

#[tokio::test]
async fn every_table_says_whose_its_rows_are() {
    let gateway = Gateway::start(Start::default()).await;
    let sql = PgPool::connect(&gateway.database.url)
        .await
        .expect("a pool");
    let unowned: Vec<String> = sqlx::query_scalar(
        "select c.table_name::text from information_schema.columns c join information_schema.tables t
                using (table_schema, table_name)
         where table_schema = 'public' and table_type = 'BASE TABLE' and column_name = 'account_id'
           and not exists (select from information_schema.columns o
                where (o.table_schema, o.table_name) = (c.table_schema, c.table_name)
                  and o.column_name in ('integration_id', 'run_id', 'sync_id'))
         order by 1",
    )
    .fetch_all(&sql)
    .await
    .expect("the tables");
    let unknown: Vec<&String> = unowned
        .iter()
        .filter(|table| !OF_ACCOUNTS.contains(&table.as_str()) && *table != "integration")
        .collect();
    assert!(
        unknown.is_empty(),
        "an erasure would leave rows in {unknown:?}: give them an integration_id, or name them in OF_ACCOUNTS"
    );
    sql.close().await;
}

#[tokio::test]
async fn a_sync_that_runs_is_stopped_first() {
    let slow = Vendor::start(Options {
        properties: 3,
        units: 400,
        latency_ms: 200,
        limit: None,
        ..Options::default()
    });
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway.integration(slow.integration("Acme Slow")).await;
    gateway.enable(&id).await;
    portcullis_e2e::eventually("a run is at work", async || {
        let sync = gateway.sync(&id).await?;
        let runs = sync["runs"].as_array()?.clone();
        runs.iter()
            .any(|run| run["status"] == "running")
            .then_some(())
    })
    .await;
    let erased = gateway
        .command(&["integration", "erase", &id, "--name", "Acme Slow"])
        .await;
    assert_eq!(erased["id"], json!(id));
    let sql = PgPool::connect(&gateway.database.url)
        .await
        .expect("a pool");
    // Whoever was at work may still write a line; give it the time.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(
        holding(&sql, &id).await,
        BTreeMap::from([("audit".to_owned(), 1)])
    );
    sql.close().await;
}
