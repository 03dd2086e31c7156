//! What people read of integrations, their access, syncs and schedules.

use std::process::ExitCode;

use portcullis_service::{
    CadenceView, DataAccessView, ErasedView, IntegrationView, ScheduleView, SyncView,
};

use super::{PARTIAL, REFUSED};
use crate::commands::time;
use crate::output::table;

pub(super) fn erased(view: &ErasedView) -> String {
    let rows = view
        .removed
        .iter()
        .map(|(table, rows)| [table.clone(), rows.to_string()]);
    format!(
        "Erased {}. One line of the audit stays; backups that were made before still have it.\n\n{}",
        view.id,
        table(["TABLE", "ROWS"], rows)
    )
}

pub(super) fn schedule_table(view: &ScheduleView) -> String {
    let row = |name: &str, own: &CadenceView| {
        let when = match (own.sync_frequency, own.sync_cadence, &own.cron) {
            (Some(many), Some(unit), _) => format!("every {many} {}", unit.to_lowercase()),
            (.., Some(pattern)) => {
                format!("{pattern} ({})", own.timezone.as_deref().unwrap_or("UTC"))
            }
            _ => "on demand".to_owned(),
        };
        [
            name.to_owned(),
            when,
            own.next_sync_at.map_or_else(String::new, time),
        ]
    };
    let rows = std::iter::once(row("all others", &view.own)).chain(
        view.models
            .iter()
            .map(|model| row(&model.model, &model.own)),
    );
    let waits = view
        .waits_for
        .map(|what| format!("\n\nWaits for: {what}"))
        .unwrap_or_default();
    format!("{}{waits}", table(["MODEL", "WHEN", "NEXT"], rows))
}

pub(super) fn list(views: &[IntegrationView]) -> String {
    table(
        [
            "ID",
            "NAME",
            "VENDOR",
            "ENVIRONMENT",
            "STATE",
            "LAST RAN",
            "STATUS",
            "IN THE LOG",
        ],
        views.iter().map(|view| {
            let last = view.last_sync.as_ref();
            [
                view.id.clone(),
                view.name.clone(),
                view.vendor.clone(),
                view.environment.to_owned(),
                view.state.to_owned(),
                last.map_or_else(|| "never".to_owned(), |sync| time(sync.created_at)),
                last.map_or_else(String::new, |sync| sync.label.to_owned()),
                portcullis_trace::log_name(&view.id),
            ]
        }),
    )
}

pub(super) fn access_table(access: &DataAccessView) -> String {
    let mut text = format!("Credentials: {}", access.credentials.state);
    if let Some(message) = &access.credentials.message {
        text.push_str(&format!(" ({message})"));
    }
    let rows = access.models.iter().map(|(model, found)| {
        [
            model.clone(),
            found.verdict.unwrap_or("not yet known").to_owned(),
            found
                .record_count
                .map_or_else(String::new, |count| count.to_string()),
            found.message.clone().unwrap_or_default(),
        ]
    });
    format!(
        "{text}\n\n{}",
        table(["MODEL", "ACCESS", "RECORDS", "WHY"], rows)
    )
}

pub(super) fn access_exit(access: &DataAccessView) -> ExitCode {
    if access.credentials.state == "rejected" {
        return ExitCode::from(REFUSED);
    }
    let readable = |verdict: Option<&str>| matches!(verdict, Some("granted" | "empty"));
    let offered = access
        .models
        .values()
        .filter(|found| found.verdict != Some("unsupported"));
    match offered.into_iter().all(|found| readable(found.verdict)) {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(PARTIAL),
    }
}

pub(super) fn sync_table(sync: &SyncView) -> String {
    let rows = sync.runs.iter().map(|run| {
        [
            run.model.clone(),
            run.label.to_owned(),
            (run.rows_new + run.rows_changed + run.rows_unchanged).to_string(),
            run.rows_new.to_string(),
            run.rows_changed.to_string(),
            run.rows_dead.to_string(),
            run.error_message.clone().unwrap_or_default(),
        ]
    });
    format!(
        "Sync {}: {}\n\n{}",
        sync.id,
        sync.label,
        table(
            [
                "MODEL", "STATUS", "READ", "NEW", "CHANGED", "LEFT OUT", "WHY"
            ],
            rows
        )
    )
}
