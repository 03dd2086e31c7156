//! A simulated Entrata.
//!
//! `POST /ext/orgs/{org}/v1/{service}` with the method in the body: `status` (`getStatus`), `properties`
//! (`getProperties`), `propertyunits` (`getPropertyUnits`), `leases` (`getLeases`, the only one here with pages) and
//! `customers` (`getCustomers`). Errors stand in the envelope, mostly of an HTTP 200:
//!
//! | Request | Answer |
//! | --- | --- |
//! | a path or method that is not there | 404, 405 |
//! | no key, one that is not known, another organisation's | 200 with code 401 |
//! | `auth.type` that is not how the credentials were sent | 200 with code 105 |
//! | more than 150 requests of a method in a minute, 1,000 in an hour, 15,000 in a day | 429 with code 429 |
//! | a body that is no JSON object, or not the envelope | 400 with code 300 |
//! | a method that the service does not have | 200 with code 301 |
//! | a method that the key may not use | 200 with code 305, words that say nothing |
//! | no property, one that is not there, one out of the key's reach | 200 with code 302, 303 |
//!
//! A single element is an object and not an array; none at all is an empty text or an empty array.

mod rows;

use crate::shared::control::{Operation, TruthQuery};
use crate::shared::limiter::{Limit, Standing};
use crate::shared::seed::mix;
use crate::shared::shape::{Model, Shape};
use crate::shared::world::{Key, State, World};
use crate::shared::{Answer, Fields, Vendor, VendorRequest};
use data_encoding::BASE64;
use rows::{EntrataRows, STATUSES, many};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The one organisation.
const ORG: &str = "pinecrest";

/// The most rows of a page.
const MOST: usize = 500;

/// The simulated vendor.
pub struct Entrata {
    world: World<EntrataRows>,
}

/// An error of the envelope.
struct Refusal {
    status: u16,
    code: u16,
    message: &'static str,
}

fn refusal(code: u16, message: &'static str) -> Refusal {
    Refusal {
        status: 200,
        code,
        message,
    }
}

impl Refusal {
    fn answer(self, request: &VendorRequest) -> Answer {
        let mut message = self.message.to_owned();
        let mut headers = json_headers();
        if let Some((_, secret)) = sent(request).filter(|_| request.echo_secrets) {
            message.push_str(&format!(" (sent: {secret})"));
            headers.push(("x-debug-sent", secret));
        }
        let body = json!({ "response": { "error": { "code": self.code, "message": message } } });
        Answer {
            status: self.status,
            headers,
            body: body.to_string().into_bytes(),
        }
    }
}

fn json_headers() -> Vec<(&'static str, String)> {
    vec![("content-type", "application/json; charset=utf-8".to_owned())]
}

#[derive(Deserialize)]
struct Call {
    auth: Auth,
    #[serde(rename = "requestId", default)]
    request_id: Value,
    method: Method,
}

#[derive(Deserialize)]
struct Auth {
    r#type: String,
}

#[derive(Deserialize)]
struct Method {
    name: String,
    #[serde(default)]
    params: Map<String, Value>,
}

