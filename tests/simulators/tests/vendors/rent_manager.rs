//! The simulated Rent Manager.

use super::{Reply, World, change, sorted};
use portcullis_simulators::{Options, VendorKind};
use serde_json::{Value, json};

/// Each model with its collection and the field of its id.
const LISTS: [(&str, &str, &str); 5] = [
    ("properties", "Properties", "PropertyID"),
    ("units", "Units", "UnitID"),
    ("leases", "Leases", "LeaseID"),
    ("residents", "Tenants", "TenantID"),
    ("resident_charges", "Charges", "ChargeID"),
];

fn start(change: impl FnOnce(&mut Options)) -> World {
    World::start(VendorKind::RentManager, change)
}

async fn try_login(world: &World, user: &str, password: &str) -> Reply {
    let url = world.url("/Authentication/AuthorizeUser");
    let login = json!({ "Username": user, "Password": password, "LocationID": 1 });
    world.send(world.http.post(url).json(&login)).await
}

/// A token: a bare text in quotes.
async fn login(world: &World) -> String {
    let reply = try_login(world, &world.field("username"), &world.field("password")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let token = reply.text.strip_prefix('"').unwrap();
    token.strip_suffix('"').unwrap().to_owned()
}

async fn get(world: &World, token: &str, path: &str) -> Reply {
    let request = world.http.get(world.url(path));
    world
        .send(request.header("X-RM12Api-ApiToken", token))
        .await
}

fn ids(rows: &Value, field: &str) -> Vec<String> {
    let rows = rows.as_array().unwrap();
    sorted(rows.iter().map(|row| row[field].to_string()))
}

async fn numbers(world: &World, model: &str) -> Vec<String> {
    world.truth(model).await
}

#[tokio::test]
async fn ten_tokens_and_no_more_until_one_is_given_back() {
    let world = start(|_| {});
    let mut tokens = Vec::new();
    for _ in 0..10 {
        tokens.push(login(&world).await);
    }
    let (user, password) = (world.field("username"), world.field("password"));
    let reply = try_login(&world, &user, &password).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text.contains("maximum number of times"));
    let truth = world.control("truth").await;
    assert_eq!(truth["live_tokens"][&user], json!(10));

    let url = world.url(&format!("/Authentication/Deauthorize?token={}", tokens[0]));
    assert_eq!(world.send(world.http.post(url)).await.status, 204);
    assert_eq!(get(&world, &tokens[0], "/Units").await.status, 401);
    let again = login(&world).await;
    assert_eq!(get(&world, &again, "/Units").await.status, 200);

    let ended = world.mutate(json!([{ "op": "expire_sessions" }])).await;
    assert_eq!(ended[0]["ended"], json!(10));
    assert_eq!(get(&world, &again, "/Units").await.status, 401);
}

