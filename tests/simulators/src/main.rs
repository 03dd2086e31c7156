//! `portcullis-simulator`: a simulated vendor as a process.

use anyhow::Context as _;
use clap::Parser;
use portcullis_simulators::shared::limiter::Limit;
use portcullis_simulators::{
    DEMO_CLIENT_ID, DEMO_SECRET, DOCUMENTED_LIMIT, Options, Simulator, VendorKind,
};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Simulated property management systems.
///
/// Prints one line of JSON with both addresses and the credentials when ready, and serves until it is ended.
///
/// Example: portcullis-simulator buildium --listen 127.0.0.1:8081 --units 100000 --rate-limit 0
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// Which vendor to simulate.
    #[arg(value_enum, default_value_t = VendorKind::Buildium)]
    vendor: VendorKind,
    /// Address of the vendor; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Address of the control plane; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    control: SocketAddr,
    /// Seed of all data.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of properties.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    properties: u32,
    /// Number of units.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    units: u32,
    /// Number of residents; 1.4 for each lease unless given.
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    residents: Option<u32>,
    /// Latency of each answer in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Requests that each client may start in a second, and have in flight; 0 means no limit. What the vendor
    /// documents unless given.
    #[arg(long)]
    rate_limit: Option<usize>,
    /// Client id of the first key.
    #[arg(long, default_value = DEMO_CLIENT_ID)]
    client_id: String,
    /// Client secret of the first key.
    #[arg(long, default_value = DEMO_SECRET)]
    secret: String,
    /// File that gets the same JSON as the standard output, whole, when ready.
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// End when the process that started this one ends.
    #[arg(long)]
    exit_with_parent: bool,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    if cli.exit_with_parent {
        end_with_parent()?;
    }
    let limit = match cli.rate_limit {
        None => Some(DOCUMENTED_LIMIT),
        Some(0) => None,
        Some(requests) => Some(Limit {
            requests,
            window_ms: 1000,
            concurrent: requests,
        }),
    };
    let running = Simulator::start(Options {
        vendor: cli.vendor,
        listen: cli.listen,
        control: cli.control,
        seed: cli.seed,
        properties: cli.properties,
        units: cli.units,
        residents: cli.residents,
        latency_ms: cli.latency_ms,
        limit,
        client_id: cli.client_id,
        secret: cli.secret,
    })?;
    let ready = serde_json::to_string(&running.ready)?;
    if let Some(path) = &cli.ready_file {
        write_whole(path, &ready).with_context(|| format!("write {}", path.display()))?;
    }
    writeln!(std::io::stdout(), "{ready}")?;
    loop {
        std::thread::park();
    }
}

/// Has the system send SIGTERM when the parent ends; the wish belongs to the main thread, which lives as long.
#[cfg(target_os = "linux")]
fn end_with_parent() -> anyhow::Result<()> {
    use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::TERM)).context("watch the parent")?;
    // It may have ended before the wish was uttered: then this process was handed to init.
    anyhow::ensure!(
        !getppid().is_none_or(Pid::is_init),
        "the parent has ended already"
    );
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn end_with_parent() -> anyhow::Result<()> {
    anyhow::bail!("--exit-with-parent works on Linux alone")
}

/// Writes beside the file and renames, so that nobody reads half of it.
fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)?;
    Ok(())
}
