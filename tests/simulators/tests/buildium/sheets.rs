//! Lists beside the portfolio: who may read them, how their changes are asked for, and what follows a mutation.

use super::World;
use serde_json::{Value, json};

/// Path of each list, and the name of its records in mutations and the truth.
const SHEETS: [(&str, &str); 9] = [
    (
        "recurring_resident_charges",
        "/v1/leases/recurringtransactions",
    ),
    ("lease_balances", "/v1/leases/outstandingbalances"),
    ("financial_accounts", "/v1/glaccounts"),
    ("owners", "/v1/rentals/owners"),
    ("vendors", "/v1/vendors"),
    ("employees", "/v1/users"),
    ("service_requests", "/v1/tasks/residentrequests"),
    ("work_orders", "/v1/workorders"),
    ("listings", "/v1/rentals/units/listings"),
];

fn key_of(model: &str, row: &Value) -> i64 {
    let id = match model {
        "lease_balances" => &row["LeaseId"],
        "listings" => &row["Unit"]["Id"],
        _ => &row["Id"],
    };
    id.as_i64().unwrap()
}

/// All rows, and the ids of all that are the model's, in the order of ids.
async fn read(world: &World, model: &str, path: &str) -> (Vec<Value>, Vec<Value>) {
    let order = match model {
        "lease_balances" => "&orderby=LeaseId",
        "listings" => "",
        _ => "&orderby=Id",
    };
    let only = if model == "employees" {
        "&usertypes=Staff"
    } else {
        ""
    };
    let mut rows: Vec<Value> = Vec::new();
    loop {
        let at = rows.len();
        let page = world
            .get(&format!("{path}?limit=1000&offset={at}{order}{only}"))
            .await;
        assert_eq!(page.status, 200, "{}", page.text);
        let more: Vec<Value> = serde_json::from_str(&page.text).unwrap();
        assert!(!more.is_empty() || page.total() == at, "{path}");
        rows.extend(more);
        if rows.len() >= page.total() {
            break;
        }
        // Without a unique order rows would be missed.
        assert!(!order.is_empty(), "{path}");
    }
    let mut ids = Vec::new();
    for row in &rows {
        if model != "recurring_resident_charges" || row["TransactionType"] == "Charge" {
            ids.push(json!(key_of(model, row)));
            within(row, &mut ids);
        }
    }
    (rows, ids)
}

fn within(row: &Value, ids: &mut Vec<Value>) {
    for part in row["SubAccounts"].as_array().into_iter().flatten() {
        ids.push(part["Id"].clone());
        within(part, ids);
    }
}

fn sorted(mut ids: Vec<Value>) -> Vec<String> {
    ids.sort_by_key(Value::to_string);
    ids.iter().map(Value::to_string).collect()
}

#[tokio::test]
async fn the_truth_is_what_a_careful_reader_finds() {
    let world = World::plain();
    let truth = world.control("truth?ids=1&all=1").await;
    let mut requests = Vec::new();
    for (model, path) in SHEETS {
        let (rows, ids) = read(&world, model, path).await;
        assert!(!rows.is_empty(), "{path} has rows");
        match model {
            "service_requests" => requests.extend(ids),
            "work_orders" => {
                requests.extend(ids.iter().map(|id| json!(format!("workorder:{id}"))));
                let known = truth["ids"]["service_requests"].as_array().unwrap();
                assert_eq!(sorted(known.clone()), sorted(requests.clone()));
            }
            _ => {
                let known = truth["ids"][model].as_array().unwrap();
                assert_eq!(sorted(known.clone()), sorted(ids), "{model}");
            }
        }
        if model != "service_requests" && model != "work_orders" {
            assert_eq!(truth["readable"][model], true);
        }
    }
    // The permissions are counted without `all`, too, and nothing of these lists is.
    let plain = world.control("truth").await;
    assert!(plain["models"]["owners"].is_null());
    // What is parted from the records of a person is here to be left out by a reader.
    let owners = world.get("/v1/rentals/owners?limit=1").await.json();
    assert!(owners[0]["TaxInformation"]["TaxPayerId"].is_string());
}

