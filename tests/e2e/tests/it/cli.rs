//! The binary as people and scripts meet it: exit codes, one sentence for what is wrong, no secret in sight.

mod refusals;

use portcullis_e2e::{Gateway, Start, Vendor, component, program};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

fn portcullis(folder: &Path) -> Command {
    let mut command = Command::new(program("portcullis"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .current_dir(folder);
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The one sentence of a failure.
fn refusal(output: &Output) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for noise in ["panicked", "backtrace", "   at ", "RUST_"] {
        assert!(!said.contains(noise), "{said}");
    }
    let errors: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("error: "))
        .collect();
    let [sentence] = errors[..] else {
        panic!("not one sentence: {said}")
    };
    portcullis_test_codes::record_sentence(sentence);
    sentence.to_owned()
}

/// `connector check` of Buildium's connector against a simulator.
struct Check {
    folder: TempDir,
    vendor: Vendor,
}

impl Check {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let check = Self {
            folder,
            vendor: Vendor::small(),
        };
        let integration = check.vendor.integration("");
        check.secrets(
            integration["credentials"]["clientId"].as_str(),
            integration["credentials"]["secret"].as_str(),
        );
        check
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("secrets.env")
    }

    fn secrets(&self, client_id: Option<&str>, secret: Option<&str>) {
        let (client_id, secret) = (client_id.expect("an id"), secret.expect("a secret"));
        std::fs::write(
            self.file(),
            format!("# The simulator's\n\nclientId={client_id}\nsecret={secret}\n"),
        )
        .expect("a file of secrets");
    }

    fn command(&self, more: &[&str]) -> Output {
        let mut command = portcullis(self.folder.path());
        command
            .args(["connector", "check"])
            .arg(component("connector_buildium"))
            .args([
                "--base-url",
                self.vendor.url(),
                "--allow-loopback",
                "--credentials-file",
            ])
            .arg(self.file())
            .args(more);
        run(&mut command)
    }

    fn json(&self, more: &[&str]) -> (Option<i32>, Value) {
        let output = self.command(&[more, &["--json"]].concat());
        let said = text(&output.stderr);
        let answer = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {said}"));
        (output.status.code(), answer)
    }
}

const MODELS: [&str; 6] = [
    "applicants",
    "applications",
    "leases",
    "properties",
    "residents",
    "units",
];

