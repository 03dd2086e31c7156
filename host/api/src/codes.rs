//! Every stable code that people can meet, in one table: where, what happened, what to do, who must act.
//!
//! The pages in `docs/errors`, those under `/docs/errors/` and the codes of the OpenAPI document are all
//! made from it. Tests see to it that no code of the sources is missing here, and no page there.

mod answers;
mod commands;
mod connectors;
pub mod page;
mod runs;

use portcullis_service::WhoMustAct;

pub use answers::ANSWERS;
pub use commands::COMMANDS;
pub use connectors::CONNECTORS;
pub use runs::RUNS;

/// Where a code is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In an answer of the API.
    Answer,
    /// As the end, or the wait, of a run or a check.
    Run,
    /// As the reason why a connector's file is not loaded.
    Connector,
    /// At the command line.
    Command,
}

impl Place {
    /// All of them, in the order of the lists.
    pub const ALL: [Self; 4] = [Self::Answer, Self::Run, Self::Connector, Self::Command];

    /// What the list of its codes is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Answer => "Answers of the API",
            Self::Run => "Runs and checks",
            Self::Connector => "Connectors that are not loaded",
            Self::Command => "The command line",
        }
    }

    /// Where it stands, in the middle of a sentence.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Answer => "in an answer of the API",
            Self::Run => "at a run or a check",
            Self::Connector => "at a connector that is not loaded",
            Self::Command => "at the command line",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct CodeEntry {
    /// The stable name.
    pub code: &'static str,
    /// Where it is met first of all.
    pub place: Place,
    /// Where else.
    pub also: Option<[Option<Place>; 2]>,
    /// The HTTP status of an answer whose own code this is; 0 where there is none.
    pub status: u16,
    /// Who has to do something.
    pub who: WhoMustAct,
    /// A few words, the same for every occurrence.
    pub title: &'static str,
    /// What happened, in a sentence or two.
    pub happened: &'static str,
    /// What to do about it.
    pub action: &'static str,
}

impl CodeEntry {
    /// Every place where it is met.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        let also = self.also.into_iter().flatten().flatten();
        std::iter::once(self.place).chain(also)
    }

    /// The same code, met in another place, too.
    const fn and_in(mut self, place: Place) -> Self {
        self.also = match self.also {
            None => Some([Some(place), None]),
            Some([first, _]) => Some([first, Some(place)]),
        };
        self
    }

    const fn by(mut self, who: WhoMustAct) -> Self {
        self.who = who;
        self
    }
}

const fn answer(
    code: &'static str,
    status: u16,
    who: WhoMustAct,
    title: &'static str,
    happened: &'static str,
    action: &'static str,
) -> CodeEntry {
    CodeEntry {
        code,
        place: Place::Answer,
        also: None,
        status,
        who,
        title,
        happened,
        action,
    }
}

const fn run(
    code: &'static str,
    who: WhoMustAct,
    title: &'static str,
    happened: &'static str,
    action: &'static str,
) -> CodeEntry {
    CodeEntry {
        place: Place::Run,
        ..answer(code, 0, who, title, happened, action)
    }
}

const fn connector(
    code: &'static str,
    who: WhoMustAct,
    title: &'static str,
    happened: &'static str,
    action: &'static str,
) -> CodeEntry {
    CodeEntry {
        place: Place::Connector,
        ..answer(code, 0, who, title, happened, action)
    }
}

const fn command(
    code: &'static str,
    title: &'static str,
    happened: &'static str,
    action: &'static str,
) -> CodeEntry {
    CodeEntry {
        place: Place::Command,
        ..answer(code, 0, WhoMustAct::Operator, title, happened, action)
    }
}

/// The whole table.
pub fn all() -> impl Iterator<Item = &'static CodeEntry> {
    [ANSWERS, RUNS, CONNECTORS, COMMANDS].into_iter().flatten()
}

/// The row of an answer's code. An unknown code is a fault of the gateway, and is shown as one.
pub fn entry(code: &str) -> &'static CodeEntry {
    ANSWERS
        .iter()
        .find(|entry| entry.code == code)
        .unwrap_or(&ANSWERS[ANSWERS.len() - 1])
}

/// The row of a code, if there is one.
pub fn find(code: &str) -> Option<&'static CodeEntry> {
    all().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use portcullis_service::{INPUT_CODES, Refusal, Thing};
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_of_the_service_has_a_row_with_a_fitting_status() {
        for code in INPUT_CODES {
            assert_eq!(find(code).map(|e| e.status), Some(400), "{code}");
        }
        for refusal in Refusal::ALL {
            let entry = find(refusal.code());
            assert_eq!(entry.map(|e| e.status), Some(409), "{refusal:?}");
            assert_eq!(
                entry.map(|e| e.who),
                Some(refusal.who_must_act()),
                "{refusal:?}"
            );
        }
        for thing in Thing::ALL {
            assert_eq!(find(thing.code()).map(|e| e.status), Some(404), "{thing:?}");
        }
        for code in [
            "role_insufficient",
            "database_unavailable",
            "internal_error",
        ] {
            assert!(find(code).is_some(), "{code}");
        }
    }

    #[test]
    fn codes_are_unique_and_the_last_answer_is_the_fault_of_the_gateway() {
        let unique: HashSet<_> = all().map(|e| e.code).collect();
        assert_eq!(unique.len(), all().count());
        assert_eq!(entry("no_such_code").code, "internal_error");
        assert_eq!(entry("guest_trap").code, "internal_error", "no answer's");
        assert!(ANSWERS.iter().all(|entry| entry.status >= 400));
    }

    #[test]
    fn rows_are_whole_sentences() {
        for entry in all() {
            for text in [entry.happened, entry.action] {
                assert!(text.ends_with('.'), "{}: {text}", entry.code);
                assert!(
                    text.starts_with(|c: char| c.is_uppercase() || c == '`'),
                    "{text}"
                );
            }
            assert!(!entry.title.ends_with('.'), "{}", entry.code);
        }
    }
}
