//! Components of earlier days on the gateway of today: `tests/corpus` says where each comes from.

use portcullis_e2e::{Gateway, Start, Vendor, eventually};
use std::collections::BTreeSet;
use std::path::Path;

/// The first whole connector, built when there was no other.
const BUILDIUM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../corpus/buildium-2322863.wasm"
);
const MODELS: [(&str, &str); 6] = [
    ("properties", "properties"),
    ("units", "units"),
    ("leases", "leases"),
    ("residents", "residents"),
    ("applicants", "applicants"),
    ("applications", "applications"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_first_connector_loads_and_syncs_all_that_the_vendor_has() {
    let gateway = Gateway::start(Start {
        components: Vec::new(),
        ..Start::default()
    })
    .await;
    // Copied under another name and renamed: the gateway never sees half of it.
    let draft = gateway.connectors().join("buildium.draft");
    std::fs::copy(Path::new(BUILDIUM), &draft).expect("the component is kept");
    std::fs::rename(&draft, gateway.connectors().join("buildium.wasm")).expect("renamed");
    eventually("the connector serves", async || {
        let vendor = gateway.vendor("BUILDIUM").await?;
        (vendor["status"] == "active").then_some(())
    })
    .await;
    let vendor = Vendor::small();
    let id = gateway.integration(vendor.integration("Acme")).await;
    gateway.enable(&id).await;
    let sync = gateway.synced(&id).await;
    assert_eq!(sync["status"], "succeeded", "{sync}");
    let truth = vendor.all_ids().await;
    for (model, path) in MODELS {
        assert_eq!(x_ids(&gateway, &id, path).await, truth[model], "{model}");
    }
}

/// The vendor's ids of all records of a model, as the interface serves them.
async fn x_ids(gateway: &Gateway, id: &str, path: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    loop {
        let path = format!(
            "/v1/{path}/?integration_id={id}&limit=250&offset={}",
            ids.len()
        );
        let page = gateway.admin.get(&path).await.expect(200);
        let records = page["results"].as_array().expect("records");
        ids.extend(
            records
                .iter()
                .filter_map(|it| Some(it["x_id"].as_str()?.to_owned())),
        );
        if page["meta"]["hasMore"] != true {
            assert_eq!(page["meta"]["total"], ids.len(), "no id comes twice");
            return ids;
        }
    }
}
