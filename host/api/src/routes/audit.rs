//! The audit: who did what, when, on what, and how it ended.

use axum::Json;
use axum::extract::{RawQuery, State};
use portcullis_service::AuditView;

use crate::ApiState;
use crate::auth::Admin;
use crate::problem::Problem;
use crate::routes::envelope::{Many, Window};
use crate::routes::integrations::text;

/// The admin actions of the key's account and environment, newest first: those that were done and those that were refused.
#[utoipa::path(
    get, path = "/v1/admin/audit/", tag = "Audit", operation_id = "list_audit",
    params(
        ("limit" = Option<u64>, Query, description = "1 to 250, else 100"),
        ("offset" = Option<u64>, Query, description = "Results to pass by"),
        ("subject" = Option<String>, Query, description = "Only about this id"),
        ("action" = Option<String>, Query, description = "Only this action, such as `integration.enable`"),
    ),
    responses((status = 200, description = "A page of the audit", body = inline(Many<AuditView>)))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    RawQuery(raw): RawQuery,
) -> Result<Json<Many<AuditView>>, Problem> {
    let (window, rest) = Window::parse(raw.as_deref(), &["subject", "action"])?;
    let (mut subject, mut action) = (None, None);
    for (name, value) in rest {
        match name.as_str() {
            "subject" => subject = Some(text(&name, value)?),
            _ => action = Some(text(&name, value)?),
        }
    }
    let (views, total) = state
        .service
        .list_audit(&principal, subject, action, window.limit, window.offset)
        .await?;
    Ok(window.page(views, total))
}
