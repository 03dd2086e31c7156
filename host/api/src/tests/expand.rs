//! Records inside of records.

use http::{Method, StatusCode};
use portcullis_store::{Environment, Role};
use serde_json::{Value, json};

use super::support::{TestApp, record_write};

/// One property with three units and a lease of two residents; ids are `MODEL_N` of the integration.
async fn world(app: &TestApp) -> (String, impl Fn(&str) -> String + use<>) {
    let integration = app.enabled().await;
    let suffix = integration[4..12].to_owned();
    let id = move |name: &str| format!("{name}_{suffix}");
    let row = |model: &str, x_id: &str, doc: Value| {
        let name = format!("{model}_{x_id}");
        (model.to_owned(), record_write(&id(&name), x_id, &doc))
    };
    let property = id("properties_1");
    let mut rows = vec![row("properties", "1", json!({"name": "Elm Court"}))];
    for n in 1..=3 {
        let known = if n == 3 {
            id("properties_9")
        } else {
            property.clone()
        };
        let doc = json!({"number": n.to_string(), "property_id": known});
        rows.push(row("units", &n.to_string(), doc));
    }
    rows.push(row(
        "leases",
        "1",
        json!({
            "property_id": property, "unit_id": id("units_1"),
            "residents_meta_data": [
                {"resident_id": id("applicants_1"), "x_resident_id": "1"},
                {"x_resident_id": "2"},
            ],
        }),
    ));
    rows.push(row(
        "applicants",
        "1",
        json!({
            "first_name": "Ada",
            "unit_id_preferred": [id("units_2"), id("units_9"), id("units_1")],
            "applications": [{"application_id": id("applications_1")}],
        }),
    ));
    rows.push(row("applications", "1", json!({"status_raw": "Open"})));
    app.finish_sync_with(rows).await;
    app.state.look().await;
    (integration, id)
}

#[tokio::test]
async fn a_reference_brings_its_record_along() {
    let app = TestApp::start().await;
    let (_, id) = world(&app).await;
    let list = app.get("/v1/units/?order-by=number&expand=property").await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text);
    let list = list.json();
    let whole = app
        .get(&format!("/v1/properties/{}", id("properties_1")))
        .await
        .json();
    assert_eq!(list["results"][0]["property"], whole["results"]);
    assert_eq!(list["results"][1]["property"], whole["results"]);
    // A record that was never synced is null, beside its id.
    assert_eq!(list["results"][2]["property"], Value::Null);
    assert_eq!(
        list["results"][2]["property_id"],
        id("properties_9").as_str()
    );
    let plain = app.get("/v1/units/?order-by=number").await.json();
    assert!(plain["results"][0].get("property").is_none());

    let lease = format!("/v1/leases/{}", id("leases_1"));
    let path = format!("{lease}?expand=unit,property,residents_meta_data.resident");
    let one = app.get(&path).await.json()["results"].clone();
    assert_eq!(one["unit"]["number"], "1");
    assert!(one["unit"].get("property").is_none(), "one level deep");
    // No residents were synced, and the second one's id is not even known.
    let people = one["residents_meta_data"].as_array().unwrap();
    assert_eq!(people[0]["resident_id"], id("applicants_1").as_str());
    assert!(
        people.iter().all(|it| it["resident"] == Value::Null),
        "{one}"
    );

    let applicant = format!("/v1/applicants/{}", id("applicants_1"));
    let path = format!("{applicant}?expand=units_preferred,applications.application");
    let one = app.get(&path).await.json()["results"].clone();
    let units: Vec<&Value> = one["units_preferred"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["number"])
        .collect();
    assert_eq!(
        units,
        [&json!("2"), &Value::Null, &json!("1")],
        "in the order of the ids"
    );
    assert_eq!(one["applications"][0]["application"]["status_raw"], "Open");
    // `fields` is about the record itself; a list that something is expanded in comes along.
    let path =
        format!("{applicant}?fields=first_name&expand=units_preferred,applications.application");
    let one = app.get(&path).await.json()["results"].clone();
    let names: Vec<&str> = one
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        ["applications", "first_name", "id", "units_preferred"]
    );
}

#[tokio::test]
async fn each_model_is_asked_for_once_a_page() {
    let app = TestApp::start().await;
    let _ = world(&app).await;
    let cost = async |path: &str| {
        let before = app.queries().await;
        assert_eq!(app.get(path).await.status, StatusCode::OK, "{path}");
        app.queries().await - before
    };
    let plain = cost("/v1/units/?limit=250").await;
    let expanded = cost("/v1/units/?limit=250&expand=property").await;
    assert_eq!(expanded, plain + 1, "for three units");
    let plain = cost("/v1/leases/").await;
    let expanded =
        cost("/v1/leases/?expand=property,unit,residents_meta_data.resident,resident").await;
    assert_eq!(
        expanded,
        plain + 3,
        "two references to residents are one question"
    );
}

