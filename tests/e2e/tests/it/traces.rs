//! One trace leads from a request to the vendor, through the database and another process, and tells no secret.

use portcullis_e2e::{Collector, Gateway, Span, Start, Vendor, eventually};
use portcullis_simulators::Options;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Stdio;

const CANARY: &str = "canary-secret-0123456789-abcdef";
const COLLECTORS_KEY: &str = "the-collectors-own-key-42";
/// The trace that the caller is in, and his span.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

fn start(collector: &Collector) -> Start {
    Start::default()
        .env("PORTCULLIS_TELEMETRY_OTLP_ENDPOINT", &collector.url)
        .env(
            "PORTCULLIS_TELEMETRY_OTLP_HEADERS",
            &format!("x-api-key={COLLECTORS_KEY}"),
        )
        // Milliseconds between deliveries.
        .env("OTEL_BSP_SCHEDULE_DELAY", "200")
}

fn vendor() -> Vendor {
    Vendor::start(Options {
        secret: CANARY.to_owned(),
        properties: 3,
        units: 40,
        limit: None,
        ..Options::default()
    })
}

/// The spans of one trace by id.
fn of_trace(collector: &Collector, trace: &str) -> BTreeMap<String, Span> {
    let spans = collector.spans().into_iter();
    spans
        .filter(|span| span.trace == trace)
        .map(|span| (span.id.clone(), span))
        .collect()
}

/// The kinds of the spans from this one up: what `name` says, without what varies.
fn way_up(spans: &BTreeMap<String, Span>, from: &Span) -> Vec<String> {
    let kind = |span: &Span| match span.name.split_once(' ') {
        Some(("POST", route)) => route.to_owned(),
        Some(("run", _)) => "run".to_owned(),
        Some((_, function)) => function.to_owned(),
        None => span.name.clone(),
    };
    let mut way = vec![kind(from)];
    let mut at = from;
    while let Some(parent) = spans.get(&at.parent) {
        way.push(kind(parent));
        at = parent;
    }
    way
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_leads_from_a_request_to_the_vendor_by_way_of_another_process() {
    let (collector, vendor) = (Collector::start().await, vendor());
    let start = start(&collector).env("PORTCULLIS_SYNC_WORKER", "false");
    let gateway = Gateway::start(start).await;
    let connectors = gateway.connectors();
    let mut worker = gateway
        .process(&[
            "worker",
            "--exit-with-parent",
            "--trust-connectors",
            "--connectors",
        ])
        .arg(&connectors)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a worker");
    let id = gateway.integration(vendor.integration("Traced")).await;
    let given = [("traceparent", &*format!("00-{TRACE}-{CALLER}-01"))];
    let enabled = format!("/v1/admin/integrations/{id}/enable");
    let enabled = gateway.admin.post_with(&enabled, &given, None).await;
    assert_eq!(enabled.status, 200, "{}", enabled.body);
    let sync = gateway.synced(&id).await;
    assert_eq!(sync["status"], "succeeded", "{sync}");

    // The whole way, from the request that left to the request that came.
    let whole = [
        "GET",
        "pull",
        "run",
        "sync",
        "/v1/admin/integrations/{id}/enable",
    ];
    let (spans, out) = eventually("the whole way is told", async || {
        let spans = of_trace(&collector, TRACE);
        let out = spans
            .values()
            .find(|span| span.name == "GET" && way_up(&spans, span) == whole)?
            .clone();
        Some((spans, out))
    })
    .await;
    assert_eq!(
        out.attributes["http.response.status_code"], "200",
        "{out:?}"
    );
    assert_eq!(out.attributes["http.request.method"], "GET");
    let address = vendor.url().trim_start_matches("http://");
    assert_eq!(out.attributes["server.address"], address);
    assert!(
        out.attributes["url.template"].starts_with("/v1/"),
        "{out:?}"
    );
    let named = |name: &str| spans.values().find(|span| span.name == name);
    let request = named("POST /v1/admin/integrations/{id}/enable").expect("the request");
    assert_eq!(request.parent, CALLER);
    assert_eq!(request.attributes["http.response.status_code"], "200");
    assert!(request.attributes["request_id"].starts_with("req_"));
    let queued = named("sync").expect("the sync");
    assert_eq!(queued.attributes["sync_id"], sync["id"]);
    let run = named("run units").expect("a run");
    assert_eq!(
        (&run.attributes["status"], &run.attributes["model"]),
        (&"succeeded".to_owned(), &"units".to_owned())
    );
    let guest = spans
        .values()
        .find(|span| span.name.ends_with(" pull"))
        .expect("a call");
    assert_eq!(guest.attributes["outcome"], "ok");

    // The access check before it has a trace of its own, down to the vendor too.
    eventually("the check is told", async || {
        let all: BTreeMap<String, Span> = collector
            .spans()
            .into_iter()
            .map(|span| (span.id.clone(), span))
            .collect();
        let way = [
            "GET",
            "validate",
            "check",
            "check queued",
            "/v1/admin/integrations",
        ];
        all.values()
            .any(|span| way_up(&all, span) == way)
            .then_some(())
    })
    .await;

    // Nothing but these spans, and nothing that they carried.
    let probes = gateway.admin.get("/healthz").await;
    assert_eq!(probes.status, 200);
    worker.kill().await.expect("it ends");
    let bytes = collector.bytes();
    let holds = |text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(
        holds("/v1/admin/integrations/{id}/enable"),
        "the search finds"
    );
    let page = gateway
        .admin
        .get("/v1/residents/?limit=50")
        .await
        .expect(200);
    // Not everybody has one.
    let people = page["results"].as_array().expect("a list");
    let person = people
        .iter()
        .find_map(|it| it["email_1"].as_str())
        .expect("an address");
    for secret in [
        CANARY,
        COLLECTORS_KEY,
        &gateway.admin_key,
        person,
        "limit=",
        "/healthz",
    ] {
        assert!(!holds(secret), "{secret}");
    }
    assert!(collector.spans().iter().all(|span| span.events == 0));
    let headers = collector.headers();
    assert!(headers.iter().all(|it| it["x-api-key"] == COLLECTORS_KEY));
    assert!(!gateway.log().contains(COLLECTORS_KEY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_gone_holds_up_nobody_and_the_last_spans_come_at_the_end() {
    let collector = Collector::start().await;
    let start = start(&collector).env("OTEL_BSP_SCHEDULE_DELAY", "600000");
    let mut gateway = Gateway::start(start).await;
    let _ = gateway.admin.get("/v1/units/").await.expect(200);
    assert!(collector.spans().is_empty());
    gateway.stop().await;
    let told: Vec<Value> = collector
        .spans()
        .iter()
        .map(|span| json!(span.name))
        .collect();
    assert!(told.contains(&json!("GET /v1/units")), "{told:?}");

    drop(collector);
    gateway.restart().await;
    let _ = gateway.admin.get("/v1/units/").await.expect(200);
    gateway.stop().await;
}
