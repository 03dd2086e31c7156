//! The router as callers meet it, on a real Postgres. No worker runs: the tests do its part through the store.

mod actions;
mod audit;
mod auth;
mod cache;
mod cache_forms;
mod cache_replicas;
mod changes;
mod deprecation;
mod errors;
mod events;
mod examples;
mod expand;
mod idempotency;
mod keys;
mod limits;
mod matrix;
mod pages;
mod path;
mod reference;
mod refused;
mod scopes;
mod support;
mod upkeep;
mod users;
