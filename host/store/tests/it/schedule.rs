//! Schedules and the log of syncs.

use crate::world::{World, last, records, run};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_store::{
    CredentialsState, CredentialsVerdict, Environment, Fired, LogLevel, NewSync, NewSyncLog,
    ScheduleKind, ScheduleRow, SetEnabled, Status, StoreError, SyncKind,
};
use serde_json::json;
use std::time::Duration;

const HOLD: Duration = Duration::from_secs(30);

fn every(model: &str, seconds: i64, next_due_at: Option<DateTime<Utc>>) -> ScheduleRow {
    ScheduleRow {
        model: model.to_owned(),
        kind: ScheduleKind::Interval,
        every_s: Some(seconds),
        cron: None,
        zone: None,
        next_due_at,
    }
}

impl World {
    async fn due(&self) -> Vec<String> {
        let due = self.store.take_due_integrations(10, HOLD).await.unwrap();
        due.into_iter()
            .map(|(_, integration)| integration)
            .collect()
    }

    async fn next_times(&self, integration: &str) -> Vec<(String, Option<DateTime<Utc>>)> {
        let stored = self
            .store
            .schedules(&self.account, integration)
            .await
            .unwrap();
        let schedules = stored.schedules.into_iter();
        schedules.map(|s| (s.model, s.next_due_at)).collect()
    }

    async fn fire(&self, integration: &str, fired: &[Fired]) -> Option<String> {
        let new = NewSync {
            account_id: &self.account,
            integration_id: integration,
            kind: SyncKind::Scheduled,
            models: None,
            runs: &[run("units")],
        };
        self.store.queue_scheduled_sync(&new, fired).await.unwrap()
    }

    async fn end_sync(&self) {
        let claimed = self.claim().await;
        let unit = last(records(0..1), Status::Succeeded);
        self.store.commit_unit(&claimed.lease, &unit).await.unwrap();
    }
}

#[tokio::test]
async fn production_syncs_twelve_hours_after_the_last_end_and_a_sandbox_on_demand() {
    let world = World::new().await;
    let sandbox = world.integration().await;
    let production = world
        .integration_of(&world.account, Environment::Production)
        .await;
    for integration in [&sandbox, &production] {
        world.enable(integration, vec![run("units")]).await;
        assert_eq!(
            world.next_times(&integration.id).await,
            [(String::new(), None)]
        );
    }
    world.end_sync().await;
    world.end_sync().await;
    assert_eq!(world.next_times(&sandbox.id).await, [(String::new(), None)]);
    let (end, next): (DateTime<Utc>, DateTime<Utc>) = sqlx::query_as(
        "select finished_at, next_due_at from sync join schedule using (account_id, integration_id) where integration_id = $1",
    )
    .bind(&production.id)
    .fetch_one(&world.sql)
    .await
    .unwrap();
    assert_eq!(next - end, TimeDelta::hours(12));
    assert!(world.due().await.is_empty());
    // Disabled, no time is kept; enabled again, it is computed from the last end.
    world
        .store
        .set_enabled(&world.account, &production.id, SetEnabled::Off)
        .await
        .unwrap();
    assert_eq!(
        world.next_times(&production.id).await,
        [(String::new(), None)]
    );
    assert!(world.store.unknown_times(10).await.unwrap().is_empty());
}

