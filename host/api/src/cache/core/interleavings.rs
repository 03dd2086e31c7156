//! No interleaving of syncs, looks, reads, restarts and lost notifications gives an answer that is too old.
//!
//! A world of one database and two replicas moves in small steps, in any order: a look begins, reads and ends; a fill
//! reads its token, takes its snapshot and is kept. A reference model remembers what was committed when, and holds each
//! answer that is served against it. A notification is nothing but a reason to look, so one that is lost is a look that
//! does not happen. The same world with one rule broken must be found out.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use super::*;

/// Little longer than a look counts as proof, so that both run out often.
const TTL: Duration = Duration::from_secs(3);

/// What a replica does, right or with one rule broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    Kept,
    /// The snapshot is taken before the token is read.
    SnapshotBeforeToken,
    /// Answers are found by their question alone.
    TokenIgnored,
    /// Answers never expire.
    NeverExpired,
    /// A look counts as proof for ever.
    NeverUnproven,
    /// A look that failed counts as one that found nothing.
    FailedLooksCount,
    /// Those who want a fresh answer are given a kept one.
    FreshIgnored,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A sync ends: the data of an integration and its generation move.
    SyncEnds(usize),
    /// Time passes, in milliseconds.
    Wait(u64),
    /// A look from its beginning to its end, with nothing between.
    Look(usize),
    LookBegins(usize),
    LookReads(usize),
    LookEnds {
        replica: usize,
        fails: bool,
    },
    /// A request comes; `named` asks for the first integration alone, `fresh` for an answer made now.
    Read {
        replica: usize,
        named: bool,
        fresh: bool,
    },
    /// The oldest fill that has no snapshot yet takes it.
    Snapshot(usize),
    /// The oldest fill that has one is kept, and answers all that wait for it.
    FillEnds(usize),
    Restart(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let replica = 0..2usize;
    prop_oneof![
        3 => (0..2usize).prop_map(Step::SyncEnds),
        3 => (0..2000u64).prop_map(Step::Wait),
        3 => replica.clone().prop_map(Step::Look),
        3 => replica.clone().prop_map(Step::LookBegins),
        3 => replica.clone().prop_map(Step::LookReads),
        3 => (replica.clone(), prop::bool::weighted(0.2))
            .prop_map(|(replica, fails)| Step::LookEnds { replica, fails }),
        6 => (replica.clone(), any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(replica, named, fresh)| Step::Read { replica, named, fresh }),
        4 => replica.clone().prop_map(Step::Snapshot),
        4 => replica.clone().prop_map(Step::FillEnds),
        1 => replica.prop_map(Step::Restart),
    ]
}

/// How many syncs of each integration data holds.
type Versions = [i64; 2];

/// A request that waits.
#[derive(Debug)]
struct Reader {
    /// What its answer must hold at least.
    least: Versions,
}

#[derive(Debug)]
struct Fill {
    named: bool,
    /// `None` where the cache is bypassed.
    token: Option<Token>,
    fresh: bool,
    /// Before the snapshot, and what it found.
    snapshot: Option<(Stamp, Versions)>,
    readers: Vec<Reader>,
}

#[derive(Debug, Default)]
struct Look {
    began: Duration,
    found: Option<Versions>,
}

#[derive(Debug, Default)]
struct Replica {
    generations: Generations,
    /// By question and token.
    entries: HashMap<(bool, Token), (Stamp, Versions)>,
    fills: Vec<Fill>,
    look: Option<Look>,
    /// What it was told of since its start.
    told: Versions,
}

struct World {
    rules: Rules,
    now: Duration,
    committed: Versions,
    /// Each state that was the present one, from when on.
    history: Vec<(Duration, Versions)>,
    replicas: [Replica; 2],
}

fn scope(named: bool) -> Scope {
    if named {
        Scope::Integration("int_0".to_owned())
    } else {
        Scope::Account
    }
}

impl World {
    fn new(rules: Rules) -> Self {
        Self {
            rules,
            now: Duration::from_secs(100),
            committed: [0; 2],
            history: vec![(Duration::ZERO, [0; 2])],
            replicas: Default::default(),
        }
    }

    fn token(&self, replica: usize, named: bool) -> Option<Token> {
        let now = match self.rules {
            Rules::NeverUnproven => Duration::ZERO,
            _ => self.now,
        };
        let generations = &self.replicas[replica].generations;
        generations.token("acc", "units", &scope(named), now)
    }

    /// What was committed at that time.
    fn committed_at(&self, time: Duration) -> Versions {
        let then = self.history.iter().rev().find(|(from, _)| *from <= time);
        then.map_or([0; 2], |(_, versions)| *versions)
    }

    /// What an answer must hold that is asked for now: what the replica was told of, and what had ended before the oldest
    /// look that still counts as proof.
    fn least(&self, replica: usize) -> Versions {
        let told = self.replicas[replica].told;
        let proven = self.committed_at(self.now.saturating_sub(PROOF_LASTS + TICK));
        std::array::from_fn(|i| told[i].max(proven[i]))
    }

