//! The router as callers meet it, on a real Postgres. No worker runs: the tests do its part through the store.

mod actions;
mod audit;
mod auth;
mod cache;
mod changes;
mod errors;
mod events;
mod matrix;
mod pages;
mod path;
mod reference;
mod refused;
mod support;
mod upkeep;
