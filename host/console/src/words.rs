//! Statuses as an icon, a word and a tone: one table for every page, so that a word means the same everywhere.

use maud::{Markup, html};

use crate::icon::{icon, turning};

/// How a status is coloured, in support of its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Ok,
    Warn,
    Bad,
    Busy,
    Idle,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Busy => "busy",
            Self::Idle => "idle",
        }
    }
}

/// A word with its icon and tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) tone: Tone,
}

const fn word(text: &'static str, icon: &'static str, tone: Tone) -> Word {
    Word { text, icon, tone }
}

/// How an integration is.
pub(crate) fn state(state: &str) -> Word {
    match state {
        "active" => word("Active", "circle-check", Tone::Ok),
        "disabled" => word("Disabled", "circle-minus", Tone::Idle),
        "needs_attention" => word("Needs attention", "triangle-alert", Tone::Bad),
        "archived" => word("Archived", "archive", Tone::Idle),
        "connector_missing" => word("Connector missing", "unplug", Tone::Bad),
        _ => word("Unknown", "circle-help", Tone::Idle),
    }
}

/// Where a sync or a run stands, or how it ended. The texts are the service's.
pub(crate) fn status(status: &str, label: &'static str) -> Word {
    let (icon, tone) = match status {
        "queued" => ("hourglass", Tone::Idle),
        "running" => ("loader", Tone::Busy),
        "waiting" => ("clock", Tone::Warn),
        "blocked" => ("ban", Tone::Warn),
        "succeeded" => ("circle-check", Tone::Ok),
        "succeeded_empty" => ("circle-dashed", Tone::Ok),
        "partial" => ("circle-alert", Tone::Warn),
        "skipped_no_access" => ("lock", Tone::Warn),
        "skipped_not_licensed" => ("lock", Tone::Warn),
        "skipped_unsupported" => ("circle-slash", Tone::Idle),
        "cancelled" => ("square-stop", Tone::Idle),
        "failed" | "abandoned" => ("circle-x", Tone::Bad),
        _ => ("circle-help", Tone::Idle),
    };
    Word {
        text: label,
        icon,
        tone,
    }
}

/// What credentials can read of a model; `None` while it is being found out.
pub(crate) fn verdict(verdict: Option<&str>) -> Word {
    match verdict {
        None => word("Checking", "loader", Tone::Busy),
        Some("granted") => word("Granted", "circle-check", Tone::Ok),
        Some("empty") => word("Empty", "circle-dashed", Tone::Ok),
        Some("partial") => word("Partly readable", "circle-alert", Tone::Warn),
        Some("denied") => word("No access", "lock", Tone::Bad),
        Some("not_licensed") => word("Not licensed", "lock", Tone::Warn),
        Some("unsupported") => word("Unsupported", "circle-slash", Tone::Idle),
        Some("error") => word("Connector error", "circle-x", Tone::Bad),
        Some(_) => word("Unknown", "circle-help", Tone::Idle),
    }
}

/// Who has to do something, in words.
pub(crate) fn who(who: &str) -> &'static str {
    match who {
        "caller" => "you",
        "operator" => "whoever runs this gateway",
        "customer" => "your customer",
        "vendor" => "the vendor",
        "connector" | "connector_author" => "the author of the connector",
        _ => "nobody: the gateway tries again",
    }
}

/// A status as a pill.
pub(crate) fn pill(word: Word) -> Markup {
    html! {
        span.pill.(word.tone.class()) {
            @if word.icon == "loader" { (turning("loader")) } @else { (icon(word.icon)) }
            (word.text)
        }
    }
}

/// A model's name as people read it: `Properties`.
pub(crate) fn model(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Why a sync was started.
pub(crate) fn kind(kind: &str) -> &'static str {
    match kind {
        "first" => "First sync",
        "manual" => "Started by hand",
        "scheduled" => "Scheduled",
        "back_sync" => "Back-sync",
        _ => "Sync",
    }
}

/// What somebody did, as a sentence without its subject.
pub(crate) fn action(action: &str) -> String {
    match action {
        "integration.create" => "added the customer",
        "integration.enable" => "enabled it",
        "integration.disable" => "disabled it",
        "integration.archive" => "archived it",
        "integration.rename" => "renamed it",
        "originals.keep" => "switched the keeping of the vendor's own records",
        "data_access.check" => "checked data access",
        "sync.start" => "started a sync",
        "sync.cancel" => "cancelled a sync",
        "back_sync.start" => "started a back-sync",
        "credentials.replace" => "replaced the credentials",
        "schedule.change" => "changed the schedule",
        "properties.switch" => "switched properties on or off",
        "deletes.confirm" => "confirmed a deletion that waited",
        "deletes.reject" => "kept records that a sync had missed",
        "dead_letters.retry" => "had dead letters read again",
        "models.switch" => "switched models on or off",
        other => return other.replace(['.', '_'], " "),
    }
    .to_owned()
}
