//! Why something cannot be done to an integration now, and what to do about it.

use portcullis_store::{IntegrationRow, StoreError};

use crate::error::{Refusal, ServiceError};

pub(crate) fn not_archived(row: &IntegrationRow) -> Result<(), ServiceError> {
    if row.archived_at.is_some() {
        return Err(archived(row));
    }
    Ok(())
}

pub(crate) fn archived(row: &IntegrationRow) -> ServiceError {
    ServiceError::refused(
        Refusal::IntegrationArchived,
        format!(
            "Integration `{}` is archived. Create a new one; its data stays readable.",
            row.id
        ),
    )
}

pub(crate) fn already_enabled(row: &IntegrationRow) -> ServiceError {
    ServiceError::refused(
        Refusal::AlreadyEnabled,
        format!(
            "Integration `{}` is enabled already. Sync it now with manual-sync.",
            row.id
        ),
    )
}

pub(crate) fn connector_missing(row: &IntegrationRow) -> ServiceError {
    ServiceError::refused(
        Refusal::ConnectorMissing,
        format!(
            "No connector for `{}` is loaded. Put connector `{}` back into the connectors folder; the data that was \
             synced stays readable.",
            row.vendor, row.connector_id
        ),
    )
}

/// A sync is open already; whoever asked is as well served by it.
pub(crate) fn sync_running(sync_id: Option<String>) -> ServiceError {
    let which = sync_id.map(|id| format!(" (`{id}`)")).unwrap_or_default();
    ServiceError::refused(
        Refusal::SyncRunning,
        format!(
            "A sync of this integration{which} has not ended yet. Wait for its end, or cancel it, and try again."
        ),
    )
}

/// What the store's conflicts mean for an integration.
pub(crate) fn conflict(error: StoreError, row: &IntegrationRow) -> ServiceError {
    let StoreError::Conflict { what } = error else {
        return error.into();
    };
    match what {
        "integration_archived" => archived(row),
        "already_enabled" => already_enabled(row),
        "sync_unfinished" => sync_running(None),
        "integration_disabled" => ServiceError::refused(
            Refusal::IntegrationDisabled,
            format!(
                "Integration `{}` is disabled. Enable it; that starts a sync.",
                row.id
            ),
        ),
        _ => ServiceError::internal(error),
    }
}
