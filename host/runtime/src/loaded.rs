//! A connector that is ready to be called, and how a call runs.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use portcullis_manifest::Manifest;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;
use wasmtime::component::{Instance, InstancePre};
use wasmtime::{Store, UpdateDeadline};

use crate::account::{CpuAccount, Metered};
use crate::call::{Call, CallError, CallOutcome, CallReport};
use crate::contract::{Identity, Page, PageRequest, ProbeRequest, Verdict};
use crate::contract::{access, credentials, session, sync};
use crate::ending::{CpuBudgetSpent, Ended, GuestResult, judge, masked, no_session};
use crate::gate::Candidate;
use crate::guest_log::{CallLog, Discard};
use crate::limits::Limits;
use crate::metrics::{record, span};
use crate::refusal::{Refusal, RefusalCode};
use crate::runtime::Shared;
use crate::state::CallState;

/// Handles that a guest may hold at once, in all its instances.
const HANDLES: usize = 10_000;

/// A connector that passed the whole gate. Calls in flight keep theirs alive when a
/// newer version takes its place.
pub struct Loaded {
    /// The file that it was made from.
    pub candidate: Candidate,
    pre: InstancePre<CallState>,
    exports: Exports,
    shared: Arc<Shared>,
    /// Keeps one connector from taking every instance of the pool.
    turns: Arc<Semaphore>,
}

/// Where the functions stand in the component, looked up once.
struct Exports {
    credentials: credentials::GuestIndices,
    access: access::GuestIndices,
    sync: sync::GuestIndices,
    session: Option<session::GuestIndices>,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded")
            .field("candidate", &self.candidate)
            .finish_non_exhaustive()
    }
}

impl Loaded {
    /// Resolves the exports and instantiates once, without egress.
    pub(crate) async fn new(
        candidate: Candidate,
        pre: InstancePre<CallState>,
        shared: Arc<Shared>,
    ) -> Result<Self, Refusal> {
        let incompatible = |error: wasmtime::Error| {
            Refusal::new(RefusalCode::UnsupportedWorld, format!("{error:#}"))
        };
        let session_name = "portcullis:connector/session@0.1.0";
        let has_session = pre
            .component()
            .get_export_index(None, session_name)
            .is_some();
        let exports = Exports {
            credentials: credentials::GuestIndices::new(&pre).map_err(incompatible)?,
            access: access::GuestIndices::new(&pre).map_err(incompatible)?,
            sync: sync::GuestIndices::new(&pre).map_err(incompatible)?,
            session: has_session
                .then(|| session::GuestIndices::new(&pre))
                .transpose()
                .map_err(incompatible)?,
        };
        let turns = Arc::new(Semaphore::new(
            shared.config.instances_per_connector as usize,
        ));
        let loaded = Self {
            candidate,
            pre,
            exports,
            shared,
            turns,
        };
        loaded.dry_run().await?;
        Ok(loaded)
    }

