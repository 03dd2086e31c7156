//! What the cases found, and `faults.json`.

use anyhow::{Context as _, Result};
use serde::Serialize;
use std::path::Path;

/// What one run of one case found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Finding {
    /// The case: `C1`, `B4`.
    pub case: &'static str,
    /// The seed that plays it again.
    pub seed: u64,
    /// What of the case was played, in words.
    pub detail: String,
    /// The fault hit a run between its first and its last page.
    pub interrupted: bool,
    /// Most pages of one run that were asked for again.
    pub pages_refetched: u64,
    /// The longest time from the fault, or from its end where the same process goes on, until an interrupted run went
    /// on, in milliseconds; nothing where no run was interrupted.
    pub resume_ms: Option<u64>,
    /// Invariants that did not hold, each a sentence that begins with its name.
    pub violations: Vec<String>,
}

impl Finding {
    /// A finding without anything found yet.
    #[must_use]
    pub fn new(case: &'static str, seed: u64, detail: impl Into<String>) -> Self {
        Self {
            case,
            seed,
            detail: detail.into(),
            ..Self::default()
        }
    }
}

/// All runs of one case.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Case {
    /// The case.
    pub case: String,
    /// How often it was played.
    pub runs: u64,
    /// How often the fault hit a run between its first and its last page.
    pub interrupted_runs: u64,
    /// What did not hold, with the seed that shows it.
    pub violations: Vec<String>,
    /// Most pages of one run that were asked for again after one fault.
    pub max_pages_refetched: u64,
    /// The longest time until an interrupted run went on, in milliseconds; null where there is none.
    pub max_resume_ms: Option<u64>,
}

/// A case that could not be played on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The case.
    pub case: &'static str,
    /// Why.
    pub reason: String,
}

/// Kills from which on their share of hits is judged.
const MANY: u64 = 20;

/// The whole report.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The first seed; a run with this base plays the same.
    pub seed_base: u64,
    /// By case, in the order of their names.
    pub cases: Vec<Case>,
    /// What was not played.
    pub skipped: Vec<Skipped>,
}

impl Report {
    /// A report of these findings.
    #[must_use]
    pub fn of(seed_base: u64, findings: &[Finding]) -> Self {
        let mut cases: Vec<Case> = Vec::new();
        for finding in findings {
            let position = cases.iter().position(|case| case.case == finding.case);
            let at = position.unwrap_or_else(|| {
                cases.push(Case {
                    case: finding.case.to_owned(),
                    ..Case::default()
                });
                cases.len() - 1
            });
            let case = &mut cases[at];
            case.runs += 1;
            case.interrupted_runs += u64::from(finding.interrupted);
            case.max_pages_refetched = case.max_pages_refetched.max(finding.pages_refetched);
            case.max_resume_ms = case.max_resume_ms.max(finding.resume_ms);
            let told = |it: &String| format!("SEED={} ({}): {it}", finding.seed, finding.detail);
            case.violations.extend(finding.violations.iter().map(told));
        }
        // C2 before C10.
        cases.sort_by_key(|case| (case.case.chars().next(), case.case[1..].parse::<u32>().ok()));
        Self {
            seed_base,
            cases,
            skipped: Vec::new(),
        }
    }

    /// What is wrong with the run itself: of many kills nine in ten must hit a run between its first and its last page,
    /// since a kill that hits nothing shows nothing.
    #[must_use]
    pub fn shortfall(&self) -> Option<String> {
        let kills = self.cases.iter().find(|case| case.case == "C1")?;
        (kills.runs >= MANY && kills.interrupted_runs * 10 < kills.runs * 9).then(|| {
            format!(
                "only {} of {} kills hit a run between its first and its last page",
                kills.interrupted_runs, kills.runs
            )
        })
    }

    /// How many invariants did not hold.
    #[must_use]
    pub fn violations(&self) -> usize {
        self.cases.iter().map(|case| case.violations.len()).sum()
    }

    /// Writes the report.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, format!("{text}\n")).with_context(|| path.display().to_string())
    }
}
