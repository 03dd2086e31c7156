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

proptest! {
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