#[tokio::test]
async fn an_answer_with_expanded_records_is_as_fresh_as_all_of_them() {
    let app = TestApp::start().await;
    let (integration, id) = world(&app).await;
    let paths = [
        "/v1/units/?expand=property".to_owned(),
        format!("/v1/units/?expand=property&integration_id={integration}"),
        format!("/v1/units/{}?expand=property", id("units_1")),
    ];
    let is_hit = async |path: &str| {
        app.state.look().await;
        let answer = app.get(path).await;
        (
            answer.header("cache-status").starts_with("portcullis; hit"),
            answer.text,
        )
    };
    let plain = "/v1/units/?fields=id";
    for path in paths.iter().map(String::as_str).chain([plain]) {
        is_hit(path).await;
        assert!(is_hit(path).await.0, "{path}");
    }
    // The properties alone change.
    let row = record_write(&id("properties_1"), "1", &json!({"name": "Oak Court"}));
    app.start_sync(&integration, &["properties"]).await;
    app.finish_sync_with(vec![("properties".to_owned(), row)])
        .await;
    for path in &paths {
        let (hit, text) = is_hit(path).await;
        assert!(!hit && text.contains("Oak Court"), "{path}: {text}");
    }
    assert!(is_hit(plain).await.0, "what has no properties is as it was");
}

#[tokio::test]
async fn a_deleted_record_is_expanded_and_says_so() {
    let app = TestApp::start().await;
    let (_, id) = world(&app).await;
    let pool = sqlx::PgPool::connect(&app.database.url).await.unwrap();
    sqlx::query("update record set deleted_at = now() where model = 'properties'")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let property = format!("/v1/properties/{}", id("properties_1"));
    assert_eq!(app.get(&property).await.status, StatusCode::NOT_FOUND);
    let one = app
        .get(&format!("/v1/units/{}?expand=property", id("units_1")))
        .await
        .json();
    assert_eq!(one["results"]["property"]["name"], "Elm Court");
    assert!(
        one["results"]["property"]["deleted_at"].is_string(),
        "{one}"
    );
}

#[tokio::test]
async fn nobody_expands_into_what_is_not_theirs() {
    let app = TestApp::start().await;
    let (_, id) = world(&app).await;
    let other = app.store.create_account("Other").await.unwrap().id;
    let stranger = app.key(&other, Environment::Sandbox, Role::Admin).await.1;
    // Theirs names the owner's property, whatever made it do so.
    let body = json!({
        "name": "Theirs", "integration_vendor": "ACME",
        "credentials": {"clientId": "client-1", "secret": "a-secret-of-theirs"},
    });
    let theirs = app
        .call(
            Method::POST,
            "/v1/admin/integrations/",
            &stranger,
            Some(body),
        )
        .await;
    let theirs = theirs.json()["results"]["id"].as_str().unwrap().to_owned();
    let pool = sqlx::PgPool::connect(&app.database.url).await.unwrap();
    for (account, integration, environment) in [
        (other.as_str(), theirs.as_str(), "sandbox"),
        // The same account's other world.
        (app.account.as_str(), "int_production", "production"),
    ] {
        sqlx::query(
            "insert into record (account_id, model, id, integration_id, external_id, environment, vendor, doc, hash)
             values ($1, 'units', 'unit_' || $3, $2, '1', $3, 'ACME', jsonb_build_object('property_id', $4::text), ''::bytea)",
        )
        .bind(account)
        .bind(integration)
        .bind(environment)
        .bind(id("properties_1"))
        .execute(&pool)
        .await
        .unwrap();
    }
    pool.close().await;
    let production = app
        .key(&app.account, Environment::Production, Role::Read)
        .await
        .1;
    for key in [&stranger, &production] {
        let list = app
            .call(Method::GET, "/v1/units/?expand=property", key, None)
            .await;
        assert_eq!(
            list.json()["results"][0]["property_id"],
            id("properties_1").as_str(),
            "{}",
            list.text
        );
        assert_eq!(list.json()["results"][0]["property"], Value::Null);
        assert!(!list.text.contains("Elm Court"));
    }
}

#[tokio::test]
async fn what_cannot_be_expanded_is_refused() {
    let app = TestApp::start().await;
    let (integration, id) = world(&app).await;
    for path in [
        "/v1/units/?expand=lease".to_owned(),
        "/v1/units/?expand=".to_owned(),
        "/v1/units/?expand=property.property".to_owned(),
        "/v1/units/?expand=property&format=csv".to_owned(),
        "/v1/units/?expand=property&format=ndjson".to_owned(),
        "/v1/properties/?expand=property".to_owned(),
        format!("/v1/units/{}?expand=x", id("units_1")),
    ] {
        let refused = app.get(&path).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(
            refused.json()["errors"][0]["code"],
            "invalid_expand",
            "{path}"
        );
    }
    let many: Vec<String> = (0..5_001).map(|n| format!("unit_{n}")).collect();
    let row = record_write("appl_many", "many", &json!({"unit_id_preferred": many}));
    app.start_sync(&integration, &["applicants"]).await;
    app.finish_sync_with(vec![("applicants".to_owned(), row)])
        .await;
    let refused = app
        .get("/v1/applicants/appl_many?expand=units_preferred")
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["code"], "expansion_too_large");
    assert_eq!(
        app.get("/v1/applicants/appl_many").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn an_answer_says_how_far_the_expanded_models_are() {
    let app = TestApp::start().await;
    let integration = app.enabled().await;
    let path = format!("/v1/units/?integration_id={integration}&expand=property");
    let states = app.get(&path).await.json()["meta"]["sync_state"].clone();
    let models: Vec<&Value> = states
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["model"])
        .collect();
    assert_eq!(models, ["units", "properties"]);
    assert!(
        states
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["state"] == "first_sync_running")
    );
}
