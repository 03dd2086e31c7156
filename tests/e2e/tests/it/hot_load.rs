//! Connectors come, change and go while the gateway runs. Nothing is trusted here: what serves was approved.

use portcullis_e2e::{Gateway, ITEMS_KEY, Items, Size, Start, component, eventually, pack};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const MANIFEST: &str = include_str!("../../../guests/minimal/connector.toml");

/// The bytes of the test connector in a version; `wider` wants one more host for requests and for its secret.
fn version(number: &str, wider: bool) -> Vec<u8> {
    let mut manifest = MANIFEST.replace(r#"version = "0.1.0""#, &format!("version = \"{number}\""));
    assert!(manifest.contains(number), "{manifest}");
    if wider {
        manifest = manifest
            .replace(
                r#"hosts = ["api.minimal.example"]"#,
                r#"hosts = ["api.minimal.example", "files.minimal.example"]"#,
            )
            .replace(
                "[[field]]",
                "[[egress]]\nhost = \"files.minimal.example\"\n\n[[field]]",
            );
    }
    packed(&manifest)
}

/// The bytes of the test connector with a manifest.
fn packed(manifest: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("minimal.wasm");
    pack(&component("guest_minimal"), manifest, &file);
    std::fs::read(&file).expect("the packed file")
}

/// Puts bytes in place of a file in one step.
fn replace(path: &Path, bytes: &[u8]) {
    let draft = path.with_extension("draft");
    std::fs::write(&draft, bytes).expect("a draft");
    std::fs::rename(&draft, path).expect("the file");
}

/// A gateway that trusts nothing and has no connector yet, and where the test connector goes.
async fn empty() -> (Gateway, PathBuf) {
    let gateway = Gateway::start(Start {
        trust: false,
        components: Vec::new(),
        ..Start::default()
    })
    .await;
    let file = gateway.connectors().join("minimal.wasm");
    (gateway, file)
}

async fn approve(gateway: &Gateway) -> Value {
    let vendor = eventually("the version waits for approval", async || {
        gateway
            .vendor("MINIMAL")
            .await
            .filter(|vendor| !vendor["pending_approval"].is_null())
    })
    .await;
    let digest = vendor["pending_approval"]["digest"].clone();
    let path = "/v1/admin/connectors/minimal/approve";
    let wrong = json!({"digest": "0".repeat(64)});
    assert_eq!(gateway.admin.post(path, Some(wrong)).await.status, 409);
    gateway
        .admin
        .post(path, Some(json!({"digest": digest})))
        .await
        .expect(200)["results"]
        .clone()
}

/// The test connector, approved and serving.
async fn serving() -> (Gateway, PathBuf) {
    let (gateway, file) = empty().await;
    replace(&file, &version("0.1.0", false));
    approve(&gateway).await;
    serves(&gateway, "0.1.0").await;
    (gateway, file)
}

/// Waits until a version serves, in the API and in the worker.
async fn serves(gateway: &Gateway, version: &str) -> Value {
    eventually(&format!("{version} serves"), async || {
        let vendor = gateway.vendor("MINIMAL").await?;
        let listed = vendor["status"] == "active" && vendor["connector"]["version"] == version;
        let log = gateway.log();
        let published = log
            .lines()
            .any(|line| line.contains("connector serves") && line.contains(version));
        (listed && published).then_some(vendor)
    })
    .await
}

async fn resync(gateway: &Gateway, id: &str) -> Value {
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let _ = gateway.admin.post(&path, None).await.expect(202);
    gateway.synced(id).await
}

async fn state(gateway: &Gateway, id: &str) -> String {
    let path = format!("/v1/admin/integrations/{id}");
    let integration = gateway.admin.get(&path).await.expect(200);
    integration["results"]["state"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// How long after its last byte a connector may take to be offered.
const OFFERED: Duration = Duration::from_secs(2);

const SMALL: Size = Size {
    properties: 12,
    units: 30,
    latency: Duration::ZERO,
};

#[tokio::test]
async fn a_connector_never_seen_is_copied_in_slowly_and_serves_its_vendor() {
    let items = Items::start(SMALL).await;
    let (gateway, file) = empty().await;
    assert!(gateway.vendor("MINIMAL").await.is_none());

    let bytes = version("0.1.0", false);
    let mut copy = std::fs::File::create(&file).expect("the file");
    let pieces = bytes.chunks(1000).count();
    for (number, piece) in bytes.chunks(1000).enumerate() {
        copy.write_all(piece).expect("a piece");
        // Half way the copy stalls for longer than the gateway waits for a file to stand still.
        let stall = if number == pieces / 2 { 2_000 } else { 5 };
        tokio::time::sleep(Duration::from_millis(stall)).await;
    }
    drop(copy);
    let vendor = eventually("the vendor is known", async || {
        gateway.vendor("MINIMAL").await
    })
    .await;

    // Known, shown with all that it asks for, and not to be used yet.
    assert_eq!(vendor["status"], "pending_approval");
    let asks = vendor["pending_approval"].to_string();
    assert!(asks.contains("api.minimal.example"), "{asks}");
    let body = items.integration("Early");
    let early = gateway
        .admin
        .post("/v1/admin/integrations/", Some(body))
        .await;
    assert!((400..500).contains(&early.status), "{}", early.body);
    assert_eq!(items.asked(), 0, "nothing was asked before the approval");

    let approved = approve(&gateway).await;
    assert_eq!(approved["status"], "active");
    serves(&gateway, "0.1.0").await;
    let id = gateway.integration(items.integration("Slow copy")).await;
    let access = gateway.checked(&id).await;
    assert_eq!(access["credentials"]["state"], "valid", "{access}");
    for model in ["properties", "units"] {
        assert_eq!(
            access["models"][model]["verdict"], "granted",
            "{model}: {access}"
        );
    }
    gateway.enable(&id).await;
    let sync = gateway.synced(&id).await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    assert_eq!(gateway.admin.total("/v1/properties").await, 12);
    assert_eq!(gateway.admin.total("/v1/units").await, 30);

    let log = gateway.log();
    assert!(
        !log.contains("connector refused"),
        "the half file was refused: {log}"
    );
    let vendors = gateway.admin.get("/v1/admin/vendors/").await.expect(200);
    assert_eq!(vendors["results"]["refused_files"], json!([]));
}

/// Seconds from the last byte of a slow copy to a vendor that is offered, in a new gateway that has never compiled it.
async fn offered_after() -> Duration {
    let compiled = tempfile::tempdir().expect("a folder");
    let start = Start {
        components: Vec::new(),
        ..Start::default()
    };
    let cache = compiled.path().display().to_string();
    let gateway = Gateway::start(start.env("PORTCULLIS_CONNECTORS_CACHE_DIR", &cache)).await;
    let path = gateway.connectors().join("minimal.wasm");
    let mut copy = std::fs::File::create(path).expect("the file");
    for piece in version("0.1.0", false).chunks(1000) {
        copy.write_all(piece).expect("a piece");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(copy);
    let last_byte = Instant::now();
    gateway.offered("MINIMAL").await;
    last_byte.elapsed()
}

#[tokio::test]
async fn a_trusted_connector_is_offered_within_two_seconds_of_its_last_byte() {
    // The best of several: a machine that is busy with other tests only ever makes it slower.
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let took = offered_after().await;
        println!("offered {} ms after the last byte", took.as_millis());
        best = best.min(took);
        if best <= OFFERED {
            return;
        }
    }
    panic!("offered {best:?} after the last byte at best");
}

#[tokio::test]
async fn a_version_that_wants_more_waits_while_the_old_one_goes_on() {
    let items = Items::start(SMALL).await;
    let (gateway, file) = serving().await;
    let id = gateway.integration(items.integration("Wider")).await;
    gateway.enable(&id).await;
    let first = gateway.synced(&id).await;
    assert_eq!(
        Gateway::run(&first, "units")["connector_version"],
        "0.1.0",
        "{first}"
    );

    replace(&file, &version("0.2.0", true));
    let vendor = eventually("0.2.0 waits", async || {
        let vendor = gateway.vendor("MINIMAL").await?;
        (vendor["pending_approval"]["version"] == "0.2.0").then_some(vendor)
    })
    .await;
    assert_eq!(vendor["status"], "active");
    assert_eq!(vendor["connector"]["version"], "0.1.0");
    let difference = vendor["pending_approval"]["difference"]
        .as_array()
        .expect("a list of differences");
    let mut words: Vec<&str> = difference
        .iter()
        .filter_map(|one| one["what"].as_str())
        .collect();
    words.sort_unstable();
    assert_eq!(words, ["egress", "secret_hosts"], "{difference:?}");
    for one in difference {
        let detail = one["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("files.minimal.example"), "{one}");
    }

    let old = resync(&gateway, &id).await;
    assert_eq!(old["status"], "succeeded", "{old}");
    assert_eq!(Gateway::run(&old, "units")["connector_version"], "0.1.0");

    let approved = approve(&gateway).await;
    assert_eq!(approved["connector"]["version"], "0.2.0");
    assert!(approved["pending_approval"].is_null(), "{approved}");
    serves(&gateway, "0.2.0").await;
    let new = resync(&gateway, &id).await;
    assert_eq!(new["status"], "succeeded", "{new}");
    assert_eq!(Gateway::run(&new, "units")["connector_version"], "0.2.0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replaced_during_a_sync_and_reads_no_call_fails_and_later_pages_are_the_new_ones() {
    let items = Items::start(Size {
        properties: 16_000,
        units: 10,
        latency: Duration::from_millis(400),
    })
    .await;
    let (gateway, file) = serving().await;
    let id = gateway.integration(items.integration("Replaced")).await;
    gateway.enable(&id).await;
    let before = eventually("two pages of the old version are stored", async || {
        let sync = gateway.sync(&id).await?;
        (Gateway::run(&sync, "properties")["pages"].as_i64()? >= 2).then_some(sync)
    })
    .await;
    let old = Gateway::run(&before, "properties").clone();
    assert_eq!(old["connector_version"], "0.1.0", "{old}");
    assert!(
        old["finished_at"].is_null(),
        "the sync ended too early to replace anything: {old}"
    );

    let reader = gateway.admin.clone();
    let reads = tokio::spawn(async move {
        let mut failed = Vec::new();
        for number in 0..200_u32 {
            // Each address is another one for the cache, so each read is a real one.
            let path = format!("/v1/properties?limit=10&offset={number}");
            let answer = reader.get(&path).await;
            if answer.status != 200 {
                failed.push(format!("{path}: {} {}", answer.status, answer.body));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        failed
    });
    replace(&file, &version("0.2.0", false));
    let vendor = serves(&gateway, "0.2.0").await;
    let during = gateway.sync(&id).await.expect("a sync");
    assert!(
        during["finished_at"].is_null(),
        "the sync ended before the replacement served: {during}"
    );

    let sync = gateway.synced(&id).await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    let run = Gateway::run(&sync, "properties");
    assert_eq!(run["connector_version"], "0.2.0", "{run}");
    assert_eq!(run["connector_digest"], vendor["connector"]["digest"]);
    assert_ne!(run["connector_digest"], old["connector_digest"]);
    assert_eq!(
        run["attempts"], old["attempts"],
        "the run went on without a break"
    );
    assert!(run["error_code"].is_null(), "{run}");
    assert_eq!(gateway.admin.total("/v1/properties").await, 16_000);
    assert_eq!(reads.await.expect("the reads"), Vec::<String>::new());

    let metrics = gateway.admin.get("/metrics").await.body;
    let outcomes: Vec<&str> = metrics
        .lines()
        .filter(|line| line.starts_with("portcullis_guest_calls_total{"))
        .collect();
    assert!(!outcomes.is_empty(), "{metrics}");
    for line in outcomes {
        assert!(line.contains(r#"outcome="ok""#), "a call failed: {line}");
    }
}

#[tokio::test]
async fn a_broken_file_over_a_good_one_is_shown_and_the_old_version_goes_on() {
    let items = Items::start(SMALL).await;
    let (gateway, file) = serving().await;
    let id = gateway.integration(items.integration("Broken")).await;
    gateway.enable(&id).await;
    gateway.synced(&id).await;

    // A component without a manifest, then a file that is no component at all.
    let bare = std::fs::read(component("guest_minimal")).expect("the component");
    for (bytes, code) in [
        (bare.as_slice(), "manifest_missing"),
        (b"\0asm\x01\0\0\0".as_slice(), "not_a_component"),
    ] {
        replace(&file, bytes);
        let vendor = eventually(&format!("{code} is shown"), async || {
            let vendor = gateway.vendor("MINIMAL").await?;
            (vendor["refused_files"][0]["code"] == code).then_some(vendor)
        })
        .await;
        assert_eq!(vendor["refused_files"][0]["file"], "minimal.wasm");
        assert_eq!(vendor["status"], "active");
        assert_eq!(vendor["connector"]["version"], "0.1.0");
        let sync = resync(&gateway, &id).await;
        assert_eq!(sync["status"], "succeeded", "{sync}");
        assert_eq!(Gateway::run(&sync, "units")["connector_version"], "0.1.0");
    }

    replace(&file, &version("0.1.1", false));
    let vendor = serves(&gateway, "0.1.1").await;
    assert_eq!(
        vendor["refused_files"],
        json!([]),
        "a good file takes the word back"
    );
}

#[tokio::test]
async fn a_version_that_steps_back_is_refused_and_the_one_there_goes_on() {
    let (gateway, file) = empty().await;
    let with = |number: &str, format: u32| {
        let format = format!("version = \"{number}\"\nstate-format = {format}");
        packed(&MANIFEST.replace(r#"version = "0.1.0""#, &format))
    };
    replace(&file, &with("1.0.0", 2));
    approve(&gateway).await;
    serves(&gateway, "1.0.0").await;
    for (number, format, code) in [
        ("0.9.0", 2, "version_lower"),
        ("1.0.0", 3, "version_reused"),
        ("1.1.0", 1, "state_format_lower"),
    ] {
        replace(&file, &with(number, format));
        let vendor = eventually(&format!("{code} is shown"), async || {
            let vendor = gateway.vendor("MINIMAL").await?;
            (vendor["refused_files"][0]["code"] == code).then_some(vendor)
        })
        .await;
        assert_eq!(vendor["status"], "active", "{vendor}");
        assert_eq!(vendor["connector"]["version"], "1.0.0", "{vendor}");
    }
}

#[tokio::test]
async fn a_removed_connector_leaves_its_data_readable() {
    let items = Items::start(SMALL).await;
    let (gateway, file) = serving().await;
    let id = gateway.integration(items.integration("Removed")).await;
    gateway.enable(&id).await;
    gateway.synced(&id).await;
    assert_eq!(state(&gateway, &id).await, "active");
    let list = gateway.admin.get("/v1/units?limit=5").await.expect(200);
    let unit = list["results"][0]["id"]
        .as_str()
        .expect("a unit")
        .to_owned();

    let bytes = std::fs::read(&file).expect("the connector");
    std::fs::remove_file(&file).expect("to remove it");
    eventually("the integration misses its connector", async || {
        (state(&gateway, &id).await == "connector_missing").then_some(())
    })
    .await;
    assert!(gateway.vendor("MINIMAL").await.is_none());
    assert_eq!(gateway.admin.total("/v1/properties").await, 12);
    // Not asked before, so no cache can have it.
    let list = gateway.admin.get("/v1/units?limit=7").await.expect(200);
    assert_eq!(list["results"].as_array().map(Vec::len), Some(7));
    let one = gateway.admin.get(&format!("/v1/units/{unit}")).await;
    assert_eq!(one.status, 200, "{}", one.body);

    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let refused = gateway.admin.post(&path, None).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "connector_missing")
    );
    let body = json!({"integration_vendor": "MINIMAL", "name": "New", "credentials": {"apiKey": ITEMS_KEY}});
    let unknown = gateway
        .admin
        .post("/v1/admin/integrations/", Some(body))
        .await;
    assert!((400..500).contains(&unknown.status), "{}", unknown.body);

    // Back again it was approved before, so it serves at once.
    replace(&file, &bytes);
    eventually("the integration has its connector again", async || {
        (state(&gateway, &id).await == "active").then_some(())
    })
    .await;
    assert_eq!(resync(&gateway, &id).await["status"], "succeeded");
}
