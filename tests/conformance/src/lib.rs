//! The conformance suite on the connectors of this repository, and on components that each have one fault.
//!
//! Everything goes by way of `portcullis connector test`, as an author would have it. A component with a fault is the
//! guest `faulty` with another word in its bytes (see `tests/guests/faulty`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, ensure};
use portcullis_e2e::{component, pack, program};
use portcullis_simulators::{Options, Running, Simulator, VendorKind};
use portcullis_testkit::Clause;
use serde_json::{Value, json};

/// How many components are examined at once.
const AT_ONCE: usize = 4;
/// How many clauses a fault may break beside its own.
const OTHERS: usize = 2;

/// The connectors of this repository, each with its vendor.
pub const CONNECTORS: [(&str, VendorKind); 7] = [
    ("connector_appfolio", VendorKind::AppFolio),
    ("connector_buildium", VendorKind::Buildium),
    ("connector_entrata", VendorKind::Entrata),
    ("connector_mri", VendorKind::Mri),
    ("connector_pinegrove", VendorKind::Pinegrove),
    ("connector_rent_manager", VendorKind::RentManager),
    ("connector_yardi_voyager", VendorKind::YardiVoyager),
];

/// The fault that breaks a clause.
#[must_use]
pub const fn fault(clause: Clause) -> &'static str {
    match clause {
        Clause::CredentialsRefused => "takes-any-key",
        Clause::AccessProbed => "miscounts-in-probes",
        Clause::AccessReads => "writes",
        Clause::PagingComplete => "stops-early",
        Clause::PagingOnce => "repeats-a-row",
        Clause::PagingRepeatable => "tells-the-time",
        Clause::PagingCursor => "long-cursors",
        Clause::PagingAsked => "brings-more",
        Clause::IncrementalSince => "forgets-changes",
        Clause::LimitsDeclared => "draws-from-one-limit",
        Clause::LimitsTooMany => "ignores-too-many",
        Clause::ErrorsUnauthorised => "mistakes-unauthorised",
        Clause::ErrorsOutage => "mistakes-outage",
        Clause::ErrorsUnreadable => "takes-anything-for-an-end",
        Clause::ValuesSchema => "breaks-the-schema",
        Clause::ValuesUnknown => "knows-all-words",
        Clause::ValuesOriginals => "fills-originals",
        Clause::ValuesSensitive => "tells-tax-numbers",
        Clause::KeysForm => "scopes-keys",
        Clause::ReferencesResolve => "breaks-references",
        Clause::ContractExtras => "refuses-extras",
        Clause::BudgetsKept => "wants-memory",
        Clause::SecretsKept => "keeps-headers",
        Clause::EgressDeclared => "calls-home",
    }
}

/// Further faults, each with the clause that it breaks too.
pub const FURTHER: [(Clause, &str); 2] = [
    (Clause::IncrementalSince, "leaves-no-watermark"),
    (Clause::IncrementalSince, "expires-watermarks"),
];

/// What is examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A connector of this repository, by its place in [`CONNECTORS`].
    Connector(usize),
    /// The component that breaks a clause; without a clause the same one without a fault.
    Faulty(Option<Clause>),
    /// One that breaks a clause in another way, by its place in [`FURTHER`].
    Further(usize),
}

impl Subject {
    /// For people.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Connector(place) => CONNECTORS[place].0.to_owned(),
            Self::Faulty(None) => "faulty, without a fault".to_owned(),
            _ => format!(
                "faulty, which {}",
                self.fault().map_or("", |(_, word)| word)
            ),
        }
    }

    /// The clause that it must be found to break, and the word of its fault.
    fn fault(self) -> Option<(Clause, &'static str)> {
        match self {
            Self::Connector(_) | Self::Faulty(None) => None,
            Self::Faulty(Some(clause)) => Some((clause, fault(clause))),
            Self::Further(place) => Some(FURTHER[place]),
        }
    }

    fn vendor(self) -> VendorKind {
        match self {
            Self::Connector(place) => CONNECTORS[place].1,
            Self::Faulty(_) | Self::Further(_) => VendorKind::Buildium,
        }
    }

    fn file(self, folder: &Path) -> anyhow::Result<PathBuf> {
        match self {
            Self::Connector(place) => Ok(component(CONNECTORS[place].0)),
            Self::Faulty(_) | Self::Further(_) => {
                let word = self.fault().map_or("none", |(_, word)| word);
                let bare = folder.join("bare.wasm");
                let bytes = std::fs::read(component("guest_faulty"))?;
                std::fs::write(&bare, with_fault(bytes, word)?)?;
                let root = Path::new(env!("CARGO_MANIFEST_DIR"));
                let manifest =
                    std::fs::read_to_string(root.join("../guests/faulty/connector.toml"))?;
                let file = folder.join("faulty.wasm");
                pack(&bare, &manifest, &file);
                Ok(file)
            }
        }
    }
}

