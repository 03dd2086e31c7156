//! Access checks and what they found: which models the credentials can read.

use crate::connection::Tx;
use crate::{CheckStatus, IntegrationRow, Store, StoreError, Verdict, Wake, random_id};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::time::Duration;

/// An access check.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct AccessCheckRow {
    /// Whose integration it is.
    pub account_id: String,
    /// `int_…`.
    pub integration_id: String,
    /// `chk_…`.
    pub id: String,
    /// Where it stands.
    pub status: CheckStatus,
    /// How it ended: a stable word.
    pub outcome: Option<String>,
    /// More about it.
    pub message: Option<String>,
    /// When somebody asked for it.
    pub created_at: DateTime<Utc>,
    /// When a worker took it first.
    pub started_at: Option<DateTime<Utc>>,
    /// When it must have ended.
    pub deadline_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether it tries new credentials in place of the integration's.
    pub candidate: bool,
}

/// The right to write results of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckLease {
    /// Whose integration it is.
    pub account_id: String,
    /// The integration.
    pub integration_id: String,
    /// The check.
    pub check_id: String,
    /// Grows with each claim; an older one can write nothing.
    pub fence: i64,
}

/// A check that this worker holds now.
#[derive(Debug, Clone)]
pub struct ClaimedCheck {
    /// The right to write its results.
    pub lease: CheckLease,
    /// The integration as it is now.
    pub integration: IntegrationRow,
    /// When a worker took it first.
    pub started_at: DateTime<Utc>,
    /// When it must have ended, on the database's clock. It does not move when another worker goes on.
    pub deadline_at: DateTime<Utc>,
    /// The database's clock at the claim.
    pub now: DateTime<Utc>,
    /// Whether it tries new credentials, which are in the vault, in place of the integration's.
    pub candidate: bool,
    /// The place in a trace at which the check was queued, for `portcullis_trace::go_on`.
    pub trace: Option<String>,
}

/// What was found out about one model.
#[derive(Debug, Clone)]
pub struct NewVerdict {
    /// What can be read.
    pub verdict: Verdict,
    /// Why, in the vendor's own words where it gave some.
    pub message: Option<String>,
    /// How many records the vendor says there are.
    pub record_count: Option<i64>,
    /// What children of this model are probed with: never served.
    pub sample: Option<Value>,
    /// Parts that cannot be read: an array of strings.
    pub restrictions: Value,
    /// What was asked and answered: an array of objects.
    pub evidence: Value,
}

/// What is known about one model.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct DataAccessRow {
    /// The model.
    pub model: String,
    /// What can be read.
    pub verdict: Verdict,
    /// Why.
    pub message: Option<String>,
    /// How many records the vendor says there are.
    pub record_count: Option<i64>,
    /// What children of this model are probed with: never served.
    pub sample: Option<Value>,
    /// Parts that cannot be read.
    pub restrictions: Value,
    /// What was asked and answered.
    pub evidence: Value,
    /// When it was found out.
    pub checked_at: DateTime<Utc>,
    /// By which check.
    pub check_id: String,
}

/// All that is known about an integration's access.
#[derive(Debug, Clone, PartialEq)]
pub struct DataAccess {
    /// One row per model that was ever probed, by name.
    pub models: Vec<DataAccessRow>,
    /// The newest check; unfinished while one is queued or running.
    pub check: Option<AccessCheckRow>,
}

const CHECK_COLUMNS: &str = "account_id, integration_id, id, status, outcome, message, created_at, started_at, deadline_at, finished_at, candidate";

pub(crate) async fn insert_check(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
) -> Result<String, StoreError> {
    let id = random_id("chk_");
    let span = tracing::info_span!(target: portcullis_trace::TARGET, "access check queued", otel.kind = "producer",
        check_id = id, integration = portcullis_trace::log_name(integration_id));
    sqlx::query(
        "insert into access_check (account_id, integration_id, id, trace) values ($1, $2, $3, $4)",
    )
    .bind(account_id)
    .bind(integration_id)
    .bind(&id)
    .bind(portcullis_trace::of(&span))
    .execute(tx.one())
    .await
    .map_err(|e| StoreError::on_duplicate(e, "check_running"))?;
    Ok(id)
}

