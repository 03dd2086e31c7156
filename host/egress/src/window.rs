//! A limiter for one process: sliding windows and concurrency.
//!
//! When a vendor counts a request is unknown; somewhere between its departure and the head of its answer. So a
//! request takes its place in a window from its departure until one window's length after that head. Whatever the
//! vendor's window, fixed or sliding, it then never holds more requests than it may.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::{sync::Notify, time::Instant};

use crate::limiter::{Hold, Limit, LimitKey, Limiter, Permit, RateLimit, Throttled, Window};

/// Above so many limits, those that are at rest are forgotten.
const MANY_LIMITS: usize = 4_096;

/// The most that is believed when a vendor says how long to stay away.
const LONGEST_BLOCK: Duration = Duration::from_secs(24 * 60 * 60);

/// What is told to a guest that waits for nothing but the end of other requests.
const CONCURRENCY_HINT: Duration = Duration::from_secs(1);

/// Keeps declared limits within this process. One serves all connectors and integrations.
#[derive(Debug, Default)]
pub struct WindowLimiter {
    lines: Mutex<HashMap<LimitKey, Arc<Line>>>,
}

/// Everybody who draws from one limit.
#[derive(Debug, Default)]
struct Line {
    /// Held by whoever is next: first come, first served.
    front: tokio::sync::Mutex<()>,
    changed: Notify,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When requests arrived at the latest, oldest first; kept for the longest window.
    arrived: VecDeque<Instant>,
    /// Sent, without a head of an answer yet.
    under_way: u32,
    /// Permits that are out.
    out: u32,
    longest: Duration,
    blocked_until: Option<Instant>,
    /// Requests that the vendor still grants until then.
    left: Option<(u32, Instant)>,
}

/// When the next request may leave.
enum Next {
    Now,
    At(Instant),
    /// When another one comes back, and hardly before this.
    Returned(Instant),
}

impl WindowLimiter {
    /// A limiter that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn line(&self, key: &LimitKey) -> Arc<Line> {
        let mut lines = lock(&self.lines);
        if lines.len() >= MANY_LIMITS && !lines.contains_key(key) {
            let now = Instant::now();
            lines.retain(|_, line| Arc::strong_count(line) > 1 || !lock(&line.state).at_rest(now));
        }
        Arc::clone(lines.entry(key.clone()).or_default())
    }
}

impl Limiter for WindowLimiter {
    fn acquire<'a>(
        &'a self,
        limit: &'a Limit,
        patience: Duration,
    ) -> BoxFuture<'a, Result<Permit, Throttled>> {
        Box::pin(async move {
            let line = self.line(&limit.key);
            let until = Instant::now() + patience;
            let Ok(_front) = tokio::time::timeout_at(until, line.front.lock()).await else {
                let next = lock(&line.state).next(limit, Instant::now());
                return Err(throttled(next.earliest()));
            };
            loop {
                let changed = line.changed.notified();
                tokio::pin!(changed);
                // From here on a change is not missed.
                changed.as_mut().enable();
                let now = Instant::now();
                let next = lock(&line.state).take(limit, now);
                match next {
                    Next::Now => {
                        return Ok(Permit::new(Held {
                            line: Arc::clone(&line),
                            arrived: false,
                            counted: true,
                        }));
                    }
                    Next::At(at) if at > until => return Err(throttled(at)),
                    // What the vendor says meanwhile may put it off.
                    Next::At(at) => {
                        let _ = tokio::time::timeout_at(at, changed).await;
                    }
                    Next::Returned(at) => {
                        if tokio::time::timeout_at(until, changed).await.is_err() {
                            return Err(throttled(at));
                        }
                    }
                }
            }
        })
    }

    fn feedback(&self, key: &LimitKey, said: RateLimit) {
        let line = self.line(key);
        let now = Instant::now();
        let mut state = lock(&line.state);
        if let Some(after) = said.retry_after {
            let until = now + after.min(LONGEST_BLOCK);
            state.blocked_until = state.blocked_until.max(Some(until));
        }
        if let (Some(left), Some(resets)) = (said.remaining, said.resets_in) {
            state.left = Some((left, now + resets.min(LONGEST_BLOCK)));
        }
        drop(state);
        line.changed.notify_waiters();
    }
}

impl Next {
    fn earliest(&self) -> Instant {
        match self {
            Self::Now => Instant::now(),
            Self::At(at) | Self::Returned(at) => *at,
        }
    }
}

impl State {
    /// Takes a permit if there is one.
    fn take(&mut self, limit: &Limit, now: Instant) -> Next {
        let next = self.next(limit, now);
        if matches!(next, Next::Now) {
            self.under_way += 1;
            self.out += 1;
            if let Some((left, _)) = &mut self.left {
                *left = left.saturating_sub(1);
            }
        }
        next
    }

    fn next(&mut self, limit: &Limit, now: Instant) -> Next {
        for window in &limit.windows {
            self.longest = self.longest.max(window.per);
        }
        self.forget(now);
        let mut at = self.blocked_until.unwrap_or(now);
        if let Some((0, until)) = self.left {
            at = at.max(until);
        }
        let mut returned = None;
        for window in &limit.windows {
            match self.free_in(*window, now) {
                Next::Now => {}
                Next::At(free) => at = at.max(free),
                Next::Returned(free) => returned = returned.max(Some(free)),
            }
        }
        if limit
            .concurrency
            .is_some_and(|most| self.out >= most.max(1))
        {
            returned = returned.max(Some(now + CONCURRENCY_HINT));
        }
        match returned {
            Some(returned) if at <= now => Next::Returned(returned),
            _ if at > now => Next::At(at),
            _ => Next::Now,
        }
    }

    fn free_in(&self, window: Window, now: Instant) -> Next {
        let most = window.requests.max(1) as usize;
        // Those that arrived at the edge are just out of the window.
        let gone = self.arrived.partition_point(|at| *at + window.per <= now);
        let inside = self.arrived.len() - gone;
        let taken = inside + self.under_way as usize;
        if taken < most {
            return Next::Now;
        }
        // So many have to leave the window for one place to be free.
        match self.arrived.get(gone + taken - most) {
            Some(at) => Next::At(*at + window.per),
            None => Next::Returned(now + window.per),
        }
    }

    fn forget(&mut self, now: Instant) {
        while let Some(first) = self.arrived.front() {
            if *first + self.longest > now {
                break;
            }
            self.arrived.pop_front();
        }
        self.blocked_until.take_if(|until| *until <= now);
        self.left.take_if(|(_, until)| *until <= now);
    }

    fn at_rest(&mut self, now: Instant) -> bool {
        self.forget(now);
        self.arrived.is_empty()
            && self.out == 0
            && self.blocked_until.is_none()
            && self.left.is_none()
    }
}

struct Held {
    line: Arc<Line>,
    arrived: bool,
    counted: bool,
}

impl Hold for Held {
    fn arrived(&mut self) {
        if !std::mem::replace(&mut self.arrived, true) {
            let mut state = lock(&self.line.state);
            state.under_way -= 1;
            if self.counted {
                state.arrived.push_back(Instant::now());
            }
            drop(state);
            self.line.changed.notify_waiters();
        }
    }

    fn unused(&mut self) {
        self.counted = false;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.arrived();
        lock(&self.line.state).out -= 1;
        self.line.changed.notify_waiters();
    }
}

fn throttled(at: Instant) -> Throttled {
    let wait = at.saturating_duration_since(Instant::now());
    Throttled {
        ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1),
    }
}

/// Nothing that is done under these locks can be left half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
