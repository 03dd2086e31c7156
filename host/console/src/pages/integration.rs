//! One customer: how it is, what its credentials can read, what its last jobs did.

use axum::extract::{Path, Query, State};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use portcullis_service::{
    DataAccessView, Environment, HeldDeletesView, IntegrationView, Principal, SyncView, VendorView,
};

use crate::ConsoleState;
use crate::draft::Kept;
use crate::fault::Fault;
use crate::frame::{Page, Place};
use crate::icon::icon;
use crate::pages::{access, environment_of, held, jobs, vendor_path};
use crate::parts::{button_form, csrf, empty, notice};
use crate::show;
use crate::stale;
use crate::visitor::Visitor;
use crate::words::{self, Tone};

/// Jobs that the overview shows.
const JOBS: u64 = 5;

/// All that the pages of an integration show.
pub(crate) struct Seen {
    pub(crate) view: IntegrationView,
    pub(crate) access: DataAccessView,
    pub(crate) syncs: Vec<SyncView>,
    pub(crate) syncs_total: u64,
    pub(crate) vendor: Option<VendorView>,
    /// Deletions that wait for a person.
    pub(crate) held: Vec<HeldDeletesView>,
    pub(crate) now: DateTime<Utc>,
}

impl Seen {
    /// The sync that is not over.
    pub(crate) fn running(&self) -> Option<&SyncView> {
        self.syncs.iter().find(|sync| sync.finished_at.is_none())
    }

    /// Whether anything is going on that will soon look different.
    pub(crate) fn is_busy(&self) -> bool {
        self.access.data_access_check_in_process || self.running().is_some()
    }
}

/// The person as the caller of use cases about an integration, in its environment.
pub(crate) async fn principal_of(
    state: &ConsoleState,
    visitor: &Visitor,
    id: &str,
) -> Result<Principal, Fault> {
    let environment = state
        .service
        .environment_of(&visitor.anywhere(), id)
        .await?;
    Ok(visitor.principal(environment))
}

/// Reads all that the overview shows.
pub(crate) async fn see(
    state: &ConsoleState,
    principal: &Principal,
    id: &str,
) -> Result<Seen, Fault> {
    let view = state.service.get_integration(principal, id).await?;
    let access = state.service.data_access(principal, id).await?;
    let (syncs, syncs_total) = state.service.list_syncs(principal, id, JOBS, 0).await?;
    let vendor = state.service.get_vendor(principal, &view.vendor).await.ok();
    let held = state.service.held_deletes(principal, id).await?;
    Ok(Seen {
        view,
        access,
        syncs,
        syncs_total,
        vendor,
        held,
        now: Utc::now(),
    })
}

pub(crate) async fn overview(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(kept): Query<Kept>,
) -> Result<Markup, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let seen = see(&state, &principal, &id).await?;
    let draft = state.drafts.find(&kept.draft, &visitor.user.user_id).await;
    let refusal = draft.as_ref().and_then(|it| it.refusal.as_ref());
    let content = html! {
        (head(&visitor, &seen))
        (tabs(&seen.view, "overview"))
        // Outside of the live panels, which would draw over it.
        @if let Some(refusal) = refusal {
            div.stack #not-done { (notice(Tone::Warn, "circle-alert", "Not done", &html! { p { (refusal) } }, &html! {})) div {} }
        }
        (notices(&visitor, &seen))
        div.stack {
            // What moves comes first.
            @if seen.running().is_some() {
                (jobs::panel(&visitor, &seen))
                (access::panel(&visitor, &seen))
            } @else {
                (access::panel(&visitor, &seen))
                (jobs::panel(&visitor, &seen))
            }
        }
    };
    Ok(framed(&seen.view, seen.vendor.as_ref(), &seen.view.name)
        .live(Some(format!("/integrations/{id}/live")))
        .show(&visitor, &content))
}

/// The frame of every page about an integration.
pub(crate) fn framed<'a>(
    view: &IntegrationView,
    vendor: Option<&VendorView>,
    title: &'a str,
) -> Page<'a> {
    let name = vendor.map_or_else(|| view.vendor.clone(), |vendor| vendor.name.clone());
    let environment = environment_of(view.environment).unwrap_or(Environment::Sandbox);
    let list = format!("{} Customers", crate::pages::environment_name(environment));
    Page::new(title, Place::Integrations)
        .crumb("Integrations", "/")
        .crumb(
            format!("{name}: {list}"),
            vendor_path(&view.vendor, view.environment),
        )
        .production(environment == Environment::Production)
}

