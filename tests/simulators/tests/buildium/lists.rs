//! Paging, order, filters and the refusals of wrong parameters.

use super::{LISTS, World};
use portcullis_simulators::buildium::row_digest;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn limit_is_fifty_unless_asked_and_never_above_a_thousand() {
    let world = World::plain();
    for (query, rows) in [
        ("", 50),
        ("?limit=1", 1),
        ("?limit=1000", 1000),
        ("?limit=5000", 1000),
        ("?offset=1990", 10),
    ] {
        let reply = world.get(&format!("/v1/rentals/units{query}")).await;
        assert_eq!((reply.ids().len(), reply.total()), (rows, 2000), "{query}");
    }
    let beyond = world.get("/v1/rentals/units?offset=2000").await;
    assert_eq!((beyond.text.as_str(), beyond.total()), ("[]", 2000));
}

#[tokio::test]
async fn wrong_values_are_refused_with_the_name_of_the_parameter() {
    let world = World::plain();
    for (query, status, key) in [
        ("limit=0", 422, "limit"),
        ("limit=-5", 422, "limit"),
        ("limit=ten", 400, "limit"),
        ("limit=", 400, "limit"),
        ("offset=-1", 422, "offset"),
        ("offset=1.5", 400, "offset"),
        ("orderby=Nothing", 422, "orderby"),
        ("orderby=Id%20sideways", 422, "orderby"),
        ("orderby=", 422, "orderby"),
        ("propertyids=1,2", 400, "propertyids"),
        ("leasestatuses=active", 422, "leasestatuses"),
        ("lastupdatedfrom=yesterday", 400, "lastupdatedfrom"),
    ] {
        let reply = world.get(&format!("/v1/leases?{query}")).await;
        assert_eq!(reply.status, status, "{query}");
        assert_eq!(reply.json()["Errors"][0]["Key"], key, "{}", reply.text);
        assert!(reply.json()["Errors"][0]["Value"].is_string());
    }
    assert_eq!(world.get("/v1/applicants?entityid=1").await.status, 422);
}

#[tokio::test]
async fn case_counts_in_paths_and_parameter_names_and_the_version_is_needed() {
    let world = World::plain();
    for path in [
        "/v1/Rentals",
        "/V1/rentals",
        "/rentals",
        "/",
        "/v2/rentals",
        "/v1/rentals/",
        "/v1/rentals?Limit=1",
        "/v1/rentals?OrderBy=Id",
        "/v1/rentals?LastUpdatedFrom=2024-01-01",
        "/v1/rentals/abc",
        "/v1/rentals/1",
        "/v1/leases/1/transactions",
        "/v1/applicants/1/applications",
        "/v1/tenants",
    ] {
        let reply = world.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.json()["UserMessage"].is_string());
    }
    assert_eq!(
        world
            .get("/v1/rentals?nobody=knows&orderby=ID")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_query_beyond_four_kilobytes_breaks_the_vendor() {
    let world = World::plain();
    let query = |length: usize| format!("/v1/rentals?{}", "x".repeat(length));
    assert_eq!(world.get(&query(4096)).await.status, 200);
    let reply = world.get(&query(4097)).await;
    assert_eq!(reply.status, 500);
    assert!(
        reply.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
}

#[tokio::test]
async fn order_takes_several_fields_and_only_a_unique_one_is_stable() {
    let world = World::plain();
    let by_id = world
        .get("/v1/rentals/units?limit=1000&orderby=id")
        .await
        .ids();
    assert!(by_id.is_sorted());
    let down = world
        .get("/v1/rentals/units?limit=1000&offset=1000&orderby=Id%20desc")
        .await
        .ids();
    assert_eq!(down.into_iter().rev().collect::<Vec<_>>(), by_id);

    let read = |query: &'static str| {
        let world = &world;
        async move {
            let mut ids = Vec::new();
            for offset in (0..2000).step_by(50) {
                ids.extend(
                    world
                        .get(&format!(
                            "/v1/rentals/units?limit=50&offset={offset}{query}"
                        ))
                        .await
                        .ids(),
                );
            }
            ids
        }
    };
    // The vendor's own order and one by a field with ties: some rows come twice, others never.
    for query in ["", "&orderby=PropertyId"] {
        let ids = read(query).await;
        assert!(!ids.is_sorted());
        assert_eq!(ids.len(), 2000);
        assert!(ids.iter().collect::<BTreeSet<_>>().len() < 2000, "{query}");
    }
    let ids = read("&orderby=propertyid%20DESC,Id").await;
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 2000);
    let rows = world
        .get("/v1/rentals/units?limit=1000&orderby=propertyid%20desc,Id")
        .await
        .json();
    let key = |row: &Value| {
        (
            -row["PropertyId"].as_i64().unwrap(),
            row["Id"].as_i64().unwrap(),
        )
    };
    assert!(rows.as_array().unwrap().is_sorted_by_key(key));
}

