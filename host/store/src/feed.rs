//! The feed of changes: everything that was committed, once, in an order that never gets a late entry.
//!
//! Numbers are given before a transaction commits, so a higher number may become visible first. The feed is ordered by
//! the transaction and ends below the oldest one that is still open: whatever is above comes later, and nothing comes
//! below any more.

use crate::generation::pay_owed;
use crate::{Environment, Store, StoreError};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A place in the feed: behind one of its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FeedPosition {
    /// The transaction, as Postgres' `xid8`.
    pub xid: u64,
    /// The entry within the account.
    pub seq: i64,
    /// Of which life of the database: each restore begins another, in which transactions have other numbers.
    #[serde(default)]
    pub epoch: i64,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FeedRow {
    /// Of which integration.
    pub integration_id: String,
    /// Of which model.
    pub model: String,
    /// The record; `None` for a reset, after which everything of the model may differ.
    pub record_id: Option<String>,
    /// `upsert`, `delete` or `reset`.
    pub kind: String,
    /// Members that differ from before; `None` where there was nothing before, and for deletions and resets.
    pub fields: Option<Vec<String>>,
    /// When it was stored.
    pub at: DateTime<Utc>,
    #[sqlx(rename = "xid", try_from = "String")]
    xid: Xid,
    seq: i64,
    epoch: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Xid(u64);

impl TryFrom<String> for Xid {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl FeedRow {
    /// The place right behind it.
    #[must_use]
    pub fn position(&self) -> FeedPosition {
        FeedPosition {
            xid: self.xid.0,
            seq: self.seq,
            epoch: self.epoch,
        }
    }
}

/// Which entries.
#[derive(Debug, Clone)]
pub struct FeedQuery {
    /// Whose.
    pub account_id: String,
    /// Of which environment.
    pub environment: Environment,
    /// Of one integration alone.
    pub integration_id: Option<String>,
    /// Of these integrations alone, where the caller is limited to some.
    pub within: Option<Arc<[String]>>,
    /// Of these models alone; of all when empty.
    pub models: Vec<String>,
    /// Behind this place; from the first entry without it.
    pub after: Option<FeedPosition>,
    /// Most entries.
    pub limit: i64,
}

impl Store {
    /// Moves the generations that these models of integrations owe, so that nothing is given from a cache that was kept
    /// before the changes that the feed tells of. Pairs are of integration and model.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn pay_generations(
        &self,
        account_id: &str,
        models: &BTreeSet<(&str, &str)>,
    ) -> Result<(), StoreError> {
        if models.is_empty() {
            return Ok(());
        }
        let (integrations, names): (Vec<&str>, Vec<&str>) = models.iter().copied().unzip();
        let owing: Vec<(String, String)> = sqlx::query_as(
            "select s.integration_id, s.model from unnest($2::text[], $3::text[]) as u(integration_id, model)
             join model_state s on s.account_id = $1 and s.integration_id = u.integration_id and s.model = u.model
             where s.generation_owed",
        )
        .bind(account_id)
        .bind(integrations)
        .bind(names)
        .fetch_all(self.one())
        .await?;
        // One by one: a commit locks several of these rows, in an order of its own.
        for (integration_id, model) in owing {
            pay_owed(self.one(), account_id, &integration_id, &[model]).await?;
        }
        Ok(())
    }

    /// The next entries of the feed.
    ///
    /// # Errors
    /// `Conflict{feed_restarted}` for a place that is none of this database's: it was restored since, or has not come so
    /// far. `Unavailable`, `Database`.
    pub async fn changes(&self, query: &FeedQuery) -> Result<Vec<FeedRow>, StoreError> {
        // The beginning is the same place in every life.
        if let Some(after) = query.after.as_ref().filter(|after| after.xid > 0) {
            let known: bool = sqlx::query_scalar(
                "select $1::text::xid8 <= pg_snapshot_xmax(pg_current_snapshot())
                    and $2 = coalesce((select feed_epoch from installation), 0)",
            )
            .bind(after.xid.to_string())
            .bind(after.epoch)
            .fetch_one(self.one())
            .await?;
            if !known {
                return Err(StoreError::Conflict {
                    what: "feed_restarted",
                });
            }
        }
        let after = query.after.clone().unwrap_or_default();
        Ok(sqlx::query_as(
            "select c.integration_id, c.model, c.record_id, c.kind, c.fields, c.at, c.xid::text as xid, c.seq,
                    coalesce((select feed_epoch from installation), 0) as epoch
             from change c join integration i on i.account_id = c.account_id and i.id = c.integration_id
             where c.account_id = $1 and i.environment = $2
               and (c.xid, c.seq) > ($3::text::xid8, $4) and c.xid < pg_snapshot_xmin(pg_current_snapshot())
               and ($5::text is null or c.integration_id = $5)
               and (cardinality($6::text[]) = 0 or c.model = any($6))
               and ($8::text[] is null or c.integration_id = any($8))
             order by c.xid, c.seq limit $7",
        )
        .bind(&query.account_id)
        .bind(query.environment)
        .bind(after.xid.to_string())
        .bind(after.seq)
        .bind(&query.integration_id)
        .bind(&query.models)
        .bind(query.limit)
        .bind(query.within.as_deref())
        .fetch_all(self.one())
        .await?)
    }

    /// The place behind everything that is visible to everybody now.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn feed_end(&self) -> Result<FeedPosition, StoreError> {
        let (xid, epoch): (String, i64) = sqlx::query_as(
            "select pg_snapshot_xmin(pg_current_snapshot())::text,
                    coalesce((select feed_epoch from installation), 0)",
        )
        .fetch_one(self.one())
        .await?;
        let xid = xid
            .parse()
            .map_err(|_| StoreError::Corrupt("a transaction's number is none"))?;
        // Entries begin with 1.
        Ok(FeedPosition { xid, seq: 0, epoch })
    }
}
