//! Integrations as people look at them: counted by vendor, searched, page by page, with what happened to one.

use chrono::{DateTime, Utc};
use portcullis_store::{CustomerCursor, CustomerQuery, CustomerState, StoreError, Verdict};
use serde_json::Value;

use crate::Service;
use crate::error::{ServiceError, Thing};
use crate::integrations::{self, IntegrationView};
use crate::principal::{Environment, Principal};

/// Longest text that is searched for, in characters.
const SEARCH_MAX: usize = 200;
/// Most customers on one page.
const PAGE_MAX: u32 = 200;
/// Most events that are shown of a subject.
const EVENTS_MAX: i64 = 200;

/// Which customers to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// Only of this vendor.
    pub vendor: Option<String>,
    /// Of both environments, not of the caller's alone.
    pub every_environment: bool,
    /// Only those whose name holds this, or whose id it is.
    pub search: Option<String>,
    /// Only those that are so.
    pub state: Option<CustomerState>,
    /// Only those behind this one.
    pub after: Option<CustomerCursor>,
    /// Most of them.
    pub limit: u32,
}

/// How many models of an integration can be read and how many cannot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    /// Granted or empty.
    pub readable: u32,
    /// Readable in part.
    pub partial: u32,
    /// Denied, not licensed, or the probe failed.
    pub refused: u32,
    /// Not found out.
    pub unknown: u32,
}

/// A customer in a list.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The integration.
    pub integration: IntegrationView,
    /// What its credentials can read.
    pub verdicts: VerdictCounts,
}

/// A page of customers.
#[derive(Debug, Clone)]
pub struct CustomerPage {
    /// The customers.
    pub rows: Vec<Customer>,
    /// How many match in all.
    pub total: u64,
    /// Where the next page begins; `None` on the last.
    pub next: Option<CustomerCursor>,
}

/// How many customers a vendor has in an environment, archived ones left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorCount {
    /// The vendor's word.
    pub vendor: String,
    /// The environment.
    pub environment: Environment,
    /// All.
    pub customers: u64,
    /// Those that are enabled.
    pub enabled: u64,
    /// Those that need attention.
    pub needs_attention: u64,
    /// Those that sync now.
    pub syncing: u64,
}

/// How far an integration is with a model, and how fresh that is.
#[derive(Debug, Clone)]
pub struct ModelFreshness {
    /// The model.
    pub model: String,
    /// Records that are there.
    pub records: i64,
    /// When every record was last read.
    pub complete_at: Option<DateTime<Utc>>,
    /// How the last run ended: the API's word, and what people read for it.
    pub last_result: Option<(&'static str, &'static str)>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Something that somebody did.
#[derive(Debug, Clone)]
pub struct EventView {
    /// When.
    pub at: DateTime<Utc>,
    /// Who: a user's name, or the id of a key.
    pub actor: String,
    /// What, such as `integration.enable`.
    pub action: String,
    /// More about it.
    pub detail: Value,
}

impl Service {
    /// How many customers each vendor has, in both environments.
    ///
    /// # Errors
    ///
    /// `role_insufficient` or the database's.
    pub async fn count_customers(
        &self,
        principal: &Principal,
    ) -> Result<Vec<VendorCount>, ServiceError> {
        principal.may_look("counting integrations")?;
        principal.whole_account("counting integrations")?;
        let rows = self.store.count_customers(&principal.account_id).await?;
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(rows
            .into_iter()
            .map(|row| VendorCount {
                vendor: row.vendor,
                environment: row.environment,
                customers: number(row.customers),
                enabled: number(row.enabled),
                needs_attention: number(row.needs_attention),
                syncing: number(row.syncing),
            })
            .collect())
    }

    /// How many customers a vendor has in each environment, archived ones left out.
    ///
    /// # Errors
    ///
    /// `role_insufficient` or the database's.
    pub async fn count_environments(
        &self,
        principal: &Principal,
        vendor: &str,
    ) -> Result<Vec<(Environment, u64)>, ServiceError> {
        principal.may_look("counting integrations")?;
        principal.whole_account("counting integrations")?;
        let account = &principal.account_id;
        let counts = self.store.count_environments(account, vendor).await?;
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(counts.into_iter().map(|(it, n)| (it, number(n))).collect())
    }

    /// Ids and names of the newest customers, at most `limit`.
    ///
    /// # Errors
    ///
    /// `role_insufficient` or the database's.
    pub async fn customer_names(
        &self,
        principal: &Principal,
        limit: u32,
    ) -> Result<Vec<(String, String)>, ServiceError> {
        principal.may_look("listing integrations")?;
        principal.whole_account("listing integrations")?;
        let query = CustomerQuery {
            account_id: principal.account_id.clone(),
            environment: Some(principal.environment),
            vendor: None,
            search: None,
            state: None,
            after: None,
            limit: i64::from(limit),
        };
        Ok(self.store.customer_names(&query).await?)
    }

