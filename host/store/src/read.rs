//! Reading records for the API.

use crate::connection::Tx;
use crate::filter::{LAST_SEEN, named_integration, only_integration, push_filters, push_order};
use crate::follow::{Follow, Followed, followed};
use crate::keyset::{After, push_after, push_values};
use crate::reached::{Reached, SyncStateRow, reached, sync_state};
use crate::{Column, Environment, Filter, Operand, OrderBy, Packed, Store, StoreError, Target};
use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};
use std::sync::Arc;

/// Above this many, a filtered total is a lower bound.
const EXACT_TOTAL: i64 = 10_000;

/// Which records to list.
#[derive(Debug, Clone)]
pub struct ListQuery {
    /// Whose records.
    pub account_id: String,
    /// Of which environment.
    pub environment: Environment,
    /// Of which model.
    pub model: String,
    /// Of these integrations alone, where the caller is limited to some.
    pub within: Option<Arc<[String]>>,
    /// All must hold.
    pub filters: Vec<Filter>,
    /// Newest first when empty. The id is always added.
    pub order: Vec<OrderBy>,
    /// Most records of the page.
    pub limit: i64,
    /// Records to leave out before it.
    pub offset: i64,
    /// The record that the page begins behind.
    pub after: Option<After>,
    /// Whether deleted records are listed too.
    pub with_deleted: bool,
    /// Whether the vendor's own records are read with them.
    pub with_originals: bool,
    /// References of which the records are read, too.
    pub follow: Vec<Follow>,
    /// Whether the integrations that are not settled are listed with the answer; see [`Reached::sync_state`].
    pub with_states: bool,
}

impl ListQuery {
    /// Every record of a model, newest first, a hundred on the page.
    #[must_use]
    pub fn of(account_id: &str, environment: Environment, model: &str) -> Self {
        Self {
            account_id: account_id.to_owned(),
            environment,
            model: model.to_owned(),
            within: None,
            filters: Vec::new(),
            order: Vec::new(),
            limit: 100,
            offset: 0,
            after: None,
            with_deleted: false,
            with_originals: false,
            follow: Vec::new(),
            with_states: true,
        }
    }
}

/// A record as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RecordRow {
    /// Our id.
    pub id: String,
    /// The vendor's id.
    pub external_id: String,
    /// The integration that brought it.
    pub integration_id: String,
    /// The vendor's word.
    pub vendor: String,
    /// The unified document as JSON.
    pub doc: String,
    /// When it was first stored.
    pub created_at: DateTime<Utc>,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
    /// When it last changed at the vendor.
    pub x_updated_at: Option<DateTime<Utc>>,
    /// When it was last known to exist.
    pub last_seen: DateTime<Utc>,
    /// When it was found deleted.
    pub deleted_at: Option<DateTime<Utc>>,
    /// The vendor's own record, if it was asked for and is kept.
    pub original: Option<Packed>,
    /// What the list is ordered by, as [`After::values`] wants it.
    pub order_values: Vec<Option<String>>,
}

/// How many records match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// The number.
    pub n: i64,
    /// There are more than `n`.
    pub is_lower_bound: bool,
}

/// A page of records, with what the answer says about it. All of one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRows {
    /// The records.
    pub rows: Vec<RecordRow>,
    /// Another page follows.
    pub has_more: bool,
    /// How many match.
    pub total: Total,
    /// The database's clock just before the snapshot was taken.
    pub snapshot_at: DateTime<Utc>,
    /// What the query reaches.
    pub reached: Reached,
    /// What the records refer to by the query's references.
    pub followed: Followed,
}

/// One record, or none, with what the answer says about it. All of one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRecord {
    /// The record.
    pub row: Option<RecordRow>,
    /// The database's clock just before the snapshot was taken.
    pub snapshot_at: DateTime<Utc>,
    /// What is known about the sync of the record's integration: its own model first. Nothing when there is no record.
    pub sync_state: Vec<SyncStateRow>,
    /// What the record refers to by the query's references.
    pub followed: Followed,
}

impl Store {
    /// A page of records.
    ///
    /// # Errors
    /// `Conflict{bad_filter}` when a value does not fit its target or a path has a forbidden letter; `Unavailable`,
    /// `Database`.
    pub async fn list_records(&self, query: &ListQuery) -> Result<ListRows, StoreError> {
        let (mut tx, snapshot_at) = self.begin_snapshot().await?;
        let mut rows = page(&mut tx, query).await?;
        let has_more = rows.len() as i64 > query.limit;
        rows.truncate(usize::try_from(query.limit).unwrap_or(0));
        let reached = reached(&mut tx, query).await?;
        let total = if only_integration(&query.filters) && !query.with_deleted {
            Total {
                n: reached.sum.live_rows,
                is_lower_bound: false,
            }
        } else if !has_more && query.after.is_none() && (query.offset == 0 || !rows.is_empty()) {
            Total {
                n: query.offset + rows.len() as i64,
                is_lower_bound: false,
            }
        } else {
            count(&mut tx, query).await?
        };
        let followed = followed(&mut tx, query, &rows).await?;
        tx.commit().await?;
        Ok(ListRows {
            rows,
            has_more,
            total,
            snapshot_at,
            reached,
            followed,
        })
    }

