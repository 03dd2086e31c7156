use proptest::prelude::*;

use super::*;

const TTL: Duration = Duration::from_secs(9);

fn seen(integration: usize, model: usize, generation: i64) -> Seen {
    Seen {
        account_id: "acc_1".to_owned(),
        integration_id: format!("int_{integration}"),
        model: format!("model_{model}"),
        generation,
    }
}

#[derive(Debug, Clone)]
enum Op {
    /// A sync commits: the data and its generation move in the database.
    Commit { integration: usize, model: usize },
    /// This process looks at the committed generations; it may take a while.
    Look { takes: u64 },
    /// Time passes.
    Wait(u64),
    /// A request comes in. Before its snapshot is taken, `commits` may happen.
    Request {
        scope: Option<usize>,
        model: usize,
        commits: Vec<usize>,
    },
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0..3usize, 0..2usize).prop_map(|(integration, model)| Op::Commit { integration, model }),
        (0..1500u64).prop_map(|takes| Op::Look { takes }),
        (0..4000u64).prop_map(Op::Wait),
        (
            proptest::option::of(0..3usize),
            0..2usize,
            proptest::collection::vec(0..3usize, 0..2)
        )
            .prop_map(|(scope, model, commits)| Op::Request {
                scope,
                model,
                commits
            }),
    ]
}

/// Which integration, which model, and the state of the data.
type Asked = (Option<usize>, usize, Token);

/// The database and the cached answers, as far as the decisions are concerned.
#[derive(Default)]
struct World {
    now: Duration,
    /// Generation by integration and model.
    committed: [[i64; 2]; 3],
    /// The last state that a finished look saw, and when that look began.
    observed: [[i64; 2]; 3],
    looked: Option<Duration>,
    generations: Generations,
    /// What an answer holds: the generations of every integration at its snapshot.
    entries: HashMap<Asked, (Stamp, [i64; 3])>,
}

impl World {
    fn column(state: &[[i64; 2]; 3], model: usize) -> [i64; 3] {
        [state[0][model], state[1][model], state[2][model]]
    }

