//! Bearer keys: from a header to a [`Principal`], mostly without asking the database.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, MatchedPath};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, header, request::Parts};
use portcullis_service::{KeyRow, Principal, Role};
use sha2::{Digest, Sha256};

use crate::ApiState;
use crate::problem::Problem;

/// Longest key that is looked up, in bytes; the real ones have some fifty.
const KEY_MAX: usize = 200;

/// Most keys that are remembered, good and bad.
const REMEMBERED: u64 = 100_000;

/// How long a good key is remembered; its changes are heard of much sooner.
const GOOD_FOR: Duration = Duration::from_secs(3600);

/// How long an unknown key is remembered: enough to make guessing cheap for the database.
const BAD_FOR: Duration = Duration::from_secs(10);

/// How exactly a last use is told, in milliseconds.
const USE_STEP: i64 = 1000;

pub(crate) type Hash = [u8; 32];

/// A key as it stands in the database, as far as this process has heard.
#[derive(Debug)]
pub(crate) struct HeldKey {
    pub(crate) row: KeyRow,
    /// The last use that is not written down yet, in milliseconds since 1970; 0 when there is none.
    used_at: AtomicI64,
}

impl HeldKey {
    fn new(row: KeyRow) -> Self {
        Self {
            row,
            used_at: AtomicI64::new(0),
        }
    }

    /// Why it opens nothing now, if it does not.
    fn refusal(&self, now: DateTime<Utc>) -> Option<&'static str> {
        if self.row.revoked_at.is_some() {
            return Some("api_key_revoked");
        }
        let expired = self.row.expires_at.is_some_and(|end| end <= now);
        expired.then_some("api_key_expired")
    }
}

/// The keys that this process has met.
#[derive(Debug, Clone)]
pub(crate) struct KeyRing {
    known: moka::future::Cache<Hash, Option<Arc<HeldKey>>>,
    /// Those with a use that is not written down yet.
    used: Arc<Mutex<Vec<Arc<HeldKey>>>>,
}

struct ByGoodness;

impl moka::Expiry<Hash, Option<Arc<HeldKey>>> for ByGoodness {
    fn expire_after_create(
        &self,
        _: &Hash,
        key: &Option<Arc<HeldKey>>,
        _: Instant,
    ) -> Option<Duration> {
        Some(if key.is_some() { GOOD_FOR } else { BAD_FOR })
    }

    fn expire_after_update(
        &self,
        hash: &Hash,
        key: &Option<Arc<HeldKey>>,
        at: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        self.expire_after_create(hash, key, at)
    }
}

impl KeyRing {
    pub(crate) fn new() -> Self {
        let known = moka::future::Cache::builder()
            .max_capacity(REMEMBERED)
            .expire_after(ByGoodness)
            .build();
        Self {
            known,
            used: Arc::default(),
        }
    }

    /// Takes in keys that changed. Only those met before matter; the others are looked up when they come.
    pub(crate) async fn apply(&self, changed: Vec<(KeyRow, Vec<u8>)>) {
        for (row, hash) in changed {
            let Ok(hash) = Hash::try_from(hash) else {
                continue;
            };
            // One that is as it was stays the very same: what was remembered of it holds.
            match self.known.get(&hash).await {
                Some(Some(held)) if held.row == row => {}
                Some(_) => {
                    let held = Some(Arc::new(HeldKey::new(row)));
                    self.known.insert(hash, held).await;
                }
                None => {}
            }
        }
    }

