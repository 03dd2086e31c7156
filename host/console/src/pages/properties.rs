//! Properties of a customer, on or off: what is read of the vendor's portfolio.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use portcullis_service::{Principal, PropertySwitches, PropertyView};

use crate::ConsoleState;
use crate::fault::Fault;
use crate::pages::customer_settings::Asked;
use crate::pages::integration::{Seen, principal_of};
use crate::parts::{csrf, empty};
use crate::posted::Posted;
use crate::show;
use crate::visitor::Visitor;

/// Properties on a page.
const PAGE: u64 = 50;

/// A page of properties.
pub(crate) struct Listed {
    rows: Vec<PropertyView>,
    total: u64,
    offset: u64,
    /// Whether those that appear from now on are read.
    new_are_on: bool,
}

/// Reads a page of them.
pub(crate) async fn list(
    state: &ConsoleState,
    principal: &Principal,
    id: &str,
    offset: u64,
) -> Result<Listed, Fault> {
    let service = &state.service;
    let (rows, total) = service.properties(principal, id, PAGE, offset).await?;
    let new = service.new_properties(principal, id).await?;
    Ok(Listed {
        rows,
        total,
        offset,
        new_are_on: new.new_properties_are_enabled,
    })
}

/// The switches. What was shown as on is sent along, so that two people do not undo each other's changes.
pub(crate) fn panel(
    visitor: &Visitor,
    seen: &Seen,
    listed: &Listed,
    asked: &Asked,
    may: bool,
) -> Markup {
    let base = format!("/integrations/{}/settings", seen.view.id);
    let next = listed.offset + PAGE;
    html! {
        section.panel #properties aria-labelledby="properties-title" {
            div.panel-head { div {
                h2 #properties-title { "Properties" }
                p.small.muted { "Records of a property that is switched off are not read any more; what was read of it stays." }
            } }
            @if listed.rows.is_empty() {
                (empty("inbox", "No property is known yet", "They are listed here once a sync has read them.", &html! {}))
            } @else {
                (asked.saved("properties", "It counts from the next sync on."))
                form method="post" action={ (base) "/properties" } {
                    (csrf(&visitor.user.csrf))
                    input type="hidden" name="offset" value=(listed.offset);
                    @if listed.new_are_on { input type="hidden" name="new-was" value="on"; }
                    div.scroll { table {
                        thead { tr { th scope="col" { "Read" } th.hide-phone scope="col" { "Vendor's id" } th.hide-phone scope="col" { "Switched" } } }
                        tbody { @for it in &listed.rows { tr {
                            td.wide {
                                label.check {
                                    input type="checkbox" name="on" value=(it.x_id) checked[it.enabled] disabled[!may];
                                    span dir="auto" { (show::cut(it.name.as_deref().unwrap_or(&it.x_id), 120)) }
                                }
                                input type="hidden" name="known" value=(it.x_id);
                                @if it.enabled { input type="hidden" name="was" value=(it.x_id); }
                            }
                            td.hide-phone { code { (show::cut(&it.x_id, 40)) } }
                            td.hide-phone { (show::ago_or(it.switched_at, seen.now, "\u{2014}")) }
                        } } }
                    } }
                    div.panel-foot {
                        label.check { input type="checkbox" name="new" value="on" checked[listed.new_are_on] disabled[!may]; span { "Read properties that appear from now on" } }
                        div.pager {
                            span { (show::plural(listed.total, "property", "properties")) }
                            @if listed.offset > 0 { a.btn.small href={ (base) "?properties=" (listed.offset.saturating_sub(PAGE)) "#properties" } rel="prev" { "Back" } }
                            @if next < listed.total { a.btn.small href={ (base) "?properties=" (next) "#properties" } rel="next" { "Next" } }
                            @if may { button.btn.small { "Save the properties" } }
                        }
                    }
                }
            }
        }
    }
}

/// Switches what differs from what the page had shown.
pub(crate) async fn switch(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let on: BTreeSet<&str> = fields.all("on").collect();
    let was: BTreeSet<&str> = fields.all("was").collect();
    let properties: BTreeMap<String, bool> = fields
        .all("known")
        .filter(|x_id| on.contains(x_id) != was.contains(x_id))
        .map(|x_id| (x_id.to_owned(), on.contains(x_id)))
        .collect();
    let is_on = |name: &str| !fields.text(name).is_empty();
    let new = Some(is_on("new")).filter(|wanted| *wanted != is_on("new-was"));
    if new.is_some() || !properties.is_empty() {
        let wanted = PropertySwitches {
            new_properties_are_enabled: new,
            properties,
        };
        let service = &state.service;
        service.switch_properties(&principal, &id, &wanted).await?;
    }
    let offset: u64 = fields.text("offset").parse().unwrap_or(0);
    let path =
        format!("/integrations/{id}/settings?saved=properties&properties={offset}#properties");
    Ok(Redirect::to(&path).into_response())
}
