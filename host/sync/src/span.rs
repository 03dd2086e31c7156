//! What a run reads: everything, what changed, or a part of history.

use portcullis_manifest::{Incremental, Model};
use portcullis_runtime::contract::sync::{Span, Window};
use portcullis_store::{Extent, ModelFacts, ParentRow, SpanWish};

/// Incremental runs between full ones that try dead letters again, at most: two to the power of this, less one.
const LONGEST_PAUSE: u32 = 6;
/// The same while there is a letter that no full run has tried.
const NEW_LETTER_PAUSE: i32 = 3;

/// Decides what `auto` means for a run of `model` with what is known about it and its companions, which share its pages.
///
/// What changed is enough only if every model of the run has been read up to the same watermark in the same format, if
/// no full run is due, and if the last full run did not leave a doubt. A dead letter is such a doubt: its record lies
/// before the watermark, so that only a full run meets it once the vendor has mended it. Any other wish stays as it is.
pub(crate) fn resolve(
    wish: SpanWish,
    model: &Model,
    facts: &[ModelFacts],
    state_format: i32,
) -> SpanWish {
    if wish != SpanWish::Auto {
        return wish;
    }
    let Some(lead) = facts.first() else {
        return SpanWish::Full;
    };
    let up_to_date = |facts: &ModelFacts| {
        facts.state_format == Some(state_format)
            && !facts.suspect
            && facts.watermark == lead.watermark
            && !letters_are_due(facts)
    };
    let due = model
        .full_every
        .is_some_and(|every| u32::try_from(lead.incrementals).unwrap_or(0) >= every);
    match &lead.watermark {
        Some(watermark)
            if model.incremental != Incremental::None && !due && facts.iter().all(up_to_date) =>
        {
            SpanWish::Since {
                watermark: watermark.clone(),
            }
        }
        _ => SpanWish::Full,
    }
}

/// Whether a full run is to try the dead letters of a model again. The next run does; while they stay open, one after 1, 3,
/// 7 incremental runs and so on, so that a record that is never mended does not make every run a full one. A record that
/// only an incremental run has met does not wait for the end of a long pause.
fn letters_are_due(facts: &ModelFacts) -> bool {
    let tried = u32::try_from(facts.letter_runs).unwrap_or(0);
    let pause = (1 << tried.saturating_sub(1).min(LONGEST_PAUSE)) - 1;
    let pause = if facts.letters_new {
        pause.min(NEW_LETTER_PAUSE)
    } else {
        pause
    };
    facts.letters && facts.incrementals >= pause
}

/// What the run reads as far as its end is concerned.
pub(crate) fn extent(wish: &SpanWish) -> Extent {
    match wish {
        SpanWish::Since { .. } => Extent::Since,
        SpanWish::Window { .. } => Extent::Window,
        SpanWish::Auto | SpanWish::Full => Extent::Full,
    }
}