#[tokio::test]
async fn filters_choose_what_the_rows_show() {
    let world = World::plain();
    let some = world.get("/v1/rentals?orderby=Id&limit=2").await.ids();
    let filter = format!("propertyids={}&propertyids={}", some[0], some[1]);
    let units = world.read_all(&format!("/v1/rentals/units?{filter}")).await;
    assert_eq!(units.len(), 40);
    let leases = world
        .get("/v1/leases?leasestatuses=Future&leasestatuses=Past&limit=1000")
        .await;
    assert!(leases.total() > 0);
    let words: BTreeSet<String> = leases
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["LeaseStatus"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        words,
        BTreeSet::from(["Future".to_owned(), "Past".to_owned()])
    );
    let applicants = world
        .get("/v1/applicants?applicationstatuses=Approved&limit=1000")
        .await;
    let rows = applicants.json();
    assert!(!rows.as_array().unwrap().is_empty());
    for row in rows.as_array().unwrap() {
        let list = row["Applications"].as_array().unwrap();
        assert!(
            list.iter()
                .any(|application| application["ApplicationStatus"] == "Approved")
        );
    }
    assert_eq!(world.get("/v1/leases?rentalownerids=1").await.total(), 0);
}

#[tokio::test]
async fn last_updated_is_inclusive_and_in_utc() {
    let world = World::plain();
    for (_, path) in LISTS {
        let all = world.get(path).await.total();
        let part = |query: &'static str| {
            let world = &world;
            async move { world.get(&format!("{path}?{query}")).await.total() }
        };
        let before = part("lastupdatedto=2025-01-01T00:00:00Z").await;
        let after = part("lastupdatedfrom=2025-01-01T00:00:01Z").await;
        assert_eq!(before + after, all, "{path}");
        assert!(before > 0 && after > 0);
    }
    let rows = world.read_all("/v1/leases").await;
    let lease: Value = rows
        .iter()
        .map(|row| serde_json::from_str::<Value>(row.get()).unwrap())
        .find(|row| row["LastUpdatedDateTime"].is_string())
        .unwrap();
    let time = lease["LastUpdatedDateTime"].as_str().unwrap();
    let exact = world
        .get(&format!(
            "/v1/leases?lastupdatedfrom={time}&lastupdatedto={time}"
        ))
        .await;
    assert!(exact.ids().contains(&lease["Id"].as_i64().unwrap()));
}

#[tokio::test]
async fn the_truth_equals_a_careful_read_and_a_restart_serves_the_same_bytes() {
    let world = World::plain();
    let truth = world.control("truth?ids=1&digest=1").await;
    assert_eq!(
        (&truth["models"]["properties"], &truth["models"]["units"]),
        (&json!(100), &json!(2000))
    );
    let mut cosigners = 0;
    for (model, path) in LISTS {
        let rows = world.read_all(path).await;
        let ids: Vec<Value> = rows
            .iter()
            .map(|row| {
                let row: Value = serde_json::from_str(row.get()).unwrap();
                cosigners += row["Cosigners"].as_array().map_or(0, Vec::len);
                row["Id"].clone()
            })
            .collect();
        let digest = rows.iter().fold(0_u64, |sum, row| {
            sum.wrapping_add(row_digest(row.get().as_bytes()))
        });
        assert_eq!(json!(rows.len()), truth["models"][model]);
        assert_eq!(json!(ids), truth["ids"][model]);
        assert_eq!(json!(format!("{digest:016x}")), truth["digests"][model]);
    }
    // A lease may hide its cosigners behind a null, never invent one.
    assert!(
        cosigners > 0
            && cosigners <= usize::try_from(truth["cosigners"].as_u64().unwrap()).unwrap()
    );

    let mut applications = Vec::new();
    for applicant in world.read_all("/v1/applicants").await {
        let applicant: Value = serde_json::from_str(applicant.get()).unwrap();
        let path = format!("/v1/applicants/{}/applications", applicant["Id"]);
        let own = world.read_all(&path).await;
        let listed = applicant["Applications"].as_array().map_or(0, Vec::len);
        assert_eq!(own.len(), listed);
        applications.extend(
            own.iter()
                .map(|row| serde_json::from_str::<Value>(row.get()).unwrap()["Id"].clone()),
        );
    }
    assert_eq!(json!(applications), truth["ids"]["applications"]);

    assert_eq!(World::plain().control("truth?ids=1&digest=1").await, truth);
    let other = World::start(|options| options.seed = 2)
        .control("truth?digest=1")
        .await;
    for (model, digest) in other["digests"].as_object().unwrap() {
        assert_ne!(digest, &truth["digests"][model]);
    }
}

#[tokio::test]
async fn a_million_units_start_at_once_and_serve_any_page() {
    let world = World::start(|options| (options.properties, options.units) = (10_000, 1_000_000));
    let reply = world
        .get("/v1/leases/tenants?limit=1000&offset=1329000&orderby=Id")
        .await;
    assert_eq!((reply.ids().len(), reply.total()), (1000, 1_330_000));
    assert_eq!(
        world
            .get("/v1/rentals/units?limit=10&offset=999990")
            .await
            .ids()
            .len(),
        10
    );
    let sizes = World::start(|options| (options.units, options.residents) = (100, Some(77)))
        .control("truth")
        .await;
    assert_eq!(
        (&sizes["models"]["units"], &sizes["models"]["residents"]),
        (&json!(100), &json!(77))
    );
}
