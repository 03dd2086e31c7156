//! `connector.toml`: all that is static about a connector, and what it asks to be allowed.
//!
//! [`Manifest::parse`] reads the text and refuses, with a code, a key and a sentence, whatever contradicts itself.
//! A parsed manifest answers what the host asks of it: which address, which hosts, which of the customer's values
//! are secrets. [`Grants`] is what an operator approves, and [`Grants::difference`] what a newer version wants
//! beyond it. The JSON Schema of the file is `manifest.schema.json` beside this crate's sources.

mod check;
mod credentials;
mod duration;
mod error;
mod field;
mod grants;
mod host;
mod hosts;
mod limits;
mod manifest;
mod model;

pub use credentials::{FieldProblem, SplitFields};
pub use error::ManifestError;
pub use field::{Field, FieldFormat, FieldKind, Group};
pub use grants::{Difference, Grants, LimitGrant, SecretGrant, Widening};
pub use hosts::Egress;
pub use limits::{Budget, Limit, LimitScope, Minting, Session, SessionSecret};
pub use manifest::{Access, Address, Environment, Manifest, manifest_schema};
pub use model::{Deletes, Incremental, Model, Paging, PartitionedBy, UniqueWithin};
pub use semver::Version;
