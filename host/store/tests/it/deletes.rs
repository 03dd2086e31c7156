//! What is missing, what is gone, and what asks a person first.

use crate::world::{LEASE, World, record, records, run};
use chrono::{DateTime, Utc};
use portcullis_store::{
    Absence, Announce, ClaimedRun, DeleteGuard, Extent, IntegrationRow, ModelEnd, Next, PassPart,
    RecordWrite, Status, StoreError, SyncKind, Unit,
};
use std::collections::BTreeSet;

/// What one complete full run tells.
pub(crate) struct Pass {
    pub(crate) rows: Vec<RecordWrite>,
    pub(crate) totals: Option<(i64, i64)>,
    pub(crate) keyless: i64,
    pub(crate) stable: bool,
}

impl Pass {
    /// A quiet pass over these rows, by a vendor that tells totals.
    pub(crate) fn of(rows: Vec<RecordWrite>) -> Self {
        let total = rows.len() as i64;
        Self {
            rows,
            totals: Some((total, total)),
            keyless: 0,
            stable: false,
        }
    }

    pub(crate) fn unit(self) -> Unit {
        let end = ModelEnd {
            complete_full: true,
            absence: Some(Absence {
                stable: self.stable,
            }),
            ..ModelEnd::new("units", Status::Succeeded)
        };
        let next = Next::End {
            watermark: Some("w".to_owned()),
            extent: Extent::Full,
            guard: DeleteGuard::default(),
            results: vec![end],
        };
        Unit {
            passes: vec![PassPart {
                model: "units".to_owned(),
                partition: String::new(),
                seen: self.rows.iter().map(|row| row.id.clone()).collect(),
                total_first: self.totals.map(|totals| totals.0),
                total_last: self.totals.map(|totals| totals.1),
                keyless: self.keyless,
                complete: true,
            }],
            batches: vec![("units".to_owned(), self.rows)],
            pages: 1,
            requests: 1,
            likely_known: true,
            announce: Announce::Records,
            ..Unit::new("d1", "1.0.0", 1, LEASE, next)
        }
    }
}

impl World {
    /// A sync of `units` that is claimed.
    pub(crate) async fn again(&self, integration: &IntegrationRow) -> ClaimedRun {
        self.store
            .start_sync(
                &self.account,
                &integration.id,
                SyncKind::Manual,
                &[run("units")],
            )
            .await
            .unwrap();
        self.claim().await
    }

    pub(crate) async fn pass(
        &self,
        integration: &IntegrationRow,
        pass: Pass,
    ) -> (Status, Option<String>) {
        self.end_pass(&self.again(integration).await, pass).await
    }

    pub(crate) async fn end_pass(
        &self,
        claimed: &ClaimedRun,
        pass: Pass,
    ) -> (Status, Option<String>) {
        self.store
            .commit_unit(&claimed.lease, &pass.unit())
            .await
            .unwrap();
        sqlx::query_as("select status, error_code from run where id = $1")
            .bind(&claimed.lease.run_id)
            .fetch_one(&self.sql)
            .await
            .unwrap()
    }

    /// Vendor's ids of the live units.
    async fn alive(&self) -> BTreeSet<u32> {
        let ids: Vec<String> =
            sqlx::query_scalar("select external_id from record where deleted_at is null")
                .fetch_all(&self.sql)
                .await
                .unwrap();
        ids.iter().map(|id| id.parse().unwrap()).collect()
    }

    async fn live_rows(&self) -> i64 {
        sqlx::query_scalar("select live_rows from model_state where model = 'units'")
            .fetch_one(&self.sql)
            .await
            .unwrap()
    }

    /// An integration whose units were read once.
    pub(crate) async fn read_once(&self, count: u32) -> IntegrationRow {
        let integration = self.syncing(vec![run("units")]).await.0;
        let claimed = self.claim().await;
        let mut unit = Pass::of(records(0..count)).unit();
        unit.announce = Announce::Reset;
        self.store.commit_unit(&claimed.lease, &unit).await.unwrap();
        integration
    }
}

