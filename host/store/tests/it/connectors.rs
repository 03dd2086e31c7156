use crate::world::World;
use portcullis_store::{ConnectorStatus, NewConnectorVersion, NewRefusal, StoreError};
use serde_json::json;

fn version(digest: &str, hosts: &[&str]) -> NewConnectorVersion {
    NewConnectorVersion {
        connector_id: "example".to_owned(),
        digest: digest.to_owned(),
        version: "1.0.0".to_owned(),
        vendor: "EXAMPLE".to_owned(),
        name: "Example".to_owned(),
        manifest: json!({}),
        imports: json!([]),
        grants: json!({ "hosts": hosts }),
        file: "example.wasm".to_owned(),
    }
}

#[tokio::test]
async fn a_wider_version_waits_while_the_old_one_serves() {
    let world = World::new().await;
    let store = &world.store;
    store
        .upsert_active_connector(version("d1", &["a"]))
        .await
        .unwrap();
    store
        .approve_connector("example", "d1", "cli")
        .await
        .unwrap();
    store
        .upsert_pending_connector(version("d2", &["a", "b"]), json!(["b"]))
        .await
        .unwrap();
    store
        .upsert_pending_connector(version("d3", &["a", "c"]), json!(["c"]))
        .await
        .unwrap();
    let standing = || async {
        let mut rows: Vec<_> = store
            .list_connectors()
            .await
            .unwrap()
            .into_iter()
            .map(|r| (r.digest, r.status))
            .collect();
        rows.sort();
        rows.into_iter().map(|r| r.1).collect::<Vec<_>>()
    };
    use ConnectorStatus::{Active, PendingApproval, Removed, Superseded};
    assert_eq!(standing().await, [Active, Superseded, PendingApproval]);
    assert_eq!(
        store
            .active_connector_by_vendor("EXAMPLE")
            .await
            .unwrap()
            .unwrap()
            .digest,
        "d1"
    );
    let late = store
        .approve_connector("example", "d2", "cli")
        .await
        .unwrap_err();
    assert_eq!(late.code(), "connector_not_pending");
    assert!(matches!(
        store.approve_connector("example", "d9", "cli").await,
        Err(StoreError::NotFound)
    ));
    store
        .approve_connector("example", "d3", "key_1")
        .await
        .unwrap();
    assert_eq!(standing().await, [Superseded, Superseded, Active]);
    let approval = store.connector_approval("example").await.unwrap().unwrap();
    assert_eq!(
        (approval.grants, approval.approved_by.as_str()),
        (json!({"hosts": ["a", "c"]}), "key_1")
    );
    assert_eq!(
        store.mark_connector_removed("example.wasm").await.unwrap(),
        1
    );
    assert_eq!(standing().await, [Superseded, Superseded, Removed]);
    assert_eq!(store.active_connector("example").await.unwrap(), None);
    store
        .upsert_active_connector(version("d3", &["a", "c"]))
        .await
        .unwrap();
    assert_eq!(
        standing().await,
        [Superseded, Superseded, Active],
        "a file that comes back serves again"
    );
}

#[tokio::test]
async fn a_refusal_stands_until_the_file_is_good_or_gone() {
    let world = World::new().await;
    let refusal = |code: &str| NewRefusal {
        file: "bad.wasm".to_owned(),
        digest: "d1".to_owned(),
        connector_id: None,
        vendor: Some("EXAMPLE".to_owned()),
        code: code.to_owned(),
        detail: "no manifest".to_owned(),
    };
    for code in ["not_a_component", "manifest_missing"] {
        world.store.refuse_connector(refusal(code)).await.unwrap();
        let standing = world.store.list_refusals().await.unwrap();
        assert_eq!(
            standing.iter().map(|r| r.code.as_str()).collect::<Vec<_>>(),
            [code]
        );
    }
    world.store.clear_refusal("bad.wasm").await.unwrap();
    assert_eq!(world.store.list_refusals().await.unwrap(), []);
    world
        .store
        .refuse_connector(refusal("manifest_missing"))
        .await
        .unwrap();
    world
        .store
        .mark_connector_removed("bad.wasm")
        .await
        .unwrap();
    assert_eq!(world.store.list_refusals().await.unwrap(), []);
}
