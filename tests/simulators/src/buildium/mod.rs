//! A simulated Buildium.
//!
//! It answers `/v1/rentals`, `/v1/rentals/units`, `/v1/leases`, `/v1/leases/tenants` and `/v1/applicants`, each also
//! by id, `/v1/applicants/{id}/applications`, `/v1/leases/{id}/transactions` and `/v1/leases/{id}/charges`, and the lists
//! of `sheets`, which have no rows by id. What it refuses, and in which order:
//!
//! | Request | Answer |
//! | --- | --- |
//! | query of more than 4,096 characters | 500, an HTML page |
//! | path outside `/v1/` | 404 |
//! | a key header missing, unknown or deleted, or a wrong secret | 401 |
//! | more than 10 requests in a second, or 10 at once | 429, without `Retry-After` unless told |
//! | path unknown or in another case | 404 |
//! | a method other than GET | 405, or 415 with a body that is not JSON |
//! | a permission area that the key lacks | 403, naming the permission |
//! | a parameter's name in another case | 404 |
//! | a parameter's value of a wrong form / out of range | 400 / 422, with `Errors` |
//! | a record by id that is not there / out of the key's properties | 404 / 403 |

mod data;
mod keys;
mod ledger;
mod list;
mod mutate;
mod query;
mod rows;
mod sheets;
mod truth;

use crate::shared::control::{Operation, TruthQuery};
use crate::shared::json::JsonWriter;
use crate::shared::limiter::{Limit, Standing};
use crate::shared::shape;
use crate::shared::{Answer, Fields, Vendor, VendorRequest};
use data::{Data, Depth};
pub use keys::Scope;
use keys::{Key, Keys, Refusal};
use list::Orders;
use query::{CHARGE_FILTERS, Filter, ListQuery, TRANSACTION_FILTERS};
use rows::LedgerRow;
use serde_json::Value;
use shape::{Model, Shape};
use sheets::Sheet;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
pub use truth::row_digest;

/// The vendor's longest query string in characters.
const MAX_QUERY: usize = 4096;

/// The simulated vendor.
pub struct Buildium {
    state: RwLock<State>,
    orders: Orders,
    first_client: String,
}

struct State {
    data: Data,
    keys: Keys,
}

/// What a path names.
enum Resource {
    List(Model),
    One(Model, i64),
    Applications(i64),
    Transactions(i64),
    Charges(i64),
    Sheet(Sheet),
}

impl Resource {
    fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix("/v1/")?.split('/').collect();
        if let Some(sheet) = Sheet::at(&parts) {
            return Some(Self::Sheet(sheet));
        }
        let id = |text: &str| text.parse::<i32>().ok().map(i64::from);
        Some(match parts[..] {
            ["rentals"] => Self::List(Model::Properties),
            ["rentals", "units"] => Self::List(Model::Units),
            ["rentals", "units", unit] => Self::One(Model::Units, id(unit)?),
            ["rentals", property] => Self::One(Model::Properties, id(property)?),
            ["leases"] => Self::List(Model::Leases),
            ["leases", "tenants"] => Self::List(Model::Tenants),
            ["leases", "tenants", tenant] => Self::One(Model::Tenants, id(tenant)?),
            ["leases", lease, "transactions"] => Self::Transactions(id(lease)?),
            ["leases", lease, "charges"] => Self::Charges(id(lease)?),
            ["leases", lease] => Self::One(Model::Leases, id(lease)?),
            ["applicants"] => Self::List(Model::Applicants),
            ["applicants", applicant, "applications"] => Self::Applications(id(applicant)?),
            ["applicants", applicant] => Self::One(Model::Applicants, id(applicant)?),
            _ => return None,
        })
    }

    /// The permissions it takes, all of them.
    fn scopes(&self) -> &'static [Scope] {
        match self {
            Self::List(model) | Self::One(model, _) => scopes_of(*model),
            Self::Applications(_) => &[Scope::Applicants],
            Self::Transactions(_) | Self::Charges(_) => &[Scope::LeaseTransactions],
            Self::Sheet(sheet) => sheet.scopes(),
        }
    }
}

fn scopes_of(model: Model) -> &'static [Scope] {
    match model {
        Model::Properties | Model::Units => &[Scope::Rentals],
        Model::Leases => &[Scope::Leases],
        Model::Tenants => &[Scope::Tenants],
        Model::Applicants => &[Scope::Applicants],
    }
}

