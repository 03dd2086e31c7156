//! The connector against a vendor that is a closure, over fixtures written by
//! hand.

mod access;
mod mapping;
mod paging;

use portcullis_sdk::model::Date;
use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{Connector, Error, Page};
use serde::de::DeserializeOwned;

use crate::AppFolio;

const PROPERTIES: &str = include_str!("../../fixtures/properties.json");
const UNITS: &str = include_str!("../../fixtures/units.json");
const LEASES: &str = include_str!("../../fixtures/leases.json");
const TENANTS: &str = include_str!("../../fixtures/tenants.json");
const LEADS: &str = include_str!("../../fixtures/leads.json");
const APPLICATIONS: &str = include_str!("../../fixtures/applications.json");

/// Each model with the fixture of its list.
const ALL: [(&str, &str); 6] = [
    ("properties", PROPERTIES),
    ("units", UNITS),
    ("leases", LEASES),
    ("residents", TENANTS),
    ("applicants", LEADS),
    ("applications", APPLICATIONS),
];

/// The only page of a list, with originals.
fn pull_all(model: &str, body: &str) -> Page {
    let host = FakeHost::new(|_| Ok(response(200, body)));
    let mut request = page_request(model);
    request.originals = true;
    AppFolio::pull(&host.context("{}"), request).expect("a page")
}

/// The documents of a page, read back as the model that they are.
fn documents<T: DeserializeOwned>(page: &Page) -> Vec<T> {
    let upserts = page.batches[0].upserts.iter();
    upserts
        .map(|upsert| serde_json::from_str(&upsert.payload).expect("a document"))
        .collect()
}

/// The keys of the records that could not be read.
fn lost(page: &Page) -> Vec<Option<&str>> {
    let omissions = page.batches[0].omissions.iter();
    omissions
        .map(|omission| omission.key.as_ref().map(|key| key.external_id.as_str()))
        .collect()
}

fn day(text: &str) -> Option<Date> {
    Some(text.parse().expect("a date"))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn refusal(result: Result<impl Sized, Error>) -> Error {
    match result {
        Ok(_) => panic!("it was accepted"),
        Err(error) => error,
    }
}
