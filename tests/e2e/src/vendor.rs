//! A simulated vendor with its control plane.

use crate::client::Client;
use portcullis_simulators::{Options, Running, Simulator};
use serde_json::{Value, json};

/// A running simulator.
pub struct Vendor {
    running: Running,
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
        let running =
            Simulator::start(options).unwrap_or_else(|error| panic!("a simulator: {error:#}"));
        let control = Client::new(running.control_url(), None);
        Self { running, control }
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
            "integration_vendor": "BUILDIUM",
            "name": name,
            "credentials": {"clientId": ready.client_id, "secret": ready.secret},
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
