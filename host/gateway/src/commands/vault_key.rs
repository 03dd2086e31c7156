//! `portcullis vault-key`: the key apart from the data, as a step of its own.

use std::path::Path;

use portcullis_store::vault::{KeyEncryptionKey, Vault};
use serde_json::json;

use crate::cli::VaultKey;
use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;
use crate::output::Output;
use crate::{folder, vault_key};

pub(super) async fn run(command: VaultKey, config: &Config, output: Output) -> Result<(), Failure> {
    match command {
        VaultKey::Save { file } => save(&file, config, output),
        VaultKey::Put { file } => put(&file, config, output).await,
        VaultKey::Rotate { file } => rotate(&file, config, output).await,
    }
}

fn save(file: &Path, config: &Config, output: Output) -> Result<(), Failure> {
    if file.exists() {
        return Err(super::backup::exists(file));
    }
    let key = vault_key::find(config, &config.data_dir()?, false)?;
    let id = KeyEncryptionKey::from_bytes(*key.bytes).id();
    vault_key::write(&key.bytes, file)?;
    output.answer(&json!({"file": file, "vault_key_id": id}), || {
        format!(
            "Saved vault key {id} in {} (mode 0600). Keep it where the backups are not.",
            file.display()
        )
    });
    Ok(())
}

async fn put(file: &Path, config: &Config, output: Output) -> Result<(), Failure> {
    let key = vault_key::read(file)?;
    let id = KeyEncryptionKey::from_bytes(*key.bytes).id();
    let data_dir = folder::prepare(&config.data_dir()?)?;
    // A key that is configured elsewhere is found before the folder's.
    if let Ok(there) = vault_key::find(config, &data_dir, false) {
        let other = KeyEncryptionKey::from_bytes(*there.bytes).id();
        if other != id {
            return Err(Failure::new(
                "vault_key_exists",
                format!(
                    "{} is vault key {other} already, and {} is key {id}; move that one away first if it is of no use",
                    there.place, key.place
                ),
            ));
        }
    } else {
        if let Some(wanted) = wanted(config).await?
            && wanted != id
        {
            return Err(Failure::new(
                "wrong_vault_key",
                format!(
                    "this database was set up with vault key {wanted}, but {} is key {id}; put that key in place",
                    key.place
                ),
            ));
        }
        vault_key::write(&key.bytes, &vault_key::own_path(&data_dir))?;
    }
    output.answer(&json!({"vault_key_id": id}), || {
        format!("Vault key {id} is in place.")
    });
    Ok(())
}

async fn rotate(file: &Path, config: &Config, output: Output) -> Result<(), Failure> {
    let database = Database::open(config).await?;
    let result = rotate_in(&database, file, config, output).await;
    database.close().await.and(result)
}

async fn rotate_in(
    database: &Database,
    file: &Path,
    config: &Config,
    output: Output,
) -> Result<(), Failure> {
    let vault = database.vault(config, output).await?;
    let former = vault_key::find(config, &database.data_dir, false)?;
    let former_id = KeyEncryptionKey::from_bytes(*former.bytes).id();
    // The key is safe in its file before any secret depends on it.
    let next = vault_key::read_or_make(file)?;
    let kek = KeyEncryptionKey::from_bytes(*next.bytes);
    let id = kek.id();
    if id == former_id {
        return Err(Failure::new(
            "vault_key_exists",
            format!("{} is vault key {id}, which is in use already", next.place),
        ));
    }
    vault.rotate(&kek).await?;
    super::audit(
        database,
        None,
        "vault_key.rotate",
        &id,
        json!({"former": former_id}),
    )
    .await?;
    let own = vault_key::own_path(&database.data_dir);
    let kept = if config.vault.names_none() {
        let kept = own.with_extension(format!("key.{former_id}"));
        vault_key::replace(&next.bytes, &own, &kept)?;
        Some(kept)
    } else {
        None
    };
    let answer =
        json!({"vault_key_id": id, "former_vault_key_id": former_id, "former_kept_in": kept});
    output.answer(&answer, || {
        let place = match &kept {
            Some(kept) => format!(
                "It is in place; the former one is in {}.",
                kept.display()
            ),
            None => format!(
                "Gateways that run go on; put it where they read theirs ({}) before any of them starts again.",
                former.place
            ),
        };
        format!(
            "The vault's key is {id} now, in {}. {place}\nKeep the former one, {former_id}, as long as backups from before now: they want it.",
            file.display()
        )
    });
    Ok(())
}

/// The key that the database wants, if there is one that says so.
async fn wanted(config: &Config) -> Result<Option<String>, Failure> {
    let Some(database) = Database::look(config).await? else {
        return Ok(None);
    };
    let wanted = match database.store.schema_version().await {
        Ok(0) => Ok(None),
        Ok(_) => Vault::wanted_key(&database.store).await,
        Err(error) => Err(error),
    };
    database.close().await?;
    Ok(wanted?)
}
