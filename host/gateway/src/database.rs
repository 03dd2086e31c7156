//! The database of this process: the one that is configured, or the managed one in the data folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use portcullis_store::vault::{KeyEncryptionKey, Vault};
use portcullis_store::{AccountRow, ConnectOptions, Store, StoreError};
use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;
use crate::failure::Failure;
use crate::output::Output;
use crate::postgres::Server;
use crate::{folder, vault_key};

/// An open database with this version's schema. Give it back with [`Database::close`].
#[derive(Debug)]
pub(crate) struct Database {
    /// The handle.
    pub(crate) store: Store,
    /// The data folder, canonical.
    pub(crate) data_dir: PathBuf,
    server: Option<Server>,
}

impl Database {
    /// Connects, after adopting or starting the managed server when no URL is configured, and migrates.
    pub(crate) async fn open(config: &Config) -> Result<Self, Failure> {
        let data_dir = folder::prepare(&config.data_dir()?)?;
        let (server, url) = match &config.database.url {
            Some(url) => (None, SecretString::from(url.expose().to_owned())),
            None => {
                let server = Server::attach(&data_dir).await?;
                let url = server.url();
                (Some(server), url)
            }
        };
        match connect(config, &url, server.as_ref()).await {
            Ok(store) => Ok(Self {
                store,
                data_dir,
                server,
            }),
            Err(failure) => {
                leave(server).await?;
                Err(failure)
            }
        }
    }

    /// Connects without migrating, to a managed server that is made when there is none: for filling it.
    pub(crate) async fn open_bare(config: &Config) -> Result<Self, Failure> {
        let data_dir = folder::prepare(&config.data_dir()?)?;
        if config.database.url.is_none() {
            Server::attach(&data_dir).await?.detach().await?;
        }
        Self::look(config).await?.ok_or_else(|| {
            Failure::new(
                "internal_error",
                "the managed database was made and is not there",
            )
        })
    }

    /// Connects to what is there and changes nothing: no migration, and no new managed server. `None` where the managed
    /// database was never made.
    pub(crate) async fn look(config: &Config) -> Result<Option<Self>, Failure> {
        let data_dir = config.data_dir()?;
        let (server, url) = match &config.database.url {
            Some(url) => (None, SecretString::from(url.expose().to_owned())),
            None if !Server::was_made(&data_dir) => return Ok(None),
            None => {
                let server = Server::attach(&data_dir).await?;
                let url = server.url();
                (Some(server), url)
            }
        };
        match reach(config, &url, server.as_ref()).await {
            Ok(store) => Ok(Some(Self {
                store,
                data_dir,
                server,
            })),
            Err(failure) => {
                leave(server).await?;
                Err(failure)
            }
        }
    }

    /// Closes the pool, and stops the managed server unless somebody else uses it.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.store.close().await;
        leave(self.server).await
    }

    /// Opens the vault. A new installation without a configured key gets one, and that is said.
    pub(crate) async fn vault(&self, config: &Config, output: Output) -> Result<Vault, Failure> {
        let key = vault_key::find(config, &self.data_dir, true)?;
        let kek = KeyEncryptionKey::from_bytes(*key.bytes);
        let id = kek.id();
        match Vault::open(&self.store, kek).await {
            Ok(vault) => {
                if let Some(path) = &key.made {
                    output.progress(&format!(
                        "Made a vault key in {} (mode 0600). Keep a copy apart from the database's backups: without it no stored credential can be read.",
                        path.display()
                    ));
                }
                Ok(vault)
            }
            Err(error) => {
                // The key that was made is not the one wanted: leave no file that looks as if it were.
                if let Some(path) = &key.made {
                    remove(path)?;
                }
                Err(match error {
                    StoreError::WrongVaultKey { wanted } if key.made.is_some() => Failure::new(
                        "wrong_vault_key",
                        format!(
                            "this database was set up with vault key {wanted}, and there is no key in {}; put that key back, or set vault.key_file, vault.key or vault.key_command",
                            key.place
                        ),
                    ),
                    StoreError::WrongVaultKey { wanted } => Failure::new(
                        "wrong_vault_key",
                        format!(
                            "this database was set up with vault key {wanted}, but {} is key {id}; give the gateway the key it was set up with",
                            key.place
                        ),
                    ),
                    other => other.into(),
                })
            }
        }
    }

    /// The account that is meant: the one named, or the only one.
    pub(crate) async fn account(&self, named: Option<&str>) -> Result<AccountRow, Failure> {
        if let Some(id) = named {
            return self
                .store
                .get_account(id)
                .await
                .map_err(|error| match error {
                    StoreError::NotFound => Failure::new(
                        "account_not_found",
                        format!("there is no account {id}; see `portcullis account list`"),
                    ),
                    other => other.into(),
                });
        }
        let mut accounts = self.store.list_accounts().await?;
        match (accounts.pop(), accounts.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(Failure::new(
                "account_missing",
                "there is no account yet; make one with `portcullis account create NAME`",
            )),
            _ => Err(Failure::new(
                "account_ambiguous",
                "there are several accounts; say which with --account (see `portcullis account list`)",
            )),
        }
    }
}

async fn reach(
    config: &Config,
    url: &SecretString,
    server: Option<&Server>,
) -> Result<Store, Failure> {
    let options = ConnectOptions {
        max_connections: config.database.max_connections,
        acquire_timeout: Duration::from_secs(5),
        ..ConnectOptions::default()
    };
    Store::connect(url.expose_secret(), options)
        .await
        .map_err(|error| match (server, &error) {
            // A server that we started takes our password; one that was alive may be a stranger's.
            (Some(server), StoreError::Database(_)) if server.adopted() => {
                server.refused(error.to_string()).into()
            }
            (None, StoreError::Unavailable(_)) => Failure::new(
                error.code(),
                format!(
                    "{error}; start the server that database.url names, or correct database.url"
                ),
            ),
            (None, _) => Failure::new(error.code(), format!("{error}; correct database.url")),
            _ => error.into(),
        })
}

async fn connect(
    config: &Config,
    url: &SecretString,
    server: Option<&Server>,
) -> Result<Store, Failure> {
    let store = reach(config, url, server).await?;
    match store.migrate().await {
        Ok(()) => Ok(store),
        Err(StoreError::Conflict {
            what: "schema_newer",
        }) => {
            store.close().await;
            Err(Failure::new(
                "schema_newer",
                "the database was migrated by a newer version of the gateway; run that version",
            ))
        }
        Err(error) => {
            store.close().await;
            Err(error.into())
        }
    }
}

async fn leave(server: Option<Server>) -> Result<(), Failure> {
    if let Some(server) = server {
        server.detach().await?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), Failure> {
    std::fs::remove_file(path).map_err(|error| {
        Failure::new(
            "data_dir_unusable",
            format!("cannot remove {}: {error}", path.display()),
        )
    })
}
