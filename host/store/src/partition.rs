//! Models that are read once per parent record, and properties that are switched on or off.

use crate::connection::Tx;
use crate::lease::RunLease;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// A parent over which a model is read.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ParentRow {
    /// Our id.
    pub id: String,
    /// The key's scope, `""` for none.
    pub scope: String,
    /// The vendor's id.
    pub external_id: String,
    /// The fields that were asked for, as far as the parent has them.
    pub fields: Value,
    /// The partition has been read to its end before, in the same format.
    pub known: bool,
    /// Where its next incremental run begins.
    pub watermark: Option<String>,
}

/// A property and its switch.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct PropertyRow {
    /// The vendor's id.
    pub property: String,
    /// Our id, if it was ever read.
    pub id: Option<String>,
    /// Its name, if the vendor gave one.
    pub name: Option<String>,
    /// Whether what belongs to it is read.
    pub enabled: bool,
    /// When somebody switched it.
    pub switched_at: Option<DateTime<Utc>>,
}

/// Which properties' records are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyFilter {
    /// Whether properties are on that nobody switched.
    pub on_by_default: bool,
    /// Vendor's ids of those that differ from it.
    pub exceptions: Vec<String>,
}

impl PropertyFilter {
    /// Every property.
    #[must_use]
    pub fn all() -> Self {
        Self {
            on_by_default: true,
            exceptions: Vec::new(),
        }
    }

    /// Whether records of this property are wanted. Records of no property always are.
    #[must_use]
    pub fn wants(&self, property: Option<&str>) -> bool {
        property.is_none_or(|property| {
            self.exceptions.iter().any(|one| one == property) != self.on_by_default
        })
    }
}

/// What is wanted of a model. The properties themselves are always read: else nobody could switch a new one on.
pub(crate) async fn property_filter(
    tx: &mut Tx,
    held: &RunLease,
    model: &str,
) -> Result<PropertyFilter, sqlx::Error> {
    if model == "properties" {
        return Ok(PropertyFilter::all());
    }
    let (on_by_default, exceptions) = sqlx::query_as(FILTER)
        .bind(&held.account_id)
        .bind(&held.integration_id)
        .fetch_one(tx.one())
        .await?;
    Ok(PropertyFilter {
        on_by_default,
        exceptions,
    })
}

const FILTER: &str = "select i.new_properties_are_enabled,
        array(select p.property from partition_setting p where p.account_id = i.account_id and p.integration_id = i.id
                and p.enabled <> i.new_properties_are_enabled)
     from integration i where i.account_id = $1 and i.id = $2";

/// The live parents in a model whose properties are wanted. $1 account, $2 integration, $3 parent model, $4 exceptions,
/// $5 on by default.
const PARENTS: &str =
    "from record r where r.account_id = $1 and r.integration_id = $2 and r.model = $3
     and r.deleted_at is null and (r.x_property_id is null or (r.x_property_id = any($4)) <> $5)";

