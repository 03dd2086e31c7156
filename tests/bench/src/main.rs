//! Figures of the whole path, written to `target/bench/spine.json`: medians of five.
//!
//! Each is printed beside what the product promises, and one that misses it ends the program with an error; it is
//! read beside the machine it was taken on all the same. Every one is taken from outside the gateway (the
//! simulator's truth, the clock on the wall, the operating system), but for the time inside a guest, which the
//! runtime measures.

mod demo;
mod guest;
mod promise;
mod sync;

use anyhow::{Context as _, Result};
use clap::Parser;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// How often each figure is taken.
const TIMES: usize = 5;

/// Measures the spine.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder of the project.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Residents of the first sync.
    #[arg(long, default_value_t = 100_000)]
    residents: u32,
    /// Leave out the demonstration from nothing: it builds everything once, for ten minutes and more.
    #[arg(long)]
    no_cold: bool,
    /// Leave out the demonstration altogether.
    #[arg(long)]
    no_demo: bool,
}

/// The figures.
#[derive(Debug, Serialize)]
struct Spine {
    /// Records stored in a second by a first sync of everything, from enabling to the end.
    records_per_second: f64,
    /// Growth of the gateway's resident memory over that sync, peak less idle.
    rss_growth_mib: f64,
    /// Processor time of one guest call that reads a page of 1,000 units.
    guest_page_ms: f64,
    /// Size of the component.
    component_kb: f64,
    /// Seconds of `make demo EXIT=1` in a new clone with nothing built.
    demo_cold_s: Option<f64>,
    /// The same with everything built.
    demo_warm_s: Option<f64>,
    /// How to read the figures.
    note: &'static str,
    /// Figures that miss what is promised.
    missed: Vec<&'static str>,
    /// What each median was taken from.
    samples: Samples,
}

const NOTE: &str = "Medians of five, but for demo_cold_s: it builds everything, for ten minutes and more, and is taken once.";

#[derive(Debug, Default, Serialize)]
struct Samples {
    records: u64,
    records_per_second: Vec<f64>,
    rss_growth_mib: Vec<f64>,
    guest_page_ms: Vec<f64>,
    demo_warm_s: Vec<f64>,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let component = portcullis_e2e::component("connector_buildium");
    let size = std::fs::metadata(&component)?.len();
    let mut samples = Samples {
        guest_page_ms: guest::page_ms(TIMES).await?,
        ..Samples::default()
    };
    say(&format!(
        "a page of 1,000 units in a guest: {:.2} ms",
        median(&samples.guest_page_ms)
    ));
    for _ in 0..TIMES {
        let first = sync::first_sync(arguments.residents).await?;
        say(&format!(
            "first sync: {} records in {:.1} s, {:.0} a second, {:+.1} MiB",
            first.records,
            first.seconds,
            first.records as f64 / first.seconds,
            first.rss_growth_mib
        ));
        samples.records = first.records;
        samples
            .records_per_second
            .push(first.records as f64 / first.seconds);
        samples.rss_growth_mib.push(first.rss_growth_mib);
    }
    if !arguments.no_demo {
        // One that is not counted: it builds what is not built yet.
        demo::warm(&arguments.root)?;
        for _ in 0..TIMES {
            samples.demo_warm_s.push(demo::warm(&arguments.root)?);
        }
        say(&format!(
            "make demo EXIT=1, everything built: {:.1} s",
            median(&samples.demo_warm_s)
        ));
    }
    let cold = !arguments.no_demo && !arguments.no_cold;
    let mut spine = Spine {
        records_per_second: median(&samples.records_per_second),
        rss_growth_mib: median(&samples.rss_growth_mib),
        guest_page_ms: median(&samples.guest_page_ms),
        component_kb: size as f64 / 1000.0,
        demo_cold_s: cold.then(|| demo::cold(&arguments.root)).transpose()?,
        demo_warm_s: (!samples.demo_warm_s.is_empty()).then(|| median(&samples.demo_warm_s)),
        note: NOTE,
        missed: Vec::new(),
        samples,
    };
    let verdicts = promise::judge(&spine);
    spine.missed = verdicts
        .iter()
        .filter(|verdict| !verdict.met)
        .map(|verdict| verdict.figure)
        .collect();
    let text = serde_json::to_string_pretty(&spine)?;
    let folder = arguments.root.join("target/bench");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("spine.json"), format!("{text}\n")).context("write spine.json")?;
    say(&text);
    for verdict in &verdicts {
        say(&verdict.to_string());
    }
    Ok(match spine.missed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The middle value; zero of none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn say(line: &str) {
    println!("{line}");
}
