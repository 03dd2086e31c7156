//! What a worker holds: signs of life, and giving way to others.

use super::{POLL, Shared};
use crate::run::Signals;
use portcullis_store::{Heartbeat, RunLease, Sabotage, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a run goes on while others wait for room. It is given back between two pages and goes on from there when all
/// others had their turn, so that a large integration never holds up the small ones.
const TURN: Duration = Duration::from_secs(5);

/// A run that this worker holds.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) lease: RunLease,
    pub(super) signals: Signals,
    pub(super) since: Instant,
}

/// Gives signs of life for all that is held, and hears what others want of it.
pub(super) async fn heartbeats(shared: Arc<Shared>) {
    let mut beat = tokio::time::interval(shared.config.lease / 3);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        // A cancel shows in the heartbeat too, so that a guest that waits for its vendor is interrupted soon.
        tokio::select! {
            _ = beat.tick() => {}
            () = tokio::time::sleep(POLL) => {}
        }
        let held: Vec<Held> = shared.held().values().cloned().collect();
        if held.is_empty() {
            continue;
        }
        let leases: Vec<RunLease> = held.iter().map(|run| run.lease.clone()).collect();
        match shared
            .background
            .heartbeat_runs(&leases, shared.config.lease)
            .await
        {
            Ok(beats) => {
                for (Held { signals, .. }, beat) in held.iter().zip(beats) {
                    match beat {
                        Heartbeat::Held => {}
                        Heartbeat::Lost if Sabotage::NoFence.is_on() => {}
                        Heartbeat::Cancelled => signals.cancel.cancel(),
                        Heartbeat::Wanted => signals.drain.cancel(),
                        Heartbeat::Lost => {
                            signals.lost.cancel();
                            signals.cancel.cancel();
                        }
                    }
                }
            }
            Err(error) => tracing::warn!(error = %error, "signs of life could not be given"),
        }
        if let Err(error) = give_way(&shared, &held).await {
            tracing::debug!(error = %error, "whether others wait is not known");
        }
    }
}

/// Where there is no room and somebody else waits, the run that has been going on for longest gives way; one at a time.
async fn give_way(shared: &Shared, held: &[Held]) -> Result<(), StoreError> {
    if shared.room.available_permits() > 0 {
        return Ok(());
    }
    let mut over: Vec<&Held> = held
        .iter()
        .filter(|run| run.since.elapsed() >= TURN && !run.signals.drain.is_cancelled())
        .collect();
    if over.is_empty() {
        return Ok(());
    }
    over.sort_by_key(|run| run.since);
    let of: Vec<&str> = over
        .iter()
        .map(|run| run.lease.integration_id.as_str())
        .collect();
    let beside = shared.background.beside_others(&of).await?;
    let first = over
        .iter()
        .find(|run| beside.contains(&run.lease.integration_id));
    if let Some(run) = first {
        run.signals.drain.cancel();
    }
    Ok(())
}
