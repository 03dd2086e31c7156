//! `[console]`: the web console.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The web console.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Console {
    /// A JSON file with credentials of simulated vendors, with which the form for a new customer offers to fill itself:
    /// by the vendor's word, `{"name": …, "base_url": …, "fields": {…}}`. Default: none.
    pub(crate) demo: Option<PathBuf>,
}
