//! A simulated AppFolio: the Database API, version 0.
//!
//! `GET /api/v0/{list}` lists `properties`, `units`, `leases`, `tenants`, `leads` and `rental_applications`. What it
//! refuses, and in which order:
//!
//! | Request | Answer |
//! | --- | --- |
//! | no `X-AppFolio-Developer-ID` | 400 `Required header missing` |
//! | HTTP Basic or developer id missing or wrong | 401 |
//! | more than 8 requests in a second, 256 in a minute, 4,096 in an hour | 429 with `Retry-After` |
//! | a path that is not there / another method | 404 / 405 |
//! | a list that the credentials may not read | 701 |
//! | neither `filters[LastUpdatedAtFrom]` nor `filters[Id]`; a filter, page or size of another form | 400 |
//! | a size above 1,000 | 400 |
//!
//! `/leads` and `/rental_applications` give at most 100 rows, whatever was asked for. `next_page_path` comes with the
//! root in front of it and, on every other page, without. Rows come in an order of each filter's own. 533 comes by a fault.

mod rows;

use crate::shared::control::{Operation, TruthQuery};
use crate::shared::limiter::{Limit, Standing};
use crate::shared::seed::mix;
use crate::shared::shape::{Model, Shape};
use crate::shared::world::World;
use crate::shared::{Answer, Fields, Vendor, VendorRequest};
use data_encoding::BASE64;
use rows::{AppFolioRows, List};
use serde_json::{Value, json};
use url::form_urlencoded;

const ROOT: &str = "/api/v0";

/// The most rows that a page may have.
const MOST_ROWS: usize = 1000;

/// Unless told otherwise.
const DEFAULT_ROWS: usize = 100;

/// The simulated vendor.
pub struct AppFolio {
    world: World<AppFolioRows>,
    developer_id: String,
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

    fn answer(mut self, request: &VendorRequest) -> Answer {
        let mut headers = vec![("content-type", "application/json".to_owned())];
        if let Some(secret) = echo(request) {
            self.message.push_str(&format!(" (sent: {secret})"));
            headers.push(("x-debug-sent", secret));
        }
        Answer {
            status: self.status,
            headers,
            body: json!({ "message": self.message }).to_string().into_bytes(),
        }
    }
}

