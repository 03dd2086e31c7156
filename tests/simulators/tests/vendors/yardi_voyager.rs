//! The simulated Yardi Voyager.

use super::{Reply, World, change, sorted};
use portcullis_simulators::VendorKind;
use serde_json::json;

const NAMESPACE: &str = "http://tempuri.org/YSI.Interfaces.WebServices";

fn start() -> World {
    World::start(VendorKind::YardiVoyager, |_| {})
}

/// A call with some fields in place of the good ones.
async fn call_with(
    world: &World,
    interface: &str,
    method: &str,
    property: &str,
    changed: &[(&str, &str)],
) -> Reply {
    let licence = match interface {
        "ItfResidentData" => "residentDataLicense",
        "ItfResidentTransactions20" => "residentTransactionsLicense",
        _ => "guestCardLicense",
    };
    let fields = [
        ("UserName", "username"),
        ("Password", "password"),
        ("ServerName", "serverName"),
        ("Database", "database"),
        ("Platform", "platform"),
        ("InterfaceEntity", "interfaceEntity"),
        ("InterfaceLicense", licence),
    ];
    let mut inner = String::new();
    for (element, field) in fields {
        let own = changed.iter().find(|(name, _)| *name == element);
        let value = own.map_or_else(|| world.field(field), |(_, value)| (*value).to_owned());
        inner.push_str(&format!("<{element}>{value}</{element}>"));
    }
    let body = format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><{method} xmlns=\"{NAMESPACE}/{interface}\">\
         {inner}<YardiPropertyId>{property}</YardiPropertyId></{method}></s:Body></s:Envelope>"
    );
    let request = world
        .http
        .post(world.url(&format!("/{interface}.asmx")))
        .header("content-type", "text/xml; charset=utf-8")
        .header(
            "SOAPAction",
            format!("\"{NAMESPACE}/{interface}/{method}\""),
        )
        .body(body);
    world.send(request).await
}

async fn call(world: &World, interface: &str, method: &str, property: &str) -> String {
    let reply = call_with(world, interface, method, property, &[]).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.text
}

/// The texts between two marks.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
    text.split(before)
        .skip(1)
        .filter_map(|rest| rest.split_once(after).map(|(found, _)| found))
        .collect()
}

