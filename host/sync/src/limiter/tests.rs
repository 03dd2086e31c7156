//! Replicas of the limiter on a virtual clock, before a vendor that counts strictly.

use super::*;
use proptest::prelude::*;
use std::collections::VecDeque;
use tokio::task::JoinSet;

/// A book in memory with the semantics of the table, behind a round trip.
#[derive(Clone)]
struct Memory {
    rows: Arc<Mutex<HashMap<LimitKey, (i64, String)>>>,
    origin: Instant,
    trip: Duration,
    down: Arc<std::sync::atomic::AtomicBool>,
}

impl Memory {
    fn new(trip: Duration) -> Self {
        Self {
            rows: Arc::default(),
            origin: Instant::now(),
            trip,
            down: Arc::default(),
        }
    }

    fn limiter(&self, name: &str) -> SharedLimiter {
        SharedLimiter::over(Box::new(self.clone()), name.to_owned())
    }
}

impl Book for Memory {
    fn write<'a>(
        &'a self,
        writes: &'a [LimiterWrite],
    ) -> BoxFuture<'a, Result<LimiterAnswer, StoreError>> {
        Box::pin(async move {
            tokio::time::sleep(self.trip / 2).await;
            if self.down.load(std::sync::atomic::Ordering::Relaxed) {
                return Err(StoreError::Conflict { what: "down" });
            }
            let now_ms =
                1_700_000_000_000 + i64::try_from(self.origin.elapsed().as_millis()).unwrap();
            let mut outcomes = Vec::new();
            for write in writes {
                let key = LimitKey {
                    scope: write.scope.clone(),
                    bucket: write.bucket.clone(),
                };
                let mut rows = lock(&self.rows);
                let stored = rows.get(&key).cloned();
                outcomes.push(match stored {
                    Some((version, state)) if version != write.version => {
                        LimiterOutcome::Newer { version, state }
                    }
                    _ => {
                        let version = write.version + 1;
                        rows.insert(key, (version, write.state.clone()));
                        LimiterOutcome::Written { version }
                    }
                });
            }
            tokio::time::sleep(self.trip / 2).await;
            Ok(LimiterAnswer { now_ms, outcomes })
        })
    }

    fn sweep(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async { Ok(0) })
    }
}

/// Counts at one point of its work, and notes whether any window ever held too many.
#[derive(Clone)]
struct Vendor {
    window: (usize, Duration),
    /// Requests that it counted, oldest first, and how many came too early.
    seen: Arc<Mutex<(VecDeque<Instant>, usize, usize)>>,
    under_way: Arc<Mutex<(usize, usize)>>,
    up: Duration,
    work: Duration,
    /// Whether it counts when a request comes or when it is answered.
    late: bool,
}

impl Vendor {
    fn new(requests: usize, per: Duration, latency: Duration, late: bool) -> Self {
        Self {
            window: (requests, per),
            seen: Arc::default(),
            under_way: Arc::default(),
            up: latency / 4,
            work: latency / 2,
            late,
        }
    }

    fn count(&self) {
        let now = Instant::now();
        let mut seen = lock(&self.seen);
        while seen.0.front().is_some_and(|at| now - *at >= self.window.1) {
            seen.0.pop_front();
        }
        if seen.0.len() >= self.window.0 {
            seen.2 += 1;
        }
        seen.0.push_back(now);
        seen.1 += 1;
    }

    /// One request and its answer, with so much added to either way and to the work.
    async fn answer(&self, spread: [Duration; 3]) {
        {
            let mut under_way = lock(&self.under_way);
            under_way.0 += 1;
            under_way.1 = under_way.1.max(under_way.0);
        }
        tokio::time::sleep(self.up + spread[0]).await;
        if !self.late {
            self.count();
        }
        tokio::time::sleep(self.work + spread[1]).await;
        if self.late {
            self.count();
        }
        lock(&self.under_way).0 -= 1;
        tokio::time::sleep(self.up + spread[2]).await;
    }

    fn counted(&self) -> usize {
        lock(&self.seen).1
    }

    fn early(&self) -> usize {
        lock(&self.seen).2
    }
}

fn limit(requests: u32, per: Duration, concurrency: Option<u32>) -> Limit {
    Limit {
        key: LimitKey {
            scope: "credentials".to_owned(),
            bucket: "default".to_owned(),
        },
        windows: vec![portcullis_egress::Window { requests, per }],
        concurrency,
    }
}

