use crate::world::World;
use portcullis_store::{LimiterOutcome, LimiterWrite};
use std::time::Duration;

fn write(bucket: &str, version: i64, state: &str) -> LimiterWrite {
    LimiterWrite {
        scope: "5c0pe".to_owned(),
        bucket: bucket.to_owned(),
        version,
        state: state.to_owned(),
        keep: Duration::from_secs(60),
    }
}

#[tokio::test]
async fn a_write_from_an_older_state_changes_nothing() {
    let world = World::new().await;
    let answer = world
        .store
        .write_limiters(&[write("b", 0, "one"), write("a", 0, "one")])
        .await
        .unwrap();
    let first = LimiterOutcome::Written { version: 1 };
    assert_eq!(answer.outcomes, [first.clone(), first]);
    let answer = world
        .store
        .write_limiters(&[
            write("a", 1, "two"),
            write("b", 0, "stranger's"),
            write("c", 0, "new"),
        ])
        .await
        .unwrap();
    let newer = LimiterOutcome::Newer {
        version: 1,
        state: "one".to_owned(),
    };
    assert_eq!(
        answer.outcomes,
        [
            LimiterOutcome::Written { version: 2 },
            newer,
            LimiterOutcome::Written { version: 1 }
        ]
    );
    let now = world.store.database_now().await.unwrap().timestamp_millis();
    assert!((now - answer.now_ms).abs() < 5_000);
}

/// Each of many writers at once appends its number to the state that it read; none is lost.
#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_lost_among_many() {
    let world = World::new().await;
    let writers: Vec<_> = (0..6)
        .map(|writer| {
            let store = world.store.clone();
            tokio::spawn(async move {
                for turn in 0..10 {
                    let mut known: Vec<(i64, String)> = vec![(0, String::new()); 3];
                    let mut open: Vec<usize> = vec![0, 1, 2];
                    // Different orders, so that rows would be locked crosswise.
                    open.rotate_left(writer % 3);
                    while !open.is_empty() {
                        let writes: Vec<LimiterWrite> = open
                            .iter()
                            .map(|row| {
                                let (version, state) = &known[*row];
                                write(
                                    &format!("row {row}"),
                                    *version,
                                    &format!("{state} {writer}.{turn}"),
                                )
                            })
                            .collect();
                        let answer = store.write_limiters(&writes).await.unwrap();
                        let mut again = Vec::new();
                        for (row, outcome) in open.into_iter().zip(answer.outcomes) {
                            match outcome {
                                LimiterOutcome::Written { .. } => continue,
                                LimiterOutcome::Newer { version, state } => {
                                    known[row] = (version, state)
                                }
                                LimiterOutcome::Busy => {}
                            }
                            again.push(row);
                        }
                        open = again;
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let rows: Vec<(i64, String)> = sqlx::query_as("select version, state from limiter")
        .fetch_all(&world.sql)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    for (version, state) in rows {
        assert_eq!(version, 60);
        let mut words: Vec<&str> = state.split_whitespace().collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 60);
    }
}

#[tokio::test]
async fn what_says_nothing_any_more_goes() {
    let world = World::new().await;
    world
        .store
        .write_limiters(&[write("a", 0, "x"), write("b", 0, "y")])
        .await
        .unwrap();
    world
        .execute("update limiter set idle_at = now() - interval '1 second' where bucket = 'a'")
        .await;
    assert_eq!(world.store.forget_idle_limiters().await.unwrap(), 1);
    assert_eq!(world.count("limiter where bucket = 'b'").await, 1);
}
