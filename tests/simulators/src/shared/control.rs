//! The control plane: what a test may ask and change, on a listener of its own that no connector is told of, and on the
//! vendor's for whoever is not the gateway.
//!
//! | Request | Answer |
//! | --- | --- |
//! | `GET /_control/truth?client_id=&ids=1&digest=1&all=1` | what a careful client with these credentials must end up with |
//! | `GET /_control/ledger?since=SEQ` | each vendor request after that number |
//! | `DELETE /_control/ledger` | forgets the requests so far |
//! | `POST /_control/mutate` | applies a JSON list of [`Operation`]s in order |
//!
//! A mutation that cannot be read is refused whole with 400; one that cannot be applied ends the list with 422 and
//! says how many before it were applied.

use super::VendorRequest;
use super::faults::{Fault, RetryAfter};
use super::limiter::Limit;
use super::server::Listener;
use super::tls::TlsMode;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A vendor id: a number or a text, as the vendor has it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(untagged)]
pub enum Id {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl Id {
    /// The id of a vendor whose ids are numbers.
    ///
    /// # Errors
    /// A sentence for the test's author.
    pub fn number(&self) -> Result<i64, String> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Text(text) => text
                .parse()
                .map_err(|_| format!("{text:?} is no number, and ids of this vendor are")),
        }
    }

    /// The id of a vendor whose ids are texts.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// One change. `op` names it; unknown members are refused, so that a slip in a test fails at once.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// Overwrites fields of records, by vendor id. The records' last-updated moves to now.
    Change {
        /// `properties`, `units`, `leases`, `residents`, `applicants`, or another list of the vendor's.
        model: String,
        /// Vendor ids.
        ids: Vec<Id>,
        /// Vendor field names and their new values; null removes nothing, it is written as null.
        #[serde(default)]
        fields: Map<String, Value>,
        /// Keeps the last-updated where it was: a change that the vendor's stamp misses.
        #[serde(default)]
        silent: bool,
    },
    /// Adds records; the answer lists their ids. A deleted record comes back by `restore`, not by this.
    Add {
        /// As in `change`.
        model: String,
        /// How many.
        count: u32,
        /// Vendor id of the parent: property of a unit, unit of a lease, lease of a resident or of a transaction, unit of
        /// an applicant.
        #[serde(default)]
        parent: Option<Id>,
        /// Vendor fields that differ from what the seed gives.
        #[serde(default)]
        fields: Map<String, Value>,
    },
    /// Deletes records by vendor id. Records that refer to them stay.
    Delete {
        /// As in `change`.
        model: String,
        /// Vendor ids.
        ids: Vec<Id>,
    },
    /// Brings deleted records back, with a last-updated of now.
    Restore {
        /// As in `change`.
        model: String,
        /// Vendor ids.
        ids: Vec<Id>,
    },
    /// Adds a key, or replaces it.
    AddKey {
        /// Client id.
        client_id: String,
        /// Client secret.
        secret: String,
        /// Permission areas it may view; absent means all.
        #[serde(default)]
        scopes: Option<Vec<String>>,
        /// Vendor ids of the properties it is limited to; absent means all.
        #[serde(default)]
        properties: Option<Vec<Id>>,
    },
    /// Deletes a key: its requests answer 401 from now on.
    RevokeKey {
        /// Client id; the first key when absent.
        #[serde(default)]
        client_id: Option<String>,
    },
    /// Sets the permission areas of a key.
    SetScopes {
        /// Client id; the first key when absent.
        #[serde(default)]
        client_id: Option<String>,
        /// Permission areas it may view.
        scopes: Vec<String>,
    },
    /// Limits a key to some properties, or lifts the limit.
    SetProperties {
        /// Client id; the first key when absent.
        #[serde(default)]
        client_id: Option<String>,
        /// Vendor ids of the properties; null lifts the limit.
        properties: Option<Vec<Id>>,
    },
    /// Sets the latency of each answer, or of those whose path begins with `path`; the longest matching path wins.
    Latency {
        /// Beginning of the path; absent means all.
        #[serde(default)]
        path: Option<String>,
        /// Least latency in milliseconds.
        fixed_ms: u64,
        /// Up to this much more, by the seed, in milliseconds.
        #[serde(default)]
        jitter_ms: u64,
    },
    /// Sets or, with null, lifts the rate limit.
    RateLimit {
        /// The limit of each client.
        limit: Option<Limit>,
    },
    /// Sets what stands in `Retry-After` of the vendor's own 429 answers.
    RetryAfter {
        /// Form of the header.
        value: RetryAfter,
    },
    /// Adds a fault behind those in force.
    Fault {
        /// The fault.
        fault: Fault,
    },
    /// Removes all faults; what hangs goes on hanging.
    ClearFaults {},
    /// Ends sessions before their time, for vendors that have any: the next request with one is refused.
    ExpireSessions {
        /// Those of this client id; all when absent.
        #[serde(default)]
        client_id: Option<String>,
    },
    /// Ends a session for no reason once in each stretch of so many looks at one, where the seed says, for vendors that
    /// have any.
    EndSessionsAtRandom {
        /// Length of the stretch, at least 2; none when absent.
        #[serde(default)]
        once_in: Option<u64>,
    },
    /// Sets what the vendor shows in the handshake of its next connections behind TLS.
    Tls {
        /// The certificate, good or bad.
        mode: TlsMode,
    },
    /// Gives the secrets of each request back in response headers, error texts and a text field of each record.
    EchoSecrets {
        /// On or off.
        on: bool,
    },
}

