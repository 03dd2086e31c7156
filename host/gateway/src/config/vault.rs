//! `[vault]`: where the key comes from that encrypts the customers' credentials.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Secret;
use super::source::ConfigError;

/// The key-encryption key: 32 bytes, as 64 hexadecimal digits or base64. At most one of the three is set; with
/// none, `vault.key` in the data folder is used, and made at the first start.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Vault {
    /// A file with the key, readable by the gateway's user alone.
    pub(crate) key_file: Option<PathBuf>,
    /// The key itself. Meant for the environment: `PORTCULLIS_VAULT_KEY`.
    pub(crate) key: Option<Secret>,
    /// A command for `sh -c` that prints the key, such as a key store's client.
    pub(crate) key_command: Option<String>,
}

impl Vault {
    /// Whether the key is the data folder's own.
    pub(crate) fn names_none(&self) -> bool {
        self.key_file.is_none() && self.key.is_none() && self.key_command.is_none()
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let set = [
            self.key_file.is_some(),
            self.key.is_some(),
            self.key_command.is_some(),
        ];
        if set.into_iter().filter(|set| *set).count() > 1 {
            return Err(ConfigError::value(
                "vault",
                "takes one of key_file, key and key_command, not several",
            ));
        }
        Ok(())
    }
}
