//! Schemathesis: cases made from the document, by the form of each parameter and body, good ones and bad ones.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{Arguments, Size};

/// What is shown with every call.
pub(crate) enum Keys<'a> {
    /// Nothing.
    None,
    /// A key for reading.
    Read(&'a str),
    /// A key of an admin.
    Admin(&'a str),
}

/// What came of one run or several.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    pub(crate) operations: u64,
    pub(crate) cases: u64,
    pub(crate) failures: u64,
}

impl Sum {
    pub(crate) fn add(&mut self, other: Self) {
        self.operations = self.operations.max(other.operations);
        self.cases += other.cases;
        self.failures += other.failures;
    }
}

/// Calls every operation, with all checks.
pub(crate) fn run(
    arguments: &Arguments,
    base_url: &str,
    facts: &Value,
    keys: &Keys<'_>,
) -> Result<Sum> {
    let (name, key) = match keys {
        Keys::None => ("none", None),
        Keys::Read(key) => ("read", Some(key)),
        Keys::Admin(key) => ("admin", Some(key)),
    };
    let whole = arguments.size == Size::Whole;
    let report = arguments.report.join(format!("schemathesis-{name}.json"));
    let log = arguments.report.join(format!("schemathesis-{name}.log"));
    // What random cases and sequences of calls would find behind a refusal is the same refusal.
    let phases = match (whole, keys) {
        (true, _) => "examples,coverage,fuzzing,stateful",
        (false, Keys::Admin(_)) => "examples,coverage,fuzzing",
        (false, _) => "examples,coverage",
    };
    let mut command = Command::new(arguments.python.join("schemathesis"));
    command
        .arg("--config-file")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("schemathesis.toml"))
        .arg("run")
        .arg(format!("{base_url}/openapi.json"))
        .args(["--checks", "all", "--continue-on-failure", "--no-color"])
        .args(["--max-examples", if whole { "50" } else { "3" }])
        .args(["--phases", phases])
        .args(["--report", "json", "--report-json-path"])
        .arg(&report)
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", concat!(env!("CARGO_MANIFEST_DIR")))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PORTCULLIS_API_CHECK", facts.to_string())
        // A folder of its own for what it remembers between runs: a failure of yesterday is tried first.
        .current_dir(&arguments.report);
    if let Some(key) = key {
        command
            .arg("--header")
            .arg(format!("Authorization: Bearer {key}"));
    }
    let output = command.output().context("schemathesis")?;
    std::fs::write(&log, [output.stdout, output.stderr].concat())?;
    let text = std::fs::read_to_string(&report)
        .with_context(|| format!("schemathesis wrote no report, see {}", log.display()))?;
    let report: Value = serde_json::from_str(&text)?;
    let count = |pointer: &str| {
        let number = report.pointer(pointer).and_then(Value::as_u64);
        number.with_context(|| format!("schemathesis reports no {pointer}"))
    };
    ensure!(
        report["complete"] == true,
        "schemathesis did not come to its end, see {}",
        log.display()
    );
    let (operations, tested) = (count("/operations/total")?, count("/operations/tested")?);
    ensure!(
        operations == tested,
        "{tested} of {operations} operations were tested, see {}",
        log.display()
    );
    let errors = report["errors"].as_array().map_or(0, Vec::len) as u64;
    Ok(Sum {
        operations,
        cases: count("/test_cases/generated")?,
        failures: count("/test_cases/unique_failures")? + errors,
    })
}