fn without(gone: &[u32], count: u32) -> Vec<RecordWrite> {
    let mut rows = records(0..count);
    rows.retain(|row| !gone.contains(&row.external_id.parse().unwrap()));
    rows
}

#[tokio::test]
async fn a_pass_that_proves_it_deletes_at_once_and_a_record_that_comes_back_is_the_same() {
    let world = World::new().await;
    let integration = world.read_once(5).await;
    assert_eq!(
        world.pass(&integration, Pass::of(without(&[2], 5))).await.0,
        Status::Succeeded
    );
    assert_eq!(world.alive().await, BTreeSet::from([0, 1, 3, 4]));
    assert_eq!(world.live_rows().await, 4);
    let (kind, id): (String, String) =
        sqlx::query_as("select kind, record_id from change order by seq desc limit 1")
            .fetch_one(&world.sql)
            .await
            .unwrap();
    assert_eq!((kind.as_str(), id.as_str()), ("delete", "unit_00000002"));
    assert_eq!(
        world.count("run where rows_deleted = 1").await,
        1,
        "the run tells what it deleted"
    );

    let created: DateTime<Utc> =
        sqlx::query_scalar("select created_at from record where external_id = '2'")
            .fetch_one(&world.sql)
            .await
            .unwrap();
    world.pass(&integration, Pass::of(records(0..5))).await;
    assert_eq!(world.alive().await.len(), 5);
    assert_eq!(world.live_rows().await, 5);
    assert_eq!(
        world
            .count(&format!(
                "record where external_id = '2' and created_at = '{created}' and missing_since is null and absence = 0"
            ))
            .await,
        1,
        "the same record"
    );
    assert_eq!(
        world.count("seen").await + world.count("pass").await,
        0,
        "nothing is left behind"
    );
}

#[tokio::test]
async fn without_totals_two_passes_in_a_row_must_miss_it() {
    let world = World::new().await;
    let integration = world.read_once(5).await;
    let untold = |rows| Pass {
        totals: None,
        ..Pass::of(rows)
    };
    let before = world.count("record where missing_since is not null").await;
    assert_eq!(before, 0);
    let versions = "select external_id, xmin::text from record where external_id <> '2' order by 1";
    let rows: Vec<(String, String)> = sqlx::query_as(versions)
        .fetch_all(&world.sql)
        .await
        .unwrap();

    world.pass(&integration, untold(without(&[2], 5))).await;
    assert_eq!(world.alive().await.len(), 5);
    let seen: (bool, bool) = sqlx::query_as(
        "select missing_since > last_seen_at, updated_at = created_at from record where external_id = '2'",
    )
    .fetch_one(&world.sql)
    .await
    .unwrap();
    assert_eq!(
        seen,
        (true, true),
        "it was seen before it was missing, and has not changed"
    );

    // Seen in between, it starts from nothing.
    world.pass(&integration, untold(records(0..5))).await;
    assert_eq!(
        world
            .count("record where missing_since is not null or absence > 0")
            .await,
        0
    );
    world.pass(&integration, untold(without(&[2], 5))).await;
    assert_eq!(world.alive().await.len(), 5);
    world.pass(&integration, untold(without(&[2], 5))).await;
    assert_eq!(world.alive().await, BTreeSet::from([0, 1, 3, 4]));
    let after: Vec<(String, String)> = sqlx::query_as(versions)
        .fetch_all(&world.sql)
        .await
        .unwrap();
    assert_eq!(rows, after, "no other row has a new version");
}

