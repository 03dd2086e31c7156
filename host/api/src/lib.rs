//! Portcullis over HTTP: the unified models behind a cache, and the admin resources.
//!
//! This crate presents `portcullis-service` and decides nothing about the product itself: it reads
//! requests strictly, finds out who asks, answers from the cache or has the service answer, and turns
//! every failure into a coded problem document. It calls no connector and knows no SQL.
//!
//! ```text
//! shortcut (a question that was asked before → cache)
//! → edge (request id, Bearer key → Principal, the key's limit, panics, problem documents)
//!   → auth (refuses whom the edge found no good key of)
//!     → records → cache → service
//!     → admin routes   → service
//! ```
//!
//! [`ApiState::keep_fresh`] must run beside the router: without it the cache is bypassed.

mod audit;
mod auth;
mod body;
mod cache;
pub mod codes;
mod config;
mod deprecation;
mod edge;
mod export;
mod freshness;
mod idempotency;
mod limit;
mod openapi;
mod problem;
mod query;
mod render;
mod routes;
mod shortcut;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

use axum::{Router, middleware};
use metrics_exporter_prometheus::PrometheusHandle;
use portcullis_service::Service;
use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;

pub use crate::config::{ApiConfig, ApiConfigError, CACHE_TTL_MAX, REQUESTS_PER_MINUTE};
pub use crate::export::Exporting;
pub use crate::problem::Problem;
pub use crate::shortcut::{Answering, Shortcut};

use crate::auth::KeyRing;
use crate::cache::ResponseCache;
use crate::cache::core::Stamp;
use crate::cache::wish::Quota;
use crate::freshness::Freshness;
use crate::shortcut::Questions;

/// What all requests share. Clones share everything.
#[derive(Clone)]
pub struct ApiState {
    pub(crate) service: Service,
    pub(crate) cache: ResponseCache,
    pub(crate) questions: Questions,
    pub(crate) quota: Quota,
    pub(crate) freshness: Arc<Freshness>,
    pub(crate) keys: KeyRing,
    pub(crate) prometheus: PrometheusHandle,
    pub(crate) openapi: Arc<Value>,
    pub(crate) streams: Streams,
    /// Places for exports: each holds a connection to the database until its last record.
    pub(crate) exports: Arc<Semaphore>,
    origin: Instant,
}

/// Event streams at once: each looks at the database about once a second while something happens.
const STREAMS_MAX: usize = 100;

/// Exports at once, a quarter of the pool's connections.
const EXPORTS_MAX: usize = 4;

/// What event streams share.
#[derive(Clone)]
pub(crate) struct Streams {
    pub(crate) places: Arc<Semaphore>,
    pub(crate) closing: watch::Sender<bool>,
}

impl Streams {
    fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(STREAMS_MAX)),
            closing: watch::Sender::new(false),
        }
    }
}

impl std::fmt::Debug for ApiState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiState").finish_non_exhaustive()
    }
}

impl ApiState {
    /// Puts together what requests share. `prometheus` is what `/metrics` shows.
    ///
    /// # Errors
    ///
    /// [`ApiConfigError`] for a setting that is not accepted.
    pub fn new(
        service: Service,
        config: ApiConfig,
        prometheus: PrometheusHandle,
    ) -> Result<Self, ApiConfigError> {
        let config = config.checked()?;
        let origin = Instant::now();
        Ok(Self {
            service,
            cache: ResponseCache::new(config.cache_ttl, config.cache_max_bytes, origin),
            questions: Questions::new(),
            quota: Quota::new(config.no_cache_per_minute),
            freshness: Arc::new(Freshness::new(origin)),
            keys: KeyRing::new(NonZeroU32::new(config.requests_per_minute)),
            prometheus,
            openapi: Arc::new(openapi::document_at(config.public_url.as_ref())),
            streams: Streams::new(),
            exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
            origin,
        })
    }

    /// Keeps up with what others commit, for the cache and the keys, and forgets old requests. Runs until it is dropped.
    pub async fn keep_fresh(&self) {
        tokio::join!(
            self.freshness.keep(&self.service, &self.keys),
            idempotency::sweep(&self.service)
        );
    }

    /// Ends every event stream: they would keep the server from coming to an end.
    pub fn close_streams(&self) {
        self.streams.closing.send_replace(true);
    }

    /// Writes down what is only remembered so far: last uses of keys. For the end of the process.
    pub async fn flush(&self) {
        let uses = self.keys.take_uses();
        if let Err(error) = self.service.touch_keys(&uses).await {
            tracing::warn!(%error, "keys.last_used_not_written");
        }
    }

    /// Looks at the committed generations now: whoever reads that a sync has ended must not be shown
    /// what was there before. A look that fails leaves the proof to run out, which bypasses the cache.
    pub(crate) async fn look(&self) {
        self.freshness.try_look(&self.service, &self.keys).await;
    }

    /// The moment from which the age of an answer counts that is made now.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            snapshot: self.origin.elapsed(),
        }
    }
}

/// The HTTP interface.
#[derive(Debug)]
pub struct Api;

impl Api {
    /// Everything that is served.
    pub fn router(state: ApiState) -> Router {
        Self::router_with(state, deprecation::TABLE)
    }

    /// The same, with another table of what will go.
    pub(crate) fn router_with(
        state: ApiState,
        deprecated: &'static [deprecation::Deprecated],
    ) -> Router {
        let edge = middleware::from_fn_with_state(state.clone(), edge::edge);
        let router = routes::all(&state)
            .layer(CatchPanicLayer::custom(edge::panicked))
            .layer(edge)
            .with_state(state);
        // Outside of the edge, so that errors tell of it, too.
        deprecation::told(router, deprecated)
    }

    /// The short way to kept answers before whatever is served, which [`Api::router`] must be a part of.
    pub fn with_shortcut(state: ApiState, rest: Router) -> Shortcut {
        Shortcut::new(state, rest)
    }
}

/// The OpenAPI document, as `/openapi.json` serves it.
pub fn openapi_document() -> Value {
    openapi::document()
}

#[cfg(test)]
mod tests;
