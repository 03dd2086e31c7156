//! The connector against a vendor that is a closure, over fixtures written by
//! hand.

mod access;
mod mapping;
mod paging;

use portcullis_sdk::testing::{FakeHost, call_context, page_request, response};
use portcullis_sdk::{Connector, Context, Error, Page, Response};
use serde::de::DeserializeOwned;

use crate::RentManager;

const PROPERTIES: &str = include_str!("../../fixtures/properties.json");
const UNITS: &str = include_str!("../../fixtures/units.json");
const LEASES: &str = include_str!("../../fixtures/leases.json");
const TENANTS: &str = include_str!("../../fixtures/tenants.json");

const CHARGES: &str = include_str!("../../fixtures/charges.json");

/// Each model with the fixture of its collection.
const ALL: [(&str, &str); 5] = [
    ("properties", PROPERTIES),
    ("units", UNITS),
    ("leases", LEASES),
    ("residents", TENANTS),
    ("resident_charges", CHARGES),
];

const SETTINGS: &str = r#"{"companyCode":"simco","username":"ada \"x\"","locationId":"7"}"#;

/// A call of an integration with these secrets.
fn context<'a>(host: &'a FakeHost<'_>, secret: &str) -> Context<'a> {
    let mut call = call_context(SETTINGS);
    call.secrets = vec![secret.to_owned()];
    Context::new(call, host)
}

/// An answer with headers.
fn with(mut answer: Response, headers: &[(&str, &str)]) -> Response {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    answer.headers.extend(headers);
    answer
}

/// The only page of a collection, with originals.
fn pull_all(model: &str, body: &str) -> Page {
    let host = FakeHost::new(|_| Ok(response(200, body)));
    let mut request = page_request(model);
    request.originals = true;
    RentManager::pull(&context(&host, "password"), request).expect("a page")
}

/// The documents of a page, read back as the model that they are.
fn documents<T: DeserializeOwned>(page: &Page) -> Vec<T> {
    let upserts = page.batches[0].upserts.iter();
    upserts
        .map(|upsert| serde_json::from_str(&upsert.payload).expect("a document"))
        .collect()
}

fn refusal(result: Result<impl Sized, Error>) -> Error {
    match result {
        Ok(_) => panic!("it was accepted"),
        Err(error) => error,
    }
}
