//! One record: its fields, and the document as the API serves it.

use axum::extract::{Path, State};
use chrono::Utc;
use maud::{Markup, html};
use serde_json::Value;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::frame::{self, Page, Place};
use crate::icon::icon;
use crate::pages::data::plain_text;
use crate::pages::environment_of;
use crate::show;
use crate::visitor::Visitor;
use crate::words;

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path((environment, model, id)): Path<(String, String, String)>,
) -> Result<Markup, Fault> {
    let environment = environment_of(&environment)?;
    let model = portcullis_model::model(&model).ok_or_else(Fault::missing)?;
    let principal = visitor.principal(environment);
    let found = state.service.get_record(&principal, model, &id).await?;
    let row = &found.row;
    let now = Utc::now();
    let doc: Value = serde_json::from_str(&row.doc).unwrap_or_default();
    let pretty = serde_json::to_string_pretty(&doc).unwrap_or_default();
    let fields = doc.as_object();
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
                h3 { "Fields" }
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
            section.stack-tight {
                div.row.between { h3 { "As stored" } button.btn.small type="button" data-copy="raw" { (icon("copy")) "Copy" } }
                pre #raw.code-block tabindex="0" { (pretty) }
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
        .production(environment == portcullis_service::Environment::Production)
        .show(&visitor, &content))
}

fn capital(word: &str) -> String {
    words::model(word)
}
