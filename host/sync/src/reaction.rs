//! What the worker does about a call that did not succeed.
//!
//! The decision depends on the error's case alone, never on its text, and is a pure function, so that the
//! table below is the whole policy. Waiting for a vendor's limit is not a failure: it never counts towards
//! giving up.

use crate::session::{BUDGET_SPENT, LOGGING_IN, NO_DATABASE};
use portcullis_runtime::CallError;
use portcullis_runtime::contract::types::{Error as GuestError, HttpError, Reaction};
use std::time::Duration;

/// Failures in a row, without a page committed between them, after which a run is given up.
pub const TRANSIENT_LIMIT: u32 = 8;
/// The same for faults that another try rarely mends: traps, exceeded limits, unreadable answers.
pub const STUBBORN_LIMIT: u32 = 3;
/// The longest wait that a vendor's word is believed for. Vendors have been seen to ask for ten days.
pub const LONGEST_PARK: Duration = Duration::from_secs(24 * 60 * 60);

/// Who has to move before the same work can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhoMustAct {
    /// Nobody: the gateway tries again.
    Nobody,
    /// The operator of this gateway.
    Operator,
    /// The customer whose credentials these are.
    Customer,
    /// The vendor.
    Vendor,
    /// Whoever wrote the connector.
    ConnectorAuthor,
}

impl WhoMustAct {
    /// The word used in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Operator => "operator",
            Self::Customer => "customer",
            Self::Vendor => "vendor",
            Self::ConnectorAuthor => "connector_author",
        }
    }
}

/// Why a call did not succeed, in the form that people see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Stable, snake case.
    pub code: &'static str,
    /// One sentence, in the vendor's words where there are any.
    pub message: String,
    /// Who has to move.
    pub who: WhoMustAct,
}

impl Cause {
    pub(crate) fn new(code: &'static str, message: impl Into<String>, who: WhoMustAct) -> Self {
        Self {
            code,
            message: message.into(),
            who,
        }
    }
}

/// What to do next about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Wait this long and go on; no failure is counted.
    Park(Duration),
    /// Count a failure; go on after at least this long, or give up after so many in a row.
    Retry {
        /// What the vendor asked for, or zero.
        at_least: Duration,
        /// Failures in a row that end the run.
        limit: u32,
    },
    /// Ask for fewer records at a time; give up after [`STUBBORN_LIMIT`].
    HalfTarget,
    /// Begin the pages of this run afresh.
    RestartPages,
    /// Read everything instead of what changed.
    ReadAll,
    /// The model cannot be read with these credentials or this licence.
    Skip(Skip),
    /// The credentials are bad: the integration pauses.
    RejectCredentials,
    /// Give up now.
    Fail,
    /// Somebody asked for it.
    Cancelled,
}

/// Why a model is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// The credentials do not reach it.
    NoAccess,
    /// The vendor's licence does not cover it.
    NotLicensed,
    /// The connector or the vendor does not have it.
    Unsupported,
}

/// Decides about one failed call.
pub fn decide(error: &CallError) -> (Decision, Cause) {
    use WhoMustAct as Who;
    match error {
        CallError::Guest(error) => decide_guest(error),
        CallError::Limit { kind, detail } => (
            Decision::Retry {
                at_least: Duration::ZERO,
                limit: STUBBORN_LIMIT,
            },
            Cause::new(kind.code(), detail.clone(), Who::ConnectorAuthor),
        ),
        CallError::Trap(detail) => (
            Decision::Retry {
                at_least: Duration::ZERO,
                limit: STUBBORN_LIMIT,
            },
            Cause::new("guest_trap", detail.clone(), Who::ConnectorAuthor),
        ),
        CallError::Cancelled => (
            Decision::Cancelled,
            Cause::new("cancelled", "the call was cancelled", Who::Nobody),
        ),
        CallError::Saturated => (
            Decision::Park(Duration::from_secs(1)),
            Cause::new(
                "gateway_busy",
                "all connector instances are in use",
                Who::Nobody,
            ),
        ),
        CallError::Internal(detail) => (
            Decision::Retry {
                at_least: Duration::ZERO,
                limit: STUBBORN_LIMIT,
            },
            Cause::new("gateway_bug", detail.clone(), Who::Operator),
        ),
    }
}

fn decide_guest(error: &GuestError) -> (Decision, Cause) {
    use WhoMustAct as Who;
    let transient = |at_least: Option<u64>| Decision::Retry {
        at_least: millis(at_least.unwrap_or(0)),
        limit: TRANSIENT_LIMIT,
    };
    let stubborn = Decision::Retry {
        at_least: Duration::ZERO,
        limit: STUBBORN_LIMIT,
    };
    let (decision, code, who) = match &error.reaction {
        Reaction::Unauthenticated => (
            Decision::RejectCredentials,
            "credentials_rejected",
            Who::Customer,
        ),
        Reaction::SessionExpired => (transient(None), "session_expired", Who::Nobody),
        Reaction::Forbidden => (
            Decision::Skip(Skip::NoAccess),
            "access_denied",
            Who::Customer,
        ),
        Reaction::NotLicensed => (
            Decision::Skip(Skip::NotLicensed),
            "not_licensed",
            Who::Customer,
        ),
        Reaction::Unsupported => (
            Decision::Skip(Skip::Unsupported),
            "unsupported",
            Who::Nobody,
        ),
        Reaction::RateLimited(limit) => {
            let (code, who) = waits_for(error.code.as_deref());
            (
                Decision::Park(rate_limit_wait(limit.retry_after_ms)),
                code,
                who,
            )
        }
        Reaction::Unavailable(ms) => (transient(*ms), "vendor_unavailable", Who::Vendor),
        Reaction::Transport(http) => decide_transport(http),
        Reaction::Protocol => (stubborn, "vendor_protocol", Who::ConnectorAuthor),
        Reaction::InvalidSettings(_) => (Decision::Fail, "settings_invalid", Who::Operator),
        Reaction::CursorExpired => (Decision::RestartPages, "cursor_expired", Who::Nobody),
        Reaction::WatermarkExpired => (Decision::ReadAll, "watermark_expired", Who::Nobody),
        Reaction::DeadlineExceeded => (Decision::HalfTarget, "deadline", Who::Nobody),
        Reaction::Retry => (transient(None), "connector_retry", Who::Nobody),
        Reaction::Fail => (Decision::Fail, "connector_failed", Who::ConnectorAuthor),
    };
    let mut message = error.message.clone();
    if let Some(code) = error.code.as_ref().filter(|code| !is_ours(code)) {
        message.push_str(&format!(" ({code})"));
    }
    if let Reaction::InvalidSettings(problems) = &error.reaction {
        for problem in problems {
            message.push_str(&format!("; {}: {}", problem.field, problem.message));
        }
    }
    (decision, Cause::new(code, message, who))
}

