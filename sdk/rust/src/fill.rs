//! Filling a page until its limit is near.

use std::collections::BTreeMap;

use portcullis_model::Timestamp;
use serde::Serialize;

use crate::{Batch, Omission, PageRequest, PayloadWriter, RecordKey, Result, Tombstone, Upsert};

/// How much of the page's limit is filled at most, in percent: the host counts
/// the envelope too.
const FILL: u64 = 90;

/// What a record costs in a page beyond its texts, in bytes.
const ENVELOPE: u64 = 64;

/// A batch that knows how much room its page has left, and in which a key
/// occurs once: the record that came last wins.
#[derive(Debug)]
pub struct Filler {
    batch: Batch,
    writer: PayloadWriter,
    originals: bool,
    room: u64,
    at: BTreeMap<(Option<String>, String), usize>,
}

impl Filler {
    /// An empty batch of the lead of a request, with room for as many bytes as
    /// the request allows.
    pub fn new(request: &PageRequest) -> Self {
        Self {
            batch: Batch::new(request.model.as_str()),
            writer: PayloadWriter::new(),
            originals: request.originals,
            room: u64::from(request.max_bytes) * FILL / 100,
            at: BTreeMap::new(),
        }
    }

    /// Adds a record; `original` is written only if the host asked for it.
    /// False if the page is full before it; the first record always goes in,
    /// since there is no smaller page.
    ///
    /// # Errors
    ///
    /// As [`PayloadWriter::write`].
    pub fn add<P: Serialize + ?Sized, O: Serialize + ?Sized>(
        &mut self,
        key: RecordKey,
        updated_at: Option<Timestamp>,
        payload: &P,
        original: &O,
    ) -> Result<bool> {
        let payload = self.writer.write(payload)?;
        let original = match self.originals {
            true => Some(self.writer.write(original)?),
            false => None,
        };
        let size = payload.len() + original.as_ref().map_or(0, String::len);
        let size = size as u64 + ENVELOPE;
        if size > self.room && !self.batch.upserts.is_empty() {
            return Ok(false);
        }
        self.room = self.room.saturating_sub(size);
        let place = (key.scope.clone(), key.external_id.clone());
        let upsert = Upsert {
            key,
            updated_at: updated_at.map(Timestamp::millis),
            payload,
            original,
        };
        match self.at.get(&place) {
            Some(at) => self.batch.upserts[*at] = upsert,
            None => {
                self.at.insert(place, self.batch.upserts.len());
                self.batch.upserts.push(upsert);
            }
        }
        Ok(true)
    }

    /// How many records there are so far.
    pub fn len(&self) -> usize {
        self.batch.upserts.len()
    }

    /// Whether there are none so far.
    pub fn is_empty(&self) -> bool {
        self.batch.upserts.is_empty()
    }

    /// Notes a record that cannot be read.
    pub fn omit(&mut self, key: Option<RecordKey>, why: impl Into<String>) {
        self.batch.omissions.push(Omission::malformed(key, why));
    }

    /// Notes a record that the vendor says is gone.
    pub fn gone(&mut self, key: RecordKey, deleted_at: Option<Timestamp>) {
        self.batch.tombstones.push(Tombstone {
            key,
            deleted_at: deleted_at.map(Timestamp::millis),
        });
    }

    /// Says how many records the whole run of this partition will have.
    pub fn total(&mut self, total: Option<u64>) {
        self.batch.total = total;
    }

    /// The batch.
    pub fn into_batch(self) -> Batch {
        self.batch
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::testing::page_request;

    #[test]
    fn a_page_is_full_before_its_limit_and_never_empty() {
        let mut request = page_request("units");
        request.max_bytes = 1000;
        request.originals = true;
        let mut filler = Filler::new(&request);
        let long = "x".repeat(400);
        let mut add = |id: &str| filler.add(RecordKey::of(id), None, &long, &1).unwrap();
        assert!(add("1"));
        // The second would end above nine tenths of the limit.
        assert!(!add("2"));
        assert_eq!(filler.len(), 1);
        assert_eq!(
            filler.into_batch().upserts[0].original.as_deref(),
            Some("1")
        );

        request.max_bytes = 10;
        let mut filler = Filler::new(&request);
        assert!(filler.add(RecordKey::of("1"), None, &long, &1).unwrap());
    }

    #[test]
    fn a_key_occurs_once_and_the_last_record_wins() {
        let mut filler = Filler::new(&page_request("units"));
        for (property, value) in [("1", "a"), ("2", "b"), ("1", "c")] {
            let key = RecordKey::within(property, "7");
            assert!(filler.add(key, None, value, &()).unwrap());
        }
        let batch = filler.into_batch();
        let payloads: Vec<_> = batch.upserts.iter().map(|upsert| &upsert.payload).collect();
        assert_eq!(payloads, ["\"c\"", "\"b\""]);
    }
}
