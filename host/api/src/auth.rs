//! Bearer keys: from a header to a [`Principal`], mostly without asking the database.
//!
//! The edge finds out once a request who asks ([`identify`]) and leaves it beside the request, where [`Caller`] and
//! [`Admin`] find it: a key that is no good is refused by the handlers, after paths and methods that there are not.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, MatchedPath};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, header, request::Parts};
use portcullis_service::{KeyRow, Principal, Role};
use sha2::{Digest, Sha256};

use crate::ApiState;
use crate::limit::Limit;
use crate::problem::Problem;

/// Longest key that is looked up, in bytes; the real ones have some fifty.
const KEY_MAX: usize = 200;

/// Most keys that are remembered, good and bad.
const REMEMBERED: u64 = 100_000;

/// How long a good key is remembered; its changes are heard of much sooner.
const GOOD_FOR: Duration = Duration::from_secs(3600);

/// How long an unknown key is remembered: enough to make guessing cheap for the database.
const BAD_FOR: Duration = Duration::from_secs(10);

/// How late a last use may be noted, in milliseconds: so that a busy key is not written to with every request.
const USE_NOTED_AFTER: i64 = 1000;

pub(crate) type Hash = [u8; 32];

/// A key that this process has met, with what each of its requests needs.
#[derive(Debug)]
pub(crate) struct Known {
    /// As it stands in the database, as far as this process has heard.
    row: KeyRow,
    principal: Arc<Principal>,
    pub(crate) limit: Option<Arc<Limit>>,
    /// In milliseconds since 1970; 0 for never by this process.
    used_at: AtomicI64,
    /// It stands among those whose last use is to be written down.
    is_noted: AtomicBool,
}

impl Known {
    /// A key as stored. Its bucket is that of `before`, if the limit is still the same: a key that was looked up again has
    /// not got its requests back.
    fn of(row: KeyRow, before: Option<&Self>, default: Option<NonZeroU32>) -> Self {
        let own = row
            .requests_per_minute
            .and_then(|n| u32::try_from(n).ok())
            .and_then(NonZeroU32::new);
        let limit = own.or(default).map(|per_minute| {
            before
                .and_then(|before| before.limit.clone())
                .filter(|limit| limit.per_minute() == per_minute)
                .unwrap_or_else(|| Arc::new(Limit::new(per_minute)))
        });
        Self {
            principal: Arc::new(Principal::of_key(&row)),
            row,
            limit,
            used_at: AtomicI64::new(0),
            is_noted: AtomicBool::new(false),
        }
    }

    /// # Errors
    ///
    /// `api_key_revoked` or `api_key_expired`.
    fn good_at(&self, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.row.revoked_at.is_some() {
            return Err(challenge("api_key_revoked"));
        }
        if self.row.expires_at.is_some_and(|end| end <= now) {
            return Err(challenge("api_key_expired"));
        }
        Ok(())
    }
}

/// The keys that this process has met.
#[derive(Debug, Clone)]
pub(crate) struct KeyRing {
    known: moka::future::Cache<Hash, Option<Arc<Known>>>,
    /// Those whose last use is not written down yet.
    used: Arc<Mutex<Vec<Arc<Known>>>>,
    /// The limit of keys that have none of their own.
    default_limit: Option<NonZeroU32>,
}

struct ByGoodness;

impl moka::Expiry<Hash, Option<Arc<Known>>> for ByGoodness {
    fn expire_after_create(
        &self,
        _: &Hash,
        key: &Option<Arc<Known>>,
        _: Instant,
    ) -> Option<Duration> {
        Some(if key.is_some() { GOOD_FOR } else { BAD_FOR })
    }

    fn expire_after_update(
        &self,
        hash: &Hash,
        key: &Option<Arc<Known>>,
        at: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        self.expire_after_create(hash, key, at)
    }
}

impl KeyRing {
    pub(crate) fn new(default_limit: Option<NonZeroU32>) -> Self {
        let known = moka::future::Cache::builder()
            .max_capacity(REMEMBERED)
            .expire_after(ByGoodness)
            .build();
        Self {
            known,
            used: Arc::default(),
            default_limit,
        }
    }

    /// Takes in keys that changed. Only those met before matter; the others are looked up when they come.
    pub(crate) async fn apply(&self, changed: Vec<(KeyRow, Vec<u8>)>) {
        for (row, hash) in changed {
            let Ok(hash) = Hash::try_from(hash) else {
                continue;
            };
            if self.known.contains_key(&hash) {
                self.remember(hash, Some(row)).await;
            }
        }
    }

