//! `Idempotency-Key`: a POST that is sent again under its key is answered again, and not done again.
//!
//! One layer around every route but those of the models, which have no POST; so none can be forgotten. The first
//! request runs in a task of its own: a client that goes away, which is what keys are for, does not cut it in half.
//! Whatever it is answered is kept, a fault of the gateway too; only what was refused before anything was done leaves
//! its key free.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts as _, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use portcullis_service::{
    FirstRequest, KeptAnswer, Keyed, KeyedRequest, Principal, SIGN_OF_LIFE_EVERY, Service,
};
use serde_json::Value;
use tracing::Instrument as _;

use crate::auth::Caller;
use crate::edge::{self, REQUEST_ID};
use crate::problem::Problem;
use crate::{ApiState, audit, body};

/// The request's header.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is the one that was kept.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Names the request that was done.
const ORIGINAL: HeaderName = HeaderName::from_static("original-request");

/// Longest key, in characters.
pub(crate) const KEY_MAX: usize = 255;

/// Headers that belong to an answer; the others are made anew with each delivery.
const KEPT_HEADERS: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::CACHE_CONTROL,
    header::LOCATION,
    header::RETRY_AFTER,
];

/// Longest id of an integration that is believed to be one.
const ID_MAX: usize = 64;

/// How often old requests are swept out, by every process that serves.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Marks an answer that was kept, for the layers outside: it is finished as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Replayed;

/// Wraps a request.
pub(crate) async fn idempotent(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    let work = keyed(state, request, next).in_current_span();
    match tokio::spawn(work).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => edge::panicked(panic),
            // The runtime is on its way out.
            Err(_) => Problem::new("not_ready").into_response(),
        },
    }
}

async fn keyed(state: ApiState, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, &state).await;
    let Ok(Caller(principal)) = caller else {
        // The route says why; whoever has no key has no keys to remember either.
        return next.run(Request::from_parts(parts, body)).await;
    };
    let begun = begin(&state, &principal, &parts, body).await;
    let (first, body) = match begun {
        Ok(Begun::First(first, body)) => (first, body),
        Ok(Begun::Answered(answer)) => return replayed(answer),
        Err(problem) => {
            audit::refused(&state, &principal, &parts, &problem).await;
            return problem.into_response();
        }
    };
    let request_id = request_id(&parts.headers);
    let integration_id = integration_of(&parts).map(str::to_owned);
    let run = next.run(Request::from_parts(parts, Body::from(body)));
    let run = AssertUnwindSafe(run).catch_unwind();
    let outcome = tokio::select! {
        outcome = run => outcome,
        never = hold(&state.service, &first) => match never {},
    };
    let response = outcome.unwrap_or_else(|panic: Box<dyn Any + Send>| edge::panicked(panic));
    finish(&state.service, &first, response, request_id, integration_id).await
}

enum Begun {
    First(FirstRequest, Bytes),
    Answered(KeptAnswer),
}

/// Takes the key for this request, or finds the answer that it had.
async fn begin(
    state: &ApiState,
    principal: &Principal,
    parts: &Parts,
    body: Body,
) -> Result<Begun, Problem> {
    let key = key_of(&parts.headers)?;
    let body = body::read(body).await?;
    let asked = KeyedRequest {
        key: &key,
        method: parts.method.as_str(),
        path: parts.uri.path().trim_end_matches('/'),
        query: parts.uri.query().unwrap_or_default(),
        body: &body,
        integration_id: integration_of(parts),
    };
    match state.service.keyed_request(principal, asked).await? {
        Keyed::First(first) => Ok(Begun::First(first, body)),
        Keyed::Answered(answer) => Ok(Begun::Answered(answer)),
        Keyed::Other => Err(Problem::new("idempotency_key_reused")),
        Keyed::UnderWay => Err(Problem::new("idempotency_key_in_use")
            .header(header::RETRY_AFTER, HeaderValue::from_static("1"))),
        Keyed::Unknown => Err(Problem::new("idempotency_outcome_unknown")),
    }
}

/// Gives signs of life for as long as it is polled.
async fn hold(service: &Service, first: &FirstRequest) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(SIGN_OF_LIFE_EVERY).await;
        if let Err(error) = service.hold_request(first).await {
            tracing::warn!(%error, "idempotency.not_held");
        }
    }
}