impl Buildium {
    /// A portfolio with one key that may view everything.
    #[must_use]
    pub fn new(shape: Shape, client_id: &str, secret: &str) -> Self {
        let key = Key {
            secret: secret.to_owned(),
            scopes: Scope::ALL.into(),
            properties: None,
        };
        Self {
            state: RwLock::new(State {
                data: Data::new(shape),
                keys: Keys::from([(client_id.to_owned(), key)]),
            }),
            orders: Orders::default(),
            first_client: client_id.to_owned(),
        }
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn respond(&self, request: &VendorRequest) -> Result<Answer, Refusal> {
        let resource = Resource::of(&request.path).ok_or_else(Refusal::not_found)?;
        if request.method != "GET" {
            let json = keys::header(&request.headers, "content-type")
                .is_some_and(|form| form.to_ascii_lowercase().starts_with("application/json"));
            return Err(if json || request.body.is_empty() {
                Refusal::new(
                    405,
                    "The requested resource does not support this HTTP method.",
                )
            } else {
                Refusal::new(415, "The content type of the request is not supported.")
            });
        }
        let state = self.state();
        // The key may have been deleted since the request was admitted.
        let key = keys::authenticated(&state.keys, &request.headers).ok_or_else(unauthorized)?;
        let mut wanted = resource.scopes().iter();
        if let Some(lacking) = wanted.find(|scope| !key.scopes.contains(*scope)) {
            return Err(Refusal::lacks(*lacking));
        }
        let data = &state.data;
        let echo = keys::echo(request);
        let echo = echo.as_deref();
        let mut headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        keys::echo_header(request, &mut headers);
        let mut writer;
        match resource {
            Resource::List(model) => {
                let query = first_page_of(
                    ListQuery::parse(&request.query, query::filters(model))?,
                    request,
                );
                let page = self.orders.page(
                    data,
                    model,
                    key.properties.as_ref(),
                    &query,
                    request.sequence,
                )?;
                headers.push(("x-total-count", page.total.to_string()));
                writer = JsonWriter::with_capacity(page.rows.len() * 2048 + 2);
                writer.open(b'[');
                for index in page.rows {
                    data.write(&mut writer, model, index, Depth::Whole, echo);
                }
                writer.close(b']');
            }
            Resource::One(model, id) => {
                let index = reach(data, key, model, id)?;
                writer = JsonWriter::default();
                data.write(&mut writer, model, index, Depth::Whole, echo);
            }
            Resource::Applications(id) => {
                let applicant = reach(data, key, Model::Applicants, id)?;
                let query = first_page_of(ListQuery::parse(&request.query, &[])?, request);
                let mut rows: Vec<u32> = (0..data.applications(applicant)).collect();
                sort_children(&mut rows, &query, |row| {
                    data.application_id(applicant, *row)
                })?;
                writer = JsonWriter::default();
                write_children(&mut writer, &mut headers, &rows, &query, |writer, row| {
                    data.write_application(writer, applicant, *row, echo);
                });
            }
            Resource::Sheet(sheet) => {
                let query =
                    first_page_of(ListQuery::parse(&request.query, sheet.filters())?, request);
                let page = sheets::page(&self.orders, data, sheet, key, &query, request.sequence)?;
                headers.push(("x-total-count", page.total.to_string()));
                writer = JsonWriter::default();
                writer.open(b'[');
                for index in page.rows {
                    let row = data.sheet_row(sheet, index, echo);
                    writer.raw(Value::Object(row).to_string().as_bytes());
                }
                writer.close(b']');
            }
            Resource::Transactions(id) | Resource::Charges(id) => {
                let lease = reach(data, key, Model::Leases, id)?;
                let charges = matches!(resource, Resource::Charges(_));
                let known = if charges {
                    CHARGE_FILTERS
                } else {
                    TRANSACTION_FILTERS
                };
                let query = first_page_of(ListQuery::parse(&request.query, known)?, request);
                let mut rows = data.ledger_of(lease);
                rows.retain(|row| (!charges || row.kind == "Charge") && in_ledger(row, &query));
                sort_children(&mut rows, &query, |row| row.id)?;
                writer = JsonWriter::default();
                write_children(&mut writer, &mut headers, &rows, &query, |writer, row| {
                    if charges {
                        data.write_charge(writer, row, echo)
                    } else {
                        data.write_transaction(writer, lease, row, echo)
                    }
                });
            }
        }
        Ok(Answer {
            status: 200,
            headers,
            body: writer.into_bytes(),
        })
    }
}

fn unauthorized() -> Refusal {
    Refusal::new(401, "The API key is missing or not valid.")
}

fn first_page_of(mut query: ListQuery, request: &VendorRequest) -> ListQuery {
    if request.repeat_page {
        query.offset = 0;
    }
    query
}

/// The living row with an id, if the key's properties reach it.
fn reach(data: &Data, key: &Key, model: Model, id: i64) -> Result<u32, Refusal> {
    let index = data.find(model, id).ok_or_else(Refusal::not_found)?;
    if data.visible(model, index, key.properties.as_ref()) {
        Ok(index)
    } else {
        Err(Refusal::new(
            403,
            "The API key does not have access to the requested entity.",
        ))
    }
}

fn in_ledger(row: &LedgerRow<'_>, query: &ListQuery) -> bool {
    let mut types = query
        .filters
        .iter()
        .filter(|(name, _)| *name == "transactiontypes")
        .peekable();
    let typed = types.peek().is_none()
        || types.any(|(_, value)| *value == Filter::Text(row.kind.clone().into_owned()));
    typed
        && query
            .filters
            .iter()
            .all(|(name, value)| match (*name, value) {
                ("transactiondatefrom", Filter::Number(from)) => row.day >= *from,
                ("transactiondateto", Filter::Number(to)) => row.day <= *to,
                // Charges here come from rent, not from bills.
                ("billids", _) => false,
                _ => true,
            })
}

/// Small lists below a record are ordered by id, ascending unless told; other fields are refused.
fn sort_children<T>(
    rows: &mut [T],
    query: &ListQuery,
    id: impl Fn(&T) -> i64,
) -> Result<(), Refusal> {
    // The default is the latest first, so that it is not what a reader of ids expects.
    let descends = match query.order.first() {
        None => true,
        Some((field, descends)) if field.eq_ignore_ascii_case("Id") => *descends,
        Some((field, _)) => {
            return Err(Refusal::of(
                422,
                "orderby",
                format!("'{field}' is not a field to order by."),
            ));
        }
    };
    rows.sort_by_key(|row| if descends { -id(row) } else { id(row) });
    Ok(())
}

fn write_children<T>(
    writer: &mut JsonWriter,
    headers: &mut Vec<(&'static str, String)>,
    rows: &[T],
    query: &ListQuery,
    write: impl Fn(&mut JsonWriter, &T),
) {
    headers.push(("x-total-count", rows.len().to_string()));
    writer.open(b'[');
    for row in rows.iter().skip(query.offset).take(query.limit) {
        write(writer, row);
    }
    writer.close(b']');
}

impl Vendor for Buildium {
    fn client_of(&self, request: &VendorRequest) -> Option<String> {
        keys::header(&request.headers, keys::CLIENT_ID).map(str::to_owned)
    }

    fn admit(&self, request: &VendorRequest) -> Result<(), Answer> {
        if request.query.len() > MAX_QUERY {
            let body = b"<!DOCTYPE html><html><head><title>Runtime Error</title></head><body></body></html>".to_vec();
            let headers = vec![("content-type", "text/html; charset=utf-8".to_owned())];
            return Err(Answer {
                status: 500,
                headers,
                body,
            });
        }
        if !request.path.starts_with("/v1/") {
            return Err(Refusal::not_found().answer(request));
        }
        match keys::authenticated(&self.state().keys, &request.headers) {
            Some(_) => Ok(()),
            None => Err(unauthorized().answer(request)),
        }
    }

    fn limits(&self) -> Vec<Limit> {
        vec![crate::DOCUMENTED_LIMIT]
    }

    fn too_many(&self, request: &VendorRequest, _: &[Standing]) -> Answer {
        Refusal::new(429, "Too many requests. Slow down and try again.").answer(request)
    }

    fn answer(&self, request: &VendorRequest) -> Answer {
        self.respond(request)
            .unwrap_or_else(|refusal| refusal.answer(request))
    }

    fn fields(&self) -> Fields {
        let keys = &self.state().keys;
        let secret = keys.get(&self.first_client).map(|key| key.secret.clone());
        Fields::from([
            ("clientId", self.first_client.clone()),
            ("secret", secret.unwrap_or_default()),
        ])
    }

    fn truth(&self, query: &TruthQuery) -> Result<Value, String> {
        let state = self.state();
        let client_id = query.client_id.as_deref().unwrap_or(&self.first_client);
        let key = state
            .keys
            .get(client_id)
            .ok_or_else(|| format!("no key with client id {client_id}"))?;
        Ok(truth::truth(
            &state.data,
            client_id,
            key,
            query.ids == Some(1),
            query.digest == Some(1),
            query.all == Some(1),
        ))
    }

    fn mutate(&self, operation: &Operation) -> Result<Value, String> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        mutate::apply(&mut state, &self.first_client, operation)
    }
}
