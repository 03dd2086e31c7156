//! What the vendor's ledger shows: which pages were asked for, and how often.

use crate::truth::{COMPARED, Truth};
use portcullis_simulators::shared::ledger::Entry;
use std::collections::BTreeMap;

/// One request for a page of a list.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The unified model.
    pub model: &'static str,
    /// The first row asked for.
    pub offset: u64,
    /// The most rows asked for.
    pub limit: u64,
    /// The status, once answered.
    pub status: Option<u16>,
    /// Arrival, in milliseconds since 1970.
    pub at_ms: u64,
}

/// The pages of lists that a client asked for. Requests without an offset are probes.
#[must_use]
pub fn fetched(asked: &[Entry], client_id: &str) -> Vec<Fetched> {
    let of = |entry: &Entry| {
        if entry.client_id.as_deref() != Some(client_id) {
            return None;
        }
        let (path, query) = entry.path.split_once('?')?;
        let model = COMPARED
            .iter()
            .find(|compared| compared.path == path)?
            .model;
        let number = |name: &str| {
            query
                .split('&')
                .find_map(|pair| pair.strip_prefix(name)?.parse::<u64>().ok())
        };
        Some(Fetched {
            model,
            offset: number("offset=")?,
            limit: number("limit=")?,
            status: entry.status,
            at_ms: entry.time_ms,
        })
    };
    asked.iter().filter_map(of).collect()
}

/// How many pages of one model were asked for more than once, at most over the models.
#[must_use]
pub(crate) fn refetched(pages: &[Fetched]) -> u64 {
    let mut times: BTreeMap<(&str, u64), u64> = BTreeMap::new();
    for page in pages {
        *times.entry((page.model, page.offset)).or_default() += 1;
    }
    let mut again: BTreeMap<&str, u64> = BTreeMap::new();
    for ((model, _), times) in times {
        *again.entry(model).or_default() += times - 1;
    }
    again.into_values().max().unwrap_or(0)
}

/// I1: each row of each list lay within a page that was answered.
pub(super) fn all_read(asked: &[Entry], client_id: &str, truth: &Truth, found: &mut Vec<String>) {
    let pages = fetched(asked, client_id);
    for compared in &COMPARED {
        let total = truth
            .models
            .get(compared.model)
            .map_or(0, |rows| rows.len() as u64);
        let mut spans: Vec<(u64, u64)> = pages
            .iter()
            .filter(|page| page.model == compared.model && page.status == Some(200))
            .map(|page| (page.offset, page.offset + page.limit))
            .collect();
        spans.sort_unstable();
        let mut read = 0;
        for (from, to) in spans {
            if from <= read {
                read = read.max(to);
            }
        }
        if read < total {
            found.push(format!(
                "I1: the rows of {} were asked for only up to {read} of {total}",
                compared.model
            ));
        }
    }
}
