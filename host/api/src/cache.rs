//! The response cache: finished answers, at most 15 minutes old, never older than what is known.
//!
//! [`core`] decides; this module keeps the bytes and lets one request fill for all that wait. Errors
//! are never kept, nor is anything whose data is still arriving for the first time.

pub(crate) mod core;
pub(crate) mod headers;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use moka::policy::EvictionPolicy;
use portcullis_service::{Environment, KeyScope, Role};
use sha2::{Digest, Sha256};

use self::core::{Judgement, Stamp, Token, Unkept};
use crate::problem::Problem;

/// Everything that decides about the bytes of an answer, and the state of the data it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) account_id: String,
    pub(crate) environment: Environment,
    pub(crate) role: Role,
    /// What the key is limited to.
    pub(crate) limits: Option<Arc<KeyScope>>,
    /// Path and parameters in one fixed order and spelling.
    pub(crate) url: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct EntryKey {
    key: Key,
    token: Token,
}

/// A finished answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) bytes: Bytes,
    /// Quoted, strong.
    pub(crate) etag: String,
    /// When the database took the snapshot, by its own clock.
    pub(crate) data_as_of: DateTime<Utc>,
    pub(crate) stamp: Stamp,
}

impl Answer {
    /// Seals the bytes with their tag.
    pub(crate) fn new(bytes: Vec<u8>, data_as_of: DateTime<Utc>, stamp: Stamp) -> Self {
        let digest = Sha256::digest(&bytes);
        let mut etag = String::with_capacity(34);
        etag.push('"');
        for byte in &digest[..16] {
            use std::fmt::Write as _;
            // Writing to a `String` cannot fail.
            let _ = write!(etag, "{byte:02x}");
        }
        etag.push('"');
        Self {
            bytes: bytes.into(),
            etag,
            data_as_of,
            stamp,
        }
    }
}

/// What filling brought.
#[derive(Debug)]
pub(crate) enum Filled {
    /// An answer that may be kept.
    Keep(Answer),
    /// An answer for those who wait now, and no one else.
    Once(Answer, Unkept),
}

/// How an answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// From the cache.
    Hit { age: Duration, left: Duration },
    /// Made now, and kept.
    Stored,
    /// Made now for another request, and shared.
    Collapsed,
    /// Made now, and not kept.
    Bypass(Bypass),
}

/// Why the cache was passed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bypass {
    FirstSyncRunning,
    NotSynced,
    GenerationsUnproven,
    Off,
}

impl Bypass {
    /// The `detail` of `Cache-Status`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::FirstSyncRunning => "first-sync-running",
            Self::NotSynced => "not-synced",
            Self::GenerationsUnproven => "generations-unproven",
            Self::Off => "cache-off",
        }
    }
}

impl From<Unkept> for Bypass {
    fn from(why: Unkept) -> Self {
        match why {
            Unkept::FirstSyncRunning => Self::FirstSyncRunning,
            Unkept::NotSynced => Self::NotSynced,
        }
    }
}

#[derive(Debug)]
enum NotKept {
    Once(Arc<Answer>, Unkept),
    Failed(Box<Problem>),
}

/// Answers by key and state of the data.
#[derive(Debug, Clone)]
pub(crate) struct ResponseCache {
    entries: moka::future::Cache<EntryKey, Arc<Answer>>,
    ttl: Duration,
    origin: Instant,
}

/// Entries expire by the age of their snapshot, which may be older than the entry.
struct BySnapshot {
    ttl: Duration,
    origin: Instant,
}

impl moka::Expiry<EntryKey, Arc<Answer>> for BySnapshot {
    fn expire_after_create(
        &self,
        _: &EntryKey,
        answer: &Arc<Answer>,
        _: Instant,
    ) -> Option<Duration> {
        let age = self.origin.elapsed().saturating_sub(answer.stamp.snapshot);
        Some(self.ttl.saturating_sub(age))
    }
}

impl ResponseCache {
    /// A cache that keeps answers `ttl` from their snapshot, and some `max_bytes` of them.
    ///
    /// `origin` is the zero of every [`Stamp`]. The least recently used answers go first: an answer
    /// made from outdated data is never asked for again, however often it was before.
    pub(crate) fn new(ttl: Duration, max_bytes: u64, origin: Instant) -> Self {
        let entries = moka::future::Cache::builder()
            .max_capacity(max_bytes)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|entry: &EntryKey, answer: &Arc<Answer>| {
                // What an entry costs beside its texts: maps, counters, the answer's fixed part.
                const FIXED: usize = 512;
                let size = answer.bytes.len() + entry.key.url.len() + entry.key.account_id.len();
                u32::try_from(size + FIXED).unwrap_or(u32::MAX)
            })
            .expire_after(BySnapshot { ttl, origin })
            .build();
        Self {
            entries,
            ttl,
            origin,
        }
    }

    /// How long an answer is good, from its snapshot.
    pub(crate) fn ttl(&self) -> Duration {
        self.ttl
    }

    /// Finds the answer, or has it made once for all who ask for it now.
    ///
    /// `token` was read before this call; `None` bypasses the cache. `fill` must take its snapshot
    /// after it was called.
    ///
    /// # Errors
    ///
    /// What `fill` failed with; it is not kept.
    pub(crate) async fn answer<F>(
        &self,
        key: Key,
        token: Option<Token>,
        fill: F,
    ) -> Result<(Arc<Answer>, How), Problem>
    where
        F: Future<Output = Result<Filled, Problem>>,
    {
        let bypass = if self.ttl.is_zero() {
            Some(Bypass::Off)
        } else {
            None
        };
        let (Some(token), None) = (token, bypass) else {
            let why = bypass.unwrap_or(Bypass::GenerationsUnproven);
            let answer = match fill.await? {
                Filled::Keep(answer) | Filled::Once(answer, _) => answer,
            };
            return Ok((Arc::new(answer), How::Bypass(why)));
        };
        let key = EntryKey { key, token };
        if let Some(answer) = self.entries.get(&key).await {
            if let Judgement::Fresh { age, left } =
                answer.stamp.judge(self.origin.elapsed(), self.ttl)
            {
                return Ok((answer, How::Hit { age, left }));
            }
            self.entries.invalidate(&key).await;
        }
        let entry = self
            .entries
            .entry(key)
            .or_try_insert_with(async {
                match fill.await {
                    Ok(Filled::Keep(answer)) => Ok(Arc::new(answer)),
                    Ok(Filled::Once(answer, why)) => Err(NotKept::Once(Arc::new(answer), why)),
                    Err(problem) => Err(NotKept::Failed(Box::new(problem))),
                }
            })
            .await;
        match entry {
            Ok(entry) if entry.is_fresh() => Ok((entry.into_value(), How::Stored)),
            Ok(entry) => Ok((entry.into_value(), How::Collapsed)),
            Err(not_kept) => match not_kept.as_ref() {
                NotKept::Once(answer, why) => Ok((Arc::clone(answer), How::Bypass((*why).into()))),
                NotKept::Failed(problem) => Err(problem.as_ref().clone()),
            },
        }
    }
}

#[cfg(test)]
mod tests;
