//! One record: its fields, and the document as the API serves it.

use axum::extract::{Path, Query, State};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use portcullis_model::ModelSpec;
use portcullis_service::{Environment, Packed, RecordHistoryView, Served, ServiceError};
use serde::Deserialize;
use serde_json::Value;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::frame::{self, Page, Place};
use crate::icon::icon;
use crate::pages::environment_of;
use crate::pages::record_table::plain_text;
use crate::show;
use crate::visitor::Visitor;
use crate::words;

/// Whose record it is: what is deleted is looked up by that.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Of {
    #[serde(default)]
    integration_id: String,
}

/// Changes that are shown.
const CHANGES: u64 = 50;

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path((environment, model, id)): Path<(String, String, String)>,
    Query(of): Query<Of>,
) -> Result<Markup, Fault> {
    let environment = environment_of(&environment)?;
    let model = portcullis_model::model(&model).ok_or_else(Fault::missing)?;
    let principal = visitor.principal(environment);
    let served = Served {
        raw: true,
        ..Served::default()
    };
    let found = match state
        .service
        .get_record(&principal, model, &id, &served)
        .await
    {
        Err(ServiceError::NotFound { .. }) if !of.integration_id.is_empty() => {
            return gone(&state, &visitor, environment, model, &id, &of).await;
        }
        found => found?,
    };
    let row = &found.row;
    let now = Utc::now();
    let doc: Value = serde_json::from_str(&row.doc).unwrap_or_default();
    let pretty = serde_json::to_string_pretty(&doc).unwrap_or_default();
    let fields = doc.as_object();
    let original = row.original.as_ref().map(indented).transpose()?;
    let history = state
        .service
        .record_history(&principal, &row.integration_id, &row.id, CHANGES)
        .await?;
    let customer = state
        .service
        .get_integration(&principal, &row.integration_id);
    let keeps_originals = customer.await?.keeps_originals;
    // A dialog's title is a heading of the second level already.
    let heading = |text: &str| match visitor.look.in_dialog {
        true => html! { h3 { (text) } },
        false => html! { h2 { (text) } },
    };
    let title = format!(
        "{} {}",
        capital(model.singular),
        show::cut(&row.external_id, 60)
    );
    let body = html! {
        div.stack {
            @if row.deleted_at.is_some() { span.pill.idle { (icon("circle-minus")) "Deleted at the vendor" } }
            dl.kv {
                dt { "Record id" } dd { code { (row.id) } }
                dt { "Customer" } dd { a href={ "/integrations/" (row.integration_id) } { (row.integration_id) } }
                dt { "Vendor's id" } dd dir="auto" { (row.external_id) }
                dt { "Changed here" } dd { (show::ago(row.updated_at, now)) }
                @if let Some(at) = row.x_updated_at { dt { "Changed at the vendor" } dd { (show::ago(at, now)) } }
                dt { "Last seen" } dd { (show::ago(row.last_seen, now)) }
            }
            section {
                (heading("Fields"))
                dl.kv {
                    @if let Some(fields) = fields { @for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                        dt { code { (name) } }
                        dd dir="auto" {
                            @match value {
                                Value::Array(_) | Value::Object(_) => details { summary { (plain_text(value)) } pre { (serde_json::to_string_pretty(value).unwrap_or_default()) } },
                                _ => (plain_text(value)),
                            }
                        }
                    } }
                }
            }
            section.stack-tight { (heading("History")) (past(&history, now)) }
            div.beside[original.is_some()].stack[original.is_none()] {
                section.stack-tight {
                    div.row.between { (heading("As stored")) button.btn.small type="button" data-copy="raw" { (icon("copy")) "Copy" } }
                    pre #raw.code-block tabindex="0" { (pretty) }
                }
                section.stack-tight {
                    @if let Some(original) = &original {
                        div.row.between { (heading("As the vendor sent it")) button.btn.small type="button" data-copy="original" { (icon("copy")) "Copy" } }
                        pre #original.code-block tabindex="0" dir="auto" { (original) }
                    } @else {
                        (heading("As the vendor sent it"))
                        p.muted {
                            @if keeps_originals { "Kept from when the record is read next. " }
                            @else { "The vendor's own records are not kept for this customer. " }
                            a href={ "/integrations/" (row.integration_id) "/settings#facts" } { "Settings of the customer" }
                        }
                    }
                }
            }
        }
    };
    if visitor.look.in_dialog {
        return Ok(frame::dialog(&title, true, &body));
    }
    let content = html! {
        div.page-head { div.titles { h1 { (title) } } }
        div.panel { div.panel-body { (body) } }
    };
    Ok(Page::new(&title, Place::Data)
        .crumb("Data", "/data")
        .crumb(
            words::model(model.name),
            format!("/data?environment={environment}&model={}", model.name),
        )
        .production(environment == Environment::Production)
        .show(&visitor, &content))
}

