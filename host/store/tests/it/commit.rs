use crate::world::{World, companion, more, record, records, run};
use portcullis_store::{
    CommitError, DeadLetter, DeleteGuard, Extent, LetterQuery, ModelEnd, Next, RecordWrite, Status,
    Unit,
};

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Counters {
    pages: i64,
    rows_new: i64,
    rows_changed: i64,
    rows_unchanged: i64,
    rows_dead: i64,
    requests: i64,
    total: Option<i64>,
    cursor: Option<String>,
}

async fn counters(world: &World, model: &str) -> Counters {
    sqlx::query_as(
        "select pages, rows_new, rows_changed, rows_unchanged, rows_dead, requests, total, cursor from run where model = $1",
    )
    .bind(model)
    .fetch_one(&world.sql)
    .await
    .unwrap()
}

async fn live_rows(world: &World, model: &str) -> i64 {
    sqlx::query_scalar("select live_rows from model_state where model = $1")
        .bind(model)
        .fetch_one(&world.sql)
        .await
        .unwrap()
}

#[tokio::test]
async fn rows_are_new_changed_or_left_untouched() {
    let world = World::new().await;
    world.syncing(vec![run("units")]).await;
    let held = world.claim().await;
    world
        .store
        .commit_unit(&held.lease, &more(records(0..5), "page 2"))
        .await
        .unwrap();
    let versions = || async {
        sqlx::query_as::<_, (String, String)>(
            "select external_id, xmin::text from record order by id",
        )
        .fetch_all(&world.sql)
        .await
        .unwrap()
    };
    let before = versions().await;
    let second = vec![
        record(0, "name"),
        record(1, "other"),
        record(2, "name"),
        record(7, "name"),
    ];
    let committed = world
        .store
        .commit_unit(&held.lease, &more(second, "page 3"))
        .await
        .unwrap();
    let counts = &committed.models[0];
    assert_eq!((counts.new, counts.changed, counts.unchanged), (1, 1, 2));
    let after = versions().await;
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(
            was.1 == is.1,
            was.0 != "1",
            "only the changed row has a new version: {was:?} {is:?}"
        );
    }
    let doc: String = sqlx::query_scalar(
        "select doc ->> 'name' from record where external_id = '1' and updated_at > created_at",
    )
    .fetch_one(&world.sql)
    .await
    .unwrap();
    assert_eq!(doc, "other");
    assert_eq!(live_rows(&world, "units").await, 6);
    let want = Counters {
        pages: 2,
        rows_new: 6,
        rows_changed: 1,
        rows_unchanged: 2,
        rows_dead: 0,
        requests: 4,
        total: None,
        cursor: Some("page 3".to_owned()),
    };
    assert_eq!(counters(&world, "units").await, want);
}

#[tokio::test]
async fn a_record_that_comes_back_lives_again() {
    let world = World::new().await;
    world.syncing(vec![run("units")]).await;
    let held = world.claim().await;
    world
        .store
        .commit_unit(&held.lease, &more(records(0..3), "page 2"))
        .await
        .unwrap();
    world
        .execute("update record set deleted_at = now() where external_id = '1'")
        .await;
    world
        .execute("update model_state set live_rows = live_rows - 1")
        .await;
    let committed = world
        .store
        .commit_unit(&held.lease, &more(records(0..4), "page 3"))
        .await
        .unwrap();
    let counts = &committed.models[0];
    assert_eq!((counts.new, counts.changed, counts.unchanged), (1, 1, 2));
    assert_eq!(live_rows(&world, "units").await, 4);
    assert_eq!(world.count("record where deleted_at is null").await, 4);
    let changed = vec![record(1, "other")];
    world
        .store
        .commit_unit(&held.lease, &more(changed, "page 4"))
        .await
        .unwrap();
    assert_eq!(live_rows(&world, "units").await, 4, "it came back once");
}

