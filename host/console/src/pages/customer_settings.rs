//! Settings of a customer: what is known about it, when it syncs by itself, which models are read and how fresh they are.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use portcullis_service::{ModelFreshness, ModelSwitchesView, ScheduleView, ServiceError};
use serde::Deserialize;

use crate::ConsoleState;
use crate::cadence::{self, Typed};
use crate::draft::Draft;
use crate::fault::Fault;
use crate::icon::icon;
use crate::pages::integration::{Seen, framed, head, principal_of, see, tabs};
use crate::pages::properties;
use crate::parts::{csrf, lost, notice, saved};
use crate::posted::{Fields, Posted};
use crate::show;
use crate::visitor::Visitor;
use crate::words::{self, Tone, model};

/// What the page shows beside what every page of a customer does.
struct Shown {
    schedule: ScheduleView,
    /// What was typed, after a mistake.
    typed: Option<cadence::TypedSchedule>,
    /// What was typed is gone.
    is_lost: bool,
    /// Unknown without a connector.
    switches: Option<ModelSwitchesView>,
    freshness: Vec<ModelFreshness>,
    properties: properties::Listed,
    asked: Asked,
}

/// Where the list of properties begins, what was just saved, and what was typed into the schedule before.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    properties: u64,
    #[serde(default)]
    saved: String,
    #[serde(default)]
    draft: String,
}

impl Asked {
    /// The word for a part of the page whose change is stored.
    pub(crate) fn saved(&self, part: &str, text: &str) -> Markup {
        html! { @if self.saved == part { (saved(text)) } }
    }
}

