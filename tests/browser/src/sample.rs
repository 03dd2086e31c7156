//! An installation in which every state of every page can be seen: made through the product where that is quick, and
//! held still in the database where a state would pass.

use anyhow::Result;
use portcullis_browser::Stage;
use portcullis_e2e::{Gateway, Start, Vendor};
use portcullis_simulators::Options;
use serde_json::json;
use sqlx::PgPool;

/// Customers by what can be seen of them.
pub(crate) struct Sample {
    pub(crate) stage: Stage,
    /// Enabled, synced, all granted.
    pub(crate) active: String,
    /// Four of six models granted, synced in part, and then disabled.
    pub(crate) mixed: String,
    /// Checked and never enabled.
    pub(crate) disabled: String,
    /// The vendor does not accept the credentials.
    pub(crate) rejected: String,
    /// A check that goes on.
    pub(crate) probing: String,
    /// A first sync that goes on.
    pub(crate) running: String,
    /// A sync that waits for the vendor.
    pub(crate) waiting: String,
    /// A sync that failed.
    pub(crate) failed: String,
    /// The vendor was down while it was checked.
    pub(crate) down: String,
    /// The vendor grants nothing.
    pub(crate) denied: String,
    /// The connector broke while it was checked.
    pub(crate) broken: String,
    /// Its sync was cancelled.
    pub(crate) cancelled: String,
    /// A record that the vendor does not have any more.
    pub(crate) deleted_record: String,
    /// Put away.
    pub(crate) archived: String,
    /// A name of every kind of letter, and records, lines and events of the same kind.
    pub(crate) unusual: String,
    /// Synced three days ago; the syncs since then failed.
    pub(crate) stale: String,
    /// Synced, and there was nothing.
    pub(crate) empty: String,
    /// Its sync waits for a worker; two models wait for others.
    pub(crate) queued: String,
    /// A sync that was given up.
    pub(crate) abandoned: String,
    _vendors: Vec<Vendor>,
}

/// A vendor with a key of its own, since what is mutated is the vendor's.
fn vendor(key: &str) -> Vendor {
    Vendor::start(Options {
        client_id: format!("client-of-{key}"),
        secret: format!("secret-of-{key}-0123456789"),
        properties: 12,
        units: 240,
        limit: None,
        ..Options::default()
    })
}

impl Sample {
    pub(crate) async fn make() -> Result<Self> {
        let first = vendor("first");
        let folder = tempfile::tempdir()?;
        let demo = folder.path().join("console.json");
        let body = first.integration("A first customer");
        let offer = json!({"BUILDIUM": {
            "name": body["name"], "base_url": body["base_url"], "fields": body["credentials"],
        }});
        std::fs::write(&demo, offer.to_string())?;
        let start = Start::default().env("PORTCULLIS_CONSOLE_DEMO", &demo.display().to_string());
        let stage = Stage::with(start, first).await;
        stage.welcome().await;
        let gateway = &stage.gateway;
        let sql = PgPool::connect_with(gateway.database.options()).await?;
        let good = &stage.vendor;
        let active = gateway
            .integration(good.integration("Acme Properties"))
            .await;
        let path = format!("/v1/admin/integrations/{active}");
        let keep = json!({"keeps_originals": true});
        let _ = gateway.admin.put(&path, keep).await.expect(200);
        gateway.enable(&active).await;
        gateway.synced(&active).await;
        let disabled = gateway
            .integration(good.integration("Birch & Sons Rentals"))
            .await;
        let running = gateway
            .integration(good.integration("Cedar Court Management"))
            .await;
        let waiting = gateway.integration(good.integration("Dune Estates")).await;
        let failed = gateway
            .integration(good.integration("Elm Street Homes"))
            .await;
        let archived = gateway
            .integration(good.integration("Formerly Known"))
            .await;
        let path = format!("/v1/admin/integrations/{archived}");
        let _ = gateway.admin.delete(&path).await.expect(200);
        let probing = gateway.integration(good.integration("Grove Living")).await;
        let name = "شركة 🏠 <script>alert(1)</script> Wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";
        let unusual = gateway.integration(good.integration(name)).await;
        let narrow = vendor("narrow");
        let scopes = json!(["rentals", "leases", "tenants", "lease_transactions"]);
        narrow
            .mutate(json!([{"op": "set_scopes", "scopes": scopes}]))
            .await;
        let mixed = gateway
            .integration(narrow.integration("Harbour Lofts"))
            .await;
        gateway.enable(&mixed).await;
        gateway.synced(&mixed).await;
        let closed = vendor("closed");
        closed
            .mutate(json!([{"op": "set_scopes", "scopes": []}]))
            .await;
        let denied = gateway
            .integration(closed.integration("Kingfisher Court"))
            .await;
        let broken = gateway
            .integration(good.integration("Lakeside Trust"))
            .await;
        let cancelled = gateway.integration(good.integration("Maple Row")).await;
        let stale = gateway.integration(good.integration("Nettle Place")).await;
        let empty = gateway.integration(good.integration("Oak Hollow")).await;
        let queued = gateway
            .integration(good.integration("Pine Street Partners"))
            .await;
        let abandoned = gateway
            .integration(good.integration("Quarry Apartments"))
            .await;
        let revoked = vendor("revoked");
        revoked.mutate(json!([{"op": "revoke_key"}])).await;
        let rejected = gateway
            .integration(revoked.integration("Ivy Residential"))
            .await;
        let away = vendor("away");
        let body = away.integration("Juniper Flats");
        drop(away);
        let down = gateway.integration(body).await;
        for id in [
            &running, &waiting, &failed, &cancelled, &unusual, &stale, &empty, &queued, &abandoned,
        ] {
            gateway.enable(id).await;
            gateway.synced(id).await;
        }
        let list = gateway
            .admin
            .get(&format!("/v1/units/?integration_id={active}&limit=1"))
            .await
            .expect(200);
        let gone = list["results"][0]["id"].as_str().unwrap_or_default();
        sqlx::query("update record set deleted_at = now() where id = $1")
            .bind(gone)
            .execute(&sql)
            .await?;
        let deleted_record = format!("/data/sandbox/units/{gone}?integration_id={active}");
        let sample = Self {
            denied,
            broken,
            cancelled,
            deleted_record,
            active,
            mixed,
            disabled,
            rejected,
            probing,
            running,
            waiting,
            failed,
            down,
            archived,
            unusual,
            stale,
            empty,
            queued,
            abandoned,
            stage,
            _vendors: vec![narrow, closed, revoked],
        };
        crate::still::hold(&sample, &sql).await?;
        Ok(sample)
    }

