//! Traces: how the spans of one trace find each other, in one process and across several.
//!
//! ```text
//! request (API, console) → sync (queued) ┆ another process → run → guest call → egress
//! ```
//!
//! Spans for a collector carry the target [`TARGET`] and are written nowhere else: the log does not show them, and
//! nothing but them is exported, no event and no library's span. So what leaves the process is what these few places
//! name, and none of them names a query, a header, a body or a value of a record.
//!
//! Without a collector their callsites are switched off, and every function here does nothing.

use std::collections::HashMap;

use data_encoding::BASE32_NOPAD;
use http::{HeaderMap, StatusCode};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use sha2::{Digest as _, Sha256};
use tracing::{Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The target of every span that is exported.
pub const TARGET: &str = "portcullis::trace";

/// The header of the W3C, and the name under which a trace is kept beside queued work.
const TRACEPARENT: &str = "traceparent";

/// The span of a request that came in, as a part of the caller's trace if it named one. `route` is the pattern, not
/// the path.
pub fn request(method: &str, route: &str, request_id: Option<&str>, headers: &HeaderMap) -> Span {
    // A path is served with and without a slash at its end; it is one route.
    let route = match route.trim_end_matches('/') {
        "" => "/",
        route => route,
    };
    let span = tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = field::Empty,
        request_id,
    );
    let mut given = headers.get_all(TRACEPARENT).iter();
    // Two of them name two traces: neither is believed.
    if let (Some(one), None) = (given.next(), given.next()) {
        go_on(&span, one.to_str().ok());
    }
    span
}

/// Notes how a request was answered. What the caller did wrong is no failure of ours.
pub fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// Makes a span a part of the trace that was kept: see [`of`]. It must not have been entered yet. A text that is no
/// `traceparent` changes nothing.
pub fn go_on(span: &Span, traceparent: Option<&str>) {
    let Some(traceparent) = traceparent.filter(|_| !span.is_disabled()) else {
        return;
    };
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let parent = TraceContextPropagator::new().extract(&carrier);
    if parent.span().span_context().is_valid() {
        // Refused only where there is no collector, or where the span has begun.
        let _ = span.set_parent(parent);
    }
}

/// What keeps the place of a span in its trace: a `traceparent`, 55 characters. `None` without a collector.
pub fn of(span: &Span) -> Option<String> {
    if span.is_disabled() {
        return None;
    }
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&span.context(), &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// How the log and the traces call an integration: ten characters that tell integrations apart. Its id would outlive
/// an erasure there; nothing leads back from these to an id that was forgotten, since ids are random.
pub fn log_name(integration_id: &str) -> String {
    let digest = Sha256::digest(integration_id.as_bytes());
    BASE32_NOPAD.encode(&digest[..7])[..10].to_lowercase()
}

#[cfg(test)]
mod tests;
