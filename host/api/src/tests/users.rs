//! People, as an admin key of one account sees, invites and changes them.

use http::{Method, StatusCode};
use portcullis_service::{Choice, UserRole};
use portcullis_store::{Environment, NewInvitation, NewKey, NewUser, Role, UserRow};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::support::{Answer, TestApp};

const USERS: &str = "/v1/admin/users/";

async fn production(app: &TestApp, account: &str) -> String {
    app.key(account, Environment::Production, Role::Admin)
        .await
        .1
}

/// A user as the console makes one; of every account when none is named.
async fn user(app: &TestApp, email: &str, accounts: &[&str]) -> UserRow {
    let invitation = NewInvitation {
        user_id: None,
        email: Some(email.to_owned()),
        role: UserRole::Admin,
        all_accounts: accounts.is_empty(),
        accounts: accounts.iter().map(|&id| id.to_owned()).collect(),
        invited_by: "test".to_owned(),
        valid_seconds: 60.0,
    };
    app.store
        .create_invitation(email, invitation)
        .await
        .unwrap();
    let new = NewUser {
        email: email.to_owned(),
        name: "Somebody".to_owned(),
        password_hash: "none".to_owned(),
    };
    app.store.use_invitation(email, new).await.unwrap()
}

fn code(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), answer.json()["code"].clone())
}

