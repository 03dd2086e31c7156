//! Calls under a session: find or open one, make the call, make it again when the vendor wants a new log-in.

use super::Live;
use crate::caller::Caller;
use futures_util::future::BoxFuture;
use portcullis_egress::{
    BoundSecret, CapturedSecret, HostRule, HttpError, SecretSink, SecretSource,
};
use portcullis_runtime::contract::access::{ProbeRequest, Verdict};
use portcullis_runtime::contract::credentials::Identity;
use portcullis_runtime::contract::sync::{Page, PageRequest};
use portcullis_runtime::contract::types::{Error, RateLimit, Reaction};
use portcullis_runtime::{Call, CallError, CallOutcome, CallReport, CancellationToken};
use portcullis_store::{NewSession, SessionRow, SessionTake, SessionWant, StoreError};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a log-in may take.
const OPENING: Duration = Duration::from_secs(30);
/// How long its row is kept for it: a little longer, so that two are never at it.
const HELD: Duration = Duration::from_secs(35);
/// How long a log-out may take.
const CLOSING: Duration = Duration::from_secs(10);
/// How often it is looked whether another worker has logged in.
const LOOK: Duration = Duration::from_millis(150);
/// How long a call is put off when another worker's log-in takes long, or the database does not answer.
const PUT_OFF: Duration = Duration::from_secs(1);
/// The most that a note may have, in bytes.
const LONGEST_NOTE: usize = 4 << 10;
/// Sessions that one call may meet that are over, before it is left for later.
const TRIES: u32 = 4;

/// Codes of errors that come from here and not from a guest.
pub(crate) const BUDGET_SPENT: &str = "portcullis.log-ins-spent";
pub(crate) const LOGGING_IN: &str = "portcullis.logging-in";
pub(crate) const NO_DATABASE: &str = "portcullis.no-database";

impl Caller {
    /// Asks whether the credentials are good, under a session if the vendor wants one.
    pub async fn validate(
        &self,
        attempt: u32,
        wall: Duration,
        cancel: &CancellationToken,
    ) -> CallOutcome<Identity> {
        let loaded = Arc::clone(self.loaded());
        self.under_session(attempt, wall, cancel, move |call| {
            let loaded = Arc::clone(&loaded);
            Box::pin(async move { loaded.validate(call).await })
        })
        .await
    }

    /// Asks what the credentials can read of one model, under a session if the vendor wants one.
    pub async fn probe(
        &self,
        attempt: u32,
        wall: Duration,
        cancel: &CancellationToken,
        request: ProbeRequest,
    ) -> CallOutcome<Verdict> {
        let loaded = Arc::clone(self.loaded());
        self.under_session(attempt, wall, cancel, move |call| {
            let loaded = Arc::clone(&loaded);
            let request = request.clone();
            Box::pin(async move { loaded.probe(call, request).await })
        })
        .await
    }

    /// Asks for one page, under a session if the vendor wants one.
    pub async fn pull(
        &self,
        attempt: u32,
        wall: Duration,
        cancel: &CancellationToken,
        request: PageRequest,
    ) -> CallOutcome<Page> {
        let loaded = Arc::clone(self.loaded());
        let outcome = self
            .under_session(attempt, wall, cancel, move |call| {
                let loaded = Arc::clone(&loaded);
                let request = request.clone();
                Box::pin(async move { loaded.pull(call, request).await })
            })
            .await;
        if let Ok(page) = &outcome.result {
            page.pacing.iter().for_each(|limit| self.paced(limit));
        }
        outcome
    }

    /// Gives a session back to the vendor. What becomes of it there only the log says: it is not used again.
    pub(crate) async fn log_out(&self, session: &SessionRow) {
        let call = self.call(1, CLOSING, CancellationToken::new(), Some(session), None);
        let outcome = self.loaded().session_close(call).await;
        if let Err(error) = outcome.result {
            tracing::warn!(session = %session.id, error = %error, "a session could not be given back");
        }
    }

