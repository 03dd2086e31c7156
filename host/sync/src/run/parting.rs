//! How a run is left, and what is tried before.

use super::{FAILED_IN_A_ROW, Run};
use crate::leaving::{Exit, cancelled, database_down, skipped, store_refused};
use crate::reaction::{Cause, Decision, STUBBORN_LIMIT, TRANSIENT_LIMIT, backoff};
use portcullis_store::{CommitError, SpanWish, Status, StoreError};
use std::time::Duration;

impl Run<'_> {
    /// Leaves after a failed call, with the pages before it stored.
    pub(super) async fn left(
        &mut self,
        decision: &Decision,
        cause: Cause,
    ) -> Result<Exit, CommitError> {
        let failures = self.failures;
        if let Some(stop) = self.flush().await? {
            return Ok(stop);
        }
        Ok(self.exit(
            decision,
            cause,
            if self.failures == 0 { 0 } else { failures },
        ))
    }

    /// Whether the same page can be asked for at once in another way: `Some(None)` if so, `Some(exit)` if the
    /// attempt to prepare for it ended the run.
    pub(super) async fn adapt(
        &mut self,
        decision: &Decision,
    ) -> Result<Option<Option<Exit>>, CommitError> {
        if self.failures >= STUBBORN_LIMIT {
            return Ok(None);
        }
        let failures = self.failures + 1;
        let Some(lane) = self.feed.first() else {
            return Ok(None);
        };
        let all = *decision == Decision::ReadAll;
        let stopped = match decision {
            Decision::HalfTarget if self.target > 1 => {
                self.target /= 2;
                None
            }
            Decision::RestartPages if lane.cursor.is_none() => return Ok(None),
            Decision::ReadAll if lane.full() => return Ok(None),
            Decision::RestartPages | Decision::ReadAll if lane.parent.is_some() => {
                lane.restart(all);
                None
            }
            Decision::ReadAll => self.restart(SpanWish::Full).await?,
            Decision::RestartPages => self.restart(self.wish.clone()).await?,
            _ => return Ok(None),
        };
        self.failures = failures;
        Ok(Some(stopped))
    }

    /// How many parents in a row may be passed by for a failure like this; `None` if it may go away, or says nothing
    /// about the parent.
    pub(super) fn most_passed_by(&self, decision: &Decision, cause: &Cause) -> Option<u32> {
        match decision {
            Decision::Skip(_) => Some(self.shared.config.caps.refused_partitions),
            Decision::Retry { limit, .. } if self.failures + 1 >= *limit => Some(FAILED_IN_A_ROW),
            Decision::HalfTarget | Decision::RestartPages | Decision::ReadAll => {
                Some(FAILED_IN_A_ROW)
            }
            Decision::Fail if cause.code == "connector_failed" => Some(FAILED_IN_A_ROW),
            _ => None,
        }
    }

    fn exit(&self, decision: &Decision, cause: Cause, failures: u32) -> Exit {
        match decision {
            Decision::Park(wait) => Exit::Later {
                wait: *wait,
                cause,
                failed: false,
            },
            Decision::Retry { at_least, limit } if failures + 1 < *limit => Exit::Later {
                wait: backoff(failures, *at_least, rand::random()),
                cause,
                failed: true,
            },
            Decision::Skip(skip) => Exit::Ended {
                status: skipped(*skip),
                cause,
            },
            Decision::Cancelled if self.signals.lost.is_cancelled() => Exit::Lost,
            Decision::Cancelled => Exit::Ended {
                status: Status::Cancelled,
                cause: cancelled(),
            },
            _ => Exit::Ended {
                status: Status::Failed,
                cause,
            },
        }
    }

    /// A run that the vendor refuses for secrets that were replaced meanwhile goes on with the new ones.
    pub(super) async fn unless_replaced(&self, exit: Exit) -> Exit {
        match exit {
            Exit::Ended { cause, .. }
                if cause.code == "credentials_rejected" && self.is_replaced().await =>
            {
                Exit::Later {
                    wait: Duration::ZERO,
                    cause,
                    failed: false,
                }
            }
            exit => exit,
        }
    }

    async fn is_replaced(&self) -> bool {
        let now = self.shared.caller(&self.integration).await;
        now.is_ok_and(|now| now.fingerprints() != self.caller.fingerprints())
    }

    /// The database failed: the run stays as it was committed. Where the database does not answer, the run waits for it,
    /// however long; what it refuses whenever it is asked is no matter of waiting.
    pub(super) fn broken(&self, error: &CommitError) -> Exit {
        tracing::warn!(run = %self.lease.run_id, error = %error, "a commit failed");
        if let CommitError::Data { .. }
        | CommitError::Store(StoreError::Database(_) | StoreError::Corrupt(_)) = error
        {
            let again = Decision::Retry {
                at_least: Duration::ZERO,
                limit: TRANSIENT_LIMIT,
            };
            return self.exit(&again, store_refused(), self.failures);
        }
        Exit::Later {
            wait: backoff(self.failures, Duration::ZERO, rand::random()),
            cause: database_down(),
            failed: false,
        }
    }
}
