//! Generations, settled models, wake-ups.

use crate::read::{equals, query};
use crate::world::{THROTTLED, World, last, more, record, records, run};
use chrono::{DateTime, Utc};
use portcullis_store::{Column, ModelEnd, Status, Wake};
use std::time::Duration;

async fn generation(world: &World) -> i64 {
    let rows = world
        .store
        .generations_changed_since(DateTime::<Utc>::UNIX_EPOCH)
        .await
        .unwrap();
    rows.iter().map(|row| row.generation).sum()
}

#[tokio::test]
async fn the_generation_moves_rarely_during_a_run_and_always_at_its_end() {
    let world = World::new().await;
    world.syncing(vec![run("units")]).await;
    let held = world.claim().await;
    world
        .store
        .commit_unit(&held.lease, &more(records(0..2), "2"))
        .await
        .unwrap();
    assert_eq!(generation(&world).await, 1);
    for page in 3..6 {
        world
            .store
            .commit_unit(
                &held.lease,
                &more(records(page..page + 2), &page.to_string()),
            )
            .await
            .unwrap();
    }
    assert_eq!(generation(&world).await, 1, "five seconds have not passed");
    world
        .execute("update model_state set generation_at = now() - interval '6 seconds'")
        .await;
    world
        .store
        .commit_unit(&held.lease, &more(vec![record(3, "name")], "7"))
        .await
        .unwrap();
    assert_eq!(
        generation(&world).await,
        2,
        "what was owed is paid even by a unit that changes nothing"
    );
    world
        .execute("update model_state set generation_at = now() - interval '6 seconds'")
        .await;
    world
        .store
        .commit_unit(&held.lease, &more(vec![record(3, "name")], "8"))
        .await
        .unwrap();
    assert_eq!(generation(&world).await, 2, "nothing changed, nothing owed");
    world
        .store
        .commit_unit(&held.lease, &more(vec![record(3, "b")], "9"))
        .await
        .unwrap();
    assert_eq!(generation(&world).await, 3);
    world
        .store
        .commit_unit(&held.lease, &more(vec![record(3, "c")], "10"))
        .await
        .unwrap();
    assert_eq!(generation(&world).await, 3);
    world
        .store
        .park_run(&held.lease, held.now, THROTTLED)
        .await
        .unwrap();
    assert_eq!(
        generation(&world).await,
        4,
        "a run that waits leaves nothing unseen"
    );
    let held = world.claim().await;
    world
        .store
        .commit_unit(&held.lease, &last(Vec::new(), Status::Succeeded))
        .await
        .unwrap();
    assert_eq!(
        generation(&world).await,
        5,
        "the end moves it although no row changed: `last_seen` moved"
    );
}

#[tokio::test]
async fn a_model_is_settled_by_an_honest_end_and_stays_so() {
    let world = World::new().await;
    let integration = world.integration().await;
    let state = || async {
        let query = query(&world, vec![equals(Column::IntegrationId, &integration.id)]);
        let reached = world.store.list_records(&query).await.unwrap().reached;
        let rows = reached.sync_state;
        (rows[0].settled, rows[0].first_sync_running)
    };
    assert_eq!(state().await, (false, false));
    world.enable(&integration, vec![run("units")]).await;
    assert_eq!(state().await, (false, true));
    let mut kind = portcullis_store::SyncKind::First;
    for (word, want) in [
        (Status::Failed, false),
        (Status::Abandoned, false),
        (Status::Partial, true),
        (Status::Failed, true),
    ] {
        if kind != portcullis_store::SyncKind::First {
            world
                .store
                .start_sync(&world.account, &integration.id, kind, &[run("units")])
                .await
                .unwrap();
        }
        kind = portcullis_store::SyncKind::Manual;
        let held = world.claim().await;
        world
            .store
            .finish_run(&held.lease, &[ModelEnd::new("units", word)])
            .await
            .unwrap();
        assert_eq!(state().await.0, want, "{word}");
    }
}

#[tokio::test]
async fn wake_ups_arrive_and_a_listener_hears_itself() {
    let world = World::new().await;
    let mut listener = world.store.listen().await.unwrap();
    world
        .store
        .notify(&Wake::Ping("me".to_owned()))
        .await
        .unwrap();
    assert_eq!(listener.next().await.unwrap(), Wake::Ping("me".to_owned()));
    // A commit wakes nobody by itself; its worker does, once for many.
    world.syncing(vec![run("units")]).await;
    let held = world.claim().await;
    world
        .store
        .commit_unit(&held.lease, &more(records(0..2), "2"))
        .await
        .unwrap();
    world.store.notify(&Wake::Generations).await.unwrap();
    let mut heard = Vec::new();
    while heard.last() != Some(&Wake::Generations) {
        heard.push(
            tokio::time::timeout(Duration::from_secs(10), listener.next())
                .await
                .unwrap()
                .unwrap(),
        );
    }
    assert_eq!(
        heard,
        [Wake::Work, Wake::Work, Wake::Generations],
        "created, enabled, told"
    );
    world
        .execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%'",
        )
        .await;
    let after = tokio::time::timeout(Duration::from_secs(10), listener.next())
        .await
        .unwrap();
    assert_eq!(after.unwrap(), Wake::Reconnected);
}
