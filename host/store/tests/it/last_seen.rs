//! When a record was last seen: as it is shown, and as lists are filtered by it.

use crate::read::{keys, query};
use crate::world::{World, records};
use portcullis_store::{Column, Environment, Filter, Operand, Status, Target};

#[tokio::test]
async fn a_record_says_when_it_was_last_seen_and_a_deleted_one_nothing() {
    let world = World::new().await;
    let integration = world
        .with_units(&world.account, Environment::Sandbox, records(0..2))
        .await;
    let all = query(&world, vec![]);
    let one = || world.store.get_record(&all, "unit_00000001");
    let before = one().await.unwrap().row.unwrap();
    assert!(before.last_seen >= before.updated_at);
    world
        .store
        .start_sync(
            &world.account,
            &integration.id,
            portcullis_store::SyncKind::Manual,
            &[crate::world::run("units")],
        )
        .await
        .unwrap();
    let held = world.claim().await;
    world
        .store
        .commit_unit(
            &held.lease,
            &crate::world::last(records(0..2), Status::Succeeded),
        )
        .await
        .unwrap();
    let after = one().await.unwrap();
    assert!(after.snapshot_at >= after.row.as_ref().unwrap().last_seen);
    let after = after.row.unwrap();
    assert_eq!(
        after.updated_at, before.updated_at,
        "the row itself was not written"
    );
    assert!(after.last_seen > before.last_seen);
    // Lists are filtered by the time that is shown, to the microsecond.
    let seen = |filter: fn(Vec<Target>, Operand) -> Filter, at| {
        let targets = vec![Target::Column(Column::LastSeen)];
        query(&world, vec![filter(targets, Operand::Time(at))])
    };
    let since = |targets, at| Filter::DateAfter { targets, at };
    let until = |targets, at| Filter::DateBefore { targets, at };
    let moment = chrono::TimeDelta::microseconds(1);
    for (wanted, count) in [
        (seen(since, after.last_seen), 2),
        (seen(since, after.last_seen + moment), 0),
        (seen(until, after.last_seen), 2),
        (seen(until, after.last_seen - moment), 0),
    ] {
        let found = world.store.list_records(&wanted).await.unwrap();
        assert_eq!(found.total.n, count, "{:?}", wanted.filters);
    }
    // What is missing was last seen before it was missed.
    world
        .execute("update record set last_seen_at = updated_at where id = 'unit_00000000'")
        .await;
    let found = world
        .store
        .list_records(&seen(since, after.last_seen))
        .await
        .unwrap();
    assert_eq!(found.total.n, 1);
    world
        .execute("update record set deleted_at = now() where id = 'unit_00000001'")
        .await;
    assert_eq!(one().await.unwrap().row, None);
    assert_eq!(
        keys(
            &world
                .store
                .list_records(&query(&world, vec![]))
                .await
                .unwrap()
        ),
        ["0"]
    );
}
