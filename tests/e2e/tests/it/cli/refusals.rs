//! What commands about connectors fail with, each under its code.

use super::{portcullis, refusal, run, text};
use portcullis_e2e::{component, pack};
use serde_json::Value;
use tempfile::TempDir;

const HOSTILE: &str = include_str!("../../../../guests/hostile/connector.toml");

#[test]
fn what_cannot_be_checked_or_packed_is_one_sentence() {
    let folder = TempDir::new().expect("a folder");
    let here = folder.path();
    let write = |name: &str, text: &str| std::fs::write(here.join(name), text).expect("a file");
    write("manifest.toml", HOSTILE);
    write("secrets.env", "hunter2hunter2\n");
    let hostile = component("guest_hostile");
    let bare = component("guest_minimal");
    let (hostile, bare) = (hostile.display().to_string(), bare.display().to_string());
    let cases: [(&[&str], &str); 4] = [
        (
            &["check", &hostile, "--credentials-file", "nowhere.env"],
            "credentials_file_unreadable",
        ),
        (
            &["check", &hostile, "--credentials-file", "secrets.env"],
            "credentials_file_invalid",
        ),
        (
            &[
                "pack",
                &bare,
                "manifest.toml",
                "--output",
                "nowhere/packed.wasm",
            ],
            "file_unwritable",
        ),
        // Its manifest has an address for the sandbox alone.
        (
            &[
                "check",
                &hostile,
                "--setting",
                "behaviour=none",
                "--environment",
                "production",
            ],
            "connector_not_callable",
        ),
    ];
    for (arguments, code) in cases {
        let said = refusal(&run(portcullis(here).arg("connector").args(arguments)));
        assert!(said.ends_with(&format!("({code})")), "{code}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_model_that_is_read_for_each_parent_needs_its_parent() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("hostile.wasm");
    let units = "\n[[model]]\nname = \"units\"\nschema = \"unit/1\"\npartitioned-by = { model = \"properties\" }\n";
    pack(
        &component("guest_hostile"),
        &format!("{HOSTILE}{units}"),
        &file,
    );
    let output = run(portcullis(folder.path())
        .args(["connector", "check", "--json", "--allow-loopback"])
        .args(["--base-url", "http://127.0.0.1:1", "--model", "units"])
        .args(["--setting", "behaviour=none"])
        .arg(&file));
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let error = &answer["models"]["units"]["error"];
    assert_eq!(error["code"], "no_parent", "{answer}");
    portcullis_test_codes::record_all(error);
}
