//! `portcullis-api-check`: holds a running gateway against the OpenAPI document that it serves.
//!
//! A gateway with two synced integrations is put up, a client is generated from its document and used, and
//! Schemathesis calls every operation with a good key, with one for reading, and with none. What other steps left in the
//! report's folder (the matrix of keys, the codes) goes into the same `api.json`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is what the program is for"
)]

mod fuzz;
mod generated;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use portcullis_e2e::{Gateway, Start, Vendor};
use serde_json::{Value, json};

use crate::fuzz::Keys;

/// Holds a running gateway against the OpenAPI document that it serves.
#[derive(Debug, Parser)]
struct Arguments {
    /// How much of it.
    #[arg(long, default_value = "whole")]
    size: Size,
    /// The folder of the Python programs.
    #[arg(long)]
    python: PathBuf,
    /// The folder of the figures.
    #[arg(long)]
    report: PathBuf,
}

/// How many cases are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Size {
    /// For every change: each operation with each kind of key, a few random cases each.
    Bounded,
    /// Many random cases, and sequences of calls.
    Whole,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.report)?;
    let vendor = Vendor::small();
    let gateway = Gateway::start(Start::default()).await;
    let name = "Kept";
    let integration = vendor.integration(name);
    let id = gateway.integration(integration.clone()).await;
    gateway.enable(&id).await;
    let sync = gateway.synced(&id).await;
    anyhow::ensure!(sync["status"] == "succeeded", "the first sync: {sync}");
    let document = arguments.report.join("openapi.json");
    std::fs::write(&document, gateway.admin.get("/openapi.json").await.body)?;

    let generated = generated::check(&arguments, &document, &gateway);
    let facts = json!({
        "integration_id": id,
        "name": name,
        "vendor": integration["integration_vendor"],
        "credentials": integration["credentials"],
        "base_url": integration["base_url"],
        "models": ["properties", "units"],
    });
    let read = gateway
        .command(&["key", "create", "for reading", "--role", "read"])
        .await;
    let read = read["key"].as_str().context("a key for reading")?;
    let mut sum = fuzz::Sum::default();
    // Whoever may change something comes last: it changes what the others read.
    for keys in [
        Keys::None,
        Keys::Read(read),
        Keys::Admin(&gateway.admin_key),
    ] {
        sum.add(fuzz::run(&arguments, &gateway.base_url, &facts, &keys)?);
    }
    let log = gateway.log();
    std::fs::write(arguments.report.join("gateway.log"), &log)?;

    let report = json!({
        "schemathesis": {"operations": sum.operations, "cases": sum.cases, "failures": sum.failures},
        "auth_matrix": part(&arguments.report, "auth-matrix.json")?,
        "generated_client": match &generated {
            Ok(()) => "ok".to_owned(),
            Err(error) => format!("{error:#}"),
        },
        "error_codes": part(&arguments.report, "codes.json")?["error_codes"],
    });
    let text = serde_json::to_string_pretty(&report)?;
    std::fs::write(arguments.report.join("api.json"), format!("{text}\n"))?;
    println!("{text}");
    let codes = &report["error_codes"];
    let codes_are_met = codes["without_page"] == 0 && codes["never_raised"] == json!([]);
    let answers_are_sound = sum.failures == 0 && generated.is_ok();
    let sound = answers_are_sound && report["auth_matrix"]["failures"] == 0 && codes_are_met;
    if sum.failures > 0 {
        eprintln!(
            "what Schemathesis found: {}/schemathesis-*.log",
            arguments.report.display()
        );
    }
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The figures of a step that ran before.
fn part(folder: &Path, name: &str) -> Result<Value> {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{}: run the tests first", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}
