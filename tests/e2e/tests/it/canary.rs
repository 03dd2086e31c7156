//! Secrets that a vendor gives back on every occasion are nowhere but in the vault.
//!
//! What is looked for is any run of twelve characters of a secret, as it is or in any of the forms in which a
//! vendor, a log or a database may write it. The same search finds what was put there on purpose.

mod search;
mod walk;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use portcullis_e2e::{Gateway, ITEMS_KEY, Start, Vendor, component, pack, program};
use search::{FORMS, Search, WINDOW, secret};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::path::Path;
use std::process::Command;
use walk::Seen;

/// All that is in the database but the vault.
async fn database(gateway: &Gateway) -> String {
    let mut connection = PgConnection::connect_with(&gateway.database.options())
        .await
        .expect("the database");
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')",
    )
    .fetch_all(&mut connection)
    .await
    .expect("the tables");
    assert!(tables.len() > 15, "{tables:?}");
    let mut whole = String::new();
    for table in tables {
        if matches!(table.as_str(), "secret" | "data_key") {
            continue;
        }
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(format!("select t::text from {table} t")))
                .fetch_all(&mut connection)
                .await
                .unwrap_or_else(|error| panic!("{table}: {error}"));
        for row in rows {
            whole.push_str(&row);
            whole.push('\n');
        }
    }
    whole
}

const HOSTILE: &str = include_str!("../../../guests/hostile/connector.toml");

/// A vendor that answers every request with one word.
async fn parrot(word: &str) -> String {
    let answer = format!("{{\"said\": \"{word}\"}}");
    let router = axum::Router::new().fallback(move || async move { answer });
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let url = format!("http://{}", socket.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(socket, router).await.expect("it serves") });
    url
}

/// `connector check` with the secrets in a file; all that it says.
fn connector_check(folder: &Path, dump: &Path, url: &str, secrets: &str, more: &[&str]) -> String {
    let component = component("connector_buildium");
    check_of(&component, folder, dump, url, secrets, more)
}

fn check_of(
    component: &Path,
    folder: &Path,
    dump: &Path,
    url: &str,
    secrets: &str,
    more: &[&str],
) -> String {
    let file = folder.join("secrets.env");
    std::fs::write(&file, secrets).expect("a file of secrets");
    let output = Command::new(program("portcullis"))
        .args(["connector", "check"])
        .arg(component)
        .args(["--base-url", url, "--allow-loopback", "--credentials-file"])
        .arg(&file)
        .args(more)
        .env("PORTCULLIS_LOG_LEVEL", "trace")
        .env("PORTCULLIS_TEST_MEMORY_DUMP", dump)
        .output()
        .expect("the program runs");
    std::fs::remove_file(&file).expect("the file");
    let (said, log) = (output.stdout, output.stderr);
    assert!(
        !said.is_empty() && !log.is_empty(),
        "it says and logs something"
    );
    String::from_utf8_lossy(&[said, log].concat()).into_owned()
}

