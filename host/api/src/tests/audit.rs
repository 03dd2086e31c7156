use http::Method;
use portcullis_store::{AuditFilter, AuditRow, Environment, Role};
use serde_json::json;

use super::support::TestApp;

async fn audit(app: &TestApp) -> Vec<AuditRow> {
    let filter = AuditFilter::default();
    let (rows, total) = app
        .store
        .list_audit(&app.account, &filter, 1000, 0)
        .await
        .unwrap();
    assert_eq!(usize::try_from(total).unwrap(), rows.len());
    rows
}

#[tokio::test]
async fn every_admin_request_that_may_change_something_leaves_one_entry() {
    let app = TestApp::start().await;
    let id = app.integration().await;
    let document = crate::openapi_document();
    let mut requests = 0;
    for (pattern, item) in document["paths"].as_object().unwrap() {
        if !pattern.starts_with("/v1/admin/") {
            continue;
        }
        for method in item.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = pattern
                .replace("{id}", &id)
                .replace("{vendor}", "ACME")
                .replace("{sync_id}", "syn_none");
            let before = audit(&app).await.len();
            // A body that nobody takes: what is done and what is refused are both written down.
            let body = (method == Method::POST || method == Method::PUT)
                .then(|| json!({"nobody": "takes this"}));
            if method.is_safe() {
                // An event stream would not end.
                if !pattern.ends_with("/events") {
                    app.call(method, &path, &app.admin, None).await;
                    assert_eq!(audit(&app).await.len(), before, "{path} only reads");
                }
                continue;
            }
            let answer = app.call(method.clone(), &path, &app.admin, body).await;
            let entries = audit(&app).await;
            assert_eq!(
                entries.len(),
                before + 1,
                "{method} {path}: {}",
                answer.text
            );
            let entry = &entries[0];
            let expected = match answer.status.is_success() {
                true => "done".to_owned(),
                false => answer.json()["code"].as_str().unwrap().to_owned(),
            };
            assert_eq!(entry.outcome, expected, "{method} {path}");
            assert_eq!(
                entry.request_id.as_deref(),
                Some(answer.header("x-request-id"))
            );
            assert_eq!(entry.environment, Some(Environment::Sandbox));
            requests += 1;
        }
    }
    assert!(requests > 10);
}

#[tokio::test]
async fn entries_are_those_of_the_keys_account_and_environment() {
    let app = TestApp::start().await;
    let id = app.integration().await;
    let path = format!("/v1/admin/integrations/{id}/enable");
    app.call(Method::POST, &path, "", None).await;
    app.call(Method::POST, &path, &app.read, None).await;
    let list = app.get("/v1/admin/audit/?limit=10").await.json();
    let told: Vec<_> = list["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["action"].as_str().unwrap(),
                it["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "POST /v1/admin/integrations/{id}/enable",
                "role_insufficient"
            ),
            ("integration.create", "done"),
        ],
        "nobody without a key has an account to write it to"
    );
    let about = format!("/v1/admin/audit/?subject={id}&action=integration.create");
    assert_eq!(app.get(&about).await.json()["meta"]["total"], 1);
    assert_eq!(
        app.call(Method::GET, "/v1/admin/audit/", &app.read, None)
            .await
            .json()["code"],
        "role_insufficient"
    );
    let production = app
        .key(&app.account, Environment::Production, Role::Admin)
        .await
        .1;
    let other = app.store.create_account("Other").await.unwrap().id;
    let others = app.key(&other, Environment::Sandbox, Role::Admin).await.1;
    for key in [production, others] {
        let list = app.call(Method::GET, "/v1/admin/audit/", &key, None).await;
        assert_eq!(list.json()["meta"]["total"], 0, "{}", list.text);
    }
}
