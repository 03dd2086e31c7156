//! One job: what it did model by model, its log, and what it left out.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::header;
use maud::{Markup, html};
use portcullis_service::{DeadLetterView, LogLineView, RunView, SyncView};
use serde::Deserialize;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::icon::icon;
use crate::pages::integration::{framed, principal_of};
use crate::pages::jobs::{Sums, run_status, sync_status};
use crate::parts::{button_form, csrf, empty};
use crate::show;
use crate::visitor::Visitor;
use crate::words::{self, model};

/// Lines of a log that a page shows: the newest.
const LINES: u64 = 100;
/// Lines that are read at once for a file.
const BATCH: u64 = 2_000;
/// Most lines of a file.
const FILE_MAX: usize = 100_000;

/// Which lines of the log are shown.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct Lines {
    /// Warnings and errors alone.
    #[serde(default)]
    pub(crate) problems: bool,
}

/// What a page of a job shows.
pub(crate) struct JobSeen {
    sync: SyncView,
    lines: Vec<LogLineView>,
    /// A worker was lost, and another one went on.
    is_resumed: bool,
    shown: Lines,
    now: DateTime<Utc>,
}

impl JobSeen {
    pub(crate) fn is_over(&self) -> bool {
        self.sync.finished_at.is_some()
    }
}

/// Reads a job and the end of its log.
pub(crate) async fn see_job(
    state: &ConsoleState,
    principal: &portcullis_service::Principal,
    id: &str,
    shown: Lines,
) -> Result<JobSeen, Fault> {
    let sync = state.service.get_sync(principal, id).await?;
    let lines = state
        .service
        .sync_log_end(principal, id, shown.problems, LINES)
        .await?;
    let is_resumed = state.service.was_interrupted(principal, &sync).await?;
    Ok(JobSeen {
        sync,
        lines,
        is_resumed,
        shown,
        now: Utc::now(),
    })
}

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path((id, sync)): Path<(String, String)>,
    Query(shown): Query<Lines>,
) -> Result<Markup, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let service = &state.service;
    let view = service.get_integration(&principal, &id).await?;
    let seen = see_job(&state, &principal, &sync, shown).await?;
    let letters = service.list_dead_letters(&principal, &sync).await?;
    let vendor = service.get_vendor(&principal, &view.vendor).await.ok();
    let content = html! {
        (job(&visitor, &seen))
        br;
        (dead_letters(&visitor, &id, &letters))
    };
    let query = if shown.problems { "?problems=true" } else { "" };
    let live = format!("/integrations/{id}/jobs/{sync}/live{query}");
    Ok(framed(&view, vendor.as_ref(), "Job")
        .crumb(view.name.clone(), format!("/integrations/{id}"))
        .crumb("Jobs", format!("/integrations/{id}/jobs"))
        .live((!seen.is_over()).then_some(live))
        .show(&visitor, &content))
}

