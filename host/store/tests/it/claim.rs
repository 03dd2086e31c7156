//! The queue of syncs: whose turn it is, what a claim costs, and the lane of back-syncs.

use crate::world::{LEASE, THROTTLED, World, companion, last, more, records, run};
use portcullis_store::{Heartbeat, ModelEnd, NewRun, NewSync, Status, StoreError, SyncKind};
use std::time::{Duration, Instant};

impl World {
    pub(crate) async fn back_sync(&self, integration: &str, runs: &[NewRun]) -> String {
        let new = NewSync {
            account_id: &self.account,
            integration_id: integration,
            kind: SyncKind::BackSync,
            models: None,
            runs,
        };
        self.store.queue_sync(&new).await.unwrap()
    }

    async fn try_claim(&self) -> Option<String> {
        let claimed = self.store.claim_run("w", LEASE, 10).await.unwrap();
        claimed.map(|claimed| claimed.run.model)
    }

    /// As if every sync's next look had come: what a poll would find a little later.
    async fn look_again(&self) {
        self.execute("update sync set due_at = now() where finished_at is null")
            .await;
    }
}

#[tokio::test]
async fn integrations_take_turns_however_much_one_of_them_has() {
    let world = World::new().await;
    let many = ["a", "b", "c", "d", "e", "f"].map(run).to_vec();
    let (huge, _) = world.syncing(many).await;
    let mut small = Vec::new();
    for _ in 0..3 {
        small.push(world.syncing(vec![run("a"), run("b")]).await.0.id);
    }
    let claimed = world.store.claim_runs("w", LEASE, 10, 8).await.unwrap();
    let turns: Vec<&str> = claimed
        .iter()
        .map(|claimed| claimed.integration.id.as_str())
        .collect();
    let mut round = vec![huge.id.as_str()];
    round.extend(small.iter().map(String::as_str));
    assert_eq!(turns, [round.clone(), round].concat());
    let models: Vec<&str> = claimed
        .iter()
        .filter(|claimed| claimed.integration.id == huge.id)
        .map(|claimed| claimed.run.model.as_str())
        .collect();
    assert_eq!(models, ["a", "b"], "in the order in which they were queued");
}

