//! Syncs: start and stop one, list an integration's, read one with its runs and its dead letters.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use chrono::{DateTime, Utc};
use http::StatusCode;
use portcullis_service::{DeadLetterView, LogLineView, StartBackSync, StartSync, SyncView};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::body::{Members, OptionalBody};
use crate::problem::Problem;
use crate::routes::envelope::{Following, Many, One, Window, one};
use crate::routes::id_of;
use crate::routes::order::Order;
use crate::{ApiState, query};

/// Which models to sync.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct ManualSyncBody {
    /// Only these models, and what they arrive with. Left out: all that are switched on.
    models_to_sync: Option<Vec<String>>,
}

/// Which part of the past to read.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct BackSyncBody {
    /// Only these models, and what they arrive with. Left out: all that are switched on.
    models_to_sync: Option<Vec<String>>,
    /// Records that changed since then. Left out: everything is read again.
    start: Option<DateTime<Utc>>,
    /// Records that changed before then. Left out: until now.
    end: Option<DateTime<Utc>>,
}

/// Starts a sync now. An integration has one sync at a time: of many who ask at once one gets it (202), and the others
/// are told which is running (409, `sync_running`).
#[utoipa::path(
    post, path = "/v1/admin/integrations/{id}/manual-sync", tag = "Syncs", operation_id = "start_sync",
    params(("id" = String, Path, description = "The integration's id")),
    request_body(content = Option<ManualSyncBody>, description = "May be left out."),
    responses((status = 202, description = "The sync", body = inline(One<SyncView>)))
)]
pub(crate) async fn start(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    OptionalBody(body): OptionalBody,
) -> Result<(StatusCode, Json<One<SyncView>>), Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let start = StartSync {
        models: members.optional_texts("models_to_sync"),
    };
    members.finish(&["models_to_sync"])?;
    let sync = state.service.start_sync(&principal, &id, start).await?;
    Ok((StatusCode::ACCEPTED, one(sync)))
}

/// Starts a back-sync: it reads a window of the past, or everything again, and yields to the syncs that come meanwhile.
#[utoipa::path(
    post, path = "/v1/admin/integrations/{id}/back-sync", tag = "Syncs", operation_id = "start_back_sync",
    params(("id" = String, Path, description = "The integration's id")),
    request_body(content = Option<BackSyncBody>, description = "May be left out."),
    responses((status = 202, description = "The back-sync", body = inline(One<SyncView>)))
)]
pub(crate) async fn back_sync(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    OptionalBody(body): OptionalBody,
) -> Result<(StatusCode, Json<One<SyncView>>), Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let start = StartBackSync {
        models: members.optional_texts("models_to_sync"),
        start: members.optional_moment("start"),
        end: members.optional_moment("end"),
    };
    members.finish(&["models_to_sync", "start", "end"])?;
    let sync = state
        .service
        .start_back_sync(&principal, &id, start)
        .await?;
    Ok((StatusCode::ACCEPTED, one(sync)))
}

/// Tells a sync to stop: within a page of each model. What was read stays.
#[utoipa::path(
    post, path = "/v1/admin/syncs/{sync_id}/cancel", tag = "Syncs", operation_id = "cancel_sync",
    params(("sync_id" = String, Path, description = "The sync's id")),
    responses((status = 202, description = "The sync", body = inline(One<SyncView>)))
)]
pub(crate) async fn cancel(
    State(state): State<ApiState>,
    Order { principal, id }: Order,
) -> Result<(StatusCode, Json<One<SyncView>>), Problem> {
    let sync = state.service.cancel_sync(&principal, &id).await?;
    Ok((StatusCode::ACCEPTED, one(sync)))
}

/// The log of a sync, oldest line first.
#[utoipa::path(
    get, path = "/v1/admin/syncs/{sync_id}/log", tag = "Syncs", operation_id = "get_sync_log",
    params(
        ("sync_id" = String, Path, description = "The sync's id"),
        ("after" = Option<i64>, Query, description = "Only lines after the one with this id"),
        ("limit" = Option<u64>, Query, description = "1 to 250, else 100"),
    ),
    responses((status = 200, description = "Lines of the log", body = inline(Following<LogLineView>)))
)]
pub(crate) async fn log(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Following<LogLineView>>, Problem> {
    let id = id_of(path)?;
    let (after, limit) = Following::<LogLineView>::parse(raw.as_deref())?;
    let (lines, more) = state
        .service
        .sync_log(&principal, &id, after, limit)
        .await?;
    Ok(Json(Following::of(lines, after, limit, more)))
}

/// The syncs of an integration, newest first, each with its runs.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}/syncs", tag = "Syncs", operation_id = "list_syncs",
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
    get, path = "/v1/admin/syncs/{sync_id}", tag = "Syncs", operation_id = "get_sync",
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
    get, path = "/v1/admin/syncs/{sync_id}/dead-letters", tag = "Syncs", operation_id = "list_sync_dead_letters",
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
