//! Bad requests, one line each: status, code, where, and what the caller is told.

use std::fmt::Write as _;

use axum::body::Body;
use http::{Method, Request, header};
use portcullis_store::{Environment, NewKey, Role};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::support::{CANARY, TestApp};

/// A request by its parts.
struct Bad {
    name: &'static str,
    /// The key that it comes with: the account's admin key, if it names no other.
    key: Option<String>,
    method: Method,
    path: String,
    content_type: Option<&'static str>,
    body: Vec<u8>,
}

fn bare(name: &'static str, method: Method, path: &str) -> Bad {
    Bad {
        name,
        key: None,
        method,
        path: path.to_owned(),
        content_type: None,
        body: Vec::new(),
    }
}

fn get(name: &'static str, path: &str) -> Bad {
    bare(name, Method::GET, path)
}

fn raw(name: &'static str, path: &str, body: &[u8]) -> Bad {
    let content_type = Some("application/json");
    Bad {
        content_type,
        body: body.to_vec(),
        ..bare(name, Method::POST, path)
    }
}

fn create(name: &'static str, change: impl FnOnce(&mut Value)) -> Bad {
    let mut body = json!({
        "name": "Acme Properties",
        "integration_vendor": "ACME",
        "credentials": {"clientId": "client-1", "secret": CANARY},
    });
    change(&mut body);
    raw(name, "/v1/admin/integrations/", body.to_string().as_bytes())
}

fn reading(integration: &str) -> Vec<Bad> {
    vec![
        get("limit 0", "/v1/units/?limit=0"),
        get("limit 251", "/v1/units/?limit=251"),
        get("limit is a word", "/v1/units/?limit=all"),
        get("limit has a sign", "/v1/units/?limit=%2B5"),
        get("offset below 0", "/v1/units/?offset=-1"),
        get(
            "offset beyond all bounds",
            "/v1/units/?offset=99999999999999999999",
        ),
        get("cursor that is none", "/v1/units/?cursor=a.b"),
        get("cursor of nobody", "/v1/units/?cursor=AAAA"),
        get("cursor and offset", "/v1/units/?cursor=AAAA&offset=5"),
        get("fields that are none", "/v1/units/?fields=id,colour"),
        get("something else included", "/v1/units/?include=pdf"),
        get("deleted or not", "/v1/units/?include_deleted=perhaps"),
        get("order by an unknown field", "/v1/units/?order-by=colour"),
        get("order by a list", "/v1/residents/?order-by=phones:asc"),
        get("order in no direction", "/v1/units/?order-by=created_at:up"),
        get(
            "order by a field twice",
            "/v1/units/?order-by=number,number:desc",
        ),
        get(
            "order by too much",
            "/v1/units/?order-by=number,city,state,zip,country,floor",
        ),
        get("unknown filter", "/v1/units/?colour=red"),
        get("filter of another model", "/v1/units/?email_1=a@b.example"),
        get(
            "filter given twice",
            "/v1/units/?property_id=a&property_id=b",
        ),
        get("filter without a value", "/v1/units/?property_id="),
        get("filter with NUL", "/v1/units/?unit_number=a%00b"),
        get("vendor's id without integration", "/v1/units/?x_id=17"),
        get("unknown integration", "/v1/units/?integration_id=int_none"),
        get("no boolean", "/v1/properties/?is_active=yes"),
        get("no date", "/v1/leases/?before_move_in_date=31.01.2026"),
        get(
            "a day that is none",
            "/v1/leases/?after_move_out_date=2026-02-30",
        ),
        get("no time", "/v1/units/?updated_at_gte=yesterday"),
        get("no member of the set", "/v1/leases/?status_normalized=GONE"),
        get(
            "several at once",
            "/v1/units/?limit=0&colour=red&x_property_id=3",
        ),
        get("query not UTF-8", "/v1/units/?unit_number=%ff"),
        get("record not there", "/v1/units/unit_none"),
        get("record id with NUL", "/v1/units/a%00b"),
        get("parameters on a record", "/v1/units/unit_none?colour=red"),
        get("path not UTF-8", "/v1/units/%ff"),
        get("route not there", "/v1/castles/"),
        get("route not UTF-8", "/v1/%ff/"),
        get("error page not there", "/docs/errors/none"),
        bare("method not there", Method::PATCH, "/v1/units/"),
        bare(
            "method not there for admins",
            Method::PATCH,
            &format!("/v1/admin/integrations/{integration}"),
        ),
    ]
}

