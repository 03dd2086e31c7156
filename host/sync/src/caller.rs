//! Calls on behalf of one integration: its context, egress session, secrets and limits.

use crate::log::CallLog;
use crate::session::{Fingerprints, Sessions, WithSession};
use hmac::{Hmac, KeyInit, Mac};
use portcullis_egress::{
    BoundSecret, Buckets, Budget, Client, HostRule, Limit, LimitKey, Limiter, Policy, RateLimit,
    RuleError, SecretSink, SecretSource, Session, SessionConfig, Tap, Window,
};
use portcullis_manifest::{Environment, LimitScope, Manifest};
use portcullis_runtime::contract::types::{self as contract, CallContext, Reaction};
use portcullis_runtime::{
    Call, CallError, CallOutcome, CancellationToken, GuestLog, Limits, Loaded,
};
use portcullis_store::SessionRow;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// What is known of an integration when a call is made for it.
pub struct Target {
    /// `acc_…`; whose integration it is. The guest is not told.
    pub account_id: String,
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
    /// Log-ins.
    pub sessions: Sessions,
    /// What limits and sessions are told apart by.
    pub fingerprints: FingerprintKey,
    /// Whether loopback and plain http are admitted for an integration's base URL.
    pub allow_loopback: bool,
}

/// Names credentials by a keyed hash: of a plain one a short secret could be guessed.
#[derive(Clone)]
pub struct FingerprintKey(Arc<SecretBox<[u8; 32]>>);

impl FingerprintKey {
    /// The key of an installation: the same on every replica.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(Arc::new(SecretBox::new(Box::new(key))))
    }

    /// A key that nobody else has.
    #[must_use]
    pub fn random() -> Self {
        Self::new(rand::random())
    }

    /// The name of some texts in this order.
    pub(crate) fn name(&self, parts: &[&str]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret())
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes()[..16])
    }
}

impl std::fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FingerprintKey")
    }
}

