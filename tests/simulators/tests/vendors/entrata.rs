//! The method in the body, errors within HTTP 200, object or array, three rate windows.

use super::{Reply, World, change, sorted};
use portcullis_simulators::{DOCUMENTED_LIMIT, Options, VendorKind};
use serde_json::{Value, json};

struct Entrata(World);

fn many(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values.clone(),
        Value::Object(_) => vec![value.clone()],
        _ => Vec::new(),
    }
}

fn id(element: &Value) -> String {
    let id = [
        &element["PropertyID"],
        &element["id"],
        &element["@attributes"]["Id"],
    ];
    match id.into_iter().find(|id| !id.is_null()).unwrap() {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn code(reply: &Reply) -> (u16, Value) {
    (
        reply.status,
        reply.json()["response"]["error"]["code"].clone(),
    )
}

impl Entrata {
    fn start(change: impl FnOnce(&mut Options)) -> Self {
        Self(World::start(VendorKind::Entrata, change))
    }

    fn request(&self, service: &str, query: &str) -> reqwest::RequestBuilder {
        let org = self.0.field("org");
        let url = self.0.url(&format!("/ext/orgs/{org}/v1/{service}{query}"));
        self.0.http.post(url).header("x-send-pagination-links", "1")
    }

    fn body(method: &str, params: Value) -> String {
        json!({ "auth": { "type": "apikey" }, "requestId": "7",
            "method": { "name": method, "version": "r1", "params": params } })
        .to_string()
    }

    async fn call(&self, service: &str, method: &str, params: Value, query: &str) -> Reply {
        let request = self
            .request(service, query)
            .body(Self::body(method, params));
        self.0
            .send(request.header("x-api-key", self.0.field("apiKey")))
            .await
    }

    async fn result(&self, service: &str, method: &str, params: Value) -> Value {
        let reply = self.call(service, method, params, "").await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let response = reply.json()["response"].clone();
        assert_eq!(
            (&response["code"], &response["requestId"]),
            (&json!(200), &json!("7"))
        );
        response["result"].clone()
    }

    async fn properties(&self) -> Vec<Value> {
        let result = self.result("properties", "getProperties", json!({})).await;
        many(&result["PhysicalProperty"]["Property"])
    }
}

const ALL: &str = "1,2,3,4,5,6";

#[tokio::test]
async fn a_careful_read_property_by_property_yields_the_truth() {
    let vendor = Entrata::start(|_| {});
    let properties = vendor.properties().await;
    let ids = |elements: &[Value]| sorted(elements.iter().map(id));
    assert_eq!(ids(&properties), vendor.0.truth("properties").await);
    let (mut units, mut leases, mut residents) = (Vec::new(), Vec::new(), Vec::new());
    for property in &properties {
        let property = id(property);
        let params = json!({ "propertyIds": property });
        let result = vendor
            .result("propertyunits", "getPropertyUnits", params)
            .await;
        units.extend(many(&result["properties"]["property"]["units"]["unit"]));
        let params = json!({ "propertyId": property, "leaseStatusTypeIds": ALL });
        let result = vendor
            .result("customers", "getCustomers", params.clone())
            .await;
        residents.extend(many(&result["customers"]["customer"]));
        for page in 1.. {
            let query = format!("?page_no={page}&per_page=3");
            let reply = vendor
                .call("leases", "getLeases", params.clone(), &query)
                .await;
            leases.extend(many(&reply.json()["response"]["result"]["leases"]["lease"]));
            if !reply.header("link").unwrap().contains("rel=\"next\"") {
                break;
            }
        }
    }
    assert_eq!(ids(&units), vendor.0.truth("units").await);
    assert_eq!(ids(&leases), vendor.0.truth("leases").await);
    assert_eq!(ids(&residents), vendor.0.truth("residents").await);
    // Dates are Mountain days, numbers are texts or not, and words are more than lists name.
    let day = leases[0]["moveInDate"].as_str().unwrap();
    assert!(day.len() == 10 && day.as_bytes()[2] == b'/', "{day}");
    assert!(leases.iter().any(|lease| lease["id"].is_number()));
    assert!(leases.iter().any(|lease| lease["id"].is_string()));
    assert!(
        leases
            .iter()
            .any(|lease| lease["leaseIntervals"]["leaseInterval"].is_array())
    );
    assert!(
        leases
            .iter()
            .any(|lease| lease["leaseIntervals"]["leaseInterval"].is_object())
    );
}

#[tokio::test]
async fn who_does_not_name_the_statuses_sees_current_leases_alone() {
    let vendor = Entrata::start(|_| {});
    let property = id(&vendor.properties().await[0]);
    let count = async |params: Value| {
        let result = vendor.result("leases", "getLeases", params).await;
        many(&result["leases"]["lease"])
    };
    let current = count(json!({ "propertyId": property })).await;
    let all = count(json!({ "propertyId": property, "leaseStatusTypeIds": ALL })).await;
    assert!(current.len() < all.len());
    assert!(
        current
            .iter()
            .all(|lease| lease["leaseStatusTypeId"] == "4")
    );
    let none = vendor
        .result(
            "leases",
            "getLeases",
            json!({ "propertyId": property, "leaseStatusTypeIds": "9" }),
        )
        .await;
    assert_eq!(none, json!({ "leases": "" }));
}

#[tokio::test]
async fn one_element_is_an_object_and_pages_are_cut() {
    let vendor = Entrata::start(|options| (options.properties, options.units) = (1, 3000));
    let properties = vendor
        .result("properties", "getProperties", json!({}))
        .await;
    let property = &properties["PhysicalProperty"]["Property"];
    assert!(property.is_object());
    let params = json!({ "propertyId": id(property), "leaseStatusTypeIds": ALL });
    let reply = vendor
        .call(
            "leases",
            "getLeases",
            params.clone(),
            "?page_no=1&per_page=9999",
        )
        .await;
    let leases = many(&reply.json()["response"]["result"]["leases"]["lease"]);
    assert_eq!(leases.len(), 500);
    assert_eq!(reply.header("x-total-count"), Some("2850"));
    // Methods without pages do not know the parameter.
    let reply = vendor
        .call(
            "customers",
            "getCustomers",
            params,
            "?page_no=2&per_page=10",
        )
        .await;
    assert_eq!(reply.header("link"), None);
    let customers = many(&reply.json()["response"]["result"]["customers"]["customer"]);
    assert_eq!(customers.len(), vendor.0.truth("residents").await.len());
}

#[tokio::test]
async fn refusals_hide_in_the_envelope() {
    let vendor = Entrata::start(|_| {});
    let property = id(&vendor.properties().await[0]);
    let good = Entrata::body("getStatus", json!({}));
    let send = async |request: reqwest::RequestBuilder| code(&vendor.0.send(request).await);
    let status = || vendor.request("status", "");
    assert_eq!(send(status().body(good.clone())).await, (200, json!(401)));
    let wrong = status().header("x-api-key", "wrong").body(good.clone());
    assert_eq!(send(wrong).await, (200, json!(401)));
    let key = vendor.0.field("apiKey");
    let other = vendor
        .0
        .http
        .post(vendor.0.url("/ext/orgs/other/v1/status"));
    let other = other.header("x-api-key", &key).body(good.clone());
    assert_eq!(send(other).await, (200, json!(401)));
    // The user of older accounts is the client id.
    let client = &vendor.0.running.ready.client_id;
    let basic = |kind: &str| {
        let body = good.replace("apikey", kind);
        status().basic_auth(client, Some(&key)).body(body)
    };
    assert_eq!(send(basic("basic")).await, (200, Value::Null));
    assert_eq!(send(basic("apikey")).await, (200, json!(105)));
    let keyed = status().header("x-api-key", &key).body("{");
    assert_eq!(send(keyed).await, (400, json!(300)));
    for (service, method, params, expected) in [
        ("leases", "getLeads", json!({}), 301),
        ("leases", "getLeases", json!({}), 302),
        (
            "propertyunits",
            "getPropertyUnits",
            json!({ "propertyIds": "1" }),
            303,
        ),
    ] {
        let reply = vendor.call(service, method, params, "").await;
        assert_eq!(code(&reply), (200, json!(expected)));
    }
    vendor
        .0
        .mutate(json!([{ "op": "set_scopes", "scopes": ["properties", "leases", "customers"] }]))
        .await;
    let reply = vendor
        .call(
            "propertyunits",
            "getPropertyUnits",
            json!({ "propertyIds": property }),
            "",
        )
        .await;
    assert_eq!(code(&reply), (200, json!(305)));
    assert_eq!(vendor.0.control("truth").await["readable"]["units"], false);
}

#[tokio::test]
async fn each_method_has_three_windows() {
    let vendor = Entrata::start(|options| options.limit = Some(DOCUMENTED_LIMIT));
    let first = vendor.call("status", "getStatus", json!({}), "").await;
    assert_eq!(
        first.header("x-ratelimit-limit"),
        Some("15000/DAY;1000/HOUR;150/MINUTE")
    );
    assert_eq!(first.header("x-ratelimit-remaining"), Some("14999;999;149"));
    assert_eq!(first.header("x-ratelimit-reset"), Some("86400;3600;60"));
    for _ in 0..149 {
        assert_eq!(
            vendor
                .call("status", "getStatus", json!({}), "")
                .await
                .status,
            200
        );
    }
    let refused = vendor.call("status", "getStatus", json!({}), "").await;
    assert_eq!(code(&refused), (429, json!(429)));
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("14850;850;0"));
    // Another method has windows of its own.
    let other = vendor
        .call("properties", "getProperties", json!({}), "")
        .await;
    assert_eq!(other.header("x-ratelimit-remaining"), Some("14999;999;149"));
}

#[tokio::test]
async fn mutations_show_and_a_limited_key_sees_its_properties_alone() {
    let vendor = Entrata::start(|_| {});
    let properties = vendor.0.truth("properties").await;
    let (kept, other) = (properties[0].as_str(), properties[1].as_str());
    let results = vendor
        .0
        .mutate(json!([
            change("properties", &[kept], "MarketingName", json!("Changed")),
            { "op": "add", "model": "units", "count": 2, "parent": kept },
            { "op": "set_properties", "properties": [kept] },
            { "op": "echo_secrets", "on": false },
        ]))
        .await;
    let seen = vendor.properties().await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["MarketingName"], "Changed");
    let result = vendor
        .result(
            "propertyunits",
            "getPropertyUnits",
            json!({ "propertyIds": kept }),
        )
        .await;
    let units = many(&result["properties"]["property"]["units"]["unit"]);
    let units = sorted(units.iter().map(id));
    assert_eq!(units, vendor.0.truth("units").await);
    for added in results[1]["ids"].as_array().unwrap() {
        assert!(units.contains(&added.as_str().unwrap().to_owned()));
    }
    let reply = vendor
        .call(
            "propertyunits",
            "getPropertyUnits",
            json!({ "propertyIds": other }),
            "",
        )
        .await;
    assert_eq!(code(&reply), (200, json!(303)));
}
