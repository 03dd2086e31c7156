//! A simulated MRI.
//!
//! `GET /mriapiservices/api.asp?$api=NAME&$format=json` for the properties, the units and residents of a property, and
//! the leases of a property or changed since a day. What it refuses, and in which order:
//!
//! | Request | Answer |
//! | --- | --- |
//! | another path / method | 404 / 405 |
//! | no user name of the form `client/database/user/key`, or any part or the password wrong | 401 |
//! | another format than JSON, an API that is not there, a parameter that is missing or of a wrong form | 400 |
//! | an API that the user may not call | 403 |
//!
//! Every value is a text or null, every time one of the server's clock in Chicago, to the minute. A page has 300 rows,
//! or fewer if `$top` says so; its `nextLink` is absolute and begins with the row that `$skip` names, counted from 1.
//! Whoever asks for changes gets them of all properties, whatever property is named beside.

mod rows;

use crate::shared::control::{Operation, TruthQuery};
use crate::shared::limiter::{Limit, Standing};
use crate::shared::portfolio::Portfolio;
use crate::shared::shape::{Model, Shape};
use crate::shared::world::{Key, State, World};
use crate::shared::{Answer, Fields, Vendor, VendorRequest};
use data_encoding::BASE64;
use rows::{MriRows, ZONE};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PATH: &str = "/mriapiservices/api.asp";
const CLIENT: &str = "C123456";
const DATABASE: &str = "PINECREST";
const PARTNER_KEY: &str = "pk-9d31f6a07c52e84b";

/// The most rows of a page, and how many it has unless told otherwise.
const MOST: usize = 300;

/// The simulated vendor.
pub struct Mri {
    world: World<MriRows>,
}

struct Refusal {
    status: u16,
    message: &'static str,
}

fn refusal(status: u16, message: &'static str) -> Refusal {
    Refusal { status, message }
}

impl Refusal {
    fn answer(self, request: &VendorRequest) -> Answer {
        let mut headers = json_headers();
        let mut message = self.message.to_owned();
        if let Some(password) = echo(request) {
            message.push_str(&format!(" (sent: {password})"));
            headers.push(("x-debug-sent", password));
        }
        let body = json!({ "error": { "code": self.status.to_string(), "message": message } });
        Answer {
            status: self.status,
            headers,
            body: body.to_string().into_bytes(),
        }
    }
}

fn json_headers() -> Vec<(&'static str, String)> {
    vec![("content-type", "application/json".to_owned())]
}

/// The parts of the user name, and the password.
fn sent(request: &VendorRequest) -> Option<(Vec<String>, String)> {
    let header = request.headers.get("authorization")?.to_str().ok()?;
    let text = BASE64
        .decode(header.strip_prefix("Basic ")?.as_bytes())
        .ok()?;
    let text = String::from_utf8(text).ok()?;
    let (user, password) = text.split_once(':')?;
    let parts = user.split('/').map(str::to_owned).collect();
    Some((parts, password.to_owned()))
}

fn echo(request: &VendorRequest) -> Option<String> {
    let (_, password) = sent(request).filter(|_| request.echo_secrets)?;
    Some(password)
}

/// The parameters of a query; names are taken in any case.
fn parameters(query: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned()))
        .collect()
}

impl Mri {
    /// A portfolio with one web service user that may call every API.
    #[must_use]
    pub fn new(shape: Shape, client_id: &str, secret: &str) -> Self {
        Self {
            world: World::new(MriRows, shape, client_id, secret),
        }
    }

