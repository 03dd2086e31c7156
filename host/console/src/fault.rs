//! What people read when something did not work: what happened, who must act, what to click.

use std::any::Any;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maud::{Markup, html};
use portcullis_service::{ServiceError, WhoMustAct};

use crate::frame;
use crate::icon::icon;
use crate::visitor::Look;

/// A page that could not be shown, or a form that was not carried out.
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    title: &'static str,
    detail: String,
    who: Option<WhoMustAct>,
}

impl Fault {
    /// A fault with its status and a sentence.
    pub(crate) fn status(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            title: title(status),
            detail: detail.into(),
            who: None,
        }
    }

    /// Nothing is at this address.
    pub(crate) fn missing() -> Self {
        Self::status(
            StatusCode::NOT_FOUND,
            "There is nothing at this address. It may have been archived, or belong to another account.",
        )
    }

    /// The sentence.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    fn page(&self) -> Markup {
        let body = html! {
            div.panel {
                div.empty {
                    (icon("unplug"))
                    h1 { (self.title) }
                    p { (self.detail) }
                    @if let Some(who) = self.who {
                        p.small { "Who must act: " (crate::words::who(who.as_str())) }
                    }
                    div.actions { a.btn.primary href="/" { "Go to Integrations" } }
                }
            }
        };
        frame::door(self.title, Look::default(), &body)
    }
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not here",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::CONFLICT => "Not now",
        StatusCode::SERVICE_UNAVAILABLE => "The database does not answer",
        status if status.is_client_error() => "This did not work",
        _ => "The gateway failed",
    }
}

/// What is said to people about a use case that did not happen. The API's sentences speak of keys and paths.
pub(crate) fn sentence(error: &ServiceError) -> String {
    match error {
        ServiceError::Forbidden { wanted } => {
            format!("Your role does not allow this: {wanted}. Ask an admin of this installation.")
        }
        ServiceError::NotFound { .. } => {
            "There is nothing at this address. It may have been archived, or belong to another account."
                .to_owned()
        }
        other => other.to_string(),
    }
}

impl From<ServiceError> for Fault {
    fn from(error: ServiceError) -> Self {
        Self::from(&error)
    }
}

impl From<&ServiceError> for Fault {
    fn from(error: &ServiceError) -> Self {
        let status = match error {
            ServiceError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ServiceError::Refused { .. } => StatusCode::CONFLICT,
            ServiceError::Forbidden { .. } => StatusCode::FORBIDDEN,
            ServiceError::NotFound { .. } => StatusCode::NOT_FOUND,
            ServiceError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            tracing::error!(
                error = error as &dyn std::error::Error,
                code = error.code(),
                "console.failed"
            );
        }
        Self {
            status,
            title: title(status),
            detail: sentence(error),
            who: matches!(error, ServiceError::Refused { .. }).then(|| error.who_must_act()),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (self.status, self.page()).into_response()
    }
}

/// The answer in place of a panic.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer hands the panic over"
)]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no text");
    tracing::error!(panic = text, "console.panicked");
    Fault::status(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The gateway failed to make this page. The log has the cause.",
    )
    .into_response()
}
