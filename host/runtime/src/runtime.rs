//! The runtime of one process: engine, pool, linker, cache.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::p2::bindings::{cli, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};

use crate::cache::{Cache, Miss};
use crate::compile::{CompileError, CompilerCommand, compile, failed};
use crate::contract::Connector;
use crate::engine::{serving_engine, start_ticking};
use crate::gate::{Candidate, named};
use crate::limits::Limits;
use crate::loaded::{Loaded, dry_run_limits};
use crate::refusal::{Refusal, RefusalCode};
use crate::state::CallState;

/// How long to wait where the machine is short of something.
const SHORTAGE: Duration = Duration::from_millis(500);

/// How a [`Runtime`] is set up.
#[derive(Debug, Clone)]
pub struct RuntimeConfig {
    /// Where machine code is kept, in a folder for this host's user alone.
    pub cache_dir: PathBuf,
    /// Who compiles.
    pub compiler: CompilerCommand,
    /// How long one compilation may take.
    pub compile_timeout: Duration,
    /// How many calls may run at once; each reserves some 4 GiB of address space, not
    /// memory.
    pub max_instances: NonZeroU32,
    /// How many of them one connector may have.
    pub instances_per_connector: NonZeroU32,
    /// How long a call waits for a free instance before it is [`Saturated`].
    ///
    /// [`Saturated`]: crate::CallError::Saturated
    pub patience: Duration,
    /// What no call may exceed, whatever it asks for.
    pub ceilings: Limits,
}

impl RuntimeConfig {
    /// 64 instances, 48 of them for one connector; a compilation may take two minutes,
    /// the wait for an instance ten seconds.
    #[must_use]
    pub fn new(cache_dir: PathBuf, compiler: CompilerCommand) -> Self {
        Self {
            cache_dir,
            compiler,
            compile_timeout: Duration::from_secs(120),
            max_instances: NonZeroU32::MIN.saturating_add(63),
            instances_per_connector: NonZeroU32::MIN.saturating_add(47),
            patience: Duration::from_secs(10),
            ceilings: Limits {
                memory_bytes: 256 << 20,
                ..Limits::default()
            },
        }
    }
}

/// Why a runtime cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder of the compile cache cannot be used.
    #[error("the compile cache in {}: {source}", folder.display())]
    Cache {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// wasmtime refuses: mostly too little address space for the pool.
    #[error("the WebAssembly engine: {0}")]
    Engine(String),
}

impl StartError {
    /// The stable name of the failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cache { .. } => "compile_cache_unusable",
            Self::Engine(_) => "engine_unusable",
        }
    }
}

/// What all loaded connectors share.
pub(crate) struct Shared {
    pub(crate) config: SharedConfig,
    pub(crate) dry_run: Limits,
    /// One permit per place in the pool: an exhausted pool is an error, a semaphore a
    /// wait.
    pub(crate) places: Arc<Semaphore>,
}

/// The part of the configuration that calls look at.
pub(crate) struct SharedConfig {
    pub(crate) ceilings: Limits,
    pub(crate) patience: Duration,
    pub(crate) instances_per_connector: u32,
}

/// Loads connectors. There is one per process, because types of one wasmtime engine
/// mean nothing to another.
pub struct Runtime {
    engine: Engine,
    linker: Linker<CallState>,
    cache: Arc<Cache>,
    compiler: CompilerCommand,
    compile_timeout: Duration,
    /// Two compilations at once would each be slower than one after the other.
    compiling: tokio::sync::Mutex<()>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

impl Runtime {
    /// Reserves the pool, opens the cache and starts the clock.
    ///
    /// # Errors
    ///
    /// When the folder cannot be used or the address space does not suffice.
    pub fn new(config: RuntimeConfig) -> Result<Self, StartError> {
        let refuse = |error: wasmtime::Error| StartError::Engine(format!("{error:#}"));
        let engine = serving_engine(config.max_instances.get(), config.ceilings.memory_bytes)
            .map_err(refuse)?;
        let cache =
            Cache::open(&config.cache_dir, &engine).map_err(|source| StartError::Cache {
                folder: config.cache_dir.clone(),
                source,
            })?;
        let linker = linker(&engine).map_err(refuse)?;
        start_ticking(&engine).map_err(|error| StartError::Engine(error.to_string()))?;
        let shared = Shared {
            dry_run: dry_run_limits(&config.ceilings),
            places: Arc::new(Semaphore::new(config.max_instances.get() as usize)),
            config: SharedConfig {
                ceilings: config.ceilings,
                patience: config.patience,
                instances_per_connector: config.instances_per_connector.get(),
            },
        };
        Ok(Self {
            engine,
            linker,
            cache: Arc::new(cache),
            compiler: config.compiler,
            compile_timeout: config.compile_timeout,
            compiling: tokio::sync::Mutex::new(()),
            shared: Arc::new(shared),
        })
    }