/// What the request was sent with: how, and the secret.
fn sent(request: &VendorRequest) -> Option<(Option<String>, String)> {
    let header = |name: &str| request.headers.get(name)?.to_str().ok();
    if let Some(key) = header("x-api-key") {
        return Some((None, key.to_owned()));
    }
    let basic = header("authorization")?.strip_prefix("Basic ")?;
    let text = String::from_utf8(BASE64.decode(basic.as_bytes()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((Some(user.to_owned()), password.to_owned()))
}

impl Entrata {
    /// A portfolio with one API key, which is also a user with a password for who still has one.
    #[must_use]
    pub fn new(shape: Shape, client_id: &str, secret: &str) -> Self {
        Self {
            world: World::new(EntrataRows, shape, client_id, secret),
        }
    }

    /// Service and organisation of a path.
    fn place(path: &str) -> Option<(&str, &str)> {
        let (org, rest) = path.strip_prefix("/ext/orgs/")?.split_once('/')?;
        let service = rest.strip_prefix("v1/")?;
        let known = [
            "status",
            "properties",
            "propertyunits",
            "leases",
            "customers",
        ];
        known.contains(&service).then_some((org, service))
    }

    fn key<'a>(&self, state: &'a State, request: &VendorRequest) -> Option<(&'a str, &'a Key)> {
        let (user, secret) = sent(request)?;
        let mut keys = state.keys.iter();
        let (client, key) = keys.find(|(client, key)| {
            key.secret == secret && user.as_ref().is_none_or(|user| user == *client)
        })?;
        Some((client, key))
    }

    fn respond(&self, request: &VendorRequest) -> Result<Answer, Refusal> {
        let call: Call = serde_json::from_slice(&request.body).map_err(|_| Refusal {
            status: 400,
            code: 300,
            message: "The request is not well formed.",
        })?;
        let by_key = request.headers.contains_key("x-api-key");
        if call.auth.r#type != if by_key { "apikey" } else { "basic" } {
            return Err(refusal(105, "The authentication type is not valid."));
        }
        let state = self.world.state();
        let (_, key) = self.key(&state, request).ok_or_else(unauthorised)?;
        let (_, service) = Self::place(&request.path).ok_or_else(unauthorised)?;
        let mut headers = json_headers();
        let result = match (service, call.method.name.as_str()) {
            ("status", "getStatus") => {
                json!({ "status": "Success", "message": "API service is available and running." })
            }
            (_, name) => {
                let (model, scope) = rows::method(service, name)
                    .ok_or_else(|| refusal(301, "The method does not exist."))?;
                if !key.may(scope) {
                    // Nothing says that it is the permission that is missing.
                    return Err(refusal(
                        305,
                        "An error occurred while processing the request.",
                    ));
                }
                self.rows(
                    &state,
                    key,
                    model,
                    &call.method.params,
                    request,
                    &mut headers,
                )?
            }
        };
        if let Some((_, secret)) = sent(request).filter(|_| request.echo_secrets) {
            headers.push(("x-debug-sent", secret));
        }
        let body = json!({ "response": {
            "requestId": call.request_id, "code": 200, "result": result,
        } });
        Ok(Answer {
            status: 200,
            headers,
            body: body.to_string().into_bytes(),
        })
    }

    fn rows(
        &self,
        state: &State,
        key: &Key,
        model: Model,
        params: &Map<String, Value>,
        request: &VendorRequest,
        headers: &mut Vec<(&'static str, String)>,
    ) -> Result<Value, Refusal> {
        let portfolio = &state.portfolio;
        let row = |model: Model, index: u32| {
            let mut row = self.world.row(portfolio, model, index);
            if let Some((_, secret)) = sent(request).filter(|_| request.echo_secrets) {
                row.insert(rows::text_field(model).to_owned(), json!(secret));
            }
            Value::Object(row)
        };
        if model == Model::Properties {
            let visible = portfolio
                .living(model)
                .filter(|index| self.world.sees(portfolio, key, model, *index));
            let rows: Vec<Value> = visible.map(|index| row(model, index)).collect();
            return Ok(match rows.is_empty() {
                true => json!({ "PhysicalProperty": [] }),
                false => json!({ "PhysicalProperty": { "Property": many(rows) } }),
            });
        }
        let reach = |id: &str| {
            let property = self.world.find(portfolio, Model::Properties, id.trim());
            property
                .filter(|one| self.world.sees(portfolio, key, Model::Properties, *one))
                .ok_or_else(|| refusal(303, "The property id is not valid."))
        };
        let param = |name: &str| match params.get(name) {
            Some(Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        if model == Model::Units {
            let ids =
                param("propertyIds").ok_or_else(|| refusal(302, "propertyIds is required."))?;
            let mut properties = Vec::new();
            for id in ids.split(',') {
                let units = portfolio.property_units(reach(id)?);
                let units: Vec<Value> = units.map(|unit| row(Model::Units, unit)).collect();
                properties.push(json!({ "id": id.trim(), "units": { "unit": many(units) } }));
            }
            return Ok(json!({ "properties": { "property": many(properties) } }));
        }
        let id = param("propertyId").ok_or_else(|| refusal(302, "propertyId is required."))?;
        let property = reach(&id)?;
        // Who does not say which statuses gets the current ones alone.
        let statuses = param("leaseStatusTypeIds").unwrap_or_else(|| STATUSES[3].0.to_owned());
        let wanted = |lease: u32| {
            let id = rows::status(portfolio, lease).0;
            statuses.split(',').any(|status| status.trim() == id)
        };
        let units = portfolio.property_units(property);
        let mut leases: Vec<u32> = units
            .flat_map(|unit| portfolio.unit_leases(unit))
            .filter(|lease| wanted(*lease))
            .collect();
        // In no order that anybody knows of, but the same on every page.
        leases.sort_by_key(|lease| mix(portfolio.shape.seed, 341, u64::from(*lease)));
        if model == Model::Leases {
            let page = page(request, leases.len(), headers);
            let rows = leases[page].iter().map(|lease| row(model, *lease));
            let rows: Vec<Value> = rows.collect();
            return Ok(match rows.is_empty() {
                true => json!({ "leases": "" }),
                false => json!({ "leases": { "lease": many(rows) } }),
            });
        }
        let residents = leases
            .iter()
            .flat_map(|lease| portfolio.lease_residents(*lease));
        let rows: Vec<Value> = residents.map(|one| row(model, one)).collect();
        Ok(json!({ "customers": { "customer": many(rows) } }))
    }
}

fn unauthorised() -> Refusal {
    refusal(
        401,
        "The API key or the user name and password are not valid.",
    )
}

/// Which rows are on the page that was asked for; writes the total and, if they are wanted, the links.
fn page(
    request: &VendorRequest,
    total: usize,
    headers: &mut Vec<(&'static str, String)>,
) -> std::ops::Range<usize> {
    let number = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(request.query.as_bytes());
        let pair = pairs.find(|(key, _)| key == name)?;
        pair.1.parse::<usize>().ok().filter(|number| *number > 0)
    };
    // More than the cap is cut to it without a word.
    let size = number("per_page").unwrap_or(MOST).min(MOST);
    let asked = if request.repeat_page {
        1
    } else {
        number("page_no").unwrap_or(1)
    };
    let start = (asked - 1).saturating_mul(size).min(total);
    let end = start.saturating_add(size).min(total);
    headers.push(("x-total-count", total.to_string()));
    let wanted = request.headers.get("x-send-pagination-links");
    if wanted.is_some_and(|wanted| wanted.as_bytes() == b"1") {
        let link = |page: usize, relation: &str| {
            let path = &request.path;
            format!(
                "<https://apis.entrata.com{path}?page_no={page}&per_page={size}>; rel=\"{relation}\""
            )
        };
        let last = total.div_ceil(size).max(1);
        let mut links = vec![link(1, "first"), link(last, "last")];
        if end < total {
            links.push(link(asked + 1, "next"));
        }
        headers.push(("link", links.join(", ")));
    }
    start..end
}

impl Vendor for Entrata {
    fn client_of(&self, request: &VendorRequest) -> Option<String> {
        let state = self.world.state();
        let known = self
            .key(&state, request)
            .map(|(client, _)| client.to_owned());
        // A user name is no secret; a key that is not known may be one of somewhere else.
        known.or_else(|| sent(request)?.0)
    }

    fn admit(&self, request: &VendorRequest) -> Result<(), Answer> {
        let answer = |status, body: &str| Answer {
            status,
            headers: vec![("content-type", "text/html".to_owned())],
            body: body.as_bytes().to_vec(),
        };
        let Some((org, _)) = Self::place(&request.path) else {
            return Err(answer(404, "<html><body>Not Found</body></html>"));
        };
        if request.method != "POST" {
            return Err(answer(405, "<html><body>Method Not Allowed</body></html>"));
        }
        let state = self.world.state();
        match self.key(&state, request) {
            Some(_) if org == ORG => Ok(()),
            _ => Err(unauthorised().answer(request)),
        }
    }

    fn limits(&self) -> Vec<Limit> {
        let window = |requests, seconds: u64| Limit {
            requests,
            window_ms: seconds * 1000,
            concurrent: 0,
        };
        vec![
            window(15_000, 86_400),
            window(1_000, 3_600),
            window(150, 60),
        ]
    }

    fn counted_under(&self, request: &VendorRequest) -> Option<String> {
        let client = self.client_of(request).unwrap_or_default();
        let call: Option<Call> = serde_json::from_slice(&request.body).ok();
        let method = call.map(|call| call.method.name).unwrap_or_default();
        Some(format!("{client} {method}"))
    }

    fn limit_headers(&self, standings: &[Standing]) -> Vec<(&'static str, String)> {
        let join = |part: &dyn Fn(&Standing) -> String| {
            standings.iter().map(part).collect::<Vec<_>>().join(";")
        };
        let name = |window_ms| match window_ms {
            86_400_000 => "DAY",
            3_600_000 => "HOUR",
            60_000 => "MINUTE",
            _ => "SECOND",
        };
        let seconds = |standing: &Standing| standing.reset.as_secs_f64().ceil().to_string();
        vec![
            (
                "x-ratelimit-limit",
                join(&|one| format!("{}/{}", one.limit.requests, name(one.limit.window_ms))),
            ),
            (
                "x-ratelimit-remaining",
                join(&|one| one.remaining.to_string()),
            ),
            ("x-ratelimit-reset", join(&seconds)),
        ]
    }

    fn too_many(&self, request: &VendorRequest, _: &[Standing]) -> Answer {
        let refusal = Refusal {
            status: 429,
            code: 429,
            message: "The rate limit of this method is reached.",
        };
        refusal.answer(request)
    }

    fn answer(&self, request: &VendorRequest) -> Answer {
        self.respond(request)
            .unwrap_or_else(|refusal| refusal.answer(request))
    }

    fn fields(&self) -> Fields {
        Fields::from([
            ("org", ORG.to_owned()),
            ("apiKey", self.world.first_secret()),
        ])
    }

    fn truth(&self, query: &TruthQuery) -> Result<Value, String> {
        self.world.truth(query)
    }

    fn mutate(&self, operation: &Operation) -> Result<Value, String> {
        self.world.mutate(operation)
    }
}
