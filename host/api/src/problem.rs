//! Errors on the wire: `application/problem+json`, with the `error` member of the public convention beside it.
//!
//! A handler returns a [`Problem`]; the bytes are made at the edge, where the request id is known.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use portcullis_service::{At, InputProblem, ServiceError, WhoMustAct};
use serde_json::{Value, json};

use crate::codes::{self, CodeEntry};

/// An answer that is an error.
#[derive(Debug, Clone)]
pub struct Problem {
    entry: &'static CodeEntry,
    who: WhoMustAct,
    detail: String,
    errors: Vec<InputProblem>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// An error by its code, with the table's advice as its detail.
    pub fn new(code: &str) -> Self {
        let entry = codes::entry(code);
        Self {
            entry,
            who: entry.who,
            detail: entry.action.to_owned(),
            errors: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Says what happened in this very case, and what to do.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Names the places that are wrong.
    #[must_use]
    pub fn errors(mut self, errors: Vec<InputProblem>) -> Self {
        self.errors = errors;
        self
    }

    /// Adds a header, such as `Allow` or `WWW-Authenticate`.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The code.
    pub fn code(&self) -> &'static str {
        self.entry.code
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.entry.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The document, for the request with this id.
    pub fn document(&self, request_id: &str) -> Value {
        let errors: Vec<Value> = self
            .errors
            .iter()
            .map(|problem| match &problem.at {
                At::Pointer(pointer) => {
                    json!({"pointer": pointer, "code": problem.code, "detail": problem.detail})
                }
                At::Parameter(name) => {
                    json!({"parameter": name, "code": problem.code, "detail": problem.detail})
                }
            })
            .collect();
        // The public convention knows one code for every 400.
        let convention = if self.entry.status == 400 {
            "invalid_request"
        } else {
            self.entry.code
        };
        json!({
            "type": format!("/docs/errors/{}", self.entry.code),
            "title": self.entry.title,
            "status": self.entry.status,
            "detail": self.detail,
            "code": self.entry.code,
            "request_id": request_id,
            "who_must_act": self.who.as_str(),
            "errors": errors,
            "error": {
                "code": convention,
                "message": self.detail,
                "details": {"issues": errors},
            },
        })
    }

    /// The finished answer.
    pub(crate) fn render(self, request_id: &str) -> Response {
        let mut response = (self.status(), self.document(request_id).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.entry.status == 503 {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

impl IntoResponse for Problem {
    /// Leaves the problem beside an empty body; the edge renders it with the request id.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match &error {
            ServiceError::Internal(cause) => {
                tracing::error!(
                    error = cause.as_ref() as &dyn std::error::Error,
                    "request failed"
                );
            }
            ServiceError::Unavailable(cause) => {
                tracing::warn!(
                    error = cause as &dyn std::error::Error,
                    "database unavailable"
                );
            }
            _ => {}
        }
        let mut problem = Self::new(error.code()).detail(error.to_string());
        problem.who = error.who_must_act();
        if let ServiceError::Invalid(errors) = error {
            // Where the table knows better whom to ask than `caller`, it wins.
            problem.who = problem.entry.who;
            problem.errors = errors;
        }
        problem
    }
}
