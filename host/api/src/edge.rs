//! The outermost layer: request ids, who asks and how often, panics, error documents, the request log and its metrics.
//!
//! Whatever comes out of the router as an error without a [`Problem`] (an unknown path, a method that
//! a path does not have, a panic) becomes one here, so that no caller ever reads anything else.

use std::any::Any;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use metrics::{Counter, Histogram};
use percent_encoding::percent_decode_str;
use tracing::{Instrument, Span};

use crate::ApiState;
use crate::auth::{Asking, identify};
use crate::idempotency::Replayed;
use crate::limit::{self, Taken};
use crate::problem::Problem;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id that is taken over from a caller.
const REQUEST_ID_MAX: usize = 64;

/// Wraps a whole request.
pub(crate) async fn edge(
    State(state): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let value = request_id(request.headers());
    let id = value.to_str().unwrap_or_default().to_owned();
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
    request.headers_mut().insert(REQUEST_ID, value.clone());
    // Whatever is behind `/v1/` takes a key, and counts towards the key's limit.
    let mut limited = None;
    if route.starts_with("/v1/") {
        let asking = identify(&state, request.headers()).instrument(span.clone());
        let asking = asking.await;
        limited = asking
            .as_ref()
            .ok()
            .and_then(|known| known.limit.clone())
            .map(|limit| (limit.take(), limit));
        request.extensions_mut().insert(Asking(asking));
    }
    let response = match &limited {
        Some((Taken::No { wait }, limit)) => {
            limit::refused(limit.per_minute(), *wait).into_response()
        }
        _ => {
            next.run(request)
                .instrument(trace.clone())
                .instrument(span.clone())
                .await
        }
    };
    let mut response = finish(response, &id);
    if let Some((taken, limit)) = limited {
        limit.tell(taken, response.headers_mut());
    }
    response.headers_mut().insert(REQUEST_ID, value);

    let status = response.status();
    portcullis_trace::answered(&trace, status);
    let took = began.elapsed();
    counter(&method, &route, status).increment(1);
    histogram(&route).record(took.as_secs_f64());
    span.in_scope(|| {
        tracing::info!(
            status = status.as_u16(),
            duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            client = client.map(tracing::field::display),
            "request.finished"
        );
    });
    response
}

/// Counts requests that ended so.
pub(crate) fn counter(method: &Method, route: &str, status: StatusCode) -> Counter {
    metrics::counter!(
        "portcullis_http_requests_total",
        "method" => known_method(method), "route" => route.to_owned(), "status" => status.as_str().to_owned()
    )
}

/// Measures how long requests take.
pub(crate) fn histogram(route: &str) -> Histogram {
    metrics::histogram!("portcullis_http_request_duration_seconds", "route" => route.to_owned())
}

/// The id of a request: the caller's own if it is harmless, else a new one.
pub(crate) fn request_id(headers: &HeaderMap) -> HeaderValue {
    let given = headers.get(REQUEST_ID);
    match given.filter(|id| is_request_id(id.as_bytes())) {
        Some(id) => id.clone(),
        None => new_request_id(),
    }
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
    if response.extensions().get::<Replayed>().is_some() {
        return response;
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

fn is_request_id(text: &[u8]) -> bool {
    (1..=REQUEST_ID_MAX).contains(&text.len())
        && text
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn new_request_id() -> HeaderValue {
    let mut text = String::with_capacity(36);
    text.push_str("req_");
    data_encoding::HEXLOWER.encode_append(&rand::random::<[u8; 16]>(), &mut text);
    HeaderValue::from_maybe_shared(Bytes::from(text))
        .unwrap_or_else(|_| HeaderValue::from_static("req_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_request_ids_are_taken_over() {
        assert!(is_request_id(b"a-1_b.C"));
        let new = new_request_id();
        assert!(is_request_id(new.as_bytes()) && new.len() == 36, "{new:?}");
        for bad in ["", "a b", "a\"b", "é", &"x".repeat(65)] {
            assert!(!is_request_id(bad.as_bytes()), "{bad}");
        }
    }
}
