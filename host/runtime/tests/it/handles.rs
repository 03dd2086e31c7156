//! Handles that a guest takes and never gives back.

use crate::guest::{Mode, Rig, call, guest_with};
use portcullis_runtime::{LimitKind, inspect};

const IO: &str = "package wasi:io@0.2.0;
interface poll { resource pollable; }";

const CLOCKS: &str = "package wasi:clocks@0.2.0;
interface monotonic-clock {
    use wasi:io/poll@0.2.0.{pollable};
    subscribe-duration: func(when: u64) -> pollable;
}";

const WAITING: &str = "package test:waiting;
world hoarder {
    include portcullis:connector/connector@0.1.0;
    import wasi:clocks/monotonic-clock@0.2.0;
}";

const THINGS: &str = "package test:things;
interface things { resource thing; }
world hoarder {
    include portcullis:connector/connector@0.1.0;
    export things;
}";

/// What a guest takes again and again: packages, the last with its world, and the core function that takes one.
struct Hoard {
    packages: &'static [&'static str],
    import: &'static str,
    take: &'static str,
}

/// Clocks to wait for, which the host keeps.
const OF_WASI: Hoard = Hoard {
    packages: &[IO, CLOCKS, WAITING],
    import: r#"(import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration"
        (func $take (param i64) (result i32)))"#,
    take: "(call $take (i64.const 1000000000))",
};

/// Resources of its own, which wasmtime counts.
const OF_ITS_OWN: Hoard = Hoard {
    packages: &[THINGS],
    import: r#"(import "[export]test:things/things" "[resource-new]thing"
        (func $take (param i32) (result i32)))"#,
    take: "(call $take (i32.const 1))",
};

#[tokio::test]
async fn handles_without_end_are_a_resource_limit() {
    for hoard in [OF_WASI, OF_ITS_OWN] {
        let more = format!("(loop $more (drop {}) (br $more))", hoard.take);
        let bytes = guest_with(
            hoard.packages,
            "hoarder",
            &[(";;IMPORT", hoard.import), (";;MODE", &more)],
        );
        let rig = Rig::new(|_| {});
        let candidate = inspect(bytes).expect("inspect");
        let loaded = rig.runtime.load(candidate).await.expect("load");
        let outcome = loaded.validate(call(Mode::Filled)).await;
        let error = outcome.result.expect_err("hoarding");
        assert_eq!(error.limit(), Some(LimitKind::Resources), "{error}");
        assert_eq!(error.code(), "resource_limit");
        let good = loaded.validate(call(Mode::Good)).await;
        assert!(good.result.is_ok(), "{:?}", good.result);
    }
}
