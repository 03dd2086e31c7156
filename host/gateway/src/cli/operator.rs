//! The operator's toolbox: what its commands take.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Environment, InAccount, pair};

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

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The model, such as units.
    pub(crate) model: String,
    /// Only the records of this integration, in whose environment they are.
    #[arg(long, value_name = "ID")]
    pub(crate) integration: Option<String>,
    #[command(flatten)]
    pub(crate) account: InAccount,
    /// The environment, where no integration is named.
    #[arg(long, value_enum, default_value = "sandbox")]
    pub(crate) environment: Environment,
    /// A JSON document a line, or a row under a row of names.
    #[arg(long, value_enum, default_value = "ndjson")]
    pub(crate) format: ExportFormat,
    /// Any other parameter of the model's list in the API, such as fields=id,number or include_deleted=true.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) with: Vec<(String, String)>,
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    Ndjson,
    Csv,
}

impl ExportFormat {
    /// The word of the API's parameter.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
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
    /// Go over to another key. Gateways that run go on; from their next start they want the new one.
    #[command(after_help = "Example:\n  portcullis vault-key rotate next.key")]
    Rotate {
        /// The file of the new key; made, with a new key in it, if it does not exist.
        file: PathBuf,
    },
}
