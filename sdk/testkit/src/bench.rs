//! Who makes the calls.

use futures_util::future::BoxFuture;
use portcullis_manifest::Manifest;
use portcullis_runtime::CallOutcome;
use portcullis_runtime::contract::{Identity, Page, PageRequest, ProbeRequest, Verdict};
use secrecy::SecretString;

use crate::wire::{Lines, Wire};

/// With whose credentials a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The ones that were given.
    Customer,
    /// Others of the same form, that the vendor has never seen.
    Stranger,
}

/// Calls one component against one vendor, under sessions where it logs in.
///
/// Every request must go by way of [`Bench::wire`], every line of the component's log to [`Bench::lines`].
pub trait Bench: Send + Sync {
    /// The component's manifest.
    fn manifest(&self) -> &Manifest;

    /// What sits between the component and the vendor.
    fn wire(&self) -> &Wire;

    /// What the component says.
    fn lines(&self) -> &Lines;

    /// The secrets of one of them.
    fn secrets(&self, holder: Holder) -> Vec<SecretString>;

    /// Are the credentials good?
    fn validate(&self, holder: Holder) -> BoxFuture<'_, CallOutcome<Identity>>;

    /// What can they read of a model?
    fn probe(&self, holder: Holder, request: ProbeRequest) -> BoxFuture<'_, CallOutcome<Verdict>>;

    /// One page.
    fn pull(&self, holder: Holder, request: PageRequest) -> BoxFuture<'_, CallOutcome<Page>>;
}
