//! Figures of the engine beside what the same Postgres can take at most, and of the API beside what could stand in its
//! place.
//!
//! Everything is counted from outside of the gateway: rows by Postgres, requests by the vendor, time by the clock, memory
//! and processor time by the system. Only the time inside guests is the gateway's own word.

pub mod api;
pub mod ceiling;
pub mod fair;
pub mod figure;
pub mod limit;
pub mod process;
pub mod sync;
pub mod ways;
