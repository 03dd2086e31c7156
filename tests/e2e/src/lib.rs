//! The gateway as a process, over HTTP, against simulators and a real Postgres.
//!
//! One type a boundary: [`Gateway`] is the process, [`Client`] its HTTP interface, [`Vendor`] a simulator with its
//! control plane, [`Items`] the vendor of the test connectors. Everything listens on loopback, on free ports, and
//! ends with the test.

mod artefacts;
mod client;
mod collector;
mod gateway;
mod items;
mod vendor;

pub use artefacts::{component, connectors, pack, program};
pub use client::{Answer, Client};
pub use collector::{Collector, Span};
pub use gateway::{Gateway, Replica, Start};
pub use items::{ITEMS_KEY, Items, Size};
pub use portcullis_test_postgres::TestDatabase;
pub use vendor::{VENDORS, Vendor};

use std::time::{Duration, Instant};

/// How long a test waits for something that should happen soon: the machine may be busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is a value.
///
/// # Panics
///
/// When there is none within [`PATIENCE`], saying what was waited for.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(value) = ask().await {
            return value;
        }
        assert!(begin.elapsed() < PATIENCE, "still waiting for this: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