    /// One record by our id. Of the query only whose it is, its model, its references and whether originals are read
    /// count.
    ///
    /// # Errors
    /// `Conflict{too_many_references}`, `Unavailable` or `Database`. A record that is not there is `None`.
    pub async fn get_record(&self, query: &ListQuery, id: &str) -> Result<FoundRecord, StoreError> {
        let query = ListQuery {
            filters: vec![Filter::Equals {
                target: Target::Column(Column::Id),
                value: Operand::Text(id.to_owned()),
            }],
            order: Vec::new(),
            limit: 1,
            offset: 0,
            after: None,
            with_deleted: false,
            ..query.clone()
        };
        let (mut tx, snapshot_at) = self.begin_snapshot().await?;
        let mut rows = page(&mut tx, &query).await?;
        rows.truncate(1);
        let sync_state = match rows.first() {
            Some(row) => sync_state(&mut tx, &query, Some(&row.integration_id)).await?,
            None => Vec::new(),
        };
        let followed = followed(&mut tx, &query, &rows).await?;
        tx.commit().await?;
        Ok(FoundRecord {
            row: rows.pop(),
            snapshot_at,
            sync_state,
            followed,
        })
    }
}

fn push_where(sql: &mut QueryBuilder<Postgres>, query: &ListQuery) -> Result<(), StoreError> {
    sql.push(" where r.account_id = ")
        .push_bind(query.account_id.clone());
    sql.push(" and r.model = ").push_bind(query.model.clone());
    sql.push(" and r.environment = ")
        .push_bind(query.environment);
    if !query.with_deleted {
        sql.push(" and r.deleted_at is null");
    }
    push_within(sql, query);
    push_filters(sql, &query.filters, (&query.account_id, &query.model))
}

/// Only the integrations that the caller is limited to, which the filters cannot widen.
fn push_within(sql: &mut QueryBuilder<Postgres>, query: &ListQuery) {
    match query.within.as_deref() {
        None => {}
        // Nothing is left to say where the filters name one of them.
        Some(within)
            if named_integration(&query.filters)
                .is_some_and(|named| within.iter().any(|id| id == named)) => {}
        // One is the usual case, and the statistics of a single value are better than those of a list.
        Some([one]) => {
            sql.push(" and r.integration_id = ").push_bind(one.clone());
        }
        Some(within) => {
            sql.push(" and r.integration_id = any(")
                .push_bind(within.to_vec())
                .push(")");
        }
    }
}

/// What a [`RecordRow`] is made of, from rows `r`.
fn push_columns(sql: &mut QueryBuilder<Postgres>, query: &ListQuery) -> Result<(), StoreError> {
    sql.push("select r.id, r.external_id, r.integration_id, r.vendor, r.doc::text as doc, r.created_at, r.updated_at, r.x_updated_at, ");
    sql.push(LAST_SEEN);
    sql.push(" as last_seen, r.deleted_at, ");
    sql.push(if query.with_originals {
        "(select o.body from record_original o where o.account_id = r.account_id and o.model = r.model and o.id = r.id)"
    } else {
        "null::bytea"
    });
    sql.push(" as original, ");
    push_values(sql, &query.order)?;
    sql.push(" as order_values ");
    Ok(())
}

/// Every row of the query in its order.
pub(crate) fn push_rows(
    sql: &mut QueryBuilder<Postgres>,
    query: &ListQuery,
) -> Result<(), StoreError> {
    push_columns(sql, query)?;
    sql.push("from record r");
    push_where(sql, query)?;
    push_order(sql, &query.order)
}

/// One row more than the limit, so that the caller sees whether another page follows.
pub(crate) async fn page(tx: &mut Tx, query: &ListQuery) -> Result<Vec<RecordRow>, StoreError> {
    let mut sql = QueryBuilder::<Postgres>::new("");
    // The inner query passes whole columns, so documents of rows that the offset skips are never taken apart.
    push_columns(&mut sql, query)?;
    sql.push("from (select r.* from record r");
    push_where(&mut sql, query)?;
    if let Some(after) = &query.after {
        push_after(&mut sql, &query.order, after)?;
    }
    push_order(&mut sql, &query.order)?;
    sql.push(" limit ")
        .push_bind(query.limit.saturating_add(1))
        .push(" offset ")
        .push_bind(query.offset)
        .push(") r");
    push_order(&mut sql, &query.order)?;
    Ok(sql
        .build_query_as::<RecordRow>()
        .fetch_all(tx.one())
        .await?)
}

async fn count(tx: &mut Tx, query: &ListQuery) -> Result<Total, StoreError> {
    let mut sql = QueryBuilder::<Postgres>::new("select count(*) from (select from record r");
    push_where(&mut sql, query)?;
    sql.push(" limit ")
        .push_bind(EXACT_TOTAL + 1)
        .push(") counted");
    let n: i64 = sql.build_query_scalar().fetch_one(tx.one()).await?;
    Ok(Total {
        n: n.min(EXACT_TOTAL),
        is_lower_bound: n > EXACT_TOTAL,
    })
}
