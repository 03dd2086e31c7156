//! `/v1/admin/integrations`: create, read, list, enable, disable, archive.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use portcullis_service::{
    CreateIntegration, EnabledView, ErasedView, InputProblem, IntegrationFilter, IntegrationView,
    ServiceError,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::ApiState;
use crate::auth::Admin;
use crate::body::{JsonBody, Members};
use crate::problem::Problem;
use crate::query;
use crate::routes::envelope::{Many, One, Window, one};
use crate::routes::id_of;
use crate::routes::order::Order;

/// The integrations of the key's account and environment, newest first.
#[utoipa::path(
    get, path = "/v1/admin/integrations/", tag = "Integrations", operation_id = "list_integrations",
    params(
        ("limit" = Option<u64>, Query, description = "1 to 250, else 100"),
        ("offset" = Option<u64>, Query, description = "Results to pass by"),
        ("integration_vendor" = Option<String>, Query, description = "Only this vendor"),
        ("active" = Option<bool>, Query, description = "Only enabled ones, or only others"),
        ("is_archived" = Option<bool>, Query, description = "`true` lists archived ones, too"),
    ),
    responses((status = 200, description = "A page of integrations", body = inline(Many<IntegrationView>)))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    RawQuery(raw): RawQuery,
) -> Result<Json<Many<IntegrationView>>, Problem> {
    let (window, rest) = Window::parse(
        raw.as_deref(),
        &["integration_vendor", "active", "is_archived"],
    )?;
    let mut filter = IntegrationFilter {
        environment: Some(principal.environment),
        ..IntegrationFilter::default()
    };
    for (name, value) in rest {
        match name.as_str() {
            "integration_vendor" => filter.vendor = Some(text(&name, value)?),
            "active" => filter.enabled = Some(boolean(&name, &value)?),
            _ => filter.archived = boolean(&name, &value)?,
        }
    }
    let (views, total) = state
        .service
        .list_integrations(&principal, &filter, window.limit, window.offset)
        .await?;
    Ok(window.page(views, total))
}

pub(crate) fn text(name: &str, value: String) -> Result<String, Problem> {
    let max = portcullis_service::VALUE_MAX;
    if value.is_empty() || value.chars().count() > max || value.contains('\0') {
        let wanted = format!("a text of 1 to {max} characters without NUL");
        return Err(wrong(name, &wanted));
    }
    Ok(value)
}

fn boolean(name: &str, value: &str) -> Result<bool, Problem> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong(name, "`true` or `false`")),
    }
}

fn wrong(name: &str, wanted: &str) -> Problem {
    ServiceError::invalid(InputProblem::parameter(
        name,
        "invalid_filter_value",
        format!("`{name}` must be {wanted}."),
    ))
    .into()
}

/// An integration to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct CreateBody {
    /// What people call it, such as the customer's name.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
    )]
    name: String,
    /// The vendor's word, one of `GET /v1/admin/vendors/`.
    integration_vendor: String,
    /// The fields that the vendor's connector declares, secrets among them.
    credentials: BTreeMap<String, String>,
    /// `sandbox` or `production`; must be the key's.
    #[schema(pattern = "^(sandbox|production|SANDBOX|PRODUCTION)$")]
    environment: Option<String>,
    /// Where the vendor's API is, on loopback, for tests.
    base_url: Option<String>,
}

/// Makes an integration, disabled, and starts a check of what its credentials can read.
#[utoipa::path(
    post, path = "/v1/admin/integrations/", tag = "Integrations", operation_id = "create_integration",
    request_body = CreateBody,
    responses((status = 201, description = "The integration", body = inline(One<IntegrationView>)))
)]
pub(crate) async fn create(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    RawQuery(raw): RawQuery,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let name = members.text("name");
    // The public convention writes `integration_vendor` here and `vendor` in its answers.
    let vendor = if members.has("vendor") && !members.has("integration_vendor") {
        members.text("vendor")
    } else {
        members.text("integration_vendor")
    };
    let input = CreateIntegration {
        name,
        vendor,
        environment: members.optional_text("environment"),
        base_url: members.optional_text("base_url"),
        credentials: members.object("credentials"),
    };
    members.finish(&[
        "name",
        "integration_vendor",
        "credentials",
        "environment",
        "base_url",
    ])?;
    let view = state.service.create_integration(&principal, input).await?;
    let location = HeaderValue::from_str(&format!("/v1/admin/integrations/{}", view.id));
    let mut response = (StatusCode::CREATED, one(view)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// One integration.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}", tag = "Integrations", operation_id = "get_integration",
    params(("id" = String, Path, description = "The integration's id")),
    responses((status = 200, description = "The integration", body = inline(One<IntegrationView>)))
)]
pub(crate) async fn single(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<IntegrationView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let view = state.service.get_integration(&principal, &id).await?;
    state.look().await;
    Ok(one(view))
}

