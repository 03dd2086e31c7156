//! The way out, from the outside: pure parts by property, the rest against real servers on this machine.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod address;
mod captures;
mod credentials;
mod masking;
mod network;
mod policy;
mod server;
mod transfer;
mod window;
mod world;
