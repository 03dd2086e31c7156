//! Faults on purpose: real gateways, a real Postgres and a simulated vendor are killed, stopped, cut off, restarted and
//! lied to, and after every case one [`oracle`] asks whether the invariants of the data still hold.
//!
//! A [`stage::Stage`] is what a case plays on: a Postgres of its own, a vendor, one to three gateways on the same
//! database. A case is a function that plays on a stage with a seed and gives a [`report::Finding`]. Nothing here trusts
//! the gateway's own words: the oracle compares the tables with the vendor's truth and with the vendor's ledger of
//! requests, and reads a [`history`] that a trigger in the database wrote.

pub mod bench;
pub mod cases;
pub mod connector;
pub mod history;
pub mod http;
pub mod oracle;
pub mod replica;
pub mod report;
pub mod stage;
pub mod truth;
