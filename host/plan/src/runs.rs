//! Which runs a sync has.

use chrono::{DateTime, Utc};
use portcullis_manifest::Manifest;
use portcullis_store::{
    DataAccessRow, ModelSwitchRow, NewRun, RunRow, ScheduleRow, Skip, SpanWish, Status, Verdict,
};

/// What a plan needs to know of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFacts {
    /// Its name.
    pub name: String,
    /// Whether the vendor has it at all.
    pub supported: bool,
    /// Whether it is read where nobody said otherwise.
    pub on_by_default: bool,
    /// The model on whose pages it arrives, for a companion.
    pub lead: Option<String>,
    /// Models that must end before it begins.
    pub after: Vec<String>,
}

/// The models of a manifest.
#[must_use]
pub fn models_of(manifest: &Manifest) -> Vec<ModelFacts> {
    let facts = manifest.models.iter().map(|model| ModelFacts {
        name: model.name.clone(),
        supported: model.supported,
        on_by_default: model.enabled,
        lead: model.with.clone(),
        // Parents are known before what is read over them.
        after: model
            .after
            .iter()
            .chain(model.partitioned_by.as_ref().map(|by| &by.model))
            .cloned()
            .collect(),
    });
    facts.collect()
}

/// What somebody wants of a sync.
#[derive(Debug, Clone, Default)]
pub struct Wish<'a> {
    /// Only these models, and what they arrive with; `None` for all that are switched on.
    pub models: Option<&'a [String]>,
    /// What is read of each: by default what the checkpoints leave open.
    pub span: Option<SpanWish>,
}

/// What is known when a sync is planned.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The connector's models.
    pub models: &'a [ModelFacts],
    /// The connector's format of cursors.
    pub state_format: i32,
    /// What the credentials can read.
    pub access: &'a [DataAccessRow],
    /// Models that somebody switched on or off.
    pub switches: &'a [ModelSwitchRow],
    /// The newest run of each model, which may have been stopped on its way. Empty: nothing is gone on with.
    pub before: &'a [RunRow],
}

impl Given<'_> {
    /// Whether a model is switched on, its lead included: without the lead's pages nothing of it would arrive.
    #[must_use]
    pub fn is_on(&self, model: &str) -> bool {
        let Some(facts) = self.models.iter().find(|facts| facts.name == model) else {
            return false;
        };
        let own = self
            .switches
            .iter()
            .find(|switch| switch.model == model)
            .map_or(facts.on_by_default, |switch| switch.enabled);
        own && facts.lead.as_ref().is_none_or(|lead| self.is_on(lead))
    }
}

/// The runs of a sync.
#[derive(Debug)]
pub struct Plan {
    /// In the order in which they are queued: leads before their companions.
    pub runs: Vec<NewRun>,
    /// Models that are not read, and why.
    pub skipped: Vec<Skipped>,
    /// Models that are switched off. They have no run.
    pub off: Vec<String>,
    /// Whether any model can be read, or may be for all that is known.
    pub reads_anything: bool,
}

/// A model that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The model.
    pub model: String,
    /// One of the `Skipped…` words.
    pub status: Status,
    /// Why, in the vendor's own words where it gave some.
    pub message: String,
    /// Who can change it.
    pub who_must_act: &'static str,
}

const CUSTOMER: &str = "customer";
const CONNECTOR_AUTHOR: &str = "connector_author";

/// Why a model with this verdict is not read; `None` where it is, or is at least tried.
fn skip(verdict: Verdict, message: Option<&str>) -> Option<Skip> {
    let (status, code, default, who) = match verdict {
        Verdict::Denied => (
            Status::SkippedNoAccess,
            "access_denied",
            "The vendor refuses to let these credentials read it.",
            CUSTOMER,
        ),
        Verdict::NotLicensed => (
            Status::SkippedNotLicensed,
            "not_licensed",
            "The customer has no licence for it.",
            CUSTOMER,
        ),
        Verdict::Unsupported => (
            Status::SkippedUnsupported,
            "unsupported",
            "The vendor or the connector does not offer it.",
            CONNECTOR_AUTHOR,
        ),
        Verdict::Granted
        | Verdict::Empty
        | Verdict::Partial
        | Verdict::Unknown
        | Verdict::Error => return None,
    };
    Some(Skip {
        status,
        code: code.to_owned(),
        message: Some(message.unwrap_or(default).to_owned()),
        who_must_act: Some(who.to_owned()),
    })
}

