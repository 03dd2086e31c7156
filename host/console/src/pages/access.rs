//! Data Access: what the credentials can read, model by model, with evidence and what to do.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use portcullis_service::{ModelAccess, VendorView};
use serde_json::Value;

use crate::icon::icon;
use crate::pages::integration::Seen;
use crate::parts::{button_form, empty};
use crate::show;
use crate::visitor::Visitor;
use crate::words::{self, model, verdict};

/// Models in the connector's order; those that nobody offers come last.
pub(crate) fn ordered(seen: &Seen) -> Vec<(&String, &ModelAccess)> {
    let place = |name: &String| seen.view.models.iter().position(|known| known == name);
    let mut models: Vec<_> = seen.access.models.iter().collect();
    models.sort_by_key(|(name, access)| {
        (
            access.verdict == Some("unsupported"),
            place(name).unwrap_or(usize::MAX),
            name.as_str(),
        )
    });
    models
}

/// The matrix. It is replaced as a whole when something of it changed; rows that are open stay open.
pub(crate) fn panel(visitor: &Visitor, seen: &Seen) -> Markup {
    let models = ordered(seen);
    let checking = seen.access.data_access_check_in_process;
    let known = models.iter().filter(|(_, it)| it.verdict.is_some());
    let (known, all) = (known.count(), models.len());
    let refused: Vec<&str> = models
        .iter()
        .filter(|(_, it)| matches!(it.verdict, Some("denied" | "not_licensed")))
        .map(|(name, _)| name.as_str())
        .collect();
    html! {
        section.panel #data-access aria-labelledby="data-access-title" aria-busy=[checking.then_some("true")] {
            div.panel-head {
                div {
                    h2 #data-access-title { "Data Access" }
                    p.small.muted {
                        @if checking { "Checking: " (known) " of " (all) " models known" }
                        @else if let Some(at) = seen.access.last_data_access_check { "Checked " (show::ago(at, seen.now)) }
                        @else { "Not checked yet" }
                        @if let Some(said) = seen.access.check.as_ref().and_then(|check| check.message.as_ref()).filter(|_| !checking) { " · " (show::cut(said, 200)) }
                    }
                }
                div.actions {
                    @if !refused.is_empty() { (for_customer(seen.vendor.as_ref(), &seen.view.name, &refused, seen)) }
                    @if checking { span.pill.busy { (crate::icon::turning("loader")) "Checking" } }
                    @else if visitor.may_operate() && !seen.view.is_archived && seen.view.connector.is_some() {
                        (button_form(&format!("/integrations/{}/actions/check", seen.view.id), &visitor.user.csrf, "small", &html! { (icon("refresh-cw")) "Run again" }))
                    }
                }
            }
            @if models.is_empty() {
                (empty("shield-check", "Nothing is known yet", "The connector of this vendor is not loaded, and no check has ever ended.", &html! {}))
            } @else {
                @let (offered, not): (Vec<_>, Vec<_>) = models.into_iter().partition(|(_, it)| it.verdict != Some("unsupported"));
                ul.matrix {
                    @for (name, access) in offered { (row(name, access, seen)) }
                    @if !not.is_empty() { (not_offered(&not)) }
                }
            }
        }
    }
}

fn row(name: &str, access: &ModelAccess, seen: &Seen) -> Markup {
    let word = verdict(access.verdict);
    let id = format!(
        "access-{}",
        name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    );
    let why = access.message.as_deref().unwrap_or(match access.verdict {
        Some("unsupported") => "The vendor or the connector does not offer it.",
        Some("empty") => "Readable; the vendor says there is nothing.",
        None => "Asking the vendor\u{2026}",
        _ => "",
    });
    html! {
        li {
            details id=(id) {
                summary {
                    span.model { (model(name)) }
                    span { (words::pill(word)) }
                    span.num.muted.total { @if let Some(n) = access.record_count { (show::number(n)) " records" } }
                    span.why.small.muted.clip dir="auto" { (show::cut(why, 300)) }
                    span.when.small.muted.nowrap { @if let Some(at) = access.checked_at { (show::ago(at, seen.now)) } }
                    (icon("chevron-right"))
                }
                div.evidence {
                    @if let Some(todo) = to_do(name, access) { p.todo { (icon("arrow-right")) span { (todo) } } }
                    @if let Some(message) = &access.message { p dir="auto" { strong { "Why: " } (show::cut(message, 2000)) } }
                    @if let Some(parts) = access.restrictions.as_array().filter(|it| !it.is_empty()) {
                        div { strong { "Cannot be read: " } ul { @for part in parts { li { (text(part)) } } } }
                    }
                    @if let Some(proofs) = access.evidence.as_array().filter(|it| !it.is_empty()) {
                        @for proof in proofs { (evidence(proof)) }
                    } @else { p.muted { "No request was made for it." } }
                }
            }
        }
    }
}