#[tokio::test]
async fn a_careful_read_property_by_property_is_the_truth() {
    let world = start();
    world
        .mutate(
            json!([{ "op": "delete", "model": "leases", "ids": [world.truth("leases").await[0]] }]),
        )
        .await;
    let answer = call(&world, "ItfResidentData", "GetPropertyConfigurations", "").await;
    let properties = between(&answer, "<Code>", "</Code>");
    assert_eq!(
        sorted(properties.iter().map(|code| (*code).to_owned())),
        world.truth("properties").await
    );
    let (mut units, mut leases, mut residents) = (Vec::new(), Vec::new(), Vec::new());
    let mut charges = Vec::new();
    for property in properties {
        let answer = call(
            &world,
            "ItfILSGuestCard",
            "UnitAvailability_Login",
            property,
        )
        .await;
        let codes = between(&answer, "<ILS_Unit IDValue=\"", "\"");
        units.extend(codes.iter().map(|code| format!("{property}/{code}")));
        let answer = call(&world, "ItfResidentData", "GetResidentData", property).await;
        let own = |mark: &str| {
            let codes = between(&answer, mark, "\"");
            codes.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        leases.extend(own("<LeaseFile><Identification IDValue=\""));
        residents.extend(own("<Tenants><Identification IDValue=\""));
        let interface = "ItfResidentTransactions20";
        let answer = call(&world, interface, "GetResidentTransactions_Login", property).await;
        let ids = between(&answer, "<TransactionID>", "</TransactionID>");
        charges.extend(ids.into_iter().map(str::to_owned));
    }
    assert_eq!(
        sorted(charges.into_iter()),
        world.truth("resident_charges").await
    );
    assert_eq!(sorted(units.into_iter()), world.truth("units").await);
    assert_eq!(sorted(leases.into_iter()), world.truth("leases").await);
    assert_eq!(
        sorted(residents.into_iter()),
        world.truth("residents").await
    );
}

#[tokio::test]
async fn refusals_are_sentences_within_200() {
    let world = start();
    let property = &world.truth("properties").await[0];
    for (changed, sentence) in [
        (
            ("Password", "wrong"),
            "Login failed: invalid user name or password.",
        ),
        (
            ("UserName", "nobody"),
            "Login failed: invalid user name or password.",
        ),
        (
            ("Database", "other"),
            "Login failed: the server or database does not exist.",
        ),
        (
            ("InterfaceEntity", "other"),
            "Login failed: the interface entity is not known.",
        ),
        (
            ("InterfaceLicense", "other"),
            "Invalid Interface License for ItfResidentData.",
        ),
    ] {
        let reply = call_with(
            &world,
            "ItfResidentData",
            "GetResidentData",
            property,
            &[changed],
        )
        .await;
        assert_eq!(reply.status, 200);
        let said = between(&reply.text, "<Message messageType=\"Error\">", "</Message>");
        assert_eq!(said, [sentence]);
    }
    let answer = call(&world, "ItfResidentData", "GetResidentData", "nowhere").await;
    assert!(answer.contains("does not have access to property nowhere"));

    // A licence that is withdrawn takes its interface along, and only that.
    world
        .mutate(json!([{ "op": "set_scopes", "scopes": ["residentdata"] }]))
        .await;
    let answer = call(
        &world,
        "ItfILSGuestCard",
        "UnitAvailability_Login",
        property,
    )
    .await;
    assert!(answer.contains("Invalid Interface License for ItfILSGuestCard."));
    let answer = call(&world, "ItfResidentData", "GetResidentData", property).await;
    assert!(!answer.contains("<Messages"));
    let truth = world.control("truth").await;
    assert_eq!(
        (&truth["readable"]["units"], &truth["readable"]["residents"]),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn what_is_no_call_is_a_fault() {
    let world = start();
    let url = world.url("/ItfResidentData.asmx");
    let text = |body: &'static str| {
        world
            .http
            .post(&url)
            .header("content-type", "text/xml")
            .header("SOAPAction", "\"x\"")
            .body(body)
    };
    for body in ["", "<a/>", "<Envelope><Body/></Envelope>"] {
        let reply = world.send(text(body)).await;
        assert_eq!(reply.status, 500, "{body}");
        assert!(reply.text.contains("faultstring"));
    }
    let reply = world.send(world.http.post(&url).json(&json!({}))).await;
    assert_eq!(reply.status, 415);
    assert_eq!(world.send(world.http.get(&url)).await.status, 405);
    let reply = world.send(world.http.post(world.url("/Other.asmx"))).await;
    assert_eq!(reply.status, 404);
    let reply = call_with(&world, "ItfResidentData", "UnitAvailability_Login", "", &[]).await;
    assert_eq!(reply.status, 500, "a method of the other interface");
}

#[tokio::test]
async fn mutations_show_and_limits_on_properties_hold() {
    let world = start();
    let properties = world.truth("properties").await;
    let units = world.truth("units").await;
    let (property, _) = units[0].split_once('/').unwrap();
    world
        .mutate(json!([
            change("units", &[&units[0]], "FloorplanName", json!("Hall & <Stair>")),
            { "op": "add", "model": "units", "count": 1, "parent": property },
            { "op": "add_key", "client_id": "few", "secret": "s", "properties": [property] },
        ]))
        .await;
    let answer = call(
        &world,
        "ItfILSGuestCard",
        "UnitAvailability_Login",
        property,
    )
    .await;
    assert!(answer.contains("<FloorplanName>Hall &amp; &lt;Stair&gt;</FloorplanName>"));
    assert!(answer.contains("IDValue=\"added"));
    let few = [("UserName", "few"), ("Password", "s")];
    let reply = call_with(
        &world,
        "ItfResidentData",
        "GetPropertyConfigurations",
        "",
        &few,
    )
    .await;
    assert_eq!(between(&reply.text, "<Code>", "</Code>"), [property]);
    let other = properties.iter().find(|other| *other != property).unwrap();
    let reply = call_with(&world, "ItfResidentData", "GetResidentData", other, &few).await;
    assert!(reply.text.contains("does not have access"));
}
