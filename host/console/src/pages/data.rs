//! The data browser: the unified records of a model, filtered, newest first.

use axum::extract::{RawQuery, State};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use portcullis_model::{Filter, FilterKind, MODELS, ModelSpec};
use portcullis_service::{
    Environment, InputProblem, Principal, RecordPage, RecordQuery, ServiceError, SyncStateWord,
};

use crate::ConsoleState;
use crate::fault::Fault;
use crate::frame::{Page, Place};
use crate::icon::icon;
use crate::pages::record_table::{columns, is_number, row, title};
use crate::pages::{environment_name, integration, segment};
use crate::parts::{empty, looking};
use crate::show;
use crate::visitor::Visitor;
use crate::words;

/// Records on a page.
const PAGE: u32 = 25;
/// Integrations that the picker offers.
const OFFERED: u32 = 100;

/// What is asked for, as the address says it.
struct Asked {
    model: &'static ModelSpec,
    environment: Environment,
    /// Filters of the model by name, with [`DELETED`] and [`CURSOR`].
    pairs: Vec<(String, String)>,
    /// Records before those that are shown. It says where one is and decides nothing.
    before: u64,
}

/// Whether deleted records are listed, too.
const DELETED: &str = "include_deleted";
/// Where the page begins.
const CURSOR: &str = "cursor";

impl Asked {
    fn read(query: Option<&str>) -> Self {
        let mut asked = Self {
            model: &MODELS[0],
            environment: Environment::Sandbox,
            pairs: Vec::new(),
            before: 0,
        };
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "model" => asked.model = portcullis_model::model(&value).unwrap_or(asked.model),
                "environment" => {
                    asked.environment = Environment::parse(&value).unwrap_or(asked.environment);
                }
                "before" => asked.before = value.parse().unwrap_or(0),
                // An empty field of a form means that it is not asked for.
                _ if value.is_empty() => {}
                name => {
                    if !asked.pairs.iter().any(|(known, _)| known == name) {
                        asked.pairs.push((name.to_owned(), value.into_owned()));
                    }
                }
            }
        }
        let model = asked.model;
        asked
            .pairs
            .retain(|(name, _)| name == CURSOR || name == DELETED || model.filter(name).is_some());
        // Without the place there is nothing before it.
        if asked.value(CURSOR).is_empty() {
            asked.before = 0;
        }
        asked
    }

    fn value(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The question as an address holds it, without the place of the page.
    fn query(&self) -> String {
        let mut query = format!("environment={}&model={}", self.environment, self.model.name);
        for (name, value) in self.pairs.iter().filter(|(name, _)| name != CURSOR) {
            query.push_str(&format!("&{}={}", segment(name), segment(value)));
        }
        query
    }

    fn is_first_page(&self) -> bool {
        self.value(CURSOR).is_empty()
    }

    fn is_filtered(&self) -> bool {
        let own = ["integration_id", CURSOR, DELETED];
        self.pairs
            .iter()
            .any(|(name, _)| !own.contains(&name.as_str()))
    }
}

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Markup, Fault> {
    let asked = Asked::read(query.as_deref());
    let principal = visitor.principal(asked.environment);
    if visitor.look.in_part {
        let found = find(&state, &principal, &asked).await?;
        return Ok(part(&asked, &found, Utc::now()));
    }
    let id = asked.value("integration_id");
    let (found, own, mut names) = tokio::try_join!(
        find(&state, &principal, &asked),
        async {
            match id {
                "" => Ok(None),
                id => Ok(state.service.get_integration(&principal, id).await.ok()),
            }
        },
        state.service.customer_names(&principal, OFFERED)
    )?;
    let results = part(&asked, &found, Utc::now());
    if let Some(view) = &own
        && !names.iter().any(|(id, _)| *id == view.id)
    {
        names.push((view.id.clone(), view.name.clone()));
    }
    let body = html! {
        (models(&asked))
        (filters(&asked, &names))
        (looking("Looking for records\u{2026}"))
        div #records { (results) }
    };
    if let Some(view) = own {
        let now = Utc::now();
        let content = html! {
            div.page-head { div.titles {
                h1 dir="auto" { (view.name) }
                div.facts { (words::pill(words::state(view.state))) span.tag.production[view.environment == "production"] { (view.environment) }
                    @if let Some(at) = view.last_completed_sync { span { "Last Ran " (show::ago(at, now)) } } }
            } }
            (integration::tabs(&view, "data"))
            (body)
        };
        let vendor = state
            .service
            .get_vendor(&principal, &view.vendor)
            .await
            .ok();
        return Ok(integration::framed(&view, vendor.as_ref(), "Data")
            .crumb(view.name.clone(), format!("/integrations/{}", view.id))
            .show(&visitor, &content));
    }
    let content = html! {
        div.page-head { div.titles { h1 { "Data" } p.lead { "The unified records of every customer, as the API serves them." } } }
        nav.tabs aria-label="Environments" {
            @for it in [Environment::Sandbox, Environment::Production] {
                a.production[it == Environment::Production] href={ "/data?environment=" (it) "&model=" (asked.model.name) } aria-current=[(it == asked.environment).then_some("page")] { (environment_name(it)) }
            }
        }
        (body)
    };
    Ok(Page::new("Data", Place::Data)
        .production(asked.environment == Environment::Production)
        .show(&visitor, &content))
}

