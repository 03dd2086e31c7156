//! Permits: who may send a request when.
//!
//! [`Limiter`] is what a session asks; [`WindowLimiter`](crate::WindowLimiter) answers within one process.

use std::time::Duration;

use futures_util::future::BoxFuture;
use thiserror::Error;

/// What a limit counts together: the same credentials and the same declared limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LimitKey {
    /// A fingerprint of the credentials, or the connector's id where a limit spans all of them.
    pub scope: String,
    /// The limit's name in the manifest.
    pub bucket: String,
}

/// At most so many requests in any stretch of time of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How many; zero counts as one, since a limit that admits nothing is no limit but an outage.
    pub requests: u32,
    /// The length.
    pub per: Duration,
}

/// One limit that a manifest declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// What it counts together.
    pub key: LimitKey,
    /// All of them hold.
    pub windows: Vec<Window>,
    /// How many requests may be under way at once.
    pub concurrency: Option<u32>,
}

/// The limits of one connector as a session sees them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buckets {
    /// What a request without a bucket draws from; none means unlimited.
    pub default: Option<Limit>,
    /// What a request may name.
    pub named: Vec<Limit>,
}

impl Buckets {
    /// The limit of this name.
    pub fn get(&self, bucket: &str) -> Option<&Limit> {
        self.named
            .iter()
            .chain(&self.default)
            .find(|limit| limit.key.bucket == bucket)
    }
}

/// What a vendor said about one of its limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// No request before so much time has passed.
    pub retry_after: Option<Duration>,
    /// Requests left in the present window.
    pub remaining: Option<u32>,
    /// How long until the present window ends.
    pub resets_in: Option<Duration>,
}

/// No permit within the patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no permit for {ms} ms")]
pub struct Throttled {
    /// Milliseconds until it is worth another try.
    pub ms: u64,
}

/// What a limiter keeps for a permit that is out. Dropping it gives the permit back.
pub trait Hold: Send {
    /// The vendor has seen the request: its head of an answer is here.
    fn arrived(&mut self) {}

    /// The request was never sent, so that it need not count.
    fn unused(&mut self) {}
}

/// The right to send one request; given back when dropped.
pub struct Permit(Option<Box<dyn Hold>>);

impl Permit {
    /// A permit that a limiter wants to hear about again.
    pub fn new(hold: impl Hold + 'static) -> Self {
        Self(Some(Box::new(hold)))
    }

    /// A permit that nobody counts.
    pub fn free() -> Self {
        Self(None)
    }

    /// To be called when the vendor has seen the request; without it, the drop counts as that moment.
    pub fn arrived(&mut self) {
        if let Some(hold) = &mut self.0 {
            hold.arrived();
        }
    }

    /// Gives the permit back uncounted, since the request was not sent.
    pub fn unused(mut self) {
        if let Some(mut hold) = self.0.take() {
            hold.unused();
        }
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Permit")
    }
}

/// Decides when a request may leave.
pub trait Limiter: Send + Sync {
    /// Waits for a permit, at most for `patience`.
    ///
    /// # Errors
    ///
    /// [`Throttled`] when there is none until then.
    fn acquire<'a>(
        &'a self,
        limit: &'a Limit,
        patience: Duration,
    ) -> BoxFuture<'a, Result<Permit, Throttled>>;

    /// Takes in what the vendor said about a limit.
    fn feedback(&self, key: &LimitKey, said: RateLimit);
}

/// A limiter that never says no.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unlimited;

impl Limiter for Unlimited {
    fn acquire<'a>(
        &'a self,
        _limit: &'a Limit,
        _patience: Duration,
    ) -> BoxFuture<'a, Result<Permit, Throttled>> {
        Box::pin(async { Ok(Permit::free()) })
    }

    fn feedback(&self, _key: &LimitKey, _said: RateLimit) {}
}
