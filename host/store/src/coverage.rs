//! Which fields of the stored records a vendor fills.

use std::collections::BTreeMap;

use crate::{Environment, Store, StoreError};

/// The most integrations that are looked at: the newest ones.
const MOST_INTEGRATIONS: i64 = 20;

/// The most records of a model that are looked at, over all integrations together. Reading them costs some
/// milliseconds a model, however many there are.
const MOST_RECORDS: i64 = 2_000;

/// What was seen of one model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldCoverage {
    /// Records that were looked at. Deleted ones are not.
    pub records: i64,
    /// In how many of them a field has a value, by the field's name; fields that nobody filled are left out.
    pub filled: BTreeMap<String, i64>,
}

impl Store {
    /// What the account's integrations of a vendor filled, by model: of each integration the first records in the order
    /// of their keys. A model without records is left out.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn field_coverage(
        &self,
        account_id: &str,
        environment: Environment,
        vendor: &str,
        models: &[String],
        within: Option<&[String]>,
    ) -> Result<BTreeMap<String, FieldCoverage>, StoreError> {
        let integrations: Vec<String> = sqlx::query_scalar(
            "select id from integration
             where account_id = $1 and environment = $2 and vendor = $3 and archived_at is null
               and ($5::text[] is null or id = any($5))
             order by created_at desc, id limit $4",
        )
        .bind(account_id)
        .bind(environment)
        .bind(vendor)
        .bind(MOST_INTEGRATIONS)
        .bind(within)
        .fetch_all(self.one())
        .await?;
        let each = MOST_RECORDS / i64::try_from(integrations.len().max(1)).unwrap_or(MOST_RECORDS);
        // A document holds the fields that are filled and no others.
        let counts: Vec<(String, Option<String>, i64)> = sqlx::query_as(
            "with looked_at as materialized (
                select m.model, r.doc
                from unnest($2::text[]) m(model)
                cross join unnest($3::text[]) i(id)
                cross join lateral (
                    select doc from record
                    where account_id = $1 and model = m.model and integration_id = i.id and deleted_at is null
                    order by scope, external_id limit $4) r)
             select model, null, count(*) from looked_at group by model
             union all
             select model, field, count(*) from looked_at cross join lateral jsonb_object_keys(doc) field
             group by model, field",
        )
        .bind(account_id)
        .bind(models)
        .bind(&integrations)
        .bind(each.max(1))
        .fetch_all(self.one())
        .await?;
        let mut coverage: BTreeMap<String, FieldCoverage> = BTreeMap::new();
        for (model, field, count) in counts {
            let seen = coverage.entry(model).or_default();
            match field {
                None => seen.records = count,
                Some(field) => drop(seen.filled.insert(field, count)),
            }
        }
        Ok(coverage)
    }
}
