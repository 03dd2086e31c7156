//! Sessions within one process that ends soon: `portcullis connector check`.

use super::SessionBook;
use futures_util::future::BoxFuture;
use portcullis_store::{NewSession, SessionRow, SessionTake, SessionWant, StoreError, random_id};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// Keeps sessions in memory. Whoever asks takes turns already, so there is nobody to wait for.
#[derive(Default)]
pub struct LocalSessions(Mutex<State>);

#[derive(Default)]
struct State {
    /// By fingerprint, with the end of each that has one.
    live: HashMap<String, (SessionRow, Option<Instant>)>,
    /// Fingerprint and number of fruitless ones before, by id.
    opening: HashMap<String, (String, u32)>,
    /// Fruitless log-ins before a session, by its id.
    barren: HashMap<String, u32>,
    minted: Vec<Instant>,
}

impl std::fmt::Debug for LocalSessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LocalSessions")
    }
}

impl LocalSessions {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn taken(&self, want: &SessionWant, over: Option<&str>) -> SessionTake {
        let now = Instant::now();
        let mut state = self.state();
        let mut barren = 0;
        if let Some((row, until)) = state.live.get(&want.fingerprint).cloned() {
            let refused = over == Some(row.id.as_str());
            if !refused && until.is_none_or(|until| now < until) {
                return SessionTake::Live(row);
            }
            state.live.remove(&want.fingerprint);
            if refused && !row.proved {
                barren = state.barren.remove(&row.id).unwrap_or(0) + 1;
            }
            if barren >= 2 {
                return SessionTake::Refused;
            }
        }
        if let Some((opens, per)) = want.minting {
            state.minted.retain(|at| *at + per > now);
            if state.minted.len() >= opens as usize {
                let first = state.minted.first().copied().unwrap_or(now);
                return SessionTake::Spent {
                    wait: (first + per).saturating_duration_since(now),
                };
            }
        }
        state.minted.push(now);
        let id = random_id("ses_");
        state
            .opening
            .insert(id.clone(), (want.fingerprint.clone(), barren));
        SessionTake::Open { id }
    }

    fn kept(&self, id: &str, new: &NewSession) -> bool {
        let mut state = self.state();
        let Some((fingerprint, barren)) = state.opening.remove(id) else {
            return false;
        };
        let row = SessionRow {
            id: id.to_owned(),
            note: new.note.clone(),
            secrets: new.secrets.clone(),
            good_for: new.lifetime,
            idle: new.idle,
            proved: false,
        };
        let until = new.lifetime.map(|life| Instant::now() + life);
        state.barren.insert(id.to_owned(), barren);
        state.live.insert(fingerprint, (row, until));
        true
    }
}

impl SessionBook for LocalSessions {
    fn take<'a>(
        &'a self,
        want: &'a SessionWant,
        over: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SessionTake, StoreError>> {
        Box::pin(async move { Ok(self.taken(want, over)) })
    }

    fn keep<'a>(
        &'a self,
        id: &'a str,
        _holder: &'a str,
        new: &'a NewSession,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { Ok(self.kept(id, new)) })
    }

    fn drop_opening<'a>(
        &'a self,
        id: &'a str,
        unheard: bool,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut state = self.state();
            state.opening.remove(id);
            if unheard {
                state.minted.pop();
            }
            Ok(())
        })
    }

    fn touch<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            for (row, _) in self.state().live.values_mut() {
                if row.id == id {
                    row.proved = true;
                }
            }
            Ok(())
        })
    }

    fn left<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.state().live.retain(|_, (row, _)| row.id != id);
            Ok(())
        })
    }
}
