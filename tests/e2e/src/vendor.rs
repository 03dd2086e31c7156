//! A simulated vendor with its control plane.

use crate::client::Client;
use portcullis_simulators::{Options, Running, Simulator, VendorKind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Each vendor with the crate of its connector and the word by which the gateway knows it.
pub const VENDORS: [(VendorKind, &str, &str); 7] = [
    (VendorKind::AppFolio, "connector_appfolio", "APPFOLIO"),
    (VendorKind::Buildium, "connector_buildium", "BUILDIUM"),
    (VendorKind::Entrata, "connector_entrata", "ENTRATA"),
    (VendorKind::Mri, "connector_mri", "MRI"),
    (VendorKind::Pinegrove, "connector_pinegrove", "PINEGROVE"),
    (
        VendorKind::RentManager,
        "connector_rent_manager",
        "RENT_MANAGER",
    ),
    (
        VendorKind::YardiVoyager,
        "connector_yardi_voyager",
        "YARDI_VOYAGER",
    ),
];

/// A running simulator.
pub struct Vendor {
    /// What it simulates.
    pub running: Running,
    word: &'static str,
    control: Client,
}

impl Vendor {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn start(options: Options) -> Self {
        let known = VENDORS.iter().find(|(kind, ..)| *kind == options.vendor);
        let word = known.map_or("", |(.., word)| word);
        let running =
            Simulator::start(options).unwrap_or_else(|error| panic!("a simulator: {error:#}"));
        let control = Client::new(running.control_url(), None);
        Self {
            running,
            word,
            control,
        }
    }

    /// A small one: 5 properties and 60 units, without a rate limit, so that tests do not wait for it.
    #[must_use]
    pub fn small() -> Self {
        Self::start(Options {
            properties: 5,
            units: 60,
            limit: None,
            ..Options::default()
        })
    }

    /// Where the vendor answers.
    #[must_use]
    pub fn url(&self) -> &str {
        self.running.url()
    }

    /// The body that adds an integration with the simulator's first key.
    #[must_use]
    pub fn integration(&self, name: &str) -> Value {
        let ready = &self.running.ready;
        json!({
            "integration_vendor": self.word,
            "name": name,
            "credentials": ready.fields,
            "base_url": ready.url,
        })
    }

    /// How many records of each model there are, computed from the seed.
    pub async fn truth(&self) -> Value {
        self.control.get("/_control/truth").await.expect(200)["models"].clone()
    }

    /// The ids of the records of each model, computed from the seed.
    pub async fn ids(&self) -> Value {
        self.control.get("/_control/truth?ids=1").await.expect(200)["ids"].clone()
    }

    /// Those, and the ids of what stands below records: the ledgers of leases.
    pub async fn ids_of_all(&self) -> Value {
        let truth = self.control.get("/_control/truth?ids=1&all=1").await;
        truth.expect(200)["ids"].clone()
    }

    /// The ids of every model as texts, those below records too: what a gateway must hold in the end.
    pub async fn all_ids(&self) -> BTreeMap<String, BTreeSet<String>> {
        let text = |id: &Value| id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let ids = self.ids_of_all().await;
        let models = ids.as_object().into_iter().flatten();
        models
            .map(|(model, ids)| {
                let ids = ids.as_array().into_iter().flatten().map(text);
                (model.clone(), ids.collect())
            })
            .collect()
    }

    /// What became of the sessions of each user, for vendors that have any.
    pub async fn sessions(&self) -> Value {
        self.control.get("/_control/truth").await.expect(200)["sessions"].clone()
    }

    /// Each request so far.
    pub async fn ledger(&self) -> Vec<Value> {
        let ledger = self.control.get("/_control/ledger").await.expect(200);
        ledger["requests"].as_array().cloned().unwrap_or_default()
    }

    /// Forgets the requests so far.
    pub async fn clear_ledger(&self) {
        let answer = self.control.delete("/_control/ledger").await;
        assert!(answer.status < 300, "{}", answer.body);
    }

    /// Changes records, keys, latency or faults.
    pub async fn mutate(&self, operations: Value) -> Value {
        self.control
            .post("/_control/mutate", Some(operations))
            .await
            .expect(200)
    }
}
