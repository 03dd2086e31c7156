//! A simulated Pinegrove: a property management system that does not exist, for authors of connectors.
//!
//! `POST /oauth/token` gives a token for a client id and a secret; `GET /v1/account` says whose it is;
//! `POST /v1/{collection}/search` lists `properties`, `units`, `leases`, `residents`, `applicants`, `applications`,
//! `charges`, `payments`, `recurring_charges`, `balances`, `accounts`, `owners`, `vendors`, `employees`,
//! `service_requests` and `listings` by a cursor in the body. What it refuses, and in which order:
//!
//! | Request | Answer |
//! | --- | --- |
//! | `/oauth/token`: a wrong grant or form / unknown credentials | 400 `unsupported_grant_type` / 401 `invalid_client` |
//! | a sixth token within 24 hours | 429 `token_quota_exhausted` with `Retry-After` |
//! | no token, one that is not known, one that is over | 401 `token_missing`, `token_unknown`, `token_expired` |
//! | a signature that is missing or wrong, or whose time is 5 minutes off | 401 `signature_invalid`, `clock_skew` |
//! | more than 10 requests in a second or 300 in a minute | 429 `slow_down` with `Retry-After` |
//! | a path or method that is not there | 404, 405 |
//! | anything but the account, with access switched off | 403 `access_off` |
//! | a body of another form, a limit outside 1 to 250 | 422 `body_invalid`, `limit_invalid` |
//! | a cursor of another search / older than 30 minutes | 400 `cursor_invalid` / 410 `cursor_expired` |
//!
//! Searches with `changed_since` tell of deletions: an item with `deleted_at` and nothing else but its id.

mod access;
mod further;
mod rows;
mod search;

use crate::shared::control::{Operation, TruthQuery};
use crate::shared::limiter::{Limit, Standing};
use crate::shared::shape::Shape;
use crate::shared::world::World;
use crate::shared::{Answer, Fields, Vendor, VendorRequest};
use access::Tokens;
use rows::{Collection, PinegroveRows, SCOPE};
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const TOKEN_PATH: &str = "/oauth/token";

/// The simulated vendor.
pub struct Pinegrove {
    world: World<PinegroveRows>,
    tokens: Mutex<Tokens>,
}

/// A refusal, as its status, code and sentence.
struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
    retry_after: Option<Duration>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    fn answer(mut self, request: &VendorRequest) -> Answer {
        let mut headers = vec![("content-type", "application/json".to_owned())];
        if let Some(wait) = self.retry_after {
            headers.push(("retry-after", seconds(wait).to_string()));
        }
        if let Some(secret) = access::echo(request) {
            self.message.push_str(&format!(" (sent: {secret})"));
            headers.push(("x-debug-sent", secret));
        }
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        Answer {
            status: self.status,
            headers,
            body: body.to_string().into_bytes(),
        }
    }
}

impl Pinegrove {
    /// A portfolio with one client that may read it.
    #[must_use]
    pub fn new(shape: Shape, client_id: &str, secret: &str) -> Self {
        let seed = shape.seed;
        Self {
            world: World::new(PinegroveRows, shape, client_id, secret),
            tokens: Mutex::new(Tokens::new(seed)),
        }
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client whose live token and right signature the request carries.
    fn client(&self, request: &VendorRequest) -> Result<String, Refusal> {
        let client = self.tokens().client(access::bearer(request))?;
        let state = self.world.state();
        let key = state.keys.get(&client);
        let key = key.ok_or_else(|| {
            Refusal::new(401, "token_unknown", "The client of this token is gone.")
        })?;
        let signing_key = access::signing_key(&client, &key.secret);
        access::signed(request, &signing_key)?;
        Ok(client)
    }

    fn respond(&self, request: &VendorRequest) -> Result<Value, Refusal> {
        if request.path == TOKEN_PATH {
            return self.token(request);
        }
        // The client may have gone since the request was admitted.
        let client = self.client(request)?;
        let collection = request
            .path
            .strip_prefix("/v1/")
            .and_then(|rest| rest.strip_suffix("/search"));
        let method = match (request.path.as_str(), collection) {
            ("/v1/account", _) => "GET",
            (_, Some(name)) if Collection::named(name).is_some() => "POST",
            _ => return Err(Refusal::new(404, "not_found", "There is nothing here.")),
        };
        if request.method != method {
            let message = format!("Only {method} is possible here.");
            return Err(Refusal::new(405, "method_not_allowed", message));
        }
        let state = self.world.state();
        let Some(collection) = collection.and_then(Collection::named) else {
            return Ok(json!({ "id": format!("acc_{client}"), "name": "Pinegrove Lettings" }));
        };
        if !state.keys.get(&client).is_some_and(|key| key.may(SCOPE)) {
            let message = "API access is switched off for this client.";
            return Err(Refusal::new(403, "access_off", message));
        }
        search::page(&self.world, &state, &client, collection, request)
    }

    fn token(&self, request: &VendorRequest) -> Result<Value, Refusal> {
        let (client, secret) = access::token_form(request)?;
        let known = {
            let state = self.world.state();
            state
                .keys
                .get(&client)
                .is_some_and(|key| key.secret == secret)
        };
        if !known {
            let message = "The client id or secret is not valid.";
            return Err(Refusal::new(401, "invalid_client", message));
        }
        let (token, lifetime) = self.tokens().mint(&client)?;
        Ok(
            json!({ "access_token": token, "token_type": "Bearer", "expires_in": lifetime.as_secs() }),
        )
    }
}

fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

impl Vendor for Pinegrove {
    fn client_of(&self, request: &VendorRequest) -> Option<String> {
        if request.path == TOKEN_PATH {
            return access::token_form(request).ok().map(|(client, _)| client);
        }
        self.tokens().owner(access::bearer(request)?)
    }