/// What can be changed about an integration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct UpdateBody {
    /// What people call it.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
    )]
    name: Option<String>,
    /// Whether the vendor's own records are kept beside the unified ones, of each record from when it is read next. With
    /// `false` those that were kept are deleted at once.
    keeps_originals: Option<bool>,
}

/// Gives an integration another name, or says whether it keeps the vendor's own records.
#[utoipa::path(
    put, path = "/v1/admin/integrations/{id}", tag = "Integrations", operation_id = "update_integration",
    params(("id" = String, Path, description = "The integration's id")),
    request_body = UpdateBody,
    responses((status = 200, description = "The integration", body = inline(One<IntegrationView>)))
)]
pub(crate) async fn update(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    JsonBody(body): JsonBody,
) -> Result<Json<One<IntegrationView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let nothing = !members.has("name") && !members.has("keeps_originals");
    let name = members.optional_text("name");
    let keeps_originals = members.optional_bool("keeps_originals");
    if nothing {
        members.problem(
            "name",
            "missing_member",
            "Send `name`, `keeps_originals`, or both.".to_owned(),
        );
    }
    members.finish(&["name", "keeps_originals"])?;
    let service = &state.service;
    if let Some(name) = name {
        service.rename_integration(&principal, &id, &name).await?;
    }
    if let Some(keeps) = keeps_originals {
        service.keep_originals(&principal, &id, keeps).await?;
        // Whoever reads that they are gone must not be given them from the cache.
        state.look().await;
    }
    Ok(one(service.get_integration(&principal, &id).await?))
}

/// Archives an integration: it stops for good, and its data stays readable.
#[utoipa::path(
    delete, path = "/v1/admin/integrations/{id}", tag = "Integrations", operation_id = "archive_integration",
    params(("id" = String, Path, description = "The integration's id")),
    responses((status = 200, description = "The archived integration", body = inline(One<IntegrationView>)))
)]
pub(crate) async fn archive(
    State(state): State<ApiState>,
    Order { principal, id }: Order,
) -> Result<Json<One<IntegrationView>>, Problem> {
    Ok(one(state
        .service
        .archive_integration(&principal, &id)
        .await?))
}

/// The word that it is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct EraseBody {
    /// The integration's name, typed again.
    name: String,
}

/// Erases an integration for good: records, originals, logs, credentials and their key. One line of the audit stays.
#[utoipa::path(
    post, path = "/v1/admin/integrations/{id}/erase", tag = "Integrations", operation_id = "erase_integration",
    params(("id" = String, Path, description = "The integration's id")),
    request_body = EraseBody,
    responses((status = 200, description = "What was erased", body = inline(One<ErasedView>)))
)]
pub(crate) async fn erase(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    JsonBody(body): JsonBody,
) -> Result<Json<One<ErasedView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let name = members.text("name");
    members.finish(&["name"])?;
    Ok(one(state
        .service
        .erase_integration(&principal, &id, &name)
        .await?))
}

/// Enables an integration and starts its first sync; answers what will be skipped, and why.
#[utoipa::path(
    post, path = "/v1/admin/integrations/{id}/enable", tag = "Integrations", operation_id = "enable_integration",
    params(("id" = String, Path, description = "The integration's id")),
    responses((status = 200, description = "The integration, its sync, what is skipped", body = inline(One<EnabledView>)))
)]
pub(crate) async fn enable(
    State(state): State<ApiState>,
    Order { principal, id }: Order,
) -> Result<Json<One<EnabledView>>, Problem> {
    Ok(one(state
        .service
        .enable_integration(&principal, &id)
        .await?))
}

/// Disables an integration: a running sync stops within a page, data and cursor stay.
#[utoipa::path(
    post, path = "/v1/admin/integrations/{id}/disable", tag = "Integrations", operation_id = "disable_integration",
    params(("id" = String, Path, description = "The integration's id")),
    responses((status = 200, description = "The integration", body = inline(One<IntegrationView>)))
)]
pub(crate) async fn disable(
    State(state): State<ApiState>,
    Order { principal, id }: Order,
) -> Result<Json<One<IntegrationView>>, Problem> {
    Ok(one(state
        .service
        .disable_integration(&principal, &id)
        .await?))
}
