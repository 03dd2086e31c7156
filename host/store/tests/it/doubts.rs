//! What a run leaves open, and what the ones after it make of it: dead letters, empty lists, ends without a last page.

use crate::deletes::Pass;
use crate::world::{THROTTLED, World, last, more, records, run};
use chrono::{DateTime, Utc};
use portcullis_store::{
    Announce, ClaimedRun, DeadLetter, Extent, IntegrationRow, ModelEnd, ModelFacts, NewSync, Next,
    SpanWish, Status, SyncKind, Unit,
};

fn letter(external_id: Option<&str>) -> DeadLetter {
    DeadLetter {
        model: "units".to_owned(),
        scope: String::new(),
        external_id: external_id.map(str::to_owned),
        kind: "unreadable".to_owned(),
        message: "it is no unit".to_owned(),
    }
}

/// The last unit of a run that read as much as `extent`, with these letters.
fn leaving(letters: Vec<DeadLetter>, extent: Extent) -> Unit {
    let mut unit = last(records(0..3), Status::Partial);
    unit.dead_letters = letters;
    if let Next::End {
        extent: of,
        results,
        ..
    } = &mut unit.next
    {
        *of = extent;
        results[0].complete_full = extent == Extent::Full;
    }
    unit
}

impl World {
    async fn facts(&self, claimed: &ClaimedRun) -> ModelFacts {
        let mut facts = self.store.model_facts(&claimed.lease).await.unwrap();
        facts.remove(0)
    }

    /// A run with these letters; gives what is known of letters before the next one: runs, open, new.
    async fn left(
        &self,
        integration: &IntegrationRow,
        letters: Vec<DeadLetter>,
        extent: Extent,
    ) -> (i32, bool, bool) {
        let claimed = self.again(integration).await;
        let unit = leaving(letters, extent);
        self.store.commit_unit(&claimed.lease, &unit).await.unwrap();
        let next = self.again(integration).await;
        let facts = self.facts(&next).await;
        let ends = [ModelEnd::new("units", Status::Cancelled)];
        self.store.finish_run(&next.lease, &ends).await.unwrap();
        (facts.letter_runs, facts.letters, facts.letters_new)
    }

