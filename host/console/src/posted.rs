//! Forms that were sent: by a person who is signed in, from a page of ours, read strictly.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use secrecy::SecretString;
use subtle::ConstantTimeEq as _;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::visitor::Visitor;

/// Longest form, in bytes.
const FORM_MAX: usize = 1 << 20;

/// Fields by name, in the order in which they were sent.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a body.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Fault> {
        let kind = headers.get(header::CONTENT_TYPE).map(|it| it.as_bytes());
        if !kind.is_some_and(|kind| kind.starts_with(b"application/x-www-form-urlencoded")) {
            return Err(Fault::status(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Forms are sent as application/x-www-form-urlencoded.",
            ));
        }
        let bytes = Limited::new(body, FORM_MAX).collect().await;
        let bytes = bytes.map_err(|error| {
            if error.downcast_ref::<LengthLimitError>().is_some() {
                Fault::status(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "The form is longer than 1 MiB. Shorten what you typed and send it again.",
                )
            } else {
                Fault::status(StatusCode::BAD_REQUEST, "The form did not arrive whole.")
            }
        })?;
        let bytes = bytes.to_bytes();
        let pairs = url::form_urlencoded::parse(&bytes);
        Ok(Self(pairs.into_owned().collect()))
    }

    /// A form that was kept, as [`texts`](Self::texts) gave it.
    pub(crate) fn of(texts: &BTreeMap<String, String>) -> Self {
        let pairs = texts.iter();
        Self(pairs.map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    /// What can be kept of a form without a secret: each name once, without the token of the session.
    pub(crate) fn texts(&self) -> BTreeMap<String, String> {
        let own = self.0.iter().filter(|(name, _)| name != "csrf");
        own.cloned().collect()
    }

    /// The form's name of its own with a digest of what it holds: equal for the same form sent twice, and for no other.
    /// Empty where the form has no name.
    pub(crate) fn once(&self) -> String {
        let name = self.text("once");
        if name.is_empty() {
            return String::new();
        }
        let mut digest = DefaultHasher::new();
        self.0.hash(&mut digest);
        format!("{name} {:x}", digest.finish())
    }

    /// A field's text; empty when it was not sent.
    pub(crate) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// A field's text as a secret.
    pub(crate) fn secret(&self, name: &str) -> SecretString {
        SecretString::from(self.text(name).to_owned())
    }

    /// Every value that was sent under a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every field below a prefix, with the rest of its name.
    pub(crate) fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

/// A form that a signed-in person sent from a page of ours.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) visitor: Visitor,
    pub(crate) fields: Fields,
}

impl FromRequest<ConsoleState> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, state: &ConsoleState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor =
            <Visitor as axum::extract::FromRequestParts<ConsoleState>>::from_request_parts(
                &mut parts, state,
            )
            .await?;
        let fields = Fields::read(&parts.headers, body).await;
        let fields = fields.map_err(IntoResponse::into_response)?;
        let own = same(fields.text("csrf"), &visitor.user.csrf);
        if !own || is_foreign(&parts.headers) {
            return Err(forged().into_response());
        }
        Ok(Self { visitor, fields })
    }
}

/// Whether the browser says that another site sent the form.
pub(crate) fn is_foreign(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|value| value != "same-origin" && value != "none")
}

pub(crate) fn forged() -> Fault {
    Fault::status(
        StatusCode::FORBIDDEN,
        "This form was not sent from this console, or its page is older than your session. Go back, reload the page and \
         send it again.",
    )
}

/// Compares without telling by its time how much is equal.
pub(crate) fn same(a: &str, b: &str) -> bool {
    !b.is_empty() && bool::from(a.as_bytes().ct_eq(b.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_is_equal_and_nothing_is_never() {
        assert!(same("abc", "abc"));
        for (a, b) in [("abc", "abd"), ("ab", "abc"), ("", "abc"), ("", "")] {
            assert!(!same(a, b), "{a} {b}");
        }
    }
}
