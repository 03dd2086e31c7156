//! `portcullis export`: what the API's export answers, on standard output.

use portcullis_e2e::{Gateway, Start, Vendor};
use serde_json::json;

#[tokio::test]
async fn the_command_writes_what_the_api_answers() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway
        .integration(vendor.integration("Acme Properties"))
        .await;
    gateway.enable(&id).await;
    gateway.synced(&id).await;
    let run = async |arguments: &[&str]| {
        let output = gateway
            .process(&["export"])
            .args(arguments)
            .output()
            .await
            .expect("the binary runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    for (arguments, path) in [
        (vec!["units"], "/v1/units/?format=ndjson".to_owned()),
        (
            vec!["units", "--format", "csv", "--with", "fields=id,number"],
            "/v1/units/?format=csv&fields=id,number".to_owned(),
        ),
        (
            vec!["leases", "--integration", &id],
            format!("/v1/leases/?format=ndjson&integration_id={id}"),
        ),
    ] {
        let answer = gateway.admin.get(&path).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.lines().count() > 10, "{}", answer.body);
        assert_eq!(run(&arguments).await, answer.body, "{arguments:?}");
    }
    assert_eq!(run(&["units", "--environment", "production"]).await, "");
    for (arguments, code) in [
        (vec!["export", "houses"], "unknown_model"),
        (
            vec!["export", "units", "--integration", "int_none"],
            "integration_not_found",
        ),
        (
            vec!["export", "units", "--with", "colour=red"],
            "unknown_parameter",
        ),
        (
            vec!["export", "units", "--with", "format=csv"],
            "duplicate_parameter",
        ),
    ] {
        let refused = gateway.try_command(&arguments, &[]).await;
        assert_eq!(
            (refused.0, &refused.1["error"]["code"]),
            (1, &json!(code)),
            "{arguments:?}"
        );
    }
}
