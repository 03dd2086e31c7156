//! Last Ran Jobs: the syncs of a customer, live while they last.

use axum::extract::{Path, Query, State};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use portcullis_service::{Principal, RunView, SyncView};
use serde::Deserialize;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::icon::icon;
use crate::pages::integration::{Seen, framed, head, principal_of, see, tabs};
use crate::parts::{bar, button_form, empty};
use crate::show;
use crate::visitor::Visitor;
use crate::words::{self, Tone, model};

/// Jobs on a page.
const PAGE: u64 = 50;

/// Which page.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct Older {
    #[serde(default)]
    offset: u64,
}

/// Numbers over all runs of a sync.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sums {
    pub(crate) new: i64,
    pub(crate) changed: i64,
    pub(crate) unchanged: i64,
    pub(crate) deleted: i64,
    pub(crate) dead: i64,
    pub(crate) requests: i64,
    /// The longest of its runs, in milliseconds.
    pub(crate) waited_ms: i64,
}

impl Sums {
    pub(crate) fn of(runs: &[RunView]) -> Self {
        runs.iter().fold(Self::default(), |sums, run| Self {
            new: sums.new + run.rows_new,
            changed: sums.changed + run.rows_changed,
            unchanged: sums.unchanged + run.rows_unchanged,
            deleted: sums.deleted + run.rows_deleted,
            dead: sums.dead + run.rows_dead,
            requests: sums.requests + run.requests,
            waited_ms: sums.waited_ms.max(run.waited_ms),
        })
    }

    fn rows(self) -> i64 {
        self.new + self.changed + self.unchanged + self.dead
    }
}

/// The newest jobs, on the overview.
pub(crate) fn panel(visitor: &Visitor, seen: &Seen) -> Markup {
    let id = &seen.view.id;
    html! {
        section.panel #jobs aria-labelledby="jobs-title" {
            div.panel-head {
                div {
                    h2 #jobs-title { "Last Ran Jobs" }
                    @if let Some(at) = seen.view.last_completed_sync { p.small.muted {
                        "Last Ran " (show::ago(at, seen.now))
                        @if let Some(next) = seen.view.next_sync_at.filter(|_| seen.view.active) { " · next " (show::ago(next, seen.now)) }
                    } }
                }
                div.actions {
                    @if seen.syncs_total > seen.syncs.len() as u64 { a.btn.small href={ "/integrations/" (id) "/jobs" } { "All " (seen.syncs_total) } }
                    @if visitor.may_operate() && seen.view.active && seen.running().is_none() {
                        (button_form(&format!("/integrations/{id}/actions/sync"), &visitor.user.csrf, "small", &html! { (icon("refresh-cw")) "Sync now" }))
                    }
                }
            }
            @if seen.syncs.is_empty() {
                (empty("history", "No job has run yet",
                    if seen.view.active { "The first sync starts within a second." } else { "Enabling the customer starts the first sync. It takes from a minute to some hours, and you can watch it here." }, &html! {}))
            } @else {
                @if let Some(sync) = seen.running() { (progress(sync, seen.now)) }
                (table(&seen.syncs, seen.now))
            }
        }
    }
}

/// A sync that is going on: one row a model.
fn progress(sync: &SyncView, now: DateTime<Utc>) -> Markup {
    html! {
        div.runs aria-label="Running now" role="group" {
            @for run in sync.runs.iter().filter(|run| !run.status.starts_with("skipped")) { (run_row(run, now)) }
        }
    }
}

/// How far a run is, how fast, and how long it will take.
fn run_row(run: &RunView, now: DateTime<Utc>) -> Markup {
    let rows = run.rows_new + run.rows_changed + run.rows_unchanged + run.rows_dead;
    let word = words::status(run.status, run.label);
    let total = run.total.filter(|total| *total > 0);
    let done = total.map(|total| (rows.min(total) * 1000 / total).clamp(0, 1000));
    let end = run.finished_at.unwrap_or(now);
    let seconds = run
        .started_at
        .map_or(0, |at| (end - at).num_seconds().max(1));
    let rate = if seconds > 0 { rows / seconds } else { 0 };
    let left = total.filter(|_| rate > 0 && run.finished_at.is_none());
    let left = left.map(|total| (total - rows).max(0) / rate);
    let text = match (total, done) {
        (Some(total), Some(done)) => format!(
            "{} of {} records, {} percent",
            show::number(rows),
            show::number(total),
            done / 10
        ),
        _ => format!("{} records", show::number(rows)),
    };
    let drawn = done.map_or(if run.finished_at.is_some() { 1000 } else { 0 }, |done| {
        done
    });
    let drawn = u32::try_from(drawn).unwrap_or(0);
    let drawn = if run.finished_at.is_some() && run.status.starts_with("succeeded") {
        1000
    } else {
        drawn
    };
    html! {
        div.run {
            span.model { (model(&run.model)) }
            div.bar-cell {
                (bar(&[(drawn, word.tone), (1000 - drawn.min(1000), Tone::Idle)].map(|(n, tone)| if tone == Tone::Idle { (n, Tone::Idle) } else { (n, tone) }), &text, false))
                span.small.muted {
                    (show::number(rows)) @if let Some(total) = total { " of " (show::number(total)) } " records"
                    @if rate > 0 && run.status == "running" { " · " (show::number(rate)) " a second" }
                    @if let Some(left) = left.filter(|_| run.status == "running") { " · about " (show::duration(left)) " left" }
                }
            }
            div.status-cell { (run_status(run)) }
            @if let Some(message) = run.error_message.as_ref().filter(|_| run.finished_at.is_none() || run.status != "succeeded") {
                p.note dir="auto" { (show::cut(message, 400)) @if let Some(who) = &run.who_must_act { " \u{b7} Who must act: " (words::who(who)) "." } }
            }
        }
    }
}

