//! What a connector does when the vendor behaves otherwise than it did: the same page again, with another answer.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;
use portcullis_egress::Answer;
use portcullis_runtime::CallError;
use portcullis_runtime::contract::{Next, Page, PageRequest, Reaction};
use secrecy::{ExposeSecret as _, SecretString};

use crate::alter;
use crate::bench::Holder;
use crate::clause::Clause;
use crate::examiner::{Examiner, Seen};
use crate::pass::{Key, Pass, key};
use crate::payload::{Payloads, SENSITIVE};
use crate::wire::{Change, Mode, answer};

/// The wait that a 429 asks for: short, since the gateway itself heeds it.
pub(crate) const WAIT_SECONDS: u64 = 2;
/// A secret is sent back in pieces of so many characters, among other forms.
const PIECE: usize = 8;

/// A page of a pass that can be asked for again.
struct Example<'p> {
    name: String,
    request: &'p PageRequest,
    page: &'p Page,
}

/// The first two pages of a pass.
fn examples(pass: &Pass) -> impl Iterator<Item = Example<'_>> {
    pass.pages
        .iter()
        .take(2)
        .enumerate()
        .map(|(at, (request, page))| Example {
            name: format!("{}, page {}", pass.reading.name(), at + 1),
            request,
            page,
        })
}

