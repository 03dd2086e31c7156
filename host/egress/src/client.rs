//! Connections: pools that no two integrations share, TLS, time limits.

use std::{error::Error, io, sync::Arc, time::Duration};

use moka::future::Cache;
use rustls::{ClientConfig, client::Resumption, crypto::ring, pki_types::CertificateDer};
use rustls_platform_verifier::Verifier;
use thiserror::Error as ThisError;

use crate::{
    policy::{AllowedUrl, Policy},
    resolve::{Guarded, ResolveError, Resolver},
    types::HttpError,
};

/// How many TLS sessions a pool remembers for a faster reconnect.
const TLS_SESSIONS: usize = 8;

/// The headers of an answer, in bytes and in number.
const MAX_HEADER_BYTES: u32 = 64 * 1024;
const MAX_HEADERS: usize = 200;

/// What an operator may set about connections.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// For name, TCP and TLS together.
    pub connect_timeout: Duration,
    /// For silence while an answer is awaited or read.
    pub read_timeout: Duration,
    /// For a whole request, first byte out to last byte in.
    pub request_timeout: Duration,
    /// How long an unused connection, and the pool it is in, are kept.
    pub idle_timeout: Duration,
    /// How many pools are kept; beyond that the least used go.
    pub max_pools: u64,
    /// How many unused connections a pool keeps for one host.
    pub idle_connections: usize,
    /// Certificates in DER that are trusted beside the platform's and the public ones.
    pub extra_roots: Vec<Vec<u8>>,
    /// What a request says unless the guest says something else.
    pub user_agent: String,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(120),
            idle_timeout: Duration::from_secs(60),
            max_pools: 512,
            idle_connections: 8,
            extra_roots: Vec::new(),
            user_agent: concat!("portcullis/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Why there is no client.
#[derive(Debug, Clone, ThisError)]
pub enum ClientError {
    /// A root certificate cannot be read, or there is none.
    #[error("no trust in any certificate: {0}")]
    Roots(String),
}

impl ClientError {
    /// A stable name in snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Roots(_) => "tls_roots",
        }
    }
}

/// The HTTP client of the process.
///
/// Proxies of the environment are ignored and redirects are not followed. Each integration has connections of its
/// own under each policy, since a pooled connection would carry what one policy admitted past another.
pub struct Client {
    settings: ClientSettings,
    tls: ClientConfig,
    resolver: Arc<dyn Resolver>,
    pools: Cache<PoolKey, reqwest::Client>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct PoolKey {
    integration: String,
    policy: String,
    loopback: bool,
}

impl Client {
    /// A client; `resolver` is [`SystemResolver`](crate::SystemResolver) outside tests.
    ///
    /// # Errors
    ///
    /// [`ClientError::Roots`] when an extra root cannot be read.
    pub fn new(settings: ClientSettings, resolver: Arc<dyn Resolver>) -> Result<Self, ClientError> {
        let tls = tls_config(&settings.extra_roots)?;
        let pools = Cache::builder()
            .max_capacity(settings.max_pools)
            .time_to_idle(settings.idle_timeout)
            .build();
        Ok(Self {
            settings,
            tls,
            resolver,
            pools,
        })
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        self.settings.request_timeout
    }

    /// The pool in which a request of this integration may be sent.
    pub(crate) async fn pool(
        &self,
        integration: &str,
        policy: &Policy,
        url: &AllowedUrl,
    ) -> Result<reqwest::Client, HttpError> {
        let key = PoolKey {
            integration: integration.to_owned(),
            policy: policy.fingerprint().to_owned(),
            loopback: url.is_loopback_origin(),
        };
        let loopback = key.loopback;
        self.pools
            .try_get_with(key, async { self.build(loopback) })
            .await
            .map_err(|error: Arc<reqwest::Error>| HttpError::Transport(error.to_string()))
    }

    fn build(&self, loopback: bool) -> reqwest::Result<reqwest::Client> {
        let mut tls = self.tls.clone();
        tls.resumption = Resumption::in_memory_sessions(TLS_SESSIONS);
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Guarded {
                inner: Arc::clone(&self.resolver),
                loopback,
            })
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // The host of the run decides what is repeated, not a layer below the limiter.
            .retry(reqwest::retry::never())
            .referer(false)
            .gzip(true)
            .http1_max_headers(MAX_HEADERS)
            .http2_max_header_list_size(MAX_HEADER_BYTES)
            .connect_timeout(self.settings.connect_timeout)
            .read_timeout(self.settings.read_timeout)
            .pool_idle_timeout(self.settings.idle_timeout)
            .pool_max_idle_per_host(self.settings.idle_connections)
            .user_agent(self.settings.user_agent.as_str())
            .build()
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// How this process speaks TLS as a client: with what the platform trusts, the public roots, and `extra_roots` in DER.
///
/// # Errors
///
/// [`ClientError::Roots`] when an extra root cannot be read.
pub fn tls_config(extra_roots: &[Vec<u8>]) -> Result<ClientConfig, ClientError> {
    let roots = |error: rustls::Error| ClientError::Roots(error.to_string());
    let provider = Arc::new(ring::default_provider());
    let extra = extra_roots.iter().cloned().map(CertificateDer::from);
    // A slim container has no certificates of its own.
    let public = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned();
    let verifier = Verifier::new_with_extra_roots(extra.chain(public), Arc::clone(&provider))
        .map_err(roots)?;
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(roots)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// What a failure of the client means. The text is not masked yet.
pub(crate) fn classify(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    let mut deepest = String::new();
    while let Some(at) = cause {
        match at.downcast_ref::<ResolveError>() {
            Some(refused @ ResolveError::Refused { .. }) => {
                return HttpError::Denied(refused.to_string());
            }
            Some(ResolveError::NoAddress) => return HttpError::Dns,
            None => {}
        }
        if at.is::<rustls::Error>() {
            return HttpError::Tls;
        }
        deepest = at.to_string();
        // An I/O error that wraps another error hides it from `source`.
        cause = match at.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => at.source(),
        };
    }
    if error.is_timeout() {
        HttpError::Timeout
    } else if error.is_connect() {
        HttpError::Connect
    } else {
        HttpError::Transport(deepest)
    }
}