impl Store {
    /// Queues an access check and returns its id.
    ///
    /// # Errors
    /// `NotFound`; `Conflict{integration_archived}`; `Conflict{check_running}` when one is unfinished; `Unavailable`,
    /// `Database`.
    pub async fn start_access_check(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<String, StoreError> {
        let mut tx = self.begin().await?;
        let archived: bool = sqlx::query_scalar(
            "select archived_at is not null from integration where account_id = $1 and id = $2 for share",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_one(tx.one())
        .await?;
        if archived {
            return Err(StoreError::Conflict {
                what: "integration_archived",
            });
        }
        let id = insert_check(&mut tx, account_id, integration_id).await?;
        tx.notify(&Wake::Work).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Takes the oldest check that nobody holds, for `lease`. The first claim sets the deadline to `budget` from now.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn claim_access_check(
        &self,
        worker: &str,
        lease: Duration,
        budget: Duration,
    ) -> Result<Option<ClaimedCheck>, StoreError> {
        type Claimed = (
            String,
            String,
            String,
            i64,
            DateTime<Utc>,
            DateTime<Utc>,
            DateTime<Utc>,
            bool,
            Option<String>,
        );
        let claimed: Option<Claimed> = sqlx::query_as(
            "update access_check c set status = 'running', worker = $1, lease_until = now() + make_interval(secs => $2),
                    fence = fence + 1, started_at = coalesce(started_at, now()),
                    deadline_at = coalesce(deadline_at, now() + make_interval(secs => $3))
             from (select account_id, id from access_check
                   where status = 'queued' or (status = 'running' and lease_until < now())
                   order by created_at limit 1 for update skip locked) due
             where c.account_id = due.account_id and c.id = due.id
             returning c.account_id, c.integration_id, c.id, c.fence, c.started_at, c.deadline_at, now(), c.candidate, c.trace",
        )
        .bind(worker)
        .bind(lease.as_secs_f64())
        .bind(budget.as_secs_f64())
        .fetch_optional(self.one())
        .await?;
        let Some((
            account_id,
            integration_id,
            check_id,
            fence,
            started_at,
            deadline_at,
            now,
            candidate,
            trace,
        )) = claimed
        else {
            return Ok(None);
        };
        let integration = self.get_integration(&account_id, &integration_id).await?;
        let lease = CheckLease {
            account_id,
            integration_id,
            check_id,
            fence,
        };
        Ok(Some(ClaimedCheck {
            lease,
            integration,
            started_at,
            deadline_at,
            now,
            candidate,
            trace,
        }))
    }

    /// Keeps a check for another `lease`.
    ///
    /// # Errors
    /// `LeaseLost`, `Unavailable` or `Database`.
    pub async fn heartbeat_access_check(
        &self,
        held: &CheckLease,
        lease: Duration,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update access_check set lease_until = now() + make_interval(secs => $4)
             where account_id = $1 and id = $2 and fence = $3 and status = 'running'",
        )
        .bind(&held.account_id)
        .bind(&held.check_id)
        .bind(held.fence)
        .bind(lease.as_secs_f64())
        .execute(self.one())
        .await?;
        if done.rows_affected() == 0 {
            Err(StoreError::LeaseLost)
        } else {
            Ok(())
        }
    }

    /// Writes down what was found out about one model, as soon as it is known.
    ///
    /// # Errors
    /// `LeaseLost`, `Unavailable` or `Database`.
    pub async fn save_verdict(
        &self,
        held: &CheckLease,
        model: &str,
        new: NewVerdict,
    ) -> Result<(), StoreError> {
        // The fence is locked for the length of the statement, so a newer holder's verdict is never overwritten.
        let done = sqlx::query(
            "with held as (select account_id, integration_id, id from access_check
                           where account_id = $1 and id = $2 and fence = $3 and status = 'running' for update)
             insert into data_access (account_id, integration_id, model, verdict, message, record_count, sample,
                                      restrictions, evidence, check_id)
             select account_id, integration_id, $4, $5, $6, $7, $8, $9, $10, id from held
             on conflict (account_id, integration_id, model) do update set verdict = excluded.verdict,
                message = excluded.message, record_count = excluded.record_count, sample = excluded.sample,
                restrictions = excluded.restrictions, evidence = excluded.evidence, checked_at = now(),
                check_id = excluded.check_id",
        )
        .bind(&held.account_id)
        .bind(&held.check_id)
        .bind(held.fence)
        .bind(model)
        .bind(new.verdict)
        .bind(new.message)
        .bind(new.record_count)
        .bind(new.sample)
        .bind(new.restrictions)
        .bind(new.evidence)
        .execute(self.one())
        .await?;
        if done.rows_affected() == 0 {
            Err(StoreError::LeaseLost)
        } else {
            Ok(())
        }
    }

    /// Ends a check.
    ///
    /// # Errors
    /// `LeaseLost`, `Unavailable` or `Database`.
    pub async fn finish_access_check(
        &self,
        held: &CheckLease,
        outcome: &str,
        message: Option<&str>,
    ) -> Result<(), StoreError> {
        // Credentials that were tried and not taken are gone with the check.
        let done = sqlx::query(
            "with ended as (
                update access_check set status = 'finished', outcome = $4, message = $5, finished_at = now(), worker = null,
                       lease_until = null
                where account_id = $1 and id = $2 and fence = $3 and status = 'running' returning account_id, id),
             dropped as (delete from credential_candidate c using ended e
                         where c.account_id = e.account_id and c.check_id = e.id)
             select from ended",
        )
        .bind(&held.account_id)
        .bind(&held.check_id)
        .bind(held.fence)
        .bind(outcome)
        .bind(message)
        .execute(self.one())
        .await?;
        if done.rows_affected() == 0 {
            Err(StoreError::LeaseLost)
        } else {
            Ok(())
        }
    }

    /// One check.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn get_access_check(
        &self,
        account_id: &str,
        check_id: &str,
    ) -> Result<AccessCheckRow, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {CHECK_COLUMNS} from access_check where account_id = $1 and id = $2"
        )))
        .bind(account_id)
        .bind(check_id)
        .fetch_one(self.one())
        .await?)
    }

    /// What is known about an integration's access, and its newest check. The check is read first: one that is finished
    /// here has all its verdicts in `models`.
    ///
    /// # Errors
    /// `Unavailable` or `Database`. An unknown integration has no rows.
    pub async fn data_access(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<DataAccess, StoreError> {
        let check = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {CHECK_COLUMNS} from access_check where account_id = $1 and integration_id = $2
             order by (status <> 'finished') desc, created_at desc limit 1"
        )))
        .bind(account_id)
        .bind(integration_id)
        .fetch_optional(self.one())
        .await?;
        let models = sqlx::query_as(
            "select model, verdict, message, record_count, sample, restrictions, evidence, checked_at, check_id
             from data_access where account_id = $1 and integration_id = $2 order by model",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_all(self.one())
        .await?;
        Ok(DataAccess { models, check })
    }
}
