//! One limiter for all replicas.
//!
//! Each replica fetches permits in small batches, a little ahead of need, and gives back what it did not use. All its
//! limits go in one statement, a few times a second, so that a request costs the database nothing of its own. A permit
//! names the moment from which it may be used, which may lie half a second ahead: so a place in a window passes from
//! one request to the next without a pause, whoever sends them. A replica that falls silent loses what it holds, and
//! what it may have sent meanwhile counts.
//!
//! Without the database there are no new permits: requests are told to wait.

mod clock;
mod line;
mod state;
#[cfg(test)]
mod tests;

use self::clock::Clock;
use self::line::{Held, HeldState, Line, Next, Visit};
use self::state::Shared;
use futures_util::future::BoxFuture;
use portcullis_egress::{Limit, LimitKey, Limiter, Permit, RateLimit, Throttled};
use portcullis_store::{LimiterAnswer, LimiterOutcome, LimiterWrite, Store, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// Above so many limits, those that are at rest are forgotten.
const MANY_LIMITS: usize = 4_096;
/// Wishes that come so close together go in one statement.
const TOGETHER: Duration = Duration::from_millis(5);
/// How often a write is made anew because another replica was faster, before it waits for its next turn.
const TRIES: u32 = 8;
/// How long the database is left alone after it did not answer.
const DOWN: Duration = Duration::from_millis(500);
/// How often rows that say nothing any more are removed.
const SWEEP: Duration = Duration::from_secs(3600);

/// Where replicas share what they know: the database, or a test's stand-in.
trait Book: Send + Sync + 'static {
    /// Writes states that nobody else changed meanwhile; says what became of each, and what time it is there.
    fn write<'a>(
        &'a self,
        writes: &'a [LimiterWrite],
    ) -> BoxFuture<'a, Result<LimiterAnswer, StoreError>>;

    /// Removes what says nothing any more.
    fn sweep(&self) -> BoxFuture<'_, Result<u64, StoreError>>;
}

impl Book for Store {
    fn write<'a>(
        &'a self,
        writes: &'a [LimiterWrite],
    ) -> BoxFuture<'a, Result<LimiterAnswer, StoreError>> {
        Box::pin(self.write_limiters(writes))
    }

    fn sweep(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(self.forget_idle_limiters())
    }
}

/// Keeps limits together with all other replicas on the same database.
pub struct SharedLimiter {
    inner: Arc<Inner>,
    _clerk: AbortOnDropHandle<()>,
}

impl std::fmt::Debug for SharedLimiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedLimiter").finish_non_exhaustive()
    }
}

struct Inner {
    /// Names this replica; another one at each start.
    replica: String,
    book: Box<dyn Book>,
    lines: Mutex<HashMap<LimitKey, Arc<Line>>>,
    wake: Notify,
    /// When the clerk wakes of itself.
    appointment: Mutex<Instant>,
}

impl SharedLimiter {
    /// A limiter for this process, over its database.
    #[must_use]
    pub fn start(store: Store) -> Self {
        Self::over(Box::new(store), portcullis_store::random_id("lim_"))
    }

    fn over(book: Box<dyn Book>, replica: String) -> Self {
        let inner = Arc::new(Inner {
            replica,
            book,
            lines: Mutex::default(),
            wake: Notify::new(),
            appointment: Mutex::new(Instant::now()),
        });
        let clerk = tokio::spawn(Arc::clone(&inner).work());
        Self {
            inner,
            _clerk: AbortOnDropHandle::new(clerk),
        }
    }
}

impl Limiter for SharedLimiter {
    fn acquire<'a>(
        &'a self,
        limit: &'a Limit,
        patience: Duration,
    ) -> BoxFuture<'a, Result<Permit, Throttled>> {
        Box::pin(self.inner.acquire(limit, patience))
    }

    fn feedback(&self, key: &LimitKey, said: RateLimit) {
        let line = self.inner.line(key);
        line.local().hear(said, Instant::now());
        line.changed.notify_waiters();
        self.inner.wake.notify_one();
    }
}

/// Somebody who waits, counted as long as it does.
struct Waiting<'l>(&'l Line);

impl<'l> Waiting<'l> {
    fn at(line: &'l Line, limit: &Limit) -> Self {
        let mut local = line.local();
        local.declare(limit);
        local.joins();
        Self(line)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.local().leaves();
    }
}

impl Inner {
    fn line(&self, key: &LimitKey) -> Arc<Line> {
        let mut lines = lock(&self.lines);
        if lines.len() >= MANY_LIMITS && !lines.contains_key(key) {
            let now = Instant::now();
            lines.retain(|_, line| Arc::strong_count(line) > 1 || !line.local().at_rest(now));
        }
        let new = || Arc::new(Line::new(key.clone()));
        Arc::clone(lines.entry(key.clone()).or_insert_with(new))
    }