    /// Kinds of the entries of the feed, oldest first.
    async fn told(&self) -> Vec<String> {
        sqlx::query_scalar("select kind from change order by seq")
            .fetch_all(&self.sql)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn letters_are_counted_by_the_full_runs_that_leave_them_open() {
    let world = World::new().await;
    let integration = world.syncing(vec![run("units")]).await.0;
    let claimed = world.claim().await;
    let facts = world.facts(&claimed).await;
    assert_eq!((facts.letter_runs, facts.letters), (0, false));
    let unit = leaving(vec![letter(Some("7"))], Extent::Full);
    world
        .store
        .commit_unit(&claimed.lease, &unit)
        .await
        .unwrap();

    let seven = || vec![letter(Some("7"))];
    assert_eq!(
        world.left(&integration, seven(), Extent::Full).await,
        (2, true, false),
        "the same letter, tried twice"
    );
    assert_eq!(
        world.left(&integration, Vec::new(), Extent::Since).await,
        (2, true, false),
        "an incremental run tries none"
    );
    let more = vec![letter(Some("7")), letter(Some("8"))];
    assert_eq!(
        world.left(&integration, more, Extent::Since).await,
        (2, true, true),
        "but it meets a new one"
    );
    let keyless = || vec![letter(None)];
    assert_eq!(
        world.left(&integration, keyless(), Extent::Full).await,
        (3, true, false),
        "one without a key takes the place of those that are gone"
    );
    assert_eq!(
        world.left(&integration, keyless(), Extent::Since).await,
        (3, true, false),
        "nobody can tell whether it is a new one"
    );
    assert_eq!(
        world.left(&integration, Vec::new(), Extent::Full).await,
        (0, false, false)
    );
}

#[tokio::test]
async fn an_empty_list_where_little_was_is_suspicious_too() {
    let world = World::new().await;
    let integration = world.syncing(vec![run("units")]).await.0;
    let claimed = world.claim().await;
    let unit = Pass::of(records(0..3)).unit();
    world
        .store
        .commit_unit(&claimed.lease, &unit)
        .await
        .unwrap();
    let (status, code) = world.pass(&integration, Pass::of(Vec::new())).await;
    assert_eq!(
        (status, code.as_deref()),
        (Status::Partial, Some("suspicious_empty"))
    );
    let live = "record where deleted_at is null";
    assert_eq!(world.count(live).await, 3);
    // It is so again, and the vendor says so with its totals.
    let (status, code) = world.pass(&integration, Pass::of(Vec::new())).await;
    assert_eq!((status, code), (Status::Succeeded, None));
    assert_eq!(world.count(live).await, 0);
    // Nothing where nothing was is no news.
    let (status, _) = world.pass(&integration, Pass::of(Vec::new())).await;
    assert_eq!(status, Status::Succeeded);
}

#[tokio::test]
async fn who_lists_far_more_than_there_is_in_the_end_is_not_believed_at_once() {
    let world = World::new().await;
    let (integration, _) = world.syncing(vec![run("units")]).await;
    let claimed = world.claim().await;
    let pass = Pass {
        totals: Some((1_000_000, 10)),
        ..Pass::of(records(0..30))
    };
    let (status, code) = world.end_pass(&claimed, pass).await;
    assert_eq!(
        (status, code.as_deref()),
        (Status::Partial, Some("suspicious_empty"))
    );
    // What it lists now is believed. A record that appears may hide that others are out of place only, so it takes two.
    let (status, _) = world.pass(&integration, Pass::of(records(21..31))).await;
    assert_eq!(status, Status::Succeeded);
    // What it does not list is more than a run deletes by itself.
    let (status, code) = world.pass(&integration, Pass::of(records(21..31))).await;
    assert_eq!(
        (status, code.as_deref()),
        (Status::Partial, Some("mass_delete_held"))
    );
    let live = "record where deleted_at is null";
    assert_eq!(world.count(live).await, 31);
    world
        .store
        .confirm_deletes(&world.account, &integration.id, "units")
        .await
        .unwrap();
    assert_eq!(world.count(live).await, 10);
    // A few that went while it was read are no matter.
    let fewer = Pass {
        totals: Some((10, 8)),
        ..Pass::of(records(21..31))
    };
    let (status, _) = world.pass(&integration, fewer).await;
    assert_eq!(status, Status::Succeeded);
}

#[tokio::test]
async fn a_doubt_about_too_much_is_not_what_makes_nothing_believed() {
    let world = World::new().await;
    let integration = world.read_once(15).await;
    let too_much = Pass {
        totals: Some((1_000, 15)),
        ..Pass::of(records(0..55))
    };
    let doubted = (Status::Partial, Some("suspicious_empty".to_owned()));
    assert_eq!(world.pass(&integration, too_much).await, doubted);
    let live = "record where deleted_at is null";
    for _ in 0..2 {
        assert_eq!(world.count(live).await, 55);
        let (_, code) = world.pass(&integration, Pass::of(Vec::new())).await;
        let code = code.as_deref();
        assert!(
            matches!(code, Some("suspicious_empty" | "mass_delete_held")),
            "{code:?}"
        );
    }
    assert_eq!(world.count(live).await, 55);
    assert_eq!(
        world.count("held_deletes where doomed = 55").await,
        1,
        "the second time it is a matter for the rule of mass deletions"
    );
}

#[tokio::test]
async fn absurd_totals_are_no_reason_to_store_nothing() {
    let world = World::new().await;
    let (_, _) = world.syncing(vec![run("units")]).await;
    let claimed = world.claim().await;
    let mut unit = Pass {
        totals: Some((i64::MAX, i64::MAX)),
        ..Pass::of(records(0..3))
    }
    .unit();
    let mut other = unit.passes[0].clone();
    other.partition = "other".to_owned();
    other.seen.clear();
    unit.passes.push(other);
    world
        .store
        .commit_unit(&claimed.lease, &unit)
        .await
        .unwrap();
    assert_eq!(world.count("record where deleted_at is null").await, 3);
}

#[tokio::test]
async fn a_first_run_that_fails_or_is_stopped_has_told_of_its_rows() {
    let world = World::new().await;
    let (integration, sync) = world.syncing(vec![run("units")]).await;
    let failed = [ModelEnd::new("units", Status::Failed)];
    let unit = |rows| Unit {
        announce: Announce::Reset,
        ..more(rows, "2")
    };
    let held = world.claim().await;
    let first = unit(records(0..5));
    world.store.commit_unit(&held.lease, &first).await.unwrap();
    assert_eq!(world.told().await, [""; 0], "not before its end");
    world.store.finish_run(&held.lease, &failed).await.unwrap();
    assert_eq!(world.told().await, ["reset"]);
    assert_eq!(
        world
            .count(&format!(
                "sync where id = '{sync}' and finished_at is not null"
            ))
            .await,
        1
    );

    // One that changed nothing has nothing to tell.
    let held = world.again(&integration).await;
    world.store.commit_unit(&held.lease, &first).await.unwrap();
    world.store.finish_run(&held.lease, &failed).await.unwrap();
    assert_eq!(world.told().await, ["reset"]);

    // Stopped while it waits, and while a worker holds it.
    let held = world.again(&integration).await;
    let second = unit(records(5..7));
    world.store.commit_unit(&held.lease, &second).await.unwrap();
    world
        .store
        .park_run(&held.lease, held.now, THROTTLED)
        .await
        .unwrap();
    let stop = async |claimed: &ClaimedRun| {
        let sync = &claimed.lease.sync_id;
        assert!(world.store.cancel_sync(&world.account, sync).await.unwrap());
    };
    stop(&held).await;
    assert_eq!(world.told().await, ["reset"; 2]);
    let held = world.again(&integration).await;
    let third = unit(records(7..9));
    world.store.commit_unit(&held.lease, &third).await.unwrap();
    stop(&held).await;
    assert_eq!(world.told().await, ["reset"; 2], "it still runs");
    world
        .store
        .park_run(&held.lease, held.now, THROTTLED)
        .await
        .unwrap();
    assert_eq!(world.told().await, ["reset"; 3]);

    // Once a full run was complete, each record is told of by itself, but not by a window.
    let held = world.again(&integration).await;
    let whole = Unit {
        announce: Announce::Reset,
        ..last(records(0..9), Status::Succeeded)
    };
    world.store.commit_unit(&held.lease, &whole).await.unwrap();
    assert_eq!(world.told().await, ["reset"; 4]);
    let held = world.again(&integration).await;
    let one = Unit {
        announce: Announce::Records,
        ..more(records(9..10), "2")
    };
    world.store.commit_unit(&held.lease, &one).await.unwrap();
    world.store.finish_run(&held.lease, &failed).await.unwrap();
    assert_eq!(world.told().await[4..], ["upsert"]);
    let mut window = run("units");
    window.span = SpanWish::Window {
        start: DateTime::UNIX_EPOCH,
        end: Utc::now(),
    };
    world
        .store
        .queue_sync(&NewSync {
            account_id: &world.account,
            integration_id: &integration.id,
            kind: SyncKind::BackSync,
            models: None,
            runs: &[window],
        })
        .await
        .unwrap();
    let held = world.claim().await;
    let old = unit(records(10..12));
    world.store.commit_unit(&held.lease, &old).await.unwrap();
    world.store.finish_run(&held.lease, &failed).await.unwrap();
    assert_eq!(world.told().await[4..], ["upsert", "reset"]);
}

/// A sweep that takes minutes moves the generations of children long before it is visible; readers look back 30 seconds.
#[tokio::test]
async fn what_a_long_transaction_moved_is_stamped_at_its_end() {
    let world = World::new().await;
    let integration = world.syncing(vec![run("units")]).await.0;
    let claimed = world.claim().await;
    let unit = Pass::of(records(0..5)).unit();
    world
        .store
        .commit_unit(&claimed.lease, &unit)
        .await
        .unwrap();
    // A child of unit 2.
    world
        .execute(
            "insert into record (account_id, model, id, integration_id, scope, external_id, environment, vendor, doc, hash,
                                 partition, related)
             select account_id, 'resident_charges', 'charge_1', integration_id, '', '1', environment, vendor, '{}', hash, id, '{}'
             from record where id = 'unit_00000002'",
        )
        .await;
    world
        .execute(
            "insert into model_state (account_id, integration_id, model, live_rows)
             select account_id, integration_id, 'resident_charges', 1 from record where id = 'unit_00000002'",
        )
        .await;
    world
        .execute(
            "create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return new; end $$",
        )
        .await;
    world
        .execute("create trigger slow before insert or update on checkpoint for each row execute function slow()")
        .await;
    let mut rows = records(0..5);
    rows.remove(2);
    world.pass(&integration, Pass::of(rows)).await;
    let late: Vec<(String, bool)> = sqlx::query_as(
        "select s.model, s.changed_at >= r.finished_at + interval '1 second' from model_state s
         cross join (select max(finished_at) as finished_at from run) r order by 1",
    )
    .fetch_all(&world.sql)
    .await
    .unwrap();
    assert_eq!(
        late,
        [
            ("resident_charges".to_owned(), true),
            ("units".to_owned(), true)
        ],
        "behind the second that the checkpoint took"
    );
}
