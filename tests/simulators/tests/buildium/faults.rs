//! Faults, latency, the ledger, and secrets given back.

use super::World;
use serde_json::{Value, json};
use std::io::Read as _;
use std::time::{Duration, Instant};

async fn with_fault(world: &World, fault: Value) {
    world
        .mutate(json!([{ "op": "clear_faults" }, { "op": "fault", "fault": fault }]))
        .await;
}

#[tokio::test]
async fn bodies_are_spoiled_as_told() {
    let world = World::plain();
    let path = "/v1/rentals?orderby=Id&limit=5&offset=5";
    let good = world.get(path).await;

    with_fault(
        &world,
        json!({ "times": 2, "skip": 1, "action": { "kind": "status", "status": 503,
        "retry_after": { "form": "text", "text": "soon" } } }),
    )
    .await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(world.get(path).await.status);
    }
    assert_eq!(statuses, [200, 503, 503, 200]);

    with_fault(
        &world,
        json!({ "contains": "offset=5", "action": { "kind": "html" } }),
    )
    .await;
    let reply = world.get(path).await;
    assert!(reply.status == 200 && reply.text.starts_with("<!DOCTYPE html>"));
    assert_eq!(
        world
            .get("/v1/rentals")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        50
    );

    with_fault(
        &world,
        json!({ "action": { "kind": "truncate", "keep": 100 } }),
    )
    .await;
    let reply = world.get(path).await;
    assert_eq!(
        (
            reply.text.as_str(),
            reply.headers["content-length"].to_str().unwrap()
        ),
        (&good.text[..100], "100")
    );

    with_fault(
        &world,
        json!({ "action": { "kind": "wrap", "before_hex": "efbbbf", "after_hex": "00ff" } }),
    )
    .await;
    let bytes = world
        .request(path)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert!(bytes.starts_with(b"\xef\xbb\xbf[") && bytes.ends_with(b"]\x00\xff"));

    with_fault(
        &world,
        json!({ "action": { "kind": "replace", "from": "\"Name\"", "to": "\"Title\"" } }),
    )
    .await;
    assert!(world.get(path).await.json()[0]["Name"].is_null());

    with_fault(&world, json!({ "action": { "kind": "repeat_page" } })).await;
    assert_eq!(
        world.get(path).await.ids(),
        world.get("/v1/rentals?orderby=Id&limit=5").await.ids()
    );

    with_fault(&world, json!({ "action": { "kind": "empty_list" } })).await;
    assert_eq!(
        (
            world.get(path).await.text.as_str(),
            world.get(path).await.total()
        ),
        ("[]", 0)
    );

    with_fault(
        &world,
        json!({ "action": { "kind": "without_header", "name": "X-Total-Count" } }),
    )
    .await;
    assert!(!world.get(path).await.headers.contains_key("x-total-count"));

    with_fault(
        &world,
        json!({ "action": { "kind": "gzip", "padding_mib": 2 } }),
    )
    .await;
    let response = world.request(path).send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let packed = response.bytes().await.unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_string(&mut text)
        .unwrap();
    assert!(packed.len() < 20_000 && text.len() > 2 * 1024 * 1024);
    assert_eq!(text.trim_end(), good.text);

    world.mutate(json!([{ "op": "clear_faults" }])).await;
    assert_eq!(world.get(path).await.text, good.text);
}

#[tokio::test]
async fn connections_break_and_hang_as_told() {
    let world = World::plain();
    let path = "/v1/rentals/units?orderby=Id&limit=100";
    let good = world.get(path).await.text;

    with_fault(&world, json!({ "action": { "kind": "drop" } })).await;
    assert!(world.request(path).send().await.is_err());

    for action in [
        json!({ "kind": "abort", "keep": 500 }),
        json!({ "kind": "wrong_content_length", "delta": 10 }),
    ] {
        with_fault(&world, json!({ "action": action })).await;
        let response = world.request(path).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.bytes().await.is_err(), "{action}");
    }
    with_fault(
        &world,
        json!({ "action": { "kind": "wrong_content_length", "delta": -10 } }),
    )
    .await;
    assert_eq!(world.get(path).await.text, good[..good.len() - 10]);

    with_fault(
        &world,
        json!({ "action": { "kind": "slow_body", "bytes": 40_000, "every_ms": 60 } }),
    )
    .await;
    let started = Instant::now();
    assert_eq!(world.get(path).await.text, good);
    assert!(started.elapsed() >= Duration::from_millis(60 * (good.len() as u64 / 40_000)));

    with_fault(&world, json!({ "action": { "kind": "hang" } })).await;
    let hung = world
        .request(path)
        .timeout(Duration::from_millis(300))
        .send()
        .await;
    assert!(hung.unwrap_err().is_timeout());
    let ledger = world.control("ledger").await;
    let kinds: Vec<&Value> = ledger["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["fault"])
        .collect();
    assert_eq!(kinds[1], "drop");
    assert_eq!(*kinds[kinds.len() - 1], json!("hang"));
    assert!(ledger["requests"][1]["status"].is_null());
}

