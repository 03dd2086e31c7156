//! The connector against a vendor that is a closure, over fixtures written by
//! hand.

mod access;
mod further;
mod pages;

use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{Connector, Error, Page};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Pinegrove;

const RECORDS: &str = include_str!("../../fixtures/records.json");

/// The records of a collection.
fn records(collection: &str) -> Value {
    let records: Value = serde_json::from_str(RECORDS).expect("fixtures");
    records[collection].clone()
}

/// An answer to a search.
fn found(items: &Value, next: Option<&str>) -> String {
    let total = items.as_array().map(Vec::len);
    json!({ "items": items, "next_cursor": next, "total": total }).to_string()
}

/// The only page of a collection.
fn pull_all(collection: &str) -> Page {
    let body = found(&records(collection), None);
    let host = FakeHost::new(|_| Ok(response(200, &body)));
    let mut request = page_request(collection);
    request.originals = true;
    Pinegrove::pull(&host.context("{}"), request).expect("a page")
}

/// The documents of a page, read back as the model that they are.
fn documents<T: DeserializeOwned>(page: &Page) -> Vec<T> {
    let upserts = page.batches[0].upserts.iter();
    upserts
        .map(|upsert| serde_json::from_str(&upsert.payload).expect("a document"))
        .collect()
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
