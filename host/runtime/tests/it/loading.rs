//! From a file to a connector that serves: compilation, cache, dry run, swap.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use crate::guest::{Mode, Rig, call, candidate, guest};
use portcullis_runtime::{CompilerCommand, Refusal, Registry, Runtime, RuntimeConfig, inspect};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// `examples/compile-child.rs`, which cargo builds along with the tests.
fn child() -> CompilerCommand {
    let test = std::env::current_exe().expect("the test's own path");
    let folder = test
        .parent()
        .and_then(|deps| deps.parent())
        .expect("target folder");
    let program = folder.join("examples/compile-child");
    assert!(
        program.exists(),
        "{} is missing: `cargo build -p portcullis-runtime --examples` builds it",
        program.display()
    );
    CompilerCommand::Child(vec![program.into_os_string()])
}

fn shell(script: &str) -> CompilerCommand {
    CompilerCommand::Child(["/bin/sh", "-c", script].map(OsString::from).to_vec())
}

fn runtime(folder: &tempfile::TempDir, compiler: CompilerCommand) -> Runtime {
    let mut config = RuntimeConfig::new(folder.path().join("cache"), compiler);
    config.max_instances = 4.try_into().expect("not zero");
    config.compile_timeout = Duration::from_secs(60);
    Runtime::new(config).expect("runtime")
}

fn refused(refusal: &Refusal) -> &'static str {
    portcullis_test_codes::record(refusal.code());
    refusal.code()
}

fn cached(folder: &tempfile::TempDir, extension: &str) -> PathBuf {
    fs::read_dir(folder.path().join("cache"))
        .expect("cache")
        .map(|entry| entry.expect("entry").path())
        .find(|path| path.extension().is_some_and(|found| found == extension))
        .expect("cached file")
}

#[tokio::test]
async fn child_compiles_once_and_nobody_else_can_feed_the_cache() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().expect("tempdir");
    let loaded = runtime(&folder, child())
        .load(candidate())
        .await
        .expect("compile in a child");
    assert!(loaded.validate(call(Mode::Good)).await.result.is_ok());
    drop(loaded);
    let key = fs::metadata(folder.path().join("cache/host.key")).expect("key");
    assert_eq!(key.permissions().mode() & 0o777, 0o600);

    // What is cached is loaded without a compiler, by another process as well.
    let broken = || shell("echo no compiler here >&2; exit 1");
    let loaded = runtime(&folder, broken())
        .load(candidate())
        .await
        .expect("from the cache");
    assert!(loaded.validate(call(Mode::Good)).await.result.is_ok());
    drop(loaded);

    // Machine code that this host did not write is not loaded.
    let code = cached(&folder, "cwasm");
    let mut bytes = fs::read(&code).expect("read");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(folder.path().join("cache/forged"), bytes).expect("write");
    fs::rename(folder.path().join("cache/forged"), &code).expect("rename");
    let refusal = runtime(&folder, broken())
        .load(candidate())
        .await
        .expect_err("forged");
    assert_eq!(refused(&refusal), "compile_failed");
    assert!(
        refusal.detail.contains("no compiler here"),
        "{}",
        refusal.detail
    );
    assert_eq!(refusal.connector_id.as_deref(), Some("fixture"));

    // A proper compiler heals it.
    runtime(&folder, child())
        .load(candidate())
        .await
        .expect("compiled anew");
}

/// The limit is this process's: the runner gives each test one of its own.
#[tokio::test]
async fn machine_that_is_short_of_files_is_waited_for() {
    // None at all, and one: it is the component's, and there is none for a child's pipe.
    for free in [0, 1] {
        let folder = tempfile::tempdir().expect("tempdir");
        let runtime = runtime(&folder, child());
        // Built before, since that reads files, too.
        let candidate = candidate();
        let before = getrlimit(Resource::Nofile);
        let open = fs::read_dir("/proc/self/fd").expect("open files").count();
        let few = Rlimit {
            current: Some(open as u64 + 8),
            ..before
        };
        setrlimit(Resource::Nofile, few).expect("fewer files");
        // The limit is on a file's number, and lower numbers may be free, so they are taken.
        let mut taken: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        assert!(taken.len() > free);
        taken.truncate(taken.len() - free);
        let later = async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            setrlimit(Resource::Nofile, before).expect("more files");
        };
        let (loaded, ()) = tokio::join!(runtime.load(candidate), later);
        assert!(loaded.is_ok(), "{free} free: {:?}", loaded.err());
    }
}

#[tokio::test]
async fn compiler_that_hangs_is_ended() {
    let folder = tempfile::tempdir().expect("tempdir");
    let mut config = RuntimeConfig::new(folder.path().to_owned(), shell("sleep 60"));
    config.compile_timeout = Duration::from_millis(300);
    let runtime = Runtime::new(config).expect("runtime");
    let refusal = runtime.load(candidate()).await.expect_err("timeout");
    assert_eq!(refused(&refusal), "compile_timeout");
}

