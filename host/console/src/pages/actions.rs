//! What can be done with an integration: at once, or after a question that names the consequence.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maud::{Markup, html};
use portcullis_service::{InputProblem, IntegrationView, ServiceError, StartBackSync, StartSync};

use crate::ConsoleState;
use crate::fault::{Fault, sentence};
use crate::frame;
use crate::icon::icon;
use crate::pages::integration::{framed, principal_of};
use crate::pages::new_customer::{go, one_field_form};
use crate::parts::{Field, csrf, notice, problem_at};
use crate::posted::Posted;
use crate::visitor::Visitor;
use crate::words::Tone;

/// Asks before something is done that cannot simply be undone, or needs a word from the person.
pub(crate) async fn ask(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path((id, action)): Path<(String, String)>,
) -> Result<Markup, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let view = state.service.get_integration(&principal, &id).await?;
    let (title, body) =
        question(&visitor, &view, &action, &view.name, &[]).ok_or_else(Fault::missing)?;
    Ok(shown(&visitor, &view, title, &body))
}

fn shown(visitor: &Visitor, view: &IntegrationView, title: &str, body: &Markup) -> Markup {
    if visitor.look.in_dialog {
        return frame::dialog(title, false, body);
    }
    let content = html! {
        div.page-head { div.titles { h1 { (title) } } }
        div.sheet { div.dialog-body { (body) } }
    };
    framed(view, None, title)
        .crumb(view.name.clone(), format!("/integrations/{}", view.id))
        .show(visitor, &content)
}

fn question(
    visitor: &Visitor,
    view: &IntegrationView,
    action: &str,
    name: &str,
    problems: &[InputProblem],
) -> Option<(&'static str, Markup)> {
    let path = format!("/integrations/{}/actions/{action}", view.id);
    let back = format!("/integrations/{}", view.id);
    let confirm = |text: &str, button: &str, class: &str| {
        html! {
            form.stack method="post" action=(path) {
                (csrf(&visitor.user.csrf))
                p dir="auto" { strong { (crate::show::cut(&view.name, 200)) } }
                p { (text) }
                div.actions { button class={ "btn " (class) } { (button) } a.btn href=(back) data-close { "Keep it as it is" } }
            }
        }
    };
    match action {
        "disable" => Some((
            "Disable this customer?",
            confirm(
                "A running sync stops within a page, and nothing is read any more. What was read stays, and enabling it again goes on where it stopped.",
                "Disable",
                "primary",
            ),
        )),
        "archive" => Some((
            "Archive this customer?",
            confirm(
                "It is disabled for good and leaves the lists. Its records stay readable through the API. It cannot be enabled again: you would add the customer anew.",
                "Archive for good",
                "danger",
            ),
        )),
        "back-sync" => Some((
            "Read everything again?",
            confirm(
                "A back-sync reads the whole history of every model that is switched on. It may take hours, and it yields to the syncs that come meanwhile.",
                "Start the back-sync",
                "primary",
            ),
        )),
        "keep-originals" => Some((
            "Keep the vendor's own records?",
            confirm(
                "Each record is stored twice from when it is read next: unified, and as the vendor sent it. Both hold personal data.",
                "Keep them",
                "primary",
            ),
        )),
        "forget-originals" => Some((
            "Delete the vendor's own records?",
            confirm(
                "Those that are stored beside the unified records are deleted at once, and none are kept from now on. The unified records stay.",
                "Delete them",
                "danger",
            ),
        )),
        "rename" => {
            let field = Field {
                name: "name",
                label: "Name",
                kind: "text",
                value: name,
                required: true,
                autocomplete: "off",
                problem: problem_at(problems, "/name"),
                ..Field::default()
            };
            Some((
                "Rename this customer",
                one_field_form(visitor, &path, &back, field, "Rename"),
            ))
        }
        _ => None,
    }
}

pub(crate) async fn act(
    State(state): State<ConsoleState>,
    Path((id, action)): Path<(String, String)>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let service = &state.service;
    let mut to = format!("/integrations/{id}");
    let done = match action.as_str() {
        "enable" => service
            .enable_integration(&principal, &id)
            .await
            .map(|_| ()),
        "disable" => service
            .disable_integration(&principal, &id)
            .await
            .map(|_| ()),
        "archive" => service
            .archive_integration(&principal, &id)
            .await
            .map(|_| ()),
        "check" => service.check_data_access(&principal, &id).await.map(|_| ()),
        "sync" => service
            .start_sync(&principal, &id, StartSync::default())
            .await
            .map(|sync| to = format!("/integrations/{id}/jobs/{}", sync.id)),
        "back-sync" => service
            .start_back_sync(&principal, &id, StartBackSync::default())
            .await
            .map(|sync| to = format!("/integrations/{id}/jobs/{}", sync.id)),
        "cancel" => service
            .cancel_sync(&principal, fields.text("sync"))
            .await
            .map(|sync| to = format!("/integrations/{id}/jobs/{}", sync.id)),
        "retry" => service
            .retry_dead_letters(&principal, &id, None)
            .await
            .map(|sync| to = format!("/integrations/{id}/jobs/{}", sync.id)),
        "keep-originals" | "forget-originals" => service
            .keep_originals(&principal, &id, action == "keep-originals")
            .await
            .map(|_| to.push_str("/settings")),
        "rename" => {
            let name = fields.text("name");
            service
                .rename_integration(&principal, &id, name)
                .await
                .map(|_| ())
        }
        _ => return Err(Fault::missing()),
    };
    let error = match done {
        Ok(()) => return Ok(go(&visitor, &to)),
        Err(error) => error,
    };
    let view = service.get_integration(&principal, &id).await?;
    match &error {
        ServiceError::Invalid(problems) => {
            let (title, body) = question(&visitor, &view, &action, fields.text("name"), problems)
                .ok_or_else(Fault::missing)?;
            // Scripts put only answers without an error into their dialog.
            let status = if visitor.look.in_dialog {
                StatusCode::OK
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            };
            Ok((status, shown(&visitor, &view, title, &body)).into_response())
        }
        ServiceError::Refused { .. } => {
            let body = html! {
                (notice(Tone::Warn, "circle-alert", "Not done", &html! {
                    p { (sentence(&error)) }
                    p { "Who must act: " (crate::words::who(error.who_must_act().as_str())) "." }
                }, &html! {}))
                br;
                a.btn.primary href={ "/integrations/" (id) } { (icon("arrow-right")) "Back to the customer" }
            };
            Ok((
                StatusCode::CONFLICT,
                shown(&visitor, &view, "Not now", &body),
            )
                .into_response())
        }
        _ => Err(error.into()),
    }
}