#[tokio::test]
async fn users_are_seen_by_the_accounts_that_they_see() {
    let app = TestApp::start().await;
    let other = app.store.create_account("Other").await.unwrap().id;
    let root = user(&app, "root@example.com", &[]).await;
    let own = user(&app, "own@example.com", &[&app.account]).await;
    let shared = user(&app, "shared@example.com", &[&app.account, &other]).await;
    let foreign = user(&app, "foreign@example.com", &[&other]).await;
    let key = production(&app, &app.account).await;
    let list = app.call(Method::GET, USERS, &key, None).await;
    let told: Vec<Value> = list.json()["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["email"].clone())
        .collect();
    assert_eq!(told, [root.email, own.email, shared.email.clone()]);
    assert!(!list.text.contains(&other), "{}", list.text);

    let change = async |id: &str, role: &str, enabled: bool| {
        let body = Some(json!({"role": role, "enabled": enabled}));
        app.call(Method::PUT, &format!("{USERS}{id}"), &key, body)
            .await
    };
    for wider in [&root.id, &shared.id] {
        let answer = change(wider, "read_only", false).await;
        assert_eq!(code(&answer), (403, json!("scope_insufficient")));
    }
    for unseen in [foreign.id.as_str(), "usr_none"] {
        let answer = change(unseen, "read_only", false).await;
        assert_eq!(code(&answer), (404, json!("user_not_found")));
    }
    let changed = change(&own.id, "support", false).await;
    let view = changed.json()["results"].clone();
    assert_eq!(
        (&view["role"], &view["enabled"]),
        (&json!("support"), &json!(false)),
        "{}",
        changed.text
    );
    assert_eq!(
        code(&change(&own.id, "owner", true).await),
        (400, json!("invalid_value"))
    );
    let path = format!("{USERS}{}", own.id);
    for body in [
        json!({"role": "support"}),
        json!({"role": null, "enabled": true}),
    ] {
        let answer = app.call(Method::PUT, &path, &key, Some(body)).await;
        assert_eq!(code(&answer), (400, json!("missing_member")));
    }
    assert_eq!(app.actions().await, ["user.change"]);
}

#[tokio::test]
async fn an_invited_user_comes_in_and_sees_one_account() {
    let app = TestApp::start().await;
    let other = app.store.create_account("Other").await.unwrap().id;
    user(&app, "root@example.com", &[]).await;
    user(&app, "foreign@example.com", &[&other]).await;
    let key = production(&app, &app.account).await;
    let invite = async |body: Value| app.call(Method::POST, USERS, &key, Some(body)).await;
    let answer = invite(json!({"email": "new@example.com", "role": "support"})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    let path = answer.json()["results"]["path"]
        .as_str()
        .unwrap()
        .to_owned();
    let token = path.strip_prefix("/welcome/").unwrap();
    let choice = Choice {
        email: String::new(),
        name: "New".to_owned(),
        password: SecretString::from("correct horse battery".to_owned()),
    };
    let session = app
        .state
        .service
        .accept_invitation(token, choice)
        .await
        .unwrap();
    let signed_in = app.state.service.session(&session).await.unwrap().unwrap();
    assert_eq!(
        (signed_in.role, signed_in.all_accounts),
        (UserRole::Support, false)
    );
    assert_eq!(signed_in.account.id, app.account);
    let path = "/v1/admin/audit/?action=user.invite";
    let audit = app.call(Method::GET, path, &key, None).await;
    assert_eq!(audit.json()["meta"]["total"], 1, "{}", audit.text);
    assert!(!audit.text.contains(token));

    let known = invite(json!({"email": "ROOT@example.com"})).await;
    assert_eq!(code(&known), (400, json!("invalid_value")));
    assert_eq!(
        code(&invite(json!({"email": "nobody"})).await),
        (400, json!("invalid_value"))
    );
    // Whether somebody is a user of another account is not told.
    let unknown = invite(json!({"email": "foreign@example.com"})).await;
    assert_eq!(unknown.status, StatusCode::CREATED);
    assert_eq!(app.actions().await, ["user.invite", "user.invite"]);
}

#[tokio::test]
async fn people_are_a_matter_of_unlimited_keys_of_production() {
    let app = TestApp::start().await;
    let limited = NewKey {
        models: Some(vec!["units".to_owned()]),
        ..NewKey::new(
            &app.account,
            "limited",
            Environment::Production,
            Role::Admin,
        )
    };
    let (_, limited) = app.store.create_key(limited).await.unwrap();
    let body = json!({"email": "new@example.com"});
    for key in [app.admin.as_str(), limited.expose_secret()] {
        for (method, body) in [(Method::GET, None), (Method::POST, Some(body.clone()))] {
            let answer = app.call(method, USERS, key, body).await;
            assert_eq!(code(&answer), (403, json!("scope_insufficient")));
        }
    }
    let refused = app.call(Method::GET, USERS, &app.read, None).await;
    assert_eq!(code(&refused), (403, json!("role_insufficient")));
}

#[tokio::test]
async fn an_account_that_invites_first_leaves_the_way_in_for_the_operator() {
    let app = TestApp::start().await;
    let store = &app.store;
    assert!(store.has_no_admin().await.unwrap());
    let own = user(&app, "own@example.com", &[&app.account]).await;
    assert!(store.has_no_admin().await.unwrap(), "of one account alone");
    let key = production(&app, &app.account).await;
    let path = format!("{USERS}{}", own.id);
    let off = json!({"role": "admin", "enabled": false});
    let answer = app.call(Method::PUT, &path, &key, Some(off)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    user(&app, "root@example.com", &[]).await;
    assert!(!store.has_no_admin().await.unwrap());
}

#[tokio::test]
async fn links_end_with_whoever_made_them() {
    let app = TestApp::start().await;
    user(&app, "root@example.com", &[]).await;
    let maker = user(&app, "maker@example.com", &[]).await;
    let (id, _) = app
        .key(&app.account, Environment::Production, Role::Admin)
        .await;
    for (token, by) in [("of a user", &maker.id), ("of a key", &id)] {
        let link = NewInvitation {
            user_id: None,
            email: None,
            role: UserRole::Admin,
            all_accounts: true,
            accounts: Vec::new(),
            invited_by: by.clone(),
            valid_seconds: 60.0,
        };
        app.store.create_invitation(token, link).await.unwrap();
        assert!(app.store.find_invitation(token).await.unwrap().is_some());
    }
    app.store
        .change_user(&maker.id, UserRole::Admin, false, None)
        .await
        .unwrap();
    app.store.revoke_key(&app.account, &id).await.unwrap();
    for token in ["of a user", "of a key"] {
        assert!(app.store.find_invitation(token).await.unwrap().is_none());
    }
}
