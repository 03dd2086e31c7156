//! One run: pull a page, check it, commit it together with where the next one begins, and so on to the end.
//!
//! The next page is pulled while the last unit commits, never more of one pass: after a crash at most one unit and one
//! page of each lane are fetched again. No database connection is held during a pull. Whatever ends the run, pages that
//! were pulled are stored first.

mod parting;
mod storing;

use crate::assembly::{Assembly, Wanted};
use crate::caller::Caller;
use crate::closing::Tally;
use crate::feed::{Feed, Lane};
use crate::guards::Length;
use crate::ids::RecordIds;
use crate::leaving::{Exit, leave, not_callable};
use crate::reaction::{Cause, Decision, STUBBORN_LIMIT, decide};
use crate::starting::{model_of, start};
use crate::unit::{Origin, Pages};
use crate::worker::Shared;
use portcullis_runtime::contract::sync::{Next, Page, PageRequest};
use portcullis_runtime::{CallError, CallOutcome, CallReport, CancellationToken};
use portcullis_store::{
    Announce, ClaimedRun, CommitError, Committed, IntegrationRow, PartitionEnd, RunLease, Sabotage,
    SpanWish,
};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

/// Lead records to aim for: one page is one commit unit.
pub(crate) const TARGET_RECORDS: u32 = 1_000;
/// The largest page that is taken, in bytes.
const MAX_PAGE_BYTES: u32 = 16 << 20;
/// Partitions in a row that fail whatever is tried, before the run fails. Each of them takes all the tries of a run.
const FAILED_IN_A_ROW: u32 = 3;

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
    let exit = match start(shared, claimed, signals).await {
        Ok(mut run) => match run.pages().await {
            Ok(exit) => run.unless_replaced(exit).await,
            Err(error) => run.broken(&error),
        },
        Err(exit) => exit,
    };
    if let Err(error) = leave(shared, &lease, &companions, exit).await {
        // The lease runs out, and whoever claims the run next goes on from the last commit.
        tracing::warn!(run = %lease.run_id, error = %error, "the end of a run could not be stored");
    }
}

pub(crate) struct Run<'s> {
    pub(crate) shared: &'s Shared,
    pub(crate) integration: IntegrationRow,
    pub(crate) lease: RunLease,
    pub(crate) model: String,
    pub(crate) caller: Arc<Caller>,
    pub(crate) signals: Signals,
    pub(crate) ids: RecordIds,
    pub(crate) assembly: Arc<Assembly>,
    pub(crate) wanted: Arc<Wanted>,
    pub(crate) companions: Vec<String>,
    pub(crate) started_at_ms: i64,
    /// What is read; never `Auto`.
    pub(crate) wish: SpanWish,
    /// Where the pages come from.
    pub(crate) feed: Feed,
    /// The format of the cursor; a connector with another one starts the run afresh.
    pub(crate) state_format: i32,
    pub(crate) target: u32,
    /// Failures in a row without a commit between them.
    pub(crate) failures: u32,
    pub(crate) length: Length,
    /// What was committed of each model.
    pub(crate) tallies: Vec<Tally>,
    pub(crate) announce: Announce,
    /// Whether most records of the last unit were in the table as they are.
    pub(crate) likely_known: bool,
    pub(crate) partitions_counted: bool,
    pub(crate) pages: Pages,
    pub(crate) committing: Option<AbortOnDropHandle<Result<Committed, CommitError>>>,
}