/// What a call waits for that ends in a wait: the vendor's limit, or something of the gateway's own.
fn waits_for(code: Option<&str>) -> (&'static str, WhoMustAct) {
    match code {
        Some(BUDGET_SPENT) => ("log_ins_spent", WhoMustAct::Nobody),
        Some(LOGGING_IN) => ("logging_in", WhoMustAct::Nobody),
        Some(NO_DATABASE) => ("database_unavailable", WhoMustAct::Operator),
        _ => ("rate_limited", WhoMustAct::Nobody),
    }
}

fn is_ours(code: &str) -> bool {
    matches!(code, BUDGET_SPENT | LOGGING_IN | NO_DATABASE)
}

fn decide_transport(error: &HttpError) -> (Decision, &'static str, WhoMustAct) {
    use WhoMustAct as Who;
    let transient = Decision::Retry {
        at_least: Duration::ZERO,
        limit: TRANSIENT_LIMIT,
    };
    match error {
        HttpError::InvalidRequest(_) => (Decision::Fail, "invalid_request", Who::ConnectorAuthor),
        HttpError::Denied(_) => (Decision::Fail, "egress_denied", Who::ConnectorAuthor),
        HttpError::Dns => (transient, "vendor_dns", Who::Vendor),
        HttpError::Connect => (transient, "vendor_unreachable", Who::Vendor),
        HttpError::Tls => (transient, "vendor_tls", Who::Vendor),
        HttpError::Timeout => (transient, "vendor_timeout", Who::Vendor),
        HttpError::ResponseTooLarge(_) => (Decision::HalfTarget, "response_too_large", Who::Nobody),
        HttpError::Throttled(ms) => (
            Decision::Park(rate_limit_wait(Some(*ms))),
            "rate_limited",
            Who::Nobody,
        ),
        HttpError::BudgetExhausted => (Decision::HalfTarget, "request_budget", Who::Nobody),
        HttpError::Transport(_) => (transient, "vendor_transport", Who::Vendor),
    }
}

/// A vendor that says nothing gets one second; one that says an absurd time is asked again after a day.
fn rate_limit_wait(retry_after_ms: Option<u64>) -> Duration {
    millis(retry_after_ms.unwrap_or(1_000))
}

fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms).min(LONGEST_PARK)
}

/// How long to wait before the next try: doubling from half a second to a minute, never less than what the
/// vendor asked for, spread by `jitter` (0 to 1) so that a thousand runs do not come back at once.
pub fn backoff(failures: u32, at_least: Duration, jitter: f64) -> Duration {
    let doubled = Duration::from_millis(500).saturating_mul(1u32 << failures.min(7));
    let capped = doubled.min(Duration::from_secs(60));
    at_least.max(capped.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn guest(reaction: Reaction) -> CallError {
        CallError::Guest(GuestError {
            reaction,
            message: "the vendor's words".to_owned(),
            code: None,
        })
    }

    #[test]
    fn every_guest_word_has_its_reaction() {
        let table: Vec<(Reaction, &str)> = vec![
            (Reaction::Unauthenticated, "credentials_rejected"),
            (Reaction::Forbidden, "access_denied"),
            (Reaction::NotLicensed, "not_licensed"),
            (Reaction::Unsupported, "unsupported"),
            (Reaction::Unavailable(None), "vendor_unavailable"),
            (
                Reaction::Transport(HttpError::Denied("169.254.169.254".to_owned())),
                "egress_denied",
            ),
            (
                Reaction::Transport(HttpError::Throttled(9_000)),
                "rate_limited",
            ),
            (Reaction::Protocol, "vendor_protocol"),
            (Reaction::DeadlineExceeded, "deadline"),
        ];
        for (reaction, code) in table {
            let (_, cause) = decide(&guest(reaction));
            assert_eq!(cause.code, code);
            assert_eq!(cause.message, "the vendor's words");
        }
    }

    #[test]
    fn a_wait_for_a_limit_is_no_failure_and_never_absurd() {
        let ten_days = guest(Reaction::Transport(HttpError::Throttled(864_000_000)));
        assert_eq!(decide(&ten_days).0, Decision::Park(LONGEST_PARK));
    }

    proptest! {
        #[test]
        fn backoff_stays_within_its_bounds(failures in 0u32..1000, asked in 0u64..200, jitter in 0.0f64..1.0) {
            let asked = Duration::from_secs(asked);
            let wait = backoff(failures, asked, jitter);
            prop_assert!(wait >= asked);
            prop_assert!(wait >= Duration::from_millis(250));
            prop_assert!(wait <= asked.max(Duration::from_secs(60)));
        }
    }
}