/// The name, the state, and what can be done.
pub(crate) fn head(visitor: &Visitor, seen: &Seen) -> Markup {
    let view = &seen.view;
    html! {
        div.page-head #integration-head {
            div.titles {
                h1 dir="auto" { (view.name) }
                div.facts {
                    (words::pill(words::state(view.state)))
                    span.tag.production[view.environment == "production"] { (view.environment) }
                    span { (seen.vendor.as_ref().map_or(view.vendor.as_str(), |vendor| vendor.name.as_str()))
                        @if let Some(connector) = &view.connector { " " (connector.version) } }
                    @if let Some(name) = &view.vendor_account.name { span dir="auto" { "Account: " (show::cut(name, 80)) } }
                    span { "Added " (show::ago(view.created_at, seen.now)) }
                }
            }
            div.actions { (menu(visitor, seen)) }
        }
    }
}

fn menu(visitor: &Visitor, seen: &Seen) -> Markup {
    let view = &seen.view;
    let token = &visitor.user.csrf;
    let at = |action: &str| format!("/integrations/{}/actions/{action}", view.id);
    let checking = seen.access.data_access_check_in_process;
    let item = |action: &str, picture: &str, name: &str, why_not: Option<&str>| {
        html! {
            form method="post" action=(at(action)) {
                (csrf(token))
                button disabled[why_not.is_some()] { (icon(picture)) (name) }
            }
            @if let Some(why) = why_not { p.why-not { (why) } }
        }
    };
    let enable_why = (checking)
        .then_some("The data access check has not ended yet.")
        .or((view.credentials.state != "valid")
            .then_some("The vendor has not accepted the credentials."));
    let sync_why = (!view.active)
        .then_some("Enable it first; that starts a sync.")
        .or(seen.running().is_some().then_some("A sync is running."));
    html! {
        @if view.is_archived { }
        @else if visitor.may_operate() {
            details.menu {
                summary.btn.icon-only aria-label="Actions" title="Actions" { (icon("ellipsis")) }
                div.items {
                    @if visitor.is_admin() {
                        @if view.active {
                            a href=(at("disable")) hx-get=(at("disable")) hx-target="#dialog" { (icon("circle-minus")) "Disable\u{2026}" }
                        } @else { (item("enable", "play", "Enable", enable_why)) }
                    }
                    (item("sync", "refresh-cw", "Sync now", sync_why))
                    @if view.active { a href=(at("back-sync")) hx-get=(at("back-sync")) hx-target="#dialog" { (icon("history")) "Back-sync\u{2026}" } }
                    (item("check", "shield-check", "Re-check access", checking.then_some("A check is running.")))
                    @if visitor.is_admin() && view.connector.is_some() {
                        @let path = format!("/integrations/{}/credentials", view.id);
                        a href=(path) hx-get=(path) hx-target="#dialog" { (icon("rotate-ccw-key")) "Replace credentials\u{2026}" }
                    }
                    @if visitor.is_admin() {
                        a href=(at("rename")) hx-get=(at("rename")) hx-target="#dialog" { (icon("pencil")) "Rename\u{2026}" }
                        hr;
                        a.danger href=(at("archive")) hx-get=(at("archive")) hx-target="#dialog" { (icon("archive")) "Archive\u{2026}" }
                    }
                }
            }
        }
    }
}

/// The tabs of an integration.
pub(crate) fn tabs(view: &IntegrationView, current: &str) -> Markup {
    let base = format!("/integrations/{}", view.id);
    let tabs = [
        ("overview", base.clone(), "Overview"),
        ("jobs", format!("{base}/jobs"), "Jobs"),
        (
            "data",
            format!(
                "/data?environment={}&integration_id={}",
                view.environment, view.id
            ),
            "Data",
        ),
        ("settings", format!("{base}/settings"), "Settings"),
        ("events", format!("{base}/events"), "Events"),
    ];
    html! {
        nav.tabs aria-label="This customer" {
            @for (word, path, name) in tabs { a href=(path) aria-current=[(word == current).then_some("page")] { (name) } }
        }
    }
}

/// What became of credentials that were sent in place of the old ones.
fn replaced(visitor: &Visitor, seen: &Seen) -> Markup {
    let check = seen.access.check.as_ref();
    let Some(check) = check.filter(|check| check.replaces_credentials) else {
        return html! {};
    };
    let path = format!("/integrations/{}/credentials", seen.view.id);
    let again = html! { @if visitor.is_admin() && !seen.view.is_archived { a.btn.small href=(path) hx-get=(path) hx-target="#dialog" { "Try others" } } };
    let Some(ended) = check.finished_at else {
        return notice(
            Tone::Busy,
            "key-round",
            "The vendor is asked about the new credentials",
            &html! { p { "The old ones stay in use until it accepts the new ones." } },
            &html! {},
        );
    };
    if check.outcome.as_deref() == Some("valid") {
        // News for some minutes; later it is one event among others.
        let is_news = (seen.now - ended).num_minutes() < 10;
        return html! { @if is_news {
            (notice(Tone::Ok, "circle-check", "The credentials were replaced", &html! { p { "The vendor accepted them, and the old ones are gone." } }, &html! {}))
        } };
    }
    let why = match check.outcome.as_deref() {
        Some("rejected") => "The vendor rejects them.",
        Some("other_account") => "They belong to another customer of the vendor.",
        _ => "It could not be found out whether the vendor accepts them.",
    };
    notice(
        Tone::Bad,
        "key-round",
        "The new credentials were not taken",
        &html! {
            p { (why) " The old ones stay." }
            @if let Some(said) = &check.message { p dir="auto" { (show::cut(said, 400)) } }
        },
        &again,
    )
}

