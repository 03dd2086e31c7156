//! What waits for a person, what changed, and which properties are read.

use std::collections::BTreeMap;
use std::process::ExitCode;

use chrono::NaiveDate;
use portcullis_service::{DeadLetterFilter, PropertySwitches};
use serde_json::json;

use super::{Desk, MOST};
use crate::cli::{OnOff, One, Which};
use crate::commands::time;
use crate::failure::Failure;
use crate::output::table;

/// Changes that are shown of one record.
const CHANGES: u64 = 250;

impl Desk<'_> {
    /// Shows held deletions, or decides about one.
    pub(super) async fn deletes(
        &self,
        which: &Which,
        confirm: Option<String>,
        reject: Option<String>,
    ) -> Result<ExitCode, Failure> {
        let principal = self.principal(which).await?;
        let (service, id) = (&self.service, &which.id);
        let decided = match (&confirm, &reject) {
            (Some(model), _) => service.confirm_deletes(&principal, id, model).await?,
            (_, Some(model)) => service.reject_deletes(&principal, id, model).await?,
            _ => {
                let held = service.held_deletes(&principal, id).await?;
                self.output.answer(&json!({"held_deletes": held}), || {
                    let rows = held.iter().map(|held| {
                        [
                            held.model.clone(),
                            held.records.to_string(),
                            held.of.to_string(),
                            time(held.held_at),
                        ]
                    });
                    match held.is_empty() {
                        true => "No deletion waits for anybody.".to_owned(),
                        false => table(["MODEL", "GONE", "OF", "SINCE"], rows),
                    }
                });
                return Ok(ExitCode::SUCCESS);
            }
        };
        self.output
            .answer(&json!(decided), || match reject.is_some() {
                true => format!("The records of {} stay.", decided.model),
                false => format!("Deleted {} records of {}.", decided.deleted, decided.model),
            });
        Ok(ExitCode::SUCCESS)
    }

    /// Shows dead letters, or reads their models again.
    pub(super) async fn dead_letters(
        &self,
        one: &One,
        model: Option<String>,
        all: bool,
        retry: bool,
    ) -> Result<ExitCode, Failure> {
        let principal = self.principal(&one.which).await?;
        let (service, id) = (&self.service, &one.which.id);
        if retry {
            let sync = service
                .retry_dead_letters(&principal, id, model.as_deref())
                .await?;
            return self.begun(&principal, sync, one.wait.wait).await;
        }
        let filter = DeadLetterFilter {
            model,
            only_open: !all,
        };
        let (letters, total) = service
            .integration_dead_letters(&principal, id, &filter, MOST, 0)
            .await?;
        self.output
            .answer(&json!({"dead_letters": letters, "total": total}), || {
                let rows = letters.iter().map(|letter| {
                    [
                        letter.model.clone(),
                        letter.x_id.clone().unwrap_or_default(),
                        letter.kind.clone(),
                        time(letter.at),
                        letter.resolved_at.map_or_else(String::new, time),
                        letter.message.clone(),
                    ]
                });
                table(["MODEL", "ID", "KIND", "MET", "RESOLVED", "WHY"], rows)
            });
        Ok(ExitCode::SUCCESS)
    }

    /// Switches properties, and shows them.
    pub(super) async fn properties(
        &self,
        which: &Which,
        on: Vec<String>,
        off: Vec<String>,
        new: Option<OnOff>,
    ) -> Result<ExitCode, Failure> {
        let principal = self.principal(which).await?;
        let (service, id) = (&self.service, &which.id);
        let switches = on.into_iter().map(|id| (id, true));
        let switches = switches.chain(off.into_iter().map(|id| (id, false)));
        let wanted = PropertySwitches {
            new_properties_are_enabled: new.map(|new| new == OnOff::On),
            properties: switches.collect::<BTreeMap<_, _>>(),
        };
        if wanted != PropertySwitches::default() {
            service.switch_properties(&principal, id, &wanted).await?;
        }
        let new = service.new_properties(&principal, id).await?;
        let (properties, total) = service.properties(&principal, id, MOST, 0).await?;
        let answer = json!({
            "new_properties_are_enabled": new.new_properties_are_enabled,
            "properties": properties,
            "total": total,
        });
        let word = |on: bool| if on { "on" } else { "off" };
        self.output.answer(&answer, || {
            let rows = properties.iter().map(|property| {
                [
                    property.x_id.clone(),
                    property.name.clone().unwrap_or_default(),
                    word(property.enabled).to_owned(),
                    property.switched_at.map_or_else(String::new, time),
                ]
            });
            format!(
                "{}\n\nNew properties are {}.",
                table(["ID", "NAME", "READ", "SWITCHED"], rows),
                word(new.new_properties_are_enabled)
            )
        });
        Ok(ExitCode::SUCCESS)
    }

    /// Shows changes per day, or the history of one record.
    pub(super) async fn changes(
        &self,
        which: &Which,
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
        record: Option<String>,
    ) -> Result<ExitCode, Failure> {
        let principal = self.principal(which).await?;
        let (service, id) = (&self.service, &which.id);
        if let Some(record) = record {
            let history = service
                .record_history(&principal, id, &record, CHANGES)
                .await?;
            self.output.answer(&json!(history), || {
                let changes = history.changes.iter().map(|change| {
                    let fields = change.fields.as_ref();
                    [
                        time(change.at),
                        change.kind.clone(),
                        fields.map_or_else(String::new, |fields| fields.join(", ")),
                    ]
                });
                let gone = history
                    .deleted_at
                    .map_or_else(String::new, |at| format!(", deleted {}", time(at)));
                format!(
                    "{} {} ({}), stored {}{gone}\n\n{}",
                    history.model,
                    history.id,
                    history.x_id,
                    time(history.created_at),
                    table(["AT", "WHAT", "FIELDS"], changes)
                )
            });
            return Ok(ExitCode::SUCCESS);
        }
        let days = service.changes_per_day(&principal, id, from, to).await?;
        self.output.answer(&json!({"days": days}), || {
            let rows = days.iter().map(|day| {
                [
                    day.day.to_string(),
                    day.model.clone(),
                    day.runs.to_string(),
                    day.rows_new.to_string(),
                    day.rows_changed.to_string(),
                    day.rows_deleted.to_string(),
                    day.rows_dead.to_string(),
                ]
            });
            table(
                [
                    "DAY", "MODEL", "RUNS", "NEW", "CHANGED", "DELETED", "LEFT OUT",
                ],
                rows,
            )
        });
        Ok(ExitCode::SUCCESS)
    }
}
