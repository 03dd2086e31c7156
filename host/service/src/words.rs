//! What people read for a word of the API: one function, for every place that shows a result.

use portcullis_store::Status;

/// What people read for where a sync or a run stands, or how it ended.
pub fn label(status: Status) -> &'static str {
    match status {
        Status::Queued => "Queued",
        Status::Running => "Running",
        Status::Waiting => "Waiting",
        Status::Blocked => "Blocked",
        Status::Succeeded => "Success",
        Status::SucceededEmpty => "Empty",
        Status::Partial => "Partial",
        Status::SkippedNoAccess => "No access",
        Status::SkippedNotLicensed => "Not licensed",
        Status::SkippedUnsupported => "Unsupported",
        Status::Failed => "Failed",
        Status::Cancelled => "Cancelled",
        Status::Abandoned => "Abandoned",
    }
}
