//! `GET /v1/changes`: what changed since a place, in an order that never gets a late entry.

use axum::Json;
use axum::extract::{RawQuery, State};
use portcullis_service::{
    ChangeQuery, ChangeView, InputProblem, LIMIT_DEFAULT, LIMIT_MAX, ServiceError,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::{ApiState, query};

/// A page of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changes {
    meta: ChangesMeta,
    /// The changes, oldest first.
    results: Vec<ChangeView>,
}

/// Where the page stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangesMeta {
    /// Most changes on the page.
    limit: u32,
    /// Whether more is there already.
    #[serde(rename = "hasMore")]
    has_more: bool,
    /// `since` of the next page, now or whenever there is more. Keep it with what was taken from the feed.
    next_since: String,
}

/// What changed since a place: nothing twice, nothing left out, also while many syncs commit at once. A first sync and a
/// back-sync are one `reset` a model. Never from the cache. Who told of a change gives no older record afterwards; where
/// several replicas answer, read again what has an `X-Data-As-Of` before the entry's `at`.
#[utoipa::path(
    get, path = "/v1/changes", tag = "Changes", operation_id = "list_changes",
    params(
        ("since" = Option<String>, Query, description = "`next_since` of the page before, or `now`. Left out: from the first change that is kept."),
        ("integration_id" = Option<String>, Query, description = "Of this integration alone."),
        ("model" = Option<String>, Query, description = "Of this model alone."),
        ("limit" = Option<u32>, Query, description = "Most changes on the page.", minimum = 1, maximum = 250)
    ),
    responses((status = 200, description = "A page of the feed.", body = inline(Changes)))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Caller(principal): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Json<Changes>, Problem> {
    let asked = parsed(raw.as_deref())?;
    let page = state.service.changes(&principal, &asked).await?;
    if !page.changes.is_empty() {
        state.look().await;
    }
    Ok(Json(Changes {
        meta: ChangesMeta {
            limit: asked.limit,
            has_more: page.has_more,
            next_since: page.next_since,
        },
        results: page.changes,
    }))
}

fn parsed(raw: Option<&str>) -> Result<ChangeQuery, Problem> {
    let mut asked = ChangeQuery {
        since: None,
        integration_id: None,
        model: None,
        limit: LIMIT_DEFAULT,
    };
    let mut problems = Vec::new();
    for (name, value) in query::parse(raw)? {
        match name.as_str() {
            "since" => asked.since = Some(value),
            "integration_id" => asked.integration_id = Some(value),
            "model" => asked.model = Some(value),
            "limit" => match value.parse() {
                Ok(limit) if (1..=LIMIT_MAX).contains(&limit) => asked.limit = limit,
                _ => problems.push(InputProblem::parameter(
                    name,
                    "invalid_limit",
                    format!("`limit` must be a whole number from 1 to {LIMIT_MAX}."),
                )),
            },
            _ => problems.push(InputProblem::unknown_parameter(
                &name,
                &["since", "integration_id", "model", "limit"],
            )),
        }
    }
    if problems.is_empty() {
        Ok(asked)
    } else {
        Err(ServiceError::Invalid(problems).into())
    }
}
