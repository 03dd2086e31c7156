//! Calls on behalf of one integration: its context, egress session, secrets and limits.

use crate::log::CallLog;
use portcullis_egress::{
    BoundSecret, Buckets, Budget, Client, HostRule, Limit, LimitKey, Limiter, Policy, RuleError,
    SecretSource, Session, SessionConfig, Window,
};
use portcullis_manifest::{Environment, LimitScope, Manifest};
use portcullis_runtime::contract::types::CallContext;
use portcullis_runtime::{Call, CancellationToken, GuestLog, Limits, Loaded};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What is known of an integration when a call is made for it.
pub struct Target {
    /// `int_…`; opaque to the guest.
    pub integration_id: String,
    /// Which of the vendor's worlds.
    pub environment: Environment,
    /// Given by the operator where loopback is allowed; otherwise the manifest's.
    pub base_url: Option<String>,
    /// Values of the manifest's settings.
    pub settings: BTreeMap<String, String>,
    /// Values of the manifest's secrets.
    pub secrets: BTreeMap<String, SecretString>,
}

/// Why no call can be made.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// Neither the manifest nor the operator names a base URL.
    #[error("the connector names no base URL for this environment, and none was given")]
    NoBaseUrl,
    /// The egress rules of the manifest do not fit the settings.
    #[error("the egress rules cannot be used: {0}")]
    Rule(#[from] RuleError),
}

/// What every call of a process shares.
#[derive(Clone)]
pub struct Egress {
    /// Connection pools.
    pub client: Arc<Client>,
    /// Rate windows.
    pub limiter: Arc<dyn Limiter>,
    /// Whether loopback and plain http are admitted for an integration's base URL.
    pub allow_loopback: bool,
}

/// Makes calls for one integration under one loaded connector.
pub struct Caller {
    loaded: Arc<Loaded>,
    integration_id: String,
    base_url: String,
    settings: String,
    secret_names: Vec<String>,
    policy: Arc<Policy>,
    secrets: Arc<dyn SecretSource>,
    buckets: Arc<Buckets>,
    egress: Egress,
    limits: Limits,
    log: Arc<dyn GuestLog>,
}

impl Caller {
    /// Checks that calls can be made, and prepares what they share.
    ///
    /// # Errors
    ///
    /// [`CallerError`], when settings or base URL do not fit the manifest any more.
    pub fn new(loaded: Arc<Loaded>, target: Target, egress: &Egress) -> Result<Self, CallerError> {
        let manifest = loaded.manifest();
        let base_url = match target.base_url {
            Some(given) => Some(given),
            None => manifest.base_url(target.environment, &target.settings),
        };
        let base_url = base_url
            .ok_or(CallerError::NoBaseUrl)?
            .trim_end_matches('/')
            .to_owned();
        // A base URL of the operator's own takes the place of the declared hosts, for requests and secrets alike.
        let own_origin = if egress.allow_loopback {
            Some(HostRule::origin_of(&base_url)?)
        } else {
            None
        };
        let mut policy = Policy::builder();
        for host in manifest.egress_hosts(&target.settings) {
            policy = policy.allow_host(HostRule::parse(&host)?);
        }
        if egress.allow_loopback {
            policy = policy.allow_loopback(&base_url)?;
        }
        let fingerprint = fingerprint(&manifest.id, &target.secrets);
        let limits = Limits {
            memory_bytes: usize::try_from(manifest.budget.memory_mib)
                .unwrap_or(usize::MAX)
                .saturating_mul(1 << 20),
            cpu: Duration::from_millis(manifest.budget.cpu_ms),
            wall: Duration::from_secs(manifest.budget.wall_s),
            result_bytes: usize::try_from(manifest.budget.result_mib)
                .unwrap_or(usize::MAX)
                .saturating_mul(1 << 20),
            ..Limits::default()
        };
        Ok(Self {
            settings: serde_json::to_string(&target.settings).unwrap_or_default(),
            secret_names: target.secrets.keys().cloned().collect(),
            policy: Arc::new(policy.build()),
            secrets: Arc::new(Secrets::bind(
                manifest,
                &target.settings,
                own_origin,
                target.secrets,
            )?),
            buckets: Arc::new(buckets(manifest, &fingerprint)),
            egress: egress.clone(),
            limits,
            log: Arc::new(CallLog {
                connector: manifest.id.clone(),
                version: manifest.version.to_string(),
                integration: target.integration_id.clone(),
            }),
            base_url,
            integration_id: target.integration_id,
            loaded,
        })
    }

