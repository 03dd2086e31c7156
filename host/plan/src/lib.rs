//! What a sync reads and when the next one comes: pure functions, for whoever starts syncs.
//!
//! The service starts syncs because somebody asks, the scheduler because their time has come. Both ask here which runs
//! a sync has, so that it makes no difference who started it. Nothing here reads a clock or a database.

mod cadence;
mod runs;

pub use cadence::{Cadence, CadenceError, Clock, EVERY_MAX_S, EVERY_MIN_S, last_end, next_time};
pub use runs::{Due, Given, ModelFacts, Plan, Skipped, Wish, due_models, models_of, plan};
