//! `portcullis-faults`: plays every case and writes `target/faults/faults.json`.

use anyhow::{Context as _, Result};
use clap::Parser;
use portcullis_faults::cases::{late, plan};
use portcullis_faults::oracle;
use portcullis_faults::report::{Finding, Report, Skipped};
use portcullis_faults::stage::Stage;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use tokio::task::JoinSet;

/// Kills, stops and cuts real gateways and a real Postgres, and asks after each case whether the data still hold.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many instants of a sync a gateway is killed at.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(0..=plan::KILLS))]
    seeds: u64,
    /// The base of all seeds; new in each run unless given.
    #[arg(long)]
    seed_base: Option<u64>,
    /// Plays this one seed again.
    #[arg(long)]
    seed: Option<u64>,
    /// Plays only these cases, such as C5.
    #[arg(long)]
    only: Vec<String>,
    /// Where the report goes.
    #[arg(long, default_value = "target/faults/faults.json")]
    report: PathBuf,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let base = match (arguments.seed, arguments.seed_base) {
        (Some(seed), _) => seed / plan::SEEDS,
        (None, Some(base)) => base,
        (None, None) => u64::from(rand::random::<u32>()),
    };
    let seeds = match arguments.seed {
        Some(seed) => vec![seed],
        None => plan::seeds(base, arguments.seeds),
    };
    say(&format!("SEED_BASE={base}: {} plays", seeds.len()));
    let mut skipped: Vec<Skipped> = Vec::new();
    let mut slots: BTreeMap<plan::On, Vec<u64>> = BTreeMap::new();
    for seed in seeds {
        let case = plan::case(seed)?;
        if arguments.only.is_empty() || arguments.only.iter().any(|only| only == case) {
            if let Some(reason) = plan::impossible(seed)? {
                let one = Skipped { case, reason };
                if !skipped.contains(&one) {
                    say(&format!("{case} is not played: {}", one.reason));
                    skipped.push(one);
                }
                continue;
            }
            slots.entry(plan::on(seed)?).or_default().push(seed);
        }
    }
    let begun = Instant::now();
    let mut playing = JoinSet::new();
    for (on, seeds) in slots {
        playing.spawn(slot(on, seeds));
    }
    let mut findings = Vec::new();
    while let Some(slot) = playing.join_next().await {
        findings.extend(slot.context("a slot")??);
    }
    findings.sort_by_key(|finding| finding.seed);
    let report = Report {
        skipped,
        ..Report::of(base, &findings)
    };
    report.write(&arguments.report)?;
    for case in &report.cases {
        say(&format!(
            "{:>4}: {:>3} plays, {:>3} interrupted, at most {} pages again, resumed after at most {}, {} violations",
            case.case,
            case.runs,
            case.interrupted_runs,
            case.max_pages_refetched,
            ms(case.max_resume_ms),
            case.violations.len()
        ));
    }
    say(&format!(
        "{} plays in {} s, {} violations; {}",
        findings.len(),
        begun.elapsed().as_secs(),
        report.violations(),
        arguments.report.display()
    ));
    let shortfall = report.shortfall();
    if let Some(shortfall) = &shortfall {
        say(shortfall);
    }
    let failed = report.violations() > 0 || shortfall.is_some();
    Ok(ExitCode::from(u8::from(failed)))
}

/// Plays seeds one after the other on one stage.
async fn slot(on: plan::On, seeds: Vec<u64>) -> Result<Vec<Finding>> {
    let mut stage = Box::pin(Stage::set(&plan::scene(on))).await?;
    let mut findings: Vec<Finding> = Vec::new();
    for seed in seeds {
        let begun = Instant::now();
        let finding = match Box::pin(plan::play(&mut stage, seed)).await {
            Ok(mut finding) => {
                // Of these the lease decides when somebody else goes on. A zombie may be stopped in the middle of a
                // transaction, and then it is Postgres that ends it.
                if matches!(plan::of(seed)?, plan::Play::Kill | plan::Play::Drain) {
                    finding.violations.extend(late(&finding));
                }
                finding
            }
            Err(error) => {
                // The stage may be in any state: the next seed gets a new one.
                let mut finding = Finding::new(plan::case(seed)?, seed, "could not be played");
                let said = stage.complaints();
                finding.violations.push(format!("{error:#}\n{said}"));
                stage = Box::pin(Stage::set(&plan::scene(on))).await?;
                finding
            }
        };
        say(&format!(
            "{} SEED={seed} {}: {} ms, {} pages again, resumed after {}{}",
            finding.case,
            finding.detail,
            begun.elapsed().as_millis(),
            finding.pages_refetched,
            ms(finding.resume_ms),
            if finding.interrupted {
                ""
            } else {
                ", not interrupted"
            }
        ));
        for violation in &finding.violations {
            say(&format!("  VIOLATION {violation}"));
        }
        findings.push(finding);
    }
    let leaks = oracle::leaks(&mut stage)?;
    if let Some(last) = findings.last_mut() {
        last.violations.extend(leaks);
    }
    Ok(findings)
}

fn ms(time: Option<u64>) -> String {
    time.map_or("none".to_owned(), |time| format!("{time} ms"))
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn say(line: &str) {
    println!("{line}");
}
