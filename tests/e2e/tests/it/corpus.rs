//! Components of earlier days on the gateway of today: `tests/corpus` says where each comes from.

use portcullis_e2e::{Gateway, Start, Vendor, eventually};
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
    let truth = vendor.truth().await;
    for (model, path) in MODELS {
        let path = format!("/v1/{path}/?integration_id={id}&limit=1");
        let total = gateway.admin.total(&path).await;
        assert_eq!(Some(total), truth[model].as_u64(), "{model}");
    }
}