#[tokio::test(flavor = "multi_thread")]
async fn check_ends_0_when_all_can_be_read_and_shows_what_came() {
    let check = Check::new();
    let (code, answer) = check.json(&["--pages", "3"]);
    assert_eq!(code, Some(0), "{answer}");
    assert_eq!(answer["connector"]["vendor"], "BUILDIUM");
    assert_eq!(answer["credentials"]["state"], "valid");
    let truth = check.vendor.truth().await;
    for model in MODELS {
        let line = &answer["models"][model];
        assert_eq!(line["verdict"], "granted", "{model}: {line}");
        assert_eq!(line["records"], truth[model], "{model}: {line}");
        assert_eq!(line["ended"], true, "{model}: {line}");
    }
    // No data folder, no database: nothing was left behind beside the file of secrets.
    let left: Vec<_> = std::fs::read_dir(check.folder.path())
        .expect("the folder")
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");

    let output = check.command(&["--model", "units"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let table = text(&output.stdout);
    let units = table
        .lines()
        .find(|line| line.starts_with("units"))
        .expect("a row of units");
    for word in ["granted", "200", " ms", &truth["units"].to_string()] {
        assert!(units.contains(word), "{word}: {table}");
    }
    assert!(
        table.contains("MODEL") && table.contains("Credentials: valid"),
        "{table}"
    );
    assert!(
        !table.lines().any(|line| line.starts_with("leases")),
        "{table}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_ends_2_when_a_permission_is_missing() {
    let check = Check::new();
    let scopes = json!([{"op": "set_scopes", "scopes": ["rentals", "leases", "tenants", "lease_transactions"]}]);
    check.vendor.mutate(scopes).await;
    let (code, answer) = check.json(&[]);
    assert_eq!(code, Some(2), "{answer}");
    for model in MODELS {
        let line = &answer["models"][model];
        if model.starts_with("appl") {
            assert_eq!(line["verdict"], "denied", "{model}: {line}");
            assert_eq!(line["pages"], 0, "{model}: {line}");
        } else {
            assert_eq!(line["verdict"], "granted", "{model}: {line}");
        }
    }
    let output = check.command(&[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let table = text(&output.stdout);
    let row = table
        .lines()
        .find(|line| line.starts_with("applicants"))
        .expect("a row");
    for word in ["denied", "403", "Applicants - View"] {
        assert!(row.contains(word), "{word}: {table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_ends_3_when_the_vendor_refuses_the_secret() {
    let check = Check::new();
    let known = check.vendor.integration("");
    let wrong = "wrong-secret-0123456789abcdef";
    check.secrets(known["credentials"]["clientId"].as_str(), Some(wrong));
    let (code, answer) = check.json(&[]);
    assert_eq!(code, Some(3), "{answer}");
    assert_eq!(answer["credentials"]["state"], "rejected");
    assert_eq!(answer["credentials"]["code"], "credentials_rejected");
    let output = check.command(&[]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("Credentials: refused"), "{said}");
    assert!(!said.contains(wrong), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_ends_4_when_the_file_or_the_connector_is_at_fault() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("text.wasm");
    std::fs::write(&file, "no component at all").expect("a file");
    let output = run(portcullis(folder.path())
        .args(["connector", "check"])
        .arg(&file));
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(
        text(&output.stderr).contains("(not_a_component)"),
        "{output:?}"
    );

    let hostile = |behaviour: &str| {
        run(portcullis(folder.path())
            .args(["connector", "check", "--json", "--allow-loopback"])
            .args(["--base-url", "http://127.0.0.1:1", "--setting"])
            .arg(format!("behaviour={behaviour}"))
            .arg(component("guest_hostile")))
    };
    for (behaviour, code) in [
        ("trap", "guest_trap"),
        ("recurse", "stack_overflow"),
        ("metadata", "egress_denied"),
    ] {
        let output = hostile(behaviour);
        assert_eq!(
            output.status.code(),
            Some(4),
            "{behaviour}: {}",
            text(&output.stderr)
        );
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let error = &answer["models"]["properties"]["error"];
        assert_eq!(error["code"], code, "{behaviour}: {answer}");
        assert_eq!(
            error["who_must_act"], "connector_author",
            "{behaviour}: {answer}"
        );
    }
    let good = hostile("none");
    assert_eq!(
        good.status.code(),
        Some(0),
        "without a misdeed the same file is fine: {}",
        text(&good.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_cannot_be_is_one_sentence() {
    let mut gateway = Gateway::start(Start {
        components: Vec::new(),
        ..Start::default()
    })
    .await;
    let other = TempDir::new().expect("a folder");
    let serve = |data: &Path, listen: &str| {
        let mut command = portcullis(other.path());
        command
            .env("PORTCULLIS_DATABASE_URL", &gateway.database.url)
            .args(["serve", "--listen", listen, "--data-dir"])
            .arg(data);
        command
    };
    let own = gateway.folder().join("data");
    let address = gateway
        .base_url
        .strip_prefix("http://")
        .expect("an address")
        .to_owned();

    let said = refusal(&run(&mut serve(&other.path().join("data"), &address)));
    assert!(
        said.contains(&address) && said.ends_with("(address_in_use)"),
        "{said}"
    );

    let said = refusal(&run(&mut serve(&own, "127.0.0.1:0")));
    let pid = gateway.pid().expect("it runs").to_string();
    assert!(
        said.contains(&pid) && said.ends_with("(data_dir_locked)"),
        "{said}"
    );

    let wrong = "5a".repeat(32);
    let mut command = serve(&own, "127.0.0.1:0");
    command.env("PORTCULLIS_VAULT_KEY", &wrong);
    gateway.stop().await;
    let said = refusal(&run(&mut command));
    assert!(said.ends_with("(wrong_vault_key)"), "{said}");
    assert!(!said.contains(&wrong), "{said}");

    // None of it did any harm.
    gateway.restart().await;
    assert_eq!(gateway.admin.get("/readyz").await.status, 200);
}

#[test]
fn the_configuration_masks_secrets_and_refuses_slips() {
    let folder = TempDir::new().expect("a folder");
    let key = "c3".repeat(32);
    let mut print = portcullis(folder.path());
    print
        .args(["config", "print"])
        .env("PORTCULLIS_VAULT_KEY", &key)
        .env(
            "PORTCULLIS_DATABASE_URL",
            "postgres://ann:hunter2hunter2@db.example/portcullis",
        )
        .env("PORTCULLIS_CACHE_TTL", "5m");
    for form in [&[][..], &["--json"][..]] {
        print.args(form);
        let output = run(&mut print);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!said.contains(&key), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(said.contains("5m"), "what is no secret is shown: {said}");
        assert!(
            said.contains("vault") && said.contains("***"),
            "that there is a key is shown: {said}"
        );
    }

    let said = refusal(&run(portcullis(folder.path())
        .args(["config", "print"])
        .env("PORTCULLIS_CACHE_TLL", "5m")));
    assert!(
        said.contains("PORTCULLIS_CACHE_TLL")
            && said.contains("did you mean PORTCULLIS_CACHE_TTL?"),
        "{said}"
    );
    std::fs::write(
        folder.path().join("portcullis.toml"),
        "[egress]\nallow_loopbak = true\n",
    )
    .expect("a file");
    let said = refusal(&run(portcullis(folder.path()).args(["config", "print"])));
    assert!(
        said.contains("egress.allow_loopbak")
            && said.contains("did you mean egress.allow_loopback?"),
        "{said}"
    );
}
