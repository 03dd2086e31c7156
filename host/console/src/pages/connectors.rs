//! Connectors: what is loaded, what it may do, what waits for approval, what was refused and why.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Utc;
use maud::{Markup, html};
use portcullis_service::{PendingView, RefusedFile, VendorView};
use serde_json::Value;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::frame::{Page, Place};
use crate::icon::icon;
use crate::parts::{csrf, empty, vendor_mark};
use crate::posted::Posted;
use crate::show;
use crate::visitor::Visitor;
use crate::words::{self, Tone};

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    visitor: Visitor,
) -> Result<Markup, Fault> {
    let all = state.service.list_vendors(&visitor.anywhere()).await?;
    let content = html! {
        div.page-head { div.titles {
            h1 { "Connectors" }
            p.lead { "One .wasm file per vendor, in the folder that this gateway watches (connectors.dir, or --connectors). A new or changed file is checked and served within seconds." }
        } }
        div.stack {
            @if all.vendors.is_empty() && all.refused_files.is_empty() {
                div.panel { (empty("puzzle", "No connector is loaded", "Put a .wasm file into the connectors folder. It is checked there: its imports, its manifest, the hosts it wants to reach. If something is wrong, this page says what.", &html! { a.btn href="/docs" { "Read the reference" } })) }
            }
            @if !all.refused_files.is_empty() { (refused(&all.refused_files)) }
            @for vendor in &all.vendors { (connector(&visitor, vendor)) }
        }
    };
    Ok(Page::new("Connectors", Place::Connectors).show(&visitor, &content))
}

