//! Offset and total, with one row of overlap.
//!
//! Offsets are positions, not rows: when a row before them goes away, all that
//! follow move up, and the next page would skip some. So each page begins with
//! the last row of the page before. If that row is not there, rows have moved,
//! and the page is read again from further up, until a row is found that was
//! seen before.
//!
//! The vendor must sort by a key that rises and is never used again.

use crate::{Error, Result};

/// Where a page begins, and which row is expected there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OffsetCursor {
    /// The position of the page's first row.
    pub offset: u64,
    /// The key of the last row of the page before, which stood at that
    /// position. None on the first page.
    pub last: Option<i64>,
}

/// What the first row of a page says about the overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// There is nothing to compare with, or the row is where it was: rows up to
    /// `last` were delivered before.
    Sound,
    /// Rows have moved up (the first row here lies behind the expected one, or
    /// there is none): some may have slipped past. Read again from there.
    ReadFrom(u64),
}

/// What follows a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The cursor of the next page.
    More(OffsetCursor),
    /// The end.
    Complete,
}

impl OffsetCursor {
    /// The place that a cursor names; the beginning without one.
    ///
    /// # Errors
    ///
    /// `cursor-expired` if the cursor is none of ours.
    pub fn read(cursor: Option<&str>) -> Result<Self> {
        let Some(text) = cursor else {
            return Ok(Self::default());
        };
        let (offset, last) = match text.split_once(':') {
            Some((offset, last)) => (offset.parse().ok(), last.parse().ok().map(Some)),
            None => (text.parse().ok(), Some(None)),
        };
        match (offset, last) {
            (Some(offset), Some(last)) => Ok(Self { offset, last }),
            _ => Err(Error::cursor_expired("the cursor is no offset")),
        }
    }

    /// The cursor as text: the offset, and the expected key behind a colon.
    pub fn write(&self) -> String {
        match self.last {
            Some(last) => format!("{}:{last}", self.offset),
            None => self.offset.to_string(),
        }
    }

    /// How many rows to ask for, so that `target` new ones come back: one more
    /// for the overlap, within what the vendor allows.
    pub fn limit(&self, target: u32, most: u32) -> u32 {
        let overlap = u32::from(self.last.is_some());
        target
            .saturating_add(overlap)
            .clamp(1 + overlap, most.max(1 + overlap))
    }

    /// Compares the first row of a page with the expected one. `first` is its
    /// key (none on an empty page); `back` how far to go back, one page say.
    ///
    /// A row in front of the expected one is sound: rows came in before it and
    /// moved it down, so that it follows on this page or on the next.
    pub fn overlap(&self, first: Option<i64>, back: u64) -> Overlap {
        let Some(last) = self.last else {
            return Overlap::Sound;
        };
        match first {
            Some(first) if first <= last => Overlap::Sound,
            _ if self.offset == 0 => Overlap::Sound,
            _ => Overlap::ReadFrom(self.offset.saturating_sub(back.max(1))),
        }
    }

    /// What follows a page that began here with `received` rows, when the vendor
    /// says that there are `total` in all.
    ///
    /// `tail` is the last row with a readable key, as its place on the page
    /// (from 0) and its key: there the next page begins. Without one, and where
    /// it would be the row that this page began with, the next page begins
    /// behind this one, without overlap.
    ///
    /// A total beats a short page: vendors do cut pages short. Without a total,
    /// fewer rows than the `limit` asked for are the end.
    ///
    /// # Errors
    ///
    /// `retry` if the page is empty although the total says that more is to
    /// come: ending here would lose rows in silence.
    pub fn step(
        &self,
        received: u64,
        tail: Option<(u64, i64)>,
        total: Option<u64>,
        limit: u32,
    ) -> Result<Step> {
        let reached = self.offset.saturating_add(received);
        let done = match total {
            Some(total) => reached >= total,
            None => received < u64::from(limit),
        };
        if done {
            return Ok(Step::Complete);
        }
        if received == 0 {
            return Err(Error::retry(format!(
                "the vendor announces {} records and sends none after the first {reached}",
                total.unwrap_or_default(),
            )));
        }
        Ok(Step::More(self.behind(received, tail)))
    }

