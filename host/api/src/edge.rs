//! The outermost layer: request ids, panics, error documents, the request log and its metrics.
//!
//! Whatever comes out of the router as an error without a [`Problem`] (an unknown path, a method that
//! a path does not have, a panic) becomes one here, so that no caller ever reads anything else.

use std::any::Any;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use tracing::{Instrument, Span};

use crate::problem::Problem;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id that is taken over from a caller.
const REQUEST_ID_MAX: usize = 64;

/// Wraps a whole request.
pub(crate) async fn edge(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|text| is_request_id(text))
        .map_or_else(new_request_id, str::to_owned);
    let method = request.method().clone();
    // The route's pattern, not the path: ids would make a metric of their own each.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let client = portcullis_front::client(request.extensions(), request.headers());
    let span = tracing::info_span!("request", request_id = %id, %method, route = %route);
    // Probes ask every few seconds, and nobody wants to read about it.
    let trace = match route.as_str() {
        "/healthz" | "/readyz" | "/metrics" => Span::none(),
        _ => portcullis_trace::request(known_method(&method), &route, Some(&id), request.headers()),
    };

    // Further in, the audit reads it there.
    if let Ok(value) = HeaderValue::from_str(&id) {
        request.headers_mut().insert(REQUEST_ID, value);
    }
    let response = next
        .run(request)
        .instrument(trace.clone())
        .instrument(span.clone())
        .await;
    let mut response = finish(response, &id);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }

    portcullis_trace::answered(&trace, response.status());
    let status = response.status().as_u16();
    let took = began.elapsed();
    metrics::counter!(
        "portcullis_http_requests_total",
        "method" => known_method(&method), "route" => route.clone(), "status" => status.to_string()
    )
    .increment(1);
    metrics::histogram!("portcullis_http_request_duration_seconds", "route" => route)
        .record(took.as_secs_f64());
    span.in_scope(|| {
        tracing::info!(
            status,
            duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            client = client.map(tracing::field::display),
            "request.finished"
        );
    });
    response
}

/// Methods beyond the known ones are the caller's invention and would grow a metric without end.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Renders the problem of an error answer, or makes one.
fn finish(mut response: Response, id: &str) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return problem.render(id);
    }
    let status = response.status();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        // The router adds the `Allow` header to what is returned here.
        return Problem::new("method_not_allowed").render(id);
    }
    if status == StatusCode::NOT_FOUND {
        return Problem::new("route_not_found").render(id);
    }
    if status.is_client_error() {
        return Problem::new("invalid_request").render(id);
    }
    if status.is_server_error() {
        return Problem::new("internal_error").render(id);
    }
    response
}

/// The answer to a path that is none of ours.
pub(crate) async fn no_such_route(uri: Uri) -> Problem {
    match percent_decode_str(uri.path()).decode_utf8() {
        Ok(path) => Problem::new("route_not_found").detail(format!(
            "There is no path `{}`. `/openapi.json` lists every path; `/docs` shows them.",
            path.chars()
                .filter(|c| !c.is_control())
                .take(200)
                .collect::<String>()
        )),
        Err(_) => Problem::new("path_not_utf8"),
    }
}

/// The answer to a request whose handler panicked. What the panic said goes to the log alone.
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = said, "request.panicked");
    Problem::new("internal_error").into_response()
}

fn is_request_id(text: &str) -> bool {
    (1..=REQUEST_ID_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn new_request_id() -> String {
    format!("req_{:032x}", rand::random::<u128>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_request_ids_are_taken_over() {
        assert!(is_request_id("a-1_b.C"));
        assert!(is_request_id(&new_request_id()));
        for bad in ["", "a b", "a\"b", "é", &"x".repeat(65)] {
            assert!(!is_request_id(bad), "{bad}");
        }
    }
}
