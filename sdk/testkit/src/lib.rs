//! The conformance suite: does a connector keep the contract, whichever vendor it speaks to?
//!
//! [`examine`] drives one component against one address and judges [`Clause`]s. The component runs in the gateway's own
//! runtime, behind the gateway's own egress; a [`Bench`] makes its calls, and a [`Wire`] sits between egress and vendor.
//! The wire writes down what is asked and answered, plays answers back, and changes them on the way: a word that no
//! enumeration knows, a refusal, a page that breaks off. So the vendor need not be one that can be told what to do.
//!
//! A clause that cannot be judged against a vendor says so, with the reason, and is never passed for that.
//!
//! What is deliberately not here: loading components, credentials, log-ins. `portcullis connector test` brings those.

mod alter;
mod bench;
mod clause;
mod examine;
mod examiner;
mod incremental;
mod keep;
mod manners;
#[cfg(test)]
mod page;
mod pages;
mod pass;
mod payload;
mod wire;

pub use bench::{Bench, Holder};
pub use clause::{Clause, Judgement, Outcome, Report};
pub use examine::{Examined, examine};
pub use wire::{Lines, Wire};
