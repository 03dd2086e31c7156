//! Who may call what: every operation of the document with every kind of key that must not get through.
//!
//! The cases come from the document, so a new route is in the matrix before anybody thinks of it.

use chrono::{TimeDelta, Utc};
use http::{Method, StatusCode};
use portcullis_store::{Environment, NewKey, Role};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::support::{Answer, TestApp};

/// What must not come back in any answer to somebody else.
const NAME: &str = "Acme Properties";

/// Ids as the owner has them, or as nobody has them.
struct Ids<'a> {
    integration: &'a str,
    key: &'a str,
    sync: &'a str,
    record: &'a str,
}

const NOBODYS: Ids<'static> = Ids {
    integration: "int_none",
    key: "key_none",
    sync: "syn_none",
    record: "unit_none",
};

impl Ids<'_> {
    fn path(&self, pattern: &str) -> String {
        let id = if pattern.starts_with("/v1/admin/connectors") {
            "acme"
        } else if pattern.starts_with("/v1/admin/api-keys") {
            self.key
        } else if pattern.starts_with("/v1/admin/users") {
            // Users belong to no environment; who sees which is a test of its own.
            "usr_none"
        } else if pattern.starts_with("/v1/admin") {
            self.integration
        } else {
            self.record
        };
        pattern
            .replace("{id}", id)
            .replace("{sync_id}", self.sync)
            .replace("{record_id}", self.record)
            .replace("{vendor}", "ACME")
            .replace("{model}", "units")
    }
}

/// A body that the operation would take from somebody who may.
fn body(operation: &str) -> Option<Value> {
    Some(match operation {
        "create_integration" => json!({"name": "Mine", "integration_vendor": "ACME"}),
        "update_integration" | "erase_integration" => json!({"name": NAME}),
        "replace_credentials" => {
            json!({"credentials": {"clientId": "client-2", "secret": "another-secret"}})
        }
        "replace_schedule" => json!({"type": "on_demand"}),
        "switch_models" => json!({"models": {"units": false}}),
        "switch_properties" => json!({"new_properties_are_enabled": false}),
        // Refused for their form by whoever may, so that nothing new is made for strangers.
        "create_api_key" => json!({"name": ""}),
        "invite_user" => json!({"email": "nobody"}),
        "change_user" => json!({"role": "read_only", "enabled": false}),
        "approve_connector" => json!({"digest": "0".repeat(64)}),
        _ => return None,
    })
}

/// An answer without what differs from request to request.
fn told(answer: &Answer) -> (StatusCode, Value) {
    let mut document: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    if let Some(members) = document.as_object_mut() {
        members.remove("request_id");
    }
    (answer.status, document)
}

#[derive(Default)]
struct Report {
    cases: u32,
    failures: Vec<String>,
}

impl Report {
    fn check(&mut self, what: &str, holds: bool, answer: &Answer) {
        self.cases += 1;
        if !holds || answer.status.is_server_error() {
            self.failures
                .push(format!("{what}: {} {}", answer.status, answer.text));
        }
    }
}

struct Strangers {
    /// Kind, key, the code that refuses it.
    refused: Vec<(&'static str, String, &'static str)>,
    /// Kind, key: good keys to whom nothing of this belongs.
    elsewhere: Vec<(&'static str, String)>,
}

async fn strangers(app: &TestApp, other_integration: &str) -> Strangers {
    let sandbox = Environment::Sandbox;
    let (revoked_id, revoked) = app.key(&app.account, sandbox, Role::Admin).await;
    app.store
        .revoke_key(&app.account, &revoked_id)
        .await
        .unwrap();
    let old = NewKey {
        expires_at: Some(Utc::now() - TimeDelta::seconds(1)),
        ..NewKey::new(&app.account, "old", sandbox, Role::Admin)
    };
    let expired = app.store.create_key(old).await.unwrap().1;
    let other = app.store.create_account("Other").await.unwrap().id;
    let limited = NewKey {
        integrations: Some(vec![other_integration.to_owned()]),
        ..NewKey::new(&app.account, "limited", sandbox, Role::Admin)
    };
    let limited = app.store.create_key(limited).await.unwrap().1;
    let elsewhere = vec![
        ("other integration", limited.expose_secret().to_owned()),
        (
            "other account",
            app.key(&other, sandbox, Role::Admin).await.1,
        ),
        (
            "other environment",
            app.key(&app.account, Environment::Production, Role::Admin)
                .await
                .1,
        ),
    ];
    let wrong = "pk_sandbox_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    app.state.look().await;
    Strangers {
        refused: vec![
            ("no key", String::new(), "api_key_missing"),
            ("malformed", "nonsense".to_owned(), "api_key_malformed"),
            ("wrong", wrong.to_owned(), "api_key_unknown"),
            ("revoked", revoked, "api_key_revoked"),
            (
                "expired",
                expired.expose_secret().to_owned(),
                "api_key_expired",
            ),
        ],
        elsewhere,
    }
}

#[tokio::test]
async fn auth_matrix_of_every_operation() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.finish_sync(&[("1", json!({"number": "7"}))]).await;
    app.state.look().await;
    let syncs = app
        .get(&format!("/v1/admin/integrations/{id}/syncs"))
        .await
        .json();
    let sync = syncs["results"][0]["id"].as_str().unwrap().to_owned();
    let units = app.get("/v1/units/").await.json();
    let record = units["results"][0]["id"].as_str().unwrap().to_owned();
    let other = app.integration().await;
    app.store
        .rename_integration(&app.account, &other, "Somebody else")
        .await
        .unwrap();
    let (key, _) = app
        .key(&app.account, Environment::Sandbox, Role::Read)
        .await;
    let own = Ids {
        integration: &id,
        key: &key,
        sync: &sync,
        record: &record,
    };
    let before = told(&app.get(&format!("/v1/admin/integrations/{id}")).await);
    let strangers = strangers(&app, &other).await;
    let mut report = Report::default();