fn creating() -> Vec<Bad> {
    let path = "/v1/admin/integrations/";
    vec![
        bare("no body", Method::POST, path),
        Bad {
            content_type: Some("text/plain"),
            ..create("not declared as JSON", |_| {})
        },
        raw("empty body", path, b""),
        raw("malformed JSON", path, b"{\"name\": \"Acme\",}"),
        raw("JSON that ends too early", path, b"{\"name\": \"Ac"),
        raw("body is a list", path, b"[]"),
        raw("body not UTF-8", path, b"{\"name\": \"\xff\"}"),
        raw("body over the cap", path, &vec![b' '; 1024 * 1024 + 1]),
        create("unknown member", |body| body["colour"] = json!("red")),
        create("name is missing", |body| body["name"] = json!(null)),
        create("name is blank", |body| body["name"] = json!("  ")),
        create("name is a number", |body| body["name"] = json!(7)),
        create("name is too long", |body| {
            body["name"] = json!("x".repeat(201))
        }),
        create("unknown vendor", |body| {
            body["integration_vendor"] = json!("NONE")
        }),
        create("vendor is missing", |body| {
            body.as_object_mut().unwrap().remove("integration_vendor");
        }),
        create("credentials are a list", |body| {
            body["credentials"] = json!([])
        }),
        create("a credential is missing", |body| {
            body["credentials"] = json!({"clientId": "client-1"})
        }),
        create("unknown credential field", |body| {
            body["credentials"]["apiKey"] = json!(CANARY)
        }),
        create("a credential of the wrong form", |body| {
            body["credentials"]["clientId"] = json!("CLIENT 1")
        }),
        create("a credential is a number", |body| {
            body["credentials"]["secret"] = json!(12_345_678)
        }),
        create("a secret is too short", |body| {
            body["credentials"]["secret"] = json!("short")
        }),
        create("a base URL is not allowed", |body| {
            body["base_url"] = json!("http://127.0.0.1:9")
        }),
        create("another environment than the key's", |body| {
            body["environment"] = json!("production")
        }),
        create("several at once", |body| {
            body["name"] = json!("");
            body["base_url"] = json!("http://127.0.0.1:9");
            body["credentials"] = json!({"secret": "short"});
        }),
    ]
}

fn managing(integration: &str) -> Vec<Bad> {
    let at = |path: &str| format!("/v1/admin/integrations/{integration}{path}");
    vec![
        get("integration not there", "/v1/admin/integrations/int_none"),
        get(
            "integrations by an unknown filter",
            "/v1/admin/integrations/?name=a",
        ),
        get(
            "integrations by no boolean",
            "/v1/admin/integrations/?active=1",
        ),
        get(
            "integrations beyond the limit",
            "/v1/admin/integrations/?limit=251",
        ),
        get("vendor not there", "/v1/admin/vendors/NONE"),
        get("vendor without coverage", "/v1/admin/vendors/NONE/coverage"),
        get("sync not there", "/v1/admin/syncs/syn_none"),
        get(
            "syncs of an integration not there",
            "/v1/admin/integrations/int_none/syncs",
        ),
        raw(
            "members where none are",
            &at("/disable"),
            b"{\"force\": true}",
        ),
        bare(
            "enable before the check has ended",
            Method::POST,
            &at("/enable"),
        ),
        bare("a second check", Method::POST, &at("/data-access")),
        bare("sync while disabled", Method::POST, &at("/manual-sync")),
        raw(
            "approve no digest",
            "/v1/admin/connectors/acme/approve",
            b"{}",
        ),
        raw(
            "approve where nothing waits",
            "/v1/admin/connectors/acme/approve",
            b"{\"digest\": \"d\"}",
        ),
        raw(
            "approve an unknown connector",
            "/v1/admin/connectors/none/approve",
            b"{\"digest\": \"d\"}",
        ),
    ]
}

