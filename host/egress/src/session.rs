//! What one guest call may send, and what it sent.

mod answer;
mod checks;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::Utc;
use futures_util::{StreamExt, stream};
use secrecy::SecretString;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::{
    client::{Client, classify},
    exchange::{Exchange, Outcome, shown_url, vendor_message},
    inject::{self, Prepared, inject, own_headers, secret_names},
    limiter::{Buckets, Limiter, Permit},
    mask::Masker,
    policy::{AllowedUrl, Policy},
    secrets::{BoundSecret, SecretSink, SecretSource},
    tap::{Answer, Tap},
    trace,
    types::{HttpError, Request, Response},
};

/// How long a request waits for a permit before the guest is told to end its call.
const PATIENCE: Duration = Duration::from_secs(2);

/// What one call may use up.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Requests, whatever becomes of them.
    pub requests: u32,
    /// Decoded bytes of all bodies together.
    pub bytes: u64,
    /// When the call ends; no request outlives it.
    pub deadline: Instant,
    /// Requests under way at once in [`Session::fetch_all`].
    pub concurrency: usize,
    /// Decoded bytes of one body.
    pub max_response_bytes: u64,
}

/// All that a session is made of.
pub struct SessionConfig {
    /// The integration's id: it keeps connections apart.
    pub integration: String,
    /// What may be asked for.
    pub policy: Arc<Policy>,
    /// The integration's secrets.
    pub secrets: Arc<dyn SecretSource>,
    /// Where permits come from.
    pub limiter: Arc<dyn Limiter>,
    /// The connector's limits.
    pub buckets: Arc<Buckets>,
    /// Where captured secrets go. Without one, captures are refused.
    pub sink: Option<Arc<dyn SecretSink>>,
    /// What may be used up.
    pub budget: Budget,
}

/// The way out for one guest call.
///
/// In this order a request is counted, its URL and headers are checked, its secrets must exist and be bound to the
/// host, it waits for a permit, its secrets are written, it is sent to an address that was checked, and its answer is
/// capped, searched for captures and masked.
pub struct Session {
    client: Arc<Client>,
    config: SessionConfig,
    attempts: AtomicU32,
    sent: AtomicU32,
    bytes_left: AtomicU64,
    live: Mutex<Live>,
    exchanges: Mutex<Vec<Exchange>>,
    tap: Option<Arc<dyn Tap>>,
}

/// What the call has captured so far, and how to mask everything.
#[derive(Default)]
struct Live {
    captured: HashMap<String, BoundSecret>,
    /// All values that were ever captured: a replaced one is still a secret.
    values: Vec<SecretString>,
    masker: Option<Arc<Masker>>,
}

impl Session {
    /// A session that has sent nothing.
    pub fn new(client: Arc<Client>, config: SessionConfig) -> Self {
        Self {
            client,
            attempts: AtomicU32::new(config.budget.requests),
            sent: AtomicU32::new(0),
            bytes_left: AtomicU64::new(config.budget.bytes),
            live: Mutex::default(),
            exchanges: Mutex::default(),
            tap: None,
            config,
        }
    }

    /// The same with somebody between it and the wire.
    #[must_use]
    pub fn tapped(self, tap: Arc<dyn Tap>) -> Self {
        Self {
            tap: Some(tap),
            ..self
        }
    }

    /// Sends one request.
    ///
    /// # Errors
    ///
    /// Every case of [`HttpError`]; an answer with any status is no error.
    pub async fn fetch(&self, request: Request) -> Result<Response, HttpError> {
        let counted = self
            .attempts
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        if counted.is_err() {
            Outcome::Error(&HttpError::BudgetExhausted).count(Duration::ZERO);
            return Err(HttpError::BudgetExhausted);
        }
        let at = Utc::now();
        let started = Instant::now();
        let span = trace::span(request.method);
        let result = Box::pin(self.attempt(&request))
            .instrument(span.clone())
            .await;
        let latency = started.elapsed();
        let result = result.map_err(|error| self.masked_error(error));
        let outcome = match &result {
            Ok(response) => Outcome::Status(response.status),
            Err(error) => Outcome::Error(error),
        };
        outcome.count(latency);
        let url = self.masker().text(&shown_url(&request.url)).into_owned();
        trace::ended(&span, &url, &outcome);
        tracing::debug!(
            integration = %portcullis_trace::log_name(&self.config.integration),
            method = %request.method,
            outcome = %outcome,
            latency_ms = latency.as_millis(),
            "request"
        );
        let exchange = Exchange {
            method: request.method,
            url,
            status: result.as_ref().ok().map(|response| response.status),
            error: result.as_ref().err().cloned(),
            latency_ms: u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
            at,
            vendor_message: result.as_ref().ok().and_then(vendor_message),
        };
        lock(&self.exchanges).push(exchange);
        result
    }

    /// Sends requests, several at once, and answers in their order.
    pub async fn fetch_all(&self, requests: Vec<Request>) -> Vec<Result<Response, HttpError>> {
        stream::iter(requests)
            .map(|request| Box::pin(self.fetch(request)))
            .buffered(self.config.budget.concurrency.max(1))
            .collect()
            .await
    }