#[tokio::test]
async fn what_speaks_against_a_proof() {
    let world = World::new().await;
    let integration = world.read_once(5).await;
    let doubts = [
        (
            "a record whose key is unknown",
            Pass {
                keyless: 1,
                ..Pass::of(without(&[2], 5))
            },
        ),
        (
            "totals that moved",
            Pass {
                totals: Some((5, 4)),
                ..Pass::of(without(&[2], 5))
            },
        ),
        (
            "fewer keys than the total",
            Pass {
                totals: Some((5, 5)),
                ..Pass::of(without(&[2], 5))
            },
        ),
        (
            "a new record that hides it",
            Pass::of({
                let mut rows = without(&[2], 5);
                rows.extend([record(8, "new"), record(9, "new")]);
                rows
            }),
        ),
    ];
    for (doubt, pass) in doubts {
        world.pass(&integration, pass).await;
        assert!(world.alive().await.contains(&2), "{doubt}");
        world
            .pass(
                &integration,
                Pass::of({
                    let mut rows = records(0..5);
                    rows.push(record(9, "new"));
                    rows
                }),
            )
            .await;
    }
    // Rows cannot shift: one pass is enough, whatever the totals say.
    let stable = Pass {
        totals: None,
        stable: true,
        ..Pass::of(without(&[2], 5))
    };
    world.pass(&integration, stable).await;
    assert_eq!(world.alive().await, BTreeSet::from([0, 1, 3, 4]));
}

#[tokio::test]
async fn a_suspiciously_empty_run_deletes_nothing_until_the_next_one_confirms_it() {
    let world = World::new().await;
    let integration = world.read_once(30).await;
    let (status, code) = world.pass(&integration, Pass::of(records(0..3))).await;
    assert_eq!(
        (status, code.as_deref()),
        (Status::Partial, Some("suspicious_empty"))
    );
    assert_eq!(world.alive().await.len(), 30);
    assert_eq!(
        world.count("record where missing_since is not null").await,
        0
    );
    assert_eq!(
        world
            .count("checkpoint where suspect_rows = 3 and watermark = 'w'")
            .await,
        1,
        "the next run is full"
    );
    // It is so again: a matter for the rule of mass deletions.
    let (status, code) = world.pass(&integration, Pass::of(records(0..3))).await;
    assert_eq!(
        (status, code.as_deref()),
        (Status::Partial, Some("mass_delete_held"))
    );
    assert_eq!(world.alive().await.len(), 30);
    assert_eq!(
        world.count("checkpoint where suspect_rows is null").await,
        1
    );
}

#[tokio::test]
async fn a_mass_deletion_waits_for_a_person() {
    let world = World::new().await;
    let (store, account) = (&world.store, world.account.as_str());
    let integration = world.read_once(100).await;
    let (status, code) = world.pass(&integration, Pass::of(records(0..70))).await;
    assert_eq!(
        (status, code.as_deref()),
        (Status::Partial, Some("mass_delete_held"))
    );
    let held = store.held_deletes(account, &integration.id).await.unwrap();
    assert_eq!(
        (held.len(), held[0].doomed, held[0].live_rows),
        (1, 30, 100)
    );
    assert_eq!(world.alive().await.len(), 100);

    // Some come back before anybody has looked.
    let claimed = world.again(&integration).await;
    let mut unit = crate::world::last(records(90..95), Status::Succeeded);
    if let Next::End {
        extent, results, ..
    } = &mut unit.next
    {
        *extent = Extent::Since;
        results[0].complete_full = false;
    }
    store.commit_unit(&claimed.lease, &unit).await.unwrap();
    assert_eq!(
        store
            .confirm_deletes(account, &integration.id, "units")
            .await
            .unwrap(),
        25
    );
    let alive: BTreeSet<u32> = (0..70).chain(90..95).collect();
    assert_eq!(world.alive().await, alive);
    assert_eq!(world.live_rows().await, 75);
    assert!(matches!(
        store
            .confirm_deletes(account, &integration.id, "units")
            .await,
        Err(StoreError::NotFound)
    ));

    // A person says no: they count as seen.
    world.pass(&integration, Pass::of(records(0..50))).await;
    store
        .reject_deletes(account, &integration.id, "units")
        .await
        .unwrap();
    assert_eq!(world.alive().await.len(), 75);
    let missing = "record where missing_since is not null and deleted_at is null";
    assert_eq!(world.count(missing).await, 0);

    // Held again, and then they are there after all.
    world.pass(&integration, Pass::of(records(0..50))).await;
    let mut rows = records(0..70);
    rows.extend(records(90..95));
    let (status, _) = world.pass(&integration, Pass::of(rows)).await;
    assert_eq!(status, Status::Succeeded);
    assert_eq!(
        store.held_deletes(account, &integration.id).await.unwrap(),
        []
    );
    assert_eq!(world.alive().await, alive);
}

