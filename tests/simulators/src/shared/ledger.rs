//! The ledger: each request a vendor received, in order. It is the second witness beside the truth: it shows what was
//! fetched, how often and when.

use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Beyond this many entries the oldest are dropped, so that a week of load cannot fill the memory.
const CAPACITY: usize = 1_000_000;

/// One request.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Number since the start, from 1, never reused.
    pub sequence: u64,
    /// Arrival, in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Method in upper case.
    pub method: String,
    /// Path with query, as it came.
    pub path: String,
    /// Status sent; nothing while in flight, and for ever when the connection ended without an answer.
    pub status: Option<u16>,
    /// The client id that the request carried.
    pub client_id: Option<String>,
    /// Until the head of the answer was ready, or the connection ended, in milliseconds.
    pub duration_ms: Option<u64>,
    /// The kind of the fault that hit the request, if any.
    pub fault: Option<&'static str>,
}

#[derive(Default)]
struct Pages {
    next: u64,
    entries: VecDeque<Entry>,
}

/// All requests since the start or the last clearing.
#[derive(Clone, Default)]
pub struct Ledger {
    pages: Arc<Mutex<Pages>>,
}

impl Ledger {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the arrival of a request; the mark closes the entry, at the latest when it is dropped.
    pub fn arrive(&self, method: &str, path: &str) -> Mark {
        let mut pages = self.pages();
        pages.next += 1;
        let sequence = pages.next;
        if pages.entries.len() >= CAPACITY {
            pages.entries.pop_front();
        }
        pages.entries.push_back(Entry {
            sequence,
            time_ms: now_ms(),
            method: method.to_owned(),
            path: path.to_owned(),
            status: None,
            client_id: None,
            duration_ms: None,
            fault: None,
        });
        Mark {
            ledger: self.clone(),
            sequence,
            started: Instant::now(),
            status: None,
        }
    }

    /// The entries after a sequence number, oldest first.
    #[must_use]
    pub fn since(&self, sequence: u64) -> Vec<Entry> {
        self.pages()
            .entries
            .iter()
            .filter(|entry| entry.sequence > sequence)
            .cloned()
            .collect()
    }

    /// Number of the newest request, 0 before the first.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.pages().next
    }

    /// Drops all entries; the numbering goes on.
    pub fn clear(&self) {
        self.pages().entries.clear();
    }

    fn edit(&self, sequence: u64, change: impl FnOnce(&mut Entry)) {
        let mut pages = self.pages();
        let at = pages
            .entries
            .partition_point(|entry| entry.sequence < sequence);
        if let Some(entry) = pages
            .entries
            .get_mut(at)
            .filter(|entry| entry.sequence == sequence)
        {
            change(entry);
        }
    }
}

/// The open entry of a request in flight.
pub struct Mark {
    ledger: Ledger,
    /// Number of the request.
    pub sequence: u64,
    started: Instant,
    status: Option<u16>,
}

impl Mark {
    /// Notes who asked.
    pub fn client(&self, client_id: Option<String>) {
        self.ledger
            .edit(self.sequence, |entry| entry.client_id = client_id);
    }

    /// Notes the fault that hit.
    pub fn fault(&self, kind: &'static str) {
        self.ledger
            .edit(self.sequence, |entry| entry.fault = Some(kind));
    }

    /// Closes the entry with the status sent.
    pub fn answered(mut self, status: u16) {
        self.status = Some(status);
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        let duration = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.ledger.edit(self.sequence, |entry| {
            entry.status = self.status;
            entry.duration_ms = Some(duration);
        });
    }
}

/// Milliseconds since 1970-01-01 UTC.
fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}
