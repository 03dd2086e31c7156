//! The command blocks of the pages do what the pages say: each page's `sh` blocks run in order, in one shell.

use portcullis_e2e::{Gateway, Start, TestDatabase, Vendor, program};
use std::path::Path;

/// The blocks of a page that are commands, one after the other.
pub(crate) fn commands(page: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(page);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {error}"));
    let blocks: Vec<&str> = text
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(!blocks.is_empty(), "{page} has commands");
    blocks.concat()
}

#[tokio::test]
async fn the_commands_of_the_pages_work() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway.integration(vendor.integration("Acme Homes")).await;
    gateway.enable(&id).await;
    gateway.synced(&id).await;
    let programs = program("portcullis");
    let programs = programs
        .parent()
        .unwrap_or(Path::new("/"))
        .display()
        .to_string();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
    for page in [
        "docs/operators/README.md",
        "docs/operators/backup.md",
        "docs/api/README.md",
    ] {
        let folder = tempfile::TempDir::new().unwrap_or_else(|error| panic!("{error}"));
        let empty = TestDatabase::create().await;
        // `command` gives what a command needs to find the database; the shell hands it on.
        let mut shell = gateway.shell();
        let output = shell
            .args(["-euo", "pipefail", "-c", &commands(page)])
            .env("PATH", &path)
            .env("URL", &gateway.base_url)
            .env("KEY", &gateway.admin_key)
            .env("INTEGRATION", &id)
            .env("EMPTY_DATABASE", &empty.url)
            .current_dir(folder.path())
            .output()
            .await
            .unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(
            output.status.success(),
            "{page}: {}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn the_dashboard_asks_for_metrics_that_the_gateway_has() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text =
        std::fs::read_to_string(root.join("docs/operators/grafana.json")).expect("the dashboard");
    let dashboard: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let listed = std::process::Command::new("git")
        .args(["grep", "-hoE", "\"portcullis_[a-z_]+\"", "--", "host"])
        .current_dir(&root)
        .output()
        .expect("git");
    let known = String::from_utf8(listed.stdout).expect("UTF-8");
    let name = regex_lite::Regex::new("portcullis_[a-z_]+").expect("a pattern");
    let mut asked = 0;
    for panel in dashboard["panels"].as_array().expect("panels") {
        for target in panel["targets"].as_array().expect("targets") {
            for found in name.find_iter(target["expr"].as_str().expect("an expression")) {
                let metric = found.as_str().trim_end_matches("_bucket");
                assert!(
                    known.contains(&format!("\"{metric}\"")),
                    "there is no metric {metric}"
                );
                asked += 1;
            }
        }
    }
    assert!(asked > 10);
}

#[test]
fn rate_errors_and_duration_of_every_boundary_are_on_the_dashboard() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text =
        std::fs::read_to_string(root.join("docs/operators/grafana.json")).expect("the dashboard");
    let dashboard: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let asked: Vec<&str> = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().expect("targets"))
        .filter_map(|target| target["expr"].as_str())
        .collect();
    for (counter, failed, duration) in [
        (
            "http_requests_total",
            "status=~\"5..\"",
            "http_request_duration_seconds",
        ),
        (
            "console_requests_total",
            "status=~\"5..\"",
            "console_request_duration_seconds",
        ),
        ("guest_calls_total", "outcome!=\"ok\"", "guest_call_seconds"),
        (
            "egress_requests_total",
            "outcome!~",
            "egress_request_duration_seconds",
        ),
    ] {
        let has = |marks: &[&str]| {
            asked
                .iter()
                .any(|expression| marks.iter().all(|mark| expression.contains(mark)))
        };
        assert!(has(&["rate(", counter]), "the rate of {counter}");
        assert!(has(&[counter, failed]), "the errors of {counter}");
        assert!(has(&["histogram_quantile", duration]), "{duration}");
    }
}
