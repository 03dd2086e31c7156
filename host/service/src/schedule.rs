//! Schedules: when an integration and its models sync by themselves.

use chrono::{DateTime, Utc};
use portcullis_plan::{Cadence, CadenceError, last_end, next_time};
use portcullis_store::{CredentialsVerdict, IntegrationRow, IntegrationSchedules};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::Service;
use crate::audit::Action;
use crate::connectors::Connector;
use crate::error::{InputProblem, ServiceError};
use crate::integrations;
use crate::principal::Principal;
use crate::start::unknown_model;

/// A schedule as it was sent.
#[derive(Debug, Clone, Default)]
pub struct ScheduleInput {
    /// The integration's own.
    pub own: CadenceInput,
    /// Models with a schedule of their own, by name.
    pub models: Vec<(String, CadenceInput)>,
}

/// A cadence as it was sent.
#[derive(Debug, Clone, Default)]
pub struct CadenceInput {
    /// `on_demand`, `interval` or `cron`.
    pub kind: String,
    /// For an interval: how many of `sync_cadence`.
    pub sync_frequency: Option<i64>,
    /// For an interval: `MINUTE`, `HOUR`, `DAY` or `WEEK`; hours unless said.
    pub sync_cadence: Option<String>,
    /// For the clock: a pattern of five fields.
    pub cron: Option<String>,
    /// For the clock: an IANA time zone.
    pub timezone: Option<String>,
}

/// When an integration syncs by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScheduleView {
    /// The integration's own schedule.
    #[serde(flatten)]
    pub own: CadenceView,
    /// Why no time is shown, or why a sync does not come at its time: `enabling`, `credentials`, `running_sync`. Null
    /// when nothing stands in the way.
    pub waits_for: Option<&'static str>,
    /// Models with a schedule of their own.
    pub models: Vec<ModelCadenceView>,
}

/// A model's own schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelCadenceView {
    /// The model.
    pub model: String,
    /// Its schedule.
    #[serde(flatten)]
    pub own: CadenceView,
}

/// A cadence and its next time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CadenceView {
    /// `on_demand`, `interval` or `cron`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// For an interval: how many of `sync_cadence` after the end of the last sync.
    pub sync_frequency: Option<i64>,
    /// For an interval: `SECOND`, `MINUTE`, `HOUR`, `DAY` or `WEEK`.
    pub sync_cadence: Option<&'static str>,
    /// For the clock: minute, hour, day of month, month, day of week.
    pub cron: Option<String>,
    /// For the clock: an IANA time zone.
    pub timezone: Option<String>,
    /// The next time; one that has passed is made up for as soon as nothing stands in the way, and once.
    pub next_sync_at: Option<DateTime<Utc>>,
}

/// Units of an interval, the largest first, in seconds.
const UNITS: [(&str, i64); 5] = [
    ("WEEK", 604_800),
    ("DAY", 86_400),
    ("HOUR", 3_600),
    ("MINUTE", 60),
    ("SECOND", 1),
];

impl Service {
    /// When an integration syncs by itself.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, or the database's.
    pub async fn schedule(
        &self,
        principal: &Principal,
        integration_id: &str,
    ) -> Result<ScheduleView, ServiceError> {
        principal.may_look("reading a schedule")?;
        let row = self.own_integration(principal, integration_id).await?;
        let stored = self.store.schedules(&row.account_id, &row.id).await?;
        self.schedule_view(&row, &stored).await
    }

    /// Replaces the schedule of an integration and of its models. The next times are computed at once.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `integration_archived`, `connector_missing`;
    /// [`ServiceError::Invalid`] with every problem of the input; the database's.
    pub async fn set_schedule(
        &self,
        principal: &Principal,
        integration_id: &str,
        input: ScheduleInput,
    ) -> Result<ScheduleView, ServiceError> {
        principal.admin("changing a schedule")?;
        let row = self.own_integration(principal, integration_id).await?;
        integrations::not_archived(&row)?;
        let Some(connector) = self.connector_of(&row).await? else {
            return Err(integrations::connector_missing(&row));
        };
        let stored = self.store.schedules(&row.account_id, &row.id).await?;
        let mut problems = Vec::new();
        let mut wanted = vec![(
            String::new(),
            cadence("", &input.own, stored.now, &mut problems),
        )];
        for (model, of_model) in &input.models {
            let pointer = format!("/models/{}", model.replace('~', "~0").replace('/', "~1"));
            check_model(&pointer, model, &connector, &mut problems);
            let cadence = cadence(&pointer, of_model, stored.now, &mut problems);
            wanted.push((model.clone(), cadence));
        }
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let rows: Vec<_> = wanted
            .into_iter()
            .filter_map(|(model, cadence)| {
                let cadence = cadence?;
                // A model without a schedule of its own so far was read by the integration's syncs.
                let last = last_end(&stored, &model).or_else(|| last_end(&stored, ""));
                let next = next_time(&cadence, last, stored.now).filter(|_| row.enabled);
                Some(cadence.row(&model, next))
            })
            .collect();
        self.store
            .replace_schedules(&row.account_id, &row.id, &rows)
            .await?;
        let stored = self.store.schedules(&row.account_id, &row.id).await?;
        let view = self.schedule_view(&row, &stored).await?;
        self.audit(principal, Action::ChangeSchedule, &row.id, json!(view))
            .await?;
        Ok(view)
    }

