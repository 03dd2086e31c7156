//! The binary `portcullis`: command line, configuration, wiring, and the managed Postgres.
//!
//! Everything that decides lives in the crates below; here they are put together and taken apart again in order.
//! One subcommand is one file in `commands`. Whatever goes wrong leaves as one sentence with a stable code.

mod allocator;
mod cli;
mod commands;
mod config;
mod console;
mod database;
mod failure;
mod folder;
mod hardening;
mod listening;
mod logging;
mod measures;
mod open_files;
mod output;
mod postgres;
mod serving;
mod signals;
mod telemetry;
mod tls;
mod vault_key;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::output::Output;
use crate::telemetry::Telemetry;

fn main() -> ExitCode {
    hardening::forbid_core_dumps();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let output = Output::new(cli.json);
    match run(cli, &output) {
        Ok(code) => code,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    }
}

fn run(cli: Cli, output: &Output) -> Result<ExitCode, Failure> {
    if let Command::CompileComponent { input, output } = &cli.command {
        return commands::compile_component(input, output);
    }
    if let Command::Completions { shell } = &cli.command {
        output::completions(*shell);
        return Ok(ExitCode::SUCCESS);
    }
    let config = cli.config()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                "internal_error",
                format!("the runtime did not start: {error}"),
            )
        })?;
    // Only what lasts is traced.
    let telemetry = match cli.is_serve() {
        true => Telemetry::start(&config.telemetry, runtime.handle())?,
        false => None,
    };
    logging::start(&config.log, cli.is_serve(), telemetry.as_ref())?;
    let result = runtime.block_on(Box::pin(commands::run(cli.command, config, output)));
    if let Some(telemetry) = telemetry {
        telemetry.end();
    }
    // Nothing that is still running may hold up the end: what matters was awaited.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    result
}
