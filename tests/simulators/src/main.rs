//! `portcullis-simulator`: a simulated vendor as a process.

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
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
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    vendor: Vendor,
}

#[derive(Subcommand)]
enum Vendor {
    /// A simulated Buildium.
    ///
    /// Example: portcullis-simulator buildium --listen 127.0.0.1:8081 --units 100000 --rate-limit 0
    Buildium(Shape),
}

#[derive(Args)]
struct Shape {
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
    /// Requests that each client may start in a second, and have in flight; 0 means no limit.
    #[arg(long, default_value_t = DOCUMENTED_LIMIT.requests)]
    rate_limit: usize,
    /// Client id of the first key.
    #[arg(long, default_value = DEMO_CLIENT_ID)]
    client_id: String,
    /// Client secret of the first key.
    #[arg(long, default_value = DEMO_SECRET)]
    secret: String,
    /// File that gets the same JSON as the standard output, whole, when ready.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let Cli {
        vendor: Vendor::Buildium(shape),
    } = Cli::parse();
    let limit = Limit {
        requests: shape.rate_limit,
        concurrent: shape.rate_limit,
        ..DOCUMENTED_LIMIT
    };
    let running = Simulator::start(Options {
        vendor: VendorKind::Buildium,
        listen: shape.listen,
        control: shape.control,
        seed: shape.seed,
        properties: shape.properties,
        units: shape.units,
        residents: shape.residents,
        latency_ms: shape.latency_ms,
        limit: (shape.rate_limit > 0).then_some(limit),
        client_id: shape.client_id,
        secret: shape.secret,
    })?;
    let ready = serde_json::to_string(&running.ready)?;
    if let Some(path) = &shape.ready_file {
        write_whole(path, &ready).with_context(|| format!("write {}", path.display()))?;
    }
    writeln!(std::io::stdout(), "{ready}")?;
    loop {
        std::thread::park();
    }
}

/// Writes beside the file and renames, so that nobody reads half of it.
fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)?;
    Ok(())
}
