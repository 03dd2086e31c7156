//! Keys, permissions, property limits and the rate limit.

use super::{LISTS, World};
use serde_json::json;

#[tokio::test]
async fn a_missing_wrong_or_deleted_key_is_401_with_the_error_body() {
    let world = World::plain();
    let ready = &world.running.ready;
    let url = format!("{}/v1/rentals", ready.url);
    let wrong = [
        world.http.get(&url),
        world
            .http
            .get(&url)
            .header("x-buildium-client-id", &ready.client_id),
        world
            .http
            .get(&url)
            .header("x-buildium-client-secret", &ready.secret),
        world.request_as("somebody", &ready.secret, "/v1/rentals"),
        world.request_as(&ready.client_id, "wrong", "/v1/rentals"),
        // An unknown path tells nothing to a stranger.
        world.request_as(&ready.client_id, "wrong", "/v1/nothing"),
    ];
    for request in wrong {
        let reply = world.send(request).await;
        assert_eq!(reply.status, 401);
        let body = reply.json();
        assert!(
            body["UserMessage"].is_string() && body["ErrorCode"].is_string(),
            "{body}"
        );
        assert!(body.as_object().unwrap().contains_key("Errors"));
    }
    assert_eq!(world.get("/v1/rentals").await.status, 200);
    world.mutate(json!([{ "op": "revoke_key" }])).await;
    assert_eq!(world.get("/v1/rentals").await.status, 401);
}

#[tokio::test]
async fn a_key_without_a_permission_gets_403_that_names_it() {
    let world = World::plain();
    world
        .mutate(json!([{ "op": "set_scopes", "scopes": ["rentals", "leases", "tenants"] }]))
        .await;
    for (model, path) in LISTS {
        let expected = if model == "applicants" { 403 } else { 200 };
        assert_eq!(
            world.get(&format!("{path}?limit=1")).await.status,
            expected,
            "{path}"
        );
    }
    for (path, permission) in [
        ("/v1/applicants", "Rentals > Applicants - View"),
        (
            "/v1/applicants/70001/applications",
            "Rentals > Applicants - View",
        ),
        (
            "/v1/leases/2000/charges",
            "Rentals > Lease transactions - View",
        ),
    ] {
        let reply = world.get(path).await;
        assert_eq!(reply.status, 403);
        assert!(
            reply.json()["UserMessage"]
                .as_str()
                .unwrap()
                .contains(permission),
            "{}",
            reply.text
        );
    }
    let truth = world.control("truth").await;
    assert_eq!(
        (
            &truth["readable"]["applications"],
            &truth["readable"]["units"]
        ),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn a_key_limited_to_properties_sees_their_rows_alone() {
    let world = World::plain();
    let properties = world.get("/v1/rentals?orderby=Id&limit=3").await.ids();
    world
        .mutate(json!([
            { "op": "add_key", "client_id": "few", "secret": "s", "properties": [properties[0], properties[2]] },
            { "op": "add_key", "client_id": "none", "secret": "s", "properties": [] },
        ]))
        .await;
    let truth = world.control("truth?client_id=few&ids=1").await;
    let whole = world.control("truth?ids=1").await;
    for (model, path) in LISTS {
        let reply = world
            .send(world.request_as("few", "s", &format!("{path}?limit=1000&orderby=Id")))
            .await;
        assert_eq!(json!(reply.ids()), truth["ids"][model], "{model}");
        assert_eq!(reply.total(), reply.ids().len());
        assert!(!reply.ids().is_empty() && json!(reply.total()) != whole["models"][model]);
        let hidden = whole["ids"][model].as_array().unwrap().iter().rev();
        let hidden = hidden
            .filter_map(|id| id.as_i64())
            .find(|id| !reply.ids().contains(id))
            .unwrap();
        assert_eq!(
            world
                .send(world.request_as("few", "s", &format!("{path}/{hidden}")))
                .await
                .status,
            403
        );

        let reply = world.send(world.request_as("none", "s", path)).await;
        assert_eq!(
            (reply.status, reply.text.as_str(), reply.total()),
            (200, "[]", 0)
        );
    }
}

#[tokio::test]
async fn the_eleventh_request_of_a_second_is_429_for_that_client_alone() {
    let world =
        World::start(|options| options.limit = Some(portcullis_simulators::DOCUMENTED_LIMIT));
    // A window of a minute, so that a slow machine cannot run out of it.
    let limit = json!({ "requests": 10, "window_ms": 60_000, "concurrent": 10 });
    world
        .mutate(json!([
            { "op": "rate_limit", "limit": limit },
            { "op": "add_key", "client_id": "other", "secret": "s" },
        ]))
        .await;
    for _ in 0..10 {
        assert_eq!(world.get("/v1/rentals?limit=1").await.status, 200);
    }
    let reply = world.get("/v1/rentals?limit=1").await;
    assert_eq!(reply.status, 429);
    assert!(!reply.headers.contains_key("retry-after"));
    assert_eq!(
        world
            .send(world.request_as("other", "s", "/v1/rentals?limit=1"))
            .await
            .status,
        200
    );

    world
        .mutate(json!([{ "op": "retry_after", "value": { "form": "seconds", "seconds": 7 } }]))
        .await;
    assert_eq!(world.get("/v1/rentals").await.headers["retry-after"], "7");
    world
        .mutate(json!([{ "op": "retry_after", "value": { "form": "date", "seconds": 60 } }]))
        .await;
    let reply = world.get("/v1/rentals").await;
    assert!(
        reply.headers["retry-after"]
            .to_str()
            .unwrap()
            .ends_with(" GMT")
    );

    world
        .mutate(json!([{ "op": "rate_limit", "limit": null }]))
        .await;
    assert_eq!(world.get("/v1/rentals").await.status, 200);
}

#[tokio::test]
async fn too_many_at_once_are_429() {
    let world = World::plain();
    let limit = json!({ "requests": 0, "window_ms": 0, "concurrent": 2 });
    let hang = json!({ "path": "/v1/leases/2", "action": { "kind": "hang" } });
    world
        .mutate(
            json!([{ "op": "rate_limit", "limit": limit }, { "op": "latency", "fixed_ms": 400 }]),
        )
        .await;
    let replies = tokio::join!(
        world.get("/v1/rentals"),
        world.get("/v1/rentals"),
        world.get("/v1/rentals")
    );
    let mut statuses = [replies.0.status, replies.1.status, replies.2.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 429]);
    // A request that never gets its answer must not hold its place once the client is gone.
    world
        .mutate(json!([{ "op": "fault", "fault": hang }, { "op": "latency", "fixed_ms": 0 }]))
        .await;
    for _ in 0..3 {
        let request = world
            .request("/v1/leases/2000")
            .timeout(std::time::Duration::from_millis(100));
        assert!(request.send().await.unwrap_err().is_timeout());
    }
    assert_eq!(world.get("/v1/rentals").await.status, 200);
}

#[tokio::test]
async fn methods_and_content_types_are_refused_as_a_reader_finds_them() {
    let world = World::plain();
    let ready = &world.running.ready;
    let post = || {
        world
            .http
            .post(format!("{}/v1/rentals", ready.url))
            .header("x-buildium-client-id", &ready.client_id)
            .header("x-buildium-client-secret", &ready.secret)
    };
    let reply = world.send(post().json(&json!({}))).await;
    assert_eq!(
        (reply.status, reply.headers["allow"].to_str().unwrap()),
        (405, "GET")
    );
    assert_eq!(
        world
            .send(post().header("content-type", "text/plain").body("x"))
            .await
            .status,
        415
    );
}
