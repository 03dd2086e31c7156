//! The connector against a vendor that is a closure, over fixtures written by
//! hand.

mod access;
mod mapping;
mod pages;

use portcullis_sdk::Connector;
use portcullis_sdk::testing::{FakeHost, call_context, page_request, response};
use portcullis_sdk::{Context, Error, Page, PageRequest, Partition, RecordKey, Response, Result};
use serde_json::{Value, json};

use crate::Entrata;

const RESULTS: &str = include_str!("../../fixtures/results.json");

/// The result of the method that brings a model.
fn result(model: &str) -> Value {
    let results: Value = serde_json::from_str(RESULTS).expect("fixtures");
    results[model].clone()
}

/// An answer in its envelope.
fn answer(result: &Value) -> Response {
    let body = json!({ "response": { "requestId": "1", "code": 200, "result": result } });
    response(200, &body.to_string())
}

/// An error in its envelope.
fn error(status: u16, code: &Value) -> Response {
    let body = json!({ "response": { "error": { "code": code, "message": "No." } } });
    response(status, &body.to_string())
}

/// A context with an API key.
fn keyed<'h>(host: &'h FakeHost<'h>) -> Context<'h> {
    let mut call = call_context(r#"{"org":"acme"}"#);
    call.secrets = vec!["apiKey".into()];
    Context::new(call, host)
}

/// A request for a model of the property 11.
fn request(model: &str) -> PageRequest {
    let mut request = page_request(model);
    request.partition = (model != "properties").then(|| Partition {
        key: RecordKey::of("11"),
        fields: "{}".into(),
    });
    request
}

fn pull(host: &FakeHost<'_>, request: PageRequest) -> Result<Page> {
    Entrata::pull(&keyed(host), request)
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
