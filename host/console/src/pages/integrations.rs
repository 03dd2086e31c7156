//! The first page: the vendors that the loaded connectors offer, and whoever is searched for.

use axum::extract::{Query, State};
use chrono::Utc;
use maud::{Markup, html};
use portcullis_service::{CustomerFilter, CustomerPage, Environment, VendorCount, VendorView};
use serde::Deserialize;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::frame::{Page, Place};
use crate::icon::icon;
use crate::pages::vendor::{customers_table, search_box};
use crate::pages::vendor_path;
use crate::parts::{empty, looking, notice, vendor_mark};
use crate::show;
use crate::visitor::Visitor;
use crate::words::{self, Tone};

/// Most customers that a search shows here.
const FOUND_MAX: u32 = 50;

/// What is searched for.
#[derive(Debug, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Query(search): Query<Search>,
) -> Result<Markup, Fault> {
    let principal = visitor.anywhere();
    let (vendors, counts) = (
        state.service.list_vendors(&principal).await?,
        state.service.count_customers(&principal).await?,
    );
    let wanted = search.q.trim().to_lowercase();
    let named: Vec<&VendorView> = vendors
        .vendors
        .iter()
        .filter(|vendor| {
            wanted.is_empty()
                || vendor.name.to_lowercase().contains(&wanted)
                || vendor.vendor.to_lowercase().contains(&wanted)
        })
        .collect();
    let found = if wanted.is_empty() {
        None
    } else {
        let filter = CustomerFilter {
            every_environment: true,
            search: Some(search.q.clone()),
            limit: FOUND_MAX,
            ..CustomerFilter::default()
        };
        Some(state.service.list_customers(&principal, filter).await?)
    };
    let results = results(&visitor, &named, &counts, found.as_ref(), &search.q);
    if visitor.look.in_part {
        return Ok(results);
    }
    let is_new = counts.is_empty();
    let content = html! {
        div.page-head {
            div.titles {
                h1 { "Integrations" }
                p.lead { "Pick the vendor that your customer uses. Add the customer, see what the credentials can read, and enable it." }
            }
        }
        @if is_new && !vendors.vendors.is_empty() { (six_steps(&vendors.vendors)) }
        @if !vendors.refused_files.is_empty() {
            (notice(Tone::Warn, "file-x", &show::plural(vendors.refused_files.len() as u64, "connector file was refused", "connector files were refused"),
                &html! { p { (vendors.refused_files[0].file) ": " (vendors.refused_files[0].detail) } },
                &html! { a.btn.small href="/connectors" { "See why" } }))
            br;
        }
        @if vendors.vendors.is_empty() { (no_connector()) }
        @else {
            form.toolbar method="get" action="/" role="search" {
                (search_box("Search vendors and customers", &search.q, "/", "results"))
            }
            (looking("Looking for vendors and customers\u{2026}"))
            div #results { (results) }
        }
    };
    Ok(Page::new("Integrations", Place::Integrations).show(&visitor, &content))
}

