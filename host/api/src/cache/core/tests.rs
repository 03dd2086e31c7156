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
