//! Every limit ends in its own typed error, and the next call works.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::guest::{self, Lines, Mode, Rig, call, call_to, page_request};
use portcullis_runtime::contract::types::{HttpError, Reaction};
use portcullis_runtime::contract::{Next, ProbeRequest, Verdict};
use portcullis_runtime::{Call, CallError, LimitKind, Loaded};

async fn good_calls_work(loaded: &Loaded) {
    let validated = loaded.validate(call(Mode::Good)).await;
    assert!(validated.result.is_ok(), "{:?}", validated.result);
    let probed = loaded
        .probe(
            call(Mode::Good),
            ProbeRequest {
                model: "units".to_owned(),
                partition: None,
            },
        )
        .await;
    assert_eq!(probed.result.expect("probe"), Verdict::Empty);
    let pulled = loaded.pull(call(Mode::Good), page_request("units")).await;
    assert_eq!(pulled.result.expect("pull").next, Next::More(String::new()));
}

/// Runs `call`, expects the failure of this name, and then that all goes on.
async fn ends_as(loaded: &Loaded, call: Call, code: &str) -> CallError {
    let outcome = loaded.validate(call).await;
    let error = outcome.result.expect_err(code);
    assert_eq!(error.code(), code, "{error}");
    if let Some(limit) = error.limit() {
        portcullis_test_codes::record(limit.code());
    }
    good_calls_work(loaded).await;
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_loop_ends_at_the_cpu_budget() {
    let (_rig, loaded) = Rig::loaded().await;
    let outcome = loaded.validate(call(Mode::Loop)).await;
    let spent = outcome.report.cpu;
    assert_eq!(
        outcome.result.expect_err("loop").limit(),
        Some(LimitKind::CpuBudget)
    );
    assert!(spent >= guest::limits().cpu, "{spent:?}");
    assert!(spent < guest::limits().cpu * 5, "{spent:?}");
    good_calls_work(&loaded).await;
}

#[tokio::test]
async fn growing_without_end_is_a_memory_limit_and_no_mere_trap() {
    let (_rig, loaded) = Rig::loaded().await;
    let outcome = loaded.validate(call(Mode::Grow)).await;
    assert_eq!(outcome.result.expect_err("grow").code(), "memory_limit");
    let peak = outcome.report.memory_peak_bytes;
    assert!(peak <= guest::limits().memory_bytes, "{peak}");
    assert!(peak > guest::limits().memory_bytes / 2, "{peak}");
    good_calls_work(&loaded).await;
}

#[tokio::test]
async fn result_and_arguments_of_200_mb_are_not_copied() {
    let (_rig, loaded) = Rig::loaded().await;
    for mode in [Mode::HugeResult, Mode::HugeArgument] {
        let mut call = call(mode);
        call.limits.memory_bytes = 250 << 20;
        let error = ends_as(&loaded, call, "result_too_large").await;
        assert!(error.to_string().contains("1048576"), "{error}");
    }
}

#[tokio::test]
async fn broken_guests_are_traps() {
    let (_rig, loaded) = Rig::loaded().await;
    for mode in [Mode::Panic, Mode::NoText, Mode::OutOfBounds] {
        ends_as(&loaded, call(mode), "guest_trap").await;
    }
}

#[tokio::test]
async fn recursion_is_a_stack_overflow() {
    let (_rig, loaded) = Rig::loaded().await;
    ends_as(&loaded, call(Mode::Recurse), "stack_overflow").await;
}

#[tokio::test]
async fn table_without_end_is_a_resource_limit() {
    let (_rig, loaded) = Rig::loaded().await;
    ends_as(&loaded, call(Mode::TableGrow), "resource_limit").await;
}

#[tokio::test]
async fn metadata_service_is_denied_by_name_and_by_address() {
    let (_rig, loaded) = Rig::loaded().await;
    for url in [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/latest/meta-data",
        "https://other.example/",
        // This name is allowed, and resolves to the metadata service.
        "https://named.example/",
    ] {
        let outcome = loaded.validate(call_to(Mode::Fetch, url)).await;
        let error = outcome.result.expect_err(url);
        assert_eq!(error.code(), "egress_denied", "{url}: {error}");
        let CallError::Guest(error) = error else {
            panic!("{error:?}")
        };
        assert!(
            matches!(error.reaction, Reaction::Transport(HttpError::Denied(_))),
            "{:?}",
            error.reaction
        );
        // What was refused is evidence too.
        assert_eq!(outcome.report.exchanges.len(), 1, "{url}");
        assert_eq!(outcome.report.exchanges[0].status, None);
    }
    good_calls_work(&loaded).await;
}

#[tokio::test]
async fn storm_of_requests_ends_at_their_budget() {
    let (_rig, loaded) = Rig::loaded().await;
    let error = ends_as(
        &loaded,
        call_to(Mode::FetchStorm, "https://other.example/"),
        "budget_exhausted",
    )
    .await;
    assert!(matches!(error, CallError::Guest(_)));
}

#[tokio::test]
async fn waiting_past_the_deadline_ends_the_call_and_its_request() {
    use tokio::io::AsyncReadExt as _;

    let (_rig, loaded) = Rig::loaded().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("bind");
    let url = format!("http://{}", silent.local_addr().expect("address"));
    let vendor = tokio::spawn(async move {
        let (mut connection, _) = silent.accept().await.expect("accept");
        // Reads the request, never answers, and comes back when the gateway hangs up.
        let mut request = Vec::new();
        let _ = connection.read_to_end(&mut request).await;
        request
    });
    let mut call = call_to(Mode::Fetch, &url);
    call.limits.wall = Duration::from_millis(400);
    let started = Instant::now();
    ends_as(&loaded, call, "deadline").await;
    let request = tokio::time::timeout(Duration::from_secs(10), vendor)
        .await
        .expect("the connection outlived the call")
        .expect("vendor");
    assert!(request.starts_with(b"GET / HTTP/1.1\r\n"));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn cancelled_call_ends_at_once() {
    let (_rig, loaded) = Rig::loaded().await;
    let mut call = call(Mode::Loop);
    call.limits.cpu = Duration::from_secs(9);
    let cancel = call.cancel.clone();
    let (outcome, ()) = tokio::join!(loaded.validate(call), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cancel.cancel();
    });
    assert!(matches!(outcome.result, Err(CallError::Cancelled)));
    assert!(
        outcome.report.cpu < Duration::from_secs(5),
        "{:?}",
        outcome.report.cpu
    );
    good_calls_work(&loaded).await;
}

#[tokio::test]
async fn no_instance_serves_twice() {
    let (_rig, loaded) = Rig::loaded().await;
    for _ in 0..20 {
        let outcome = loaded.validate(call(Mode::PanicIfReused)).await;
        assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    }
}

#[tokio::test]
async fn log_flood_is_cut_and_cannot_forge_lines() {
    let (_rig, loaded) = Rig::loaded().await;
    let lines = Arc::new(Lines::default());
    let mut call = call(Mode::LogFlood);
    call.limits.cpu = Duration::from_secs(9);
    call.log = Arc::clone(&lines) as _;
    let outcome = loaded.validate(call).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let lines = lines.0.lock().expect("lines");
    assert_eq!(
        lines.len() as u64 + outcome.report.log_lines_dropped,
        10_000
    );
    // 21 bytes of text and 16 of overhead each.
    assert_eq!(lines.len(), guest::limits().log_bytes / 37);
    assert_eq!(lines[0], "line\\nfake: line \\u{1b}[31m");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_calls_go_on_beside_hostile_ones() {
    let (_rig, loaded) = Rig::loaded().await;
    // Calls whose neighbours take every processor twice, one for each way to be hostile.
    let hostile: Vec<_> = [Mode::Loop, Mode::Loop, Mode::Loop, Mode::Loop]
        .into_iter()
        .map(|mode| {
            let loaded = Arc::clone(&loaded);
            tokio::spawn(async move {
                let mut call = call(mode);
                call.limits.cpu = Duration::from_secs(2);
                loaded
                    .validate(call)
                    .await
                    .result
                    .expect_err("hostile")
                    .code()
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut worst = Duration::ZERO;
    for mode in [
        Mode::Good,
        Mode::Grow,
        Mode::Recurse,
        Mode::Panic,
        Mode::HugeResult,
    ] {
        for _ in 0..4 {
            let _ = loaded.validate(call(mode)).await;
            let good = call(Mode::Good);
            let started = Instant::now();
            let outcome = loaded.pull(good, page_request("units")).await;
            assert!(outcome.result.is_ok(), "{:?}", outcome.result);
            worst = worst.max(started.elapsed());
        }
    }
    assert!(
        hostile.iter().any(|task| !task.is_finished()),
        "nothing was hostile any more"
    );
    // A quiet call takes well under a millisecond, one behind four spinning guests some
    // ticks of ten. Starved, it would wait for their two seconds of processor each.
    assert!(worst < Duration::from_secs(1), "{worst:?}");
    for task in hostile {
        assert_eq!(task.await.expect("task"), "cpu_budget");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crowded_pool_waits_and_then_says_so() {
    let rig = Rig::new(|config| {
        config.max_instances = 2.try_into().expect("not zero");
        config.instances_per_connector = 1.try_into().expect("not zero");
        config.patience = Duration::from_millis(200);
    });
    let loaded = rig.runtime.load(guest::candidate()).await.expect("load");
    let busy = {
        let loaded = Arc::clone(&loaded);
        tokio::spawn(async move {
            let mut call = call(Mode::Loop);
            call.limits.cpu = Duration::from_secs(3);
            loaded.validate(call).await.result.expect_err("loop").code()
        })
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    let outcome = loaded.validate(call(Mode::Good)).await;
    assert!(
        matches!(outcome.result, Err(CallError::Saturated)),
        "{:?}",
        outcome.result
    );
    // The other place of the pool is another connector's.
    let other = rig
        .runtime
        .load(guest::candidate())
        .await
        .expect("load beside");
    assert!(other.validate(call(Mode::Good)).await.result.is_ok());
    assert_eq!(busy.await.expect("task"), "cpu_budget");
    good_calls_work(&loaded).await;
}