#[tokio::test]
async fn a_cache_that_cannot_be_kept_is_no_start() {
    let folder = tempfile::tempdir().expect("tempdir");
    let file = folder.path().join("a-file");
    fs::write(&file, "").expect("write");
    let config = RuntimeConfig::new(file, CompilerCommand::InProcess);
    let error = Runtime::new(config).expect_err("a file is no folder");
    assert_eq!(error.code(), "compile_cache_unusable");
    portcullis_test_codes::record(error.code());
}

/// Run by [`an_engine_without_room_for_its_clock_is_no_start`] in a process that has no room for a thread.
#[test]
fn start() {
    let folder = tempfile::tempdir().expect("tempdir");
    let config = RuntimeConfig::new(folder.path().to_owned(), CompilerCommand::InProcess);
    if let Err(error) = Runtime::new(config) {
        portcullis_test_codes::record(error.code());
        println!("no start: {}", error.code());
    }
}

#[test]
fn an_engine_without_room_for_its_clock_is_no_start() {
    let test = std::env::current_exe().expect("the test's own path");
    let output = Command::new(test)
        .args(["--exact", "loading::start", "--nocapture"])
        // A stack for each thread that is larger than all addresses there are.
        .env("RUST_MIN_STACK", (1_u64 << 48).to_string())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("no start: engine_unusable"), "{output:?}");
}

#[tokio::test]
async fn component_that_hangs_or_breaks_at_its_start_is_refused() {
    let rig = Rig::new(|config| config.ceilings.cpu = Duration::from_millis(200));
    for start in ["(loop $again (br $again))", "(unreachable)"] {
        let candidate = inspect(guest("connector", &[(";;START", start)])).expect("inspect");
        let refusal = rig.runtime.load(candidate).await.expect_err(start);
        assert_eq!(refused(&refusal), "dry_run_failed", "{refusal}");
    }
}

#[tokio::test]
async fn hanging_anywhere_in_the_call_is_the_cpu_budget() {
    let rig = Rig::new(|_| {});
    for hole in [";;REALLOC", ";;POST"] {
        let bytes = guest("connector", &[(hole, "(loop $again (br $again))")]);
        let loaded = rig
            .runtime
            .load(inspect(bytes).expect("inspect"))
            .await
            .expect("load");
        let error = loaded
            .validate(call(Mode::Good))
            .await
            .result
            .expect_err(hole);
        assert_eq!(error.code(), "cpu_budget", "{hole}: {error}");
    }
}

#[tokio::test]
async fn session_is_found_only_where_it_is_exported() {
    const SESSION: &str = r#"
        (func (export "portcullis:connector/session@0.1.0#open") (param i32) (result i32)
          (i32.store8 (i32.const 520) (i32.const 1))
          (i32.store (i32.const 524) (i32.const 1024))
          (i32.store (i32.const 528) (i32.const 3))
          (i32.const 512))
        (func (export "portcullis:connector/session@0.1.0#close") (param i32) (result i32)
          (i32.const 512))"#;
    let rig = Rig::new(|_| {});
    let plain = rig.runtime.load(candidate()).await.expect("load");
    assert!(!plain.has_session());
    let error = plain
        .session_open(call(Mode::Good))
        .await
        .result
        .expect_err("no session");
    assert_eq!(error.code(), "internal");

    let bytes = guest("session-connector", &[(";;SESSION", SESSION)]);
    let loaded = rig
        .runtime
        .load(inspect(bytes).expect("inspect"))
        .await
        .expect("load");
    assert!(loaded.has_session());
    let opened = loaded.session_open(call(Mode::Good)).await;
    assert_eq!(opened.result.expect("open").as_deref(), Some("the"));
    loaded
        .session_close(call(Mode::Good))
        .await
        .result
        .expect("close");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn call_in_flight_ends_on_the_version_that_it_began_with() {
    let (rig, old) = Rig::loaded().await;
    let registry = Arc::new(Registry::new());
    assert!(registry.publish(Arc::clone(&old)).is_none());
    let found = registry.get("fixture").expect("published");
    let in_flight = tokio::spawn(async move { found.validate(call(Mode::Loop)).await });

    // Another file under the same id, whose `validate` breaks.
    let broken = guest("connector", &[(";;POST", "(unreachable)")]);
    let new = rig
        .runtime
        .load(inspect(broken).expect("inspect"))
        .await
        .expect("load");
    let replaced = registry
        .publish(Arc::clone(&new))
        .expect("what served before");
    assert!(Arc::ptr_eq(&replaced, &old));
    let vendor = old.manifest().vendor.clone();
    drop((old, replaced));

    let served = registry.by_vendor(&vendor).expect("by vendor");
    assert!(Arc::ptr_eq(&served, &new));
    assert_eq!(
        served
            .validate(call(Mode::Good))
            .await
            .result
            .expect_err("new")
            .code(),
        "guest_trap"
    );
    let outcome = in_flight.await.expect("task");
    assert_eq!(outcome.result.expect_err("loop").code(), "cpu_budget");

    assert!(registry.remove("fixture").is_some());
    assert!(registry.get("fixture").is_none());
    assert_eq!(registry.snapshot().len(), 0);
}
