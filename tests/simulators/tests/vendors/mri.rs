//! A user name put together from parts, absolute links with a jump, texts alone, local times.

use super::{Reply, World, change, sorted};
use portcullis_simulators::{Options, VendorKind};
use serde_json::{Value, json};

struct Mri(World);

const PROPERTIES: &str = "MRI_S-PMRM_PropertyIDByNameOrAddress";
const UNITS: &str = "MRI_S-PMRM_UnitVacancyInformation";
const LEASES: &str = "MRI_S-PMRM_ResidentLeaseDetailsByPropertyID";
const RESIDENTS: &str = "MRI_S-PMRM_ResidentsByPropertyID";

fn joined(row: &Value, names: &[&str]) -> String {
    let parts: Vec<&str> = names
        .iter()
        .map(|name| row[*name].as_str().unwrap())
        .collect();
    parts.join("/")
}

impl Mri {
    fn start(change: impl FnOnce(&mut Options)) -> Self {
        Self(World::start(VendorKind::Mri, change))
    }

    fn user(&self) -> String {
        let field = |name| self.0.field(name);
        let names = ["clientId", "databaseName", "webUser", "partnerKey"];
        names.map(field).join("/")
    }

    async fn get_as(&self, user: &str, password: &str, url: &str) -> Reply {
        let request = self.0.http.get(url).basic_auth(user, Some(password));
        self.0.send(request).await
    }

    async fn get(&self, url: &str) -> Reply {
        self.get_as(&self.user(), &self.0.field("password"), url)
            .await
    }

    fn url(&self, api: &str, rest: &str) -> String {
        self.0.url(&format!(
            "/mriapiservices/api.asp?$api={api}&$format=json{rest}"
        ))
    }

    /// Every row by following the links.
    async fn all(&self, api: &str, rest: &str) -> Vec<Value> {
        let (mut rows, mut url) = (Vec::new(), self.url(api, rest));
        loop {
            let reply = self.get(&url).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            let page = reply.json();
            rows.extend(page["value"].as_array().unwrap().clone());
            match page["nextLink"].as_str() {
                Some(next) => url = next.to_owned(),
                None => return rows,
            }
        }
    }

    async fn property_ids(&self) -> Vec<String> {
        let rows = self.all(PROPERTIES, "").await;
        rows.iter()
            .map(|row| joined(row, &["PropertyID"]))
            .collect()
    }
}

#[tokio::test]
async fn a_careful_read_property_by_property_yields_the_truth() {
    let vendor = Mri::start(|_| {});
    let properties = vendor.property_ids().await;
    assert_eq!(
        sorted(properties.clone().into_iter()),
        vendor.0.truth("properties").await
    );
    let (mut units, mut leases, mut residents) = (Vec::new(), Vec::new(), Vec::new());
    for property in &properties {
        let rmpropid = format!("&RMPROPID={property}&$top=7");
        units.extend(
            vendor
                .all(UNITS, &format!("&PROPERTYID={property}&$top=7"))
                .await,
        );
        leases.extend(vendor.all(LEASES, &rmpropid).await);
        residents.extend(vendor.all(RESIDENTS, &rmpropid).await);
    }
    // Every value is a text or nothing.
    for row in units.iter().chain(&leases).chain(&residents) {
        assert!(
            row.as_object()
                .unwrap()
                .values()
                .all(|value| value.is_string() || value.is_null())
        );
    }
    let unit = ["PropertyID", "BuildingID", "UnitID"];
    let ids = units.iter().map(|row| joined(row, &unit));
    assert_eq!(sorted(ids), vendor.0.truth("units").await);
    let ids = residents.iter().map(|row| joined(row, &["ResidentNameID"]));
    assert_eq!(sorted(ids), vendor.0.truth("residents").await);
    // A row for each resident of a lease.
    assert_eq!(leases.len(), residents.len());
    let mut ids = sorted(
        leases
            .iter()
            .map(|row| joined(row, &["PropertyID", "BuildingID", "UnitID", "LeaseID"])),
    );
    ids.dedup();
    assert_eq!(ids, vendor.0.truth("leases").await);
    assert!(ids.len() < leases.len());
}

#[tokio::test]
async fn the_next_page_begins_behind_the_jump() {
    let vendor = Mri::start(|options| (options.properties, options.units) = (1, 700));
    let property = &vendor.property_ids().await[0];
    let first = vendor
        .get(&vendor.url(UNITS, &format!("&PROPERTYID={property}")))
        .await
        .json();
    assert_eq!(first["value"].as_array().unwrap().len(), 300);
    let next = first["nextLink"].as_str().unwrap();
    assert!(
        next.starts_with(&vendor.0.url("/mriapiservices/api.asp?%24api=")),
        "{next}"
    );
    assert!(next.ends_with("%24top=300&%24skip=301"), "{next}");
    let second = vendor.get(next).await.json();
    let last = |page: &Value| page["value"].as_array().unwrap().last().unwrap().clone();
    assert_ne!(second["value"][0], last(&first));
    // Who counts from 0 sees a row twice.
    let counted = vendor.url(UNITS, &format!("&PROPERTYID={property}&$skip=300"));
    assert_eq!(vendor.get(&counted).await.json()["value"][0], last(&first));
    let third = second["nextLink"].as_str().unwrap();
    let third = vendor.get(third).await.json();
    assert_eq!(third["value"].as_array().unwrap().len(), 100);
    assert!(third["nextLink"].is_null());
}

