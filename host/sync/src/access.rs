//! The access check: are the credentials good, and which models can they read?
//!
//! Validation first, then the probes of the models that an integration reads unless told otherwise, all at once and
//! parents before children, then those of the others: a vendor answers so many at a time, and the deadline is one for all.
//! Results go out as they come. At the deadline whatever is unfinished is `unknown`; what is finished keeps its word. A vendor that has not
//! answered the validation within [`PATIENCE`] is probed meanwhile, so that one that takes 30 seconds an
//! answer is known in 30 seconds and not in 60.

use crate::caller::Caller;
use crate::plan::{Plan, Probe};
use crate::reaction::{Cause, Decision, Skip, decide};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use portcullis_egress::Exchange;
use portcullis_manifest::Manifest;
use portcullis_runtime::contract::access::{Finding, ProbeRequest, Verdict as GuestVerdict};
use portcullis_runtime::contract::credentials::Identity;
use portcullis_runtime::contract::types::RecordKey;
use portcullis_runtime::{CallOutcome, CancellationToken};
use portcullis_store::Verdict;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

/// How long a whole check may last.
pub const CHECK_LIMIT: Duration = Duration::from_secs(60);
/// What is kept of it for storing the last verdicts, so that the check ends within the limit.
const CLOSING: Duration = Duration::from_secs(1);
/// How long the probes wait for the validation.
const PATIENCE: Duration = Duration::from_secs(5);
/// Failures of one probe after which it is given up. Waiting for a permit or for a vendor's limit is none.
const TRIES: u32 = 3;
/// The longest pause between two tries that nobody asked for.
const PAUSE: Duration = Duration::from_secs(2);

/// A limit within a readable model.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Restriction {
    /// `fields`, `records` or a dotted kind of the connector's own.
    pub kind: String,
    /// Field pointers, property ids and the like.
    pub subjects: Vec<String>,
    /// In the vendor's words.
    pub reason: Option<String>,
}

/// What a check found out about one model.
#[derive(Debug, Clone)]
pub struct ModelAccess {
    /// The verdict.
    pub word: Verdict,
    /// The vendor's words, or why nothing is known.
    pub message: Option<String>,
    /// How many records there are, if the vendor told.
    pub count: Option<u64>,
    /// Of a partial verdict.
    pub restrictions: Vec<Restriction>,
    /// The requests that the probe made, before any secret was put in.
    pub evidence: Vec<Exchange>,
}

impl ModelAccess {
    fn bare(word: Verdict, message: Option<String>, evidence: Vec<Exchange>) -> Self {
        Self {
            word,
            message,
            count: None,
            restrictions: Vec::new(),
            evidence,
        }
    }

    /// The same word for a model that this one speaks for: the count is not its own.
    fn for_another(&self) -> Self {
        Self {
            count: None,
            ..self.clone()
        }
    }
}

/// A request as people see it: method, host, path, status, the vendor's words, latency in milliseconds, when.
pub fn evidence_json(exchange: &Exchange) -> serde_json::Value {
    let (host, path) = exchange
        .url
        .split_at(exchange.url.find('/').unwrap_or(exchange.url.len()));
    serde_json::json!({
        "method": exchange.method.as_str(),
        "host": host,
        "path": path,
        "status": exchange.status,
        "error": exchange.error.as_ref().map(portcullis_egress::HttpError::code),
        "vendor_message": exchange.vendor_message,
        "latency_ms": exchange.latency_ms,
        "at": exchange.at,
    })
}

/// Whether the credentials are good.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// The vendor takes them.
    Valid {
        /// The account as the vendor names it.
        account_id: Option<String>,
        /// Its name.
        account_name: Option<String>,
    },
    /// The vendor does not take them.
    Rejected(Cause),
    /// It could not be found out.
    Unknown(Cause),
}

