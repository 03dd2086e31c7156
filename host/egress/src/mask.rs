//! Takes secrets out of whatever comes back from a vendor.
//!
//! A vendor may echo a secret as it is, encoded, or cut short. So a [`Masker`] looks not for whole values but for
//! runs: twelve or more bytes in a row that also stand in a row in one of the forms of a secret. Eight bytes at every
//! fifth place of a text are looked up among the windows of all forms, since every run of twelve covers such a place;
//! a window that is found is extended as far as text and form agree.

use std::{borrow::Cow, ops::Range};

use secrecy::{ExposeSecret, SecretString};

use crate::escape::forms;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Values below this length, in bytes, are not masked: they would be found all over the data.
pub const MIN_SECRET_BYTES: usize = 8;

/// The length of a run, in bytes, that is masked even if it is only a piece of a secret.
const RUN: usize = 12;
/// What is looked up at once.
const WINDOW: usize = 8;

/// A window that stands at more places than this is masked wherever it is found: a secret that repeats itself so
/// often must not make the search slow.
const MAX_PLACES: usize = 64;

/// Bits of the filter's index: it takes 8 KiB, which stay in the fastest cache.
const FILTER_BITS: u32 = 16;

/// Masks a set of secrets in any stream of bytes. Costs little where it finds nothing.
pub struct Masker {
    forms: Vec<Vec<u8>>,
    /// Every window of every form, in order: its bytes, the form, and where in the form it stands.
    windows: Vec<(u64, u32, u32)>,
    /// One bit for each window's hash: most places of a text are done with after a look at it.
    filter: Vec<u64>,
    /// A text is looked at so many bytes apart.
    stride: usize,
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
        // A form too short to hold a run is masked as a whole.
        let shortest = all.iter().map(|form| form.len().min(RUN)).min();
        let mut windows = Vec::new();
        let mut filter = vec![0; 1 << (FILTER_BITS - 6)];
        for (form, bytes) in (0..).zip(&all) {
            for (at, window) in (0..).zip(bytes.windows(WINDOW)) {
                let window = word(window);
                let (slot, bit) = slot(window);
                filter[slot] |= bit;
                windows.push((window, form, at));
            }
        }
        windows.sort_unstable();
        Self {
            forms: all,
            windows,
            filter,
            stride: shortest.unwrap_or(RUN) - WINDOW + 1,
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
        if self.windows.is_empty() {
            return runs;
        }
        for (number, window) in text.windows(WINDOW).step_by(self.stride).enumerate() {
            let window = word(window);
            let (slot, bit) = slot(window);
            if self.filter[slot] & bit == 0 {
                continue;
            }
            let at = number * self.stride;
            let found = at..at + WINDOW;
            // What a masked run leaves of another one is either shorter than a run or has a window of its own.
            if runs.last().is_some_and(|last| found.end <= last.end) {
                continue;
            }
            let first = self.windows.partition_point(|known| known.0 < window);
            let places = self.windows[first..]
                .iter()
                .take_while(|known| known.0 == window);
            let run = if places.clone().nth(MAX_PLACES).is_some() {
                Some(found)
            } else {
                places
                    .filter_map(|&(_, form, at)| {
                        self.extend(text, found.clone(), form as usize, at as usize)
                    })
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

    /// How far text and form agree around a window, if that is a run.
    fn extend(
        &self,
        text: &[u8],
        window: Range<usize>,
        form: usize,
        at: usize,
    ) -> Option<Range<usize>> {
        let form = &self.forms[form];
        let before = text[..window.start]
            .iter()
            .rev()
            .zip(form[..at].iter().rev())
            .take_while(|(a, b)| a == b)
            .count();
        let after = text[window.end..]
            .iter()
            .zip(&form[at + WINDOW..])
            .take_while(|(a, b)| a == b)
            .count();
        let run = window.start - before..window.end + after;
        (run.len() >= RUN.min(form.len())).then_some(run)
    }
}

/// The bytes of a window as one number.
fn word(window: &[u8]) -> u64 {
    window
        .iter()
        .fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Where a window stands in the filter.
fn slot(window: u64) -> (usize, u64) {
    let hash = window.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - FILTER_BITS);
    ((hash >> 6) as usize, 1 << (hash & 63))
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Masker").finish_non_exhaustive()
    }
}
