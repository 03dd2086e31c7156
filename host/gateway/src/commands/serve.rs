//! `portcullis serve`: puts everything together, waits, and takes it apart in order.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use portcullis_api::{Api, ApiConfig, ApiState};
use portcullis_egress::{Client, ClientSettings, Limiter, SystemResolver, WindowLimiter};
use portcullis_runtime::watch::Folder;
use portcullis_runtime::{CompilerCommand, Limits, Registry, Runtime, RuntimeConfig};
use portcullis_service::{Service, ServiceConfig};
use portcullis_store::vault::Vault;
use portcullis_store::{DeleteGuard, Environment, NewKey, Purpose, Role};
use portcullis_sync::{
    Caps, ConnectorFolder, Egress, FingerprintKey, Sessions, SharedLimiter, StoredSessions, Worker,
    WorkerConfig, WorkerDeps,
};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::cli;
use crate::config::Config;
use crate::console;
use crate::database::Database;
use crate::failure::Failure;
use crate::folder::{self, ServeLock};
use crate::listening::Listening;
use crate::measures;
use crate::output::Output;
use crate::signals;

/// How long requests in flight may take after the signal.
const REQUESTS_PATIENCE: Duration = Duration::from_secs(10);
/// How long pages in flight may take to be stored after the signal.
const WORKER_PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn run(serve: cli::Serve, config: Config, output: Output) -> Result<(), Failure> {
    let stop = signals::listen()?;
    if serve.exit_with_parent {
        signals::end_with_parent(&stop)?;
    }
    // The cheap refusals first: nothing is started when the port or the folder is taken.
    let listening = Listening::on(&config).await?;
    let data_dir = folder::prepare(&config.data_dir()?)?;
    let _lock = ServeLock::take(&data_dir)?;
    let metrics = measures::start()?;
    let database = Database::open(&config).await?;
    let result = Box::pin(serve_on(
        &database, &config, listening, metrics, stop, output,
    ))
    .await;
    let closed = database.close().await;
    result.and(closed)
}

async fn serve_on(
    database: &Database,
    config: &Config,
    listening: Listening,
    metrics: PrometheusHandle,
    stop: CancellationToken,
    output: Output,
) -> Result<(), Failure> {
    let vault = database.vault(config, output).await?;
    first_account(database, output).await?;

    let connectors_dir = config.connectors_dir()?;
    let work = if config.sync.worker {
        Some(Work::start(database, config, vault.clone(), &stop)?)
    } else {
        None
    };

    let service_config = ServiceConfig {
        allow_loopback: config.egress.allow_loopback,
    };
    let service = Service::new(&database.store, vault, service_config);
    let api_config = ApiConfig {
        cache_ttl: config.cache.ttl.0,
        cache_max_bytes: config.cache.max_bytes.0,
        requests_per_minute: config.api.requests_per_minute,
        no_cache_per_minute: config.cache.no_cache_per_minute,
        public_url: listening.front().public_url.clone(),
    };
    let state = ApiState::new(service.clone(), api_config, metrics)
        .map_err(|error| Failure::new(error.code(), error.to_string()))?;
    let fresh = state.clone();
    let freshness = AbortOnDropHandle::new(tokio::spawn(async move { fresh.keep_fresh().await }));

    let (here, base_url) = (listening.here(), listening.base_url());
    console::first_admin(&service, &base_url, output).await?;
    let router = console::router(config, service, stop.clone(), Api::router(state.clone()))?;
    let service = Api::with_shortcut(state.clone(), router);
    let answering = listening.answer(service, stop.clone())?;
    let event = json!({"event": "listening", "base_url": base_url, "address": here});
    output.event(&event, || {
        let known = match here == base_url {
            true => String::new(),
            false => format!(", known as {base_url}"),
        };
        format!(
            "Listening on {here}{known}: the console there, its API's reference at {base_url}/docs\n{}",
            if config.sync.worker {
                format!("Connectors from {}", connectors_dir.display())
            } else {
                "Serving only: syncs are done by `portcullis worker`".to_owned()
            }
        )
    });

    stop.cancelled().await;
    state.close_streams();
    // Pages in flight are stored and requests in flight answered at the same time; the database goes last.
    let drained = async {
        if let Some(work) = work {
            work.drain().await;
        }
    };
    let (_, answered) = tokio::join!(drained, tokio::time::timeout(REQUESTS_PATIENCE, answering));
    if answered.is_err() {
        tracing::warn!("requests in flight were cut off");
    }
    drop(freshness);
    state.flush().await;
    Ok(())
}

/// What syncs: the watched connectors and a worker.
pub(super) struct Work {
    worker: Worker,
    _watching: AbortOnDropHandle<()>,
}

impl Work {
    /// Watches the connectors and starts to work.
    pub(super) fn start(
        database: &Database,
        config: &Config,
        vault: Vault,
        stop: &CancellationToken,
    ) -> Result<Self, Failure> {
        let egress = egress(config, Keep::shared(database, &vault))?;
        let runtime = runtime(
            config,
            folder::private(compiled_dir(config, &database.data_dir))?,
        )?;
        let registry = Arc::new(Registry::new());
        let connectors = ConnectorFolder::new(
            runtime,
            Arc::clone(&registry),
            database.store.clone(),
            config.connectors.trust,
        );
        let folder = Folder::new(config.connectors_dir()?);
        let loaded = CancellationToken::new();
        let watching = tokio::spawn(connectors.watch(folder, loaded.clone(), stop.clone()));
        let deps = worker_deps(database, config, vault, registry, loaded, egress);
        Ok(Self {
            worker: Worker::start(deps),
            _watching: AbortOnDropHandle::new(watching),
        })
    }

