//! What the planner knows when a sync has ended.

use crate::world::{World, records};
use portcullis_store::Environment;

#[tokio::test]
async fn records_are_found_by_their_key_as_soon_as_the_sync_that_brought_them_has_ended() {
    let world = World::new().await;
    world
        .with_units(&world.account, Environment::Sandbox, records(1..3_001))
        .await;
    let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "explain select from record where account_id = '{}' and model = 'units' and id = 'unit_00000007' and hash = ''",
        world.account
    )))
    .fetch_all(&world.sql)
    .await
    .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("record_units_pkey"), "{plan}");
    let known = "pg_stats where tablename = 'record_units' and attname = 'account_id'";
    assert_eq!(world.count(known).await, 1);
}