fn results(
    visitor: &Visitor,
    vendors: &[&VendorView],
    counts: &[VendorCount],
    found: Option<&CustomerPage>,
    wanted: &str,
) -> Markup {
    let nothing = vendors.is_empty() && found.is_none_or(|page| page.rows.is_empty());
    html! {
        @if nothing {
            div.panel { (empty("search", "Nothing found",
                &format!("No vendor and no customer is called \u{201c}{}\u{201d}. Customers are found by name, by the vendor's id, and by the integration's id.", show::cut(wanted, 60)),
                &html! { a.btn href="/" { "Show all vendors" } })) }
        }
        div.stack {
            @if !vendors.is_empty() { ul.cards { @for vendor in vendors { li { (card(visitor, vendor, counts)) } } } }
            @if let Some(page) = found.filter(|page| !page.rows.is_empty()) {
                section.panel aria-labelledby="found" {
                    div.panel-head { h2 #found { "Customers" } span.muted.small { (show::plural(page.total, "match", "matches")) } }
                    (customers_table(page, true, Utc::now()))
                }
            }
        }
    }
}

fn card(visitor: &Visitor, vendor: &VendorView, counts: &[VendorCount]) -> Markup {
    let is_pending = vendor.status == "pending_approval";
    let of = |environment: Environment| {
        counts
            .iter()
            .find(|count| count.vendor == vendor.vendor && count.environment == environment)
    };
    let own = || counts.iter().filter(|count| count.vendor == vendor.vendor);
    let attention: u64 = own().map(|count| count.needs_attention).sum();
    let syncing: u64 = own().map(|count| count.syncing).sum();
    let enabled: u64 = own().map(|count| count.enabled).sum();
    let first = if vendor.environments.iter().any(|it| it.name == "sandbox") {
        "sandbox"
    } else {
        "production"
    };
    html! {
        article.vendor-card {
            div.top {
                (vendor_mark(&vendor.name, vendor.logo.as_deref()))
                div {
                    h2 {
                        @if is_pending { (vendor.name) }
                        @else { a href=(vendor_path(&vendor.vendor, first)) { (vendor.name) } }
                    }
                    p.small.muted { "Connector " (vendor.connector.version) " · " (vendor.models.iter().filter(|m| m.supported).count()) " models" }
                }
            }
            div.row {
                @if is_pending { span.pill.warn { (icon("hourglass")) "Waits for approval" } }
                @else if attention > 0 { span.pill.bad { (icon("triangle-alert")) (show::plural(attention, "needs attention", "need attention")) } }
                @else if syncing > 0 { span.pill.busy { (crate::icon::turning("loader")) (show::plural(syncing, "syncing", "syncing")) } }
                @else if enabled > 0 { (words::pill(words::state("active"))) }
                @else { span.pill.idle { (icon("circle-dashed")) "No customer enabled" } }
                @if !is_pending && vendor.pending_approval.is_some() { span.pill.warn { (icon("hourglass")) "New version waits" } }
            }
            @if let Some(pending) = vendor.pending_approval.as_ref().filter(|_| is_pending) {
                p.small.muted { "Version " (pending.version) " asks for permissions that nobody has approved yet." }
                div.above { a.btn.small href="/connectors" { @if visitor.is_admin() { "Review and approve" } @else { "See what it asks for" } } }
            } @else {
                dl.split {
                    @for environment in [Environment::Sandbox, Environment::Production] {
                        div {
                            dt { (crate::pages::environment_name(environment)) }
                            dd { (of(environment).map_or(0, |count| count.customers)) " " small { "customers" } }
                        }
                    }
                }
            }
        }
    }
}

/// What the six steps are, for the first visit.
fn six_steps(vendors: &[VendorView]) -> Markup {
    let first = vendors.iter().find(|vendor| vendor.status == "active");
    html! {
        section.panel aria-labelledby="steps" {
            div.panel-head { h2 #steps { "From credentials to an API in six steps" } }
            div.panel-body {
                ol.steps {
                    li aria-current="step" { b { "Pick a vendor" } "One of the cards below." }
                    li { b { "Add a customer" } "Sandbox or production, then the credentials." }
                    li { b { "Read Data Access" } "What the credentials can read, with evidence." }
                    li { b { "Enable" } "Until then nothing is read." }
                    li { b { "Watch the first sync" } "Live, model by model." }
                    li { b { "Call the API" } "With a key from API keys." }
                }
                @if let Some(vendor) = first {
                    br;
                    a.btn.primary href=(vendor_path(&vendor.vendor, "sandbox")) { "Start with " (vendor.name) (icon("arrow-right")) }
                }
            }
        }
        br;
    }
}

fn no_connector() -> Markup {
    html! {
        div.panel {
            (empty("puzzle", "No connector is loaded",
                "A connector is one .wasm file per vendor. Put one into the connectors folder: it is checked and appears here within seconds, without a restart.",
                &html! { a.btn.primary href="/connectors" { "Where the folder is" } a.btn href="/docs" { "Read the reference" } }))
        }
    }
}
