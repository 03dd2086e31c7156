//! `portcullis connector check`: validate, probe and the first pages, with no database at all.

pub(super) mod pages;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use portcullis_egress::Exchange;
use portcullis_manifest::{Environment, Manifest};
use portcullis_runtime::contract::types::RecordKey;
use portcullis_runtime::{CancellationToken, Loaded, inspect};
use portcullis_store::Verdict;
use portcullis_sync::access::{self, CheckSink, Credentials, ModelAccess};
use portcullis_sync::reaction::{Cause, WhoMustAct};
use portcullis_sync::{Caller, Target};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::serve;
use crate::cli::{self, Against, Check};
use crate::config::Config;
use crate::failure::Failure;
use crate::output::{Output, table};

/// Exit code: some models are readable.
const PARTIAL: u8 = 2;
/// Exit code: the vendor refuses the credentials.
pub(super) const REFUSED: u8 = 3;
/// Exit code: the connector fails.
pub(super) const CONNECTOR: u8 = 4;

pub(super) async fn run(
    check: Check,
    config: &Config,
    output: Output,
) -> Result<ExitCode, Failure> {
    let Check {
        file,
        against,
        pages,
        log_pages,
    } = check;
    let (loaded, target) = load(&file, &against, config).await?;
    let models = wanted(&against.models, loaded.manifest())?;
    let caller = Caller::new(loaded, target, &serve::egress(config, serve::Keep::here())?)
        .map_err(|error| Failure::new("connector_not_callable", error.to_string()))?;

    let findings = Findings::default();
    let deadline = Instant::now() + access::CHECK_LIMIT;
    let credentials = access::check(&caller, deadline, &CancellationToken::new(), &findings).await;
    let mut lines = findings.into_lines(&models);
    if !matches!(credentials, Credentials::Rejected(_)) {
        let log = log_pages.then_some(output);
        pages::pull_all(&caller, &mut lines, pages, log).await;
    }
    caller.end_session().await;
    let answer = json!({
        "connector": connector(caller.loaded().manifest()),
        "credentials": credentials_json(&credentials),
        "models": lines.iter().map(Line::json).collect::<BTreeMap<_, _>>(),
    });
    output.answer(&answer, || {
        text(caller.loaded().manifest(), &credentials, &lines)
    });
    Ok(exit(&credentials, &lines))
}

/// Loads the connector, and makes the integration that the command line describes.
///
/// # Errors
///
/// Exit code 4 where the connector is at fault.
pub(super) async fn load(
    file: &Path,
    against: &Against,
    config: &Config,
) -> Result<(Arc<Loaded>, Target), Failure> {
    let bytes = std::fs::read(file).map_err(|error| {
        Failure::new(
            "file_unreadable",
            format!("cannot read {}: {error}", file.display()),
        )
    })?;
    let broken = |failure: Failure| failure.exiting_with(CONNECTOR);
    let candidate = inspect(bytes).map_err(super::refused).map_err(broken)?;
    let target = target(against, &candidate.manifest)?;
    // Compiled for this one run: a connector that is being written changes with every check.
    let cache = tempfile::tempdir().map_err(|error| {
        Failure::new(
            "data_dir_unusable",
            format!("cannot make a temporary folder: {error}"),
        )
    })?;
    let runtime = serve::runtime(config, cache.path().to_owned())?;
    let loaded = runtime
        .load(candidate)
        .await
        .map_err(super::refused)
        .map_err(broken)?;
    Ok((loaded, target))
}

/// The integration that the command line describes, checked against the connector's form.
fn target(against: &Against, manifest: &Manifest) -> Result<Target, Failure> {
    let secrets = against.values.secrets()?;
    let mut given: BTreeMap<String, String> = against.values.settings.iter().cloned().collect();
    given.extend(secrets);
    let split = manifest.split_fields(&given).map_err(|problems| {
        let sentences: Vec<String> = problems
            .iter()
            .map(|problem| format!("{}: {}", problem.field, problem.message))
            .collect();
        let code = problems
            .first()
            .map_or("invalid_value", |problem| problem.code);
        Failure::new(
            code,
            format!(
                "{}; give it with --credential or --setting",
                sentences.join("; ")
            ),
        )
    })?;
    let base_url = against.base_url.as_deref().map(checked_url).transpose()?;
    Ok(Target {
        account_id: "acc_check".to_owned(),
        integration_id: "int_check".to_owned(),
        environment: match against.environment {
            cli::Environment::Sandbox => Environment::Sandbox,
            cli::Environment::Production => Environment::Production,
        },
        base_url,
        settings: split.settings,
        secrets: split
            .secrets
            .into_iter()
            .map(|(name, value)| (name, SecretString::from(value)))
            .collect(),
    })
}

fn checked_url(text: &str) -> Result<String, Failure> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => {
            Ok(text.to_owned())
        }
        _ => Err(Failure::new(
            "base_url_invalid",
            format!("--base-url {text} is no http or https address"),
        )),
    }
}

/// The models that were asked for: all that the connector supports unless some are named.
pub(super) fn wanted(named: &[String], manifest: &Manifest) -> Result<Vec<String>, Failure> {
    let known: Vec<String> = manifest
        .models
        .iter()
        .map(|model| model.name.clone())
        .collect();
    match named.iter().find(|name| !known.contains(name)) {
        Some(name) => Err(Failure::new(
            "unknown_model",
            format!(
                "the connector has no model {name}; it has {}",
                known.join(", ")
            ),
        )),
        None if named.is_empty() => Ok(known),
        None => Ok(named.to_vec()),
    }
}

