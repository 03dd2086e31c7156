//! A vendor that wants a log-in, for the connector `tests/guests/login`.
//!
//! | Request | Answer |
//! | --- | --- |
//! | `POST /login` with `{"user", "password"}` | a token and its life in seconds; 401 for a wrong password, 429 beyond the minting budget, 409 beyond the live cap |
//! | `POST /logout` with `x-session` | 204; the token is gone |
//! | `GET /items?model=&offset=&limit=` with `x-session` | a page; 401 when the token is unknown or over |
//!
//! A token ends by its life, by idleness, by log-out, and for no reason once in each stretch of so many requests, where
//! the seed says.
//! The [`Tally`] says what happened.

use crate::shared::seed::mix;
use anyhow::Context as _;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The password of every user. It opens nothing but this simulator.
pub const PASSWORD: &str = "log-in-password-\"8c1d\"";

/// How the vendor behaves.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Seed of the tokens that end for no reason.
    pub seed: u64,
    /// How long a token lives.
    pub life: Duration,
    /// How long it lives without a request.
    pub idle: Option<Duration>,
    /// Tokens that one user may have at once.
    pub live: usize,
    /// Log-ins that one user has in so much time.
    pub minting: Option<(usize, Duration)>,
    /// A token ends for no reason once in each stretch of so many requests.
    pub ends_once_in: Option<u64>,
    /// How long each answer takes.
    pub latency: Duration,
    /// Properties, and as many units each.
    pub properties: u64,
    /// Units of all properties together.
    pub units: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            seed: 1,
            life: Duration::from_secs(3600),
            idle: None,
            live: 2,
            minting: None,
            ends_once_in: None,
            latency: Duration::from_millis(20),
            properties: 50,
            units: 1_000,
        }
    }
}

impl Rules {
    /// Whether a token ends with this request: at a place of each stretch that the seed chooses, in its first half, so
    /// that two never follow each other.
    fn ends(&self, request: u64) -> bool {
        self.ends_once_in.is_some_and(|n| {
            let n = n.max(2);
            request % n == mix(self.seed, 3, request / n) % (n / 2)
        })
    }
}

/// What happened so far, of one user.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq)]
pub struct Tally {
    /// Tokens given.
    pub log_ins: u64,
    /// Log-ins refused because of the budget.
    pub over_budget: u64,
    /// Log-ins refused because of the live cap.
    pub over_cap: u64,
    /// Tokens given back.
    pub log_outs: u64,
    /// Tokens that ended of themselves: life, idleness or no reason.
    pub ended: u64,
    /// Requests with a token that was over.
    pub stale: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// Tokens alive now.
    pub live: usize,
    /// The most that were alive at once.
    pub most_live: usize,
}

struct Token {
    user: String,
    given: Instant,
    used: Instant,
}

#[derive(Default)]
struct Book {
    tokens: HashMap<String, Token>,
    given: Vec<(String, Instant)>,
    tallies: HashMap<String, Tally>,
    password: Option<String>,
}

struct Vendor {
    rules: Mutex<Rules>,
    book: Mutex<Book>,
}

