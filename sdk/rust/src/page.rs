//! Building pages.

use serde::Serialize;

use crate::{
    Batch, Error, Finding, Identity, Next, Omission, Page, RecordKey, Result, Upsert, Verdict,
};

#[expect(
    clippy::derivable_impls,
    reason = "the type is generated; deriving would give every generated type a default"
)]
impl Default for Identity {
    fn default() -> Self {
        Self {
            account_id: None,
            display_name: None,
            expires_at: None,
        }
    }
}

impl RecordKey {
    /// A key that is unique within the model and integration.
    pub fn of(external_id: impl Into<String>) -> Self {
        Self {
            scope: None,
            external_id: external_id.into(),
        }
    }

    /// A key that is unique within a property, for models that the manifest
    /// declares so.
    pub fn within(property: impl Into<String>, external_id: impl Into<String>) -> Self {
        Self {
            scope: Some(property.into()),
            external_id: external_id.into(),
        }
    }
}

impl Finding {
    /// What a probe saw, without restrictions.
    pub fn new(count: Option<u64>, sample: Option<RecordKey>) -> Self {
        Self {
            count,
            sample,
            restrictions: Vec::new(),
        }
    }
}

impl Verdict {
    /// Readable.
    pub fn granted(count: Option<u64>, sample: Option<RecordKey>) -> Self {
        Self::Granted(Finding::new(count, sample))
    }
}

impl Omission {
    /// A record that cannot be read, with its key if that much could be.
    pub fn malformed(key: Option<RecordKey>, message: impl Into<String>) -> Self {
        Self {
            key,
            kind: "malformed".into(),
            message: message.into(),
        }
    }
}

impl Batch {
    /// An empty batch of a model.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            upserts: Vec::new(),
            tombstones: Vec::new(),
            omissions: Vec::new(),
            total: None,
        }
    }

    /// Adds a record.
    pub fn upsert(&mut self, key: RecordKey, payload: String) {
        self.upserts.push(Upsert {
            key,
            updated_at: None,
            payload,
            original: None,
        });
    }
}

impl Page {
    /// A page with more behind it.
    pub fn more(batches: Vec<Batch>, cursor: String) -> Self {
        Self {
            batches,
            next: Next::More(cursor),
            pacing: Vec::new(),
            extras: Vec::new(),
        }
    }

    /// The last page, with the watermark of the run.
    pub fn last(batches: Vec<Batch>, watermark: Option<String>) -> Self {
        Self {
            batches,
            next: Next::Complete(watermark),
            pacing: Vec::new(),
            extras: Vec::new(),
        }
    }

    /// An end without records.
    pub fn end(watermark: Option<String>) -> Self {
        Self::last(Vec::new(), watermark)
    }
}

/// Writes payloads through one buffer, so that each text is allocated once and
/// at its length.
#[derive(Debug, Default)]
pub struct PayloadWriter {
    buffer: Vec<u8>,
}

impl PayloadWriter {
    /// A writer with room for a document of usual size.
    pub fn new() -> Self {
        Self {
            buffer: Vec::with_capacity(4096),
        }
    }

    /// A document as JSON text.
    ///
    /// # Errors
    ///
    /// `fail` if the value cannot be written as JSON, such as a map whose keys
    /// are no text.
    pub fn write<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<String> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, value)
            .map_err(|cause| Error::fail(format!("the record cannot be written: {cause}")))?;
        #[expect(
            unsafe_code,
            reason = "reading a whole page again only to know that it is text"
        )]
        // SAFETY: `serde_json` writes text and nothing else, on which its own `to_string` relies, too.
        let text = unsafe { std::str::from_utf8_unchecked(&self.buffer) };
        Ok(text.to_owned())
    }
}
