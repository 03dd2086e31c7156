//! What every simulated vendor shares: seeded data, the ledger of requests, faults, rate limits, the listener and
//! the control plane.

pub mod control;
mod endless;
pub mod faults;
pub mod json;
pub mod ledger;
pub mod limiter;
pub mod pace;
pub mod portfolio;
pub mod seed;
pub mod server;
pub mod shape;
mod spoil;
pub mod tls;
pub mod words;
pub mod world;

use http::HeaderMap;
use limiter::{Limit, Standing};
use serde_json::Value;
use std::collections::BTreeMap;

/// One request as a vendor sees it, read whole.
#[derive(Default)]
pub struct VendorRequest {
    /// Method in upper case.
    pub method: String,
    /// Path without the query, undecoded.
    pub path: String,
    /// Query without the question mark, undecoded; empty when there is none.
    pub query: String,
    /// Request headers.
    pub headers: HeaderMap,
    /// Request body.
    pub body: bytes::Bytes,
    /// Number of the request since the start, from 1.
    pub sequence: u64,
    /// A fault asks for the first page again, whatever page was asked for.
    pub repeat_page: bool,
    /// The simulator gives the secrets it was sent back in headers, error texts and records.
    pub echo_secrets: bool,
}

/// A vendor's answer before latency and faults.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Response headers beyond length and date.
    pub headers: Vec<(&'static str, String)>,
    /// Body bytes.
    pub body: Vec<u8>,
}

/// What the control plane can ask a vendor to change; the rest of a mutation concerns the listener.
pub use control::Operation;

/// What a customer would type into the connector's form, by the names of the manifest's fields.
pub type Fields = BTreeMap<&'static str, String>;

/// One simulated vendor: pure functions over its state, called by the listener and by the control plane.
pub trait Vendor: Send + Sync + 'static {
    /// The client that a request claims to come from; written to the ledger as it is, so never a secret.
    fn client_of(&self, request: &VendorRequest) -> Option<String>;

    /// Lets a request in, or gives the refusal that comes before any rate limit.
    ///
    /// # Errors
    /// The vendor's refusal, ready to be sent.
    fn admit(&self, request: &VendorRequest) -> Result<(), Answer>;

    /// The limits that the vendor documents, each counted for itself.
    fn limits(&self) -> Vec<Limit>;

    /// What a request is counted under; the client unless the vendor has a limit for each method, say. Nothing means
    /// that it is not counted.
    fn counted_under(&self, request: &VendorRequest) -> Option<String> {
        Some(self.client_of(request).unwrap_or_default())
    }

    /// Headers about the limits, for vendors that send any with each answer.
    fn limit_headers(&self, standings: &[Standing]) -> Vec<(&'static str, String)> {
        let _ = standings;
        Vec::new()
    }

    /// The answer to a client that asked too often, without the headers about the limits.
    fn too_many(&self, request: &VendorRequest, standings: &[Standing]) -> Answer;

    /// The answer to an admitted request.
    fn answer(&self, request: &VendorRequest) -> Answer;

    /// Good settings and credentials for the portfolio.
    fn fields(&self) -> Fields;

    /// What a careful client with these credentials must end up with, computed without looking at what was served.
    ///
    /// # Errors
    /// A sentence for the test's author.
    fn truth(&self, query: &control::TruthQuery) -> Result<Value, String>;

    /// Applies one change of records or keys; answers what was made.
    ///
    /// # Errors
    /// A sentence for the test's author.
    fn mutate(&self, operation: &Operation) -> Result<Value, String>;
}
