//! Vendors that lead astray: none of it ends as a success, and the next sync goes on from nothing of it.

use portcullis_e2e::{Gateway, Start, Vendor, component, pack};
use portcullis_simulators::Options;
use serde_json::{Value, json};

async fn sync(gateway: &Gateway, id: &str) -> Value {
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let started = gateway.admin.post(&path, None).await;
    assert_eq!(started.status, 202, "{}", started.body);
    gateway.synced(id).await
}

async fn residents(gateway: &Gateway, id: &str) -> Value {
    let path = format!("/v1/residents/?integration_id={id}&limit=1");
    json!(gateway.admin.total(&path).await)
}

async fn truth(vendor: &Vendor) -> Value {
    let truth = vendor.truth().await;
    truth["residents"].clone()
}

fn fault(kind: &str) -> Value {
    json!([{"op": "fault", "fault": {"path": "/v1/leases/tenants", "action": {"kind": kind}}}])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_page_for_ever_is_no_success() {
    let vendor = Vendor::start(Options {
        properties: 40,
        units: 1_500,
        limit: None,
        ..Options::default()
    });
    let all = truth(&vendor).await;
    assert!(all.as_u64() > Some(1_000), "{all} fit into a page");
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway.integration(vendor.integration("Acme")).await;
    vendor.mutate(fault("repeat_page")).await;
    gateway.enable(&id).await;
    let first = gateway.synced(&id).await;
    let run = Gateway::run(&first, "residents");
    assert_eq!(
        (&run["status"], &run["error_code"], &run["who_must_act"]),
        (
            &json!("failed"),
            &json!("page_repeated"),
            &json!("connector_author")
        ),
        "{run}"
    );
    assert_eq!(first["status"], "partial", "{first}");
    vendor.mutate(json!([{"op": "clear_faults"}])).await;
    let second = sync(&gateway, &id).await;
    assert_eq!(second["status"], "succeeded", "{second}");
    assert_eq!(residents(&gateway, &id).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_where_the_check_counted_many_is_suspicious() {
    let vendor = Vendor::small();
    let all = truth(&vendor).await;
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway.integration(vendor.integration("Acme")).await;
    vendor.mutate(fault("empty_list")).await;
    gateway.enable(&id).await;
    let first = gateway.synced(&id).await;
    let run = Gateway::run(&first, "residents");
    assert_eq!(
        (&run["status"], &run["error_code"]),
        (&json!("partial"), &json!("suspicious_empty")),
        "{run}"
    );
    vendor.mutate(json!([{"op": "clear_faults"}])).await;
    let second = sync(&gateway, &id).await;
    assert_eq!(second["status"], "succeeded", "{second}");
    assert_eq!(residents(&gateway, &id).await, all);
    // Everything goes: that too is held against what was there before.
    vendor.mutate(fault("empty_list")).await;
    let path = format!("/v1/admin/integrations/{id}/back-sync");
    let body = json!({"models_to_sync": ["residents"]});
    let started = gateway.admin.post(&path, Some(body)).await;
    assert_eq!(started.status, 202, "{}", started.body);
    let third = gateway.synced(&id).await;
    assert_eq!(
        Gateway::run(&third, "residents")["error_code"],
        "suspicious_empty",
        "{third}"
    );
    assert_eq!(residents(&gateway, &id).await, all, "nothing was deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_break_the_contract_are_not_taken() {
    const HOSTILE: &str = include_str!("../../../guests/hostile/connector.toml");
    let gateway = Gateway::start(Start {
        components: Vec::new(),
        ..Start::default()
    })
    .await;
    let file = gateway.connectors().join("hostile.wasm");
    pack(&component("guest_hostile"), HOSTILE, &file);
    for (behaviour, code) in [
        ("long_cursor", "cursor_invalid"),
        ("same_cursor", "pagination_stalled"),
        ("foreign_model", "model_unasked"),
    ] {
        let body = json!({
            "integration_vendor": "HOSTILE",
            "name": behaviour,
            "credentials": {"behaviour": behaviour},
            // Nothing is asked there.
            "base_url": "http://127.0.0.1:1",
        });
        let id = gateway.integration(body).await;
        gateway.enable(&id).await;
        let sync = gateway.synced(&id).await;
        let run = Gateway::run(&sync, "properties");
        assert_eq!(
            (&run["status"], &run["error_code"], &run["who_must_act"]),
            (&json!("failed"), &json!(code), &json!("connector_author")),
            "{behaviour}: {run}"
        );
    }
}
