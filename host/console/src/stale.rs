//! Data that is older than its schedule promises: since when, and why.

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};
use portcullis_service::{IntegrationView, SyncView};

use crate::icon::icon;
use crate::parts::titled;
use crate::show;
use crate::words::Tone;

/// How late a sync may begin before anybody is told.
const GRACE: TimeDelta = TimeDelta::minutes(10);

/// Why data grows old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The vendor does not accept the credentials.
    Rejected,
    /// The newest syncs failed: so many that are known, and whether there may be more.
    Failed(usize, bool),
    /// A sync was due and did not begin.
    Overdue(DateTime<Utc>),
}

/// Data that grows old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stale {
    /// When a sync last brought something.
    since: DateTime<Utc>,
    why: Why,
}

/// Whether the data of an integration is older than it should be. Of a list only the newest sync is known. What is
/// disabled grows old as it was told to, and where nothing was ever read there is nothing to grow old.
pub(crate) fn of(view: &IntegrationView, syncs: &[SyncView], now: DateTime<Utc>) -> Option<Stale> {
    if !view.active || view.is_archived {
        return None;
    }
    let since = view.last_completed_sync?;
    let has_failed = |status: &str| matches!(status, "failed" | "abandoned");
    let ended = syncs.iter().filter(|sync| sync.finished_at.is_some());
    let failed = ended.take_while(|sync| has_failed(sync.status)).count();
    let newest = view.last_sync.as_ref();
    let is_running = newest.is_some_and(|sync| sync.finished_at.is_none());
    let why = if view.credentials.state == "rejected" {
        Why::Rejected
    } else if failed > 0 {
        Why::Failed(failed, failed == syncs.len())
    } else if newest.is_some_and(|sync| has_failed(sync.status)) {
        Why::Failed(1, true)
    } else {
        let due = view.next_sync_at.filter(|due| *due + GRACE < now);
        Why::Overdue(due.filter(|_| !is_running)?)
    };
    Some(Stale { since, why })
}

impl Stale {
    /// What stands above everything else about a customer. That its credentials are rejected is said there already.
    pub(crate) fn banner(&self, view: &IntegrationView, now: DateTime<Utc>) -> Markup {
        let title = html! {
            "Data is from " (show::ago(self.since, now)) ": "
            @match self.why {
                Why::Rejected => "the vendor rejects the credentials",
                Why::Failed(1, _) => "the last sync failed",
                Why::Failed(n, false) => { "the last " (n) " syncs failed" },
                Why::Failed(n, true) => { "at least the last " (n) " syncs failed" },
                Why::Overdue(due) => { "a sync was due " (show::ago(due, now)) " and did not begin" },
            }
        };
        let text = match self.why {
            Why::Overdue(_) => {
                "No worker took it up. Whoever runs this gateway must act: is a worker running?"
            }
            _ => "The API serves what was read before, and says when that was.",
        };
        let job = view.last_sync.as_ref();
        titled(
            Tone::Warn,
            "history",
            &title,
            &html! { p { (text) } },
            &html! { @if let Some(job) = job { a.btn.small href={ "/integrations/" (view.id) "/jobs/" (job.id) } { "Last job" } } },
        )
    }

    /// The mark in a list.
    pub(crate) fn mark(&self, now: DateTime<Utc>) -> Markup {
        html! { span.pill.wrap.warn { (icon("history")) span { "Data is from " (show::ago(self.since, now)) } } }
    }
}
