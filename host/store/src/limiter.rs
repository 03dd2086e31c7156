//! What replicas share about vendors' limits: one versioned state per limit, written by whoever read the newest one.
//!
//! The state is opaque here. A write names the version that it was made from; if another replica was faster, nothing
//! is written and the newer state comes back, so that the caller makes its write anew. Many limits go in one statement.

use crate::{Store, StoreError};
use std::time::Duration;

/// A new state of one limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimiterWrite {
    /// A fingerprint of the credentials, or a connector's id.
    pub scope: String,
    /// The limit's name.
    pub bucket: String,
    /// The version that the state was made from; 0 if none is known.
    pub version: i64,
    /// The new state.
    pub state: String,
    /// How long the state says something; afterwards its row may go.
    pub keep: Duration,
}

/// What became of one write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LimiterOutcome {
    /// It is stored under this version.
    Written {
        /// The version of what was written.
        version: i64,
    },
    /// Somebody else was faster; nothing was written.
    Newer {
        /// The version of what is stored.
        version: i64,
        /// What is stored.
        state: String,
    },
    /// Somebody else is writing at this moment; ask again.
    Busy,
}

/// The answer to a batch of writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimiterAnswer {
    /// The database's clock while the statement ran, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// One outcome per write, in their order.
    pub outcomes: Vec<LimiterOutcome>,
}

impl Store {
    /// Writes the states of several limits in one statement, each unless somebody else was faster. Without writes it
    /// only reads the clock.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn write_limiters(
        &self,
        writes: &[LimiterWrite],
    ) -> Result<LimiterAnswer, StoreError> {
        if writes.is_empty() {
            let now_ms = sqlx::query_scalar(
                "select floor(extract(epoch from clock_timestamp()) * 1000)::bigint",
            )
            .fetch_one(self.one())
            .await?;
            return Ok(LimiterAnswer {
                now_ms,
                outcomes: Vec::new(),
            });
        }
        // One order for everybody: new rows are waited for, and two replicas must not wait for each other.
        let mut sorted: Vec<&LimiterWrite> = writes.iter().collect();
        sorted.sort_by(|a, b| (&a.scope, &a.bucket).cmp(&(&b.scope, &b.bucket)));
        type Row = (
            i64,
            String,
            String,
            Option<i64>,
            Option<i64>,
            Option<String>,
        );
        let rows: Vec<Row> = sqlx::query_as(
            "with want as (
                select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::float8[]) as w(scope, bucket, version, state, keep)
             ), made as (
                insert into limiter (scope, bucket, version, state, idle_at)
                select scope, bucket, 1, state, now() + make_interval(secs => keep) from want where version = 0
                on conflict do nothing returning scope, bucket, version
             ), free as (
                select l.scope, l.bucket from limiter l join want w using (scope, bucket)
                where l.version = w.version for update of l skip locked
             ), kept as (
                update limiter l set version = l.version + 1, state = w.state, idle_at = now() + make_interval(secs => w.keep)
                from want w join free f using (scope, bucket)
                where l.scope = w.scope and l.bucket = w.bucket
                returning l.scope, l.bucket, l.version
             )
             select floor(extract(epoch from clock_timestamp()) * 1000)::bigint, w.scope, w.bucket,
                    coalesce(made.version, kept.version), l.version, l.state
             from want w left join made using (scope, bucket) left join kept using (scope, bucket)
             left join limiter l using (scope, bucket)",
        )
        .bind(sorted.iter().map(|w| w.scope.as_str()).collect::<Vec<_>>())
        .bind(sorted.iter().map(|w| w.bucket.as_str()).collect::<Vec<_>>())
        .bind(sorted.iter().map(|w| w.version).collect::<Vec<_>>())
        .bind(sorted.iter().map(|w| w.state.as_str()).collect::<Vec<_>>())
        .bind(sorted.iter().map(|w| w.keep.as_secs_f64()).collect::<Vec<_>>())
        .fetch_all(self.one())
        .await?;
        // The earliest reading: whoever believes that it is earlier than it is only waits longer.
        let now_ms = rows.iter().map(|row| row.0).min().unwrap_or_default();
        let outcome = |write: &LimiterWrite| {
            let row = rows
                .iter()
                .find(|row| row.1 == write.scope && row.2 == write.bucket);
            match row {
                Some((.., Some(version), _, _)) => LimiterOutcome::Written { version: *version },
                Some((.., None, Some(version), Some(state))) if *version != write.version => {
                    LimiterOutcome::Newer {
                        version: *version,
                        state: state.clone(),
                    }
                }
                _ => LimiterOutcome::Busy,
            }
        };
        Ok(LimiterAnswer {
            now_ms,
            outcomes: writes.iter().map(outcome).collect(),
        })
    }

    /// Removes limits that nobody used for longer than their windows; says how many.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn forget_idle_limiters(&self) -> Result<u64, StoreError> {
        let gone = sqlx::query("delete from limiter where idle_at < now()")
            .execute(self.one())
            .await?;
        Ok(gone.rows_affected())
    }
}