/// Keys that let nobody in, or not there: what they may not see is not there for them.
async fn keys(app: &TestApp, synced: &str) -> Vec<Bad> {
    let other = app.store.create_account("Other").await.unwrap().id;
    let (sandbox, production) = (Environment::Sandbox, Environment::Production);
    let (revoked_id, revoked) = app.key(&app.account, sandbox, Role::Admin).await;
    app.store
        .revoke_key(&app.account, &revoked_id)
        .await
        .unwrap();
    let expires_at = Some(chrono::Utc::now() - chrono::Duration::seconds(1));
    let expired = NewKey {
        expires_at,
        ..NewKey::new(&app.account, "test", sandbox, Role::Admin)
    };
    let (_, expired) = app.store.create_key(expired).await.unwrap();
    let expired = expired.expose_secret().to_owned();
    let elsewhere = app.key(&app.account, production, Role::Admin).await.1;
    let foreign = app.key(&other, sandbox, Role::Admin).await.1;
    let reader = app.read.clone();

    let record = format!("/v1/units/unit_{}_1", &synced[4..12]);
    let at = format!("/v1/admin/integrations/{synced}");
    for there in [&record, &at] {
        let answer = app.get(there).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let by = |key: &str, bad: Bad| Bad {
        key: Some(key.to_owned()),
        ..bad
    };
    vec![
        by("", get("no key", "/v1/units/")),
        by("unknown", get("a key that is none", "/v1/units/")),
        by(&revoked, get("a key that was revoked", "/v1/units/")),
        by(&expired, get("a key that has expired", "/v1/units/")),
        by(
            &reader,
            get("a key that may only read", "/v1/admin/integrations/"),
        ),
        by(&elsewhere, get("a key of another environment", &at)),
        by(
            &elsewhere,
            get("a record by a key of another environment", &record),
        ),
        by(
            &elsewhere,
            bare(
                "enable by a key of another environment",
                Method::POST,
                &format!("{at}/enable"),
            ),
        ),
        by(&foreign, get("a key of another account", &at)),
        by(&foreign, get("a foreign record", &record)),
        by(
            &foreign,
            get(
                "a foreign integration as a filter",
                &format!("/v1/units/?integration_id={synced}"),
            ),
        ),
        by(
            &foreign,
            bare("archive a foreign integration", Method::DELETE, &at),
        ),
    ]
}

#[tokio::test]
async fn bad_requests() {
    let app = TestApp::start().await;
    let synced = app.enabled().await;
    app.finish_sync(&[("1", json!({"number": "1A"}))]).await;
    app.state.look().await;
    let integration = app.integration().await;
    let mut all = reading(&integration);
    all.extend(creating());
    all.extend(managing(&integration));
    all.extend(keys(&app, &synced).await);
    assert!(all.len() >= 40);
    let mut text = String::new();
    for bad in all {
        let mut request = Request::builder()
            .method(bad.method.clone())
            .uri(&bad.path)
            .header("x-request-id", "test-1");
        let key = bad.key.as_ref().unwrap_or(&app.admin);
        if !key.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        if let Some(content_type) = bad.content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let answer = app.send(request.body(Body::from(bad.body)).unwrap()).await;
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{}",
            bad.name
        );
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-request-id"), "test-1");
        let problem = answer.json();
        assert_eq!(problem["request_id"], "test-1");
        assert_eq!(problem["status"], answer.status.as_u16());
        assert_eq!(
            problem["type"],
            format!("/docs/errors/{}", problem["code"].as_str().unwrap())
        );
        assert_eq!(problem["error"]["message"], problem["detail"]);
        assert_eq!(problem["error"]["details"]["issues"], problem["errors"]);
        let (code, who) = (
            problem["code"].as_str().unwrap(),
            problem["who_must_act"].as_str().unwrap(),
        );
        writeln!(
            text,
            "{}\n  {} {} {code} ({who})",
            bad.name,
            bad.method,
            answer.status.as_u16()
        )
        .unwrap();
        let allow = answer.header("allow");
        if !allow.is_empty() {
            writeln!(text, "  Allow: {allow}").unwrap();
        }
        writeln!(text, "  {}", problem["detail"].as_str().unwrap()).unwrap();
        for error in problem["errors"].as_array().unwrap() {
            let place = error["pointer"]
                .as_str()
                .or(error["parameter"].as_str())
                .unwrap();
            writeln!(text, "  - {place:?} {} {}", error["code"], error["detail"]).unwrap();
        }
    }
    insta::assert_snapshot!(
        text.replace(&integration, "int_…")
            .replace(&synced, "int_…")
            .replace(&synced[4..12], "…")
    );
}