pub(crate) async fn page(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let seen = see(&state, &principal, &id).await?;
    let service = &state.service;
    let draft = state.drafts.find(&asked.draft, &visitor.user.user_id).await;
    let is_lost = draft.is_none() && !asked.draft.is_empty();
    let typed = draft.map(|draft| {
        let mut typed = cadence::TypedSchedule::read(&Fields::of(&draft.texts));
        typed.problems.clone_from(&draft.problems);
        typed
    });
    let switches = match service.model_switches(&principal, &id).await {
        Ok(switches) => Some(switches),
        Err(ServiceError::Refused { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let shown = Shown {
        schedule: service.schedule(&principal, &id).await?,
        typed,
        is_lost,
        switches,
        freshness: service.model_freshness(&principal, &id).await?,
        properties: properties::list(&state, &principal, &id, asked.properties).await?,
        asked,
    };
    let content = html! {
        (head(&visitor, &seen))
        (tabs(&seen.view, "settings"))
        div.stack {
            (schedule(&visitor, &seen, &shown))
            (models(&visitor, &seen, &shown))
            (properties::panel(&visitor, &seen, &shown.properties, &shown.asked, may_change(&visitor, &seen)))
            (credentials(&visitor, &seen))
            (about(&visitor, &seen))
        }
    };
    Ok(framed(&seen.view, seen.vendor.as_ref(), "Settings")
        .crumb(seen.view.name.clone(), format!("/integrations/{id}"))
        .show(&visitor, &content))
}

/// Whether this person may change this customer's settings.
fn may_change(visitor: &Visitor, seen: &Seen) -> bool {
    visitor.is_admin() && !seen.view.is_archived && seen.view.connector.is_some()
}

fn schedule(visitor: &Visitor, seen: &Seen, shown: &Shown) -> Markup {
    let may = may_change(visitor, seen);
    let path = format!("/integrations/{}/settings/schedule", seen.view.id);
    let view = &shown.schedule;
    let own = match &shown.typed {
        Some(typed) => typed.own.clone(),
        None => Typed::of(&view.own),
    };
    let of_model = |name: &str| match &shown.typed {
        Some(typed) => typed.models.get(name).cloned().unwrap_or_default(),
        None => {
            let found = view.models.iter().find(|it| it.model == name);
            found.map(|it| Typed::of(&it.own)).unwrap_or_default()
        }
    };
    let leads: Vec<&str> = shown.switches.as_ref().map_or_else(Vec::new, |switches| {
        let readable = switches.models.iter();
        readable
            .filter(|it| it.supported && it.lead.is_none())
            .map(|it| it.model.as_str())
            .collect()
    });
    let has_own = |name: &&str| !of_model(name).kind.is_empty();
    let with_own = leads.iter().copied().filter(|name| has_own(name)).count();
    let problems = shown.typed.as_ref().map(|typed| typed.problems.as_slice());
    let problems = problems.unwrap_or_default();
    html! {
        section.panel #schedule aria-labelledby="schedule-title" {
            div.panel-head { div {
                h2 #schedule-title { "Schedule" }
                p.small.muted { (next(view, seen)) }
            } }
            div.panel-body {
                @if shown.is_lost { (lost()) br; }
                (shown.asked.saved("schedule", "The customer syncs by this schedule from now on."))
                form.form.wide method="post" action=(path) novalidate {
                    (csrf(&visitor.user.csrf))
                    @if !problems.is_empty() { p.bad role="alert" { strong { "Nothing was changed yet. " } "What is wrong stands beside each field." } }
                    fieldset.stack disabled[!may] {
                        legend.visually-hidden { "When this customer syncs by itself" }
                        (cadence::fields("own", "This customer syncs", &own, false, "", problems))
                        @if !leads.is_empty() {
                            details.fold open[with_own > 0] {
                                summary { "Models with a schedule of their own " @if with_own > 0 { span.count { (with_own) } } @else { span.muted { "(none)" } } }
                                div {
                                    p.help { "A model with a schedule of its own is left out of the customer's. Models that arrive with another one follow it." }
                                    @for name in &leads { (cadence::fields(&format!("model.{name}"), &model(name), &of_model(name), true, &format!("/models/{name}"), problems)) }
                                }
                            }
                        }
                    }
                    @if may { div.actions { button.btn.primary { "Save the schedule" } } }
                    @else { p.small.muted { (why_not(visitor, seen)) } }
                }
            }
        }
    }
}

/// When the next sync comes, or why none does.
fn next(view: &ScheduleView, seen: &Seen) -> Markup {
    html! {
        @match (view.waits_for, view.own.next_sync_at) {
            (Some("enabling"), _) => "No sync comes by itself while the customer is disabled.",
            (Some("credentials"), _) => "No sync comes by itself until the vendor accepts the credentials.",
            (_, Some(at)) => { "Next sync " (show::ago(at, seen.now)) },
            (Some("running_sync"), None) => "The next time is known when the running sync has ended.",
            (_, None) if view.own.kind == "on_demand" => "Syncs only when somebody starts one.",
            (_, None) => "The next time is being worked out.",
        }
    }
}

fn why_not(visitor: &Visitor, seen: &Seen) -> &'static str {
    if seen.view.is_archived {
        "The customer is archived; its settings stay as they are."
    } else if !visitor.is_admin() {
        "Only admins change settings."
    } else {
        "No connector serves this customer; its settings stay as they are until one does."
    }
}

fn models(visitor: &Visitor, seen: &Seen, shown: &Shown) -> Markup {
    let Some(switches) = &shown.switches else {
        return notice(
            Tone::Warn,
            "unplug",
            "No connector serves this customer",
            &html! { p { "Which models it reads is known again when its connector is loaded." } },
            &html! {},
        );
    };
    let may = may_change(visitor, seen);
    let path = format!("/integrations/{}/settings/models", seen.view.id);
    let offered = switches.models.iter().filter(|it| it.supported);
    let fresh = |name: &str| shown.freshness.iter().find(|it| it.model == name);
    html! {
        section.panel #models aria-labelledby="models-title" {
            div.panel-head { div {
                h2 #models-title { "Models" }
                p.small.muted { "What is read, from the next sync on. What was read of a model stays when it is switched off." }
            } }
            (shown.asked.saved("models", "It counts from the next sync on."))
            form method="post" action=(path) {
                (csrf(&visitor.user.csrf))
                div.scroll { table {
                    thead { tr { th scope="col" { "Read" } th.num.hide-phone scope="col" { "Records" } th scope="col" { "Freshness" } th.hide-phone scope="col" { "Last result" } } }
                    tbody { @for it in offered {
                        @let state = fresh(&it.model);
                        tr {
                            td.wide {
                                label.check {
                                    input type="checkbox" name={ "on." (it.model) } value="on" checked[it.enabled] disabled[!may];
                                    span { (model(&it.model)) @if let Some(lead) = &it.lead { " " span.small.muted { "with " (model(lead)) } }
                                        @else if !it.enabled_by_default { " " span.small.muted { "off unless switched on" } } }
                                }
                            }
                            td.num.hide-phone { (show::number(state.map_or(0, |it| it.records))) }
                            td { (freshness(state, seen)) }
                            td.hide-phone { @match state.and_then(|it| it.last_result) { Some((status, label)) => (words::pill(words::status(status, label))), None => span.muted { "\u{2014}" } } }
                        }
                    } }
                } }
                div.panel-foot {
                    span { "Freshness: when every record of the model was last read." }
                    @if may { button.btn.small { "Save the models" } }
                    @else { span { (why_not(visitor, seen)) } }
                }
            }
        }
    }
}

