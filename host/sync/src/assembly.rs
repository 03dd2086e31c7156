//! From a guest's page to a commit unit: what is wrong with the page, and the rows that it holds.

use crate::document::{Assembler, Rejection};
use crate::ids::RecordIds;
use crate::reaction::{Cause, WhoMustAct};
use crate::unit::{Merge, Origin};
use portcullis_manifest::Manifest;
use portcullis_runtime::contract::sync::{Next, Page};
use portcullis_runtime::contract::types::RecordKey;
use portcullis_store::{DeadLetter, LetterKey, PropertyFilter, RecordWrite};
use std::collections::HashSet;
use std::sync::Arc;

/// Longest cursor or watermark, in bytes: the contract's figure.
const LONGEST_CURSOR: usize = 4 << 10;

/// What a run looks out for beside the records themselves.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Records of other properties are not stored.
    pub(crate) properties: PropertyFilter,
    /// Keys that could not be stored so far.
    pub(crate) letters: HashSet<LetterKey>,
}

/// Makes rows of the pages of one run: of its model and of the companions on the same pages.
pub(crate) struct Assembly {
    assemblers: Vec<(String, Assembler)>,
    wanted: Arc<Wanted>,
}

impl Assembly {
    /// For the model `lead` and its `companions`, with the ids of one integration.
    pub(crate) fn new(
        manifest: &Manifest,
        lead: &str,
        companions: &[String],
        ids: &RecordIds,
        wanted: &Arc<Wanted>,
    ) -> Self {
        let models = std::iter::once(lead).chain(companions.iter().map(String::as_str));
        Self {
            assemblers: models
                .map(|model| {
                    (
                        model.to_owned(),
                        Assembler::new(manifest, model, ids.clone()),
                    )
                })
                .collect(),
            wanted: Arc::clone(wanted),
        }
    }

    /// Why the page as a whole cannot be taken, if so. `cursor` is the one it was asked for with.
    pub(crate) fn refuse(&self, page: &Page, cursor: Option<&str>) -> Option<Cause> {
        let broken =
            |code, message: String| Some(Cause::new(code, message, WhoMustAct::ConnectorAuthor));
        match &page.next {
            Next::More(next) | Next::Complete(Some(next))
                if next.len() > LONGEST_CURSOR || next.contains('\0') =>
            {
                return broken(
                    "cursor_invalid",
                    format!(
                        "the cursor has {} bytes or U+0000 in it; {LONGEST_CURSOR} bytes of text are allowed",
                        next.len()
                    ),
                );
            }
            Next::More(next) if Some(next.as_str()) == cursor => {
                return broken(
                    "pagination_stalled",
                    "the next page begins where this one began".to_owned(),
                );
            }
            _ => {}
        }
        for batch in &page.batches {
            if !self
                .assemblers
                .iter()
                .any(|(model, _)| *model == batch.model)
            {
                return broken(
                    "model_unasked",
                    format!("the page holds {}, which was not asked for", batch.model),
                );
            }
        }
        None
    }

    /// Adds the page's records to `unit`; what cannot be stored becomes a dead letter.
    pub(crate) fn add(&self, page: Page, origin: &Origin, unit: &mut Merge) {
        let complete = matches!(page.next, Next::Complete(_));
        if origin.full {
            for (model, _) in &self.assemblers {
                let part = unit.pass(model, origin);
                part.complete |= complete;
            }
        }
        for batch in page.batches {
            let Some((model, assembler)) = self
                .assemblers
                .iter()
                .find(|(model, _)| *model == batch.model)
            else {
                continue;
            };
            if let Some(total) = batch.total {
                unit.total(model, origin, i64::try_from(total).unwrap_or(i64::MAX));
            }
            for upsert in &batch.upserts {
                match assembler.assemble(upsert) {
                    Ok(row) => {
                        unit.saw(model, origin, Some(row.id.clone()));
                        self.add_row(model, row, origin, unit);
                    }
                    Err(Rejection { kind, message }) => {
                        let key = &upsert.key;
                        let id = assembler.id_of(key.scope.as_deref(), &key.external_id);
                        unit.saw(model, origin, id);
                        let letter = dead_letter(model, Some(key), kind, message);
                        unit.dead_letters.push(letter);
                    }
                }
            }
            for gone in &batch.tombstones {
                let key = &gone.key;
                if let Some(id) = assembler.id_of(key.scope.as_deref(), &key.external_id) {
                    unit.bury(model, id);
                }
            }
            for omission in batch.omissions {
                let key = omission.key.as_ref();
                let id =
                    key.and_then(|key| assembler.id_of(key.scope.as_deref(), &key.external_id));
                unit.saw(model, origin, id);
                let letter = dead_letter(model, key, &omission.kind, omission.message);
                unit.dead_letters.push(letter);
            }
        }
    }

    fn add_row(&self, model: &str, mut row: RecordWrite, origin: &Origin, unit: &mut Merge) {
        let property = row.x_property_id.as_deref();
        // The properties themselves are stored whatever their switch says: else nobody could see it.
        if model != "properties" && !self.wanted.properties.wants(property) {
            return;
        }
        if !self.wanted.letters.is_empty() {
            let key = LetterKey {
                model: model.to_owned(),
                scope: row.scope.clone(),
                external_id: row.external_id.clone(),
            };
            if self.wanted.letters.contains(&key) {
                unit.resolved.push(key);
            }
        }
        row.partition = origin.partition.to_string();
        unit.add(model, row);
    }
}

/// Keys and words come from a guest: they are cut to a length and freed of what a text column cannot hold.
fn dead_letter(model: &str, key: Option<&RecordKey>, kind: &str, message: String) -> DeadLetter {
    DeadLetter {
        model: model.to_owned(),
        scope: key
            .and_then(|key| key.scope.as_deref())
            .map(storable)
            .unwrap_or_default(),
        external_id: key.map(|key| storable(&key.external_id)),
        kind: storable(kind),
        message: storable(&message),
    }
}

fn storable(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(1_000).collect()
}
