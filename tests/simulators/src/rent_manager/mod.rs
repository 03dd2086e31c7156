//! A simulated Rent Manager: the Web API (WAPI 12).
//!
//! `POST /Authentication/AuthorizeUser` gives a token, `POST /Authentication/Deauthorize?token=` takes it back;
//! `GET /Properties`, `/Units`, `/Leases`, `/Tenants` and `/Charges` list. What it refuses, and in which order:
//!
//! | Request | Answer |
//! | --- | --- |
//! | a log-in of another form / with a wrong user or password | 400 / 401 |
//! | a log-in of a user with ten live tokens | 400, "maximum number of times" |
//! | no token, or one that is unknown, given back, 24 hours old or 15 minutes idle | 401 |
//! | more than 500 requests in a minute | 429 |
//! | a location other than 1 to 9, at the log-in or later | 400 |
//! | a path or method that is not there | 404, 405 |
//! | a collection that the user may not read | 403 |
//! | a parameter, filter or operator that is not known, `gte` among them | 400 |
//!
//! More rows than a page holds come as 206 with `Link` and `X-Total-Results`, the last page too. No rows are 404, or
//! 200 with an empty body, in turns. Without `orderby` rows come with the last first. Every answer counts down
//! `x-ratelimit-remaining`. A partner's token stands for the first user and never ends.

mod charges;
mod query;
mod rows;
mod tokens;

use crate::shared::control::{Operation, TruthQuery};
use crate::shared::limiter::{Limit, Standing};
use crate::shared::shape::Shape;
use crate::shared::world::World;
use crate::shared::{Answer, Fields, Vendor, VendorRequest};
use query::{List, Query, Row};
use rows::RentManagerRows;
use serde_json::{Value, json};
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokens::Tokens;
use url::form_urlencoded;

const LOGIN: &str = "/Authentication/AuthorizeUser";
/// The locations that there are; all of them show the same portfolio.
const LOCATIONS: RangeInclusive<i64> = 1..=9;
const LOGOUT: &str = "/Authentication/Deauthorize";

/// The simulated vendor.
pub struct RentManager {
    world: World<RentManagerRows>,
    tokens: Mutex<Tokens>,
    partner_token: String,
}

struct Refusal {
    status: u16,
    message: String,
}

impl Refusal {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    fn answer(self) -> Answer {
        let body = json!({ "DeveloperMessage": self.message, "UserMessage": self.message });
        Answer {
            status: self.status,
            headers: json_headers(),
            body: body.to_string().into_bytes(),
        }
    }
}

fn json_headers() -> Vec<(&'static str, String)> {
    vec![("content-type", "application/json; charset=utf-8".to_owned())]
}

fn header<'a>(request: &'a VendorRequest, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}

/// User name, password and location of a log-in.
fn login_of(request: &VendorRequest) -> Option<(String, String, Value)> {
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    Some((
        text("Username")?,
        text("Password")?,
        body["LocationID"].clone(),
    ))
}

/// Refuses a location that is not there.
fn at_location(location: Option<i64>) -> Result<(), Refusal> {
    match location {
        Some(location) if LOCATIONS.contains(&location) => Ok(()),
        _ => Err(Refusal::new(400, "The location is not valid.")),
    }
}

