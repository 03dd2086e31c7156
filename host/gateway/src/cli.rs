//! The command line.

mod connector;
mod integration;
mod operator;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Config;
use crate::failure::Failure;

pub(crate) use connector::{Against, Check, Connector, Dev, Test};
pub(crate) use integration::{Integration, OnOff};
pub(crate) use operator::{Export, SupportBundle, VaultKey};

/// An integration gateway for property management systems.
#[derive(Debug, Parser)]
#[command(
    name = "portcullis",
    version,
    about,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = EXIT_CODES
)]
pub(crate) struct Cli {
    /// The configuration file. Default: `PORTCULLIS_CONFIG`, else portcullis.toml in the working folder if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of everything that the gateway keeps.
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 an error (one sentence and its code), 64 the command line is wrong. `connector check` and `connector test` have more, see their --help.\n\nEvery setting: portcullis config print\n\nExample:\n  portcullis serve --connectors ./connectors";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API, watch the connectors and sync, until SIGTERM or Ctrl-C.
    #[command(
        after_help = "Example:\n  portcullis serve --connectors ./connectors --listen 127.0.0.1:8080"
    )]
    Serve(Serve),
    /// Sync without serving, until SIGTERM or Ctrl-C. Any number of workers share one database.
    #[command(
        after_help = "Example:\n  PORTCULLIS_DATABASE_URL=postgres://portcullis@db/portcullis portcullis worker --connectors ./connectors"
    )]
    Worker(Worker),
    /// Write the whole database into a file. The gateway goes on working; the vault key is not in the file.
    #[command(after_help = "Example:\n  portcullis backup portcullis-2026-11-24.gz")]
    Backup {
        /// The file; it must not exist yet.
        file: PathBuf,
    },
    /// Fill a new database from a backup.
    #[command(after_help = "Example:\n  portcullis restore portcullis-2026-11-24.gz")]
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// Write every record of a model to standard output, all of one moment. The gateway goes on working.
    #[command(
        after_help = "Example:\n  portcullis export units --format csv --with fields=id,number > units.csv"
    )]
    Export(Export),
    /// The vault key, without which no stored credential can be read: apart from backups, on purpose.
    #[command(
        subcommand,
        after_help = "Example:\n  portcullis vault-key save portcullis.key"
    )]
    VaultKey(VaultKey),
    /// Write what somebody else needs to understand a sync: its runs, log and access, without any customer's data.
    #[command(after_help = "Example:\n  portcullis support-bundle syn_4f1m0a…")]
    SupportBundle(SupportBundle),
    /// Look at everything that a gateway needs: one line each, with what to do. Changes nothing.
    #[command(
        after_help = "Exit codes: 0 all is well, 1 something is at fault.\n\nExample:\n  portcullis doctor --json"
    )]
    Doctor,
    /// Print the completions of a shell.
    #[command(
        after_help = "Example:\n  portcullis completions bash > /usr/share/bash-completion/completions/portcullis"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Bring the database to this version's schema, and say which it is.
    #[command(
        after_help = "Example:\n  PORTCULLIS_DATABASE_URL=postgres://portcullis@db/portcullis portcullis migrate"
    )]
    Migrate,
    /// Accounts: tenants of the gateway.
    #[command(subcommand, after_help = "Example:\n  portcullis account list")]
    Account(Account),
    /// API keys of an account.
    #[command(subcommand, after_help = "Example:\n  portcullis key list")]
    Key(Key),
    /// Integrations: a customer's connection to a vendor.
    #[command(subcommand, after_help = "Example:\n  portcullis integration list")]
    Integration(Integration),
    /// Connectors: components that speak to one vendor.
    #[command(subcommand, after_help = "Example:\n  portcullis connector list")]
    Connector(Connector),
    /// The configuration.
    #[command(subcommand, after_help = "Example:\n  portcullis config print")]
    Config(ConfigCommand),
    /// Compile a component; how `serve` compiles, in a process of its own.
    #[command(hide = true)]
    CompileComponent {
        /// The component.
        input: PathBuf,
        /// Where the compiled form goes.
        output: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address and port to listen on; port 0 takes any free one. Default: 127.0.0.1:8080.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The folder that is watched for connectors. Default: connectors in the data folder.
    #[arg(long, value_name = "DIR")]
    connectors: Option<PathBuf>,
    /// Let every connector in the folder serve without approval. For demos and development.
    #[arg(long)]
    trust_connectors: bool,
    /// Stop like at SIGTERM when the process that started this one ends. For tests and demos.
    #[arg(long)]
    pub(crate) exit_with_parent: bool,
    /// Serve only: leave connectors and syncs to `portcullis worker`.
    #[arg(long)]
    no_worker: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// The folder that is watched for connectors. Default: connectors in the data folder.
    #[arg(long, value_name = "DIR")]
    connectors: Option<PathBuf>,
    /// Let every connector in the folder serve without approval. For demos and development.
    #[arg(long)]
    trust_connectors: bool,
    /// Stop like at SIGTERM when the process that started this one ends. For tests and demos.
    #[arg(long)]
    pub(crate) exit_with_parent: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Create an account.
    #[command(after_help = "Example:\n  portcullis account create 'Acme Properties'")]
    Create {
        /// What to call it.
        name: String,
    },
    /// List the accounts.
    #[command(after_help = "Example:\n  portcullis account list --json")]
    List,
}

