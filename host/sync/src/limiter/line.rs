//! One limit as this replica sees it: who waits, what is in hand, what is under way.

use super::clock::Clock;
use super::state::{Grant, HOLD_MS, Report, Shared, Terms};
use portcullis_egress::{Hold, Limit, LimitKey, RateLimit, Throttled};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// What left within this time is asked for ahead of need.
const RECENT: Duration = Duration::from_millis(500);
/// More is not asked for at once.
const BATCH: u32 = 256;
/// How often an unmet wish is brought again, and how often stock is filled up.
const AGAIN: Duration = Duration::from_millis(50);
const STOCK: Duration = Duration::from_millis(100);
/// How often a replica that holds something says so.
const ALIVE: Duration = Duration::from_millis(HOLD_MS as u64 * 2 / 5);
/// For so long it is believed that there is nothing; others may have given something back since.
const BELIEVED: Duration = Duration::from_secs(1);
/// The most that is believed when a vendor says how long to stay away.
const LONGEST_BLOCK: Duration = Duration::from_secs(24 * 60 * 60);
/// What is told when nothing is known about when there will be a permit.
const HINT: Duration = Duration::from_secs(1);

/// Everybody here who draws from one limit.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) key: LimitKey,
    /// Held by whoever is next: first come, first served.
    pub(super) front: tokio::sync::Mutex<()>,
    pub(super) changed: Notify,
    local: Mutex<Local>,
}

/// What this replica knows, holds and wants.
#[derive(Debug)]
pub(super) struct Local {
    terms: Terms,
    pub(super) version: i64,
    shared: Shared,
    /// From when on each permit in hand may be used.
    purse: VecDeque<Instant>,
    /// Until when what is in hand is good.
    until: Instant,
    /// Requests that may be out before another one goes.
    lanes: u32,
    /// When the lanes change hands.
    turn_ends: Option<Instant>,
    /// Sent, without a head of an answer.
    under_way: u32,
    /// Sent, bodies included.
    out: u32,
    waiting: u32,
    /// The most that was out or waiting since the last report.
    peak: u32,
    /// Heads of answers that were not reported yet.
    heads: Vec<Instant>,
    departed: VecDeque<Instant>,
    fastest: Option<Duration>,
    answers: u32,
    slowest: Duration,
    blocked: Option<Instant>,
    left: Option<(u32, Instant)>,
    /// How often the vendor said something, and how much of that is reported.
    said: u64,
    told: u64,
    /// Nothing more before.
    next: Option<Instant>,
    reported: Option<Instant>,
}

/// When the next request may leave.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next {
    Now,
    At(Instant),
    /// More must be asked for; if known, there is nothing before.
    Ask(Option<Instant>),
}

/// A report on its way, and what it was made of.
pub(super) struct Visit {
    pub(super) version: i64,
    pub(super) shared: Shared,
    pub(super) keep: Duration,
    grant: Grant,
    heads: usize,
    said: u64,
    at: Instant,
}

impl Line {
    pub(super) fn new(key: LimitKey) -> Self {
        Self {
            key,
            front: tokio::sync::Mutex::default(),
            changed: Notify::new(),
            local: Mutex::new(Local {
                terms: Terms::default(),
                version: 0,
                shared: Shared::default(),
                purse: VecDeque::new(),
                until: Instant::now(),
                lanes: 0,
                turn_ends: None,
                under_way: 0,
                out: 0,
                waiting: 0,
                peak: 0,
                heads: Vec::new(),
                departed: VecDeque::new(),
                fastest: None,
                answers: 0,
                slowest: Duration::ZERO,
                blocked: None,
                left: None,
                said: 0,
                told: 0,
                next: None,
                reported: None,
            }),
        }
    }

