//! The vendor's listener: admits, limits, delays, spoils and records each request around the vendor's own answer.
//!
//! It speaks HTTP/1.1 through hyper's connection API, because a fault may have to end a connection without an answer
//! or send fewer bytes than it announced, which a web framework rightly prevents.

use super::control::Operation;
use super::faults::{Action, Faults, RetryAfter};
use super::ledger::Ledger;
use super::limiter::{Limit, Limiter};
use super::seed::mix;
use super::{Answer, Vendor, VendorRequest};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// Larger request bodies are refused; no simulated vendor reads any.
const MAX_REQUEST_BODY: usize = 16 * 1024 * 1024;

/// What was sent must have left before the connection breaks, else the client sees no answer at all.
const BEFORE_BREAK: Duration = Duration::from_millis(20);

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// How the listener behaves; changed by mutations.
struct Manners {
    latencies: Vec<(String, u64, u64)>,
    limits: Vec<Limit>,
    retry_after: Option<RetryAfter>,
    echo_secrets: bool,
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
            Operation::Fault { fault } => self.faults.add(fault),
            Operation::ClearFaults {} => self.faults.clear(),
            records => {
                drop(manners);
                return self.vendor.mutate(&records);
            }
        }
        Ok(json!({}))
    }

    /// Serves connections until the task is dropped; with it end all connections.
    pub async fn serve(self: Arc<Self>, socket: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = socket.accept() => match accepted {
                    Ok((stream, _)) => {
                        // Small answers must not wait for the client's delayed acknowledgement.
                        let _ = stream.set_nodelay(true);
                        let listener = Arc::clone(&self);
                        connections.spawn(async move {
                            let service = service_fn(move |request| Arc::clone(&listener).handle(request));
                            // An error here is a client gone or a fault at work; the ledger has it.
                            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                        });
                    }
                    // Out of file descriptors: wait for some to be freed.
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn handle(self: Arc<Self>, request: Request<Incoming>) -> io::Result<Response<Body>> {
        if is_for_control(&request) {
            let Ok(response) = super::control::router(self).oneshot(request).await;
            return Ok(response.map(|body| body.map_err(io::Error::other).boxed_unsync()));
        }
        let (parts, body) = request.into_parts();
        let whole = parts
            .uri
            .path_and_query()
            .map_or("/", |whole| whole.as_str())
            .to_owned();
        let mark = self.ledger.arrive(parts.method.as_str(), &whole);
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

        let action = self.faults.hit(self.seed, &request.path, &whole);
        if let Some(action) = &action {
            mark.fault(action.kind());
        }
        match &action {
            Some(Action::Drop {}) => return Err(io::Error::other("a fault drops the connection")),
            Some(Action::Delay { ms }) => tokio::time::sleep(Duration::from_millis(*ms)).await,
            Some(Action::RepeatPage {}) => request.repeat_page = true,
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
            Ok(()) => self.vendor.answer(&request),
        };
        if !standings.is_empty() {
            let headers = self.vendor.limit_headers(&standings);
            answer.headers.extend(headers);
        }
        let response = match action {
            Some(action) => spoil(answer, action),
            None => whole_response(answer),
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

fn whole_response(answer: Answer) -> Response<Body> {
    let Answer {
        status,
        headers,
        body,
    } = answer;
    respond(status, headers, full(body))
}

fn full(body: Vec<u8>) -> Body {
    Full::new(Bytes::from(body))
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn respond(status: u16, headers: Vec<(&'static str, String)>, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        // Header values that HTTP forbids are left out: they could not be sent by a real server either.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Sends pieces one by one, then ends, cleanly or with a broken connection.
fn pieces(pieces: Vec<Bytes>, pause: Duration, broken: bool) -> Body {
    let steps = pieces
        .into_iter()
        .map(Some)
        .chain(broken.then_some(None))
        .collect::<Vec<_>>();
    let stream = stream::unfold(
        (steps.into_iter(), true),
        move |(mut steps, first)| async move {
            let step = steps.next()?;
            if !first {
                tokio::time::sleep(pause).await;
            }
            let frame = step
                .map(Frame::data)
                .ok_or_else(|| io::Error::other("a fault breaks the connection"));
            Some((frame, (steps, false)))
        },
    );
    StreamBody::new(stream).boxed_unsync()
}

fn spoil(answer: Answer, action: Action) -> Response<Body> {
    let Answer {
        mut status,
        mut headers,
        mut body,
    } = answer;
    let set = |headers: &mut Vec<(&'static str, String)>, name: &'static str, value: String| {
        headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        headers.push((name, value));
    };
    match action {
        Action::Status {
            status: other,
            body: text,
            content_type,
            retry_after,
        } => {
            status = other;
            let unavailable = r#"{"UserMessage":"The service is busy. Try again later.","ErrorCode":null,"Errors":null}"#;
            body = text.unwrap_or_else(|| unavailable.to_owned()).into_bytes();
            headers = vec![(
                "content-type",
                content_type.unwrap_or_else(|| "application/json".to_owned()),
            )];
            if let Some(value) = retry_after.and_then(|form| form.value()) {
                headers.push(("retry-after", value));
            }
        }
        Action::Html {} => {
            status = 200;
            headers = vec![("content-type", "text/html; charset=utf-8".to_owned())];
            body = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>".to_vec();
        }
        Action::Truncate { keep } => body.truncate(keep),
        Action::Abort { keep } => {
            set(&mut headers, "content-length", body.len().to_string());
            body.truncate(keep);
            return respond(
                status,
                headers,
                pieces(vec![Bytes::from(body)], BEFORE_BREAK, true),
            );
        }
        Action::WrongContentLength { delta } => {
            let length = i64::try_from(body.len()).unwrap_or(i64::MAX);
            let announced = length.saturating_add(delta).max(0);
            set(&mut headers, "content-length", announced.to_string());
            // Announcing more than is sent ends in a broken connection, announcing less in a cut body.
            let broken = delta > 0;
            return respond(
                status,
                headers,
                pieces(vec![Bytes::from(body)], BEFORE_BREAK, broken),
            );
        }
        Action::SlowBody { bytes, every_ms } => {
            set(&mut headers, "content-length", body.len().to_string());
            let drops = body
                .chunks(bytes.max(1))
                .map(Bytes::copy_from_slice)
                .collect();
            return respond(
                status,
                headers,
                pieces(drops, Duration::from_millis(every_ms), false),
            );
        }
        Action::Gzip { padding_mib } => {
            set(&mut headers, "content-encoding", "gzip".to_owned());
            body = compress(&body, padding_mib);
        }
        Action::Wrap {
            before_hex,
            after_hex,
        } => {
            body = [unhex(&before_hex), body, unhex(&after_hex)].concat();
        }
        Action::Replace { from, to } => {
            body = String::from_utf8_lossy(&body)
                .replace(&from, &to)
                .into_bytes();
        }
        Action::EmptyList {} => {
            status = 200;
            set(&mut headers, "x-total-count", "0".to_owned());
            body = b"[]".to_vec();
        }
        Action::WithoutHeader { name } => {
            headers.retain(|(other, _)| !other.eq_ignore_ascii_case(&name))
        }
        Action::ContentType { value } => set(&mut headers, "content-type", value),
        Action::Hang {} | Action::Drop {} | Action::Delay { .. } | Action::RepeatPage {} => {}
    }
    respond(status, headers, full(body))
}

fn compress(body: &[u8], padding_mib: usize) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let blanks = vec![b' '; 1024 * 1024];
    // Writing into a Vec cannot fail; an empty body would show it if it did.
    let mut written = encoder.write_all(body);
    for _ in 0..padding_mib {
        written = written.and_then(|()| encoder.write_all(&blanks));
    }
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}

/// Decodes hex; what is not hex is left out.
fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .filter_map(|pair| {
            std::str::from_utf8(pair)
                .ok()
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
        })
        .collect()
}
