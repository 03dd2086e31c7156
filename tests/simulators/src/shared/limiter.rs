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

/// Counts the requests of each client over a sliding window. Refused requests do not count.
#[derive(Clone, Default)]
pub struct Limiter {
    clients: Arc<Mutex<HashMap<String, Client>>>,
}

impl Limiter {
    fn clients(&self) -> MutexGuard<'_, HashMap<String, Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request start, or nothing when the client asked too often.
    #[must_use]
    pub fn enter(&self, limit: Limit, client: &str) -> Option<Permit> {
        let now = Instant::now();
        let mut clients = self.clients();
        let state = clients.entry(client.to_owned()).or_default();
        let window = Duration::from_millis(limit.window_ms);
        while state
            .starts
            .front()
            .is_some_and(|start| now.duration_since(*start) >= window)
        {
            state.starts.pop_front();
        }
        let too_often = limit.requests > 0 && state.starts.len() >= limit.requests;
        let too_many = limit.concurrent > 0 && state.in_flight >= limit.concurrent;
        if too_often || too_many {
            return None;
        }
        if limit.requests > 0 {
            state.starts.push_back(now);
        }
        state.in_flight += 1;
        Some(Permit {
            limiter: self.clone(),
            client: client.to_owned(),
        })
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
