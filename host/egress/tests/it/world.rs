//! Sessions as a gateway would make them.

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use portcullis_egress::{
    BoundSecret, Buckets, Budget, CapturedSecret, Client, ClientSettings, HostRule, Method, Policy,
    Request, Resolver, SecretSink, SecretSource, Session, SessionConfig, SystemResolver, Unlimited,
};
use secrecy::SecretString;
use tokio::time::Instant;

use crate::server::Server;

/// A value with everything in it that some encoding escapes.
pub(crate) const SECRET: &str = r#"s3cr3t/&<va"l'ue>+=%\éé-0123456789"#;

/// A value that may stand in a header or a cookie.
pub(crate) const TOKEN: &str = "tok_9f8e7d6c5b4a+/=longer";

pub(crate) struct Secrets(HashMap<String, BoundSecret>);

impl SecretSource for Secrets {
    fn get(&self, name: &str) -> Option<BoundSecret> {
        self.0.get(name).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// Declares `session` and nothing else.
pub(crate) struct Sink {
    pub(crate) hosts: Vec<HostRule>,
    pub(crate) kept: Mutex<Vec<CapturedSecret>>,
}

impl SecretSink for Sink {
    fn hosts(&self, name: &str) -> Option<Vec<HostRule>> {
        (name == "session").then(|| self.hosts.clone())
    }

    fn keep(&self, secret: CapturedSecret) {
        self.kept.lock().unwrap().push(secret);
    }
}

/// Gives the answers that were written down, the last one for ever.
pub(crate) struct Script {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Script {
    pub(crate) fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers
            .iter()
            .map(|answer| answer.iter().map(|text| text.parse().unwrap()).collect())
            .collect();
        Arc::new(Self {
            answers,
            asked: AtomicUsize::new(0),
        })
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Resolver for Script {
    fn resolve(&self, _host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[turn.min(self.answers.len() - 1)].clone();
        Box::pin(async move { Ok(answer) })
    }
}

pub(crate) fn client() -> Arc<Client> {
    Arc::new(Client::new(ClientSettings::default(), Arc::new(SystemResolver)).unwrap())
}

pub(crate) fn client_with(resolver: Arc<dyn Resolver>) -> Arc<Client> {
    Arc::new(Client::new(ClientSettings::default(), resolver).unwrap())
}

/// Everything that a call to this origin needs: secrets `secret`, `token` bound to it, `foreign` bound elsewhere.
pub(crate) fn config(origin: &str) -> SessionConfig {
    let here = HostRule::origin_of(origin).unwrap();
    let there = HostRule::parse("elsewhere.test").unwrap();
    let bound = |value: &str, rule: &HostRule| BoundSecret {
        value: SecretString::from(value),
        hosts: vec![rule.clone()],
    };
    let secrets = HashMap::from([
        ("secret".to_owned(), bound(SECRET, &here)),
        ("token".to_owned(), bound(TOKEN, &here)),
        ("foreign".to_owned(), bound("belongs-elsewhere", &there)),
    ]);
    SessionConfig {
        integration: "int_1".to_owned(),
        policy: Arc::new(Policy::builder().allow_loopback(origin).unwrap().build()),
        secrets: Arc::new(Secrets(secrets)),
        limiter: Arc::new(Unlimited),
        buckets: Arc::new(Buckets::default()),
        sink: None,
        budget: Budget {
            requests: 100,
            bytes: 16 << 20,
            deadline: Instant::now() + Duration::from_secs(20),
            concurrency: 4,
            max_response_bytes: 1 << 20,
        },
    }
}

/// The same, with a sink: what `session.open` runs under.
pub(crate) fn opening(origin: &str) -> (SessionConfig, Arc<Sink>) {
    let sink = Arc::new(Sink {
        hosts: vec![HostRule::origin_of(origin).unwrap()],
        kept: Mutex::default(),
    });
    let mut config = config(origin);
    config.sink = Some(Arc::clone(&sink) as Arc<dyn SecretSink>);
    (config, sink)
}

pub(crate) fn session(server: &Server) -> Session {
    Session::new(client(), config(&server.origin()))
}

pub(crate) fn get(server: &Server, path: &str) -> Request {
    Request::new(Method::Get, server.url(path))
}
