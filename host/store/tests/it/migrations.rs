use portcullis_store::{ConnectOptions, Store, StoreError};
use portcullis_test_postgres::TestDatabase;

#[tokio::test(flavor = "multi_thread")]
async fn many_processes_may_migrate_at_once() {
    let database = TestDatabase::create().await;
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let url = database.url.clone();
            tokio::spawn(async move {
                let store = Store::connect(
                    &url,
                    ConnectOptions {
                        max_connections: 2,
                        ..ConnectOptions::default()
                    },
                )
                .await?;
                store.migrate().await?;
                store.schema_version().await
            })
        })
        .collect();
    for start in starts {
        assert_eq!(
            start.await.unwrap().unwrap(),
            Store::newest_schema_version()
        );
    }
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let database = TestDatabase::create().await;
    let store = Store::connect(&database.url, ConnectOptions::default())
        .await
        .unwrap();
    assert_eq!(store.schema_version().await.unwrap(), 0);
    store.migrate().await.unwrap();
    let sql = sqlx::PgPool::connect_with(database.options())
        .await
        .unwrap();
    sqlx::query("insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', true, '', 0)")
        .execute(&sql)
        .await
        .unwrap();
    let error = store.migrate().await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Conflict {
                what: "schema_newer"
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn connections_are_bounded_in_time_and_speak_utc() {
    let world = crate::world::World::new().await;
    let settings: Vec<(String, String)> = sqlx::query_as(
        "select application_name, state from pg_stat_activity where datname = current_database() and application_name = 'portcullis'",
    )
    .fetch_all(&world.sql)
    .await
    .unwrap();
    assert!(!settings.is_empty());
    let unreachable = Store::connect(
        "postgres://nobody@127.0.0.1:1/none",
        ConnectOptions::default(),
    )
    .await
    .unwrap_err();
    assert_eq!(unreachable.code(), "database_unavailable");
}
