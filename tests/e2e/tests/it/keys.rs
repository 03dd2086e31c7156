//! Keys at the command line: limited, rotated, and heard of by a gateway that serves.

use portcullis_e2e::{Client, Gateway, Start, Vendor, eventually};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_key_is_rotated_under_a_gateway_that_serves() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let own = gateway.integration(vendor.integration("Own")).await;
    gateway.enable(&own).await;
    gateway.synced(&own).await;
    let other = gateway.integration(vendor.integration("Other")).await;

    let (code, said) = gateway
        .try_command(&["key", "create", "x", "--integration", "int_none"], &[])
        .await;
    assert_eq!(
        (code, &said["error"]["code"]),
        (1, &json!("unknown_integration")),
        "{said}"
    );
    let made = gateway
        .command(&[
            "key",
            "create",
            "reporting",
            "--role",
            "admin",
            "--integration",
            &own,
            "--model",
            "units",
            "--rate-limit",
            "500",
        ])
        .await;
    assert_eq!(
        (
            &made["integrations"],
            &made["models"],
            &made["requests_per_minute"]
        ),
        (&json!([own]), &json!(["units"]), &json!(500))
    );
    let client = |key: &serde_json::Value| Client::new(&gateway.base_url, key["key"].as_str());
    let old = client(&made);
    let units = old.get("/v1/units/?limit=1").await;
    assert_eq!(units.headers["x-ratelimit-limit"], "500");
    assert_eq!(
        old.get("/v1/leases/").await.expect(403)["code"],
        "model_out_of_scope"
    );
    let path = format!("/v1/admin/integrations/{other}");
    assert_eq!(
        old.get(&path).await.expect(404)["code"],
        "integration_not_found"
    );

    let id = made["id"].as_str().expect("an id");
    let rotated = gateway
        .command(&["key", "rotate", id, "--overlap", "0s"])
        .await;
    let new = client(&rotated);
    assert_eq!(
        new.get("/v1/units/?limit=1").await.expect(200)["meta"]["total"],
        units.expect(200)["meta"]["total"]
    );
    eventually("the gateway hears that the old key has ended", async || {
        let answer = old.get("/v1/units/?limit=1").await;
        (answer.status == 401 && answer.json()["code"] == "api_key_expired").then_some(())
    })
    .await;
    for (key, expected) in [(id, "key_ended"), ("key_none", "key_not_found")] {
        let (code, said) = gateway.try_command(&["key", "rotate", key], &[]).await;
        assert_eq!(
            (code, &said["error"]["code"]),
            (1, &json!(expected)),
            "{said}"
        );
    }
    let successor = rotated["id"].as_str().expect("an id");
    gateway.command(&["key", "rotate", successor]).await;
    let (code, said) = gateway
        .try_command(&["key", "rotate", successor], &[])
        .await;
    assert_eq!(
        (code, &said["error"]["code"]),
        (1, &json!("key_replaced")),
        "{said}"
    );
    let entries = gateway
        .admin
        .get("/v1/admin/audit/?action=key.rotate")
        .await
        .expect(200);
    assert_eq!(entries["meta"]["total"], 2, "{entries}");
}