impl Examiner<'_> {
    async fn under(
        &mut self,
        mode: Mode,
        what: &str,
        request: &PageRequest,
    ) -> Result<Page, CallError> {
        self.bench.wire().set(mode);
        let seen = self.pull(what, Holder::Customer, request).await;
        self.bench.wire().set(Mode::Live);
        seen.result
    }

    async fn changed(
        &mut self,
        change: Change,
        what: &str,
        request: &PageRequest,
    ) -> Result<Page, CallError> {
        self.under(Mode::Tape(change), what, request).await
    }

    /// Outages, refusals and answers that cannot be read.
    pub(crate) async fn failures(&mut self, pass: &Pass) {
        let echo = self.echo();
        for example in examples(pass) {
            let words = format!("Temporarily not available. {echo}");
            let outage = answer(503, "text/plain", &words);
            let what = format!("{} under a 503", example.name);
            let result = self
                .under(Mode::Instead(outage), &what, example.request)
                .await;
            self.must_be(Clause::ErrorsOutage, &what, &result, |reaction| {
                matches!(
                    reaction,
                    Reaction::Unavailable(_)
                        | Reaction::Retry
                        | Reaction::RateLimited(_)
                        | Reaction::Transport(_)
                )
            });
            let page = answer(
                200,
                "text/html",
                "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>",
            );
            let what = format!("{} under a web page", example.name);
            let result = self
                .under(Mode::Instead(page), &what, example.request)
                .await;
            self.must_be(Clause::ErrorsUnreadable, &what, &result, is_unreadable);
            let what = format!("{} under an answer that breaks off", example.name);
            let result = self
                .changed(Arc::new(alter::cut), &what, example.request)
                .await;
            self.must_be(Clause::ErrorsUnreadable, &what, &result, is_unreadable);
        }
    }

    /// A 401 to the first page, once: under a session the host logs in again and the page comes.
    pub(crate) async fn unauthorised(&mut self, pass: &Pass, logs_in: bool) {
        let Some(example) = examples(pass).next() else {
            return;
        };
        let words = format!("Who are you? {}", self.echo());
        let refusal = answer(401, "text/plain", &words);
        let what = format!("{} under a 401", example.name);
        let result = self
            .under(Mode::Once(refusal), &what, example.request)
            .await;
        let holds = match &result {
            Ok(page) => logs_in && records(page) == records(example.page),
            Err(CallError::Guest(error)) => {
                matches!(error.reaction, Reaction::Unauthenticated)
                    || logs_in && matches!(error.reaction, Reaction::SessionExpired)
            }
            Err(_) => false,
        };
        self.sheet.check(Clause::ErrorsUnauthorised, holds, || {
            format!("{what}: {}", told(&result))
        });
    }

    /// A 429 with a wait.
    pub(crate) async fn too_many(&mut self, pass: &Pass) {
        for example in examples(pass) {
            let mut refusal = answer(429, "text/plain", "Too many requests.");
            refusal
                .headers
                .insert(http::header::RETRY_AFTER, HeaderValue::from(WAIT_SECONDS));
            let what = format!("{} under a 429", example.name);
            self.bench.wire().set(Mode::Instead(refusal));
            let seen = self.pull(&what, Holder::Customer, example.request).await;
            self.bench.wire().set(Mode::Live);
            let asked = WAIT_SECONDS * 1000;
            let holds = match &seen.result {
                Err(CallError::Guest(error)) => match &error.reaction {
                    Reaction::RateLimited(limit) => {
                        limit.retry_after_ms.is_some_and(|wait| wait >= asked)
                    }
                    _ => false,
                },
                _ => false,
            };
            self.sheet.check(Clause::LimitsTooMany, holds, || {
                format!("{what}: {}", told(&seen.result))
            });
            self.sheet
                .check(Clause::LimitsTooMany, seen.sent.len() == 1, || {
                    format!("{what}: {} requests", seen.sent.len())
                });
        }
    }

    /// A first page whose links lead to a host that nobody declared. Who follows one is refused by the host, and must
    /// say so: half a list is no list.
    pub(crate) async fn led_astray(&mut self, pass: &Pass) {
        let Some(example) = examples(pass).next() else {
            return;
        };
        let what = format!("{} with a link to another host", example.name);
        self.astray = true;
        self.bench
            .wire()
            .set(Mode::Tape(Arc::new(alter::lead_astray)));
        let first = self.pull(&what, Holder::Customer, example.request).await;
        self.bench.wire().set(Mode::Untaped);
        self.goes_nowhere(&what, &first);
        if let Ok(Page {
            next: Next::More(cursor),
            ..
        }) = first.result
        {
            let request = PageRequest {
                cursor: Some(cursor),
                ..example.request.clone()
            };
            let next = self.pull(&what, Holder::Customer, &request).await;
            self.goes_nowhere(&what, &next);
        } else if let Ok(page) = &first.result {
            let records = records(page).len();
            self.sheet.check(Clause::EgressDeclared, false, || {
                format!("{what}: the pass ends there, after {records} records")
            });
        }
        self.bench.wire().set(Mode::Live);
        self.astray = false;
    }

    /// A page may come if nothing was asked that is not declared.
    fn goes_nowhere(&mut self, what: &str, seen: &Seen<Page>) {
        let holds = seen.denied.is_empty() || seen.result.is_err();
        self.sheet.check(Clause::EgressDeclared, holds, || {
            format!(
                "{what}: {} is refused, and a page comes",
                seen.denied.join(", ")
            )
        });
    }

    /// Words that no enumeration knows, one place of the answers at a time.
    pub(crate) async fn unknown_words(&mut self, pass: &Pass, payloads: &Payloads) {
        let Some(example) = examples(pass).find(|example| !records(example.page).is_empty()) else {
            return;
        };
        let before = self.enumerated(example.page, payloads);
        for place in self.places(&example).await {
            let what = format!("{} with an unknown word at {place}", example.name);
            let at = place.clone();
            let change: Change = Arc::new(move |answer: &mut Answer| alter::replace(answer, &at));
            let page = match self.changed(change, &what, example.request).await {
                Ok(page) => page,
                Err(error) => {
                    self.sheet
                        .check(Clause::ValuesUnknown, false, || format!("{what}: {error}"));
                    continue;
                }
            };
            let left = records(&page);
            let keys: BTreeSet<&Key> = left.iter().map(|(_, key)| key).collect();
            // A word may decide which of two models a record is of.
            let lost = records(example.page)
                .into_iter()
                .find(|(_, key)| !keys.contains(key));
            let invalid = page.batches.iter().find_map(|batch| {
                let mut upserts = batch.upserts.iter();
                upserts.find_map(|upsert| payloads.invalid(&batch.model, &upsert.payload))
            });
            if let Some((model, (_, id))) = lost {
                self.sheet.check(Clause::ValuesUnknown, false, || {
                    format!("{what}: {model} {id} is lost")
                });
            } else if let Some(invalid) = invalid {
                self.sheet.check(Clause::ValuesUnknown, false, || {
                    format!("{what}: {invalid}")
                });
            } else if self.enumerated(&page, payloads) != before {
                self.sheet.holds(Clause::ValuesUnknown);
            }
        }
        self.sheet.pass_by(
            Clause::ValuesUnknown,
            "no word of the vendor's reaches a field with a closed set of values",
        );
    }

    /// Places of words in the answers behind a page, those of ids aside.
    async fn places(&mut self, example: &Example<'_>) -> BTreeSet<String> {
        // Requests may hold a time, so that none of them is on the tape; what comes is heard as it passes.
        let heard: Arc<Mutex<Vec<Answer>>> = Arc::default();
        let ear = Arc::clone(&heard);
        let listen: Change = Arc::new(move |answer: &mut Answer| {
            ear.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(answer.clone());
        });
        // Whatever comes of it, the answers have passed.
        drop(self.changed(listen, &example.name, example.request).await);
        let answers = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
        let ids: BTreeSet<String> = records(example.page)
            .into_iter()
            .flat_map(|(_, (scope, id))| scope.into_iter().chain([id]))
            .collect();
        let mut places = BTreeSet::new();
        for answer in answers {
            for (place, words) in alter::words(&answer) {
                if words.is_disjoint(&ids) {
                    places.insert(place);
                }
            }
        }
        places
    }

    fn enumerated(&self, page: &Page, payloads: &Payloads) -> Vec<String> {
        let all = page.batches.iter().flat_map(|batch| {
            let upserts = batch.upserts.iter();
            upserts.flat_map(|upsert| payloads.enumerated(&batch.model, &upsert.payload))
        });
        all.collect()
    }

    /// Answers in which the vendor sends secrets back, and what nobody may read.
    pub(crate) async fn echoes(&mut self, pass: &Pass, payloads: &Payloads) {
        let echo = self.echo();
        let header = HeaderValue::from_str(&echo).ok();
        let forbidden: Vec<(String, String)> = payloads
            .forbidden()
            .into_iter()
            .map(|name| (name, SENSITIVE.to_owned()))
            .collect();
        for example in examples(pass) {
            let what = format!("{} with its secrets sent back", example.name);
            let (words, header) = (echo.clone(), header.clone());
            let change: Change = Arc::new(move |answer: &mut Answer| {
                alter::add(answer, &[("x_echo".to_owned(), words.clone())]);
                if let Some(header) = &header {
                    answer.headers.insert("x-echo", header.clone());
                }
            });
            // Whatever comes of it, every call is searched for secrets.
            drop(self.changed(change, &what, example.request).await);
            let what = format!("{} with values that nobody may read", example.name);
            let members = forbidden.clone();
            let change: Change = Arc::new(move |answer: &mut Answer| alter::add(answer, &members));
            if let Ok(page) = self.changed(change, &what, example.request).await {
                for batch in &page.batches {
                    for upsert in &batch.upserts {
                        let clean = !upsert.payload.contains(SENSITIVE);
                        self.sheet.check(Clause::ValuesSensitive, clean, || {
                            let id = &upsert.key.external_id;
                            format!("{what}: {} {id} holds one", batch.model)
                        });
                    }
                }
                let next = crate::keep::next_text(&page.next).unwrap_or_default();
                self.sheet
                    .check(Clause::ValuesSensitive, !next.contains(SENSITIVE), || {
                        format!("{what}: it stands in the cursor")
                    });
            }
        }
    }

    /// Every secret of the customer's in the forms in which vendors send one back.
    fn echo(&self) -> String {
        let all: Vec<String> = self.customers_secrets().iter().map(forms).collect();
        all.join(" ")
    }

    fn must_be(
        &mut self,
        clause: Clause,
        what: &str,
        result: &Result<Page, CallError>,
        fits: impl Fn(&Reaction) -> bool,
    ) {
        let holds = matches!(result, Err(CallError::Guest(error)) if fits(&error.reaction));
        self.sheet
            .check(clause, holds, || format!("{what}: {}", told(result)));
    }
}

