//! `/v1/admin/vendors` and the approval of connectors.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use portcullis_service::{CoverageView, VendorView, VendorsView};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::body::{JsonBody, Members};
use crate::problem::Problem;
use crate::routes::envelope::{One, one};
use crate::routes::id_of;
use crate::{ApiState, query};

/// Vendors that the loaded connectors offer, versions that wait for approval, and files that were refused.
#[utoipa::path(
    get, path = "/v1/admin/vendors/", tag = "Connectors", operation_id = "list_connector_vendors",
    responses((status = 200, description = "The vendors", body = inline(One<VendorsView>)))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<VendorsView>>, Problem> {
    query::none(raw.as_deref())?;
    Ok(one(state.service.list_vendors(&principal).await?))
}

/// One vendor: what its form asks for, what its connector may do.
#[utoipa::path(
    get, path = "/v1/admin/vendors/{vendor}", tag = "Connectors", operation_id = "get_connector_vendor",
    params(("vendor" = String, Path, description = "The vendor's word")),
    responses((status = 200, description = "The vendor", body = inline(One<VendorView>)))
)]
pub(crate) async fn single(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<VendorView>>, Problem> {
    let vendor = id_of(path)?;
    query::none(raw.as_deref())?;
    Ok(one(state.service.get_vendor(&principal, &vendor).await?))
}

/// Which fields of which models a vendor fills, as far as the records of this account and environment tell.
#[utoipa::path(
    get, path = "/v1/admin/vendors/{vendor}/coverage", tag = "Connectors",
    params(("vendor" = String, Path, description = "The vendor's word")),
    responses((status = 200, description = "The coverage", body = inline(One<CoverageView>)))
)]
pub(crate) async fn coverage(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<CoverageView>>, Problem> {
    let vendor = id_of(path)?;
    query::none(raw.as_deref())?;
    Ok(one(state
        .service
        .vendor_coverage(&principal, &vendor)
        .await?))
}

/// Which version is approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct ApproveBody {
    /// SHA-256 of the version's file in hex, as the vendor's `pending_approval` shows it.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    digest: String,
}

/// Approves what a version of a connector asks for; it serves from then on.
#[utoipa::path(
    post, path = "/v1/admin/connectors/{id}/approve", tag = "Connectors", operation_id = "approve_connector",
    params(("id" = String, Path, description = "The connector's id")),
    request_body = ApproveBody,
    responses((status = 200, description = "The vendor with its new version", body = inline(One<VendorView>)))
)]
pub(crate) async fn approve(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    JsonBody(body): JsonBody,
) -> Result<Json<One<VendorView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let digest = members.text("digest");
    members.finish(&["digest"])?;
    let vendor = state
        .service
        .approve_connector(&principal, &id, &digest)
        .await?;
    Ok(one(vendor))
}