/// What is known about one model.
#[derive(Debug)]
struct Line {
    model: String,
    access: ModelAccess,
    pages: u32,
    records: u64,
    omissions: u64,
    total: Option<u64>,
    /// Whether the end was reached.
    ended: bool,
    sample: Option<RecordKey>,
    failure: Option<Cause>,
}

impl Line {
    fn readable(&self) -> bool {
        matches!(
            self.access.word,
            Verdict::Granted | Verdict::Partial | Verdict::Empty
        )
    }

    fn json(&self) -> (String, Value) {
        let failure = self
            .failure
            .as_ref()
            .map(|cause| json!({"code": cause.code, "message": cause.message, "who_must_act": cause.who.as_str()}));
        let value = json!({
            "verdict": self.access.word.as_str(),
            "message": self.access.message,
            "evidence": self.access.evidence.iter().map(access::evidence_json).collect::<Vec<_>>(),
            "pages": self.pages,
            "records": self.records,
            "omissions": self.omissions,
            "total": self.total,
            "ended": self.ended,
            "error": failure,
        });
        (self.model.clone(), value)
    }
}

/// Collects what the check finds, as it finds it.
#[derive(Debug, Default)]
struct Findings(Mutex<BTreeMap<String, ModelAccess>>);

impl Findings {
    /// One line a model, in the order asked for. What the check could not say is unknown.
    fn into_lines(self, models: &[String]) -> Vec<Line> {
        let mut found = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        models
            .iter()
            .map(|model| Line {
                model: model.clone(),
                access: found.remove(model).unwrap_or_else(|| ModelAccess {
                    word: Verdict::Unknown,
                    message: None,
                    count: None,
                    restrictions: Vec::new(),
                    evidence: Vec::new(),
                }),
                pages: 0,
                records: 0,
                omissions: 0,
                total: None,
                ended: false,
                sample: None,
                failure: None,
            })
            .collect()
    }
}

impl CheckSink for Findings {
    fn credentials<'a>(&'a self, _: &'a Credentials, _: &'a [Exchange]) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn model<'a>(&'a self, model: &'a str, found: &'a ModelAccess) -> BoxFuture<'a, ()> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(model.to_owned(), found.clone());
        Box::pin(std::future::ready(()))
    }
}

pub(super) fn connector(manifest: &Manifest) -> Value {
    json!({
        "id": manifest.id,
        "vendor": manifest.vendor,
        "name": manifest.name,
        "version": manifest.version.to_string(),
    })
}

fn credentials_json(credentials: &Credentials) -> Value {
    match credentials {
        Credentials::Valid {
            account_id,
            account_name,
        } => json!({"state": "valid", "account_id": account_id, "account_name": account_name}),
        Credentials::Rejected(cause) => {
            json!({"state": "rejected", "code": cause.code, "message": cause.message})
        }
        Credentials::Unknown(cause) => {
            json!({"state": "unknown", "code": cause.code, "message": cause.message})
        }
    }
}

fn text(manifest: &Manifest, credentials: &Credentials, lines: &[Line]) -> String {
    let word = match credentials {
        Credentials::Valid { account_name, .. } => account_name
            .as_ref()
            .map_or_else(|| "valid".to_owned(), |name| format!("valid, of {name}")),
        Credentials::Rejected(cause) => format!("refused: {}", cause.message),
        Credentials::Unknown(cause) => format!("not known: {}", cause.message),
    };
    let rows = lines.iter().map(|line| {
        let why = line
            .failure
            .as_ref()
            .map(|cause| format!("{} ({})", cause.message, cause.code));
        let evidence = line.access.evidence.last();
        [
            line.model.clone(),
            line.access.word.as_str().to_owned(),
            evidence
                .and_then(|exchange| exchange.status)
                .map_or_else(String::new, |status| status.to_string()),
            evidence.map_or_else(String::new, |exchange| {
                format!("{} ms", exchange.latency_ms)
            }),
            line.pages.to_string(),
            format!(
                "{}{}",
                line.records,
                if line.ended || line.pages == 0 {
                    ""
                } else {
                    "+"
                }
            ),
            line.total
                .map_or_else(String::new, |total| total.to_string()),
            line.omissions.to_string(),
            why.or_else(|| line.access.message.clone())
                .unwrap_or_default(),
        ]
    });
    let header = [
        "MODEL", "ACCESS", "STATUS", "LATENCY", "PAGES", "RECORDS", "TOTAL", "LEFT OUT", "WHY",
    ];
    format!(
        "{} {} ({})\nCredentials: {word}\n\n{}",
        manifest.name,
        manifest.version,
        manifest.vendor,
        table(header, rows)
    )
}

fn exit(credentials: &Credentials, lines: &[Line]) -> ExitCode {
    let offered: Vec<&Line> = lines
        .iter()
        .filter(|line| line.access.word != Verdict::Unsupported)
        .collect();
    let connector_fails = |cause: &Cause| cause.who == WhoMustAct::ConnectorAuthor;
    let broken = |line: &&Line| {
        line.access.word == Verdict::Error || line.failure.as_ref().is_some_and(connector_fails)
    };
    match credentials {
        Credentials::Rejected(_) => ExitCode::from(REFUSED),
        Credentials::Unknown(cause) if connector_fails(cause) => ExitCode::from(CONNECTOR),
        _ if offered.iter().any(broken) => ExitCode::from(CONNECTOR),
        Credentials::Valid { .. }
            if offered
                .iter()
                .all(|line| line.readable() && line.failure.is_none()) =>
        {
            ExitCode::SUCCESS
        }
        _ => ExitCode::from(PARTIAL),
    }
}