/// The models that the vendor or its connector does not have, in one row: nobody can do anything about them here.
fn not_offered(models: &[(&String, &ModelAccess)]) -> Markup {
    html! {
        li {
            details #access-not-offered {
                summary {
                    span.model { (show::plural(models.len() as u64, "model", "models")) " more" }
                    span { (words::pill(verdict(Some("unsupported")))) }
                    span {}
                    span.why.small.muted.clip { "The vendor or its connector does not offer them." }
                    span {}
                    (icon("chevron-right"))
                }
                div.evidence {
                    ul { @for (name, access) in models { li {
                        (model(name)) @if let Some(message) = &access.message { span.muted dir="auto" { ": " (show::cut(message, 300)) } }
                    } } }
                }
            }
        }
    }
}

/// A text of a value that may be anything.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// One request and its answer.
fn evidence(proof: &Value) -> Markup {
    let get = |name: &str| proof[name].as_str().unwrap_or_default();
    let at = DateTime::parse_from_rfc3339(get("at")).ok();
    html! {
        div.proof {
            dl.kv {
                dt { "Request" } dd { code { (get("method")) " " (get("host")) (show::cut(get("path"), 400)) } }
                dt { "Answer" }
                dd {
                    @if let Some(status) = proof["status"].as_u64() { "HTTP " (status) }
                    @if !get("error").is_empty() { " " code { (get("error")) } }
                    @if let Some(ms) = proof["latency_ms"].as_u64() { span.muted { " after " (ms) " ms" } }
                    @if let Some(at) = at { span.muted { " at " (show::moment(at.with_timezone(&Utc))) } }
                }
                @if !get("vendor_message").is_empty() { dt { "The vendor said" } dd dir="auto" { (show::cut(get("vendor_message"), 1000)) } }
            }
        }
    }
}

/// Who must act, and how.
fn to_do(name: &str, access: &ModelAccess) -> Option<String> {
    let model = model(name).to_lowercase();
    Some(match access.verdict? {
        "denied" => format!("Ask your customer to grant these credentials the right to read {model}, then run the check again."),
        "not_licensed" => format!("Your customer's plan with the vendor does not include {model}. Only your customer can change that."),
        "partial" => "It is synced as far as it can be read. For the rest, ask your customer to widen the permission.".to_owned(),
        "error" => "The connector failed, not the credentials. Run the check again; if it stays, tell the author of the connector.".to_owned(),
        "unknown" => "It could not be found out this time. Run the check again in some minutes.".to_owned(),
        _ => return None,
    })
}

/// A text that can be sent to the customer: what cannot be read, what the vendor said, where to tick what, as far as the
/// manifest says.
fn for_customer(
    vendor: Option<&VendorView>,
    customer: &str,
    refused: &[&str],
    seen: &Seen,
) -> Markup {
    let vendor_name = vendor.map_or(seen.view.vendor.as_str(), |vendor| vendor.name.as_str());
    let mut letter =
        format!("Hello,\n\nthe {vendor_name} credentials of {customer} cannot read:\n");
    for name in refused {
        let said = seen
            .access
            .models
            .get(*name)
            .and_then(|it| it.message.as_deref());
        let said = said.map(|said| format!(" ({vendor_name} said: {})", show::cut(said, 200)));
        letter.push_str(&format!("- {}{}\n", model(name), said.unwrap_or_default()));
        let known = vendor.and_then(|vendor| vendor.models.iter().find(|it| it.name == *name));
        if let Some(help) = known.and_then(|it| it.access_help.as_deref()) {
            letter.push_str(&format!("  To grant it in {vendor_name}: {help}\n"));
        }
    }
    letter.push_str("\nPlease grant the right to read them, and tell us when it is done.\n");
    html! {
        details.menu {
            summary.btn.small { (icon("copy")) "Copy for your customer" }
            div.items.letter {
                label.visually-hidden for="letter" { "Text for your customer" }
                textarea #letter rows="9" readonly { (letter) }
                button type="button" data-copy="letter" { (icon("copy")) "Copy" }
            }
        }
    }
}