    fn run(&mut self, op: Op) -> Result<(), TestCaseError> {
        match op {
            Op::Commit { integration, model } => self.committed[integration][model] += 1,
            Op::Wait(ms) => self.now += Duration::from_millis(ms),
            Op::Look { takes } => {
                let began = self.now;
                let rows = (0..3)
                    .flat_map(|i| (0..2).map(move |m| (i, m)))
                    .filter(|(i, m)| self.committed[*i][*m] > 0)
                    .map(|(i, m)| seen(i, m, self.committed[i][m]))
                    .collect();
                self.observed = self.committed;
                self.now += Duration::from_millis(takes);
                self.generations.apply(rows, began);
                self.looked = Some(began);
            }
            Op::Request {
                scope,
                model,
                commits,
            } => {
                let named =
                    scope.map_or(Scope::Account, |i| Scope::Integration(format!("int_{i}")));
                let token =
                    self.generations
                        .token("acc_1", &format!("model_{model}"), &named, self.now);
                let proven = self
                    .looked
                    .is_some_and(|began| self.now - began <= PROOF_LASTS);
                prop_assert_eq!(token.is_some(), proven);
                let Some(token) = token else { return Ok(()) };
                if let Some((stamp, held)) = self.entries.get(&(scope, model, token))
                    && let Judgement::Fresh { age, left } = stamp.judge(self.now, TTL)
                {
                    prop_assert!(age < TTL && age + left == TTL);
                    // Never older than what this process has been told of.
                    let observed = Self::column(&self.observed, model);
                    match scope {
                        Some(i) => prop_assert!(held[i] >= observed[i]),
                        None => prop_assert!((0..3).all(|i| held[i] >= observed[i])),
                    }
                    return Ok(());
                }
                let snapshot = self.now;
                for integration in commits {
                    self.committed[integration][model] += 1;
                }
                self.entries.insert(
                    (scope, model, token),
                    (Stamp { snapshot }, Self::column(&self.committed, model)),
                );
            }
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn an_answer_given_is_never_older_than_what_is_known(ops in proptest::collection::vec(op(), 1..80)) {
        let mut world = World::default();
        for op in ops {
            world.run(op)?;
        }
    }

    #[test]
    fn age_counts_from_before_the_snapshot_and_ends_at_the_ttl(snapshot in 0..100_000u64, later in 0..100_000u64) {
        let stamp = Stamp { snapshot: Duration::from_millis(snapshot) };
        let judged = stamp.judge(Duration::from_millis(snapshot + later), TTL);
        prop_assert_eq!(judged == Judgement::Expired, later >= 9_000);
    }
}

#[test]
fn a_new_integration_moves_the_account_but_not_its_neighbour() {
    let mut generations = Generations::default();
    let now = Duration::from_secs(10);
    generations.apply(vec![seen(1, 1, 7)], now);
    let account = generations.token("acc_1", "model_1", &Scope::Account, now);
    let one = Scope::Integration("int_1".to_owned());
    let first = generations.token("acc_1", "model_1", &one, now);
    generations.apply(vec![seen(1, 1, 7), seen(2, 1, 0)], now);
    assert_ne!(
        account,
        generations.token("acc_1", "model_1", &Scope::Account, now)
    );
    assert_eq!(first, generations.token("acc_1", "model_1", &one, now));
    // A generation that went back, as after a restore of the database, is another state as well.
    generations.apply(vec![seen(1, 1, 6)], now);
    assert_ne!(first, generations.token("acc_1", "model_1", &one, now));
    assert_eq!(
        generations.token("acc_2", "model_1", &Scope::Account, now),
        Some(Token(0))
    );
}

#[test]
fn only_settled_answers_are_kept() {
    use Settledness::{FirstSyncRunning, NotSynced, Settled};
    let one = Scope::Integration("int_1".to_owned());
    assert_eq!(may_store(&one, &[Settled]), Ok(()));
    assert_eq!(
        may_store(&one, &[FirstSyncRunning]),
        Err(Unkept::FirstSyncRunning)
    );
    assert_eq!(may_store(&one, &[NotSynced]), Err(Unkept::NotSynced));
    assert_eq!(may_store(&one, &[]), Err(Unkept::NotSynced));
    assert_eq!(
        may_store(&Scope::Account, &[Settled, FirstSyncRunning]),
        Ok(())
    );
    assert_eq!(
        may_store(&Scope::Account, &[FirstSyncRunning, NotSynced]),
        Err(Unkept::FirstSyncRunning)
    );
    assert_eq!(may_store(&Scope::Account, &[]), Err(Unkept::NotSynced));
}

proptest! {
    /// An answer with records of several models is another one as soon as any of them changes, and only then.
    #[test]
    fn the_token_of_several_models_names_one_state_of_all(
        commits in proptest::collection::vec((0..3usize, 0..3usize), 0..20),
        named in proptest::option::of(0..3usize),
    ) {
        let now = Duration::from_secs(1);
        let scope = named.map_or(Scope::Account, |i| Scope::Integration(format!("int_{i}")));
        let (mut generations, mut committed) = (Generations::default(), [[0; 3]; 3]);
        generations.apply(Vec::new(), now);
        let mut met: Vec<(Token, Vec<[i64; 2]>)> = Vec::new();
        for (integration, model) in commits {
            committed[integration][model] += 1;
            generations.apply(vec![seen(integration, model, committed[integration][model])], now);
            // Two of the three models are asked for.
            let state: Vec<[i64; 2]> = (0..3)
                .filter(|i| named.is_none_or(|named| named == *i))
                .map(|i| [committed[i][0], committed[i][1]])
                .collect();
            let token = generations.token_of_all("acc_1", &["model_0", "model_1"], &scope, now);
            let token = token.unwrap();
            for (other, held) in &met {
                prop_assert_eq!(*other == token, *held == state);
            }
            met.push((token, state));
        }
    }
}
