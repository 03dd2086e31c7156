//! Leads who applied, and their applications.

use portcullis_sdk::fields::{Leftover, Malformed, filled, text};
use portcullis_sdk::model::{
    Applicant, Application, ApplicationLink, ApplicationStatus, Date, Timestamp,
};

use super::{Row, stamp, time};
use crate::wire;

impl Row for wire::Lead<'_> {
    type Payload = Applicant;

    fn id(&self) -> &str {
        &self.id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        stamp(&self.last_updated_at)
    }

    /// Somebody who only asked is no applicant.
    fn is_record(&self) -> bool {
        filled(&self.rental_application_id).is_some()
            || filled(&self.rental_application_group_id).is_some()
    }

    fn payload(&self, _today: Date) -> Result<Applicant, Malformed> {
        let status = filled(&self.status);
        let reason = filled(&self.inactive_reason);
        let mut leftover = Leftover::default();
        leftover.put("Source", text(&self.source));
        leftover.put("InactiveReason", text(&self.inactive_reason));
        let applications = text(&self.rental_application_id)
            .map(|application| ApplicationLink {
                x_applicant_id: Some(self.id.as_str().to_owned()),
                x_application_id: Some(application),
                ..ApplicationLink::default()
            })
            .into_iter()
            .collect();
        Ok(Applicant {
            x_property_id: text(&self.property_id),
            x_unit_id: text(&self.unit_id),
            x_lead_id: Some(self.id.as_str().to_owned()),
            x_group_id: text(&self.rental_application_group_id),
            x_created_at: time("CreatedAt", &self.created_at)?,
            x_updated_at: time("LastUpdatedAt", &self.last_updated_at)?,
            applications,
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            email_1: text(&self.email),
            status_raw: text(&self.status),
            status_normalized: status.map(|status| lead_status(status, reason)),
            custom_data: leftover.document(),
            ..Applicant::default()
        })
    }
}

/// Until 2026 the status itself told about the application; since then a lead
/// is active or not, and the reason tells who became a tenant.
fn lead_status(status: &str, reason: Option<&str>) -> ApplicationStatus {
    match (status.to_ascii_lowercase().as_str(), reason) {
        ("converted", _) | (_, Some("converted_to_tenant")) => ApplicationStatus::Approved,
        ("applied_review" | "active", _) => ApplicationStatus::Pending,
        ("applied_canceled", _) => ApplicationStatus::Canceled,
        ("applied_denied", _) => ApplicationStatus::Denied,
        _ => ApplicationStatus::Other,
    }
}

impl Row for wire::Application<'_> {
    type Payload = Application;

    fn id(&self) -> &str {
        &self.id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        stamp(&self.last_updated_at)
    }

    fn payload(&self, _today: Date) -> Result<Application, Malformed> {
        time("StatusChangedAt", &self.status_changed_at)?;
        let mut leftover = Leftover::default();
        leftover.put("GroupId", text(&self.group_id));
        leftover.put("StatusChangedAt", text(&self.status_changed_at));
        Ok(Application {
            x_property_id: text(&self.property_id),
            x_unit_id: text(&self.unit_id),
            x_updated_at: time("LastUpdatedAt", &self.last_updated_at)?,
            status_raw: text(&self.status),
            status_normalized: filled(&self.status).map(application_status),
            submitted_at: time("SubmittedAt", &self.submitted_at)?,
            custom_data: leftover.document(),
            ..Application::default()
        })
    }
}

/// The vendor's words are free; these parts of them are known.
fn application_status(words: &str) -> ApplicationStatus {
    let words = words.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if says(&["denied", "declined", "rejected"]) {
        ApplicationStatus::Denied
    } else if says(&["cancel", "withdrawn"]) {
        ApplicationStatus::Canceled
    } else if says(&["approved", "converted"]) {
        ApplicationStatus::Approved
    } else if says(&["pending", "review", "new", "screening", "incomplete"]) {
        ApplicationStatus::Pending
    } else {
        ApplicationStatus::Other
    }
}