#[tokio::test]
async fn what_ends_or_is_given_back_is_looked_at_at_once() {
    let world = World::new().await;
    let late = NewRun {
        after: vec!["units".to_owned()],
        ..run("leases")
    };
    world.syncing(vec![run("units"), late]).await;
    let units = world.claim().await;
    assert_eq!(world.try_claim().await, None);
    world.store.release_run(&units.lease).await.unwrap();
    let units = world.claim().await;
    assert_eq!(units.run.model, "units");
    world
        .store
        .commit_unit(&units.lease, &last(records(0..1), Status::Succeeded))
        .await
        .unwrap();
    assert_eq!(world.try_claim().await.as_deref(), Some("leases"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_queued_runs_make_a_claim_no_slower() {
    let world = World::new().await;
    // A claim with next to nothing queued, for the comparison.
    world.syncing(vec![run("a"), run("b"), run("c")]).await;
    let alone = Instant::now();
    for _ in 0..3 {
        world.claim().await;
    }
    let alone = alone.elapsed() / 3;
    let template = world.integration().await;
    let (account, id) = (&template.account_id, &template.id);
    for statement in [
        format!(
            "insert into integration (account_id, id, name, vendor, connector_id, environment, id_salt, enabled)
             select account_id, 'int_' || n, name, vendor, connector_id, environment, id_salt, true
             from integration, generate_series(1, 1000) n where id = '{id}'"
        ),
        format!(
            "insert into sync (account_id, integration_id, id, kind)
             select '{account}', 'int_' || n, 'syn_' || n, 'scheduled' from generate_series(1, 1000) n"
        ),
        // Of ten runs each, nine wait for the one before them.
        format!(
            "insert into run (account_id, integration_id, sync_id, id, model, after, status, span, state_format)
             select '{account}', 'int_' || n, 'syn_' || n, 'run_' || n || '_' || m, 'm' || m,
                    case when m > 1 then array['m' || (m - 1)] else '{{}}' end, 'queued', '{{}}', 1
             from generate_series(1, 1000) n, generate_series(1, 10) m"
        ),
        "analyze run, sync".to_owned(),
    ] {
        world.execute(&statement).await;
    }
    let mut held = Vec::new();
    let began = Instant::now();
    for _ in 0..100 {
        held.push(world.claim().await);
    }
    let each = began.elapsed() / 100;
    eprintln!("a claim: {alone:?} alone, {each:?} with 10,000 runs queued");
    let mut integrations: Vec<&str> = held.iter().map(|c| c.integration.id.as_str()).collect();
    integrations.sort_unstable();
    integrations.dedup();
    assert_eq!(
        integrations.len(),
        100,
        "everybody has a turn before anybody has two"
    );
    // Ends bring the next run of each, also when all the others stand in the queue before it.
    for claimed in &held {
        let ends = [ModelEnd::new(
            claimed.run.model.clone(),
            Status::SucceededEmpty,
        )];
        world.store.finish_run(&claimed.lease, &ends).await.unwrap();
    }
    let began = Instant::now();
    let batch = world.store.claim_runs("w", LEASE, 10, 1_000).await.unwrap();
    let each_of_batch = began.elapsed() / 1_000;
    eprintln!("a claim of many at once: {each_of_batch:?}");
    assert_eq!(batch.len(), 1_000);
    // Generous, since the machine may be busy: one pass over all queued runs would take more.
    assert!(each < Duration::from_millis(60), "{each:?}");
}

#[tokio::test]
async fn a_back_sync_yields_and_never_shares_a_model() {
    let world = World::new().await;
    let (integration, _) = world.syncing(vec![run("units")]).await;
    let units = world.claim().await;
    // Beside an open sync there may be one back-sync, and one only.
    world
        .back_sync(
            &integration.id,
            &[run("units"), run("leases"), companion("fees", "leases")],
        )
        .await;
    let twice = world
        .store
        .start_sync(
            &world.account,
            &integration.id,
            SyncKind::BackSync,
            &[run("units")],
        )
        .await;
    assert!(matches!(
        twice,
        Err(StoreError::Conflict {
            what: "sync_unfinished"
        })
    ));
    // `units` is in other hands; `leases` is free; a back-sync has one run at a time.
    let back = world.claim().await;
    assert_eq!(
        (back.run.model.as_str(), back.kind),
        ("leases", SyncKind::BackSync)
    );
    assert_eq!(back.companions.len(), 1);
    world.look_again().await;
    assert_eq!(world.try_claim().await, None);
    world
        .store
        .commit_unit(&units.lease, &last(records(0..1), Status::Succeeded))
        .await
        .unwrap();

    // A sync that wants what the back-sync holds, here a companion, waits for the page in hand and then has it.
    world
        .store
        .start_sync(
            &world.account,
            &integration.id,
            SyncKind::Manual,
            &[run("leases"), companion("fees", "leases")],
        )
        .await
        .unwrap();
    world.look_again().await;
    assert_eq!(
        world.try_claim().await,
        None,
        "nobody else has it at the same time"
    );
    let beats = world
        .store
        .heartbeat_runs(std::slice::from_ref(&back.lease), LEASE)
        .await
        .unwrap();
    assert_eq!(beats, [Heartbeat::Wanted]);
    world.store.release_run(&back.lease).await.unwrap();
    world.look_again().await;
    let manual = world.claim().await;
    assert_eq!(
        (manual.run.model.as_str(), manual.kind),
        ("leases", SyncKind::Manual)
    );
    // The back-sync reads what is free meanwhile, and the rest afterwards.
    assert_eq!(world.try_claim().await.as_deref(), Some("units"));
    world.look_again().await;
    assert_eq!(world.try_claim().await, None);
}

#[tokio::test]
async fn a_back_sync_whose_worker_is_gone_stands_in_nobodys_way() {
    let world = World::new().await;
    let (integration, _) = world.syncing(vec![run("units")]).await;
    let units = world.claim().await;
    world
        .store
        .commit_unit(&units.lease, &last(records(0..1), Status::Succeeded))
        .await
        .unwrap();
    world.back_sync(&integration.id, &[run("units")]).await;
    let back = world.claim().await;
    world
        .store
        .start_sync(
            &world.account,
            &integration.id,
            SyncKind::Manual,
            &[run("units")],
        )
        .await
        .unwrap();
    world.expire_leases().await;
    // Two looks: one finds that the worker is gone, the next gives the model to whom it belongs.
    let first = world.store.claim_run("w", LEASE, 10).await.unwrap();
    world.look_again().await;
    let manual = match first {
        Some(claimed) => claimed,
        None => world.claim().await,
    };
    assert_eq!(manual.kind, SyncKind::Manual);
    let late = world
        .store
        .commit_unit(&back.lease, &more(records(0..1), "page 2"))
        .await;
    assert_eq!(late.unwrap_err().code(), "lease_lost");
    world.look_again().await;
    assert_eq!(world.try_claim().await, None);
}

#[tokio::test]
async fn a_sync_is_cancelled_once_and_alone() {
    let world = World::new().await;
    let (integration, sync) = world.syncing(vec![run("units"), run("leases")]).await;
    let back = world.back_sync(&integration.id, &[run("residents")]).await;
    let held = world.claim().await;
    let store = &world.store;
    assert!(store.cancel_sync(&world.account, &sync).await.unwrap());
    assert!(store.cancel_sync(&world.account, &sync).await.unwrap());
    let words =
        |runs: &[portcullis_store::RunRow]| runs.iter().map(|r| r.status).collect::<Vec<_>>();
    let open = store.get_sync(&world.account, &sync).await.unwrap();
    assert!(open.sync.cancel_requested && open.sync.finished_at.is_none());
    assert_eq!(words(&open.runs), [Status::Running, Status::Cancelled]);
    let beats = store
        .heartbeat_runs(std::slice::from_ref(&held.lease), LEASE)
        .await
        .unwrap();
    assert_eq!(beats, [Heartbeat::Cancelled]);
    let ends = [ModelEnd::new("units", Status::Cancelled)];
    store.finish_run(&held.lease, &ends).await.unwrap();
    assert!(
        !store.cancel_sync(&world.account, &sync).await.unwrap(),
        "it has ended"
    );
    let other = store.get_sync(&world.account, &back).await.unwrap();
    assert!(!other.sync.cancel_requested, "the back-sync goes on");
    let missing = store.cancel_sync(&world.account, "syn_missing").await;
    assert!(matches!(missing, Err(StoreError::NotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_commits_and_cancels_at_once_never_wait_for_each_other_in_a_circle() {
    let world = World::new().await;
    let mut syncs = Vec::new();
    for _ in 0..6 {
        let runs = vec![
            run("units"),
            companion("fees", "units"),
            run("leases"),
            run("residents"),
        ];
        syncs.push(world.syncing(runs).await);
    }
    let workers = (0..4).map(|n| {
        let store = world.store.clone();
        tokio::spawn(async move {
            let mut ended = 0;
            while ended < 12 {
                let claimed = store
                    .claim_runs(&format!("w{n}"), LEASE, 2, 2)
                    .await
                    .unwrap();
                if claimed.is_empty() {
                    break;
                }
                for claimed in claimed {
                    if ended % 3 == 0 {
                        let until = claimed.now;
                        store
                            .park_run(&claimed.lease, until, THROTTLED)
                            .await
                            .unwrap();
                    } else {
                        let companions = claimed.companions.iter().map(|c| c.model.clone());
                        let ends: Vec<ModelEnd> = std::iter::once(claimed.run.model.clone())
                            .chain(companions)
                            .map(|model| ModelEnd::new(model, Status::SucceededEmpty))
                            .collect();
                        store.finish_run(&claimed.lease, &ends).await.unwrap();
                    }
                    ended += 1;
                }
            }
        })
    });
    let cancels = syncs.iter().take(3).map(|(_, sync)| {
        let (store, account, sync) = (world.store.clone(), world.account.clone(), sync.clone());
        tokio::spawn(async move {
            store.cancel_sync(&account, &sync).await.unwrap();
        })
    });
    // A deadlock would show as an error of one of them.
    let all: Vec<_> = workers.chain(cancels).collect();
    for task in all {
        tokio::time::timeout(Duration::from_secs(60), task)
            .await
            .unwrap()
            .unwrap();
    }
}
