//! The outermost layer: what every answer tells the browser, the request log and its metrics.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, header};
use tracing::Instrument as _;

/// Scripts and styles are files of ours; nothing is loaded from, framed by, or sent to anybody else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    ),
];

pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let began = Instant::now();
    // The route's pattern, not the path: a path may hold the token of a one-time link.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        // No page takes another one.
        _ => "other",
    };
    let client = portcullis_front::client(request.extensions(), request.headers());
    let trace = portcullis_trace::request(method, &route, None, request.headers());
    let mut response = next.run(request).instrument(trace.clone()).await;
    portcullis_trace::answered(&trace, response.status());
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A page shows what one person may see now.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    let status = response.status().as_u16();
    let took = began.elapsed();
    metrics::counter!(
        "portcullis_console_requests_total",
        "method" => method, "route" => route.clone(), "status" => status.to_string()
    )
    .increment(1);
    metrics::histogram!("portcullis_console_request_duration_seconds", "route" => route.clone())
        .record(took.as_secs_f64());
    tracing::info!(
        method,
        route,
        status,
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        client = client.map(tracing::field::display),
        "console.request_finished"
    );
    response
}
