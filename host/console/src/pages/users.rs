//! Users: who may sign in, with which role; invitations by one-time links.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use portcullis_front::Arrival;
use portcullis_service::{
    ChangeUser, InputProblem, InviteUser, ServiceError, Thing, UserRole, UserView,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::ConsoleState;
use crate::draft::{Draft, Kept};
use crate::fault::Fault;
use crate::frame::{self, Page, Place, role};
use crate::icon::icon;
use crate::pages::settings::{tabs, what_it_may};
use crate::parts::{Field, csrf, field, notice, problem_at};
use crate::posted::{Fields, Posted};
use crate::show;
use crate::visitor::Visitor;
use crate::words::Tone;

/// Why something was not changed, and the link that was just made.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    draft: String,
    #[serde(default)]
    shown: String,
}

const ROLES: [UserRole; 3] = [UserRole::Admin, UserRole::Support, UserRole::ReadOnly];

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Markup, Fault> {
    let users = state.service.list_users(&visitor.user).await?;
    let user_id = &visitor.user.user_id;
    let draft = state.drafts.find(&asked.draft, user_id).await;
    let refusal = draft.as_ref().and_then(|it| it.refusal.as_ref());
    let link = state.reveals.take(&asked.shown, user_id).await;
    let above = html! {
        @if let Some(refusal) = refusal { (notice(Tone::Bad, "circle-x", "Not changed", &html! { p { (refusal) } }, &html! {})) }
        @if let Some(link) = &link { (link) }
        @else if !asked.shown.is_empty() {
            (notice(Tone::Idle, "key-round", "The link was shown already", &html! { p { "It is shown once. If nobody has it, make a new one." } }, &html! {}))
        }
    };
    Ok(page(&visitor, &users, &above))
}

fn page(visitor: &Visitor, users: &[UserView], above: &Markup) -> Markup {
    let now = Utc::now();
    let content = html! {
        div.page-head {
            div.titles { h1 { "Users" } p.lead { "People who sign in to this console. Programs use API keys." } }
            div.actions { a.btn.primary href="/users/new" hx-get="/users/new" hx-target="#dialog" { (icon("plus")) "Invite user" } }
        }
        (tabs(visitor, "users"))
        div.stack {
            (above)
            section.panel aria-label="Users" { div.scroll tabindex="0" role="region" aria-label="Table of users" { table {
                thead { tr { th scope="col" { "User" } th scope="col" { "Role" } th.hide-phone scope="col" { "Accounts" } th.hide-phone scope="col" { "Last signed in" } th scope="col" { span.visually-hidden { "Actions" } } } }
                tbody { @for user in users { (row(visitor, user, now)) } }
            } } }
        }
    };
    Page::new("Users", Place::Settings)
        .crumb("Settings", "/settings")
        .show(visitor, &content)
}

fn row(visitor: &Visitor, user: &UserView, now: DateTime<Utc>) -> Markup {
    let path = format!("/users/{}", user.id);
    let token = &visitor.user.csrf;
    let select = format!("role-{}", user.id);
    let enabled = user.disabled_at.is_none();
    html! {
        tr {
            td.wide { span.name dir="auto" { (user.name) @if user.id == visitor.user.user_id { " " span.tag { "you" } } } span.small.muted { (show::cut(&user.email, 80)) }
                @if !enabled { " " span.pill.idle { (icon("ban")) "May not sign in" } } }
            td {
                form.row method="post" action=(path) {
                    (csrf(token))
                    @if enabled { input type="hidden" name="enabled" value="yes"; }
                    label.visually-hidden for=(select) { "Role of " (show::cut(&user.name, 60)) }
                    select.narrow id=(select) name="role" data-submit { @for it in ROLES { option value=(it) selected[it == user.role] { (role(it)) } } }
                    noscript { button.btn.small { "Save" } }
                }
            }
            td.hide-phone {
                @if user.all_accounts { "All" } @else { (show::plural(user.accounts.len() as u64, "account", "accounts")) }
                @if visitor.user.accounts.len() > 1 {
                    @let accounts = format!("{path}/accounts");
                    " " a href=(accounts) hx-get=(accounts) hx-target="#dialog" aria-label={ "Change accounts of " (show::cut(&user.name, 60)) } { "Change" }
                }
            }
            td.nowrap.hide-phone { (show::ago_or(user.last_signed_in_at, now, "Never")) }
            td {
                div.row {
                    form method="post" action={ (path) "/password" } { (csrf(token)) button.btn.small aria-label={ "New password link for " (show::cut(&user.name, 60)) } { "Password link" } }
                    form method="post" action=(path) {
                        (csrf(token)) input type="hidden" name="role" value=(user.role);
                        @if !enabled { input type="hidden" name="enabled" value="yes"; }
                        button.btn.small aria-label={ (if enabled { "Lock out " } else { "Let in " }) (show::cut(&user.name, 60)) } { @if enabled { "Lock out" } @else { "Let in" } }
                    }
                }
            }
        }
    }
}

