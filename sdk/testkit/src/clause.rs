//! What is judged, and what came of it.

use std::collections::{BTreeMap, BTreeSet};

/// So many findings of one clause are kept: the tenth says nothing that the first does not.
const MOST_FINDINGS: usize = 5;

macro_rules! clauses {
    ($($name:ident = $id:literal, $text:literal;)*) => {
        /// One sentence of the contract that can be judged from outside.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Clause {
            $(#[doc = $text] $name,)*
        }

        impl Clause {
            /// All of them, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its stable name.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What it demands.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

clauses! {
    CredentialsRefused = "credentials.refused", "Wrong credentials are refused as such: validation is `unauthenticated`, no probe finds a model readable, and no pull brings a page.";
    AccessProbed = "access.probed", "Every declared model is probed and has a verdict, and a model that others are read over tells a sample for their probes; what is readable is pulled without an error, and a count or a sample that a probe tells is true.";
    AccessReads = "access.reads", "Nothing is written at the vendor: no call sends PUT, PATCH or DELETE.";
    PagingComplete = "paging.complete", "A pass ends with the end marker, brings as many records as the vendor announces, and the same ones whatever the size of its pages.";
    PagingOnce = "paging.once", "No record comes twice in one pass.";
    PagingRepeatable = "paging.repeatable", "The same cursor brings the same page again while the vendor gives the same answers.";
    PagingCursor = "paging.cursor", "A cursor differs from the one that was asked with, and neither cursor nor watermark is longer than 4 KiB.";
    PagingAsked = "paging.asked", "A page holds the model that was asked for first, then companions that were asked for, and nothing else.";
    IncrementalSince = "incremental.since", "A run that goes on from a watermark brings every record whose stamp is later than the start of the run that left it; a model that is declared incremental leaves one that does not expire at once, and one that is not leaves none, so that its next run is full.";
    LimitsDeclared = "limits.declared", "Requests draw from limits that the manifest declares, from each of them somewhere, stay within the call's budget, and the vendor is never asked more often than it allows.";
    LimitsTooMany = "limits.too-many", "A 429 ends the call as `rate-limited` with the wait that the vendor asked for, without another request.";
    ErrorsUnauthorised = "errors.unauthorised", "A 401 to a page ends as `unauthenticated`, or under a session as `session-expired`; it is never a page.";
    ErrorsOutage = "errors.outage", "A 503 to a page ends as an error that is worth another try; it is never a page.";
    ErrorsUnreadable = "errors.unreadable", "An answer that breaks off, or is a web page, ends as an error; it is never a page.";
    ValuesSchema = "values.schema", "Every payload is valid under the JSON Schema of its model.";
    ValuesUnknown = "values.unknown", "A word that an enumeration does not know ends no call, loses no record and makes no payload invalid.";
    ValuesOriginals = "values.originals", "The vendor's own record is filled when it is asked for, as JSON, and only then.";
    ValuesSensitive = "values.sensitive", "Tax numbers, bank accounts and what else the manifest names under `redact` stand in no payload, in no original after the host's redaction, in no cursor and in no log.";
    KeysForm = "keys.form", "An external id is not empty and at most 512 bytes long; a key has a scope exactly where the manifest says `unique-within`.";
    ReferencesResolve = "references.resolve", "References lead to records of the model that they name: at least half of each kind, since vendors forget some.";
    ContractExtras = "contract.extras", "Unknown names in `extras` are ignored.";
    BudgetsKept = "budgets.kept", "Every call stays within the processor time, memory, time, result and log that it has.";
    SecretsKept = "secrets.kept", "No run of twelve characters of a secret, in whatever form, stands in a page, a cursor, an error, a log line or a URL that the component wrote, even if the vendor sends the secret back.";
    EgressDeclared = "egress.declared", "No request is tried to a host that is not declared, unless the vendor's own answer leads there: then the call ends as an error, and what it meets is never taken for the end.";
}

/// What became of one clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was judged, and it holds.
    Pass,
    /// It does not hold; what was seen, a sentence each.
    Fail(Vec<String>),
    /// It could not be judged against this vendor, and why.
    NotJudged(String),
}

impl Outcome {
    /// `pass`, `fail` or `not_judged`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::NotJudged(_) => "not_judged",
        }
    }
}

/// A clause and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The clause.
    pub clause: Clause,
    /// What became of it.
    pub outcome: Outcome,
}

/// What an examination found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// One for each clause, in the order of [`Clause::ALL`].
    pub judgements: Vec<Judgement>,
    /// Calls of the component.
    pub calls: u32,
    /// Requests of the component that the vendor answered; the others were answered in its place.
    pub requests: u32,
}

impl Report {
    /// How many judgements have this word.
    #[must_use]
    pub fn count(&self, word: &str) -> usize {
        let with = |judgement: &&Judgement| judgement.outcome.word() == word;
        self.judgements.iter().filter(with).count()
    }
}

/// Where findings are written down.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    judged: BTreeSet<Clause>,
    failures: BTreeMap<Clause, Vec<String>>,
    reasons: BTreeMap<Clause, String>,
}

impl Sheet {
    /// Judges a clause once.
    pub(crate) fn check(&mut self, clause: Clause, holds: bool, why: impl FnOnce() -> String) {
        self.judged.insert(clause);
        if holds {
            return;
        }
        let failures = self.failures.entry(clause).or_default();
        let why = why();
        if failures.len() < MOST_FINDINGS && !failures.contains(&why) {
            failures.push(why);
        }
    }

    /// The clause was judged and holds so far.
    pub(crate) fn holds(&mut self, clause: Clause) {
        self.judged.insert(clause);
    }

    /// Says why a clause is not judged, if it is not by anything else.
    pub(crate) fn pass_by(&mut self, clause: Clause, reason: impl Into<String>) {
        self.reasons.entry(clause).or_insert_with(|| reason.into());
    }

    /// One judgement for each clause.
    pub(crate) fn judgements(mut self) -> Vec<Judgement> {
        let mut outcome = |clause: &Clause| match self.failures.remove(clause) {
            Some(failures) => Outcome::Fail(failures),
            None if self.judged.contains(clause) => Outcome::Pass,
            None => Outcome::NotJudged(
                self.reasons
                    .remove(clause)
                    .unwrap_or_else(|| "no record was read that shows it".to_owned()),
            ),
        };
        let all = Clause::ALL.iter();
        all.map(|clause| Judgement {
            clause: *clause,
            outcome: outcome(clause),
        })
        .collect()
    }
}
