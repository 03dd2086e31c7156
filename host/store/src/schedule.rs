//! When integrations sync by themselves: what was asked for, and the next times.
//!
//! What a pattern means is not known here: whoever can compute a next time does, and this module keeps it. A time that is
//! not known is null; a replica's scheduler finds such rows and fills them in.

use crate::connection::Tx;
use crate::{Environment, IntegrationRow, Store, StoreError};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// How often an integration syncs in production unless somebody says otherwise: seconds after the end of the last sync.
pub const DEFAULT_EVERY_S: i64 = 12 * 60 * 60;

words! {
    /// What decides when it syncs.
    ScheduleKind {
        /// Only somebody who asks.
        OnDemand = "on_demand",
        /// The time since the end of the last sync.
        Interval = "interval",
        /// The clock on the wall of a time zone.
        Cron = "cron",
    }
}

/// The schedule of an integration, or of one of its models.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ScheduleRow {
    /// The model, `""` for the integration's own schedule.
    pub model: String,
    /// What decides.
    pub kind: ScheduleKind,
    /// For an interval: seconds after the end of the last sync.
    pub every_s: Option<i64>,
    /// For the clock: a pattern of five fields.
    pub cron: Option<String>,
    /// For the clock: an IANA time zone.
    pub zone: Option<String>,
    /// The next time; `None` while it is not known. It may have passed: then a sync follows as soon as one may.
    pub next_due_at: Option<DateTime<Utc>>,
}

/// The schedules of an integration that has something to be done about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegrationSchedules {
    /// Whose integration it is.
    pub account_id: String,
    /// The integration.
    pub integration_id: String,
    /// All of them, the integration's own first.
    pub schedules: Vec<ScheduleRow>,
    /// When the last sync that counts ended, by model; the integration's own under `""`.
    pub last_ends: Vec<(String, DateTime<Utc>)>,
    /// The database's clock.
    pub now: DateTime<Utc>,
}

/// A time that has passed, and the one after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// The model, `""` for the integration's own schedule.
    pub model: String,
    /// The time that has passed.
    pub due_at: DateTime<Utc>,
    /// The one after it; `None` for an interval, which counts from the end of the sync.
    pub next_due_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "model, kind, every_s, cron, zone, next_due_at";

impl Store {
    /// The schedules of one integration with what is needed to compute their next times.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn schedules(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<IntegrationSchedules, StoreError> {
        let schedules = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from schedule where account_id = $1 and integration_id = $2 order by model"
        )))
        .bind(account_id)
        .bind(integration_id)
        .fetch_all(self.one())
        .await?;
        let last_ends = sqlx::query_as(
            "select sc.model, max(s.finished_at) from schedule sc
             join sync s on s.account_id = sc.account_id and s.integration_id = sc.integration_id
                        and s.finished_at is not null and not s.back_sync
             where sc.account_id = $1 and sc.integration_id = $2
               and (sc.model = '' and s.whole or exists (select from run r where r.account_id = s.account_id and r.sync_id = s.id
                                               and r.model = sc.model))
             group by sc.model",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_all(self.one())
        .await?;
        Ok(IntegrationSchedules {
            account_id: account_id.to_owned(),
            integration_id: integration_id.to_owned(),
            schedules,
            last_ends,
            now: self.database_now().await?,
        })
    }

    /// Replaces all schedules of an integration. One with the model `""` must be among them.
    ///
    /// # Errors
    /// `NotFound`; `Conflict{schedule_missing}`; `Unavailable`, `Database`.
    pub async fn replace_schedules(
        &self,
        account_id: &str,
        integration_id: &str,
        schedules: &[ScheduleRow],
    ) -> Result<(), StoreError> {
        if !schedules.iter().any(|schedule| schedule.model.is_empty()) {
            return Err(StoreError::Conflict {
                what: "schedule_missing",
            });
        }
        let mut tx = self.begin().await?;
        sqlx::query("select from integration where account_id = $1 and id = $2 for no key update")
            .bind(account_id)
            .bind(integration_id)
            .fetch_one(tx.one())
            .await?;
        sqlx::query("delete from schedule where account_id = $1 and integration_id = $2")
            .bind(account_id)
            .bind(integration_id)
            .execute(tx.one())
            .await?;
        for schedule in schedules {
            sqlx::query(
                "insert into schedule (account_id, integration_id, model, kind, every_s, cron, zone, next_due_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(account_id)
            .bind(integration_id)
            .bind(&schedule.model)
            .bind(schedule.kind)
            .bind(schedule.every_s)
            .bind(&schedule.cron)
            .bind(&schedule.zone)
            .bind(schedule.next_due_at)
            .execute(tx.one())
            .await?;
        }
        tx.commit().await
    }

    /// Integrations that are due, at most `most`, those that waited longest first: enabled, with credentials that are not
    /// refused, and without an open sync. They are left alone by other replicas for `hold`.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn take_due_integrations(
        &self,
        most: i64,
        hold: Duration,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut found: Vec<(String, String)> = sqlx::query_as(
            "update schedule c set taken_until = now() + make_interval(secs => $2)
             from (select c.account_id, c.integration_id, c.model from schedule c
                   join integration i on i.account_id = c.account_id and i.id = c.integration_id
                   where c.next_due_at <= now() and (c.taken_until is null or c.taken_until <= now())
                     and i.enabled and i.credentials <> 'rejected'
                     and not exists (select from sync s where s.account_id = c.account_id
                                       and s.integration_id = c.integration_id and s.finished_at is null and not s.back_sync)
                   order by c.next_due_at limit $1 for update of c skip locked) due
             where c.account_id = due.account_id and c.integration_id = due.integration_id and c.model = due.model
             returning c.account_id, c.integration_id",
        )
        .bind(most)
        .bind(hold.as_secs_f64())
        .fetch_all(self.one())
        .await?;
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// Integrations whose next time is to be computed: by the clock, or an interval whose last sync has ended.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn unknown_times(&self, most: i64) -> Result<Vec<(String, String)>, StoreError> {
        let mut found: Vec<(String, String)> = sqlx::query_as(
            "select c.account_id, c.integration_id from schedule c
             join integration i on i.account_id = c.account_id and i.id = c.integration_id
             where c.next_due_at is null and c.kind <> 'on_demand' and i.enabled
               and (c.kind = 'cron'
                    or not exists (select from sync s where s.account_id = c.account_id
                                     and s.integration_id = c.integration_id and s.finished_at is null and not s.back_sync))
             limit $1",
        )
        .bind(most)
        .fetch_all(self.one())
        .await?;
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// Fills in a next time, where it is still unknown.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn set_next_time(
        &self,
        account_id: &str,
        integration_id: &str,
        model: &str,
        next_due_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update schedule c set next_due_at = $4 from integration i
             where c.account_id = $1 and c.integration_id = $2 and c.model = $3 and c.next_due_at is null
               and i.account_id = c.account_id and i.id = c.integration_id and i.enabled",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(model)
        .bind(next_due_at)
        .execute(self.one())
        .await?;
        Ok(())
    }
}

