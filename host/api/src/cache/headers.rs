//! What an answer says about itself: `Cache-Control`, `Age`, `ETag`, `Cache-Status`, `X-Data-As-Of`, and 304.

use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::time::Duration;

use super::{Answer, How};

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
pub(crate) const DATA_AS_OF: HeaderName = HeaderName::from_static("x-data-as-of");

/// The answer on the wire; 304 without a body where the caller has these very bytes.
pub(crate) fn respond(answer: &Answer, how: How, ttl: Duration, request: &HeaderMap) -> Response {
    let status = match how {
        How::Hit { left, .. } => format!("portcullis; hit; ttl={}", left.as_secs()),
        How::Stored => "portcullis; fwd=uri-miss; stored".to_owned(),
        How::Collapsed => "portcullis; fwd=uri-miss; collapsed".to_owned(),
        How::Bypass(why) => format!("portcullis; fwd=bypass; detail={}", why.as_str()),
    };
    let control = match how {
        How::Bypass(_) => "private, no-store".to_owned(),
        _ => format!("private, max-age={}", ttl.as_secs()),
    };
    let age = match how {
        How::Hit { age, .. } => age.as_secs(),
        _ => 0,
    };
    let outcome = match how {
        How::Hit { .. } => "hit",
        How::Stored => "stored",
        How::Collapsed => "collapsed",
        How::Bypass(_) => "bypass",
    };
    metrics::counter!("portcullis_cache_requests_total", "outcome" => outcome).increment(1);

    let mut response = if knows(request, &answer.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = answer.bytes.clone().into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        response
    };
    let as_of = answer
        .data_as_of
        .to_rfc3339_opts(SecondsFormat::Millis, true);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, control),
        (header::AGE, age.to_string()),
        (header::ETAG, answer.etag.clone()),
        (CACHE_STATUS, status),
        (DATA_AS_OF, as_of),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers.insert(header::VARY, HeaderValue::from_static("authorization"));
    response
}

/// Whether `If-None-Match` names the tag. The comparison is the weak one, as RFC 9110 wants here.
fn knows(request: &HeaderMap, etag: &str) -> bool {
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_none_match_may_be_a_list_weak_or_a_star() {
        for (sent, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, sent.parse().unwrap());
            assert_eq!(knows(&headers, "\"a\""), expected, "{sent}");
        }
    }
}