/// The vendor's own record for people.
fn indented(original: &Packed) -> Result<String, ServiceError> {
    let text = original.text().map_err(ServiceError::from)?;
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    Ok(serde_json::to_string_pretty(&value).unwrap_or(text))
}

/// A record that is deleted: what is still known of it.
async fn gone(
    state: &ConsoleState,
    visitor: &Visitor,
    environment: Environment,
    model: &'static ModelSpec,
    id: &str,
    of: &Of,
) -> Result<Markup, Fault> {
    let principal = visitor.principal(environment);
    let history = state
        .service
        .record_history(&principal, &of.integration_id, id, CHANGES)
        .await?;
    let now = Utc::now();
    let title = format!(
        "{} {}",
        capital(model.singular),
        show::cut(&history.x_id, 60)
    );
    let body = html! {
        div.stack {
            span { span.pill.idle { (icon("circle-minus")) "Deleted at the vendor" } }
            dl.kv {
                dt { "Record id" } dd { code { (history.id) } }
                dt { "Customer" } dd { a href={ "/integrations/" (of.integration_id) } { (of.integration_id) } }
                dt { "Vendor's id" } dd dir="auto" { (history.x_id) }
                @if let Some(at) = history.deleted_at { dt { "Deleted" } dd { (show::ago(at, now)) } }
                dt { "First stored" } dd { (show::ago(history.created_at, now)) }
            }
            (past(&history, now))
        }
    };
    if visitor.look.in_dialog {
        return Ok(frame::dialog(&title, true, &body));
    }
    let content = html! {
        div.page-head { div.titles { h1 { (title) } } }
        div.panel { div.panel-body { (body) } }
    };
    Ok(Page::new(&title, Place::Data)
        .crumb("Data", "/data")
        .crumb(
            words::model(model.name),
            format!("/data?environment={environment}&model={}", model.name),
        )
        .production(environment == Environment::Production)
        .show(visitor, &content))
}

/// What became of a record, newest first.
fn past(history: &RecordHistoryView, now: DateTime<Utc>) -> Markup {
    html! {
        ol.history {
            @if let Some(since) = history.missing_since.filter(|_| history.deleted_at.is_none()) {
                li { span.muted { (show::ago(since, now)) } span { "Not found by the last complete reads; not deleted yet" } }
            }
            @for change in &history.changes {
                li {
                    span.muted { (show::ago(change.at, now)) }
                    span {
                        @match (change.kind.as_str(), &change.fields) {
                            ("delete", _) => "Deleted at the vendor",
                            (_, Some(fields)) => { "Changed: " @for (index, field) in fields.iter().enumerate() { @if index > 0 { ", " } code { (field) } } },
                            (_, None) => "Appeared",
                        }
                    }
                }
            }
            @if history.changes.iter().all(|change| change.fields.is_some()) {
                li { span.muted { (show::ago(history.created_at, now)) } span { "First stored" } }
            }
        }
    }
}

fn capital(word: &str) -> String {
    words::model(word)
}