/// A page of records, or what is wrong with the question.
type Found = Result<RecordPage, Vec<InputProblem>>;

async fn find(
    state: &ConsoleState,
    principal: &Principal,
    asked: &Asked,
) -> Result<Found, ServiceError> {
    let mut pairs = asked.pairs.clone();
    pairs.push(("limit".to_owned(), PAGE.to_string()));
    let page = match RecordQuery::parse(asked.model, &pairs) {
        Ok(query) => {
            let query = query.without_states();
            state.service.list_records(principal, &query).await
        }
        Err(error) => Err(error),
    };
    match page {
        Ok(page) => Ok(Ok(page)),
        Err(ServiceError::Invalid(problems)) => Ok(Err(problems)),
        Err(error) => Err(error),
    }
}

/// The records as a part that can be live: what is empty is looked at again and again until something arrives.
fn part(asked: &Asked, found: &Found, now: DateTime<Utc>) -> Markup {
    let is_waiting = asked.is_first_page() && found.as_ref().is_ok_and(|page| page.rows.is_empty());
    let live = is_waiting.then(|| format!("/data/live?{}", asked.query()));
    html! { div #record-list data-live=[live] { (results(asked, found, now)) } }
}

/// The part for a live page, and whether it need not be looked at any more.
pub(crate) async fn look(
    state: &ConsoleState,
    visitor: &Visitor,
    query: &str,
    now: DateTime<Utc>,
) -> Result<(Markup, bool), Fault> {
    let asked = Asked::read(Some(query));
    let principal = visitor.principal(asked.environment);
    let found = find(state, &principal, &asked).await?;
    let has_some = found.as_ref().is_ok_and(|page| !page.rows.is_empty());
    Ok((part(&asked, &found, now), has_some || found.is_err()))
}

fn models(asked: &Asked) -> Markup {
    let id = asked.value("integration_id");
    let of = |model: &ModelSpec| {
        let mut path = format!(
            "/data?environment={}&model={}",
            asked.environment, model.name
        );
        if !id.is_empty() {
            path.push_str(&format!("&integration_id={}", segment(id)));
        }
        path
    };
    html! {
        nav.chips aria-label="Models" {
            @for model in &MODELS { a.chip href=(of(model)) aria-current=[(model.name == asked.model.name).then_some("page")] { (words::model(model.name)) } }
        }
    }
}

fn filters(asked: &Asked, names: &[(String, String)]) -> Markup {
    let path = "/data";
    let shown =
        |filter: &&Filter| !matches!(filter.kind, FilterKind::Integration | FilterKind::Vendor);
    let own: Vec<&Filter> = asked.model.filters.iter().filter(shown).collect();
    let used = own
        .iter()
        .filter(|filter| !asked.value(filter.name).is_empty())
        .count();
    html! {
        form.stack-tight method="get" action=(path) hx-get=(path) hx-target="#records" hx-push-url="true" hx-trigger="submit, change" hx-indicator="#looking" {
            input type="hidden" name="environment" value=(asked.environment);
            input type="hidden" name="model" value=(asked.model.name);
            div.toolbar {
                div.field.grow {
                    label for="integration" { "Customer" }
                    select #integration name="integration_id" {
                        option value="" { "All customers" }
                        @for (id, name) in names { option value=(id) selected[id == asked.value("integration_id")] { (show::cut(name, 80)) } }
                    }
                }
                label.check { input type="checkbox" name=(DELETED) value="true" checked[asked.value(DELETED) == "true"]; span { "Deleted records, too" } }
                noscript { button.btn { "Show" } }
            }
            details.fold open[used > 0] {
                summary { (icon("list-filter")) " Filters " @if used > 0 { span.count { (used) } } }
                div {
                    div.filter-grid { @for filter in own { (one_filter(filter, asked)) } }
                    div.actions { button.btn.primary { "Apply" } a.btn href=(format!("/data?environment={}&model={}", asked.environment, asked.model.name)) { "Clear" } }
                }
            }
        }
    }
}

