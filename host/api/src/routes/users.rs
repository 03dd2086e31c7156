//! `/v1/admin/users`: people who sign in to the console, as far as they concern the caller's account.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use http::{HeaderValue, StatusCode, header};
use portcullis_service::{ChangeUser, UserRole, UserView, welcome_path};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::body::{JsonBody, Members};
use crate::problem::Problem;
use crate::routes::envelope::{Many, One, Window, one};
use crate::routes::id_of;
use crate::{ApiState, query};

/// A person who signs in to the console.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    /// `usr_…`.
    id: String,
    /// What the user signs in with.
    email: String,
    /// What people call the user.
    name: String,
    /// `admin`, `support` or `read_only`.
    role: &'static str,
    /// Whether the user sees every account.
    all_accounts: bool,
    /// Whether the user may sign in.
    enabled: bool,
    /// When the user last signed in.
    last_signed_in_at: Option<DateTime<Utc>>,
    /// Since when the user may not sign in.
    disabled_at: Option<DateTime<Utc>>,
}

impl From<UserView> for User {
    fn from(view: UserView) -> Self {
        Self {
            id: view.id,
            email: view.email,
            name: view.name,
            role: view.role.as_str(),
            // The other accounts of a user are no matter of this one.
            all_accounts: view.all_accounts,
            enabled: view.disabled_at.is_none(),
            last_signed_in_at: view.last_signed_in_at,
            disabled_at: view.disabled_at,
        }
    }
}

/// The users who see the caller's account, oldest first. Takes a key of the production environment without limits.
#[utoipa::path(
    get, path = "/v1/admin/users/", tag = "Users", operation_id = "list_users",
    params(
        ("limit" = Option<u64>, Query, description = "1 to 250, else 100"),
        ("offset" = Option<u64>, Query, description = "Results to pass by"),
    ),
    responses((status = 200, description = "A page of users", body = inline(Many<User>)))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    RawQuery(raw): RawQuery,
) -> Result<Json<Many<User>>, Problem> {
    let (window, _) = Window::parse(raw.as_deref(), &[])?;
    let users = state.service.users_of_account(&principal).await?;
    let total = users.len() as u64;
    let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let page = users
        .into_iter()
        .skip(index(window.offset))
        .take(index(window.limit));
    let order = json!([{"created_at": "asc"}, {"id": "asc"}]);
    Ok(window.page_by(order, page.map(User::from).collect(), total))
}

/// A user to be invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct InviteBody {
    /// What the user will sign in with. No mail is sent.
    #[schema(max_length = 320, pattern = r"^[!-?A-~]+@[!-?A-~]+$")]
    email: String,
    /// `admin`, `support` or `read_only`.
    #[schema(pattern = "^(admin|support|read_only)$", default = "read_only")]
    role: Option<String>,
}

/// A link by which a user comes in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationView {
    /// The path of the link below the console's address: pass it on. It works once, within 7 days, and is shown this once.
    path: String,
}

/// Makes a link by which somebody becomes a user of the caller's account, and of no other. Takes a key of the production
/// environment without limits.
#[utoipa::path(
    post, path = "/v1/admin/users/", tag = "Users", operation_id = "invite_user",
    request_body = InviteBody,
    responses((status = 201, description = "The link, this once", body = inline(One<InvitationView>)))
)]
pub(crate) async fn invite(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    RawQuery(raw): RawQuery,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let email = members.text("email");
    let role = role(&mut members).unwrap_or(UserRole::ReadOnly);
    members.finish(&["email", "role"])?;
    let service = &state.service;
    let token = service.invite_to_account(&principal, &email, role).await?;
    let view = InvitationView {
        path: welcome_path(token.expose_secret()),
    };
    let mut response = (StatusCode::CREATED, one(view)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn role(members: &mut Members) -> Option<UserRole> {
    let text = members.optional_text("role")?;
    let role = UserRole::parse(&text);
    if role.is_none() {
        let detail = "`role` must be `admin`, `support` or `read_only`.".to_owned();
        members.problem("role", "invalid_value", detail);
    }
    role
}

/// What can be changed about a user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct ChangeUserBody {
    /// `admin`, `support` or `read_only`.
    #[schema(pattern = "^(admin|support|read_only)$")]
    role: String,
    /// Whether the user may sign in. Who may not is signed out everywhere.
    enabled: bool,
}

/// Changes what a user of the caller's account alone may do, or whether the user may sign in. Takes a key of the production
/// environment without limits.
#[utoipa::path(
    put, path = "/v1/admin/users/{id}", tag = "Users", operation_id = "change_user",
    params(("id" = String, Path, description = "The user's id")),
    request_body = ChangeUserBody,
    responses((status = 200, description = "The user", body = inline(One<User>)))
)]
pub(crate) async fn change(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    JsonBody(body): JsonBody,
) -> Result<Json<One<User>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    for name in ["role", "enabled"] {
        if !members.has(name) {
            let detail = format!("`{name}` is missing. Send both `role` and `enabled`.");
            members.problem(name, "missing_member", detail);
        }
    }
    let role = role(&mut members);
    let enabled = members.optional_bool("enabled");
    members.finish(&["role", "enabled"])?;
    let (Some(role), Some(enabled)) = (role, enabled) else {
        return Err(Problem::new("missing_member")
            .detail("`role` and `enabled` must not be null. Send both."));
    };
    let change = ChangeUser {
        role,
        enabled,
        accounts: None,
    };
    let service = &state.service;
    Ok(one(service
        .change_user_of_account(&principal, &id, change)
        .await?
        .into()))
}
