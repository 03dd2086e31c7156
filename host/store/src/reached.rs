//! What a query reaches: which integrations, and how far the sync of its models is in them.

use crate::connection::Tx;
use crate::filter::named_integration;
use crate::{ListQuery, StoreError};
use chrono::{DateTime, Utc};

/// What is known about the sync of one model of an integration that a query reaches.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SyncStateRow {
    /// The integration.
    pub integration_id: String,
    /// The model.
    pub model: String,
    /// The model ended once in a word other than failed, cancelled and abandoned.
    pub settled: bool,
    /// It is not settled, and a sync is open.
    pub first_sync_running: bool,
    /// When the last complete full run ended.
    pub last_complete_full_at: Option<DateTime<Utc>>,
    /// Records that are not deleted.
    pub live_rows: i64,
}

/// The integrations that a query reaches. An account may have ten thousand, so most are summed up and not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// How they are with the query's own model.
    pub sum: ReachedSum,
    /// The models of the integration that the query names; where it names none, those that are not settled, in
    /// integrations that are not put away, if the query wants them. The query's own model first, then by id.
    pub sync_state: Vec<SyncStateRow>,
}

/// How the integrations that a query reaches are with its own model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct ReachedSum {
    /// How many there are.
    pub integrations: i64,
    /// It is settled in one of them.
    pub settled: bool,
    /// It is not settled in one of them.
    pub unsettled: bool,
    /// It is not settled in one of them, and a sync is open there.
    pub first_sync_running: bool,
    /// Records that are not deleted.
    pub live_rows: i64,
}

/// Finds out what a query reaches.
pub(crate) async fn reached(tx: &mut Tx, query: &ListQuery) -> Result<Reached, StoreError> {
    let named = named_integration(&query.filters);
    let sync_state = match named {
        None if !query.with_states => Vec::new(),
        _ => sync_state(tx, query, named).await?,
    };
    if named.is_some() {
        let own: Vec<&SyncStateRow> = sync_state
            .iter()
            .filter(|row| row.model == query.model)
            .collect();
        let sum = ReachedSum {
            integrations: own.len() as i64,
            settled: own.iter().any(|row| row.settled),
            unsettled: own.iter().any(|row| !row.settled),
            first_sync_running: own.iter().any(|row| row.first_sync_running),
            live_rows: own.iter().map(|row| row.live_rows).sum(),
        };
        return Ok(Reached { sum, sync_state });
    }
    // Open syncs are few, so they are looked at by themselves: with the ten thousand kept at hand for them, it took
    // twice as long.
    let sum = sqlx::query_as(
        "select count(*) as integrations, coalesce(bool_or(m.settled), false) as settled,
                coalesce(bool_or(m.settled is not true), false) as unsettled,
                exists (select from sync s
                        join integration o on o.account_id = s.account_id and o.id = s.integration_id
                        where s.account_id = $1 and s.finished_at is null
                            and o.environment = $3 and ($4::text[] is null or o.id = any($4))
                            and not exists (select from model_state of_it
                                            where of_it.account_id = $1 and of_it.integration_id = s.integration_id
                                                and of_it.model = $2 and of_it.settled)) as first_sync_running,
                coalesce(sum(m.live_rows), 0)::bigint as live_rows
         from integration i
         left join model_state m on m.account_id = $1 and m.integration_id = i.id and m.model = $2
         where i.account_id = $1 and i.environment = $3 and ($4::text[] is null or i.id = any($4))",
    )
    .bind(&query.account_id)
    .bind(&query.model)
    .bind(query.environment)
    .bind(query.within.as_deref())
    .fetch_one(tx.one())
    .await?;
    Ok(Reached { sum, sync_state })
}

/// How far the models of a query are, those that it follows among them, in one statement: of the integration that is
/// named, or as [`Reached::sync_state`] has it.
pub(crate) async fn sync_state(
    tx: &mut Tx,
    query: &ListQuery,
    integration_id: Option<&str>,
) -> Result<Vec<SyncStateRow>, StoreError> {
    let mut models = vec![query.model.as_str()];
    for follow in &query.follow {
        if !models.contains(&follow.model.as_str()) {
            models.push(&follow.model);
        }
    }
    Ok(sqlx::query_as(
        "select i.id as integration_id, a.model, coalesce(m.settled, false) as settled,
                not coalesce(m.settled, false) and exists (
                    select from sync s where s.account_id = i.account_id and s.integration_id = i.id and s.finished_at is null
                ) as first_sync_running,
                m.last_complete_full_at, coalesce(m.live_rows, 0) as live_rows
         from integration i
         cross join unnest($2::text[]) with ordinality as a (model, place)
         left join model_state m on m.account_id = i.account_id and m.integration_id = i.id and m.model = a.model
         where i.account_id = $1 and i.environment = $3
            and (i.id = $4 or $4::text is null and i.archived_at is null and not coalesce(m.settled, false))
            and ($5::text[] is null or i.id = any($5))
         order by a.place, i.id",
    )
    .bind(&query.account_id)
    .bind(models)
    .bind(query.environment)
    .bind(integration_id)
    .bind(query.within.as_deref())
    .fetch_all(tx.one())
    .await?)
}
