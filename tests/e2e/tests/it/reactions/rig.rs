//! Calls of real components within this process, so that a test chooses the vendor and the way to it.

use futures_util::future::BoxFuture;
use portcullis_e2e::{component, pack};
use portcullis_egress::{Client, ClientSettings, Resolver, WindowLimiter};
use portcullis_manifest::Environment;
use portcullis_runtime::contract::{Page, PageRequest, Span};
use portcullis_runtime::{
    CallOutcome, CancellationToken, CompilerCommand, Loaded, Runtime, RuntimeConfig, inspect,
};
use portcullis_sync::reaction::decide;
use portcullis_sync::{Caller, Egress, FingerprintKey, Sessions, Target};
use std::fmt::Debug;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_millis(700);
/// How long a call waits for a free instance.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long a call may take where nothing ends it before.
pub(super) const WALL: Duration = Duration::from_secs(60);

/// A runtime and the components that it loaded.
pub(super) struct Rig {
    runtime: Runtime,
    folder: TempDir,
}

impl Rig {
    pub(super) fn new(instances: u32) -> Self {
        let folder = TempDir::new().expect("a folder");
        let cache = folder.path().join("compiled");
        let mut config = RuntimeConfig::new(cache, CompilerCommand::InProcess);
        config.max_instances = instances.try_into().expect("at least one");
        config.instances_per_connector = config.max_instances;
        config.patience = PATIENCE;
        Self {
            runtime: Runtime::new(config).expect("a runtime"),
            folder,
        }
    }

    /// A guest of the tests, by its crate's name, with a manifest.
    pub(super) async fn load(&self, guest: &str, manifest: &str) -> Arc<Loaded> {
        self.load_file(&component(guest), manifest).await
    }

    pub(super) async fn load_file(&self, guest: &Path, manifest: &str) -> Arc<Loaded> {
        let file = self.folder.path().join("packed.wasm");
        pack(guest, manifest, &file);
        let bytes = std::fs::read(&file).expect("the packed component");
        let candidate = inspect(bytes).expect("a connector");
        self.runtime.load(candidate).await.expect("it loads")
    }
}

/// No name has an address here; addresses need none.
struct NoNames;

impl Resolver for NoNames {
    fn resolve(&self, _host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async { Err(io::ErrorKind::NotFound.into()) })
    }
}

/// Calls for an integration with these fields, whose vendor is at `base_url`.
pub(super) fn caller(loaded: &Arc<Loaded>, base_url: &str, fields: &[(&str, &str)]) -> Caller {
    let fields = fields
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let split = loaded.manifest().split_fields(&fields);
    let split = split.expect("the fields of the form");
    let target = Target {
        account_id: "acc_1".to_owned(),
        integration_id: "int_1".to_owned(),
        environment: Environment::Sandbox,
        base_url: Some(base_url.to_owned()),
        settings: split.settings,
        secrets: split
            .secrets
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect(),
    };
    let settings = ClientSettings {
        request_timeout: TIMEOUT,
        ..ClientSettings::default()
    };
    let egress = Egress {
        client: Arc::new(Client::new(settings, Arc::new(NoNames)).expect("a client")),
        limiter: Arc::new(WindowLimiter::new()),
        sessions: Sessions::local(),
        fingerprints: FingerprintKey::random(),
        allow_loopback: true,
    };
    Caller::new(Arc::clone(loaded), target, &egress).expect("a caller")
}

/// Asks for the first page of a model, everything of it.
pub(super) fn page(model: &str) -> PageRequest {
    PageRequest {
        model: model.to_owned(),
        companions: Vec::new(),
        span: Span::Full,
        partition: None,
        cursor: None,
        started_at: 0,
        target_records: 100,
        max_bytes: 1 << 20,
        originals: false,
        extras: Vec::new(),
    }
}

pub(super) async fn pull(caller: &Caller, wanted: PageRequest) -> CallOutcome<Page> {
    let cancel = CancellationToken::new();
    caller.pull(1, WALL, &cancel, wanted).await
}

/// The code that people see of a call that failed.
pub(super) fn code<T: Debug>(outcome: CallOutcome<T>) -> &'static str {
    let error = outcome.result.expect_err("a failure");
    let (_, cause) = decide(&error);
    portcullis_test_codes::record(cause.code);
    cause.code
}

/// A vendor that treats every request alike; dropped, it is gone.
pub(super) struct Vendor {
    pub(super) url: String,
    _serving: AbortOnDropHandle<()>,
}

impl Vendor {
    /// Answers with these bytes, and with nothing else.
    pub(super) async fn saying(bytes: String) -> Self {
        Self::new(Some(bytes.into())).await
    }

    /// Answers with a status and a body.
    pub(super) async fn answering(status: u16, body: &str) -> Self {
        let length = body.len();
        Self::saying(format!(
            "HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
        .await
    }

    /// Listens, and never says a word.
    pub(super) async fn silent() -> Self {
        Self::new(None).await
    }

    async fn new(answer: Option<Arc<str>>) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = socket.local_addr().expect("an address");
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = socket.accept().await.expect("a connection");
                tokio::spawn(treat(stream, answer.clone()));
            }
        });
        Self {
            url: format!("http://{address}"),
            _serving: AbortOnDropHandle::new(serving),
        }
    }
}

async fn treat(mut stream: TcpStream, answer: Option<Arc<str>>) {
    let mut request = [0; 4096];
    // Whoever hangs up early is none of this vendor's business.
    let _ = stream.read(&mut request).await;
    match answer {
        Some(answer) => {
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        None => std::future::pending().await,
    }
}
