//! Makes calls and judges what every call must keep, whatever it is for.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::BoxFuture;
use portcullis_egress::{HttpError, Masker, Method, Request};
use portcullis_runtime::contract::{
    Identity, Page, PageRequest, ProbeRequest, Reaction, Verdict, types,
};
use portcullis_runtime::{CallError, CallOutcome};
use secrecy::SecretString;

use crate::bench::{Bench, Holder};
use crate::clause::{Clause, Report, Sheet};
use crate::keep;
use crate::pass::MAX_PAGE_BYTES;
use crate::wire::Mode;

/// How often a call is made again that the vendor's limits put off.
const TRIES: u32 = 6;
/// The longest wait for a limit.
const LONGEST_WAIT: Duration = Duration::from_secs(65);

/// What a call brought.
pub(crate) struct Seen<T> {
    pub(crate) result: Result<T, CallError>,
    /// The requests that it sent.
    pub(crate) sent: Vec<Request>,
    /// Where it wanted to send some that the host refused.
    pub(crate) denied: Vec<String>,
}

/// Makes calls, one after the other.
pub(crate) struct Examiner<'b> {
    pub(crate) bench: &'b dyn Bench,
    pub(crate) sheet: Sheet,
    /// The secrets of both holders and those that log-ins brought.
    secrets: Vec<SecretString>,
    /// Those that the customer's latest log-in brought.
    latest: Vec<SecretString>,
    masker: Masker,
    calls: u32,
    /// Limits that requests drew from.
    drawn: BTreeSet<String>,
    /// The vendor's answers lead to hosts that are not declared: whoever follows them is refused, which is judged by
    /// what becomes of the call.
    pub(crate) astray: bool,
}

impl<'b> Examiner<'b> {
    pub(crate) fn new(bench: &'b dyn Bench) -> Self {
        let mut secrets = bench.secrets(Holder::Customer);
        secrets.extend(bench.secrets(Holder::Stranger));
        Self {
            bench,
            sheet: Sheet::default(),
            masker: Masker::new(&secrets),
            secrets,
            latest: Vec::new(),
            calls: 0,
            drawn: BTreeSet::new(),
            astray: false,
        }
    }

    /// What the vendor knows of the customer: a stranger's secrets never come back to it.
    pub(crate) fn customers_secrets(&self) -> Vec<SecretString> {
        let mut secrets = self.bench.secrets(Holder::Customer);
        secrets.extend(self.latest.iter().cloned());
        secrets
    }

    pub(crate) fn holds_secret(&self, text: &str) -> bool {
        matches!(self.masker.text(text), std::borrow::Cow::Owned(_))
    }

    pub(crate) async fn validate(&mut self, holder: Holder) -> Seen<Identity> {
        let bench = self.bench;
        self.call(
            "validate",
            || bench.validate(holder),
            keep::texts_of_identity,
        )
        .await
    }

    pub(crate) async fn probe(
        &mut self,
        holder: Holder,
        model: &str,
        partition: Option<types::RecordKey>,
    ) -> Seen<Verdict> {
        let bench = self.bench;
        let request = ProbeRequest {
            model: model.to_owned(),
            partition,
        };
        self.call(
            &format!("the probe of {model}"),
            || bench.probe(holder, request.clone()),
            keep::texts_of_verdict,
        )
        .await
    }

    pub(crate) async fn pull(
        &mut self,
        what: &str,
        holder: Holder,
        request: &PageRequest,
    ) -> Seen<Page> {
        let bench = self.bench;
        let seen = self
            .call(
                what,
                || bench.pull(holder, request.clone()),
                keep::texts_of_page,
            )
            .await;
        if let Ok(page) = &seen.result {
            let bytes = keep::bytes_of(page);
            self.sheet.check(
                Clause::BudgetsKept,
                bytes <= MAX_PAGE_BYTES as usize,
                || format!("{what}: a page of {bytes} bytes, where {MAX_PAGE_BYTES} were allowed"),
            );
        }
        seen
    }

    async fn call<T>(
        &mut self,
        what: &str,
        make: impl Fn() -> BoxFuture<'b, CallOutcome<T>>,
        texts: fn(&T) -> Vec<&str>,
    ) -> Seen<T> {
        let wire = self.bench.wire();
        for attempt in 1.. {
            wire.take_sent();
            self.bench.lines().take();
            let outcome = make().await;
            self.calls += 1;
            let sent = wire.take_sent();
            self.captured();
            self.keeps(what, &outcome, &sent);
            let said = match &outcome.result {
                Ok(value) => texts(value),
                Err(CallError::Guest(error)) => keep::texts_of_error(error),
                Err(_) => Vec::new(),
            };
            let lines = self.bench.lines().take();
            let urls = sent.iter().map(|request| request.url.as_str());
            let all = said.into_iter().chain(lines.iter().map(String::as_str));
            let leak = all.chain(urls).any(|text| self.holds_secret(text));
            self.sheet.check(Clause::SecretsKept, !leak, || {
                format!("{what}: a piece of a secret stands in what it wrote")
            });
            self.sensitive_in_log(what, &lines);
            let exchanges = outcome.report.exchanges.iter();
            let denied = exchanges
                .filter(|exchange| matches!(exchange.error, Some(HttpError::Denied(_))))
                .map(|exchange| exchange.url.to_string())
                .collect();
            match put_off(&outcome.result) {
                Some(wait) if attempt < TRIES && self.is_live() => {
                    tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
                }
                _ => {
                    return Seen {
                        result: outcome.result,
                        sent,
                        denied,
                    };
                }
            }
        }
        unreachable!("the tries are counted by an endless range")
    }

