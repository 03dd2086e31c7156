//! Settings: who is signed in, how pages look, and the ways to users and help.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::SameSite;
use http::HeaderMap;
use maud::{Markup, html};
use portcullis_front::Arrival;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::frame::{self, Page, Place, role};
use crate::parts::csrf;
use crate::posted::Posted;
use crate::visitor::{THEME, Visitor, cookie};

pub(crate) async fn show(visitor: Visitor) -> Result<Markup, Fault> {
    let user = &visitor.user;
    let themes = [
        ("system", "As the system has it"),
        ("light", "Light"),
        ("dark", "Dark"),
    ];
    let now = visitor.look.theme.unwrap_or("system");
    let content = html! {
        div.page-head { div.titles { h1 { "Settings" } } }
        (tabs(&visitor, "settings"))
        div.stack {
            section.panel aria-labelledby="you" {
                div.panel-head { h2 #you { "You" } form method="post" action="/sign-out" { (csrf(&user.csrf)) button.btn.small { "Sign out" } } }
                div.panel-body { dl.kv {
                    dt { "Name" } dd dir="auto" { (user.name) }
                    dt { "E-mail address" } dd { (user.email) }
                    dt { "Role" } dd { (role(user.role)) p.small.muted { (what_it_may(user.role)) } }
                    dt { "Account" } dd { (user.account.name) " " code { (user.account.id) } }
                } }
            }
            @if user.accounts.len() > 1 { section.panel aria-labelledby="accounts" {
                div.panel-head { div { h2 #accounts { "Account" } p.small.muted { "Whose customers, keys and records are shown." } } }
                div.panel-body {
                    form.form method="post" action="/account" {
                        (csrf(&user.csrf))
                        div.field {
                            label for="other-account" { "Account" }
                            select #other-account name="account" { @for account in &user.accounts { option value=(account.id) selected[account.id == user.account.id] { (account.name) } } }
                        }
                        div.actions { button.btn { "Switch account" } }
                    }
                }
            } }
            section.panel aria-labelledby="look" {
                div.panel-head { h2 #look { "Look" } }
                div.panel-body {
                    form.form method="post" action="/settings/theme" {
                        (csrf(&user.csrf))
                        fieldset.stack-tight {
                            legend.label { "Theme" }
                            @for (word, name) in themes { label.check { input type="radio" name="theme" value=(word) checked[word == now]; span { (name) } } }
                        }
                        div.actions { button.btn { "Save" } }
                    }
                }
            }
            section.panel aria-labelledby="help" {
                div.panel-head { h2 #help { "Reference" } }
                div.panel-body.row { a.btn href="/docs" { "API reference" } a.btn href="/docs/errors" { "Error codes" } a.btn href="/help" hx-get="/help" hx-target="#dialog" { "Keys and help" } }
            }
        }
    };
    Ok(Page::new("Settings", Place::Settings).show(&visitor, &content))
}

/// What a role may do, in a sentence.
pub(crate) fn what_it_may(role: portcullis_service::UserRole) -> &'static str {
    match role {
        portcullis_service::UserRole::Admin => {
            "Adds, enables and archives customers, makes keys, invites users."
        }
        portcullis_service::UserRole::Support => {
            "Sees everything, and may check access and start syncs."
        }
        portcullis_service::UserRole::ReadOnly => "Sees everything and changes nothing.",
    }
}

/// The tabs of the settings.
pub(crate) fn tabs(visitor: &Visitor, current: &str) -> Markup {
    html! {
        @if visitor.user.manages_users() {
            nav.tabs aria-label="Settings" {
                a href="/settings" aria-current=[(current == "settings").then_some("page")] { "You" }
                a href="/users" aria-current=[(current == "users").then_some("page")] { "Users" }
            }
        }
    }
}

pub(crate) async fn theme(
    arrival: Arrival,
    headers: HeaderMap,
    Posted { fields, .. }: Posted,
) -> Result<Response, Fault> {
    let jar = CookieJar::from_headers(&headers);
    let chosen = fields.text("theme");
    let chosen = if matches!(chosen, "light" | "dark") {
        chosen
    } else {
        "system"
    };
    let mut it = cookie(THEME, chosen.to_owned(), &arrival, SameSite::Lax);
    it.make_permanent();
    Ok((jar.add(it), Redirect::to("/settings")).into_response())
}

pub(crate) async fn account(
    State(state): State<ConsoleState>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let id = fields.text("account");
    state
        .service
        .switch_account(&visitor.user, &visitor.token, id)
        .await?;
    Ok(Redirect::to("/").into_response())
}

pub(crate) async fn help(visitor: Visitor) -> Result<Markup, Fault> {
    let keys = [
        ("/", "Search"),
        ("?", "This help"),
        ("g i", "Integrations"),
        ("g d", "Data"),
        ("g c", "Connectors"),
        ("g k", "API keys"),
        ("g s", "Settings"),
        ("Esc", "Close a menu or a dialog"),
    ];
    let body = html! {
        div.stack {
            dl.help-keys { @for (key, what) in keys { dt { @for part in key.split(' ') { kbd { (part) } " " } } dd { (what) } } }
            h2 { "What the words mean" }
            dl.kv {
                dt { "Success" } dd { "Everything was read, and there was something." }
                dt { "Empty" } dd { "Everything was read; the vendor says there is nothing." }
                dt { "Partial" } dd { "Something was read, and something was not: the job says what and why." }
                dt { "No access" } dd { "The vendor refuses these credentials. Your customer must act." }
                dt { "Waiting" } dd { "The vendor asked for a pause. It goes on by itself at the time that is named." }
                dt { "Failed" } dd { "Nothing was read. The job says who must act." }
            }
        }
    };
    if visitor.look.in_dialog {
        return Ok(frame::dialog("Keys and help", false, &body));
    }
    let content = html! {
        div.page-head { div.titles { h1 { "Keys and help" } } }
        div.sheet { div.dialog-body { (body) } }
    };
    Ok(Page::new("Keys and help", Place::Settings).show(&visitor, &content))
}
