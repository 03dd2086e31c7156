//! Integrations as lists of customers: searched, filtered by how they are, counted by vendor.

use crate::integration::COLUMNS;
use crate::{Environment, IntegrationRow, Status, Store, StoreError};
use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};

/// How an integration is, as a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerState {
    /// Enabled, and nothing is wrong.
    Active,
    /// Not enabled.
    Disabled,
    /// Enabled, and its credentials are rejected or its newest sync failed.
    NeedsAttention,
    /// Put away.
    Archived,
}

/// Where a page of customers begins: behind this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerCursor {
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Its id.
    pub id: String,
}

/// Which customers to list, newest first.
#[derive(Debug, Clone)]
pub struct CustomerQuery {
    /// Whose.
    pub account_id: String,
    /// Only of this environment.
    pub environment: Option<Environment>,
    /// Only of this vendor.
    pub vendor: Option<String>,
    /// Only those whose name, vendor's name or vendor's id of the customer holds this, or whose id it is.
    pub search: Option<String>,
    /// Only those that are so; without it all but archived ones.
    pub state: Option<CustomerState>,
    /// Only those behind this one.
    pub after: Option<CustomerCursor>,
    /// Most of them.
    pub limit: i64,
}

/// How many customers a vendor has in an environment, archived ones left out.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VendorCountRow {
    /// The vendor's word.
    pub vendor: String,
    /// The environment.
    pub environment: Environment,
    /// All.
    pub customers: i64,
    /// Those that are enabled.
    pub enabled: i64,
    /// Those that need attention.
    pub needs_attention: i64,
    /// Those that sync now.
    pub syncing: i64,
}

/// How many models of an integration have a verdict.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VerdictCountRow {
    /// The integration.
    pub integration_id: String,
    /// The verdict.
    pub verdict: crate::Verdict,
    /// How many models have it.
    pub models: i64,
}

/// How far an integration is with a model.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ModelStateRow {
    /// The model.
    pub model: String,
    /// Records that are there.
    pub live_rows: i64,
    /// When every record was last read.
    pub last_complete_full_at: Option<DateTime<Utc>>,
    /// How the last run ended.
    pub last_result: Option<Status>,
    /// When it ended.
    pub last_finished_at: Option<DateTime<Utc>>,
}

/// Whether an enabled integration needs attention.
const ATTENTION: &str = "(credentials = 'rejected' or coalesce((select s.status in ('failed', 'abandoned') from sync s
     where s.account_id = integration.account_id and s.integration_id = integration.id order by s.created_at desc limit 1), false))";

impl Store {
    /// A page of customers, one more than the limit when there are more, and how many match in all.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_customers(
        &self,
        query: &CustomerQuery,
    ) -> Result<(Vec<IntegrationRow>, i64), StoreError> {
        let mut sql = QueryBuilder::<Postgres>::new("select ");
        sql.push(COLUMNS).push(" from integration");
        push_where(&mut sql, query);
        if let Some(after) = &query.after {
            sql.push(" and (created_at, id) < (")
                .push_bind(after.created_at)
                .push(", ")
                .push_bind(after.id.clone())
                .push(")");
        }
        sql.push(" order by created_at desc, id desc limit ")
            .push_bind(query.limit.saturating_add(1));
        let rows = sql.build_query_as().fetch_all(self.one()).await?;
        let mut sql = QueryBuilder::<Postgres>::new("select count(*) from integration");
        push_where(&mut sql, query);
        let total = sql.build_query_scalar().fetch_one(self.one()).await?;
        Ok((rows, total))
    }

    /// Ids and names of customers, those with the newest first.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn customer_names(
        &self,
        query: &CustomerQuery,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut sql = QueryBuilder::<Postgres>::new("select id, name from integration");
        push_where(&mut sql, query);
        sql.push(" order by created_at desc, id desc limit ")
            .push_bind(query.limit);
        Ok(sql.build_query_as().fetch_all(self.one()).await?)
    }

    /// How many customers of a vendor each environment has, archived ones left out.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn count_environments(
        &self,
        account_id: &str,
        vendor: &str,
    ) -> Result<Vec<(Environment, i64)>, StoreError> {
        Ok(sqlx::query_as(
            "select environment, count(*) from integration
             where account_id = $1 and vendor = $2 and archived_at is null group by environment",
        )
        .bind(account_id)
        .bind(vendor)
        .fetch_all(self.one())
        .await?)
    }

    /// How far an integration is with its models, by their names.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn model_states(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<Vec<ModelStateRow>, StoreError> {
        Ok(sqlx::query_as(
            "select model, live_rows, last_complete_full_at, last_result, last_finished_at from model_state
             where account_id = $1 and integration_id = $2 order by model",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_all(self.one())
        .await?)
    }

    /// How many customers each vendor has, by environment.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn count_customers(
        &self,
        account_id: &str,
    ) -> Result<Vec<VendorCountRow>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select vendor, environment, count(*) as customers, count(*) filter (where enabled) as enabled,
                    count(*) filter (where enabled and {ATTENTION}) as needs_attention,
                    count(*) filter (where exists (select from sync o where o.account_id = integration.account_id
                        and o.integration_id = integration.id and o.finished_at is null)) as syncing
             from integration where account_id = $1 and archived_at is null
             group by vendor, environment order by vendor, environment"
        )))
        .bind(account_id)
        .fetch_all(self.one())
        .await?)
    }

    /// How many models of each named integration have which verdict.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn count_verdicts(
        &self,
        account_id: &str,
        ids: &[String],
    ) -> Result<Vec<VerdictCountRow>, StoreError> {
        Ok(sqlx::query_as(
            "select integration_id, verdict, count(*) as models from data_access
             where account_id = $1 and integration_id = any($2) group by 1, 2",
        )
        .bind(account_id)
        .bind(ids)
        .fetch_all(self.one())
        .await?)
    }
}

fn push_where(sql: &mut QueryBuilder<Postgres>, query: &CustomerQuery) {
    sql.push(" where account_id = ")
        .push_bind(query.account_id.clone());
    if let Some(environment) = query.environment {
        sql.push(" and environment = ").push_bind(environment);
    }
    if let Some(vendor) = &query.vendor {
        sql.push(" and vendor = ").push_bind(vendor.clone());
    }
    if let Some(search) = &query.search {
        let like = format!("%{}%", escape_like(search));
        sql.push(" and (name ilike ").push_bind(like.clone());
        sql.push(" or vendor_account_name ilike ").push_bind(like);
        sql.push(" or vendor_account_id = ")
            .push_bind(search.clone());
        sql.push(" or id = ").push_bind(search.clone()).push(")");
    }
    sql.push(match query.state {
        Some(CustomerState::Archived) => " and archived_at is not null",
        _ => " and archived_at is null",
    });
    match query.state {
        None | Some(CustomerState::Archived) => {}
        Some(CustomerState::Disabled) => {
            sql.push(" and not enabled");
        }
        Some(CustomerState::Active) => {
            sql.push(" and enabled and not ").push(ATTENTION);
        }
        Some(CustomerState::NeedsAttention) => {
            sql.push(" and enabled and ").push(ATTENTION);
        }
    }
}

/// What a person types stands for itself.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}