/// A running vendor; dropped, it is gone.
pub struct Running {
    url: String,
    vendor: Arc<Vendor>,
    serving: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Running {
    /// Starts one on a free port, in the present runtime.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(rules: Rules) -> anyhow::Result<Self> {
        let socket = TcpListener::bind("127.0.0.1:0").await.context("a port")?;
        let url = format!("http://{}", socket.local_addr()?);
        let vendor = Arc::new(Vendor {
            rules: Mutex::new(rules),
            book: Mutex::default(),
        });
        let router = Router::new()
            .route("/login", post(log_in))
            .route("/logout", post(log_out))
            .route("/items", get(items))
            .with_state(Arc::clone(&vendor));
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(socket, router).await {
                tracing::error!(%error, "the vendor with a log-in ended");
            }
        });
        Ok(Self {
            url,
            vendor,
            serving,
        })
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What happened so far to one user.
    #[must_use]
    pub fn tally(&self, user: &str) -> Tally {
        let rules = self.vendor.rules();
        let mut book = self.vendor.book();
        book.expire(&rules);
        let live = book.living(user);
        let mut tally = book.tallies.get(user).cloned().unwrap_or_default();
        tally.live = live;
        tally
    }

    /// Ends every token now, as a vendor's restart would.
    pub fn end_all(&self) {
        let mut book = self.vendor.book();
        let users: Vec<String> = book.tokens.drain().map(|(_, token)| token.user).collect();
        for user in users {
            book.tallies.entry(user).or_default().ended += 1;
        }
    }

    /// Behaves otherwise from now on.
    pub fn change(&self, change: impl FnOnce(&mut Rules)) {
        change(
            &mut self
                .vendor
                .rules
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// Takes another password from now on.
    pub fn change_password(&self, password: &str) {
        self.vendor.book().password = Some(password.to_owned());
    }
}

impl Vendor {
    fn rules(&self) -> Rules {
        self.rules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn living(&self, user: &str) -> usize {
        self.tokens.values().filter(|it| it.user == user).count()
    }

    fn expire(&mut self, rules: &Rules) {
        let now = Instant::now();
        let tallies = &mut self.tallies;
        self.tokens.retain(|_, token| {
            let lives = now - token.given < rules.life
                && rules.idle.is_none_or(|idle| now - token.used < idle);
            if !lives {
                tallies.entry(token.user.clone()).or_default().ended += 1;
            }
            lives
        });
    }

    fn tally(&mut self, user: &str) -> &mut Tally {
        self.tallies.entry(user.to_owned()).or_default()
    }
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
    password: String,
}

async fn log_in(State(vendor): State<Arc<Vendor>>, Json(with): Json<Credentials>) -> Response {
    let rules = vendor.rules();
    tokio::time::sleep(rules.latency).await;
    let mut book = vendor.book();
    let password = book.password.clone().unwrap_or_else(|| PASSWORD.to_owned());
    if with.password != password {
        return (StatusCode::UNAUTHORIZED, "wrong user or password").into_response();
    }
    book.expire(&rules);
    let now = Instant::now();
    if let Some((opens, per)) = rules.minting {
        let given = book.given.iter();
        let of_late = given.filter(|(user, at)| *user == with.user && now - *at < per);
        if of_late.count() >= opens {
            book.tally(&with.user).over_budget += 1;
            return (StatusCode::TOO_MANY_REQUESTS, "too many log-ins").into_response();
        }
    }
    if book.living(&with.user) >= rules.live {
        book.tally(&with.user).over_cap += 1;
        return (StatusCode::CONFLICT, "too many sessions").into_response();
    }
    let number = book.given.len() as u64 + 1;
    let token = format!(
        "tok-{:016x}{:016x}",
        mix(rules.seed, 1, number),
        mix(rules.seed, 2, number)
    );
    book.given.push((with.user.clone(), now));
    let entry = Token {
        user: with.user.clone(),
        given: now,
        used: now,
    };
    book.tokens.insert(token.clone(), entry);
    let live = book.living(&with.user);
    let tally = book.tally(&with.user);
    tally.log_ins += 1;
    tally.most_live = tally.most_live.max(live);
    Json(json!({ "token": token, "expires_in": rules.life.as_secs() })).into_response()
}

fn token_of(headers: &HeaderMap) -> String {
    let value = headers.get("x-session").and_then(|it| it.to_str().ok());
    value.unwrap_or_default().to_owned()
}

async fn log_out(State(vendor): State<Arc<Vendor>>, headers: HeaderMap) -> Response {
    let rules = vendor.rules();
    tokio::time::sleep(rules.latency).await;
    let mut book = vendor.book();
    match book.tokens.remove(&token_of(&headers)) {
        Some(token) => {
            book.tally(&token.user).log_outs += 1;
            StatusCode::NO_CONTENT.into_response()
        }
        None => (StatusCode::UNAUTHORIZED, "no such session").into_response(),
    }
}

async fn items(
    State(vendor): State<Arc<Vendor>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let rules = vendor.rules();
    tokio::time::sleep(rules.latency).await;
    let user = {
        let mut book = vendor.book();
        book.expire(&rules);
        let token = token_of(&headers);
        let Some(found) = book.tokens.get_mut(&token) else {
            // Whose it was is not known any more, so every user has it in the tally.
            for tally in book.tallies.values_mut() {
                tally.stale += 1;
            }
            return (StatusCode::UNAUTHORIZED, "the session is over").into_response();
        };
        found.used = Instant::now();
        let user = found.user.clone();
        // Each user's requests are counted apart: how two users' requests interleave changes nothing.
        let tally = book.tally(&user);
        if rules.ends(tally.answered + tally.ended + 1) {
            tally.ended += 1;
            book.tokens.remove(&token);
            return (StatusCode::UNAUTHORIZED, "the session is over").into_response();
        }
        book.tally(&user).answered += 1;
        user
    };
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<u64>().ok());
    let (Some(offset), Some(limit)) = (number("offset"), number("limit")) else {
        return (StatusCode::BAD_REQUEST, "offset and limit are numbers").into_response();
    };
    let total = match query.get("model").map(String::as_str) {
        Some("properties") => rules.properties,
        Some("units") => rules.units,
        _ => return (StatusCode::NOT_FOUND, "no such model").into_response(),
    };
    let page = offset.min(total)..offset.saturating_add(limit).min(total);
    let items: Vec<Value> = page
        .map(|id| {
            let property = (id % rules.properties.max(1)).to_string();
            json!({"id": id.to_string(), "name": format!("item {id} of {user}"), "property": property})
        })
        .collect();
    Json(json!({ "total": total, "items": items })).into_response()
}
