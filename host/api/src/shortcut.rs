//! The short way to a kept answer, before any routing.
//!
//! Whoever asks again usually asks in the same words. A question that was answered from the cache, or into it, is
//! remembered under its key and its spelling, with all that reading it brought: account, parameters in one form, what the
//! answer speaks about. The next time it is found there in one step. Whether the key is still good, the data still the
//! same and the answer still young is asked each time as on the long way; at the first doubt the request takes that.
//!
//! A hit is counted like any request. It is logged at debug, below `portcullis_api::shortcut`, since a line for each
//! would cost more than the hit.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use futures_util::FutureExt as _;
use http::{HeaderMap, Method, StatusCode, header};
use metrics::{Counter, Histogram};
use sha2::{Digest, Sha256};
use tower::Service;

use crate::auth::{self, Hash, Known};
use crate::cache::headers as cache_headers;
use crate::limit::Taken;
use crate::routes::records::Asked;
use crate::{ApiState, edge};
use portcullis_front::Coding;

/// How many bytes of questions are remembered, about.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// What a remembered question costs beside its text.
const FIXED: usize = 1024;

/// What the next one who asks the same with the same key may be answered with; rides on the answer of the long way.
#[derive(Debug, Clone)]
pub(crate) struct Repeatable {
    pub(crate) asked: Arc<Asked>,
    /// As it was when the question was read. When it changes in any way, the question is read again.
    pub(crate) key: Arc<Known>,
    pub(crate) route: MatchedPath,
}

/// A question as it was sent, and the key that it was sent with.
type Spelling = [u8; 32];

#[derive(Debug)]
struct Question {
    asked: Arc<Asked>,
    key: Arc<Known>,
    meters: Meters,
}

/// What a hit is counted with. Found once a question: looking them up by name costs more than a hit.
struct Meters {
    ok: Counter,
    not_modified: Counter,
    hits: Counter,
    took: Histogram,
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meters")
    }
}

/// The questions that were asked before.
#[derive(Debug, Clone)]
pub(crate) struct Questions {
    known: moka::future::Cache<Spelling, Arc<Question>>,
}

impl Questions {
    pub(crate) fn new() -> Self {
        let known = moka::future::Cache::builder()
            .max_capacity(MAX_BYTES)
            .weigher(|_, question: &Arc<Question>| {
                u32::try_from(question.asked.key.url.len() + FIXED).unwrap_or(u32::MAX)
            })
            .build();
        Self { known }
    }

    async fn remember(&self, spelling: Spelling, repeatable: Repeatable) {
        let route = repeatable.route.as_str();
        let question = Question {
            meters: Meters {
                ok: edge::counter(&Method::GET, route, StatusCode::OK),
                not_modified: edge::counter(&Method::GET, route, StatusCode::NOT_MODIFIED),
                hits: cache_headers::counter("hit"),
                took: edge::histogram(route),
            },
            asked: repeatable.asked,
            key: repeatable.key,
        };
        self.known.insert(spelling, Arc::new(question)).await;
    }

    fn recall(&self, spelling: &Spelling) -> Option<Arc<Question>> {
        // Where it would have to wait for the upkeep of the map, it is as if it was not known.
        self.known.get(spelling).now_or_never()?
    }
}

/// The short way, and the long one behind it.
#[derive(Debug, Clone)]
pub struct Shortcut {
    // One pointer: the server clones it for each request.
    ways: Arc<Ways>,
}

#[derive(Debug)]
struct Ways {
    state: ApiState,
    rest: Router,
}

impl Shortcut {
    pub(crate) fn new(state: ApiState, rest: Router) -> Self {
        Self {
            ways: Arc::new(Ways { state, rest }),
        }
    }

    fn short(
        &self,
        hash: &Hash,
        spelling: &Spelling,
        headers: &HeaderMap,
        began: Instant,
    ) -> Option<Response> {
        let state = &self.ways.state;
        let question = state.questions.recall(spelling)?;
        // That there is a token proves that revoked keys would be heard of, too.
        let token = question.asked.token(state)?;
        let (answer, how) = state.cache.kept(&question.asked.key, token)?;
        answer.ready(Coding::wanted(headers))?;
        let key = state.keys.admit_remembered(hash)?;
        if !Arc::ptr_eq(&key, &question.key) {
            return None;
        }
        // Last of all, since the long way takes a place of its own; one that finds none is refused there.
        let taken = key.limit.as_deref().map(|limit| (limit, limit.take()));
        if matches!(taken, Some((_, Taken::No { .. }))) {
            return None;
        }
        let mut response = cache_headers::respond(&answer, how, state.cache.ttl(), headers);
        if let Some((limit, taken)) = taken {
            limit.tell(taken, response.headers_mut());
        }
        let id = edge::request_id(headers);

        let meters = &question.meters;
        let count = match response.status() {
            StatusCode::NOT_MODIFIED => &meters.not_modified,
            _ => &meters.ok,
        };
        count.increment(1);
        meters.hits.increment(1);
        let took = began.elapsed();
        meters.took.record(took.as_secs_f64());
        tracing::debug!(
            request_id = id.to_str().unwrap_or_default(),
            url = %question.asked.key.url,
            status = response.status().as_u16(),
            duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            "request.hit"
        );
        response.headers_mut().insert(edge::REQUEST_ID, id);
        Some(response)
    }
}

/// The key of a request that may be answered from the cache, and its spelling with that key.
fn spelling(request: &Request) -> Option<(Hash, Spelling)> {
    let target = request.uri().path_and_query()?.as_str();
    // What is asked of the cache itself is for the long way.
    if request.method() != Method::GET
        || !target.starts_with("/v1/")
        || request.headers().contains_key(header::CACHE_CONTROL)
    {
        return None;
    }
    let hash = auth::hash_of(request.headers()).ok()?;
    let spelling = Sha256::new().chain_update(hash).chain_update(target);
    Some((hash, spelling.finalize().into()))
}

impl Service<Request> for Shortcut {
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Answering {
        let began = Instant::now();
        let Some((hash, spelling)) = spelling(&request) else {
            return Answering::Long(Box::pin(self.ways.rest.clone().call(request)));
        };
        if let Some(response) = self.short(&hash, &spelling, request.headers(), began) {
            return Answering::Short(Some(response));
        }
        let ways = Arc::clone(&self.ways);
        Answering::Long(Box::pin(async move {
            let Ok(mut response) = ways.rest.clone().call(request).await;
            if let Some(repeatable) = response.extensions_mut().remove::<Repeatable>() {
                ways.state.questions.remember(spelling, repeatable).await;
            }
            Ok(response)
        }))
    }
}

type Long = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// An answer that is there, or on its way.
pub enum Answering {
    /// It is there, until it is taken.
    Short(Option<Response>),
    /// It is on its way.
    Long(Long),
}

impl std::fmt::Debug for Answering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answering")
    }
}

impl Future for Answering {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            // Nobody asks a future again that has given its result.
            Self::Short(response) => Poll::Ready(Ok(response.take().unwrap_or_default())),
            Self::Long(answering) => answering.as_mut().poll(context),
        }
    }
}