impl Run<'_> {
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
                &self.wanted,
            ));
        }
        let format =
            i32::try_from(self.caller.loaded().manifest().state_format).unwrap_or(i32::MAX);
        if format != self.state_format {
            let since = matches!(self.wish, SpanWish::Since { .. });
            if since || self.feed.began() {
                // What was read is stored with the format of who read it: its cursor must not be given to anybody else.
                if let Some(stop) = self.flush().await? {
                    return Ok(Some(stop));
                }
                self.state_format = format;
                tracing::info!(run = %self.lease.run_id, "the loaded version cannot read the stored cursor, so the run starts afresh");
                let wish = if since {
                    SpanWish::Full
                } else {
                    self.wish.clone()
                };
                return self.restart(wish).await;
            }
            self.state_format = format;
        }
        Ok(None)
    }

    /// Begins the pages afresh, with what was read so far stored.
    async fn restart(&mut self, wish: SpanWish) -> Result<Option<Exit>, CommitError> {
        if let Some(stop) = self.flush().await? {
            return Ok(Some(stop));
        }
        let started_at = self
            .shared
            .store
            .restart_run(&self.lease, self.state_format, &wish)
            .await?;
        let manifest = self.caller.loaded().manifest();
        let by = model_of(manifest, &self.model).and_then(|model| model.partitioned_by.as_ref());
        self.feed = Feed::new(wish.clone(), by, None);
        self.wish = wish;
        self.partitions_counted = false;
        self.started_at_ms = started_at.timestamp_millis();
        Ok(None)
    }

    /// Pulls and commits until there is no next page or a reason to stop.
    async fn pages(&mut self) -> Result<Exit, CommitError> {
        loop {
            if let Some(exit) = self.refresh().await? {
                return Ok(self.flush().await?.unwrap_or(exit));
            }
            self.fill().await?;
            // The last unit commits while the next page is on its way.
            if self.pages.is_due(Instant::now()) {
                self.commit(None);
            }
            let Some((assembly, pulling)) =
                self.feed.first().and_then(|lane| lane.pulling.as_mut())
            else {
                return self.complete(Some(String::new())).await;
            };
            let assembly = Arc::clone(assembly);
            let outcome = tokio::select! {
                outcome = pulling => outcome.unwrap_or_else(panicked),
                () = self.signals.lost.cancelled() => return Ok(Exit::Lost),
            };
            // At most one unit is on its way: with the page in flight that is all that a crash can cost.
            if let Some(stop) = self.finish_commit().await? {
                return Ok(stop);
            }
            if let Some(exit) = self.take(assembly, outcome).await? {
                return Ok(exit);
            }
            if self.signals.drain.is_cancelled() {
                return Ok(self.flush().await?.unwrap_or(Exit::Released));
            }
        }
    }

    /// Takes what the first lane's pull brought; gives the way out, if the run goes no further.
    async fn take(
        &mut self,
        assembly: Arc<Assembly>,
        outcome: CallOutcome<Page>,
    ) -> Result<Option<Exit>, CommitError> {
        let requests = u32::try_from(outcome.report.exchanges.len()).unwrap_or(u32::MAX);
        let Some(lane) = self.feed.first() else {
            return Ok(None);
        };
        lane.pulling = None;
        let page = match outcome.result {
            Ok(page) => page,
            Err(error) => {
                self.pages.add_requests(requests);
                let (decision, cause) = decide(&error);
                return self.not_taken(decision, cause).await;
            }
        };
        if let Some(cause) = assembly.refuse(&page, lane.cursor.as_deref()) {
            let decision = Decision::Retry {
                at_least: Duration::ZERO,
                limit: STUBBORN_LIMIT,
            };
            return Ok(Some(self.left(&decision, cause).await?));
        }
        let full = lane.full();
        let astray = lane
            .watch
            .look(&page, lane.cursor.as_deref(), full)
            .or_else(|| self.length.add(&page, self.shared.config.caps));
        if let Some(cause) = astray {
            if self.pass_by(FAILED_IN_A_ROW, &cause) {
                return Ok(None);
            }
            return Ok(Some(self.flush().await?.unwrap_or(Exit::Astray(cause))));
        }
        let partition = Arc::clone(&lane.name);
        let origin = Origin { partition, full };
        let next = if Sabotage::SuccessWithoutEnd.is_on() {
            Next::Complete(None)
        } else {
            page.next.clone()
        };
        let now = Instant::now();
        match next {
            Next::More(cursor) => {
                lane.cursor = Some(cursor);
                self.pages.push(assembly, page, origin, requests, now);
            }
            Next::Complete(watermark) => {
                self.pages.push(assembly, page, origin, requests, now);
                let parent = self.feed.close_first().and_then(|lane| lane.parent);
                let Some(parent) = parent else {
                    return Ok(Some(self.complete(watermark).await?));
                };
                self.pages.partitions.ended.push(PartitionEnd {
                    partition: parent.id,
                    watermark,
                    full,
                    window: matches!(self.wish, SpanWish::Window { .. }),
                });
            }
        }
        Ok(None)
    }

    /// What to do about a page that did not come: ask for it in another way, do without its partition, or leave.
    async fn not_taken(
        &mut self,
        decision: Decision,
        cause: Cause,
    ) -> Result<Option<Exit>, CommitError> {
        if let Some(adapted) = self.adapt(&decision).await? {
            return Ok(adapted);
        }
        if let Some(most) = self.most_passed_by(&decision, &cause)
            && self.pass_by(most, &cause)
        {
            return Ok(None);
        }
        Ok(Some(self.left(&decision, cause).await?))
    }

    /// Goes on with the next parent, if this page was one of a parent's and few before it were passed by in a row. What
    /// was read over this one stays, and nothing that was missed there is deleted.
    fn pass_by(&mut self, most: u32, cause: &Cause) -> bool {
        let Some(parent) = self.feed.pass_by_first(most) else {
            return false;
        };
        tracing::warn!(run = %self.lease.run_id, model = %self.lease.model, parent = %parent, code = cause.code, message = %cause.message, "a parent is passed by");
        self.pages
            .skip(format!("{parent}: {}", cause.message), Instant::now());
        true
    }

    /// Opens lanes, and has each of them pull a page.
    async fn fill(&mut self) -> Result<(), CommitError> {
        let store = &self.shared.store;
        let properties = &self.wanted.properties;
        if let (Some(parents), false) = (self.feed.parent_model(), self.partitions_counted) {
            let total = store
                .count_parents(&self.lease, parents, properties)
                .await?;
            self.pages.partitions.total = Some(total);
            self.partitions_counted = true;
        }
        let most = self.shared.config.partitions.max(1);
        self.feed
            .fill(store, &self.lease, properties, self.state_format, most)
            .await?;
        for at in 0..self.feed.lanes.len() {
            if self.feed.lanes[at].pulling.is_none() {
                let pulling = self.pull(&self.feed.lanes[at]);
                self.feed.lanes[at].pulling = Some((Arc::clone(&self.assembly), pulling));
            }
        }
        Ok(())
    }

    fn pull(&self, lane: &Lane) -> AbortOnDropHandle<CallOutcome<Page>> {
        let caller = Arc::clone(&self.caller);
        let (attempt, cancel) = (self.failures + 1, self.signals.cancel.clone());
        let request = PageRequest {
            model: self.model.clone(),
            companions: self.companions.clone(),
            span: lane.span.clone(),
            partition: lane.partition(),
            cursor: lane.cursor.clone(),
            started_at: self.started_at_ms,
            target_records: self.target,
            max_bytes: MAX_PAGE_BYTES,
            originals: self.integration.keeps_originals,
            extras: Vec::new(),
        };
        let pulling = async move { caller.pull(attempt, Duration::MAX, &cancel, request).await };
        AbortOnDropHandle::new(tokio::spawn(pulling.in_current_span()))
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
