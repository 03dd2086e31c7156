//! `[connectors]`: where connectors are found.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::scalar::switch;

/// The folder that is watched for connectors.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Connectors {
    /// The folder of the `*.wasm` files. Default: `connectors` in the data folder.
    pub(crate) dir: Option<PathBuf>,
    /// The folder of the compiled connectors. Gateways of one user on one machine may share it. Default: `compiled` in
    /// the data folder.
    pub(crate) cache_dir: Option<PathBuf>,
    /// Lets every connector in the folder serve without approval. For demos and development.
    #[serde(deserialize_with = "switch")]
    pub(crate) trust: bool,
}
