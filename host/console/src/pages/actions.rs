//! What can be done with an integration: at once, or after a question that names the consequence. What was refused is
//! said on the customer's page.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use portcullis_service::{InputProblem, IntegrationView, ServiceError, StartBackSync, StartSync};

use crate::ConsoleState;
use crate::draft::{Draft, Kept};
use crate::fault::Fault;
use crate::frame;
use crate::pages::integration::{framed, principal_of};
use crate::pages::new_customer::{go, one_field_form};
use crate::parts::{Field, csrf, problem_at};
use crate::posted::Posted;
use crate::visitor::Visitor;

/// What is done without a question.
const DONE_AT_ONCE: [&str; 5] = ["enable", "check", "sync", "cancel", "retry"];

/// Asks before something is done that cannot simply be undone, or needs a word from the person.
pub(crate) async fn ask(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path((id, action)): Path<(String, String)>,
    Query(kept): Query<Kept>,
) -> Result<Response, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let view = state.service.get_integration(&principal, &id).await?;
    let draft = state.drafts.find(&kept.draft, &visitor.user.user_id).await;
    let name = draft.as_ref().and_then(|it| it.texts.get("name"));
    let name = name.unwrap_or(&view.name);
    let problems = draft.as_ref().map_or(&[][..], |it| it.problems.as_slice());
    match question(&visitor, &view, &action, name, problems) {
        Some((title, body)) => Ok(shown(&visitor, &view, title, &body).into_response()),
        // What is done at once has no page of its own: whoever loads its address anew is shown the customer.
        None if DONE_AT_ONCE.contains(&action.as_str()) => {
            Ok(Redirect::to(&format!("/integrations/{id}")).into_response())
        }
        None => Err(Fault::missing()),
    }
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
    let user_id = &visitor.user.user_id;
    let to = match &error {
        ServiceError::Invalid(problems) => {
            let path = format!("/integrations/{id}/actions/{action}");
            let draft = Draft::of(user_id, &fields, problems.clone());
            let again = state.drafts.again(&path, draft).await;
            // A script follows it into its dialog.
            return Ok(Redirect::to(&again).into_response());
        }
        ServiceError::Refused { .. } => {
            let draft = Draft::refused(user_id, &error);
            let path = format!("/integrations/{id}");
            state.drafts.again(&path, draft).await
        }
        _ => return Err(error.into()),
    };
    Ok(go(&visitor, &to))
}
