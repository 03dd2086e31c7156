//! What a failed call is called: real components, and vendors that do to them what vendors do.

mod rig;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::future::BoxFuture;
use portcullis_egress::{Answer, Exchange, Request, Tap};
use portcullis_runtime::contract::{PageRequest, ProbeRequest, Span};
use portcullis_runtime::{CancellationToken, Discard};
use portcullis_sync::Caller;
use portcullis_sync::access::{self, CheckSink, Credentials, ModelAccess};
use rig::{Rig, Vendor, WALL, caller, code, page, pull};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

const HOSTILE: &str = include_str!("../../../guests/hostile/connector.toml");
const MINIMAL: &str = include_str!("../../../guests/minimal/connector.toml");
const FAULTY: &str = include_str!("../../../guests/faulty/connector.toml");
const LOGIN: &str = include_str!("../../../guests/login/connector.toml");

/// Three requests a call, and a megabyte an answer.
const TIGHT: &str =
    "\n[budget]\nmemory-mib = 64\ncpu-ms = 2000\nwall-s = 60\nrequests = 3\nresult-mib = 1\n";

/// Nobody listens at port 1.
const CLOSED: &str = "http://127.0.0.1:1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_in_which_a_request_fails_has_its_code() {
    let rig = Rig::new(4);
    let hostile = rig
        .load("guest_hostile", &format!("{HOSTILE}{TIGHT}"))
        .await;
    let good = Vendor::answering(200, "{}").await;
    let silent = Vendor::silent().await;
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it";
    let half = Vendor::saying(half.to_owned()).await;
    let endless = Vendor::answering(200, &"x".repeat(2 << 20)).await;
    let secure = good.url.replace("http:", "https:");
    for (behaviour, base_url, expected) in [
        ("slow_fetch", "http://vendor.test", "vendor_dns"),
        ("slow_fetch", CLOSED, "vendor_unreachable"),
        ("slow_fetch", &secure, "vendor_tls"),
        ("slow_fetch", &silent.url, "vendor_timeout"),
        ("slow_fetch", &half.url, "vendor_transport"),
        ("slow_fetch", &endless.url, "response_too_large"),
        ("many_requests", &good.url, "request_budget"),
        ("metadata", &good.url, "egress_denied"),
        ("unheard_of", &good.url, "settings_invalid"),
    ] {
        let caller = caller(&hostile, base_url, &[("behaviour", behaviour)]);
        let outcome = pull(&caller, page("properties")).await;
        assert_eq!(code(outcome), expected, "{behaviour} at {base_url}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_word_of_a_connector_has_its_code() {
    let rig = Rig::new(4);
    let minimal = rig.load("guest_minimal", MINIMAL).await;
    for (status, body, expected) in [
        (401, "", "credentials_rejected"),
        (403, "", "access_denied"),
        (408, "", "connector_retry"),
        (429, "", "rate_limited"),
        (503, "", "vendor_unavailable"),
        (200, "<html>Welcome</html>", "vendor_protocol"),
    ] {
        let vendor = Vendor::answering(status, body).await;
        let caller = caller(&minimal, &vendor.url, &[("apiKey", "a-key-0123456789")]);
        let outcome = pull(&caller, page("units")).await;
        assert_eq!(code(outcome), expected, "{status} {body}");
    }
    // What is none of its cursors it takes for one that is over.
    let caller = caller(&minimal, CLOSED, &[("apiKey", "a-key-0123456789")]);
    let stale = PageRequest {
        cursor: Some("of another connector".to_owned()),
        ..page("units")
    };
    assert_eq!(code(pull(&caller, stale).await), "cursor_expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_gives_up_and_one_that_cannot_read_what_is_asked_for() {
    let rig = Rig::new(4);
    let vendor = Vendor::answering(200, "{}").await;
    let hostile = rig.load("guest_hostile", HOSTILE).await;
    let fields = [("behaviour", "echo"), ("apiKey", "a-key-0123456789")];
    let second = PageRequest {
        cursor: Some("second".to_owned()),
        ..page("properties")
    };
    let failed = pull(&caller(&hostile, &vendor.url, &fields), second).await;
    assert_eq!(code(failed), "connector_failed");

    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("faulty.wasm");
    std::fs::write(&file, with_fault("expires-watermarks")).expect("a component");
    let faulty = rig.load_file(&file, FAULTY).await;
    let fields = [
        ("clientId", "an-id-0123456789"),
        ("secret", "a-key-0123456789"),
    ];
    let faulty = caller(&faulty, &vendor.url, &fields);
    let changes = PageRequest {
        span: Span::Since("2020-01-01T00:00:00Z".to_owned()),
        ..page("leases")
    };
    assert_eq!(code(pull(&faulty, changes).await), "watermark_expired");
    assert_eq!(code(pull(&faulty, page("applicants")).await), "unsupported");
}

/// The guest `faulty` with a fault written into it.
fn with_fault(word: &str) -> Vec<u8> {
    const NONE: &str = "portcullis-fault=none";
    let mut bytes = std::fs::read(portcullis_e2e::component("guest_faulty")).expect("the guest");
    let place = bytes
        .windows(NONE.len())
        .position(|window| window == NONE.as_bytes());
    let fault = format!("portcullis-fault={word}.");
    let place = place.expect("the place of the fault");
    bytes[place..place + fault.len()].copy_from_slice(fault.as_bytes());
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_without_room_says_so() {
    let rig = Rig::new(1);
    let hostile = rig.load("guest_hostile", HOSTILE).await;
    let silent = Vendor::silent().await;
    let caller = caller(&hostile, &silent.url, &[("behaviour", "slow_fetch")]);
    let (first, second) = tokio::join!(
        pull(&caller, page("properties")),
        pull(&caller, page("properties"))
    );
    assert_eq!(code(first), "vendor_timeout");
    assert_eq!(code(second), "gateway_busy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_somebody_stops_is_cancelled() {
    let rig = Rig::new(1);
    let hostile = rig.load("guest_hostile", HOSTILE).await;
    let silent = Vendor::silent().await;
    let caller = caller(&hostile, &silent.url, &[("behaviour", "slow_fetch")]);
    let cancel = CancellationToken::new();
    let (stopped, ()) = tokio::join!(caller.pull(1, WALL, &cancel, page("properties")), async {
        cancel.cancel()
    });
    assert_eq!(code(stopped), "cancelled");
}

/// A fault of ours in the middle of a request.
struct Broken;

impl Tap for Broken {
    fn outbound(&self, _request: &Request) -> Option<Answer> {
        panic!("this tap panics on purpose")
    }

    fn inbound(&self, _request: &Request, _answer: &mut Answer) {}

    fn captured(&self, _secret: &secrecy::SecretString) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_the_gateway_is_no_fault_of_the_connector() {
    let rig = Rig::new(1);
    let hostile = rig.load("guest_hostile", HOSTILE).await;
    let vendor = Vendor::answering(200, "{}").await;
    let fields = [("behaviour", "slow_fetch")];
    let broken =
        caller(&hostile, &vendor.url, &fields).watched(Arc::new(Broken), Arc::new(Discard));
    assert_eq!(code(pull(&broken, page("properties")).await), "gateway_bug");
    // Its place is free again.
    let sound = pull(&caller(&hostile, &vendor.url, &fields), page("properties")).await;
    assert!(sound.result.is_ok(), "{:?}", sound.result);
}

/// Does not look at what a check finds.
struct Nobody;

impl CheckSink for Nobody {
    fn credentials<'a>(&'a self, _: &'a Credentials, _: &'a [Exchange]) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn model<'a>(&'a self, _: &'a str, _: &'a ModelAccess) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_of_a_vendor_that_never_answers_ends_in_time() {
    let rig = Rig::new(8);
    let minimal = rig.load("guest_minimal", MINIMAL).await;
    let silent = Vendor::silent().await;
    let caller = caller(&minimal, &silent.url, &[("apiKey", "a-key-0123456789")]);
    let deadline = Instant::now() + Duration::from_millis(1_500);
    let found = access::check(&caller, deadline, &CancellationToken::new(), &Nobody).await;
    let Credentials::Unknown(cause) = found else {
        panic!("nobody said anything, and yet: {found:?}")
    };
    assert_eq!(cause.code, "no_answer");
    portcullis_test_codes::record(cause.code);
}

/// A vendor with a log-in, of whose models one is refused under every session.
#[derive(Clone, Default)]
struct Doors {
    log_ins: Arc<AtomicU32>,
    /// Reads the other model under the same session, before the first one is refused.
    beside: Arc<OnceLock<Caller>>,
}

/// How long a log-in takes.
const LOG_IN: Duration = Duration::from_millis(500);

impl Doors {
    async fn open(&self) -> (String, AbortOnDropHandle<()>) {
        let router = Router::new()
            .route("/login", post(log_in))
            .route("/logout", post(|| async { StatusCode::OK }))
            .route("/items", get(items))
            .with_state(self.clone());
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let socket = socket.expect("a port");
        let url = format!("http://{}", socket.local_addr().expect("an address"));
        let serving = tokio::spawn(async move {
            axum::serve(socket, router).await.expect("it serves");
        });
        (url, AbortOnDropHandle::new(serving))
    }
}

async fn log_in(State(doors): State<Doors>) -> Json<Value> {
    tokio::time::sleep(LOG_IN).await;
    let number = doors.log_ins.fetch_add(1, Ordering::Relaxed);
    Json(json!({"token": format!("session-token-{number:08}"), "expires_in": 3_600}))
}

async fn items(
    State(doors): State<Doors>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if query.get("model").is_some_and(|model| model == "units") {
        return Json(json!({"total": 1, "items": [{"id": "1"}]})).into_response();
    }
    if let Some(beside) = doors.beside.get() {
        let cancel = CancellationToken::new();
        let units = ProbeRequest {
            model: "units".to_owned(),
            partition: None,
        };
        let read = beside.probe(1, WALL, &cancel, units).await;
        assert!(read.result.is_ok(), "{:?}", read.result);
    }
    (StatusCode::UNAUTHORIZED, "the session is over").into_response()
}

const FIELDS: [(&str, &str); 2] = [("user", "ada"), ("password", "a-password-0123456789")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_cannot_wait_for_a_log_in_comes_back_later() {
    let rig = Rig::new(4);
    let login = rig.load("guest_login", LOGIN).await;
    let (url, _serving) = Doors::default().open().await;
    let caller = caller(&login, &url, &FIELDS);
    let units = || page("units");
    let cancel = CancellationToken::new();
    let (first, second) = tokio::join!(
        caller.pull(1, WALL, &cancel, units()),
        caller.pull(1, LOG_IN / 4, &cancel, units())
    );
    assert!(first.result.is_ok(), "{:?}", first.result);
    assert_eq!(code(second), "logging_in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_end_one_after_the_other_are_named() {
    let rig = Rig::new(4);
    let login = rig.load("guest_login", LOGIN).await;
    let doors = Doors::default();
    let (url, _serving) = doors.open().await;
    // Nothing speaks for a session: the vendor lets the user in and reads nothing to them.
    let alone = caller(&login, &url, &FIELDS);
    let refused = pull(&alone, page("properties")).await;
    assert_eq!(code(refused), "credentials_rejected");
    // Each session is good for the other model, so the credentials are, too.
    let shared = caller(&login, &url, &FIELDS);
    let before = doors.log_ins.load(Ordering::Relaxed);
    assert!(doors.beside.set(shared).is_ok());
    let shared = doors.beside.get().expect("it was set");
    let ended = pull(shared, page("properties")).await;
    assert_eq!(code(ended), "session_expired");
    let opened = doors.log_ins.load(Ordering::Relaxed) - before;
    assert!(opened > 1, "a new session was tried: {opened}");
}