/// The whole log as a file of text.
pub(crate) async fn download(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path((id, sync)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    let mut text = String::new();
    let (mut after, mut count) = (0, 0);
    loop {
        let log = state.service.sync_log(&principal, &sync, after, BATCH);
        let (lines, more) = log.await?;
        for line in &lines {
            after = line.id;
            count += 1;
            let at = line.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            let model = line.model.as_deref().unwrap_or("-");
            // One line of the file is one line of the log, whatever a vendor said.
            let message = line.message.replace(['\n', '\r'], " ");
            text.push_str(&format!(
                "{at} {:<5} {model} {} {message}\n",
                line.level, line.event
            ));
        }
        if !more || count >= FILE_MAX {
            break;
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"job.log\"",
        ),
    ];
    Ok((headers, text).into_response())
}

/// A whole job. It is replaced as a whole when something of it changed.
pub(crate) fn job(visitor: &Visitor, seen: &JobSeen) -> Markup {
    let (sync, now) = (&seen.sync, seen.now);
    let sums = Sums::of(&sync.runs);
    html! {
        div.stack #job {
            div.page-head {
                div.titles {
                    h1 { (words::kind(sync.kind)) }
                    div.facts {
                        (sync_status(sync))
                        span { "Last Ran " (show::ago(sync.started_at.unwrap_or(sync.created_at), now)) }
                        @if let Some(from) = sync.started_at {
                            span { "Duration " @if let Some(to) = sync.finished_at { (show::duration((to - from).num_seconds())) } @else { (show::since(from, now)) } }
                        }
                        @if seen.is_resumed { span.tag { (icon("history")) "Resumed where it had stopped" } }
                    }
                }
                @if sync.finished_at.is_none() && !sync.cancel_requested && visitor.may_operate() {
                    form.actions method="post" action={ "/integrations/" (sync.integration_id) "/actions/cancel" } {
                        (csrf(&visitor.user.csrf))
                        input type="hidden" name="sync" value=(sync.id);
                        button.btn { (icon("square-stop")) "Cancel the job" }
                    }
                }
            }
            dl.numbers {
                div { dt { "New" } dd { (show::number(sums.new)) } }
                div { dt { "Changed" } dd { (show::number(sums.changed)) } }
                div { dt { "Unchanged" } dd { (show::number(sums.unchanged)) } }
                div { dt { "Deleted" } dd { (show::number(sums.deleted)) } }
                div { dt { "Dead letters" } dd { (show::number(sums.dead)) } }
                div { dt { "Requests" } dd { (show::number(sums.requests)) } }
                // Models wait beside each other, so the longest says how much of the time went by so.
                div { dt { "Waited" } dd { (show::duration(sums.waited_ms / 1000)) } }
            }
            section.panel aria-labelledby="models" {
                div.panel-head { div { h2 #models { "Models" } p.small.muted { "One bar a model, on one axis of time." } } }
                div.runs { @for run in &sync.runs { (timed_row(run, sync, now)) } }
            }
            (table_of_runs(sync))
            (log(seen))
        }
    }
}

/// A run on the time axis of its sync.
fn timed_row(run: &RunView, sync: &SyncView, now: DateTime<Utc>) -> Markup {
    let begin = sync.started_at.unwrap_or(sync.created_at);
    let end = sync.finished_at.unwrap_or(now);
    let whole = (end - begin).num_milliseconds().max(1) as f64;
    let at = |time: DateTime<Utc>| {
        ((time - begin).num_milliseconds() as f64 * 100.0 / whole).clamp(0.0, 100.0)
    };
    let from = run.started_at.map(at);
    let to = at(run.finished_at.unwrap_or(end));
    let rows = run.rows_new + run.rows_changed + run.rows_unchanged + run.rows_dead;
    let tone = words::status(run.status, run.label).tone.class();
    let text = match run.started_at {
        Some(started) => format!(
            "began after {}, took {}",
            show::duration((started - begin).num_seconds()),
            show::duration((run.finished_at.unwrap_or(end) - started).num_seconds())
        ),
        None => "did not begin".to_owned(),
    };
    html! {
        div.run {
            span.model { (model(&run.model)) @if let Some(lead) = &run.lead { " " span.small.muted { "with " (lead) } } }
            div.bar-cell {
                svg.axis viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label=(text) {
                    rect.ground x="0" y="9" width="100" height="2" {}
                    @if let Some(from) = from { rect.(tone) x=(format!("{from:.2}")) y="4" width=(format!("{:.2}", (to - from).max(0.8))) height="12" {} }
                }
                span.small.muted { (show::number(rows)) @if let Some(total) = run.total { " of " (show::number(total)) } " records, " (show::plural(run.pages.unsigned_abs(), "page", "pages")) ", " (show::plural(run.requests.unsigned_abs(), "request", "requests"))
                    @if run.waited_ms >= 1000 { ", waited " (show::duration(run.waited_ms / 1000)) } }
            }
            div.status-cell { (run_status(run)) }
            @if let Some(message) = &run.error_message {
                p.note dir="auto" { (show::cut(message, 600)) @if let Some(who) = &run.who_must_act { " \u{b7} Who must act: " (words::who(who)) "." } }
            }
        }
    }
}

fn table_of_runs(sync: &SyncView) -> Markup {
    html! {
        section.panel aria-labelledby="results" {
            div.panel-head { h2 #results { "Results" } }
            div.scroll tabindex="0" role="region" aria-label="Results per model" { table {
                thead { tr {
                    th scope="col" { "Model" } th scope="col" { "Status" } th.num scope="col" { "New" } th.num scope="col" { "Changed" }
                    th.num scope="col" { "Unchanged" } th.num scope="col" { "Deleted" } th.num scope="col" { "Dead" } th.num scope="col" { "Attempts" }
                } }
                tbody { @for run in &sync.runs { tr {
                    td { (model(&run.model)) } td { (run_status(run)) }
                    td.num { (show::number(run.rows_new)) } td.num { (show::number(run.rows_changed)) }
                    td.num { (show::number(run.rows_unchanged)) } td.num { (show::number(run.rows_deleted)) } td.num { (show::number(run.rows_dead)) } td.num { (run.attempts) }
                } } }
            } }
        }
    }
}

/// What happened when.
fn log(seen: &JobSeen) -> Markup {
    let path = format!(
        "/integrations/{}/jobs/{}",
        seen.sync.integration_id, seen.sync.id
    );
    let lines = &seen.lines;
    let problems = seen.shown.problems;
    html! {
        section.panel aria-labelledby="log" {
            div.panel-head {
                div { h2 #log { "Log" } @if !lines.is_empty() { p.small.muted {
                    @if lines.len() as u64 == LINES { "The last " } (show::plural(lines.len() as u64, "line", "lines")) ", newest first"
                } } }
                div.actions {
                    nav.chips aria-label="Lines of the log" {
                        a.chip href={ (path) "#log" } aria-current=[(!problems).then_some("true")] { "All" }
                        a.chip href={ (path) "?problems=true#log" } aria-current=[problems.then_some("true")] { "Warnings and errors" }
                    }
                    a.btn.small href={ (path) "/log.txt" } download { (icon("download")) "Download" }
                }
            }
            @if lines.is_empty() {
                @if problems { (empty("circle-check", "No warning and no error", "Nothing of this job needed attention so far.", &html! {})) }
                @else { (empty("scroll-text", "No line yet", "What the gateway does for this job is written here while it happens.", &html! {})) }
            } @else {
                div.log tabindex="0" role="region" aria-label="Lines of the log" {
                    ol { @for line in lines { li {
                        span.muted { (show::moment(line.at)) }
                        span { (line.model.as_deref().map(model).unwrap_or_default()) }
                        span.(level(line.level)) dir="auto" { @if line.level != "info" && line.level != "debug" { (line.level) ": " } (show::cut(&line.message, 600)) }
                    } } }
                }
            }
        }
    }
}

/// The tone of a line.
fn level(level: &str) -> &'static str {
    match level {
        "error" => "bad",
        "warn" => "warn",
        _ => "line",
    }
}

