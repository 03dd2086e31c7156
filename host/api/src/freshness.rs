//! Keeps this process up with what others commit: generations for the cache, revocations for the keys.
//!
//! It looks twice a second, and at once when it is woken by a notification. Looking is the truth: what
//! is remembered counts only while the last successful look is at most two seconds old.

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use portcullis_service::{Service, ServiceError, Wake};
use tokio::sync::{Mutex, watch};

use crate::auth::KeyRing;
use crate::cache::core::{Generations, PROOF_LASTS, Scope, Seen, Token};

/// How often it looks when nobody wakes it: a change is seen within a second even when no notification arrives.
const EVERY: Duration = Duration::from_millis(500);

/// How long a look may take before it counts as failed.
const LOOK_WITHIN: Duration = Duration::from_secs(2);

/// How often last uses of keys are written down.
const USES_EVERY: Duration = Duration::from_secs(5);

/// How long it waits before it tries to listen again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Freshness {
    generations: RwLock<Known>,
    /// From when on, by the database's clock, the next look asks; held while one is under way.
    since: Mutex<DateTime<Utc>>,
    /// Counts the looks, for those who want to look when this process does.
    pulse: watch::Sender<u64>,
    origin: Instant,
}

#[derive(Debug, Default)]
struct Known {
    generations: Generations,
    proven_at: Option<Instant>,
}

impl Freshness {
    pub(crate) fn new(origin: Instant) -> Self {
        Self {
            generations: RwLock::default(),
            since: Mutex::new(DateTime::UNIX_EPOCH),
            pulse: watch::Sender::new(0),
            origin,
        }
    }

    /// The state of the data that a query speaks about, all of its models together; `None` while it cannot be told.
    pub(crate) fn token(&self, account_id: &str, models: &[&str], scope: &Scope) -> Option<Token> {
        let known = self
            .generations
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        known
            .generations
            .token_of_all(account_id, models, scope, self.origin.elapsed())
    }

    /// Whether changes would have been heard of by now.
    pub(crate) fn is_proven(&self) -> bool {
        let known = self
            .generations
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        known
            .proven_at
            .is_some_and(|at| at.elapsed() <= PROOF_LASTS)
    }

    /// Changes with each look: twice a second, and at once when this process is woken.
    pub(crate) fn pulse(&self) -> watch::Receiver<u64> {
        self.pulse.subscribe()
    }

    /// Looks now. Those who ask while a look is under way wait for the next one, which begins after
    /// they asked.
    async fn look(&self, service: &Service, keys: &KeyRing) -> Result<(), ServiceError> {
        let mut since = self.since.lock().await;
        let began = Instant::now();
        let now = service.database_now().await?;
        let generations = service.generations_since(*since).await?;
        let changed = service.keys_since(*since).await?;
        keys.apply(changed).await;
        let seen = generations
            .into_iter()
            .map(|row| Seen {
                account_id: row.account_id,
                integration_id: row.integration_id,
                model: row.model,
                generation: row.generation,
            })
            .collect();
        {
            let mut known = self
                .generations
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            known.generations.apply(seen, began - self.origin);
            known.proven_at = Some(began);
        }
        *since = now;
        Ok(())
    }

    /// Looks, and gives up after two seconds. Returns whether it succeeded.
    pub(crate) async fn try_look(&self, service: &Service, keys: &KeyRing) -> bool {
        match tokio::time::timeout(LOOK_WITHIN, self.look(service, keys)).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(%error, "freshness.look_failed");
                false
            }
            Err(_) => {
                tracing::warn!("freshness.look_timed_out");
                false
            }
        }
    }

    /// Keeps looking until the future is dropped.
    pub(crate) async fn keep(&self, service: &Service, keys: &KeyRing) {
        tokio::join!(
            self.look_regularly(service, keys),
            self.look_when_woken(service, keys),
            write_uses(service, keys)
        );
    }

    async fn look_regularly(&self, service: &Service, keys: &KeyRing) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let alive = self.try_look(service, keys).await;
            self.pulse
                .send_modify(|looks| *looks = looks.wrapping_add(1));
            metrics::gauge!("portcullis_cache_generations_proven").set(f64::from(u8::from(alive)));
        }
    }

    async fn look_when_woken(&self, service: &Service, keys: &KeyRing) {
        loop {
            match service.listen().await {
                Ok(mut listener) => loop {
                    match listener.next().await {
                        Ok(Wake::Keys | Wake::Generations | Wake::Reconnected) => {
                            self.try_look(service, keys).await;
                            self.pulse
                                .send_modify(|looks| *looks = looks.wrapping_add(1));
                        }
                        Ok(_) => {}
                        Err(error) => {
                            tracing::warn!(%error, "freshness.listener_lost");
                            break;
                        }
                    }
                },
                Err(error) => tracing::warn!(%error, "freshness.listen_failed"),
            }
            tokio::time::sleep(LISTEN_AGAIN).await;
        }
    }
}

async fn write_uses(service: &Service, keys: &KeyRing) {
    loop {
        tokio::time::sleep(USES_EVERY).await;
        let uses = keys.take_uses();
        if let Err(error) = service.touch_keys(&uses).await {
            // A last use that is not written down is no harm: the next use brings another.
            tracing::debug!(%error, "keys.last_used_not_written");
        }
    }
}
