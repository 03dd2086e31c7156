//! + New Customer: a form built from the manifest. What was typed is never lost, and secrets are never sent back.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderValue;
use maud::{Markup, html};
use portcullis_service::{
    CreateIntegration, Environment, FieldView, InputProblem, ServiceError, VendorView,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::ConsoleState;
use crate::draft::{Draft, Kept};
use crate::fault::{Fault, sentence};
use crate::frame::{self, Page, Place};
use crate::icon::icon;
use crate::once;
use crate::pages::{environment_name, environment_of, vendor_path};
use crate::parts::{self, Field, csrf, field, notice, problem_at};
use crate::posted::{Fields, Posted};
use crate::visitor::Visitor;
use crate::words::Tone;

/// Before each field of the manifest.
const PREFIX: &str = "field.";

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path((vendor, environment)): Path<(String, String)>,
    Query(kept): Query<Kept>,
) -> Result<Markup, Fault> {
    let environment = environment_of(&environment)?;
    let principal = visitor.principal(environment);
    let vendor = state.service.get_vendor(&principal, &vendor).await?;
    let draft = state.drafts.find(&kept.draft, &visitor.user.user_id).await;
    let is_lost = draft.is_none() && !kept.draft.is_empty();
    let draft = draft.as_deref().cloned().unwrap_or_default();
    let has_demo = state.config.demo.contains_key(&vendor.vendor);
    let takes_url = state.service.takes_base_url();
    let form = form(
        &visitor,
        &vendor,
        environment,
        &kept.draft,
        &draft,
        has_demo,
        takes_url,
    );
    let title = format!("New {} Customer", environment_name(environment));
    if visitor.look.in_dialog {
        return Ok(frame::dialog(&title, false, &form));
    }
    let content = html! {
        div.page-head { div.titles { h1 { (title) } p.lead { (vendor.name) } } }
        @if is_lost {
            (parts::lost())
            br;
        }
        div.sheet { div.dialog-body { (form) } }
    };
    let path = vendor_path(&vendor.vendor, environment.as_str());
    Ok(Page::new(&title, Place::Integrations)
        .crumb("Integrations", "/")
        .crumb(vendor.name.clone(), path)
        .production(environment == Environment::Production)
        .show(&visitor, &content))
}

fn form(
    visitor: &Visitor,
    vendor: &VendorView,
    environment: Environment,
    draft_name: &str,
    draft: &Draft,
    has_demo: bool,
    takes_url: bool,
) -> Markup {
    let path = vendor_path(&vendor.vendor, environment.as_str());
    // On a page of its own the form is the browser's to send, and what is wrong stands on that page.
    let in_dialog = visitor.look.in_dialog;
    let problems = draft.problems.as_slice();
    let text = |name: &str| draft.texts.get(name).map_or("", String::as_str);
    let placed = |problem: &&InputProblem| !is_placed(problem, vendor);
    let elsewhere: Vec<&InputProblem> = problems.iter().filter(placed).collect();
    html! {
        div.stack {
            @if environment == Environment::Production {
                (notice(Tone::Warn, "shield-check", "Production", &html! { p { "These credentials reach real customers' data." } }, &html! {}))
            }
            @if let Some(refusal) = &draft.refusal {
                (notice(Tone::Bad, "circle-x", "Not added", &html! { p { (refusal) } }, &html! {}))
            }
            @for problem in elsewhere {
                (notice(Tone::Bad, "circle-x", "Not added", &html! { p { (problem.detail) } }, &html! {}))
            }
            @if !problems.is_empty() {
                p.bad role="alert" { strong { "Nothing was added yet. " } "What is wrong stands beside each field; all that you typed is still here." }
            }
            @if draft.from_demo && problems.is_empty() {
                (notice(Tone::Ok, "sparkles", "Filled with the demo's credentials", &html! { p { "They reach a simulated vendor on this machine. Submit, and watch what they can read." } }, &html! {}))
            } @else if has_demo && environment == Environment::Sandbox {
                form.notice.busy method="post" action={ (path) "/demo" } hx-post=[in_dialog.then(|| format!("{path}/demo"))] hx-target="#dialog" {
                    (csrf(&visitor.user.csrf))
                    (icon("sparkles"))
                    div.body { p { strong { "No credentials at hand?" } } p { "This installation brings a simulated vendor. The form can fill itself for it." } }
                    div.actions { button.btn.small { "Fill in the demo" } }
                }
            }
            form.form method="post" action={ (path) "/new" } hx-post=[in_dialog.then(|| format!("{path}/new"))] hx-target="#dialog" hx-sync="this:drop" hx-disabled-elt="find button[type=submit]" novalidate {
                (csrf(&visitor.user.csrf))
                input type="hidden" name="once" value=(once::name());
                @if !draft_name.is_empty() { input type="hidden" name="draft" value=(draft_name); }
                (field(Field { name: "name", label: "Name", kind: "text", value: text("name"), required: true, autocomplete: "off",
                    problem: problem_at(problems, "/name"), help: Some("What you call this customer, such as Acme Properties."), ..Field::default() }))
                (manifest_fields(vendor, draft))
                @if takes_url {
                    details.fold open[!text("base_url").is_empty() || problem_at(problems, "/base_url").is_some()] {
                        summary { "Address of a simulated vendor " span.muted { "(optional)" } }
                        div {
                            (field(Field { name: "base_url", label: "Base URL", kind: "text", value: text("base_url"), autocomplete: "off",
                                problem: problem_at(problems, "/base_url"),
                                help: Some("In place of the vendor's own address. Offered because this gateway may speak to this machine; loopback only."), ..Field::default() }))
                        }
                    }
                }
                div.actions {
                    button.btn.primary type="submit" { span.idle-word { "Submit" } span.busy-word { "Adding\u{2026}" } }
                    a.btn href=(path) data-close { "Cancel" }
                }
                p.small.muted { "Secrets are encrypted before they are stored and are never shown again. Data Access is checked at once; nothing is read until you enable the customer." }
            }
        }
    }
}