    /// What was asked for and what became of it, in the order in which it ended. Contains no secret.
    pub fn evidence(&self) -> Vec<Exchange> {
        lock(&self.exchanges).clone()
    }

    /// How many requests have left the gateway.
    pub fn requests_made(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Masks every secret of the integration, captured ones included: for texts that a guest wrote.
    pub fn masker(&self) -> Arc<Masker> {
        let mut live = lock(&self.live);
        if let Some(masker) = &live.masker {
            return Arc::clone(masker);
        }
        let secrets = &self.config.secrets;
        let bound: Vec<BoundSecret> = secrets
            .names()
            .iter()
            .filter_map(|name| secrets.get(name))
            .collect();
        let values = bound.iter().map(|secret| &secret.value);
        let masker = Arc::new(Masker::new(values.chain(&live.values)));
        live.masker = Some(Arc::clone(&masker));
        masker
    }

    async fn attempt(&self, request: &Request) -> Result<Response, HttpError> {
        if Instant::now() >= self.config.budget.deadline {
            return Err(HttpError::Timeout);
        }
        self.check_captures(&request.captures)?;
        let url = self.config.policy.check(&request.url)?;
        let headers = own_headers(&request.headers)?;
        for name in secret_names(&request.credentials) {
            self.secret(name, &url)?;
        }
        let limits = self.limits(&request.buckets)?;
        // What the tap answers never leaves, so it needs no permit and teaches no limiter.
        if let Some(mut answer) = self.tap.as_ref().and_then(|tap| tap.outbound(request)) {
            self.through_tap(request, &mut answer);
            return Ok(self.finish(request, &url, &[], answer));
        }
        let mut permits = self.permits(&limits).await?;

        let now = Instant::now();
        let own = request
            .timeout_ms
            .map(|ms| Duration::from_millis(ms.into()));
        let longest = self.client.request_timeout();
        let until =
            (now + own.map_or(longest, |own| own.min(longest))).min(self.config.budget.deadline);
        let prepared = inject(request, url.url().clone(), headers, |name| {
            self.secret(name, &url)
        });
        let result = match prepared {
            Ok(prepared) => {
                let exchange = Box::pin(self.exchange(request, &url, prepared, &mut permits));
                match tokio::time::timeout_at(until, exchange).await {
                    Ok(result) => result,
                    Err(_) => Err(HttpError::Timeout),
                }
            }
            Err(error) => Err(error),
        };
        if result.as_ref().err().is_some_and(never_left) {
            permits.into_iter().for_each(Permit::unused);
        } else {
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
        let mut answer = result?;
        self.through_tap(request, &mut answer);
        Ok(self.finish(request, &url, &limits, answer))
    }

    fn through_tap(&self, request: &Request, answer: &mut Answer) {
        if let Some(tap) = &self.tap {
            tap.inbound(request, answer);
        }
    }

    async fn exchange(
        &self,
        request: &Request,
        url: &AllowedUrl,
        prepared: Prepared,
        permits: &mut [Permit],
    ) -> Result<Answer, HttpError> {
        let Prepared {
            url: target,
            headers,
            body,
        } = prepared;
        let config = &self.config;
        let left = self.bytes_left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(HttpError::BudgetExhausted);
        }
        let pool = self
            .client
            .pool(&config.integration, &config.policy, url)
            .await?;
        let mut outbound = reqwest::Request::new(inject::method(request.method), target);
        *outbound.headers_mut() = headers;
        *outbound.body_mut() = body.map(Into::into);
        let mut response = pool.execute(outbound).await.map_err(classify)?;
        permits.iter_mut().for_each(Permit::arrived);

        let cap = config.budget.max_response_bytes.min(left);
        if response.content_length().is_some_and(|length| length > cap) {
            return Err(HttpError::ResponseTooLarge(cap));
        }
        if let Some(encoding) = response.headers().get(http::header::CONTENT_ENCODING)
            && encoding != "identity"
        {
            // What cannot be decoded cannot be masked either.
            return Err(HttpError::Transport(
                "a content encoding that was not asked for".to_owned(),
            ));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(classify)? {
            let length = chunk.len() as u64;
            let within =
                self.bytes_left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                        left.checked_sub(length)
                    });
            if body.len() as u64 + length > cap || within.is_err() {
                return Err(HttpError::ResponseTooLarge(cap));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }

    fn masked_error(&self, error: HttpError) -> HttpError {
        let mask = |text: String| self.masker().text(&text).into_owned();
        match error {
            HttpError::InvalidRequest(text) => HttpError::InvalidRequest(mask(text)),
            HttpError::Denied(text) => HttpError::Denied(mask(text)),
            HttpError::Transport(text) => HttpError::Transport(mask(text)),
            other => other,
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("integration", &self.config.integration)
            .field("budget", &self.config.budget)
            .finish_non_exhaustive()
    }
}

/// Whether an error shows that the vendor has not seen the request.
fn never_left(error: &HttpError) -> bool {
    matches!(
        error,
        HttpError::InvalidRequest(_)
            | HttpError::Denied(_)
            | HttpError::Dns
            | HttpError::Connect
            | HttpError::Tls
            | HttpError::BudgetExhausted
    )
}

/// Nothing that is done under these locks can be left half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