    fn key<'a>(&self, state: &'a State, request: &VendorRequest) -> Option<&'a Key> {
        let (parts, password) = sent(request)?;
        let [client, database, user, key] = parts.as_slice() else {
            return None;
        };
        let known = state.keys.get(user)?;
        let right = client == CLIENT
            && database == DATABASE
            && key == PARTNER_KEY
            && known.secret == password;
        right.then_some(known)
    }

    fn respond(&self, request: &VendorRequest) -> Result<Value, Refusal> {
        let state = self.world.state();
        let key = self.key(&state, request).ok_or_else(unauthorised)?;
        let query = parameters(&request.query);
        let parameter = |name: &str| query.get(name).map(String::as_str);
        if parameter("$format") != Some("json") {
            return Err(refusal(400, "Only $format=json is served here."));
        }
        let api = parameter("$api").unwrap_or_default();
        let (model, scope, property) =
            rows::api(api).ok_or_else(|| refusal(400, "The $api is not known."))?;
        if !key.may(scope) {
            return Err(refusal(403, "The user is not authorized for this API."));
        }
        let portfolio = &state.portfolio;
        let of = property.and_then(parameter).filter(|id| !id.is_empty());
        let since = match parameter("lastupdatedate") {
            Some(day) if model == Model::Leases => Some(
                rows::day(day).ok_or_else(|| refusal(400, "LastUpdateDate must be yyyy-mm-dd."))?,
            ),
            _ => None,
        };
        if property.is_some() && of.is_none() && since.is_none() {
            return Err(refusal(400, "A required parameter is missing."));
        }
        let place = of.map(|id| {
            self.world
                .find(portfolio, Model::Properties, id)
                .filter(|one| self.world.sees(portfolio, key, Model::Properties, *one))
        });
        let rows = match (place, since) {
            // Changes are those of all properties.
            (_, Some(_)) | (None, None) => self.all(portfolio, key, model),
            // A property that is not there, or out of reach, has nothing.
            (Some(None), _) => Vec::new(),
            (Some(Some(property)), _) => of_property(portfolio, model, property),
        };
        let wanted = rows
            .into_iter()
            .filter(|(row, _)| since.is_none_or(|since| rows::stamp(portfolio, *row) >= since));
        let wanted: Vec<_> = wanted.collect();
        self.page(portfolio, model, &wanted, request, &query)
    }

    /// Every row that a key reaches.
    fn all(&self, portfolio: &Portfolio, key: &Key, model: Model) -> Vec<(u32, Option<u32>)> {
        let properties = portfolio
            .living(Model::Properties)
            .filter(|one| self.world.sees(portfolio, key, Model::Properties, *one));
        match model {
            Model::Properties => properties.map(|one| (one, None)).collect(),
            _ => properties
                .flat_map(|one| of_property(portfolio, model, one))
                .collect(),
        }
    }

    fn page(
        &self,
        portfolio: &Portfolio,
        model: Model,
        rows: &[(u32, Option<u32>)],
        request: &VendorRequest,
        query: &BTreeMap<String, String>,
    ) -> Result<Value, Refusal> {
        let number = |name: &str, default: usize| match query.get(name) {
            None => Ok(default),
            Some(text) => text
                .parse::<usize>()
                .map_err(|_| refusal(400, "$top and $skip are numbers.")),
        };
        let top = number("$top", MOST)?.clamp(1, MOST);
        // The number of the first row, counted from 1; 0 is taken for it.
        let mut first = number("$skip", 1)?.max(1);
        if request.repeat_page {
            first = 1;
        }
        let shown = rows.iter().skip(first - 1).take(top);
        let secret = echo(request);
        let value = shown.map(|(index, resident)| {
            let mut row = self.world.row(portfolio, model, *index);
            if let Some(resident) = resident {
                rows::add_resident(portfolio, *resident, &mut row);
            }
            if let Some(secret) = &secret {
                row.insert(rows::text_field(model).to_owned(), json!(secret));
            }
            Value::Object(row)
        });
        let value: Vec<Value> = value.collect();
        let host = request
            .headers
            .get("host")
            .and_then(|host| host.to_str().ok());
        let base = format!("http://{}{PATH}", host.unwrap_or_default());
        let api = query.get("$api").cloned().unwrap_or_default();
        let metadata = format!("{base}?$api={api}&$metadata#MRI.{}", api.to_lowercase());
        let mut answer = json!({ "odata.metadata": metadata, "value": value });
        if first - 1 + top < rows.len() {
            let mut link = format!("{base}?");
            let mut pairs = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in url::form_urlencoded::parse(request.query.as_bytes()) {
                if !name.eq_ignore_ascii_case("$top") && !name.eq_ignore_ascii_case("$skip") {
                    pairs.append_pair(&name, &value);
                }
            }
            pairs.append_pair("$top", &top.to_string());
            pairs.append_pair("$skip", &(first + top).to_string());
            link.push_str(&pairs.finish());
            answer["nextLink"] = json!(link);
        }
        Ok(answer)
    }
}

/// The rows of a property: an index, and for leases one row for each resident.
fn of_property(portfolio: &Portfolio, model: Model, property: u32) -> Vec<(u32, Option<u32>)> {
    let units = portfolio.property_units(property);
    let leases = |unit: u32| portfolio.unit_leases(unit);
    match model {
        Model::Properties => vec![(property, None)],
        Model::Units => units.map(|unit| (unit, None)).collect(),
        Model::Leases => {
            let rows = units.flat_map(leases).flat_map(|lease| {
                let residents = portfolio.lease_residents(lease);
                residents.map(move |resident| (lease, Some(resident)))
            });
            let mut rows: Vec<_> = rows.collect();
            // In the order of residents, so that those of one lease need not stand together.
            rows.sort_by_key(|(_, resident)| rows::order(portfolio, *resident));
            rows
        }
        Model::Tenants | Model::Applicants => {
            let residents = units
                .flat_map(leases)
                .flat_map(|lease| portfolio.lease_residents(lease));
            residents.map(|resident| (resident, None)).collect()
        }
    }
}

fn unauthorised() -> Refusal {
    refusal(401, "The user name or password is not valid.")
}

impl Vendor for Mri {
    fn client_of(&self, request: &VendorRequest) -> Option<String> {
        sent(request)?.0.get(2).cloned()
    }

    fn admit(&self, request: &VendorRequest) -> Result<(), Answer> {
        if !request.path.eq_ignore_ascii_case(PATH) {
            return Err(refusal(404, "Not found.").answer(request));
        }
        if request.method != "GET" {
            return Err(refusal(405, "Method not allowed.").answer(request));
        }
        match self.key(&self.world.state(), request) {
            Some(_) => Ok(()),
            None => Err(unauthorised().answer(request)),
        }
    }

    /// None is known.
    fn limits(&self) -> Vec<Limit> {
        Vec::new()
    }

    fn too_many(&self, request: &VendorRequest, _: &[Standing]) -> Answer {
        refusal(429, "Too many requests.").answer(request)
    }

    fn answer(&self, request: &VendorRequest) -> Answer {
        match self.respond(request) {
            Ok(body) => {
                let mut headers = json_headers();
                headers.extend(echo(request).map(|password| ("x-debug-sent", password)));
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
            // A customer's own server; tests give the simulator's address as the base URL.
            ("server", "https://mri.acme.example".to_owned()),
            ("clientId", CLIENT.to_owned()),
            ("databaseName", DATABASE.to_owned()),
            ("webUser", self.world.first_client.clone()),
            ("timeZone", ZONE.name().to_owned()),
            ("partnerKey", PARTNER_KEY.to_owned()),
            ("password", self.world.first_secret()),
        ])
    }

    fn truth(&self, query: &TruthQuery) -> Result<Value, String> {
        self.world.truth(query)
    }

    fn mutate(&self, operation: &Operation) -> Result<Value, String> {
        self.world.mutate(operation)
    }
}