/// The manifest's fields in order, then its groups, folded unless something of them is filled in or wrong.
pub(crate) fn manifest_fields(vendor: &VendorView, draft: &Draft) -> Markup {
    let problems = draft.problems.as_slice();
    let text = |name: &str| draft.texts.get(name).map_or("", String::as_str);
    let one = |it: &FieldView| {
        let name = format!("{PREFIX}{}", it.name);
        let pointer = format!(
            "/credentials/{}",
            it.name.replace('~', "~0").replace('/', "~1")
        );
        field(Field {
            name: &name,
            label: &it.label,
            kind: if it.secret { "password" } else { "text" },
            value: text(&name),
            help: it.help.as_deref(),
            help_url: it.help_url.as_deref(),
            problem: problem_at(problems, &pointer),
            // Within a group it depends on the others, which only the server looks at.
            required: it.required && it.group.is_none(),
            kept: it.secret && draft.secrets.contains_key(&name),
            autocomplete: if it.secret { "new-password" } else { "off" },
            list: None,
        })
    };
    html! {
        @for it in vendor.credential_fields.iter().filter(|it| it.group.is_none()) { (one(it)) }
        @for group in &vendor.field_groups {
            @let members: Vec<&FieldView> = vendor.credential_fields.iter().filter(|it| it.group.as_ref() == Some(&group.name)).collect();
            @let is_used = members.iter().any(|it| {
                let name = format!("{PREFIX}{}", it.name);
                !text(&name).is_empty() || draft.secrets.contains_key(&name) || problems.iter().any(|p| is_of(p, &it.name))
            });
            details.fold open[is_used || group.one_of.is_some()] {
                summary { (group.label) @if group.one_of.is_none() { " " span.muted { "(optional)" } } @else { " " span.muted { "(fill in one of these sets)" } } }
                div { @for it in members { (one(it)) } }
            }
        }
    }
}

fn is_of(problem: &InputProblem, name: &str) -> bool {
    matches!(&problem.at, portcullis_service::At::Pointer(at) if at.strip_prefix("/credentials/") == Some(name))
}

/// Whether the form has a field that shows this problem.
fn is_placed(problem: &InputProblem, vendor: &VendorView) -> bool {
    let portcullis_service::At::Pointer(at) = &problem.at else {
        return false;
    };
    at == "/name"
        || at == "/base_url"
        || vendor
            .credential_fields
            .iter()
            .any(|it| is_of(problem, &it.name))
}

pub(crate) async fn submit(
    State(state): State<ConsoleState>,
    Path((vendor, environment)): Path<(String, String)>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let environment = environment_of(&environment)?;
    let principal = visitor.principal(environment);
    let vendor = state.service.get_vendor(&principal, &vendor).await?;
    let before = state
        .drafts
        .find(fields.text("draft"), &visitor.user.user_id)
        .await;
    let mut draft = read(&visitor, &vendor, &fields, before.as_deref());
    let input = CreateIntegration {
        name: fields.text("name").to_owned(),
        vendor: vendor.vendor.clone(),
        environment: None,
        base_url: Some(fields.text("base_url").trim().to_owned()).filter(|url| !url.is_empty()),
        credentials: credentials(&draft),
    };
    // Boxed: creating is a large future, and another one is made around it.
    let work = Box::pin(async {
        let made = state.service.create_integration(&principal, input).await?;
        Ok(format!("/integrations/{}", made.id))
    });
    let user_id = &visitor.user.user_id;
    let once = fields.once();
    let made = state.sent.carry_out(user_id, &once, work).await;
    let error: Arc<ServiceError> = match made {
        Ok(path) => {
            state.drafts.forget(fields.text("draft")).await;
            return Ok(go(&visitor, &path));
        }
        Err(error) => error,
    };
    match &*error {
        ServiceError::Invalid(problems) => draft.problems.clone_from(problems),
        ServiceError::Refused { .. } => draft.refusal = Some(sentence(&error)),
        error => return Err(error.into()),
    }
    let path = vendor_path(&vendor.vendor, environment.as_str());
    let again = state.drafts.again(&format!("{path}/new"), draft).await;
    Ok(Redirect::to(&again).into_response())
}

