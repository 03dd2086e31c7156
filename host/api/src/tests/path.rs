//! The operator's path: create, check, enable, sync, disable, archive; and the approval of connectors.

use http::{Method, StatusCode};
use portcullis_store::{CredentialsVerdict, Environment, Role, Verdict};
use serde_json::{Value, json};

use super::support::{MANIFEST, TestApp};

#[tokio::test]
async fn enabling_waits_for_the_check_and_names_what_it_skips() {
    let app = TestApp::start().await;
    let id = app.integration().await;
    let at = |path: &str| format!("/v1/admin/integrations/{id}{path}");
    let code = async |path: &str| {
        let answer = app.post(&at(path)).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
        answer.json()["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code("/enable").await, "access_check_running");
    assert_eq!(code("/data-access").await, "access_check_running");
    let access = app.get(&at("/data-access")).await.json()["result"].clone();
    assert_eq!(access["data_access_check_in_process"], true);
    assert_eq!(
        access["models"]["units"]["read"],
        json!({"status": "PROCESSING"})
    );
    assert_eq!(
        access["models"]["residents"]["read"],
        json!({"unsupported": true})
    );

    app.finish_check(CredentialsVerdict::Rejected, &[]).await;
    assert_eq!(code("/enable").await, "credentials_rejected");
    app.post(&at("/data-access")).await;
    let all = [
        "properties",
        "units",
        "leases",
        "applicants",
        "applications",
    ];
    app.finish_check(
        CredentialsVerdict::Valid,
        &all.map(|m| (m, Verdict::Denied)),
    )
    .await;
    assert_eq!(code("/enable").await, "nothing_readable");
    app.post(&at("/data-access")).await;
    let mut verdicts = all.map(|m| (m, Verdict::Granted));
    verdicts[3].1 = Verdict::Denied;
    app.finish_check(CredentialsVerdict::Valid, &verdicts).await;
    let access = app.get(&at("/data-access")).await.json()["result"].clone();
    assert_eq!(access["data_access_check_in_process"], false);
    assert_eq!(
        access["models"]["units"]["read"],
        json!({"status": "SUCCESS"})
    );
    let denied = json!({"status": "FAILED", "error_message": "403 from the vendor"});
    assert_eq!(access["models"]["applicants"]["read"], denied);

    assert_eq!(code("/manual-sync").await, "integration_disabled");
    let enabled = app.post(&at("/enable")).await.json()["results"].clone();
    assert_eq!(enabled["integration"]["state"], "active");
    let skipped: Vec<_> = enabled["will_skip"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["model"].clone())
        .collect();
    assert_eq!(skipped, ["applicants", "applications"]);
    assert_eq!(code("/enable").await, "already_enabled");
    assert_eq!(code("/manual-sync").await, "sync_running");

    app.finish_sync(&[("1", json!({}))]).await;
    let sync = enabled["sync_id"].as_str().unwrap();
    let sync = app.get(&format!("/v1/admin/syncs/{sync}")).await.json()["results"].clone();
    assert_eq!(
        (&sync["status"], &sync["label"], &sync["kind"]),
        (&json!("partial"), &json!("Partial"), &json!("first"))
    );
    let runs: Vec<(Value, Value)> = sync["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["model"].clone(), r["status"].clone()))
        .collect();
    let expected = [
        ("properties", "succeeded_empty"),
        ("units", "succeeded"),
        ("leases", "succeeded_empty"),
        ("applicants", "skipped_no_access"),
        ("applications", "skipped_no_access"),
    ];
    assert_eq!(
        runs,
        expected.map(|(model, word)| (json!(model), json!(word)))
    );

    let shown = app.get(&at("/")).await.json()["results"].clone();
    assert_eq!(
        (&shown["can_authenticate"], &shown["system"]),
        (&json!(true), &json!("SANDBOX"))
    );
    assert!(shown["last_completed_sync"].is_string());
    let disabled = app.post(&at("/disable")).await.json()["results"].clone();
    assert_eq!(
        (&disabled["state"], &disabled["active"]),
        (&json!("disabled"), &json!(false))
    );
    let archived = app
        .call(Method::DELETE, &at(""), &app.admin, None)
        .await
        .json()["results"]
        .clone();
    assert_eq!(
        (&archived["state"], &archived["is_archived"]),
        (&json!("archived"), &json!(true))
    );
    assert_eq!(code("/enable").await, "integration_archived");
    assert_eq!(
        app.get("/v1/admin/integrations/").await.json()["meta"]["total"],
        0
    );
    assert_eq!(
        app.get("/v1/admin/integrations/?is_archived=true")
            .await
            .json()["meta"]["total"],
        1
    );
    assert_eq!(
        app.get("/v1/units/").await.json()["meta"]["total"],
        1,
        "an archived integration's data stays readable"
    );

    assert_eq!(
        app.actions().await,
        [
            "integration.create",
            "data_access.check",
            "data_access.check",
            "integration.enable",
            "integration.disable",
            "integration.archive"
        ]
    );
}

#[tokio::test]
async fn a_sync_that_disabling_stopped_goes_on_from_its_cursor() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.post(&format!("/v1/admin/integrations/{id}/disable"))
        .await;
    let enabled = app
        .post(&format!("/v1/admin/integrations/{id}/enable"))
        .await;
    assert_eq!(enabled.status, StatusCode::OK, "{}", enabled.text);
    let syncs = app
        .get(&format!("/v1/admin/integrations/{id}/syncs?limit=1"))
        .await
        .json();
    assert_eq!(
        (&syncs["meta"]["total"], &syncs["meta"]["hasMore"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(syncs["results"][0]["status"], "queued");
}

#[tokio::test]
async fn a_wider_version_waits_until_the_digest_that_was_shown_is_approved() {
    let app = TestApp::start().await;
    let wider = MANIFEST.replace("1.0.0", "1.1.0");
    let difference = json!({"hosts": ["*.acme.example"]});
    app.store
        .upsert_pending_connector(app.version(&wider), difference.clone())
        .await
        .unwrap();
    let vendor = app.get("/v1/admin/vendors/ACME").await.json()["results"].clone();
    assert_eq!(
        (&vendor["status"], &vendor["connector"]["version"]),
        (&json!("active"), &json!("1.0.0"))
    );
    assert_eq!(vendor["pending_approval"]["difference"], difference);
    assert_eq!(vendor["credential_fields"][1]["secret"], true);
    let path = "/v1/admin/connectors/acme/approve";
    let approve = async |digest: &str| {
        app.call(
            Method::POST,
            path,
            &app.admin,
            Some(json!({"digest": digest})),
        )
        .await
    };
    assert_eq!(approve("digest-9").await.json()["code"], "digest_mismatch");
    let approved = approve("digest-1.1.0").await.json()["results"].clone();
    assert_eq!(
        (
            &approved["connector"]["version"],
            &approved["pending_approval"]
        ),
        (&json!("1.1.0"), &Value::Null)
    );
    assert_eq!(
        approve("digest-1.1.0").await.json()["code"],
        "nothing_pending"
    );
}

#[tokio::test]
async fn coverage_is_what_the_accounts_own_records_have() {
    let app = TestApp::start().await;
    app.enabled().await;
    app.finish_sync(&[
        ("1", json!({"number": "1A"})),
        ("2", json!({"number": "1B", "floor": "1"})),
    ])
    .await;
    let path = "/v1/admin/vendors/ACME/coverage";
    let coverage = async |key: &str| {
        let answer = app.call(Method::GET, path, key, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["results"].clone()
    };
    let model = |coverage: &Value, name: &str| {
        let models = coverage["models"].as_array().unwrap().clone();
        models.into_iter().find(|it| it["name"] == name).unwrap()
    };
    let field = |model: &Value, name: &str| {
        let fields = model["fields"].as_array().unwrap().clone();
        let found = fields.into_iter().find(|it| it["name"] == name).unwrap();
        (
            found["state"].as_str().unwrap().to_owned(),
            found["filled"].as_i64().unwrap(),
        )
    };
    let own = coverage(&app.admin).await;
    assert_eq!(
        (&own["vendor"], &own["connector"]["version"]),
        (&json!("ACME"), &json!("1.0.0"))
    );
    let units = model(&own, "units");
    assert_eq!(
        (&units["supported"], &units["records"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(field(&units, "number"), ("filled".to_owned(), 2));
    assert_eq!(field(&units, "floor"), ("filled".to_owned(), 1));
    assert_eq!(field(&units, "bedrooms"), ("empty".to_owned(), 0));
    let unsupported = model(&own, "employees");
    assert_eq!(unsupported["supported"], false);
    assert_eq!(
        field(
            &unsupported,
            unsupported["fields"][0]["name"].as_str().unwrap()
        )
        .0,
        "unsupported"
    );

    // Nobody learns anything of another account's records.
    let other = app.store.create_account("Other").await.unwrap().id;
    let stranger = app.key(&other, Environment::Sandbox, Role::Admin).await.1;
    let units = model(&coverage(&stranger).await, "units");
    assert_eq!(units["records"], 0);
    assert_eq!(field(&units, "number"), ("unknown".to_owned(), 0));
}

#[tokio::test]
async fn without_its_connector_an_integration_says_so_and_its_data_stays() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.finish_sync(&[("1", json!({"number": "1A"}))]).await;
    app.store.mark_connector_removed("acme.wasm").await.unwrap();
    let shown = app
        .get(&format!("/v1/admin/integrations/{id}"))
        .await
        .json()["results"]
        .clone();
    assert_eq!(
        (&shown["state"], &shown["connector"]),
        (&json!("connector_missing"), &Value::Null)
    );
    let started = app
        .post(&format!("/v1/admin/integrations/{id}/manual-sync"))
        .await;
    assert_eq!(started.json()["code"], "connector_missing");
    assert_eq!(
        app.get("/v1/units/").await.json()["results"][0]["number"],
        "1A"
    );
    assert_eq!(
        app.get("/v1/admin/vendors/").await.json()["results"]["vendors"],
        json!([])
    );
}