/// Keeps an answer, or lets the key go, and gives the answer on.
async fn finish(
    service: &Service,
    first: &FirstRequest,
    response: Response,
    request_id: String,
    integration_id: Option<String>,
) -> Response {
    if nothing_was_done(response.status()) {
        if let Err(error) = service.let_request_go(first).await {
            tracing::warn!(%error, "idempotency.not_let_go");
        }
        return response;
    }
    let (response, answer) = kept(response, request_id).await;
    let about = integration_id.is_none().then(|| answer_about(&answer.body));
    let about = about.flatten();
    for pause in [200, 1_000, 0] {
        match service.keep_answer(first, &answer, about.as_deref()).await {
            Ok(()) => break,
            // Not kept at all, the request counts as one whose outcome is unknown, once nobody holds it.
            Err(error) => tracing::error!(%error, "idempotency.not_kept"),
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    response
}

/// Whether an answer refuses a request for its form, its sender or its path, all of which come before anything is done.
/// A refusal for the state of things (409) is an outcome like any other.
fn nothing_was_done(status: StatusCode) -> bool {
    status.is_client_error() && status != StatusCode::CONFLICT
}

/// The answer as it is kept, and once more to be given on.
async fn kept(response: Response, request_id: String) -> (Response, KeptAnswer) {
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => Some(problem.clone()),
        // The edge makes this of what nobody explained.
        None => (response.status().is_server_error()).then(|| Problem::new("internal_error")),
    };
    // An error is rendered at the edge, where it is met on its way out; here it is rendered to be kept.
    let (rendered, whole) = match problem {
        Some(problem) => (problem.render(&request_id), Some(response)),
        None => (response, None),
    };
    let (parts, body) = rendered.into_parts();
    // Every body of a POST is made in memory, so reading it cannot fail.
    let bytes = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let headers = KEPT_HEADERS.iter().filter_map(|name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let answer = KeptAnswer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        request_id,
        body: bytes.to_vec(),
    };
    let response = whole.unwrap_or_else(|| Response::from_parts(parts, Body::from(bytes)));
    (response, answer)
}

/// The kept answer on the wire.
fn replayed(answer: KeptAnswer) -> Response {
    let mut response = Body::from(answer.body).into_response();
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.extensions_mut().insert(Replayed);
    let headers = response.headers_mut();
    for (name, value) in &answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    if let Ok(id) = HeaderValue::from_str(&answer.request_id) {
        headers.insert(ORIGINAL, id);
    }
    response
}

/// The caller's key: a text of visible characters, with or without the quotes that the draft standard wants.
fn key_of(headers: &HeaderMap) -> Result<String, Problem> {
    let invalid = || Problem::new("idempotency_key_invalid");
    let mut values = headers.get_all(KEY).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(invalid());
    };
    let text = value.to_str().map_err(|_| invalid())?;
    let bare = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    let letters = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\');
    if (1..=KEY_MAX).contains(&bare.len()) && bare.bytes().all(letters) {
        Ok(bare.to_owned())
    } else {
        Err(invalid())
    }
}

fn request_id(headers: &HeaderMap) -> String {
    let id = headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    id.unwrap_or_default().to_owned()
}

/// The integration that the path names. That it is erased is told to whoever asks again, so the request to erase it
/// does not go with it.
fn integration_of(parts: &Parts) -> Option<&str> {
    let pattern = parts.extensions.get::<MatchedPath>()?.as_str();
    let below = pattern.strip_prefix("/v1/admin/integrations/{id}/")?;
    if below.trim_end_matches('/') == "erase" {
        return None;
    }
    let path = parts.uri.path().strip_prefix("/v1/admin/integrations/")?;
    path.split('/').next().filter(|id| is_integration(id))
}

/// The integration that an answer is about: one that was made, or the owner of what it shows.
fn answer_about(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let results = body.get("results")?;
    // What is left of an erased integration is no part of it.
    if results.get("erased_at").is_some() {
        return None;
    }
    let ids = [results.get("integration_id"), results.get("id")];
    let mut ids = ids.into_iter().flatten().filter_map(Value::as_str);
    ids.find(|id| is_integration(id)).map(str::to_owned)
}

fn is_integration(id: &str) -> bool {
    id.starts_with("int_")
        && id.len() <= ID_MAX
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Sweeps out requests whose day is over, until it is dropped.
pub(crate) async fn sweep(service: &Service) {
    loop {
        match service.sweep_requests().await {
            Ok(0) => {}
            Ok(swept) => tracing::debug!(swept, "idempotency.swept"),
            Err(error) => tracing::warn!(%error, "idempotency.not_swept"),
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(KEY, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn a_key_is_the_same_with_and_without_its_quotes() {
        for sent in ["8e03978e-40d5", "\"8e03978e-40d5\""] {
            assert_eq!(key_of(&headers(&[sent])).unwrap(), "8e03978e-40d5");
        }
        assert!(key_of(&headers(&[&"x".repeat(KEY_MAX)])).is_ok());
        let long = "x".repeat(KEY_MAX + 1);
        for bad in [
            &[][..],
            &["a", "b"],
            &[""],
            &["\"\""],
            &["\"a"],
            &["a\""],
            &["a b"],
            &["a\\b"],
            &[&long],
        ] {
            assert_eq!(
                key_of(&headers(bad)).unwrap_err().code(),
                "idempotency_key_invalid",
                "{bad:?}"
            );
        }
    }

    #[test]
    fn what_an_answer_is_about() {
        let about = |text: &str| answer_about(text.as_bytes());
        assert_eq!(
            about(r#"{"results":{"id":"int_a1"}}"#).as_deref(),
            Some("int_a1")
        );
        assert_eq!(
            about(r#"{"results":{"id":"syn_1","integration_id":"int_b"}}"#).as_deref(),
            Some("int_b")
        );
        assert_eq!(
            about(r#"{"results":{"id":"int_a1","erased_at":"x"}}"#),
            None
        );
        assert_eq!(about("{}"), None);
        assert_eq!(about("no JSON"), None);
    }
}