/// Where results go as they come.
pub trait CheckSink: Send + Sync {
    /// The word on the credentials; comes once.
    fn credentials<'a>(
        &'a self,
        found: &'a Credentials,
        evidence: &'a [Exchange],
    ) -> BoxFuture<'a, ()>;
    /// The word on one model; comes once for each model of the manifest, unless the credentials are rejected.
    fn model<'a>(&'a self, model: &'a str, found: &'a ModelAccess) -> BoxFuture<'a, ()>;
}

/// Runs a check until `deadline`, which is clipped so that there is time to store the rest.
pub async fn check(
    caller: &Caller,
    deadline: Instant,
    cancel: &CancellationToken,
    sink: &dyn CheckSink,
) -> Credentials {
    let deadline = deadline - CLOSING;
    let plan = Plan::of(caller.loaded().manifest());
    let making = Making {
        caller,
        deadline,
        cancel,
    };
    let mut validation = Box::pin(making.validate());
    let mut known = tokio::time::timeout(PATIENCE, &mut validation).await.ok();
    if let Some((found, evidence)) = &known {
        sink.credentials(found, evidence).await;
        if matches!(found, Credentials::Rejected(_)) {
            return found.clone();
        }
    }
    for model in &plan.unsupported {
        sink.model(
            model,
            &ModelAccess::bare(Verdict::Unsupported, None, Vec::new()),
        )
        .await;
    }
    let mut samples: HashMap<String, Sample> = HashMap::new();
    let first = first(&plan, caller.loaded().manifest());
    let mut waiting: Vec<&Probe> = plan.probes.iter().collect();
    let mut running = FuturesUnordered::new();
    loop {
        let turn_of_others = first.iter().all(|model| samples.contains_key(*model));
        waiting.retain(|probe| match ready(probe, &plan, &samples) {
            _ if !turn_of_others && !first.contains(probe.model.as_str()) => true,
            Readiness::Wait => true,
            Readiness::Go(sample) => {
                running.push(making.probe(probe, sample));
                false
            }
            Readiness::Never => {
                running.push(Box::pin(nothing_to_try_with(probe)));
                false
            }
        });
        if running.is_empty() && known.is_some() {
            break;
        }
        tokio::select! {
            (found, evidence) = &mut validation, if known.is_none() => {
                sink.credentials(&found, &evidence).await;
                let rejected = matches!(found, Credentials::Rejected(_));
                known = Some((found, evidence));
                if rejected {
                    break;
                }
            }
            Some((probe, found, sample)) = running.next() => {
                samples.insert(probe.model.clone(), Sample { key: sample });
                for other in &probe.speaks_for {
                    sink.model(other, &found.for_another()).await;
                }
                sink.model(&probe.model, &found).await;
            }
        }
    }
    match known {
        Some((found, _)) => found,
        None => Credentials::Unknown(no_answer()),
    }
}

/// The probes that go before the others: of models that are on unless switched off, and of their parents.
fn first<'p>(plan: &'p Plan, manifest: &Manifest) -> HashSet<&'p str> {
    let is_on = |name: &String| manifest.models.iter().any(|m| m.name == *name && m.enabled);
    let mut first = HashSet::new();
    for probe in &plan.probes {
        if is_on(&probe.model) || probe.speaks_for.iter().any(is_on) {
            let mut next = Some(probe);
            // A parent stands before its children, so there is no circle.
            while let Some(probe) = next.filter(|probe| first.insert(probe.model.as_str())) {
                let parent = probe.parent.as_ref();
                next = parent.and_then(|parent| plan.probes.iter().find(|p| p.model == *parent));
            }
        }
    }
    first
}

/// A probed model's sample, if it had one.
struct Sample {
    key: Option<RecordKey>,
}

enum Readiness {
    Wait,
    Go(Option<RecordKey>),
    Never,
}