#[tokio::test]
async fn a_window_and_an_incremental_run_delete_nothing_but_what_the_vendor_names() {
    let world = World::new().await;
    let integration = world.read_once(5).await;
    for extent in [Extent::Window, Extent::Since] {
        let claimed = world.again(&integration).await;
        let mut unit = Pass::of(records(0..1)).unit();
        unit.passes.clear();
        if let Next::End {
            extent: of,
            watermark,
            results,
            ..
        } = &mut unit.next
        {
            *of = extent;
            *watermark = Some(format!("{extent:?}"));
            results[0].complete_full = false;
        }
        unit.tombstones = vec![(
            "units".to_owned(),
            vec!["unit_00000003".to_owned(), "unit_unknown".to_owned()],
        )];
        world
            .store
            .commit_unit(&claimed.lease, &unit)
            .await
            .unwrap();
        assert_eq!(world.alive().await, BTreeSet::from([0, 1, 2, 4]));
        assert_eq!(world.live_rows().await, 4);
    }
    let watermark: Option<String> = sqlx::query_scalar("select watermark from checkpoint")
        .fetch_one(&world.sql)
        .await
        .unwrap();
    assert_eq!(watermark.as_deref(), Some("Since"), "a window keeps none");
}

#[tokio::test]
async fn a_first_run_is_held_against_what_the_check_counted() {
    let world = World::new().await;
    let integration = world.syncing(vec![run("units")]).await.0;
    let counted = "insert into data_access (account_id, integration_id, model, verdict, record_count, check_id)
         values ($1, $2, 'units', 'granted', 4655, 'chk_1')";
    sqlx::query(counted)
        .bind(&world.account)
        .bind(&integration.id)
        .execute(&world.sql)
        .await
        .unwrap();
    let claimed = world.claim().await;
    let (status, code) = world.end_pass(&claimed, Pass::of(records(0..0))).await;
    assert_eq!(
        (status, code.as_deref()),
        (Status::Partial, Some("suspicious_empty"))
    );
    let again = world.pass(&integration, Pass::of(records(0..0))).await;
    assert_eq!(again.1, None, "the second one confirms it");
}

#[tokio::test]
async fn a_change_names_the_members_that_differ() {
    let world = World::new().await;
    let integration = world.read_once(4).await;
    let mut rows = records(0..5);
    rows[2] = record(2, "another name");
    world.pass(&integration, Pass::of(rows.clone())).await;
    rows.remove(1);
    world.pass(&integration, Pass::of(rows)).await;
    let history = async |x_id: &str| {
        let id: String = sqlx::query_scalar("select id from record where external_id = $1")
            .bind(x_id)
            .fetch_one(&world.sql)
            .await
            .unwrap();
        let past = world
            .store
            .record_past(&world.account, &integration.id, &["leases", "units"], &id)
            .await
            .unwrap();
        let changes = world
            .store
            .record_history(&world.account, &id, 10)
            .await
            .unwrap();
        let changes: Vec<_> = changes
            .into_iter()
            .map(|change| (change.kind, change.fields))
            .collect();
        (past.deleted_at.is_some(), changes)
    };
    let name = Some(vec!["name".to_owned()]);
    let upsert = "upsert".to_owned();
    assert_eq!(history("0").await, (false, vec![]));
    assert_eq!(history("2").await, (false, vec![(upsert.clone(), name)]));
    assert_eq!(history("4").await, (false, vec![(upsert, None)]), "new");
    assert_eq!(
        history("1").await,
        (true, vec![("delete".to_owned(), None)])
    );
}