impl RentManager {
    /// A portfolio with one user who may read all of it. The client id is the user name.
    #[must_use]
    pub fn new(shape: Shape, client_id: &str, secret: &str) -> Self {
        Self {
            tokens: Mutex::new(Tokens::new(shape.seed)),
            partner_token: format!("partner-token-{:08x}", shape.seed),
            world: World::new(RentManagerRows, shape, client_id, secret),
        }
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The user whose live token the request carries.
    fn user(&self, request: &VendorRequest) -> Result<String, Refusal> {
        if let Some(partner) = header(request, "x-rm12api-partnertoken") {
            return match partner == self.partner_token {
                true => Ok(self.world.first_client.clone()),
                false => Err(Refusal::new(401, "The partner token is not valid.")),
            };
        }
        let token = header(request, "x-rm12api-apitoken");
        let user = token.and_then(|token| self.tokens().owner(token));
        let state = self.world.state();
        user.filter(|user| state.keys.contains_key(user))
            .ok_or_else(|| Refusal::new(401, "The token is missing or has expired."))
    }

    fn log_in(&self, request: &VendorRequest) -> Result<Answer, Refusal> {
        let Some((user, password, location)) = login_of(request) else {
            return Err(Refusal::new(400, "Username and Password are required."));
        };
        if !location.is_null() {
            at_location(location.as_i64())?;
        }
        let known = {
            let state = self.world.state();
            let key = state.keys.get(&user);
            key.is_some_and(|key| key.secret == password)
        };
        if !known {
            return Err(Refusal::new(401, "The user name or password is not valid."));
        }
        let token = self.tokens().mint(&user).ok_or_else(|| {
            let message = "This user has authenticated the maximum number of times.";
            Refusal::new(400, message)
        })?;
        // A bare text in quotes, which is the whole answer.
        Ok(Answer {
            status: 200,
            headers: json_headers(),
            body: format!("\"{token}\"").into_bytes(),
        })
    }

    fn log_out(&self, request: &VendorRequest) -> Result<Answer, Refusal> {
        let mut query = form_urlencoded::parse(request.query.as_bytes());
        let token = query.find_map(|(name, value)| (name == "token").then(|| value.into_owned()));
        let token = token.ok_or_else(|| Refusal::new(400, "The token is required."))?;
        self.tokens().give_back(&token);
        Ok(Answer {
            status: 204,
            headers: Vec::new(),
            body: Vec::new(),
        })
    }

    fn respond(&self, request: &VendorRequest) -> Result<Answer, Refusal> {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", LOGIN) => return self.log_in(request),
            ("POST", LOGOUT) => return self.log_out(request),
            _ => {}
        }
        let user = self.user(request)?;
        if let Some(location) = header(request, "x-rm12api-locationid") {
            at_location(location.parse().ok())?;
        }
        let list = List::named(&request.path)
            .ok_or_else(|| Refusal::new(404, "No resource was found."))?;
        if request.method != "GET" {
            return Err(Refusal::new(405, "The method is not allowed here."));
        }
        let state = self.world.state();
        let key = state.keys.get(&user);
        let Some(key) = key.filter(|key| key.may(list.scope())) else {
            let message = format!("The user has no access to {}.", list.name());
            return Err(Refusal::new(403, message));
        };
        let mut query = Query::parse(&request.query, list)?;
        if request.repeat_page {
            query.page = query.page.map(|_| 1);
        }

        let portfolio = &state.portfolio;
        let model = list.model();
        let mut rows: Vec<Row> = portfolio
            .living(model)
            .filter(|index| self.world.sees(portfolio, key, model, *index))
            .flat_map(|index| list.of(portfolio, index))
            .filter(|row| query.admits(list.id(portfolio, *row), list.stamp(portfolio, *row)))
            .collect();
        if rows.is_empty() {
            return Ok(nothing(request));
        }
        if query.descends {
            rows.reverse();
        }
        let total = rows.len();
        let size = query.size_for(total);
        let page = query.page.unwrap_or(1);
        let from = (page - 1).saturating_mul(size).min(total);
        let to = (from + size).min(total);
        if from == to {
            return Ok(nothing(request));
        }
        let data: Vec<Value> = rows[from..to]
            .iter()
            .map(|(index, place)| {
                let mut row = match list {
                    List::Of(model) => self.world.row(portfolio, model, *index),
                    List::Charges => charges::row(portfolio, *index, *place),
                };
                if !query.embeds("Addresses") {
                    row.remove("Addresses");
                }
                if request.echo_secrets {
                    let token = header(request, "x-rm12api-apitoken").unwrap_or_default();
                    row.insert("Name".to_owned(), json!(token));
                }
                Value::Object(row)
            })
            .collect();
        let mut headers = json_headers();
        headers.push(("x-total-results", total.to_string()));
        let whole = size >= total;
        if !whole {
            let host = header(request, "host").unwrap_or("localhost");
            headers.push(("link", query.link(host, list, page, size, total)));
        }
        Ok(Answer {
            status: if whole { 200 } else { 206 },
            headers,
            body: Value::Array(data).to_string().into_bytes(),
        })
    }
}

/// The vendor says in two ways that there is nothing.
fn nothing(request: &VendorRequest) -> Answer {
    match request.sequence % 2 {
        0 => Refusal::new(404, "No records were found.").answer(),
        _ => Answer {
            status: 200,
            headers: json_headers(),
            body: Vec::new(),
        },
    }
}

impl Vendor for RentManager {
    fn client_of(&self, request: &VendorRequest) -> Option<String> {
        if request.path == LOGIN {
            return login_of(request).map(|(user, ..)| user);
        }
        if header(request, "x-rm12api-partnertoken") == Some(self.partner_token.as_str()) {
            return Some(self.world.first_client.clone());
        }
        self.tokens().known(header(request, "x-rm12api-apitoken")?)
    }

    fn admit(&self, request: &VendorRequest) -> Result<(), Answer> {
        if matches!(request.path.as_str(), LOGIN | LOGOUT) {
            return Ok(());
        }
        self.user(request).map(drop).map_err(Refusal::answer)
    }

    fn limits(&self) -> Vec<Limit> {
        vec![Limit {
            requests: 500,
            window_ms: 60_000,
            concurrent: 0,
        }]
    }

    fn limit_headers(&self, standings: &[Standing]) -> Vec<(&'static str, String)> {
        let Some(standing) = standings.first() else {
            return Vec::new();
        };
        let reset = chrono::Utc::now() + standing.reset;
        vec![
            ("x-ratelimit-limit", standing.limit.requests.to_string()),
            ("x-ratelimit-remaining", standing.remaining.to_string()),
            ("x-ratelimit-reset", (reset.timestamp() + 1).to_string()),
        ]
    }

    fn too_many(&self, _request: &VendorRequest, _standings: &[Standing]) -> Answer {
        Refusal::new(429, "Too many requests.").answer()
    }

    fn answer(&self, request: &VendorRequest) -> Answer {
        self.respond(request).unwrap_or_else(Refusal::answer)
    }

    fn fields(&self) -> Fields {
        Fields::from([
            ("companyCode", "simco".to_owned()),
            ("username", self.world.first_client.clone()),
            ("password", self.world.first_secret()),
        ])
    }

    fn truth(&self, query: &TruthQuery) -> Result<Value, String> {
        let mut truth = self.world.truth(query)?;
        // What tests of sessions ask: how many tokens of each user live now, and what became of the others.
        truth["live_tokens"] = json!(self.tokens().live());
        truth["sessions"] = json!(self.tokens().tallies());
        Ok(truth)
    }

    fn mutate(&self, operation: &Operation) -> Result<Value, String> {
        match operation {
            Operation::ExpireSessions { client_id } => {
                let ended = self.tokens().expire(client_id.as_deref());
                Ok(json!({ "ended": ended }))
            }
            Operation::EndSessionsAtRandom { once_in } => {
                self.tokens().end_at_random(*once_in);
                Ok(json!({}))
            }
            _ => self.world.mutate(operation),
        }
    }
}
