//! Cadences in forms: how often something syncs, as it is typed and as it is sent.

use std::collections::BTreeMap;

use maud::{Markup, html};
use portcullis_service::{At, CadenceInput, CadenceView, InputProblem, ScheduleInput};

use crate::parts::{Field, field, problem_at};
use crate::posted::Fields;

const KINDS: [(&str, &str); 3] = [
    ("on_demand", "only when somebody asks"),
    ("interval", "some time after the last sync ended"),
    ("cron", "by the clock"),
];

const UNITS: [(&str, &str); 5] = [
    ("SECOND", "seconds"),
    ("MINUTE", "minutes"),
    ("HOUR", "hours"),
    ("DAY", "days"),
    ("WEEK", "weeks"),
];

/// Zones that are offered; any other may be typed.
const ZONES: [&str; 8] = [
    "UTC",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "Pacific/Honolulu",
    "Europe/London",
];

/// A cadence as it is typed; without a kind there is none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed {
    pub(crate) kind: String,
    every: String,
    unit: String,
    cron: String,
    zone: String,
}

impl Typed {
    /// What stands in the form before anybody typed.
    pub(crate) fn of(view: &CadenceView) -> Self {
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        Self {
            kind: view.kind.to_owned(),
            every: view
                .sync_frequency
                .map_or_else(String::new, |n| n.to_string()),
            unit: view.sync_cadence.unwrap_or_default().to_owned(),
            cron: text(&view.cron),
            zone: text(&view.timezone),
        }
    }

    fn read(fields: &Fields, prefix: &str) -> Self {
        let text = |name: &str| fields.text(&format!("{prefix}.{name}")).trim().to_owned();
        Self {
            kind: text("kind"),
            every: text("every"),
            unit: text("unit"),
            cron: text("cron"),
            zone: text("zone"),
        }
    }

    /// What the service is sent: of the fields those that belong to the kind.
    fn input(&self) -> CadenceInput {
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (interval, clock) = (self.kind == "interval", self.kind == "cron");
        CadenceInput {
            kind: self.kind.clone(),
            sync_frequency: self.every.parse().ok().filter(|_| interval),
            sync_cadence: filled(&self.unit).filter(|_| interval),
            cron: Some(self.cron.clone()).filter(|_| clock),
            timezone: filled(&self.zone).filter(|_| clock),
        }
    }

    fn is_no_number(&self) -> bool {
        self.kind == "interval" && self.every.parse::<i64>().is_err()
    }
}

/// A schedule as it was typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct TypedSchedule {
    pub(crate) own: Typed,
    /// By model.
    pub(crate) models: BTreeMap<String, Typed>,
    pub(crate) problems: Vec<InputProblem>,
}

impl TypedSchedule {
    pub(crate) fn read(fields: &Fields) -> Self {
        let named = fields
            .below("model.")
            .filter_map(|(rest, kind)| Some((rest.strip_suffix(".kind")?, kind)))
            .filter(|(_, kind)| !kind.is_empty());
        Self {
            own: Typed::read(fields, "own"),
            models: named
                .map(|(model, _)| {
                    (
                        model.to_owned(),
                        Typed::read(fields, &format!("model.{model}")),
                    )
                })
                .collect(),
            problems: Vec::new(),
        }
    }

    pub(crate) fn input(&self) -> ScheduleInput {
        let models = self.models.iter();
        ScheduleInput {
            own: self.own.input(),
            models: models
                .map(|(model, typed)| (model.clone(), typed.input()))
                .collect(),
        }
    }

    /// What was typed where a number belongs.
    pub(crate) fn not_numbers(&self) -> Vec<InputProblem> {
        let own = std::iter::once((String::new(), &self.own));
        let models = self.models.iter();
        own.chain(models.map(|(model, typed)| (format!("/models/{model}"), typed)))
            .filter(|(_, typed)| typed.is_no_number())
            .map(|(pointer, _)| InputProblem {
                at: At::Pointer(format!("{pointer}/sync_frequency")),
                code: "invalid_value",
                detail: "Type a whole number, such as 6.".to_owned(),
            })
            .collect()
    }
}

/// The fields of one cadence. Which of them belong to the kind that is chosen, the style sheet shows.
pub(crate) fn fields(
    prefix: &str,
    label: &str,
    typed: &Typed,
    may_be_none: bool,
    pointer: &str,
    problems: &[InputProblem],
) -> Markup {
    let name = |part: &str| format!("{prefix}.{part}");
    let id = |part: &str| name(part).replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let problem = |member: &str| problem_at(problems, &format!("{pointer}/{member}"));
    let whole = problem_at(problems, pointer).filter(|_| !pointer.is_empty());
    let unit = if typed.unit.is_empty() {
        "HOUR"
    } else {
        &typed.unit
    };
    let every = if typed.every.is_empty() && problem("sync_frequency").is_none() {
        "6"
    } else {
        &typed.every
    };
    let zones = id("zones");
    html! {
        div.cadence role="group" aria-label=(label) {
            div.field {
                label for=(id("kind")) { (label) }
                select id=(id("kind")) name=(name("kind")) {
                    @if may_be_none { option value="" selected[typed.kind.is_empty()] { "with the customer" } }
                    @for (word, text) in KINDS { option value=(word) selected[word == typed.kind] { (text) } }
                }
                @for problem in [whole, problem("type")].into_iter().flatten() { p.error { (crate::icon::icon("circle-alert")) span { (problem) } } }
            }
            div.when-interval {
                (field(Field { name: &name("every"), label: "How many", kind: "text", value: every, required: true, autocomplete: "off",
                    problem: problem("sync_frequency"), ..Field::default() }))
                div.field {
                    label for=(id("unit")) { "Of what" }
                    select id=(id("unit")) name=(name("unit")) {
                        @for (word, text) in UNITS.iter().filter(|(word, _)| *word != "SECOND" || unit == "SECOND") { option value=(word) selected[*word == unit] { (text) } }
                    }
                    @if let Some(problem) = problem("sync_cadence") { p.error { (crate::icon::icon("circle-alert")) span { (problem) } } }
                }
            }
            div.when-cron {
                (field(Field { name: &name("cron"), label: "Pattern", kind: "text", value: &typed.cron, required: true, autocomplete: "off",
                    problem: problem("cron"), help: Some("Minute, hour, day of month, month, day of week: 30 2 * * * is every night at 2:30."), ..Field::default() }))
                (field(Field { name: &name("zone"), label: "Time zone", kind: "text", value: &typed.zone, autocomplete: "off", list: Some(&zones),
                    problem: problem("timezone"), help: Some("UTC unless said, such as America/Chicago."), ..Field::default() }))
                datalist id=(zones) { @for zone in ZONES { option value=(zone) {} } }
            }
        }
    }
}
