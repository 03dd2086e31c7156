//! The operator's commands against a gateway at work: `doctor`, `integration logs`, `completions`.

use portcullis_e2e::{Gateway, Start, Vendor, eventually, program};
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};

/// What `doctor` found, by its name.
fn finding<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer["checks"]
        .as_array()
        .and_then(|all| all.iter().find(|it| it["name"] == name))
        .unwrap_or_else(|| panic!("no {name}: {answer}"))
}

#[tokio::test]
async fn doctor_finds_a_gateway_at_work_to_be_well_and_names_what_is_not() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway
        .integration(vendor.integration("Acme Properties"))
        .await;
    gateway.enable(&id).await;
    gateway.synced(&id).await;

    let connectors = gateway.connectors();
    let connectors = connectors.to_str().unwrap_or_default();
    let well = gateway
        .try_command(&["doctor"], &[("PORTCULLIS_CONNECTORS_DIR", connectors)])
        .await;
    assert_eq!(well.0, 0, "{}", well.1);
    assert_eq!(well.1["healthy"], true);
    for name in [
        "disk",
        "database",
        "clock",
        "vault key",
        "connectors",
        "egress",
        "connector files",
    ] {
        assert_eq!(finding(&well.1, name)["state"], "ok", "{}", well.1);
    }
    let address = vendor.url().replace("http://", "");
    let egress = finding(&well.1, "egress")["detail"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(egress.contains(&address), "{egress}");

    // Another key: everything else is still looked at.
    let other = "00".repeat(32);
    let wrong = gateway
        .try_command(
            &["doctor"],
            &[
                ("PORTCULLIS_VAULT_KEY", &other),
                ("PORTCULLIS_CONNECTORS_DIR", connectors),
            ],
        )
        .await;
    assert_eq!(
        (wrong.0, &wrong.1["healthy"]),
        (1, &Value::Bool(false)),
        "{}",
        wrong.1
    );
    let key = finding(&wrong.1, "vault key");
    assert_eq!(key["state"], "fault");
    assert!(
        key["detail"]
            .as_str()
            .is_some_and(|it| it.contains("wrong_vault_key")),
        "{key}"
    );
    assert!(key["fix"].is_string(), "{key}");
    assert_eq!(finding(&wrong.1, "database")["state"], "ok");

    // The vendor is gone.
    drop(vendor);
    let cut_off = gateway.try_command(&["doctor"], &[]).await;
    assert_eq!(cut_off.0, 1);
    assert_eq!(
        finding(&cut_off.1, "egress")["state"],
        "fault",
        "{}",
        cut_off.1
    );

    // Nobody listens at port 1.
    let down = gateway
        .try_command(
            &["doctor"],
            &[(
                "PORTCULLIS_DATABASE_URL",
                "postgres://nobody@127.0.0.1:1/none",
            )],
        )
        .await;
    assert_eq!(down.0, 1);
    let database = finding(&down.1, "database");
    assert_eq!(database["state"], "fault");
    assert!(
        database["fix"]
            .as_str()
            .is_some_and(|it| it.contains("database.url")),
        "{database}"
    );
}

#[tokio::test]
async fn logs_show_the_past_and_follow_what_comes() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway
        .integration(vendor.integration("Acme Properties"))
        .await;
    gateway.enable(&id).await;
    gateway.synced(&id).await;
    let past = eventually("the sync's end is in its log", async || {
        let answer = gateway.command(&["integration", "logs", &id]).await;
        let lines = answer["lines"].as_array().cloned().unwrap_or_default();
        let ended = lines.iter().any(|line| line["event"] == "sync.ended");
        ended.then_some(lines)
    })
    .await;
    assert!(past.len() > 5, "{past:?}");
    let two = gateway
        .command(&["integration", "logs", &id, "--lines", "2"])
        .await;
    assert_eq!(
        two["lines"].as_array().map(Vec::as_slice),
        Some(&past[past.len() - 2..])
    );

    let mut follow = gateway
        .process(&[
            "integration",
            "logs",
            &id,
            "--lines",
            "1",
            "--follow",
            "--json",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}"));
    let output = follow.stdout.take().unwrap_or_else(|| panic!("a pipe"));
    let mut lines = BufReader::new(output).lines();
    let first: Value = read(&mut lines).await;
    assert_eq!(Some(&first), past.last(), "one line of the past");
    let _ = gateway
        .admin
        .post(&format!("/v1/admin/integrations/{id}/manual-sync"), None)
        .await
        .expect(202);
    let mut last = first["id"].as_i64();
    loop {
        let line = read(&mut lines).await;
        assert!(line["id"].as_i64() > last, "in order, and none twice");
        last = line["id"].as_i64();
        if line["event"] == "sync.ended" {
            break;
        }
    }
    follow
        .kill()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn a_support_bundle_tells_of_the_sync_and_of_no_customer() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let body = vendor.integration("Acme Homes of Springfield");
    let id = gateway.integration(body.clone()).await;
    gateway.enable(&id).await;
    let sync = gateway.synced(&id).await;
    let folder = tempfile::TempDir::new().unwrap_or_else(|error| panic!("{error}"));
    let file = folder.path().join("bundle.json").display().to_string();
    let sync_id = sync["id"].as_str().unwrap_or_default();
    gateway
        .command(&["support-bundle", sync_id, "--output", &file])
        .await;
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}"));
    let bundle: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(bundle["sync"]["status"], "succeeded");
    assert!(
        bundle["log"].as_array().is_some_and(|it| it.len() > 5),
        "{text}"
    );
    assert_eq!(
        bundle["data_access"]["models"]["units"]["verdict"],
        "granted"
    );
    assert!(
        !text.contains("Springfield") && !text.contains(vendor.url()),
        "{text}"
    );
    for secret in ["clientId", "secret"] {
        let secret = body["credentials"][secret].as_str().unwrap_or_default();
        assert!(!text.contains(secret), "{text}");
    }
    let residents = gateway
        .admin
        .get("/v1/residents/?limit=250")
        .await
        .expect(200);
    for resident in residents["results"].as_array().into_iter().flatten() {
        for field in ["email_1", "phone_1"] {
            let Some(value) = resident[field].as_str() else {
                continue;
            };
            assert!(!text.contains(value), "{field} {value}");
        }
    }
}

async fn read(lines: &mut tokio::io::Lines<BufReader<tokio::process::ChildStdout>>) -> Value {
    let line = tokio::time::timeout(portcullis_e2e::PATIENCE, lines.next_line())
        .await
        .unwrap_or_else(|_| panic!("no line came"));
    let line = line
        .unwrap_or_else(|error| panic!("{error}"))
        .unwrap_or_default();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[test]
fn completions_are_programs_that_bash_takes() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let printed = std::process::Command::new(program("portcullis"))
            .args(["completions", shell])
            .output()
            .expect("the program runs");
        let text = String::from_utf8(printed.stdout).expect("UTF-8");
        assert!(
            printed.status.success() && text.contains("back-sync"),
            "{shell}"
        );
        if shell == "bash" {
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(file.path(), text).expect("written");
            let checked = std::process::Command::new("bash")
                .arg("-n")
                .arg(file.path())
                .status();
            assert!(checked.expect("bash runs").success());
        }
    }
}
