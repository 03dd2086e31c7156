use crate::world::World;
use portcullis_store::StoreError;
use portcullis_store::vault::{KeyEncryptionKey, Vault};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

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
