//! One model that fails for ever: the others go on as if nothing were, and whoever looks at it knows why, who must act,
//! and when it is tried again.

use portcullis_e2e::{Gateway, Start, Vendor, eventually};
use serde_json::{Value, json};
use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection};

async fn start(gateway: &Gateway, id: &str) {
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let _ = gateway.admin.post(&path, None).await.expect(202);
}

/// Cause, next try, and who must act: all of them are said.
fn says_why(run: &Value) {
    assert!(run["error_code"].is_string(), "{run}");
    assert!(
        run["error_message"].as_str().is_some_and(|it| it.len() > 5),
        "{run}"
    );
    let who = run["who_must_act"].as_str();
    assert!(
        matches!(
            who,
            Some("nobody" | "operator" | "customer" | "vendor" | "connector_author")
        ),
        "{run}"
    );
    let next = run["next_try_at"].as_str().unwrap_or_default();
    let next = DateTime::parse_from_rfc3339(next);
    assert!(next.is_ok(), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_model_fails_and_the_others_succeed_every_time() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway.integration(vendor.integration("Acme")).await;
    let path = format!("/v1/admin/integrations/{id}/schedule");
    let hourly = json!({"type": "interval", "sync_frequency": 1, "sync_cadence": "HOUR"});
    let _ = gateway.admin.put(&path, hourly).await.expect(200);
    vendor
        .mutate(json!([{"op": "fault", "fault": {"path": "/v1/leases/tenants", "action": {"kind": "html"}}}]))
        .await;
    gateway.enable(&id).await;
    for round in 0..3 {
        if round > 0 {
            start(&gateway, &id).await;
        }
        // Between two tries it says the same as at the end.
        let waiting = eventually("the run waits for its next try", async || {
            let sync = gateway.sync(&id).await?;
            let run = Gateway::run(&sync, "residents").clone();
            (run["status"] == "waiting").then_some(run)
        })
        .await;
        says_why(&waiting);
        let sync = gateway.synced(&id).await;
        assert_eq!(sync["status"], "partial", "{round}: {sync}");
        for run in sync["runs"].as_array().expect("runs") {
            if run["model"] == "residents" {
                assert_eq!(run["status"], "failed", "{round}: {run}");
                assert_eq!(run["error_code"], waiting["error_code"]);
                assert_eq!(run["who_must_act"], waiting["who_must_act"]);
                says_why(run);
                let next = run["next_try_at"].as_str().unwrap_or_default();
                let next = DateTime::parse_from_rfc3339(next).expect("a time");
                let minutes = (next.to_utc() - Utc::now()).num_minutes();
                assert!((50..=60).contains(&minutes), "the schedule's: {minutes}");
            } else {
                let word = run["status"].as_str().unwrap_or_default();
                assert!(
                    matches!(word, "succeeded" | "succeeded_empty"),
                    "{round}: {run}"
                );
                assert!(run["next_try_at"].is_null(), "{run}");
            }
        }
        let path = format!("/v1/units/?integration_id={id}&limit=1");
        assert_eq!(gateway.admin.total(&path).await, 60);
    }
    // An older failed run has its next try behind it.
    let path = format!("/v1/admin/integrations/{id}/syncs");
    let syncs = gateway.admin.get(&path).await.expect(200);
    let oldest = &syncs["results"][2];
    assert_eq!(oldest["kind"], "first", "{oldest}");
    assert!(Gateway::run(oldest, "residents")["next_try_at"].is_null());

    vendor.mutate(json!([{"op": "clear_faults"}])).await;
    start(&gateway, &id).await;
    assert_eq!(gateway.synced(&id).await["status"], "succeeded");
}

/// A database that answers and refuses is not one that is away: who waits for it learns why, and in the end it is a
/// failure. Mended in time, the run goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_the_database_refuses_is_said() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway.integration(vendor.integration("Acme")).await;
    let mut sql = PgConnection::connect_with(&gateway.database.options())
        .await
        .unwrap();
    sqlx::query("alter table pass add constraint refuses check (model <> 'residents')")
        .execute(&mut sql)
        .await
        .unwrap();
    gateway.enable(&id).await;
    let waiting = eventually("the run waits for its next try", async || {
        let sync = gateway.sync(&id).await?;
        let run = Gateway::run(&sync, "residents").clone();
        (run["status"] == "waiting" && run["error_code"] == "store_refused").then_some(run)
    })
    .await;
    says_why(&waiting);
    assert_eq!(waiting["who_must_act"], "operator");
    sqlx::query("alter table pass drop constraint refuses")
        .execute(&mut sql)
        .await
        .unwrap();
    assert_eq!(gateway.synced(&id).await["status"], "succeeded");
}

/// A record that could not be read is mended at the vendor, whose stamp does not move: nobody has to ask for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_mended_arrives_by_itself() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway.integration(vendor.integration("Acme")).await;
    let unit = vendor.ids().await["units"][20].to_string();
    let row = format!("{{\"Id\":{unit},\"PropertyId\":");
    let broken = format!("{row}\"?\",\"WasPropertyId\":");
    vendor
        .mutate(json!([{"op": "fault", "fault": {
            "path": "/v1/rentals/units", "action": {"kind": "replace", "from": row, "to": broken}
        }}]))
        .await;
    gateway.enable(&id).await;
    let first = gateway.synced(&id).await;
    let run = Gateway::run(&first, "units");
    assert_eq!(run["status"], "partial", "{first}");
    assert_eq!(
        (&run["rows_dead"], &run["error_code"]),
        (&json!(1), &json!("dead_letters")),
        "{run}"
    );
    vendor.mutate(json!([{"op": "clear_faults"}])).await;
    start(&gateway, &id).await;
    let second = gateway.synced(&id).await;
    assert_eq!(second["status"], "succeeded", "{second}");
    let path = format!("/v1/units/?integration_id={id}&limit=1");
    assert_eq!(gateway.admin.total(&path).await, 60);
    let mut sql = PgConnection::connect_with(&gateway.database.options())
        .await
        .expect("the test's database answers");
    let open: i64 =
        sqlx::query_scalar("select count(*) from dead_letter where resolved_at is null")
            .fetch_one(&mut sql)
            .await
            .expect("letters are counted");
    assert_eq!(open, 0);
    // And then changes are enough again.
    vendor.clear_ledger().await;
    start(&gateway, &id).await;
    gateway.synced(&id).await;
    let asked = vendor.ledger().await;
    let full = |entry: &&Value| {
        let path = entry["path"].as_str().unwrap_or_default();
        path.starts_with("/v1/rentals/units") && !path.contains("lastupdatedfrom=")
    };
    assert_eq!(asked.iter().filter(full).count(), 0);
}
