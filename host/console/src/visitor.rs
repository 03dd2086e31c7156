//! Who looks at a page: a session's cookie becomes a person, or the way to the sign-in page.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use portcullis_front::Arrival;
use portcullis_service::{Environment, Principal, SignedIn};
use secrecy::{ExposeSecret, SecretString};

use crate::ConsoleState;
use crate::fault::Fault;

/// The cookie that holds a session's token.
pub(crate) const SESSION: &str = "portcullis_session";
/// The cookie that holds what the sign-in form must repeat.
pub(crate) const DOOR: &str = "portcullis_door";
/// The cookie that holds the chosen theme.
pub(crate) const THEME: &str = "portcullis_theme";

/// A person who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) user: SignedIn,
    pub(crate) token: SecretString,
    pub(crate) look: Look,
}

/// How pages are to look, and what asked for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// `light` or `dark`; `None` for what the system has.
    pub(crate) theme: Option<&'static str>,
    /// A script asked for it and wants the part for its dialog.
    pub(crate) in_dialog: bool,
    /// A script asked for it and wants the part that changes.
    pub(crate) in_part: bool,
}

impl Look {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let theme = CookieJar::from_headers(headers)
            .get(THEME)
            .and_then(|cookie| match cookie.value() {
                "light" => Some("light"),
                "dark" => Some("dark"),
                _ => None,
            });
        let asked = headers.contains_key("hx-request");
        let target = headers
            .get("hx-target")
            .and_then(|value| value.to_str().ok());
        Self {
            theme,
            in_dialog: asked && target == Some("dialog"),
            in_part: asked && target.is_some_and(|target| target != "dialog"),
        }
    }
}

impl Visitor {
    /// The person as the caller of a use case.
    pub(crate) fn principal(&self, environment: Environment) -> Principal {
        self.user.principal(environment)
    }

    /// The person, for what concerns both environments.
    pub(crate) fn anywhere(&self) -> Principal {
        self.user.principal(Environment::Sandbox)
    }

    /// Whether the person may change things.
    pub(crate) fn is_admin(&self) -> bool {
        self.user.role == portcullis_service::UserRole::Admin
    }

    /// Whether the person may start checks and syncs.
    pub(crate) fn may_operate(&self) -> bool {
        self.user.role != portcullis_service::UserRole::ReadOnly
    }
}

/// The session's token that a browser shows, if it shows one.
pub(crate) fn token_of(headers: &HeaderMap) -> Option<SecretString> {
    let jar = CookieJar::from_headers(headers);
    let value = jar.get(SESSION)?.value();
    let plausible = !value.is_empty() && value.len() <= 100;
    plausible.then(|| SecretString::from(value.to_owned()))
}

impl OptionalFromRequestParts<ConsoleState> for Visitor {
    type Rejection = Fault;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ConsoleState,
    ) -> Result<Option<Self>, Fault> {
        let Some(token) = token_of(&parts.headers) else {
            return Ok(None);
        };
        let found = state.service.session(&token).await?;
        let look = Look::of(&parts.headers);
        Ok(found.map(|user| Self { user, token, look }))
    }
}

impl FromRequestParts<ConsoleState> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &ConsoleState) -> Result<Self, Response> {
        let found =
            <Self as OptionalFromRequestParts<ConsoleState>>::from_request_parts(parts, state);
        match found.await {
            Ok(Some(visitor)) => Ok(visitor),
            Ok(None) => Err(to_sign_in(parts)),
            Err(fault) => Err(fault.into_response()),
        }
    }
}

/// Sends the browser to the sign-in page, and from there back to where it was.
fn to_sign_in(parts: &Parts) -> Response {
    let mut target = "/sign-in".to_owned();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    if parts.method == Method::GET && path != "/" && !path.contains("/live") {
        target.push_str("?next=");
        target.extend(utf8_percent_encode(path, NON_ALPHANUMERIC));
    }
    if parts.headers.contains_key("hx-request") {
        // A script would put the sign-in page into a corner of this one.
        let mut response = StatusCode::NO_CONTENT.into_response();
        if let Ok(value) = HeaderValue::from_str(&target) {
            response.headers_mut().insert("hx-redirect", value);
        }
        return response;
    }
    Redirect::to(&target).into_response()
}

/// Where to go after signing in: a path of this console, and nothing that a browser takes for another host.
pub(crate) fn next_of(text: &str) -> &str {
    let own = text.starts_with('/') && !text.starts_with("//") && !text.contains('\\');
    if own && !text.chars().any(char::is_control) {
        text
    } else {
        "/"
    }
}

/// A cookie that scripts cannot read and other sites cannot send along with their forms.
pub(crate) fn cookie(
    name: &'static str,
    value: String,
    arrival: &Arrival,
    same_site: SameSite,
) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(same_site)
        .secure(arrival.is_secure)
        .build()
}

/// The cookie of a new session.
pub(crate) fn session_cookie(token: &SecretString, arrival: &Arrival) -> Cookie<'static> {
    let value = token.expose_secret().to_owned();
    // Lax: a link in a mail leads to the page, not to the sign-in form; forms have tokens of their own.
    cookie(SESSION, value, arrival, SameSite::Lax)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_leads_to_another_host() {
        for own in ["/", "/integrations/int_1?tab=data", "/a//b"] {
            assert_eq!(next_of(own), own);
        }
        for other in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "/a\nb",
        ] {
            assert_eq!(next_of(other), "/", "{other}");
        }
    }
}
