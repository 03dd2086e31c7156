//! Pages on their way to a commit unit: merged until about a thousand rows or a quarter of a second.

use crate::assembly::Assembly;
use portcullis_runtime::contract::sync::Page;
use portcullis_store::{DeadLetter, RecordWrite};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Small pages are bound by the commit, not by their rows; a thousand rows amortise it.
pub(crate) const FULL_AT_ROWS: usize = 1_000;
/// And nobody should wait longer than this to see progress.
pub(crate) const FULL_AFTER: Duration = Duration::from_millis(250);

/// Pages that were pulled and wait for their commit.
#[derive(Default)]
pub(crate) struct Pages {
    pages: Vec<(Arc<Assembly>, Page)>,
    rows: usize,
    /// Rows of the newest page: the next one is likely to have as many.
    newest: usize,
    requests: u32,
    began: Option<Instant>,
}

impl Pages {
    /// Takes a page that came at `now`, with the assembly of the connector that made it.
    pub(crate) fn push(
        &mut self,
        assembly: Arc<Assembly>,
        page: Page,
        requests: u32,
        now: Instant,
    ) {
        self.newest = page
            .batches
            .iter()
            .map(|batch| batch.upserts.len() + batch.omissions.len())
            .sum::<usize>();
        self.rows += self.newest;
        self.pages.push((assembly, page));
        self.began.get_or_insert(now);
        self.add_requests(requests);
    }

    /// Counts requests to the vendor, whatever they brought.
    pub(crate) fn add_requests(&mut self, requests: u32) {
        self.requests = self.requests.saturating_add(requests);
    }

    /// Whether it is time to commit: another page like the newest one would not fit any more. A page that is full but
    /// for a row or two is a unit of its own, else a crash would cost two of them.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.rows + self.newest > FULL_AT_ROWS
            || self
                .began
                .is_some_and(|began| now.duration_since(began) >= FULL_AFTER)
    }

    /// Whether there is no page to store.
    pub(crate) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// How many pages are held.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.pages.len()).unwrap_or(u32::MAX)
    }

    /// Requests that they took.
    pub(crate) fn requests(&self) -> u32 {
        self.requests
    }

    /// Makes the rows. This is the parsing, checking and hashing, so it happens in the task that commits.
    pub(crate) fn merge(self) -> Merge {
        let mut merge = Merge::default();
        for (assembly, page) in self.pages {
            assembly.add(page, &mut merge);
        }
        merge
    }
}

/// Rows by model, without repeated keys, and what belongs with them.
#[derive(Default)]
pub(crate) struct Merge {
    batches: Vec<Batch>,
    /// Records that were refused, with their reasons.
    pub(crate) dead_letters: Vec<DeadLetter>,
    /// Totals that the vendor told, by model.
    pub(crate) totals: HashMap<String, i64>,
}

struct Batch {
    model: String,
    rows: Vec<RecordWrite>,
    by_key: HashMap<(String, String), usize>,
}

impl Merge {
    /// Adds a row; one with the same key in this unit is replaced, since the later word counts.
    pub(crate) fn add(&mut self, model: &str, row: RecordWrite) {
        let position = match self.batches.iter().position(|batch| batch.model == model) {
            Some(position) => position,
            None => {
                self.batches.push(Batch {
                    model: model.to_owned(),
                    rows: Vec::new(),
                    by_key: HashMap::new(),
                });
                self.batches.len() - 1
            }
        };
        let batch = &mut self.batches[position];
        let key = (row.scope.clone(), row.external_id.clone());
        match batch.by_key.get(&key) {
            Some(&at) => batch.rows[at] = row,
            None => {
                batch.by_key.insert(key, batch.rows.len());
                batch.rows.push(row);
            }
        }
    }

    /// How many rows and dead letters there are of a model.
    pub(crate) fn seen(&self, model: &str) -> (usize, usize) {
        let rows = self
            .batches
            .iter()
            .filter(|batch| batch.model == model)
            .map(|batch| batch.rows.len())
            .sum();
        (
            rows,
            self.dead_letters
                .iter()
                .filter(|letter| letter.model == model)
                .count(),
        )
    }

    /// The rows by model, in the order in which the models came.
    pub(crate) fn into_batches(self) -> Vec<(String, Vec<RecordWrite>)> {
        self.batches
            .into_iter()
            .map(|batch| (batch.model, batch.rows))
            .collect()
    }
}
