//! The simulated AppFolio.

use super::{Reply, World, change, sorted};
use portcullis_simulators::{Options, VendorKind};
use serde_json::{Value, json};

const EVER: &str = "filters[LastUpdatedAtFrom]=1970-01-01T00:00:00Z";

/// Each model with its list.
const LISTS: [(&str, &str); 5] = [
    ("properties", "properties"),
    ("units", "units"),
    ("leases", "leases"),
    ("residents", "tenants"),
    ("applications", "rental_applications"),
];

fn start(change: impl FnOnce(&mut Options)) -> World {
    World::start(VendorKind::AppFolio, change)
}

fn request(world: &World, path: &str, secret: &str) -> reqwest::RequestBuilder {
    world
        .http
        .get(world.url(&format!("/api/v0/{path}")))
        .basic_auth(world.field("clientId"), Some(secret))
        .header("X-AppFolio-Developer-ID", world.field("developerId"))
}

async fn get(world: &World, path: &str) -> Reply {
    let secret = world.field("clientSecret");
    world.send(request(world, path, &secret)).await
}

/// Every row of a list, by the paths that the vendor gives; and those paths.
async fn read_all(world: &World, first: &str) -> (Vec<Value>, Vec<String>) {
    let (mut rows, mut paths, mut next) = (Vec::new(), Vec::new(), first.to_owned());
    loop {
        let page = get(world, &next).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let page = page.json();
        rows.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(path) = page["next_page_path"].as_str() else {
            return (rows, paths);
        };
        paths.push(path.to_owned());
        next = path
            .strip_prefix("/api/v0/")
            .or(path.strip_prefix('/'))
            .unwrap()
            .to_owned();
    }
}

fn ids(rows: &[Value]) -> Vec<String> {
    sorted(
        rows.iter()
            .map(|row| row["Id"].as_str().unwrap().to_owned()),
    )
}

#[tokio::test]
async fn a_careful_read_is_the_truth_and_links_come_in_both_forms() {
    let world = start(|options| options.units = 1300);
    for (model, list) in LISTS {
        let (rows, _) = read_all(&world, &format!("{list}?{EVER}&page[size]=1000")).await;
        assert_eq!(ids(&rows), world.truth(model).await, "{model}");
    }
    let (leads, paths) = read_all(&world, &format!("leads?{EVER}&page[size]=50")).await;
    let applied = leads
        .iter()
        .filter(|lead| !lead["RentalApplicationId"].is_null());
    let applied: Vec<Value> = applied.cloned().collect();
    assert_eq!(ids(&applied), world.truth("applicants").await);
    assert!(applied.len() < leads.len());
    assert!(paths[0].starts_with("/api/v0/leads?") && paths[1].starts_with("/leads?"));
    assert!(paths.iter().all(|path| path.contains("LastUpdatedAtFrom")));
    // Fewer rows than asked for, and yet not the end.
    let page = get(&world, &format!("leads?{EVER}&page[size]=1000"))
        .await
        .json();
    assert_eq!(page["data"].as_array().unwrap().len(), 100);
    assert!(page["next_page_path"].is_string());
}

#[tokio::test]
async fn strangers_missing_headers_and_permissions_are_told_apart() {
    let world = start(|_| {});
    let path = format!("units?{EVER}");
    let without = world
        .http
        .get(world.url(&format!("/api/v0/{path}")))
        .basic_auth(world.field("clientId"), Some(world.field("clientSecret")));
    let reply = world.send(without).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text.contains("Required header missing"));
    let reply = world.send(request(&world, &path, "wrong")).await;
    assert_eq!(reply.status, 401);
    let developer = world
        .http
        .get(world.url(&format!("/api/v0/{path}")))
        .basic_auth(world.field("clientId"), Some(world.field("clientSecret")))
        .header("X-AppFolio-Developer-ID", "somebody-else");
    assert_eq!(world.send(developer).await.status, 401);

    world
        .mutate(json!([{ "op": "set_scopes", "scopes": ["units", "leasing"] }]))
        .await;
    for (list, status) in [
        ("units", 200),
        ("leads", 200),
        ("tenants", 701),
        ("leases", 701),
    ] {
        assert_eq!(
            get(&world, &format!("{list}?{EVER}")).await.status,
            status,
            "{list}"
        );
    }
    let truth = world.control("truth").await;
    assert_eq!(
        (
            &truth["readable"]["residents"],
            &truth["readable"]["applications"]
        ),
        (&json!(false), &json!(true))
    );
    let fault = json!({ "times": 1, "action": { "kind": "status", "status": 533 } });
    world
        .mutate(json!([{ "op": "fault", "fault": fault }]))
        .await;
    assert_eq!(get(&world, &path).await.status, 533);
    assert_eq!(get(&world, &path).await.status, 200);
}

