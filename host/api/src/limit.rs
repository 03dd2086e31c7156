//! How fast a key may ask: a bucket of as many requests as it has for a minute, which fills up over a minute.
//!
//! Each replica counts for itself, without a word to the database or to the others: so a hit of the cache costs one atomic
//! exchange more, and a key has its limit at each replica that a balancer sends it to. What is told is the public
//! convention's `x-ratelimit-*`, and the fields of the IETF's draft (draft-ietf-httpapi-ratelimit-headers-10).

use std::num::NonZeroU32;
use std::time::Duration;

use bytes::{BufMut as _, BytesMut};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::problem::Problem;

const CONVENTION_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const CONVENTION_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const DRAFT: HeaderName = HeaderName::from_static("ratelimit");
const DRAFT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The window of every limit.
const MINUTE: u64 = 60;

/// The bucket of one key.
pub(crate) struct Limit<C: Clock = MonotonicClock> {
    per_minute: NonZeroU32,
    bucket: RateLimiter<NotKeyed, InMemoryState, C, StateInformationMiddleware>,
    clock: C,
    /// What never changes is written once.
    limit: HeaderValue,
    policy: HeaderValue,
}

impl<C: Clock> std::fmt::Debug for Limit<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limit")
            .field("per_minute", &self.per_minute)
            .finish_non_exhaustive()
    }
}

/// What came of asking for a request's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It has one, and so many are left.
    Yes { left: u32 },
    /// There is none before this time has passed.
    No { wait: Duration },
}

impl Limit {
    /// A full bucket.
    pub(crate) fn new(per_minute: NonZeroU32) -> Self {
        Self::on(per_minute, MonotonicClock)
    }
}

impl<C: Clock + Clone> Limit<C> {
    fn on(per_minute: NonZeroU32, clock: C) -> Self {
        let policy = format!("\"minute\";q={per_minute};w={MINUTE}");
        Self {
            per_minute,
            bucket: RateLimiter::direct_with_clock(Quota::per_minute(per_minute), clock.clone())
                .with_middleware(),
            clock,
            limit: HeaderValue::from(per_minute.get()),
            // Digits and signs of ASCII always make a value.
            policy: HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("")),
        }
    }

    /// How many requests a minute it lets through.
    pub(crate) fn per_minute(&self) -> NonZeroU32 {
        self.per_minute
    }

    /// Takes a place for one request.
    pub(crate) fn take(&self) -> Taken {
        match self.bucket.check() {
            Ok(state) => Taken::Yes {
                left: state.remaining_burst_capacity(),
            },
            Err(not_until) => Taken::No {
                wait: not_until.wait_time_from(self.clock.now()),
            },
        }
    }

    /// Tells in an answer how the bucket stands.
    pub(crate) fn tell(&self, taken: Taken, headers: &mut HeaderMap) {
        let left = match taken {
            Taken::Yes { left } => left,
            Taken::No { .. } => 0,
        };
        headers.insert(CONVENTION_LIMIT, self.limit.clone());
        headers.insert(CONVENTION_REMAINING, HeaderValue::from(left));
        headers.insert(DRAFT_POLICY, self.policy.clone());
        headers.insert(DRAFT, self.standing(left));
    }

    /// The draft's field: how many are left, and in how many seconds all of them are there again.
    fn standing(&self, left: u32) -> HeaderValue {
        let whole = u64::from(self.per_minute.get());
        let full_in = ((whole - u64::from(left).min(whole)) * MINUTE).div_ceil(whole);
        let mut text = BytesMut::with_capacity(32);
        text.put_slice(b"\"minute\";r=");
        text.put_slice(itoa::Buffer::new().format(left).as_bytes());
        text.put_slice(b";t=");
        text.put_slice(itoa::Buffer::new().format(full_in).as_bytes());
        HeaderValue::from_maybe_shared(text.freeze()).unwrap_or(HeaderValue::from_static(""))
    }
}

/// The answer to a request that found no place.
pub(crate) fn refused(per_minute: NonZeroU32, wait: Duration) -> Problem {
    // Rounded up: whoever comes back at that second finds a place.
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    let seconds = u64::try_from(seconds).unwrap_or(MINUTE);
    Problem::new("too_many_requests")
        .detail(format!(
            "This API key may send {per_minute} requests a minute, and all of them are used. Try again in {seconds} s; \
             `RateLimit` says with every answer how many are left."
        ))
        .header(header::RETRY_AFTER, HeaderValue::from(seconds))
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn told(limit: &Limit<FakeRelativeClock>, taken: Taken) -> [String; 4] {
        let mut headers = HeaderMap::new();
        limit.tell(taken, &mut headers);
        [CONVENTION_LIMIT, CONVENTION_REMAINING, DRAFT_POLICY, DRAFT]
            .map(|name| headers[name].to_str().unwrap().to_owned())
    }

    #[test]
    fn a_bucket_empties_at_once_and_fills_over_a_minute() {
        let clock = FakeRelativeClock::default();
        let limit = Limit::on(NonZeroU32::new(30).unwrap(), clock.clone());
        for left in (0..30).rev() {
            assert_eq!(limit.take(), Taken::Yes { left });
        }
        let wait = Duration::from_secs(2);
        assert_eq!(limit.take(), Taken::No { wait });
        clock.advance(Duration::from_millis(1999));
        assert!(matches!(limit.take(), Taken::No { .. }));
        clock.advance(Duration::from_millis(1));
        assert_eq!(limit.take(), Taken::Yes { left: 0 });
        clock.advance(Duration::from_secs(600));
        assert_eq!(limit.take(), Taken::Yes { left: 29 });
    }

    #[test]
    fn both_dialects_tell_the_same() {
        let clock = FakeRelativeClock::default();
        let limit = Limit::on(NonZeroU32::new(30).unwrap(), clock);
        let expected = ["30", "29", "\"minute\";q=30;w=60", "\"minute\";r=29;t=2"];
        assert_eq!(told(&limit, limit.take()), expected);
        let wait = Duration::from_millis(1);
        let expected = ["30", "0", "\"minute\";q=30;w=60", "\"minute\";r=0;t=60"];
        assert_eq!(told(&limit, Taken::No { wait }), expected);
    }

    #[test]
    fn whoever_comes_back_when_told_finds_a_place() {
        for (millis, seconds) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (59_999, "60")] {
            let answer =
                refused(NonZeroU32::new(1).unwrap(), Duration::from_millis(millis)).render("r");
            assert_eq!(answer.status(), 429);
            assert_eq!(answer.headers()[header::RETRY_AFTER], seconds);
        }
    }

    #[test]
    fn the_largest_limit_is_one() {
        let limit = Limit::new(NonZeroU32::MAX);
        assert!(matches!(limit.take(), Taken::Yes { .. }));
    }
}
