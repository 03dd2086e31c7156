//! Replace credentials: the form of a new customer without its name. New ones take the place of the old ones only when
//! the vendor takes them.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use portcullis_service::ServiceError;

use crate::ConsoleState;
use crate::draft::{Draft, Kept};
use crate::fault::{Fault, sentence};
use crate::frame;
use crate::pages::integration::{framed, principal_of};
use crate::pages::new_customer::{credentials, go, manifest_fields, read};
use crate::parts::{csrf, lost, notice};
use crate::posted::Posted;
use crate::visitor::Visitor;
use crate::words::Tone;

pub(crate) async fn ask(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(kept): Query<Kept>,
) -> Result<Markup, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let view = state.service.get_integration(&principal, &id).await?;
    let vendor = state.service.get_vendor(&principal, &view.vendor).await?;
    let draft = state.drafts.find(&kept.draft, &visitor.user.user_id).await;
    let is_lost = draft.is_none() && !kept.draft.is_empty();
    let mut draft = draft.as_deref().cloned().unwrap_or_default();
    if kept.draft.is_empty() || is_lost {
        // What is no secret is known, and most often stays as it is.
        let known = view.settings.as_object().into_iter().flatten();
        draft.texts = known
            .filter_map(|(name, value)| Some((format!("field.{name}"), value.as_str()?.to_owned())))
            .collect();
    }
    let path = format!("/integrations/{id}/credentials");
    let form = html! {
        div.stack {
            p.muted { "The vendor is asked first. The new credentials take the place of the old ones when it accepts them for the same customer; otherwise the old ones stay." }
            @if is_lost { (lost()) }
            @if let Some(refusal) = &draft.refusal {
                (notice(Tone::Bad, "circle-x", "Not replaced", &html! { p { (refusal) } }, &html! {}))
            }
            @if !draft.problems.is_empty() {
                p.bad role="alert" { strong { "Nothing was replaced yet. " } "What is wrong stands beside each field; all that you typed is still here." }
            }
            form.form method="post" action=(path) hx-post=[visitor.look.in_dialog.then_some(&path)] hx-target="#dialog" hx-sync="this:drop" hx-disabled-elt="find button[type=submit]" novalidate {
                (csrf(&visitor.user.csrf))
                @if !kept.draft.is_empty() { input type="hidden" name="draft" value=(kept.draft); }
                (manifest_fields(&vendor, &draft))
                div.actions {
                    button.btn.primary type="submit" { span.idle-word { "Check and replace" } span.busy-word { "Sending\u{2026}" } }
                    a.btn href={ "/integrations/" (id) } data-close { "Cancel" }
                }
            }
        }
    };
    let title = "Replace credentials";
    if visitor.look.in_dialog {
        return Ok(frame::dialog(title, false, &form));
    }
    let content = html! {
        div.page-head { div.titles { h1 { (title) } } }
        div.sheet { div.dialog-body { (form) } }
    };
    Ok(framed(&view, Some(&vendor), title)
        .crumb(view.name.clone(), format!("/integrations/{id}"))
        .show(&visitor, &content))
}

pub(crate) async fn replace(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let view = state.service.get_integration(&principal, &id).await?;
    let vendor = state.service.get_vendor(&principal, &view.vendor).await?;
    let name = fields.text("draft");
    let before = state.drafts.find(name, &visitor.user.user_id).await;
    let mut draft: Draft = read(&visitor, &vendor, &fields, before.as_deref());
    let sent = credentials(&draft);
    let replaced = state
        .service
        .replace_credentials(&principal, &id, &sent)
        .await;
    match replaced {
        Ok(_) => {
            state.drafts.forget(name).await;
            return Ok(go(&visitor, &format!("/integrations/{id}")));
        }
        Err(ServiceError::Invalid(problems)) => draft.problems = problems,
        Err(error @ ServiceError::Refused { .. }) => draft.refusal = Some(sentence(&error)),
        Err(error) => return Err(error.into()),
    }
    let path = format!("/integrations/{id}/credentials");
    let again = state.drafts.again(&path, draft).await;
    Ok(Redirect::to(&again).into_response())
}