    /// Lets pages in flight be stored, and hands the runs back.
    pub(super) async fn drain(self) {
        self.worker.drain(WORKER_PATIENCE).await;
    }
}

/// The first start makes an account and a key, so that there is a way in; the key is printed this once.
async fn first_account(database: &Database, output: Output) -> Result<(), Failure> {
    let (account, made) = database.store.ensure_default_account("Default").await?;
    if !made {
        return Ok(());
    }
    let new = NewKey::new(
        &account.id,
        "first admin key",
        Environment::Sandbox,
        Role::Admin,
    );
    let (row, plain) = database.store.create_key(new).await?;
    let event = json!({
        "event": "first_key",
        "account_id": account.id,
        "key_id": row.id,
        "environment": row.environment,
        "role": row.role,
        "key": plain.expose_secret(),
    });
    output.event(&event, || {
        format!(
            "Created account {} with an admin key for the {} environment. It is shown this once:\n\n  {}\n\nMore keys: portcullis key create NAME --role read|admin --environment sandbox|production\n",
            account.id,
            row.environment,
            plain.expose_secret()
        )
    });
    Ok(())
}

fn worker_deps(
    database: &Database,
    config: &Config,
    vault: Vault,
    registry: Arc<Registry>,
    loaded: CancellationToken,
    egress: Egress,
) -> WorkerDeps {
    let concurrency = config.sync.concurrency;
    WorkerDeps {
        store: database.store.clone(),
        vault,
        registry,
        loaded,
        egress,
        config: WorkerConfig {
            // The process may come back with the same id after a restart; the random part tells them apart.
            name: format!("{}-{:08x}", std::process::id(), rand::random::<u32>()),
            lease: config.sync.lease.0,
            concurrency: usize::try_from(concurrency).unwrap_or(usize::MAX),
            // One integration with many models leaves room for the others.
            per_integration: concurrency.div_ceil(2),
            partitions: usize::try_from(config.sync.partitions).unwrap_or(usize::MAX),
            caps: Caps {
                pages: u64::from(config.sync.max_pages),
                rows: u64::from(config.sync.max_rows),
                refused_partitions: config.sync.max_refused_partitions,
            },
            guard: DeleteGuard {
                mass_share: config.sync.mass_delete_share,
                ..DeleteGuard::default()
            },
        },
    }
}

/// What calls share beyond themselves: within this process, or with all replicas.
pub(super) struct Keep {
    limiter: Arc<dyn Limiter>,
    sessions: Sessions,
    fingerprints: FingerprintKey,
}

impl Keep {
    /// Together with all replicas on the same database.
    fn shared(database: &Database, vault: &Vault) -> Self {
        let store = database.store.with_purpose(Purpose::Background);
        let sessions = StoredSessions::new(store.clone(), vault.clone());
        Self {
            limiter: Arc::new(SharedLimiter::start(store)),
            sessions: Sessions::over(Box::new(sessions)),
            fingerprints: FingerprintKey::new(*vault.derived_key("fingerprints")),
        }
    }

    /// Within this process alone.
    pub(super) fn here() -> Self {
        Self {
            limiter: Arc::new(WindowLimiter::new()),
            sessions: Sessions::local(),
            fingerprints: FingerprintKey::random(),
        }
    }
}

/// The way out to vendors.
pub(super) fn egress(config: &Config, keep: Keep) -> Result<Egress, Failure> {
    let client = Client::new(ClientSettings::default(), Arc::new(SystemResolver))
        .map_err(|error| Failure::new(error.code(), error.to_string()))?;
    Ok(Egress {
        client: Arc::new(client),
        limiter: keep.limiter,
        sessions: keep.sessions,
        fingerprints: keep.fingerprints,
        allow_loopback: config.egress.allow_loopback,
    })
}

/// Where the compiled connectors lie.
fn compiled_dir(config: &Config, data_dir: &Path) -> std::path::PathBuf {
    let configured = config.connectors.cache_dir.clone();
    configured.unwrap_or_else(|| data_dir.join("compiled"))
}

/// The WebAssembly runtime, which compiles in a child process of this very program.
pub(super) fn runtime(config: &Config, cache: std::path::PathBuf) -> Result<Arc<Runtime>, Failure> {
    let program = std::env::current_exe().map_err(|error| {
        Failure::new(
            "internal_error",
            format!("this program cannot find itself: {error}"),
        )
    })?;
    let compiler = CompilerCommand::Child(vec![program.into(), "compile-component".into()]);
    let instances = NonZeroU32::new(config.limits.instances).unwrap_or(NonZeroU32::MIN);
    let runtime = RuntimeConfig {
        max_instances: instances,
        // One busy connector leaves a quarter of the places to the others.
        instances_per_connector: NonZeroU32::new(instances.get().div_ceil(4).saturating_mul(3))
            .map_or(instances, |most| most.min(instances)),
        ceilings: Limits {
            memory_bytes: config.limits.memory.bytes(),
            cpu: config.limits.cpu.0,
            wall: config.limits.wall.0,
            result_bytes: config.limits.result.bytes(),
            ..Limits::default()
        },
        ..RuntimeConfig::new(cache, compiler)
    };
    Runtime::new(runtime)
        .map(Arc::new)
        .map_err(|error| Failure::new(error.code(), error.to_string()))
}
