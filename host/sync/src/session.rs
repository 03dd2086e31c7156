//! Sessions: log-ins that all calls under the same credentials share.
//!
//! A call of a connector whose vendor wants a log-in runs under a session. If none is there, one worker of the whole
//! cluster opens it while the others wait; if the vendor refuses it, the call is made again under a newer one. What the
//! log-in captured is written into requests by the host and never seen by the guest.
//!
//! [`SessionBook`] is where sessions are kept: [`StoredSessions`] in the database, [`LocalSessions`] within one
//! process, for the command line.

mod flow;
mod local;
mod stored;

use crate::caller::FingerprintKey;
use futures_util::future::BoxFuture;
use portcullis_store::{NewSession, SessionRow, SessionTake, SessionWant, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

pub(crate) use flow::{BUDGET_SPENT, LOGGING_IN, NO_DATABASE, WithSession};
pub use local::LocalSessions;
pub use stored::StoredSessions;

/// How often a session that ends when it is idle is reported as used.
const USE_TOLD: Duration = Duration::from_secs(5);
/// Above so many sessions, those that are over are forgotten.
const MANY_SESSIONS: usize = 4_096;

/// Keeps sessions for whoever may use them.
pub trait SessionBook: Send + Sync {
    /// Finds a session or the right to open one; `over` is one that the vendor refused just now.
    fn take<'a>(
        &'a self,
        want: &'a SessionWant,
        over: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SessionTake, StoreError>>;

    /// Keeps what a log-in brought; false if somebody else was let in meanwhile.
    fn keep<'a>(
        &'a self,
        id: &'a str,
        holder: &'a str,
        new: &'a NewSession,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Gives up a log-in that failed; `unheard` if the vendor never saw it.
    fn drop_opening<'a>(
        &'a self,
        id: &'a str,
        unheard: bool,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Notes that the vendor took a session at this moment.
    fn touch<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Forgets a session that was given back.
    fn left<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// The sessions of one process: a book, and what was read from it of late.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    book: Box<dyn SessionBook>,
    holder: String,
    known: Mutex<HashMap<String, Known>>,
    /// Within this process one task at a time asks the book for the same session.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// A session in use.
#[derive(Clone)]
pub(crate) struct Live {
    pub(crate) row: SessionRow,
    /// Integration and fingerprint.
    key: String,
}

struct Known {
    row: SessionRow,
    until: Option<Instant>,
    /// When the book heard last that it was used.
    told: Option<Instant>,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

impl Sessions {
    /// Sessions that are kept in a book, for a process of this name.
    #[must_use]
    pub fn over(book: Box<dyn SessionBook>) -> Self {
        Self(Arc::new(Inner {
            book,
            holder: portcullis_store::random_id("hol_"),
            known: Mutex::default(),
            turns: Mutex::default(),
        }))
    }

    /// Sessions of this process alone.
    #[must_use]
    pub fn local() -> Self {
        Self::over(Box::new(LocalSessions::default()))
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session that was read last, if it is not the one that the vendor refused and its time is not over.
    fn recent(&self, key: &str, over: Option<&str>) -> Option<Live> {
        let known = self.known();
        let found = known.get(key)?;
        let lasts = found.until.is_none_or(|until| Instant::now() < until);
        (lasts && over != Some(found.row.id.as_str())).then(|| Live {
            row: found.row.clone(),
            key: key.to_owned(),
        })
    }

    fn remember(&self, key: &str, row: SessionRow) -> Live {
        let now = Instant::now();
        let mut known = self.known();
        if known.len() >= MANY_SESSIONS {
            known.retain(|_, known| known.until.is_some_and(|until| until > now));
        }
        let until = row.good_for.map(|left| now + left);
        let entry = Known {
            row: row.clone(),
            until,
            told: None,
        };
        known.insert(key.to_owned(), entry);
        Live {
            row,
            key: key.to_owned(),
        }
    }

    fn forget(&self, key: &str) -> Option<SessionRow> {
        self.known().remove(key).map(|known| known.row)
    }

    fn turn(&self, fingerprint: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() >= MANY_SESSIONS {
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        Arc::clone(turns.entry(fingerprint.to_owned()).or_default())
    }

    /// The vendor took a session. The book hears of the first time, and then as often as idleness matters.
    async fn used(&self, live: &Live) {
        let now = Instant::now();
        let tell = {
            let mut known = self.known();
            let Some(known) = known.get_mut(&live.key) else {
                return;
            };
            if known.row.id != live.row.id {
                return;
            }
            let due = match (known.told, known.row.idle) {
                (None, Some(_)) => true,
                (None, None) => !known.row.proved,
                (Some(told), Some(idle)) => now - told >= USE_TOLD.min(idle / 4),
                (Some(_), None) => false,
            };
            if due {
                known.told = Some(now);
                known.row.proved = true;
            }
            due
        };
        if tell && let Err(error) = self.0.book.touch(&live.row.id).await {
            tracing::debug!(error = %error, "the use of a session could not be noted");
        }
    }
}

/// Names credentials for limits and sessions without telling them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fingerprints {
    /// The credentials at this address: what the vendor counts by.
    pub(crate) scope: String,
    /// The same with all settings: who may use the same session.
    pub(crate) session: String,
}

impl Fingerprints {
    pub(crate) fn of(
        key: &FingerprintKey,
        connector: &str,
        base_url: &str,
        secrets: &std::collections::BTreeMap<String, secrecy::SecretString>,
        settings: &str,
    ) -> Self {
        use secrecy::ExposeSecret as _;
        let mut parts = vec![connector, base_url];
        for (name, value) in secrets {
            parts.push(name);
            parts.push(value.expose_secret());
        }
        let scope = key.name(&parts);
        let session = key.name(&[scope.as_str(), settings]);
        Self { scope, session }
    }
}
