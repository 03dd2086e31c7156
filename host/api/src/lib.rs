//! Portcullis over HTTP: the unified models behind a cache, and the admin resources.
//!
//! This crate presents `portcullis-service` and decides nothing about the product itself: it reads
//! requests strictly, finds out who asks, answers from the cache or has the service answer, and turns
//! every failure into a coded problem document. It calls no connector and knows no SQL.
//!
//! ```text
//! edge (request id, panics, problem documents)
//!   → auth (Bearer key → Principal)
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
mod edge;
mod export;
mod freshness;
mod openapi;
mod problem;
mod query;
mod render;
mod routes;

use std::sync::Arc;
use std::time::Instant;

use axum::{Router, middleware};
use metrics_exporter_prometheus::PrometheusHandle;
use portcullis_service::Service;
use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;

pub use crate::config::{ApiConfig, ApiConfigError, CACHE_TTL_MAX};
pub use crate::export::Exporting;
pub use crate::problem::Problem;

use crate::auth::KeyRing;
use crate::cache::ResponseCache;
use crate::cache::core::Stamp;
use crate::freshness::Freshness;

/// What all requests share. Clones share everything.
#[derive(Clone)]
pub struct ApiState {
    pub(crate) service: Service,
    pub(crate) cache: ResponseCache,
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
            freshness: Arc::new(Freshness::new(origin)),
            keys: KeyRing::new(),
            prometheus,
            openapi: Arc::new(openapi::document_at(config.public_url.as_ref())),
            streams: Streams::new(),
            exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
            origin,
        })
    }

    /// Keeps up with what others commit, for the cache and the keys. Runs until it is dropped.
    pub async fn keep_fresh(&self) {
        self.freshness.keep(&self.service, &self.keys).await;
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
        routes::all(&state)
            .layer(CatchPanicLayer::custom(edge::panicked))
            .layer(middleware::from_fn(edge::edge))
            .with_state(state)
    }
}

/// The OpenAPI document, as `/openapi.json` serves it.
pub fn openapi_document() -> Value {
    openapi::document()
}

#[cfg(test)]
mod tests;
