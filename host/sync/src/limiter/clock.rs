//! The database's clock as seen from here.
//!
//! A statement that was sent at one moment and answered at another read the clock somewhere between. So each of its
//! times is known within the length of a round trip, and every use takes the bound that is safe.

use std::time::Duration;
use tokio::time::Instant;

/// After so long a reading is replaced by the next one, even by a worse: clocks drift.
const FRESH: Duration = Duration::from_secs(30);
/// A reading that differs so much from what the last one foretold shows that the clock was set.
const SET_MS: i64 = 100;

/// The best reading of late.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    sent: Instant,
    received: Instant,
    now_ms: i64,
}

impl Clock {
    pub(super) fn read(sent: Instant, received: Instant, now_ms: i64) -> Self {
        Self {
            sent,
            received,
            now_ms,
        }
    }

    /// Takes another reading in, if it is the better one.
    pub(super) fn or(self, other: Self) -> Self {
        let trip = |clock: &Self| clock.received - clock.sent;
        let set = other.now_ms + SET_MS < self.earliest(other.sent)
            || other.now_ms - SET_MS > self.latest(other.received);
        let stale = other.received.saturating_duration_since(self.received) > FRESH;
        if set || stale || trip(&other) <= trip(&self) {
            other
        } else {
            self
        }
    }

    /// It is this late there at least.
    pub(super) fn earliest(&self, at: Instant) -> i64 {
        self.now_ms + signed_ms(self.received, at)
    }

    /// It is this late there at most.
    pub(super) fn latest(&self, at: Instant) -> i64 {
        self.now_ms + 2 + signed_ms(self.sent, at)
    }

    /// From then on it is certainly this late there.
    pub(super) fn reached(&self, at_ms: i64) -> Instant {
        shifted(self.received, at_ms - self.now_ms)
    }

    /// Until then it is certainly not later there.
    pub(super) fn still_before(&self, at_ms: i64) -> Instant {
        shifted(self.sent, at_ms - self.now_ms - 2)
    }
}

/// Milliseconds from one moment to another, rounded down.
fn signed_ms(from: Instant, to: Instant) -> i64 {
    let ms = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4);
    if to >= from {
        ms(to - from)
    } else {
        -ms(from - to) - 1
    }
}

fn shifted(from: Instant, ms: i64) -> Instant {
    let span = Duration::from_millis(ms.unsigned_abs());
    if ms >= 0 {
        from + span
    } else {
        from.checked_sub(span).unwrap_or(from)
    }
}
