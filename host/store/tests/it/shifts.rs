//! Offsets that shift under a pass, against an oracle that knows who lives.

use crate::deletes::Pass;
use crate::world::{World, record, run};
use portcullis_store::{IntegrationRow, RecordWrite};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What happens to the vendor's list between two pages of a pass.
#[derive(Debug, Clone)]
enum Shift {
    Nothing,
    Delete(prop::sample::Index),
    Insert(prop::sample::Index),
}

fn shift() -> impl Strategy<Value = Shift> {
    prop_oneof![
        3 => Just(Shift::Nothing),
        2 => any::<prop::sample::Index>().prop_map(Shift::Delete),
        1 => any::<prop::sample::Index>().prop_map(Shift::Insert),
    ]
}

/// One offset pass over a list that shifts meanwhile; gives the keys that it met, and its totals.
fn offset_pass(
    list: &mut Vec<u32>,
    newest: &mut u32,
    page: usize,
    shifts: &[Shift],
) -> (Vec<u32>, (i64, i64)) {
    let mut met = Vec::new();
    let (mut offset, mut first, mut shifts) = (0, None, shifts.iter());
    loop {
        let total = list.len() as i64;
        let first = *first.get_or_insert(total);
        met.extend(list.iter().skip(offset).take(page));
        offset += page;
        if offset >= list.len() {
            return (met, (first, total));
        }
        match shifts.next() {
            Some(Shift::Delete(at)) if list.len() > 1 => {
                list.remove(at.index(list.len()));
            }
            Some(Shift::Insert(at)) => {
                *newest += 1;
                list.insert(at.index(list.len() + 1), *newest);
            }
            _ => {}
        }
    }
}

#[test]
fn no_living_row_that_offsets_skip_is_deleted_and_what_vanished_goes() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::new());
    let passes = prop::collection::vec(prop::collection::vec(shift(), 0..5), 1..4);
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        ProptestConfig {
            cases: 24,
            failure_persistence: None,
            ..ProptestConfig::default()
        },
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let result = runner.run(&(4_u32..30, 2_usize..6, passes), |(count, page, passes)| {
        runtime.block_on(async {
            let integration = world.read_once_as(count).await;
            let (mut list, mut newest): (Vec<u32>, u32) = ((0..count).collect(), 1_000);
            let mut ever: BTreeMap<u32, ()> = list.iter().map(|id| (*id, ())).collect();
            for shifts in &passes {
                let (met, totals) = offset_pass(&mut list, &mut newest, page, shifts);
                ever.extend(met.iter().map(|id| (*id, ())));
                let rows: BTreeMap<u32, RecordWrite> =
                    met.iter().map(|id| (*id, own(&integration, *id))).collect();
                let pass = Pass {
                    totals: Some(totals),
                    ..Pass::of(rows.into_values().collect())
                };
                world.pass(&integration, pass).await;
                let alive = world.alive_of(&integration).await;
                for id in list.iter().filter(|id| ever.contains_key(id)) {
                    prop_assert!(alive.contains(id), "{} lives at the vendor: {:?}", id, list);
                }
            }
            for _ in 0..2 {
                let rows = list.iter().map(|id| own(&integration, *id)).collect();
                world.pass(&integration, Pass::of(rows)).await;
            }
            prop_assert_eq!(
                world.alive_of(&integration).await,
                list.iter().copied().collect::<BTreeSet<_>>()
            );
            Ok(())
        })
    });
    result.unwrap();
}

/// Ids are the integration's own, so that many cases share a database.
fn own(integration: &IntegrationRow, n: u32) -> RecordWrite {
    RecordWrite {
        id: format!("{}_{n}", integration.id),
        ..record(n, "name")
    }
}

impl World {
    async fn read_once_as(&self, count: u32) -> IntegrationRow {
        let integration = self.syncing(vec![run("units")]).await.0;
        let claimed = self.claim().await;
        let rows = (0..count).map(|n| own(&integration, n)).collect();
        self.store
            .commit_unit(&claimed.lease, &Pass::of(rows).unit())
            .await
            .unwrap();
        integration
    }

    async fn alive_of(&self, integration: &IntegrationRow) -> BTreeSet<u32> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select external_id from record where deleted_at is null and integration_id = $1",
        )
        .bind(&integration.id)
        .fetch_all(&self.sql)
        .await
        .unwrap();
        ids.iter().map(|id| id.parse().unwrap()).collect()
    }
}