pub(crate) fn run_status(run: &RunView) -> Markup {
    let word = words::status(run.status, run.label);
    html! {
        @if let (Some(at), "waiting") = (run.next_try_at, run.status) { (waiting_pill(at, is_limit(run))) }
        @else { (words::pill(word)) }
    }
}

/// Whether it is the vendor's limit that is waited for, and not the end of a failure.
fn is_limit(run: &RunView) -> bool {
    run.error_code.as_deref() == Some("rate_limited")
}

fn waiting_pill(at: DateTime<Utc>, is_limit: bool) -> Markup {
    html! {
        span.pill.wrap.warn { (icon("clock")) span { "Waiting until " (show::clock(at)) @if is_limit { " (vendor\u{2019}s limit)" } } }
    }
}

fn table(syncs: &[SyncView], now: DateTime<Utc>) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { "Last Ran" } th scope="col" { "Status" } th.hide-phone scope="col" { "Why" }
                th.num.hide-phone scope="col" { "New" } th.num.hide-phone scope="col" { "Changed" } th.num scope="col" { "Records" }
                th.num.hide-phone scope="col" { "Duration" }
            } }
            tbody { @for sync in syncs { (sync_row(sync, now)) } }
        } }
    }
}

fn sync_row(sync: &SyncView, now: DateTime<Utc>) -> Markup {
    let sums = Sums::of(&sync.runs);
    html! {
        tr {
            td { a.name href={ "/integrations/" (sync.integration_id) "/jobs/" (sync.id) } { (show::ago(sync.finished_at.or(sync.started_at).unwrap_or(sync.created_at), now)) } }
            td { (sync_status(sync)) }
            td.hide-phone.muted { (words::kind(sync.kind)) }
            td.num.hide-phone { (show::number(sums.new)) }
            td.num.hide-phone { (show::number(sums.changed)) }
            td.num { (show::number(sums.rows())) }
            td.num.hide-phone { @if let Some(from) = sync.started_at { @if let Some(to) = sync.finished_at { (show::duration((to - from).num_seconds())) } @else { (show::since(from, now)) } } @else { "\u{2014}" } }
        }
    }
}

/// The word of a sync, and what a word alone would hide.
pub(crate) fn sync_status(sync: &SyncView) -> Markup {
    let word = words::status(sync.status, sync.label);
    let count = |words: &[&str]| {
        sync.runs
            .iter()
            .filter(|run| words.contains(&run.status))
            .count()
    };
    let no_access = count(&["skipped_no_access", "skipped_not_licensed"]);
    let failed = count(&["failed", "abandoned"]);
    let waiting = sync
        .runs
        .iter()
        .filter(|run| run.status == "waiting")
        .filter_map(|run| Some((run.next_try_at?, is_limit(run))))
        .min();
    let all_wait = waiting.is_some() && count(&["running"]) == 0;
    html! {
        @if sync.cancel_requested && sync.finished_at.is_none() { span.pill.idle { (icon("square-stop")) "Stopping" } }
        @else if let Some((at, is_limit)) = waiting.filter(|_| all_wait) { (waiting_pill(at, is_limit)) }
        @else { (words::pill(word)) }
        @if sync.status == "partial" {
            " " span.small.muted {
                @if no_access > 0 { (no_access) " of " (sync.runs.len()) " models had no access" }
                @if no_access > 0 && failed > 0 { ", " }
                @if failed > 0 { (failed) " failed" }
            }
        }
    }
}

pub(crate) async fn list(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(older): Query<Older>,
) -> Result<Markup, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let seen = see(&state, &principal, &id).await?;
    let syncs = see_jobs(&state, &principal, &id, older).await?;
    let content = html! {
        (head(&visitor, &seen))
        (tabs(&seen.view, "jobs"))
        (all(&id, &syncs, older, seen.now))
    };
    let live = format!("/integrations/{id}/jobs/live?offset={}", older.offset);
    Ok(framed(&seen.view, seen.vendor.as_ref(), "Jobs")
        .crumb(seen.view.name.clone(), format!("/integrations/{id}"))
        .live(Some(live))
        .show(&visitor, &content))
}

/// Reads a page of jobs, with how many there are.
pub(crate) async fn see_jobs(
    state: &ConsoleState,
    principal: &Principal,
    id: &str,
    older: Older,
) -> Result<(Vec<SyncView>, u64), Fault> {
    let list = state.service.list_syncs(principal, id, PAGE, older.offset);
    Ok(list.await?)
}

/// A page of jobs, as one live part.
pub(crate) fn all(
    id: &str,
    (syncs, total): &(Vec<SyncView>, u64),
    older: Older,
    now: DateTime<Utc>,
) -> Markup {
    let next = older.offset.saturating_add(PAGE);
    html! {
        section.panel #job-list aria-labelledby="jobs-title" {
            div.panel-head { h2 #jobs-title { "Last Ran Jobs" } }
            @if syncs.is_empty() { (empty("history", "No job has run yet", "Enabling the customer starts the first sync.", &html! {})) }
            @else { (table(syncs, now)) }
            div.panel-foot {
                span { (show::plural(*total, "job", "jobs")) }
                div.pager {
                    @if older.offset > 0 { a.btn.small href={ "/integrations/" (id) "/jobs" } { "Newest" } }
                    @if next < *total { a.btn.small href={ "/integrations/" (id) "/jobs?offset=" (next) } { "Older" } }
                }
            }
        }
    }
}