    async fn acquire(&self, limit: &Limit, patience: Duration) -> Result<Permit, Throttled> {
        let line = self.line(&limit.key);
        let waiting = Waiting::at(&line, limit);
        let until = Instant::now() + patience;
        let Ok(_front) = tokio::time::timeout_at(until, line.front.lock()).await else {
            return Err(line.local().throttled(Next::Ask(None), Instant::now()));
        };
        loop {
            let changed = line.changed.notified();
            tokio::pin!(changed);
            // From here on a change is not missed.
            changed.as_mut().enable();
            let now = Instant::now();
            let (next, due) = {
                let mut local = line.local();
                (local.take(now), local.due(now))
            };
            if due.is_some_and(|due| due < *lock(&self.appointment)) {
                self.wake.notify_one();
            }
            match next {
                Next::Now => {
                    drop(waiting);
                    return Ok(Permit::new(Held {
                        line: Arc::clone(&line),
                        taken: now,
                        state: HeldState::Sent,
                    }));
                }
                Next::At(at) | Next::Ask(Some(at)) if at > until => {
                    return Err(line.local().throttled(next, now));
                }
                // What the vendor says meanwhile may put it off.
                Next::At(at) => {
                    let _ = tokio::time::timeout_at(at, changed).await;
                }
                Next::Ask(_) => {
                    if tokio::time::timeout_at(until, changed).await.is_err() {
                        return Err(line.local().throttled(next, Instant::now()));
                    }
                }
            }
        }
    }

    /// Goes to the book whenever a line has something to report or to ask for.
    async fn work(self: Arc<Self>) {
        let mut clock = None;
        let mut swept = Instant::now();
        loop {
            let now = Instant::now();
            let mut appointment = now + SWEEP;
            let mut due = Vec::new();
            let lines: Vec<Arc<Line>> = lock(&self.lines).values().cloned().collect();
            for line in lines {
                match line.local().due(now) {
                    Some(at) if at <= now => due.push(Arc::clone(&line)),
                    Some(at) => appointment = appointment.min(at),
                    None => {}
                }
            }
            if due.is_empty() {
                *lock(&self.appointment) = appointment;
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep_until(appointment) => {}
                }
            } else {
                *lock(&self.appointment) = now;
                if let Err(error) = self.report(due, &mut clock).await {
                    tracing::warn!(error = %error, "no permits from the database; requests wait");
                    tokio::time::sleep(DOWN).await;
                }
            }
            if swept.elapsed() >= SWEEP {
                swept = Instant::now();
                if let Err(error) = self.book.sweep().await {
                    tracing::debug!(error = %error, "old limits could not be removed");
                }
            }
            tokio::time::sleep(TOGETHER).await;
        }
    }

    /// Brings the reports of some lines, and again those for which another replica was faster.
    async fn report(
        &self,
        mut lines: Vec<Arc<Line>>,
        clock: &mut Option<Clock>,
    ) -> Result<(), StoreError> {
        if clock.is_none() {
            self.write(&[], clock).await?;
        }
        for _ in 0..TRIES {
            let Some(now_there) = *clock else {
                return Ok(());
            };
            let now = Instant::now();
            let visits: Vec<Visit> = lines
                .iter()
                .map(|line| line.local().visit(&self.replica, &now_there, now))
                .collect();
            let writes: Vec<LimiterWrite> = lines
                .iter()
                .zip(&visits)
                .map(|(line, visit)| LimiterWrite {
                    scope: line.key.scope.clone(),
                    bucket: line.key.bucket.clone(),
                    version: visit.version,
                    state: serde_json::to_string(&visit.shared).unwrap_or_default(),
                    keep: visit.keep,
                })
                .collect();
            let outcomes = self.write(&writes, clock).await?;
            let mut outrun = Vec::new();
            for ((line, visit), outcome) in lines.into_iter().zip(visits).zip(outcomes) {
                match outcome {
                    LimiterOutcome::Written { version } => {
                        let best = clock.unwrap_or(now_there);
                        line.local().granted(visit, version, &best);
                        line.changed.notify_waiters();
                        continue;
                    }
                    LimiterOutcome::Newer { version, state } => {
                        // A state of another program version that cannot be read begins anew.
                        let shared = serde_json::from_str::<Shared>(&state).unwrap_or_default();
                        line.local().outrun(version, shared);
                    }
                    LimiterOutcome::Busy => {}
                }
                outrun.push(line);
            }
            if outrun.is_empty() {
                return Ok(());
            }
            lines = outrun;
            let pause = rand::random_range(0..4);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        Ok(())
    }

    async fn write(
        &self,
        writes: &[LimiterWrite],
        clock: &mut Option<Clock>,
    ) -> Result<Vec<LimiterOutcome>, StoreError> {
        let sent = Instant::now();
        let answer = self.book.write(writes).await?;
        let reading = Clock::read(sent, Instant::now(), answer.now_ms);
        *clock = Some(clock.map_or(reading, |known: Clock| known.or(reading)));
        Ok(answer.outcomes)
    }
}

/// Nothing that is done under these locks can be left half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
