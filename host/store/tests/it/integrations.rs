use crate::world::{World, run};
use portcullis_store::{
    CredentialsState, CredentialsVerdict, Environment, IntegrationFilter, SetEnabled, Status,
    StoreError, SyncKind,
};

#[tokio::test]
async fn accounts_do_not_see_each_other() {
    let world = World::new().await;
    let row = world.integration().await;
    let other = world.store.create_account("Other").await.unwrap().id;
    let off = || SetEnabled::Off;
    assert!(matches!(
        world.store.get_integration(&other, &row.id).await,
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        world.store.set_enabled(&other, &row.id, off()).await,
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        world.store.archive_integration(&other, &row.id).await,
        Err(StoreError::NotFound)
    ));
    assert_eq!(
        world
            .store
            .list_integrations(&other, &IntegrationFilter::default(), 10, 0)
            .await
            .unwrap(),
        (Vec::new(), 0)
    );
    assert!(format!("{row:?}").len() < 400 && !format!("{row:?}").contains("salt"));
}

#[tokio::test]
async fn enabling_queues_a_sync_once_and_archiving_stops_it() {
    let world = World::new().await;
    let (row, sync) = world.syncing(vec![run("units")]).await;
    assert!(row.enabled);
    let on = || SetEnabled::On {
        kind: SyncKind::First,
        runs: vec![run("units")],
    };
    assert_eq!(
        world
            .store
            .set_enabled(&world.account, &row.id, on())
            .await
            .unwrap_err()
            .code(),
        "already_enabled"
    );
    let second = world
        .store
        .start_sync(&world.account, &row.id, SyncKind::Manual, &[run("units")])
        .await
        .unwrap_err();
    assert_eq!(second.code(), "sync_unfinished");
    let archived = world
        .store
        .archive_integration(&world.account, &row.id)
        .await
        .unwrap();
    assert!(!archived.enabled && archived.archived_at.is_some());
    assert_eq!(
        world
            .store
            .get_sync(&world.account, &sync)
            .await
            .unwrap()
            .sync
            .status,
        Status::Cancelled
    );
    assert_eq!(
        world
            .store
            .set_enabled(&world.account, &row.id, on())
            .await
            .unwrap_err()
            .code(),
        "integration_archived"
    );
    let again = world
        .store
        .archive_integration(&world.account, &row.id)
        .await
        .unwrap();
    assert_eq!(again.archived_at, archived.archived_at);
    let (syncs, total) = world
        .store
        .list_syncs(&world.account, &row.id, 10, 0)
        .await
        .unwrap();
    assert_eq!((syncs.len(), total, syncs[0].runs.len()), (1, 1, 1));
}

#[tokio::test]
async fn a_sync_needs_an_enabled_integration_and_a_run() {
    let world = World::new().await;
    let row = world.integration().await;
    let disabled = world
        .store
        .start_sync(&world.account, &row.id, SyncKind::Manual, &[run("units")])
        .await
        .unwrap_err();
    assert_eq!(disabled.code(), "integration_disabled");
    let on = SetEnabled::On {
        kind: SyncKind::First,
        runs: Vec::new(),
    };
    assert_eq!(
        world
            .store
            .set_enabled(&world.account, &row.id, on)
            .await
            .unwrap_err()
            .code(),
        "no_runs"
    );
    assert!(
        !world
            .store
            .get_integration(&world.account, &row.id)
            .await
            .unwrap()
            .enabled,
        "nothing of it stays"
    );
    assert_eq!(world.count("sync").await, 0);
}

#[tokio::test]
async fn lists_filter_and_page() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for environment in [
        Environment::Sandbox,
        Environment::Sandbox,
        Environment::Production,
    ] {
        ids.push(world.integration_of(&world.account, environment).await.id);
    }
    world
        .store
        .archive_integration(&world.account, &ids[0])
        .await
        .unwrap();
    let list = |filter: IntegrationFilter, limit, offset| {
        let (store, account) = (world.store.clone(), world.account.clone());
        async move {
            let (rows, total) = store
                .list_integrations(&account, &filter, limit, offset)
                .await
                .unwrap();
            (rows.into_iter().map(|r| r.id).collect::<Vec<_>>(), total)
        }
    };
    let all = IntegrationFilter {
        archived: true,
        ..IntegrationFilter::default()
    };
    assert_eq!(
        list(IntegrationFilter::default(), 10, 0).await,
        (vec![ids[2].clone(), ids[1].clone()], 2)
    );
    assert_eq!(list(all.clone(), 1, 1).await, (vec![ids[1].clone()], 3));
    let sandbox = IntegrationFilter {
        environment: Some(Environment::Sandbox),
        ..all
    };
    assert_eq!(
        list(sandbox, 10, 0).await,
        (vec![ids[1].clone(), ids[0].clone()], 2)
    );
    let enabled = IntegrationFilter {
        enabled: Some(true),
        ..IntegrationFilter::default()
    };
    assert_eq!(list(enabled, 10, 0).await.1, 0);
}

#[tokio::test]
async fn what_is_known_about_credentials_is_kept() {
    let world = World::new().await;
    let row = world.integration().await;
    let state = CredentialsState {
        verdict: CredentialsVerdict::Rejected,
        message: Some("Invalid client".to_owned()),
        code: Some("unauthenticated".to_owned()),
        vendor_account_id: Some("17".to_owned()),
        vendor_account_name: None,
    };
    world
        .store
        .set_credentials_state(&world.account, &row.id, state)
        .await
        .unwrap();
    let rejected = world
        .store
        .get_integration(&world.account, &row.id)
        .await
        .unwrap();
    assert_eq!(
        (rejected.credentials, rejected.credentials_code.as_deref()),
        (CredentialsVerdict::Rejected, Some("unauthenticated"))
    );
    world
        .vault
        .replace(&world.account, &row.id, &std::collections::BTreeMap::new())
        .await
        .unwrap();
    let replaced = world
        .store
        .get_integration(&world.account, &row.id)
        .await
        .unwrap();
    assert_eq!(
        (replaced.credentials, replaced.credentials_code),
        (CredentialsVerdict::Unchecked, None)
    );
    assert_eq!(replaced.vendor_account_id.as_deref(), Some("17"));
}
