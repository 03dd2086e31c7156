//! `/v1/admin/integrations/{id}/schedule` and `/models`: when an integration syncs by itself, and what it reads.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use portcullis_service::{CadenceInput, ModelSwitchesView, ScheduleInput, ScheduleView};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::body::{JsonBody, Members, name_of_type};
use crate::problem::Problem;
use crate::routes::envelope::{One, one};
use crate::routes::id_of;
use crate::{ApiState, query};

const CADENCE: [&str; 5] = ["type", "sync_frequency", "sync_cadence", "cron", "timezone"];

/// When an integration, or one of its models, syncs by itself.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct CadenceBody {
    /// `on_demand`: only when somebody asks. `interval`: some time after the end of the last sync. `cron`: by the clock.
    r#type: String,
    /// With `interval`: how many of `sync_cadence`.
    sync_frequency: Option<i64>,
    /// With `interval`: `SECOND`, `MINUTE`, `HOUR`, `DAY` or `WEEK`; hours unless said. A minute at least.
    sync_cadence: Option<String>,
    /// With `cron`: minute, hour, day of month, month, day of week, such as `30 2 * * *`.
    cron: Option<String>,
    /// With `cron`: an IANA time zone, `UTC` unless said. A time that the clock passes over or shows twice counts once.
    timezone: Option<String>,
}

/// A schedule that takes the place of the one there is.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct ScheduleBody {
    /// The integration's own schedule.
    #[serde(flatten)]
    own: CadenceBody,
    /// Models with a schedule of their own, which the integration's then leaves out.
    models: Option<BTreeMap<String, CadenceBody>>,
}

/// Switches of models.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct SwitchesBody {
    /// `true` or `false` by model. Models that are not named stay as they are.
    models: BTreeMap<String, bool>,
}

/// When an integration syncs by itself, and next.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}/schedule", tag = "Syncs", operation_id = "get_schedule",
    params(("id" = String, Path, description = "The integration's id")),
    responses((status = 200, description = "The schedule", body = inline(One<ScheduleView>)))
)]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<ScheduleView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    Ok(one(state.service.schedule(&principal, &id).await?))
}

/// Replaces the schedule of an integration and of its models.
#[utoipa::path(
    put, path = "/v1/admin/integrations/{id}/schedule", tag = "Syncs", operation_id = "replace_schedule",
    params(("id" = String, Path, description = "The integration's id")),
    request_body = ScheduleBody,
    responses((status = 200, description = "The schedule with its next times", body = inline(One<ScheduleView>)))
)]
pub(crate) async fn replace(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    JsonBody(body): JsonBody,
) -> Result<Json<One<ScheduleView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let own = cadence(&mut members);
    let mut models = Vec::new();
    for (model, value) in members.optional_object("models").unwrap_or_default() {
        match value {
            Value::Object(_) => {
                let mut inner = Members::of(value)?;
                models.push((model.clone(), cadence(&mut inner)));
                members.take_problems(&["models", &model], inner, &CADENCE);
            }
            other => {
                let detail = format!(
                    "The schedule of a model is {}. Send an object.",
                    name_of_type(&other)
                );
                members.problem_below(&["models", &model], "invalid_type", detail);
            }
        }
    }
    let known: Vec<&str> = CADENCE.iter().copied().chain(["models"]).collect();
    members.finish(&known)?;
    let input = ScheduleInput { own, models };
    Ok(one(state
        .service
        .set_schedule(&principal, &id, input)
        .await?))
}

fn cadence(members: &mut Members) -> CadenceInput {
    CadenceInput {
        kind: members.text("type"),
        sync_frequency: members.optional_integer("sync_frequency"),
        sync_cadence: members.optional_text("sync_cadence"),
        cron: members.optional_text("cron"),
        timezone: members.optional_text("timezone"),
    }
}

/// Which models are read.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}/models", tag = "Integrations", operation_id = "get_model_switches",
    params(("id" = String, Path, description = "The integration's id")),
    responses((status = 200, description = "The switches", body = inline(One<ModelSwitchesView>)))
)]
pub(crate) async fn models(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<One<ModelSwitchesView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    Ok(one(state.service.model_switches(&principal, &id).await?))
}

/// Switches models on or off, from the next sync on. What was read stays readable.
#[utoipa::path(
    put, path = "/v1/admin/integrations/{id}/models", tag = "Integrations", operation_id = "switch_models",
    params(("id" = String, Path, description = "The integration's id")),
    request_body = SwitchesBody,
    responses((status = 200, description = "The switches", body = inline(One<ModelSwitchesView>)))
)]
pub(crate) async fn switch(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    JsonBody(body): JsonBody,
) -> Result<Json<One<ModelSwitchesView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let mut wanted = BTreeMap::new();
    for (model, value) in members.object("models") {
        match value {
            Value::Bool(enabled) => {
                wanted.insert(model, enabled);
            }
            other => {
                let detail = format!(
                    "The switch of a model is {}. Send `true` or `false`.",
                    name_of_type(&other)
                );
                members.problem_below(&["models", &model], "invalid_type", detail);
            }
        }
    }
    members.finish(&["models"])?;
    Ok(one(state
        .service
        .switch_models(&principal, &id, wanted)
        .await?))
}
