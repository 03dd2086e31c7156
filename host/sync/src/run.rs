//! One run: pull a page, check it, commit it together with where the next one begins, and so on to the end.
//!
//! The next page is pulled while the last unit commits, never more: after a crash at most one unit and one
//! page are fetched again. No database connection is held during a pull. Whatever ends the run, pages that
//! were pulled are stored first.

use crate::assembly::Assembly;
use crate::caller::Caller;
use crate::closing::{Closing, store_pages};
use crate::ids::RecordIds;
use crate::leaving::{Exit, cancelled, database_down, leave, not_callable, skipped};
use crate::reaction::{Cause, Decision, STUBBORN_LIMIT, WhoMustAct, backoff, decide};
use crate::unit::Pages;
use crate::worker::Shared;
use portcullis_runtime::contract::sync::{Next, Page, PageRequest, Span};
use portcullis_runtime::{CallError, CallOutcome, CallReport, CancellationToken};
use portcullis_store::{
    ClaimedRun, CommitError, Committed, CredentialsVerdict, IntegrationRow, RunLease, Status,
    StoreError,
};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::task::AbortOnDropHandle;

/// Lead records to aim for: one page is one commit unit.
const TARGET_RECORDS: u32 = 1_000;
/// The largest page that is taken, in bytes.
const MAX_PAGE_BYTES: u32 = 16 << 20;

/// Signals that reach a run from outside.
#[derive(Clone)]
pub(crate) struct Signals {
    /// Somebody wants the run to end: it interrupts even a guest.
    pub(crate) cancel: CancellationToken,
    /// The lease is gone.
    pub(crate) lost: CancellationToken,
    /// The process goes down: finish the page, then hand back.
    pub(crate) drain: CancellationToken,
}

/// Works on a claimed run until it ends, waits or is handed back.
pub(crate) async fn work_run(shared: &Shared, claimed: ClaimedRun, signals: Signals) {
    let lease = claimed.lease.clone();
    let open = claimed
        .companions
        .iter()
        .filter(|companion| !companion.status.is_final());
    let companions: Vec<String> = open.map(|companion| companion.model.clone()).collect();
    let exit = match Run::new(shared, claimed, signals).await {
        Ok(mut run) => match run.pages().await {
            Ok(exit) => exit,
            Err(error) => run.broken(&error),
        },
        Err(exit) => exit,
    };
    if let Err(error) = leave(shared, &lease, &companions, exit).await {
        // The lease runs out, and whoever claims the run next goes on from the last commit.
        tracing::warn!(run = %lease.run_id, error = %error, "the end of a run could not be stored");
    }
}

struct Run<'s> {
    shared: &'s Shared,
    integration: IntegrationRow,
    lease: RunLease,
    model: String,
    caller: Arc<Caller>,
    signals: Signals,
    ids: RecordIds,
    assembly: Arc<Assembly>,
    companions: Vec<String>,
    started_at_ms: i64,
    /// Where the next page begins.
    cursor: Option<String>,
    /// The format of the cursor; a connector with another one starts the run afresh.
    state_format: i32,
    target: u32,
    /// Failures in a row without a commit between them.
    failures: u32,
    pages: Pages,
    committing: Option<AbortOnDropHandle<Result<Committed, CommitError>>>,
}

impl<'s> Run<'s> {
    async fn new(shared: &'s Shared, claimed: ClaimedRun, signals: Signals) -> Result<Self, Exit> {
        if claimed.cancel_requested {
            return Err(Exit::Ended {
                status: Status::Cancelled,
                cause: cancelled(),
            });
        }
        if claimed.integration.credentials == CredentialsVerdict::Rejected {
            let words = claimed
                .integration
                .credentials_message
                .clone()
                .unwrap_or_default();
            return Err(Exit::Ended {
                status: Status::Failed,
                cause: Cause::new("credentials_rejected", words, WhoMustAct::Customer),
            });
        }
        let caller = Arc::new(
            shared
                .caller(&claimed.integration)
                .await
                .map_err(not_callable)?,
        );
        let salt: [u8; 16] = claimed
            .integration
            .id_salt
            .as_slice()
            .try_into()
            .unwrap_or_default();
        let ids = RecordIds::new(&salt);
        let manifest = caller.loaded().manifest();
        let open = claimed
            .companions
            .iter()
            .filter(|companion| !companion.status.is_final());
        let companions: Vec<String> = open.map(|companion| companion.model.clone()).collect();
        Ok(Self {
            assembly: Arc::new(Assembly::new(
                manifest,
                &claimed.run.model,
                &companions,
                &ids,
            )),
            lease: claimed.lease,
            companions,
            started_at_ms: claimed.started_at.timestamp_millis(),
            cursor: claimed.run.cursor,
            state_format: claimed.run.state_format,
            target: TARGET_RECORDS,
            failures: claimed.run.failures.unsigned_abs(),
            pages: Pages::default(),
            committing: None,
            model: claimed.run.model,
            integration: claimed.integration,
            ids,
            shared,
            caller,
            signals,
        })
    }