/// So many clients of one replica, each one request after the other, until the end.
fn clients(
    tasks: &mut JoinSet<()>,
    limiter: &Arc<SharedLimiter>,
    vendor: &Vendor,
    limit: &Limit,
    count: u64,
    spread: Duration,
    end: Instant,
) {
    for client in 0..count {
        let (limiter, vendor, limit) = (Arc::clone(limiter), vendor.clone(), limit.clone());
        let mut dice = (client + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut roll = move || {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            spread.mul_f64((dice % 1000) as f64 / 3000.0)
        };
        tasks.spawn(async move {
            while Instant::now() < end {
                match limiter.acquire(&limit, Duration::from_secs(2)).await {
                    Ok(mut permit) => {
                        vendor.answer([roll(), roll(), roll()]).await;
                        permit.arrived();
                    }
                    Err(throttled) => {
                        tokio::time::sleep(Duration::from_millis(throttled.ms)).await;
                    }
                }
            }
        });
    }
}

fn virtually<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(test)
}

const SECOND: Duration = Duration::from_secs(1);

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever the number of replicas, the vendor and the database, no window ever holds too many; even if one
    /// replica is cut off in the middle.
    #[test]
    fn no_window_is_ever_overrun(
        replicas in 1usize..5,
        each in 1u64..9,
        requests in 1u32..25,
        per_ms in prop::sample::select(vec![300u64, 1_000, 5_000]),
        latency_ms in prop::sample::select(vec![4u64, 80, 700]),
        spread_ms in 0u64..120,
        trip_ms in 1u64..40,
        late: bool,
        killed_at in prop::option::of(1_000u64..8_000),
    ) {
        let early = virtually(async {
            let per = Duration::from_millis(per_ms);
            let vendor = Vendor::new(requests as usize, per, Duration::from_millis(latency_ms), late);
            let book = Memory::new(Duration::from_millis(trip_ms));
            let limit = limit(requests, per, None);
            let end = Instant::now() + 12 * SECOND;
            let mut first = JoinSet::new();
            let mut others = JoinSet::new();
            for replica in 0..replicas {
                let limiter = Arc::new(book.limiter(&format!("replica {replica}")));
                let tasks = if replica == 0 { &mut first } else { &mut others };
                clients(tasks, &limiter, &vendor, &limit, each, Duration::from_millis(spread_ms), end);
            }
            if let Some(at) = killed_at {
                tokio::time::sleep(Duration::from_millis(at)).await;
                first.shutdown().await;
            }
            while first.join_next().await.is_some() {}
            while others.join_next().await.is_some() {}
            vendor.early()
        });
        prop_assert_eq!(early, 0);
    }

    /// The same for requests under way at once.
    #[test]
    fn no_more_are_under_way_than_may_be(replicas in 1usize..5, each in 1u64..6, most in 1u32..7, latency_ms in 4u64..300) {
        let (highest, counted) = virtually(async {
            let vendor = Vendor::new(10_000, SECOND, Duration::from_millis(latency_ms), false);
            let book = Memory::new(Duration::from_millis(4));
            let limit = limit(10_000, SECOND, Some(most));
            let end = Instant::now() + 10 * SECOND;
            let mut tasks = JoinSet::new();
            for replica in 0..replicas {
                let limiter = Arc::new(book.limiter(&format!("replica {replica}")));
                clients(&mut tasks, &limiter, &vendor, &limit, each, Duration::ZERO, end);
            }
            while tasks.join_next().await.is_some() {}
            (lock(&vendor.under_way).1, vendor.counted())
        });
        prop_assert!(highest <= most as usize, "{highest} at once");
        let possible = (replicas as u64 * each).min(u64::from(most)) * 10_000 / latency_ms.max(1);
        prop_assert!(counted as u64 * 3 >= possible, "{counted} of {possible}");
    }
}

