//! Takes secrets out of whatever comes back from a vendor.
//!
//! A vendor may echo a secret as it is, encoded, or cut short. So a [`Masker`] looks not for whole values but for
//! runs: twelve or more bytes in a row that also stand in a row in one of the forms of a secret. Every run of twelve
//! covers one of the form's anchors, which are eight bytes long and start at every fifth byte; an anchor that is found
//! is extended as far as text and form agree.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use secrecy::{ExposeSecret, SecretString};

use crate::escape::forms;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Values below this length, in bytes, are not masked: they would be found all over the data.
pub const MIN_SECRET_BYTES: usize = 8;

/// The length of a run, in bytes, that is masked even if it is only a piece of a secret.
const RUN: usize = 12;
const ANCHOR: usize = 8;
const STRIDE: usize = RUN - ANCHOR + 1;

/// An anchor that stands at more places than this is masked wherever it is found: a secret that repeats itself so
/// often must not make the search slow.
const MAX_PLACES: usize = 16;

/// Above so many anchors the automaton is one that is built fast and takes little memory.
const MANY_ANCHORS: usize = 2_000;

/// Masks a set of secrets in any stream of bytes. Costs nothing to speak of where it finds nothing.
pub struct Masker {
    automaton: Option<AhoCorasick>,
    forms: Vec<Vec<u8>>,
    /// Where each anchor stands, as form and offset; indexed by the automaton's pattern.
    places: Vec<Vec<(usize, usize)>>,
}

impl Masker {
    /// A masker of these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut all: Vec<Vec<u8>> = secrets
            .into_iter()
            .map(ExposeSecret::expose_secret)
            .filter(|value| value.len() >= MIN_SECRET_BYTES)
            .flat_map(forms)
            .filter(|form| form.len() >= MIN_SECRET_BYTES)
            .collect();
        all.sort_unstable();
        all.dedup();

        let mut index: HashMap<&[u8], usize> = HashMap::new();
        let mut anchors: Vec<&[u8]> = Vec::new();
        let mut places: Vec<Vec<(usize, usize)>> = Vec::new();
        for (number, form) in all.iter().enumerate() {
            // A form too short to hold a run is masked as a whole.
            let (length, stride) = if form.len() < RUN {
                (form.len(), form.len())
            } else {
                (ANCHOR, STRIDE)
            };
            for at in (0..=form.len() - length).step_by(stride) {
                let anchor = &form[at..at + length];
                let pattern = *index.entry(anchor).or_insert_with(|| {
                    anchors.push(anchor);
                    places.push(Vec::new());
                    places.len() - 1
                });
                if places[pattern].len() <= MAX_PLACES {
                    places[pattern].push((number, at));
                }
            }
        }
        let kind = (anchors.len() > MANY_ANCHORS).then_some(AhoCorasickKind::ContiguousNFA);
        // The only error is a count of states beyond 2^31, which the length limit of secrets rules out.
        let automaton = (!anchors.is_empty())
            .then(|| AhoCorasick::builder().kind(kind).build(&anchors).ok())
            .flatten();
        Self {
            automaton,
            places,
            forms: all,
        }
    }

    /// The bytes with every secret replaced by [`MASK`]; the same slice if there is none.
    pub fn bytes<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let runs = self.runs(text);
        if runs.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = Vec::with_capacity(text.len());
        let mut from = 0;
        for run in runs {
            out.extend_from_slice(&text[from..run.start]);
            out.extend_from_slice(MASK.as_bytes());
            from = run.end;
        }
        out.extend_from_slice(&text[from..]);
        Cow::Owned(out)
    }

    /// The text with every secret replaced by [`MASK`]; the same text if there is none.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // A run may end within a character of several bytes.
            Cow::Owned(masked) => Cow::Owned(String::from_utf8_lossy(&masked).into_owned()),
        }
    }

    /// What has to go, in order, without overlaps or neighbours.
    fn runs(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        let Some(automaton) = &self.automaton else {
            return runs;
        };
        for found in automaton.find_overlapping_iter(text) {
            // What a masked run leaves of another one is either shorter than a run or has an anchor of its own.
            if runs.last().is_some_and(|last| found.end() <= last.end) {
                continue;
            }
            let places = &self.places[found.pattern().as_usize()];
            let run = if places.len() > MAX_PLACES {
                Some(found.range())
            } else {
                places
                    .iter()
                    .filter_map(|&(form, at)| self.extend(text, found.range(), form, at))
                    .reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
            };
            let Some(mut run) = run else { continue };
            while let Some(last) = runs.pop_if(|last| run.start <= last.end) {
                run = last.start.min(run.start)..last.end.max(run.end);
            }
            runs.push(run);
        }
        runs
    }

    /// How far text and form agree around an anchor, if that is a run.
    fn extend(
        &self,
        text: &[u8],
        anchor: Range<usize>,
        form: usize,
        at: usize,
    ) -> Option<Range<usize>> {
        let form = &self.forms[form];
        let before = text[..anchor.start]
            .iter()
            .rev()
            .zip(form[..at].iter().rev())
            .take_while(|(a, b)| a == b)
            .count();
        let after = text[anchor.end..]
            .iter()
            .zip(&form[at + anchor.len()..])
            .take_while(|(a, b)| a == b)
            .count();
        let run = anchor.start - before..anchor.end + after;
        (run.len() >= RUN.min(form.len())).then_some(run)
    }
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Masker").finish_non_exhaustive()
    }
}
