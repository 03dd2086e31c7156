//! What an answer says about itself: `Cache-Control`, `Age`, `ETag`, `Cache-Status`, `X-Data-As-Of`, and 304.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::{Answer, How};
use portcullis_front::Coding;

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
pub(crate) const DATA_AS_OF: HeaderName = HeaderName::from_static("x-data-as-of");

/// Room for all headers of an answer, those of the edge included, so that their table never grows.
const HEADERS: usize = 16;

/// The answer on the wire, in the form that the caller likes best of those that are ready; 304 without a body where the
/// caller has these very bytes.
pub(crate) fn respond(answer: &Answer, how: How, ttl: Duration, request: &HeaderMap) -> Response {
    let form = answer
        .ready(Coding::wanted(request))
        .unwrap_or(answer.plain());
    let mut headers = HeaderMap::with_capacity(HEADERS);
    let (status, body, etag) = match known(request, answer, form.etag) {
        Some(etag) => (StatusCode::NOT_MODIFIED, Body::empty(), etag),
        None => {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
            if let Some(coding) = form.coding.header() {
                headers.insert(header::CONTENT_ENCODING, coding);
            }
            (StatusCode::OK, Body::from(form.bytes.clone()), form.etag)
        }
    };
    headers.insert(header::CACHE_CONTROL, control(how, ttl));
    headers.insert(header::AGE, age(how));
    headers.insert(header::ETAG, etag.clone());
    headers.insert(CACHE_STATUS, cache_status(how));
    headers.insert(DATA_AS_OF, answer.data_as_of.clone());
    headers.insert(
        header::VARY,
        HeaderValue::from_static("authorization, accept-encoding"),
    );
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// What the metrics call it.
pub(crate) fn outcome(how: How) -> &'static str {
    match how {
        How::Hit { .. } => "hit",
        How::HeldBack { .. } => "held_back",
        How::Stored => "stored",
        How::Collapsed => "collapsed",
        How::Renewed | How::RenewedTogether => "renewed",
        How::Bypass(_) => "bypass",
    }
}

/// Counts answers that came about in this way.
pub(crate) fn counter(outcome: &'static str) -> metrics::Counter {
    metrics::counter!("portcullis_cache_requests_total", "outcome" => outcome)
}

fn control(how: How, ttl: Duration) -> HeaderValue {
    match how {
        How::Bypass(_) => HeaderValue::from_static("private, no-store"),
        _ => numbered("private, max-age=", ttl.as_secs(), ""),
    }
}

fn age(how: How) -> HeaderValue {
    match how {
        How::Hit { age, .. } | How::HeldBack { age, .. } => age.as_secs().into(),
        _ => HeaderValue::from_static("0"),
    }
}

fn cache_status(how: How) -> HeaderValue {
    const HIT: &str = "portcullis; hit; ttl=";
    match how {
        How::Hit { left, .. } => numbered(HIT, left.as_secs(), ""),
        How::HeldBack { left, .. } => numbered(HIT, left.as_secs(), "; detail=no-cache-quota"),
        How::Stored => HeaderValue::from_static("portcullis; fwd=uri-miss; stored"),
        How::Collapsed => HeaderValue::from_static("portcullis; fwd=uri-miss; collapsed"),
        How::Renewed => HeaderValue::from_static("portcullis; fwd=request; stored"),
        How::RenewedTogether => HeaderValue::from_static("portcullis; fwd=request; collapsed"),
        How::Bypass(why) => ascii(format!("portcullis; fwd=bypass; detail={}", why.as_str())),
    }
}

fn numbered(before: &str, number: u64, after: &str) -> HeaderValue {
    let mut digits = itoa::Buffer::new();
    ascii([before, digits.format(number), after].concat())
}

/// A header's value of text that is ASCII by construction.
pub(super) fn ascii(text: String) -> HeaderValue {
    HeaderValue::from_maybe_shared(Bytes::from(text))
        .unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The tag that `If-None-Match` names, if it is one of this answer's: that of any form will do, since all say the same.
/// The comparison is the weak one, as RFC 9110 wants here.
fn known<'a>(
    request: &HeaderMap,
    answer: &'a Answer,
    selected: &'a HeaderValue,
) -> Option<&'a HeaderValue> {
    let tags = || {
        let values = request.get_all(header::IF_NONE_MATCH).iter();
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
    };
    if tags().any(|tag| tag == "*") {
        return Some(selected);
    }
    answer.tag_among(tags().map(|tag| tag.strip_prefix("W/").unwrap_or(tag).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::core::Stamp;

    #[test]
    fn if_none_match_may_be_a_list_weak_or_a_star() {
        let snapshot = Duration::ZERO;
        let answer = Answer::new(b"a".to_vec(), chrono::Utc::now(), Stamp { snapshot });
        let etag = answer.plain().etag;
        let tag = etag.to_str().unwrap();
        for (sent, expected) in [
            (tag.to_owned(), true),
            (format!("W/{tag}"), true),
            (format!("\"b\", {tag}"), true),
            ("*".to_owned(), true),
            ("\"b\"".to_owned(), false),
            (tag.trim_matches('"').to_owned(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, sent.parse().unwrap());
            let found = known(&headers, &answer, etag);
            assert_eq!(found, expected.then_some(etag), "{sent}");
        }
        assert_eq!(known(&HeaderMap::new(), &answer, etag), None);
    }
}
