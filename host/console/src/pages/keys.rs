//! API keys: create, show once with a ready command, rotate, revoke.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use maud::{Markup, html};
use portcullis_front::Arrival;
use portcullis_model::MODELS;
use portcullis_service::{ApiKeyRow, At, CreateKey, Environment, InputProblem, Role, ServiceError};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::time::Duration;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::frame::{self, Page, Place};
use crate::icon::icon;
use crate::parts::{Field, csrf, empty, field, notice, problem_at};
use crate::posted::{Fields, Posted};
use crate::show;
use crate::visitor::Visitor;
use crate::words::{self, Tone};

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Markup, Fault> {
    let mut keys = state.service.list_keys(&visitor.anywhere()).await?;
    let chosen = Environment::parse(&asked.environment);
    keys.retain(|key| chosen.is_none_or(|chosen| key.environment == chosen));
    let user_id = &visitor.user.user_id;
    let created = match state.reveals.take(&asked.shown, user_id).await {
        None if !asked.shown.is_empty() => Some(shown_already()),
        created => created,
    };
    let shown = Shown::of(&keys, asked.offset, chosen);
    Ok(page(&visitor, &shown, chosen, created.as_ref()))
}

/// Keys of one page.
const PAGE: usize = 25;

/// One page of the keys, and the addresses of those beside it.
struct Shown<'a> {
    keys: &'a [ApiKeyRow],
    total: u64,
    before: Option<String>,
    behind: Option<String>,
}

impl<'a> Shown<'a> {
    fn of(keys: &'a [ApiKeyRow], offset: usize, chosen: Option<Environment>) -> Self {
        let begin = offset.min(keys.len());
        let end = begin.saturating_add(PAGE).min(keys.len());
        let path = |offset: usize| {
            let environment = chosen.map_or("", Environment::as_str);
            format!("/keys?environment={environment}&offset={offset}")
        };
        Self {
            keys: &keys[begin..end],
            total: keys.len() as u64,
            before: (begin > 0).then(|| path(begin.saturating_sub(PAGE))),
            behind: (end < keys.len()).then(|| path(end)),
        }
    }
}

/// Which keys are shown, and the one that was just made.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    environment: String,
    #[serde(default)]
    offset: usize,
    #[serde(default)]
    shown: String,
}

/// In place of a key that cannot be shown again.
fn shown_already() -> Markup {
    notice(
        Tone::Idle,
        "key-round",
        "The key was shown already",
        &html! { p { "It is shown once. If nobody copied it, revoke it and create another." } },
        &html! {},
    )
}

/// The keys of one environment, or of both.
fn environments(chosen: Option<Environment>) -> Markup {
    let chips = [
        (None, "/keys", "Both environments"),
        (
            Some(Environment::Sandbox),
            "/keys?environment=sandbox",
            "Sandbox",
        ),
        (
            Some(Environment::Production),
            "/keys?environment=production",
            "Production",
        ),
    ];
    html! {
        nav.chips aria-label="Environments" {
            @for (it, path, name) in chips { a.chip href=(path) aria-current=[(it == chosen).then_some("page")] { (name) } }
        }
    }
}

fn page(
    visitor: &Visitor,
    shown: &Shown<'_>,
    chosen: Option<Environment>,
    created: Option<&Markup>,
) -> Markup {
    let now = Utc::now();
    let content = html! {
        div.page-head {
            div.titles { h1 { "API keys" } p.lead { "A key belongs to one account and one environment. Keys for reading read the models; admin keys manage integrations, too." } }
            div.actions { @if visitor.is_admin() { a.btn.primary href="/keys/new" hx-get="/keys/new" hx-target="#dialog" { (icon("plus")) "New key" } } }
        }
        (environments(chosen))
        div.stack {
            @if let Some(created) = created { (created) }
            section.panel aria-label="Keys" {
                @if shown.keys.is_empty() { (empty("key-round", if chosen.is_some() { "No key of this environment" } else { "No key yet" }, "Programs that call the API need one. It is shown once, when it is made.", &html! {})) }
                @else { div.scroll { table {
                    thead { tr { th scope="col" { "Name" } th.hide-phone scope="col" { "Key" } th.hide-phone scope="col" { "Environment" } th.hide-phone scope="col" { "Role" } th.hide-phone scope="col" { "Reaches" } th.hide-phone scope="col" { "Last used" } th scope="col" { "State" } th scope="col" { span.visually-hidden { "Actions" } } } }
                    tbody { @for key in shown.keys { (row(visitor, key, now)) } }
                } } }
                @if shown.before.is_some() || shown.behind.is_some() {
                    div.panel-foot {
                        span { (show::plural(shown.total, "key", "keys")) }
                        div.pager {
                            @if let Some(path) = &shown.before { a.btn.small href=(path) rel="prev" { "Previous page" } }
                            @if let Some(path) = &shown.behind { a.btn.small href=(path) rel="next" { "Next page" (icon("arrow-right")) } }
                        }
                    }
                }
            }
        }
    };
    Page::new("API keys", Place::Keys).show(visitor, &content)
}

