//! Reading responses, and what their status asks the host to do.

use serde::Deserialize;

use crate::{Error, Response, Result};

/// How much of a vendor's body goes into a message when nothing better is
/// known, in bytes.
const EXCERPT: usize = 300;

impl Response {
    /// The first value of a header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// A header that holds a count.
    pub fn header_u64(&self, name: &str) -> Option<u64> {
        self.header(name)?.trim().parse().ok()
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text, checked once: parsing from it is faster than from
    /// bytes.
    ///
    /// # Errors
    ///
    /// `protocol` if it is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.body)
            .map_err(|cause| Error::protocol(format!("the answer is not UTF-8: {cause}")))
    }

    /// The body as JSON. Text may be borrowed from the response.
    ///
    /// # Errors
    ///
    /// `protocol` if it is not the JSON expected.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_str(self.text()?)
            .map_err(|cause| Error::protocol(format!("the answer cannot be read: {cause}")))
    }

    /// The response if its status is 2xx.
    ///
    /// # Errors
    ///
    /// What [`Response::failure`] makes of any other status, with the start of
    /// the body as the message.
    pub fn accepted(self) -> Result<Self> {
        self.accepted_or(|_| None)
    }

    /// The same, where `words` reads the vendor's own words out of its error
    /// body.
    ///
    /// # Errors
    ///
    /// As [`Response::accepted`].
    pub fn accepted_or(self, words: impl FnOnce(&Self) -> Option<String>) -> Result<Self> {
        if self.is_success() {
            return Ok(self);
        }
        let message = words(&self);
        Err(self.failure(message))
    }

    /// What a status that is no success asks the host to do: 401
    /// `unauthenticated`, 403 `forbidden`, 408 and 425 `retry`, 429
    /// `rate-limited`, 5xx `unavailable`, anything else `protocol`. A pause that
    /// the vendor asked for goes along.
    pub fn failure(&self, message: Option<String>) -> Error {
        let message = message
            .filter(|words| !words.trim().is_empty())
            .unwrap_or_else(|| self.excerpt());
        match self.status {
            401 => Error::unauthenticated(message),
            403 => Error::forbidden(message),
            408 | 425 => Error::retry(message),
            429 => Error::rate_limited(self.retry_after_ms, message),
            500..=599 => Error::unavailable(self.retry_after_ms, message),
            _ => Error::protocol(message),
        }
    }

    /// The status and the start of the body, for messages.
    fn excerpt(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let text = text.trim();
        if text.is_empty() {
            return format!("the vendor answered with status {}", self.status);
        }
        let mut end = text.len().min(EXCERPT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        format!(
            "the vendor answered with status {}: {}",
            self.status,
            &text[..end]
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::Reaction;
    use crate::testing::response;

    #[test]
    fn each_class_of_status_has_its_reaction() {
        let mut throttled = response(429, "slow down");
        throttled.retry_after_ms = Some(1500);
        let error = throttled.failure(None);
        assert!(
            matches!(&error.reaction, Reaction::RateLimited(l) if l.retry_after_ms == Some(1500))
        );
        assert_eq!(
            error.message,
            "the vendor answered with status 429: slow down"
        );

        let reaction = |status| response(status, "").failure(None).reaction;
        assert_eq!(reaction(401), Reaction::Unauthenticated);
        assert_eq!(reaction(403), Reaction::Forbidden);
        assert_eq!(reaction(404), Reaction::Protocol);
        assert_eq!(reaction(302), Reaction::Protocol);
        assert_eq!(reaction(503), Reaction::Unavailable(None));
    }

    #[test]
    fn the_vendors_own_words_win_unless_they_are_blank() {
        let refused = response(403, "{}");
        assert_eq!(
            refused.failure(Some("No access to leases.".into())).message,
            "No access to leases."
        );
        assert_eq!(
            refused.failure(Some(" ".into())).message,
            "the vendor answered with status 403: {}"
        );
    }

    #[test]
    fn a_long_body_is_cut_at_a_character() {
        let body = "é".repeat(400);
        let message = response(404, &body).failure(None).message;
        assert!(message.ends_with('é') && message.len() < 360);
    }

    #[test]
    fn a_body_that_is_not_text_is_a_protocol_error() {
        let mut odd = response(200, "");
        odd.body = vec![0xff, 0xfe];
        assert_eq!(odd.text().unwrap_err().reaction, Reaction::Protocol);
    }
}
