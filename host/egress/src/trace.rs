//! What a trace says of a request: where it went and what became of it, and nothing that it carried.

use tracing::{Span, field};

use crate::{
    exchange::Outcome,
    types::{HttpError, Method},
};

/// Longest part of a path that is taken for a name, in bytes.
const NAME_MAX: usize = 40;

/// The span of a request, its wait for a permit included.
pub(crate) fn span(method: Method) -> Span {
    tracing::info_span!(
        target: portcullis_trace::TARGET,
        "egress",
        otel.name = %method,
        otel.kind = "client",
        otel.status_code = field::Empty,
        http.request.method = %method,
        server.address = field::Empty,
        url.template = field::Empty,
        http.response.status_code = field::Empty,
        "error.type" = field::Empty,
    )
}

/// Notes the end of a request. `shown` is its URL as the evidence has it, masked.
pub(crate) fn ended(span: &Span, shown: &str, outcome: &Outcome<'_>) {
    if span.is_disabled() {
        return;
    }
    match outcome {
        Outcome::Status(status) => {
            span.record("http.response.status_code", status);
            if *status >= 400 {
                span.record("otel.status_code", "ERROR");
            }
        }
        Outcome::Error(error) => {
            span.record("error.type", error.code());
            span.record("otel.status_code", "ERROR");
            // An address that was not admitted is a text that a guest made up.
            if matches!(error, HttpError::Denied(_) | HttpError::InvalidRequest(_)) {
                return;
            }
        }
    }
    let rest = shown.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    span.record("server.address", host);
    span.record("url.template", pattern(path).as_str());
}

/// A path in which only names are left: what may be an id, a key or a person's is `{}`.
fn pattern(path: &str) -> String {
    let mut pattern = String::new();
    for part in path.split('/') {
        pattern.push('/');
        pattern.push_str(if is_name(part) { part } else { "{}" });
    }
    pattern
}

fn is_name(part: &str) -> bool {
    let version = part.strip_prefix(['v', 'V']).is_some_and(|rest| {
        rest.len() <= 4 && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    });
    let words = part.len() <= NAME_MAX
        && part
            .bytes()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_' | b'.'));
    version || words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_left_of_a_path() {
        for (path, left) in [
            ("", "/"),
            ("v1/rentals/units", "/v1/rentals/units"),
            ("api/v10.2/leases/4711/notes", "/api/v10.2/leases/{}/notes"),
            ("people/ann%40home.example", "/people/{}"),
            ("people/ann@home.example", "/people/{}"),
            ("keys/***/x", "/keys/{}/x"),
            ("t/0f8a", "/t/{}"),
            (&"a".repeat(41), "/{}"),
            ("services.asmx/", "/services.asmx/"),
        ] {
            assert_eq!(pattern(path), left, "{path}");
        }
    }
}
