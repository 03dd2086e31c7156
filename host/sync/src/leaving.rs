//! How a run is left: the words, the waits, and what is written down about them.

use crate::closing::ends;
use crate::reaction::{Cause, Skip, WhoMustAct};
use crate::worker::{NotCallable, Shared};
use portcullis_store::{RunLease, Status, StoreError, Why};
use std::time::Duration;

/// How a run was left.
#[derive(Debug)]
pub(crate) enum Exit {
    /// Ended, with its last word committed.
    Done,
    /// Goes on later, from the stored cursor.
    Later {
        wait: Duration,
        cause: Cause,
        failed: bool,
    },
    /// Ended without success.
    Ended { status: Status, cause: Cause },
    /// Failed, since its paging leads nowhere: no later run goes on from its cursor.
    Astray(Cause),
    /// Handed back, so that another worker goes on at once.
    Released,
    /// Somebody else holds it now; nothing may be written.
    Lost,
}

/// Writes down how a run was left.
pub(crate) async fn leave(
    shared: &Shared,
    lease: &RunLease,
    companions: &[String],
    exit: Exit,
) -> Result<(), StoreError> {
    let store = &shared.store;
    match exit {
        Exit::Done => {
            tracing::info!(run = %lease.run_id, model = %lease.model, "a run came to its end");
            Ok(())
        }
        Exit::Lost => {
            tracing::warn!(run = %lease.run_id, "a run was taken over; nothing more is written here");
            Ok(())
        }
        Exit::Released => store.release_run(lease).await,
        Exit::Later {
            wait,
            cause,
            failed,
        } => {
            tracing::warn!(run = %lease.run_id, model = %lease.model, code = cause.code, message = %cause.message, wait_ms = wait.as_millis() as u64, "a run goes on later");
            let at = store.database_now().await? + wait;
            let why = Why {
                code: cause.code,
                message: Some(&cause.message),
                who_must_act: cause.who.as_str(),
            };
            if failed {
                store.retry_run_later(lease, at, why).await
            } else {
                store.park_run(lease, at, why).await
            }
        }
        Exit::Ended { status, cause } => {
            tracing::warn!(run = %lease.run_id, model = %lease.model, status = status.as_str(), code = cause.code, message = %cause.message, "a run ended");
            if cause.code == "credentials_rejected" {
                shared
                    .reject_credentials(&lease.account_id, &lease.integration_id, &cause)
                    .await?;
            }
            store
                .finish_run(lease, &ends(lease, companions, status, &cause, false))
                .await?;
            shared.committed.notify_one();
            Ok(())
        }
        Exit::Astray(cause) => {
            tracing::warn!(run = %lease.run_id, model = %lease.model, code = cause.code, message = %cause.message, "a run went astray");
            store
                .finish_run(
                    lease,
                    &ends(lease, companions, Status::Failed, &cause, true),
                )
                .await?;
            shared.committed.notify_one();
            Ok(())
        }
    }
}

/// Nothing can be called just now: the run waits, and counts no failure.
pub(crate) fn not_callable(error: NotCallable) -> Exit {
    let (cause, wait) = match error {
        NotCallable::ConnectorMissing => (
            Cause::new("connector_missing", error.to_string(), WhoMustAct::Operator),
            Duration::from_secs(5),
        ),
        NotCallable::Caller(error) => {
            return Exit::Ended {
                status: Status::Failed,
                cause: Cause::new("settings_invalid", error.to_string(), WhoMustAct::Operator),
            };
        }
        NotCallable::Store(error) => {
            tracing::warn!(error = %error, "an integration could not be read");
            (database_down(), Duration::from_secs(1))
        }
    };
    Exit::Later {
        wait,
        cause,
        failed: false,
    }
}

pub(crate) fn database_down() -> Cause {
    Cause::new(
        "database_unavailable",
        "the gateway's database did not answer",
        WhoMustAct::Operator,
    )
}

pub(crate) fn store_refused() -> Cause {
    Cause::new(
        "store_refused",
        "the gateway's database refuses what the sync wants to store; the gateway's log says why",
        WhoMustAct::Operator,
    )
}

pub(crate) fn cancelled() -> Cause {
    Cause::new("cancelled", "the sync was cancelled", WhoMustAct::Nobody)
}

pub(crate) fn skipped(skip: Skip) -> Status {
    match skip {
        Skip::NoAccess => Status::SkippedNoAccess,
        Skip::NotLicensed => Status::SkippedNotLicensed,
        Skip::Unsupported => Status::SkippedUnsupported,
    }
}
