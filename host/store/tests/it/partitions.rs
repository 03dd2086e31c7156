//! Models that are read once per parent: which parents, from where, and what goes with them.

use crate::world::{LEASE, World, record, records, run};
use portcullis_store::{
    Absence, Announce, ClaimedRun, DeleteGuard, Extent, IntegrationRow, ModelEnd, NewRun, Next,
    PartitionEnd, PassPart, PropertyFilter, RecordWrite, Status, SyncKind, Unit,
};
use serde_json::json;

fn charge(parent: &str, n: u32) -> RecordWrite {
    RecordWrite {
        id: format!("charge_{parent}_{n}"),
        external_id: format!("{parent}-{n}"),
        partition: parent.to_owned(),
        ..record(n, "charge")
    }
}

/// A unit with these partitions read to their end, each with its charges.
fn read(parts: &[(&str, Vec<u32>)], next: Next) -> Unit {
    let rows = parts
        .iter()
        .flat_map(|(parent, charges)| charges.iter().map(|n| charge(parent, *n)));
    let pass = |(parent, charges): &(&str, Vec<u32>)| PassPart {
        model: "charges".to_owned(),
        partition: (*parent).to_owned(),
        seen: charges.iter().map(|n| charge(parent, *n).id).collect(),
        total_first: Some(charges.len() as i64),
        total_last: Some(charges.len() as i64),
        keyless: 0,
        complete: true,
    };
    let end = |(parent, _): &(&str, Vec<u32>)| PartitionEnd {
        partition: (*parent).to_owned(),
        watermark: Some(format!("w {parent}")),
        full: true,
        window: false,
    };
    Unit {
        batches: vec![("charges".to_owned(), rows.collect())],
        passes: parts.iter().map(pass).collect(),
        partitions: parts.iter().map(end).collect(),
        pages: 1,
        announce: Announce::Records,
        ..Unit::new("d1", "1.0.0", 1, LEASE, next)
    }
}

fn more() -> Next {
    Next::More {
        cursor: "position".to_owned(),
    }
}

fn end(complete_full: bool) -> Next {
    let result = ModelEnd {
        complete_full,
        absence: Some(Absence { stable: false }),
        ..ModelEnd::new("charges", Status::Succeeded)
    };
    Next::End {
        watermark: Some(String::new()),
        extent: Extent::Full,
        guard: DeleteGuard::default(),
        results: vec![result],
    }
}

impl World {
    async fn charges(&self, integration: &IntegrationRow) -> ClaimedRun {
        let charges = run("charges");
        self.store
            .start_sync(&self.account, &integration.id, SyncKind::Manual, &[charges])
            .await
            .unwrap();
        self.claim().await
    }

    async fn parents(
        &self,
        held: &ClaimedRun,
        properties: &PropertyFilter,
        behind: Option<&str>,
        limit: i64,
    ) -> Vec<String> {
        let fields = ["number".to_owned(), "absent".to_owned()];
        let rows = self
            .store
            .parents(
                &held.lease,
                "units",
                &fields,
                properties,
                1,
                behind.map(|id| ("", id)),
                limit,
            )
            .await
            .unwrap();
        for row in &rows {
            let number: u32 = row.external_id.parse().unwrap();
            assert_eq!(row.fields, json!({"number": number}));
        }
        rows.into_iter().map(|row| row.external_id).collect()
    }

    async fn living(&self) -> Vec<String> {
        sqlx::query_scalar("select external_id from record where model = 'charges' and deleted_at is null order by 1")
            .fetch_all(&self.sql)
            .await
            .unwrap()
    }
}

/// Five units of the properties 0, 1, 2, 0, 1.
async fn world() -> (World, IntegrationRow) {
    let world = World::new().await;
    let integration = world
        .with_units(
            &world.account.clone(),
            portcullis_store::Environment::Sandbox,
            records(0..5),
        )
        .await;
    (world, integration)
}