    /// Takes the connector that serves now: one that was replaced since the last page serves the next, while
    /// its calls in flight end on the old code.
    async fn refresh(&mut self) -> Result<Option<Exit>, CommitError> {
        let serving = match self.shared.connector(&self.integration) {
            Ok(serving) => serving,
            Err(error) => return Ok(Some(not_callable(error))),
        };
        if serving.candidate.digest != self.caller.loaded().candidate.digest {
            self.caller = match self.shared.caller(&self.integration).await {
                Ok(caller) => Arc::new(caller),
                Err(error) => return Ok(Some(not_callable(error))),
            };
            let manifest = self.caller.loaded().manifest();
            self.assembly = Arc::new(Assembly::new(
                manifest,
                &self.model,
                &self.companions,
                &self.ids,
            ));
        }
        let format =
            i32::try_from(self.caller.loaded().manifest().state_format).unwrap_or(i32::MAX);
        if format != self.state_format {
            self.state_format = format;
            if self.cursor.is_some() {
                tracing::info!(run = %self.lease.run_id, "the loaded version cannot read the stored cursor, so the run starts afresh");
                return self.restart().await;
            }
        }
        Ok(None)
    }

    /// Begins the pages afresh, with what was read so far stored.
    async fn restart(&mut self) -> Result<Option<Exit>, CommitError> {
        if let Some(stop) = self.flush().await? {
            return Ok(Some(stop));
        }
        self.shared
            .store
            .restart_run(&self.lease, self.state_format)
            .await?;
        self.cursor = None;
        self.started_at_ms = chrono::Utc::now().timestamp_millis();
        Ok(None)
    }

    /// Pulls and commits until there is no next page or a reason to stop.
    async fn pages(&mut self) -> Result<Exit, CommitError> {
        loop {
            if let Some(exit) = self.refresh().await? {
                return Ok(self.flush().await?.unwrap_or(exit));
            }
            let pulling = self.pull();
            // The last unit commits while the next page is on its way.
            if self.pages.is_due(Instant::now()) {
                self.commit(None);
            }
            let outcome = tokio::select! {
                outcome = pulling => outcome.unwrap_or_else(panicked),
                () = self.signals.lost.cancelled() => return Ok(Exit::Lost),
            };
            // At most one unit is on its way: with the page in flight that is all that a crash can cost.
            if let Some(stop) = self.finish_commit().await? {
                return Ok(stop);
            }
            let requests = u32::try_from(outcome.report.exchanges.len()).unwrap_or(u32::MAX);
            let page = match outcome.result {
                Ok(page) => page,
                Err(error) => {
                    self.pages.add_requests(requests);
                    let (decision, cause) = decide(&error);
                    if let Some(adapted) = self.adapt(&decision).await? {
                        match adapted {
                            None => continue,
                            Some(exit) => return Ok(exit),
                        }
                    }
                    return self.left(&decision, cause).await;
                }
            };
            if let Some(cause) = self.assembly.refuse(&page, self.cursor.as_deref()) {
                let decision = Decision::Retry {
                    at_least: Duration::ZERO,
                    limit: STUBBORN_LIMIT,
                };
                return self.left(&decision, cause).await;
            }
            let next = page.next.clone();
            self.pages
                .push(Arc::clone(&self.assembly), page, requests, Instant::now());
            match next {
                Next::Complete(watermark) => {
                    self.commit(Some(watermark));
                    return Ok(self.finish_commit().await?.unwrap_or(Exit::Done));
                }
                Next::More(cursor) => self.cursor = Some(cursor),
            }
            if self.signals.drain.is_cancelled() {
                return Ok(self.flush().await?.unwrap_or(Exit::Released));
            }
        }
    }

