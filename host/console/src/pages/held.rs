//! Deletions that wait for a person: a sync missed more records than it may delete by itself.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use portcullis_service::{HeldDeletesView, ServiceError};

use crate::ConsoleState;
use crate::fault::Fault;
use crate::frame;
use crate::pages::integration::{Seen, framed, principal_of};
use crate::pages::segment;
use crate::parts::{csrf, notice};
use crate::posted::Posted;
use crate::show;
use crate::visitor::Visitor;
use crate::words::{Tone, model};

fn path(id: &str, held: &HeldDeletesView) -> String {
    format!("/integrations/{id}/deletions/{}", segment(&held.model))
}

/// What waits, above everything else about a customer.
pub(crate) fn notices(visitor: &Visitor, seen: &Seen) -> Markup {
    html! {
        @for held in &seen.held {
            @let path = path(&seen.view.id, held);
            @let title = format!("{} of {} {} were not found any more", show::number(held.records), show::number(held.of), model(&held.model).to_lowercase());
            (notice(Tone::Warn, "triangle-alert", &title, &html! {
                p { "So many at once may be a mistake, or a permission that was taken away. They stay as they are until somebody decides. Waiting since " (show::ago(held.held_at, seen.now)) "." }
            }, &html! { @if visitor.is_admin() { a.btn.small href=(path) hx-get=(path) hx-target="#dialog" { "Decide\u{2026}" } } }))
        }
    }
}

/// Asks what is to become of them.
pub(crate) async fn ask(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path((id, name)): Path<(String, String)>,
) -> Result<Markup, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let view = state.service.get_integration(&principal, &id).await?;
    let all = state.service.held_deletes(&principal, &id).await?;
    let held = all.into_iter().find(|held| held.model == name);
    let held = held.ok_or_else(Fault::missing)?;
    let records = show::number(held.records);
    let models = model(&held.model).to_lowercase();
    let title = format!("Delete {records} {models}?");
    let body = html! {
        form.stack method="post" action=(path(&id, &held)) {
            (csrf(&visitor.user.csrf))
            p { "The last complete read of " (view.name) " did not find " (records) " of " (show::number(held.of)) " " (models) ". Look at the vendor first: are they gone there?" }
            p { "Deleted records leave the API's lists and are marked as deleted. Kept ones stay until complete reads miss them anew." }
            div.actions {
                @if visitor.is_admin() {
                    button.btn.danger name="decision" value="confirm" { "Delete them" }
                    button.btn name="decision" value="reject" { "Keep them" }
                }
                a.btn.quiet href={ "/integrations/" (id) } data-close { "Decide later" }
            }
        }
    };
    if visitor.look.in_dialog {
        return Ok(frame::dialog(&title, false, &body));
    }
    let content = html! {
        div.page-head { div.titles { h1 { (title) } } }
        div.sheet { div.dialog-body { (body) } }
    };
    Ok(framed(&view, None, &title)
        .crumb(view.name.clone(), format!("/integrations/{id}"))
        .show(&visitor, &content))
}

/// Does what was decided. What nobody waits for any more was decided by somebody else meanwhile.
pub(crate) async fn decide(
    State(state): State<ConsoleState>,
    Path((id, name)): Path<(String, String)>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let service = &state.service;
    let done = match fields.text("decision") {
        "confirm" => service.confirm_deletes(&principal, &id, &name).await,
        "reject" => service.reject_deletes(&principal, &id, &name).await,
        _ => return Err(Fault::missing()),
    };
    match done {
        Ok(_) | Err(ServiceError::Refused { .. }) => {
            Ok(Redirect::to(&format!("/integrations/{id}")).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
