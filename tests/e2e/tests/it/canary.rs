//! Secrets that a vendor gives back on every occasion are nowhere but in the vault.
//!
//! What is looked for is any run of twelve characters of a secret, as it is or in any of the forms in which a
//! vendor, a log or a database may write it. The same search finds what was put there on purpose.

mod search;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use portcullis_e2e::{Answer, Client, Gateway, Start, Vendor, component, program};
use search::{FORMS, Search, WINDOW, secret};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::path::Path;
use std::process::Command;

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

/// A client that keeps every answer.
struct Seen<'c> {
    client: &'c Client,
    answers: String,
}

impl Seen<'_> {
    fn keep(&mut self, answer: Answer) -> Answer {
        self.answers.push_str(&format!("{:?}\n", answer.headers));
        self.answers.push_str(&answer.body);
        self.answers.push('\n');
        answer
    }

    async fn get(&mut self, path: &str) -> Answer {
        let answer = self.client.get(path).await;
        self.keep(answer)
    }

    async fn post(&mut self, path: &str, body: Option<Value>) -> Answer {
        let answer = self.client.post(path, body).await;
        self.keep(answer)
    }

    /// Everything there is to read about an integration and its records.
    async fn everything(&mut self, id: &str) {
        for path in [
            "/v1/admin/vendors/",
            "/v1/admin/integrations/",
            &format!("/v1/admin/integrations/{id}"),
            &format!("/v1/admin/integrations/{id}/data-access"),
        ] {
            let _ = self.get(path).await.expect(200);
        }
        let syncs = self
            .get(&format!("/v1/admin/integrations/{id}/syncs"))
            .await
            .expect(200);
        for sync in syncs["results"].as_array().into_iter().flatten() {
            let sync = sync["id"].as_str().unwrap_or_default();
            let _ = self.get(&format!("/v1/admin/syncs/{sync}")).await;
            let letters = format!("/v1/admin/syncs/{sync}/dead-letters");
            let _ = self.get(&letters).await;
        }
        for model in MODELS {
            let list = self
                .get(&format!("/v1/{model}?limit=250"))
                .await
                .expect(200);
            let first = list["results"][0]["id"].as_str().unwrap_or_default();
            let _ = self.get(&format!("/v1/{model}/{first}")).await;
        }
    }
}

const MODELS: [&str; 6] = [
    "properties",
    "units",
    "leases",
    "residents",
    "applicants",
    "applications",
];

/// `connector check` with the secrets in a file; all that it says.
fn connector_check(folder: &Path, dump: &Path, url: &str, secrets: &str, more: &[&str]) -> String {
    let file = folder.join("secrets.env");
    std::fs::write(&file, secrets).expect("a file of secrets");
    let output = Command::new(program("portcullis"))
        .args(["connector", "check"])
        .arg(component("connector_buildium"))
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
    let mut seen = Seen {
        client: &client,
        answers: String::new(),
    };
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
    let enable = format!("/v1/admin/integrations/{id}/enable");
    let _ = seen.post(&enable, None).await.expect(200);
    let sync = gateway.synced(&id).await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    seen.everything(&id).await;
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
    seen.everything(&id).await;
    vendor
        .mutate(json!([{"op": "revoke_key", "client_id": client_id}]))
        .await;
    let manual = format!("/v1/admin/integrations/{id}/manual-sync");
    let _ = seen.post(&manual, None).await.expect(202);
    let sync = gateway.synced(&id).await;
    assert_ne!(sync["status"], "succeeded", "{sync}");
    seen.everything(&id).await;
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
    seen.everything(&bad).await;
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
    seen.answers.push_str(&format!("{added}\n{listed}\n"));
    let metrics = client.get("/metrics").await.body;
    assert!(
        metrics.contains("portcullis_guest_calls_total"),
        "{metrics}"
    );

    // The plant: in a name and an address, which are no secrets, so it must show wherever those do.
    let before = database(&gateway).await;
    let path = format!("/{planted}");
    let made = seen
        .post(create, Some(body(&planted, &secret, &path)))
        .await;
    let plants = made.expect(201)["results"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    gateway.checked(&plants).await;
    let _ = seen
        .get(&format!("/v1/admin/integrations/{plants}"))
        .await
        .expect(200);
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
        // Nobody writes names and addresses into metrics, the log or the check: there it is put by hand.
        let by_hand = matches!(place, "the metrics" | "the log" | "connector check");
        let with_plant = [bytes, HEXLOWER.encode(planted.as_bytes()).as_bytes()].concat();
        let searched = if by_hand { &with_plant } else { bytes };
        assert!(
            plant.is_in(searched),
            "the search missed the plant in {place}"
        );
    }
}