    /// The connector that is called.
    pub fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }

    /// A call that may last `wall` at most, counted from now.
    pub fn call(&self, attempt: u32, wall: Duration, cancel: CancellationToken) -> Call {
        let requests = self.loaded.manifest().budget.requests;
        let mut limits = self.limits;
        limits.wall = limits.wall.min(wall);
        let now = chrono::Utc::now().timestamp_millis();
        Call {
            context: CallContext {
                integration_id: self.integration_id.clone(),
                base_url: self.base_url.clone(),
                settings: self.settings.clone(),
                secrets: self.secret_names.clone(),
                session: None,
                attempt,
                now,
                deadline: now
                    .saturating_add(i64::try_from(limits.wall.as_millis()).unwrap_or(i64::MAX)),
                requests,
                extras: Vec::new(),
            },
            egress: Session::new(
                Arc::clone(&self.egress.client),
                SessionConfig {
                    integration: self.integration_id.clone(),
                    policy: Arc::clone(&self.policy),
                    secrets: Arc::clone(&self.secrets),
                    limiter: Arc::clone(&self.egress.limiter),
                    buckets: Arc::clone(&self.buckets),
                    sink: None,
                    budget: Budget {
                        requests,
                        bytes: limits.result_bytes as u64 * 4,
                        deadline: tokio::time::Instant::now() + limits.wall,
                        concurrency: CONCURRENT_REQUESTS,
                        max_response_bytes: limits.result_bytes as u64,
                    },
                },
            ),
            limits,
            cancel,
            log: Arc::clone(&self.log),
        }
    }
}

/// Requests of one `fetch-all` under way at once, before the vendor's own limits.
const CONCURRENT_REQUESTS: usize = 8;

/// The secrets of one integration, each bound to the hosts that its manifest names.
struct Secrets(BTreeMap<String, BoundSecret>);

impl Secrets {
    fn bind(
        manifest: &Manifest,
        settings: &BTreeMap<String, String>,
        own_origin: Option<HostRule>,
        values: BTreeMap<String, SecretString>,
    ) -> Result<Self, RuleError> {
        let mut bound = BTreeMap::new();
        for (name, value) in values {
            let mut hosts: Vec<HostRule> = own_origin.iter().cloned().collect();
            for host in manifest.secret_hosts(&name, settings) {
                hosts.push(HostRule::parse(&host)?);
            }
            bound.insert(name, BoundSecret { value, hosts });
        }
        Ok(Self(bound))
    }
}

impl SecretSource for Secrets {
    fn get(&self, name: &str) -> Option<BoundSecret> {
        self.0.get(name).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// The declared limits, keyed so that two integrations with the same credentials share them.
fn buckets(manifest: &Manifest, fingerprint: &str) -> Buckets {
    let mut limits = manifest.limits.iter().map(|limit| Limit {
        key: LimitKey {
            scope: match limit.scope {
                LimitScope::Credential => fingerprint.to_owned(),
                LimitScope::Connector => manifest.id.clone(),
            },
            bucket: limit.name.clone(),
        },
        windows: vec![Window {
            requests: limit.requests,
            per: limit.per,
        }],
        concurrency: limit.concurrency,
    });
    Buckets {
        default: limits.next(),
        named: limits.collect(),
    }
}

/// Names a set of credentials without telling them. It stays in memory: a hash of a short secret could be guessed.
fn fingerprint(connector: &str, secrets: &BTreeMap<String, SecretString>) -> String {
    let mut hash = Sha256::new();
    hash.update(connector);
    for (name, value) in secrets {
        for part in [name.as_str(), value.expose_secret()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    data_encoding::HEXLOWER.encode(&hash.finalize()[..16])
}
