//! An installation in which every state of every page can be seen: made through the product where that is quick, and
//! held still in the database where a state would pass.

use anyhow::{Context as _, Result};
use portcullis_browser::Stage;
use portcullis_e2e::{Gateway, Start, Vendor};
use portcullis_simulators::Options;
use serde_json::{Value, json};
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
    /// A name of every kind of letter.
    pub(crate) unusual: String,
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
        let stage = Stage::with(Start::default(), vendor("first")).await;
        stage.welcome().await;
        let gateway = &stage.gateway;
        let sql = PgPool::connect_with(gateway.database.options()).await?;
        let good = &stage.vendor;
        let active = gateway
            .integration(good.integration("Acme Properties"))
            .await;
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
        let revoked = vendor("revoked");
        revoked.mutate(json!([{"op": "revoke_key"}])).await;
        let rejected = gateway
            .integration(revoked.integration("Ivy Residential"))
            .await;
        let away = vendor("away");
        let body = away.integration("Juniper Flats");
        drop(away);
        let down = gateway.integration(body).await;
        for id in [&running, &waiting, &failed, &cancelled, &unusual] {
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
            stage,
            _vendors: vec![narrow, closed, revoked],
        };
        sample.hold_still(&sql).await?;
        Ok(sample)
    }

    /// Holds still what would pass: a lease that nobody gives up keeps every worker away.
    async fn hold_still(&self, sql: &PgPool) -> Result<()> {
        let statements = [
            (
                "update access_check set status = 'running', finished_at = null, outcome = null, worker = 'held',
                 lease_until = now() + interval '1 day', started_at = now(), deadline_at = now() + interval '1 day'
                 where integration_id = $1",
                &self.probing,
            ),
            (
                "update data_access set check_id = 'chk_before' where model in ('leases', 'residents', 'applicants', 'applications')
                 and integration_id = $1",
                &self.probing,
            ),
            (
                "update sync set status = 'running', finished_at = null, started_at = now() - interval '95 seconds' where integration_id = $1",
                &self.running,
            ),
            (
                "update run set status = case when model in ('properties', 'units') then status when model = 'applications' then 'running'
                 else 'running' end, finished_at = case when model in ('properties', 'units') then now() - interval '40 seconds' end,
                 worker = 'held', lease_until = now() + interval '1 day', started_at = now() - interval '80 seconds',
                 total = case when model in ('properties', 'units') then rows_new else 4 * (rows_new + 1) end, attempt = case when model = 'leases' then 2 else 1 end where integration_id = $1",
                &self.running,
            ),
            (
                "update sync set status = 'running', finished_at = null, started_at = now() - interval '10 minutes' where integration_id = $1",
                &self.waiting,
            ),
            (
                "update run set status = 'waiting', finished_at = null, next_at = now() + interval '1 day', total = 3 * rows_new + 9,
                 error_code = 'rate_limited', error_message = 'The vendor allows no more requests until then.', who_must_act = 'vendor'
                 where integration_id = $1",
                &self.waiting,
            ),
            (
                "update data_access set verdict = 'error', evidence = '[]',
                 message = 'The connector stopped: it used more than 5000 ms of processor time.' where integration_id = $1 and model <> 'units'",
                &self.broken,
            ),
            (
                "update sync set status = 'cancelled', cancel_requested = true where integration_id = $1",
                &self.cancelled,
            ),
            (
                "update run set status = 'cancelled', error_message = 'Somebody cancelled the sync.' where integration_id = $1
                 and model not in ('properties', 'units')",
                &self.cancelled,
            ),
            (
                "insert into held_deletes (account_id, integration_id, model, run_id, doomed, live_rows, held_at)
                 select account_id, integration_id, model, id, 200, 240, now() - interval '2 hours' from run
                 where integration_id = $1 and model = 'units'",
                &self.cancelled,
            ),
            (
                "insert into dead_letter (account_id, integration_id, model, run_id, external_id, kind, message)
                 select account_id, integration_id, model, id, '50071', 'invalid_record', 'rent_amount_in_cents is no number: \"N/A\"'
                 from run where integration_id = $1 and model in ('units', 'leases')",
                &self.unusual,
            ),
            (
                "update run set rows_dead = 1 where integration_id = $1 and model in ('units', 'leases')",
                &self.unusual,
            ),
            (
                "update sync set status = 'failed' where integration_id = $1",
                &self.failed,
            ),
            (
                "update run set status = 'failed', error_code = 'vendor_error', attempt = 5, who_must_act = 'vendor',
                 error_message = 'HTTP 500 five times in a row: \"Unexpected error. Contact support.\"' where integration_id = $1",
                &self.failed,
            ),
        ];
        for (statement, id) in statements {
            sqlx::query(statement)
                .bind(id)
                .execute(sql)
                .await
                .with_context(|| statement.to_owned())?;
        }
        Ok(())
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

/// An installation without a connector.
pub(crate) async fn bare() -> Stage {
    let start = Start {
        components: Vec::new(),
        ..Start::default()
    };
    let stage = Stage::with(start, vendor("bare")).await;
    let browser = &stage.browser;
    browser.go(&stage.link()).await;
    browser
        .fill("input[name=email]", portcullis_browser::EMAIL)
        .await;
    browser.fill("input[name=name]", "Ana Díaz").await;
    browser
        .fill("input[name=password]", portcullis_browser::PASSWORD)
        .await;
    browser.click("form button.primary").await;
    browser.says("h1", "Integrations").await;
    stage
}

/// An installation whose connector waits for approval, beside a file that was refused.
pub(crate) async fn untrusting() -> Result<Stage> {
    let start = Start {
        trust: false,
        ..Start::default()
    };
    let stage = Stage::with(start, vendor("untrusting")).await;
    std::fs::write(
        stage.gateway.connectors().join("notes.wasm"),
        b"not a component",
    )?;
    let browser = &stage.browser;
    browser.go(&stage.link()).await;
    browser
        .fill("input[name=email]", portcullis_browser::EMAIL)
        .await;
    browser.fill("input[name=name]", "Ana Díaz").await;
    browser
        .fill("input[name=password]", portcullis_browser::PASSWORD)
        .await;
    browser.click("form button.primary").await;
    portcullis_e2e::eventually("the connector waits and the file is refused", async || {
        let vendors = stage
            .gateway
            .admin
            .get("/v1/admin/vendors/")
            .await
            .expect(200);
        let results: &Value = &vendors["results"];
        let waits = results["vendors"]
            .as_array()
            .is_some_and(|it| !it.is_empty());
        let refused = results["refused_files"]
            .as_array()
            .is_some_and(|it| !it.is_empty());
        (waits && refused).then_some(())
    })
    .await;
    Ok(stage)
}

/// Whether a gateway has its vendor.
pub(crate) async fn offered(gateway: &Gateway) {
    gateway.offered("BUILDIUM").await;
}