/// `sandbox` or `production`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Environment {
    Sandbox,
    Production,
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Read records.
    Read,
    /// Everything in its account and environment.
    Admin,
}

#[derive(Debug, Args)]
pub(crate) struct InAccount {
    /// The account's id. Default: the only one there is.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Create a key and print it once.
    #[command(
        after_help = "Example:\n  portcullis key create 'BI export' --environment production --role read --expires-in 90d"
    )]
    Create {
        /// What to call it.
        name: String,
        #[command(flatten)]
        account: InAccount,
        /// The environment it belongs to.
        #[arg(long, value_enum, default_value = "sandbox")]
        environment: Environment,
        /// What it may do.
        #[arg(long, value_enum, default_value = "read")]
        role: Role,
        /// How long it is good, such as 90d. Default: until revoked.
        #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
        expires_in: Option<std::time::Duration>,
        /// An integration that it reaches; more than once for several. Default: all, those to come included.
        #[arg(long = "integration", value_name = "ID")]
        integrations: Vec<String>,
        /// A model that it reaches; more than once for several. Default: all.
        #[arg(long = "model", value_name = "MODEL", value_parser = clap::builder::PossibleValuesParser::new(models()))]
        models: Vec<String>,
        /// Most requests a minute, at each replica. Default: `api.requests_per_minute`.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        rate_limit: Option<u32>,
    },
    /// Make a key in the place of another one, of the same name and limits; the old one works on for a while.
    #[command(after_help = "Example:\n  portcullis key rotate key_4f1m0a… --overlap 2h")]
    Rotate {
        /// The key's id.
        id: String,
        #[command(flatten)]
        account: InAccount,
        /// How long the old key works on, at most 30d.
        #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = overlap)]
        overlap: std::time::Duration,
    },
    /// List the keys, without the keys themselves.
    #[command(after_help = "Example:\n  portcullis key list")]
    List {
        #[command(flatten)]
        account: InAccount,
    },
    /// Revoke a key. It is refused from then on.
    #[command(after_help = "Example:\n  portcullis key revoke key_4f1m0a…")]
    Revoke {
        /// The key's id.
        id: String,
        #[command(flatten)]
        account: InAccount,
    },
}

/// What a key can be limited to.
fn models() -> Vec<&'static str> {
    portcullis_service::model_names()
}

/// How long a rotated key works on.
fn overlap(text: &str) -> Result<std::time::Duration, String> {
    let overlap = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if overlap > portcullis_service::OVERLAP_MAX {
        return Err("a rotated key works on for at most 30d".to_owned());
    }
    Ok(overlap)
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The integration's id.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) account: InAccount,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Wait {
    /// Wait until it has ended, and say how it goes. A gateway must be serving from the same database.
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Values {
    /// A secret of the connector's form. What is on a command line can be seen by other users of the machine: prefer --credentials-file.
    #[arg(long = "credential", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) credentials: Vec<(String, String)>,
    /// A setting of the connector's form.
    #[arg(long = "setting", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) settings: Vec<(String, String)>,
    /// A file of NAME=VALUE lines with secrets; empty lines and lines with # are left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every key with its value as TOML; secrets are masked.
    #[command(after_help = "Example:\n  PORTCULLIS_CACHE_TTL=5m portcullis config print")]
    Print,
}

impl Cli {
    /// True for the subcommands that run until they are stopped.
    pub(crate) fn is_serve(&self) -> bool {
        matches!(self.command, Command::Serve(_) | Command::Worker(_))
    }

    /// The configuration that this command line asks for.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let mut flags: Vec<(&str, String)> = Vec::new();
        let mut flag = |key, value: Option<String>| flags.extend(value.map(|value| (key, value)));
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let set = |given: bool, value: &str| given.then(|| value.to_owned());
        flag("data_dir", path(&self.data_dir));
        if let Command::Serve(serve) = &self.command {
            flag("connectors.dir", path(&serve.connectors));
            flag("server.listen", serve.listen.map(|at| at.to_string()));
            flag("connectors.trust", set(serve.trust_connectors, "true"));
            flag("sync.worker", set(serve.no_worker, "false"));
        }
        if let Command::Worker(worker) = &self.command {
            flag("connectors.dir", path(&worker.connectors));
            flag("connectors.trust", set(worker.trust_connectors, "true"));
        }
        if let Command::Connector(command) = &self.command {
            flag(
                "egress.allow_loopback",
                set(command.allows_loopback(), "true"),
            );
            flag("connectors.dir", path(command.connectors()));
        }
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Ok(Config::load(self.config.as_deref(), environment, &flags)?)
    }
}