    fn run(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::SyncEnds(integration) => {
                self.committed[integration] += 1;
                self.history.push((self.now, self.committed));
            }
            Step::Wait(ms) => self.now += Duration::from_millis(ms),
            Step::Restart(replica) => self.replicas[replica] = Replica::default(),
            Step::Look(replica) => {
                let fails = false;
                self.run(Step::LookBegins(replica))?;
                self.run(Step::LookReads(replica))?;
                self.run(Step::LookEnds { replica, fails })?;
            }
            Step::LookBegins(replica) => {
                let began = self.now;
                let look = &mut self.replicas[replica].look;
                look.get_or_insert(Look { began, found: None });
            }
            Step::LookReads(replica) => {
                let found = self.committed;
                if let Some(look) = &mut self.replicas[replica].look {
                    look.found.get_or_insert(found);
                }
            }
            Step::LookEnds { replica, fails } => self.look_ends(replica, fails),
            Step::Read {
                replica,
                named,
                fresh,
            } => self.read(replica, named, fresh)?,
            Step::Snapshot(replica) => {
                let taken = self.snapshot();
                let mut fills = self.replicas[replica].fills.iter_mut();
                if let Some(fill) = fills.find(|fill| fill.snapshot.is_none()) {
                    fill.snapshot = Some(taken);
                }
            }
            Step::FillEnds(replica) => self.fill_ends(replica)?,
        }
        Ok(())
    }

    fn snapshot(&self) -> (Stamp, Versions) {
        (Stamp { snapshot: self.now }, self.committed)
    }

    fn look_ends(&mut self, replica: usize, fails: bool) {
        let counts_anyway = self.rules == Rules::FailedLooksCount;
        let replica = &mut self.replicas[replica];
        let Some(Look { began, found }) = replica.look.take() else {
            return;
        };
        match found {
            Some(found) if !fails => {
                let seen = found.iter().enumerate().map(|(i, generation)| Seen {
                    account_id: "acc".to_owned(),
                    integration_id: format!("int_{i}"),
                    model: "units".to_owned(),
                    generation: *generation,
                });
                replica.generations.apply(seen.collect(), began);
                replica.told = found;
            }
            _ if counts_anyway => replica.generations.apply(Vec::new(), began),
            _ => {}
        }
    }

    fn read(&mut self, replica: usize, named: bool, fresh: bool) -> Result<(), TestCaseError> {
        let token = self.token(replica, named);
        let reader = Reader {
            // Who bypasses the cache, or asks for that, is given what is there now.
            least: if token.is_none() || fresh {
                self.committed
            } else {
                self.least(replica)
            },
        };
        let fresh = fresh && self.rules != Rules::FreshIgnored;
        let early = self.snapshot();
        let found = token.and_then(|token| {
            let entry = self.replicas[replica].entries.get(&self.key(named, token));
            entry.copied()
        });
        if let Some((stamp, held)) = found
            && !fresh
            && self.is_good(stamp)
        {
            let age = self.now - stamp.snapshot;
            prop_assert!(age < TTL, "kept for {age:?}");
            return serve(named, &reader, held);
        }
        let early = (self.rules == Rules::SnapshotBeforeToken).then_some(early);
        let fills = &mut self.replicas[replica].fills;
        // One fill for all who ask; who wants it fresh takes none that began before.
        let running = fills
            .iter_mut()
            .find(|fill| fill.named == named && fill.token == token && !fill.fresh);
        match running {
            Some(fill) if token.is_some() && !fresh => fill.readers.push(reader),
            _ => fills.push(Fill {
                named,
                token,
                fresh,
                snapshot: early,
                readers: vec![reader],
            }),
        }
        Ok(())
    }

    fn is_good(&self, stamp: Stamp) -> bool {
        let now = match self.rules {
            Rules::NeverExpired => stamp.snapshot,
            _ => self.now,
        };
        matches!(stamp.judge(now, TTL), Judgement::Fresh { .. })
    }

    fn key(&self, named: bool, token: Token) -> (bool, Token) {
        match self.rules {
            Rules::TokenIgnored => (named, Token(0)),
            _ => (named, token),
        }
    }

    fn fill_ends(&mut self, replica: usize) -> Result<(), TestCaseError> {
        let fills = &mut self.replicas[replica].fills;
        let Some(done) = fills.iter().position(|fill| fill.snapshot.is_some()) else {
            return Ok(());
        };
        let fill = fills.remove(done);
        let Some((stamp, held)) = fill.snapshot else {
            return Ok(());
        };
        let token = match self.rules {
            Rules::SnapshotBeforeToken => self.token(replica, fill.named),
            _ => fill.token,
        };
        if let Some(token) = token {
            let key = self.key(fill.named, token);
            self.replicas[replica].entries.insert(key, (stamp, held));
        }
        for reader in &fill.readers {
            serve(fill.named, reader, held)?;
        }
        Ok(())
    }
}

/// A look that began at the very edge of the proof may have read just after.
const TICK: Duration = Duration::from_millis(1);

fn serve(named: bool, reader: &Reader, held: Versions) -> Result<(), TestCaseError> {
    let asked = if named { 1 } else { 2 };
    for (integration, held) in held.iter().enumerate().take(asked) {
        let least = reader.least[integration];
        prop_assert!(
            *held >= least,
            "served sync {held} of integration {integration} where {least} was known"
        );
    }
    Ok(())
}

/// Plays many interleavings, the same ones each time; gives what was found.
fn play(rules: Rules, cases: u32) -> Result<(), TestError<Vec<Step>>> {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let steps = proptest::collection::vec(step(), 1..120);
    TestRunner::new_with_rng(config, rng).run(&steps, |steps| {
        let mut world = World::new(rules);
        steps.into_iter().try_for_each(|step| world.run(step))
    })
}

#[test]
fn no_interleaving_serves_what_is_too_old() {
    if let Err(found) = play(Rules::Kept, 5_000) {
        panic!("{found}");
    }
}

#[test]
fn each_rule_that_is_broken_is_found_out() {
    for rules in [
        Rules::SnapshotBeforeToken,
        Rules::TokenIgnored,
        Rules::NeverExpired,
        Rules::NeverUnproven,
        Rules::FailedLooksCount,
        Rules::FreshIgnored,
    ] {
        assert!(play(rules, 5_000).is_err(), "{rules:?} went unnoticed");
    }
}