    let document = crate::openapi_document();
    for (pattern, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            if operation["security"] == json!([{}]) {
                let answer = app.call(method.clone(), pattern, "", None).await;
                report.check(
                    &format!("{name}, open to all"),
                    answer.status == 200,
                    &answer,
                );
                continue;
            }
            let call = async |ids: &Ids<'_>, key: &str| {
                app.call(method.clone(), &ids.path(pattern), key, body(name))
                    .await
            };
            // An event stream that somebody may follow would not end, so only those who may not ask for one.
            for (kind, key, code) in &strangers.refused {
                let answer = call(&own, key).await;
                let same = told(&answer) == told(&call(&NOBODYS, key).await);
                let refused = answer.status == 401
                    && answer.json()["code"] == *code
                    && !answer.header("www-authenticate").is_empty();
                report.check(&format!("{name}, {kind}"), refused && same, &answer);
            }
            let answer = call(&own, &app.read).await;
            let right = if pattern.starts_with("/v1/admin") {
                answer.status == 403
                    && answer.json()["code"] == "role_insufficient"
                    && told(&answer) == told(&call(&NOBODYS, &app.read).await)
            } else {
                // Only units were stored.
                answer.status == 200 || (answer.status == 404 && name != "get_unit")
            };
            report.check(&format!("{name}, lower role"), right, &answer);
            for (kind, stranger) in &strangers.elsewhere {
                let theirs = call(&own, stranger).await;
                let nobodys = call(&NOBODYS, stranger).await;
                // An id that was sent comes back in the sentence that it is not there, and in the sender's own audit.
                let told = |answer: &Answer| {
                    let text = answer
                        .text
                        .replace(&id, NOBODYS.integration)
                        .replace(&key, NOBODYS.key)
                        .replace(&sync, NOBODYS.sync)
                        .replace(&record, NOBODYS.record);
                    told(&Answer {
                        text,
                        ..answer.clone()
                    })
                };
                let same = told(&theirs) == told(&nobodys);
                let about_one = own.path(pattern) != NOBODYS.path(pattern);
                // What concerns the whole account is refused to a limited key before anything is looked up.
                let beyond = theirs.status == 403 && theirs.json()["code"] == "scope_insufficient";
                let hidden = !about_one || theirs.status == 404 || beyond;
                let silent = !theirs.text.contains(NAME) && !theirs.text.contains(&app.account);
                let listed = about_one || !theirs.text.contains(&id);
                let right = same && hidden && silent && listed;
                report.check(&format!("{name}, {kind}"), right, &theirs);
            }
        }
    }

    assert_eq!(
        told(&app.get(&format!("/v1/admin/integrations/{id}")).await),
        before
    );
    portcullis_test_codes::report(
        "auth-matrix",
        &json!({"cases": report.cases, "failures": report.failures.len()}),
    );
    assert!(report.cases > 500, "{}", report.cases);
    assert!(report.failures.is_empty(), "{:#?}", report.failures);
}

#[tokio::test]
async fn what_one_account_was_given_opens_nothing_in_another() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    let units = [1, 2, 3].map(|n| (n.to_string(), json!({"number": format!("n4m3-{n}")})));
    let units: Vec<(&str, Value)> = units
        .iter()
        .map(|(x, doc)| (x.as_str(), doc.clone()))
        .collect();
    app.finish_sync(&units).await;
    app.state.look().await;
    let page = app.get("/v1/units/?limit=1").await.json();
    let cursor = page["meta"]["next_cursor"].as_str().unwrap().to_owned();
    let record = page["results"][0]["id"].as_str().unwrap().to_owned();
    let feed = app.get("/v1/changes").await.json();
    let since = feed["meta"]["next_since"].as_str().unwrap().to_owned();
    let other = app.store.create_account("Other").await.unwrap().id;
    let strangers = [
        app.key(&other, Environment::Sandbox, Role::Admin).await.1,
        app.key(&app.account, Environment::Production, Role::Admin)
            .await
            .1,
    ];
    for path in [
        format!("/v1/units/?limit=1&cursor={cursor}"),
        format!("/v1/units/{record}"),
        format!("/v1/units/?id={record}"),
        format!("/v1/units/?integration_id={id}&x_id=1"),
        format!("/v1/units/?integration_id={id}"),
        "/v1/units/".to_owned(),
        "/v1/units/?limit=1".to_owned(),
        "/v1/units/?unit_number=n4m3-1".to_owned(),
        format!("/v1/units/?format=csv&id={record}"),
        "/v1/units/?format=ndjson".to_owned(),
        "/v1/units/?format=csv".to_owned(),
        "/v1/changes".to_owned(),
        format!("/v1/changes?since={since}"),
        format!("/v1/changes?integration_id={id}"),
    ] {
        // Asked by the owner first, so that an answer lies in the cache that a stranger could be given.
        let mine = app.get(&path).await;
        assert_eq!(mine.status, StatusCode::OK, "{path}: {}", mine.text);
        for key in &strangers {
            let theirs = app.call(Method::GET, &path, key, None).await;
            assert!(!theirs.status.is_server_error(), "{path}: {}", theirs.text);
            assert!(!theirs.text.contains("n4m3"), "{path}: {}", theirs.text);
            // What they sent themselves may be repeated; anything else that is the owner's may not.
            let told = theirs.text.replace(&record, "").replace(&id, "");
            let sent = path.contains(&record) || path.contains(&id);
            assert!(sent || told == theirs.text, "{path}: {}", theirs.text);
            assert!(!told.contains(&app.account), "{path}: {}", theirs.text);
        }
    }
}