#[tokio::test]
async fn parents_come_in_the_order_of_their_keys_from_any_point_on() {
    let (world, integration) = world().await;
    let held = world.charges(&integration).await;
    let all = PropertyFilter::all();
    let keys: Vec<String> = (0..5).map(|n| n.to_string()).collect();
    assert_eq!(world.parents(&held, &all, None, 10).await, keys);
    for (at, key) in keys.iter().enumerate() {
        assert_eq!(
            world.parents(&held, &all, Some(key), 10).await,
            keys[at + 1..]
        );
        let next: Vec<String> = keys.iter().skip(at + 1).take(2).cloned().collect();
        assert_eq!(world.parents(&held, &all, Some(key), 2).await, next);
    }
    assert_eq!(
        world
            .store
            .count_parents(&held.lease, "units", &all)
            .await
            .unwrap(),
        5
    );

    // A parent that is gone, and one whose property is off.
    world
        .execute("update record set deleted_at = now() where external_id = '2'")
        .await;
    world
        .store
        .switch_properties(&world.account, &integration.id, &["1".to_owned()], false)
        .await
        .unwrap();
    let wanted = world
        .store
        .property_filter(&world.account, &integration.id)
        .await
        .unwrap();
    assert_eq!(world.parents(&held, &wanted, None, 10).await, ["0", "3"]);
    assert_eq!(
        world
            .store
            .count_parents(&held.lease, "units", &wanted)
            .await
            .unwrap(),
        2
    );
    assert!(wanted.wants(None) && wanted.wants(Some("new")) && !wanted.wants(Some("1")));
}

#[tokio::test]
async fn new_properties_can_stay_out_without_touching_the_known_ones() {
    let (world, integration) = world().await;
    let properties: Vec<RecordWrite> = (0..2)
        .map(|n| RecordWrite {
            id: format!("prop_{n}"),
            x_property_id: Some(n.to_string()),
            ..record(n, "property")
        })
        .collect();
    world
        .store
        .start_sync(
            &world.account,
            &integration.id,
            SyncKind::Manual,
            &[run("properties")],
        )
        .await
        .unwrap();
    let held = world.claim().await;
    let unit = Unit {
        batches: vec![("properties".to_owned(), properties)],
        ..Unit::new("d1", "1.0.0", 1, LEASE, more())
    };
    world.store.commit_unit(&held.lease, &unit).await.unwrap();
    let (store, account) = (&world.store, &world.account);
    store
        .switch_properties(account, &integration.id, &["1".to_owned()], false)
        .await
        .unwrap();
    store
        .enable_new_properties(account, &integration.id, false)
        .await
        .unwrap();
    let wanted = store
        .property_filter(account, &integration.id)
        .await
        .unwrap();
    assert_eq!(
        ["0", "1", "9"].map(|property| wanted.wants(Some(property))),
        [true, false, false]
    );
    store
        .enable_new_properties(account, &integration.id, true)
        .await
        .unwrap();
    let wanted = store
        .property_filter(account, &integration.id)
        .await
        .unwrap();
    assert_eq!(
        ["0", "1", "9"].map(|property| wanted.wants(Some(property))),
        [true, false, true]
    );
}

#[tokio::test]
async fn a_partition_has_a_checkpoint_of_its_own_with_its_end() {
    let (world, integration) = world().await;
    let held = world.charges(&integration).await;
    let unit = Unit {
        partitions_total: Some(5),
        ..read(
            &[("unit_00000000", vec![1, 2]), ("unit_00000001", vec![])],
            more(),
        )
    };
    world.store.commit_unit(&held.lease, &unit).await.unwrap();
    let skipped = Unit {
        partitions_skipped: 1,
        skip_message: Some("2: not yours".to_owned()),
        ..read(&[], more())
    };
    world
        .store
        .commit_unit(&held.lease, &skipped)
        .await
        .unwrap();
    let parents = world
        .store
        .parents(
            &held.lease,
            "units",
            &[],
            &PropertyFilter::all(),
            1,
            None,
            10,
        )
        .await
        .unwrap();
    let known: Vec<(bool, Option<&str>)> = parents
        .iter()
        .map(|parent| (parent.known, parent.watermark.as_deref()))
        .collect();
    assert_eq!(
        known,
        [
            (true, Some("w unit_00000000")),
            (true, Some("w unit_00000001")),
            (false, None),
            (false, None),
            (false, None)
        ]
    );
    let other_format = world
        .store
        .parents(
            &held.lease,
            "units",
            &[],
            &PropertyFilter::all(),
            2,
            None,
            1,
        )
        .await
        .unwrap();
    assert!(!other_format[0].known);
    let found = world
        .store
        .get_sync(&world.account, &held.lease.sync_id)
        .await
        .unwrap();
    assert_eq!(
        (
            found.runs[0].partitions_done,
            found.runs[0].partitions_total
        ),
        (Some(3), Some(5))
    );
    assert_eq!(
        world.store.skipped_partitions(&held.lease).await.unwrap(),
        (1, Some("2: not yours".to_owned()))
    );
}