impl Values {
    /// Whether none was given.
    pub(crate) fn is_empty(&self) -> bool {
        self.credentials.is_empty() && self.settings.is_empty() && self.credentials_file.is_none()
    }

    /// The secrets of the command line and of the file; the command line wins.
    pub(crate) fn secrets(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut secrets = Vec::new();
        if let Some(path) = &self.credentials_file {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::new(
                    "credentials_file_unreadable",
                    format!("cannot read {}: {error}", path.display()),
                )
            })?;
            for (number, line) in text.lines().enumerate() {
                let line = line.trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                // The line itself may hold a secret: only its number is said.
                secrets.push(pair(line).map_err(|_| {
                    Failure::new(
                        "credentials_file_invalid",
                        format!(
                            "line {} of {} is not NAME=VALUE",
                            number + 1,
                            path.display()
                        ),
                    )
                })?);
            }
        }
        secrets.retain(|(name, _)| !self.credentials.iter().any(|(given, _)| given == name));
        secrets.extend(self.credentials.iter().cloned());
        Ok(secrets)
    }
}

/// `NAME=VALUE`; the value may hold further equal signs.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("must be NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Every command, groups and the program itself among them, with its path.
    fn commands(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Command)>) {
        let path = format!("{path} {}", command.get_name());
        found.push((path.clone(), command.clone()));
        for sub in command.get_subcommands() {
            commands(sub, &path, found);
        }
    }

    #[test]
    fn every_command_has_an_example_that_parses() {
        Cli::command().debug_assert();
        let mut found = Vec::new();
        commands(&Cli::command(), "", &mut found);
        for (path, command) in found.iter().filter(|(_, command)| !command.is_hide_set()) {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let example = help
                .split("Example:\n")
                .nth(1)
                .unwrap_or_else(|| panic!("{path} has no example"));
            let words = words(&example.replace("\\\n", " "));
            let start = words.iter().position(|word| word == "portcullis").unwrap();
            // Behind these begins what is the shell's.
            let shell = |word: &&String| !matches!(word.as_str(), ">" | ">>" | "|" | "&&");
            let parsed = Cli::try_parse_from(words[start..].iter().take_while(shell));
            assert!(parsed.is_ok(), "{path}: {}", parsed.unwrap_err());
            let own = words[start..].join(" ");
            assert!(own.starts_with(path.trim()), "{path}: {own}");
        }
        assert!(found.len() > 40);
    }

    /// Splits like a shell does, as far as the examples need it.
    fn words(line: &str) -> Vec<String> {
        line.split('\'')
            .enumerate()
            .flat_map(|(index, part)| match index % 2 {
                0 => part.split_whitespace().map(str::to_owned).collect(),
                _ => vec![part.to_owned()],
            })
            .collect()
    }

    #[test]
    fn secrets_come_from_both_places_and_are_never_quoted_in_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.env");
        std::fs::write(&path, "# form\nclientId = abc\n\nsecret=a=b\n").unwrap();
        let values = Values {
            credentials: vec![("clientId".to_owned(), "given".to_owned())],
            settings: vec![],
            credentials_file: Some(path.clone()),
        };
        let secrets = values.secrets().unwrap();
        assert_eq!(
            secrets,
            [
                ("secret".to_owned(), "a=b".to_owned()),
                ("clientId".to_owned(), "given".to_owned())
            ]
        );
        std::fs::write(&path, "hunter2hunter2\n").unwrap();
        let error = values.secrets().unwrap_err();
        assert_eq!(error.code(), "credentials_file_invalid");
        assert!(!error.sentence().contains("hunter2"));
        portcullis_test_codes::record(error.code());
        std::fs::remove_file(&path).unwrap();
        let error = values.secrets().unwrap_err();
        assert_eq!(error.code(), "credentials_file_unreadable");
        portcullis_test_codes::record(error.code());
    }
}