    /// Nothing that is done under this lock can be left half done.
    pub(super) fn local(&self) -> MutexGuard<'_, Local> {
        self.local.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Local {
    /// The manifest of the connector that serves now may declare other figures than the last one's.
    pub(super) fn declare(&mut self, limit: &Limit) {
        self.terms = Terms {
            windows: limit
                .windows
                .iter()
                .map(|window| {
                    let per = i64::try_from(window.per.as_millis()).unwrap_or(i64::MAX / 4);
                    (window.requests, per)
                })
                .collect(),
            concurrency: limit.concurrency,
        };
    }

    /// Takes a permit if there is one in hand.
    pub(super) fn take(&mut self, now: Instant) -> Next {
        if let Some(blocked) = self.blocked.filter(|until| *until > now) {
            return Next::At(blocked);
        }
        if self.until <= now {
            self.purse.clear();
        }
        let believed = self
            .reported
            .is_some_and(|at| now.saturating_duration_since(at) < BELIEVED);
        let nothing_before = self.next.filter(|_| believed);
        if self.terms.concurrency.is_some() && (self.out >= self.lanes || self.until <= now) {
            return Next::Ask(None);
        }
        match self.purse.front() {
            None => Next::Ask(nothing_before),
            Some(from) if *from > now => Next::At(*from),
            Some(_) => {
                self.purse.pop_front();
                self.under_way += 1;
                self.out += 1;
                self.departed.push_back(now);
                Next::Now
            }
        }
    }

    pub(super) fn joins(&mut self) {
        self.waiting += 1;
        self.peak = self.peak.max(self.out + self.waiting);
    }

    pub(super) fn leaves(&mut self) {
        self.waiting -= 1;
    }

    /// How long whoever gets nothing is told to stay away.
    pub(super) fn throttled(&self, next: Next, now: Instant) -> Throttled {
        let at = match next {
            Next::Now => None,
            Next::At(at) => Some(at),
            Next::Ask(at) => at.or(self.next),
        };
        let wait = at
            .map(|at| at.saturating_duration_since(now))
            .filter(|wait| !wait.is_zero())
            .unwrap_or(HINT);
        Throttled {
            ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1),
        }
    }

    /// Takes in what the vendor said.
    pub(super) fn hear(&mut self, said: RateLimit, now: Instant) {
        if let Some(after) = said.retry_after {
            self.blocked = self.blocked.max(Some(now + after.min(LONGEST_BLOCK)));
            self.said += 1;
        }
        if let (Some(left), Some(resets)) = (said.remaining, said.resets_in) {
            self.left = Some((left, now + resets.min(LONGEST_BLOCK)));
            self.said += 1;
        }
    }

    /// When there is something to report or to ask for.
    pub(super) fn due(&mut self, now: Instant) -> Option<Instant> {
        let Some(reported) = self.reported else {
            return (self.said > self.told || self.waiting > 0).then_some(now);
        };
        if self.said > self.told {
            return Some(now);
        }
        let mut due = None;
        let mut by = |at: Instant| due = Some(due.map_or(at, |due: Instant| due.min(at)));
        let in_hand = if self.until > now {
            self.purse.len()
        } else {
            0
        };
        let no_lane = self.terms.concurrency.is_some() && self.out >= self.lanes;
        let wanted = self.wanted(now);
        if self.waiting > 0 && (in_hand == 0 || no_lane) {
            match self.next {
                // What is still taken is given half a second ahead; to come much earlier is in vain.
                Some(next) => by(next
                    .checked_sub(RECENT)
                    .unwrap_or(next)
                    .clamp(reported + AGAIN, reported + BELIEVED)),
                None if no_lane => by(reported + AGAIN),
                None => by(reported),
            }
        } else if u32::try_from(in_hand).unwrap_or(u32::MAX) < wanted.div_ceil(2) {
            by(reported + STOCK);
        }
        let holds = in_hand > 0 || self.under_way > 0 || !self.heads.is_empty();
        if self.terms.concurrency.is_some() && self.lanes.max(self.out) > 0 {
            by(reported + ALIVE);
            if let Some(ends) = self.turn_ends.filter(|_| self.waiting > 0) {
                by(ends);
            }
        } else if holds {
            by(reported + ALIVE);
        }
        due
    }

    /// Permits that those who wait and those who are likely to come can use.
    fn wanted(&mut self, now: Instant) -> u32 {
        while self.departed.front().is_some_and(|at| *at + RECENT <= now) {
            self.departed.pop_front();
        }
        let recent = u32::try_from(self.departed.len()).unwrap_or(u32::MAX);
        self.waiting.saturating_add(recent).min(BATCH)
    }