#[tokio::test]
async fn absence_counts_only_where_the_run_looked_and_children_go_with_their_parent() {
    let (world, integration) = world().await;
    let held = world.charges(&integration).await;
    let all = [
        ("unit_00000000", vec![1, 2]),
        ("unit_00000001", vec![1, 2]),
        ("unit_00000002", vec![1, 2]),
    ];
    world
        .store
        .commit_unit(&held.lease, &read(&all, end(true)))
        .await
        .unwrap();
    assert_eq!(world.living().await.len(), 6);

    // One partition has lost a charge, one is read in part only, one cannot be read.
    let held = world.charges(&integration).await;
    let mut unit = read(
        &[("unit_00000000", vec![1]), ("unit_00000001", vec![1])],
        end(false),
    );
    unit.passes[1].complete = false;
    unit.partitions.pop();
    world.store.commit_unit(&held.lease, &unit).await.unwrap();
    let alive = [
        "unit_00000000-1",
        "unit_00000001-1",
        "unit_00000001-2",
        "unit_00000002-1",
        "unit_00000002-2",
    ];
    assert_eq!(world.living().await, alive);

    // A property that is off is out of scope, even where a pass looked.
    let held = world.charges(&integration).await;
    world
        .store
        .switch_properties(&world.account, &integration.id, &["2".to_owned()], false)
        .await
        .unwrap();
    world
        .store
        .commit_unit(&held.lease, &read(&[("unit_00000002", vec![])], end(false)))
        .await
        .unwrap();
    // Charge 2 is of the property 2 there, charge 1 of the property 1.
    let alive: Vec<&str> = alive
        .into_iter()
        .filter(|id| *id != "unit_00000002-1")
        .collect();
    assert_eq!(world.living().await, alive);

    // The parent goes, and its charges with it, and what is known about the partition.
    let claimed = world.again(&integration).await;
    let unit = Unit {
        tombstones: vec![("units".to_owned(), vec!["unit_00000001".to_owned()])],
        announce: Announce::Records,
        ..Unit::new("d1", "1.0.0", 1, LEASE, more())
    };
    world
        .store
        .commit_unit(&claimed.lease, &unit)
        .await
        .unwrap();
    assert_eq!(world.living().await, ["unit_00000000-1", "unit_00000002-2"]);
    assert_eq!(
        world
            .count("checkpoint where partition = 'unit_00000001'")
            .await,
        0
    );
    assert_eq!(
        world
            .count("model_state where model = 'charges' and live_rows = 2")
            .await,
        1
    );
    let deleted = world.count("change where kind = 'delete' and model = 'charges' and record_id like 'charge_unit_00000001%'").await;
    assert_eq!(deleted, 2);
}

#[tokio::test]
async fn a_run_that_goes_on_from_a_stopped_one_keeps_what_its_passes_saw() {
    let (world, integration) = world().await;
    let held = world.charges(&integration).await;
    let all = [("unit_00000000", vec![1, 2]), ("unit_00000001", vec![1, 2])];
    world
        .store
        .commit_unit(&held.lease, &read(&all, end(true)))
        .await
        .unwrap();

    let stopped = world.charges(&integration).await;
    let first = read(&[("unit_00000000", vec![1])], more());
    world
        .store
        .commit_unit(&stopped.lease, &first)
        .await
        .unwrap();
    let failed = [ModelEnd::new("charges", Status::Failed)];
    world
        .store
        .finish_run(&stopped.lease, &failed)
        .await
        .unwrap();
    let goes_on = NewRun {
        resume_from: Some(stopped.lease.run_id.clone()),
        ..run("charges")
    };
    world
        .store
        .start_sync(
            &world.account,
            &integration.id,
            SyncKind::Manual,
            &[goes_on],
        )
        .await
        .unwrap();
    let held = world.claim().await;
    assert_eq!(held.run.cursor.as_deref(), Some("position"));
    let rest = read(&[("unit_00000001", vec![1, 2])], end(true));
    world.store.commit_unit(&held.lease, &rest).await.unwrap();
    assert_eq!(
        world.living().await,
        ["unit_00000000-1", "unit_00000001-1", "unit_00000001-2"]
    );

    // A stopped run that nobody goes on from leaves nothing behind for the next.
    let stopped = world.charges(&integration).await;
    world
        .store
        .commit_unit(&stopped.lease, &read(&[("unit_00000000", vec![1])], more()))
        .await
        .unwrap();
    world
        .store
        .finish_run(&stopped.lease, &failed)
        .await
        .unwrap();
    world.charges(&integration).await;
    assert_eq!(world.count("seen").await + world.count("pass").await, 0);
}