/// The schedule of a new integration.
pub(crate) async fn insert_default(
    tx: &mut Tx,
    integration: &IntegrationRow,
) -> Result<(), StoreError> {
    let (kind, every_s) = match integration.environment {
        Environment::Production => (ScheduleKind::Interval, Some(DEFAULT_EVERY_S)),
        Environment::Sandbox => (ScheduleKind::OnDemand, None),
    };
    sqlx::query(
        "insert into schedule (account_id, integration_id, kind, every_s) values ($1, $2, $3, $4)",
    )
    .bind(&integration.account_id)
    .bind(&integration.id)
    .bind(kind)
    .bind(every_s)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// An integration was enabled or disabled: times from before do not count.
pub(crate) async fn forget_times(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "update schedule set next_due_at = null, taken_until = null where account_id = $1 and integration_id = $2",
    )
    .bind(account_id)
    .bind(integration_id)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// A sync has ended: intervals count from now, of each model that it had, and of the integration if it had every model
/// that goes by the integration's own schedule. One of a single model does not put the others off.
pub(crate) async fn count_from_here(
    tx: &mut Tx,
    account_id: &str,
    sync_id: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "update schedule c set next_due_at = now() + make_interval(secs => c.every_s), taken_until = null
         from sync s join integration i on i.account_id = s.account_id and i.id = s.integration_id
         where s.account_id = $1 and s.id = $2 and not s.back_sync and i.enabled
           and c.account_id = s.account_id and c.integration_id = s.integration_id and c.kind = 'interval'
           and (c.model = '' and s.whole or exists (select from run r where r.account_id = s.account_id and r.sync_id = s.id
                                                      and r.model = c.model))",
    )
    .bind(account_id)
    .bind(sync_id)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// Gives times that have passed their next ones; `false`, and nothing, if one of them is no longer what was seen.
pub(crate) async fn fire(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
    fired: &[Fired],
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update schedule c set next_due_at = f.next, taken_until = null
         from unnest($3::text[], $4::timestamptz[], $5::timestamptz[]) as f(model, due, next)
         where c.account_id = $1 and c.integration_id = $2 and c.model = f.model and c.next_due_at = f.due",
    )
    .bind(account_id)
    .bind(integration_id)
    .bind(fired.iter().map(|f| f.model.as_str()).collect::<Vec<_>>())
    .bind(fired.iter().map(|f| f.due_at).collect::<Vec<_>>())
    .bind(fired.iter().map(|f| f.next_due_at).collect::<Vec<_>>())
    .execute(tx.one())
    .await?;
    Ok(done.rows_affected() == fired.len() as u64)
}