    /// Forgets everything that is stored of a session, after giving it back.
    pub(crate) async fn leave(&self, session: &SessionRow) -> Result<(), StoreError> {
        self.log_out(session).await;
        self.sessions().0.book.left(&session.id).await
    }

    /// Gives back the session that this process uses for the integration, if it has one.
    pub async fn end_session(&self) {
        if !self.logs_in() {
            return;
        }
        let want = self.session_want(&self.sessions().0.holder);
        let Some(live) = self.sessions().forget(&key_of(&want)) else {
            return;
        };
        if let Err(error) = self.leave(&live).await {
            tracing::debug!(error = %error, "a session could not be forgotten");
        }
    }

    async fn under_session<T: Send>(
        &self,
        attempt: u32,
        wall: Duration,
        cancel: &CancellationToken,
        make: impl Fn(Call) -> BoxFuture<'static, CallOutcome<T>> + Send + Sync,
    ) -> CallOutcome<T> {
        if !self.logs_in() {
            let outcome = make(self.call(attempt, wall, cancel.clone(), None, None)).await;
            self.heed(&outcome);
            return outcome;
        }
        let began = Instant::now();
        let mut report = CallReport::default();
        let mut over: Option<String> = None;
        for round in 1.. {
            let left = wall.saturating_sub(began.elapsed());
            let live = match self
                .session(over.as_deref(), left, cancel, &mut report)
                .await
            {
                Ok(live) => live,
                Err(error) => {
                    return CallOutcome {
                        result: Err(error),
                        report,
                    };
                }
            };
            let left = wall.saturating_sub(began.elapsed());
            let call = self.call(attempt, left, cancel.clone(), Some(&live.row), None);
            let mut outcome = make(call).await;
            let answered = outcome
                .report
                .exchanges
                .iter()
                .any(|it| it.status.is_some());
            add(&mut report, std::mem::take(&mut outcome.report));
            match &outcome.result {
                Err(CallError::Guest(error))
                    if matches!(error.reaction, Reaction::SessionExpired) && round < TRIES =>
                {
                    over = Some(live.row.id);
                    continue;
                }
                Err(CallError::Guest(error))
                    if matches!(error.reaction, Reaction::SessionExpired) => {}
                Ok(_) | Err(CallError::Guest(_)) if answered => {
                    self.sessions().used(&live).await;
                }
                _ => {}
            }
            outcome.report = report;
            self.heed(&outcome);
            return outcome;
        }
        unreachable!("the rounds are counted by an endless range")
    }

    /// A session that can be used: the one that is there, another worker's, or one of our own opening.
    async fn session(
        &self,
        over: Option<&str>,
        patience: Duration,
        cancel: &CancellationToken,
        report: &mut CallReport,
    ) -> Result<Live, CallError> {
        let sessions = self.sessions();
        let want = self.session_want(&sessions.0.holder);
        let key = key_of(&want);
        if let Some(live) = sessions.recent(&key, over) {
            return Ok(live);
        }
        let until = Instant::now() + patience.min(OPENING);
        let turn = sessions.turn(&want.fingerprint);
        let _turn = tokio::select! {
            turn = turn.lock() => turn,
            () = cancel.cancelled() => return Err(CallError::Cancelled),
            () = tokio::time::sleep_until(until) => return Err(put_off()),
        };
        if let Some(live) = sessions.recent(&key, over) {
            return Ok(live);
        }
        let mut over = over;
        loop {
            let taken = sessions.0.book.take(&want, over).await;
            // It has been said.
            over = None;
            match taken.map_err(no_database)? {
                SessionTake::Live(row) => return Ok(sessions.remember(&key, row)),
                SessionTake::Open { id } => {
                    let row = self.log_in(id, &want.holder, cancel, report).await?;
                    return Ok(sessions.remember(&key, row));
                }
                SessionTake::LeaveFirst(first) => {
                    for session in &first {
                        self.leave(session).await.map_err(no_database)?;
                    }
                }
                SessionTake::Spent { wait } => return Err(spent(wait)),
                SessionTake::Refused => return Err(refused()),
                SessionTake::Wait => {
                    if Instant::now() + LOOK >= until {
                        return Err(put_off());
                    }
                    tokio::select! {
                        () = tokio::time::sleep(LOOK) => {}
                        () = cancel.cancelled() => return Err(CallError::Cancelled),
                    }
                }
            }
        }
    }

