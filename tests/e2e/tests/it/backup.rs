//! A backup restored on an empty machine: the same answers, the same keys, and the next sync goes on.

use portcullis_e2e::{Gateway, Start, Vendor};
use serde_json::{Value, json};

const MODELS: [&str; 6] = [
    "properties",
    "units",
    "leases",
    "residents",
    "applicants",
    "applications",
];

/// The answers to all that a program asks for.
async fn answers(gateway: &Gateway, id: &str) -> Value {
    let mut all = json!({});
    for model in MODELS {
        let list = gateway
            .admin
            .get(&format!("/v1/{model}/?limit=250&order-by=created_at:asc"))
            .await
            .expect(200);
        all[model] = list["results"].clone();
        all[format!("{model} in all")] = list["meta"]["total"].clone();
    }
    for path in ["", "/syncs", "/data-access", "/schedule"] {
        let path = format!("/v1/admin/integrations/{id}{path}");
        all[&path] = gateway.admin.get(&path).await.expect(200);
    }
    all
}

async fn comes_back(managed: bool) {
    let vendor = Vendor::small();
    let start = Start {
        managed_postgres: managed,
        ..Start::default()
    };
    let mut gateway = Gateway::start(start).await;
    let id = gateway
        .integration(vendor.integration("Acme Properties"))
        .await;
    gateway.enable(&id).await;
    gateway.synced(&id).await;
    let before = answers(&gateway, &id).await;
    assert!(
        before["units"].as_array().is_some_and(|it| it.len() == 60),
        "{before}"
    );

    let folder = tempfile::TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, key) = (path("backup.gz"), path("vault.key"));
    let written = gateway.command(&["backup", &file]).await;
    assert!(
        written["rows"].as_u64().is_some_and(|rows| rows > 200),
        "{written}"
    );
    let saved = gateway.command(&["vault-key", "save", &key]).await;
    assert_eq!(saved["vault_key_id"], written["header"]["vault_key_id"]);
    let again = gateway.try_command(&["backup", &file], &[]).await;
    assert_eq!(
        (again.0, &again.1["error"]["code"]),
        (1, &json!("file_exists"))
    );
    let full = gateway.try_command(&["restore", &file], &[]).await;
    assert_eq!(
        (full.0, &full.1["error"]["code"]),
        (1, &json!("database_not_empty"))
    );

    let mut restored = gateway.restored(&file, &key).await;
    gateway.stop().await;
    restored.offered("BUILDIUM").await;
    assert_eq!(answers(&restored, &id).await, before);

    // The credentials can be read, the places to go on from are there, and numbers go on where they stopped.
    vendor.clear_ledger().await;
    let _ = restored
        .admin
        .post(&format!("/v1/admin/integrations/{id}/manual-sync"), None)
        .await
        .expect(202);
    let sync = restored.synced(&id).await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    let changed: u64 = MODELS
        .iter()
        .filter_map(|model| {
            let run = Gateway::run(&sync, model);
            Some(run["rows_new"].as_u64()? + run["rows_changed"].as_u64()?)
        })
        .sum();
    assert_eq!(changed, 0, "{sync}");
    let asked = json!(vendor.ledger().await).to_string();
    assert!(
        asked.contains("lastupdatedfrom"),
        "it is incremental: {asked}"
    );
    restored.stop().await;
}

#[tokio::test]
async fn a_backup_of_an_external_database_comes_back() {
    comes_back(false).await;
}

#[tokio::test]
async fn a_backup_of_a_managed_database_comes_back() {
    comes_back(true).await;
}

#[tokio::test]
async fn what_is_no_whole_backup_leaves_the_database_empty() {
    let gateway = Gateway::start(Start::default()).await;
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let file = path("backup.gz");
    gateway.command(&["backup", &file]).await;
    let whole = std::fs::read(&file).expect("the backup");
    std::fs::write(path("cut"), &whole[..whole.len() - 40]).expect("a shorter one");
    std::fs::write(path("text"), "no backup").expect("another file");
    let other = portcullis_e2e::TestDatabase::create().await;
    for (name, code) in [
        ("cut", "backup_damaged"),
        ("text", "backup_damaged"),
        ("nowhere", "backup_unreadable"),
    ] {
        let env = [("PORTCULLIS_DATABASE_URL", other.url.as_str())];
        let refused = gateway.try_command(&["restore", &path(name)], &env).await;
        assert_eq!(
            (refused.0, &refused.1["error"]["code"]),
            (1, &json!(code)),
            "{name}"
        );
    }
    // Nothing is left of these attempts: the whole one fits.
    let env = [("PORTCULLIS_DATABASE_URL", other.url.as_str())];
    let restored = gateway.try_command(&["restore", &file], &env).await;
    assert_eq!(restored.0, 0, "{}", restored.1);
}
