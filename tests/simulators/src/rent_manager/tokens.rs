//! Tokens: ten for each user, for 24 hours, unless they are idle for 15 minutes, or end for no reason.

use crate::shared::seed::mix;
use crate::shared::world;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// How long a token lives at most.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// How long a token lives without a request.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// How many tokens a user may hold.
const LIVE: usize = 10;

/// No token ends for no reason before so many looks at it: one that is never of use would be no session at all.
const FRESH: u32 = 8;

struct Token {
    user: String,
    made: Instant,
    used: Instant,
    looks: u32,
}

impl Token {
    fn lives(&self, now: Instant) -> bool {
        now.duration_since(self.made) < LIFETIME && now.duration_since(self.used) < IDLE
    }
}

/// What happened to the tokens of one user.
#[derive(Clone, Default, Serialize)]
pub(super) struct Tally {
    /// Log-ins that gave one.
    log_ins: u64,
    /// Those that were given back.
    log_outs: u64,
    /// Those that ended before their time.
    ended: u64,
    /// Log-ins that were refused because there were ten.
    over_cap: u64,
    /// The most that lived at once.
    most_live: usize,
}

/// The tokens that live, and those that did.
pub(super) struct Tokens {
    seed: u64,
    minted: u64,
    tokens: HashMap<String, Token>,
    tallies: BTreeMap<String, Tally>,
    /// Looks at tokens so far, and the stretch of them in which one token ends for no reason.
    looks: u64,
    ends_once_in: Option<u64>,
    /// The next token that is not fresh ends.
    one_ends: bool,
}

impl Tokens {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            minted: 0,
            tokens: HashMap::new(),
            tallies: BTreeMap::new(),
            looks: 0,
            ends_once_in: None,
            one_ends: false,
        }
    }

    /// From now on a token ends for no reason once in so many looks at one, or none does.
    pub(super) fn end_at_random(&mut self, once_in: Option<u64>) {
        self.ends_once_in = once_in.map(|looks| looks.max(2));
    }

    pub(super) fn tallies(&self) -> &BTreeMap<String, Tally> {
        &self.tallies
    }

    fn tally(&mut self, user: &str) -> &mut Tally {
        self.tallies.entry(user.to_owned()).or_default()
    }

    /// Whether this look is one with which a token ends: at a place of each stretch that the seed chooses, in its first
    /// half, so that two never follow each other.
    fn ends_now(&mut self) -> bool {
        self.looks += 1;
        self.ends_once_in.is_some_and(|stretch| {
            let place = mix(self.seed, 970, self.looks / stretch) % (stretch / 2);
            self.looks % stretch == place
        })
    }

    /// A new token; nothing if the user holds as many as there may be.
    pub(super) fn mint(&mut self, user: &str) -> Option<String> {
        let now = Instant::now();
        self.tokens.retain(|_, token| token.lives(now));
        let held = self.tokens.values().filter(|token| token.user == user);
        let held = held.count();
        let tally = self.tally(user);
        if held >= LIVE {
            tally.over_cap += 1;
            return None;
        }
        tally.log_ins += 1;
        tally.most_live = tally.most_live.max(held + 1);
        self.minted += 1;
        let name = world::token(self.seed, self.minted);
        let token = Token {
            user: user.to_owned(),
            made: now,
            used: now,
            looks: 0,
        };
        self.tokens.insert(name.clone(), token);
        Some(name)
    }

    /// The user of a live token, which is used by asking.
    pub(super) fn owner(&mut self, name: &str) -> Option<String> {
        let now = Instant::now();
        self.one_ends |= self.ends_now();
        let token = self.tokens.get_mut(name).filter(|token| token.lives(now))?;
        token.used = now;
        token.looks += 1;
        let ends = self.one_ends && token.looks > FRESH;
        let user = token.user.clone();
        if ends {
            self.one_ends = false;
            self.tokens.remove(name);
            self.tally(&user).ended += 1;
            return None;
        }
        Some(user)
    }

    /// The user of a token, without using it.
    pub(super) fn known(&self, name: &str) -> Option<String> {
        self.tokens.get(name).map(|token| token.user.clone())
    }

    pub(super) fn give_back(&mut self, name: &str) {
        if let Some(token) = self.tokens.remove(name) {
            self.tally(&token.user).log_outs += 1;
        }
    }

    /// Ends tokens before their time; answers how many.
    pub(super) fn expire(&mut self, user: Option<&str>) -> usize {
        let over = |token: &Token| user.is_none_or(|user| user == token.user);
        let ended: Vec<String> = self
            .tokens
            .values()
            .filter(|token| over(token))
            .map(|token| token.user.clone())
            .collect();
        self.tokens.retain(|_, token| !over(token));
        for user in &ended {
            self.tally(user).ended += 1;
        }
        ended.len()
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
