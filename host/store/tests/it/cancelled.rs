//! Callers that go away in the middle of a call.

use crate::world::World;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// Polls a call so often, and drops it if it has not ended by then.
async fn polled<T>(call: impl Future<Output = T>, times: usize) -> Option<T> {
    let mut call = pin!(call);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        call.as_mut().poll(context).map(Some)
    })
    .await
}

#[tokio::test]
async fn a_caller_that_goes_away_at_whatever_moment_leaves_no_transaction_open() {
    let world = World::new().await;
    for times in 1..30 {
        let ended = polled(world.store.ensure_default_account("Acme"), times).await;
        let open = "pg_stat_activity where datname = current_database() and state like 'idle in transaction%'";
        let mut looks = 0;
        while world.count(open).await > 0 {
            looks += 1;
            assert!(looks < 60, "after {times} polls a transaction stays open");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        if ended.is_some() {
            return;
        }
    }
    panic!("the call never ended");
}
