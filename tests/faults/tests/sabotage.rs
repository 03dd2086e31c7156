//! An oracle that cannot fail is a defect: gateways that are broken on purpose must be found out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use portcullis_faults::cases::{kill, signals};
use portcullis_faults::oracle::Expect;
use portcullis_faults::stage::{PATIENCE, Scene, Stage};

/// Two gateways that were told to have a fault.
async fn broken(fault: &str, replicas: usize) -> Stage {
    let scene = Scene {
        replicas,
        env: vec![("PORTCULLIS_TEST_SABOTAGE".to_owned(), fault.to_owned())],
        ..Scene::default()
    };
    Stage::set(&scene).await.unwrap()
}

fn names(violations: &[String], invariant: &str) -> bool {
    violations
        .iter()
        .any(|violation| violation.starts_with(invariant))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_apart_from_its_rows_is_found() {
    let mut stage = broken("cursor_apart", 1).await;
    let finding = kill::play(&mut stage, 1).await.unwrap();
    assert!(
        names(&finding.violations, "I2"),
        "{:#?}",
        finding.violations
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fence_that_nobody_checks_is_found() {
    let mut stage = broken("no_fence", 2).await;
    let mut seen = Vec::new();
    // A zombie that had nothing in its hands when it was stopped has nothing to write.
    for seed in 0..8 {
        seen = signals::zombie(&mut stage, seed).await.unwrap().violations;
        if names(&seen, "I8") {
            return;
        }
    }
    panic!("eight zombies, and none was seen to write: {seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_without_an_end_is_found() {
    let mut stage = broken("success_without_end", 1).await;
    let id = stage.integration("hasty").await.unwrap();
    let since = stage.mark();
    stage.enable(&id).await.unwrap();
    stage.ended(&id, PATIENCE).await.unwrap().unwrap();
    let seen = stage.judge(&id, since, Expect::FirstTruth).await.unwrap();
    assert!(names(&seen, "I1") && names(&seen, "I4"), "{seen:#?}");
    let honest = stage.judge(&id, since, Expect::Honest).await.unwrap();
    assert!(names(&honest, "I1"), "{honest:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_a_log_or_a_table_is_found() {
    use portcullis_faults::oracle;
    let mut stage = Stage::set(&Scene::default()).await.unwrap();
    assert_eq!(oracle::leaks(&mut stage).unwrap(), Vec::<String>::new());
    sqlx::query("update account set name = encode(convert_to($1, 'UTF8'), 'base64')")
        .bind(format!("ab{}", stage.canary))
        .execute(&stage.pool)
        .await
        .unwrap();
    sqlx::query("checkpoint")
        .execute(&stage.pool)
        .await
        .unwrap();
    let log = stage.replicas[0].log_path();
    let written = std::fs::read_to_string(&log).unwrap() + &stage.canary;
    std::fs::write(&log, written).unwrap();
    let seen = oracle::leaks(&mut stage).unwrap();
    assert!(seen.iter().any(|it| it.contains("the log of")), "{seen:#?}");
    assert!(seen.iter().any(|it| it.contains("/data/")), "{seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_sees_the_rows_of_another_is_found() {
    let mut stage = Stage::set(&Scene::default()).await.unwrap();
    let id = stage.integration("seen").await.unwrap();
    let since = stage.mark();
    stage.enable(&id).await.unwrap();
    stage.ended(&id, PATIENCE).await.unwrap().unwrap();
    let seen = stage.judge(&id, since, Expect::FirstTruth).await.unwrap();
    assert_eq!(seen, Vec::<String>::new());
    // As if the key of the other account were one of this account.
    stage.stranger = stage.first.key.clone();
    let seen = stage.judge(&id, since, Expect::FirstTruth).await.unwrap();
    assert!(names(&seen, "I6"), "{seen:#?}");
}