    /// The last uses since this was asked last.
    pub(crate) fn take_uses(&self) -> Vec<(String, String, DateTime<Utc>)> {
        let used = {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *used)
        };
        used.into_iter()
            .filter_map(|known| {
                // First, so that a use meanwhile is noted anew.
                known.is_noted.store(false, Ordering::SeqCst);
                let at = DateTime::from_timestamp_millis(known.used_at.load(Ordering::SeqCst))?;
                let who = &known.principal;
                Some((who.account_id.clone(), who.key_id.clone(), at))
            })
            .collect()
    }

    fn note_use(&self, known: &Arc<Known>, at: DateTime<Utc>) {
        let at = at.timestamp_millis();
        if at - known.used_at.load(Ordering::Relaxed) < USE_NOTED_AFTER {
            return;
        }
        known.used_at.store(at, Ordering::SeqCst);
        if !known.is_noted.swap(true, Ordering::SeqCst) {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            used.push(Arc::clone(known));
        }
    }

    /// A good key that is remembered, and its use noted. Whoever calls this has seen that changes would be heard of by now.
    pub(crate) fn admit_remembered(&self, hash: &Hash) -> Option<Arc<Known>> {
        // Where it would have to wait for the upkeep of the map, it is as if it was not remembered.
        let known = self.known.get(hash).now_or_never()???;
        let now = Utc::now();
        known.good_at(now).ok()?;
        self.note_use(&known, now);
        Some(known)
    }

    async fn find(&self, state: &ApiState, hash: Hash) -> Result<Option<Arc<Known>>, Problem> {
        // What is remembered counts only while changes would be heard of.
        if state.freshness.is_proven() {
            let default = self.default_limit;
            let ask = async {
                let row = state.service.find_key(hash).await?;
                Ok(row.map(|row| Arc::new(Known::of(row, None, default))))
            };
            // Those who come at once with a key that was not met before ask once.
            let found = self.known.try_get_with(hash, ask).await;
            return found.map_err(|problem: Arc<Problem>| problem.as_ref().clone());
        }
        let found = state.service.find_key(hash).await?;
        Ok(self.remember(hash, found).await)
    }

    async fn remember(&self, hash: Hash, row: Option<KeyRow>) -> Option<Arc<Known>> {
        let entry = self.known.entry(hash).and_upsert_with(|before| {
            let before = before.and_then(moka::Entry::into_value);
            let default = self.default_limit;
            let known = row.map(|row| match before {
                // One that is as it was stays the very same.
                Some(before) if before.row == row => before,
                before => Arc::new(Known::of(row, before.as_deref(), default)),
            });
            std::future::ready(known)
        });
        entry.await.into_value()
    }
}

/// Who asks, or why nobody does: what [`identify`] found, beside the request.
#[derive(Debug, Clone)]
pub(crate) struct Asking(pub(crate) Result<Arc<Known>, Problem>);

/// Finds out who asks.
///
/// # Errors
///
/// `api_key_missing`, `api_key_malformed`, `api_key_unknown`, `api_key_revoked`, `api_key_expired`; the database's.
pub(crate) async fn identify(state: &ApiState, headers: &HeaderMap) -> Result<Arc<Known>, Problem> {
    let hash = hash_of(headers)?;
    let now = Utc::now();
    let Some(known) = state.keys.find(state, hash).await? else {
        return Err(challenge("api_key_unknown"));
    };
    known.good_at(now)?;
    state.keys.note_use(&known, now);
    Ok(known)
}

/// Whoever shows a good key.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub(crate) Arc<Principal>);

/// Whoever shows a good key with the role `admin`.
#[derive(Debug, Clone)]
pub(crate) struct Admin(pub(crate) Arc<Principal>);

/// Whoever shows a good key, with all that an answer which may be given again depends on.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) principal: Arc<Principal>,
    /// What the principal was made of.
    pub(crate) key: Arc<Known>,
    /// The route's pattern.
    pub(crate) route: MatchedPath,
}

impl FromRequestParts<ApiState> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let key = asking(parts)?;
        let route = MatchedPath::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::new("internal_error"))?;
        Ok(Self {
            principal: Arc::clone(&key.principal),
            key,
            route,
        })
    }
}

/// What the edge found out.
fn asking(parts: &Parts) -> Result<Arc<Known>, Problem> {
    match parts.extensions.get::<Asking>() {
        Some(Asking(found)) => found.clone(),
        // A route that the edge does not ask for keys of: nobody is let in by mistake.
        None => Err(Problem::new("internal_error")),
    }
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Problem> {
        Ok(Self(Arc::clone(&asking(parts)?.principal)))
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
