//! `/v1/admin/integrations/{id}/properties`: properties on or off.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use portcullis_service::{NewPropertiesView, PropertySwitches, PropertyView};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::body::{JsonBody, Members};
use crate::problem::Problem;
use crate::routes::envelope::{Many, One, Window, one};
use crate::routes::id_of;
use crate::{ApiState, query};

/// A page of properties, and what holds for those to come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PropertiesPage {
    /// Whether properties that appear from now on are read.
    new_properties_are_enabled: bool,
    #[serde(flatten)]
    page: Many<PropertyView>,
}

/// Switches of properties; one of the two at least.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes the body; reading it names every problem at once"
)]
pub(crate) struct PropertiesBody {
    /// Whether properties that appear from now on are read. Those that are known stay as they are.
    new_properties_are_enabled: Option<bool>,
    /// `true` or `false` by the vendor's id of a property. Properties that are not named stay as they are.
    properties: Option<BTreeMap<String, bool>>,
}

/// The properties of an integration, in the order of the vendor's ids as text, and whether what belongs to them is read.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}/properties", tag = "Integrations", operation_id = "list_property_switches",
    params(
        ("id" = String, Path, description = "The integration's id"),
        ("limit" = Option<u64>, Query, description = "1 to 250, else 100"),
        ("offset" = Option<u64>, Query, description = "Results to pass by"),
    ),
    responses((status = 200, description = "A page of properties", body = inline(PropertiesPage)))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<PropertiesPage>, Problem> {
    let id = id_of(path)?;
    let (window, _) = Window::parse(raw.as_deref(), &[])?;
    let new = state.service.new_properties(&principal, &id).await?;
    let (properties, total) = state
        .service
        .properties(&principal, &id, window.limit, window.offset)
        .await?;
    let Json(page) = window.page_by(json!([{"x_id": "asc"}]), properties, total);
    Ok(Json(PropertiesPage {
        new_properties_are_enabled: new.new_properties_are_enabled,
        page,
    }))
}

/// Switches properties on or off, from the next run on. What was read stays readable; what is switched on is read whole.
#[utoipa::path(
    put, path = "/v1/admin/integrations/{id}/properties", tag = "Integrations", operation_id = "switch_properties",
    params(("id" = String, Path, description = "The integration's id")),
    request_body = PropertiesBody,
    responses((status = 200, description = "What holds for new properties", body = inline(One<NewPropertiesView>)))
)]
pub(crate) async fn switch(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    JsonBody(body): JsonBody,
) -> Result<Json<One<NewPropertiesView>>, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let mut members = Members::of(body)?;
    let nothing = !members.has("properties") && !members.has("new_properties_are_enabled");
    let wanted = PropertySwitches {
        new_properties_are_enabled: members.optional_bool("new_properties_are_enabled"),
        properties: members.optional_switches("properties").unwrap_or_default(),
    };
    if nothing {
        members.problem(
            "properties",
            "missing_member",
            "Send `properties`, `new_properties_are_enabled`, or both.".to_owned(),
        );
    }
    members.finish(&["new_properties_are_enabled", "properties"])?;
    let set = state
        .service
        .switch_properties(&principal, &id, &wanted)
        .await?;
    Ok(one(set))
}
