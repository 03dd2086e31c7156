//! `[sync]`: how the worker pulls.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Span;
use super::scalar::{number, share, switch};
use super::source::ConfigError;

/// The sync worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Sync {
    /// How long a worker holds a run without a sign of life. A killed worker's runs go on elsewhere after this.
    pub(crate) lease: Span,
    /// How many runs this process pulls at once.
    #[serde(deserialize_with = "number")]
    pub(crate) concurrency: u32,
    /// Whether `serve` syncs, too. Without it, it only answers, and `portcullis worker` does the rest.
    #[serde(deserialize_with = "switch")]
    pub(crate) worker: bool,
    /// Address and port on which `portcullis worker` tells its `/metrics`, as `serve` does on its own port. Default: none.
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Parents of one run whose pages are pulled at once, for models that are read once per parent.
    #[serde(deserialize_with = "number")]
    pub(crate) partitions: u32,
    /// The largest share of a model's records that a run deletes by itself; with more, and at least 20, a person is asked.
    #[serde(deserialize_with = "share")]
    pub(crate) mass_delete_share: f64,
    /// Pages of one run, over all its attempts; with more, it fails: its paging leads nowhere.
    #[serde(deserialize_with = "number")]
    pub(crate) max_pages: u32,
    /// Records of one run, likewise.
    #[serde(deserialize_with = "number")]
    pub(crate) max_rows: u32,
    /// Parents in a row over which nothing may be read, before a model that is read once per parent counts as refused.
    #[serde(deserialize_with = "number")]
    pub(crate) max_refused_partitions: u32,
}

impl Default for Sync {
    fn default() -> Self {
        Self {
            lease: Span(Duration::from_secs(15)),
            concurrency: 8,
            worker: true,
            metrics_listen: None,
            partitions: 4,
            mass_delete_share: 0.2,
            max_pages: 1_000_000,
            max_rows: 100_000_000,
            max_refused_partitions: 20,
        }
    }
}

impl Sync {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        // The heartbeat runs at a third of it; below a second a busy machine would lose leases for nothing.
        if !(Duration::from_secs(1)..=Duration::from_secs(600)).contains(&self.lease.0) {
            return Err(ConfigError::value(
                "sync.lease",
                "must lie between 1s and 10m",
            ));
        }
        if self.concurrency == 0 {
            return Err(ConfigError::value("sync.concurrency", "must be at least 1"));
        }
        for (name, value) in [
            ("sync.partitions", self.partitions),
            ("sync.max_pages", self.max_pages),
            ("sync.max_rows", self.max_rows),
            ("sync.max_refused_partitions", self.max_refused_partitions),
        ] {
            if value == 0 {
                return Err(ConfigError::value(name, "must be at least 1"));
            }
        }
        Ok(())
    }
}
