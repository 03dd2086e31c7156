use crate::world::World;
use portcullis_store::{
    IntegrationRow, NewSession, SessionRow, SessionTake, SessionWant, StoreError,
};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn want(integration: &IntegrationRow, holder: &str) -> SessionWant {
    SessionWant {
        fingerprint: "f1".to_owned(),
        scope: "s1".to_owned(),
        account_id: integration.account_id.clone(),
        integration_id: integration.id.clone(),
        holder: holder.to_owned(),
        lease: Duration::from_secs(30),
        live: None,
        minting: None,
    }
}

fn token(text: &str) -> NewSession {
    NewSession {
        note: Some("\"ada\"".to_owned()),
        secrets: BTreeMap::from([("token".to_owned(), SecretString::from(text))]),
        lifetime: Some(HOUR),
        idle: None,
    }
}

async fn open(world: &World, want: &SessionWant, over: Option<&str>, text: &str) -> String {
    match world.vault.take_session(want, over).await.unwrap() {
        SessionTake::Open { id } => {
            assert!(
                world
                    .vault
                    .keep_session(&id, &want.holder, &token(text))
                    .await
                    .unwrap()
            );
            id
        }
        other => panic!("{other:?}"),
    }
}

async fn live(world: &World, want: &SessionWant, over: Option<&str>) -> SessionRow {
    match world.vault.take_session(want, over).await.unwrap() {
        SessionTake::Live(row) => row,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_logs_in() {
    let world = World::new().await;
    let integration = world.integration().await;
    let askers: Vec<_> = (0..12)
        .map(|n| {
            let (vault, want) = (world.vault.clone(), want(&integration, &format!("h{n}")));
            tokio::spawn(async move {
                loop {
                    match vault.take_session(&want, None).await.unwrap() {
                        SessionTake::Live(row) => return (false, row),
                        SessionTake::Open { id } => {
                            tokio::time::sleep(Duration::from_millis(100)).await;
                            assert!(
                                vault
                                    .keep_session(&id, &want.holder, &token("t0ken-one"))
                                    .await
                                    .unwrap()
                            );
                            let SessionTake::Live(row) =
                                vault.take_session(&want, None).await.unwrap()
                            else {
                                panic!("what was kept is there")
                            };
                            return (true, row);
                        }
                        _ => tokio::time::sleep(Duration::from_millis(10)).await,
                    }
                }
            })
        })
        .collect();
    let mut opened = 0;
    for asker in askers {
        let (own, row) = asker.await.unwrap();
        opened += usize::from(own);
        assert_eq!(row.secrets["token"].expose_secret(), "t0ken-one");
        assert_eq!(row.note.as_deref(), Some("\"ada\""));
    }
    assert_eq!(opened, 1);
    // What lies in the table opens in no other row.
    world
        .execute("insert into session select 'ses_other', 'f2', scope, account_id, integration_id, users, status, holder, held_until,
                  minted_at, expires_at, idle, used_at, proved, barren, note, wrapped, blob from session")
        .await;
    let stolen = SessionWant {
        fingerprint: "f2".to_owned(),
        ..want(&integration, "h")
    };
    assert!(matches!(
        world.vault.take_session(&stolen, None).await,
        Err(StoreError::Corrupt(_))
    ));
}

#[tokio::test]
async fn a_refused_session_is_replaced_once_whoever_says_so() {
    let world = World::new().await;
    let integration = world.integration().await;
    let want = want(&integration, "h");
    let first = open(&world, &want, None, "t0ken-one").await;
    world.store.touch_session(&first).await.unwrap();
    let second = open(&world, &want, Some(&first), "t0ken-two").await;
    // Others ran under the first one too: they get the second and log in no more.
    assert_eq!(live(&world, &want, Some(&first)).await.id, second);
    // Never taken by the vendor: one more, then the credentials are refused.
    let third = open(&world, &want, Some(&second), "t0ken-three").await;
    let refused = world.vault.take_session(&want, Some(&third)).await.unwrap();
    assert!(matches!(refused, SessionTake::Refused), "{refused:?}");
    assert!(matches!(
        world.vault.take_session(&want, None).await.unwrap(),
        SessionTake::Open { .. }
    ));
}

#[tokio::test]
async fn a_log_in_whose_worker_died_is_taken_over_and_counts() {
    let world = World::new().await;
    let integration = world.integration().await;
    let want = SessionWant {
        minting: Some((2, HOUR)),
        ..want(&integration, "h1")
    };
    let SessionTake::Open { id } = world.vault.take_session(&want, None).await.unwrap() else {
        panic!("nobody else asks")
    };
    assert!(matches!(
        world.vault.take_session(&want, None).await.unwrap(),
        SessionTake::Wait
    ));
    world
        .execute("update session set held_until = now() - interval '1 second'")
        .await;
    let other = SessionWant {
        holder: "h2".to_owned(),
        ..want.clone()
    };
    let second = open(&world, &other, None, "t0ken-two").await;
    let late = world
        .vault
        .keep_session(&id, "h1", &token("t0ken-one"))
        .await;
    assert!(!late.unwrap(), "whoever comes too late keeps nothing");
    world.store.touch_session(&second).await.unwrap();
    // Both count.
    let SessionTake::Spent { wait } = world
        .vault
        .take_session(&other, Some(&second))
        .await
        .unwrap()
    else {
        panic!("two of two are used up")
    };
    assert!(
        wait > HOUR - Duration::from_secs(60) && wait <= HOUR,
        "{wait:?}"
    );
    // Once they are older than the window, there is room again.
    world
        .execute("update session set minted_at = now() - interval '61 minutes'")
        .await;
    open(&world, &other, None, "t0ken-three").await;
}

#[tokio::test]
async fn a_log_in_that_the_vendor_never_saw_does_not_count() {
    let world = World::new().await;
    let integration = world.integration().await;
    let want = SessionWant {
        minting: Some((1, HOUR)),
        ..want(&integration, "h")
    };
    let SessionTake::Open { id } = world.vault.take_session(&want, None).await.unwrap() else {
        panic!("nobody else asks")
    };
    world.store.drop_session(&id, true).await.unwrap();
    let SessionTake::Open { id } = world.vault.take_session(&want, None).await.unwrap() else {
        panic!("it does not count")
    };
    world.store.drop_session(&id, false).await.unwrap();
    let spent = world.vault.take_session(&want, None).await.unwrap();
    assert!(matches!(spent, SessionTake::Spent { .. }), "{spent:?}");
}

#[tokio::test]
async fn beyond_the_live_cap_the_oldest_goes_first() {
    let world = World::new().await;
    let integration = world.integration().await;
    let of = |fingerprint: &str| SessionWant {
        fingerprint: fingerprint.to_owned(),
        live: Some(2),
        ..want(&integration, "h")
    };
    let first = open(&world, &of("f1"), None, "t0ken-one").await;
    open(&world, &of("f2"), None, "t0ken-two").await;
    let SessionTake::LeaveFirst(leave) = world.vault.take_session(&of("f3"), None).await.unwrap()
    else {
        panic!("two of two live")
    };
    assert_eq!(leave.len(), 1);
    assert_eq!(leave[0].id, first);
    assert_eq!(leave[0].secrets["token"].expose_secret(), "t0ken-one");
    assert!(matches!(
        world.vault.take_session(&of("f4"), None).await.unwrap(),
        SessionTake::Wait | SessionTake::LeaveFirst(_)
    ));
    world.store.session_left(&first).await.unwrap();
    assert_eq!(world.count("session where blob is null and id = (select min(id) from session where status = 'over')").await, 1);
}

#[tokio::test]
async fn what_is_idle_or_near_its_end_is_not_used() {
    let world = World::new().await;
    let integration = world.integration().await;
    let want = want(&integration, "h");
    let first = open(&world, &want, None, "t0ken-one").await;
    // It still lives at the vendor, so it is given back.
    world
        .execute("update session set minted_at = now() - interval '1 hour', expires_at = now() + interval '5 seconds'")
        .await;
    let second = open(&world, &want, None, "t0ken-two").await;
    let leaving = world
        .vault
        .claim_leaving_session("w", Duration::from_secs(5))
        .await
        .unwrap()
        .expect("the first one");
    assert_eq!(leaving.session.id, first);
    assert!(
        world
            .vault
            .claim_leaving_session("w2", Duration::from_secs(5))
            .await
            .unwrap()
            .is_none(),
        "one gives it back"
    );
    // It ended of itself, so there is nothing to give back.
    world
        .execute("update session set idle = interval '10 minutes', used_at = now() - interval '11 minutes' where status = 'live'")
        .await;
    open(&world, &want, None, "t0ken-three").await;
    assert_eq!(
        world
            .count(&format!(
                "session where id = '{second}' and status = 'over' and blob is null"
            ))
            .await,
        1
    );
}

#[tokio::test]
async fn an_archived_integration_leaves_its_session_unless_another_uses_it() {
    let world = World::new().await;
    let (one, two) = (world.integration().await, world.integration().await);
    let id = open(&world, &want(&one, "h"), None, "t0ken-one").await;
    live(&world, &want(&two, "h"), None).await;
    let claim = async || {
        world
            .vault
            .claim_leaving_session("w", Duration::from_secs(5))
            .await
            .unwrap()
    };
    world
        .store
        .archive_integration(&one.account_id, &one.id)
        .await
        .unwrap();
    assert!(claim().await.is_none(), "the other one uses it");
    world
        .store
        .archive_integration(&two.account_id, &two.id)
        .await
        .unwrap();
    let leaving = claim().await.expect("nobody uses it");
    assert_eq!((leaving.session.id, leaving.integration_id), (id, two.id));
}
