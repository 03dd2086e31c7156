//! Applicants, and the applications that their rows carry.

use portcullis_sdk::model::{
    Applicant, Application, ApplicationLink, ApplicationStatus, Date, Timestamp,
};

use super::{Malformed, Row, id, member, phones, text, time};
use crate::wire;

impl Row for wire::Applicant<'_> {
    type Payload = Applicant;

    fn id(&self) -> i64 {
        self.id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        time("LastUpdatedDateTime", &self.last_updated_date_time)
            .ok()
            .flatten()
    }

    fn payload(&self, _today: Date) -> Result<Applicant, Malformed> {
        let status = member(&self.status);
        Ok(Applicant {
            x_property_id: id(self.property_id),
            x_unit_id: id(self.unit_id),
            x_resident_id: id(self.tenant_id),
            x_group_id: id(self.applicant_group_id),
            x_updated_at: time("LastUpdatedDateTime", &self.last_updated_date_time)?,
            applications: self
                .applications
                .iter()
                .flatten()
                .map(|row| self.link(row))
                .collect(),
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            email_1: text(&self.email),
            phones: phones(&self.phone_numbers),
            status_normalized: status.map(application_status),
            status_raw: status.map(str::to_owned),
            ..Applicant::default()
        })
    }

    fn applications(&self) -> Vec<(i64, Result<Application, Malformed>)> {
        let rows = self.applications.iter().flatten();
        rows.map(|row| (row.id, application(self, row))).collect()
    }
}

impl wire::Applicant<'_> {
    fn link(&self, application: &wire::Application<'_>) -> ApplicationLink {
        let status = member(&application.application_status);
        ApplicationLink {
            x_applicant_id: id(Some(self.id)),
            x_application_id: id(Some(application.id)),
            status_normalized: status.map(application_status),
            status_raw: status.map(str::to_owned),
        }
    }
}

fn application(
    applicant: &wire::Applicant<'_>,
    row: &wire::Application<'_>,
) -> Result<Application, Malformed> {
    let status = member(&row.application_status);
    Ok(Application {
        x_property_id: id(applicant.property_id),
        x_unit_id: id(applicant.unit_id),
        number: text(&row.application_number),
        status_normalized: status.map(application_status),
        status_raw: status.map(str::to_owned),
        submitted_at: time(
            "ApplicationSubmittedDateTime",
            &row.application_submitted_date_time,
        )?,
        applicants: vec![applicant.link(row)],
        ..Application::default()
    })
}

fn application_status(status: &str) -> ApplicationStatus {
    match status {
        "Approved" | "AddedToLease" | "AddedToDraftLease" => ApplicationStatus::Approved,
        "Rejected" => ApplicationStatus::Denied,
        "Cancelled" => ApplicationStatus::Canceled,
        "Undecided" | "New" | "Deferred" | "Draft" => ApplicationStatus::Pending,
        _ => ApplicationStatus::Other,
    }
}