/// Makes calls for one integration under one loaded connector.
pub struct Caller {
    loaded: Arc<Loaded>,
    account_id: String,
    integration_id: String,
    base_url: String,
    settings: String,
    secret_names: Vec<String>,
    policy: Arc<Policy>,
    secrets: Arc<dyn SecretSource>,
    buckets: Arc<Buckets>,
    fingerprints: Fingerprints,
    /// Where each session secret may be sent; empty if this integration does not log in.
    session_hosts: HashMap<String, Vec<HostRule>>,
    egress: Egress,
    limits: Limits,
    log: Arc<dyn GuestLog>,
    tap: Option<Arc<dyn Tap>>,
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
        let settings = serde_json::to_string(&target.settings).unwrap_or_default();
        let fingerprints = Fingerprints::of(
            &egress.fingerprints,
            &manifest.id,
            &base_url,
            &target.secrets,
            &settings,
        );
        let mut session_hosts = HashMap::new();
        for secret in manifest.session.iter().flat_map(|it| &it.secrets) {
            let mut hosts: Vec<HostRule> = own_origin.iter().cloned().collect();
            for host in manifest.secret_hosts(&secret.name, &target.settings) {
                hosts.push(HostRule::parse(&host)?);
            }
            session_hosts.insert(secret.name.clone(), hosts);
        }
        let declared = manifest.session.as_ref().filter(|session| {
            let when = session.when_secret.as_ref();
            loaded.has_session() && when.is_none_or(|name| target.secrets.contains_key(name))
        });
        if declared.is_none() {
            session_hosts.clear();
        }
        Ok(Self {
            limits: Limits::asked_for(&manifest.budget),
            settings,
            secret_names: target.secrets.keys().cloned().collect(),
            policy: Arc::new(policy.build()),
            secrets: Arc::new(Secrets::bind(
                manifest,
                &target.settings,
                own_origin,
                target.secrets,
            )?),
            buckets: Arc::new(buckets(manifest, &fingerprints.scope)),
            fingerprints,
            session_hosts,
            egress: egress.clone(),
            log: Arc::new(CallLog {
                connector: manifest.id.clone(),
                version: manifest.version.to_string(),
                integration: portcullis_trace::log_name(&target.integration_id),
            }),
            base_url,
            account_id: target.account_id,
            integration_id: target.integration_id,
            loaded,
            tap: None,
        })
    }

    /// The same under the eyes of somebody who tries the connector: its requests go by way of `tap`, its lines to `log`.
    #[must_use]
    pub fn watched(self, tap: Arc<dyn Tap>, log: Arc<dyn GuestLog>) -> Self {
        Self {
            tap: Some(tap),
            log,
            ..self
        }
    }

    /// The connector that is called.
    pub fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }

    pub(crate) fn account_id(&self) -> &str {
        &self.account_id
    }

    pub(crate) fn integration_id(&self) -> &str {
        &self.integration_id
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.egress.sessions
    }

    pub(crate) fn fingerprints(&self) -> &Fingerprints {
        &self.fingerprints
    }

    pub(crate) fn session_secret_hosts(&self) -> HashMap<String, Vec<HostRule>> {
        self.session_hosts.clone()
    }

    /// Whether calls of this integration run under a session.
    pub(crate) fn logs_in(&self) -> bool {
        !self.session_hosts.is_empty()
    }

    /// Tells the limiter what a connector read of the vendor's limits, so that nobody else asks in vain.
    pub(crate) fn heed<T>(&self, outcome: &CallOutcome<T>) {
        let Err(CallError::Guest(error)) = &outcome.result else {
            return;
        };
        if let Reaction::RateLimited(limit) = &error.reaction {
            self.paced(limit);
        }
    }

    /// The same of one limit.
    pub(crate) fn paced(&self, limit: &contract::RateLimit) {
        let now = chrono::Utc::now().timestamp_millis();
        let said = RateLimit {
            retry_after: limit.retry_after_ms.map(Duration::from_millis),
            remaining: limit.remaining,
            resets_in: limit
                .resets_at
                .map(|at| Duration::from_millis(u64::try_from(at - now).unwrap_or(0))),
        };
        let named = limit.bucket.as_deref();
        let all = self.buckets.default.iter().chain(&self.buckets.named);
        for limit in all.filter(|limit| named.is_none_or(|name| limit.key.bucket == name)) {
            self.egress.limiter.feedback(&limit.key, said);
        }
    }

    /// A call that may last `wall` at most, counted from now, under a session if one is given; with a sink it may
    /// capture secrets.
    pub(crate) fn call(
        &self,
        attempt: u32,
        wall: Duration,
        cancel: CancellationToken,
        session: Option<&SessionRow>,
        sink: Option<Arc<dyn SecretSink>>,
    ) -> Call {
        let requests = self.loaded.manifest().budget.requests;
        let mut limits = self.limits;
        limits.wall = limits.wall.min(wall);
        let now = chrono::Utc::now().timestamp_millis();
        let mut secret_names = self.secret_names.clone();
        let secrets = match session {
            None => Arc::clone(&self.secrets),
            Some(session) => {
                secret_names.extend(session.secrets.keys().cloned());
                Arc::new(self.with_session(session))
            }
        };
        let egress = Session::new(
            Arc::clone(&self.egress.client),
            SessionConfig {
                integration: self.integration_id.clone(),
                policy: Arc::clone(&self.policy),
                secrets,
                limiter: Arc::clone(&self.egress.limiter),
                buckets: Arc::clone(&self.buckets),
                sink,
                budget: Budget {
                    requests,
                    bytes: limits.result_bytes as u64 * 4,
                    deadline: tokio::time::Instant::now() + limits.wall,
                    concurrency: CONCURRENT_REQUESTS,
                    max_response_bytes: limits.result_bytes as u64,
                },
            },
        );
        let egress = match &self.tap {
            Some(tap) => egress.tapped(Arc::clone(tap)),
            None => egress,
        };
        Call {
            context: CallContext {
                integration_id: self.integration_id.clone(),
                base_url: self.base_url.clone(),
                settings: self.settings.clone(),
                secrets: secret_names,
                session: session.and_then(|session| session.note.clone()),
                attempt,
                now,
                deadline: now
                    .saturating_add(i64::try_from(limits.wall.as_millis()).unwrap_or(i64::MAX)),
                requests,
                extras: Vec::new(),
            },
            egress,
            limits,
            cancel,
            log: Arc::clone(&self.log),
        }
    }

    /// A secret that the manifest declares no longer is sent nowhere, but still masked.
    fn with_session(&self, session: &SessionRow) -> WithSession {
        let bind = |(name, value): (&String, &SecretString)| {
            let hosts = self.session_hosts.get(name).cloned().unwrap_or_default();
            let value = value.clone();
            (name.clone(), BoundSecret { value, hosts })
        };
        WithSession {
            own: Arc::clone(&self.secrets),
            session: session.secrets.iter().map(bind).collect(),
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