fn is_unreadable(reaction: &Reaction) -> bool {
    matches!(
        reaction,
        Reaction::Protocol
            | Reaction::Retry
            | Reaction::Unavailable(_)
            | Reaction::Unauthenticated
            | Reaction::SessionExpired
    )
}

/// What a call came to, in words.
fn told(result: &Result<Page, CallError>) -> String {
    match result {
        Ok(page) => format!("a page with {} records", records(page).len()),
        Err(error) => format!("{} ({error})", error.code()),
    }
}

/// Model and key of every record of a page.
fn records(page: &Page) -> BTreeSet<(String, Key)> {
    page.batches
        .iter()
        .flat_map(|batch| {
            let upserts = batch.upserts.iter();
            upserts.map(|upsert| (batch.model.clone(), key(&upsert.key)))
        })
        .collect()
}

fn forms(secret: &SecretString) -> String {
    let value = secret.expose_secret();
    let bytes = value.as_bytes();
    let letters: Vec<char> = value.chars().collect();
    let pieces: Vec<String> = letters
        .chunks(PIECE)
        .map(|piece| piece.iter().collect())
        .collect();
    let escaped: String = url::form_urlencoded::byte_serialize(bytes).collect();
    [
        value.to_owned(),
        data_encoding::BASE64.encode(bytes),
        data_encoding::HEXLOWER.encode(bytes),
        escaped,
        pieces.join(" "),
    ]
    .join(" ")
}
