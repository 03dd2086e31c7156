//! The operator's toolbox: what its commands take.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::InAccount;

#[derive(Debug, Args)]
pub(crate) struct SupportBundle {
    /// The sync's id.
    pub(crate) sync_id: String,
    #[command(flatten)]
    pub(crate) account: InAccount,
    /// The file; it must not exist yet. Default: the sync's id with .json, in the working folder.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VaultKey {
    /// Save a copy of the key, in a file that only its owner can read.
    #[command(after_help = "Example:\n  portcullis vault-key save portcullis.key")]
    Save {
        /// The file; it must not exist yet.
        file: PathBuf,
    },
    /// Put a saved key into the data folder of a new installation.
    #[command(after_help = "Example:\n  portcullis vault-key put portcullis.key")]
    Put {
        /// The file that `vault-key save` wrote.
        file: PathBuf,
    },
}
