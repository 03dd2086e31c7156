//! The connector against a vendor that is a closure, over fixtures written by
//! hand.

mod access;
mod charges;
mod mapping;
mod paging;

use portcullis_sdk::testing::{FakeHost, call_context, page_request, response};
use portcullis_sdk::{Connector, Context, Error, Page, PageRequest, Partition, RecordKey};
use serde::de::DeserializeOwned;

use crate::YardiVoyager;

const CHARGES: &str = include_str!("../../fixtures/charges.xml");
const PROPERTIES: &str = include_str!("../../fixtures/properties.xml");
const RESIDENTS: &str = include_str!("../../fixtures/residents.xml");
const UNITS: &str = include_str!("../../fixtures/units.xml");

const SETTINGS: &str = r#"{"url":"https://vendor.example","username":"ws & co","serverName":"aspdb04",
    "database":"live","platform":"SQL Server","interfaceEntity":"Portcullis"}"#;

/// A call of an integration with these licences.
fn context<'a>(host: &'a FakeHost<'_>, licences: &[&str]) -> Context<'a> {
    let mut call = call_context(SETTINGS);
    call.secrets = vec!["password".to_owned()];
    call.secrets
        .extend(licences.iter().map(|licence| (*licence).to_owned()));
    Context::new(call, host)
}

const ALL: [&str; 3] = [
    "residentDataLicense",
    "guestCardLicense",
    "residentTransactionsLicense",
];

/// A request for a model of the property `maple`.
fn of_maple(model: &str) -> PageRequest {
    let mut request = page_request(model);
    request.partition = Some(Partition {
        key: RecordKey::of("maple"),
        fields: "{}".into(),
    });
    request
}

/// The only page of a request, with originals.
fn pull(mut request: PageRequest, body: &str) -> Page {
    let host = FakeHost::new(|_| Ok(response(200, body)));
    request.originals = true;
    YardiVoyager::pull(&context(&host, &ALL), request).expect("a page")
}

/// The documents of a batch, read back as the model that they are.
fn documents<T: DeserializeOwned>(page: &Page, batch: usize) -> Vec<T> {
    let upserts = page.batches[batch].upserts.iter();
    upserts
        .map(|upsert| serde_json::from_str(&upsert.payload).expect("a document"))
        .collect()
}

/// A document of messages in place of a method's result.
fn messages(method: &str, text: &str) -> String {
    format!(
        "<Envelope><Body><{method}Response><{method}Result><Messages xmlns=\"\"><Message messageType=\"Error\">{text}\
         </Message></Messages></{method}Result></{method}Response></Body></Envelope>"
    )
}

fn refusal(result: Result<impl Sized, Error>) -> Error {
    match result {
        Ok(_) => panic!("it was accepted"),
        Err(error) => error,
    }
}