/// What of the truth is asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruthQuery {
    /// The credentials; the first key when absent.
    pub client_id: Option<String>,
    /// `1` lists the vendor ids of each model.
    pub ids: Option<u8>,
    /// `1` gives a digest of each model's rows.
    pub digest: Option<u8>,
    /// `1` speaks also of the models that connectors leave off unless switched on.
    pub all: Option<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LedgerQuery {
    since: Option<u64>,
}

/// The routes of the control plane.
pub fn router(listener: Arc<Listener>) -> Router {
    Router::new()
        .route("/_control/truth", get(truth))
        .route("/_control/ledger", get(ledger).delete(clear))
        .route("/_control/mutate", post(mutate))
        .with_state(listener)
}

type Refusal = (StatusCode, Json<Value>);

async fn truth(
    State(listener): State<Arc<Listener>>,
    Query(mut query): Query<TruthQuery>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    // Asked with a vendor's credentials, it speaks of those.
    if query.client_id.is_none() {
        let request = VendorRequest {
            headers,
            ..VendorRequest::default()
        };
        query.client_id = listener.vendor.client_of(&request);
    }
    listener
        .vendor
        .truth(&query)
        .map(Json)
        .map_err(|why| (StatusCode::NOT_FOUND, Json(json!({ "error": why }))))
}

async fn ledger(
    State(listener): State<Arc<Listener>>,
    Query(query): Query<LedgerQuery>,
) -> Json<Value> {
    Json(json!({ "requests": listener.ledger.since(query.since.unwrap_or(0)) }))
}

async fn clear(State(listener): State<Arc<Listener>>) -> StatusCode {
    listener.ledger.clear();
    StatusCode::NO_CONTENT
}

async fn mutate(
    State(listener): State<Arc<Listener>>,
    body: bytes::Bytes,
) -> Result<Json<Value>, Refusal> {
    let operations: Vec<Operation> = serde_json::from_slice(&body).map_err(|error| {
        (
            StatusCode::BAD_REQUEST,
            Json(json!({ "error": error.to_string() })),
        )
    })?;
    let mut results = Vec::with_capacity(operations.len());
    for operation in operations {
        match listener.apply(operation) {
            Ok(result) => results.push(result),
            Err(why) => {
                let refusal = json!({ "error": why, "applied": results.len() });
                return Err((StatusCode::UNPROCESSABLE_ENTITY, Json(refusal)));
            }
        }
    }
    Ok(Json(
        json!({ "applied": results.len(), "results": results }),
    ))
}