/// What people must know before they read on: why it does not work, or what comes next.
pub(crate) fn notices(visitor: &Visitor, seen: &Seen) -> Markup {
    let view = &seen.view;
    let word = |models: Vec<&str>| -> String {
        let names: Vec<String> = models.into_iter().map(words::model).collect();
        names.join(", ")
    };
    let with = |wanted: &[&str]| -> Vec<&str> {
        access::ordered(seen)
            .into_iter()
            .filter(|(_, access)| {
                access
                    .verdict
                    .is_some_and(|verdict| wanted.contains(&verdict))
            })
            .map(|(name, _)| name.as_str())
            .collect()
    };
    let readable = with(&["granted", "empty", "partial", "unknown"]);
    let skipped = with(&["denied", "not_licensed"]);
    html! {
        div.stack #integration-notices {
            (held::notices(visitor, seen))
            @if let Some(stale) = stale::of(view, &seen.syncs, seen.now) { (stale.banner(view, seen.now)) }
            (replaced(visitor, seen))
            @if view.is_archived {
                (notice(Tone::Idle, "archive", "Archived", &html! { p { "It does not sync any more. What it brought stays readable." } }, &html! {}))
            } @else if view.state == "connector_missing" {
                (notice(Tone::Bad, "unplug", "No connector serves this customer", &html! { p { "Put the connector for " (view.vendor) " back into the connectors folder. Whoever runs this gateway must act; what was read stays readable." } },
                    &html! { a.btn.small href="/connectors" { "Connectors" } }))
            } @else if view.credentials.state == "rejected" {
                (notice(Tone::Bad, "key-round", "The vendor rejects the credentials", &html! {
                    p { @if let Some(said) = &view.credentials.message { "It said: \u{201c}" (show::cut(said, 600)) "\u{201d} " } "Your customer must act: ask for working credentials." }
                }, &html! { @if visitor.is_admin() { a.btn.small href={ "/integrations/" (view.id) "/credentials" } hx-get={ "/integrations/" (view.id) "/credentials" } hx-target="#dialog" { "Replace credentials" } } }))
            } @else if seen.access.data_access_check_in_process && !view.active {
                (notice(Tone::Busy, "shield-check", "Finding out what the credentials can read", &html! { p { "Results appear below as they come, within 60 seconds. Then you can enable the customer." } }, &html! {}))
            } @else if !view.active {
                (notice(Tone::Busy, "play", "Disabled. Nothing is read until you enable it", &html! {
                    @if readable.is_empty() { p { "These credentials can read nothing yet." } }
                    @else { p { "Enabling starts the first sync. It reads " (word(readable.clone())) "."
                        @if !skipped.is_empty() { " It skips " (word(skipped.clone())) ", which the credentials cannot read." } } }
                }, &html! {
                    @if visitor.is_admin() && !readable.is_empty() {
                        (button_form(&format!("/integrations/{}/actions/enable", view.id), &visitor.user.csrf, "primary", &html! { "Enable" }))
                    }
                }))
            }
            div {}
        }
    }
}

pub(crate) async fn events(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Markup, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let seen = see(&state, &principal, &id).await?;
    let events = state.service.events_of(&principal, &id).await?;
    let content = html! {
        (head(&visitor, &seen))
        (tabs(&seen.view, "events"))
        section.panel aria-labelledby="events" {
            div.panel-head { div { h2 #events { "Events" } p.small.muted { "What people and API keys did to this customer, newest first." } } }
            @if events.is_empty() { (empty("history", "Nothing happened yet", "What people and keys do to this customer is listed here.", &html! {})) }
            @else {
                div.scroll tabindex="0" role="region" aria-label="Table of events" { table {
                    thead { tr { th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } } }
                    tbody { @for event in &events { tr {
                        td.nowrap { (show::ago(event.at, seen.now)) }
                        td dir="auto" { (show::cut(&event.actor, 80)) }
                        td { (words::action(&event.action))
                            @if let (Some(from), Some(to)) = (event.detail["from"].as_str(), event.detail["to"].as_str()) { span.muted dir="auto" { " from \u{201c}" (show::cut(from, 80)) "\u{201d} to \u{201c}" (show::cut(to, 80)) "\u{201d}" } } }
                    } } }
                } }
            }
        }
    };
    Ok(framed(&seen.view, seen.vendor.as_ref(), "Events")
        .crumb(seen.view.name.clone(), format!("/integrations/{id}"))
        .show(&visitor, &content))
}