    fn admit(&self, request: &VendorRequest) -> Result<(), Answer> {
        if request.path == TOKEN_PATH {
            return Ok(());
        }
        match self.client(request) {
            Ok(_) => Ok(()),
            Err(refusal) => Err(refusal.answer(request)),
        }
    }

    fn limits(&self) -> Vec<Limit> {
        let window = |requests, window_ms| Limit {
            requests,
            window_ms,
            concurrent: 0,
        };
        vec![window(10, 1_000), window(300, 60_000)]
    }

    fn counted_under(&self, request: &VendorRequest) -> Option<String> {
        // Tokens have a quota of their own.
        if request.path == TOKEN_PATH {
            return None;
        }
        self.client_of(request)
    }

    fn limit_headers(&self, standings: &[Standing]) -> Vec<(&'static str, String)> {
        // Of the longest window alone.
        standings.last().map_or_else(Vec::new, |standing| {
            vec![
                ("ratelimit-remaining", standing.remaining.to_string()),
                ("ratelimit-reset", seconds(standing.reset).to_string()),
            ]
        })
    }

    fn too_many(&self, request: &VendorRequest, standings: &[Standing]) -> Answer {
        let full = standings.iter().filter(|standing| standing.remaining == 0);
        let wait = full.map(|standing| standing.reset).max();
        let mut refusal = Refusal::new(429, "slow_down", "Too many requests.");
        refusal.retry_after = wait;
        refusal.answer(request)
    }

    fn answer(&self, request: &VendorRequest) -> Answer {
        match self.respond(request) {
            Ok(body) => {
                let mut headers = vec![("content-type", "application/json".to_owned())];
                if let Some(secret) = access::echo(request) {
                    headers.push(("x-debug-sent", secret));
                }
                Answer {
                    status: 200,
                    headers,
                    body: body.to_string().into_bytes(),
                }
            }
            Err(refusal) => refusal.answer(request),
        }
    }

    fn fields(&self) -> Fields {
        let (client, secret) = (&self.world.first_client, self.world.first_secret());
        Fields::from([
            ("signingKey", access::signing_key(client, &secret)),
            ("clientSecret", secret),
            ("clientId", client.clone()),
        ])
    }

    fn truth(&self, query: &TruthQuery) -> Result<Value, String> {
        let mut truth = self.world.truth(query)?;
        // What tests of sessions ask: what became of the tokens of each client.
        truth["sessions"] = json!(self.tokens().tallies());
        Ok(truth)
    }

    fn mutate(&self, operation: &Operation) -> Result<Value, String> {
        match operation {
            Operation::ExpireSessions { client_id } => {
                let ended = self.tokens().expire(client_id.as_deref());
                Ok(json!({ "ended": ended }))
            }
            Operation::SetProperties { .. }
            | Operation::AddKey {
                properties: Some(_),
                ..
            } => Err("a client reads everything or nothing".to_owned()),
            Operation::AddKey {
                client_id, secret, ..
            } => {
                let made = self.world.mutate(operation)?;
                // New credentials have a new quota, and tokens of the old ones open nothing.
                self.tokens().forget(client_id);
                Ok(json!({
                    "client_id": made["client_id"],
                    "fields": { "clientId": client_id, "clientSecret": secret,
                        "signingKey": access::signing_key(client_id, secret) },
                }))
            }
            _ => self.world.mutate(operation),
        }
    }
}
