//! Paging: passes from the first page to the end marker, and what they must have in common.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_runtime::contract::{Next, Page, PageRequest};
use serde_json::json;

use crate::bench::Holder;
use crate::clause::Clause;
use crate::examiner::Examiner;
use crate::keep::next_text;
use crate::pass::{End, Key, Pass, Reading, key, same};
use crate::wire::Mode;

/// A pass that is longer is not read to its end.
const MOST_PAGES: usize = 60;
/// The longest cursor or watermark, in bytes.
const LONGEST_CURSOR: usize = 4 << 10;

impl Examiner<'_> {
    /// Reads a model to its end, and judges each page by itself.
    pub(crate) async fn read(&mut self, reading: Reading) -> Pass {
        let mut pages: Vec<(PageRequest, Page)> = Vec::new();
        let mut cursor: Option<String> = None;
        let end = loop {
            if pages.len() == MOST_PAGES {
                break End::Cut;
            }
            let request = reading.request(cursor.clone());
            let what = format!("{}, page {}", reading.name(), pages.len() + 1);
            let page = match self.pull(&what, Holder::Customer, &request).await.result {
                Ok(page) => page,
                Err(error) => break End::Failed(format!("{what}: {error} ({})", error.code())),
            };
            self.judge_page(&what, &request, &page);
            let next = page.next.clone();
            pages.push((request, page));
            match next {
                Next::Complete(watermark) => break End::Complete(watermark),
                Next::More(next) if cursor.as_deref() == Some(next.as_str()) => break End::Cut,
                Next::More(next) => cursor = Some(next),
            }
        };
        Pass {
            reading,
            pages,
            end,
        }
    }

    fn judge_page(&mut self, what: &str, request: &PageRequest, page: &Page) {
        let next = next_text(&page.next).unwrap_or_default();
        self.sheet
            .check(Clause::PagingCursor, next.len() <= LONGEST_CURSOR, || {
                format!("{what}: {} bytes", next.len())
            });
        if let Next::More(next) = &page.next {
            let moves = request.cursor.as_ref() != Some(next);
            self.sheet.check(Clause::PagingCursor, moves, || {
                format!("{what}: the next cursor is the one that was asked with")
            });
        }
        let allowed: Vec<&String> = [&request.model]
            .into_iter()
            .chain(&request.companions)
            .collect();
        let mut last = None;
        for batch in &page.batches {
            let place = allowed.iter().position(|model| **model == batch.model);
            let holds = place.is_some() && place > last;
            self.sheet.check(Clause::PagingAsked, holds, || {
                format!(
                    "{what}: a batch of {} where {allowed:?} were asked for",
                    batch.model
                )
            });
            last = place.or(last);
        }
    }

    /// Judges a pass in small pages by itself.
    pub(crate) fn judge_pass(&mut self, pass: &Pass) {
        let name = pass.reading.name();
        match &pass.end {
            End::Failed(why) => {
                self.sheet
                    .check(Clause::AccessProbed, false, || why.clone());
                return;
            }
            End::Cut => {
                self.sheet.pass_by(
                    Clause::PagingComplete,
                    format!("{name} has more than {MOST_PAGES} small pages"),
                );
            }
            End::Complete(_) => {}
        }
        let mut seen: BTreeSet<(&str, Key)> = BTreeSet::new();
        let mut counts: BTreeMap<&str, (u64, Option<u64>)> = BTreeMap::new();
        for batch in pass.batches() {
            let count = counts.entry(&batch.model).or_default();
            count.0 += batch.omissions.len() as u64;
            count.1 = batch.total.or(count.1);
            let gone = batch.tombstones.iter().map(|tombstone| &tombstone.key);
            for one in batch.upserts.iter().map(|upsert| &upsert.key).chain(gone) {
                let new = seen.insert((&batch.model, key(one)));
                count.0 += u64::from(new);
                self.sheet.check(Clause::PagingOnce, new, || {
                    format!("{name}: {} {} comes twice", batch.model, one.external_id)
                });
            }
        }
        for (model, (came, total)) in counts {
            if let (true, Some(total)) = (pass.is_whole(), total) {
                self.sheet.check(Clause::PagingComplete, came == total, || {
                    format!("{name}: {came} of {total} {model} came")
                });
            }
        }
    }

    /// Judges two passes of the same reading with pages of different size.
    pub(crate) fn judge_sizes(&mut self, small: &Pass, large: &Pass) {
        if !(small.is_whole() && large.is_whole()) {
            return;
        }
        let (small_records, large_records) = (small.records(), large.records());
        let name = small.reading.name();
        for (one, other, sizes) in [
            (
                &small_records,
                &large_records,
                "large pages but not in small",
            ),
            (
                &large_records,
                &small_records,
                "small pages but not in large",
            ),
        ] {
            let missing = other.keys().find(|found| !one.contains_key(*found));
            self.sheet
                .check(Clause::PagingComplete, missing.is_none(), || {
                    let (model, (_, id)) = missing.cloned().unwrap_or_default();
                    format!("{name}: {model} {id} comes in {sizes} ones")
                });
        }
    }

    /// Asks again for pages of a pass: from the vendor, and with names in `extras` that nobody knows.
    pub(crate) async fn ask_again(&mut self, pass: &Pass) {
        let last = pass.pages.len().saturating_sub(1);
        let wanted = [0, 1, last];
        let mut asked = BTreeSet::new();
        for (place, (request, page)) in pass.pages.iter().enumerate() {
            if !wanted.contains(&place) || !asked.insert(place) {
                continue;
            }
            let what = format!("{}, page {} once more", pass.reading.name(), place + 1);
            self.bench.wire().set(Mode::Live);
            self.bench.wire().take_changed();
            let again = self.pull(&what, Holder::Customer, request).await.result;
            // Some vendors have lists without any order.
            let vendor_changed = self.bench.wire().take_changed();
            let differs = match &again {
                Ok(again) => same(page, again).err().filter(|_| !vendor_changed),
                Err(error) => Some(format!("it fails: {error}")),
            };
            self.sheet
                .check(Clause::PagingRepeatable, differs.is_none(), || {
                    format!("{what}: {}", differs.unwrap_or_default())
                });
            if place > 1 {
                continue;
            }
            let mut more = request.clone();
            more.extras = vec![("x-unheard-of".to_owned(), json!({"of": 1}).to_string())];
            let what = format!("{} with an unknown extra", pass.reading.name());
            self.bench
                .wire()
                .set(Mode::Tape(std::sync::Arc::new(|_| {})));
            let result = self.pull(&what, Holder::Customer, &more).await.result;
            self.bench.wire().set(Mode::Live);
            let failed = match &result {
                Ok(again) if again.batches.len() == page.batches.len() => None,
                Ok(_) => Some("the page is another".to_owned()),
                Err(error) => Some(error.to_string()),
            };
            self.sheet
                .check(Clause::ContractExtras, failed.is_none(), || {
                    format!("{what}: {}", failed.unwrap_or_default())
                });
        }
    }

    /// Asks for a lead without its companions.
    pub(crate) async fn ask_for_lead_alone(&mut self, pass: &Pass) {
        let Some((request, _)) = pass.pages.first() else {
            return;
        };
        if request.companions.is_empty() {
            return;
        }
        let mut alone = request.clone();
        alone.companions.clear();
        let what = format!("{} without companions", pass.reading.name());
        if let Ok(page) = self.pull(&what, Holder::Customer, &alone).await.result {
            self.judge_page(&what, &alone, &page);
        }
    }
}
