//! Where the pages of a run come from: one lane for a model that is read as a whole, or a few lanes over its parents,
//! pulled at once and taken in the order of the parents' keys.
//!
//! Only the first lane goes on past its first page; the others have one page ready or on its way. So after a crash at
//! most one page of each lane is pulled again.

use crate::assembly::Assembly;
use crate::guards::Watch;
use crate::span;
use portcullis_manifest::PartitionedBy;
use portcullis_runtime::CallOutcome;
use portcullis_runtime::contract::sync::{Page, Partition, Span};
use portcullis_runtime::contract::types::RecordKey;
use portcullis_store::{ParentRow, PropertyFilter, RunLease, SpanWish, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio_util::task::AbortOnDropHandle;

/// Parents that are looked up at once.
const PARENTS_AT_ONCE: i64 = 200;

/// One pass over a model, or over one partition of it.
pub(crate) struct Lane {
    /// The parent, if the model is partitioned.
    pub(crate) parent: Option<ParentRow>,
    /// Names it in the table: our id of the parent, or nothing.
    pub(crate) name: Arc<str>,
    pub(crate) span: Span,
    /// Where its next page begins.
    pub(crate) cursor: Option<String>,
    pub(crate) watch: Watch,
    /// The page on its way, and who makes rows of it.
    pub(crate) pulling: Option<(Arc<Assembly>, AbortOnDropHandle<CallOutcome<Page>>)>,
}

impl Lane {
    fn new(parent: Option<ParentRow>, span: Span, cursor: Option<String>) -> Self {
        Self {
            name: Arc::from(parent.as_ref().map_or("", |parent| parent.id.as_str())),
            parent,
            span,
            cursor,
            watch: Watch::default(),
            pulling: None,
        }
    }

    /// Whether everything is read, so that what it does not meet is missing.
    pub(crate) fn full(&self) -> bool {
        matches!(self.span, Span::Full)
    }

    /// Reads it from the start, and all of it.
    pub(crate) fn restart(&mut self, full: bool) {
        if full {
            self.span = Span::Full;
        }
        self.cursor = None;
        self.pulling = None;
        self.watch = Watch::default();
    }

    /// The parent as a guest sees it.
    pub(crate) fn partition(&self) -> Option<Partition> {
        self.parent.as_ref().map(|parent| Partition {
            key: RecordKey {
                scope: Some(parent.scope.clone()).filter(|scope| !scope.is_empty()),
                external_id: parent.external_id.clone(),
            },
            fields: parent.fields.to_string(),
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    scope: String,
    id: String,
}

/// How far a partitioned run came; this is what stands in the run's cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// The last parent that was read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<Key>,
    /// The parent that was being read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within: Option<Within>,
    /// Parents in a row, up to this point, over which the model could not be read.
    #[serde(default, skip_serializing_if = "is_zero")]
    skipped: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Within {
    key: Key,
    cursor: String,
    full: bool,
}

/// The parents that are still to be read.
struct Parents {
    by: PartitionedBy,
    waiting: VecDeque<ParentRow>,
    /// The last one that was looked up.
    last: Option<Key>,
    exhausted: bool,
    position: Position,
}

/// The lanes of a run.
pub(crate) struct Feed {
    pub(crate) lanes: VecDeque<Lane>,
    parents: Option<Parents>,
    wish: SpanWish,
}

impl Feed {
    /// From where the run stands. A position that cannot be read is the beginning.
    pub(crate) fn new(wish: SpanWish, by: Option<&PartitionedBy>, cursor: Option<String>) -> Self {
        let mut feed = Self {
            lanes: VecDeque::new(),
            parents: None,
            wish,
        };
        match by {
            None => {
                let span = span::for_guest(&feed.wish, None);
                feed.lanes.push_back(Lane::new(None, span, cursor));
            }
            Some(by) => {
                let position: Position = cursor
                    .and_then(|cursor| serde_json::from_str(&cursor).ok())
                    .unwrap_or_default();
                feed.parents = Some(Parents {
                    by: by.clone(),
                    waiting: VecDeque::new(),
                    last: position.after.clone(),
                    exhausted: false,
                    position,
                });
            }
        }
        feed
    }

    /// The model of the parents, if the run goes over parents.
    pub(crate) fn parent_model(&self) -> Option<&str> {
        Some(self.parents.as_ref()?.by.model.as_str())
    }

    /// Opens lanes up to `most`.
    pub(crate) async fn fill(
        &mut self,
        store: &Store,
        lease: &RunLease,
        properties: &PropertyFilter,
        state_format: i32,
        most: usize,
    ) -> Result<(), StoreError> {
        let Some(parents) = &mut self.parents else {
            return Ok(());
        };
        while self.lanes.len() < most {
            if parents.waiting.is_empty() && !parents.exhausted {
                let from = parents
                    .last
                    .as_ref()
                    .map(|key| (key.scope.as_str(), key.id.as_str()));
                let (model, fields) = (&parents.by.model, &parents.by.fields);
                let next = store
                    .parents(
                        lease,
                        model,
                        fields,
                        properties,
                        state_format,
                        from,
                        PARENTS_AT_ONCE,
                    )
                    .await?;
                parents.exhausted = (next.len() as i64) < PARENTS_AT_ONCE;
                if let Some(last) = next.last() {
                    parents.last = Some(key_of(last));
                }
                parents.waiting.extend(next);
            }
            let Some(parent) = parents.waiting.pop_front() else {
                return Ok(());
            };
            let span = span::for_guest(&self.wish, Some(&parent));
            let mut lane = Lane::new(Some(parent), span, None);
            // The parent that was being read goes on where it stood; if it is gone, so is its cursor.
            if let Some(within) = parents.position.within.take()
                && lane.parent.as_ref().map(key_of).as_ref() == Some(&within.key)
            {
                lane.cursor = Some(within.cursor);
                if within.full {
                    lane.span = Span::Full;
                }
            }
            self.lanes.push_back(lane);
        }
        Ok(())
    }

    /// The lane whose page is taken next.
    pub(crate) fn first(&mut self) -> Option<&mut Lane> {
        self.lanes.front_mut()
    }

    /// The first lane has been read to its end.
    pub(crate) fn close_first(&mut self) -> Option<Lane> {
        let lane = self.lanes.pop_front()?;
        if let (Some(parents), Some(parent)) = (&mut self.parents, &lane.parent) {
            parents.position.after = Some(key_of(parent));
            parents.position.skipped = 0;
        }
        Some(lane)
    }

    /// The first lane's parent is passed by; gives the vendor's id of it. `None` when `most` parents before it were
    /// passed by in a row, or when the model is read as a whole.
    pub(crate) fn pass_by_first(&mut self, most: u32) -> Option<String> {
        let parents = self.parents.as_mut()?;
        let parent = self.lanes.front()?.parent.as_ref()?;
        if parents.position.skipped + 1 >= most {
            return None;
        }
        let key = key_of(parent);
        let id = key.id.clone();
        parents.position.after = Some(key);
        parents.position.skipped += 1;
        self.lanes.pop_front();
        Some(id)
    }

    /// What the run must know to go on from here: the guest's own cursor, or the position among the parents.
    pub(crate) fn cursor(&self) -> Option<String> {
        let lane = self.lanes.front();
        let Some(parents) = &self.parents else {
            return lane?.cursor.clone();
        };
        let within = lane.and_then(|lane| {
            Some(Within {
                key: key_of(lane.parent.as_ref()?),
                cursor: lane.cursor.clone()?,
                full: lane.full(),
            })
        });
        let position = Position {
            after: parents.position.after.clone(),
            // What was to go on from a stored cursor, and no lane is open yet.
            within: within.or_else(|| parents.position.within.clone()),
            skipped: parents.position.skipped,
        };
        serde_json::to_string(&position).ok()
    }

    /// Whether anything was read before, so that a restart loses it.
    pub(crate) fn began(&self) -> bool {
        let within = self.lanes.front().is_some_and(|lane| lane.cursor.is_some());
        let parents = self.parents.as_ref();
        within || parents.is_some_and(|parents| parents.position != Position::default())
    }
}

fn key_of(parent: &ParentRow) -> Key {
    Key {
        scope: parent.scope.clone(),
        id: parent.external_id.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent(id: &str) -> ParentRow {
        ParentRow {
            id: format!("lease_{id}"),
            scope: String::new(),
            external_id: id.to_owned(),
            fields: serde_json::json!({}),
            known: false,
            watermark: None,
        }
    }

    fn over(cursor: Option<&str>) -> Feed {
        let by = PartitionedBy {
            model: "leases".to_owned(),
            fields: Vec::new(),
        };
        Feed::new(SpanWish::Full, Some(&by), cursor.map(str::to_owned))
    }

    #[test]
    fn parents_are_passed_by_until_too_many_in_a_row() {
        let mut feed = over(None);
        for id in ["1", "2", "3", "4", "5"] {
            let lane = Lane::new(Some(parent(id)), Span::Full, None);
            feed.lanes.push_back(lane);
        }
        assert_eq!(feed.pass_by_first(3).as_deref(), Some("1"));
        // Another attempt knows of it.
        let resumed = over(feed.cursor().as_deref());
        assert_eq!(resumed.parents.unwrap().position.skipped, 1);
        assert_eq!(feed.pass_by_first(3).as_deref(), Some("2"));
        assert_eq!(feed.pass_by_first(3), None, "the third in a row");
        feed.close_first();
        assert_eq!(
            feed.pass_by_first(3).as_deref(),
            Some("4"),
            "one that was read ends the row"
        );
        let mut whole = Feed::new(SpanWish::Full, None, None);
        assert_eq!(whole.pass_by_first(3), None);
    }

    #[test]
    fn a_position_survives_until_its_parent_is_read() {
        let mut feed = over(None);
        assert!(!feed.began());
        feed.lanes
            .push_back(Lane::new(Some(parent("7")), Span::Full, None));
        feed.close_first();
        feed.lanes.push_back(Lane::new(
            Some(parent("9")),
            Span::Full,
            Some("page 3".to_owned()),
        ));
        let stored = feed.cursor().unwrap();
        assert!(feed.began());

        // Whoever goes on has not looked up the parents yet: nothing is lost if it stops at once.
        let resumed = over(Some(&stored));
        assert_eq!(resumed.cursor().unwrap(), stored);
        assert!(resumed.began());
        let parents = resumed.parents.unwrap();
        assert_eq!(parents.last.unwrap().id, "7");
        let within = parents.position.within.unwrap();
        assert_eq!(
            (within.key.id.as_str(), within.cursor.as_str(), within.full),
            ("9", "page 3", true)
        );
    }

    #[test]
    fn a_position_that_cannot_be_read_is_the_beginning() {
        assert!(!over(Some("a guest's own cursor")).began());
        let whole = Feed::new(
            SpanWish::Full,
            None,
            Some("a guest's own cursor".to_owned()),
        );
        assert_eq!(whole.cursor().as_deref(), Some("a guest's own cursor"));
    }
}
