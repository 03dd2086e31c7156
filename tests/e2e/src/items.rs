//! The vendor that `guest_minimal` and `guest_hostile` speak to: numbered items behind one key.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// The key that this vendor takes.
pub const ITEMS_KEY: &str = "items-key-0123456789";

/// How many items of a model there are, and how long an answer takes.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Properties.
    pub properties: u64,
    /// Units.
    pub units: u64,
    /// How long an answer takes.
    pub latency: Duration,
}

/// A running vendor; dropped, it is gone.
#[derive(Debug)]
pub struct Items {
    url: String,
    asked: Arc<AtomicU64>,
    _serving: AbortOnDropHandle<()>,
}

#[derive(Clone)]
struct Shared {
    size: Size,
    asked: Arc<AtomicU64>,
}

impl Items {
    /// Starts one on a free port.
    ///
    /// # Panics
    ///
    /// When it cannot listen.
    pub async fn start(size: Size) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap_or_else(|error| panic!("a port: {error}"));
        let address = socket
            .local_addr()
            .unwrap_or_else(|error| panic!("an address: {error}"));
        let asked = Arc::new(AtomicU64::new(0));
        let shared = Shared {
            size,
            asked: Arc::clone(&asked),
        };
        let router = Router::new().route("/items", get(items)).with_state(shared);
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(socket, router).await {
                panic!("the vendor of items ended: {error}");
            }
        });
        Self {
            url: format!("http://{address}"),
            asked,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many requests there were.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// The body that adds an integration of the vendor `MINIMAL`.
    #[must_use]
    pub fn integration(&self, name: &str) -> Value {
        json!({
            "integration_vendor": "MINIMAL",
            "name": name,
            "credentials": {"apiKey": ITEMS_KEY},
            "base_url": self.url,
        })
    }
}

async fn items(
    State(shared): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    shared.asked.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(shared.size.latency).await;
    if headers.get("x-api-key").is_none_or(|key| key != ITEMS_KEY) {
        return (StatusCode::UNAUTHORIZED, "no such key").into_response();
    }
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<u64>().ok());
    let (Some(offset), Some(limit)) = (number("offset"), number("limit")) else {
        return (StatusCode::BAD_REQUEST, "offset and limit are numbers").into_response();
    };
    let total = match query.get("model").map(String::as_str) {
        Some("properties") => shared.size.properties,
        Some("units") => shared.size.units,
        _ => return (StatusCode::NOT_FOUND, "no such model").into_response(),
    };
    let page = offset.min(total)..offset.saturating_add(limit).min(total);
    let property = |id: u64| (id % shared.size.properties.max(1)).to_string();
    let items: Vec<Value> = page
        .map(|id| json!({"id": id.to_string(), "name": format!("item {id}"), "property": property(id)}))
        .collect();
    Json(json!({"total": total, "items": items})).into_response()
}