impl Store {
    /// Which properties of an integration are wanted.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn property_filter(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<PropertyFilter, StoreError> {
        let (on_by_default, exceptions) = sqlx::query_as(FILTER)
            .bind(account_id)
            .bind(integration_id)
            .fetch_one(self.one())
            .await?;
        Ok(PropertyFilter {
            on_by_default,
            exceptions,
        })
    }

    /// The next live parents behind a key, in the order of their keys, with the checkpoints of the run's model over them.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    #[expect(
        clippy::too_many_arguments,
        reason = "one query, and each of them is a different thing"
    )]
    pub async fn parents(
        &self,
        held: &RunLease,
        parent_model: &str,
        fields: &[String],
        properties: &PropertyFilter,
        state_format: i32,
        behind: Option<(&str, &str)>,
        limit: i64,
    ) -> Result<Vec<ParentRow>, StoreError> {
        let (scope, external_id) = behind.unzip();
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select p.id, p.scope, p.external_id, p.fields, c.partition is not null as known, c.watermark
             from (select r.id, r.scope, r.external_id,
                          coalesce((select jsonb_object_agg(f, r.doc -> f) from unnest($6::text[]) f where r.doc ? f),
                                   '{{}}'::jsonb) as fields
                   {PARENTS} and ($8::text is null or (r.scope, r.external_id) > ($8, $9))
                   order by r.scope, r.external_id limit $10) p
             left join checkpoint c on c.account_id = $1 and c.integration_id = $2 and c.model = $7 and c.partition = p.id
                                   and c.state_format = $11
             order by p.scope, p.external_id"
        )))
        .bind(&held.account_id)
        .bind(&held.integration_id)
        .bind(parent_model)
        .bind(&properties.exceptions)
        .bind(properties.on_by_default)
        .bind(fields)
        .bind(&held.model)
        .bind(scope)
        .bind(external_id)
        .bind(limit)
        .bind(state_format)
        .fetch_all(self.one())
        .await?)
    }

    /// How many parents [`parents`](Self::parents) gives in all.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn count_parents(
        &self,
        held: &RunLease,
        parent_model: &str,
        properties: &PropertyFilter,
    ) -> Result<i64, StoreError> {
        Ok(
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) {PARENTS}")))
                .bind(&held.account_id)
                .bind(&held.integration_id)
                .bind(parent_model)
                .bind(&properties.exceptions)
                .bind(properties.on_by_default)
                .fetch_one(self.one())
                .await?,
        )
    }

    /// The properties of an integration that are live or were switched, in the order of the vendor's ids as text, with
    /// the number of all.
    ///
    /// # Errors
    /// `NotFound` when there is no such integration; `Unavailable`, `Database`.
    pub async fn list_properties(
        &self,
        account_id: &str,
        integration_id: &str,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<PropertyRow>, i64), StoreError> {
        const KNOWN: &str = "from (select external_id, id from record
                   where account_id = $1 and integration_id = $2 and model = 'properties' and deleted_at is null) r
             full join (select property, enabled, changed_at from partition_setting
                        where account_id = $1 and integration_id = $2) s on s.property = r.external_id";
        let rows = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            // Names are looked up for the page alone: to read one, its whole document is read.
            "select k.property, k.id,
                    (select r.doc ->> 'name' from record r
                     where r.account_id = $1 and r.model = 'properties' and r.id = k.id) as name,
                    coalesce(k.enabled, i.new_properties_are_enabled) as enabled, k.changed_at as switched_at
             from (select coalesce(r.external_id, s.property) as property, r.id, s.enabled, s.changed_at
                   {KNOWN} order by 1 limit $3 offset $4) k
             cross join (select new_properties_are_enabled from integration where account_id = $1 and id = $2) i
             order by 1"
        )))
        .bind(account_id)
        .bind(integration_id)
        .bind(limit)
        .bind(offset)
        .fetch_all(self.one())
        .await?;
        let total = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) {KNOWN}")))
            .bind(account_id)
            .bind(integration_id)
            .fetch_one(self.one())
            .await?;
        Ok((rows, total))
    }

    /// Switches properties on or off, by vendor's id. It holds from the next run on; what is stored stays.
    ///
    /// # Errors
    /// `NotFound` when there is no such integration; `Unavailable`, `Database`.
    pub async fn switch_properties(
        &self,
        account_id: &str,
        integration_id: &str,
        properties: &[String],
        enabled: bool,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        integration(&mut tx, account_id, integration_id).await?;
        sqlx::query(
            "insert into partition_setting (account_id, integration_id, property, enabled)
             select distinct $1, $2, p, $4 from unnest($3::text[]) p
             on conflict (account_id, integration_id, property) do update set enabled = excluded.enabled, changed_at = now()",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(properties)
        .bind(enabled)
        .execute(tx.one())
        .await?;
        if enabled {
            read_once_more(&mut tx, account_id, integration_id).await?;
        }
        tx.commit().await
    }

    /// Whether properties that appear from now on are read. Those that are known stay as they are.
    ///
    /// # Errors
    /// `NotFound` when there is no such integration; `Unavailable`, `Database`.
    pub async fn enable_new_properties(
        &self,
        account_id: &str,
        integration_id: &str,
        enabled: bool,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        integration(&mut tx, account_id, integration_id).await?;
        sqlx::query(
            "insert into partition_setting (account_id, integration_id, property, enabled)
             select r.account_id, r.integration_id, r.external_id, i.new_properties_are_enabled
             from record r join integration i on i.account_id = r.account_id and i.id = r.integration_id
             where r.account_id = $1 and r.integration_id = $2 and r.model = 'properties'
             on conflict (account_id, integration_id, property) do nothing",
        )
        .bind(account_id)
        .bind(integration_id)
        .execute(tx.one())
        .await?;
        sqlx::query("update integration set new_properties_are_enabled = $3 where account_id = $1 and id = $2")
            .bind(account_id)
            .bind(integration_id)
            .bind(enabled)
            .execute(tx.one())
            .await?;
        if enabled {
            read_once_more(&mut tx, account_id, integration_id).await?;
        }
        tx.commit().await
    }
}

/// What a property missed while it was off is older than the watermarks, and lies before the cursors of stopped runs:
/// everything is read once more. Runs that are open now leave no watermark either.
async fn read_once_more(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
) -> Result<(), StoreError> {
    for statement in [
        "update integration set properties_switched_at = clock_timestamp() where account_id = $1 and id = $2",
        "update checkpoint set watermark = null where account_id = $1 and integration_id = $2 and watermark is not null",
        "update run set cursor = null
         where account_id = $1 and integration_id = $2 and finished_at is not null and cursor is not null",
    ] {
        sqlx::query(statement)
            .bind(account_id)
            .bind(integration_id)
            .execute(tx.one())
            .await?;
    }
    Ok(())
}

async fn integration(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
) -> Result<(), StoreError> {
    sqlx::query("select from integration where account_id = $1 and id = $2 for update")
        .bind(account_id)
        .bind(integration_id)
        .fetch_one(tx.one())
        .await?;
    Ok(())
}
