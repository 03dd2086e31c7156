//! Connectors that misbehave meet one limit each, by its name, and nobody else notices.

use portcullis_e2e::{Gateway, ITEMS_KEY, Items, Size, Start, component, pack};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;

const HOSTILE: &str = include_str!("../../../guests/hostile/connector.toml");
const MINIMAL: &str = include_str!("../../../guests/minimal/connector.toml");

/// How many times as long a good connector's call may take beside a hostile one as in quiet, at the best of several
/// tries: a machine that is busy with other tests only ever makes it slower.
const STARVED: f64 = 2.0;
/// How often it is tried.
const TRIES: usize = 3;

/// What the hostile connector does, under which vendor's budget, and what it ends in.
const CASES: [(&str, &str, &str); 7] = [
    ("loop", "HOSTILE", "cpu_budget"),
    ("grow", "HOSTILE", "memory_limit"),
    ("huge", "ROOMY", "result_too_large"),
    ("trap", "HOSTILE", "guest_trap"),
    ("recurse", "HOSTILE", "stack_overflow"),
    ("metadata", "HOSTILE", "egress_denied"),
    ("sleep", "HOSTILE", "deadline"),
];

/// The hostile connector's manifest under a name of its own, with a budget.
fn hostile(id: &str, memory_mib: u32, cpu_ms: u32, wall_s: u32) -> String {
    let named = HOSTILE
        .replace(r#"id = "hostile""#, &format!("id = \"{id}\""))
        .replace(
            r#"vendor = "HOSTILE""#,
            &format!("vendor = \"{}\"", id.to_uppercase()),
        );
    format!(
        "{named}\n[budget]\nmemory-mib = {memory_mib}\ncpu-ms = {cpu_ms}\nwall-s = {wall_s}\nrequests = 10\nresult-mib = 4\n"
    )
}

/// Mean seconds of the good connector's calls while something runs.
struct Stopwatch {
    sum: f64,
    count: f64,
}

impl Stopwatch {
    async fn start(gateway: &Gateway) -> Self {
        let read = async |what: &str| {
            let name = format!("portcullis_guest_call_seconds_{what}");
            gateway.admin.metric(&name, r#"connector="minimal""#).await
        };
        Self {
            sum: read("sum").await,
            count: read("count").await,
        }
    }

    async fn mean(&self, gateway: &Gateway) -> f64 {
        let now = Self::start(gateway).await;
        assert!(now.count > self.count, "the good connector was not called");
        (now.sum - self.sum) / (now.count - self.count)
    }
}

async fn good_sync(gateway: &Gateway, id: &str) {
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let _ = gateway.admin.post(&path, None).await.expect(202);
    let sync = gateway.synced(id).await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_misdeed_has_its_name_and_a_good_connector_goes_on() {
    let items = Items::start(Size {
        properties: 3_000,
        units: 10,
        latency: Duration::from_millis(30),
    })
    .await;
    let start = Start {
        components: Vec::new(),
        ..Start::default()
    };
    let gateway = Gateway::start(
        start
            .env("PORTCULLIS_LIMITS_MEMORY", "2GiB")
            .env("PORTCULLIS_LIMITS_INSTANCES", "8"),
    )
    .await;
    let folder = gateway.connectors();
    let tight = hostile("hostile", 64, 500, 2);
    let roomy = hostile("roomy", 2048, 9_000, 60);
    for (name, guest, manifest) in [
        ("hostile", "guest_hostile", tight.as_str()),
        ("roomy", "guest_hostile", roomy.as_str()),
        ("minimal", "guest_minimal", MINIMAL),
    ] {
        pack(
            &component(guest),
            manifest,
            &folder.join(format!("{name}.wasm")),
        );
    }
    let good = gateway.integration(items.integration("Good")).await;
    gateway.enable(&good).await;
    gateway.synced(&good).await;
    let watch = Stopwatch::start(&gateway).await;
    for _ in 0..5 {
        good_sync(&gateway, &good).await;
    }
    let quiet = watch.mean(&gateway).await;
    println!("quiet: {:.1} ms a call", quiet * 1000.0);

    for (behaviour, vendor, code) in CASES {
        let body = json!({
            "integration_vendor": vendor,
            "name": behaviour,
            "credentials": {"behaviour": behaviour, "apiKey": ITEMS_KEY},
            "base_url": items.url(),
        });
        let bad = gateway.integration(body).await;
        gateway.enable(&bad).await;
        let mut best = f64::INFINITY;
        for _ in 0..TRIES {
            let watch = Stopwatch::start(&gateway).await;
            tokio::select! {
                () = good_sync(&gateway, &good) => {}
                () = misbehaving(&gateway, &bad) => {}
            }
            let ratio = watch.mean(&gateway).await / quiet;
            println!("{behaviour}: {code}, a good call takes {ratio:.2} times as long beside it");
            best = best.min(ratio);
            if best <= STARVED {
                break;
            }
        }
        assert!(
            best <= STARVED,
            "{behaviour}: good calls take {best} times as long"
        );
        named(&gateway, &bad, behaviour, code).await;
    }
}

/// Begins a sync of the bad connector whenever the one before has ended, so that a good call always has one beside it.
async fn misbehaving(gateway: &Gateway, bad: &str) {
    let path = format!("/v1/admin/integrations/{bad}/manual-sync");
    loop {
        gateway.synced(bad).await;
        let _ = gateway.admin.post(&path, None).await;
    }
}

/// The name is in the API, in the run and in the log.
async fn named(gateway: &Gateway, integration: &str, behaviour: &str, code: &str) {
    let sync: Value = gateway.synced(integration).await;
    assert_eq!(sync["status"], "failed", "{behaviour}: {sync}");
    let run = Gateway::run(&sync, "properties");
    assert_eq!(run["error_code"], code, "{behaviour}: {run}");
    assert_eq!(
        run["who_must_act"], "connector_author",
        "{behaviour}: {run}"
    );
    assert_ne!(
        run["error_message"].as_str().unwrap_or_default(),
        "",
        "{run}"
    );

    let id = run["id"].as_str().unwrap_or_default();
    let mut connection = PgConnection::connect_with(&gateway.database.options())
        .await
        .expect("the database");
    let stored: Option<String> = sqlx::query_scalar("select error_code from run where id = $1")
        .bind(id)
        .fetch_one(&mut connection)
        .await
        .expect("the run");
    assert_eq!(stored.as_deref(), Some(code), "{behaviour}");

    let log = gateway.log();
    let said = log.lines().any(|line| {
        line.contains("a run ended") && line.contains(id) && line.contains(&format!("\"{code}\""))
    });
    assert!(
        said,
        "{behaviour}: the log does not say {code} of {id}: {log}"
    );
}