#[tokio::test]
async fn a_list_without_its_filter_is_refused() {
    let world = start(|_| {});
    for wrong in [
        "units".to_owned(),
        "units?page[number]=1".to_owned(),
        "units?filters[LastUpdatedAtFrom]=yesterday".to_owned(),
        format!("units?{EVER}&page[size]=1001"),
        format!("units?{EVER}&page[number]=0"),
        format!("units?{EVER}&filters[Colour]=red"),
    ] {
        assert_eq!(get(&world, &wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(get(&world, "doors?filters[Id]=1").await.status, 404);
    let id = &world.truth("units").await[0];
    let (rows, _) = read_all(&world, &format!("units?filters[Id]={id}")).await;
    assert_eq!(ids(&rows), std::slice::from_ref(id));
}

#[tokio::test]
async fn changes_move_the_stamp_and_silent_ones_do_not() {
    let world = start(|_| {});
    let units = world.truth("units").await;
    let since = "units?filters[LastUpdatedAtFrom]=2026-08-01T00:00:00Z";
    assert!(read_all(&world, since).await.0.is_empty());
    let silent = json!({ "op": "change", "model": "units", "ids": [units[1]], "silent": true,
        "fields": { "Name": "hushed" } });
    let made = world
        .mutate(json!([
            change("units", &[&units[0]], "Status", json!("Submerged")),
            silent,
            { "op": "delete", "model": "units", "ids": [units[2]] },
            { "op": "add", "model": "units", "count": 2 },
        ]))
        .await;
    let (rows, _) = read_all(&world, since).await;
    let added = made[3]["ids"].as_array().unwrap();
    let mut expected = vec![units[0].clone()];
    expected.extend(added.iter().map(|id| id.as_str().unwrap().to_owned()));
    assert_eq!(ids(&rows), sorted(expected.into_iter()));
    let (all, _) = read_all(&world, &format!("units?{EVER}")).await;
    assert_eq!(ids(&all), world.truth("units").await);
    assert!(!ids(&all).contains(&units[2]));
}

#[tokio::test]
async fn the_ninth_request_of_a_second_waits() {
    let world = start(|options| options.limit = Options::default().limit);
    let mut statuses = Vec::new();
    for _ in 0..9 {
        let reply = get(&world, &format!("properties?{EVER}")).await;
        if reply.status == 429 {
            assert_eq!(reply.header("retry-after"), Some("1"));
        }
        statuses.push(reply.status);
    }
    // The window may have moved on in between on a slow machine, but not by much.
    assert!(statuses[..8].iter().all(|status| *status == 200));
    let entries = world.control("ledger").await;
    let times: Vec<u64> = entries["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["time_ms"].as_u64().unwrap())
        .collect();
    let within = times[8] - times[0] < 990;
    assert!(statuses[8] == 429 || !within, "{statuses:?}");
}

#[tokio::test]
async fn keys_see_their_properties_and_secrets_come_back_on_demand() {
    let world = start(|_| {});
    let properties = world.truth("properties").await;
    world
        .mutate(json!([{ "op": "add_key", "client_id": "few", "secret": "s", "properties": [properties[0]] }]))
        .await;
    let few = world
        .http
        .get(world.url(&format!("/api/v0/units?{EVER}&page[size]=1000")))
        .basic_auth("few", Some("s"))
        .header("X-AppFolio-Developer-ID", world.field("developerId"));
    let rows = world.send(few).await.json();
    let rows = rows["data"].as_array().unwrap().clone();
    assert!(!rows.is_empty());
    assert!(
        rows.iter()
            .all(|row| row["PropertyId"] == json!(properties[0]))
    );
    let truth = world.control("truth?client_id=few&ids=1").await;
    assert_eq!(truth["models"]["units"], json!(rows.len()));

    world
        .mutate(json!([{ "op": "echo_secrets", "on": true }]))
        .await;
    let reply = get(&world, &format!("units?{EVER}")).await;
    let secret = world.field("clientSecret");
    assert_eq!(reply.header("x-debug-sent"), Some(secret.as_str()));
    assert_eq!(reply.json()["data"][0]["Name"], json!(secret));
}
