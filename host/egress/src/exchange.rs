//! Evidence: what was asked of a vendor and what became of it.

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use url::Url;

use crate::types::{HttpError, Method, Response};

/// How much of an error body is kept, in characters.
const MESSAGE_CHARS: usize = 300;

/// How much of a URL is kept, in characters.
const URL_CHARS: usize = 2_000;

/// One request and its end. Contains no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The method.
    pub method: Method,
    /// Host, path and query as the guest wrote them: without scheme, and without credentials, which come later.
    pub url: String,
    /// The answer's status.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<HttpError>,
    /// Milliseconds from the guest's asking to the end, waiting for a permit included.
    pub latency_ms: u64,
    /// When the guest asked.
    pub at: DateTime<Utc>,
    /// The first 300 printable characters of an error body, masked.
    pub vendor_message: Option<String>,
}

/// How a request ended, for metrics and logs.
pub(crate) enum Outcome<'a> {
    Status(u16),
    Error(&'a HttpError),
}

impl Outcome<'_> {
    pub(crate) fn count(&self, latency: Duration) {
        let outcome = match self {
            Self::Status(100..200) => "1xx",
            Self::Status(200..300) => "2xx",
            Self::Status(300..400) => "3xx",
            Self::Status(429) => "429",
            Self::Status(400..500) => "4xx",
            Self::Status(_) => "5xx",
            Self::Error(error) => error.code(),
        };
        metrics::counter!("portcullis_egress_requests_total", "outcome" => outcome).increment(1);
        metrics::histogram!("portcullis_egress_request_duration_seconds").record(latency);
    }
}

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{status}"),
            Self::Error(error) => f.write_str(error.code()),
        }
    }
}

/// A guest's URL without scheme, user information and fragment.
pub(crate) fn shown_url(url: &str) -> String {
    let shown = match Url::parse(url) {
        Ok(mut url) => {
            url.set_fragment(None);
            let full = url.as_str();
            let rest = full.split_once("://").map_or(full, |(_, rest)| rest);
            match rest.split_once('@') {
                Some((_, host)) if !url.username().is_empty() || url.password().is_some() => host,
                _ => rest,
            }
            .to_owned()
        }
        Err(_) => printable(url.chars()),
    };
    shown.chars().take(URL_CHARS).collect()
}

/// What a vendor said about an error, from a body that is masked already.
pub(crate) fn vendor_message(response: &Response) -> Option<String> {
    if response.status < 400 {
        return None;
    }
    // Four bytes are the most that one character takes; white space may fill as many again.
    let head = &response.body[..response.body.len().min(MESSAGE_CHARS * 8)];
    let text = printable(String::from_utf8_lossy(head).chars());
    let text: String = text.trim().chars().take(MESSAGE_CHARS).collect();
    (!text.is_empty()).then_some(text)
}

/// Without control characters; white space becomes one space.
fn printable(chars: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    for char in chars {
        if char.is_whitespace() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !char.is_control() {
            out.push(char);
        }
    }
    out
}