#[tokio::test]
async fn latency_is_set_for_all_or_for_a_path() {
    let world = World::start(|options| options.latency_ms = 120);
    let timed = |path: &'static str| {
        let world = &world;
        async move {
            let started = Instant::now();
            assert_eq!(world.get(path).await.status, 200);
            started.elapsed()
        }
    };
    assert!(timed("/v1/rentals?limit=1").await >= Duration::from_millis(120));
    world
        .mutate(json!([
            { "op": "latency", "fixed_ms": 0 },
            { "op": "latency", "path": "/v1/leases", "fixed_ms": 250, "jitter_ms": 10 },
        ]))
        .await;
    assert!(timed("/v1/leases?limit=1").await >= Duration::from_millis(250));
    assert!(timed("/v1/rentals?limit=1").await < Duration::from_millis(250));
}

#[tokio::test]
async fn the_ledger_tells_each_request_once_and_never_a_secret() {
    let world = World::plain();
    world.get("/v1/rentals?limit=1").await;
    world.get("/v1/nothing").await;
    let ledger = world.control("ledger").await;
    let entries = ledger["requests"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let first = &entries[0];
    assert_eq!(
        (&first["path"], &first["status"], &first["method"]),
        (&json!("/v1/rentals?limit=1"), &json!(200), &json!("GET"))
    );
    assert_eq!(first["client_id"], json!(world.running.ready.client_id));
    assert!(
        first["time_ms"].as_u64().unwrap() > 1_700_000_000_000 && first["duration_ms"].is_u64()
    );
    assert!(!ledger.to_string().contains(&world.running.ready.secret));
    assert_eq!(
        world.control("ledger?since=1").await["requests"][0]["status"],
        404
    );

    let url = format!("{}/_control/ledger", world.running.control_url());
    assert_eq!(world.send(world.http.delete(url)).await.status, 204);
    assert_eq!(world.control("ledger").await["requests"], json!([]));
    world.get("/v1/rentals").await;
    assert_eq!(world.control("ledger").await["requests"][0]["sequence"], 3);
    // On the vendor's own address the control plane is there for people, and for the gateway it is not.
    assert_eq!(world.get("/_control/truth").await.status, 200);
    let request = world
        .request("/_control/truth")
        .header("user-agent", "portcullis/0.1.0");
    assert_eq!(world.send(request).await.status, 404);
}

#[tokio::test]
async fn secrets_come_back_everywhere_when_told() {
    let world = World::plain();
    let ready = &world.running.ready;
    let secret = format!("{} {}", ready.client_id, ready.secret);
    let leases = world.get("/v1/leases?limit=1").await.json();
    let lease = leases[0]["Id"].as_i64().unwrap();
    let truth = world.control("truth?digest=1").await;
    world
        .mutate(json!([{ "op": "echo_secrets", "on": true }]))
        .await;
    for path in [
        "/v1/rentals",
        "/v1/rentals/units",
        "/v1/leases",
        "/v1/leases/tenants",
        "/v1/applicants",
        &format!("/v1/leases/{lease}/transactions"),
        &format!("/v1/leases/{lease}/charges"),
    ] {
        let reply = world.get(path).await;
        assert!(reply.headers["x-debug-client-secret"] == *secret, "{path}");
        for row in reply.json().as_array().unwrap() {
            assert!(row.to_string().contains(&secret), "{path}");
        }
    }
    for path in ["/v1/nothing", "/v1/rentals?limit=0"] {
        let reply = world.get(path).await;
        assert!(
            reply.json()["UserMessage"]
                .as_str()
                .unwrap()
                .contains(&secret)
        );
    }
    assert_eq!(world.control("truth?digest=1").await, truth);
}
