//! The worker: claims access checks and runs, keeps their leases, and hands them back when the process ends.
//!
//! Any number of workers stand beside each other; Postgres decides who gets what. Wake-ups come by
//! notification, and a poll twice a second is the truth.

mod holding;

use self::holding::{Held, heartbeats};
use crate::caller::{Caller, CallerError, Egress, Target};
use crate::check::work_check;
use crate::guards::Caps;
use crate::reaction::Cause;
use crate::run::{Signals, work_run};
use crate::schedule::keep_schedules;
use crate::sync_log::SyncLog;
use portcullis_manifest::Environment;
use portcullis_runtime::{CancellationToken, Loaded, Registry};
use portcullis_store::vault::Vault;
use portcullis_store::{
    ClaimedCheck, ClaimedRun, CredentialsState, CredentialsVerdict, DeleteGuard, IntegrationRow,
    Purpose, Store, StoreError, Wake,
};
use secrecy::SecretString;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, field};

/// How often work is looked for without a wake-up.
const POLL: Duration = Duration::from_millis(500);
/// Readers are told of commits at most this often.
const TELL: Duration = Duration::from_millis(50);
/// How long the end of the process waits for the last lines of the syncs' log.
const LAST_LINES: Duration = Duration::from_secs(2);

/// How often sessions are looked for that have to be given back, and how long that may take.
const LEAVE: Duration = Duration::from_secs(1);
const LEAVING: Duration = Duration::from_secs(15);

/// How long the first claim waits for connectors: those that take longer are waited for by their own runs.
const LOADING: Duration = Duration::from_secs(5);

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Names this worker in the database.
    pub name: String,
    /// How long a claim lasts without a sign of life.
    pub lease: Duration,
    /// Runs at once.
    pub concurrency: usize,
    /// Runs of one integration at once.
    pub per_integration: u32,
    /// Parents of one run whose pages are pulled at once.
    pub partitions: usize,
    /// How long a run may become.
    pub caps: Caps,
    /// When a person is asked before records are deleted.
    pub guard: DeleteGuard,
}

/// What a worker needs.
#[derive(Clone)]
pub struct WorkerDeps {
    /// Where work is found and results go.
    pub store: Store,
    /// Where credentials come from.
    pub vault: Vault,
    /// Where connectors are found.
    pub registry: Arc<Registry>,
    /// Cancelled when the connectors that lay there at the start are loaded.
    pub loaded: CancellationToken,
    /// The way out to vendors.
    pub egress: Egress,
    /// How to work.
    pub config: WorkerConfig,
}

/// A worker at work.
pub struct Worker {
    shared: Arc<Shared>,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Ends when the last line of the syncs' log is written.
    log: JoinHandle<()>,
}

impl Worker {
    /// Starts to work.
    pub fn start(deps: WorkerDeps) -> Self {
        let (log, log_writer) = SyncLog::new();
        let room = Arc::new(Semaphore::new(deps.config.concurrency));
        let shared = Arc::new(Shared {
            store: deps.store.with_purpose(Purpose::Sync),
            background: deps.store.with_purpose(Purpose::Background),
            vault: deps.vault,
            registry: deps.registry,
            egress: deps.egress,
            config: deps.config,
            committed: Notify::new(),
            work: Notify::new(),
            room,
            held: Mutex::default(),
            drain: CancellationToken::new(),
            log,
        });
        let log = tokio::spawn(log_writer.write(shared.background.clone()));
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let claims = Claims {
            shared: Arc::clone(&shared),
            tasks: tasks.clone(),
            checks: Arc::new(Semaphore::new(shared.config.concurrency)),
        };
        tokio::spawn(until(stop.clone(), listen(Arc::clone(&shared))));
        tokio::spawn(until(stop.clone(), heartbeats(Arc::clone(&shared))));
        tokio::spawn(until(stop.clone(), tell(Arc::clone(&shared))));
        tokio::spawn(until(
            shared.drain.clone(),
            keep_schedules(Arc::clone(&shared)),
        ));
        tokio::spawn(until(stop.clone(), leave_sessions(Arc::clone(&shared))));
        tokio::spawn(until(shared.drain.clone(), async move {
            // A run that is claimed before its connector is there would be put off for seconds.
            let _ = tokio::time::timeout(LOADING, deps.loaded.cancelled()).await;
            claims.work().await;
        }));
        Self {
            shared,
            tasks,
            stop,
            log,
        }
    }

    /// Claims nothing more, lets pages in flight be stored, and hands runs back; waits so long at most.
    /// What is unfinished then is taken over when its lease is over.
    pub async fn drain(self, patience: Duration) {
        self.shared.drain.cancel();
        self.tasks.close();
        if tokio::time::timeout(patience, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                "runs did not end in time; others go on with them when their leases are over"
            );
        }
        self.stop.cancel();
        // With the last task the log ends, and what was handed in is written.
        let Self { shared, log, .. } = self;
        drop(shared);
        if tokio::time::timeout(LAST_LINES, log).await.is_err() {
            tracing::warn!("the last lines of the syncs' log were not written in time");
        }
    }
}