    /// The cursor behind `received` rows of a page that began here; see
    /// [`OffsetCursor::step`].
    pub fn behind(&self, received: u64, tail: Option<(u64, i64)>) -> Self {
        match tail {
            Some((at, key)) if at > 0 || self.last.is_none() && received == 1 => Self {
                offset: self.offset.saturating_add(at),
                last: Some(key),
            },
            _ => Self {
                offset: self.offset.saturating_add(received),
                last: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cursors_survive_their_text() {
        let cursor = OffsetCursor {
            offset: 999,
            last: Some(-7),
        };
        assert_eq!(OffsetCursor::read(Some(&cursor.write())).unwrap(), cursor);
        assert_eq!(OffsetCursor::read(None).unwrap(), OffsetCursor::default());
        for foreign in ["next", "", ":", "1:", ":1", "-1", "1:x"] {
            assert!(OffsetCursor::read(Some(foreign)).is_err(), "{foreign}");
        }
    }

    #[test]
    fn a_total_beats_a_short_page() {
        let start = OffsetCursor::default();
        let more = Step::More(OffsetCursor {
            offset: 6,
            last: Some(7),
        });
        assert_eq!(start.step(7, Some((6, 7)), Some(20), 10).unwrap(), more);
        assert_eq!(
            start.step(7, Some((6, 7)), None, 10).unwrap(),
            Step::Complete
        );
        assert_eq!(
            start.step(10, Some((9, 10)), Some(10), 10).unwrap(),
            Step::Complete
        );
        assert!(start.step(0, None, Some(3), 10).is_err());
        assert_eq!(start.step(0, None, Some(0), 10).unwrap(), Step::Complete);
    }

    #[test]
    fn a_page_without_a_new_key_goes_on_without_overlap() {
        let behind = |last| Step::More(OffsetCursor { offset: 9, last });
        let here = OffsetCursor {
            offset: 6,
            last: Some(7),
        };
        assert_eq!(
            here.step(3, Some((0, 7)), Some(20), 10).unwrap(),
            behind(None)
        );
        assert_eq!(here.step(3, None, Some(20), 10).unwrap(), behind(None));
        assert_eq!(
            here.step(4, Some((3, 9)), Some(20), 10).unwrap(),
            behind(Some(9))
        );
    }

    /// Reads a table that loses rows between pages the way a connector would.
    fn read_all(mut table: Vec<i64>, mut gone: Vec<Vec<usize>>, target: u32) -> BTreeSet<i64> {
        let mut seen = BTreeSet::new();
        let mut cursor = OffsetCursor::default();
        gone.reverse();
        loop {
            let limit = cursor.limit(target, 1000);
            let mut offset = cursor.offset;
            let rows = loop {
                let from = usize::try_from(offset).unwrap().min(table.len());
                let rows = &table[from..table.len().min(from + limit as usize)];
                let here = OffsetCursor {
                    offset,
                    last: cursor.last,
                };
                match here.overlap(rows.first().copied(), u64::from(limit)) {
                    Overlap::Sound => break rows.to_vec(),
                    Overlap::ReadFrom(earlier) => offset = earlier,
                }
            };
            seen.extend(&rows);
            let here = OffsetCursor {
                offset,
                last: cursor.last,
            };
            let total = Some(table.len() as u64);
            let tail = rows.last().map(|key| (rows.len() as u64 - 1, *key));
            match here.step(rows.len() as u64, tail, total, limit).unwrap() {
                Step::Complete => return seen,
                Step::More(next) => {
                    assert_eq!(OffsetCursor::read(Some(&next.write())).unwrap(), next);
                    cursor = next;
                }
            }
            for at in gone.pop().unwrap_or_default() {
                if !table.is_empty() {
                    table.remove(at % table.len());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_row_that_stays_is_ever_missed(
            rows in 0i64..60,
            gone in prop::collection::vec(prop::collection::vec(0usize..60, 0..6), 0..12),
            target in 1u32..9,
        ) {
            let table: Vec<i64> = (1..=rows).collect();
            let mut stays = table.clone();
            for at in gone.iter().flatten() {
                if !stays.is_empty() {
                    stays.remove(at % stays.len());
                }
            }
            let seen = read_all(table, gone, target);
            prop_assert!(stays.iter().all(|row| seen.contains(row)));
        }
    }
}