fn one_filter(filter: &Filter, asked: &Asked) -> Markup {
    let id = format!("filter-{}", filter.name);
    let value = asked.value(filter.name);
    let label = filter.name.replace('_', " ");
    let options: Option<Vec<&str>> = match filter.kind {
        FilterKind::OneOf { values, .. } => Some(values.to_vec()),
        FilterKind::Bool { .. } | FilterKind::OnlyNull { .. } => Some(vec!["true", "false"]),
        _ => None,
    };
    let kind = match filter.kind {
        FilterKind::DateBefore { .. }
        | FilterKind::DateAfter { .. }
        | FilterKind::DateAtLeast { .. }
        | FilterKind::DateAtMost { .. }
        | FilterKind::TimeAtLeast { .. }
        | FilterKind::TimeAtMost { .. } => "date",
        _ => "text",
    };
    html! {
        div.field {
            label for=(id) { (label) }
            @if let Some(options) = options {
                select id=(id) name=(filter.name) { option value="" { "Any" } @for option in options { option value=(option) selected[option == value] { (option) } } }
            } @else { input id=(id) name=(filter.name) type=(kind) value=(value) autocomplete="off"; }
        }
    }
}

fn results(asked: &Asked, found: &Found, now: DateTime<Utc>) -> Markup {
    let page = match found {
        Ok(page) => page,
        Err(problems) => {
            return html! {
                div.panel { div.empty { (icon("circle-alert")) p.empty-title { "The filters cannot be used so" }
                    @for problem in problems { p.bad dir="auto" { (show::cut(&problem.detail, 400)) } }
                    div.actions { a.btn href={ "/data?environment=" (asked.environment) "&model=" (asked.model.name) } { "Clear the filters" } } } }
            };
        }
    };
    if page.rows.is_empty() {
        return html! { div.panel { (nothing(asked, page)) } };
    }
    let columns = columns(asked.model, &page.rows);
    let first = asked.before;
    let last = first.saturating_add(page.rows.len() as u64);
    let next = page.next_cursor.as_ref();
    let next = next.map(|next| {
        format!(
            "/data?{}&cursor={}&before={last}",
            asked.query(),
            segment(next)
        )
    });
    html! {
        section.panel aria-label="Records" {
            div.scroll tabindex="0" role="region" aria-label="Table of records" { table {
                thead { tr { th scope="col" { "Record" } @for (name, kind) in &columns { th.num[is_number(*kind)] scope="col" { (title(name)) } } th scope="col" { "Changed" } } }
                tbody { @for record in &page.rows { (row(asked.environment, asked.model, record, &columns, now)) } }
            } }
            div.panel-foot {
                span { (show::number(i64::try_from(first + 1).unwrap_or(0))) "\u{2013}" (show::number(i64::try_from(last).unwrap_or(0))) " of " @if page.total_is_lower_bound { "more than " } (show::number(page.total)) }
                div.pager {
                    @if !asked.is_first_page() { a.btn.small href={ "/data?" (asked.query()) } { "First page" } }
                    @if let Some(next) = next { a.btn.small href=(next) rel="next" { "Next page" (icon("arrow-right")) } }
                }
            }
        }
    }
}

fn nothing(asked: &Asked, page: &RecordPage) -> Markup {
    let model = words::model(asked.model.name).to_lowercase();
    let is = |word: SyncStateWord| page.reached.contains(&word);
    if asked.is_filtered() {
        return empty(
            "search",
            "No record passes the filters",
            "Widen them, or look at all records of this model.",
            &html! { a.btn href={ "/data?environment=" (asked.environment) "&model=" (asked.model.name) } { "Clear the filters" } },
        );
    }
    if page.reached.is_empty() {
        return empty(
            "inbox",
            "No customer yet",
            "Records arrive when a customer is enabled and the first sync runs.",
            &html! { a.btn.primary href="/" { "Go to Integrations" } },
        );
    }
    if is(SyncStateWord::FirstSyncRunning) {
        return empty(
            "loader",
            "The first sync is running",
            &format!(
                "The first {model} appear here as soon as they are stored; the API serves them at the same time."
            ),
            &html! {},
        );
    }
    if is(SyncStateWord::NotSynced) {
        return empty(
            "hourglass",
            "Not synced yet",
            &format!(
                "No sync has read {model} yet. Enable the customer, or look at its last job to see why."
            ),
            &html! { a.btn href="/" { "Go to Integrations" } },
        );
    }
    empty(
        "circle-dashed",
        "Synced, and empty",
        &format!(
            "The vendor was asked for {model}, and there are none that these credentials can read."
        ),
        &html! {},
    )
}