    /// The newest sync of a customer.
    pub(crate) async fn job(&self, id: &str) -> String {
        let sync = self.stage.gateway.sync(id).await.unwrap_or_default();
        let sync_id = sync["id"].as_str().unwrap_or_default().to_owned();
        format!("/integrations/{id}/jobs/{sync_id}")
    }

    /// One record of a model.
    pub(crate) async fn record(&self, model: &str) -> String {
        let list = self
            .stage
            .gateway
            .admin
            .get(&format!("/v1/{model}/?limit=1"))
            .await
            .expect(200);
        let id = list["results"][0]["id"].as_str().unwrap_or_default();
        format!("/data/sandbox/{model}/{id}")
    }
}

/// An installation without a connector, in which nobody has signed in yet.
pub(crate) async fn bare() -> Stage {
    let start = Start {
        components: Vec::new(),
        ..Start::default()
    };
    Stage::with(start, vendor("bare")).await
}

/// An installation whose connector waits for approval.
pub(crate) async fn untrusting() -> Stage {
    let start = Start {
        trust: false,
        ..Start::default()
    };
    let stage = Stage::with(start, vendor("untrusting")).await;
    sign_in(&stage).await;
    listed(&stage, "vendors").await;
    stage
}

/// Makes the first admin where no vendor is to be waited for.
pub(crate) async fn sign_in(stage: &Stage) {
    let browser = &stage.browser;
    browser.go(&stage.link()).await;
    browser
        .fill("input[name=email]", portcullis_browser::EMAIL)
        .await;
    browser.fill("input[name=name]", "Ana Díaz").await;
    browser
        .fill("input[name=password]", portcullis_browser::PASSWORD)
        .await;
    browser.submit("form button.primary").await;
    browser.says("h1", "Integrations").await;
}

/// Puts a file into the connectors folder that is none, and waits until it is refused.
pub(crate) async fn refuse_a_file(stage: &Stage) -> Result<()> {
    let file = stage.gateway.connectors().join("notes.wasm");
    std::fs::write(file, b"not a component")?;
    listed(stage, "refused_files").await;
    Ok(())
}

/// Waits until the gateway lists something among its vendors.
async fn listed(stage: &Stage, what: &str) {
    portcullis_e2e::eventually("the gateway has looked at its folder", async || {
        let path = "/v1/admin/vendors/";
        let vendors = stage.gateway.admin.get(path).await.expect(200);
        let listed = vendors["results"][what].as_array();
        listed.is_some_and(|it| !it.is_empty()).then_some(())
    })
    .await;
}

/// Whether a gateway has its vendor.
pub(crate) async fn offered(gateway: &Gateway) {
    gateway.offered("BUILDIUM").await;
}
