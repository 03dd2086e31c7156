//! Records that change under a reader.

use super::World;
use serde_json::{Value, json};

fn now() -> String {
    chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[tokio::test]
async fn a_change_moves_the_stamp_and_shows_wherever_the_record_is_embedded() {
    let world = World::plain();
    let before = world.control("truth?digest=1").await;
    let rows = world
        .get("/v1/leases?leasestatuses=Active&orderby=Id&limit=20")
        .await
        .json();
    let lease = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["CurrentTenants"][0].is_object())
        .unwrap();
    let tenant = lease["CurrentTenants"][0]["Id"].clone();
    let start = now();
    world
        .mutate(
            json!([{ "op": "change", "model": "residents", "ids": [tenant],
            "fields": { "LastName": "Changed", "NewField": [1] } }]),
        )
        .await;
    let changed = world
        .get(&format!("/v1/leases/tenants?lastupdatedfrom={start}"))
        .await;
    assert_eq!(changed.total(), 1);
    assert_eq!(
        (
            &changed.json()[0]["LastName"],
            &changed.json()[0]["NewField"]
        ),
        (&json!("Changed"), &json!([1]))
    );
    let embedding = world
        .get(&format!("/v1/leases/{}", lease["Id"]))
        .await
        .json();
    assert_eq!(embedding["CurrentTenants"][0]["LastName"], "Changed");
    assert_eq!(
        embedding["LastUpdatedDateTime"],
        lease["LastUpdatedDateTime"]
    );
    let after = world.control("truth?digest=1").await;
    assert_eq!(after["models"], before["models"]);
    assert_ne!(
        after["digests"]["residents"],
        before["digests"]["residents"]
    );
    assert_eq!(after["digests"]["units"], before["digests"]["units"]);

    world
        .mutate(json!([{ "op": "change", "model": "leases", "ids": [lease["Id"]], "fields": {} }]))
        .await;
    let touched = world
        .get(&format!("/v1/leases?lastupdatedfrom={start}"))
        .await;
    assert_eq!(touched.ids(), [lease["Id"].as_i64().unwrap()]);
}

#[tokio::test]
async fn occupancy_follows_the_lease_and_leaves_the_stamp_of_the_unit() {
    let world = World::plain();
    let start = now();
    let rows = world
        .get("/v1/leases?leasestatuses=Active&orderby=Id&limit=1000")
        .await
        .json();
    let mut shown = None;
    for lease in rows.as_array().unwrap() {
        let unit = world
            .get(&format!("/v1/rentals/units/{}", lease["UnitId"]))
            .await
            .json();
        if unit["IsUnitOccupied"] == true {
            shown = Some((lease["Id"].clone(), unit["Id"].clone()));
            break;
        }
    }
    let (lease, unit) = shown.unwrap();
    world
        .mutate(json!([{ "op": "change", "model": "leases", "ids": [lease], "fields": { "LeaseStatus": "Past" } }]))
        .await;
    assert_eq!(
        world.get(&format!("/v1/rentals/units/{unit}")).await.json()["IsUnitOccupied"],
        false
    );
    assert_eq!(
        world
            .get(&format!("/v1/rentals/units?lastupdatedfrom={start}"))
            .await
            .total(),
        0
    );
    world.mutate(json!([{ "op": "change", "model": "units", "ids": [unit], "fields": { "UnitSize": 1 }, "silent": true }])).await;
    assert_eq!(
        world
            .get(&format!("/v1/rentals/units?lastupdatedfrom={start}"))
            .await
            .total(),
        0
    );
}