    async fn log_in(
        &self,
        id: String,
        holder: &str,
        cancel: &CancellationToken,
        report: &mut CallReport,
    ) -> Result<SessionRow, CallError> {
        let book = &self.sessions().0.book;
        let captured = Arc::new(Captured::new(self.session_secret_hosts()));
        let sink = Arc::clone(&captured) as Arc<dyn SecretSink>;
        let call = self.call(1, OPENING, cancel.clone(), None, Some(sink));
        let mut outcome = self.loaded().session_open(call).await;
        let heard = outcome.report.exchanges.iter().any(|exchange| {
            exchange.status.is_some()
                || matches!(
                    exchange.error,
                    Some(
                        HttpError::Timeout
                            | HttpError::Transport(_)
                            | HttpError::ResponseTooLarge(_)
                    )
                )
        });
        // A log-in that was cut off in the middle of a request may have been heard too.
        let heard = heard
            || matches!(
                outcome.result,
                Err(CallError::Cancelled | CallError::Limit { .. })
            );
        self.heed(&outcome);
        add(report, std::mem::take(&mut outcome.report));
        let brought = outcome
            .result
            .map_err(no_session_before_log_in)
            .and_then(|note| self.brought(note, &captured));
        let new = match brought {
            Ok(new) => new,
            Err(error) => {
                book.drop_opening(&id, !heard).await.map_err(no_database)?;
                return Err(error);
            }
        };
        let row = SessionRow {
            id: id.clone(),
            note: new.note.clone(),
            secrets: new.secrets.clone(),
            good_for: match (new.lifetime, new.idle) {
                (Some(life), Some(idle)) => Some(life.min(idle)),
                (life, idle) => life.or(idle),
            }
            .map(|life| life - (life / 10).min(Duration::from_secs(30))),
            idle: new.idle,
            proved: false,
        };
        match book.keep(&id, holder, &new).await {
            Ok(true) => Ok(row),
            kept => {
                // Nobody else will ever use it.
                self.log_out(&row).await;
                kept.map_err(no_database)?;
                Err(put_off())
            }
        }
    }

    fn brought(&self, note: Option<String>, captured: &Captured) -> Result<NewSession, CallError> {
        let (secrets, ends) = captured.taken();
        let protocol = |message: String| {
            CallError::Guest(Error {
                reaction: Reaction::Protocol,
                message,
                code: None,
            })
        };
        if secrets.is_empty() {
            let message = "the log-in brought no session secret: nothing of the expected form was in the vendor's answer";
            return Err(protocol(message.to_owned()));
        }
        if let Some(note) = &note {
            if note.len() > LONGEST_NOTE {
                return Err(protocol(format!(
                    "the session's note has {} bytes; it may have {LONGEST_NOTE}",
                    note.len()
                )));
            }
            if serde_json::from_str::<serde::de::IgnoredAny>(note).is_err() {
                return Err(protocol("the session's note is no JSON".to_owned()));
            }
        }
        let declared = self.loaded().manifest().session.as_ref();
        let said = ends.map(|at| (at - chrono::Utc::now()).to_std().unwrap_or_default());
        Ok(NewSession {
            note,
            secrets,
            lifetime: said.or(declared.and_then(|session| session.lifetime)),
            idle: declared.and_then(|session| session.idle),
        })
    }