/// What a guest is asked for. A partition goes by its own checkpoint, and one without is read in full.
pub(crate) fn for_guest(wish: &SpanWish, partition: Option<&ParentRow>) -> Span {
    match (wish, partition) {
        (SpanWish::Auto | SpanWish::Full, _) => Span::Full,
        (SpanWish::Window { start, end }, _) => Span::Window(Window {
            start: start.timestamp_millis(),
            end: end.timestamp_millis(),
        }),
        (SpanWish::Since { watermark }, None) => Span::Since(watermark.clone()),
        (SpanWish::Since { .. }, Some(parent)) => match &parent.watermark {
            Some(watermark) if parent.known => Span::Since(watermark.clone()),
            _ => Span::Full,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(incremental: &str, full_every: Option<u32>) -> Model {
        serde_json::from_value(serde_json::json!({
            "name": "units", "schema": "unit/1", "incremental": incremental, "full-every": full_every,
        }))
        .unwrap()
    }

    fn known(name: &str, watermark: &str) -> ModelFacts {
        ModelFacts {
            model: name.to_owned(),
            watermark: Some(watermark.to_owned()),
            state_format: Some(1),
            incrementals: 0,
            suspect: false,
            letter_runs: 0,
            letters: false,
            letters_new: false,
            complete_once: true,
            live_rows: 10,
            rows_before: 0,
            dead_before: 0,
        }
    }

    #[test]
    fn changes_are_enough_only_without_any_doubt() {
        let since = SpanWish::Since {
            watermark: "w".to_owned(),
        };
        let auto = |model: &Model, facts: &[ModelFacts]| resolve(SpanWish::Auto, model, facts, 1);
        let units = model("timestamp", Some(3));
        assert_eq!(auto(&units, &[known("units", "w")]), since);
        assert_eq!(
            auto(&units, &[known("units", "w"), known("with", "w")]),
            since
        );

        let doubts: [(&str, ModelFacts); 4] = [
            (
                "another format",
                ModelFacts {
                    state_format: Some(2),
                    ..known("units", "w")
                },
            ),
            (
                "no watermark",
                ModelFacts {
                    watermark: None,
                    ..known("units", "w")
                },
            ),
            (
                "too empty",
                ModelFacts {
                    suspect: true,
                    ..known("units", "w")
                },
            ),
            (
                "full run due",
                ModelFacts {
                    incrementals: 3,
                    ..known("units", "w")
                },
            ),
        ];
        for (doubt, facts) in doubts {
            assert_eq!(auto(&units, &[facts]), SpanWish::Full, "{doubt}");
        }
        let behind = [known("units", "w"), known("with", "older")];
        assert_eq!(
            auto(&units, &behind),
            SpanWish::Full,
            "a companion is behind"
        );
        let new = ModelFacts {
            watermark: None,
            state_format: None,
            ..known("with", "")
        };
        assert_eq!(
            auto(&units, &[known("units", "w"), new]),
            SpanWish::Full,
            "a companion is new"
        );
        assert_eq!(
            auto(&model("none", None), &[known("units", "w")]),
            SpanWish::Full
        );
        assert_eq!(auto(&model("timestamp", None), &[]), SpanWish::Full);
    }

    /// Plays runs of a model with a letter that stays open; gives which of them are full.
    fn full_runs(count: usize, mut facts: ModelFacts) -> Vec<usize> {
        let units = model("timestamp", None);
        let mut full = Vec::new();
        for run in 1..=count {
            if resolve(SpanWish::Auto, &units, &[facts.clone()], 1) == SpanWish::Full {
                full.push(run);
                facts = ModelFacts {
                    incrementals: 0,
                    letter_runs: facts.letter_runs + 1,
                    letters_new: false,
                    ..facts
                };
            } else {
                facts.incrementals += 1;
            }
        }
        full
    }

    #[test]
    fn a_letter_is_tried_at_once_and_then_less_and_less_often() {
        let open = ModelFacts {
            letters: true,
            letter_runs: 1,
            ..known("units", "w")
        };
        assert_eq!(full_runs(30, open.clone()), [1, 3, 7, 15]);
        let for_long = ModelFacts {
            letter_runs: 1_000,
            ..open.clone()
        };
        assert_eq!(full_runs(130, for_long.clone()), [64, 128]);
        let met_by_an_incremental_run = ModelFacts {
            letter_runs: 0,
            letters_new: true,
            ..open
        };
        assert_eq!(full_runs(3, met_by_an_incremental_run), [1, 2]);
        let beside_old_ones = ModelFacts {
            letters_new: true,
            ..for_long
        };
        assert_eq!(full_runs(60, beside_old_ones), [4]);
        assert_eq!(full_runs(60, known("units", "w")), [0; 0]);
    }

    #[test]
    fn a_wish_that_was_said_stays() {
        let window = SpanWish::Window {
            start: chrono::DateTime::UNIX_EPOCH,
            end: chrono::DateTime::UNIX_EPOCH,
        };
        let units = model("timestamp", None);
        for wish in [SpanWish::Full, window] {
            assert_eq!(
                resolve(wish.clone(), &units, &[known("units", "w")], 1),
                wish
            );
        }
    }
}
