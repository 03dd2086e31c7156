//! The vendor's listener: admits, limits, delays, spoils and records each request around the vendor's own answer.
//!
//! It speaks HTTP/1.1 through hyper's connection API, because a fault may have to end a connection without an answer
//! or send fewer bytes than it announced, which a web framework rightly prevents.

use super::control::Operation;
use super::endless::endless;
use super::faults::{Action, Faults, RetryAfter};
use super::ledger::Ledger;
use super::limiter::{Limit, Limiter};
use super::pace::{Pace, Paced};
use super::seed::mix;
use super::spoil::{Body, spoil, whole};
use super::tls::{Tls, TlsMode};
use super::{Vendor, VendorRequest};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// Larger request bodies are refused; no simulated vendor reads any.
const MAX_REQUEST_BODY: usize = 16 * 1024 * 1024;

/// How the listener behaves; changed by mutations.
struct Manners {
    latencies: Vec<(String, u64, u64)>,
    limits: Vec<Limit>,
    retry_after: Option<RetryAfter>,
    echo_secrets: bool,
    tls: TlsMode,
}

/// The vendor behind its manners, faults and ledger.
pub struct Listener {
    /// The vendor that answers.
    pub vendor: Arc<dyn Vendor>,
    /// Every request it received.
    pub ledger: Ledger,
    seed: u64,
    limiter: Limiter,
    faults: Faults,
    manners: RwLock<Manners>,
}

impl Listener {
    /// A listener without faults.
    pub fn new(vendor: Arc<dyn Vendor>, seed: u64, latency_ms: u64, limits: Vec<Limit>) -> Self {
        Self {
            vendor,
            ledger: Ledger::default(),
            seed,
            limiter: Limiter::default(),
            faults: Faults::default(),
            manners: RwLock::new(Manners {
                latencies: vec![(String::new(), latency_ms, 0)],
                limits,
                retry_after: None,
                echo_secrets: false,
                tls: TlsMode::default(),
            }),
        }
    }

    /// Applies one mutation.
    ///
    /// # Errors
    /// A sentence for the test's author.
    pub fn apply(&self, operation: Operation) -> Result<Value, String> {
        let mut manners = self.manners.write().unwrap_or_else(PoisonError::into_inner);
        match operation {
            Operation::Latency {
                path,
                fixed_ms,
                jitter_ms,
            } => {
                let path = path.unwrap_or_default();
                manners.latencies.retain(|(other, ..)| *other != path);
                manners.latencies.push((path, fixed_ms, jitter_ms));
                manners
                    .latencies
                    .sort_by_key(|(path, ..)| std::cmp::Reverse(path.len()));
            }
            Operation::RateLimit { limit } => manners.limits = limit.into_iter().collect(),
            Operation::RetryAfter { value } => manners.retry_after = Some(value),
            Operation::EchoSecrets { on } => manners.echo_secrets = on,
            Operation::Tls { mode } => manners.tls = mode,
            Operation::Fault { fault } => self.faults.add(fault),
            Operation::ClearFaults {} => self.faults.clear(),
            records => {
                drop(manners);
                return self.vendor.mutate(&records);
            }
        }
        Ok(json!({}))
    }

    /// Serves connections until the task is dropped; with it end all connections. With `tls` each begins with a
    /// handshake in the mode that is in force then.
    pub async fn serve(self: Arc<Self>, socket: TcpListener, tls: Option<Arc<Tls>>) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = socket.accept() => match accepted {
                    Ok((stream, _)) => {
                        // Small answers must not wait for the client's delayed acknowledgement.
                        let _ = stream.set_nodelay(true);
                        let listener = Arc::clone(&self);
                        match &tls {
                            None => connections.spawn(listener.connection(stream)),
                            Some(tls) => connections.spawn(listener.behind_tls(stream, Arc::clone(tls))),
                        };
                    }
                    // Out of file descriptors: wait for some to be freed.
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn behind_tls(self: Arc<Self>, stream: TcpStream, tls: Arc<Tls>) {
        let mode = self
            .manners
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .tls;
        let Some(config) = tls.config(mode) else {
            // A connection that is closed with bytes unread is reset.
            let _ = stream.readable().await;
            return;
        };
        if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
            self.connection(stream).await;
        }
    }