    fn session_want(&self, holder: &str) -> SessionWant {
        let declared = self.loaded().manifest().session.as_ref();
        let fingerprints = self.fingerprints();
        SessionWant {
            fingerprint: fingerprints.session.clone(),
            scope: fingerprints.scope.clone(),
            account_id: self.account_id().to_owned(),
            integration_id: self.integration_id().to_owned(),
            holder: holder.to_owned(),
            lease: HELD,
            live: declared.and_then(|session| session.live),
            minting: declared
                .and_then(|session| session.minting.as_ref())
                .map(|minting| (minting.opens, minting.per)),
        }
    }
}

/// Secrets that a log-in captured, until they are stored.
pub(crate) struct Captured {
    hosts: HashMap<String, Vec<HostRule>>,
    kept: Mutex<BTreeMap<String, CapturedSecret>>,
}

impl Captured {
    pub(crate) fn new(hosts: HashMap<String, Vec<HostRule>>) -> Self {
        Self {
            hosts,
            kept: Mutex::default(),
        }
    }

    /// The values by name, and the first end among them.
    fn taken(
        &self,
    ) -> (
        BTreeMap<String, secrecy::SecretString>,
        Option<chrono::DateTime<chrono::Utc>>,
    ) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = kept.values().filter_map(|secret| secret.expires_at).min();
        let values = kept
            .values()
            .map(|secret| (secret.name.clone(), secret.value.clone()))
            .collect();
        (values, ends)
    }
}

impl SecretSink for Captured {
    fn hosts(&self, name: &str) -> Option<Vec<HostRule>> {
        self.hosts.get(name).cloned()
    }

    fn keep(&self, secret: CapturedSecret) {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(secret.name.clone(), secret);
    }
}

/// An integration's own secrets, and those of the session that a call runs under.
pub(crate) struct WithSession {
    pub(crate) own: Arc<dyn SecretSource>,
    pub(crate) session: BTreeMap<String, BoundSecret>,
}

impl SecretSource for WithSession {
    fn get(&self, name: &str) -> Option<BoundSecret> {
        self.session
            .get(name)
            .cloned()
            .or_else(|| self.own.get(name))
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.own.names();
        names.extend(self.session.keys().cloned());
        names
    }
}

/// What is known is known for each integration, so that the book hears of each that uses a session.
fn key_of(want: &SessionWant) -> String {
    format!("{} {}", want.integration_id, want.fingerprint)
}

fn add(sum: &mut CallReport, report: CallReport) {
    sum.cpu += report.cpu;
    sum.wall += report.wall;
    sum.memory_peak_bytes = sum.memory_peak_bytes.max(report.memory_peak_bytes);
    sum.exchanges.extend(report.exchanges);
    sum.log_lines_dropped += report.log_lines_dropped;
}

fn waits(wait: Duration, code: &str, message: String) -> CallError {
    CallError::Guest(Error {
        reaction: Reaction::RateLimited(RateLimit {
            bucket: None,
            retry_after_ms: Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            remaining: None,
            resets_at: None,
        }),
        message,
        code: Some(code.to_owned()),
    })
}

fn spent(wait: Duration) -> CallError {
    let message = "the log-ins that the vendor allows are used up for now".to_owned();
    waits(wait, BUDGET_SPENT, message)
}

fn put_off() -> CallError {
    let message = "another worker is logging in at the vendor".to_owned();
    waits(PUT_OFF, LOGGING_IN, message)
}

fn no_database(error: StoreError) -> CallError {
    tracing::warn!(error = %error, "a session could not be looked up or stored");
    let message = "the gateway's database did not answer".to_owned();
    waits(PUT_OFF, NO_DATABASE, message)
}

fn refused() -> CallError {
    CallError::Guest(Error {
        reaction: Reaction::Unauthenticated,
        message: "the vendor lets these credentials log in and then refuses the session".to_owned(),
        code: None,
    })
}

/// A log-in has no session that could be over: who says so means that the credentials are refused.
fn no_session_before_log_in(error: CallError) -> CallError {
    match error {
        CallError::Guest(error) if matches!(error.reaction, Reaction::SessionExpired) => {
            CallError::Guest(Error {
                reaction: Reaction::Unauthenticated,
                ..error
            })
        }
        other => other,
    }
}
