//! The gateway's configuration: one typed tree, one file a concern, defaults in one place.
//!
//! Sources, later ones win: defaults, a TOML file, the environment, flags. The file is the one named by `--config`
//! or `PORTCULLIS_CONFIG`, else `portcullis.toml` in the working folder if there is one. A key's environment
//! variable is `PORTCULLIS_` and the key in capitals with `_` for each dot: `database.url` is
//! `PORTCULLIS_DATABASE_URL`, `egress.allow_loopback` is `PORTCULLIS_EGRESS_ALLOW_LOOPBACK`. Unknown keys and
//! variables are refused with the nearest known name. An empty variable counts as not set.

mod api;
mod cache;
mod connectors;
mod console;
mod database;
mod egress;
mod limits;
mod log;
mod print;
mod scalar;
mod server;
mod source;
mod sync;
mod telemetry;
mod vault;

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

pub(crate) use log::{Log, LogFormat};
pub(crate) use scalar::{Secret, Size, Span};
pub(crate) use server::TlsFiles;
pub(crate) use source::ConfigError;
pub(crate) use telemetry::Telemetry;

/// Everything that can be configured.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The folder of everything that the gateway keeps: managed Postgres, vault key, compiled components.
    /// Default: `/var/lib/portcullis` as root, else `portcullis` in the XDG data folder.
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) server: server::Server,
    pub(crate) api: api::Api,
    pub(crate) database: database::Database,
    pub(crate) connectors: connectors::Connectors,
    pub(crate) console: console::Console,
    pub(crate) cache: cache::Cache,
    pub(crate) egress: egress::Egress,
    pub(crate) vault: vault::Vault,
    pub(crate) sync: sync::Sync,
    pub(crate) limits: limits::Limits,
    pub(crate) log: log::Log,
    pub(crate) telemetry: telemetry::Telemetry,
}

impl Config {
    /// Reads every source. `flags` are dotted keys with their values as text.
    pub(crate) fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[(&str, String)],
    ) -> Result<Self, ConfigError> {
        let keys = Self::keys()?;
        let environment: Vec<(String, String)> = environment.into_iter().collect();
        let named = file
            .map(Path::to_owned)
            .or_else(|| source::file_variable(&environment));
        let usual = PathBuf::from("portcullis.toml");
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        match named {
            Some(path) if !path.is_file() => return Err(ConfigError::NoFile { path }),
            Some(path) => figment = figment.merge(Toml::file_exact(path)),
            None if usual.is_file() => figment = figment.merge(Toml::file_exact(usual)),
            None => {}
        }
        figment = figment.merge(source::Texts::environment(&environment, &keys)?);
        figment = figment.merge(source::Texts::flags(flags));
        let config: Self = figment
            .extract()
            .map_err(|error| ConfigError::from_figment(&error, &keys))?;
        config.check()?;
        Ok(config)
    }

    /// Every key there is, dotted and sorted.
    pub(crate) fn keys() -> Result<Vec<String>, ConfigError> {
        let tree = serde_json::to_value(Self::default()).map_err(|error| ConfigError::Value {
            place: "the defaults".to_owned(),
            detail: error.to_string(),
        })?;
        let mut keys = Vec::new();
        print::leaves("", &tree, &mut |key, _| keys.push(key.to_owned()));
        keys.sort();
        Ok(keys)
    }

    /// The data folder, decided.
    pub(crate) fn data_dir(&self) -> Result<PathBuf, ConfigError> {
        match &self.data_dir {
            Some(folder) => Ok(folder.clone()),
            None => source::data_dir(rustix::process::geteuid().is_root(), |name| {
                std::env::var_os(name).map(PathBuf::from)
            }),
        }
    }

    /// The folder of the connectors, decided.
    pub(crate) fn connectors_dir(&self) -> Result<PathBuf, ConfigError> {
        match &self.connectors.dir {
            Some(folder) => Ok(folder.clone()),
            None => Ok(self.data_dir()?.join("connectors")),
        }
    }

    /// All keys with their values as TOML, secrets masked.
    pub(crate) fn to_toml(&self) -> Result<String, ConfigError> {
        print::toml(self)
    }

    /// All keys with their values as JSON, secrets masked.
    pub(crate) fn to_json(&self) -> Result<serde_json::Value, ConfigError> {
        print::json(self)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.server.check()?;
        self.cache.check()?;
        self.sync.check()?;
        self.limits.check()?;
        self.vault.check()?;
        self.telemetry.check()?;
        self.database.check()
    }
}

#[cfg(test)]
mod docs;
#[cfg(test)]
mod tests;