/// A form as it was sent: what is a secret goes where secrets are kept, and one that was not typed again stays.
pub(crate) fn read(
    visitor: &Visitor,
    vendor: &VendorView,
    fields: &Fields,
    before: Option<&Draft>,
) -> Draft {
    let secret_names: Vec<String> = vendor
        .credential_fields
        .iter()
        .filter(|it| it.secret)
        .map(|it| format!("{PREFIX}{}", it.name))
        .collect();
    let mut draft = Draft {
        user_id: visitor.user.user_id.clone(),
        ..Draft::default()
    };
    // A secret that was not typed again is the one that was kept.
    if let Some(before) = before {
        draft.secrets.clone_from(&before.secrets);
    }
    let mut take = |name: String, value: &str| {
        if !secret_names.contains(&name) {
            draft.texts.insert(name, value.to_owned());
        } else if !value.is_empty() {
            draft
                .secrets
                .insert(name, SecretString::from(value.to_owned()));
        }
    };
    take("name".to_owned(), fields.text("name"));
    take("base_url".to_owned(), fields.text("base_url"));
    for (name, value) in fields.below(PREFIX) {
        take(format!("{PREFIX}{name}"), value);
    }
    draft
}

/// What the service is sent: every field that holds something.
pub(crate) fn credentials(draft: &Draft) -> Map<String, Value> {
    let texts = draft.texts.iter().map(|(name, text)| (name, text.as_str()));
    let secrets = draft.secrets.iter();
    let secrets = secrets.map(|(name, secret)| (name, secret.expose_secret()));
    texts
        .chain(secrets)
        .filter(|(_, text)| !text.is_empty())
        .filter_map(|(name, text)| {
            let name = name.strip_prefix(PREFIX)?;
            Some((name.to_owned(), Value::String(text.to_owned())))
        })
        .collect()
}

/// Leaves a form, whether a script or the browser sent it.
pub(crate) fn go(visitor: &Visitor, path: &str) -> Response {
    if visitor.look.in_dialog || visitor.look.in_part {
        let mut response = http::StatusCode::NO_CONTENT.into_response();
        if let Ok(value) = HeaderValue::from_str(path) {
            response.headers_mut().insert("hx-redirect", value);
        }
        return response;
    }
    Redirect::to(path).into_response()
}

/// Fills the form with what the configuration has for people without credentials. The secrets stay here.
pub(crate) async fn fill(
    State(state): State<ConsoleState>,
    Path((vendor, environment)): Path<(String, String)>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Fault> {
    let environment = environment_of(&environment)?;
    let principal = visitor.principal(environment);
    let vendor = state.service.get_vendor(&principal, &vendor).await?;
    let demo = state
        .config
        .demo
        .get(&vendor.vendor)
        .ok_or_else(Fault::missing)?;
    let mut texts = BTreeMap::from([("name".to_owned(), demo.name.clone())]);
    if let Some(url) = &demo.base_url {
        texts.insert("base_url".to_owned(), url.clone());
    }
    let mut secrets = BTreeMap::new();
    for (name, value) in &demo.fields {
        let name_in_form = format!("{PREFIX}{name}");
        let is_secret = vendor
            .credential_fields
            .iter()
            .any(|it| it.secret && it.name == *name);
        if is_secret {
            secrets.insert(name_in_form, value.clone());
        } else {
            texts.insert(name_in_form, value.expose_secret().to_owned());
        }
    }
    let draft = Draft {
        user_id: visitor.user.user_id.clone(),
        texts,
        secrets,
        from_demo: true,
        ..Draft::default()
    };
    let path = vendor_path(&vendor.vendor, environment.as_str());
    let again = state.drafts.again(&format!("{path}/new"), draft).await;
    Ok(Redirect::to(&again).into_response())
}

/// A form of one field, such as for a new name, kept here because its parts are those of this form.
pub(crate) fn one_field_form(
    visitor: &Visitor,
    action: &str,
    back: &str,
    it: Field<'_>,
    button: &str,
) -> Markup {
    html! {
        form.form method="post" action=(action) hx-post=[visitor.look.in_dialog.then_some(action)] hx-target="#dialog" hx-sync="this:drop" hx-disabled-elt="find button.primary" novalidate {
            (parts::csrf(&visitor.user.csrf))
            (field(it))
            div.actions { button.btn.primary { (button) } a.btn href=(back) data-close { "Cancel" } }
        }
    }
}
