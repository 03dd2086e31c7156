//! Syncs: start one, list an integration's, read one with its runs and its dead letters.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use http::StatusCode;
use portcullis_service::{DeadLetterView, SyncView};

use crate::auth::Admin;
use crate::body::NoBody;
use crate::problem::Problem;
use crate::routes::envelope::{Many, One, Window, one};
use crate::routes::id_of;
use crate::{ApiState, query};

/// Starts a sync now.
#[utoipa::path(
    post, path = "/v1/admin/integrations/{id}/manual-sync", tag = "Syncs",
    params(("id" = String, Path, description = "The integration's id")),
    responses((status = 202, description = "The sync", body = inline(One<SyncView>)))
)]
pub(crate) async fn start(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    _: NoBody,
) -> Result<(StatusCode, Json<One<SyncView>>), Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let sync = state.service.start_sync(&principal, &id).await?;
    Ok((StatusCode::ACCEPTED, one(sync)))
}

/// The syncs of an integration, newest first, each with its runs.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}/syncs", tag = "Syncs",
    params(
        ("id" = String, Path, description = "The integration's id"),
        ("limit" = Option<u64>, Query, description = "1 to 250, else 100"),
        ("offset" = Option<u64>, Query, description = "Results to pass by"),
    ),
    responses((status = 200, description = "A page of syncs", body = inline(Many<SyncView>)))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Many<SyncView>>, Problem> {
    let id = id_of(path)?;
    let (window, _) = Window::parse(raw.as_deref(), &[])?;
    let (syncs, total) = state
        .service
        .list_syncs(&principal, &id, window.limit, window.offset)
        .await?;
    state.look().await;
    Ok(window.page(syncs, total))
}

/// One sync with its runs.
#[utoipa::path(
    get, path = "/v1/admin/syncs/{sync_id}", tag = "Syncs",
    params(("sync_id" = String, Path, description = "The sync's id")),
    responses((status = 200, description = "The sync", body = inline(One<SyncView>)))
)]
pub(crate) async fn single(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<SyncView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let sync = state.service.get_sync(&principal, &id).await?;
    state.look().await;
    Ok(one(sync))
}

/// Records of a sync that were left out, and why.
#[utoipa::path(
    get, path = "/v1/admin/syncs/{sync_id}/dead-letters", tag = "Syncs",
    params(("sync_id" = String, Path, description = "The sync's id")),
    responses((status = 200, description = "The newest dead letters, at most 250", body = inline(One<Vec<DeadLetterView>>)))
)]
pub(crate) async fn dead_letters(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<Vec<DeadLetterView>>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    Ok(one(state
        .service
        .list_dead_letters(&principal, &id)
        .await?))
}