    async fn schedule_view(
        &self,
        row: &IntegrationRow,
        stored: &IntegrationSchedules,
    ) -> Result<ScheduleView, ServiceError> {
        let (open, _) = self
            .store
            .list_syncs(&row.account_id, &row.id, 2, 0)
            .await?;
        let running = open
            .iter()
            .any(|sync| sync.sync.finished_at.is_none() && sync.sync.kind.as_str() != "back_sync");
        let mut views = stored.schedules.iter().map(|schedule| {
            let every = schedule.every_s.and_then(|every| {
                UNITS
                    .iter()
                    .find(|(_, unit)| every % unit == 0)
                    .map(|(name, unit)| (every / unit, *name))
            });
            let view = CadenceView {
                kind: schedule.kind.as_str(),
                sync_frequency: every.map(|(many, _)| many),
                sync_cadence: every.map(|(_, unit)| unit),
                cron: schedule.cron.clone(),
                timezone: schedule.zone.clone(),
                next_sync_at: schedule.next_due_at,
            };
            (schedule.model.clone(), view)
        });
        // The integration's own comes first: its name is empty.
        let own = match views.next() {
            Some((model, view)) if model.is_empty() => view,
            _ => return Err(ServiceError::internal("an integration has no schedule")),
        };
        let waits_for = if !row.enabled {
            Some("enabling")
        } else if row.credentials == CredentialsVerdict::Rejected {
            Some("credentials")
        } else if running {
            Some("running_sync")
        } else {
            None
        };
        Ok(ScheduleView {
            own,
            waits_for,
            models: views
                .map(|(model, own)| ModelCadenceView { model, own })
                .collect(),
        })
    }
}

/// A model with a schedule of its own must be there, and must not depend on another one's pages.
fn check_model(
    pointer: &str,
    model: &str,
    connector: &Connector,
    problems: &mut Vec<InputProblem>,
) {
    let models = connector.models();
    match models.iter().find(|facts| facts.name == *model) {
        None => problems.push(unknown_model(pointer.to_owned(), connector)),
        Some(facts) => {
            if let Some(lead) = &facts.lead {
                problems.push(InputProblem::pointer(
                    pointer,
                    "model_follows_lead",
                    format!("`{model}` arrives with `{lead}`. Give `{lead}` the schedule."),
                ));
            }
        }
    }
}

/// What was sent as a cadence; `None` when there was a problem with it.
fn cadence(
    pointer: &str,
    input: &CadenceInput,
    now: DateTime<Utc>,
    problems: &mut Vec<InputProblem>,
) -> Option<Cadence> {
    let mut problem = |member: &str, code, detail: String| {
        problems.push(InputProblem::pointer(
            format!("{pointer}/{member}"),
            code,
            detail,
        ));
    };
    let mut sound = true;
    let mut left_out = |member: &str, there: bool| {
        if there {
            sound = false;
            let detail = format!(
                "`{member}` means nothing with the type `{}`. Leave it out.",
                input.kind
            );
            problem(member, "invalid_value", detail);
        }
    };
    if input.kind != "interval" {
        left_out("sync_frequency", input.sync_frequency.is_some());
        left_out("sync_cadence", input.sync_cadence.is_some());
    }
    if input.kind != "cron" {
        left_out("cron", input.cron.is_some());
        left_out("timezone", input.timezone.is_some());
    }
    let made = match input.kind.as_str() {
        "on_demand" => Ok(Cadence::OnDemand),
        "interval" => {
            let unit = input.sync_cadence.as_deref().unwrap_or("HOUR");
            let seconds = UNITS.iter().find(|(name, _)| *name == unit);
            let Some((_, seconds)) = seconds else {
                let known: Vec<&str> = UNITS.iter().map(|(name, _)| *name).collect();
                let detail = format!("`sync_cadence` must be one of {}.", known.join(", "));
                problem("sync_cadence", "invalid_value", detail);
                return None;
            };
            let Some(many) = input.sync_frequency else {
                let detail = "`sync_frequency` is missing. Send a whole number.".to_owned();
                problem("sync_frequency", "missing_member", detail);
                return None;
            };
            Cadence::every(many.saturating_mul(*seconds))
        }
        "cron" => {
            let Some(pattern) = &input.cron else {
                let detail =
                    "`cron` is missing. Send a pattern of five fields, such as `30 2 * * *`.";
                problem("cron", "missing_member", detail.to_owned());
                return None;
            };
            let zone = input.timezone.as_deref().unwrap_or("UTC");
            Cadence::clock(pattern, zone).and_then(|cadence| cadence.that_comes(now))
        }
        _ => {
            let detail = "`type` must be `on_demand`, `interval` or `cron`.".to_owned();
            problem("type", "invalid_value", detail);
            return None;
        }
    };
    match made {
        Ok(cadence) => sound.then_some(cadence),
        Err(error) => {
            let member = match error {
                CadenceError::Interval => "sync_frequency",
                CadenceError::Pattern(_) | CadenceError::Never => "cron",
                CadenceError::Zone => "timezone",
            };
            let mut detail = format!("{}.", error.to_string().trim_end_matches('.'));
            if let Some(first) = detail.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            problem(member, error.code(), detail);
            None
        }
    }
}
