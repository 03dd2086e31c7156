//! `make conformance`: examines the seven connectors and a broken component for each clause, and writes
//! `target/conformance/conformance.json`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use portcullis_conformance::{CONNECTORS, FURTHER, Subject, complaints, entry, examine_all};
use portcullis_testkit::Clause;
use serde_json::{Value, json};

#[expect(clippy::print_stderr, reason = "a program for people")]
fn main() -> anyhow::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .context("which folder to write to")?;
    let mut subjects: Vec<Subject> = (0..CONNECTORS.len()).map(Subject::Connector).collect();
    subjects.extend(
        Clause::ALL
            .iter()
            .map(|clause| Subject::Faulty(Some(*clause))),
    );
    subjects.extend((0..FURTHER.len()).map(Subject::Further));
    let begin = Instant::now();
    let answers = examine_all(&subjects)?;
    let entries: Vec<Value> = answers
        .iter()
        .map(|(subject, answer)| entry(*subject, answer))
        .collect();
    let clauses: Vec<Value> = Clause::ALL
        .iter()
        .map(|clause| json!({"id": clause.id(), "text": clause.text()}))
        .collect();
    let report = json!({"clauses": clauses, "connectors": entries});
    let path = PathBuf::from(folder).join("conformance.json");
    std::fs::write(&path, format!("{report:#}\n"))?;
    for (subject, answer) in &answers {
        eprintln!(
            "{:<45} {:>2} pass, {:>2} fail, {} not judged; {} calls, {} requests",
            subject.name(),
            answer["passed"],
            answer["failed"],
            answer["not_judged"],
            answer["calls"],
            answer["requests"]
        );
    }
    let wrong: Vec<String> = answers
        .iter()
        .flat_map(|(subject, answer)| complaints(*subject, answer))
        .collect();
    let digests: BTreeSet<String> = answers
        .iter()
        .map(|(_, answer)| answer["component_sha256"].to_string())
        .collect();
    ensure!(
        digests.len() == answers.len(),
        "two components have the same bytes"
    );
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    eprintln!(
        "{} clauses, {} components, {} s: {}",
        Clause::ALL.len(),
        answers.len(),
        begin.elapsed().as_secs(),
        path.display()
    );
    Ok(())
}
