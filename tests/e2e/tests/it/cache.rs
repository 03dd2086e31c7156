//! The response cache from outside: what it keeps, for whom, for how long, and what it never hides.

use portcullis_e2e::{Answer, Client, Gateway, Start, Vendor, eventually, program};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::time::{Duration, Instant};

const QUERIES: &str = "portcullis_database_queries_total";
const OF_API: &str = "purpose=\"api\"";

/// How much age the short-lived entries of these tests reach.
const SHORT: Duration = Duration::from_secs(2);

async fn database(gateway: &Gateway) -> PgConnection {
    PgConnection::connect_with(&gateway.database.options())
        .await
        .expect("the test's database answers")
}

/// A gateway with an integration that was synced once.
async fn synced(start: Start) -> (Gateway, Vendor, String) {
    let vendor = Vendor::small();
    let gateway = Gateway::start(start).await;
    let id = gateway.integration(vendor.integration("Cached")).await;
    gateway.enable(&id).await;
    assert_eq!(gateway.synced(&id).await["status"], "succeeded");
    (gateway, vendor, id)
}

fn is_hit(answer: &Answer) -> bool {
    answer.header("cache-status").contains("; hit")
}

fn age(answer: &Answer) -> u64 {
    answer.header("age").parse().expect("an age in seconds")
}