    /// Prepares a report with the shared state that it leads to. What is more than enough goes back with it.
    pub(super) fn visit(&mut self, holder: &str, clock: &Clock, now: Instant) -> Visit {
        let wanted = self.wanted(now);
        if self.until <= now {
            self.purse.clear();
        }
        self.purse.truncate(wanted as usize);
        let in_hand = u32::try_from(self.purse.len()).unwrap_or(u32::MAX);
        let report = Report {
            holder: holder.to_owned(),
            heads: self.heads.iter().map(|at| clock.latest(*at)).collect(),
            permits: in_hand + self.under_way,
            out: self.out,
            wish: wanted - in_hand,
            lane_wish: self.peak.max(self.out + self.waiting),
            fastest: self.fastest.map(whole_ms),
            answers: self.answers,
            slowest: whole_ms(self.slowest),
            blocked_until: self.blocked.map(|at| clock.latest(at)),
            left: self.left.map(|(left, at)| (left, clock.latest(at))),
        };
        let db_now = clock.earliest(now);
        let mut shared = self.shared.clone();
        let grant = shared.visit(&self.terms, &report, db_now);
        // What is given back must not be used while the report is on its way.
        self.lanes = self.lanes.min(grant.lanes);
        Visit {
            version: self.version,
            keep: Duration::from_millis(shared.keep_ms(&self.terms, db_now).unsigned_abs()),
            shared,
            grant,
            heads: self.heads.len(),
            said: self.said,
            at: now,
        }
    }

    /// The report is stored: what it asked for is ours.
    pub(super) fn granted(&mut self, visit: Visit, version: i64, clock: &Clock) {
        self.version = version;
        self.shared = visit.shared;
        self.heads.drain(..visit.heads.min(self.heads.len()));
        self.purse
            .extend(visit.grant.from.iter().map(|from| clock.reached(*from)));
        self.until = clock.still_before(visit.grant.until);
        self.lanes = visit.grant.lanes;
        self.turn_ends = visit.grant.turn_ends.map(|ends| clock.reached(ends));
        self.next = visit.grant.next.map(|next| clock.reached(next));
        self.peak = self.out + self.waiting;
        self.told = visit.said;
        if self.said == visit.said {
            self.left = None;
        }
        self.reported = Some(visit.at);
        let blocked_until = self.shared.blocked_until();
        if blocked_until > clock.earliest(visit.at) {
            self.blocked = self.blocked.max(Some(clock.reached(blocked_until)));
        } else if self.blocked.is_some_and(|until| until <= visit.at) {
            self.blocked = None;
        }
    }

    /// Somebody else was faster: the next report starts from what is stored.
    pub(super) fn outrun(&mut self, version: i64, shared: Shared) {
        self.version = version;
        self.shared = shared;
    }

    /// Whether nobody would miss this line.
    pub(super) fn at_rest(&mut self, now: Instant) -> bool {
        self.waiting == 0 && self.out == 0 && self.due(now).is_none()
    }
}

fn whole_ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4)
}

/// A permit that is out.
pub(super) struct Held {
    pub(super) line: Arc<Line>,
    pub(super) taken: Instant,
    pub(super) state: HeldState,
}

/// What became of a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeldState {
    /// The vendor may or may not have seen the request.
    Sent,
    /// The head of its answer is here.
    Arrived,
    /// It never left.
    Unused,
}

impl Hold for Held {
    fn arrived(&mut self) {
        if self.state == HeldState::Sent {
            self.state = HeldState::Arrived;
            let now = Instant::now();
            let latency = now - self.taken;
            let mut local = self.line.local();
            local.under_way -= 1;
            local.heads.push(now);
            local.answers = local.answers.saturating_add(1);
            local.fastest = Some(local.fastest.map_or(latency, |known| known.min(latency)));
            // An outlier is forgotten over some dozens of answers.
            local.slowest = latency.max(local.slowest.mul_f64(0.95));
        }
    }

    fn unused(&mut self) {
        if self.state == HeldState::Sent {
            self.state = HeldState::Unused;
            let mut local = self.line.local();
            local.under_way -= 1;
            local.purse.push_front(self.taken);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut local = self.line.local();
        if self.state == HeldState::Sent {
            // Given up: the vendor may still be at work, and count it when it is done.
            local.under_way -= 1;
            let at = Instant::now().max(self.taken + local.slowest);
            local.heads.push(at);
        }
        local.out -= 1;
        drop(local);
        // With another lane free, who waits may go.
        self.line.changed.notify_waiters();
    }
}