/// The user name and password of HTTP Basic.
fn basic(request: &VendorRequest) -> Option<(String, String)> {
    let header = request.headers.get("authorization")?.to_str().ok()?;
    let decoded = BASE64
        .decode(header.strip_prefix("Basic ")?.as_bytes())
        .ok()?;
    let pair = String::from_utf8(decoded).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// The secret of the request, when it is to be given back.
fn echo(request: &VendorRequest) -> Option<String> {
    basic(request)
        .map(|(_, secret)| secret)
        .filter(|_| request.echo_secrets)
}

/// What a list is asked for.
struct Query {
    since: Option<i64>,
    ids: Option<Vec<String>>,
    group: Option<String>,
    page: usize,
    size: usize,
}

impl Query {
    fn parse(query: &str) -> Result<Self, Refusal> {
        let mut read = Self {
            since: None,
            ids: None,
            group: None,
            page: 1,
            size: DEFAULT_ROWS,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let invalid = || Refusal::new(400, format!("{name} is invalid"));
            let number = || value.parse::<usize>().ok().filter(|number| *number > 0);
            match &*name {
                "filters[LastUpdatedAtFrom]" => {
                    let since = chrono::DateTime::parse_from_rfc3339(&value);
                    read.since = Some(since.map_err(|_| invalid())?.timestamp_millis());
                }
                "filters[Id]" => read.ids = Some(value.split(',').map(str::to_owned).collect()),
                "filters[GroupId]" => read.group = Some(value.into_owned()),
                "page[number]" => read.page = number().ok_or_else(invalid)?,
                "page[size]" => {
                    let size = number().filter(|size| *size <= MOST_ROWS);
                    read.size = size.ok_or_else(invalid)?;
                }
                _ => {
                    return Err(Refusal::new(
                        400,
                        format!("{name} is not a known parameter"),
                    ));
                }
            }
        }
        if read.since.is_none() && read.ids.is_none() && read.group.is_none() {
            let message = "filters[LastUpdatedAtFrom] or filters[Id] is required";
            return Err(Refusal::new(400, message));
        }
        Ok(read)
    }
}

impl AppFolio {
    /// A portfolio with one set of credentials that may read all of it.
    #[must_use]
    pub fn new(shape: Shape, client_id: &str, secret: &str) -> Self {
        Self {
            developer_id: format!("developer-{:08x}", shape.seed),
            world: World::new(AppFolioRows, shape, client_id, secret),
        }
    }

    fn authenticated(&self, request: &VendorRequest) -> Result<String, Refusal> {
        let Some(developer) = request.headers.get("x-appfolio-developer-id") else {
            return Err(Refusal::new(400, "Required header missing"));
        };
        let known = basic(request).filter(|(client, secret)| {
            let state = self.world.state();
            let key = state.keys.get(client);
            key.is_some_and(|key| key.secret == *secret)
        });
        match known {
            Some((client, _)) if developer.as_bytes() == self.developer_id.as_bytes() => Ok(client),
            _ => Err(Refusal::new(401, "Invalid API credentials")),
        }
    }

    fn respond(&self, request: &VendorRequest) -> Result<Value, Refusal> {
        let client = self.authenticated(request)?;
        let list = request
            .path
            .strip_prefix(ROOT)
            .and_then(|path| path.strip_prefix('/'))
            .and_then(List::named)
            .ok_or_else(|| Refusal::new(404, "Not found"))?;
        if request.method != "GET" {
            return Err(Refusal::new(405, "Method not allowed"));
        }
        let state = self.world.state();
        let key = state.keys.get(&client);
        let Some(key) = key.filter(|key| key.may(list.scope())) else {
            let message = format!("No permission to read {}", list.name());
            return Err(Refusal::new(701, message));
        };
        let mut query = Query::parse(&request.query)?;
        query.size = query.size.min(list.most_rows());
        if request.repeat_page {
            query.page = 1;
        }

        let portfolio = &state.portfolio;
        let mut rows: Vec<u32> = portfolio
            .living(list.model())
            .filter(|index| self.world.sees(portfolio, key, list.model(), *index))
            .filter(|index| list.has(portfolio, *index))
            .filter(|index| {
                query
                    .since
                    .is_none_or(|since| portfolio.stamp(list.model(), *index) >= since)
                    && query
                        .ids
                        .as_ref()
                        .is_none_or(|ids| ids.contains(&list.id(&portfolio.shape, *index)))
                    && query
                        .group
                        .as_ref()
                        .is_none_or(|group| *group == rows::group_id(&portfolio.shape, *index))
            })
            .collect();
        // In no order that anybody knows of: another for each filter, and the same on every page of one.
        let order = query.since.unwrap_or_default().unsigned_abs();
        rows.sort_by_key(|index| mix(portfolio.shape.seed, 722, order ^ u64::from(*index)));
        let from = (query.page - 1).saturating_mul(query.size).min(rows.len());
        let to = (from + query.size).min(rows.len());
        let echo = echo(request);
        let data: Vec<Value> = rows[from..to]
            .iter()
            .map(|index| {
                let mut row = list.row(&self.world, portfolio, *index);
                if let Some(secret) = &echo {
                    row.insert(list.text_field().to_owned(), json!(secret));
                }
                Value::Object(row)
            })
            .collect();
        let next = (to < rows.len()).then(|| next_path(list, request, &query));
        Ok(json!({ "data": data, "next_page_path": next }))
    }
}

/// The path of the next page, with all that the request filtered by.
fn next_path(list: List, request: &VendorRequest, query: &Query) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(request.query.as_bytes()) {
        if !name.starts_with("page[") {
            parameters.append_pair(&name, &value);
        }
    }
    parameters.append_pair("page[number]", &(query.page + 1).to_string());
    parameters.append_pair("page[size]", &query.size.to_string());
    let root = if query.page % 2 == 1 { ROOT } else { "" };
    format!("{root}/{}?{}", list.name(), parameters.finish())
}

impl Vendor for AppFolio {
    fn client_of(&self, request: &VendorRequest) -> Option<String> {
        basic(request).map(|(client, _)| client)
    }

    fn admit(&self, request: &VendorRequest) -> Result<(), Answer> {
        self.authenticated(request)
            .map(drop)
            .map_err(|refusal| refusal.answer(request))
    }

    fn limits(&self) -> Vec<Limit> {
        let window = |requests, window_ms| Limit {
            requests,
            window_ms,
            concurrent: 0,
        };
        vec![
            window(8, 1_000),
            window(256, 60_000),
            window(4096, 3_600_000),
        ]
    }

    fn too_many(&self, request: &VendorRequest, standings: &[Standing]) -> Answer {
        let full = standings.iter().filter(|standing| standing.remaining == 0);
        let wait = full
            .map(|standing| standing.reset)
            .max()
            .unwrap_or_default();
        let mut answer = Refusal::new(429, "Too many requests").answer(request);
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        answer
            .headers
            .push(("retry-after", seconds.max(1).to_string()));
        answer
    }

    fn answer(&self, request: &VendorRequest) -> Answer {
        match self.respond(request) {
            Ok(body) => {
                let mut headers = vec![("content-type", "application/json".to_owned())];
                headers.extend(echo(request).map(|secret| ("x-debug-sent", secret)));
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
        Fields::from([
            ("clientId", self.world.first_client.clone()),
            ("clientSecret", self.world.first_secret()),
            ("developerId", self.developer_id.clone()),
        ])
    }

    fn truth(&self, query: &TruthQuery) -> Result<Value, String> {
        self.world.truth(query)
    }

    fn mutate(&self, operation: &Operation) -> Result<Value, String> {
        self.world.mutate(operation)
    }
}

/// The lists' models, with the permission that each needs.
const MODELS: [(Model, &str); 5] = [
    (Model::Properties, "properties"),
    (Model::Units, "units"),
    (Model::Leases, "leases"),
    (Model::Tenants, "tenants"),
    (Model::Applicants, "leasing"),
];
