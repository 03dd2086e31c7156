//! Runs connectors: WebAssembly components behind the contract of `wit/`, each call in
//! an instance of its own.
//!
//! * [`inspect`] is the install gate up to compilation, and runs nothing of the file.
//! * [`Runtime`] compiles in a child process, keeps the code in a cache that only this
//!   host can have written, and makes a [`Loaded`] connector of a [`Candidate`].
//! * A [`Loaded`] connector takes a [`Call`] with its egress session and its [`Limits`],
//!   and answers a [`CallOutcome`]: the value or one typed [`CallError`], with what the
//!   call cost either way.
//! * [`Registry`] is where serving connectors are found, and swapped while calls run.
//! * [`watch`] notices new files in a folder.
//!
//! What is deliberately not here: no database, no URL policy and no credential (the
//! [`portcullis_egress::Session`] brings those), and no decision what to do about a
//! failure.
//!
//! Architecture invariants: an instance is never used for a second call, nor after an
//! error; every limit ends in a typed error; machine code is loaded in one place only.

mod account;
mod cache;
mod call;
mod compile;
pub mod contract;
mod convert;
#[cfg(feature = "memory-dump")]
mod dump;
mod ending;
mod engine;
mod gate;
mod guest_log;
mod limits;
mod loaded;
mod metrics;
mod refusal;
mod registry;
mod runtime;
mod section;
mod state;
pub mod watch;

pub use call::{Call, CallError, CallOutcome, CallReport};
pub use compile::{CompilerCommand, compile_child};
pub use gate::{Candidate, MAX_COMPONENT_BYTES, inspect};
pub use guest_log::{Discard, GuestLog, Level};
pub use limits::{LimitKind, Limits};
pub use loaded::Loaded;
pub use refusal::{Refusal, RefusalCode};
pub use registry::Registry;
pub use runtime::{Runtime, RuntimeConfig, StartError};
pub use section::{MANIFEST_SECTION, manifest_section, pack};
pub use tokio_util::sync::CancellationToken;
