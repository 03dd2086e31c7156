//! The worker: what turns queued work into calls to connectors, and pages into committed rows.
//!
//! * [`Worker`] claims access checks and runs, and keeps their leases.
//! * [`access::check`] finds out what credentials can read; the command line uses it without a database.
//! * [`ConnectorFolder`] takes connectors from the watched folder, past the approval, to the registry.
//! * [`reaction::decide`] is the whole policy for failed calls.
//!
//! Architecture invariants: no database connection or transaction is held across a guest call. `succeeded`
//! needs an end marker from the connector *and* a committed final cursor; every other way out of a run is
//! another word by construction.

pub mod access;
mod assembly;
mod caller;
mod check;
mod closing;
mod connectors;
pub mod document;
mod feed;
mod guards;
mod ids;
mod leaving;
mod limiter;
mod log;
pub mod plan;
pub mod reaction;
mod run;
mod schedule;
mod session;
mod span;
mod starting;
mod sync_log;
mod unit;
mod worker;

pub use caller::{Caller, CallerError, Egress, FingerprintKey, Target};
pub use connectors::ConnectorFolder;
pub use guards::Caps;
pub use ids::RecordIds;
pub use limiter::SharedLimiter;
pub use session::{LocalSessions, SessionBook, Sessions, StoredSessions};
pub use worker::{Worker, WorkerConfig, WorkerDeps};