    /// A page of the customers of the caller's account.
    ///
    /// # Errors
    ///
    /// `role_insufficient` or the database's.
    pub async fn list_customers(
        &self,
        principal: &Principal,
        filter: CustomerFilter,
    ) -> Result<CustomerPage, ServiceError> {
        principal.may_look("listing integrations")?;
        principal.whole_account("searching integrations")?;
        let limit = filter.limit.clamp(1, PAGE_MAX);
        let searchable = |text: String| -> String {
            let trimmed = text.trim().replace('\0', "");
            trimmed.chars().take(SEARCH_MAX).collect()
        };
        let query = CustomerQuery {
            account_id: principal.account_id.clone(),
            environment: (!filter.every_environment).then_some(principal.environment),
            vendor: filter.vendor,
            search: filter
                .search
                .map(searchable)
                .filter(|text| !text.is_empty()),
            state: filter.state,
            after: filter.after,
            limit: i64::from(limit),
        };
        let (mut rows, total) = self.store.list_customers(&query).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|row| CustomerCursor {
            created_at: row.created_at,
            id: row.id.clone(),
        });
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        let account = &principal.account_id;
        let summaries = self.store.integration_summaries(account, &ids).await?;
        let counts = self.store.count_verdicts(account, &ids).await?;
        let connectors = self.active_connectors().await?;
        let rows = rows.into_iter().map(|row| {
            let mut verdicts = VerdictCounts::default();
            for count in counts.iter().filter(|c| c.integration_id == row.id) {
                let models = u32::try_from(count.models).unwrap_or(0);
                match count.verdict {
                    Verdict::Granted | Verdict::Empty => verdicts.readable += models,
                    Verdict::Partial => verdicts.partial += models,
                    Verdict::Denied | Verdict::NotLicensed | Verdict::Error => {
                        verdicts.refused += models;
                    }
                    Verdict::Unknown => verdicts.unknown += models,
                    // What nobody offers says nothing about these credentials.
                    Verdict::Unsupported => {}
                }
            }
            let connector = connectors
                .iter()
                .find(|connector| connector.row.connector_id == row.connector_id);
            let summary = summaries.iter().find(|s| s.integration_id == row.id);
            Customer {
                integration: integrations::view(row, connector, summary),
                verdicts,
            }
        });
        Ok(CustomerPage {
            rows: rows.collect(),
            total: u64::try_from(total).unwrap_or(0),
            next,
        })
    }

    /// How far an integration is with each model that was ever read or skipped.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found` or the database's.
    pub async fn model_freshness(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<Vec<ModelFreshness>, ServiceError> {
        principal.may_look("reading how fresh models are")?;
        let row = self.own_integration(principal, id).await?;
        let states = self.store.model_states(&row.account_id, &row.id).await?;
        let states = states.into_iter().map(|state| ModelFreshness {
            model: state.model,
            records: state.live_rows,
            complete_at: state.last_complete_full_at,
            last_result: state
                .last_result
                .map(|result| (result.as_str(), crate::words::label(result))),
            finished_at: state.last_finished_at,
        });
        Ok(states.collect())
    }

    /// The environment of an integration of the caller's account, for people, who are bound to none.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found` or the database's.
    pub async fn environment_of(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<Environment, ServiceError> {
        principal.may_look("reading an integration")?;
        let missing = || ServiceError::not_found(Thing::Integration, id);
        // A key sees one environment, and is told nothing of the other.
        if principal.user.is_none() || id.contains('\0') {
            return Err(missing());
        }
        match self.store.get_integration(&principal.account_id, id).await {
            Ok(row) => Ok(row.environment),
            Err(StoreError::NotFound) => Err(missing()),
            Err(error) => Err(error.into()),
        }
    }

    /// What people and keys did to an integration, newest first.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found` or the database's.
    pub async fn events_of(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<Vec<EventView>, ServiceError> {
        principal.may_look("reading events")?;
        let row = self.own_integration(principal, id).await?;
        let rows = self
            .store
            .list_audit_of(&row.account_id, &row.id, EVENTS_MAX)
            .await?;
        let users = self.store.list_users().await?;
        Ok(rows
            .into_iter()
            .map(|event| EventView {
                at: event.at,
                actor: users
                    .iter()
                    .find(|user| user.id == event.actor)
                    .map_or(event.actor, |user| user.name.clone()),
                action: event.action,
                detail: event.detail,
            })
            .collect())
    }
}