#[tokio::test]
async fn each_part_of_the_user_name_must_be_right() {
    let vendor = Mri::start(|_| {});
    let url = vendor.url(PROPERTIES, "");
    let (user, password) = (vendor.user(), vendor.0.field("password"));
    assert_eq!(vendor.get_as(&user, &password, &url).await.status, 200);
    let parts: Vec<&str> = user.split('/').collect();
    for wrong in 0..4 {
        let mut parts = parts.clone();
        parts[wrong] = "wrong";
        assert_eq!(
            vendor
                .get_as(&parts.join("/"), &password, &url)
                .await
                .status,
            401
        );
    }
    assert_eq!(
        vendor
            .get_as(&parts[..3].join("/"), &password, &url)
            .await
            .status,
        401
    );
    let refused = vendor.get_as(&user, "wrong", &url).await;
    assert_eq!(refused.status, 401);
    assert!(refused.json()["error"]["message"].is_string());
    let ledger = vendor.0.control("ledger").await;
    assert!(!ledger.to_string().contains(&password));
    assert_eq!(
        ledger["requests"][0]["client_id"],
        vendor.0.field("webUser").as_str()
    );
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused() {
    let vendor = Mri::start(|_| {});
    let status = async |url: String| vendor.get(&url).await.status;
    assert_eq!(status(vendor.0.url("/api.asp")).await, 404);
    // The path is taken in any case.
    let other_case = vendor
        .url(PROPERTIES, "")
        .replace("mriapiservices", "MRIAPIServices");
    assert_eq!(status(other_case).await, 200);
    assert_eq!(
        status(vendor.url(PROPERTIES, "").replace("json", "xml")).await,
        400
    );
    assert_eq!(status(vendor.url("MRI_S-PMRM_Owners", "")).await, 400);
    assert_eq!(status(vendor.url(UNITS, "")).await, 400);
    assert_eq!(
        status(vendor.url(LEASES, "&LastUpdateDate=01-01-2024")).await,
        400
    );
    let nothing = vendor
        .get(&vendor.url(UNITS, "&PROPERTYID=NONE"))
        .await
        .json();
    assert_eq!(nothing["value"], json!([]));
    let all_but_units = [
        "PropertyIDByNameOrAddress",
        "ResidentLeaseDetailsByPropertyID",
        "ResidentsByPropertyID",
    ];
    vendor
        .0
        .mutate(json!([{ "op": "set_scopes", "scopes": all_but_units }]))
        .await;
    assert_eq!(status(vendor.url(UNITS, "&PROPERTYID=PR0001")).await, 403);
    assert_eq!(vendor.0.control("truth").await["readable"]["units"], false);
}

#[tokio::test]
async fn changes_are_those_of_all_properties() {
    let vendor = Mri::start(|_| {});
    let leases = vendor.0.truth("leases").await;
    let changed = leases[4].as_str();
    vendor
        .0
        .mutate(json!([change(
            "leases",
            &[changed],
            "LeaseBalance",
            json!("12.30")
        )]))
        .await;
    let day = (chrono::Utc::now() - chrono::Duration::days(1)).format("%Y-%m-%d");
    let elsewhere = vendor
        .property_ids()
        .await
        .into_iter()
        .find(|id| !changed.starts_with(id.as_str()))
        .unwrap();
    let rows = vendor
        .all(
            LEASES,
            &format!("&RMPROPID={elsewhere}&LastUpdateDate={day}"),
        )
        .await;
    assert!(!rows.is_empty());
    for row in &rows {
        assert_eq!(row["LeaseBalance"], "12.30");
        assert!(changed.starts_with(row["PropertyID"].as_str().unwrap()));
        // To the minute, without a zone.
        let stamp = row["LastUpdateDate"].as_str().unwrap();
        assert!(stamp.len() == 19 && stamp.ends_with(":00"), "{stamp}");
    }
}

#[tokio::test]
async fn a_limited_user_sees_its_properties_alone() {
    let vendor = Mri::start(|_| {});
    let properties = vendor.property_ids().await;
    vendor
        .0
        .mutate(json!([
            { "op": "set_properties", "properties": [properties[0]] },
            { "op": "add", "model": "units", "count": 1, "parent": properties[0] },
        ]))
        .await;
    assert_eq!(vendor.property_ids().await, properties[..1]);
    let own = vendor
        .all(UNITS, &format!("&PROPERTYID={}", properties[0]))
        .await;
    let unit = ["PropertyID", "BuildingID", "UnitID"];
    let ids = own.iter().map(|row| joined(row, &unit));
    assert_eq!(sorted(ids), vendor.0.truth("units").await);
    let other = vendor
        .all(UNITS, &format!("&PROPERTYID={}", properties[1]))
        .await;
    assert_eq!(other, Vec::<Value>::new());
}

#[tokio::test]
async fn what_hangs_on_a_deleted_property_shows_nowhere() {
    let vendor = Mri::start(|_| {});
    let world = &vendor.0;
    let property = world.truth("properties").await[0].clone();
    let models = ["units", "leases", "lease_balances"];
    let of_it = async |model: &str| {
        let ids = world.truth(model).await.into_iter();
        ids.filter(|id| id.starts_with(&property)).count()
    };
    for model in models {
        assert_ne!(of_it(model).await, 0, "{model}");
    }
    let residents = world.truth("residents").await.len();
    let delete = json!([{ "op": "delete", "model": "properties", "ids": [property] }]);
    world.mutate(delete).await;
    for model in models {
        assert_eq!(of_it(model).await, 0, "{model}");
    }
    assert!(world.truth("residents").await.len() < residents);
}
