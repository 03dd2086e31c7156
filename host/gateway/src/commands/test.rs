//! `portcullis connector test`: the conformance suite on one component, with no database at all.

use std::process::ExitCode;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use portcullis_manifest::Manifest;
use portcullis_runtime::contract::{Identity, Page, PageRequest, ProbeRequest, Verdict};
use portcullis_runtime::{CallOutcome, CancellationToken};
use portcullis_sync::{Caller, Target};
use portcullis_testkit::{Bench, Examined, Holder, Lines, Outcome, Report, Wire, examine};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::check::pages::PATIENCE;
use super::check::{self, CONNECTOR, REFUSED};
use super::serve;
use crate::cli::Test;
use crate::config::Config;
use crate::failure::Failure;
use crate::output::{Output, table};

pub(super) async fn run(test: &Test, config: &Config, output: Output) -> Result<ExitCode, Failure> {
    let against = &test.against;
    let (loaded, target) = check::load(&test.file, against, config).await?;
    let models = check::wanted(&against.models, loaded.manifest())?;
    let models = if against.models.is_empty() {
        Vec::new()
    } else {
        models
    };
    let digest = loaded.candidate.digest.clone();
    let egress = serve::egress(config, serve::Keep::here())?;
    let (wire, lines) = (Arc::new(Wire::default()), Arc::new(Lines::default()));
    let stranger = stranger(&target);
    let secrets = [&target, &stranger].map(|target| target.secrets.values().cloned().collect());
    let caller = |target: Target| {
        let caller = Caller::new(Arc::clone(&loaded), target, &egress)
            .map_err(|error| Failure::new("connector_not_callable", error.to_string()))?;
        Ok::<_, Failure>(caller.watched(Arc::clone(&wire) as _, Arc::clone(&lines) as _))
    };
    let bench = Calls {
        customer: caller(target)?,
        stranger: caller(stranger)?,
        secrets,
        wire: Arc::clone(&wire),
        lines: Arc::clone(&lines),
    };
    let examined = examine(&bench, &models).await;
    bench.customer.end_session().await;
    bench.stranger.end_session().await;
    match examined {
        Examined::Refused(words) => Err(Failure::new(
            "credentials_rejected",
            format!("the vendor refuses the credentials: {words}"),
        )
        .exiting_with(REFUSED)),
        Examined::Failed(code, words) => Err(Failure::new(
            code,
            format!("the credentials could not be validated: {words}"),
        )
        .exiting_with(CONNECTOR)),
        Examined::Done(report) => {
            let manifest = loaded.manifest();
            output.answer(&answer(manifest, &digest, &report), || {
                text(manifest, &report)
            });
            Ok(if report.count("fail") == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

/// The same integration with credentials of the same form that nobody has.
fn stranger(target: &Target) -> Target {
    Target {
        account_id: target.account_id.clone(),
        integration_id: "int_stranger".to_owned(),
        environment: target.environment,
        base_url: target.base_url.clone(),
        settings: target.settings.clone(),
        secrets: target
            .secrets
            .iter()
            .map(|(name, value)| {
                (
                    name.clone(),
                    SecretString::from(turned(value.expose_secret())),
                )
            })
            .collect(),
    }
}

/// Each letter and digit moved on by one.
fn turned(value: &str) -> String {
    let turn = |letter: char| match letter {
        'z' => 'a',
        'Z' => 'A',
        '9' => '0',
        'a'..='y' | 'A'..='Y' | '0'..='8' => char::from(letter as u8 + 1),
        other => other,
    };
    value.chars().map(turn).collect()
}

/// Calls the connector as a worker does.
struct Calls {
    customer: Caller,
    stranger: Caller,
    /// The customer's and the stranger's.
    secrets: [Vec<SecretString>; 2],
    wire: Arc<Wire>,
    lines: Arc<Lines>,
}

impl Calls {
    fn of(&self, holder: Holder) -> &Caller {
        match holder {
            Holder::Customer => &self.customer,
            Holder::Stranger => &self.stranger,
        }
    }
}

impl Bench for Calls {
    fn manifest(&self) -> &Manifest {
        self.customer.loaded().manifest()
    }

    fn wire(&self) -> &Wire {
        &self.wire
    }

    fn lines(&self) -> &Lines {
        &self.lines
    }

    fn secrets(&self, holder: Holder) -> Vec<SecretString> {
        let [customer, stranger] = &self.secrets;
        match holder {
            Holder::Customer => customer.clone(),
            Holder::Stranger => stranger.clone(),
        }
    }

    fn validate(&self, holder: Holder) -> BoxFuture<'_, CallOutcome<Identity>> {
        Box::pin(async move {
            let cancel = CancellationToken::new();
            self.of(holder).validate(1, PATIENCE, &cancel).await
        })
    }

    fn probe(&self, holder: Holder, request: ProbeRequest) -> BoxFuture<'_, CallOutcome<Verdict>> {
        Box::pin(async move {
            let cancel = CancellationToken::new();
            self.of(holder).probe(1, PATIENCE, &cancel, request).await
        })
    }

    fn pull(&self, holder: Holder, request: PageRequest) -> BoxFuture<'_, CallOutcome<Page>> {
        Box::pin(async move {
            let cancel = CancellationToken::new();
            self.of(holder).pull(1, PATIENCE, &cancel, request).await
        })
    }
}

fn answer(manifest: &Manifest, digest: &str, report: &Report) -> Value {
    let clauses: Vec<Value> = report
        .judgements
        .iter()
        .map(|judgement| {
            let (findings, reason) = match &judgement.outcome {
                Outcome::Pass => (Vec::new(), None),
                Outcome::Fail(findings) => (findings.clone(), None),
                Outcome::NotJudged(reason) => (Vec::new(), Some(reason)),
            };
            json!({
                "id": judgement.clause.id(),
                "text": judgement.clause.text(),
                "result": judgement.outcome.word(),
                "findings": findings,
                "reason": reason,
            })
        })
        .collect();
    json!({
        "connector": check::connector(manifest),
        "component_sha256": digest,
        "clauses": clauses,
        "passed": report.count("pass"),
        "failed": report.count("fail"),
        "not_judged": report.count("not_judged"),
        "calls": report.calls,
        "requests": report.requests,
    })
}

fn text(manifest: &Manifest, report: &Report) -> String {
    let rows = report.judgements.iter().map(|judgement| {
        let word = judgement.outcome.word().replace('_', " ");
        [
            judgement.clause.id().to_owned(),
            word,
            judgement.clause.text().to_owned(),
        ]
    });
    let mut text = format!(
        "{} {} ({})\n\n{}",
        manifest.name,
        manifest.version,
        manifest.vendor,
        table(["CLAUSE", "RESULT", "WHAT IT DEMANDS"], rows)
    );
    for judgement in &report.judgements {
        let id = judgement.clause.id();
        match &judgement.outcome {
            Outcome::Pass => {}
            Outcome::Fail(findings) => {
                text.push_str(&format!("\n\n{id} fails:"));
                for finding in findings {
                    text.push_str(&format!("\n  {finding}"));
                }
            }
            Outcome::NotJudged(reason) => {
                text.push_str(&format!("\n\n{id} is not judged: {reason}"));
            }
        }
    }
    text.push_str(&format!(
        "\n\n{} pass, {} fail, {} not judged; {} calls, {} requests to the vendor",
        report.count("pass"),
        report.count("fail"),
        report.count("not_judged"),
        report.calls,
        report.requests
    ));
    text
}
