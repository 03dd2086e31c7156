//! A vendor: its Sandbox Customers and its Production Customers.

use axum::extract::{Path, Query, State};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use portcullis_service::{
    Customer, CustomerCursor, CustomerFilter, CustomerPage, CustomerState, Environment, VendorView,
};
use serde::Deserialize;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::frame::{Page, Place};
use crate::icon::icon;
use crate::pages::{environment_name, environment_of, segment, vendor_path};
use crate::parts::{bar, empty, looking, vendor_mark};
use crate::show;
use crate::stale;
use crate::visitor::Visitor;
use crate::words::{self, Tone};

/// Customers on a page.
const PAGE: u32 = 25;

/// Which customers are shown.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Shown {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    /// Where the page begins: `TIME~ID` of the customer before it.
    #[serde(default)]
    after: String,
}

const STATES: [(&str, &str, Option<CustomerState>); 5] = [
    ("", "All but archived", None),
    ("active", "Active", Some(CustomerState::Active)),
    (
        "needs_attention",
        "Needs attention",
        Some(CustomerState::NeedsAttention),
    ),
    ("disabled", "Disabled", Some(CustomerState::Disabled)),
    ("archived", "Archived", Some(CustomerState::Archived)),
];

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path((vendor, environment)): Path<(String, String)>,
    Query(shown): Query<Shown>,
) -> Result<Markup, Fault> {
    let environment = environment_of(&environment)?;
    let principal = visitor.principal(environment);
    let vendor = state.service.get_vendor(&principal, &vendor).await?;
    let seen = see_customers(&state, &visitor, &vendor, environment, &shown);
    if visitor.look.in_part {
        let seen = seen.await?;
        return Ok(list(
            &visitor,
            &vendor,
            environment,
            &shown,
            &seen,
            Utc::now(),
        ));
    }
    let counts = state.service.count_environments(&principal, &vendor.vendor);
    let (seen, counts) = tokio::try_join!(seen, async { Ok(counts.await?) })?;
    let list = list(&visitor, &vendor, environment, &shown, &seen, Utc::now());
    let own = |wanted: Environment| {
        let count = counts.iter().find(|(it, _)| *it == wanted);
        count.map_or(0, |(_, customers)| *customers)
    };
    let path = vendor_path(&vendor.vendor, environment.as_str());
    let offered = |wanted: Environment| {
        vendor
            .environments
            .iter()
            .any(|it| it.name == wanted.as_str())
    };
    let content = html! {
        div.page-head {
            (vendor_mark(&vendor.name, vendor.logo.as_deref()))
            div.titles {
                h1 { (vendor.name) }
                div.facts {
                    span { "Connector " (vendor.connector.version) " by " (vendor.publisher) }
                    @if let Some(url) = &vendor.help_url { a href=(url) rel="noreferrer" target="_blank" { "Where do I get credentials?" } }
                }
            }
            div.actions { (add_button(&visitor, &path, offered(environment))) }
        }
        nav.tabs aria-label="Environments" {
            @for it in [Environment::Sandbox, Environment::Production] {
                a.production[it == Environment::Production] href=(vendor_path(&vendor.vendor, it.as_str()))
                    aria-current=[(it == environment).then_some("page")] {
                    (environment_name(it)) " Customers" span.count { (own(it)) }
                }
            }
        }
        form.toolbar method="get" action=(path) role="search" {
            (search_box("Search customers", &shown.q, &path, "customers"))
            div {
                label.visually-hidden for="state" { "State" }
                select #state name="state" hx-get=(path) hx-target="#customers" hx-include="closest form" hx-push-url="true" hx-indicator="#looking" {
                    @for (word, name, _) in STATES { option value=(word) selected[word == shown.state] { (name) } }
                }
            }
            noscript { button.btn { "Filter" } }
        }
        (looking("Looking for customers\u{2026}"))
        div #customers { (list) }
    };
    Ok(Page::new(&vendor.name, Place::Integrations)
        .crumb("Integrations", "/")
        .production(environment == Environment::Production)
        .show(&visitor, &content))
}