fn ready(probe: &Probe, plan: &Plan, samples: &HashMap<String, Sample>) -> Readiness {
    let Some(parent) = &probe.parent else {
        return Readiness::Go(None);
    };
    // A parent may be spoken for by another model; then there is no sample of it.
    let asked = plan.probes.iter().any(|other| other.model == *parent);
    match samples.get(parent) {
        Some(Sample { key: Some(key) }) => Readiness::Go(Some(key.clone())),
        Some(Sample { key: None }) => Readiness::Never,
        None if asked => Readiness::Wait,
        None => Readiness::Never,
    }
}

type Probed<'p> = (&'p Probe, ModelAccess, Option<RecordKey>);

async fn nothing_to_try_with(probe: &Probe) -> Probed<'_> {
    let parent = probe.parent.as_deref().unwrap_or_default();
    let message = format!("there is nothing to try with: no sample among the {parent}");
    (
        probe,
        ModelAccess::bare(Verdict::Unknown, Some(message), Vec::new()),
        None,
    )
}

fn no_answer() -> Cause {
    Cause::new(
        "no_answer",
        format!("no answer within {} s", CHECK_LIMIT.as_secs()),
        crate::reaction::WhoMustAct::Vendor,
    )
}

/// What the calls of one check share.
struct Making<'c> {
    caller: &'c Caller,
    deadline: Instant,
    cancel: &'c CancellationToken,
}

impl<'c> Making<'c> {
    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    async fn validate(&self) -> (Credentials, Vec<Exchange>) {
        let (mut evidence, mut failures) = (Vec::new(), 0);
        for attempt in 1.. {
            let call = self.caller.validate(attempt, self.time_left(), self.cancel);
            let outcome = self.within(call).await;
            let Some(outcome) = outcome else {
                return (Credentials::Unknown(no_answer()), evidence);
            };
            let earlier = evidence.len();
            evidence.extend(outcome.report.exchanges);
            let error = match outcome.result {
                Ok(Identity {
                    account_id,
                    display_name,
                    ..
                }) => {
                    let found = Credentials::Valid {
                        account_id,
                        account_name: display_name,
                    };
                    return (found, evidence);
                }
                Err(error) => error,
            };
            let (decision, cause) = decide(&error);
            if decision == Decision::RejectCredentials {
                return (Credentials::Rejected(cause), evidence);
            }
            if !self.again(&decision, attempt, &mut failures).await {
                let cause = self.or_no_answer(with_time(&decision, cause));
                return (Credentials::Unknown(cause), evidence);
            }
            forget_waiting(&decision, &mut evidence, earlier);
        }
        unreachable!("the tries are counted by an endless range")
    }

    fn probe<'p>(
        &'p self,
        probe: &'p Probe,
        sample: Option<RecordKey>,
    ) -> BoxFuture<'p, Probed<'p>> {
        Box::pin(async move {
            let (mut evidence, mut failures) = (Vec::new(), 0);
            for attempt in 1.. {
                let request = ProbeRequest {
                    model: probe.model.clone(),
                    partition: sample.clone(),
                };
                let (left, cancel) = (self.time_left(), self.cancel);
                let call = self.caller.probe(attempt, left, cancel, request);
                let outcome: Option<CallOutcome<GuestVerdict>> = self.within(call).await;
                let Some(outcome) = outcome else {
                    let found =
                        ModelAccess::bare(Verdict::Unknown, Some(no_answer().message), evidence);
                    return (probe, found, None);
                };
                let earlier = evidence.len();
                evidence.extend(outcome.report.exchanges);
                match outcome.result {
                    Ok(verdict) => {
                        let (found, key) = from_verdict(verdict, evidence);
                        return (probe, found, key);
                    }
                    Err(error) => {
                        let (decision, cause) = decide(&error);
                        if !self.again(&decision, attempt, &mut failures).await {
                            return (
                                probe,
                                from_failure(
                                    &decision,
                                    self.or_no_answer(with_time(&decision, cause)),
                                    evidence,
                                ),
                                None,
                            );
                        }
                        forget_waiting(&decision, &mut evidence, earlier);
                    }
                }
            }
            unreachable!("the tries are counted by an endless range")
        })
    }

    /// The call's outcome, or none at the deadline.
    async fn within<T>(
        &self,
        call: impl Future<Output = CallOutcome<T>>,
    ) -> Option<CallOutcome<T>> {
        tokio::time::timeout_at(self.deadline, call).await.ok()
    }

    /// Whether to try again; waits before it says yes.
    async fn again(&self, decision: &Decision, attempt: u32, failures: &mut u32) -> bool {
        let wait = match decision {
            Decision::Park(wait) => *wait,
            Decision::Retry { at_least, .. } => {
                *failures += 1;
                *at_least
            }
            _ => return false,
        };
        let wait = wait.max(PAUSE.min(Duration::from_millis(250) * attempt));
        if *failures >= TRIES || wait >= self.time_left() || self.cancel.is_cancelled() {
            return false;
        }
        tokio::time::sleep(wait).await;
        true
    }

    /// A call that was stopped at the check's end is a vendor that did not answer.
    fn or_no_answer(&self, cause: Cause) -> Cause {
        let stopped = matches!(cause.code, "deadline" | "vendor_timeout" | "cancelled");
        if stopped && self.time_left() < Duration::from_millis(500) {
            no_answer()
        } else {
            cause
        }
    }
}

