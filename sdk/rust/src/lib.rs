//! What a Rust connector for Portcullis depends on, and nothing else.
//!
//! A connector is a type that implements [`Connector`] (and
//! [`SessionConnector`] where the vendor wants a log-in), made into a
//! component by [`export_connector!`]:
//!
//! ```
//! use portcullis_sdk::{
//!     Connector, Context, Identity, Page, PageRequest, ProbeRequest, Request, Result, Verdict,
//! };
//!
//! struct Acme;
//!
//! impl Connector for Acme {
//!     fn validate(ctx: &Context<'_>) -> Result<Identity> {
//!         Request::get(ctx.url("/v1/ping"))
//!             .secret_header("x-api-key", "apiKey")
//!             .send(ctx)?
//!             .accepted()?;
//!         Ok(Identity::default())
//!     }
//!
//!     fn probe(_ctx: &Context<'_>, _request: ProbeRequest) -> Result<Verdict> {
//!         Ok(Verdict::Unsupported)
//!     }
//!
//!     fn pull(_ctx: &Context<'_>, _request: PageRequest) -> Result<Page> {
//!         Ok(Page::end(None))
//!     }
//! }
//!
//! portcullis_sdk::export_connector!(Acme);
//! # fn main() {}
//! ```
//!
//! `cargo build --target wasm32-wasip2` gives the finished file. On a native
//! target the same code compiles and runs against [`testing::FakeHost`].
//!
//! # What is here
//!
//! * requests with secrets named, never held: [`Request`], [`Response`];
//! * failures as reactions, with the vendor's own words: [`Error`], where `?`
//!   turns an [`HttpError`] into `reaction.transport`;
//! * amounts without floats: [`Cents`], [`Number`];
//! * plain dates and UTC instants: [`dates`], and the `timezones` feature;
//! * text borrowed from the answer: [`Text`];
//! * rows of which a malformed one costs itself: [`rows`], and their values:
//!   [`fields`];
//! * paging: [`paging`], and pages that end before they are too large:
//!   [`Filler`];
//! * the unified model: [`model`];
//! * an allocator for calls of milliseconds: the feature `allocator`, on unless
//!   it is turned off, for connectors that bring one of their own.

pub mod bindings;
mod connector;
mod context;
pub mod dates;
mod decimal;
mod error;
mod export;
pub mod fields;
mod fill;
#[cfg(any(all(target_arch = "wasm32", feature = "allocator"), test))]
mod memory;
mod page;
pub mod paging;
mod request;
mod response;
pub mod rows;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod text;
#[cfg(feature = "timezones")]
pub mod timezones;

pub use bindings::exports::portcullis::connector::access::{
    Finding, ProbeRequest, Restriction, Verdict,
};
pub use bindings::exports::portcullis::connector::credentials::Identity;
pub use bindings::exports::portcullis::connector::sync::{
    Batch, Next, Omission, Page, PageRequest, Partition, Span, Tombstone, Upsert, Window,
};
pub use bindings::portcullis::connector::http::{
    BodyCredential, Capture, Credential, Encoding, Escaping, Hash, HmacCredential, Lifetime,
    Method, Response, Source, Text as CredentialText, TimeUnit,
};
pub use bindings::portcullis::connector::log::Level;
pub use bindings::portcullis::connector::types::{
    CallContext, Error, FieldProblem, HttpError, RateLimit, Reaction, RecordKey,
};
pub use connector::{Connector, Exported, SessionConnector};
pub use context::{Context, Host};
pub use decimal::{AmountError, Cents, Number};
pub use fill::Filler;
pub use page::PayloadWriter;
pub use request::Request;
pub use text::Text;

/// The unified model: the documents that a connector's payloads are.
pub use portcullis_model as model;
/// The version of `serde` that this crate's types speak.
pub use serde;
/// The version of `serde_json` that this crate's types speak.
pub use serde_json;

/// What a call of a connector comes to.
pub type Result<T, E = Error> = std::result::Result<T, E>;