    async fn connection(
        self: Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) {
        let pace = Pace::default();
        let stream = TokioIo::new(Paced::new(stream, pace.clone()));
        let service = service_fn(move |request| Arc::clone(&self).handle(request, pace.clone()));
        // An error here is a client gone or a fault at work; the ledger has it.
        let _ = http1::Builder::new()
            .serve_connection(stream, service)
            .await;
    }

    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        pace: Pace,
    ) -> io::Result<Response<Body>> {
        if is_for_control(&request) {
            let Ok(response) = super::control::router(self).oneshot(request).await;
            return Ok(response.map(|body| body.map_err(io::Error::other).boxed_unsync()));
        }
        let (parts, body) = request.into_parts();
        let whole_path = parts
            .uri
            .path_and_query()
            .map_or("/", |whole| whole.as_str())
            .to_owned();
        let mark = self.ledger.arrive(parts.method.as_str(), &whole_path);
        let Ok(body) = Limited::new(body, MAX_REQUEST_BODY).collect().await else {
            return Err(io::Error::other("request body ended early or is too large"));
        };
        let mut request = VendorRequest {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: body.to_bytes(),
            sequence: mark.sequence,
            repeat_page: false,
            echo_secrets: false,
        };
        let client = self.vendor.client_of(&request);
        mark.client(client.clone());

        let (latency, limits, retry_after) = {
            let manners = self.manners.read().unwrap_or_else(PoisonError::into_inner);
            request.echo_secrets = manners.echo_secrets;
            let (_, fixed, jitter) = manners
                .latencies
                .iter()
                .find(|(path, ..)| request.path.starts_with(path.as_str()))
                .cloned()
                .unwrap_or_default();
            let extra = mix(self.seed, 801, mark.sequence) % (jitter + 1);
            (
                fixed + extra,
                manners.limits.clone(),
                manners.retry_after.clone(),
            )
        };

        let action = self
            .faults
            .hit(self.seed, &request.path, &whole_path, client.as_deref());
        if let Some(action) = &action {
            mark.fault(action.kind());
        }
        match &action {
            Some(Action::Drop {}) => return Err(io::Error::other("a fault drops the connection")),
            Some(Action::Delay { ms }) => tokio::time::sleep(Duration::from_millis(*ms)).await,
            Some(Action::RepeatPage {}) => request.repeat_page = true,
            Some(Action::Drip { every_ms }) => pace.slow_down(*every_ms),
            _ => {}
        }
        // The limiter knows clients by the id they claim, as the refusal of a wrong secret comes before it.
        let admitted = self.vendor.admit(&request);
        let counted = match &admitted {
            Ok(()) if !limits.is_empty() => self.vendor.counted_under(&request),
            _ => None,
        };
        let entered = counted.map(|name| self.limiter.enter(&limits, &name));
        let (permit, standings) = entered.map_or((None, Vec::new()), |(permit, standings)| {
            (Some(permit), standings)
        });
        let refused = matches!(permit, Some(None));
        if matches!(action, Some(Action::Hang {})) && !refused {
            // It keeps its place among those in flight until the client gives up.
            std::future::pending::<()>().await;
        }
        if latency > 0 && !refused {
            tokio::time::sleep(Duration::from_millis(latency)).await;
        }
        let mut answer = match admitted {
            Err(refusal) => refusal,
            Ok(()) if refused => {
                let mut answer = self.vendor.too_many(&request, &standings);
                if let Some(form) = retry_after {
                    answer.headers.retain(|(name, _)| *name != "retry-after");
                    let value = form.value();
                    answer
                        .headers
                        .extend(value.map(|value| ("retry-after", value)));
                }
                answer
            }
            Ok(()) => match &action {
                Some(Action::Endless { rows, fresh }) => {
                    endless(self.vendor.as_ref(), &request, *rows, *fresh)
                }
                _ => self.vendor.answer(&request),
            },
        };
        if !standings.is_empty() {
            let headers = self.vendor.limit_headers(&standings);
            answer.headers.extend(headers);
        }
        let response = match action {
            Some(action) => spoil(answer, action),
            None => whole(answer),
        };
        drop(permit);
        mark.answered(response.status().as_u16());
        Ok(response)
    }
}

/// People and tests reach the control plane on the vendor's address too. A connector does not: the gateway says who it
/// is in each request, and no connector can change that.
fn is_for_control(request: &Request<Incoming>) -> bool {
    let agent = request.headers().get(http::header::USER_AGENT);
    let from_gateway = agent.is_some_and(|agent| agent.as_bytes().starts_with(b"portcullis/"));
    request.uri().path().starts_with("/_control/") && !from_gateway
}
