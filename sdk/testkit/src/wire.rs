//! What sits between egress and vendor, and what hears the component's log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use portcullis_egress::{Answer, Request, Tap};
use portcullis_runtime::{GuestLog, Level};
use secrecy::SecretString;

/// A change of an answer on its way.
pub(crate) type Change = Arc<dyn Fn(&mut Answer) + Send + Sync>;

/// What the wire does with requests.
#[derive(Clone, Default)]
pub(crate) enum Mode {
    /// The vendor answers; the answers are kept.
    #[default]
    Live,
    /// The vendor answers, and nothing is kept.
    Untaped,
    /// The answer that the vendor gave before, changed; the vendor's own where there is none.
    Tape(Change),
    /// This answer to everything but a log-in.
    Instead(Answer),
    /// This answer to the first request that is no log-in, the vendor's to all others.
    Once(Answer),
    /// Between the answer of `Once` and its arrival.
    Given,
}

/// Sits between egress and vendor: keeps answers, plays them back, changes them.
#[derive(Default)]
pub struct Wire(Mutex<State>);

#[derive(Default)]
struct State {
    mode: Mode,
    tape: HashMap<Fingerprint, Answer>,
    sent: Vec<Request>,
    captured: Vec<SecretString>,
    answered: u32,
    too_many: u32,
    /// The vendor gave another answer to a request than before.
    changed: bool,
}

/// What makes two requests the same: signatures and times in headers may differ.
type Fingerprint = (&'static str, String, Option<Vec<u8>>);

fn fingerprint(request: &Request) -> Fingerprint {
    (
        request.method.as_str(),
        request.url.clone(),
        request.body.clone(),
    )
}

impl Wire {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.state().mode = mode;
    }

    pub(crate) fn mode(&self) -> Mode {
        self.state().mode.clone()
    }

    /// Requests that passed every check of egress since the last time.
    pub(crate) fn take_sent(&self) -> Vec<Request> {
        std::mem::take(&mut self.state().sent)
    }

    /// Secrets that log-ins brought since the last time.
    pub(crate) fn take_captured(&self) -> Vec<SecretString> {
        std::mem::take(&mut self.state().captured)
    }

    /// The vendor's own answers so far.
    pub(crate) fn answered(&self) -> u32 {
        self.state().answered
    }

    /// How often the vendor itself said 429.
    pub(crate) fn too_many(&self) -> u32 {
        self.state().too_many
    }

    /// Whether the vendor gave another answer to a request than before, since the last time.
    pub(crate) fn take_changed(&self) -> bool {
        std::mem::take(&mut self.state().changed)
    }

    /// Everything that the vendor answered.
    pub(crate) fn all_answers(&self) -> Vec<Answer> {
        self.state().tape.values().cloned().collect()
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl Tap for Wire {
    fn outbound(&self, request: &Request) -> Option<Answer> {
        let mut state = self.state();
        state.sent.push(request.clone());
        if !request.captures.is_empty() {
            return None;
        }
        match state.mode.clone() {
            Mode::Live | Mode::Untaped | Mode::Given => None,
            Mode::Tape(_) => state.tape.get(&fingerprint(request)).cloned(),
            Mode::Instead(answer) => Some(answer),
            Mode::Once(answer) => {
                state.mode = Mode::Given;
                Some(answer)
            }
        }
    }

    fn inbound(&self, request: &Request, answer: &mut Answer) {
        let mut state = self.state();
        match &state.mode {
            Mode::Live => {
                state.answered += 1;
                state.too_many += u32::from(answer.status == 429);
                let before = state.tape.insert(fingerprint(request), answer.clone());
                state.changed |= before.is_some_and(|before| before.body != answer.body);
            }
            Mode::Untaped => state.answered += 1,
            Mode::Tape(change) if request.captures.is_empty() => {
                let change = Arc::clone(change);
                drop(state);
                change(answer);
            }
            Mode::Given => state.mode = Mode::Untaped,
            Mode::Tape(_) | Mode::Instead(_) | Mode::Once(_) => {}
        }
    }

    fn captured(&self, secret: &SecretString) {
        self.state().captured.push(secret.clone());
    }
}

/// An answer in the vendor's place.
pub(crate) fn answer(status: u16, kind: &'static str, body: &str) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(kind),
    );
    Answer {
        status,
        headers,
        body: body.as_bytes().to_vec(),
    }
}

/// Keeps what the component says until somebody asks.
#[derive(Debug, Default)]
pub struct Lines(Mutex<Vec<String>>);

impl Lines {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl GuestLog for Lines {
    fn write(&self, _level: Level, message: &str, fields: &[(String, String)]) {
        let fields = fields
            .iter()
            .map(|(name, value)| format!(" {name}={value}"));
        let line = format!("{message}{}", fields.collect::<String>());
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }
}
