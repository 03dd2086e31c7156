//! The response cache: finished answers, at most 15 minutes old, never older than what is known.
//!
//! [`core`] decides; this module keeps the bytes and lets one request fill for all that wait. Errors
//! are never kept, nor is anything whose data is still arriving for the first time.

mod answer;
pub(crate) mod core;
pub(crate) mod headers;
pub(crate) mod wish;

use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use portcullis_service::{Environment, KeyScope, Role};
use tokio::sync::Mutex;

pub(crate) use self::answer::Answer;
use self::core::{Judgement, Token, Unkept};
use self::wish::Wish;
use crate::problem::Problem;
use portcullis_front::Coding;

/// Fresh answers that are made at once on request: those of one question stand behind each other.
const RENEWALS: usize = 64;

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
    key: Arc<Key>,
    token: Token,
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
    /// From the cache, since the caller had fresh ones made too often.
    HeldBack { age: Duration, left: Duration },
    /// Made now, and kept.
    Stored,
    /// Made now for another request, and shared.
    Collapsed,
    /// Made now and kept, in place of one that was good, since the caller asked for that.
    Renewed,
    /// The same, made for another who asked for it no earlier.
    RenewedTogether,
    /// Made now, and not kept.
    Bypass(Bypass),
}

/// Why the cache was passed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bypass {
    FirstSyncRunning,
    NotSynced,
    GenerationsUnproven,
    NoStore,
    Off,
}

impl Bypass {
    /// The `detail` of `Cache-Status`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::FirstSyncRunning => "first-sync-running",
            Self::NotSynced => "not-synced",
            Self::GenerationsUnproven => "generations-unproven",
            Self::NoStore => "no-store",
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
    renewals: Arc<[Mutex<()>; RENEWALS]>,
    hasher: RandomState,
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

    fn expire_after_update(
        &self,
        key: &EntryKey,
        answer: &Arc<Answer>,
        at: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        self.expire_after_create(key, answer, at)
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
                let size = answer.weight() + entry.key.url.len() + entry.key.account_id.len();
                u32::try_from(size + FIXED).unwrap_or(u32::MAX)
            })
            .expire_after(BySnapshot { ttl, origin })
            .build();
        Self {
            entries,
            renewals: Arc::new(std::array::from_fn(|_| Mutex::new(()))),
            hasher: RandomState::new(),
            ttl,
            origin,
        }
    }

    /// How long an answer is good, from its snapshot.
    pub(crate) fn ttl(&self) -> Duration {
        self.ttl
    }

    /// A kept answer, if there is one and finding it takes no waiting.
    pub(crate) fn kept(&self, key: &Arc<Key>, token: Token) -> Option<(Arc<Answer>, How)> {
        let key = Arc::clone(key);
        let answer = self
            .entries
            .get(&EntryKey { key, token })
            .now_or_never()??;
        let how = self.judged(&answer)?;
        Some((answer, how))
    }

    fn judged(&self, answer: &Answer) -> Option<How> {
        match answer.stamp.judge(self.origin.elapsed(), self.ttl) {
            Judgement::Fresh { age, left } => Some(How::Hit { age, left }),
            Judgement::Expired => None,
        }
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
        key: &Arc<Key>,
        token: Option<Token>,
        wish: Wish,
        fill: F,
    ) -> Result<(Arc<Answer>, How), Problem>
    where
        F: Future<Output = Result<Filled, Problem>>,
    {
        let bypass = self.ttl.is_zero().then_some(Bypass::Off);
        let (Some(token), None) = (token, bypass) else {
            return once(bypass.unwrap_or(Bypass::GenerationsUnproven), fill).await;
        };
        let key = EntryKey {
            key: Arc::clone(key),
            token,
        };
        if wish == Wish::Fresh {
            return self.renew(key, fill).await;
        }
        if let Some(answer) = self.entries.get(&key).await {
            match self.judged(&answer) {
                Some(How::Hit { age, left }) if wish == Wish::FreshTooOften => {
                    return Ok((answer, How::HeldBack { age, left }));
                }
                Some(how) => return Ok((answer, how)),
                None => self.entries.invalidate(&key).await,
            }
        }
        if wish == Wish::Unkept {
            return once(Bypass::NoStore, fill).await;
        }
        let entry = self
            .entries
            .entry(key)
            .or_try_insert_with(async {
                match fill.await {
                    Ok(Filled::Keep(answer)) => Ok(Arc::new(answer.kept())),
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

    /// Has the answer made anew. Those who want that of one question wait for each other, and take what was begun
    /// after they asked: however many they are, two are made.
    async fn renew<F>(&self, key: EntryKey, fill: F) -> Result<(Arc<Answer>, How), Problem>
    where
        F: Future<Output = Result<Filled, Problem>>,
    {
        let asked = self.origin.elapsed();
        let place = usize::try_from(self.hasher.hash_one(&key)).unwrap_or_default() % RENEWALS;
        let _turn = self.renewals[place].lock().await;
        if let Some(answer) = self.entries.get(&key).await
            && answer.stamp.snapshot >= asked
        {
            return Ok((answer, How::RenewedTogether));
        }
        match fill.await? {
            Filled::Keep(answer) => {
                let answer = Arc::new(answer.kept());
                self.entries.insert(key, Arc::clone(&answer)).await;
                Ok((answer, How::Renewed))
            }
            Filled::Once(answer, why) => Ok((Arc::new(answer), How::Bypass(why.into()))),
        }
    }

    /// Sees to it that the answer has the form that is wanted, and weighs it again if that was made just now.
    pub(crate) async fn dress(
        &self,
        key: &Arc<Key>,
        token: Option<Token>,
        answer: &Arc<Answer>,
        coding: Coding,
    ) {
        if answer.ready(coding).is_some() || !answer.compress().await {
            return;
        }
        let Some(token) = token else { return };
        let key = EntryKey {
            key: Arc::clone(key),
            token,
        };
        // Only this very answer: another may have taken its place, or it is gone.
        self.entries
            .entry(key)
            .and_compute_with(async |kept| match kept {
                Some(kept) if Arc::ptr_eq(kept.value(), answer) => Op::Put(Arc::clone(answer)),
                _ => Op::Nop,
            })
            .await;
    }
}

/// Makes an answer for this request alone.
async fn once<F>(why: Bypass, fill: F) -> Result<(Arc<Answer>, How), Problem>
where
    F: Future<Output = Result<Filled, Problem>>,
{
    let answer = match fill.await? {
        Filled::Keep(answer) | Filled::Once(answer, _) => answer,
    };
    Ok((Arc::new(answer), How::Bypass(why)))
}

#[cfg(test)]
mod tests;
