//! A runtime with one assembled guest, and calls for it.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use portcullis_egress::{
    BoundSecret, Buckets, Budget, Client, ClientSettings, HostRule, Policy, Resolver, SecretSource,
    Session, SessionConfig, Unlimited,
};
use portcullis_runtime::contract::{CallContext, PageRequest, Span};
use portcullis_runtime::{
    Call, CancellationToken, Candidate, CompilerCommand, GuestLog, Level, Limits, Loaded, Runtime,
    RuntimeConfig, inspect, pack,
};

pub(crate) const MANIFEST: &str = include_str!("../fixtures/connector.toml");

/// What the guest's `validate` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Good = 0,
    Loop = 1,
    Grow = 2,
    HugeResult = 3,
    Panic = 4,
    Recurse = 5,
    Fetch = 6,
    PanicIfReused = 7,
    LogFlood = 8,
    TableGrow = 9,
    HugeArgument = 10,
    NoText = 11,
    OutOfBounds = 12,
    FetchStorm = 13,
    Filled = 14,
}

/// The guest as a component with its manifest. `holes` fills the marks of its text.
pub(crate) fn guest(world: &str, holes: &[(&str, &str)]) -> Vec<u8> {
    guest_with(&[], world, holes)
}

/// The same in a world of its own, the last of these packages'.
pub(crate) fn guest_with(packages: &[&str], world: &str, holes: &[(&str, &str)]) -> Vec<u8> {
    let mut text = include_str!("guest.wat").to_owned();
    for (hole, filling) in holes {
        assert!(text.contains(hole), "no hole {hole}");
        text = text.replace(hole, filling);
    }
    let mut module = wat::parse_str(text).expect("the guest's text");
    let mut resolve = wit_parser::Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let (mut package, _) = resolve.push_dir(wit).expect("wit");
    for text in packages {
        package = resolve.push_source("test.wit", text).expect("wit");
    }
    let world = resolve
        .select_world(&[package], Some(world))
        .expect("world");
    wit_component::embed_component_metadata(
        &mut module,
        &resolve,
        world,
        wit_component::StringEncoding::UTF8,
    )
    .expect("metadata");
    let component = wit_component::ComponentEncoder::default()
        .module(&module)
        .expect("module")
        .validate(true)
        .encode()
        .expect("component");
    pack(&component, MANIFEST).expect("pack")
}

pub(crate) fn candidate() -> Candidate {
    inspect(guest("connector", &[])).expect("inspect")
}

/// A runtime of its own for a test, with its cache folder.
pub(crate) struct Rig {
    pub(crate) runtime: Runtime,
    /// Goes with the runtime.
    _folder: tempfile::TempDir,
}

impl Rig {
    pub(crate) fn new(change: impl FnOnce(&mut RuntimeConfig)) -> Self {
        let folder = tempfile::tempdir().expect("tempdir");
        let mut config =
            RuntimeConfig::new(folder.path().join("cache"), CompilerCommand::InProcess);
        config.max_instances = 8.try_into().expect("not zero");
        config.instances_per_connector = 8.try_into().expect("not zero");
        change(&mut config);
        Self {
            runtime: Runtime::new(config).expect("runtime"),
            _folder: folder,
        }
    }

    pub(crate) async fn loaded() -> (Self, Arc<Loaded>) {
        let rig = Self::new(|_| {});
        let loaded = rig.runtime.load(candidate()).await.expect("load");
        (rig, loaded)
    }
}

/// Every name is the cloud's metadata service.
struct Rebinding;

impl Resolver for Rebinding {
    fn resolve(&self, _host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async { Ok(vec![IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254))]) })
    }
}

struct NoSecrets;

impl SecretSource for NoSecrets {
    fn get(&self, _name: &str) -> Option<BoundSecret> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Keeps the lines.
#[derive(Default)]
pub(crate) struct Lines(pub(crate) Mutex<Vec<String>>);

impl GuestLog for Lines {
    fn write(&self, _level: Level, message: &str, _fields: &[(String, String)]) {
        self.0.lock().expect("lines").push(message.to_owned());
    }
}

/// Limits that are small, so that tests are quick, and a wall that nothing reaches.
pub(crate) fn limits() -> Limits {
    Limits {
        memory_bytes: 16 << 20,
        cpu: Duration::from_millis(300),
        wall: Duration::from_secs(60),
        result_bytes: 1 << 20,
        log_bytes: 4 << 10,
    }
}

/// A call in which `validate` behaves as `mode` says, with `url` to go to.
pub(crate) fn call_to(mode: Mode, url: &str) -> Call {
    let mut policy = Policy::builder().allow_host(HostRule::parse("named.example").expect("rule"));
    if url.starts_with("http://127.0.0.1") {
        policy = policy.allow_loopback(url).expect("loopback");
    }
    let client = Client::new(ClientSettings::default(), Arc::new(Rebinding)).expect("client");
    let budget = Budget {
        requests: 20,
        bytes: 1 << 20,
        deadline: tokio::time::Instant::now() + Duration::from_secs(60),
        concurrency: 4,
        max_response_bytes: 1 << 20,
    };
    let egress = Session::new(
        Arc::new(client),
        SessionConfig {
            integration: "test".to_owned(),
            policy: Arc::new(policy.build()),
            secrets: Arc::new(NoSecrets),
            limiter: Arc::new(Unlimited),
            buckets: Arc::new(Buckets::default()),
            sink: None,
            budget,
        },
    );
    Call {
        context: CallContext {
            integration_id: "test".to_owned(),
            base_url: url.to_owned(),
            settings: "{}".to_owned(),
            secrets: Vec::new(),
            session: None,
            attempt: mode as u32,
            now: 0,
            deadline: 0,
            requests: budget.requests,
            extras: Vec::new(),
        },
        egress,
        limits: limits(),
        cancel: CancellationToken::new(),
        log: Arc::new(Lines::default()),
    }
}

pub(crate) fn call(mode: Mode) -> Call {
    call_to(mode, "https://named.example")
}

/// The first page of a model, everything of it.
pub(crate) fn page_request(model: &str) -> PageRequest {
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
