//! A collector of traces on loopback: what a gateway tells it, decoded and as it came.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message as _;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// One span, its ids as hexadecimal digits.
#[derive(Debug, Clone)]
pub struct Span {
    /// Its name.
    pub name: String,
    /// The trace that it belongs to.
    pub trace: String,
    /// Its own id.
    pub id: String,
    /// The id of the span above it, empty if there is none.
    pub parent: String,
    /// Its attributes as text.
    pub attributes: BTreeMap<String, String>,
    /// How many events it has.
    pub events: usize,
}

#[derive(Debug, Default)]
struct Taken {
    spans: Vec<Span>,
    bytes: Vec<u8>,
    headers: Vec<HeaderMap>,
}

/// A running collector.
#[derive(Debug)]
pub struct Collector {
    /// What `telemetry.otlp_endpoint` is set to.
    pub url: String,
    taken: Arc<Mutex<Taken>>,
    _answering: AbortOnDropHandle<()>,
}

impl Collector {
    /// Starts one on a free port.
    ///
    /// # Panics
    ///
    /// When it cannot listen.
    pub async fn start() -> Self {
        let taken: Arc<Mutex<Taken>> = Arc::default();
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(Arc::clone(&taken));
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap_or_else(|error| panic!("a port: {error}"));
        let address = listener
            .local_addr()
            .unwrap_or_else(|error| panic!("an address: {error}"));
        let answering = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self {
            url: format!("http://{address}"),
            taken,
            _answering: AbortOnDropHandle::new(answering),
        }
    }

    /// All spans so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        lock(&self.taken).spans.clone()
    }

    /// The bodies of all deliveries so far, one after the other.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        lock(&self.taken).bytes.clone()
    }

    /// The headers of all deliveries so far.
    #[must_use]
    pub fn headers(&self) -> Vec<HeaderMap> {
        lock(&self.taken).headers.clone()
    }
}

async fn take(
    State(taken): State<Arc<Mutex<Taken>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let Ok(delivery) = ExportTraceServiceRequest::decode(body.clone()) else {
        return StatusCode::BAD_REQUEST;
    };
    let mut taken = lock(&taken);
    taken.bytes.extend_from_slice(&body);
    taken.headers.push(headers);
    let scopes = delivery
        .resource_spans
        .into_iter()
        .flat_map(|it| it.scope_spans);
    for span in scopes.flat_map(|it| it.spans) {
        let attributes = span.attributes.into_iter().map(|pair| {
            let text = match pair.value.and_then(|it| it.value) {
                Some(Value::StringValue(text)) => text,
                Some(Value::IntValue(number)) => number.to_string(),
                Some(Value::BoolValue(value)) => value.to_string(),
                other => format!("{other:?}"),
            };
            (pair.key, text)
        });
        taken.spans.push(Span {
            name: span.name,
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            attributes: attributes.collect(),
            events: span.events.len(),
        });
    }
    StatusCode::OK
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}
