//! Bearer keys: from a header to a [`Principal`], mostly without asking the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
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

type Hash = [u8; 32];

/// Last uses by account and key.
type Uses = HashMap<(String, String), DateTime<Utc>>;

/// The keys that this process has met.
#[derive(Debug, Clone)]
pub(crate) struct KeyRing {
    known: moka::future::Cache<Hash, Option<Arc<KeyRow>>>,
    /// Those that are not written down yet.
    used: Arc<Mutex<Uses>>,
}

struct ByGoodness;

impl moka::Expiry<Hash, Option<Arc<KeyRow>>> for ByGoodness {
    fn expire_after_create(
        &self,
        _: &Hash,
        key: &Option<Arc<KeyRow>>,
        _: Instant,
    ) -> Option<Duration> {
        Some(if key.is_some() { GOOD_FOR } else { BAD_FOR })
    }

    fn expire_after_update(
        &self,
        hash: &Hash,
        key: &Option<Arc<KeyRow>>,
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
            if self.known.contains_key(&hash) {
                self.known.insert(hash, Some(Arc::new(row))).await;
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
            .map(|((account, key), at)| (account, key, at))
            .collect()
    }

    fn note_use(&self, key: &KeyRow, at: DateTime<Utc>) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert((key.account_id.clone(), key.id.clone()), at);
    }

    async fn find(&self, state: &ApiState, hash: Hash) -> Result<Option<Arc<KeyRow>>, Problem> {
        // What is remembered counts only while changes would be heard of.
        if state.freshness.is_proven()
            && let Some(known) = self.known.get(&hash).await
        {
            return Ok(known);
        }
        let found = state.service.find_key(hash).await?.map(Arc::new);
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

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let hash = hash_of(&parts.headers)?;
        let now = Utc::now();
        let Some(key) = state.keys.find(state, hash).await? else {
            return Err(challenge("api_key_unknown"));
        };
        if key.revoked_at.is_some() {
            return Err(challenge("api_key_revoked"));
        }
        if key.expires_at.is_some_and(|end| end <= now) {
            return Err(challenge("api_key_expired"));
        }
        state.keys.note_use(&key, now);
        Ok(Self(Principal {
            account_id: key.account_id.clone(),
            key_id: key.id.clone(),
            environment: key.environment,
            role: key.role,
            user: None,
        }))
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

fn hash_of(headers: &HeaderMap) -> Result<Hash, Problem> {
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
