//! The audit of admin requests: whoever may change something leaves an entry, also when it is refused.

use axum::extract::{FromRequestParts as _, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use portcullis_service::{Principal, in_request};

use crate::ApiState;
use crate::auth::Caller;
use crate::edge::REQUEST_ID;
use crate::problem::Problem;

/// Longest subject that is kept: ids are shorter.
const SUBJECT_MAX: usize = 100;

/// Wraps an admin request. Reading leaves no entry, and neither does anybody without a good key: they have no account.
pub(crate) async fn audited(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, &state).await;
    let Told {
        id,
        action,
        subject,
    } = told(&parts);
    let request = Request::from_parts(parts, body);
    let (response, written) = in_request(&id, next.run(request)).await;
    if let (false, Ok(Caller(principal))) = (written, caller) {
        let refusal = match response.extensions().get::<Problem>() {
            Some(problem) => Some(problem.code()),
            None if response.status().is_success() => None,
            // The edge makes these of answers that nobody explained.
            None if response.status() == StatusCode::METHOD_NOT_ALLOWED => {
                Some("method_not_allowed")
            }
            None => Some("internal_error"),
        };
        let kept = state
            .service
            .audit_request(&principal, &id, action, subject, refusal);
        if let Err(error) = kept.await {
            tracing::error!(%error, "audit.not_written");
        }
    }
    response
}

/// Writes the entry of an admin request that was refused before it came to [`audited`].
pub(crate) async fn refused(
    state: &ApiState,
    principal: &Principal,
    parts: &Parts,
    problem: &Problem,
) {
    if !parts.uri.path().starts_with("/v1/admin/") {
        return;
    }
    let Told {
        id,
        action,
        subject,
    } = told(parts);
    let kept = state
        .service
        .audit_request(principal, &id, action, subject, Some(problem.code()));
    if let Err(error) = kept.await {
        tracing::error!(%error, "audit.not_written");
    }
}

/// What an entry tells of a request.
struct Told {
    /// The request's id.
    id: String,
    action: String,
    subject: String,
}

fn told(parts: &Parts) -> Told {
    let id = parts
        .headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let pattern = parts
        .extensions
        .get::<MatchedPath>()
        .map_or_else(String::new, |path| {
            path.as_str().trim_end_matches('/').to_owned()
        });
    Told {
        id,
        action: format!("{} {pattern}", parts.method),
        subject: subject(&pattern, parts.uri.path()),
    }
}

/// What stands in the path where the pattern has a name.
fn subject(pattern: &str, path: &str) -> String {
    pattern
        .split('/')
        .zip(path.split('/'))
        .find(|(name, _)| name.starts_with('{'))
        .map_or_else(String::new, |(_, id)| {
            id.chars().take(SUBJECT_MAX).collect()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_stands_where_the_pattern_has_a_name() {
        let pattern = "/v1/admin/syncs/{sync_id}/cancel";
        assert_eq!(subject(pattern, "/v1/admin/syncs/syn_1/cancel/"), "syn_1");
        assert_eq!(
            subject("/v1/admin/integrations", "/v1/admin/integrations/"),
            ""
        );
        let long = format!("/v1/admin/syncs/{}/cancel", "x".repeat(5000));
        assert_eq!(subject(pattern, &long).len(), SUBJECT_MAX);
    }
}