fn row(visitor: &Visitor, key: &ApiKeyRow, now: DateTime<Utc>) -> Markup {
    let is_good = key.revoked_at.is_none() && key.expires_at.is_none_or(|at| at > now);
    let path = format!("/keys/{}/revoke", key.id);
    let rotate = format!("/keys/{}/rotate", key.id);
    html! {
        tr {
            td.wide { span.name dir="auto" { (key.name) } }
            td.nowrap.hide-phone { code { "\u{2026}" (key.hint) } }
            td.hide-phone { span.tag.production[key.environment == Environment::Production] { (key.environment) } }
            td.hide-phone { (key.role) }
            td.hide-phone { (reach(key)) }
            td.nowrap.hide-phone { (show::ago_or(key.last_used_at, now, "Never")) }
            td.nowrap {
                @if let Some(at) = key.revoked_at { span.pill.idle { (icon("ban")) "Revoked" } " " span.small.muted.hide-phone { (show::ago(at, now)) } }
                @else if !is_good { span.pill.idle { (icon("clock")) "Expired" } }
                @else { span.pill.ok { (icon("circle-check")) "Good" } @if let Some(at) = key.expires_at { " " span.small.muted.hide-phone { "ends " (show::ago(at, now)) } } }
            }
            td.num { @if is_good && visitor.is_admin() {
                @if key.replaced_by.is_none() { a.btn.small href=(rotate) hx-get=(rotate) hx-target="#dialog" aria-label={ "Rotate " (show::cut(&key.name, 60)) } { "Rotate" } " " }
                a.btn.small href=(path) hx-get=(path) hx-target="#dialog" aria-label={ "Revoke " (show::cut(&key.name, 60)) } { "Revoke" }
            } }
        }
    }
}

/// What a key reaches of its account, and how often it may ask where that is its own matter.
fn reach(key: &ApiKeyRow) -> Markup {
    let models = |models: &[String]| {
        let names: Vec<String> = models.iter().map(|model| words::model(model)).collect();
        names.join(", ")
    };
    html! {
        @match &key.integrations {
            None => { "All integrations" }
            Some(ids) => { span title=(ids.join(", ")) { (show::plural(ids.len() as u64, "integration", "integrations")) } }
        }
        @if let Some(own) = &key.models { br; span.small.muted title=(models(own)) { (show::plural(own.len() as u64, "model", "models")) " only" } }
        @if let Some(limit) = key.requests_per_minute { br; span.small.muted { (limit) " requests a minute" } }
    }
}

pub(crate) async fn ask(visitor: Visitor) -> Result<Markup, Fault> {
    Ok(question(&visitor, &Fields::default(), &[]))
}

