//! `portcullis-bench-sync`: figures of the engine beside their ceilings. Meant for a release build.

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use portcullis_faults::bench::{fair, sync};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Figures of the sync engine.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Where the figures go.
    #[arg(long, global = true, default_value = "target/bench")]
    folder: PathBuf,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A first sync beside the ceiling, its memory, its write-ahead log when nothing changed, the vendor's limit.
    Sync {
        /// Records of most runs, about.
        #[arg(long, default_value_t = 120_000)]
        records: u32,
        /// Records of the runs that show whether memory grows with them, about.
        #[arg(long, default_value_t = 1_050_000)]
        many: u32,
        /// Runs of each figure, after one that warms up.
        #[arg(long, default_value_t = 5)]
        runs: usize,
        /// How long the vendor's limit is kept busy, in seconds.
        #[arg(long, default_value_t = 60)]
        limit_seconds: u64,
    },
    /// Small integrations beside a large one.
    Fair {
        /// How many small ones.
        #[arg(long, default_value_t = 1_000)]
        integrations: u32,
        /// Records of the large one, about.
        #[arg(long, default_value_t = 520_000)]
        large: u32,
    },
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    match arguments.what {
        What::Sync {
            records,
            many,
            runs,
            limit_seconds,
        } => {
            let sizes = sync::Sizes {
                records,
                many,
                runs,
                limit_seconds,
            };
            let figures = Box::pin(sync::measure(&sizes, say)).await?;
            write(&arguments.folder.join("sync.json"), &figures)?;
            let met = say_goals(&figures.goals());
            if let Some(why) = &figures.void {
                say(&format!("VOID: {why}"));
            }
            Ok(ExitCode::from(u8::from(figures.void.is_some() || !met)))
        }
        What::Fair {
            integrations,
            large,
        } => {
            let figures = Box::pin(fair::measure(integrations, large)).await?;
            write(&arguments.folder.join("fair.json"), &figures)?;
            let met = say_goals(&figures.goals());
            Ok(ExitCode::from(u8::from(!met)))
        }
    }
}

/// Says which goals are met; gives whether all are.
fn say_goals(goals: &[(String, bool)]) -> bool {
    for (goal, met) in goals {
        say(&format!("{}: {goal}", if *met { "met" } else { "NOT MET" }));
    }
    goals.iter().all(|(_, met)| *met)
}

fn write(path: &Path, figures: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(figures)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, format!("{text}\n")).with_context(|| path.display().to_string())?;
    say(&text);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn say(line: &str) {
    println!("{line}");
}
