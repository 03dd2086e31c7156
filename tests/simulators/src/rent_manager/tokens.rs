//! Tokens: ten for each user, for 24 hours, unless they are idle for 15 minutes.

use crate::shared::world;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// How long a token lives at most.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// How long a token lives without a request.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// How many tokens a user may hold.
const LIVE: usize = 10;

struct Token {
    user: String,
    made: Instant,
    used: Instant,
}

impl Token {
    fn lives(&self, now: Instant) -> bool {
        now.duration_since(self.made) < LIFETIME && now.duration_since(self.used) < IDLE
    }
}

/// The tokens that live, and those that did.
pub(super) struct Tokens {
    seed: u64,
    minted: u64,
    tokens: HashMap<String, Token>,
}

impl Tokens {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            minted: 0,
            tokens: HashMap::new(),
        }
    }

    /// A new token; nothing if the user holds as many as there may be.
    pub(super) fn mint(&mut self, user: &str) -> Option<String> {
        let now = Instant::now();
        self.tokens.retain(|_, token| token.lives(now));
        let held = self.tokens.values().filter(|token| token.user == user);
        if held.count() >= LIVE {
            return None;
        }
        self.minted += 1;
        let name = world::token(self.seed, self.minted);
        let token = Token {
            user: user.to_owned(),
            made: now,
            used: now,
        };
        self.tokens.insert(name.clone(), token);
        Some(name)
    }

    /// The user of a live token, which is used by asking.
    pub(super) fn owner(&mut self, name: &str) -> Option<String> {
        let now = Instant::now();
        let token = self.tokens.get_mut(name).filter(|token| token.lives(now))?;
        token.used = now;
        Some(token.user.clone())
    }

    /// The user of a token, without using it.
    pub(super) fn known(&self, name: &str) -> Option<String> {
        self.tokens.get(name).map(|token| token.user.clone())
    }

    pub(super) fn give_back(&mut self, name: &str) {
        self.tokens.remove(name);
    }

    /// Ends tokens before their time; answers how many.
    pub(super) fn expire(&mut self, user: Option<&str>) -> usize {
        let before = self.tokens.len();
        self.tokens
            .retain(|_, token| user.is_some_and(|user| user != token.user));
        before - self.tokens.len()
    }

    /// How many tokens of each user live.
    pub(super) fn live(&self) -> BTreeMap<String, usize> {
        let now = Instant::now();
        let mut live = BTreeMap::new();
        for token in self.tokens.values().filter(|token| token.lives(now)) {
            *live.entry(token.user.clone()).or_default() += 1;
        }
        live
    }
}