#[tokio::test]
async fn records_come_go_and_come_back() {
    let world = World::plain();
    let first = world
        .get("/v1/rentals/units?orderby=Id&limit=3")
        .await
        .ids();
    let start = now();
    world
        .mutate(json!([{ "op": "delete", "model": "units", "ids": [first[0], first[2]] }]))
        .await;
    let after = world.get("/v1/rentals/units?orderby=Id&limit=2").await;
    assert_eq!((after.total(), after.ids()[0]), (1998, first[1]));
    assert_ne!(after.ids()[1], first[2]);
    assert_eq!(
        world
            .get(&format!("/v1/rentals/units/{}", first[0]))
            .await
            .status,
        404
    );
    world
        .mutate(json!([{ "op": "restore", "model": "units", "ids": [first[0]] }]))
        .await;
    assert_eq!(
        world
            .get(&format!("/v1/rentals/units?lastupdatedfrom={start}"))
            .await
            .ids(),
        [first[0]]
    );

    let lease = world
        .get("/v1/leases?leasestatuses=Active&orderby=Id&limit=1")
        .await
        .ids()[0];
    let added = world
        .mutate(json!([
            { "op": "add", "model": "residents", "count": 2, "parent": lease, "fields": { "FirstName": "New" } },
            { "op": "add", "model": "properties", "count": 1 },
        ]))
        .await;
    let ids: Vec<i64> = serde_json::from_value(added["results"][0]["ids"].clone()).unwrap();
    let newcomer = world
        .get(&format!("/v1/leases/tenants/{}", ids[1]))
        .await
        .json();
    assert_eq!(
        (&newcomer["FirstName"], newcomer["Id"].as_i64()),
        (&json!("New"), Some(ids[1]))
    );
    let tenants =
        world.get(&format!("/v1/leases/{lease}")).await.json()["CurrentNumberOfOccupants"]
            .as_u64()
            .unwrap();
    assert!(tenants >= 3);
    let truth = world.control("truth?ids=1").await;
    let expected = (
        &truth["models"]["residents"],
        &truth["models"]["units"],
        &truth["models"]["properties"],
    );
    assert_eq!(expected, (&json!(2662), &json!(1999), &json!(101)));
    assert_eq!(world.read_all("/v1/leases/tenants").await.len(), 2662);
    assert!(
        truth["ids"]["residents"]
            .as_array()
            .unwrap()
            .contains(&Value::from(ids[0]))
    );
}

#[tokio::test]
async fn a_slip_in_a_mutation_is_refused() {
    let world = World::plain();
    for (operations, status) in [
        (
            json!([{ "op": "chnage", "model": "units", "ids": [] }]),
            400,
        ),
        (
            json!([{ "op": "change", "model": "units", "ids": [], "field": {} }]),
            400,
        ),
        (json!([{ "op": "clear_faults", "all": true }]), 400),
        (
            json!([{ "op": "fault", "fault": { "action": { "kind": "drop", "x": 1 } } }]),
            400,
        ),
        (
            json!([{ "op": "fault", "fault": { "time": 1, "action": { "kind": "drop" } } }]),
            400,
        ),
        (
            json!([{ "op": "change", "model": "flats", "ids": [] }]),
            422,
        ),
        (
            json!([{ "op": "delete", "model": "units", "ids": [1] }]),
            422,
        ),
        (
            json!([{ "op": "set_scopes", "scopes": ["everything"] }]),
            422,
        ),
        (json!([{ "op": "revoke_key", "client_id": "nobody" }]), 422),
    ] {
        let reply = world.try_mutate(operations.clone()).await;
        assert_eq!(reply.status, status, "{operations}: {}", reply.text);
        assert!(reply.json()["error"].is_string());
    }
    let url = format!("{}/_control/truth?client=x", world.running.control_url());
    assert_eq!(world.send(world.http.get(url)).await.status, 400);
}

#[tokio::test]
async fn a_mutation_changes_nothing_but_what_it_says() {
    let world = World::plain();
    let read = |id: i64| {
        let world = &world;
        async move { world.get(&format!("/v1/leases/{id}")).await.json() }
    };
    for id in world
        .get("/v1/leases?leasestatuses=Active&orderby=Id&limit=12")
        .await
        .ids()
    {
        let before = read(id).await;
        world
            .mutate(json!([
                { "op": "change", "model": "leases", "ids": [id], "fields": { "LeaseStatus": "Past" } },
                { "op": "add", "model": "residents", "count": 1, "parent": id },
            ]))
            .await;
        let after = read(id).await;
        for (field, value) in before.as_object().unwrap() {
            let follows = matches!(
                field.as_str(),
                "LeaseStatus"
                    | "LastUpdatedDateTime"
                    | "CurrentTenants"
                    | "CurrentNumberOfOccupants"
                    | "MoveOutData"
                    | "Tenants"
                    | "IsEvictionPending"
            );
            assert!(
                follows || &after[field] == value,
                "{field}: {value} became {}",
                after[field]
            );
        }
    }
}
