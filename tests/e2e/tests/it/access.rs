//! What a check of data access finds out, how long it takes, and what a sync makes of it.

use portcullis_e2e::{Gateway, Start, Vendor, component, eventually, pack};
use portcullis_simulators::Options;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const MODELS: [&str; 6] = [
    "properties",
    "units",
    "leases",
    "residents",
    "applicants",
    "applications",
];

/// What a check says about a vendor that does not answer.
const NO_ANSWER: &str = "no answer within 60 s";

/// How long a check of every model may take at 100 ms of latency.
const CHECK: Duration = Duration::from_secs(3);

/// The limit of a check is a minute; the rest is for a machine that is busy with other tests.
const CHECK_LIMIT: Duration = Duration::from_secs(65);

/// A small vendor with a key of its own: integrations with one key would share its limit.
fn small(key: &str, latency_ms: u64) -> Vendor {
    Vendor::start(Options {
        client_id: format!("client-{key}"),
        secret: format!("secret-of-{key}-0123456789"),
        properties: 5,
        units: 60,
        latency_ms,
        limit: None,
        ..Options::default()
    })
}

fn words(access: &Value, model: &str) -> Value {
    access["models"][model]["verdict"].clone()
}

/// Adds an integration without waiting for its check.
async fn add(gateway: &Gateway, body: Value) -> String {
    let made = gateway
        .admin
        .post("/v1/admin/integrations/", Some(body))
        .await
        .expect(201);
    made["results"]["id"]
        .as_str()
        .expect("an integration has an id")
        .to_owned()
}

async fn access(gateway: &Gateway, id: &str) -> Value {
    let path = format!("/v1/admin/integrations/{id}/data-access");
    gateway.admin.get(&path).await.expect(200)["result"].clone()
}