fn freshness(state: Option<&ModelFreshness>, seen: &Seen) -> Markup {
    html! {
        @match state.and_then(|it| it.complete_at) {
            Some(at) => (show::ago(at, seen.now)),
            None => span.muted { "Never read whole" },
        }
    }
}

fn credentials(visitor: &Visitor, seen: &Seen) -> Markup {
    let view = &seen.view;
    let settings = view.settings.as_object();
    let path = format!("/integrations/{}/credentials", view.id);
    html! {
        section.panel aria-labelledby="credentials" {
            div.panel-head { h2 #credentials { "Credentials" } @if may_change(visitor, seen) {
                a.btn.small href=(path) hx-get=(path) hx-target="#dialog" { (icon("rotate-ccw-key")) "Replace credentials" }
            } }
            div.panel-body {
                dl.kv {
                    dt { "State" }
                    dd { @match view.credentials.state { "valid" => "Accepted by the vendor", "rejected" => "Rejected by the vendor", _ => "Not checked yet" }
                        @if let Some(said) = &view.credentials.message { p.small.muted { (show::cut(said, 600)) } } }
                    @if let Some(vendor) = &seen.vendor {
                        @for field in &vendor.credential_fields {
                            dt { (field.label) }
                            dd dir="auto" {
                                @if field.secret { span.muted { (icon("lock")) " Encrypted; never shown" } }
                                @else if let Some(value) = settings.and_then(|it| it.get(&field.name)).and_then(|it| it.as_str()) { (value) }
                                @else { span.muted { "Not given" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn about(visitor: &Visitor, seen: &Seen) -> Markup {
    let view = &seen.view;
    let path = format!("/integrations/{}/actions/rename", view.id);
    html! {
        section.panel aria-labelledby="facts" {
            div.panel-head { h2 #facts { "About" } @if visitor.is_admin() && !view.is_archived {
                a.btn.small href=(path) hx-get=(path) hx-target="#dialog" { (icon("pencil")) "Rename" }
            } }
            div.panel-body {
                dl.kv {
                    dt { "Name" } dd dir="auto" { (view.name) }
                    dt { "Integration id" } dd { code { (view.id) } }
                    dt { "Vendor" } dd { (view.vendor) }
                    dt { "Environment" } dd { (view.environment) }
                    dt { "Vendor's own records" }
                    dd { @let (word, verb, action) = if view.keeps_originals { ("Kept beside the unified ones", "Delete them", "forget-originals") } else { ("Not kept", "Keep them", "keep-originals") };
                        (word) " "
                        @if visitor.is_admin() && !view.is_archived {
                            @let path = format!("/integrations/{}/actions/{action}", view.id);
                            a.btn.small href=(path) hx-get=(path) hx-target="#dialog" { (verb) "\u{2026}" }
                        }
                    }
                    @if let Some(connector) = &view.connector { dt { "Connector" } dd { (connector.id) " " (connector.version) } }
                    @if let Some(account) = &view.vendor_account.id { dt { "Account at the vendor" } dd dir="auto" { (account) } }
                    @if let Some(url) = &view.base_url { dt { "Address in place of the vendor's" } dd { code { (url) } } }
                }
            }
        }
    }
}

/// Replaces the schedule; a mistake leads back to the page with what was typed.
pub(crate) async fn change_schedule(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let typed = cadence::TypedSchedule::read(&fields);
    let mut problems = typed.not_numbers();
    if problems.is_empty() {
        match state
            .service
            .set_schedule(&principal, &id, typed.input())
            .await
        {
            Ok(_) => {
                let path = format!("/integrations/{id}/settings?saved=schedule#schedule");
                return Ok(Redirect::to(&path).into_response());
            }
            Err(ServiceError::Invalid(found)) => problems = found,
            Err(error) => return Err(error.into()),
        }
    }
    let draft = Draft::of(&visitor.user.user_id, &fields, problems);
    let path = format!("/integrations/{id}/settings#schedule");
    let again = state.drafts.again(&path, draft).await;
    Ok(Redirect::to(&again).into_response())
}

/// Switches the models that differ from what is ticked.
pub(crate) async fn switch_models(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let now = state.service.model_switches(&principal, &id).await?;
    let ticked = |name: &str| !fields.text(&format!("on.{name}")).is_empty();
    let wanted: BTreeMap<String, bool> = now
        .models
        .iter()
        .filter(|it| it.supported && it.enabled != ticked(&it.model))
        .map(|it| (it.model.clone(), !it.enabled))
        .collect();
    if !wanted.is_empty() {
        state.service.switch_models(&principal, &id, wanted).await?;
    }
    let path = format!("/integrations/{id}/settings?saved=models#models");
    Ok(Redirect::to(&path).into_response())
}
