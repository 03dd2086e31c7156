//! What the store fails with, from what really leads to it, under the codes that people see.

use crate::world::{LEASE, World, more, records, run};
use portcullis_store::{ConnectOptions, Store};
use portcullis_test_postgres::TestDatabase;
use serde_json::{Value, json};

fn recorded(code: &'static str) -> &'static str {
    portcullis_test_codes::record(code);
    code
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_an_error_of_the_server() {
    let database = TestDatabase::create().await;
    let url = database.url.replace("portcullis_test_", "portcullis_none_");
    assert_ne!(url, database.url);
    let error = Store::connect(&url, ConnectOptions::default())
        .await
        .unwrap_err();
    assert_eq!(recorded(error.code()), "database_error", "{error}");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    let error = world.store.get_account("acc_none").await.unwrap_err();
    assert_eq!(recorded(error.code()), "not_found");
}

#[tokio::test]
async fn a_secret_that_was_cut_off_is_corrupt() {
    let world = World::new().await;
    let row = world.integration().await;
    world
        .execute("update secret set blob = substr(blob, 1, 10)")
        .await;
    let error = world
        .vault
        .open_all(&row.account_id, &row.id)
        .await
        .unwrap_err();
    assert_eq!(recorded(error.code()), "corrupt");
}

#[tokio::test]
async fn who_was_silent_for_too_long_stores_nothing() {
    let world = World::new().await;
    world.syncing(vec![run("units")]).await;
    let before = world.claim().await;
    world.expire_leases().await;
    let after = world.claim().await;
    assert!(after.lease.fence > before.lease.fence);
    let late = world
        .store
        .commit_unit(&before.lease, &more(records(0..1), "page 2"))
        .await
        .unwrap_err();
    assert_eq!(recorded(late.code()), "lease_lost");
    let beats = world
        .store
        .heartbeat_runs(std::slice::from_ref(&after.lease), LEASE)
        .await
        .unwrap();
    assert_eq!(beats.len(), 1);
}

#[tokio::test]
async fn a_backup_of_a_newer_program_is_left_alone() {
    let world = World::new().await;
    let mut backup = Vec::new();
    world.store.back_up(&mut backup).await.unwrap();
    let end = backup.iter().position(|byte| *byte == b'\n').unwrap();
    let mut header: Value = serde_json::from_slice(&backup[..end]).unwrap();
    header["program"] = json!("9.9.9");
    let migrations = header["migrations"].as_array_mut().unwrap();
    migrations.push(json!(99_999_999));
    let newer = [header.to_string().as_bytes(), &backup[end..]].concat();

    let database = TestDatabase::create().await;
    let store = Store::connect(&database.url, ConnectOptions::default())
        .await
        .unwrap();
    let error = store.restore(&mut newer.as_slice()).await.unwrap_err();
    assert_eq!(recorded(error.code()), "backup_newer");
    assert!(error.to_string().contains("9.9.9"), "{error}");
    assert_eq!(store.schema_version().await.unwrap(), 0);
}
