//! What a run that goes on from a stopped one takes over, and what must not happen to it in between.

use crate::world::{LEASE, World, last, more, record, records, run};
use portcullis_store::{
    ClaimedRun, DeadLetter, IntegrationRow, ModelEnd, ModelFacts, NewRun, PassPart, Status,
    SyncKind, Unit,
};

impl World {
    /// An integration whose first sync found nothing.
    async fn with_no_leases(&self) -> IntegrationRow {
        let (integration, _) = self.syncing(vec![run("leases")]).await;
        let first = self.claim().await;
        let ends = [ModelEnd::new("leases", Status::SucceededEmpty)];
        self.store.finish_run(&first.lease, &ends).await.unwrap();
        integration
    }

    async fn sync_of(&self, integration: &IntegrationRow, run: NewRun) -> ClaimedRun {
        self.store
            .start_sync(
                &self.account,
                &integration.id,
                SyncKind::Manual,
                std::slice::from_ref(&run),
            )
            .await
            .unwrap();
        self.claim().await
    }

    /// A full run of `units` that stored one page and failed.
    async fn stopped(&self, integration: &IntegrationRow, page: Unit) -> ClaimedRun {
        let stopped = self.sync_of(integration, run("units")).await;
        self.store.commit_unit(&stopped.lease, &page).await.unwrap();
        let failed = [ModelEnd::new("units", Status::Failed)];
        self.store
            .finish_run(&stopped.lease, &failed)
            .await
            .unwrap();
        stopped
    }

    async fn goes_on(&self, integration: &IntegrationRow, from: &ClaimedRun) -> ClaimedRun {
        let next = NewRun {
            resume_from: Some(from.lease.run_id.clone()),
            ..run("units")
        };
        self.sync_of(integration, next).await
    }

    async fn first_facts(&self, held: &ClaimedRun) -> ModelFacts {
        self.store.model_facts(&held.lease).await.unwrap().remove(0)
    }
}

fn page(seen: &[u32], letters: Vec<DeadLetter>) -> Unit {
    let rows: Vec<_> = seen.iter().map(|n| record(*n, "name")).collect();
    Unit {
        passes: vec![PassPart {
            model: "units".to_owned(),
            seen: rows.iter().map(|row| row.id.clone()).collect(),
            ..PassPart::default()
        }],
        dead_letters: letters,
        ..more(rows, "page 2")
    }
}

#[tokio::test]
async fn a_sync_of_another_model_leaves_what_a_stopped_run_saw() {
    let world = World::new().await;
    let integration = world
        .with_units(
            &world.account.clone(),
            portcullis_store::Environment::Sandbox,
            records(0..3),
        )
        .await;
    let stopped = world.stopped(&integration, page(&[0, 1], vec![])).await;
    let other = world.sync_of(&integration, run("leases")).await;
    let ends = [ModelEnd::new("leases", Status::Failed)];
    world.store.finish_run(&other.lease, &ends).await.unwrap();
    let back = world.back_sync(&integration.id, &[run("units")]).await;
    world
        .store
        .cancel_sync(&world.account, &back)
        .await
        .unwrap();
    let held = world.goes_on(&integration, &stopped).await;
    assert_eq!(held.run.cursor.as_deref(), Some("page 2"));
    let of_it = format!("seen where run_id = '{}'", held.lease.run_id);
    assert_eq!(world.count(&of_it).await, 1);
    // What nobody can go on from any more is forgotten.
    let failed = [ModelEnd::new("units", Status::Failed)];
    world.store.finish_run(&held.lease, &failed).await.unwrap();
    world.sync_of(&integration, run("units")).await;
    assert_eq!(world.count("seen").await, 0);
}

#[tokio::test]
async fn what_a_stopped_run_could_not_read_stays_open_behind_it() {
    let world = World::new().await;
    let integration = world.with_no_leases().await;
    let letter = DeadLetter {
        model: "units".to_owned(),
        scope: String::new(),
        external_id: Some("7".to_owned()),
        kind: "unreadable".to_owned(),
        message: "it is no unit".to_owned(),
    };
    let stopped = world.stopped(&integration, page(&[0], vec![letter])).await;
    let held = world.goes_on(&integration, &stopped).await;
    let facts = world.first_facts(&held).await;
    assert_eq!(
        (facts.rows_before, facts.dead_before),
        (1, 1),
        "neither empty nor whole"
    );
    world
        .store
        .commit_unit(&held.lease, &last(records(1..2), Status::Partial))
        .await
        .unwrap();
    assert_eq!(
        world.count("dead_letter where resolved_at is null").await,
        1
    );
}

#[tokio::test]
async fn a_property_that_is_switched_on_is_read_whatever_is_under_way() {
    let world = World::new().await;
    let (integration, _) = world.syncing(vec![run("units")]).await;
    let open = world.claim().await;
    let switch = async |on: bool| {
        world
            .store
            .switch_properties(&world.account, &integration.id, &["1".to_owned()], on)
            .await
            .unwrap();
    };
    switch(false).await;
    switch(true).await;
    world
        .store
        .commit_unit(&open.lease, &last(records(0..3), Status::Succeeded))
        .await
        .unwrap();
    let without = "checkpoint where model = 'units' and watermark is null";
    assert_eq!(
        world.count(without).await,
        1,
        "its pages lacked the property"
    );

    // Nor does anybody go on behind pages that lack it.
    let stopped = world.stopped(&integration, page(&[0], vec![])).await;
    switch(true).await;
    let held = world.goes_on(&integration, &stopped).await;
    assert_eq!(held.run.cursor, None);
    world
        .store
        .commit_unit(&held.lease, &last(records(0..3), Status::Succeeded))
        .await
        .unwrap();
    // It goes on with the time at which the other began, which was before.
    assert_eq!(world.count(without).await, 1);
    let whole = world.sync_of(&integration, run("units")).await;
    world
        .store
        .commit_unit(&whole.lease, &last(records(0..3), Status::Succeeded))
        .await
        .unwrap();
    assert_eq!(world.count(without).await, 0);
}

#[tokio::test]
async fn a_back_sync_that_is_to_stop_ends_without_its_worker() {
    let world = World::new().await;
    let integration = world.with_no_leases().await;
    let back = world.back_sync(&integration.id, &[run("units")]).await;
    world.claim().await;
    assert!(
        world
            .store
            .cancel_sync(&world.account, &back)
            .await
            .unwrap()
    );
    world.expire_leases().await;
    let again = world.store.claim_run("w2", LEASE, 10).await.unwrap();
    assert!(again.is_some(), "somebody has to end it");
}
