//! A database of earlier days under the gateway of today, and one of tomorrow: `tests/corpus` says where they come from.

use portcullis_e2e::{Gateway, Start, Vendor};
use portcullis_simulators::Options;
use serde_json::{Value, json};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::vault_key;

const SQL: &str = include_str!("../../../corpus/database-ea053b1.sql");
/// What the gateway of that day answered: the id and the vendor's id of each record.
const ANSWERS: &str = include_str!("../../../corpus/database-ea053b1.json");
const CONNECTOR: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../corpus/buildium-2322863.wasm"
);
const VAULT_KEY: &str = "5f1c0e2d4b6a798897a6b5c4d3e2f1005f1c0e2d4b6a798897a6b5c4d3e2f100";

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_an_earlier_commit_is_read_and_its_syncs_go_on() {
    // The vendor of that day, with the same records.
    let vendor = Vendor::start(Options {
        seed: 1,
        properties: 2,
        units: 12,
        limit: None,
        client_id: "upgrade-client".to_owned(),
        secret: "upgrade-secret-0123456789".to_owned(),
        ..Options::default()
    });
    let then: Value = serde_json::from_str(ANSWERS).expect("the answers of that day");
    let key = then["key"].as_str().expect("a key");
    let sql = SQL.replace("http://VENDOR", vendor.url());
    let start = Start {
        components: Vec::new(),
        ..Start::default()
    };
    let folder = tempfile::TempDir::new().expect("a folder");
    let vault_key = folder.path().join("vault.key");
    std::fs::write(&vault_key, VAULT_KEY).expect("the key of that day");
    std::fs::set_permissions(&vault_key, Permissions::from_mode(0o600)).expect("a mode");
    let start = start.env(
        "PORTCULLIS_VAULT_KEY_FILE",
        &vault_key.display().to_string(),
    );
    let mut gateway = Gateway::found(start, &sql, key, Path::new(CONNECTOR)).await;

    let models = then["ids"].as_object().expect("models");
    assert_eq!(models.len(), 6);
    for (model, records) in models {
        let path = format!("/v1/{model}/?limit=250");
        let list = gateway.admin.get(&path).await.expect(200);
        let mut now: Vec<Value> = list["results"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|record| json!([record["id"], record["x_id"]]))
            .collect();
        now.sort_by_key(Value::to_string);
        assert_eq!(&json!(now), records, "{model}");
    }

    // The credentials can be read, what was stored is known again, and only what changed is asked for.
    gateway.offered("BUILDIUM").await;
    vendor.clear_ledger().await;
    let id = then["integration"].as_str().expect("an integration");
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let _ = gateway.admin.post(&path, None).await.expect(202);
    let sync = gateway.synced(id).await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    assert_eq!(sync["kind"], "manual", "{sync}");
    for (counter, most) in [("rows_new", 0), ("rows_changed", 0), ("rows_dead", 0)] {
        assert_eq!(sync["counters"][counter], most, "{sync}");
    }
    let ledger = json!(vendor.ledger().await).to_string();
    assert!(
        ledger.to_lowercase().contains("lastupdatedfrom"),
        "{ledger}"
    );

    // What was sealed in those days by the operator's key itself opens with another one, too: for the process that was
    // there before, and for the next.
    vault_key::rotate(&gateway, &vault_key).await;
    for _ in 0..2 {
        let _ = gateway.admin.post(&path, None).await.expect(202);
        let sync = gateway.synced(id).await;
        assert_eq!(sync["status"], "succeeded", "{sync}");
        gateway.stop().await;
        gateway.restart().await;
        gateway.offered("BUILDIUM").await;
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone_in_a_sentence() {
    let mut gateway = Gateway::start(Start::default()).await;
    gateway.stop().await;
    let sql = sqlx::PgPool::connect(&gateway.database.url)
        .await
        .expect("a pool");
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'of tomorrow', true, '', 0)",
    )
    .execute(&sql)
    .await
    .expect("a migration of tomorrow");
    let tables = async || -> Vec<(String, i64)> {
        sqlx::query_as(
            "select relname::text, (xpath('/row/n/text()', query_to_xml('select count(*) as n from ' || oid::regclass,
                false, true, '')))[1]::text::bigint
             from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
        )
        .fetch_all(&sql)
        .await
        .expect("the tables")
    };
    let before = tables().await;
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["worker"],
        &["migrate"],
        &["export", "units"],
        &["integration", "list"],
    ] {
        let (exit, answer) = gateway.try_command(arguments, &[]).await;
        assert_eq!(
            (exit, &answer["error"]["code"]),
            (1, &json!("schema_newer")),
            "{arguments:?}: {answer}"
        );
        let sentence = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(sentence.contains("newer"), "{sentence}");
    }
    assert_eq!(tables().await, before);
    sql.close().await;
}