fn refused(files: &[RefusedFile]) -> Markup {
    let now = Utc::now();
    html! {
        section.panel aria-labelledby="refused" {
            div.panel-head { div { h2 #refused { "Refused files" } p.small.muted { "They serve nothing. Correct or remove the file; it is looked at again at once." } } }
            div.scroll tabindex="0" role="region" aria-label="Table of refused files" { table {
                thead { tr { th scope="col" { "File" } th scope="col" { "Reason" } th.hide-phone scope="col" { "When" } } }
                tbody { @for file in files { tr {
                    td { code { (show::cut(&file.file, 80)) } }
                    td { span.pill.bad { (icon("file-x")) (file.code) } p { (show::cut(&file.detail, 800)) } }
                    td.nowrap.muted.hide-phone { (show::ago(file.at, now)) }
                } } }
            } }
        }
    }
}

fn connector(visitor: &Visitor, vendor: &VendorView) -> Markup {
    let now = Utc::now();
    let is_pending = vendor.status == "pending_approval";
    let grants = vendor.grants.as_ref();
    html! {
        section.panel aria-label=(vendor.name) {
            div.panel-head {
                div.row {
                    (vendor_mark(&vendor.name, vendor.logo.as_deref()))
                    div { h2 { (vendor.name) " " span.muted.small { (vendor.connector.version) } } p.small.muted { (vendor.connector.id) " by " (vendor.publisher) " · loaded " (show::ago(vendor.loaded_at, now)) } }
                }
                @if is_pending { span.pill.warn { (icon("hourglass")) "Waits for approval" } }
                @else { (words::pill(words::Word { text: "Serving", icon: "circle-check", tone: Tone::Ok })) }
            }
            div.panel-body.stack {
                @if let Some(pending) = &vendor.pending_approval { (approval(visitor, vendor, pending)) }
                dl.kv {
                    dt { "Vendor" } dd { code { (vendor.vendor) } }
                    dt { "Models" }
                    dd { div.row { @for model in &vendor.models {
                        @if model.supported { span.tag { (words::model(&model.name)) @if let Some(lead) = &model.lead { " (with " (lead) ")" } } }
                        @else { span.tag { (icon("circle-slash")) (words::model(&model.name)) " not offered" } }
                    } } }
                    dt { "Environments" }
                    dd { @for environment in &vendor.environments { p { (environment.name) ": " @if let Some(url) = &environment.base_url { code { (url) } } @else { span.muted { "the customer's own server" } } } } }
                    @if let Some(grants) = grants { (granted(grants)) }
                    dt { "Digest" } dd { code { (vendor.connector.digest) } }
                }
            }
        }
    }
}

/// What was granted: hosts and limits in sentences, the long lists folded.
fn granted(grants: &Value) -> Markup {
    let Some(all) = grants.as_object() else {
        return html! {};
    };
    html! {
        @for (name, value) in all.iter().filter(|(_, value)| !is_nothing(value)) {
            @match (name.as_str(), value) {
                ("egress", Value::Array(hosts)) if hosts.iter().all(|it| it["host"].is_string()) => {
                    dt { "May reach" }
                    dd { ul { @for it in hosts { li { code { (show::cut(it["host"].as_str().unwrap_or_default(), 200)) } (rest_of(it, &["host"])) } } } }
                }
                ("limits", Value::Array(limits)) if limits.iter().all(|it| it["requests"].is_u64() && it["per_ms"].is_u64()) => {
                    dt { "Rate limits" }
                    dd { ul { @for it in limits { li { (limit(it)) } } } }
                }
                ("imports", Value::Array(list)) => {
                    dt { "Imports" }
                    dd { details { summary { (show::plural(list.len() as u64, "interface", "interfaces")) } (tree(value)) } }
                }
                _ => { dt { (words::model(name)) } dd { (tree(value)) } }
            }
        }
    }
}

/// `10 requests in 1 s, 10 at a time, for each credential`.
fn limit(it: &Value) -> Markup {
    let requests = it["requests"].as_u64().unwrap_or(0);
    let ms = it["per_ms"].as_u64().unwrap_or(0);
    let span = if ms.is_multiple_of(1000) {
        show::duration(i64::try_from(ms / 1000).unwrap_or(i64::MAX))
    } else {
        format!("{ms} ms")
    };
    html! {
        (show::plural(requests, "request", "requests")) " in " (span)
        @if let Some(n) = it["concurrency"].as_u64() { ", " (n) " at a time" }
        @if let Some(scope) = it["scope"].as_str() { ", for each " (scope.replace('_', " ")) }
        (rest_of(it, &["requests", "per_ms", "concurrency", "scope"]))
    }
}

/// Whatever else a grant says.
fn rest_of(it: &Value, said: &[&str]) -> Markup {
    let mut rest = it.as_object().cloned().unwrap_or_default();
    rest.retain(|name, value| !said.contains(&name.as_str()) && !is_nothing(value));
    html! { @if !rest.is_empty() { span.muted { " (" (tree(&Value::Object(rest))) ")" } } }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

/// A value as a list of lines.
fn tree(value: &Value) -> Markup {
    match value {
        Value::String(text) => html! { code { (show::cut(text, 200)) } },
        Value::Array(list) => html! { ul { @for entry in list { li { (tree(entry)) } } } },
        Value::Object(object) => html! {
            @for (index, (name, value)) in object.iter().filter(|(_, value)| !is_nothing(value)).enumerate() {
                @if index > 0 { " · " }
                span.muted { (name.replace('_', " ")) " " }
                @match value { Value::Array(_) | Value::Object(_) => (tree(value)), Value::String(text) => code { (show::cut(text, 200)) }, other => (other.to_string()) }
            }
        },
        other => html! { (other.to_string()) },
    }
}

fn approval(visitor: &Visitor, vendor: &VendorView, pending: &PendingView) -> Markup {
    let asks = pending.difference.as_ref().unwrap_or(&pending.grants);
    html! {
        div.notice.warn role="status" {
            (icon("hourglass"))
            div.body {
                p { strong { "Version " (pending.version) " asks for more than was approved" } }
                p { "Until somebody approves it, " @if vendor.status == "active" { "version " (vendor.connector.version) " keeps serving." } @else { "nothing serves this vendor." } }
                dl.kv { (granted(asks)) }
                p.small { "Digest " code { (pending.digest) } }
            }
            div.actions {
                @if visitor.is_admin() {
                    form method="post" action={ "/connectors/" (crate::pages::segment(&vendor.connector.id)) "/approve" } {
                        (csrf(&visitor.user.csrf))
                        input type="hidden" name="digest" value=(pending.digest);
                        button.btn.primary { "Approve" }
                    }
                } @else { span.small.muted { "An admin must act." } }
            }
        }
    }
}

pub(crate) async fn approve(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let principal = visitor.anywhere();
    let digest = fields.text("digest");
    state
        .service
        .approve_connector(&principal, &id, digest)
        .await?;
    Ok(Redirect::to("/connectors").into_response())
}
