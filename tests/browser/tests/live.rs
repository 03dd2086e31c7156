//! What moves by itself: lists, jobs, and what is said when the stream is lost.

use std::net::SocketAddr;
use std::time::Duration;

use portcullis_browser::{Browser, EMAIL, PASSWORD, Stage};
use portcullis_e2e::{Start, Vendor, eventually};
use portcullis_simulators::Options;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A wire to the gateway that can be cut.
struct Wire {
    address: SocketAddr,
    to: SocketAddr,
    open: JoinHandle<()>,
}

impl Wire {
    async fn lay(to: &str) -> Self {
        let to = to.trim_start_matches("http://");
        let to = to.parse().unwrap_or_else(|error| panic!("{to}: {error}"));
        let (address, open) = Self::listen("127.0.0.1:0", to).await;
        Self { address, to, open }
    }

    async fn listen(at: &str, to: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind(at).await;
        let listener = listener.unwrap_or_else(|error| panic!("{at}: {error}"));
        let address = listener.local_addr();
        let address = address.unwrap_or_else(|error| panic!("{at}: {error}"));
        let open = tokio::spawn(async move {
            // Ended with this task, and so is every connection.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                connections.spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(to).await {
                        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
        (address, open)
    }

    async fn cut(&mut self) {
        self.open.abort();
        let _ = (&mut self.open).await;
    }

    async fn mend(&mut self) {
        let at = self.address.to_string();
        (_, self.open) = Self::listen(&at, self.to).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_follow_what_others_do() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    browser.go("/vendors/BUILDIUM/sandbox").await;
    browser.says("main", "No sandbox customer yet").await;
    browser.script("window.unreloaded = true", vec![]).await;
    // Somebody else adds a customer and enables it: it appears, and how it is follows.
    let body = stage.vendor.integration("From Elsewhere");
    let id = stage.gateway.integration(body).await;
    browser.says("#customer-list", "From Elsewhere").await;
    browser.says("#customer-list", "Disabled").await;
    stage.gateway.checked(&id).await;
    stage.gateway.enable(&id).await;
    browser.says("#customer-list", "Active").await;
    stage.gateway.synced(&id).await;
    browser.says("#customer-list", "Success").await;
    browser.assert_clean().await;
    // Another search has a stream of its own, and the old one says nothing any more.
    browser.fill("#q", "nobody").await;
    browser.says("#customers", "No customer matches").await;
    let body = stage.vendor.integration("Nobody Else");
    stage.gateway.integration(body).await;
    browser.says("#customer-list", "Nobody Else").await;
    let text = browser.text("#customer-list").await;
    assert!(!text.contains("From Elsewhere"), "{text}");
    let unreloaded = "return window.unreloaded === true";
    assert_eq!(browser.script(unreloaded, vec![]).await, json!(true));
    // Jobs, too.
    browser.go(&format!("/integrations/{id}/jobs")).await;
    browser.says("#job-list", "1 job").await;
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let started = stage.gateway.admin.post(&path, Some(json!({}))).await;
    assert!(started.status < 300, "{}", started.body);
    browser.says("#job-list", "2 jobs").await;
    browser.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_said_until_it_is_there_again() {
    let stage = Stage::open().await;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    let mut wire = Wire::lay(&stage.gateway.base_url).await;
    let browser = Browser::open(&format!("http://{}", wire.address)).await;
    browser.go("/sign-in").await;
    browser.fill("input[name=email]", EMAIL).await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.submit("form button.primary").await;
    browser.go(&format!("/integrations/{id}")).await;
    browser.says("#access-units", "Granted").await;
    browser.script("window.unreloaded = true", vec![]).await;
    assert!(!browser.is_shown("#connection").await);
    browser.assert_clean().await;
    wire.cut().await;
    browser
        .says("#connection", "Connection lost, trying again")
        .await;
    assert_eq!(browser.axe().await, Vec::<String>::new());
    stage.gateway.enable(&id).await;
    wire.mend().await;
    eventually("the stream is there again", async || {
        (!browser.is_shown("#connection").await).then_some(())
    })
    .await;
    // What was missed comes with it.
    browser.says("#jobs table", "Success").await;
    let unreloaded = "return window.unreloaded === true";
    assert_eq!(browser.script(unreloaded, vec![]).await, json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_says_what_it_waits_for_and_when_a_worker_was_lost() {
    let vendor = Vendor::start(Options {
        properties: 20,
        units: 1500,
        latency_ms: 100,
        limit: None,
        ..Options::default()
    });
    let mut stage = Stage::with(Start::default(), vendor).await;
    stage.welcome().await;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    // The vendor's own limit: the word says so, and going on afterwards is no resumption.
    let limit =
        json!({"kind": "status", "status": 429, "retry_after": {"form": "seconds", "seconds": 6}});
    stage
        .vendor
        .mutate(json!([{"op": "fault", "fault": {"path": "/v1/", "times": 12, "action": limit}}]))
        .await;
    stage.gateway.enable(&id).await;
    let browser = &stage.browser;
    let sync = eventually("the sync has begun", async || stage.gateway.sync(&id).await).await;
    let sync = sync["id"].as_str().unwrap_or_default().to_owned();
    let job = format!("/integrations/{id}/jobs/{sync}");
    browser.go(&job).await;
    browser.says("#job", "(vendor’s limit)").await;
    browser.assert_clean().await;
    stage.vendor.mutate(json!([{"op": "clear_faults"}])).await;
    stage.gateway.synced(&id).await;
    browser.says("#job", "Success").await;
    browser.says("#job", "waited ").await;
    let text = browser.text("#job .page-head").await;
    assert!(!text.contains("Resumed"), "{text}");
    let sync = stage.gateway.sync(&id).await.unwrap_or_default();
    let taken = sync["runs"].as_array().is_some_and(|runs| {
        runs.iter()
            .any(|run| run["attempts"].as_i64().unwrap_or(0) > 1)
    });
    assert!(taken, "nothing waited: {sync}");
    // A worker that is killed in the middle: another one goes on, and the job says so.
    stage.latency(700).await;
    let path = format!("/v1/admin/integrations/{id}/back-sync");
    let started = stage.gateway.admin.post(&path, Some(json!({}))).await;
    assert!(started.status < 300, "{}", started.body);
    eventually("a run is under way", async || {
        let sync = stage.gateway.sync(&id).await?;
        let id = sync["id"].as_str()?;
        // Its line is written beside it, a moment later.
        let log = format!("/v1/admin/syncs/{id}/log");
        let log = stage.gateway.admin.get(&log).await.expect(200);
        let lines = log["results"].as_array()?;
        let told = |run: &Value| {
            lines
                .iter()
                .any(|line| line["event"] == "run.started" && line["run_id"] == run["id"])
        };
        let mut runs = sync["runs"].as_array()?.iter();
        runs.any(|run| run["status"] == "running" && run["lead"].is_null() && told(run))
            .then_some(())
    })
    .await;
    stage.gateway.kill_and_restart().await;
    stage.latency(0).await;
    stage.gateway.synced(&id).await;
    let sync = stage.gateway.sync(&id).await.unwrap_or_default();
    let sync = sync["id"].as_str().unwrap_or_default();
    let browser = Browser::open(&stage.gateway.base_url).await;
    browser.go("/sign-in").await;
    browser.fill("input[name=email]", EMAIL).await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.submit("form button.primary").await;
    browser.go(&format!("/integrations/{id}/jobs/{sync}")).await;
    browser
        .says("#job .page-head", "Resumed where it had stopped")
        .await;
    browser.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_grows_old_is_marked_and_deletions_are_counted() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    stage.gateway.enable(&id).await;
    stage.gateway.synced(&id).await;
    let list = "/vendors/BUILDIUM/sandbox";
    browser.go(list).await;
    let text = browser.text("#customer-list").await;
    assert!(!text.contains("Data is from"), "{text}");
    let sql = PgPool::connect_with(stage.gateway.database.options()).await;
    let sql = sql.unwrap_or_else(|error| panic!("the database: {error}"));
    let run = async |statement: &'static str| {
        let done = sqlx::query(statement).bind(&id).execute(&sql).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    };
    // The last two syncs failed, and what there is was read three days ago.
    run("update sync set created_at = created_at - interval '3 days', started_at = started_at - interval '3 days',
                finished_at = finished_at - interval '3 days' where integration_id = $1").await;
    run("insert into sync (account_id, integration_id, id, kind, status, created_at, started_at, finished_at)
         select account_id, integration_id, 'syn_failed' || n, 'scheduled', 'failed', now() - n * interval '1 hour',
                now() - n * interval '1 hour', now() - n * interval '1 hour'
         from sync, generate_series(1, 2) n where integration_id = $1").await;
    browser
        .says("#customer-list", "Data is from 3 days ago")
        .await;
    browser.assert_clean().await;
    browser.go(&format!("/integrations/{id}")).await;
    browser
        .says(
            "#integration-notices",
            "Data is from 3 days ago: the last 2 syncs failed",
        )
        .await;
    browser.assert_clean().await;
    // The same of credentials that are not accepted any more.
    run("update integration set credentials = 'rejected' where id = $1").await;
    browser
        .says(
            "#integration-notices",
            "Data is from 3 days ago: the vendor rejects the credentials",
        )
        .await;
    browser.assert_clean().await;
    // A sync that is not begun.
    run("update integration set credentials = 'valid' where id = $1").await;
    run("delete from sync where integration_id = $1 and status = 'failed'").await;
    run("update schedule set next_due_at = now() - interval '2 hours' where integration_id = $1")
        .await;
    // A worker takes it up, so there is nothing to be told.
    stage.gateway.synced(&id).await;
    browser.reload_until("#jobs table", "Scheduled").await;
    let text = browser.text("#integration-notices").await;
    assert!(!text.contains("Data is from"), "{text}");
    // Records that are gone at the vendor are counted as such.
    let ids = stage.vendor.ids().await;
    let gone = json!([{"op": "delete", "model": "units", "ids": [ids["units"][0]]}]);
    stage.vendor.mutate(gone).await;
    let mut deleted = 0;
    for _ in 0..4 {
        let path = format!("/v1/admin/integrations/{id}/back-sync");
        let started = stage.gateway.admin.post(&path, Some(json!({}))).await;
        assert!(started.status < 300, "{}", started.body);
        tokio::time::sleep(Duration::from_millis(200)).await;
        let sync = stage.gateway.synced(&id).await;
        deleted = sync["counters"]["rows_deleted"].as_i64().unwrap_or(0);
        if deleted > 0 {
            break;
        }
    }
    assert_eq!(deleted, 1);
    let sync = stage.gateway.sync(&id).await.unwrap_or_default();
    let sync = sync["id"].as_str().unwrap_or_default();
    browser.go(&format!("/integrations/{id}/jobs/{sync}")).await;
    let counted = "return [...document.querySelectorAll('.numbers > div')].map(it => it.innerText.split('\\n'))";
    let counted = browser.script(counted, vec![]).await;
    assert!(
        counted
            .as_array()
            .is_some_and(|all| all.contains(&json!(["Deleted", "1"]))),
        "{counted}"
    );
    browser.assert_clean().await;
}
