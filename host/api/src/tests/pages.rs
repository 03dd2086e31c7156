//! Pages by cursor, and what of a record is served.

use http::{Method, StatusCode};
use portcullis_store::{Environment, Role};
use serde_json::{Value, json};
use std::time::Duration;

use super::support::TestApp;

/// The answer's `x_id`s.
fn keys(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().unwrap();
    results
        .iter()
        .map(|row| row["x_id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn cursors_walk_a_list_and_fit_nothing_else() {
    let app = TestApp::start().await;
    app.enabled().await;
    let units: Vec<(String, Value)> = (0..23)
        .map(|n| (n.to_string(), json!({"number": (n % 4).to_string()})))
        .collect();
    let units: Vec<(&str, Value)> = units
        .iter()
        .map(|(x_id, doc)| (x_id.as_str(), doc.clone()))
        .collect();
    app.finish_sync(&units).await;

    for question in ["", "order-by=number:desc,x_id", "order-by=id:asc"] {
        let whole = app.get(&format!("/v1/units/?{question}")).await.json();
        assert_eq!(whole["meta"]["next_cursor"], Value::Null);
        let (mut walked, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = app
                .get(&format!("/v1/units/?{question}&limit=5{cursor}"))
                .await
                .json();
            assert_eq!(page["meta"]["total"], 23);
            walked.extend(keys(&page));
            match page["meta"]["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(walked, keys(&whole), "{question}");
    }

    let first = app.get("/v1/units/?limit=5").await.json();
    let cursor = first["meta"]["next_cursor"].as_str().unwrap().to_owned();
    // Another size of page asks the same question.
    let page = app
        .get(&format!("/v1/units/?limit=9&cursor={cursor}"))
        .await;
    assert_eq!(page.status, StatusCode::OK);
    let mut bent = cursor.clone().into_bytes();
    bent[30] = if bent[30] == b'A' { b'B' } else { b'A' };
    let bent = String::from_utf8(bent).unwrap();
    let other_world = app
        .key(&app.account, Environment::Production, Role::Read)
        .await
        .1;
    let tries = [
        (app.admin.clone(), format!("/v1/units/?cursor={bent}")),
        (app.admin.clone(), format!("/v1/leases/?cursor={cursor}")),
        (
            app.admin.clone(),
            format!("/v1/units/?order-by=number&cursor={cursor}"),
        ),
        (
            app.admin.clone(),
            format!("/v1/units/?include_deleted=true&cursor={cursor}"),
        ),
        (other_world, format!("/v1/units/?cursor={cursor}")),
    ];
    for (key, path) in tries {
        let refused = app.call(Method::GET, &path, &key, None).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(refused.json()["errors"][0]["code"], "invalid_cursor");
    }
}

#[tokio::test]
async fn fields_that_are_named_are_served_and_no_others() {
    let app = TestApp::start().await;
    app.enabled().await;
    app.finish_sync(&[("1", json!({"number": "1A"}))]).await;
    let list = app.get("/v1/units/?fields=number,x_id").await.json();
    let row = list["results"][0].as_object().unwrap().clone();
    let names: Vec<&str> = row.keys().map(String::as_str).collect();
    assert_eq!(names, ["id", "number", "x_id"]);
    let id = row["id"].as_str().unwrap();
    let single = app.get(&format!("/v1/units/{id}?fields=number")).await;
    assert_eq!(single.json()["results"], json!({"id": id, "number": "1A"}));
    let refused = app.get(&format!("/v1/units/{id}?fields=colour")).await;
    assert_eq!(refused.json()["errors"][0]["code"], "invalid_fields");
}

#[tokio::test]
async fn an_export_is_every_record_of_the_list_and_nobody_elses() {
    let app = TestApp::start().await;
    app.enabled().await;
    let units: Vec<(String, Value)> = (0..1_203)
        .map(|n| {
            (
                n.to_string(),
                json!({"number": format!("{},\"A\"", n % 40)}),
            )
        })
        .collect();
    let units: Vec<(&str, Value)> = units
        .iter()
        .map(|(x_id, doc)| (x_id.as_str(), doc.clone()))
        .collect();
    app.finish_sync(&units).await;

    let question = "order-by=number:desc,x_id:asc";
    let mut listed = Vec::new();
    for page in 0..5 {
        let path = format!("/v1/units/?{question}&limit=250&offset={}", page * 250);
        listed.extend(
            app.get(&path).await.json()["results"]
                .as_array()
                .unwrap()
                .clone(),
        );
    }
    let answer = app
        .get(&format!("/v1/units/?{question}&format=ndjson"))
        .await;
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    assert_eq!(answer.headers["cache-control"], "private, no-store");
    let lines: Vec<Value> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 1_203);
    assert_eq!(lines, listed);

    let answer = app
        .get(&format!(
            "/v1/units/?{question}&fields=number,x_id&format=csv"
        ))
        .await;
    let mut table = csv::Reader::from_reader(answer.text.as_bytes());
    let names: Vec<String> = table.headers().unwrap().iter().map(String::from).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let number = names.iter().position(|name| name == "number").unwrap();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1_203);
    assert_eq!(&rows[0][number], listed[0]["number"].as_str().unwrap());

    let other = app.store.create_account("Other").await.unwrap().id;
    let other = app.key(&other, Environment::Sandbox, Role::Read).await.1;
    for format in ["ndjson", "csv"] {
        let path = format!("/v1/units/?fields=x_id&format={format}");
        let answer = app.call(Method::GET, &path, &other, None).await;
        assert_eq!(answer.status, StatusCode::OK);
        let names_alone = if format == "csv" { "id,x_id\r\n" } else { "" };
        assert_eq!(answer.text, names_alone);
    }
    for bad in ["format=xml", "format=csv&limit=5", "format=ndjson&offset=1"] {
        let refused = app.get(&format!("/v1/units/?{bad}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{bad}");
        assert_eq!(refused.json()["errors"][0]["code"], "invalid_format");
    }
}

#[tokio::test]
async fn exports_have_so_many_places_and_pages_have_others() {
    let app = TestApp::start().await;
    app.enabled().await;
    let places = app.state.exports.available_permits();
    let taken = app.state.exports.clone();
    let taken = taken
        .try_acquire_many(u32::try_from(places).unwrap())
        .unwrap();
    let refused = app.get("/v1/units/?format=csv").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.json()["code"], "too_many_exports");
    assert_eq!(app.get("/v1/units/").await.status, StatusCode::OK);
    drop(taken);
    assert_eq!(
        app.get("/v1/units/?format=csv").await.status,
        StatusCode::OK
    );
    // When the database is done with it, which is a moment later.
    let mut tries = 0;
    while app.state.exports.available_permits() < places {
        assert!(tries < 200, "the place is given back");
        tokio::time::sleep(Duration::from_millis(25)).await;
        tries += 1;
    }
}
