//! The connectors that serve at this moment.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::loaded::Loaded;

/// Connector id to connector. Readers take no lock; a call keeps the version that it
/// began with, and the code of a replaced one is unmapped when its last call ends.
#[derive(Debug, Default)]
pub struct Registry {
    connectors: ArcSwap<HashMap<String, Arc<Loaded>>>,
}

impl Registry {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The connector of this id.
    #[must_use]
    pub fn get(&self, connector_id: &str) -> Option<Arc<Loaded>> {
        self.connectors.load().get(connector_id).cloned()
    }

    /// The connector that speaks to this vendor. Where several do, the one whose id
    /// comes first, so that every process answers alike.
    #[must_use]
    pub fn by_vendor(&self, vendor: &str) -> Option<Arc<Loaded>> {
        self.connectors
            .load()
            .iter()
            .filter(|(_, loaded)| loaded.manifest().vendor == vendor)
            .min_by_key(|(id, _)| *id)
            .map(|(_, loaded)| Arc::clone(loaded))
    }

    /// Lets `loaded` serve from the next call on; returns what served before.
    pub fn publish(&self, loaded: Arc<Loaded>) -> Option<Arc<Loaded>> {
        let id = loaded.manifest().id.clone();
        let before = self.connectors.rcu(|connectors| {
            let mut connectors = HashMap::clone(connectors);
            connectors.insert(id.clone(), Arc::clone(&loaded));
            connectors
        });
        before.get(&id).cloned()
    }

    /// Takes the connector of this id out of service; returns it.
    pub fn remove(&self, connector_id: &str) -> Option<Arc<Loaded>> {
        let before = self.connectors.rcu(|connectors| {
            let mut connectors = HashMap::clone(connectors);
            connectors.remove(connector_id);
            connectors
        });
        before.get(connector_id).cloned()
    }

    /// All of them as they are now, in no order.
    #[must_use]
    pub fn snapshot(&self) -> Arc<HashMap<String, Arc<Loaded>>> {
        self.connectors.load_full()
    }
}