#[tokio::test]
async fn each_list_takes_permissions_of_its_own() {
    let world = World::plain();
    for (scope, path, permission) in [
        (
            "lease_transactions",
            "/v1/leases/recurringtransactions",
            "Lease transactions",
        ),
        (
            "outstanding_balances",
            "/v1/leases/outstandingbalances",
            "Outstanding Balances",
        ),
        (
            "general_ledger_accounts",
            "/v1/glaccounts",
            "General Ledger Accounts",
        ),
        ("owners", "/v1/rentals/owners", "Property Rental Owners"),
        ("vendors", "/v1/vendors", "Vendors"),
        ("users", "/v1/users", "Users"),
        ("tasks", "/v1/tasks/residentrequests", "Tasks"),
        ("work_orders", "/v1/workorders", "Work Orders"),
    ] {
        world
            .mutate(json!([{ "op": "set_scopes", "scopes": [scope] }]))
            .await;
        assert_eq!(world.get(path).await.status, 200, "{path}");
        world
            .mutate(json!([{ "op": "set_scopes", "scopes": ["rentals"] }]))
            .await;
        let refused = world.get(path).await;
        assert_eq!(refused.status, 403);
        assert!(refused.text.contains(permission), "{}", refused.text);
    }
    // Listings take two.
    for (scopes, status) in [
        (json!(["listings"]), 403),
        (json!(["rentals"]), 403),
        (json!(["listings", "rentals"]), 200),
    ] {
        world
            .mutate(json!([{ "op": "set_scopes", "scopes": scopes }]))
            .await;
        let reply = world.get("/v1/rentals/units/listings").await;
        assert_eq!(reply.status, status, "{}", reply.text);
    }
}

#[tokio::test]
async fn a_key_of_one_property_sees_what_belongs_to_it() {
    let world = World::plain();
    let property = world.get("/v1/rentals?orderby=Id&limit=1").await.ids()[0];
    let unlimited = world.control("truth?all=1").await;
    world
        .mutate(json!([{ "op": "set_properties", "properties": [property] }]))
        .await;
    let limited = world.control("truth?all=1").await;
    for (model, path) in SHEETS {
        let (rows, ids) = read(&world, model, path).await;
        match model {
            "lease_balances" => {
                assert!(rows.iter().all(|row| row["PropertyId"] == property));
            }
            "owners" => {
                assert_eq!(rows.len(), 1);
                assert!(
                    rows[0]["PropertyIds"]
                        .as_array()
                        .unwrap()
                        .contains(&json!(property))
                );
            }
            "service_requests" | "listings" => {
                assert!(rows.iter().all(|row| row["Property"]["Id"] == property));
                continue;
            }
            "work_orders" => continue,
            // These are the whole account's.
            "financial_accounts" | "vendors" | "employees" => {
                assert_eq!(limited["models"][model], unlimited["models"][model]);
            }
            _ => assert!(limited["models"][model].as_u64() < unlimited["models"][model].as_u64()),
        }
        assert_eq!(limited["models"][model], json!(ids.len()), "{model}");
    }
}

