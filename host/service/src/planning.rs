//! Which runs a sync would have: what the plan is given.

use portcullis_plan::{Given, Plan, Wish, plan};
use portcullis_store::{DataAccess, IntegrationRow};

use crate::connectors::Connector;
use crate::{Service, ServiceError};

/// A plan, and whether nothing was ever read before it.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) first: bool,
}

impl Service {
    /// Plans a sync of an integration.
    pub(crate) async fn plan(
        &self,
        row: &IntegrationRow,
        connector: &Connector,
        access: &DataAccess,
        wish: &Wish<'_>,
    ) -> Result<Planned, ServiceError> {
        let before = self.store.latest_runs(&row.account_id, &row.id).await?;
        let switches = self.store.model_switches(&row.account_id, &row.id).await?;
        // A sync of a span of its own does not go on with one that had another.
        let resumable = if wish.span.is_none() {
            &before[..]
        } else {
            &[]
        };
        let given = Given {
            models: &connector.models(),
            state_format: connector.state_format(),
            access: &access.models,
            switches: &switches,
            before: resumable,
        };
        Ok(Planned {
            plan: plan(given, wish),
            first: before.is_empty(),
        })
    }
}
