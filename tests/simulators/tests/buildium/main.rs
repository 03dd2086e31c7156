//! The simulated Buildium over real HTTP: every oddity that a connector must live with.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod access;
mod faults;
mod lists;
mod mutations;
mod rows;
mod sheets;

use portcullis_simulators::{Options, Running, Simulator};
use serde_json::Value;
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
        serde_json::from_str(&self.text).unwrap()
    }

    fn total(&self) -> usize {
        self.headers["x-total-count"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap()
    }

    fn ids(&self) -> Vec<i64> {
        self.json()
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["Id"].as_i64().unwrap())
            .collect()
    }
}

impl World {
    fn start(change: impl FnOnce(&mut Options)) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let mut options = Options {
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

    fn plain() -> Self {
        Self::start(|_| {})
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

    fn request(&self, path: &str) -> reqwest::RequestBuilder {
        self.request_as(
            &self.running.ready.client_id,
            &self.running.ready.secret,
            path,
        )
    }

    fn request_as(&self, client_id: &str, secret: &str, path: &str) -> reqwest::RequestBuilder {
        self.http
            .get(format!("{}{path}", self.running.url()))
            .header("x-buildium-client-id", client_id)
            .header("x-buildium-client-secret", secret)
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(self.request(path)).await
    }

    async fn control(&self, path: &str) -> Value {
        self.send(
            self.http
                .get(format!("{}/_control/{path}", self.running.control_url())),
        )
        .await
        .json()
    }

    async fn try_mutate(&self, operations: Value) -> Reply {
        let url = format!("{}/_control/mutate", self.running.control_url());
        self.send(self.http.post(url).json(&operations)).await
    }

    async fn mutate(&self, operations: Value) -> Value {
        let reply = self.try_mutate(operations).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    /// Every row of a list by a careful read: pages in the order of ids.
    async fn read_all(&self, path: &str) -> Vec<Box<serde_json::value::RawValue>> {
        let mut rows = Vec::new();
        let mark = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self
                .get(&format!(
                    "{path}{mark}limit=1000&offset={}&orderby=Id",
                    rows.len()
                ))
                .await;
            assert_eq!(page.status, 200, "{}", page.text);
            let total = page.total();
            let more: Vec<Box<serde_json::value::RawValue>> =
                serde_json::from_str(&page.text).unwrap();
            assert!(!more.is_empty() || rows.len() == total);
            rows.extend(more);
            if rows.len() >= total {
                return rows;
            }
        }
    }
}

/// Path of each model's list.
const LISTS: [(&str, &str); 5] = [
    ("properties", "/v1/rentals"),
    ("units", "/v1/rentals/units"),
    ("leases", "/v1/leases"),
    ("residents", "/v1/leases/tenants"),
    ("applicants", "/v1/applicants"),
];
