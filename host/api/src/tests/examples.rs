//! The examples of the document are answers that the router gave: this walks it, and compares with what the document
//! embeds. `UPDATE_DOCS=1` writes them anew.
//!
//! What differs from one walk to the next (random ids, the clock, sealed tokens) is replaced by values of the same form,
//! the same each time; nothing else is touched.

mod seed;
mod steady;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use http::{Method, StatusCode};
use portcullis_store::{CredentialsVerdict, Environment, Role, Verdict};
use serde_json::{Value, json};

use super::support::{CANARY, TestApp};
use steady::Steady;

const FILE: &str = "src/openapi/examples.json";

/// Reads of which no example is taken: texts without a form, and streams.
const WITHOUT: &[&str] = &[
    "follow_integration",
    "follow_sync",
    "get_metrics",
    "is_alive",
    "is_ready",
];

struct Walk {
    app: TestApp,
    answers: BTreeMap<String, Value>,
}

impl Walk {
    async fn call(
        &mut self,
        operation: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let admin = self.app.admin.clone();
        self.call_as(&admin, operation, method, path, body).await
    }

    async fn call_as(
        &mut self,
        key: &str,
        operation: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let answer = self.app.call(method, path, key, body).await;
        assert!(answer.status.is_success(), "{operation}: {}", answer.text);
        self.answers.insert(operation.to_owned(), answer.json());
        answer.json()
    }

    async fn post(&mut self, operation: &str, path: &str, body: Option<Value>) -> Value {
        self.call(operation, Method::POST, path, body).await
    }
}

/// A customer from the form to the second sync, with every answer on the way.
async fn walk() -> BTreeMap<String, Value> {
    let app = TestApp::start().await;
    app.load_connector(&seed::manifest()).await;
    let mut walk = Walk {
        app,
        answers: BTreeMap::new(),
    };
    let form = json!({
        "name": "Elm Court Apartments",
        "integration_vendor": "ACME",
        "credentials": {"clientId": "elm-court", "secret": CANARY},
    });
    let created = walk
        .post("create_integration", "/v1/admin/integrations/", Some(form))
        .await;
    let id = created["results"]["id"].as_str().unwrap().to_owned();
    let at = |rest: &str| format!("/v1/admin/integrations/{id}{rest}");
    let granted = seed::models().map(|model| (model, Verdict::Granted));
    let granted: Vec<(&str, Verdict)> = granted.collect();
    walk.app
        .finish_check(CredentialsVerdict::Valid, &granted)
        .await;
    walk.post("enable_integration", &at("/enable"), None).await;
    walk.app.finish_sync_with(seed::rows()).await;
    walk.app.state.look().await;
    let again = walk.post("start_sync", &at("/manual-sync"), None).await;
    walk.app.finish_sync_with(seed::rows()).await;
    walk.app.state.look().await;
    let sync = seed::sync_of(&again);
    let limited = json!({
        "name": "Reporting", "integrations": [id], "models": ["units", "leases"], "requests_per_minute": 600,
    });
    let made = walk
        .post("create_api_key", "/v1/admin/api-keys/", Some(limited))
        .await;
    let key = made["results"]["api_key"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    // Users see both environments, and so does whoever lists them.
    let app = &walk.app;
    let (_, of_people) = app
        .key(&app.account, Environment::Production, Role::Admin)
        .await;

    let document = crate::openapi_document();
    for (pattern, item) in document["paths"].as_object().unwrap() {
        let Some(operation) = item.get("get") else {
            continue;
        };
        let name = operation["operationId"].as_str().unwrap();
        if WITHOUT.contains(&name) {
            continue;
        }
        let record = seed::record_of(pattern).unwrap_or_default();
        let path = pattern
            .replace("{vendor}", "ACME")
            .replace("{sync_id}", &sync)
            .replace("{record_id}", &seed::id("units", "317"))
            .replace(
                "{id}",
                match pattern.as_str() {
                    it if it.starts_with("/v1/admin/api-keys/") => &key,
                    it if it.starts_with("/v1/admin") => &id,
                    _ => &record,
                },
            );
        assert!(!path.contains('{'), "say what stands in {pattern}");
        // The feed waits for the transactions of other tests on the same server.
        let mut tries = 0;
        while name == "list_changes" && tries < 200 {
            let feed = walk.app.get(&path).await.json();
            if feed["results"].as_array().is_some_and(|it| it.len() > 3) {
                break;
            }
            tries += 1;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let reader = match name {
            "list_users" => of_people.clone(),
            _ => walk.app.admin.clone(),
        };
        walk.call_as(&reader, name, Method::GET, &path, None).await;
    }
    walk.answers
}

/// Long lists show how they begin.
fn shorten(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(shorten),
        Value::Array(items) => {
            items.truncate(3);
            items.iter_mut().for_each(shorten);
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_examples_of_the_document_are_answers_that_the_router_gave() {
    let mut answers = walk().await;
    let mut steady = Steady::new();
    for answer in answers.values_mut() {
        shorten(answer);
        steady.value("", answer);
    }
    let text = format!("{}\n", serde_json::to_string_pretty(&answers).unwrap());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, text).unwrap();
        return;
    }
    let there: BTreeMap<String, Value> =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    for (name, answer) in &answers {
        assert_eq!(
            there.get(name),
            Some(answer),
            "{name}: UPDATE_DOCS=1 brings it up to date"
        );
    }
    assert_eq!(
        there.len(),
        answers.len(),
        "UPDATE_DOCS=1 brings them up to date"
    );
}

#[test]
fn every_read_has_an_example_and_every_example_keeps_to_its_schema() {
    let document = crate::openapi_document();
    let mut without: BTreeSet<&str> = BTreeSet::new();
    let mut checked = 0;
    for item in document["paths"].as_object().unwrap().values() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let answers = operation["responses"].as_object().unwrap();
            let content = answers
                .iter()
                .filter(|(status, _)| status.starts_with('2'))
                .find_map(|(_, answer)| answer.pointer("/content/application~1json"));
            let example = content.and_then(|content| content.get("example"));
            let Some(example) = example else {
                if method == "get" {
                    without.insert(name);
                }
                continue;
            };
            let mut schema = content.unwrap()["schema"].clone();
            schema["components"] = document["components"].clone();
            let validator = jsonschema::validator_for(&schema).unwrap();
            if let Err(error) = validator.validate(example) {
                panic!("{name}: {error} at {}", error.instance_path());
            }
            checked += 1;
        }
    }
    assert_eq!(without, WITHOUT.iter().copied().collect::<BTreeSet<_>>());
    assert!(checked > 50, "{checked}");
    assert!(!document.to_string().contains(CANARY));
}

#[tokio::test]
async fn examples_name_operations_that_there_are() {
    let app = TestApp::start().await;
    let document = app.call(Method::GET, "/openapi.json", "", None).await;
    assert_eq!(document.status, StatusCode::OK);
    let document = document.json();
    let known: BTreeSet<&str> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)).unwrap();
    let examples: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    for name in examples.keys() {
        assert!(known.contains(name.as_str()), "{name}");
    }
}