    fn pull(&self) -> AbortOnDropHandle<CallOutcome<Page>> {
        let caller = Arc::clone(&self.caller);
        let (attempt, cancel) = (self.failures + 1, self.signals.cancel.clone());
        let request = PageRequest {
            model: self.model.clone(),
            companions: self.companions.clone(),
            span: Span::Full,
            partition: None,
            cursor: self.cursor.clone(),
            started_at: self.started_at_ms,
            target_records: self.target,
            max_bytes: MAX_PAGE_BYTES,
            originals: false,
            extras: Vec::new(),
        };
        AbortOnDropHandle::new(tokio::spawn(async move {
            caller.pull(attempt, Duration::MAX, &cancel, request).await
        }))
    }

    /// Starts to store the pages in hand, in a task of its own so that it goes on while the next page is
    /// pulled. `end` is the end marker with its watermark.
    fn commit(&mut self, end: Option<Option<String>>) {
        let connector = &self.caller.loaded().candidate;
        let closing = Closing {
            store: self.shared.store.clone(),
            lease: self.lease.clone(),
            hold: self.shared.config.lease,
            pages: std::mem::take(&mut self.pages),
            cursor: self.cursor.clone(),
            end,
            companions: self.companions.clone(),
            state_format: self.state_format,
            connector_digest: connector.digest.clone(),
            connector_version: connector.manifest.version.to_string(),
        };
        self.committing = Some(AbortOnDropHandle::new(tokio::spawn(store_pages(closing))));
    }

    /// Waits for the unit on its way; gives a reason to stop, if there is one.
    async fn finish_commit(&mut self) -> Result<Option<Exit>, CommitError> {
        let Some(committing) = self.committing.take() else {
            return Ok(None);
        };
        let committed = match committing.await {
            Ok(Ok(committed)) => committed,
            Ok(Err(CommitError::Store(StoreError::LeaseLost))) => return Ok(Some(Exit::Lost)),
            Ok(Err(error)) => return Err(error),
            // The task panicked or was aborted: what it held is not stored, and the cursor has not moved.
            Err(_) => return Ok(Some(Exit::Lost)),
        };
        self.failures = 0;
        self.shared.committed.notify_one();
        let stop = committed.cancel_requested;
        Ok(stop.then(|| Exit::Ended {
            status: Status::Cancelled,
            cause: cancelled(),
        }))
    }

    /// Stores pages that were pulled but not yet committed.
    async fn flush(&mut self) -> Result<Option<Exit>, CommitError> {
        if let Some(stop) = self.finish_commit().await? {
            return Ok(Some(stop));
        }
        if self.pages.is_empty() {
            return Ok(None);
        }
        self.commit(None);
        self.finish_commit().await
    }

    /// Leaves after a failed call, with the pages before it stored.
    async fn left(&mut self, decision: &Decision, cause: Cause) -> Result<Exit, CommitError> {
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
    async fn adapt(&mut self, decision: &Decision) -> Result<Option<Option<Exit>>, CommitError> {
        if self.failures >= STUBBORN_LIMIT {
            return Ok(None);
        }
        match decision {
            Decision::HalfTarget if self.target > 1 => {
                self.target /= 2;
                self.failures += 1;
                Ok(Some(None))
            }
            Decision::RestartPages if self.cursor.is_some() => {
                let failures = self.failures + 1;
                let stopped = self.restart().await?;
                self.failures = failures;
                Ok(Some(stopped))
            }
            _ => Ok(None),
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

    /// The database failed: the run stays as it was committed.
    fn broken(&self, error: &CommitError) -> Exit {
        tracing::warn!(run = %self.lease.run_id, error = %error, "a commit failed");
        Exit::Later {
            wait: backoff(self.failures, Duration::ZERO, rand::random()),
            cause: database_down(),
            failed: false,
        }
    }
}

/// A panic of ours inside a call's task: the call's store is gone with it.
fn panicked(error: tokio::task::JoinError) -> CallOutcome<Page> {
    CallOutcome {
        result: Err(CallError::Internal(format!(
            "the call's task ended: {error}"
        ))),
        report: CallReport::default(),
    }
}
