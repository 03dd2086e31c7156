//! Orders: actions on one thing, of which nothing but its id is to be said.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use portcullis_service::Principal;

use crate::ApiState;
use crate::auth::Admin;
use crate::body::NoBody;
use crate::problem::Problem;
use crate::query;
use crate::routes::id_of;

/// Who gave the order, and on what; neither parameters nor a body came with it.
pub(crate) struct Order {
    pub(crate) principal: Arc<Principal>,
    /// The id in the path.
    pub(crate) id: String,
}

impl FromRequest<ApiState> for Order {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Admin(principal) = Admin::from_request_parts(&mut parts, state).await?;
        let path = Path::<String>::from_request_parts(&mut parts, state).await;
        let query = parts.uri.query().map(str::to_owned);
        let NoBody = NoBody::from_request(Request::from_parts(parts, body), state).await?;
        let id = id_of(path)?;
        query::none(query.as_deref())?;
        Ok(Self { principal, id })
    }
}
