//! The simulated vendors over real HTTP: every oddity that a connector must live with. Each vendor has a file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod appfolio;
mod entrata;
mod mri;
mod pinegrove;
mod rent_manager;
mod yardi_voyager;

use portcullis_simulators::{Options, Running, Simulator, VendorKind};
use serde_json::{Value, json};
use std::sync::Once;

/// A simulator with a client.
struct World {
    running: Running,
    http: reqwest::Client,
}

/// What came back.
struct Reply {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl World {
    /// A small portfolio without rate limits.
    fn start(vendor: VendorKind, change: impl FnOnce(&mut Options)) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let mut options = Options {
            vendor,
            properties: 5,
            units: 60,
            limit: None,
            ..Options::default()
        };
        change(&mut options);
        let http = reqwest::Client::builder()
            .no_gzip()
            .no_proxy()
            .build()
            .unwrap();
        Self {
            running: Simulator::start(options).unwrap(),
            http,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    fn field(&self, name: &str) -> String {
        self.running.ready.fields[name].clone()
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Reply {
            status,
            headers,
            text: response.text().await.unwrap(),
        }
    }

    async fn control(&self, path: &str) -> Value {
        let url = format!("{}/_control/{path}", self.running.control_url());
        self.send(self.http.get(url)).await.json()
    }

    async fn try_mutate(&self, operations: Value) -> Reply {
        let url = format!("{}/_control/mutate", self.running.control_url());
        self.send(self.http.post(url).json(&operations)).await
    }

    /// Applies mutations; the results of each.
    async fn mutate(&self, operations: Value) -> Vec<Value> {
        let reply = self.try_mutate(operations).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()["results"].as_array().unwrap().clone()
    }

    /// The ids of a model that a careful reader must end up with, sorted.
    async fn truth(&self, model: &str) -> Vec<String> {
        let truth = self.control("truth?ids=1").await;
        let ids = truth["ids"][model].as_array().unwrap();
        sorted(ids.iter().map(|id| id.as_str().unwrap().to_owned()))
    }
}

fn sorted(ids: impl Iterator<Item = String>) -> Vec<String> {
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    ids
}

/// A change of one field of records.
fn change(model: &str, ids: &[&str], field: &str, value: Value) -> Value {
    let mut fields = serde_json::Map::new();
    fields.insert(field.to_owned(), value);
    json!({ "op": "change", "model": model, "ids": ids, "fields": fields })
}