pub(crate) async fn ask(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Query(kept): Query<Kept>,
) -> Result<Markup, Fault> {
    if !visitor.user.manages_users() {
        return Err(ServiceError::Forbidden {
            wanted: "inviting a user",
        }
        .into());
    }
    let draft = state.drafts.find(&kept.draft, &visitor.user.user_id).await;
    let draft = draft.as_deref().cloned().unwrap_or_default();
    let typed = Fields::of(&draft.texts);
    Ok(question(&visitor, &typed, &draft.problems))
}

fn question(visitor: &Visitor, typed: &Fields, problems: &[InputProblem]) -> Markup {
    let chosen = UserRole::parse(typed.text("role")).unwrap_or(UserRole::ReadOnly);
    let form = html! {
        form.form method="post" action="/users/new" novalidate {
            (csrf(&visitor.user.csrf))
            (field(Field { name: "email", label: "E-mail address", kind: "email", value: typed.text("email"), required: true, autocomplete: "off",
                problem: problem_at(problems, "/email"), help: Some("What the user will sign in with. No mail is sent: you pass the link on."), ..Field::default() }))
            fieldset.stack-tight {
                legend.label { "Role" }
                @for it in ROLES { label.check { input type="radio" name="role" value=(it) checked[it == chosen]; span { (role(it)) br; span.small.muted { (what_it_may(it)) } } } }
            }
            @if visitor.user.accounts.len() > 1 { (choice(visitor, &[])) }
            div.actions { button.btn.primary { "Make the link" } a.btn href="/users" data-close { "Cancel" } }
        }
    };
    asked(visitor, "Invite a user", &form)
}

/// A form about users, in a dialog or on a page of its own.
fn asked(visitor: &Visitor, title: &str, form: &Markup) -> Markup {
    if visitor.look.in_dialog {
        return frame::dialog(title, false, form);
    }
    let content = html! {
        div.page-head { div.titles { h1 { (title) } } }
        div.sheet { div.dialog-body { (form) } }
    };
    Page::new(title, Place::Settings)
        .crumb("Settings", "/settings")
        .crumb("Users", "/users")
        .show(visitor, &content)
}

/// Which accounts a user sees.
fn choice(visitor: &Visitor, chosen: &[String]) -> Markup {
    html! {
        fieldset.stack-tight {
            legend.label { "Accounts " span.optional { "none ticked means all" } }
            @for account in &visitor.user.accounts {
                label.check { input type="checkbox" name="account" value=(account.id) checked[chosen.contains(&account.id)]; span { (account.name) } }
            }
        }
    }
}

/// The user of an address, as an admin sees one.
async fn find(state: &ConsoleState, visitor: &Visitor, id: &str) -> Result<UserView, Fault> {
    let users = state.service.list_users(&visitor.user).await?;
    let found = users.into_iter().find(|user| user.id == id);
    Ok(found.ok_or_else(|| ServiceError::not_found(Thing::User, id))?)
}