/// The result of a check that began at `begun`, and how long it took.
async fn ended(gateway: &Gateway, id: &str, begun: Instant) -> (Value, Duration) {
    loop {
        let access = access(gateway, id).await;
        let check = &access["check"];
        if access["data_access_check_in_process"] == false && !check["finished_at"].is_null() {
            return (access, begun.elapsed());
        }
        assert!(begun.elapsed() < CHECK_LIMIT, "the check goes on: {access}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_a_permission_reads_four_models_and_names_the_reason_for_two() {
    let gateway = Gateway::start(Start::default()).await;
    gateway.offered("BUILDIUM").await;
    // The best of several: a machine that is busy with other tests only ever makes it slower.
    let mut best = Duration::MAX;
    let mut tries = 0;
    let (vendor, id, access) = loop {
        tries += 1;
        let vendor = small(&format!("four-{tries}"), 100);
        vendor
            .mutate(json!([{
                "op": "set_scopes",
                "scopes": ["rentals", "leases", "tenants", "lease_transactions"],
            }]))
            .await;
        let begun = Instant::now();
        let id = add(&gateway, vendor.integration("Four of six")).await;
        let (access, took) = ended(&gateway, &id, begun).await;
        println!(
            "checked in {} ms at 100 ms of vendor latency",
            took.as_millis()
        );
        best = best.min(took);
        if best <= CHECK || tries == 3 {
            break (vendor, id, access);
        }
    };
    assert!(best <= CHECK, "the check took {best:?}");
    let truth = vendor.truth().await;

    assert_eq!(access["credentials"]["state"], "valid");
    for model in &MODELS[..4] {
        let found = &access["models"][model];
        assert_eq!(found["verdict"], "granted", "{model}: {found}");
        assert_eq!(found["read"], json!({"status": "SUCCESS"}));
        assert_eq!(found["record_count"], truth[model], "{model}");
    }
    for model in &MODELS[4..] {
        let found = &access["models"][model];
        assert_eq!(found["verdict"], "denied", "{model}: {found}");
        assert_eq!(found["read"]["status"], "FAILED");
        let message = found["read"]["error_message"].as_str().unwrap_or_default();
        assert!(message.contains("Rentals > Applicants - View"), "{found}");
        let proof = &found["evidence"][0];
        assert_eq!(proof["method"], "GET", "{found}");
        let path = proof["path"].as_str().unwrap_or_default();
        assert!(path.starts_with("/v1/applicants"), "{found}");
        assert_eq!(proof["status"], 403);
        let said = proof["vendor_message"].as_str().unwrap_or_default();
        assert!(said.contains("Rentals > Applicants - View"), "{found}");
        let latency = proof["latency_ms"].as_u64().unwrap_or_default();
        assert!((100..5_000).contains(&latency), "{found}");
    }

    gateway.enable(&id).await;
    let sync = gateway.synced(&id).await;
    assert_eq!(sync["status"], "partial", "{sync}");
    for model in &MODELS[..4] {
        assert_eq!(Gateway::run(&sync, model)["status"], "succeeded", "{sync}");
        let path = format!("/v1/{model}/?integration_id={id}");
        assert_eq!(
            json!(gateway.admin.total(&path).await),
            truth[model],
            "{model}"
        );
    }
    for model in &MODELS[4..] {
        let run = Gateway::run(&sync, model);
        assert_eq!(run["status"], "skipped_no_access", "{sync}");
        assert_eq!(run["label"], "No access");
        assert_eq!(run["requests"], 0);
        assert_eq!(run["who_must_act"], "customer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_does_not_answer_costs_a_minute_and_only_what_it_kept_back() {
    // Each has a simulator of its own: a fault is the vendor's, not a key's.
    let (silent, one_path) = (small("silent", 0), small("one-path", 0));
    let (late, busy) = (small("late", 30_000), small("busy", 0));
    let hang =
        |path: Value| json!([{"op": "fault", "fault": {"path": path, "action": {"kind": "hang"}}}]);
    silent.mutate(hang(Value::Null)).await;
    one_path.mutate(hang(json!("/v1/applicants"))).await;
    let too_many =
        json!({"kind": "status", "status": 429, "retry_after": {"form": "seconds", "seconds": 1}});
    busy.mutate(json!([{"op": "fault", "fault": {"path": "/v1/leases/tenants", "times": 6, "action": too_many}}]))
        .await;

    let gateway = Gateway::start(Start::default()).await;
    gateway.offered("BUILDIUM").await;
    let begun = Instant::now();
    let silent_id = add(&gateway, silent.integration("Silent")).await;
    let one_path_id = add(&gateway, one_path.integration("One path")).await;
    let late_id = add(&gateway, late.integration("Late")).await;
    let busy_id = add(&gateway, busy.integration("Busy")).await;

    // While a check goes on there is no second one, and nothing is enabled.
    for (id, what) in [
        (&silent_id, "data-access"),
        (&silent_id, "enable"),
        (&one_path_id, "data-access"),
    ] {
        let path = format!("/v1/admin/integrations/{id}/{what}");
        let refused = gateway.admin.post(&path, None).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (409, "access_check_running"),
            "{what}"
        );
    }
    // What is known shows at once, long before the end.
    let early = eventually("four models have their verdict", async || {
        let access = access(&gateway, &one_path_id).await;
        let known = |model: &&str| words(&access, model) == "granted";
        MODELS[..4].iter().all(known).then_some(access)
    })
    .await;
    assert_eq!(early["data_access_check_in_process"], true);
    assert_eq!(
        early["models"]["applicants"]["read"]["status"],
        "PROCESSING"
    );
    assert_eq!(early["models"]["applicants"]["verdict"], Value::Null);

    let (silent_end, one_path_end, late_end, busy_end) = tokio::join!(
        ended(&gateway, &silent_id, begun),
        ended(&gateway, &one_path_id, begun),
        ended(&gateway, &late_id, begun),
        ended(&gateway, &busy_id, begun),
    );
    let all = [
        (&silent_end, "silent"),
        (&one_path_end, "one path"),
        (&late_end, "late"),
        (&busy_end, "busy"),
    ];
    for ((access, took), name) in all {
        println!("{name}: the check took {} ms", took.as_millis());
        let at = |member: &str| {
            access["check"][member]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        // Texts of one form, in UTC: their order is that of the times.
        assert!(at("finished_at") <= at("deadline_at"), "{name}: {access}");
    }

    let (silent_access, _) = silent_end;
    assert_eq!(silent_access["credentials"]["state"], "unchecked");
    for model in MODELS {
        assert_eq!(words(&silent_access, model), "unknown", "{model}");
        let found = &silent_access["models"][model];
        assert_eq!(found["message"], NO_ANSWER, "{model}");
        assert_eq!(found["read"], json!({"untested": true}));
    }
    let path = format!("/v1/admin/integrations/{silent_id}/enable");
    let refused = gateway.admin.post(&path, None).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "access_not_checked")
    );

    let (one_path_access, _) = one_path_end;
    assert_eq!(one_path_access["credentials"]["state"], "valid");
    for model in &MODELS[..4] {
        assert_eq!(
            one_path_access["models"][model], early["models"][model],
            "{model}"
        );
    }
    for model in &MODELS[4..] {
        assert_eq!(words(&one_path_access, model), "unknown", "{model}");
        assert_eq!(
            one_path_access["models"][model]["message"], NO_ANSWER,
            "{model}"
        );
    }

    // Half a minute for the credentials, half a minute for each model, at the same time: in time.
    let (late_access, _) = late_end;
    assert_eq!(
        late_access["credentials"]["state"], "valid",
        "{late_access}"
    );
    for model in MODELS {
        assert_eq!(
            words(&late_access, model),
            "granted",
            "{model}: {late_access}"
        );
    }

    // Being told to wait is no failure, however often.
    let (busy_access, _) = busy_end;
    for model in MODELS {
        assert_eq!(
            words(&busy_access, model),
            "granted",
            "{model}: {busy_access}"
        );
    }
    let told_to_wait = busy
        .ledger()
        .await
        .iter()
        .filter(|entry| entry["status"] == 429)
        .count();
    assert_eq!(told_to_wait, 6);
}

/// A vendor that takes every key for its first request and then knows only one answer.
struct Gatekeeper {
    url: String,
    ledger: Arc<Mutex<Vec<String>>>,
}

impl Gatekeeper {
    /// Admits all requests, or only the first.
    async fn start(open: bool) -> Self {
        let ledger: Arc<Mutex<Vec<String>>> = Arc::default();
        let asked = Arc::clone(&ledger);
        let items = move |uri: axum::http::Uri| async move {
            let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.push(uri.to_string());
            let item = json!({"total": 1, "items": [{"id": "1", "name": "One", "property": "1"}]});
            if open || asked.len() == 1 {
                (axum::http::StatusCode::OK, item.to_string())
            } else {
                (
                    axum::http::StatusCode::FORBIDDEN,
                    r#"{"message":"Your plan has no API."}"#.to_owned(),
                )
            }
        };
        let router = axum::Router::new().route("/items", axum::routing::get(items));
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let url = format!("http://{}", socket.local_addr().expect("an address"));
        tokio::spawn(async move {
            axum::serve(socket, router)
                .await
                .expect("the vendor serves")
        });
        Self { url, ledger }
    }

    fn integration(&self) -> Value {
        json!({
            "integration_vendor": "MINIMAL",
            "name": "All or nothing",
            "credentials": {"apiKey": "gatekeeper-key-0123456789"},
            "base_url": self.url,
        })
    }

    fn ledger(&self) -> Vec<String> {
        self.ledger
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_access_is_all_or_nothing_one_probe_decides_for_all_models() {
    let gateway = Gateway::start(Start {
        components: Vec::new(),
        ..Start::default()
    })
    .await;
    let manifest = include_str!("../../../guests/minimal/connector.toml");
    pack(
        &component("guest_minimal"),
        manifest,
        &gateway.connectors().join("minimal.wasm"),
    );
    gateway.offered("MINIMAL").await;

    for (open, verdict) in [(true, "granted"), (false, "denied")] {
        let vendor = Gatekeeper::start(open).await;
        let begun = Instant::now();
        let id = add(&gateway, vendor.integration()).await;
        let (access, _) = ended(&gateway, &id, begun).await;
        assert_eq!(access["credentials"]["state"], "valid", "{access}");
        assert_eq!(words(&access, "properties"), verdict, "{access}");
        assert_eq!(words(&access, "units"), verdict, "{access}");
        let proof = |model: &str| access["models"][model]["evidence"].clone();
        assert_eq!(proof("properties"), proof("units"));
        assert_eq!(proof("units").as_array().map(Vec::len), Some(1), "{access}");
        // One request for the credentials, one for all models.
        let ledger = vendor.ledger();
        assert_eq!(ledger.len(), 2, "{ledger:?}");
        // What the vendor does not have is no matter of its one answer.
        assert_eq!(words(&access, "leases"), "unsupported");

        let path = format!("/v1/admin/integrations/{id}/enable");
        let enabled = gateway.admin.post(&path, None).await;
        if open {
            assert_eq!(enabled.expect(200)["results"]["will_skip"], json!([]));
            assert_eq!(gateway.synced(&id).await["status"], "succeeded");
        } else {
            assert_eq!(
                (enabled.status, enabled.code().as_str()),
                (409, "nothing_readable")
            );
        }
    }
}
