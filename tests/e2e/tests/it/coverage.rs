//! The page of what each connector fills: every connector reads its simulator through a gateway, and the gateway says
//! what came. `UPDATE_DOCS=1` writes the page.

use portcullis_e2e::{Gateway, Start, VENDORS};
use portcullis_simulators::{Options, Running, Simulator};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

const PAGE: &str = "docs/connectors/coverage.md";

/// Reads everything that a vendor has; gives the gateway's own account of it.
async fn coverage(gateway: &Gateway, simulator: &Running, vendor: &str) -> Value {
    let id = gateway
        .integration(json!({
            "integration_vendor": vendor,
            "name": vendor,
            "credentials": simulator.ready.fields,
            "base_url": simulator.ready.url,
        }))
        .await;
    let path = format!("/v1/admin/integrations/{id}/models");
    let models = gateway.admin.get(&path).await.expect(200);
    let models = models["results"]["models"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let off = models
        .iter()
        .filter(|model| model["supported"] == true && model["enabled"] == false);
    let on: serde_json::Map<String, Value> = off
        .filter_map(|model| Some((model["model"].as_str()?.to_owned(), json!(true))))
        .collect();
    if !on.is_empty() {
        let body = json!({"models": on});
        let _ = gateway.admin.put(&path, body).await.expect(200);
    }
    gateway.enable(&id).await;
    let sync = gateway.synced(&id).await;
    for run in sync["runs"].as_array().into_iter().flatten() {
        let status = run["status"].as_str().unwrap_or_default();
        let good = status.starts_with("succeeded") || status.starts_with("skipped");
        assert!(good, "{vendor}: {run}");
    }
    let answer = gateway
        .admin
        .get(&format!("/v1/admin/vendors/{vendor}/coverage"))
        .await;
    answer.expect(200)["results"].clone()
}

/// The page: a table a model, a row a field, a column a vendor.
fn page(vendors: &[Value]) -> String {
    let mut page = String::from(
        "# Coverage\n\n\
         Which fields of which models the connectors fill. Generated: each connector reads its simulated vendor through a \
         gateway, and the gateway says which fields had a value in any record \
         (`GET /v1/admin/vendors/{vendor}/coverage`, which says the same of your own records).\n\n\
         - `filled`: at least one record has a value.\n\
         - `empty`: there are records, and none has a value.\n\
         - `-`: the connector does not read the model.\n",
    );
    let models = |vendor: &Value| vendor["models"].as_array().cloned().unwrap_or_default();
    for (place, model) in models(&vendors[0]).iter().enumerate() {
        let name = model["name"].as_str().unwrap_or_default();
        let of_all: Vec<Value> = vendors
            .iter()
            .map(|vendor| models(vendor)[place].clone())
            .collect();
        assert!(
            of_all.iter().all(|it| it["name"] == name),
            "{name}: {of_all:?}"
        );
        let _ = write!(page, "\n## `{name}`\n\n| Field |");
        for vendor in vendors {
            let _ = write!(page, " {} |", vendor["name"].as_str().unwrap_or_default());
        }
        let _ = write!(page, "\n| --- |{}\n", " --- |".repeat(vendors.len()));
        for (row, field) in model["fields"].as_array().into_iter().flatten().enumerate() {
            let _ = write!(page, "| `{}` |", field["name"].as_str().unwrap_or_default());
            for model in &of_all {
                let state = model["fields"][row]["state"].as_str().unwrap_or_default();
                let word = if state == "unsupported" { "-" } else { state };
                let _ = write!(page, " {word} |");
            }
            page.push('\n');
        }
    }
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_coverage_is_what_the_connectors_bring() {
    let mut gateway = Gateway::start(Start {
        components: VENDORS.map(|(_, component, _)| component).to_vec(),
        ..Start::default()
    })
    .await;
    // All of them have it; some have no sandbox.
    gateway.admin = gateway.client("production", "admin").await;
    let simulators = VENDORS.map(|(kind, _, vendor)| {
        let options = Options {
            vendor: kind,
            properties: 4,
            units: 40,
            limit: None,
            ..Options::default()
        };
        let simulator = Simulator::start(options);
        (
            vendor,
            simulator.unwrap_or_else(|error| panic!("{vendor}: {error:#}")),
        )
    });
    let all = simulators
        .iter()
        .map(|(vendor, simulator)| coverage(&gateway, simulator, vendor));
    let all: Vec<Value> = futures_util::future::join_all(all).await;
    for vendor in &all {
        for model in vendor["models"].as_array().into_iter().flatten() {
            let read = model["supported"] == true;
            let seen = model["records"].as_i64().unwrap_or_default();
            assert!(
                !read || seen > 0,
                "{}: no record of {}",
                vendor["vendor"],
                model["name"]
            );
        }
    }
    let made = page(&all);
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(PAGE);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).expect("the page");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{PAGE} is out of date; UPDATE_DOCS=1 writes it"
    );
}
