use crate::world::World;
use portcullis_store::{Environment, NewKey, Role, StoreError, Wake};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::time::Duration;

#[tokio::test]
async fn a_key_is_shown_once_found_by_hash_and_revoked_aloud() {
    let world = World::new().await;
    let new = NewKey::new(
        &world.account,
        "reader",
        Environment::Production,
        Role::Read,
    );
    let (row, plain) = world.store.create_key(new.clone()).await.unwrap();
    let plain = plain.expose_secret();
    let random = plain.strip_prefix("pk_production_").unwrap();
    assert_eq!((random.len(), &random[28..]), (32, row.hint.as_str()));
    let hash: [u8; 32] = Sha256::digest(plain.as_bytes()).into();
    let found = world.store.find_key_by_hash(hash).await.unwrap().unwrap();
    assert_eq!(
        (
            found.id.as_str(),
            found.account_id.as_str(),
            found.role,
            found.environment
        ),
        (
            row.id.as_str(),
            world.account.as_str(),
            Role::Read,
            Environment::Production
        )
    );
    assert_eq!(world.store.find_key_by_hash([0; 32]).await.unwrap(), None);
    assert_eq!(
        world
            .count(&format!(
                "api_key where api_key::text like '%{}%'",
                &random[..20]
            ))
            .await,
        0
    );

    let other = world.store.create_account("Other").await.unwrap().id;
    assert!(matches!(
        world.store.revoke_key(&other, &row.id).await,
        Err(StoreError::NotFound)
    ));
    let mut listener = world.store.listen().await.unwrap();
    let before = world.store.database_now().await.unwrap();
    let revoked = world
        .store
        .revoke_key(&world.account, &row.id)
        .await
        .unwrap();
    assert_eq!(
        tokio::time::timeout(Duration::from_secs(10), listener.next())
            .await
            .unwrap()
            .unwrap(),
        Wake::Keys
    );
    let changed = world.store.keys_changed_since(before).await.unwrap();
    assert_eq!(
        changed
            .iter()
            .map(|(k, h)| (k.revoked_at, h.as_slice()))
            .collect::<Vec<_>>(),
        [(revoked.revoked_at, hash.as_slice())]
    );

    let later = before + Duration::from_secs(5);
    let uses = [
        (world.account.clone(), row.id.clone(), later),
        (world.account.clone(), row.id.clone(), before),
    ];
    world.store.touch_keys(&uses).await.unwrap();
    world.store.touch_keys(&uses[1..]).await.unwrap();
    assert_eq!(
        world.store.list_keys(&world.account).await.unwrap()[0].last_used_at,
        Some(later)
    );
    let nobodys = NewKey {
        account_id: "acc_none".to_owned(),
        ..new
    };
    assert!(matches!(
        world.store.create_key(nobodys).await,
        Err(StoreError::NotFound)
    ));
}

#[tokio::test]
async fn a_rotated_key_is_announced_and_keeps_what_it_was() {
    let world = World::new().await;
    let integration = world
        .with_units(&world.account, Environment::Sandbox, Vec::new())
        .await;
    let ends = world.store.database_now().await.unwrap() + Duration::from_secs(90 * 86_400);
    let new = NewKey {
        expires_at: Some(ends),
        integrations: Some(vec![integration.id.clone(), integration.id.clone()]),
        models: Some(vec!["units".to_owned()]),
        requests_per_minute: Some(7),
        ..NewKey::new(&world.account, "reader", Environment::Sandbox, Role::Read)
    };
    let elsewhere = NewKey {
        environment: Environment::Production,
        ..new.clone()
    };
    assert!(matches!(
        world.store.create_key(elsewhere).await,
        Err(StoreError::Conflict {
            what: "unknown_integration"
        })
    ));
    assert_eq!(world.count("api_key where name = 'reader'").await, 0);
    let (old, _) = world.store.create_key(new).await.unwrap();
    assert_eq!(old.integrations, Some(vec![integration.id.clone()]));

    let mut listener = world.store.listen().await.unwrap();
    let hour = Duration::from_secs(3600);
    let rotated = world
        .store
        .rotate_key(&world.account, &old.id, hour)
        .await
        .unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(10), listener.next()).await;
    assert_eq!(heard.unwrap().unwrap(), Wake::Keys);
    let (new, old) = (rotated.successor, rotated.replaced);
    assert_eq!(
        (
            &new.name,
            new.role,
            new.environment,
            &new.integrations,
            &new.models,
            new.requests_per_minute
        ),
        (
            &old.name,
            old.role,
            old.environment,
            &old.integrations,
            &old.models,
            old.requests_per_minute
        )
    );
    assert_eq!(old.replaced_by.as_ref(), Some(&new.id));
    let works_on = old.expires_at.unwrap() - new.created_at;
    assert_eq!(works_on.num_seconds(), 3600);
    let lives = new.expires_at.unwrap() - new.created_at;
    assert_eq!(lives, ends - old.created_at);
    let hash: [u8; 32] = Sha256::digest(rotated.key.expose_secret().as_bytes()).into();
    let found = world.store.find_key_by_hash(hash).await.unwrap().unwrap();
    assert_eq!(
        (found.id, found.integrations, found.models),
        (new.id.clone(), new.integrations.clone(), new.models.clone())
    );

    let again = world.store.rotate_key(&world.account, &old.id, hour).await;
    assert!(matches!(
        again,
        Err(StoreError::Conflict {
            what: "key_replaced"
        })
    ));
    let none = world
        .store
        .rotate_key(&world.account, "key_none", hour)
        .await;
    assert!(matches!(none, Err(StoreError::NotFound)));
    // A shorter end than the overlap stays.
    world
        .execute(&format!(
            "update api_key set expires_at = now() + interval '1 minute' where id = '{}'",
            new.id
        ))
        .await;
    let shorter = world
        .store
        .rotate_key(&world.account, &new.id, hour)
        .await
        .unwrap()
        .replaced;
    let left = shorter.expires_at.unwrap() - world.store.database_now().await.unwrap();
    assert!(left.num_seconds() <= 60, "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_first_starts_one_makes_the_account() {
    let world = World::new().await;
    world.execute("truncate account cascade").await;
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let store = world.store.clone();
            tokio::spawn(async move { store.ensure_default_account("Default").await.unwrap() })
        })
        .collect();
    let mut made = 0;
    for start in starts {
        made += usize::from(start.await.unwrap().1);
    }
    assert_eq!((made, world.count("account").await), (1, 1));
}