/// A model with an hourly schedule of its own must not put off the others, which are read twice a day.
#[tokio::test]
async fn a_sync_of_one_model_does_not_put_off_the_others() {
    let world = World::new().await;
    let integration = world
        .integration_of(&world.account, Environment::Production)
        .await;
    world.enable(&integration, vec![run("units")]).await;
    world.end_sync().await;
    let (account, id) = (world.account.clone(), integration.id.clone());
    let soon = Utc::now() + TimeDelta::minutes(5);
    let past = Utc::now() - TimeDelta::minutes(5);
    let schedules = [
        every("", 43_200, Some(soon)),
        every("units", 3_600, Some(past)),
    ];
    let replace = async || {
        world
            .store
            .replace_schedules(&account, &id, &schedules)
            .await
            .unwrap();
    };
    let sync = async |kind: SyncKind, models: Option<&[String]>, fired: &[&str]| {
        let runs = [run("units")];
        let new = NewSync {
            account_id: &account,
            integration_id: &id,
            kind,
            models,
            runs: &runs,
        };
        let stored = world.store.schedules(&account, &id).await.unwrap();
        let fired: Vec<Fired> = stored
            .schedules
            .iter()
            .filter(|schedule| fired.contains(&schedule.model.as_str()))
            .map(|schedule| Fired {
                model: schedule.model.clone(),
                due_at: schedule.next_due_at.unwrap(),
                next_due_at: None,
            })
            .collect();
        if fired.is_empty() {
            world.store.queue_sync(&new).await.unwrap();
        } else {
            let queued = world.store.queue_scheduled_sync(&new, &fired).await;
            assert!(queued.unwrap().is_some());
        }
        world.end_sync().await;
        let general = |stored: Vec<(String, Option<DateTime<Utc>>)>| stored[0].1.unwrap();
        general(world.next_times(&id).await)
    };
    let units = ["units".to_owned()];
    let ends = async || {
        let stored = world.store.schedules(&account, &id).await.unwrap();
        let of = |model: &str| stored.last_ends.iter().find(|(name, _)| name == model);
        (of("").unwrap().1, of("units").unwrap().1)
    };
    replace().await;
    let as_it_was = |at: DateTime<Utc>| (at - soon).num_seconds() == 0;
    for (kind, fired) in [
        (SyncKind::Scheduled, &["units"][..]),
        (SyncKind::Manual, &[]),
    ] {
        let next = sync(kind, Some(&units), fired).await;
        assert!(as_it_was(next), "{kind:?}: {next}");
        let (whole, of_units) = ends().await;
        assert!(whole < of_units, "the last sync of all was the first one");
    }
    // One whose schedule was the integration's counts, and so does one of everything.
    for (kind, fired, models) in [
        (SyncKind::Scheduled, &[""][..], Some(&units[..])),
        (SyncKind::Manual, &[], None),
    ] {
        replace().await;
        let next = sync(kind, models, fired).await;
        assert!(next > soon, "{kind:?}: {next}");
        let (whole, of_units) = ends().await;
        assert_eq!(whole, of_units);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_replicas_one_queues_what_is_due() {
    let world = World::new().await;
    let integration = world
        .integration_of(&world.account, Environment::Production)
        .await;
    world.enable(&integration, vec![run("units")]).await;
    world.end_sync().await;
    world
        .execute("update schedule set next_due_at = now() - interval '3 days'")
        .await;
    let (_, due_at) = world.next_times(&integration.id).await.remove(0);
    let fired = vec![Fired {
        model: String::new(),
        due_at: due_at.unwrap(),
        next_due_at: None,
    }];
    let replicas: Vec<_> = (0..8)
        .map(|_| {
            let (store, account) = (world.store.clone(), world.account.clone());
            let (integration, fired) = (integration.id.clone(), fired.clone());
            tokio::spawn(async move {
                // Whether or not it was told apart by the look, the queueing itself decides.
                let taken = store.take_due_integrations(10, HOLD).await.unwrap();
                let runs = [run("units")];
                let new = NewSync {
                    account_id: &account,
                    integration_id: &integration,
                    kind: SyncKind::Scheduled,
                    models: None,
                    runs: &runs,
                };
                let queued = store.queue_scheduled_sync(&new, &fired).await.unwrap();
                (taken.len(), usize::from(queued.is_some()))
            })
        })
        .collect();
    let (mut taken, mut queued) = (0, 0);
    for replica in replicas {
        let (took, did) = replica.await.unwrap();
        taken += took;
        queued += did;
    }
    assert!(taken <= 1, "one look takes it, the others leave it alone");
    assert_eq!(queued, 1, "days that were missed are one sync");
    assert_eq!(
        world.next_times(&integration.id).await,
        [(String::new(), None)]
    );
    world.end_sync().await;
    assert!(world.next_times(&integration.id).await[0].1.unwrap() > Utc::now());
    assert_eq!(world.count("sync where kind = 'scheduled'").await, 1);
}

#[tokio::test]
async fn nothing_is_due_while_a_sync_is_open_or_the_credentials_are_refused() {
    let world = World::new().await;
    let integration = world
        .integration_of(&world.account, Environment::Production)
        .await;
    world.enable(&integration, vec![run("units")]).await;
    let past = Utc::now() - TimeDelta::hours(1);
    let (account, id) = (world.account.clone(), integration.id.clone());
    let schedules = [every("", 3600, Some(past)), every("units", 60, Some(past))];
    world
        .store
        .replace_schedules(&account, &id, &schedules)
        .await
        .unwrap();
    assert!(world.due().await.is_empty(), "the first sync is open");
    let fired = |model: &str| Fired {
        model: model.to_owned(),
        due_at: past,
        next_due_at: None,
    };
    assert_eq!(world.fire(&id, &[fired("")]).await, None);
    // Its end counts for the integration and for each model that it had.
    world.end_sync().await;
    let times = world.next_times(&id).await;
    assert!(
        times.iter().all(|(_, at)| at.unwrap() > Utc::now()),
        "{times:?}"
    );
    assert!(times[1].1.unwrap() < times[0].1.unwrap());

    world
        .store
        .replace_schedules(&account, &id, &schedules)
        .await
        .unwrap();
    let state = |verdict| CredentialsState {
        verdict,
        message: None,
        code: None,
        vendor_account_id: None,
        vendor_account_name: None,
    };
    let (refused, valid) = (CredentialsVerdict::Rejected, CredentialsVerdict::Valid);
    world
        .store
        .set_credentials_state(&account, &id, state(refused))
        .await
        .unwrap();
    assert!(world.due().await.is_empty(), "it is paused");
    world
        .store
        .set_credentials_state(&account, &id, state(valid))
        .await
        .unwrap();
    assert_eq!(world.due().await, std::slice::from_ref(&id));
    assert!(world.due().await.is_empty(), "somebody has it in hand");
    // A schedule that was changed since it was read queues nothing, and nothing of it is half done.
    let stale = Fired {
        due_at: past - TimeDelta::seconds(1),
        ..fired("")
    };
    assert_eq!(world.fire(&id, &[fired("units"), stale]).await, None);
    assert_eq!(world.next_times(&id).await[1].1, times_to_micros(past));
    assert!(
        world
            .fire(&id, &[fired(""), fired("units")])
            .await
            .is_some()
    );

    let without = world
        .store
        .replace_schedules(&account, &id, &[every("units", 60, None)])
        .await;
    assert!(matches!(
        without,
        Err(StoreError::Conflict {
            what: "schedule_missing"
        })
    ));
}

/// As the database keeps it.
fn times_to_micros(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(at.timestamp_micros())
}

#[tokio::test]
async fn a_log_is_read_from_any_line_and_forgets_what_is_old() {
    let world = World::new().await;
    let (integration, sync) = world.syncing(vec![run("units")]).await;
    let line = |n: i64, age: TimeDelta| NewSyncLog {
        account_id: world.account.clone(),
        integration_id: integration.id.clone(),
        sync_id: sync.clone(),
        run_id: (n % 2 == 0).then(|| "run_1".to_owned()),
        model: None,
        at: Utc::now() - age,
        level: LogLevel::Info,
        event: "run.started".to_owned(),
        message: format!("line {n}"),
        detail: json!({"n": n}),
    };
    let mut lines: Vec<NewSyncLog> = (0..5).map(|n| line(n, TimeDelta::zero())).collect();
    lines[0].at -= TimeDelta::days(40);
    world.store.write_sync_log(&lines).await.unwrap();
    let all = world
        .store
        .sync_log(&world.account, &sync, 0, 10)
        .await
        .unwrap();
    let messages: Vec<&str> = all.iter().map(|l| l.message.as_str()).collect();
    assert_eq!(messages, ["line 0", "line 1", "line 2", "line 3", "line 4"]);
    let rest = world
        .store
        .sync_log(&world.account, &sync, all[2].id, 1)
        .await
        .unwrap();
    assert_eq!((rest.len(), rest[0].detail["n"].as_i64()), (1, Some(3)));
    let last = world
        .store
        .last_log_line(&world.account, &integration.id)
        .await
        .unwrap();
    assert_eq!(last, all[4].id);
    let of_others = world
        .store
        .sync_log("acc_other", &sync, 0, 10)
        .await
        .unwrap();
    assert!(of_others.is_empty());
    let month = Duration::from_secs(30 * 24 * 60 * 60);
    assert_eq!(world.store.forget_sync_log(month, 100).await.unwrap(), 1);
    let after = world
        .store
        .integration_log(&world.account, &integration.id, 0, 10)
        .await
        .unwrap();
    assert_eq!(after.len(), 4);
}
