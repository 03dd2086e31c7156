//! Pages on their way to a commit unit: merged until about a thousand rows or a quarter of a second.

use crate::assembly::Assembly;
use portcullis_runtime::contract::sync::Page;
use portcullis_store::{DeadLetter, LetterKey, PartitionEnd, PassPart, RecordWrite};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Small pages are bound by the commit, not by their rows; a thousand rows amortise it.
pub(crate) const FULL_AT_ROWS: usize = 1_000;
/// And nobody should wait longer than this to see progress.
pub(crate) const FULL_AFTER: Duration = Duration::from_millis(250);

/// Which pass a page belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// Our id of the parent, empty for a model that is read as a whole.
    pub(crate) partition: Arc<str>,
    /// Whether the pass reads everything.
    pub(crate) full: bool,
}

/// Pages that were pulled and wait for their commit.
#[derive(Default)]
pub(crate) struct Pages {
    pages: Vec<(Arc<Assembly>, Page, Origin)>,
    rows: usize,
    /// Rows of the newest page: the next one is likely to have as many.
    newest: usize,
    requests: u32,
    began: Option<Instant>,
    /// How the run's partitions stand.
    pub(crate) partitions: Partitions,
}

/// What happened to partitions since the last commit.
#[derive(Default)]
pub(crate) struct Partitions {
    /// Those that ended.
    pub(crate) ended: Vec<PartitionEnd>,
    /// Those that could not be read, and why the last of them could not.
    pub(crate) skipped: u32,
    pub(crate) skip_message: Option<String>,
    /// How many there are, if they were just counted.
    pub(crate) total: Option<i64>,
}

impl Pages {
    /// Takes a page that came at `now`, with the assembly of the connector that made it.
    pub(crate) fn push(
        &mut self,
        assembly: Arc<Assembly>,
        page: Page,
        origin: Origin,
        requests: u32,
        now: Instant,
    ) {
        self.newest = page
            .batches
            .iter()
            .map(|batch| batch.upserts.len() + batch.tombstones.len() + batch.omissions.len())
            .sum::<usize>();
        self.rows += self.newest;
        self.pages.push((assembly, page, origin));
        self.began.get_or_insert(now);
        self.add_requests(requests);
    }

