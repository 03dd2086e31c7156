//! The connector against a vendor that is a closure, over fixtures written by
//! hand.

mod access;
mod ledger;
mod mapping;
mod paging;
mod tier_two;

use portcullis_sdk::model::Date;
use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{Connector, Error, Page, Response};
use serde::de::DeserializeOwned;

use crate::Buildium;

const RENTALS: &str = include_str!("../../fixtures/rentals.json");
const UNITS: &str = include_str!("../../fixtures/units.json");
const LEASES: &str = include_str!("../../fixtures/leases.json");
const TENANTS: &str = include_str!("../../fixtures/tenants.json");
const APPLICANTS: &str = include_str!("../../fixtures/applicants.json");

/// An answer with a total.
fn listed(body: &str, total: u64) -> Response {
    let mut listed = response(200, body);
    listed
        .headers
        .push(("x-total-count".into(), total.to_string()));
    listed
}

/// The only page of a list.
fn pull_all(model: &str, companions: &[&str], body: &str) -> Page {
    let rows: Vec<serde_json::Value> = serde_json::from_str(body).expect("a fixture");
    let host = FakeHost::new(|_| Ok(listed(body, rows.len() as u64)));
    let mut request = page_request(model);
    request.companions = companions.iter().map(|name| (*name).to_owned()).collect();
    request.originals = true;
    Buildium::pull(&host.context("{}"), request).expect("a page")
}

/// The documents of a batch, read back as the model that they are.
fn documents<T: DeserializeOwned>(page: &Page, batch: usize) -> Vec<T> {
    let upserts = page.batches[batch].upserts.iter();
    upserts
        .map(|upsert| serde_json::from_str(&upsert.payload).expect("a document"))
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