/// What the tasks of a worker share.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) background: Store,
    pub(crate) vault: Vault,
    pub(crate) registry: Arc<Registry>,
    egress: Egress,
    pub(crate) config: WorkerConfig,
    /// Something was committed that readers should hear of.
    pub(crate) committed: Notify,
    work: Notify,
    /// For so many more runs.
    room: Arc<Semaphore>,
    held: Mutex<HashMap<String, Held>>,
    pub(crate) drain: CancellationToken,
    pub(crate) log: SyncLog,
}

/// Why no call can be made for an integration just now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotCallable {
    #[error("no connector is loaded for this integration; put its file into the connectors folder")]
    ConnectorMissing,
    #[error(transparent)]
    Caller(#[from] CallerError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Shared {
    /// The connector that serves an integration now.
    pub(crate) fn connector(
        &self,
        integration: &IntegrationRow,
    ) -> Result<Arc<Loaded>, NotCallable> {
        self.registry
            .get(&integration.connector_id)
            .ok_or(NotCallable::ConnectorMissing)
    }

    /// Opens the integration's secrets and prepares calls.
    pub(crate) async fn caller(&self, integration: &IntegrationRow) -> Result<Caller, NotCallable> {
        let secrets = self
            .vault
            .open_all(&integration.account_id, &integration.id)
            .await?;
        self.caller_with(integration, secrets)
    }

    /// Prepares calls with other secrets than the integration's.
    pub(crate) fn caller_with(
        &self,
        integration: &IntegrationRow,
        secrets: BTreeMap<String, SecretString>,
    ) -> Result<Caller, NotCallable> {
        let loaded = self.connector(integration)?;
        let target = Target {
            account_id: integration.account_id.clone(),
            integration_id: integration.id.clone(),
            environment: match integration.environment {
                portcullis_store::Environment::Sandbox => Environment::Sandbox,
                portcullis_store::Environment::Production => Environment::Production,
            },
            base_url: integration.base_url.clone(),
            settings: serde_json::from_value(integration.settings.clone()).unwrap_or_default(),
            secrets,
        };
        Ok(Caller::new(loaded, target, &self.egress)?)
    }

    /// Pauses an integration whose credentials the vendor does not take any more.
    pub(crate) async fn reject_credentials(
        &self,
        account_id: &str,
        integration_id: &str,
        cause: &Cause,
    ) -> Result<(), StoreError> {
        let state = CredentialsState {
            verdict: CredentialsVerdict::Rejected,
            message: Some(cause.message.clone()),
            code: Some(cause.code.to_owned()),
            vendor_account_id: None,
            vendor_account_name: None,
        };
        self.store
            .set_credentials_state(account_id, integration_id, state)
            .await
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<String, Held>> {
        // A poisoned map is still a map: whoever panicked held no half-made entry.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn until(stop: CancellationToken, task: impl Future<Output = ()>) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = task => {}
    }
}

struct Claims {
    shared: Arc<Shared>,
    tasks: TaskTracker,
    checks: Arc<Semaphore>,
}

impl Claims {
    async fn work(self) {
        loop {
            let found = match self.claim().await {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(error = %error, "no work could be claimed");
                    false
                }
            };
            if !found {
                tokio::select! {
                    () = self.shared.work.notified() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
    }

    /// Claims a check, and as many runs as there is room for.
    async fn claim(&self) -> Result<bool, StoreError> {
        let (store, config) = (&self.shared.background, &self.shared.config);
        let mut found = false;
        if let Ok(permit) = Arc::clone(&self.checks).try_acquire_owned() {
            let claimed = store
                .claim_access_check(&config.name, config.lease, crate::access::CHECK_LIMIT)
                .await?;
            if let Some(claimed) = claimed {
                found = true;
                let shared = Arc::clone(&self.shared);
                self.tasks.spawn(async move {
                    check(&shared, claimed).await;
                    drop(permit);
                });
            }
        }
        let room = self.shared.room.available_permits();
        if room > 0 {
            let claimed = store
                .claim_runs(&config.name, config.lease, config.per_integration, room)
                .await?;
            for claimed in claimed {
                // Nobody else takes permits, so there is one for each.
                let Ok(permit) = Arc::clone(&self.shared.room).try_acquire_owned() else {
                    break;
                };
                found = true;
                let shared = Arc::clone(&self.shared);
                self.tasks.spawn(async move {
                    run(&shared, claimed).await;
                    drop(permit);
                    // The next run of this integration may have waited for this one.
                    shared.work.notify_one();
                });
            }
        }
        Ok(found)
    }
}

async fn check(shared: &Shared, claimed: ClaimedCheck) {
    let lease = claimed.lease.clone();
    let cancel = CancellationToken::new();
    let span = tracing::info_span!(target: portcullis_trace::TARGET, "access check", otel.kind = "consumer",
        check_id = lease.check_id, integration = portcullis_trace::log_name(&lease.integration_id), connector = claimed.integration.connector_id);
    portcullis_trace::go_on(&span, claimed.trace.as_deref());
    let alive = async {
        loop {
            tokio::time::sleep(shared.config.lease / 3).await;
            match shared
                .background
                .heartbeat_access_check(&lease, shared.config.lease)
                .await
            {
                Err(StoreError::LeaseLost) => return,
                Err(error) => tracing::warn!(error = %error, "a sign of life could not be given"),
                Ok(()) => {}
            }
        }
    };
    tokio::select! {
        done = work_check(shared, claimed, &cancel).instrument(span) => if let Err(error) = done {
            tracing::warn!(check = %lease.check_id, error = %error, "an access check could not be stored");
        },
        () = alive => {
            // Archived, or taken over: whatever this check would still find out is not wanted.
            cancel.cancel();
        }
    }
}

async fn run(shared: &Arc<Shared>, claimed: ClaimedRun) {
    let signals = Signals {
        cancel: CancellationToken::new(),
        lost: CancellationToken::new(),
        // One run can be asked to go without the process.
        drain: shared.drain.child_token(),
    };
    let lease = claimed.lease.clone();
    let id = lease.run_id.clone();
    shared.log.claimed(&claimed, &shared.config.name);
    let held = Held {
        lease: lease.clone(),
        signals: signals.clone(),
        since: Instant::now(),
    };
    let displaced = shared.held().insert(id.clone(), held);
    // Whoever held it here before has lost it, and will not be told by a sign of life any more.
    if let Some(old) = displaced {
        old.signals.lost.cancel();
        old.signals.cancel.cancel();
    }
    // One span a claim: a run that is parked, or that another worker goes on with, has several.
    let span = tracing::info_span!(target: portcullis_trace::TARGET, "run", otel.name = format_args!("run {}", lease.model),
        otel.kind = "consumer", sync_id = lease.sync_id, run_id = id, model = lease.model,
        integration = portcullis_trace::log_name(&lease.integration_id), connector = claimed.integration.connector_id,
        attempt = claimed.run.attempt, status = field::Empty);
    portcullis_trace::go_on(&span, claimed.trace.as_deref());
    work_run(shared, claimed, signals)
        .instrument(span.clone())
        .await;
    {
        let mut all = shared.held();
        if all.get(&id).is_some_and(|it| it.lease.fence == lease.fence) {
            all.remove(&id);
        }
    }
    match shared.background.run_state(&lease.account_id, &id).await {
        Ok(state) => {
            span.record("status", state.run.status.as_str());
            shared.log.left(&lease, &state);
        }
        Err(error) => tracing::debug!(run = %id, %error, "how a run was left is not in its log"),
    }
}

async fn listen(shared: Arc<Shared>) {
    loop {
        match shared.background.listen().await {
            Ok(mut listener) => loop {
                match listener.next().await {
                    Ok(Wake::Work | Wake::Connectors | Wake::Reconnected) => {
                        shared.work.notify_one()
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::debug!(error = %error, "the listener lost its connection");
                        break;
                    }
                }
            },
            Err(error) => tracing::debug!(error = %error, "no listener; work is polled for"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn tell(shared: Arc<Shared>) {
    loop {
        shared.committed.notified().await;
        if let Err(error) = shared.background.notify(&Wake::Generations).await {
            tracing::debug!(error = %error, "readers were not told; they poll");
        }
        tokio::time::sleep(TELL).await;
    }
}

/// Gives sessions back to their vendors that nobody uses any more.
async fn leave_sessions(shared: Arc<Shared>) {
    loop {
        match leave_session(&shared).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(LEAVE).await,
            Err(error) => {
                tracing::warn!(error = %error, "a session could not be given back");
                tokio::time::sleep(LEAVE).await;
            }
        }
    }
}

async fn leave_session(shared: &Shared) -> Result<bool, StoreError> {
    let name = &shared.config.name;
    let Some(leaving) = shared.vault.claim_leaving_session(name, LEAVING).await? else {
        return Ok(false);
    };
    let integration = shared
        .background
        .get_integration(&leaving.account_id, &leaving.integration_id)
        .await?;
    match shared.caller(&integration).await {
        Ok(caller) => caller.leave(&leaving.session).await?,
        Err(NotCallable::Store(error)) => return Err(error),
        Err(error) => {
            tracing::warn!(error = %error, "a session cannot be given back; the vendor ends it in time");
            shared.background.session_left(&leaving.session.id).await?;
        }
    }
    Ok(true)
}