#[tokio::test]
async fn a_value_that_cannot_be_stored_takes_the_whole_unit_with_it() {
    let world = World::new().await;
    world.syncing(vec![run("units")]).await;
    let held = world.claim().await;
    world
        .store
        .commit_unit(&held.lease, &more(records(0..1), "page 2"))
        .await
        .unwrap();
    let before = counters(&world, "units").await;
    let bad: [RecordWrite; 5] = [
        RecordWrite {
            doc: "{\"name\": ".to_owned(),
            ..record(50, "x")
        },
        RecordWrite {
            doc: "{\"name\": \"a\\u0000b\"}".to_owned(),
            ..record(50, "x")
        },
        RecordWrite {
            doc: "{\"name\": \"\\ud800\"}".to_owned(),
            ..record(50, "x")
        },
        RecordWrite {
            x_property_id: Some("a\0b".to_owned()),
            ..record(50, "x")
        },
        // Another id for a key that is there: I3 holds even against a wrong caller.
        RecordWrite {
            id: "unit_other".to_owned(),
            ..record(0, "x")
        },
    ];
    for bad in bad {
        let mut rows = records(10..20);
        rows.push(bad);
        let letters = vec![letter("units", "1")];
        let unit = Unit {
            dead_letters: letters,
            ..more(rows, "page 3")
        };
        let error = world
            .store
            .commit_unit(&held.lease, &unit)
            .await
            .unwrap_err();
        assert!(matches!(error, CommitError::Data { .. }), "{error:?}");
        assert!(
            !error.to_string().contains("name"),
            "the record's content is not told: {error}"
        );
        assert_eq!(counters(&world, "units").await, before);
        assert_eq!(
            (
                world.count("record").await,
                world.count("dead_letter").await
            ),
            (1, 0)
        );
    }
    world
        .store
        .commit_unit(&held.lease, &more(records(10..20), "page 3"))
        .await
        .unwrap();
}

fn letter(model: &str, id: &str) -> DeadLetter {
    DeadLetter {
        model: model.to_owned(),
        scope: String::new(),
        external_id: Some(id.to_owned()),
        kind: "invalid".to_owned(),
        message: "no such day".to_owned(),
    }
}

#[tokio::test]
async fn a_unit_ends_run_companion_and_sync_together() {
    let world = World::new().await;
    let (integration, sync) = world
        .syncing(vec![run("units"), companion("residents", "units")])
        .await;
    let held = world.claim().await;
    let resident = |n: u32| RecordWrite {
        id: format!("res_{n}"),
        ..record(n, "resident")
    };
    let unit = Unit {
        batches: vec![
            ("units".to_owned(), records(0..2)),
            ("residents".to_owned(), (0..3).map(resident).collect()),
        ],
        dead_letters: vec![letter("residents", "9")],
        totals: vec![("units".to_owned(), 2), ("residents".to_owned(), 4)],
        ..more(Vec::new(), "page 2")
    };
    world.store.commit_unit(&held.lease, &unit).await.unwrap();
    let residents = counters(&world, "residents").await;
    assert_eq!(
        (residents.rows_new, residents.rows_dead, residents.total),
        (3, 1, Some(4))
    );
    assert_eq!(
        residents.requests, 0,
        "requests are counted once, at the lead"
    );

    let foreign = Unit {
        batches: vec![("leases".to_owned(), records(5..6))],
        ..more(Vec::new(), "page 3")
    };
    assert_eq!(
        world
            .store
            .commit_unit(&held.lease, &foreign)
            .await
            .unwrap_err()
            .code(),
        "model_without_run"
    );
    assert_eq!(world.count("record").await, 5);

    let results = vec![
        ModelEnd {
            complete_full: true,
            ..ModelEnd::new("units", Status::Succeeded)
        },
        ModelEnd {
            error_code: Some("dead_letters".to_owned()),
            ..ModelEnd::new("residents", Status::Partial)
        },
    ];
    let end = Unit {
        next: Next::End {
            watermark: Some("2026-01-01".to_owned()),
            extent: Extent::Full,
            guard: DeleteGuard::default(),
            results,
        },
        ..more(Vec::new(), "")
    };
    let committed = world.store.commit_unit(&held.lease, &end).await.unwrap();
    assert_eq!(committed.sync_result, Some(Status::Partial));
    let found = world.store.get_sync(&world.account, &sync).await.unwrap();
    assert_eq!(found.sync.status, Status::Partial);
    assert_eq!(
        found
            .runs
            .iter()
            .map(|r| (r.status, r.cursor.is_some(), r.finished_at.is_some()))
            .collect::<Vec<_>>(),
        [
            (Status::Succeeded, false, true),
            (Status::Partial, false, true)
        ]
    );
    let checkpoints = world
        .store
        .checkpoints(&world.account, &integration.id)
        .await
        .unwrap();
    assert_eq!(
        checkpoints
            .iter()
            .map(|c| (
                c.model.as_str(),
                c.watermark.as_deref(),
                c.last_complete_full_at.is_some()
            ))
            .collect::<Vec<_>>(),
        [
            ("residents", Some("2026-01-01"), false),
            ("units", Some("2026-01-01"), true)
        ]
    );
    let (letters, total) = world
        .store
        .list_dead_letters(&LetterQuery {
            account_id: &world.account,
            integration_id: &integration.id,
            sync_id: None,
            models: Some(&["residents".to_owned()]),
            only_open: false,
            limit: 10,
            offset: 0,
        })
        .await
        .unwrap();
    assert_eq!(
        (letters.len(), total, letters[0].external_id.as_deref()),
        (1, 1, Some("9"))
    );
    let late = world
        .store
        .commit_unit(&held.lease, &more(records(8..9), "page 9"))
        .await
        .unwrap_err();
    assert_eq!(
        late.code(),
        "lease_lost",
        "a run that has ended takes nothing more"
    );
}