pub(crate) async fn ask_accounts(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Markup, Fault> {
    let user = find(&state, &visitor, &id).await?;
    let title = format!("Accounts of {}", show::cut(&user.name, 60));
    let form = html! {
        form.form method="post" action={ "/users/" (user.id) "/accounts" } {
            (csrf(&visitor.user.csrf))
            (choice(&visitor, &user.accounts))
            div.actions { button.btn.primary { "Save" } a.btn href="/users" data-close { "Cancel" } }
        }
    };
    Ok(asked(&visitor, &title, &form))
}

pub(crate) async fn limit(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let user = find(&state, &visitor, &id).await?;
    let change = ChangeUser {
        role: user.role,
        enabled: user.disabled_at.is_none(),
        accounts: Some(fields.all("account").map(str::to_owned).collect()),
    };
    changed(&state, &visitor, &id, change).await
}

pub(crate) async fn invite(
    State(state): State<ConsoleState>,
    arrival: Arrival,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let input = InviteUser {
        email: fields.text("email").to_owned(),
        role: UserRole::parse(fields.text("role")).unwrap_or(UserRole::ReadOnly),
        accounts: fields.all("account").map(str::to_owned).collect(),
    };
    match state.service.invite_user(&visitor.user, input).await {
        Ok(token) => {
            let title = format!("Link for {}", show::cut(fields.text("email"), 80));
            let link = once(&title, &token, &arrival);
            Ok(revealed(&state, &visitor, link).await)
        }
        Err(ServiceError::Invalid(problems)) => {
            let draft = Draft::of(&visitor.user.user_id, &fields, problems);
            let again = state.drafts.again("/users/new", draft).await;
            Ok(Redirect::to(&again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Leads to the list, which shows a new link this once.
async fn revealed(state: &ConsoleState, visitor: &Visitor, link: Markup) -> Response {
    let name = state.reveals.keep(&visitor.user.user_id, link).await;
    Redirect::to(&format!("/users?shown={name}")).into_response()
}

/// A link, this once.
fn once(title: &str, token: &SecretString, arrival: &Arrival) -> Markup {
    let path = crate::link_path(token.expose_secret());
    html! {
        section.panel aria-labelledby="link" {
            div.panel-head { div { h2 #link { (title) } p.small.muted { "Pass it on. It works once, within 7 days, and is shown this once." } } }
            div.panel-body { div.secret-once { code #new-link { (arrival.base_url()) (path) } button.btn.small type="button" data-copy="new-link" { (icon("copy")) "Copy" } } }
        }
    }
}

pub(crate) async fn change(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    // The button of a user who may sign in locks out: its form does not say `enabled`.
    let change = ChangeUser {
        role: UserRole::parse(fields.text("role")).unwrap_or(UserRole::ReadOnly),
        enabled: fields.text("enabled") == "yes",
        accounts: None,
    };
    changed(&state, &visitor, &id, change).await
}

/// Leads back to the list, with what was refused above it.
async fn changed(
    state: &ConsoleState,
    visitor: &Visitor,
    id: &str,
    change: ChangeUser,
) -> Result<Response, Fault> {
    match state.service.change_user(&visitor.user, id, change).await {
        Ok(_) => Ok(Redirect::to("/users").into_response()),
        Err(ServiceError::Invalid(problems)) => {
            let draft = Draft {
                user_id: visitor.user.user_id.clone(),
                refusal: problems.into_iter().next().map(|it| it.detail),
                ..Draft::default()
            };
            let again = state.drafts.again("/users", draft).await;
            Ok(Redirect::to(&again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn reset(
    State(state): State<ConsoleState>,
    arrival: Arrival,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Fault> {
    let token = state.service.reset_password(&visitor.user, &id).await?;
    let link = once("Link to choose a new password", &token, &arrival);
    Ok(revealed(&state, &visitor, link).await)
}