    /// Makes sure that the machine code of `candidate` lies in the cache.
    ///
    /// # Errors
    ///
    /// `compile_failed` and `compile_timeout`.
    pub async fn compile(&self, candidate: &Candidate) -> Result<(), Refusal> {
        self.component(candidate)
            .await
            .map(drop)
            .map_err(|refusal| named(refusal, &candidate.manifest))
    }

    /// Compiles `candidate` unless that was done before, links it, and instantiates it
    /// once without egress.
    ///
    /// # Errors
    ///
    /// `compile_failed`, `compile_timeout`, `unsupported_world` when a type of the
    /// contract differs, `dry_run_failed`.
    pub async fn load(&self, candidate: Candidate) -> Result<Arc<Loaded>, Refusal> {
        let manifest = candidate.manifest.clone();
        self.link(candidate)
            .await
            .map_err(|refusal| named(refusal, &manifest))
    }

    /// How many calls may begin right now without waiting.
    #[must_use]
    pub fn free_instances(&self) -> usize {
        self.shared.places.available_permits()
    }

    async fn link(&self, candidate: Candidate) -> Result<Arc<Loaded>, Refusal> {
        let component = self.component(&candidate).await?;
        let pre = self
            .linker
            .instantiate_pre(&component)
            .map_err(|error| Refusal::new(RefusalCode::UnsupportedWorld, format!("{error:#}")))?;
        Ok(Arc::new(
            Loaded::new(candidate, pre, Arc::clone(&self.shared)).await?,
        ))
    }

    /// The machine code of a component. A shortage of the machine is waited for, as long as compiling may take at most:
    /// the component cannot help it, and nobody puts it there a second time.
    async fn component(&self, candidate: &Candidate) -> Result<Component, Refusal> {
        let _one_at_a_time = self.compiling.lock().await;
        let mut begun = None;
        loop {
            match self.compiled(candidate).await {
                Ok(component) => return Ok(component),
                Err(CompileError::Refused(refusal)) => return Err(refusal),
                Err(CompileError::Shortage(error)) => {
                    let begun = *begun.get_or_insert_with(|| {
                        tracing::warn!(%error, "a connector waits to be compiled: the machine is short of something");
                        Instant::now()
                    });
                    if begun.elapsed() >= self.compile_timeout {
                        return Err(failed(error.to_string()));
                    }
                    tokio::time::sleep(SHORTAGE).await;
                }
            }
        }
    }

    async fn compiled(&self, candidate: &Candidate) -> Result<Component, CompileError> {
        match self.cached(&candidate.digest).await? {
            Ok(component) => return Ok(component),
            Err(Miss::Absent) => {}
            Err(miss) => {
                let digest = &candidate.digest;
                tracing::warn!(digest, reason = %miss, "a file of the compile cache is not used");
            }
        }
        // In the folder of the cache, so that taking it over is a rename.
        let draft = self.cache.draft()?;
        compile(
            &self.compiler,
            candidate.bytes(),
            &draft,
            self.compile_timeout,
        )
        .await?;
        let cache = Arc::clone(&self.cache);
        let digest = candidate.digest.clone();
        blocking(move || cache.keep(&digest, &draft)).await?;
        let component = self.cached(&candidate.digest).await?;
        Ok(component.map_err(|miss| failed(format!("the compiled code does not load: {miss}")))?)
    }

    async fn cached(&self, digest: &str) -> Result<Result<Component, Miss>, CompileError> {
        let cache = Arc::clone(&self.cache);
        let engine = self.engine.clone();
        let digest = digest.to_owned();
        blocking(move || cache.load(&engine, &digest)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, CompileError> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|panic| failed(panic.to_string()))?;
    done.map_err(|error| match CompileError::from(error) {
        CompileError::Refused(refusal) => {
            failed(format!("the compile cache: {}", refusal.detail)).into()
        }
        shortage => shortage,
    })
}

/// All that a connector can import: the contract, and of WASI the standard streams,
/// clocks and random numbers. No file and no socket is linked, so none can be reached.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<CallState>> {
    let mut linker = Linker::new(engine);
    Connector::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async(&mut linker)?;
    let l = &mut linker;
    cli::environment::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    cli::exit::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    cli::terminal_input::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    cli::terminal_output::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    cli::terminal_stdin::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    cli::terminal_stdout::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    cli::terminal_stderr::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    random::insecure::add_to_linker::<CallState, WasiRandom>(l, CallState::random)?;
    random::insecure_seed::add_to_linker::<CallState, WasiRandom>(l, CallState::random)?;
    Ok(linker)
}
