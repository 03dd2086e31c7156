//! `portcullis-bench-api`: figures of the API, beside nginx where that could stand in its place. Meant for a release build.

use anyhow::{Context as _, Result};
use clap::Parser;
use portcullis_faults::bench::api::{self, Sizes};
use std::path::PathBuf;

/// Figures of the API.
#[derive(Debug, Parser)]
struct Arguments {
    /// Runs of each figure beside nginx, after one that warms up.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// How long each run is, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Rows of the model that is paged through and exported.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u32,
    /// Requests of each page.
    #[arg(long, default_value_t = 500)]
    pages: usize,
    /// Ends of runs that a replica must hear of.
    #[arg(long, default_value_t = 1_000)]
    run_ends: usize,
    /// Where the figures go.
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let sizes = Sizes {
        runs: arguments.runs,
        seconds: arguments.seconds,
        rows: arguments.rows,
        pages: arguments.pages,
        run_ends: arguments.run_ends,
    };
    let figures = Box::pin(api::measure(&sizes, say)).await?;
    let text = serde_json::to_string_pretty(&figures)?;
    std::fs::create_dir_all(&arguments.folder)?;
    let path = arguments.folder.join("api.json");
    std::fs::write(&path, format!("{text}\n")).with_context(|| path.display().to_string())?;
    say(&text);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn say(line: &str) {
    println!("{line}");
}
