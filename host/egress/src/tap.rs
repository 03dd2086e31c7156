//! A place between a session and the wire, for a suite that tries a connector: nobody has one while serving.

use http::HeaderMap;
use secrecy::SecretString;

use crate::types::Request;

/// An answer as it came: captures are not taken out of it and nothing is masked.
#[derive(Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// Decoded.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Sees what a guest asks for once every check has passed, and what comes back before the guest does.
pub trait Tap: Send + Sync {
    /// An answer in the vendor's place; with one, the request does not leave. Secrets are not written into it yet.
    fn outbound(&self, request: &Request) -> Option<Answer>;

    /// Sees an answer, whoever gave it, and may change it.
    fn inbound(&self, request: &Request, answer: &mut Answer);

    /// Hears of a secret that was taken out of an answer.
    fn captured(&self, secret: &SecretString);
}
