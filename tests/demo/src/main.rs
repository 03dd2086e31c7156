//! What `make demo` runs: a simulated Buildium, a gateway, and a client that walks the six steps over the gateway's
//! public interfaces, counts what it reads, and compares the counts with what the simulator says is there.
//!
//! It then keeps both serving until Ctrl-C or SIGTERM; with `--exit` it stops after the table. It ends with an error
//! when the table differs from the truth, so that it is a test too.

mod api;
mod folder;
mod process;
mod report;
mod steps;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::folder::Folder;
use crate::process::{Facts, Gateway, Simulator};
use crate::report::Ready;

/// The demonstration: start everything, walk the six steps, keep serving.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder of the project; `.portcullis` is made in it.
    #[arg(long)]
    root: PathBuf,
    /// The folder of `portcullis` and `portcullis-simulator`.
    #[arg(long)]
    programs: PathBuf,
    /// The folder of the built connectors.
    #[arg(long)]
    connectors: PathBuf,
    /// Where the gateway listens. Default: the address that the documentation shows, if it is free.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Stop after the table.
    #[arg(long)]
    exit: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(code) => code,
        Err(error) => {
            report::error(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<ExitCode> {
    // The HTTP client wants to know its TLS provider even where it only ever speaks to loopback.
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("a TLS provider is installed already"))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut stop = std::pin::pin!(async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    });

    // Whoever asks it to stop need not wait for a start. What was started by then is stopped in order: a gateway that
    // is killed leaves its database running.
    let program = arguments.programs.join("portcullis");
    let folder = tokio::select! {
        folder = Folder::fresh(&arguments.root, &program) => folder?,
        () = &mut stop => return Ok(ExitCode::FAILURE),
    };
    let simulator = arguments.programs.join("portcullis-simulator");
    let simulator = tokio::select! {
        simulator = Simulator::start(&simulator, &folder) => simulator?,
        () = &mut stop => return Ok(ExitCode::FAILURE),
    };
    let mut gateway = Gateway::spawn(
        &program,
        &arguments.connectors,
        arguments.listen,
        &folder,
        &simulator,
    )?;
    let walked = tokio::select! {
        walked = walk(arguments, &folder, &simulator, &mut gateway) => walked,
        () = &mut stop => Ok(ExitCode::FAILURE),
    };
    let result = match walked {
        Ok(code) if code == ExitCode::SUCCESS && !arguments.exit => {
            tokio::select! {
                () = &mut stop => Ok(code),
                died = gateway.died() => Err(died),
            }
        }
        other => other,
    };
    // From here on nothing is ready any more: first take the word back, then stop.
    folder.withdraw()?;
    let stopped = gateway.stop().await;
    simulator.stop().await?;
    stopped.and(result)
}

/// Waits until the gateway is ready and walks; ends early if the gateway does.
async fn walk(
    arguments: &Arguments,
    folder: &Folder,
    simulator: &Simulator,
    gateway: &mut Gateway,
) -> Result<ExitCode> {
    let facts = gateway.ready().await?;
    tokio::select! {
        walked = walk_steps(arguments, folder, simulator, &facts) => walked,
        died = gateway.died() => Err(died),
    }
}

/// Walks the six steps, prints the table, and says when all is ready.
async fn walk_steps(
    arguments: &Arguments,
    folder: &Folder,
    simulator: &Simulator,
    gateway: &Facts,
) -> Result<ExitCode> {
    let api_key = gateway.create_read_key(folder).await?;
    let walk = steps::walk(simulator, gateway, &api_key).await?;
    let truth = simulator
        .truth()
        .await
        .context("ask the simulator what is there")?;
    let equal = report::table(&walk.counts, &truth);
    if !equal {
        report::error("error: what the API serves differs from what the simulator has");
        return Ok(ExitCode::FAILURE);
    }
    let ready = Ready {
        base_url: gateway.base_url.clone(),
        api_key,
        admin_key: gateway.admin_key.clone(),
        console_url: gateway.console_url.clone(),
        account_id: gateway.account_id.clone(),
        integration_id: walk.integration_id,
        simulator_url: simulator.url.clone(),
        simulator_control_url: simulator.control_url.clone(),
        counts: walk.counts,
    };
    if !arguments.exit {
        report::next_steps(&ready);
        folder.announce(&ready)?;
    }
    Ok(ExitCode::SUCCESS)
}
