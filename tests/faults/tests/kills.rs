//! Twenty kills at instants that are new in each run. `make faults` plays two hundred, and all other cases, and asks
//! how soon a killed run was taken up.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use portcullis_faults::cases::plan::{self, SEEDS};
use portcullis_faults::stage::Stage;

/// Plays so many kills of one number of gateways; a failure names the seed that shows it again.
async fn kills(replicas: u64, many: u64) {
    let base = u64::from(rand::random::<u32>());
    // The number of gateways is one more than the rest of the seed by three.
    let first = base * SEEDS;
    let seeds: Vec<u64> = (first..first + 3 * many)
        .filter(|seed| seed % 3 + 1 == replicas)
        .collect();
    let mut stage = Stage::set(&plan::scene(plan::on(seeds[0]).unwrap()))
        .await
        .unwrap();
    let mut interrupted = 0;
    let count = seeds.len() as u64;
    for seed in seeds {
        let finding = plan::play(&mut stage, seed).await.unwrap();
        let violations = &finding.violations;
        assert!(
            violations.is_empty(),
            "make faults SEED={seed}: {violations:#?}"
        );
        interrupted += u64::from(finding.interrupted);
    }
    // A kill that hits nothing shows nothing; how many do is chance.
    assert!(
        interrupted * 2 >= count,
        "{interrupted} of {count} kills hit a run"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn seven_kills_of_the_only_gateway_lose_nothing() {
    kills(1, 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seven_kills_among_two_gateways_lose_nothing() {
    kills(2, 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn six_kills_among_three_gateways_lose_nothing() {
    kills(3, 6).await;
}