/// Writes the word of a fault into the component.
fn with_fault(mut component: Vec<u8>, word: &str) -> anyhow::Result<Vec<u8>> {
    const MARK: &[u8] = b"portcullis-fault=none...........................";
    let mut places = component
        .windows(MARK.len())
        .enumerate()
        .filter_map(|(place, window)| (window == MARK).then_some(place));
    let place = places
        .next()
        .context("the component has no place for a fault")?;
    ensure!(
        places.next().is_none(),
        "the component has two places for a fault"
    );
    let written = format!("portcullis-fault={word}");
    ensure!(written.len() < MARK.len(), "{word} is too long");
    let whole = format!("{written:.<width$}", width = MARK.len());
    component[place..place + MARK.len()].copy_from_slice(whole.as_bytes());
    Ok(component)
}

/// A simulated vendor of a size at which every model has pages. The documented limits hold for the connectors of this
/// repository; the faulty one is not slowed down.
fn vendor(subject: Subject) -> anyhow::Result<Running> {
    let limit = match subject {
        Subject::Connector(_) => Options::default().limit,
        Subject::Faulty(_) | Subject::Further(_) => None,
    };
    Simulator::start(Options {
        vendor: subject.vendor(),
        properties: 5,
        units: 40,
        limit,
        ..Options::default()
    })
}

/// Examines one component; what `portcullis connector test --json` says.
///
/// # Errors
///
/// When the suite cannot be carried out.
pub fn examine(subject: Subject) -> anyhow::Result<Value> {
    let folder = tempfile::tempdir()?;
    let vendor = vendor(subject)?;
    let fields: Vec<String> = vendor
        .ready
        .fields
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    let credentials = folder.path().join("fields.env");
    std::fs::write(&credentials, fields.concat())?;
    let output = Command::new(program("portcullis"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .args(["connector", "test"])
        .arg(subject.file(folder.path())?)
        .args(["--base-url", vendor.url(), "--allow-loopback", "--json"])
        .arg("--credentials-file")
        .arg(&credentials)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code();
    ensure!(
        matches!(code, Some(0 | 1)),
        "{}: {code:?} {said}",
        subject.name()
    );
    let answer: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{}: {said}", subject.name()))?;
    ensure!(answer["clauses"].is_array(), "{}: {answer}", subject.name());
    let failed = answer["failed"].as_u64().unwrap_or_default();
    ensure!(
        (code == Some(0)) == (failed == 0),
        "{}: {failed} clauses fail and the exit code is {code:?}",
        subject.name()
    );
    Ok(answer)
}

/// Examines several, a few at once, in the order given.
///
/// # Errors
///
/// The first one.
pub fn examine_all(subjects: &[Subject]) -> anyhow::Result<Vec<(Subject, Value)>> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(subjects.len()) {
            scope.spawn(|| {
                while let Some(subject) = subjects.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let answer = examine(*subject);
                    let mut found = found
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner);
                    found.push((*subject, answer));
                }
            });
        }
    });
    let found = found
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut answers = Vec::new();
    for (subject, answer) in found {
        answers.push((subject, answer?));
    }
    answers.sort_by_key(|(subject, _)| subjects.iter().position(|other| other == subject));
    Ok(answers)
}

/// Ids of the clauses with this result.
#[must_use]
pub fn with_result<'a>(answer: &'a Value, result: &str) -> Vec<&'a str> {
    let clauses = answer["clauses"].as_array().into_iter().flatten();
    clauses
        .filter(|clause| clause["result"] == result)
        .filter_map(|clause| clause["id"].as_str())
        .collect()
}

/// What is wrong with an answer: for a connector anything but passes, for a component with a fault anything but its
/// clause and two others. Sentences for people; none if all is well.
#[must_use]
pub fn complaints(subject: Subject, answer: &Value) -> Vec<String> {
    let name = subject.name();
    let mut complaints = Vec::new();
    let failed = with_result(answer, "fail");
    let unjudged = with_result(answer, "not_judged");
    if !unjudged.is_empty() {
        complaints.push(format!("{name}: not judged: {unjudged:?}"));
    }
    match subject.fault() {
        Some((clause, _)) => {
            if !failed.contains(&clause.id()) {
                complaints.push(format!(
                    "{name}: {} does not fail, but {failed:?}",
                    clause.id()
                ));
            }
            if failed.len() > OTHERS + 1 {
                complaints.push(format!("{name}: too many clauses fail: {failed:?}"));
            }
        }
        None => {
            for clause in answer["clauses"].as_array().into_iter().flatten() {
                if clause["result"] == "fail" {
                    complaints.push(format!("{name}: {}: {}", clause["id"], clause["findings"]));
                }
            }
        }
    }
    complaints
}

/// One component as the report has it: each clause passes or fails. One that was not judged was not shown to hold, and
/// is none that passes.
#[must_use]
pub fn entry(subject: Subject, answer: &Value) -> Value {
    let clauses = answer["clauses"].as_array().into_iter().flatten();
    let results: serde_json::Map<String, Value> = clauses
        .filter_map(|clause| {
            let passes = clause["result"] == "pass";
            let result = if passes { "pass" } else { "fail" };
            Some((clause["id"].as_str()?.to_owned(), json!(result)))
        })
        .collect();
    let mut entry = json!({
        "vendor": answer["connector"]["vendor"],
        "component_sha256": answer["component_sha256"],
        "results": results,
    });
    if let Some((clause, word)) = subject.fault() {
        entry["broken"] = json!(clause.id());
        entry["fault"] = json!(word);
    }
    entry
}
