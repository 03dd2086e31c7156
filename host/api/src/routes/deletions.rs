//! `/v1/admin/integrations/{id}/held-deletes` and `/dead-letters`: what waits for a person.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use http::StatusCode;
use portcullis_service::{
    DeadLetterFilter, DeadLetterView, DeletesDecided, HeldDeletesView, InputProblem, ServiceError,
    SyncView,
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::body::{Members, NoBody, OptionalBody};
use crate::problem::Problem;
use crate::routes::envelope::{Many, One, Window, one};
use crate::routes::integrations::text;
use crate::routes::{id_of, ids_of};
use crate::{ApiState, query};

/// Which dead letters to try again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct RetryBody {
    /// Only those of this model. Left out: of all that are switched on.
    model: Option<String>,
}

/// Deletions that wait for somebody, because a sync missed more records than it may delete by itself.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}/held-deletes", tag = "Integrations", operation_id = "list_held_deletes",
    params(("id" = String, Path, description = "The integration's id")),
    responses((status = 200, description = "One per model, at most", body = inline(One<Vec<HeldDeletesView>>)))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<Vec<HeldDeletesView>>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    Ok(one(state.service.held_deletes(&principal, &id).await?))
}

/// Deletes what waits, as far as it is still missing.
#[utoipa::path(
    post, path = "/v1/admin/integrations/{id}/held-deletes/{model}/confirm", tag = "Integrations", operation_id = "confirm_held_deletes",
    params(
        ("id" = String, Path, description = "The integration's id"),
        ("model" = String, Path, description = "The model"),
    ),
    responses((status = 200, description = "What was deleted", body = inline(One<DeletesDecided>)))
)]
pub(crate) async fn confirm(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(raw): RawQuery,
    _: NoBody,
) -> Result<Json<One<DeletesDecided>>, Problem> {
    let (id, model) = ids_of(path)?;
    query::none(raw.as_deref())?;
    let decided = state
        .service
        .confirm_deletes(&principal, &id, &model)
        .await?;
    state.look().await;
    Ok(one(decided))
}

/// Keeps what waits, until complete full syncs miss it anew.
#[utoipa::path(
    post, path = "/v1/admin/integrations/{id}/held-deletes/{model}/reject", tag = "Integrations", operation_id = "reject_held_deletes",
    params(
        ("id" = String, Path, description = "The integration's id"),
        ("model" = String, Path, description = "The model"),
    ),
    responses((status = 200, description = "Nothing was deleted", body = inline(One<DeletesDecided>)))
)]
pub(crate) async fn reject(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(raw): RawQuery,
    _: NoBody,
) -> Result<Json<One<DeletesDecided>>, Problem> {
    let (id, model) = ids_of(path)?;
    query::none(raw.as_deref())?;
    let decided = state
        .service
        .reject_deletes(&principal, &id, &model)
        .await?;
    Ok(one(decided))
}

/// Records of an integration that could not be stored, newest first.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}/dead-letters", tag = "Integrations", operation_id = "list_dead_letters",
    params(
        ("id" = String, Path, description = "The integration's id"),
        ("model" = Option<String>, Query, description = "Only those of this model"),
        ("open" = Option<bool>, Query, description = "`true`: only those that are not resolved"),
        ("limit" = Option<u64>, Query, description = "1 to 250, else 100"),
        ("offset" = Option<u64>, Query, description = "Results to pass by"),
    ),
    responses((status = 200, description = "A page of dead letters", body = inline(Many<DeadLetterView>)))
)]
pub(crate) async fn dead_letters(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Many<DeadLetterView>>, Problem> {
    let id = id_of(path)?;
    let (window, more) = Window::parse(raw.as_deref(), &["model", "open"])?;
    let mut filter = DeadLetterFilter::default();
    for (name, value) in more {
        match (name.as_str(), value.as_str()) {
            ("model", _) => filter.model = Some(text(&name, value)?),
            (_, "true") => filter.only_open = true,
            (_, "false") => filter.only_open = false,
            _ => {
                return Err(ServiceError::invalid(InputProblem::parameter(
                    name,
                    "invalid_filter_value",
                    "`open` must be `true` or `false`.",
                ))
                .into());
            }
        }
    }
    let (letters, total) = state
        .service
        .integration_dead_letters(&principal, &id, &filter, window.limit, window.offset)
        .await?;
    Ok(window.page_by(json!([{"id": "desc"}]), letters, total))
}

/// Reads the models again that have open dead letters, whole and beside other syncs: letters whose records are stored
/// then are resolved, and so are those whose records are no longer there.
#[utoipa::path(
    post, path = "/v1/admin/integrations/{id}/dead-letters/retry", tag = "Integrations", operation_id = "retry_dead_letters",
    params(("id" = String, Path, description = "The integration's id")),
    request_body(content = Option<RetryBody>, description = "May be left out."),
    responses((status = 202, description = "The back-sync that reads them", body = inline(One<SyncView>)))
)]
pub(crate) async fn retry(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    OptionalBody(body): OptionalBody,
) -> Result<(StatusCode, Json<One<SyncView>>), Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let model = members.optional_text("model");
    members.finish(&["model"])?;
    let sync = state
        .service
        .retry_dead_letters(&principal, &id, model.as_deref())
        .await?;
    Ok((StatusCode::ACCEPTED, one(sync)))
}
