use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use portcullis_egress::{Limit, LimitKey, Limiter, RateLimit, Window, WindowLimiter};
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(2);
const FOR_EVER: Duration = Duration::from_secs(1_000_000);

fn limit(requests: u32, per: Duration, concurrency: Option<u32>) -> Limit {
    Limit {
        key: LimitKey {
            scope: "fingerprint".to_owned(),
            bucket: "default".to_owned(),
        },
        windows: vec![Window { requests, per }],
        concurrency,
    }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Wherever between departure and answer the vendor counts, it never counts more than it may in any window.
    #[test]
    fn a_vendor_never_sees_too_many(
        most in 1_u32..6,
        per in 1_u64..2_000,
        concurrency in proptest::option::of(1_u32..5),
        second in proptest::option::of((1_u32..10, 1_u64..5_000)),
        requests in proptest::collection::vec((0_u64..3_000, 0_u64..400, 0_u64..400, 0_u64..400), 1..40),
    ) {
        let mut limit = limit(most, ms(per), concurrency);
        limit.windows.extend(second.map(|(requests, per)| Window { requests, per: ms(per) }));
        let count = requests.len();
        let (arrivals, peak) = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
            .block_on(run(limit.clone(), requests));
        // Everybody gets a turn.
        prop_assert_eq!(arrivals.len(), count);
        for window in &limit.windows {
            for (first, next) in arrivals.iter().zip(arrivals.iter().skip(window.requests as usize)) {
                prop_assert!(*next - *first >= window.per, "{:?} in {:?}", next.duration_since(*first), window);
            }
        }
        if let Some(most) = concurrency {
            prop_assert!(peak <= most);
        }
    }
}

/// Each request starts, reaches the vendor, is answered and is read after so many milliseconds.
async fn run(limit: Limit, requests: Vec<(u64, u64, u64, u64)>) -> (Vec<Instant>, u32) {
    let limiter = Arc::new(WindowLimiter::new());
    let limit = Arc::new(limit);
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    let (out, peak) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let tasks: Vec<_> = requests
        .into_iter()
        .map(|(start, reach, answer, read)| {
            let (limiter, limit, arrivals) = (
                Arc::clone(&limiter),
                Arc::clone(&limit),
                Arc::clone(&arrivals),
            );
            let (out, peak) = (Arc::clone(&out), Arc::clone(&peak));
            tokio::spawn(async move {
                sleep(ms(start)).await;
                let mut permit = limiter.acquire(&limit, FOR_EVER).await.unwrap();
                peak.fetch_max(out.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sleep(ms(reach)).await;
                arrivals.lock().unwrap().push(Instant::now());
                sleep(ms(answer)).await;
                permit.arrived();
                sleep(ms(read)).await;
                out.fetch_sub(1, Ordering::SeqCst);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let mut arrivals = std::mem::take(&mut *arrivals.lock().unwrap());
    arrivals.sort();
    (arrivals, peak.load(Ordering::SeqCst))
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_is_told_at_once() {
    let limiter = WindowLimiter::new();
    let limit = limit(1, Duration::from_secs(60), None);
    drop(limiter.acquire(&limit, PATIENCE).await.unwrap());
    sleep(ms(10_000)).await;
    let asked = Instant::now();
    let throttled = limiter.acquire(&limit, PATIENCE).await.unwrap_err();
    assert_eq!((throttled.ms, asked.elapsed()), (50_000, Duration::ZERO));
    sleep(ms(49_000)).await;
    // Now it is within the patience.
    limiter.acquire(&limit, PATIENCE).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_permit_that_was_not_used_does_not_count() {
    let limiter = WindowLimiter::new();
    let limit = limit(1, Duration::from_secs(60), Some(1));
    limiter.acquire(&limit, PATIENCE).await.unwrap().unused();
    let permit = limiter.acquire(&limit, Duration::ZERO).await.unwrap();
    let waiting = limiter.acquire(&limit, PATIENCE).await.unwrap_err();
    assert!(waiting.ms >= 1_000, "{waiting:?}");
    drop(permit);
}

#[tokio::test(start_paused = true)]
async fn what_the_vendor_says_holds() {
    let limiter = WindowLimiter::new();
    let limit = limit(100, Duration::from_secs(1), None);
    limiter.feedback(
        &limit.key,
        RateLimit {
            retry_after: Some(ms(30_000)),
            ..RateLimit::default()
        },
    );
    assert_eq!(
        limiter.acquire(&limit, PATIENCE).await.unwrap_err().ms,
        30_000
    );
    sleep(ms(30_000)).await;
    limiter.feedback(
        &limit.key,
        RateLimit {
            remaining: Some(2),
            resets_in: Some(ms(9_000)),
            ..RateLimit::default()
        },
    );
    for _ in 0..2 {
        limiter.acquire(&limit, PATIENCE).await.unwrap();
    }
    assert_eq!(
        limiter.acquire(&limit, PATIENCE).await.unwrap_err().ms,
        9_000
    );

    // Other credentials have a limit of their own.
    let mut other = limit.clone();
    other.key.scope = "other".to_owned();
    limiter.acquire(&other, PATIENCE).await.unwrap();
}
