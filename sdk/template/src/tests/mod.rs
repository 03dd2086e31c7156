//! The connector without a gateway: documents from fixtures that were written
//! by hand, and whole lists from the fake vendor.

mod against_the_vendor;
mod documents;

use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{Connector, Error, Page};

use crate::AcmePmsConnector;

/// The page of a model when the vendor answers with a fixture.
fn page_of(model: &str, fixture: &str) -> Page {
    let host = FakeHost::new(|_| Ok(response(200, fixture)));
    let mut request = page_request(model);
    request.originals = true;
    AcmePmsConnector::pull(&host.context("{}"), request).expect("a page")
}

fn refusal<T>(result: Result<T, Error>) -> Error {
    result.err().expect("a refusal")
}
