use crate::world::{LEASE, World};
use portcullis_store::vault::{Candidate, KeyEncryptionKey, Vault};
use portcullis_store::{CheckLease, CredentialsState, CredentialsVerdict, StoreError};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

#[tokio::test]
async fn another_key_is_refused_and_the_wanted_one_named() {
    let world = World::new().await;
    let right = KeyEncryptionKey::from_bytes([7; 32]);
    assert_eq!(
        Vault::wanted_key(&world.store).await.unwrap(),
        Some(right.id())
    );
    let error = Vault::open(&world.store, KeyEncryptionKey::from_bytes([8; 32]))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, StoreError::WrongVaultKey { wanted } if *wanted == right.id()),
        "{error:?}"
    );
    Vault::open(&world.store, right).await.unwrap();
}

#[tokio::test]
async fn secrets_come_back_and_are_replaced_as_a_whole() {
    let world = World::new().await;
    let row = world.integration().await;
    let opened = world
        .vault
        .open_all(&row.account_id, &row.id)
        .await
        .unwrap();
    assert_eq!(opened["clientId"].expose_secret(), "s3cr3t-client-id");
    let new = BTreeMap::from([("secret".to_owned(), SecretString::from("another"))]);
    world
        .vault
        .replace(&row.account_id, &row.id, &new)
        .await
        .unwrap();
    let opened = world
        .vault
        .open_all(&row.account_id, &row.id)
        .await
        .unwrap();
    assert_eq!(opened.keys().collect::<Vec<_>>(), ["secret"]);
    assert_eq!(opened["secret"].expose_secret(), "another");
    assert_eq!(
        world.count("data_key").await,
        1,
        "the old data key is gone with its secrets"
    );
    let error = world
        .vault
        .open_all("acc_other", &row.id)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::NotFound));
}

#[tokio::test]
async fn a_blob_in_another_place_does_not_open() {
    let moves = [
        // Between two integrations of one account, with the data key or without it.
        "update secret a set blob = b.blob from secret b where b.integration_id <> a.integration_id",
        "with b as (select integration_id, wrapped from data_key)
         update data_key a set wrapped = b.wrapped from b where b.integration_id <> a.integration_id",
        "update secret set name = 'other'",
        "update integration set environment = 'production'",
        "update secret set blob = set_byte(blob, octet_length(blob) - 1, get_byte(blob, octet_length(blob) - 1) # 1)",
        "update secret set blob = substr(blob, 1, 10)",
        "update data_key set wrapped = set_byte(wrapped, 0, 9)",
    ];
    for statement in moves {
        let world = World::new().await;
        let (one, _two) = (world.integration().await, world.integration().await);
        world
            .vault
            .open_all(&one.account_id, &one.id)
            .await
            .unwrap();
        world.execute(statement).await;
        let error = world
            .vault
            .open_all(&one.account_id, &one.id)
            .await
            .unwrap_err();
        assert!(
            matches!(error, StoreError::Corrupt(_)),
            "{statement}: {error:?}"
        );
    }
}

#[tokio::test]
async fn new_credentials_replace_the_old_ones_only_when_they_are_adopted() {
    let world = World::new().await;
    let integration = world.integration().await;
    let (account, id) = (&world.account, &integration.id);
    let secret = |text: &str| BTreeMap::from([("clientId".to_owned(), SecretString::from(text))]);
    let new = Candidate {
        settings: json!({"region": "west"}),
        secrets: secret("an0ther-client-id"),
    };
    let budget = Duration::from_secs(60);
    let claim = async || {
        let claimed = world
            .store
            .claim_access_check("w", LEASE, budget)
            .await
            .unwrap();
        claimed.unwrap()
    };
    let first = claim().await;
    assert!(!first.candidate);
    let busy = world.vault.propose(account, id, &new).await;
    assert!(matches!(
        busy,
        Err(StoreError::Conflict {
            what: "check_running"
        })
    ));
    world
        .store
        .finish_access_check(&first.lease, "valid", None)
        .await
        .unwrap();
    let stored = async || {
        let secrets = world.vault.open_all(account, id).await.unwrap();
        secrets["clientId"].expose_secret().to_owned()
    };
    let old = stored().await;

    // Refused: nothing has changed, and what was tried is gone.
    world.vault.propose(account, id, &new).await.unwrap();
    let refused = claim().await;
    assert!(refused.candidate);
    let opened = world.vault.open_candidate(&refused.lease).await.unwrap();
    assert_eq!(
        opened.secrets["clientId"].expose_secret(),
        "an0ther-client-id"
    );
    world
        .store
        .finish_access_check(&refused.lease, "rejected", Some("no"))
        .await
        .unwrap();
    assert_eq!(stored().await, old);
    assert_eq!(world.count("credential_candidate").await, 0);
    let gone = world.vault.open_candidate(&refused.lease).await;
    assert!(matches!(gone, Err(StoreError::NotFound)));

    // Taken: secrets, settings and the word about them change together, and only by whoever holds the check.
    world.vault.propose(account, id, &new).await.unwrap();
    let taken = claim().await;
    let state = CredentialsState {
        verdict: CredentialsVerdict::Valid,
        message: None,
        code: None,
        vendor_account_id: Some("17".to_owned()),
        vendor_account_name: None,
    };
    let stale = CheckLease {
        fence: taken.lease.fence - 1,
        ..taken.lease.clone()
    };
    let late = world.vault.adopt_candidate(&stale, &new, "", &state).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)));
    assert_eq!(stored().await, old);
    world
        .vault
        .adopt_candidate(&taken.lease, &opened, "", &state)
        .await
        .unwrap();
    assert_eq!(stored().await, "an0ther-client-id");
    let row = world.store.get_integration(account, id).await.unwrap();
    assert_eq!(row.settings, json!({"region": "west"}));
    assert_eq!(
        (row.credentials, row.vendor_account_id.as_deref()),
        (CredentialsVerdict::Valid, Some("17"))
    );
    let plain: i64 = world
        .count("credential_candidate where names::text || settings::text like '%an0ther%'")
        .await;
    assert_eq!(plain, 0);
}
