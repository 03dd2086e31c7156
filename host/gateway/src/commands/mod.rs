//! One file a subcommand.

mod account;
mod author;
mod backup;
mod check;
mod connector;
mod doctor;
mod export;
mod integration;
mod key;
mod migrate;
mod serve;
mod support;
mod test;
mod vault_key;
mod worker;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use portcullis_runtime::Refusal;
use portcullis_service::ServiceError;
use portcullis_store::{AuditEntry, DONE, Environment, Role};

use crate::cli::{self, Command, ConfigCommand, Connector};
use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;
use crate::output::Output;

/// How often `--wait` looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long `--wait` waits for somebody to begin.
const NOBODY_WORKS: Duration = Duration::from_secs(60);

/// Runs a subcommand to its end.
pub(crate) async fn run(
    command: Command,
    config: Config,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let output = *output;
    let done = |()| ExitCode::SUCCESS;
    match command {
        Command::Serve(serve) => serve::run(serve, config, output).await.map(done),
        Command::Worker(worker) => worker::run(worker, config, output).await.map(done),
        Command::Migrate => {
            with_database(&config, async |db| migrate::run(db, output).await.map(done)).await
        }
        Command::Account(command) => {
            with_database(&config, async |db| {
                account::run(command, db, output).await.map(done)
            })
            .await
        }
        Command::Key(command) => {
            with_database(&config, async |db| {
                key::run(command, db, output).await.map(done)
            })
            .await
        }
        Command::Integration(command) => {
            with_database(&config, async |db| {
                integration::run(command, &config, db, output).await
            })
            .await
        }
        Command::Connector(Connector::New { name }) => author::new(&name, output).map(done),
        Command::Connector(Connector::Build {
            project,
            output: file,
        }) => author::build(&project, file, &config, output)
            .await
            .map(done),
        Command::Connector(Connector::Dev(dev)) => {
            author::dev(dev, &config, output).await.map(done)
        }
        Command::Connector(Connector::Check(check)) => check::run(check, &config, output).await,
        Command::Connector(Connector::Test(test)) => test::run(&test, &config, output).await,
        Command::Connector(Connector::List) => {
            with_database(&config, async |db| {
                connector::list(db, output).await.map(done)
            })
            .await
        }
        Command::Connector(Connector::Approve { id, digest }) => {
            with_database(&config, async |db| {
                connector::approve(&id, &digest, db, output).await.map(done)
            })
            .await
        }
        Command::Connector(Connector::Pack {
            component,
            manifest,
            output: packed,
        }) => connector::pack(&component, &manifest, packed, output).map(done),
        Command::Config(ConfigCommand::Print) => {
            let text = config.to_toml()?;
            output.answer(&config.to_json()?, || text);
            Ok(ExitCode::SUCCESS)
        }
        Command::Backup { file } => {
            with_database(&config, async |db| {
                backup::back_up(&file, db, output).await.map(done)
            })
            .await
        }
        Command::Restore { file } => backup::restore(&file, &config, output).await.map(done),
        Command::Export(wanted) => {
            with_database(&config, async |db| {
                export::run(wanted, &config, db, output).await.map(done)
            })
            .await
        }
        Command::VaultKey(command) => vault_key::run(command, &config, output).await.map(done),
        Command::SupportBundle(wanted) => {
            with_database(&config, async |db| {
                support::run(wanted, &config, db, output).await.map(done)
            })
            .await
        }
        Command::Doctor => doctor::run(&config, output).await,
        // Both need no configuration, so `main` has done them already.
        Command::Completions { shell } => {
            crate::output::completions(shell);
            Ok(ExitCode::SUCCESS)
        }
        Command::CompileComponent { input, output } => compile_component(&input, &output),
    }
}

/// The child process in which components are compiled. It limits itself and talks to its parent alone.
pub(crate) fn compile_component(input: &Path, output: &Path) -> Result<ExitCode, Failure> {
    portcullis_runtime::compile_child(input, output)
        .map(|()| ExitCode::SUCCESS)
        .map_err(|error| Failure::new("compile_failed", error.to_string()))
}

/// Opens the database for one piece of work and closes it however that ends.
async fn with_database<F>(config: &Config, work: F) -> Result<ExitCode, Failure>
where
    F: AsyncFnOnce(&Database) -> Result<ExitCode, Failure>,
{
    let database = Database::open(config).await?;
    let result = work(&database).await;
    let closed = database.close().await;
    closed.and(result)
}

/// Writes down what an operator did at the command line, where no use case of the service does so.
async fn audit(
    database: &Database,
    account_id: Option<&str>,
    action: &str,
    subject: &str,
    detail: serde_json::Value,
) -> Result<(), Failure> {
    let entry = AuditEntry {
        account_id: account_id.map(str::to_owned),
        environment: None,
        actor: "operator".to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        outcome: DONE.to_owned(),
        request_id: None,
        detail,
    };
    Ok(database.store.write_audit(entry).await?)
}

/// A time as tables show it: UTC, to the second.
fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A component that did not pass the install gate.
fn refused(refusal: Refusal) -> Failure {
    Failure::new(refusal.code.code(), refusal.detail)
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        let sentence = match &error {
            // Each problem says what to send instead; on a command line there is one place for all of them.
            ServiceError::Invalid(problems) => {
                let details: Vec<&str> = problems
                    .iter()
                    .map(|problem| problem.detail.as_str())
                    .collect();
                details.join(" ")
            }
            ServiceError::Internal(cause) => format!("the gateway failed: {cause}"),
            ServiceError::Unavailable(cause) => cause.to_string(),
            other => other.to_string(),
        };
        Self::new(error.code(), sentence)
    }
}

impl From<cli::Environment> for Environment {
    fn from(environment: cli::Environment) -> Self {
        match environment {
            cli::Environment::Sandbox => Self::Sandbox,
            cli::Environment::Production => Self::Production,
        }
    }
}

impl From<cli::Role> for Role {
    fn from(role: cli::Role) -> Self {
        match role {
            cli::Role::Read => Self::Read,
            cli::Role::Admin => Self::Admin,
        }
    }
}
