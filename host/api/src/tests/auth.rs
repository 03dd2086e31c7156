use std::time::Duration;

use axum::body::Body;
use chrono::Utc;
use http::{Method, Request, StatusCode, header};
use portcullis_store::{Environment, NewKey, Role};
use secrecy::ExposeSecret as _;

use super::support::TestApp;

#[tokio::test]
async fn each_kind_of_bad_key_has_its_own_code() {
    let app = TestApp::start().await;
    let (revoked_id, revoked) = app
        .key(&app.account, Environment::Sandbox, Role::Admin)
        .await;
    assert_eq!(
        app.call(Method::GET, "/v1/units/", &revoked, None)
            .await
            .status,
        StatusCode::OK
    );
    app.store
        .revoke_key(&app.account, &revoked_id)
        .await
        .unwrap();
    app.state.look().await;
    let new = NewKey {
        expires_at: Some(Utc::now() - Duration::from_secs(1)),
        ..NewKey::new(&app.account, "old", Environment::Sandbox, Role::Admin)
    };
    let expired = app
        .store
        .create_key(new)
        .await
        .unwrap()
        .1
        .expose_secret()
        .to_owned();
    for (key, code) in [
        ("", "api_key_missing"),
        ("nonsense", "api_key_malformed"),
        (
            "pk_sandbox_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "api_key_unknown",
        ),
        (revoked.as_str(), "api_key_revoked"),
        (expired.as_str(), "api_key_expired"),
    ] {
        let answer = app.call(Method::GET, "/v1/units/", key, None).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (StatusCode::UNAUTHORIZED, &code.into())
        );
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer realm=\"portcullis\""
        );
    }
    let basic = Request::get("/v1/units/")
        .header(header::AUTHORIZATION, "Basic YTpi")
        .body(Body::empty())
        .unwrap();
    assert_eq!(app.send(basic).await.json()["code"], "api_key_malformed");
}

#[tokio::test]
async fn a_read_key_reads_the_models_and_no_admin_resource() {
    let app = TestApp::start().await;
    let id = app.integration().await;
    for spec in &portcullis_model::MODELS {
        let answer = app
            .call(Method::GET, &format!("/v1/{}/", spec.path), &app.read, None)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
    let at = |path: &str| format!("/v1/admin/integrations/{id}{path}");
    for (method, path) in [
        (Method::GET, "/v1/admin/vendors/".to_owned()),
        (Method::GET, "/v1/admin/vendors/ACME/coverage".to_owned()),
        (Method::POST, "/v1/admin/connectors/acme/approve".to_owned()),
        (Method::GET, "/v1/admin/integrations/".to_owned()),
        (Method::POST, "/v1/admin/integrations/".to_owned()),
        (Method::GET, at("")),
        (Method::DELETE, at("")),
        (Method::POST, at("/enable")),
        (Method::POST, at("/disable")),
        (Method::GET, at("/data-access")),
        (Method::POST, at("/data-access")),
        (Method::POST, at("/manual-sync")),
        (Method::GET, at("/syncs")),
        (Method::GET, "/v1/admin/syncs/syn_1".to_owned()),
    ] {
        let answer = app.call(method, &path, &app.read, None).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (StatusCode::FORBIDDEN, &"role_insufficient".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_belongs_to_others_does_not_exist() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    let syncs = app
        .get(&format!("/v1/admin/integrations/{id}/syncs"))
        .await
        .json();
    let sync = syncs["results"][0]["id"].as_str().unwrap().to_owned();
    let other = app.store.create_account("Other").await.unwrap().id;
    let stranger = app.key(&other, Environment::Sandbox, Role::Admin).await.1;
    let production = app
        .key(&app.account, Environment::Production, Role::Admin)
        .await
        .1;
    for key in [&stranger, &production] {
        let list = app
            .call(Method::GET, "/v1/admin/integrations/", key, None)
            .await;
        assert_eq!(list.json()["meta"]["total"], 0);
        for (method, path) in [
            (Method::GET, format!("/v1/admin/integrations/{id}")),
            (Method::DELETE, format!("/v1/admin/integrations/{id}")),
            (Method::POST, format!("/v1/admin/integrations/{id}/disable")),
            (
                Method::GET,
                format!("/v1/admin/integrations/{id}/data-access"),
            ),
            (Method::GET, format!("/v1/admin/integrations/{id}/syncs")),
            (Method::GET, format!("/v1/admin/syncs/{sync}")),
        ] {
            let theirs = app.call(method.clone(), &path, key, None).await;
            let none = app
                .call(
                    method,
                    &path.replace(&id, "int_none").replace(&sync, "syn_none"),
                    key,
                    None,
                )
                .await;
            assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{path}");
            let as_if = theirs.json()["detail"]
                .as_str()
                .unwrap()
                .replace(&id, "int_none")
                .replace(&sync, "syn_none");
            assert_eq!(as_if, none.json()["detail"].as_str().unwrap());
        }
    }
    assert_eq!(
        app.get(&format!("/v1/admin/integrations/{id}"))
            .await
            .json()["results"]["active"],
        true
    );
}

#[tokio::test]
async fn the_last_use_of_a_key_is_written_down() {
    let app = TestApp::start().await;
    app.get("/healthz").await;
    app.call(Method::GET, "/v1/units/", &app.read, None).await;
    app.state.flush().await;
    let keys = app.store.list_keys(&app.account).await.unwrap();
    let used = keys.iter().filter(|key| key.last_used_at.is_some());
    assert_eq!(used.map(|key| key.role).collect::<Vec<_>>(), [Role::Read]);
}
