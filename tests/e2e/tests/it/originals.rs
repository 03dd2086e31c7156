//! The vendor's own records beside the unified ones, for an integration that keeps them and for no other.

use portcullis_e2e::{Gateway, Start, Vendor};
use portcullis_simulators::Options;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn originals_are_kept_served_and_deleted_as_somebody_says() {
    let vendor = Vendor::start(Options {
        properties: 3,
        units: 30,
        ..Options::default()
    });
    let gateway = Gateway::start(Start::default()).await;
    gateway.offered("BUILDIUM").await;
    let id = gateway.integration(vendor.integration("Acme")).await;
    gateway.checked(&id).await;
    gateway.enable(&id).await;
    gateway.synced(&id).await;
    let units = format!("/v1/units/?integration_id={id}&limit=5");
    let raw = format!("{units}&include=raw");

    // Nobody asked for them: there is a place for them, and nothing in it.
    let none = gateway.admin.get(&raw).await.expect(200);
    assert_eq!(none["results"][0]["raw"], Value::Null);
    assert!(
        gateway.admin.get(&units).await.expect(200)["results"][0]
            .get("raw")
            .is_none()
    );

    // They come with the next read, though no unified record changed.
    let path = format!("/v1/admin/integrations/{id}");
    let kept = gateway
        .admin
        .put(&path, json!({"keeps_originals": true}))
        .await;
    assert_eq!(kept.expect(200)["results"]["keeps_originals"], true);
    let sync = again(&gateway, &id).await;
    assert_eq!(Gateway::run(&sync, "units")["rows_changed"], 0, "{sync}");
    let page = gateway.admin.get(&raw).await.expect(200);
    for unit in page["results"].as_array().expect("units") {
        // The vendor's names and its own number, as it writes them.
        assert_eq!(
            unit["raw"]["Id"].to_string(),
            unit["x_id"].as_str().expect("an id"),
            "{unit}"
        );
        assert!(unit["raw"].get("UnitNumber").is_some(), "{unit}");
    }
    let one = page["results"][0]["id"].as_str().expect("an id");
    let single = gateway
        .admin
        .get(&format!("/v1/units/{one}?include=raw&fields=id"))
        .await
        .expect(200);
    assert_eq!(single["results"]["raw"], page["results"][0]["raw"]);
    assert_eq!(
        single["results"].as_object().map(serde_json::Map::len),
        Some(2),
        "{single}"
    );
    let lines = gateway
        .admin
        .get(&format!(
            "/v1/units/?integration_id={id}&format=ndjson&include=raw"
        ))
        .await;
    assert_eq!(
        lines
            .body
            .lines()
            .filter(|line| line.contains("\"raw\":{"))
            .count(),
        30
    );

    // What no connector may let out is in no original either.
    let tenants = gateway
        .admin
        .get(&format!("/v1/residents/?integration_id={id}&include=raw"))
        .await
        .expect(200);
    assert!(tenants["results"][0]["raw"].is_object());
    assert!(!tenants.to_string().contains("TaxId"), "a tax id came out");

    // And they go at once, from every answer too.
    let gone = gateway
        .admin
        .put(&path, json!({"keeps_originals": false}))
        .await;
    assert_eq!(gone.expect(200)["results"]["keeps_originals"], false);
    assert_eq!(
        gateway.admin.get(&raw).await.expect(200)["results"][0]["raw"],
        Value::Null
    );
    let nothing = gateway.admin.put(&path, json!({})).await;
    assert_eq!(
        (nothing.status, nothing.code().as_str()),
        (400, "missing_member")
    );
}

/// Reads everything again.
async fn again(gateway: &Gateway, id: &str) -> Value {
    let path = format!("/v1/admin/integrations/{id}/back-sync");
    assert_eq!(gateway.admin.post(&path, None).await.status, 202);
    gateway.synced(id).await
}
