//! One reading of a model from its first page to its end.

use std::collections::BTreeMap;

use portcullis_runtime::contract::sync::{Batch, Partition};
use portcullis_runtime::contract::types::RecordKey;
use portcullis_runtime::contract::{Next, Page, PageRequest, Span};

/// A page may have so many bytes.
pub(crate) const MAX_PAGE_BYTES: u32 = 16 << 20;

/// What is read, and how.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) model: String,
    pub(crate) companions: Vec<String>,
    pub(crate) partition: Option<Partition>,
    pub(crate) span: Span,
    pub(crate) started_at: i64,
    pub(crate) target: u32,
    pub(crate) originals: bool,
}

impl Reading {
    pub(crate) fn request(&self, cursor: Option<String>) -> PageRequest {
        PageRequest {
            model: self.model.clone(),
            companions: self.companions.clone(),
            span: self.span.clone(),
            partition: self.partition.clone(),
            cursor,
            started_at: self.started_at,
            target_records: self.target,
            max_bytes: MAX_PAGE_BYTES,
            originals: self.originals,
            extras: Vec::new(),
        }
    }

    /// How people know it.
    pub(crate) fn name(&self) -> String {
        match &self.partition {
            None => self.model.clone(),
            Some(partition) => format!("{} of {}", self.model, partition.key.external_id),
        }
    }
}

/// How a pass ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// With the end marker.
    Complete(Option<String>),
    /// With an error; the sentence.
    Failed(String),
    /// It went on longer than the suite does.
    Cut,
}

/// What was read.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pub(crate) reading: Reading,
    pub(crate) pages: Vec<(PageRequest, Page)>,
    pub(crate) end: End,
}

/// Scope and external id.
pub(crate) type Key = (Option<String>, String);

pub(crate) fn key(key: &RecordKey) -> Key {
    (key.scope.clone(), key.external_id.clone())
}

impl Pass {
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.end, End::Complete(_))
    }

    pub(crate) fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.pages.iter().flat_map(|(_, page)| &page.batches)
    }

    /// Every record that came, by model and key; the last of those that came twice.
    pub(crate) fn records(&self) -> BTreeMap<(&str, Key), &str> {
        self.batches()
            .flat_map(|batch| {
                let upserts = batch.upserts.iter();
                upserts.map(|upsert| {
                    let key = (batch.model.as_str(), key(&upsert.key));
                    (key, upsert.payload.as_str())
                })
            })
            .collect()
    }
}

/// What a page holds, in a form in which two of the same cursor can be compared.
pub(crate) fn same(one: &Page, other: &Page) -> Result<(), String> {
    // A vendor may write the time into its cursors, so their texts say nothing.
    if matches!(one.next, Next::More(_)) != matches!(other.next, Next::More(_)) {
        return Err("one of them is the last page".to_owned());
    }
    if one.batches.len() != other.batches.len() {
        return Err("the number of batches differs".to_owned());
    }
    for (one, other) in one.batches.iter().zip(&other.batches) {
        if one.upserts.len() != other.upserts.len() {
            return Err(format!("the number of {} differs", one.model));
        }
        let pairs = one.upserts.iter().zip(&other.upserts);
        if let Some((upsert, _)) = pairs.clone().find(|(a, b)| a.key != b.key) {
            return Err(format!(
                "{} {} has another place",
                one.model, upsert.key.external_id
            ));
        }
        if let Some((upsert, _)) = pairs
            .clone()
            .find(|(a, b)| a.payload != b.payload || a.updated_at != b.updated_at)
        {
            return Err(format!("{} {} differs", one.model, upsert.key.external_id));
        }
        if one.tombstones != other.tombstones || one.omissions != other.omissions {
            return Err(format!("what is gone or left out of {} differs", one.model));
        }
    }
    Ok(())
}
