//! The store against a real Postgres.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod claim;
mod commit;
mod connectors;
mod integrations;
mod keys;
mod lease;
mod limiter;
mod migrations;
mod read;
mod schedule;
mod session;
mod state;
mod vault;
mod views;
mod world;