#[tokio::test]
async fn tokens_end_at_random_and_the_vendor_keeps_count() {
    let world = start(|_| {});
    let user = world.field("username");
    world
        .mutate(json!([{ "op": "end_sessions_at_random", "once_in": 4 }]))
        .await;
    let (mut token, mut log_ins) = (login(&world).await, 1);
    for _ in 0..50 {
        if get(&world, &token, "/Units").await.status == 401 {
            token = login(&world).await;
            log_ins += 1;
        }
    }
    let tally = world.control("truth").await["sessions"][&user].clone();
    assert!(log_ins > 3, "{tally}");
    assert_eq!(tally["log_ins"], json!(log_ins));
    assert_eq!(tally["ended"], json!(log_ins - 1));
    assert_eq!(
        (&tally["most_live"], &tally["over_cap"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn a_location_that_is_not_there_is_refused() {
    let world = start(|_| {});
    let token = login(&world).await;
    for (location, status) in [("9", 200), ("10", 400), ("north", 400)] {
        let request = world.http.get(world.url("/Units"));
        let request = request
            .header("X-RM12Api-ApiToken", &token)
            .header("X-RM12Api-LocationID", location);
        assert_eq!(world.send(request).await.status, status, "{location}");
    }
}

#[tokio::test]
async fn strangers_are_401_and_a_partner_needs_no_session() {
    let world = start(|_| {});
    let user = world.field("username");
    assert_eq!(try_login(&world, &user, "wrong").await.status, 401);
    assert_eq!(try_login(&world, "nobody", "wrong").await.status, 401);
    let url = world.url("/Authentication/AuthorizeUser");
    assert_eq!(world.send(world.http.post(url)).await.status, 400);
    assert_eq!(get(&world, "invented", "/Units").await.status, 401);
    for (token, status) in [("partner-token-00000001", 200), ("partner-token-x", 401)] {
        let request = world.http.get(world.url("/Units"));
        let reply = world
            .send(request.header("X-RM12Api-PartnerToken", token))
            .await;
        assert_eq!(reply.status, status, "{token}");
    }
    world
        .mutate(json!([{ "op": "set_scopes", "scopes": ["units"] }]))
        .await;
    let token = login(&world).await;
    assert_eq!(get(&world, &token, "/Units").await.status, 200);
    assert_eq!(get(&world, &token, "/Tenants").await.status, 403);
    assert_eq!(get(&world, &token, "/Doors").await.status, 404);
}

#[tokio::test]
async fn pages_come_as_206_with_links_to_the_last() {
    let world = start(|_| {});
    let token = login(&world).await;
    for (model, list, id) in LISTS {
        let whole = get(&world, &token, &format!("/{list}")).await;
        assert_eq!(whole.status, 200);
        assert!(whole.header("link").is_none());
        assert_eq!(ids(&whole.json(), id), numbers(&world, model).await);

        let (mut seen, mut page) = (Vec::new(), 1);
        loop {
            let path = format!("/{list}?orderby={id}&pagenumber={page}&pagesize=4");
            let reply = get(&world, &token, &path).await;
            assert_eq!(reply.status, 206, "{}", reply.text);
            let total = reply.header("x-total-results").unwrap();
            assert_eq!(total, whole.header("x-total-results").unwrap());
            seen.extend(ids(&reply.json(), id));
            let link = reply.header("link").unwrap();
            assert!(link.contains("rel=\"last\"") && link.contains("rel=\"first\""));
            assert_eq!(link.contains("rel=\"previous\""), page > 1);
            if !link.contains("rel=\"next\"") {
                break;
            }
            assert!(link.contains(&format!("pagenumber={}", page + 1)));
            page += 1;
        }
        assert_eq!(sorted(seen.into_iter()), numbers(&world, model).await);
    }
    // Without an order the last come first.
    let first = get(&world, &token, "/Units?pagenumber=1&pagesize=1").await;
    let ordered = get(
        &world,
        &token,
        "/Units?pagenumber=1&pagesize=1&orderby=UnitID",
    )
    .await;
    assert_ne!(first.text, ordered.text);
}

#[tokio::test]
async fn more_than_a_thousand_rows_are_paged_unasked() {
    let world = start(|options| options.units = 1200);
    let token = login(&world).await;
    let reply = get(&world, &token, "/Units").await;
    assert_eq!(reply.status, 206);
    assert_eq!(reply.json().as_array().unwrap().len(), 1000);
    let reply = get(&world, &token, "/Units?pagenumber=1&pagesize=5000").await;
    assert_eq!(reply.json().as_array().unwrap().len(), 1000);
}

#[tokio::test]
async fn the_query_language_filters_by_update_date() {
    let world = start(|_| {});
    let token = login(&world).await;
    let since = "/Units?filters=UpdateDate,ge,2026-08-01T00:00:00Z";
    // Nothing is said in two ways.
    let mut nothing = [
        get(&world, &token, since).await,
        get(&world, &token, since).await,
    ]
    .map(|reply| (reply.status, reply.text.is_empty()));
    nothing.sort_unstable();
    assert_eq!(nothing, [(200, true), (404, false)]);

    let units = numbers(&world, "units").await;
    world
        .mutate(json!([
            change("units", &[&units[0]], "Name", json!("changed")),
            { "op": "delete", "model": "units", "ids": [units[1]] },
        ]))
        .await;
    let reply = get(&world, &token, since).await;
    assert_eq!(ids(&reply.json(), "UnitID"), [units[0].clone()]);
    let reply = get(
        &world,
        &token,
        &format!("/Units?filters=UnitID,eq,{}", units[2]),
    )
    .await;
    assert_eq!(ids(&reply.json(), "UnitID"), [units[2].clone()]);
    for wrong in [
        "filters=UpdateDate,gte,2026-08-01T00:00:00Z",
        "filters=Colour,eq,red",
        "filters=UpdateDate,ge,yesterday",
        "orderby=Colour",
        "pagenumber=0",
        "colour=red",
    ] {
        let reply = get(&world, &token, &format!("/Units?{wrong}")).await;
        assert_eq!(reply.status, 400, "{wrong}");
    }
    let bare = get(&world, &token, "/Tenants?pagesize=1&pagenumber=1")
        .await
        .json();
    assert!(bare[0].get("Addresses").is_none());
    let path = "/Tenants?pagesize=1&pagenumber=1&embeds=Addresses";
    assert!(get(&world, &token, path).await.json()[0]["Addresses"].is_array());
}

#[tokio::test]
async fn every_answer_counts_down_and_the_last_is_429() {
    let world = start(|options| options.limit = Options::default().limit);
    let token = login(&world).await;
    let first = get(&world, &token, "/Properties?pagesize=1&pagenumber=1").await;
    assert_eq!(first.header("x-ratelimit-limit"), Some("500"));
    // The log-in counts too.
    assert_eq!(first.header("x-ratelimit-remaining"), Some("498"));
    let limit = json!({ "requests": 3, "window_ms": 60_000, "concurrent": 0 });
    world
        .mutate(json!([{ "op": "rate_limit", "limit": limit }]))
        .await;
    assert_eq!(get(&world, &token, "/Properties").await.status, 200);
    let reply = get(&world, &token, "/Properties").await;
    assert_eq!(reply.status, 429);
    let reset: i64 = reply.header("x-ratelimit-reset").unwrap().parse().unwrap();
    let ahead = reset - chrono::Utc::now().timestamp();
    assert!((1..=61).contains(&ahead), "{ahead}");
}
