//! The store against a real Postgres.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod cancelled;
mod claim;
mod commit;
mod connectors;
mod deletes;
mod doubts;
mod failures;
mod feed;
mod integrations;
mod keys;
mod keyset;
mod last_seen;
mod lease;
mod limiter;
mod migrations;
mod partitions;
mod read;
mod resuming;
mod schedule;
mod session;
mod shifts;
mod state;
mod statistics;
mod vault;
mod views;
mod world;
