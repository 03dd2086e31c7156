use crate::world::{LEASE, World};
use portcullis_store::{CheckStatus, NewVerdict, StoreError, Verdict};
use serde_json::json;
use std::time::Duration;

const BUDGET: Duration = Duration::from_secs(60);

fn verdict(verdict: Verdict) -> NewVerdict {
    NewVerdict {
        verdict,
        message: None,
        record_count: Some(3),
        sample: None,
        restrictions: json!([]),
        evidence: json!([{"status": 200}]),
    }
}

#[tokio::test]
async fn one_check_at_a_time_and_results_as_they_come() {
    let world = World::new().await;
    let row = world.integration().await;
    let busy = world
        .store
        .start_access_check(&world.account, &row.id)
        .await
        .unwrap_err();
    assert_eq!(
        busy.code(),
        "check_running",
        "the integration's creation queued one"
    );
    assert!(matches!(
        world.store.start_access_check("acc_other", &row.id).await,
        Err(StoreError::NotFound)
    ));

    let held = world
        .store
        .claim_access_check("w1", LEASE, BUDGET)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        held.deadline_at - held.started_at,
        chrono::TimeDelta::seconds(60)
    );
    assert!(
        world
            .store
            .claim_access_check("w2", LEASE, BUDGET)
            .await
            .unwrap()
            .is_none()
    );
    world
        .store
        .save_verdict(&held.lease, "units", verdict(Verdict::Granted))
        .await
        .unwrap();
    let seen = world
        .store
        .data_access(&world.account, &row.id)
        .await
        .unwrap();
    assert_eq!(seen.check.unwrap().status, CheckStatus::Running);
    assert_eq!(
        seen.models
            .iter()
            .map(|m| (m.model.as_str(), m.verdict))
            .collect::<Vec<_>>(),
        [("units", Verdict::Granted)]
    );

    world
        .execute("update access_check set lease_until = now() - interval '1 second'")
        .await;
    let taken = world
        .store
        .claim_access_check("w2", LEASE, BUDGET)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        taken.deadline_at, held.deadline_at,
        "another worker gets no more time"
    );
    for result in [
        world
            .store
            .save_verdict(&held.lease, "units", verdict(Verdict::Denied))
            .await,
        world.store.heartbeat_access_check(&held.lease, LEASE).await,
        world
            .store
            .finish_access_check(&held.lease, "done", None)
            .await,
    ] {
        assert!(matches!(result, Err(StoreError::LeaseLost)));
    }
    world
        .store
        .heartbeat_access_check(&taken.lease, LEASE)
        .await
        .unwrap();
    world
        .store
        .finish_access_check(&taken.lease, "done", None)
        .await
        .unwrap();
    let seen = world
        .store
        .data_access(&world.account, &row.id)
        .await
        .unwrap();
    assert_eq!(seen.models[0].verdict, Verdict::Granted);
    assert_eq!(seen.check.unwrap().outcome.as_deref(), Some("done"));

    let again = world
        .store
        .start_access_check(&world.account, &row.id)
        .await
        .unwrap();
    world
        .store
        .archive_integration(&world.account, &row.id)
        .await
        .unwrap();
    assert_eq!(
        world
            .store
            .get_access_check(&world.account, &again)
            .await
            .unwrap()
            .outcome
            .as_deref(),
        Some("cancelled")
    );
    let archived = world
        .store
        .start_access_check(&world.account, &row.id)
        .await
        .unwrap_err();
    assert_eq!(archived.code(), "integration_archived");
}
