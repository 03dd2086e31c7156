//! The hostile connector of `tests/guests`, made with the SDK as an author would: each of
//! its behaviours ends in its own typed error, and the next page comes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::guest::{self, Lines, Mode, Rig, call, page_request};
use portcullis_runtime::contract::{Next, Page};
use portcullis_runtime::{Call, CallOutcome, Loaded, inspect};

fn component() -> Vec<u8> {
    let test = std::env::current_exe().expect("the test's own path");
    let target = test.ancestors().nth(3).expect("target folder");
    let path: PathBuf = target.join("wasm32-wasip2/connector/guest_hostile.wasm");
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; `make guests` builds it", path.display());
    })
}

async fn rig() -> (Rig, Arc<Loaded>) {
    let rig = Rig::new(|config| {
        config.max_instances = 2.try_into().expect("not zero");
        config.ceilings.memory_bytes = 2 << 30;
    });
    let candidate = inspect(component()).expect("inspect");
    let loaded = rig.runtime.load(candidate).await.expect("load");
    (rig, loaded)
}

async fn pull(
    loaded: &Loaded,
    behaviour: &str,
    change: impl FnOnce(&mut Call),
) -> CallOutcome<Page> {
    let mut call = call(Mode::Good);
    call.context.settings = format!(r#"{{"behaviour":"{behaviour}"}}"#);
    change(&mut call);
    loaded.pull(call, page_request("properties")).await
}

async fn check(behaviour: &str, code: &str, change: impl FnOnce(&mut Call)) {
    let (_rig, loaded) = rig().await;
    let error = pull(&loaded, behaviour, change)
        .await
        .result
        .expect_err(behaviour);
    assert_eq!(error.code(), code, "{error}");
    let page = pull(&loaded, "none", |_| {})
        .await
        .result
        .expect("a good page");
    assert_eq!(page.batches[0].upserts.len(), 1);
    assert_eq!(page.next, Next::Complete(None));
}

#[tokio::test]
async fn endless_computation() {
    check("loop", "cpu_budget", |_| {}).await;
}

#[tokio::test]
async fn endless_allocation() {
    check("grow", "memory_limit", |call| {
        call.limits.cpu = Duration::from_secs(9)
    })
    .await;
}

#[tokio::test]
async fn record_of_200_mb() {
    check("huge", "result_too_large", |call| {
        call.limits.cpu = Duration::from_secs(9);
        call.limits.memory_bytes = 2 << 30;
    })
    .await;
}

#[tokio::test]
async fn million_records() {
    check("many_records", "result_too_large", |call| {
        call.limits.cpu = Duration::from_secs(9);
        call.limits.memory_bytes = 2 << 30;
    })
    .await;
}

#[tokio::test]
async fn unreachable_instruction() {
    check("trap", "guest_trap", |_| {}).await;
}

#[tokio::test]
async fn panic_reaches_the_log() {
    let lines = Arc::new(Lines::default());
    let log = Arc::clone(&lines);
    check("panic", "guest_trap", |call| call.log = log).await;
    let lines = lines.0.lock().expect("lines");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("the hostile guest panics on purpose")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn endless_recursion() {
    check("recurse", "stack_overflow", |_| {}).await;
}

#[tokio::test]
async fn metadata_service() {
    check("metadata", "egress_denied", |_| {}).await;
}

#[tokio::test]
async fn sleep_past_the_deadline() {
    check("sleep", "deadline", |call| {
        call.limits.wall = Duration::from_millis(400)
    })
    .await;
}

#[tokio::test]
async fn flood_of_log_lines() {
    let (_rig, loaded) = rig().await;
    let lines = Arc::new(Lines::default());
    let log = Arc::clone(&lines);
    let outcome = pull(&loaded, "log_flood", |call| call.log = log).await;
    // Whether it gets through a million lines in its time depends on the machine.
    if let Err(error) = outcome.result {
        assert_eq!(error.code(), "cpu_budget");
    }
    assert!(outcome.report.log_lines_dropped > 100);
    let kept: usize = lines.0.lock().expect("lines").iter().map(String::len).sum();
    assert!(kept <= guest::limits().log_bytes, "{kept}");
}
