//! Paging that leads nowhere: a vendor or a connector that would go on for ever, or give the same rows again and again.
//!
//! Each of these ends the run as failed, with what was committed before left in place; none of them can end well, since
//! no end marker follows. What is remembered is bounded, so that a long run does not grow with its length.
//!
//! A cursor is the connector's own text, so nobody here can tell which of two lies further on. A *backwards* cursor is one
//! where a page of this run began before, however long ago: from there on the run would read what it has read. One that
//! looks new and leads back all the same shows by its records: page after page holds only what came before.

use crate::reaction::{Cause, WhoMustAct};
use portcullis_runtime::contract::sync::{Next, Page};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Pages in a row of a full run that may hold records which were all there before.
const STALE_PAGES: u32 = 10;
/// The same of a run that reads changes, where a record that changes often may come often.
const STALE_PAGES_OF_CHANGES: u32 = 200;
/// Pages in a row without any record. Vendors that are read in slices of time have years without one.
const EMPTY_PAGES: u32 = 1_000;
/// Hashes that are remembered at once, some ten megabytes of them; then the memory starts anew.
const REMEMBERED: usize = 1 << 19;

/// How long a run may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Pages of one run.
    pub pages: u64,
    /// Records of one run.
    pub rows: u64,
    /// Parents in a row over which nothing may be read, before the model as a whole counts as refused.
    pub refused_partitions: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            pages: 1_000_000,
            rows: 100_000_000,
            refused_partitions: 20,
        }
    }
}

/// How far a run came, over all its attempts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Length {
    pub(crate) pages: u64,
    pub(crate) rows: u64,
}

impl Length {
    /// Counts a page; says so if it is one too many.
    pub(crate) fn add(&mut self, page: &Page, caps: Caps) -> Option<Cause> {
        self.pages += 1;
        self.rows += records(page) as u64;
        if self.pages > caps.pages {
            return Some(broken(
                "page_limit",
                format!("the run has more than {} pages", caps.pages),
            ));
        }
        (self.rows > caps.rows).then(|| {
            broken(
                "row_limit",
                format!("the run has more than {} records", caps.rows),
            )
        })
    }
}

/// What is remembered of the pages of one pass.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    cursors: HashSet<u64>,
    keys: HashSet<u64>,
    newest: Option<u64>,
    stale: u32,
    empty: u32,
}

impl Watch {
    /// Looks at a page before it is taken. `full` says whether the pass reads everything, so that records must be new.
    pub(crate) fn look(&mut self, page: &Page, cursor: Option<&str>, full: bool) -> Option<Cause> {
        self.came_from(cursor);
        if let Next::More(next) = &page.next
            && self.cursors.contains(&hash(next))
        {
            return Some(broken(
                "cursor_repeated",
                "the next page would begin where an earlier one of this run began".to_owned(),
            ));
        }
        let count = records(page);
        if count == 0 {
            self.empty += 1;
            return (self.empty > EMPTY_PAGES).then(|| {
                broken(
                    "no_records",
                    format!("{EMPTY_PAGES} pages in a row hold no record and name a next one"),
                )
            });
        }
        self.empty = 0;
        let mut whole = DefaultHasher::new();
        let mut new = 0_usize;
        if self.keys.len() >= REMEMBERED {
            self.keys.clear();
        }
        for batch in &page.batches {
            let keys = batch.upserts.iter().map(|upsert| &upsert.key);
            let gone = batch.tombstones.iter().map(|tombstone| &tombstone.key);
            let unread = batch.omissions.iter().filter_map(|one| one.key.as_ref());
            for key in keys.chain(gone).chain(unread) {
                let key = hash(&(&batch.model, &key.scope, &key.external_id));
                key.hash(&mut whole);
                new += usize::from(self.keys.insert(key));
            }
        }
        let whole = whole.finish();
        // A single record may come twice where pages overlap, if it is the last one.
        let ends = matches!(page.next, Next::Complete(_));
        if self.newest == Some(whole) && (count > 1 || !ends) {
            return Some(broken(
                "page_repeated",
                "two pages in a row hold the same records".to_owned(),
            ));
        }
        self.newest = Some(whole);
        self.stale = if new == 0 { self.stale + 1 } else { 0 };
        let most = if full {
            STALE_PAGES
        } else {
            STALE_PAGES_OF_CHANGES
        };
        (self.stale >= most).then(|| {
            broken(
                "no_new_records",
                format!("{most} pages in a row hold only records of earlier pages"),
            )
        })
    }

    fn came_from(&mut self, cursor: Option<&str>) {
        if let Some(cursor) = cursor {
            if self.cursors.len() >= REMEMBERED {
                self.cursors.clear();
            }
            self.cursors.insert(hash(cursor));
        }
    }
}

