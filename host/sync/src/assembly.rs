//! From a guest's page to a commit unit: what is wrong with the page, and the rows that it holds.

use crate::document::{Assembler, Rejection};
use crate::ids::RecordIds;
use crate::reaction::{Cause, WhoMustAct};
use crate::unit::Merge;
use portcullis_manifest::Manifest;
use portcullis_runtime::contract::sync::{Next, Page};
use portcullis_runtime::contract::types::RecordKey;
use portcullis_store::DeadLetter;

/// Longest cursor or watermark, in bytes: the contract's figure.
const LONGEST_CURSOR: usize = 4 << 10;

/// Makes rows of the pages of one run: of its model and of the companions on the same pages.
pub(crate) struct Assembly {
    assemblers: Vec<(String, Assembler)>,
}

impl Assembly {
    /// For the model `lead` and its `companions`, with the ids of one integration.
    pub(crate) fn new(
        manifest: &Manifest,
        lead: &str,
        companions: &[String],
        ids: &RecordIds,
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
    pub(crate) fn add(&self, page: Page, unit: &mut Merge) {
        for batch in page.batches {
            let Some((model, assembler)) = self
                .assemblers
                .iter()
                .find(|(model, _)| *model == batch.model)
            else {
                continue;
            };
            if let Some(total) = batch.total {
                unit.totals
                    .insert(model.clone(), i64::try_from(total).unwrap_or(i64::MAX));
            }
            for upsert in &batch.upserts {
                match assembler.assemble(upsert) {
                    Ok(row) => unit.add(model, row),
                    Err(Rejection { kind, message }) => {
                        unit.dead_letters.push(dead_letter(
                            model,
                            Some(&upsert.key),
                            kind,
                            message,
                        ));
                    }
                }
            }
            for omission in batch.omissions {
                unit.dead_letters.push(dead_letter(
                    model,
                    omission.key.as_ref(),
                    &omission.kind,
                    omission.message,
                ));
            }
        }
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