#[tokio::test]
async fn a_key_has_one_open_letter_until_its_record_is_stored_or_gone() {
    let world = World::new().await;
    let (integration, _) = world.syncing(vec![run("units")]).await;
    let held = world.claim().await;
    let open = || async {
        sqlx::query_as::<_, (String, String)>(
            "select external_id, message from dead_letter where resolved_at is null order by 1",
        )
        .fetch_all(&world.sql)
        .await
        .unwrap()
    };
    let again = DeadLetter {
        message: "still no such day".to_owned(),
        ..letter("units", "1")
    };
    let unit = Unit {
        dead_letters: vec![letter("units", "1"), letter("units", "2"), again],
        ..more(Vec::new(), "page 2")
    };
    world.store.commit_unit(&held.lease, &unit).await.unwrap();
    world.store.commit_unit(&held.lease, &unit).await.unwrap();
    let message = |id: &str, words: &str| (id.to_owned(), words.to_owned());
    assert_eq!(
        open().await,
        [
            message("1", "still no such day"),
            message("2", "no such day")
        ]
    );
    let (account, id) = (&world.account, &integration.id);
    let retry = world
        .store
        .retry_dead_letters(account, id, None)
        .await
        .unwrap();
    assert_eq!(retry, [("units".to_owned(), 2)]);

    let found = world
        .store
        .open_letters(&held.lease, &["units".to_owned()])
        .await
        .unwrap();
    let stored = Unit {
        resolved: found
            .into_iter()
            .filter(|key| key.external_id == "1")
            .collect(),
        ..more(records(1..2), "page 3")
    };
    world.store.commit_unit(&held.lease, &stored).await.unwrap();
    assert_eq!(open().await, [message("2", "no such day")]);

    // The run that met a letter does not resolve it by ending; the next complete one that does not meet it does.
    for left in [1, 0] {
        assert_eq!(open().await.len(), 1);
        let held = match left {
            1 => held.clone(),
            _ => world.again(&integration).await,
        };
        let end = crate::world::last(Vec::new(), Status::Partial);
        world.store.commit_unit(&held.lease, &end).await.unwrap();
        assert_eq!(open().await.len(), left);
    }
}