fn total(answer: &Answer) -> Value {
    answer.expect(200)["meta"]["total"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_equal_call_is_a_hit_that_asks_the_database_nothing() {
    let (gateway, vendor, id) = synced(Start::default()).await;
    let truth = vendor.truth().await;
    let path = format!("/v1/units/?integration_id={id}&limit=20");
    let first = gateway.admin.get(&path).await;
    assert_eq!(total(&first), truth["units"]);
    assert_eq!(
        first.header("cache-status"),
        "portcullis; fwd=uri-miss; stored"
    );
    assert_eq!(first.header("cache-control"), "private, max-age=900");
    assert_eq!(first.header("age"), "0");

    let before = gateway.admin.metric(QUERIES, OF_API).await;
    assert!(before > 0.0, "the counter counts");
    // Another spelling of the same question is the same call.
    let spelled = format!("/v1/units?limit=20&integration_id={id}");
    let mut ages = Vec::new();
    for path in [&path, &spelled, &path] {
        let again = gateway.admin.get(path).await;
        assert!(is_hit(&again), "{:?}", again.headers);
        assert_eq!(again.body, first.body);
        for header in ["etag", "x-data-as-of"] {
            assert_eq!(again.header(header), first.header(header));
            assert!(!first.header(header).is_empty());
        }
        ages.push(age(&again));
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }
    assert!(ages.windows(2).all(|pair| pair[0] < pair[1]), "{ages:?}");
    assert_eq!(
        gateway.admin.metric(QUERIES, OF_API).await.to_bits(),
        before.to_bits()
    );

    // Who has these very bytes gets none.
    let known = gateway
        .admin
        .get_with(&path, &[("if-none-match", first.header("etag"))])
        .await;
    assert_eq!((known.status, known.body.as_str()), (304, ""));
    assert_eq!(known.header("etag"), first.header("etag"));
    let other = gateway
        .admin
        .get_with(&path, &[("if-none-match", "\"something else\"")])
        .await;
    assert_eq!(other.status, 200);
    assert_eq!(
        gateway.admin.metric(QUERIES, OF_API).await.to_bits(),
        before.to_bits()
    );

    // The counter does move when the database is asked.
    assert_eq!(
        gateway.admin.get(&format!("{path}&offset=1")).await.status,
        200
    );
    assert!(gateway.admin.metric(QUERIES, OF_API).await > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_changed_by_psql_is_seen_when_the_time_is_over_and_not_before() {
    let (gateway, _vendor, id) = synced(Start::default().env("PORTCULLIS_CACHE_TTL", "2s")).await;
    let mut connection = database(&gateway).await;
    let path = format!("/v1/properties/?integration_id={id}");
    let begun = Instant::now();
    let first = gateway.admin.get(&path).await;
    assert_eq!(first.header("cache-control"), "private, max-age=2");
    let record = first.expect(200)["results"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let changed =
        sqlx::query("update record set doc = doc || '{\"name\": \"By psql\"}' where id = $1")
            .bind(&record)
            .execute(&mut connection)
            .await
            .expect("the row is changed");
    assert_eq!(changed.rows_affected(), 1);

    // Until the entry is too old, the old answer is given, and says that it is one.
    let mut hits = 0;
    let (late, after) = loop {
        let answer = gateway.admin.get(&path).await;
        let elapsed = begun.elapsed();
        if !is_hit(&answer) {
            break (answer, elapsed);
        }
        hits += 1;
        assert_eq!(answer.body, first.body);
        assert!(age(&answer) < SHORT.as_secs(), "{:?}", answer.headers);
        assert!(
            elapsed < SHORT + Duration::from_secs(1),
            "the entry does not end"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    println!(
        "{hits} hits, then a new answer after {} ms",
        after.as_millis()
    );
    assert!(hits > 0, "the changed row was never hidden");
    assert!(after >= SHORT, "the entry ended after {after:?}");
    let results = late.expect(200)["results"].clone();
    let seen = results
        .as_array()
        .and_then(|all| all.iter().find(|it| it["id"] == *record));
    assert_eq!(seen.map(|it| it["name"].clone()), Some(json!("By psql")));

    // Longer than a quarter of an hour is refused.
    for (ttl, good) in [("900s", true), ("901s", false)] {
        let printed = std::process::Command::new(program("portcullis"))
            .args(["config", "print"])
            .env("PORTCULLIS_CACHE_TTL", ttl)
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&printed.stderr).into_owned();
        assert_eq!(printed.status.success(), good, "{ttl}: {said}");
        assert!(
            good || (said.contains("cache.ttl") && said.contains("900s")),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_before_a_sync_ends_never_hides_what_it_brings() {
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let id = gateway.integration(vendor.integration("Impatient")).await;
    let own = format!("/v1/units/?integration_id={id}");
    let all = "/v1/units/".to_owned();
    for path in [&own, &all, &own, &all] {
        let early = gateway.admin.get(path).await;
        assert_eq!(total(&early), 0);
        assert_eq!(
            early.header("cache-status"),
            "portcullis; fwd=bypass; detail=not-synced"
        );
        assert_eq!(early.header("cache-control"), "private, no-store");
        assert_eq!(early.json()["meta"]["sync_state"][0]["state"], "not_synced");
    }

    // The first sync, watched by somebody who asks all the time.
    vendor
        .mutate(json!([{"op": "latency", "fixed_ms": 400}]))
        .await;
    gateway.enable(&id).await;
    let mut during = 0;
    loop {
        let early = gateway.admin.get(&own).await;
        let sync = gateway.sync(&id).await.expect("there is a sync");
        if early.json()["meta"]["sync_state"][0]["state"] == "first_sync_running" {
            assert_eq!(
                early.header("cache-status"),
                "portcullis; fwd=bypass; detail=first-sync-running"
            );
            during += 1;
        }
        if !sync["finished_at"].is_null() {
            assert_eq!(sync["status"], "succeeded", "{sync}");
            break;
        }
    }
    assert!(during > 0, "nobody asked during the first sync");
    // At once: not eventually.
    for path in [&own, &all] {
        let now = gateway.admin.get(path).await;
        assert_eq!(total(&now), vendor.truth().await["units"]);
        assert!(is_hit(&gateway.admin.get(path).await));
    }

    // The next one shows at once, too, whatever was kept meanwhile.
    let first_ids = vendor.ids().await;
    let parent = first_ids["properties"][0].clone();
    vendor
        .mutate(json!([{"op": "add", "model": "units", "count": 7, "parent": parent}]))
        .await;
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let started = gateway.admin.post(&path, None).await.expect(202);
    loop {
        // Somebody goes on to ask, so that an answer from before the end may be kept.
        for path in [&own, &all] {
            assert_eq!(gateway.admin.get(path).await.status, 200);
        }
        let sync = gateway.sync(&id).await.expect("there is a sync");
        assert_eq!(sync["id"], started["results"]["id"]);
        if !sync["finished_at"].is_null() {
            assert_eq!(sync["status"], "succeeded", "{sync}");
            break;
        }
    }
    let truth = vendor.truth().await;
    assert_eq!(truth["units"], 67);
    for path in [&own, &all] {
        assert_eq!(total(&gateway.admin.get(path).await), truth["units"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_never_share_an_entry() {
    let (gateway, vendor, id) = synced(Start::default()).await;
    let account = gateway.command(&["account", "create", "Another"]).await;
    let account = account["id"]
        .as_str()
        .expect("an account has an id")
        .to_owned();
    let key = gateway
        .command(&[
            "key",
            "create",
            "another",
            "--account",
            &account,
            "--environment",
            "sandbox",
            "--role",
            "admin",
        ])
        .await;
    let other = Client::new(&gateway.base_url, key["key"].as_str());
    let production = {
        let key = gateway
            .command(&[
                "key",
                "create",
                "live",
                "--account",
                &gateway.account_id,
                "--environment",
                "production",
                "--role",
                "admin",
            ])
            .await;
        Client::new(&gateway.base_url, key["key"].as_str())
    };

    // An integration of its own, with the same vendor and key: the records have the same ids there.
    let theirs = other
        .post(
            "/v1/admin/integrations/",
            Some(vendor.integration("Theirs")),
        )
        .await
        .expect(201)["results"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    eventually("the other account's access is checked", async || {
        let access = other
            .get(&format!("/v1/admin/integrations/{theirs}/data-access"))
            .await
            .expect(200);
        (access["result"]["data_access_check_in_process"] == false).then_some(())
    })
    .await;
    vendor
        .mutate(json!([{"op": "add", "model": "properties", "count": 3}]))
        .await;
    let enabled = other
        .post(&format!("/v1/admin/integrations/{theirs}/enable"), None)
        .await;
    assert_eq!(enabled.status, 200, "{}", enabled.body);
    eventually("the other account's sync ends", async || {
        let syncs = other
            .get(&format!("/v1/admin/integrations/{theirs}/syncs"))
            .await
            .expect(200);
        (!syncs["results"][0]["finished_at"].is_null()).then_some(())
    })
    .await;

    // The same URL, in turns, each twice: from the second round on both come from the cache.
    for round in 0..3 {
        for (client, count, integration) in [(&gateway.admin, 5, &id), (&other, 8, &theirs)] {
            let answer = client.get("/v1/properties/").await;
            assert_eq!(total(&answer), count, "round {round}");
            assert_eq!(
                is_hit(&answer),
                round > 0,
                "round {round}: {:?}",
                answer.headers
            );
            let results = answer.json()["results"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            assert!(
                results
                    .iter()
                    .all(|it| it["integration_id"] == **integration)
            );
        }
        // Nor do two environments of one account.
        let live = production.get("/v1/properties/").await;
        assert_eq!(total(&live), 0);
        assert!(!is_hit(&live));
    }

    // What the first account has in the cache is not there for the other, whole lists and single records alike.
    let list = format!("/v1/properties/?integration_id={id}");
    let mine = gateway.admin.get(&list).await.expect(200);
    let record = format!(
        "/v1/properties/{}",
        mine["results"][0]["id"].as_str().expect("an id")
    );
    for path in [&list, &record] {
        assert_eq!(gateway.admin.get(path).await.status, 200);
        assert!(is_hit(&gateway.admin.get(path).await));
    }
    let refused = other.get(&list).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "unknown_integration")
    );
    for client in [&other, &production] {
        let refused = client.get(&record).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (404, "record_not_found")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_never_kept() {
    let (gateway, vendor, id) = synced(Start::default()).await;
    let mut connection = database(&gateway).await;
    let mut run = async |sql: &str| {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
            .execute(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    };
    let list = gateway
        .admin
        .get(&format!("/v1/leases/?integration_id={id}&limit=1"))
        .await
        .expect(200);
    let record = list["results"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/leases/{record}");

    // Not found, then found: no entry, no generation and no time lies between.
    run(&format!(
        "update record set environment = 'production' where id = '{record}'"
    ))
    .await;
    for _ in 0..2 {
        let missing = gateway.admin.get(&path).await;
        assert_eq!(
            (missing.status, missing.code().as_str()),
            (404, "record_not_found")
        );
        assert_eq!(
            missing.header("cache-control"),
            "no-store",
            "{:?}",
            missing.headers
        );
        assert!(!is_hit(&missing));
    }
    run(&format!(
        "update record set environment = 'sandbox' where id = '{record}'"
    ))
    .await;
    assert_eq!(
        gateway.admin.get(&path).await.expect(200)["results"]["id"],
        *record
    );

    // A fault of the gateway, then an answer.
    let path = format!("/v1/residents/?integration_id={id}");
    run("alter table record rename to record_away").await;
    for _ in 0..2 {
        let failed = gateway.admin.get(&path).await;
        assert_eq!(
            (failed.status, failed.code().as_str()),
            (500, "internal_error"),
            "{}",
            failed.body
        );
        assert_eq!(
            failed.header("cache-control"),
            "no-store",
            "{:?}",
            failed.headers
        );
    }
    run("alter table record_away rename to record").await;
    let good = gateway.admin.get(&path).await;
    assert_eq!(total(&good), vendor.truth().await["residents"]);
    assert!(!is_hit(&good));

    // A bad request is judged anew each time, and never with the database.
    let before = gateway.admin.metric(QUERIES, OF_API).await;
    for _ in 0..2 {
        let bad = gateway
            .admin
            .get(&format!("/v1/residents/?integration_id={id}&limit=0"))
            .await;
        assert_eq!((bad.status, bad.code().as_str()), (400, "invalid_limit"));
        assert!(!is_hit(&bad));
    }
    assert_eq!(
        gateway.admin.metric(QUERIES, OF_API).await.to_bits(),
        before.to_bits()
    );
}
