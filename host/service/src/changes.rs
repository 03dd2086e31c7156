//! The feed of changes, for whoever keeps a copy: what changed since a place, and the place to go on from.

use chrono::{DateTime, Utc};
use portcullis_model::MODELS;
use portcullis_store::{FeedPosition, FeedQuery, FeedRow, StoreError};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

use crate::Service;
use crate::error::{InputProblem, ServiceError};
use crate::principal::Principal;
use crate::records::query::LIMIT_MAX;

/// What is asked of the feed.
#[derive(Debug, Clone)]
pub struct ChangeQuery {
    /// `next_since` of the page before, `now`, or nothing for the feed's beginning.
    pub since: Option<String>,
    /// Of one integration alone.
    pub integration_id: Option<String>,
    /// Of one model alone.
    pub model: Option<String>,
    /// Most entries.
    pub limit: u32,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChangeView {
    /// `upsert`: read the record. `delete`: it is gone at the vendor. `reset`: read everything of the model again.
    pub kind: String,
    /// The integration.
    pub integration_id: String,
    /// The model.
    pub model: String,
    /// The record; null for a reset.
    pub record_id: Option<String>,
    /// Fields that differ from before; null for a new record, a deletion and a reset.
    pub fields: Option<Vec<String>>,
    /// When it was stored here.
    pub at: DateTime<Utc>,
}

/// A page of the feed.
#[derive(Debug)]
pub struct ChangePage {
    /// The changes, oldest first.
    pub changes: Vec<ChangeView>,
    /// Whether more is there already.
    pub has_more: bool,
    /// Where to go on, now or later.
    pub next_since: String,
}

impl Service {
    /// What changed behind a place.
    ///
    /// # Errors
    ///
    /// `invalid_since` for a place that was not given to this caller; `feed_restarted` for one that is none of this
    /// database's; `unknown_model`; `model_out_of_scope`; `unknown_integration`; the database's.
    pub async fn changes(
        &self,
        principal: &Principal,
        query: &ChangeQuery,
    ) -> Result<ChangePage, ServiceError> {
        if let Some(model) = &query.model
            && !MODELS.iter().any(|spec| spec.name == model)
        {
            return Err(ServiceError::invalid(InputProblem::parameter(
                "model",
                "unknown_model",
                "There is no such model. `/openapi.json` lists them.",
            )));
        }
        if let Some(model) = &query.model {
            principal.may_read(model)?;
        }
        if let Some(id) = &query.integration_id {
            let own = self.own_integration(principal, id).await;
            own.map_err(|error| match error {
                ServiceError::NotFound { .. } => ServiceError::invalid(InputProblem::parameter(
                    "integration_id",
                    "unknown_integration",
                    "There is no such integration in this account and environment. `GET /v1/admin/integrations/` lists them.",
                )),
                other => other,
            })?;
        }
        // A place of a key with other limits would pass by what only those hid.
        let bound = principal.bound();
        let bound: Vec<&str> = bound.iter().map(String::as_str).collect();
        let after = match query.since.as_deref() {
            None => None,
            Some("now") => Some(self.store.feed_end().await?),
            Some(token) => {
                let content = self.feed.open(&bound, token);
                let position = content
                    .and_then(|content| serde_json::from_slice::<FeedPosition>(&content).ok());
                Some(position.ok_or_else(|| {
                    invalid_since(
                        "invalid_since",
                        "`since` must be `now` or a `next_since` of this feed, unchanged, with a key of the same account, environment and limits.",
                    )
                })?)
            }
        };
        let limit = query.limit.clamp(1, LIMIT_MAX);
        let found = self
            .store
            .changes(&FeedQuery {
                account_id: principal.account_id.clone(),
                environment: principal.environment,
                integration_id: query.integration_id.clone(),
                within: principal.integrations().cloned(),
                models: match (&query.model, principal.models()) {
                    (Some(model), _) => vec![model.clone()],
                    (None, Some(own)) => own.to_vec(),
                    (None, None) => Vec::new(),
                },
                after: after.clone(),
                limit: i64::from(limit) + 1,
            })
            .await;
        let mut rows = found.map_err(|error| match error {
            StoreError::Conflict { what } => invalid_since(
                what,
                "The database was restored from a state before this place. Read the records anew, then the feed from `since=now`.",
            ),
            error => error.into(),
        })?;
        let has_more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        // Whoever is told of a change reads the record next, and must not be given what was kept before it.
        let told: BTreeSet<(&str, &str)> = rows
            .iter()
            .map(|row| (row.integration_id.as_str(), row.model.as_str()))
            .collect();
        self.store
            .pay_generations(&principal.account_id, &told)
            .await?;
        let next = rows.last().map(FeedRow::position).or(after);
        let next = next.unwrap_or_default();
        let next = serde_json::to_vec(&next).map_err(ServiceError::internal)?;
        Ok(ChangePage {
            next_since: self.feed.seal(&bound, &next),
            has_more,
            changes: rows.into_iter().map(view).collect(),
        })
    }
}

fn invalid_since(code: &'static str, detail: &'static str) -> ServiceError {
    ServiceError::invalid(InputProblem::parameter("since", code, detail))
}

fn view(row: FeedRow) -> ChangeView {
    ChangeView {
        kind: row.kind,
        integration_id: row.integration_id,
        model: row.model,
        record_id: row.record_id,
        fields: row.fields,
        at: row.at,
    }
}
