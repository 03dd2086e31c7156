//! Tokens and signatures.

use super::Refusal;
use crate::shared::VendorRequest;
use crate::shared::world;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

/// How long a token lives.
const LIFETIME: Duration = Duration::from_secs(86_400);

/// So many tokens are given for one client within [`QUOTA_WINDOW`].
const QUOTA: usize = 5;
const QUOTA_WINDOW: Duration = Duration::from_secs(86_400);

/// How far the time of a signature may be off, in milliseconds.
const SKEW_MS: i64 = 300_000;

struct Token {
    client: String,
    ends: Instant,
}

/// The tokens given so far.
pub(super) struct Tokens {
    seed: u64,
    minted: u64,
    given: HashMap<String, VecDeque<Instant>>,
    tokens: HashMap<String, Token>,
    tallies: BTreeMap<String, Tally>,
}

/// What happened to the tokens of one client.
#[derive(Clone, Default, Serialize)]
pub(super) struct Tally {
    /// How many were given.
    given: u64,
    /// Requests for one that were refused because of the quota.
    over_quota: u64,
    /// Those that ended before their time.
    ended: u64,
    /// The most that lived at once.
    most_live: usize,
}

impl Tokens {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            minted: 0,
            given: HashMap::new(),
            tokens: HashMap::new(),
            tallies: BTreeMap::new(),
        }
    }

    pub(super) fn tallies(&self) -> &BTreeMap<String, Tally> {
        &self.tallies
    }

    fn tally(&mut self, client: &str) -> &mut Tally {
        self.tallies.entry(client.to_owned()).or_default()
    }

    /// A new token, unless the quota is used up.
    pub(super) fn mint(&mut self, client: &str) -> Result<(String, Duration), Refusal> {
        let now = Instant::now();
        let given = self.given.entry(client.to_owned()).or_default();
        while given
            .front()
            .is_some_and(|at| now.duration_since(*at) >= QUOTA_WINDOW)
        {
            given.pop_front();
        }
        if let Some(oldest) = given.front().filter(|_| given.len() >= QUOTA) {
            let message = format!("{QUOTA} tokens were given within 24 hours.");
            let mut refusal = Refusal::new(429, "token_quota_exhausted", message);
            refusal.retry_after = Some(QUOTA_WINDOW - now.duration_since(*oldest));
            self.tally(client).over_quota += 1;
            return Err(refusal);
        }
        given.push_back(now);
        self.minted += 1;
        let token = format!("pgt_{}", world::token(self.seed, self.minted));
        let entry = Token {
            client: client.to_owned(),
            ends: now + LIFETIME,
        };
        self.tokens.insert(token.clone(), entry);
        let mine = self.tokens.values().filter(|entry| entry.client == client);
        let live = mine.filter(|entry| entry.ends > now).count();
        let tally = self.tally(client);
        tally.given += 1;
        tally.most_live = tally.most_live.max(live);
        Ok((token, LIFETIME))
    }

    /// The client of a live token.
    pub(super) fn client(&self, token: Option<&str>) -> Result<String, Refusal> {
        let token = token.ok_or_else(|| {
            Refusal::new(401, "token_missing", "Send a token as a bearer credential.")
        })?;
        match self.tokens.get(token) {
            None => Err(Refusal::new(
                401,
                "token_unknown",
                "This token is not known.",
            )),
            Some(entry) if entry.ends <= Instant::now() => {
                Err(Refusal::new(401, "token_expired", "This token is over."))
            }
            Some(entry) => Ok(entry.client.clone()),
        }
    }

    /// The client of a token, live or not.
    pub(super) fn owner(&self, token: &str) -> Option<String> {
        self.tokens.get(token).map(|entry| entry.client.clone())
    }

    /// Ends live tokens; says how many.
    pub(super) fn expire(&mut self, client: Option<&str>) -> usize {
        let now = Instant::now();
        let live = self
            .tokens
            .values_mut()
            .filter(|entry| entry.ends > now && client.is_none_or(|client| entry.client == client));
        let ended: Vec<String> = live
            .map(|entry| {
                entry.ends = now;
                entry.client.clone()
            })
            .collect();
        for client in &ended {
            self.tally(client).ended += 1;
        }
        ended.len()
    }

    /// Forgets a client's tokens and how many there were.
    pub(super) fn forget(&mut self, client: &str) {
        self.given.remove(client);
        self.tokens.retain(|_, entry| entry.client != client);
    }
}

fn header<'a>(request: &'a VendorRequest, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}

pub(super) fn bearer(request: &VendorRequest) -> Option<&str> {
    header(request, "authorization")?.strip_prefix("Bearer ")
}

/// What the request carried that nobody else should see, when it is to be given back.
pub(super) fn echo(request: &VendorRequest) -> Option<String> {
    if !request.echo_secrets {
        return None;
    }
    match token_form(request) {
        Ok((_, secret)) if request.path == super::TOKEN_PATH => Some(secret),
        _ => bearer(request).map(str::to_owned),
    }
}

/// Client id and secret of a request for a token.
pub(super) fn token_form(request: &VendorRequest) -> Result<(String, String), Refusal> {
    let form = header(request, "content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if request.method != "POST" || !form {
        let message = "Post the grant as a form.";
        return Err(Refusal::new(400, "invalid_request", message));
    }
    let fields: HashMap<String, String> = url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect();
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    if field("grant_type") != "client_credentials" {
        let message = "Only client_credentials are possible.";
        return Err(Refusal::new(400, "unsupported_grant_type", message));
    }
    Ok((field("client_id"), field("client_secret")))
}

/// The key with which a client signs, shown beside its secret when it is made.
pub(super) fn signing_key(client: &str, secret: &str) -> String {
    let digest = Sha256::digest(format!("pinegrove signing key of {client} {secret}"));
    format!("pgs_{}", &HEXLOWER.encode(&digest)[..40])
}

/// Checks the signature: `v1=` and the hex HMAC-SHA-256 of time, method, path and body, a line break between each.
pub(super) fn signed(request: &VendorRequest, key: &str) -> Result<(), Refusal> {
    let invalid = || {
        let message = "The signature is missing or does not fit the request.";
        Refusal::new(401, "signature_invalid", message)
    };
    let time = header(request, "x-pinegrove-timestamp").ok_or_else(invalid)?;
    let sent = header(request, "x-pinegrove-signature").ok_or_else(invalid)?;
    let sent = sent.strip_prefix("v1=").ok_or_else(invalid)?;
    let sent = HEXLOWER.decode(sent.as_bytes()).map_err(|_| invalid())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| invalid())?;
    mac.update(format!("{time}\n{}\n{}\n", request.method, request.path).as_bytes());
    mac.update(&request.body);
    mac.verify_slice(&sent).map_err(|_| invalid())?;
    let time: i64 = time.parse().map_err(|_| invalid())?;
    let off = chrono::Utc::now().timestamp_millis() - time;
    if off.abs() > SKEW_MS {
        let message = "The time of the signature is more than 5 minutes off.";
        return Err(Refusal::new(401, "clock_skew", message));
    }
    Ok(())
}
