//! The decisions of the response cache, without HTTP, without a clock and without a store of entries.
//!
//! Three questions, one function each: which state of the data does an answer belong to
//! ([`Generations::token`]), is an answer still good ([`Stamp::judge`]), and may it be kept at all
//! ([`may_store`]). An answer is found under its URL *and* the token read before its snapshot was
//! taken, so an answer made from older data than what is known now can never be found.
//!
//! Times are distances from the start of the process, on a clock that never goes back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a successful look at the committed generations is proof of what they are.
pub(crate) const PROOF_LASTS: Duration = Duration::from_secs(2);

/// Which integrations an answer speaks about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// Every integration of the account: lists without `integration_id`, and single records.
    Account,
    /// Those that the key is limited to, in place of every one.
    Limited(Arc<[String]>),
    /// The one that the query names.
    Integration(String),
}

/// The state of the data that an answer was made from. Equal tokens mean equal generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Token(u64);

/// A committed generation, as the store tells it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) account_id: String,
    pub(crate) integration_id: String,
    pub(crate) model: String,
    pub(crate) generation: i64,
}

#[derive(Debug, Default)]
struct ModelGenerations {
    /// Moves with every change of any integration of the account, a new one included.
    account: u64,
    /// Generation as stored, and the token it was given here.
    integrations: HashMap<String, (i64, u64)>,
}

impl ModelGenerations {
    fn of(&self, integration_id: &str) -> u64 {
        let known = self.integrations.get(integration_id);
        known.map_or(0, |(_, token)| *token)
    }
}

/// What this process knows about the generations of every account.
#[derive(Debug, Default)]
pub(crate) struct Generations {
    /// By account, then by model: so that a look-up allocates nothing.
    known: HashMap<String, HashMap<String, ModelGenerations>>,
    /// Source of tokens. Never repeats, so a token names one state for good.
    counter: u64,
    proven_at: Option<Duration>,
}

impl Generations {
    /// Takes in what a look that began at `began` found. Rows that were known are no news.
    pub(crate) fn apply(&mut self, rows: Vec<Seen>, began: Duration) {
        for row in rows {
            let model = self
                .known
                .entry(row.account_id)
                .or_default()
                .entry(row.model)
                .or_default();
            let known = model.integrations.get(&row.integration_id);
            if known.is_some_and(|(generation, _)| *generation == row.generation) {
                continue;
            }
            self.counter += 1;
            model.account = self.counter;
            model
                .integrations
                .insert(row.integration_id, (row.generation, self.counter));
        }
        // Two looks may end out of order; the later beginning is the better proof.
        self.proven_at = self.proven_at.max(Some(began));
    }

    /// The present state for a query, or `None` where nobody has looked within the last two seconds:
    /// then the cache is bypassed, for reading and for keeping.
    pub(crate) fn token(
        &self,
        account_id: &str,
        model: &str,
        scope: &Scope,
        now: Duration,
    ) -> Option<Token> {
        if now.saturating_sub(self.proven_at?) > PROOF_LASTS {
            return None;
        }
        let Some(known) = self.known.get(account_id).and_then(|m| m.get(model)) else {
            return Some(Token(0));
        };
        Some(Token(match scope {
            Scope::Account => known.account,
            // Tokens only grow, so the newest of some names the state of all of them.
            Scope::Limited(ids) => ids.iter().map(|id| known.of(id)).max().unwrap_or(0),
            Scope::Integration(id) => known.of(id),
        }))
    }
}

impl Generations {
    /// The present state of several models together. Each change anywhere takes a token that is larger than all before,
    /// so the largest of them names one state of all.
    pub(crate) fn token_of_all(
        &self,
        account_id: &str,
        models: &[&str],
        scope: &Scope,
        now: Duration,
    ) -> Option<Token> {
        let tokens = models
            .iter()
            .map(|model| self.token(account_id, model, scope, now));
        tokens.collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

/// When an answer's data was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    /// A moment before the snapshot: counting from it makes an answer older than it is, never younger.
    pub(crate) snapshot: Duration,
}

/// Whether an answer that was found may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// It may.
    Fresh {
        /// Since its snapshot.
        age: Duration,
        /// Until it expires.
        left: Duration,
    },
    /// It is too old.
    Expired,
}

impl Stamp {
    /// Judges by age alone; that the data is the present one is proven by the token it was found under.
    pub(crate) fn judge(self, now: Duration, ttl: Duration) -> Judgement {
        let age = now.saturating_sub(self.snapshot);
        match ttl.checked_sub(age) {
            Some(left) if !left.is_zero() => Judgement::Fresh { age, left },
            _ => Judgement::Expired,
        }
    }
}

/// How far an integration is with a model, as the answer's own snapshot saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settledness {
    /// A run ended once in a word other than failed, cancelled or abandoned.
    Settled,
    /// It is enabled, and its first run has not ended so.
    FirstSyncRunning,
    /// It was not, and no sync is under way.
    NotSynced,
}

/// Why an answer is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unkept {
    /// The data of a first sync is still arriving.
    FirstSyncRunning,
    /// Nothing was ever synced: an empty answer would hide what the first sync brings.
    NotSynced,
}

/// Whether an answer may be kept, given the state of the integrations it speaks about.
///
/// An answer about one integration needs it settled. For an account one settled integration is
/// enough: the answer's own `meta.sync_state` lists the others.
///
/// # Errors
///
/// Why not.
pub(crate) fn may_store(scope: &Scope, states: &[Settledness]) -> Result<(), Unkept> {
    let running = states.contains(&Settledness::FirstSyncRunning);
    let why = if running {
        Unkept::FirstSyncRunning
    } else {
        Unkept::NotSynced
    };
    let settled = match scope {
        Scope::Account | Scope::Limited(_) => states.contains(&Settledness::Settled),
        Scope::Integration(_) => {
            !states.is_empty() && states.iter().all(|s| *s == Settledness::Settled)
        }
    };
    if settled { Ok(()) } else { Err(why) }
}

#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod tests;
