//! The shared limiter against a vendor with a limit: one replica and three, each with connections of its own.
//!
//! `LIMIT_SECONDS=60 cargo nextest run --workspace -E 'test(a_vendors_limit_is_used)' --no-capture` measures for longer.

use portcullis_egress::{Limit, LimitKey, Limiter, RateLimit, Window};
use portcullis_simulators::{Options, Simulator};
use portcullis_store::{ConnectOptions, LimiterOutcome, LimiterWrite, Purpose, Store};
use portcullis_sync::SharedLimiter;
use portcullis_test_postgres::TestDatabase;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vendors_limit_is_used_and_never_overrun() {
    let seconds: u64 = std::env::var("LIMIT_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(6);
    for replicas in [1usize, 3] {
        let (answered, refused, statements) = measure(replicas, seconds).await;
        let allowed = seconds as f64 * 10.0;
        let used = answered as f64 / allowed;
        println!(
            "{replicas} replicas: {answered} of {allowed} in {seconds} s, use {used:.3}, 429 {refused}, limiter writes {:.1}/s",
            statements as f64 / seconds as f64
        );
        // A busy machine delays requests, which costs use and never the vendor's patience.
        assert!(used >= 0.8, "{replicas} replicas: {used}");
        assert!(
            refused as f64 <= 0.01 * answered as f64,
            "{refused} of {answered}"
        );
    }
}

/// Requests answered and refused within the time, and writes of the limiter's row.
async fn measure(replicas: usize, seconds: u64) -> (usize, usize, i64) {
    let vendor = Simulator::start(Options {
        properties: 5,
        units: 20,
        latency_ms: 80,
        ..Options::default()
    })
    .expect("a simulator");
    let database = TestDatabase::create().await;
    let limit = Limit {
        key: LimitKey {
            scope: "credentials".to_owned(),
            bucket: "default".to_owned(),
        },
        windows: vec![Window {
            requests: 10,
            per: Duration::from_secs(1),
        }],
        concurrency: Some(10),
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut tasks = JoinSet::new();
    let start = Instant::now() + Duration::from_secs(3);
    let end = start + Duration::from_secs(seconds);
    let mut first = None;
    for replica in 0..replicas {
        let store = Store::connect(&database.url, ConnectOptions::default())
            .await
            .expect("the database");
        store.migrate().await.expect("migrated");
        first.get_or_insert_with(|| store.clone());
        let limiter = Arc::new(SharedLimiter::start(
            store.with_purpose(Purpose::Background),
        ));
        for _ in 0..4 {
            let (limiter, limit) = (Arc::clone(&limiter), limit.clone());
            let ready = vendor.ready.clone();
            let http = reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client");
            tasks.spawn(async move {
                let (mut answered, mut refused) = (0, 0);
                while Instant::now() < end {
                    let mut permit = match limiter.acquire(&limit, Duration::from_secs(2)).await {
                        Ok(permit) => permit,
                        Err(throttled) => {
                            tokio::time::sleep(Duration::from_millis(throttled.ms)).await;
                            continue;
                        }
                    };
                    let answer = http
                        .get(format!("{}/v1/rentals/units?limit=1", ready.url))
                        .header("x-buildium-client-id", &ready.client_id)
                        .header("x-buildium-client-secret", &ready.secret)
                        .send()
                        .await
                        .expect("an answer");
                    permit.arrived();
                    let status = answer.status().as_u16();
                    let _ = answer.bytes().await;
                    drop(permit);
                    if status == 429 {
                        let said = RateLimit {
                            retry_after: Some(Duration::from_secs(1)),
                            ..RateLimit::default()
                        };
                        limiter.feedback(&limit.key, said);
                    }
                    if Instant::now() > start && Instant::now() <= end {
                        match status {
                            200 => answered += 1,
                            429 => refused += 1,
                            other => panic!("replica {replica}: {other}"),
                        }
                    }
                }
                (answered, refused)
            });
        }
    }
    let (mut answered, mut refused) = (0, 0);
    while let Some(done) = tasks.join_next().await {
        let (some, none) = done.expect("a client");
        answered += some;
        refused += none;
    }
    let look = LimiterWrite {
        scope: limit.key.scope,
        bucket: limit.key.bucket,
        version: 0,
        state: String::new(),
        keep: Duration::ZERO,
    };
    let store = first.expect("a replica");
    let answer = store.write_limiters(&[look]).await.expect("the database");
    let version = match answer.outcomes.first() {
        Some(LimiterOutcome::Newer { version, .. }) => *version,
        other => panic!("{other:?}"),
    };
    (answered, refused, version)
}
