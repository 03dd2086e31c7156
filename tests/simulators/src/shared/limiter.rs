//! A vendor's rate limit: so many requests in any window of time, and so many at once, for each client.

use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The limit in force.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Requests that may start in any window; 0 switches the limit off.
    pub requests: usize,
    /// Length of the window in milliseconds.
    pub window_ms: u64,
    /// Requests that may be in flight at once; 0 switches this part off.
    pub concurrent: usize,
}

#[derive(Default)]
struct Client {
    starts: VecDeque<Instant>,
    in_flight: usize,
}

/// How one window stands for a client, for vendors that tell.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The window.
    pub limit: Limit,
    /// How many more requests may start now; the present one is counted.
    pub remaining: usize,
    /// Until the oldest request leaves the window: zero in an empty one.
    pub reset: Duration,
}

/// Counts the requests of each client over sliding windows. Refused requests do not count.
#[derive(Clone, Default)]
pub struct Limiter {
    clients: Arc<Mutex<HashMap<String, Client>>>,
}

impl Limiter {
    fn clients(&self) -> MutexGuard<'_, HashMap<String, Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request start, or nothing when the client asked too often for one of the limits; and how each of them
    /// stands.
    #[must_use]
    pub fn enter(&self, limits: &[Limit], client: &str) -> (Option<Permit>, Vec<Standing>) {
        let now = Instant::now();
        let mut clients = self.clients();
        let state = clients.entry(client.to_owned()).or_default();
        let window = |limit: &Limit| Duration::from_millis(limit.window_ms);
        let longest = limits.iter().map(window).max().unwrap_or_default();
        while state
            .starts
            .front()
            .is_some_and(|start| now.duration_since(*start) >= longest)
        {
            state.starts.pop_front();
        }
        // The index of the first start within a window.
        let first = |starts: &VecDeque<Instant>, limit: &Limit| {
            starts.partition_point(|start| now.duration_since(*start) >= window(limit))
        };
        let refused = limits.iter().any(|limit| {
            let started = state.starts.len() - first(&state.starts, limit);
            (limit.requests > 0 && started >= limit.requests)
                || (limit.concurrent > 0 && state.in_flight >= limit.concurrent)
        });
        if !refused && limits.iter().any(|limit| limit.requests > 0) {
            state.starts.push_back(now);
        }
        let standings = limits.iter().map(|limit| {
            let first = first(&state.starts, limit);
            let oldest = state.starts.get(first);
            Standing {
                limit: *limit,
                remaining: limit.requests.saturating_sub(state.starts.len() - first),
                reset: oldest.map_or(Duration::ZERO, |start| {
                    window(limit).saturating_sub(now.duration_since(*start))
                }),
            }
        });
        let standings = standings.collect();
        if refused {
            return (None, standings);
        }
        state.in_flight += 1;
        let permit = Permit {
            limiter: self.clone(),
            client: client.to_owned(),
        };
        (Some(permit), standings)
    }
}

/// A request in flight; dropping it frees its place.
pub struct Permit {
    limiter: Limiter,
    client: String,
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(state) = self.limiter.clients().get_mut(&self.client) {
            state.in_flight = state.in_flight.saturating_sub(1);
        }
    }
}
