//! The store against a real Postgres.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod commit;
mod connectors;
mod integrations;
mod keys;
mod lease;
mod migrations;
mod read;
mod state;
mod vault;
mod views;
mod world;
