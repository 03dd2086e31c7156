//! Applications.

use crate::enums::ApplicationStatus;
use crate::parts::CustomData;
use crate::payload::{part, payload};
use crate::time::Timestamp;

payload! {
    /// An application for a unit. The answers that applicants give are not part of the model.
    Application {
        /// The vendor's id of the property.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the unit.
        x_unit_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// Number that the vendor shows to people.
        number: Option<String>,
        /// How it was decided, in the vendor's words.
        status_raw: Option<String>,
        /// How it was decided.
        status_normalized: Option<ApplicationStatus>,
        /// When it was handed in.
        submitted_at: Option<Timestamp>,
        /// Everybody who applies with it.
        applicants: Vec<ApplicationLink>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

part! {
    /// One applicant's part in one application; the same on both sides.
    ApplicationLink {
        /// The vendor's id of the applicant.
        x_applicant_id: Option<String>,
        /// The vendor's id of the application.
        x_application_id: Option<String>,
        /// How it was decided, in the vendor's words.
        status_raw: Option<String>,
        /// How it was decided.
        status_normalized: Option<ApplicationStatus>,
    }
}