fn dead_letters(visitor: &Visitor, id: &str, letters: &[DeadLetterView]) -> Markup {
    let open = letters.iter().any(|letter| letter.resolved_at.is_none());
    html! {
        @if !letters.is_empty() {
            section.panel aria-labelledby="dead" {
                div.panel-head { div { h2 #dead { "Dead letters" } p.small.muted { "Records that were left out, and why. The rest of the sync is not affected." } }
                    @if open && visitor.may_operate() {
                        (button_form(&format!("/integrations/{id}/actions/retry"), &visitor.user.csrf, "small", &html! { (icon("refresh-cw")) "Read their models again" }))
                    }
                }
                div.scroll tabindex="0" role="region" aria-label="Table of dead letters" { table {
                    thead { tr { th scope="col" { "Model" } th scope="col" { "Vendor's id" } th scope="col" { "Reason" } th scope="col" { "State" } } }
                    tbody { @for letter in letters { tr {
                        td { (model(&letter.model)) } td dir="auto" { (show::cut(letter.x_id.as_deref().unwrap_or("\u{2014}"), 60)) }
                        td { code { (letter.kind) } " " span dir="auto" { (show::cut(&letter.message, 400)) } }
                        td { @if letter.resolved_at.is_some() { span.pill.ok { (icon("circle-check")) "Resolved" } } @else { span.pill.warn { (icon("circle-alert")) "Open" } } }
                    } } }
                } }
            }
        }
    }
}
