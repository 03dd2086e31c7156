//! A simulated vendor and a gateway with its connector, and what is asked of both.

use portcullis_e2e::{Gateway, Start, VENDORS, Vendor};
use portcullis_simulators::{Options, VendorKind};
use serde_json::{Map, Value, json};
use sqlx::{Connection as _, PgConnection};
use std::collections::{BTreeMap, BTreeSet};

/// A vendor with a gateway that has its connector alone.
pub(super) struct Stage {
    pub(super) gateway: Gateway,
    pub(super) vendor: Vendor,
    pub(super) word: &'static str,
    /// The models that the connector reads.
    pub(super) models: Vec<String>,
}

/// A vendor so small that every model comes in moments, and a gateway for it.
pub(super) async fn stage(kind: VendorKind) -> Stage {
    let (_, component, word) = VENDORS
        .into_iter()
        .find(|(one, ..)| *one == kind)
        .expect("a connector of the vendor's");
    let mut gateway = Gateway::start(Start {
        components: vec![component],
        ..Start::default()
    })
    .await;
    // All of them have it; some have no sandbox.
    gateway.admin = gateway.client("production", "admin").await;
    let vendor = Vendor::start(Options {
        vendor: kind,
        properties: 3,
        units: 24,
        limit: None,
        ..Options::default()
    });
    let offered = gateway.offered(word).await;
    let models = offered["models"].as_array().expect("its models").iter();
    let models = models.filter(|model| model["supported"] == true);
    let names = models.filter_map(|model| Some(model["name"].as_str()?.to_owned()));
    let models = names.collect();
    Stage {
        gateway,
        vendor,
        word,
        models,
    }
}

impl Stage {
    /// Connects the vendor, and switches on what is off unless somebody asks for it.
    pub(super) async fn connected(&self, name: &str) -> String {
        let id = self
            .gateway
            .integration(self.vendor.integration(name))
            .await;
        let path = format!("/v1/admin/integrations/{id}/models");
        let models = self.gateway.admin.get(&path).await.expect(200);
        let models = models["results"]["models"].as_array().expect("models");
        let off = models
            .iter()
            .filter(|model| model["supported"] == true && model["enabled"] == false);
        let on: Map<String, Value> = off
            .filter_map(|model| Some((model["model"].as_str()?.to_owned(), json!(true))))
            .collect();
        if !on.is_empty() {
            let _ = self
                .gateway
                .admin
                .put(&path, json!({ "models": on }))
                .await
                .expect(200);
        }
        id
    }

    /// Every model that the connector reads was read; those that it knows and does not read make a sync partial.
    pub(super) fn was_read(&self, sync: &Value) {
        for run in sync["runs"].as_array().expect("runs") {
            let read = self.models.iter().any(|model| run["model"] == **model);
            let wanted = if read {
                "succeeded"
            } else {
                "skipped_unsupported"
            };
            assert_eq!(run["status"], wanted, "{}: {run}", self.word);
        }
    }

    pub(super) async fn sync(&self, id: &str) -> Value {
        let path = format!("/v1/admin/integrations/{id}/manual-sync");
        let _ = self.gateway.admin.post(&path, None).await.expect(202);
        self.gateway.synced(id).await
    }

    /// Everything that is served of a model, by the vendor's id.
    pub(super) async fn served(
        &self,
        id: &str,
        model: &str,
        scoped: bool,
    ) -> BTreeMap<String, Value> {
        let mut served = BTreeMap::new();
        loop {
            let path = format!(
                "/v1/{}/?integration_id={id}&limit=250&offset={}",
                model.replace('_', "-"),
                served.len()
            );
            let page = self.gateway.admin.get(&path).await.expect(200);
            for record in page["results"].as_array().expect("records") {
                let text = |name: &str| record[name].as_str().unwrap_or_default();
                let key = if scoped {
                    format!("{}/{}", text("x_property_id"), text("x_id"))
                } else {
                    text("x_id").to_owned()
                };
                served.insert(key, record.clone());
            }
            if page["meta"]["hasMore"] != true {
                assert_eq!(page["meta"]["total"], served.len(), "{model}");
                return served;
            }
        }
    }

    /// What is served of these models is what the vendor has, id by id.
    pub(super) async fn compare(&self, id: &str, scoped: &[&str], models: &[String]) {
        let truth = self.vendor.all_ids().await;
        for model in models {
            let scoped = scoped.contains(&model.as_str());
            let served = self.served(id, model, scoped).await;
            let ids: BTreeSet<String> = served.into_keys().collect();
            assert_eq!(ids, truth[model], "{}: {model}", self.word);
            assert!(!ids.is_empty(), "{}: {model}", self.word);
        }
    }

    /// The version of each row of an integration.
    pub(super) async fn versions(&self, id: &str) -> BTreeMap<(String, String), String> {
        let mut sql = PgConnection::connect_with(&self.gateway.database.options())
            .await
            .expect("the test's database answers");
        let rows: Vec<(String, String, String, String)> = sqlx::query_as(
            "select model, scope, external_id, xmin::text from record where integration_id = $1",
        )
        .bind(id)
        .fetch_all(&mut sql)
        .await
        .expect("the rows are read");
        rows.into_iter()
            .map(|(model, scope, id, version)| {
                let id = if scope.is_empty() {
                    id
                } else {
                    format!("{scope}/{id}")
                };
                ((model, id), version)
            })
            .collect()
    }

    /// The vendor's id of some record: the same one in every run.
    pub(super) async fn some(&self, model: &str, place: usize) -> String {
        let ids = self.vendor.all_ids().await;
        let id = ids[model].iter().nth(place);
        id.unwrap_or_else(|| panic!("no {model}")).clone()
    }
}