    /// Whether the vendor itself answers: only then is a limit one.
    fn is_live(&self) -> bool {
        matches!(self.bench.wire().mode(), Mode::Live | Mode::Untaped)
    }

    /// Secrets of log-ins are looked for as well.
    fn captured(&mut self) {
        let captured = self.bench.wire().take_captured();
        if !captured.is_empty() {
            self.latest.clone_from(&captured);
            self.secrets.extend(captured);
            self.masker = Masker::new(&self.secrets);
        }
    }

    fn sensitive_in_log(&mut self, what: &str, lines: &[String]) {
        let leaked = lines
            .iter()
            .any(|line| line.contains(crate::payload::SENSITIVE));
        self.sheet.check(Clause::ValuesSensitive, !leaked, || {
            format!("{what}: a sensitive value stands in the log")
        });
    }

    /// What every call must keep.
    fn keeps<T>(&mut self, what: &str, outcome: &CallOutcome<T>, sent: &[Request]) {
        let report = &outcome.report;
        let limit = match &outcome.result {
            Err(CallError::Limit { detail, .. }) => Some(detail.clone()),
            _ if report.log_lines_dropped > 0 => Some(format!(
                "{} log lines beyond the budget",
                report.log_lines_dropped
            )),
            _ => None,
        };
        self.sheet.check(Clause::BudgetsKept, limit.is_none(), || {
            format!("{what}: {}", limit.unwrap_or_default())
        });
        for exchange in &report.exchanges {
            let denied = match &exchange.error {
                Some(HttpError::Denied(why)) if !self.astray => Some(why.clone()),
                _ => None,
            };
            self.sheet
                .check(Clause::EgressDeclared, denied.is_none(), || {
                    format!("{what}: {} ({})", exchange.url, denied.unwrap_or_default())
                });
            let refused = match &exchange.error {
                Some(error @ (HttpError::InvalidRequest(_) | HttpError::BudgetExhausted)) => {
                    Some(error.to_string())
                }
                _ => None,
            };
            self.sheet
                .check(Clause::LimitsDeclared, refused.is_none(), || {
                    format!("{what}: {} ({})", exchange.url, refused.unwrap_or_default())
                });
        }
        let default = self.bench.manifest().limits.first();
        for request in sent {
            let reads = !matches!(request.method, Method::Put | Method::Patch | Method::Delete);
            self.sheet.check(Clause::AccessReads, reads, || {
                format!("{what}: {} {}", request.method, request.url)
            });
            self.drawn.extend(request.buckets.iter().cloned());
            if request.buckets.is_empty() {
                self.drawn.extend(default.map(|limit| limit.name.clone()));
            }
        }
    }

    /// Judges what only all calls together show.
    pub(crate) fn finish(mut self, all_readable: bool) -> Report {
        let wire = self.bench.wire();
        let too_many = wire.too_many();
        self.sheet.check(Clause::LimitsDeclared, too_many == 0, || {
            format!(
                "the vendor answered 429 {too_many} times, although the declared limits were kept"
            )
        });
        for limit in &self.bench.manifest().limits {
            let drawn = self.drawn.contains(&limit.name);
            // A limit of a model that cannot be read here may be drawn from elsewhere.
            if drawn || all_readable {
                self.sheet.check(Clause::LimitsDeclared, drawn, || {
                    format!("no request draws from the declared limit {}", limit.name)
                });
            }
        }
        Report {
            judgements: self.sheet.judgements(),
            calls: self.calls,
            requests: wire.answered(),
        }
    }
}

/// How long a call is put off, if it is.
fn put_off<T>(result: &Result<T, CallError>) -> Option<Duration> {
    let Err(CallError::Guest(error)) = result else {
        return None;
    };
    match &error.reaction {
        Reaction::RateLimited(limit) => {
            Some(Duration::from_millis(limit.retry_after_ms.unwrap_or(1_000)))
        }
        Reaction::Transport(types::HttpError::Throttled(ms)) => Some(Duration::from_millis(*ms)),
        _ => None,
    }
}