    /// What the connector says about itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.candidate.manifest
    }

    /// Whether the connector logs in, that is exports the optional `session`.
    #[must_use]
    pub fn has_session(&self) -> bool {
        self.exports.session.is_some()
    }

    /// Asks whether the credentials are good.
    pub async fn validate(&self, call: Call) -> CallOutcome<Identity> {
        let exports = self.exports.credentials.clone();
        self.run("validate", call, move |store, instance, context| {
            Box::pin(async move {
                let guest = exports.load(&mut *store, &instance)?;
                guest.call_validate(store, context).await
            })
        })
        .await
    }

    /// Asks what the credentials can read of one model.
    pub async fn probe(&self, call: Call, request: ProbeRequest) -> CallOutcome<Verdict> {
        let exports = self.exports.access.clone();
        self.run("probe", call, move |store, instance, context| {
            Box::pin(async move {
                let guest = exports.load(&mut *store, &instance)?;
                guest.call_probe(store, context, &request).await
            })
        })
        .await
    }

    /// Asks for one page.
    pub async fn pull(&self, call: Call, request: PageRequest) -> CallOutcome<Page> {
        let exports = self.exports.sync.clone();
        self.run("pull", call, move |store, instance, context| {
            Box::pin(async move {
                let guest = exports.load(&mut *store, &instance)?;
                guest.call_pull(store, context, &request).await
            })
        })
        .await
    }

    /// Opens a session. What it returns stands in the context of later calls.
    ///
    /// A connector without sessions answers [`CallError::Internal`]; ask
    /// [`Loaded::has_session`] first.
    pub async fn session_open(&self, call: Call) -> CallOutcome<Option<String>> {
        let exports = self.exports.session.clone();
        self.run("session_open", call, move |store, instance, context| {
            Box::pin(async move {
                let guest = exports
                    .ok_or_else(no_session)?
                    .load(&mut *store, &instance)?;
                guest.call_open(store, context).await
            })
        })
        .await
    }

    /// Gives a session back; see [`Loaded::session_open`].
    pub async fn session_close(&self, call: Call) -> CallOutcome<()> {
        let exports = self.exports.session.clone();
        self.run("session_close", call, move |store, instance, context| {
            Box::pin(async move {
                let guest = exports
                    .ok_or_else(no_session)?
                    .load(&mut *store, &instance)?;
                guest.call_close(store, context).await
            })
        })
        .await
    }

    /// Runs one call in an instance of its own.
    async fn run<T, F>(&self, function: &'static str, call: Call, body: F) -> CallOutcome<T>
    where
        T: Send,
        F: for<'a> FnOnce(
                &'a mut Store<CallState>,
                Instance,
                &'a crate::contract::CallContext,
            ) -> BoxFuture<'a, GuestResult<T>>
            + Send,
    {
        let span = span(&self.candidate.manifest, function);
        let started = Instant::now();
        let limits = call.limits.clamped(&self.shared.config.ceilings);
        let deadline = started + limits.wall;
        let egress = Arc::new(call.egress);
        let log = CallLog::new(call.log, Some(Arc::clone(&egress)), limits.log_bytes);
        let account = Arc::new(CpuAccount::default());

        let mut memory_peak_bytes = 0;
        let result = match self.permits(&call.cancel, deadline).await {
            Err(error) => Err(error),
            Ok(_permits) => {
                let state = CallState::new(
                    Some(Arc::clone(&egress)),
                    Arc::clone(&log),
                    Arc::clone(&account),
                    &limits,
                );
                let mut store = self.store(state, &limits, &account);
                let context = call.context;
                let ended = {
                    let guest = async {
                        let instance = self.pre.instantiate_async(&mut store).await?;
                        body(&mut store, instance, &context).await
                    };
                    let guest = AssertUnwindSafe(guest).catch_unwind();
                    let guest = Metered {
                        future: Box::pin(guest),
                        account: Arc::clone(&account),
                    };
                    // Dropping the guest's future at the deadline drops the request that
                    // it is waiting for, so nothing of the call outlives it.
                    tokio::select! {
                        biased;
                        () = call.cancel.cancelled() => Ended::Cancelled,
                        ended = timeout_at(deadline, guest.instrument(span.clone())) => match ended {
                            Ok(Ok(result)) => Ended::Returned(result),
                            Ok(Err(_panic)) => Ended::Panicked,
                            Err(_elapsed) => Ended::Overdue,
                        },
                    }
                };
                memory_peak_bytes = store.data().growth.peak_bytes;
                judge(ended, store.data(), &limits).map_err(|error| masked(error, &egress))
                // The store goes here, with everything that the guest held.
            }
        };

        let report = CallReport {
            cpu: account.spent(),
            wall: started.elapsed(),
            memory_peak_bytes,
            exchanges: egress.evidence(),
            log_lines_dropped: log.dropped(),
        };
        let code = result.as_ref().err().map_or("ok", CallError::code);
        record(&self.candidate.manifest.id, function, code, &report);
        span.record("outcome", code);
        if result.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        CallOutcome { result, report }
    }

    /// A turn of this connector and a place in the pool, in this order, so that the
    /// calls of a crowded connector wait without a place.
    async fn permits(
        &self,
        cancel: &tokio_util::sync::CancellationToken,
        deadline: Instant,
    ) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), CallError> {
        let patience = deadline.min(Instant::now() + self.shared.config.patience);
        let both = async {
            let turn = Arc::clone(&self.turns).acquire_owned().await;
            let place = Arc::clone(&self.shared.places).acquire_owned().await;
            // Neither semaphore is ever closed.
            turn.and_then(|turn| place.map(|place| (turn, place)))
                .map_err(|closed| CallError::Internal(closed.to_string()))
        };
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(CallError::Cancelled),
            permits = timeout_at(patience, both) => permits.unwrap_or(Err(CallError::Saturated)),
        }
    }

    fn store(
        &self,
        state: CallState,
        limits: &Limits,
        account: &Arc<CpuAccount>,
    ) -> Store<CallState> {
        let mut store = Store::new(self.pre.engine(), state);
        store.limiter(|state| &mut state.growth);
        store.set_hostcall_fuel(limits.result_bytes);
        store.set_max_component_handles(HANDLES);
        store.set_epoch_deadline(1);
        let account = Arc::clone(account);
        let budget = limits.cpu;
        store.epoch_deadline_callback(move |_| {
            if account.within_poll() > budget {
                return Err(wasmtime::Error::new(CpuBudgetSpent));
            }
            // tokio's own yield, since a future that wakes itself keeps the worker from
            // its timers and sockets for some sixty ticks.
            Ok(UpdateDeadline::YieldCustom(
                1,
                Box::pin(tokio::task::yield_now()),
            ))
        });
        store
    }

    /// Instantiates once and checks the types of every export.
    async fn dry_run(&self) -> Result<(), Refusal> {
        let limits = self.shared.dry_run;
        let refuse = |detail: String| Refusal::new(RefusalCode::DryRunFailed, detail);
        let account = Arc::new(CpuAccount::default());
        let log = CallLog::new(Arc::new(Discard), None, limits.log_bytes);
        let place = Arc::clone(&self.shared.places)
            .acquire_owned()
            .await
            .map_err(|closed| refuse(closed.to_string()))?;
        let state = CallState::new(None, log, Arc::clone(&account), &limits);
        let mut store = self.store(state, &limits, &account);
        let ended = {
            let guest = Box::pin(self.pre.instantiate_async(&mut store));
            let guest = Metered {
                future: guest,
                account: Arc::clone(&account),
            };
            match timeout_at(Instant::now() + limits.wall, guest).await {
                Ok(Ok(instance)) => Ended::Returned(Ok(Ok(instance))),
                Ok(Err(error)) => Ended::Returned(Err(error)),
                Err(_elapsed) => Ended::Overdue,
            }
        };
        let instance = judge(ended, store.data(), &limits)
            .map_err(|error| refuse(format!("it cannot be instantiated: {error}")))?;
        let typed = self
            .exports
            .credentials
            .load(&mut store, &instance)
            .map(drop)
            .and_then(|()| self.exports.access.load(&mut store, &instance).map(drop))
            .and_then(|()| self.exports.sync.load(&mut store, &instance).map(drop))
            .and_then(|()| match &self.exports.session {
                Some(session) => session.load(&mut store, &instance).map(drop),
                None => Ok(()),
            });
        drop(place);
        typed.map_err(|error| Refusal::new(RefusalCode::UnsupportedWorld, format!("{error:#}")))
    }
}

/// How long a dry run may take, and what it may use: it only initialises.
pub(crate) fn dry_run_limits(ceilings: &Limits) -> Limits {
    Limits {
        cpu: Duration::from_secs(5),
        wall: Duration::from_secs(15),
        ..*ceilings
    }
    .clamped(ceilings)
}
