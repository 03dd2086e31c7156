//! Another vault key: what runs goes on, what starts wants it, and what was backed up before wants the former one.

use portcullis_e2e::{Gateway, Start, Vendor};
use serde_json::{Value, json};
use std::path::Path;

async fn sync_again(gateway: &Gateway, id: &str) {
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let _ = gateway.admin.post(&path, None).await.expect(202);
    let sync = gateway.synced(id).await;
    assert_eq!(
        (&sync["status"], &sync["kind"]),
        (&json!("succeeded"), &json!("manual")),
        "{sync}"
    );
}

/// The code of a command that must fail, and what it says.
async fn refused(gateway: &Gateway, arguments: &[&str], env: &[(&str, &str)]) -> (String, String) {
    let (exit, answer) = gateway.try_command(arguments, env).await;
    assert_eq!(exit, 1, "{answer}");
    let text = |name: &str| {
        answer["error"][name]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    (text("code"), text("message"))
}

#[tokio::test]
async fn the_key_is_replaced_while_the_gateway_works() {
    let vendor = Vendor::small();
    let mut gateway = Gateway::start(Start::default()).await;
    let id = gateway
        .integration(vendor.integration("Acme Properties"))
        .await;
    gateway.enable(&id).await;
    gateway.synced(&id).await;
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (backup, former, next) = (path("backup.gz"), path("former.key"), path("next.key"));
    gateway.command(&["backup", &backup]).await;
    let saved = gateway.command(&["vault-key", "save", &former]).await;

    let rotated = gateway.command(&["vault-key", "rotate", &next]).await;
    assert_eq!(rotated["former_vault_key_id"], saved["vault_key_id"]);
    assert_ne!(rotated["vault_key_id"], saved["vault_key_id"]);
    let kept = rotated["former_kept_in"].as_str().expect("a file");
    let read = |file: &str| std::fs::read_to_string(file).expect("a key");
    assert_eq!(read(kept), read(&former));
    assert_eq!(
        read(
            &gateway
                .folder()
                .join("data/vault.key")
                .display()
                .to_string()
        ),
        read(&next)
    );
    let (code, _) = refused(&gateway, &["vault-key", "rotate", &next], &[]).await;
    assert_eq!(code, "vault_key_exists");

    // What runs opens and seals as before, and so does what starts.
    sync_again(&gateway, &id).await;
    gateway
        .integration(vendor.integration("Sealed afterwards"))
        .await;
    gateway.stop().await;
    gateway.restart().await;
    gateway.offered("BUILDIUM").await;
    sync_again(&gateway, &id).await;
    let (code, sentence) = refused(
        &gateway,
        &["vault-key", "rotate", &path("another.key")],
        &[("PORTCULLIS_VAULT_KEY_FILE", &former)],
    )
    .await;
    let wanted = rotated["vault_key_id"].as_str().expect("an id");
    assert_eq!(code, "wrong_vault_key");
    assert!(sentence.contains(wanted), "{sentence}");
    let audit: Vec<Value> = entries(&gateway).await;
    assert!(
        audit
            .iter()
            .any(|it| it["action"] == "vault_key.rotate" && it["subject"] == wanted),
        "{audit:?}"
    );

    let mut restored = gateway.restored(&backup, &former).await;
    gateway.stop().await;
    restored.offered("BUILDIUM").await;
    sync_again(&restored, &id).await;
    restored.stop().await;
}

/// The audit, as far as it belongs to no account.
async fn entries(gateway: &Gateway) -> Vec<Value> {
    let sql = sqlx::PgPool::connect(&gateway.database.url)
        .await
        .expect("a pool");
    let rows: Vec<(String, String)> =
        sqlx::query_as("select action, subject from audit where account_id is null")
            .fetch_all(&sql)
            .await
            .expect("the audit");
    sql.close().await;
    rows.into_iter()
        .map(|(action, subject)| json!({"action": action, "subject": subject}))
        .collect()
}

/// Puts the new key where the gateway reads its own.
pub(crate) async fn rotate(gateway: &Gateway, own: &Path) {
    let next = own.with_extension("next");
    let file = next.display().to_string();
    let rotated = gateway.command(&["vault-key", "rotate", &file]).await;
    assert_eq!(rotated["former_kept_in"], Value::Null, "{rotated}");
    std::fs::rename(next, own).expect("the key in its place");
}
