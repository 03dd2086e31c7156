//! Requests, built in the order in which they are read.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::bindings::portcullis::connector::http;
use crate::{
    BodyCredential, Capture, Context, Credential, CredentialText, Error, Escaping, HmacCredential,
    Method, Response, Result,
};

/// What RFC 3986 leaves unreserved stays; everything else is encoded.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One request. Secrets are named, never held: the host writes them in after
/// every check has passed.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    wire: http::Request,
}

impl Request {
    /// A request of any method to an absolute URL.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            wire: http::Request {
                method,
                url: url.into(),
                headers: Vec::new(),
                body: None,
                credentials: Vec::new(),
                captures: Vec::new(),
                buckets: Vec::new(),
                timeout_ms: None,
            },
        }
    }

    /// `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::Get, url)
    }

    /// `POST`.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::Post, url)
    }

    /// Appends a parameter to the query, percent-encoded.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        let separator = if self.wire.url.contains('?') {
            '&'
        } else {
            '?'
        };
        self.wire.url.push(separator);
        push_pair(&mut self.wire.url, name, &value.to_string());
        self
    }

    /// How many bytes the query string has, without its question mark; for
    /// vendors that limit it.
    pub fn query_len(&self) -> usize {
        self.wire
            .url
            .split_once('?')
            .map_or(0, |(_, query)| query.len())
    }

    /// Adds a header. `host`, `authorization`, `cookie` and a few more belong
    /// to the host.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.wire.headers.push((name.into(), value.into()));
        self
    }

    /// A header whose value is a secret.
    #[must_use]
    pub fn secret_header(self, name: impl Into<String>, secret: impl Into<String>) -> Self {
        self.credential(Credential::Header(http::HeaderCredential {
            name: name.into(),
            prefix: None,
            secret: secret.into(),
        }))
    }

    /// `authorization: Bearer …`.
    #[must_use]
    pub fn bearer(self, secret: impl Into<String>) -> Self {
        self.credential(Credential::Header(http::HeaderCredential {
            name: "authorization".into(),
            prefix: Some("Bearer ".into()),
            secret: secret.into(),
        }))
    }

    /// HTTP basic. Each side is the concatenation of its parts.
    #[must_use]
    pub fn basic(self, username: Vec<CredentialText>, password: Vec<CredentialText>) -> Self {
        self.credential(Credential::Basic(http::BasicCredential {
            username,
            password,
        }))
    }

    /// A query parameter whose value is a secret.
    #[must_use]
    pub fn secret_query(self, name: impl Into<String>, secret: impl Into<String>) -> Self {
        self.credential(Credential::Query(named(name, secret)))
    }

    /// A form field whose value is a secret; sets the content type.
    #[must_use]
    pub fn secret_form(self, name: impl Into<String>, secret: impl Into<String>) -> Self {
        self.credential(Credential::Form(named(name, secret)))
    }

    /// A cookie whose value is a secret.
    #[must_use]
    pub fn secret_cookie(self, name: impl Into<String>, secret: impl Into<String>) -> Self {
        self.credential(Credential::Cookie(named(name, secret)))
    }

    /// Replaces `mark`, which must occur exactly once in the body, by a secret.
    #[must_use]
    pub fn secret_in_body(
        self,
        mark: impl Into<String>,
        escaping: Escaping,
        secret: impl Into<String>,
    ) -> Self {
        self.credential(Credential::Body(BodyCredential {
            mark: mark.into(),
            escaping,
            secret: secret.into(),
        }))
    }

    /// A signature that the host computes with a secret key.
    #[must_use]
    pub fn hmac(self, signature: HmacCredential) -> Self {
        self.credential(Credential::Hmac(signature))
    }

    /// Any other place for a secret.
    #[must_use]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.wire.credentials.push(credential);
        self
    }

    /// Takes a secret out of the response; honoured in `session.open` only.
    #[must_use]
    pub fn capture(mut self, capture: Capture) -> Self {
        self.wire.captures.push(capture);
        self
    }

    /// A body as it is; say its content type with [`Request::header`].
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.wire.body = Some(body.into());
        self
    }

    /// A form body, percent-encoded.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut body = String::new();
        for (name, value) in fields {
            if !body.is_empty() {
                body.push('&');
            }
            push_pair(&mut body, name, value);
        }
        self.header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    }

    /// A JSON body.
    ///
    /// # Errors
    ///
    /// `fail` if the value cannot be written as JSON.
    pub fn json<T: Serialize>(self, value: &T) -> Result<Self> {
        let body = serde_json::to_vec(value)
            .map_err(|cause| Error::fail(format!("the request cannot be written: {cause}")))?;
        Ok(self.header("content-type", "application/json").body(body))
    }

    /// Draws from a limit that the manifest declares, instead of the default.
    #[must_use]
    pub fn bucket(mut self, name: impl Into<String>) -> Self {
        self.wire.buckets.push(name.into());
        self
    }

    /// Waits less than the host would.
    #[must_use]
    pub fn timeout_ms(mut self, timeout: u32) -> Self {
        self.wire.timeout_ms = Some(timeout);
        self
    }

    /// Makes the request. Any status is a response; see
    /// [`Response::accepted`].
    ///
    /// # Errors
    ///
    /// `transport` with what the host said when there is no response.
    pub fn send(self, ctx: &Context<'_>) -> Result<Response> {
        Ok(ctx.host().fetch(self.wire)?)
    }

    /// The request as it crosses the boundary.
    pub fn into_wire(self) -> http::Request {
        self.wire
    }
}

fn named(name: impl Into<String>, secret: impl Into<String>) -> http::NamedCredential {
    http::NamedCredential {
        name: name.into(),
        secret: secret.into(),
    }
}

fn push_pair(out: &mut String, name: &str, value: &str) {
    out.extend(utf8_percent_encode(name, QUERY));
    out.push('=');
    out.extend(utf8_percent_encode(value, QUERY));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded_and_counted() {
        let request = Request::get("https://api.example.com/v1/units")
            .query("orderby", "Id asc")
            .query("lastupdatedfrom", "2026-01-02T03:04:05Z");
        assert_eq!(
            request.clone().into_wire().url,
            "https://api.example.com/v1/units?orderby=Id%20asc&lastupdatedfrom=2026-01-02T03%3A04%3A05Z"
        );
        assert_eq!(
            request.query_len(),
            "orderby=Id%20asc&lastupdatedfrom=2026-01-02T03%3A04%3A05Z".len()
        );
    }

    #[test]
    fn a_form_cannot_be_broken_out_of() {
        let wire = Request::post("https://x")
            .form(&[("a", "1&b=2"), ("c d", "é")])
            .into_wire();
        assert_eq!(
            wire.body.as_deref(),
            Some("a=1%26b%3D2&c%20d=%C3%A9".as_bytes())
        );
        assert_eq!(
            wire.headers,
            [(
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned()
            )]
        );
    }
}
