//! `/v1/admin/integrations/{id}/changes-per-day` and `/records/{record_id}/history`: what changed, and when.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use chrono::NaiveDate;
use portcullis_service::{
    DayView, InputProblem, LIMIT_DEFAULT, LIMIT_MAX, RecordHistoryView, ServiceError,
};

use crate::auth::Admin;
use crate::problem::Problem;
use crate::routes::envelope::{One, one};
use crate::routes::{id_of, ids_of};
use crate::{ApiState, query};

/// What the syncs of an integration did, by day and model, newest day first.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}/changes-per-day", tag = "Syncs", operation_id = "list_changes_per_day",
    params(
        ("id" = String, Path, description = "The integration's id"),
        ("from" = Option<String>, Query, description = "The first day in UTC, such as `2026-01-31`; else 29 days before `to`"),
        ("to" = Option<String>, Query, description = "The last day, inclusive; else today"),
    ),
    responses((status = 200, description = "One per day and model that was read", body = inline(One<Vec<DayView>>)))
)]
pub(crate) async fn per_day(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<Vec<DayView>>>, Problem> {
    let id = id_of(path)?;
    let (mut from, mut to) = (None, None);
    let mut problems = Vec::new();
    for (name, value) in query::parse(raw.as_deref())? {
        let day = value.parse::<NaiveDate>();
        match (name.as_str(), day) {
            ("from", Ok(day)) => from = Some(day),
            ("to", Ok(day)) => to = Some(day),
            ("from" | "to", Err(_)) => {
                let detail = format!("`{name}` must be a day such as `2026-01-31`.");
                problems.push(InputProblem::parameter(
                    name,
                    "invalid_filter_value",
                    detail,
                ));
            }
            _ => problems.push(InputProblem::unknown_parameter(&name, &["from", "to"])),
        }
    }
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems).into());
    }
    let days = state
        .service
        .changes_per_day(&principal, &id, from, to)
        .await?;
    Ok(one(days))
}

/// The history of one record, deleted ones too: when it was stored, missed, deleted, came back, and its changes with the
/// names of the fields. What the model's first sync brought is not among the changes.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}/records/{record_id}/history", tag = "Syncs", operation_id = "get_record_history",
    params(
        ("id" = String, Path, description = "The integration's id"),
        ("record_id" = String, Path, description = "The record's id"),
        ("limit" = Option<u64>, Query, description = "Most changes, 1 to 250, else 100"),
    ),
    responses((status = 200, description = "The record over time", body = inline(One<RecordHistoryView>)))
)]
pub(crate) async fn of_record(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<RecordHistoryView>>, Problem> {
    let (id, record_id) = ids_of(path)?;
    let mut limit = u64::from(LIMIT_DEFAULT);
    for (name, value) in query::parse(raw.as_deref())? {
        if name != "limit" {
            return Err(
                ServiceError::invalid(InputProblem::unknown_parameter(&name, &["limit"])).into(),
            );
        }
        let within = |limit: &u64| (1..=u64::from(LIMIT_MAX)).contains(limit);
        let digits = value.bytes().all(|b| b.is_ascii_digit());
        limit = match value.parse().ok().filter(|_| digits).filter(within) {
            Some(limit) => limit,
            None => {
                let detail = format!("`limit` must be a whole number from 1 to {LIMIT_MAX}.");
                let problem = InputProblem::parameter(name, "invalid_limit", detail);
                return Err(ServiceError::invalid(problem).into());
            }
        };
    }
    let history = state
        .service
        .record_history(&principal, &id, &record_id, limit)
        .await?;
    Ok(one(history))
}