#[tokio::test]
async fn changes_are_asked_for_by_the_second_or_by_the_day_or_not_at_all() {
    let world = World::plain();
    let now = chrono::Utc::now();
    let (second, day) = (
        now.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        now.format("%Y-%m-%d").to_string(),
    );
    for (model, path, since) in [
        (
            "recurring_resident_charges",
            "/v1/leases/recurringtransactions",
            &second,
        ),
        ("owners", "/v1/rentals/owners", &second),
        ("vendors", "/v1/vendors", &second),
        ("service_requests", "/v1/tasks/residentrequests", &day),
        ("work_orders", "/v1/workorders", &day),
    ] {
        let changed = format!("{path}?lastupdatedfrom={since}");
        assert_eq!(world.get(&changed).await.total(), 0, "{path}");
        let id = world.get(&format!("{path}?orderby=Id&limit=3")).await.ids()[2];
        world
            .mutate(json!([{ "op": "change", "model": model, "ids": [id], "fields": {"Title": "New"} }]))
            .await;
        let reply = world.get(&changed).await;
        assert_eq!(reply.ids(), [id]);
        assert_eq!(reply.json()[0]["Title"], "New");
    }
    // A time where a day is wanted.
    let wrong = format!("/v1/workorders?lastupdatedfrom={second}");
    assert_eq!(world.get(&wrong).await.status, 400);
    // More than a year of recurring transactions.
    let list = "/v1/leases/recurringtransactions?lastupdatedfrom";
    let long = format!("{list}=2023-01-01T00:00:00Z&lastupdatedto=2024-01-02T00:00:00Z");
    assert_eq!(world.get(&long).await.status, 422);
    let year = format!("{list}=2023-01-01T00:00:00Z&lastupdatedto=2024-01-01T00:00:00Z");
    let seen = world.get(&year).await;
    assert_eq!(seen.status, 200);
    assert!(seen.total() > 0);
    // Accounts tell no changes: the parameter is none of theirs.
    let all = world.get("/v1/glaccounts").await.total();
    let none = format!("/v1/glaccounts?lastupdatedfrom={second}");
    assert_eq!(world.get(&none).await.total(), all);
}

#[tokio::test]
async fn rows_go_with_what_they_belong_to_and_come_back() {
    let world = World::plain();
    let balance = world
        .get("/v1/leases/outstandingbalances?limit=1")
        .await
        .json()[0]
        .clone();
    let before = world.control("truth?digest=1&all=1").await;
    let leases = json!({ "model": "leases", "ids": [balance["LeaseId"]] });
    let with = |op: &str| {
        let mut operation = leases.clone();
        operation["op"] = json!(op);
        json!([operation])
    };
    world.mutate(with("delete")).await;
    let path = format!(
        "/v1/leases/outstandingbalances?leaseids={}",
        balance["LeaseId"]
    );
    assert_eq!(world.get(&path).await.total(), 0);
    let gone = world.control("truth?digest=1&all=1").await;
    assert_ne!(
        gone["digests"]["lease_balances"],
        before["digests"]["lease_balances"]
    );
    assert_eq!(gone["digests"]["owners"], before["digests"]["owners"]);
    world.mutate(with("restore")).await;
    assert_eq!(world.get(&path).await.json()[0], balance);

    // New rows, and rows that go by themselves.
    let unit = world
        .get("/v1/rentals/units?orderby=Id&limit=1")
        .await
        .ids()[0];
    let added = world
        .mutate(json!([
            { "op": "add", "model": "owners", "count": 2, "fields": { "FirstName": "Ada" } },
            { "op": "add", "model": "service_requests", "parent": unit, "count": 1, "fields": {} },
        ]))
        .await;
    let owner = added["results"][0]["ids"][1].as_i64().unwrap();
    let owners = world.get("/v1/rentals/owners?orderby=Id&limit=1000").await;
    assert_eq!(owners.ids().last(), Some(&owner));
    let request = &added["results"][1]["ids"][0];
    let asked = world
        .get(&format!(
            "/v1/tasks/residentrequests?unitid={unit}&limit=1000"
        ))
        .await
        .json();
    let shown = asked
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["Id"] == *request);
    assert_eq!(shown.unwrap()["UnitId"], unit);
    world
        .mutate(json!([{ "op": "delete", "model": "owners", "ids": [owner] }]))
        .await;
    let after = world.get("/v1/rentals/owners?orderby=Id&limit=1000").await;
    assert_eq!(after.total(), owners.total() - 1);
    let wrong = json!([{ "op": "add", "model": "listings", "count": 1, "fields": {} }]);
    assert_eq!(world.try_mutate(wrong).await.status, 422);
}