fn question(visitor: &Visitor, typed: &Fields, problems: &[InputProblem]) -> Markup {
    let role = typed.text("role");
    let environment = typed.text("environment");
    let form = html! {
        form.form method="post" action="/keys/new" novalidate {
            (csrf(&visitor.user.csrf))
            (field(Field { name: "name", label: "Name", kind: "text", value: typed.text("name"), required: true, autocomplete: "off",
                problem: problem_at(problems, "/name"), help: Some("Which program uses it, such as reporting."), ..Field::default() }))
            div.field { label for="key-environment" { "Environment" }
                select #key-environment name="environment" { option value="sandbox" { "Sandbox" } option value="production" selected[environment == "production"] { "Production: real customers' data" } } }
            div.field { label for="key-role" { "Role" }
                select #key-role name="role" { option value="read" { "Read the models" } option value="admin" selected[role == "admin"] { "Admin: manage integrations, too" } } }
            div.field { label for="key-days" { "Valid for" }
                select #key-days name="days" { option value="" { "Until it is revoked" } option value="7" { "7 days" } option value="90" { "90 days" } option value="365" { "A year" } } }
            (limits(typed, problems))
            div.actions { button.btn.primary { "Create key" } a.btn href="/keys" data-close { "Cancel" } }
        }
    };
    in_frame(visitor, "New API key", &form)
}

/// What a key can be limited to; folded, since most keys are not.
fn limits(typed: &Fields, problems: &[InputProblem]) -> Markup {
    let below = |member: &str| {
        let inside = |at: &str| at == member || at.starts_with(&format!("{member}/"));
        problems
            .iter()
            .find(|it| matches!(&it.at, At::Pointer(at) if inside(at)))
            .map(|it| it.detail.as_str())
    };
    let is_used = ["integrations", "model", "requests"]
        .iter()
        .any(|name| !typed.text(name).trim().is_empty());
    let ticked = |model: &str| typed.all("model").any(|it| it == model);
    html! {
        details.fold open[is_used] {
            summary { "Limits" }
            div {
                (field(Field { name: "integrations", label: "Integrations", kind: "text", value: typed.text("integrations"), autocomplete: "off",
                    problem: below("/integrations"), help: Some("Ids of this environment, separated by blanks. Empty for all, those to come included."), ..Field::default() }))
                fieldset.stack-tight {
                    legend.label { "Models " span.optional { "none ticked means all" } }
                    @for spec in &MODELS { label.check { input type="checkbox" name="model" value=(spec.name) checked[ticked(spec.name)]; span { (words::model(spec.name)) } } }
                }
                (field(Field { name: "requests", label: "Requests a minute", kind: "text", value: typed.text("requests"), autocomplete: "off",
                    problem: below("/requests_per_minute"), help: Some("Empty for the gateway's own limit. Each replica counts for itself."), ..Field::default() }))
            }
        }
    }
}

fn in_frame(visitor: &Visitor, title: &str, body: &Markup) -> Markup {
    if visitor.look.in_dialog {
        return frame::dialog(title, false, body);
    }
    let content = html! {
        div.page-head { div.titles { h1 { (title) } } }
        div.sheet { div.dialog-body { (body) } }
    };
    Page::new(title, Place::Keys)
        .crumb("API keys", "/keys")
        .show(visitor, &content)
}

pub(crate) async fn create(
    State(state): State<ConsoleState>,
    arrival: Arrival,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let principal = visitor.anywhere();
    let days = fields
        .text("days")
        .parse()
        .ok()
        .and_then(TimeDelta::try_days);
    let input = CreateKey {
        name: fields.text("name").to_owned(),
        environment: Environment::parse(fields.text("environment")).unwrap_or(Environment::Sandbox),
        role: Role::parse(fields.text("role")).unwrap_or(Role::Read),
        expires_at: days.and_then(|days| Utc::now().checked_add_signed(days)),
        integrations: some(fields.text("integrations").split([' ', ',', '\n', '\t'])),
        models: some(fields.all("model")),
        // What is no number is none that is allowed, and the service says which are.
        requests_per_minute: match fields.text("requests").trim() {
            "" => None,
            number => Some(number.parse().unwrap_or(0)),
        },
    };
    match state.service.create_key(&principal, input).await {
        Ok(created) => {
            // Shown on a page that can be loaded again without making a second key.
            let shown = once(&created.row, &created.key, &arrival);
            Ok(revealed(&state, &visitor, shown).await)
        }
        Err(ServiceError::Invalid(problems)) => {
            let page = question(&visitor, &fields, &problems);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Leads to the list, which shows a new key this once.
async fn revealed(state: &ConsoleState, visitor: &Visitor, shown: Markup) -> Response {
    let name = state.reveals.keep(&visitor.user.user_id, shown).await;
    Redirect::to(&format!("/keys?shown={name}")).into_response()
}

/// What was named, or nothing where nothing was.
fn some<'a>(named: impl Iterator<Item = &'a str>) -> Option<Vec<String>> {
    let named: Vec<String> = named
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    (!named.is_empty()).then_some(named)
}

/// The key, this once, with a command that uses it.
fn once(row: &ApiKeyRow, key: &SecretString, arrival: &Arrival) -> Markup {
    let key = key.expose_secret();
    let path = row.models.as_ref().map_or("properties", |models| {
        let first = MODELS
            .iter()
            .find(|spec| models.iter().any(|it| it == spec.name));
        first.map_or("properties", |spec| spec.path)
    });
    html! {
        section.panel aria-labelledby="created" {
            div.panel-head { div { h2 #created { "Created: " (show::cut(&row.name, 60)) } p.small.muted { "This is the only time the key is shown. Only its hash is kept." } } }
            div.panel-body.stack {
                div.secret-once { code #new-key { (key) } button.btn.small type="button" data-copy="new-key" { (icon("copy")) "Copy" } }
                div.stack-tight {
                    div.row.between { h3 { "Try it" } button.btn.small type="button" data-copy="curl" { (icon("copy")) "Copy" } }
                    pre #curl.code-block tabindex="0" { "curl -H 'Authorization: Bearer " (key) "' '" (arrival.base_url()) "/v1/" (path) "?limit=5'" }
                }
            }
        }
    }
}

pub(crate) async fn confirm(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Markup, Fault> {
    let keys = state.service.list_keys(&visitor.anywhere()).await?;
    let key = keys
        .iter()
        .find(|key| key.id == id)
        .ok_or_else(Fault::missing)?;
    let body = html! {
        form.stack method="post" action={ "/keys/" (id) "/revoke" } {
            (csrf(&visitor.user.csrf))
            p dir="auto" { strong { (show::cut(&key.name, 200)) } " " code { "\u{2026}" (key.hint) } }
            p { "Every request with it is refused from now on, on every replica. A revoked key never works again." }
            @if let Some(at) = key.last_used_at { p.muted { "It was last used " (show::ago(at, Utc::now())) "." } } @else { p.muted { "It was never used." } }
            div.actions { button.btn.danger { "Revoke for good" } a.btn href="/keys" data-close { "Keep it" } }
        }
    };
    Ok(in_frame(&visitor, "Revoke this key?", &body))
}

pub(crate) async fn revoke(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Fault> {
    state.service.revoke_key(&visitor.anywhere(), &id).await?;
    Ok(Redirect::to("/keys").into_response())
}

/// How long the old key may work on, in seconds, as people say it.
const OVERLAPS: [(&str, &str); 5] = [
    ("0", "No time: it stops at once"),
    ("3600", "An hour"),
    ("86400", "A day"),
    ("604800", "A week"),
    ("2592000", "30 days"),
];

pub(crate) async fn ask_rotation(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Markup, Fault> {
    let key = state.service.get_key(&visitor.anywhere(), &id).await?;
    let body = html! {
        form.stack method="post" action={ "/keys/" (key.id) "/rotate" } {
            (csrf(&visitor.user.csrf))
            p dir="auto" { strong { (show::cut(&key.name, 200)) } " " code { "\u{2026}" (key.hint) } }
            p { "A new key of the same name, role, environment and limits is made and shown once. The old one works on for a while, so that programs can be given the new one without a gap." }
            div.field { label for="key-overlap" { "The old key works on for" }
                select #key-overlap name="overlap" { @for (seconds, words) in OVERLAPS { option value=(seconds) selected[seconds == "86400"] { (words) } } } }
            div.actions { button.btn.primary { "Rotate" } a.btn href="/keys" data-close { "Cancel" } }
        }
    };
    Ok(in_frame(&visitor, "Rotate this key?", &body))
}

pub(crate) async fn rotate(
    State(state): State<ConsoleState>,
    arrival: Arrival,
    Path(id): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let principal = visitor.anywhere();
    let overlap = fields.text("overlap").parse().map(Duration::from_secs);
    let rotated = state
        .service
        .rotate_key(&principal, &id, overlap.ok())
        .await?;
    let shown = once(&rotated.successor, &rotated.key, &arrival);
    Ok(revealed(&state, &visitor, shown).await)
}
