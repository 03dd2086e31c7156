//! `/v1/admin/api-keys`: keys made, rotated, revoked. The key itself is in two answers and nowhere else.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use portcullis_service::{CreateKey, Environment, KeyView, OVERLAP_MAX, Role};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::body::{JsonBody, Members, NoBody, OptionalBody};
use crate::problem::Problem;
use crate::routes::envelope::{Many, One, Window, one};
use crate::routes::id_of;
use crate::{ApiState, query};

/// The keys of the caller's account and environment, newest first, those that are refused too.
#[utoipa::path(
    get, path = "/v1/admin/api-keys/", tag = "API keys", operation_id = "list_api_keys",
    params(
        ("limit" = Option<u64>, Query, description = "1 to 250, else 100"),
        ("offset" = Option<u64>, Query, description = "Results to pass by"),
    ),
    responses((status = 200, description = "A page of keys", body = inline(Many<KeyView>)))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    RawQuery(raw): RawQuery,
) -> Result<Json<Many<KeyView>>, Problem> {
    let (window, _) = Window::parse(raw.as_deref(), &[])?;
    let keys = state.service.list_keys(&principal).await?;
    let total = keys.len() as u64;
    let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let page = keys
        .into_iter()
        .skip(index(window.offset))
        .take(index(window.limit));
    Ok(window.page(page.map(KeyView::from).collect(), total))
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct CreateKeyBody {
    /// What people call it, such as the program that uses it.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
    )]
    name: String,
    /// `read` reads the models; `admin` manages integrations, too.
    #[schema(pattern = "^(read|admin)$", default = "read")]
    role: Option<String>,
    /// `sandbox` or `production`; must be the caller's.
    #[schema(pattern = "^(sandbox|production|SANDBOX|PRODUCTION)$")]
    environment: Option<String>,
    /// From when on it is refused; left out for never.
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
    /// The integrations that it reaches; left out for all, those to come included.
    #[schema(min_items = 1, max_items = 200)]
    integrations: Option<Vec<String>>,
    /// The models that it reaches; left out for all.
    #[schema(min_items = 1, max_items = 200)]
    models: Option<Vec<String>>,
    /// Most requests a minute; left out for what the gateway says of all keys.
    #[schema(minimum = 1, maximum = 1_000_000)]
    requests_per_minute: Option<u32>,
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedKeyView {
    /// What is kept of it.
    api_key: KeyView,
    /// The key itself, this once.
    key: String,
}

/// Makes a key. Its only plain copy is in the answer.
#[utoipa::path(
    post, path = "/v1/admin/api-keys/", tag = "API keys", operation_id = "create_api_key",
    request_body = CreateKeyBody,
    responses((status = 201, description = "The key, this once", body = inline(One<CreatedKeyView>)))
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
    let role = word(&mut members, "role", "`read` or `admin`", Role::parse);
    let environment = word(
        &mut members,
        "environment",
        "`sandbox` or `production`",
        |word| Environment::parse(&word.to_ascii_lowercase()),
    );
    let input = CreateKey {
        name,
        environment: environment.unwrap_or(principal.environment),
        role: role.unwrap_or(Role::Read),
        expires_at: members.optional_moment("expires_at"),
        integrations: members.optional_texts("integrations"),
        models: members.optional_texts("models"),
        requests_per_minute: limit(&mut members),
    };
    members.finish(&[
        "name",
        "role",
        "environment",
        "expires_at",
        "integrations",
        "models",
        "requests_per_minute",
    ])?;
    let created = state.service.create_key(&principal, input).await?;
    let location = format!("/v1/admin/api-keys/{}", created.row.id);
    let view = CreatedKeyView {
        api_key: created.row.into(),
        key: created.key.expose_secret().to_owned(),
    };
    Ok(once(&location, one(view)))
}

/// A word of a set, or nothing where it is left out.
fn word<T>(
    members: &mut Members,
    name: &str,
    wanted: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let text = members.optional_text(name)?;
    let parsed = parse(&text);
    if parsed.is_none() {
        members.problem(name, "invalid_value", format!("`{name}` must be {wanted}."));
    }
    parsed
}

/// The limit of a key's own. What is out of range stays so, and the service says what the range is.
fn limit(members: &mut Members) -> Option<u32> {
    let number = members.optional_integer("requests_per_minute")?;
    Some(u32::try_from(number).unwrap_or(if number < 0 { 0 } else { u32::MAX }))
}

/// An answer that holds a key: nobody on the way may keep it.
fn once<T: Serialize>(location: &str, view: Json<One<T>>) -> Response {
    let mut response = (StatusCode::CREATED, view).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(location) = HeaderValue::from_str(location) {
        headers.insert(header::LOCATION, location);
    }
    response
}

/// One key.
#[utoipa::path(
    get, path = "/v1/admin/api-keys/{id}", tag = "API keys", operation_id = "get_api_key",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 200, description = "The key, without the key itself", body = inline(One<KeyView>)))
)]
pub(crate) async fn single(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<KeyView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    Ok(one(state.service.get_key(&principal, &id).await?.into()))
}

/// Revokes a key: every replica refuses it from now on, for good. Doing it twice changes nothing.
#[utoipa::path(
    delete, path = "/v1/admin/api-keys/{id}", tag = "API keys", operation_id = "revoke_api_key",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 200, description = "The revoked key", body = inline(One<KeyView>)))
)]
pub(crate) async fn revoke(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    _: NoBody,
) -> Result<Json<One<KeyView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    Ok(one(state.service.revoke_key(&principal, &id).await?.into()))
}

/// How a key is rotated.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct RotateBody {
    /// For how many seconds the old key works on; left out for a day.
    #[schema(minimum = 0, maximum = 2_592_000, default = 86_400)]
    overlap_seconds: Option<u32>,
}

/// A key and the one that takes its place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RotatedKeyView {
    /// The new key.
    api_key: KeyView,
    /// The new key itself, this once.
    key: String,
    /// The old key, with the end that it has now.
    replaces: KeyView,
}

/// Makes a key of the same name, role, environment and limits, and lets the old one work on for a while. Where the old one
/// had an end, the new one lives as long from now.
#[utoipa::path(
    post, path = "/v1/admin/api-keys/{id}/rotate", tag = "API keys", operation_id = "rotate_api_key",
    params(("id" = String, Path, description = "The key's id")),
    request_body = Option<RotateBody>,
    responses((status = 201, description = "The new key, this once", body = inline(One<RotatedKeyView>)))
)]
pub(crate) async fn rotate(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    OptionalBody(body): OptionalBody,
) -> Result<Response, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    // Below 0 is as wrong as too long, and the service says what is right.
    let overlap = members.optional_integer("overlap_seconds").map(|seconds| {
        u64::try_from(seconds).map_or(OVERLAP_MAX + Duration::from_secs(1), Duration::from_secs)
    });
    members.finish(&["overlap_seconds"])?;
    let rotated = state.service.rotate_key(&principal, &id, overlap).await?;
    let location = format!("/v1/admin/api-keys/{}", rotated.successor.id);
    let view = RotatedKeyView {
        api_key: rotated.successor.into(),
        key: rotated.key.expose_secret().to_owned(),
        replaces: rotated.replaced.into(),
    };
    Ok(once(&location, one(view)))
}