fn add_button(visitor: &Visitor, path: &str, is_offered: bool) -> Markup {
    html! {
        @if visitor.is_admin() && is_offered {
            a.btn.primary href={ (path) "/new" } hx-get={ (path) "/new" } hx-target="#dialog" { (icon("plus")) "New Customer" }
        }
    }
}

/// Reads the customers that are shown.
pub(crate) async fn see_customers(
    state: &ConsoleState,
    visitor: &Visitor,
    vendor: &VendorView,
    environment: Environment,
    shown: &Shown,
) -> Result<CustomerPage, Fault> {
    let filter = CustomerFilter {
        vendor: Some(vendor.vendor.clone()),
        search: Some(shown.q.clone()),
        state: STATES
            .iter()
            .find(|(word, ..)| *word == shown.state)
            .and_then(|(_, _, state)| *state),
        after: cursor(&shown.after),
        limit: PAGE,
        ..CustomerFilter::default()
    };
    let principal = visitor.principal(environment);
    Ok(state.service.list_customers(&principal, filter).await?)
}

/// The list as one live part. It names its own stream: another search brings another stream.
pub(crate) fn list(
    visitor: &Visitor,
    vendor: &VendorView,
    environment: Environment,
    shown: &Shown,
    page: &CustomerPage,
    now: DateTime<Utc>,
) -> Markup {
    let path = vendor_path(&vendor.vendor, environment.as_str());
    let live = format!(
        "{path}/live?q={}&state={}&after={}",
        segment(&shown.q),
        segment(&shown.state),
        segment(&shown.after)
    );
    html! { div #customer-list data-live=(live) { (rows(visitor, vendor, environment, shown, page, now)) } }
}

fn rows(
    visitor: &Visitor,
    vendor: &VendorView,
    environment: Environment,
    shown: &Shown,
    page: &CustomerPage,
    now: DateTime<Utc>,
) -> Markup {
    let path = vendor_path(&vendor.vendor, environment.as_str());
    let filtered = !shown.q.trim().is_empty() || !shown.state.is_empty();
    let word = environment_name(environment).to_lowercase();
    let offered = vendor
        .environments
        .iter()
        .any(|it| it.name == environment.as_str());
    if page.rows.is_empty() {
        return html! {
            div.panel {
                @if filtered {
                    (empty("search", "No customer matches", "Change what is searched for, or show all of them.",
                        &html! { a.btn href=(path) { "Show all" } }))
                } @else if !offered {
                    (empty("circle-slash", &format!("{} has no {word} environment", vendor.name),
                        "The connector does not offer it. Use the other tab.", &html! {}))
                } @else {
                    (empty("inbox", &format!("No {word} customer yet"),
                        "A customer is one company's connection to the vendor. Add one with its credentials: what they can read is found out before anything is read.",
                        &html! {
                            (add_button(visitor, &path, true))
                            @if let Some(url) = &vendor.help_url { a.btn href=(url) rel="noreferrer" target="_blank" { "Where do I get credentials?" } }
                        }))
                }
            }
        };
    }
    let next = page.next.as_ref().map(|next| {
        let after = format!("{}~{}", next.created_at.timestamp_micros(), next.id);
        format!(
            "{path}?q={}&state={}&after={}",
            segment(&shown.q),
            segment(&shown.state),
            segment(&after)
        )
    });
    html! {
        section.panel aria-label="Customers" {
            (customers_table(page, false, now))
            div.panel-foot {
                span { (show::plural(page.total, "customer", "customers")) }
                div.pager {
                    @if !shown.after.is_empty() {
                        a.btn.small href={ (path) "?q=" (segment(&shown.q)) "&state=" (segment(&shown.state)) } { "First page" }
                    }
                    @if let Some(next) = next { a.btn.small href=(next) rel="next" { "Next page" (icon("arrow-right")) } }
                }
            }
        }
    }
}

/// A box that searches while one types, and on Enter without scripts.
pub(crate) fn search_box(label: &str, value: &str, path: &str, target: &str) -> Markup {
    html! {
        div.search.grow {
            label.visually-hidden for="q" { (label) }
            (icon("search"))
            input #q type="search" name="q" value=(value) placeholder=(label) autocomplete="off" maxlength="200"
                hx-get=(path) hx-trigger="input changed delay:180ms, search" hx-target={ "#" (target) } hx-include="closest form"
                hx-sync="this:replace" hx-push-url="true" hx-indicator="#looking";
            kbd aria-hidden="true" { "/" }
        }
    }
}

/// Customers as a table: name, what can be read, the last sync, how it is.
pub(crate) fn customers_table(
    page: &CustomerPage,
    with_vendor: bool,
    now: DateTime<Utc>,
) -> Markup {
    html! {
        div.scroll {
            table {
                thead { tr {
                    th scope="col" { "Customer" }
                    @if with_vendor { th.hide-phone scope="col" { "Vendor" } }
                    th.hide-phone scope="col" { "Data Access" }
                    th.hide-phone scope="col" { "Last Ran" }
                    @if !with_vendor { th.hide-phone scope="col" { "Next sync" } }
                    th scope="col" { "Status" }
                } }
                tbody { @for customer in &page.rows { (row(customer, with_vendor, now)) } }
            }
        }
    }
}

fn row(customer: &Customer, with_vendor: bool, now: DateTime<Utc>) -> Markup {
    let it = &customer.integration;
    let counts = customer.verdicts;
    let known = counts.readable + counts.partial + counts.refused + counts.unknown;
    let text = format!(
        "{} readable, {} partly, {} refused, {} unknown",
        counts.readable, counts.partial, counts.refused, counts.unknown
    );
    html! {
        tr {
            td.wide {
                a.name href={ "/integrations/" (it.id) } dir="auto" { (it.name) }
                @if let Some(name) = it.vendor_account.name.as_ref().filter(|name| **name != it.name) { span.small.muted dir="auto" { (show::cut(name, 80)) } }
            }
            @if with_vendor {
                td.hide-phone { (it.vendor) " " span.tag.production[it.environment == "production"] { (it.environment) } }
            }
            td.hide-phone {
                @if it.data_access_check_in_process { span.pill.busy { (crate::icon::turning("loader")) "Checking" } }
                @else if it.credentials.state == "rejected" { span.pill.bad { (icon("key-round")) "Credentials rejected" } }
                @else if known == 0 { span.muted { "Not checked" } }
                @else {
                    div.row.tight {
                        (bar(&[(counts.readable, Tone::Ok), (counts.partial, Tone::Warn), (counts.refused, Tone::Bad), (counts.unknown, Tone::Idle)], &text, true))
                        span.small.muted.nowrap { (counts.readable + counts.partial) " of " (known) }
                    }
                }
            }
            td.hide-phone.nowrap {
                @if let Some(sync) = &it.last_sync {
                    @if sync.finished_at.is_none() { (words::pill(words::status(sync.status, sync.label))) }
                    @else { (show::ago_or(sync.finished_at, now, "Never")) " " span.muted { "· " (sync.label) } }
                    @if let Some(stale) = stale::of(it, &[], now) { div { (stale.mark(now)) } }
                } @else { span.muted { "Never" } }
            }
            @if !with_vendor {
                td.hide-phone.nowrap {
                    @if let Some(at) = it.next_sync_at.filter(|_| it.active) { (show::ago(at, now)) } @else if it.active { span.muted { "By hand" } } @else { span.muted { "\u{2014}" } }
                }
            }
            td { (words::pill(words::state(it.state))) }
        }
    }
}

fn cursor(text: &str) -> Option<CustomerCursor> {
    let (micros, id) = text.split_once('~')?;
    let plausible = id.len() <= 100 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    Some(CustomerCursor {
        created_at: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
        id: id.to_owned(),
    })
    .filter(|_| plausible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_or_left_alone() {
        assert!(cursor("1700000000000000~int_abc").is_some());
        for bad in [
            "",
            "x~int_a",
            "1~",
            "99999999999999999999~int_a",
            "1~a'b",
            "1",
        ] {
            assert!(cursor(bad).is_none_or(|c| c.id.is_empty()), "{bad}");
        }
    }
}