fn records(page: &Page) -> usize {
    page.batches
        .iter()
        .map(|batch| batch.upserts.len() + batch.tombstones.len() + batch.omissions.len())
        .sum()
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn broken(code: &'static str, message: String) -> Cause {
    Cause::new(code, message, WhoMustAct::ConnectorAuthor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_runtime::contract::sync::{Batch, Upsert};
    use portcullis_runtime::contract::types::RecordKey;

    fn page(ids: std::ops::Range<u32>, next: Next) -> Page {
        let upserts = ids.map(|id| Upsert {
            key: RecordKey {
                scope: None,
                external_id: id.to_string(),
            },
            updated_at: None,
            payload: "{}".to_owned(),
            original: None,
        });
        Page {
            batches: vec![Batch {
                model: "units".to_owned(),
                upserts: upserts.collect(),
                tombstones: Vec::new(),
                omissions: Vec::new(),
                total: None,
            }],
            next,
            pacing: Vec::new(),
            extras: Vec::new(),
        }
    }

    fn more(cursor: impl ToString) -> Next {
        Next::More(cursor.to_string())
    }

    fn recorded(cause: &Cause) -> &'static str {
        portcullis_test_codes::record(cause.code);
        cause.code
    }

    /// Walks pages from cursor to cursor; gives the code that stopped it, and how many pages were taken before.
    fn walk(full: bool, mut page_at: impl FnMut(usize) -> Page) -> (Option<&'static str>, usize) {
        let (mut watch, mut cursor) = (Watch::default(), None);
        for taken in 0..5_000 {
            let page = page_at(taken);
            if let Some(cause) = watch.look(&page, cursor.as_deref(), full) {
                return (Some(recorded(&cause)), taken);
            }
            match page.next {
                Next::More(next) => cursor = Some(next),
                Next::Complete(_) => return (None, taken + 1),
            }
        }
        panic!("nothing stopped it");
    }

    #[test]
    fn cycles_of_any_length_are_found() {
        for length in [1_usize, 2, 3, 40] {
            let cycle = |at: usize| page(at as u32 * 5..at as u32 * 5 + 5, more(at % length));
            for full in [true, false] {
                assert_eq!(walk(full, cycle), (Some("cursor_repeated"), length));
            }
        }
        // Back to a place of long ago, not of the page before.
        let back = |at: usize| match at {
            900 => page(4_500..4_505, more(17)),
            _ => page(at as u32 * 5..at as u32 * 5 + 5, more(at)),
        };
        assert_eq!(walk(true, back), (Some("cursor_repeated"), 900));
    }

    #[test]
    fn new_cursors_without_new_records_end() {
        let same = walk(false, |at| page(0..5, more(at)));
        assert_eq!(same, (Some("page_repeated"), 1));
        let turning = |at: usize| page(at as u32 % 3..at as u32 % 3 + 2, more(at));
        assert_eq!(walk(true, turning).0, Some("no_new_records"));
        let changed = |at: usize| match at {
            150 => page(0..1, Next::Complete(None)),
            _ => turning(at),
        };
        assert_eq!(
            walk(false, changed).0,
            None,
            "what changed twice may come twice"
        );
        let (code, taken) = walk(false, turning);
        assert_eq!(code, Some("no_new_records"), "but not for ever");
        assert!(taken < 2 * STALE_PAGES_OF_CHANGES as usize, "{taken}");
        // Two pages by turns, each under a cursor of its own.
        let by_turns = |at: usize| page(at as u32 % 2 * 5..at as u32 % 2 * 5 + 5, more(at));
        for full in [true, false] {
            assert_eq!(walk(full, by_turns).0, Some("no_new_records"));
        }
        let nothing = walk(true, |at| page(0..0, more(at)));
        assert_eq!(nothing, (Some("no_records"), EMPTY_PAGES as usize));
    }

    #[test]
    fn honest_paging_passes() {
        // Empty slices, an overlap of a row, pages that shrink, and a last page that repeats one row.
        let honest = |at: usize| match at {
            0..60 => page(0..0, more(at)),
            60..90 => page(at as u32 * 10 - 1..at as u32 * 10 + 10, more(at)),
            90..95 => page(at as u32 * 10..at as u32 * 10 + 1, more(at)),
            _ => page(940..941, Next::Complete(Some("w".to_owned()))),
        };
        assert_eq!(walk(true, honest), (None, 96));
    }

    #[test]
    fn length_is_counted_over_attempts() {
        let caps = Caps {
            pages: 3,
            rows: 25,
            ..Caps::default()
        };
        let mut length = Length { pages: 1, rows: 0 };
        assert!(length.add(&page(0..10, more(1)), caps).is_none());
        assert!(length.add(&page(0..10, more(1)), caps).is_none());
        let cause = length.add(&page(0..1, more(1)), caps).unwrap();
        assert_eq!(recorded(&cause), "page_limit");
        let mut length = Length { pages: 0, rows: 20 };
        let cause = length.add(&page(0..10, more(1)), caps).unwrap();
        assert_eq!(recorded(&cause), "row_limit");
    }
}