/// One run per model that is wanted and switched on: those that can be read, or may be for all that is known, are read;
/// the others are over at once.
///
/// A run goes on from where the one before it stopped, if nothing of what it passed would be missing.
#[must_use]
pub fn plan(given: Given<'_>, wish: &Wish<'_>) -> Plan {
    let verdict_of = |facts: &ModelFacts| {
        let known = given.access.iter().find(|row| row.model == facts.name);
        match known {
            _ if !facts.supported => (Verdict::Unsupported, None),
            Some(row) => (row.verdict, row.message.as_deref()),
            None => (Verdict::Unknown, None),
        }
    };
    // A companion that is wanted brings its lead.
    let wanted = |facts: &ModelFacts| {
        wish.models.is_none_or(|names| {
            names.contains(&facts.name)
                || given.models.iter().any(|other| {
                    other.lead.as_ref() == Some(&facts.name) && names.contains(&other.name)
                })
        })
    };
    let span = wish.span.clone().unwrap_or(SpanWish::Auto);
    let mut reads_anything = false;
    let mut runs: Vec<NewRun> = Vec::with_capacity(given.models.len());
    // A companion's run must stand behind its lead's.
    let leads = given.models.iter().filter(|facts| facts.lead.is_none());
    let companions = given.models.iter().filter(|facts| facts.lead.is_some());
    for facts in leads.chain(companions) {
        if !wanted(facts) || !given.is_on(&facts.name) {
            continue;
        }
        let (verdict, message) = verdict_of(facts);
        let mut skip = skip(verdict, message);
        if let Some(lead) = &facts.lead {
            let lead_skip = runs
                .iter()
                .find(|run| run.model == *lead)
                .and_then(|run| run.skip.clone());
            // Without its lead's pages nothing of it would ever arrive.
            skip = skip.or_else(|| {
                lead_skip.map(|lead_skip| Skip {
                    message: Some(format!("It arrives with {lead}, which cannot be read.")),
                    ..lead_skip
                })
            });
        }
        reads_anything |= skip.is_none() && verdict != Verdict::Error;
        runs.push(NewRun {
            model: facts.name.clone(),
            lead: facts.lead.clone(),
            after: facts.after.clone(),
            span: span.clone(),
            state_format: given.state_format,
            resume_from: None,
            skip,
        });
    }
    for index in 0..runs.len() {
        runs[index].resume_from = resumable(&runs[index], &runs, given.before);
    }
    let skipped = runs.iter().filter_map(|run| {
        let skip = run.skip.as_ref()?;
        Some(Skipped {
            model: run.model.clone(),
            status: skip.status,
            message: skip.message.clone().unwrap_or_default(),
            who_must_act: match skip.status {
                Status::SkippedUnsupported => CONNECTOR_AUTHOR,
                _ => CUSTOMER,
            },
        })
    });
    let skipped = skipped.collect();
    let off = given.models.iter().map(|facts| facts.name.clone());
    let off = off.filter(|model| !given.is_on(model)).collect();
    Plan {
        runs,
        skipped,
        off,
        reads_anything,
    }
}

/// What is due of an integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due<'a> {
    /// The schedules whose time has come.
    pub schedules: Vec<&'a ScheduleRow>,
    /// The models that go by them; `None` for all, where no model has a schedule of its own.
    pub models: Option<Vec<String>>,
}

/// Which models are due at `now`. A model goes by its own schedule if it has one, else by the integration's; a companion
/// goes with its lead.
#[must_use]
pub fn due_models<'a>(
    models: &[ModelFacts],
    schedules: &'a [ScheduleRow],
    now: DateTime<Utc>,
) -> Due<'a> {
    let due = |schedule: &ScheduleRow| schedule.next_due_at.is_some_and(|at| at <= now);
    let goes_by = |model: &ModelFacts| {
        let name = model.lead.as_ref().unwrap_or(&model.name);
        let own = schedules.iter().find(|schedule| schedule.model == *name);
        own.or_else(|| schedules.iter().find(|schedule| schedule.model.is_empty()))
    };
    let all_alike = schedules.iter().all(|schedule| schedule.model.is_empty());
    let names = models
        .iter()
        .filter(|model| goes_by(model).is_some_and(due))
        .map(|model| model.name.clone());
    Due {
        models: (!all_alike).then(|| names.collect()),
        schedules: schedules.iter().filter(|schedule| due(schedule)).collect(),
    }
}

/// The stopped run that this one can go on from: with a cursor in the same format, and with every companion that is
/// wanted now wanted then, since what passed does not come again.
fn resumable(run: &NewRun, runs: &[NewRun], before: &[RunRow]) -> Option<String> {
    if run.lead.is_some() || run.skip.is_some() {
        return None;
    }
    let last = before.iter().find(|last| last.model == run.model)?;
    let stopped = matches!(
        last.status,
        Status::Cancelled | Status::Failed | Status::Abandoned
    );
    if !stopped || last.cursor.is_none() || last.state_format != run.state_format {
        return None;
    }
    let skipped_then = |status: Status| {
        matches!(
            status,
            Status::SkippedNoAccess | Status::SkippedNotLicensed | Status::SkippedUnsupported
        )
    };
    let all_were_there = runs
        .iter()
        .filter(|other| other.lead.as_ref() == Some(&run.model) && other.skip.is_none())
        .all(|other| {
            before.iter().any(|then| {
                then.model == other.model
                    && then.sync_id == last.sync_id
                    && !skipped_then(then.status)
            })
        });
    all_were_there.then(|| last.id.clone())
}

#[cfg(test)]
mod tests;