#[test]
fn the_search_finds_every_form_at_any_place() {
    let secret = secret();
    let other = self::secret();
    let search = Search::new(&[("secret", &secret)]);
    let chars: Vec<char> = secret.chars().collect();
    for window in chars.windows(WINDOW) {
        for (form, write) in FORMS {
            let written: String = window.iter().copied().map(write).collect();
            assert!(search.is_in(format!("x{written}y").as_bytes()), "{form}");
        }
        let text: String = window.iter().collect();
        for before in ["", "a", "ab", "abc"] {
            let whole = format!("{before}{text}after");
            for written in [
                BASE64_NOPAD.encode(whole.as_bytes()),
                BASE64URL_NOPAD.encode(whole.as_bytes()),
                HEXLOWER.encode(whole.as_bytes()),
                HEXUPPER.encode(whole.as_bytes()),
            ] {
                assert!(search.is_in(written.as_bytes()), "{written}");
            }
        }
    }
    let short: String = chars[..WINDOW - 1].iter().collect();
    assert!(!search.is_in(short.as_bytes()));
    assert!(!search.is_in(other.as_bytes()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_piece_of_a_secret_is_anywhere_but_in_the_vault() {
    let (client_id, secret, refused) = (secret(), secret(), secret());
    let planted: String = (0..32)
        .map(|_| char::from(rand::random_range(b'a'..=b'z')))
        .collect();
    let search = Search::new(&[
        ("the client id", &client_id),
        ("the secret", &secret),
        ("a refused secret", &refused),
    ]);
    let plant = Search::new(&[("the plant", &planted)]);
    let folder = tempfile::tempdir().expect("a folder");
    let dump = folder.path().join("memory");

    let vendor = Vendor::small();
    vendor
        .mutate(json!([
            {"op": "add_key", "client_id": client_id, "secret": secret},
            {"op": "echo_secrets", "on": true},
        ]))
        .await;
    let secrets = format!("clientId={client_id}\nsecret={secret}\n");
    let checks = {
        let wrong = format!("clientId={client_id}\nsecret={refused}\n");
        let url = vendor.url();
        let said = [
            connector_check(folder.path(), &dump, url, &secrets, &["--pages", "3"]),
            connector_check(folder.path(), &dump, url, &secrets, &["--json"]),
            connector_check(folder.path(), &dump, url, &wrong, &[]),
        ];
        assert!(said[2].contains("refused"), "{}", said[2]);
        said.concat()
    };

    let mut gateway = Gateway::start(
        Start::default()
            .env("PORTCULLIS_LOG_LEVEL", "trace")
            .env("PORTCULLIS_TEST_MEMORY_DUMP", &dump.display().to_string()),
    )
    .await;
    gateway.offered("BUILDIUM").await;
    let client = gateway.admin.clone();
    let mut seen = Seen::new(&client);
    let body = |name: &str, secret: &str, path: &str| {
        json!({
            "integration_vendor": "BUILDIUM",
            "name": name,
            "credentials": {"clientId": client_id, "secret": secret},
            "base_url": format!("{}{path}", vendor.url()),
        })
    };
    let create = "/v1/admin/integrations/";

    // The good path.
    let made = seen.post(create, Some(body("Good", &secret, ""))).await;
    let id = made.expect(201)["results"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let access = gateway.checked(&id).await;
    assert_eq!(access["credentials"]["state"], "valid", "{access}");
    // With the vendor's own records, and with every model there is.
    let at = format!("/v1/admin/integrations/{id}");
    let kept = json!({"keeps_originals": true});
    let _ = seen.put(&at, kept).await.expect(200);
    let models = seen.get(&format!("{at}/models")).await.expect(200);
    let off = models["results"]["models"].as_array().expect("models");
    let off = off.iter();
    let off = off.filter(|model| model["enabled"] == false && model["supported"] == true);
    let on: serde_json::Map<String, Value> = off
        .filter_map(|model| Some((model["model"].as_str()?.to_owned(), json!(true))))
        .collect();
    assert!(on.contains_key("resident_charges"), "{models}");
    let on = json!({"models": on});
    let _ = seen.put(&format!("{at}/models"), on).await.expect(200);
    let enable = format!("{at}/enable");
    let _ = seen.post(&enable, None).await.expect(200);
    let sync = gateway.synced(&id).await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    seen.everything(&id, "buildium", "BUILDIUM").await;
    let raw = "/v1/resident-charges/?limit=1&include=raw";
    let raw = seen.get(raw).await.expect(200);
    assert!(raw["results"][0]["raw"]["Id"].is_number(), "{raw}");
    assert!(
        seen.answers.contains("***"),
        "the vendor did give the secret back, so it was masked somewhere"
    );

    // A permission goes, then the key: the vendor's error texts have the secret.
    let areas = json!([{"op": "set_scopes", "client_id": client_id, "scopes": ["rentals", "leases", "tenants", "lease_transactions"]}]);
    vendor.mutate(areas).await;
    let again = format!("/v1/admin/integrations/{id}/data-access");
    let _ = seen.post(&again, None).await.expect(202);
    let access = gateway.checked(&id).await;
    assert_eq!(
        access["models"]["applicants"]["verdict"], "denied",
        "{access}"
    );
    seen.everything(&id, "buildium", "BUILDIUM").await;
    vendor
        .mutate(json!([{"op": "revoke_key", "client_id": client_id}]))
        .await;
    let manual = format!("/v1/admin/integrations/{id}/manual-sync");
    let _ = seen.post(&manual, None).await.expect(202);
    let sync = gateway.synced(&id).await;
    assert_ne!(sync["status"], "succeeded", "{sync}");
    seen.everything(&id, "buildium", "BUILDIUM").await;
    let _ = seen.post(&manual, None).await;

    // Refused credentials, and requests that are wrong in every way around a secret.
    let made = seen.post(create, Some(body("Refused", &refused, ""))).await;
    let bad = made.expect(201)["results"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let access = gateway.checked(&bad).await;
    assert_eq!(access["credentials"]["state"], "rejected", "{access}");
    let _ = seen
        .post(&format!("/v1/admin/integrations/{bad}/enable"), None)
        .await
        .expect(409);
    seen.everything(&bad, "buildium", "BUILDIUM").await;
    for wrong in [
        json!({"integration_vendor": "BUILDIUM", "name": "x", "credentials": {"clientId": client_id, "secret": [secret]}}),
        json!({"integration_vendor": "BUILDIUM", "name": "x", "credentials": {"clientId": client_id, "password": secret}}),
        json!({"integration_vendor": "BUILDIUM", "name": "x", "credentials": secret}),
        json!({"integration_vendor": "NOBODY", "name": "x", "credentials": {"secret": secret}}),
        json!({"integration_vendor": "BUILDIUM", "name": "", "credentials": {"clientId": client_id, "secret": secret}}),
        json!([secret]),
        json!(secret),
    ] {
        let answer = seen.post(create, Some(wrong)).await;
        assert!((400..500).contains(&answer.status), "{}", answer.body);
    }

    // The command line beside the running gateway.
    let file = folder.path().join("add.env");
    std::fs::write(&file, &secrets).expect("a file of secrets");
    let file = file.display().to_string();
    let added = gateway
        .command(&[
            "integration",
            "add",
            "By hand",
            "--vendor",
            "BUILDIUM",
            "--base-url",
            vendor.url(),
            "--credentials-file",
            &file,
        ])
        .await;
    let listed = gateway.command(&["integration", "list"]).await;
    let lines = gateway.command(&["integration", "logs", &id]).await;
    let bundle = folder.path().join("bundle.json").display().to_string();
    let sync = sync["id"].as_str().unwrap_or_default();
    let told = gateway
        .command(&["support-bundle", sync, "--output", &bundle])
        .await;
    let bundle = std::fs::read_to_string(&bundle).expect("a bundle");
    let whole = format!("{added}\n{listed}\n{lines}\n{told}\n{bundle}\n");
    seen.answers.push_str(&whole);

    // The plant goes the same ways: the name of an integration and of a connector, which are no secrets, and what a
    // vendor answers. So it must show wherever those do.
    let before = database(&gateway).await;
    let url = parrot(&planted).await;
    let (small, big) = (planted.clone(), planted.to_uppercase());
    let manifest = HOSTILE
        .replace(r#"id = "hostile""#, &format!("id = \"{small}\""))
        .replace(r#"vendor = "HOSTILE""#, &format!("vendor = \"{big}\""));
    let file = gateway.connectors().join("planted.wasm");
    pack(&component("guest_hostile"), &manifest, &file);
    let key = format!("apiKey={ITEMS_KEY}");
    let echo = ["--setting", "behaviour=echo", "--pages", "2"];
    let check = check_of(&file, folder.path(), &dump, &url, &key, &echo);
    let checks = checks + &check;
    gateway.offered(&big).await;
    let body = json!({
        "integration_vendor": big,
        "name": planted,
        "credentials": {"behaviour": "echo", "apiKey": ITEMS_KEY},
        "base_url": url,
    });
    let made = seen.post(create, Some(body)).await;
    let plants = made.expect(201)["results"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    gateway.checked(&plants).await;
    gateway.enable(&plants).await;
    gateway.synced(&plants).await;
    seen.everything(&plants, &small, &big).await;
    seen.answers.push_str(&walk::console(&gateway).await);
    assert!(seen.good.len() > 40, "{:?}", seen.good);
    let metrics = client.get("/metrics").await.body;
    assert!(
        metrics.contains("portcullis_guest_calls_total"),
        "{metrics}"
    );
    let tables = database(&gateway).await;
    gateway.stop().await;
    let log = gateway.log();
    assert!(
        log.contains("TRACE") || log.contains("DEBUG"),
        "the log is at trace"
    );
    let memory = std::fs::read(&dump).expect(
        "the memory of the instances: build the gateway together with the tests, cargo build --workspace --bins --tests",
    );
    println!(
        "searched: database {} kB, log {} kB, metrics {} kB, answers {} kB, memory {} kB",
        tables.len() / 1000,
        log.len() / 1000,
        metrics.len() / 1000,
        seen.answers.len() / 1000,
        memory.len() / 1000
    );
    assert!(memory.len() > 1_000_000);

    let places: [(&str, &[u8]); 6] = [
        ("the database", tables.as_bytes()),
        ("the log", log.as_bytes()),
        ("the metrics", metrics.as_bytes()),
        ("an answer of the API", seen.answers.as_bytes()),
        ("connector check", checks.as_bytes()),
        ("the memory of the instances", &memory),
    ];
    let leaks: Vec<String> = places
        .iter()
        .flat_map(|(place, bytes)| {
            let found = search.found(bytes);
            found
                .into_iter()
                .map(move |what| format!("{place}: {what}"))
        })
        .collect();
    assert!(leaks.is_empty(), "{leaks:#?}");

    assert!(!plant.is_in(before.as_bytes()));
    for (place, bytes) in places {
        assert!(plant.is_in(bytes), "the search missed the plant in {place}");
    }
}