/// A vendor's limit is used nearly whole, by one replica and by several, with the part of each about equal.
#[test]
fn a_limit_is_used_and_shared() {
    for replicas in [1usize, 3] {
        let counts = virtually(async {
            let vendor = Vendor::new(10, SECOND, Duration::from_millis(80), false);
            let book = Memory::new(Duration::from_millis(4));
            let limit = limit(10, SECOND, Some(10));
            let end = Instant::now() + 62 * SECOND;
            let mut tasks = JoinSet::new();
            for replica in 0..replicas {
                let limiter = Arc::new(book.limiter(&format!("replica {replica}")));
                clients(
                    &mut tasks,
                    &limiter,
                    &vendor,
                    &limit,
                    4,
                    Duration::from_millis(6),
                    end,
                );
            }
            tokio::time::sleep(2 * SECOND).await;
            let before = vendor.counted();
            tokio::time::sleep(60 * SECOND).await;
            let counted = vendor.counted() - before;
            while tasks.join_next().await.is_some() {}
            (counted, vendor.early())
        });
        println!("{replicas} replicas: {} of 600", counts.0);
        assert_eq!(counts.1, 0);
        assert!(counts.0 >= 575, "{replicas}: {} of 600", counts.0);
    }
}

/// Two replicas that always want more get about the same.
#[test]
fn nobody_starves() {
    for (requests, per, concurrency) in [
        (10, SECOND, None),
        (1, SECOND, None),
        (1_000, SECOND, Some(1)),
        (1_000, SECOND, Some(3)),
    ] {
        let parts = virtually(async {
            let book = Memory::new(Duration::from_millis(4));
            let limit = limit(requests, per, concurrency);
            let end = Instant::now() + 60 * SECOND;
            let mut tasks = JoinSet::new();
            let mut parts = Vec::new();
            for replica in 0..3u64 {
                let limiter = Arc::new(book.limiter(&format!("replica {replica}")));
                let vendor = Vendor::new(100_000, SECOND, Duration::from_millis(80), false);
                // The first one wants much more than the others.
                let count = if replica == 0 { 12 } else { 3 };
                clients(
                    &mut tasks,
                    &limiter,
                    &vendor,
                    &limit,
                    count,
                    Duration::ZERO,
                    end,
                );
                parts.push(vendor);
            }
            while tasks.join_next().await.is_some() {}
            parts.iter().map(Vendor::counted).collect::<Vec<_>>()
        });
        println!("{requests} in {per:?}, {concurrency:?} at once: {parts:?}");
        let all: usize = parts.iter().sum();
        // Lanes go round; permits go to who asked first, of whom one asks for four times as much.
        let least = if concurrency.is_some() { 4 } else { 12 };
        assert!(parts.iter().all(|part| part * least >= all), "{parts:?}");
    }
}

#[test]
fn what_the_vendor_says_reaches_everybody() {
    virtually(async {
        let book = Memory::new(Duration::from_millis(4));
        let (one, two) = (book.limiter("one"), book.limiter("two"));
        let limit = limit(10, SECOND, None);
        drop(one.acquire(&limit, 2 * SECOND).await.unwrap());
        drop(two.acquire(&limit, 2 * SECOND).await.unwrap());
        let ten_days = RateLimit {
            retry_after: Some(Duration::from_secs(864_000)),
            ..RateLimit::default()
        };
        one.feedback(&limit.key, ten_days);
        tokio::time::sleep(SECOND).await;
        for limiter in [&one, &two] {
            let begin = Instant::now();
            let throttled = limiter.acquire(&limit, 2 * SECOND).await.unwrap_err();
            let hours = throttled.ms / 3_600_000;
            assert!(
                (23..=24).contains(&hours),
                "asked again after a day: {throttled}"
            );
            assert!(
                begin.elapsed() < Duration::from_millis(200),
                "and told at once"
            );
        }
        // Who comes again within the wait costs the database next to nothing.
        let version = lock(&book.rows)[&limit.key].0;
        for _ in 0..100 {
            two.acquire(&limit, 2 * SECOND).await.unwrap_err();
        }
        assert!(lock(&book.rows)[&limit.key].0 - version <= 3);
    });
}

#[test]
fn without_the_database_nothing_leaves() {
    virtually(async {
        let book = Memory::new(Duration::from_millis(4));
        let limiter = book.limiter("one");
        let limit = limit(10, SECOND, None);
        drop(limiter.acquire(&limit, 2 * SECOND).await.unwrap());
        tokio::time::sleep(5 * SECOND).await;
        book.down.store(true, std::sync::atomic::Ordering::Relaxed);
        limiter.acquire(&limit, 2 * SECOND).await.unwrap_err();
        book.down.store(false, std::sync::atomic::Ordering::Relaxed);
        tokio::time::sleep(SECOND).await;
        limiter.acquire(&limit, 2 * SECOND).await.unwrap();
    });
}
