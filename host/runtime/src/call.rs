//! One call of a guest: what goes in, what comes out, and why it failed.

use std::sync::Arc;
use std::time::Duration;

use portcullis_egress::{Exchange, Session};
use tokio_util::sync::CancellationToken;

use crate::contract::types::{CallContext, Error, HttpError, Reaction};
use crate::guest_log::GuestLog;
use crate::limits::{LimitKind, Limits};

/// What one call needs. It is used up by the call.
pub struct Call {
    /// What the guest is told. Its `deadline` is for the guest's eyes; the host goes by
    /// `limits.wall`.
    pub context: CallContext,
    /// The way out for this call alone. It ends with the call.
    pub egress: Session,
    /// What the call may use; the runtime's ceilings lower them further.
    pub limits: Limits,
    /// Ends the call early, such as when an integration is disabled.
    pub cancel: CancellationToken,
    /// Where the guest's log lines go.
    pub log: Arc<dyn GuestLog>,
}

/// The result of a call together with what it cost, whatever the result is.
#[derive(Debug)]
pub struct CallOutcome<T> {
    /// What the guest returned, or why it did not.
    pub result: Result<T, CallError>,
    /// What the call used and did.
    pub report: CallReport,
}

/// What a call used and did.
#[derive(Debug, Default)]
pub struct CallReport {
    /// Processor time inside the guest and in the host functions it called.
    pub cpu: Duration,
    /// Time from start to end, the wait for a free instance included.
    pub wall: Duration,
    /// The most linear memory that the guest had, in bytes.
    pub memory_peak_bytes: usize,
    /// The requests it made, in order: the evidence of a probe.
    pub exchanges: Vec<Exchange>,
    /// Log lines that exceeded the budget.
    pub log_lines_dropped: u64,
}

/// Why a call brought no value. The instance is gone in every case.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The guest says so itself; its reaction tells what to do.
    #[error("{}", .0.message)]
    Guest(Error),
    /// The guest hit a limit.
    #[error("{}: {detail}", kind.code())]
    Limit {
        /// Which one.
        kind: LimitKind,
        /// The limit in figures.
        detail: String,
    },
    /// The guest broke: a panic, an exit, an access out of bounds.
    #[error("the connector broke: {0}")]
    Trap(String),
    /// The caller's token was cancelled.
    #[error("the call was cancelled")]
    Cancelled,
    /// No instance became free in time; nothing was called.
    #[error("all instances are in use")]
    Saturated,
    /// The host's own fault.
    #[error("internal: {0}")]
    Internal(String),
}

impl CallError {
    /// The stable name of the failure, such as `cpu_budget` or `unauthenticated`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Guest(error) => reaction_code(&error.reaction),
            Self::Limit { kind, .. } => kind.code(),
            Self::Trap(_) => "guest_trap",
            Self::Cancelled => "cancelled",
            Self::Saturated => "saturated",
            Self::Internal(_) => "internal",
        }
    }

    /// Which limit ended the call, if one did.
    #[must_use]
    pub fn limit(&self) -> Option<LimitKind> {
        match self {
            Self::Limit { kind, .. } => Some(*kind),
            _ => None,
        }
    }
}

/// The name of a reaction. A refused request keeps a name of its own, since it is the
/// one transport failure that points at the connector.
fn reaction_code(reaction: &Reaction) -> &'static str {
    match reaction {
        Reaction::Unauthenticated => "unauthenticated",
        Reaction::SessionExpired => "session_expired",
        Reaction::Forbidden => "forbidden",
        Reaction::NotLicensed => "not_licensed",
        Reaction::Unsupported => "unsupported",
        Reaction::RateLimited(_) => "rate_limited",
        Reaction::Unavailable(_) => "unavailable",
        Reaction::Transport(error) => transport_code(error),
        Reaction::Protocol => "protocol",
        Reaction::InvalidSettings(_) => "invalid_settings",
        Reaction::CursorExpired => "cursor_expired",
        Reaction::WatermarkExpired => "watermark_expired",
        Reaction::DeadlineExceeded => "deadline_exceeded",
        Reaction::Retry => "retry",
        Reaction::Fail => "fail",
    }
}

fn transport_code(error: &HttpError) -> &'static str {
    match error {
        HttpError::InvalidRequest(_) => "invalid_request",
        HttpError::Denied(_) => "egress_denied",
        HttpError::Dns => "dns",
        HttpError::Connect => "connect",
        HttpError::Tls => "tls",
        HttpError::Timeout => "timeout",
        HttpError::ResponseTooLarge(_) => "response_too_large",
        HttpError::Throttled(_) => "throttled",
        HttpError::BudgetExhausted => "budget_exhausted",
        HttpError::Transport(_) => "transport",
    }
}
