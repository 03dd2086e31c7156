use crate::world::{LEASE, THROTTLED, World, companion, last, more, records, run};
use portcullis_store::{
    CommitError, Heartbeat, ModelEnd, NewRun, SetEnabled, Skip, SpanWish, Status, StoreError,
    SyncKind, Why,
};
use std::collections::HashSet;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn no_run_is_ever_held_twice() {
    let world = World::new().await;
    let mut wanted = HashSet::new();
    for _ in 0..4 {
        let (_, sync) = world
            .syncing(["units", "leases", "residents"].map(run).to_vec())
            .await;
        wanted.extend(
            world
                .store
                .get_sync(&world.account, &sync)
                .await
                .unwrap()
                .runs
                .into_iter()
                .map(|r| r.id),
        );
    }
    let workers: Vec<_> = (0..6)
        .map(|n| {
            let store = world.store.clone();
            tokio::spawn(async move {
                let mut held = Vec::new();
                while let Some(claimed) =
                    store.claim_run(&format!("w{n}"), LEASE, 10).await.unwrap()
                {
                    held.push(claimed.run.id);
                }
                held
            })
        })
        .collect();
    let mut held = Vec::new();
    for worker in workers {
        held.extend(worker.await.unwrap());
    }
    assert_eq!(held.len(), wanted.len());
    assert_eq!(held.into_iter().collect::<HashSet<_>>(), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_per_integration_holds_for_claims_at_once() {
    let world = World::new().await;
    world
        .syncing(
            ["units", "leases", "residents", "properties"]
                .map(run)
                .to_vec(),
        )
        .await;
    let workers: Vec<_> = (0..6)
        .map(|_| {
            let store = world.store.clone();
            tokio::spawn(async move { store.claim_run("w", LEASE, 2).await.unwrap().is_some() })
        })
        .collect();
    let mut held = 0;
    for worker in workers {
        held += usize::from(worker.await.unwrap());
    }
    // Who finds a sync in another worker's hands passes it by, so at once there may have been fewer, never more.
    assert!((1..=2).contains(&held), "{held}");
    while world
        .store
        .claim_run("w", LEASE, 2)
        .await
        .unwrap()
        .is_some()
    {
        held += 1;
    }
    assert_eq!(held, 2);
}

#[tokio::test]
async fn an_expired_lease_is_taken_over_and_the_old_holder_writes_nothing() {
    let world = World::new().await;
    world.syncing(vec![run("units")]).await;
    let old = world.claim().await;
    world
        .store
        .commit_unit(&old.lease, &more(records(0..2), "page 2"))
        .await
        .unwrap();
    assert!(
        world
            .store
            .claim_run("w2", LEASE, 10)
            .await
            .unwrap()
            .is_none(),
        "a living lease is respected"
    );
    world.expire_leases().await;
    let new = world.claim().await;
    assert_eq!(
        (new.run.cursor.as_deref(), new.run.attempt),
        (Some("page 2"), 2)
    );
    assert_eq!(
        new.started_at, old.started_at,
        "the run's start is that of its first page"
    );
    assert!(new.lease.fence > old.lease.fence);

    let lost = |e: CommitError| matches!(e, CommitError::Store(StoreError::LeaseLost));
    assert!(lost(
        world
            .store
            .commit_unit(&old.lease, &more(records(2..4), "page 3"))
            .await
            .unwrap_err()
    ));
    assert!(lost(
        world
            .store
            .commit_unit(&old.lease, &last(records(2..4), Status::Succeeded))
            .await
            .unwrap_err()
    ));
    for result in [
        world.store.park_run(&old.lease, old.now, THROTTLED).await,
        world.store.release_run(&old.lease).await,
        world
            .store
            .restart_run(&old.lease, 2, &SpanWish::Full)
            .await
            .map(drop),
        world
            .store
            .finish_run(&old.lease, &[ModelEnd::new("units", Status::Failed)])
            .await
            .map(drop),
    ] {
        assert!(matches!(result, Err(StoreError::LeaseLost)));
    }
    let beats = world
        .store
        .heartbeat_runs(&[old.lease.clone(), new.lease.clone()], LEASE)
        .await
        .unwrap();
    assert_eq!(beats, [Heartbeat::Lost, Heartbeat::Held]);
    assert_eq!(world.count("record").await, 2);
    world
        .store
        .commit_unit(&new.lease, &last(records(2..4), Status::Succeeded))
        .await
        .unwrap();
    assert_eq!(world.count("record").await, 4);
}

#[tokio::test]
async fn a_heartbeat_keeps_a_run() {
    let world = World::new().await;
    world.syncing(vec![run("units")]).await;
    let held = world
        .store
        .claim_run("w1", Duration::from_millis(1), 10)
        .await
        .unwrap()
        .unwrap();
    world
        .store
        .heartbeat_runs(std::slice::from_ref(&held.lease), LEASE)
        .await
        .unwrap();
    assert!(
        world
            .store
            .claim_run("w2", LEASE, 10)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn parents_come_first_and_companions_move_with_their_lead() {
    let world = World::new().await;
    let late = NewRun {
        after: vec!["units".to_owned(), "not_in_this_sync".to_owned()],
        ..run("leases")
    };
    let (_, sync) = world
        .syncing(vec![run("units"), companion("residents", "units"), late])
        .await;
    let units = world.claim().await;
    assert_eq!(units.run.model, "units");
    assert_eq!(
        units
            .companions
            .iter()
            .map(|c| (c.model.as_str(), c.status))
            .collect::<Vec<_>>(),
        [("residents", Status::Running)]
    );
    assert!(
        world
            .store
            .claim_run("w2", LEASE, 10)
            .await
            .unwrap()
            .is_none(),
        "leases wait, residents are no run to claim"
    );

    world
        .store
        .park_run(
            &units.lease,
            units.now - Duration::from_secs(1),
            Why {
                message: Some("slow down"),
                ..THROTTLED
            },
        )
        .await
        .unwrap();
    let runs = world
        .store
        .get_sync(&world.account, &sync)
        .await
        .unwrap()
        .runs;
    assert_eq!(
        runs.iter().map(|r| r.status).collect::<Vec<_>>(),
        [Status::Waiting, Status::Waiting, Status::Blocked]
    );
    let units = world.claim().await;
    assert_eq!(
        (
            units.run.failures,
            units.run.error_code.as_deref(),
            units.run.who_must_act.as_deref()
        ),
        (0, Some("throttled"), Some("nobody"))
    );

    let left_open = world
        .store
        .commit_unit(&units.lease, &last(records(0..1), Status::Succeeded))
        .await
        .unwrap_err();
    assert_eq!(left_open.code(), "model_left_open");
    assert_eq!(
        world.count("record").await,
        0,
        "nothing of a refused unit stays"
    );
    let ends = ["units", "residents"].map(|m| ModelEnd::new(m, Status::SucceededEmpty));
    assert_eq!(
        world.store.finish_run(&units.lease, &ends).await.unwrap(),
        None
    );
    assert_eq!(world.claim().await.run.model, "leases");
}

#[tokio::test]
async fn failures_count_until_progress() {
    let world = World::new().await;
    world.syncing(vec![run("units")]).await;
    for failures in 0..3 {
        let held = world.claim().await;
        assert_eq!(held.run.failures, failures);
        world
            .store
            .retry_run_later(
                &held.lease,
                held.now - Duration::from_secs(1),
                Why {
                    code: "transport",
                    ..THROTTLED
                },
            )
            .await
            .unwrap();
    }
    let held = world.claim().await;
    world
        .store
        .commit_unit(&held.lease, &more(records(0..1), "page 2"))
        .await
        .unwrap();
    world.store.release_run(&held.lease).await.unwrap();
    let held = world.claim().await;
    assert_eq!(
        (
            held.run.failures,
            held.run.error_code,
            held.run.cursor.as_deref()
        ),
        (0, None, Some("page 2"))
    );
    world
        .store
        .park_run(&held.lease, held.now + Duration::from_secs(60), THROTTLED)
        .await
        .unwrap();
    assert!(
        world
            .store
            .claim_run("w1", LEASE, 10)
            .await
            .unwrap()
            .is_none(),
        "not before its time"
    );
}

#[tokio::test]
async fn a_stopped_sync_ends_cancelled_and_a_new_one_resumes_its_cursor() {
    let world = World::new().await;
    let (integration, sync) = world.syncing(vec![run("units"), run("leases")]).await;
    let held = world.claim().await;
    world
        .store
        .commit_unit(&held.lease, &more(records(0..2), "page 2"))
        .await
        .unwrap();
    world
        .store
        .set_enabled(&world.account, &integration.id, SetEnabled::Off)
        .await
        .unwrap();

    let runs = world
        .store
        .get_sync(&world.account, &sync)
        .await
        .unwrap()
        .runs;
    assert_eq!(
        runs[1].status,
        Status::Cancelled,
        "a run that nobody holds ends at once"
    );
    let beats = world
        .store
        .heartbeat_runs(std::slice::from_ref(&held.lease), LEASE)
        .await
        .unwrap();
    assert_eq!(beats, [Heartbeat::Cancelled]);
    let on = |runs| SetEnabled::On {
        kind: SyncKind::Manual,
        runs,
    };
    let early = world
        .store
        .set_enabled(&world.account, &integration.id, on(vec![run("units")]))
        .await
        .unwrap_err();
    assert_eq!(early.code(), "sync_unfinished");
    let committed = world
        .store
        .commit_unit(&held.lease, &more(records(2..3), "page 3"))
        .await
        .unwrap();
    assert!(committed.cancel_requested);
    // Even a park ends a stopped run: nobody would take it up again.
    world
        .store
        .park_run(&held.lease, held.now, THROTTLED)
        .await
        .unwrap();
    let stopped = world.store.get_sync(&world.account, &sync).await.unwrap();
    assert_eq!(stopped.sync.status, Status::Cancelled);
    assert!(stopped.sync.finished_at.is_some());

    let before = world
        .store
        .latest_runs(&world.account, &integration.id)
        .await
        .unwrap();
    let units = before.iter().find(|r| r.model == "units").unwrap();
    let resumed = NewRun {
        resume_from: Some(units.id.clone()),
        ..run("units")
    };
    world
        .store
        .set_enabled(&world.account, &integration.id, on(vec![resumed]))
        .await
        .unwrap();
    let held = world.claim().await;
    assert_eq!(held.run.cursor.as_deref(), Some("page 3"));
    assert_eq!(Some(held.started_at), units.started_at);
    assert_eq!(held.run.pages, 0, "counters are the new run's own");
}

#[tokio::test]
async fn a_stopped_sync_whose_worker_died_is_claimed_to_be_ended() {
    let world = World::new().await;
    let (integration, _) = world.syncing(vec![run("units")]).await;
    world.claim().await;
    world
        .store
        .set_enabled(&world.account, &integration.id, SetEnabled::Off)
        .await
        .unwrap();
    world.expire_leases().await;
    let taken = world.claim().await;
    assert!(taken.cancel_requested);
    let word = world
        .store
        .finish_run(&taken.lease, &[ModelEnd::new("units", Status::Cancelled)])
        .await
        .unwrap();
    assert_eq!(word, Some(Status::Cancelled));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_last_runs_one_ends_the_sync() {
    for _ in 0..5 {
        let world = World::new().await;
        let (_, sync) = world.syncing(vec![run("units"), run("leases")]).await;
        let (one, two) = (world.claim().await, world.claim().await);
        let end = |lease: portcullis_store::RunLease| {
            let store = world.store.clone();
            tokio::spawn(async move {
                let ends = [ModelEnd::new(lease.model.clone(), Status::Succeeded)];
                store.finish_run(&lease, &ends).await.unwrap()
            })
        };
        let (one, two) = (end(one.lease), end(two.lease));
        let words = [one.await.unwrap(), two.await.unwrap()];
        assert_eq!(
            words.iter().flatten().collect::<Vec<_>>(),
            [&Status::Succeeded]
        );
        assert_eq!(
            world
                .store
                .get_sync(&world.account, &sync)
                .await
                .unwrap()
                .sync
                .status,
            Status::Succeeded
        );
    }
}

#[tokio::test]
async fn skipped_models_are_over_at_once() {
    let world = World::new().await;
    let skip = Skip {
        status: Status::SkippedNoAccess,
        code: "no_access".to_owned(),
        message: Some("You do not have permission".to_owned()),
        who_must_act: Some("customer".to_owned()),
    };
    let (_, sync) = world
        .syncing(vec![
            run("units"),
            NewRun {
                skip: Some(skip.clone()),
                ..run("applicants")
            },
        ])
        .await;
    let held = world.claim().await;
    let committed = world
        .store
        .commit_unit(&held.lease, &last(records(0..1), Status::Succeeded))
        .await
        .unwrap();
    assert_eq!(committed.sync_result, Some(Status::Partial));
    let found = world.store.get_sync(&world.account, &sync).await.unwrap();
    assert_eq!(found.sync.status, Status::Partial);
    assert_eq!(found.runs[1].status, Status::SkippedNoAccess);
    assert_eq!(
        found.runs[1].error_message.as_deref(),
        Some("You do not have permission")
    );
    let only_skips = world
        .syncing(vec![NewRun {
            skip: Some(skip),
            ..run("units")
        }])
        .await
        .1;
    let found = world
        .store
        .get_sync(&world.account, &only_skips)
        .await
        .unwrap();
    assert_eq!(found.sync.status, Status::SkippedNoAccess);
}
