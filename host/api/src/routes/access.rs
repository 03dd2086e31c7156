//! `/v1/admin/integrations/{id}/data-access`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use http::StatusCode;
use portcullis_service::DataAccessView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::body::{JsonBody, Members};
use crate::problem::Problem;
use crate::routes::envelope::ResultOf;
use crate::routes::id_of;
use crate::routes::order::Order;
use crate::{ApiState, query};

/// A check that was started, and what is known meanwhile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Began {
    /// Always true.
    began_data_access: bool,
    #[serde(flatten)]
    access: DataAccessView,
}

/// What an integration's credentials can read, model by model, as far as it is known now.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}/data-access", tag = "Data access", operation_id = "get_data_access",
    params(("id" = String, Path, description = "The integration's id")),
    responses((status = 200, description = "What can be read", body = inline(ResultOf<DataAccessView>)))
)]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<ResultOf<DataAccessView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let result = state.service.data_access(&principal, &id).await?;
    Ok(Json(ResultOf { result }))
}

/// Starts a check of what the credentials can read; only one at a time.
#[utoipa::path(
    post, path = "/v1/admin/integrations/{id}/data-access", tag = "Data access", operation_id = "check_data_access",
    params(("id" = String, Path, description = "The integration's id")),
    responses((status = 202, description = "The check was started", body = inline(ResultOf<Began>)))
)]
pub(crate) async fn check(
    State(state): State<ApiState>,
    Order { principal, id }: Order,
) -> Result<(StatusCode, Json<ResultOf<Began>>), Problem> {
    let access = state.service.check_data_access(&principal, &id).await?;
    let result = Began {
        began_data_access: true,
        access,
    };
    Ok((StatusCode::ACCEPTED, Json(ResultOf { result })))
}

/// New credentials.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct CredentialsBody {
    /// All fields that the vendor's connector declares, secrets among them.
    credentials: BTreeMap<String, String>,
}

/// Has new credentials checked. They take the place of the old ones when the vendor takes them, for the same customer;
/// until then, and if it does not, the old ones stay. The check's `outcome` says how it went.
#[utoipa::path(
    put, path = "/v1/admin/integrations/{id}/credentials", tag = "Data access", operation_id = "replace_credentials",
    params(("id" = String, Path, description = "The integration's id")),
    request_body = CredentialsBody,
    responses((status = 202, description = "The check was started", body = inline(ResultOf<Began>)))
)]
pub(crate) async fn replace(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<ResultOf<Began>>), Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let credentials = members.object("credentials");
    members.finish(&["credentials"])?;
    let access = state
        .service
        .replace_credentials(&principal, &id, &credentials)
        .await?;
    let result = Began {
        began_data_access: true,
        access,
    };
    Ok((StatusCode::ACCEPTED, Json(ResultOf { result })))
}