    /// The last uses since this was asked last.
    pub(crate) fn take_uses(&self) -> Vec<(String, String, DateTime<Utc>)> {
        let used = {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *used)
        };
        let uses = used.into_iter().filter_map(|held| {
            let at = DateTime::from_timestamp_millis(held.used_at.swap(0, Ordering::Relaxed))?;
            Some((held.row.account_id.clone(), held.row.id.clone(), at))
        });
        uses.collect()
    }

    fn note_use(&self, held: &Arc<HeldKey>, now: DateTime<Utc>) {
        let now = now.timestamp_millis();
        // Thousands of uses in a second are one: the others touch nothing that is shared.
        if now - held.used_at.load(Ordering::Relaxed) < USE_STEP {
            return;
        }
        if held.used_at.swap(now, Ordering::Relaxed) == 0 {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            used.push(Arc::clone(held));
        }
    }

    /// Lets a key pass, and notes that it was used.
    fn admit(&self, held: &Arc<HeldKey>, now: DateTime<Utc>) -> Result<(), Problem> {
        if let Some(code) = held.refusal(now) {
            return Err(challenge(code));
        }
        self.note_use(held, now);
        Ok(())
    }

    /// A good key that is remembered, admitted. Whoever calls this has seen that changes would be heard of by now.
    pub(crate) fn admit_remembered(&self, hash: &Hash) -> Option<Arc<HeldKey>> {
        // Where it would have to wait for the upkeep of the map, it is as if it was not remembered.
        let held = self.known.get(hash).now_or_never()???;
        self.admit(&held, Utc::now()).ok()?;
        Some(held)
    }

    async fn find(&self, state: &ApiState, hash: Hash) -> Result<Option<Arc<HeldKey>>, Problem> {
        let ask = async {
            let found = state.service.find_key(hash).await?;
            Ok(found.map(|row| Arc::new(HeldKey::new(row))))
        };
        // What is remembered counts only while changes would be heard of.
        if state.freshness.is_proven() {
            // Those who come at once with a new key ask once.
            let found = self.known.try_get_with(hash, ask).await;
            return found.map_err(|problem: Arc<Problem>| problem.as_ref().clone());
        }
        let found: Result<_, Problem> = ask.await;
        let found = found?;
        self.known.insert(hash, found.clone()).await;
        Ok(found)
    }
}

/// Whoever shows a good key.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub(crate) Principal);

/// Whoever shows a good key with the role `admin`.
#[derive(Debug, Clone)]
pub(crate) struct Admin(pub(crate) Principal);

/// Whoever shows a good key, with all that an answer which may be given again depends on.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) principal: Principal,
    /// What the principal was made of.
    pub(crate) key: Arc<HeldKey>,
    /// The route's pattern.
    pub(crate) route: MatchedPath,
}

async fn admitted(parts: &Parts, state: &ApiState) -> Result<(Principal, Arc<HeldKey>), Problem> {
    let hash = hash_of(&parts.headers)?;
    let Some(held) = state.keys.find(state, hash).await? else {
        return Err(challenge("api_key_unknown"));
    };
    state.keys.admit(&held, Utc::now())?;
    let principal = Principal {
        account_id: held.row.account_id.clone(),
        key_id: held.row.id.clone(),
        environment: held.row.environment,
        role: held.row.role,
        user: None,
    };
    Ok((principal, held))
}

impl FromRequestParts<ApiState> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let (principal, key) = admitted(parts, state).await?;
        let route = MatchedPath::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::new("internal_error"))?;
        Ok(Self {
            principal,
            key,
            route,
        })
    }
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        Ok(Self(admitted(parts, state).await?.0))
    }
}

impl FromRequestParts<ApiState> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let Caller(principal) = Caller::from_request_parts(parts, state).await?;
        match principal.role {
            Role::Admin => Ok(Self(principal)),
            Role::Read => Err(Problem::new("role_insufficient").detail(
                "This API key has the role `read`, which reads the models only. Use a key with the \
                 role `admin`.",
            )),
        }
    }
}

/// The hash of the key that a request shows.
///
/// # Errors
///
/// `api_key_missing`, `api_key_malformed`.
pub(crate) fn hash_of(headers: &HeaderMap) -> Result<Hash, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(challenge("api_key_missing"));
    };
    let malformed = || challenge("api_key_malformed");
    let text = value.to_str().map_err(|_| malformed())?;
    let (scheme, key) = text.split_once(' ').ok_or_else(malformed)?;
    let plausible = key.starts_with("pk_")
        && key.len() <= KEY_MAX
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !scheme.eq_ignore_ascii_case("bearer") || !plausible {
        return Err(malformed());
    }
    Ok(Sha256::digest(key.as_bytes()).into())
}

fn challenge(code: &str) -> Problem {
    Problem::new(code).header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"portcullis\""),
    )
}