/// Whoever reads that nothing is known because of a limit reads also when it is worth another try.
fn with_time(decision: &Decision, mut cause: Cause) -> Cause {
    if let Decision::Park(wait) = decision {
        let at = chrono::Utc::now() + *wait;
        let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        cause.message = format!("{}; it is worth another try at {at}", cause.message);
    }
    cause
}

/// A try that only waited proves nothing, and there may be many.
fn forget_waiting(decision: &Decision, evidence: &mut Vec<Exchange>, earlier: usize) {
    if matches!(decision, Decision::Park(_)) {
        evidence.truncate(earlier);
    }
}

fn from_verdict(
    verdict: GuestVerdict,
    evidence: Vec<Exchange>,
) -> (ModelAccess, Option<RecordKey>) {
    let with_finding = |word, finding: Finding, evidence| {
        let restrictions = finding
            .restrictions
            .into_iter()
            .map(|it| Restriction {
                kind: it.kind,
                subjects: it.subjects,
                reason: it.reason,
            })
            .collect();
        let found = ModelAccess {
            word,
            message: None,
            count: finding.count,
            restrictions,
            evidence,
        };
        (found, finding.sample)
    };
    match verdict {
        GuestVerdict::Granted(finding) => with_finding(Verdict::Granted, finding, evidence),
        GuestVerdict::Partial(finding) => with_finding(Verdict::Partial, finding, evidence),
        GuestVerdict::Empty => {
            let mut found = ModelAccess::bare(Verdict::Empty, None, evidence);
            found.count = Some(0);
            (found, None)
        }
        GuestVerdict::Denied(why) => (
            ModelAccess::bare(Verdict::Denied, Some(why), evidence),
            None,
        ),
        GuestVerdict::NotLicensed(why) => (
            ModelAccess::bare(Verdict::NotLicensed, Some(why), evidence),
            None,
        ),
        GuestVerdict::Unsupported => (
            ModelAccess::bare(Verdict::Unsupported, None, evidence),
            None,
        ),
        GuestVerdict::Unknown(why) => (
            ModelAccess::bare(Verdict::Unknown, Some(why), evidence),
            None,
        ),
    }
}

fn from_failure(decision: &Decision, cause: Cause, evidence: Vec<Exchange>) -> ModelAccess {
    let word = match decision {
        Decision::Skip(Skip::NoAccess) | Decision::RejectCredentials => Verdict::Denied,
        Decision::Skip(Skip::NotLicensed) => Verdict::NotLicensed,
        Decision::Skip(Skip::Unsupported) => Verdict::Unsupported,
        _ if cause.who == crate::reaction::WhoMustAct::ConnectorAuthor => Verdict::Error,
        _ => Verdict::Unknown,
    };
    ModelAccess::bare(word, Some(cause.message), evidence)
}
