//! Failures as the reactions that they ask for.

use crate::{Error, HttpError, RateLimit, Reaction};

impl Error {
    /// An error with a reaction and one sentence for people.
    pub fn new(reaction: Reaction, message: impl Into<String>) -> Self {
        Self {
            reaction,
            message: message.into(),
            code: None,
        }
    }

    /// The same with a dotted, stable code such as `buildium.page-shifted`.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The credentials are refused: pauses the integration.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Reaction::Unauthenticated, message)
    }

    /// The session is over: the host opens a new one and repeats the call.
    pub fn session_expired(message: impl Into<String>) -> Self {
        Self::new(Reaction::SessionExpired, message)
    }

    /// The credentials are good, but not for this model or partition.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Reaction::Forbidden, message)
    }

    /// The answer cannot be read: the vendor's API or the connector changed.
    pub fn protocol(message: impl Into<String>) -> Self {
        Self::new(Reaction::Protocol, message)
    }

    /// The vendor's limit is reached; `retry_after_ms` if it said how long.
    pub fn rate_limited(retry_after_ms: Option<u64>, message: impl Into<String>) -> Self {
        let limit = RateLimit {
            bucket: None,
            retry_after_ms,
            remaining: None,
            resets_at: None,
        };
        Self::new(Reaction::RateLimited(limit), message)
    }

    /// Down or in maintenance; backs off, at least so many milliseconds.
    pub fn unavailable(retry_after_ms: Option<u64>, message: impl Into<String>) -> Self {
        Self::new(Reaction::Unavailable(retry_after_ms), message)
    }

    /// The connector or the vendor does not offer this.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Reaction::Unsupported, message)
    }

    /// Starts the pages of this partition afresh.
    pub fn cursor_expired(message: impl Into<String>) -> Self {
        Self::new(Reaction::CursorExpired, message)
    }

    /// Starts a full run of this model or partition.
    pub fn watermark_expired(message: impl Into<String>) -> Self {
        Self::new(Reaction::WatermarkExpired, message)
    }

    /// Anything else that is worth another try.
    pub fn retry(message: impl Into<String>) -> Self {
        Self::new(Reaction::Retry, message)
    }

    /// Anything else that is not.
    pub fn fail(message: impl Into<String>) -> Self {
        Self::new(Reaction::Fail, message)
    }
}

/// What makes `?` work on requests: the host knows how to react to what it
/// said itself.
impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        let message = match &error {
            HttpError::InvalidRequest(why) => format!("the request is not valid: {why}"),
            HttpError::Denied(why) => format!("the request is not allowed: {why}"),
            HttpError::Dns => "the vendor's name could not be resolved".to_owned(),
            HttpError::Connect => "no connection to the vendor".to_owned(),
            HttpError::Tls => "no secure connection to the vendor".to_owned(),
            HttpError::Timeout => "the vendor did not answer in time".to_owned(),
            HttpError::ResponseTooLarge(bytes) => {
                format!("the vendor's answer has {bytes} bytes, more than are accepted")
            }
            HttpError::Throttled(ms) => format!("no permit for a request within {ms} ms"),
            HttpError::BudgetExhausted => {
                "the call has made all the requests it was granted".to_owned()
            }
            HttpError::Transport(why) => format!("the vendor's answer broke off: {why}"),
        };
        Self::new(Reaction::Transport(error), message)
    }
}
