//! The instrument that other tests rely on: what a guest saw is in the dump.

use std::process::Command;

use crate::guest::{Mode, Rig, call_to};

const VARIABLE: &str = "PORTCULLIS_TEST_MEMORY_DUMP";

/// Runs itself in a process of its own, since the variable is read from the environment
/// and that cannot be changed safely while other threads run.
#[tokio::test]
async fn memory_of_a_finished_instance_is_appended() {
    if std::env::var_os(VARIABLE).is_some() {
        let (_rig, loaded) = Rig::loaded().await;
        let outcome = loaded
            .validate(call_to(Mode::Good, "https://canary.example/seen"))
            .await;
        assert!(outcome.result.is_ok(), "{:?}", outcome.result);
        return;
    }
    let folder = tempfile::tempdir().expect("tempdir");
    let dump = folder.path().join("dump");
    let child = Command::new(std::env::current_exe().expect("own path"))
        .args([
            "--exact",
            "memory_dump::memory_of_a_finished_instance_is_appended",
        ])
        .env(VARIABLE, &dump)
        .output()
        .expect("child");
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stdout)
    );
    let dumped = std::fs::read(&dump).expect("dump");
    let has = |text: &[u8]| dumped.windows(text.len()).any(|window| window == text);
    assert!(has(b"https://canary.example/seen"));
    assert!(!has(b"https://canary.example/never"));
}
