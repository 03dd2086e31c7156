//! The feed under transactions that overlap in every way.

use crate::world::World;
use portcullis_store::{ConnectOptions, Environment, FeedPosition, FeedQuery, Store, StoreError};
use portcullis_test_postgres::TestDatabase;
use std::collections::BTreeSet;

fn query(world: &World, after: Option<FeedPosition>, limit: i64) -> FeedQuery {
    FeedQuery {
        account_id: world.account.clone(),
        environment: Environment::Sandbox,
        integration_id: None,
        within: None,
        models: Vec::new(),
        after,
        limit,
    }
}

const ENTRY: &str = "insert into change (account_id, integration_id, model, record_id, kind) values ($1, $2, 'units', $3, 'upsert')";

/// Until every transaction of the whole server has ended that is under way now: the feed waits for those of other databases
/// too.
async fn all_ended(world: &World) {
    let now: i64 = sqlx::query_scalar("select pg_current_xact_id()::text::bigint")
        .fetch_one(&world.sql)
        .await
        .unwrap();
    let oldest = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
    while sqlx::query_scalar::<_, i64>(oldest)
        .fetch_one(&world.sql)
        .await
        .unwrap()
        <= now
    {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// What began first may commit last: its entries come late, and must not come behind a reader's back.
#[tokio::test]
async fn what_commits_late_is_not_missed() {
    let world = World::new().await;
    let integration = world.integration().await.id;
    let mut early = world.sql.begin().await.unwrap();
    sqlx::query(ENTRY)
        .bind(&world.account)
        .bind(&integration)
        .bind("early")
        .execute(&mut *early)
        .await
        .unwrap();
    sqlx::query(ENTRY)
        .bind(&world.account)
        .bind(&integration)
        .bind("late")
        .execute(&world.sql)
        .await
        .unwrap();
    let here = world.store.feed_end().await.unwrap();
    let seen = world.store.changes(&query(&world, None, 10)).await.unwrap();
    assert_eq!(seen, [], "the later one waits for the earlier one");
    early.commit().await.unwrap();
    all_ended(&world).await;
    for after in [None, Some(here)] {
        let seen = world
            .store
            .changes(&query(&world, after, 10))
            .await
            .unwrap();
        let ids: Vec<_> = seen
            .iter()
            .filter_map(|row| row.record_id.as_deref())
            .collect();
        assert_eq!(ids, ["early", "late"]);
    }
    let restored = FeedPosition {
        xid: u64::from(u32::MAX),
        seq: 1,
        epoch: 0,
    };
    let refused = world
        .store
        .changes(&query(&world, Some(restored), 10))
        .await;
    assert!(matches!(
        refused,
        Err(StoreError::Conflict {
            what: "feed_restarted"
        })
    ));
}

/// A server of younger age would come to an old place by itself one day: nobody must wait there, nor read on from it.
#[tokio::test]
async fn a_place_from_before_a_restore_is_refused_for_ever() {
    let world = World::new().await;
    let integration = world.integration().await.id;
    let entry = async |sql: &sqlx::PgPool, id: &str| {
        sqlx::query(ENTRY)
            .bind(&world.account)
            .bind(&integration)
            .bind(id)
            .execute(sql)
            .await
            .unwrap();
    };
    entry(&world.sql, "before").await;
    let before = world.store.feed_end().await.unwrap();
    let mut backup = Vec::new();
    world.store.back_up(&mut backup).await.unwrap();

    let other = TestDatabase::create().await;
    let restored = Store::connect(&other.url, ConnectOptions::default())
        .await
        .unwrap();
    restored.restore(&mut backup.as_slice()).await.unwrap();
    let sql = sqlx::PgPool::connect_with(other.options()).await.unwrap();
    entry(&sql, "after").await;
    all_ended(&world).await;
    let early = FeedPosition {
        xid: 1,
        ..before.clone()
    };
    for place in [before, early] {
        let refused = restored.changes(&query(&world, Some(place), 10)).await;
        assert!(matches!(
            refused,
            Err(StoreError::Conflict {
                what: "feed_restarted"
            })
        ));
    }
    // From the beginning, and on from there.
    let mut after = Some(FeedPosition::default());
    for id in ["before", "after"] {
        let seen = restored.changes(&query(&world, after, 1)).await.unwrap();
        assert_eq!(seen[0].record_id.as_deref(), Some(id));
        after = Some(seen[0].position());
    }
    let here = restored.feed_end().await.unwrap();
    let seen = restored.changes(&query(&world, Some(here), 1)).await;
    assert_eq!(seen.unwrap(), []);
}

/// Eight writers, some of whom roll back, and a reader that takes small pages all the while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_twice_and_nothing_left_out_while_many_commit() {
    let world = World::new().await;
    let integration = world.integration().await.id;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8_usize {
        let (sql, account, integration) = (
            world.sql.clone(),
            world.account.clone(),
            integration.clone(),
        );
        writers.spawn(async move {
            let mut written = Vec::new();
            for round in 0..20_usize {
                let mut tx = sql.begin().await.unwrap();
                let ids: Vec<String> = (0..=(writer + round) % 4)
                    .map(|n| format!("{writer}-{round}-{n}"))
                    .collect();
                for id in &ids {
                    sqlx::query(ENTRY)
                        .bind(&account)
                        .bind(&integration)
                        .bind(id)
                        .execute(&mut *tx)
                        .await
                        .unwrap();
                    tokio::task::yield_now().await;
                }
                if round % 5 == writer % 5 {
                    tx.rollback().await.unwrap();
                } else {
                    tx.commit().await.unwrap();
                    written.extend(ids);
                }
            }
            written
        });
    }
    let (mut seen, mut written, mut after) = (Vec::new(), BTreeSet::new(), None);
    loop {
        let done = writers.is_empty();
        if done {
            all_ended(&world).await;
        }
        let page = world
            .store
            .changes(&query(&world, after.clone(), 7))
            .await
            .unwrap();
        after = page.last().map(|row| row.position()).or(after);
        if done && page.is_empty() {
            break;
        }
        seen.extend(page.into_iter().filter_map(|row| row.record_id));
        while let Some(ended) = writers.try_join_next() {
            written.extend(ended.unwrap());
        }
    }
    let once: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(once.len(), seen.len(), "nothing twice");
    assert_eq!(
        once, written,
        "nothing left out, and nothing that was rolled back"
    );
}
