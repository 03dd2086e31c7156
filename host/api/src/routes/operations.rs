//! What machines ask: is it alive, is it ready, what does it measure.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use serde_json::{Value, json};

use crate::ApiState;
use crate::problem::Problem;

/// The process is alive. Asks nothing of anybody.
#[utoipa::path(
    get, path = "/healthz", tag = "Operations", operation_id = "is_alive", security(()),
    responses((status = 200, description = "Alive"))
)]
pub(crate) async fn healthz() -> Json<Value> {
    Json(json!({"status": "alive"}))
}

/// The process can serve: the database answers and has this program's schema.
#[utoipa::path(
    get, path = "/readyz", tag = "Operations", operation_id = "is_ready", security(()),
    responses((status = 200, description = "Ready"), (status = 503, description = "Not ready"))
)]
pub(crate) async fn readyz(State(state): State<ApiState>) -> Result<Json<Value>, Problem> {
    if state.service.is_ready().await? {
        Ok(Json(json!({"status": "ready"})))
    } else {
        Err(Problem::new("not_ready")
            .detail("The database has another schema than this program. Run `portcullis migrate`."))
    }
}

/// What the process measures, in the Prometheus text format.
#[utoipa::path(
    get, path = "/metrics", tag = "Operations", operation_id = "get_metrics", security(()),
    responses((status = 200, description = "Metrics", content_type = "text/plain"))
)]
pub(crate) async fn metrics(State(state): State<ApiState>) -> Response {
    let mut response = state.prometheus.render().into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
    );
    response
}
