//! The connector against a vendor that is a closure, over fixtures written by
//! hand.

mod access;
mod mapping;
mod pages;

use portcullis_sdk::Connector;
use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{Error, Page, PageRequest, Partition, RecordKey, Response, Result};
use serde_json::{Value, json};

use crate::Mri;

const ROWS: &str = include_str!("../../fixtures/rows.json");

const SETTINGS: &str = r#"{"server":"https://vendor.example","clientId":"C1","databaseName":"DB",
    "webUser":"user","timeZone":"America/New_York"}"#;

/// The rows of a model.
fn rows(model: &str) -> Value {
    let rows: Value = serde_json::from_str(ROWS).expect("fixtures");
    rows[model].clone()
}

/// An answer with rows, and with the address of the next ones.
fn answer(rows: &Value, next: Option<&str>) -> Response {
    let mut body = json!({ "odata.metadata": "…", "value": rows });
    if let Some(next) = next {
        body["nextLink"] = json!(next);
    }
    response(200, &body.to_string())
}

/// A request for a model of the property GC01.
fn request(model: &str) -> PageRequest {
    let mut request = page_request(model);
    request.partition = (model != "properties").then(|| Partition {
        key: RecordKey::of("GC01"),
        fields: "{}".into(),
    });
    request
}

fn pull(host: &FakeHost<'_>, request: PageRequest) -> Result<Page> {
    Mri::pull(&host.context(SETTINGS), request)
}

fn ids(page: &Page) -> Vec<&str> {
    let upserts = page.batches[0].upserts.iter();
    upserts
        .map(|upsert| upsert.key.external_id.as_str())
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