    /// Counts a partition that cannot be read.
    pub(crate) fn skip(&mut self, why: String, now: Instant) {
        self.partitions.skipped += 1;
        self.partitions.skip_message = Some(why);
        self.began.get_or_insert(now);
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

    /// Whether there is nothing to store.
    pub(crate) fn is_empty(&self) -> bool {
        self.pages.is_empty() && self.partitions.skipped == 0
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
        for (assembly, page, origin) in self.pages {
            assembly.add(page, &origin, &mut merge);
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
    /// Keys with an open dead letter that are stored well now.
    pub(crate) resolved: Vec<LetterKey>,
    /// Totals that the vendor told, by model.
    pub(crate) totals: HashMap<String, i64>,
    /// What full passes saw.
    pub(crate) passes: Vec<PassPart>,
}

struct Batch {
    model: String,
    /// `None` where a later page took the record back.
    rows: Vec<Option<RecordWrite>>,
    gone: HashSet<String>,
    by_id: HashMap<String, usize>,
}

impl Merge {
    /// Adds a row; one with the same key in this unit is replaced, since the later word counts.
    pub(crate) fn add(&mut self, model: &str, row: RecordWrite) {
        let batch = self.batch(model);
        batch.gone.remove(&row.id);
        match batch.by_id.get(&row.id) {
            Some(&at) => batch.rows[at] = Some(row),
            None => {
                batch.by_id.insert(row.id.clone(), batch.rows.len());
                batch.rows.push(Some(row));
            }
        }
    }

    /// Takes a record back: the vendor says that it is gone.
    pub(crate) fn bury(&mut self, model: &str, id: String) {
        let batch = self.batch(model);
        if let Some(at) = batch.by_id.remove(&id) {
            batch.rows[at] = None;
        }
        batch.gone.insert(id);
    }

    fn batch(&mut self, model: &str) -> &mut Batch {
        let position = match self.batches.iter().position(|batch| batch.model == model) {
            Some(position) => position,
            None => {
                self.batches.push(Batch {
                    model: model.to_owned(),
                    rows: Vec::new(),
                    gone: HashSet::new(),
                    by_id: HashMap::new(),
                });
                self.batches.len() - 1
            }
        };
        &mut self.batches[position]
    }

    /// The pass of a model that a page belongs to.
    pub(crate) fn pass(&mut self, model: &str, origin: &Origin) -> &mut PassPart {
        let same = |part: &PassPart| part.model == model && *part.partition == *origin.partition;
        let position = match self.passes.iter().rposition(same) {
            Some(position) => position,
            None => {
                self.passes.push(PassPart {
                    model: model.to_owned(),
                    partition: origin.partition.to_string(),
                    ..PassPart::default()
                });
                self.passes.len() - 1
            }
        };
        &mut self.passes[position]
    }

    /// The vendor listed a record, by our id; `None` when its key could not be read.
    pub(crate) fn saw(&mut self, model: &str, origin: &Origin, id: Option<String>) {
        if !origin.full {
            return;
        }
        let part = self.pass(model, origin);
        match id {
            Some(id) => part.seen.push(id),
            None => part.keyless += 1,
        }
    }

    /// The vendor told how many records there are.
    pub(crate) fn total(&mut self, model: &str, origin: &Origin, total: i64) {
        // The total of one partition says nothing about the run.
        if origin.partition.is_empty() {
            self.totals.insert(model.to_owned(), total);
        }
        if origin.full {
            let part = self.pass(model, origin);
            part.total_first.get_or_insert(total);
            part.total_last = Some(total);
        }
    }

    /// How many rows and dead letters there are of a model.
    pub(crate) fn seen(&self, model: &str) -> (usize, usize) {
        let rows = self
            .batches
            .iter()
            .filter(|batch| batch.model == model)
            .map(|batch| batch.by_id.len())
            .sum();
        (
            rows,
            self.dead_letters
                .iter()
                .filter(|letter| letter.model == model)
                .count(),
        )
    }

    /// The rows by model, in the order in which the models came, and what is gone.
    pub(crate) fn into_batches(self) -> (Rows, Gone) {
        let (mut rows, mut gone) = (Vec::new(), Vec::new());
        for batch in self.batches {
            rows.push((
                batch.model.clone(),
                batch.rows.into_iter().flatten().collect(),
            ));
            gone.push((batch.model, batch.gone.into_iter().collect()));
        }
        (rows, gone)
    }
}

/// Rows by model.
pub(crate) type Rows = Vec<(String, Vec<RecordWrite>)>;
/// Our ids of records that are gone, by model.
pub(crate) type Gone = Vec<(String, Vec<String>)>;

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, doc: &str) -> RecordWrite {
        RecordWrite {
            id: id.to_owned(),
            scope: String::new(),
            external_id: id.to_owned(),
            partition: String::new(),
            doc: doc.to_owned(),
            hash: [0; 16],
            x_updated_at: None,
            property_id: None,
            x_property_id: None,
            unit_id: None,
            x_unit_id: None,
            related: Vec::new(),
            original: None,
        }
    }

    #[test]
    fn the_last_word_about_a_record_counts() {
        let mut merge = Merge::default();
        merge.add("units", row("a", "first"));
        merge.add("units", row("b", "first"));
        merge.add("units", row("a", "second"));
        merge.bury("units", "b".to_owned());
        merge.bury("units", "c".to_owned());
        merge.add("units", row("c", "back"));
        assert_eq!(merge.seen("units"), (2, 0));
        let (rows, gone) = merge.into_batches();
        let docs: Vec<&str> = rows[0].1.iter().map(|row| row.doc.as_str()).collect();
        assert_eq!(docs, ["second", "back"]);
        assert_eq!(gone, [("units".to_owned(), vec!["b".to_owned()])]);
    }

    #[test]
    fn a_pass_keeps_its_first_total_and_its_last_and_only_full_ones_are_kept() {
        let mut merge = Merge::default();
        let full = Origin {
            partition: Arc::from("lease_1"),
            full: true,
        };
        let changes = Origin {
            partition: Arc::from("lease_2"),
            full: false,
        };
        for total in [5, 6, 4] {
            merge.total("charges", &full, total);
            merge.total("charges", &changes, total);
        }
        merge.saw("charges", &full, Some("a".to_owned()));
        merge.saw("charges", &full, None);
        merge.saw("charges", &changes, Some("b".to_owned()));
        assert!(
            merge.totals.is_empty(),
            "the total of a partition is not the run's"
        );
        let [pass] = merge.passes.as_slice() else {
            panic!("one pass")
        };
        assert_eq!((pass.total_first, pass.total_last), (Some(5), Some(4)));
        assert_eq!((pass.seen.len(), pass.keyless), (1, 1));
    }
}
