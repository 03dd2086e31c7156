//! Applicants.

use crate::application::ApplicationLink;
use crate::enums::{ApplicantType, ApplicationStatus, IncomeType, PhoneType};
use crate::parts::{CustomData, Pet, Phone};
use crate::payload::{part, payload};
use crate::time::{Date, Timestamp};

payload! {
    /// A person who applies, or applied, for a unit.
    Applicant {
        /// The vendor's id of the property.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the unit.
        x_unit_id: Option<String>,
        /// The vendor's id of the lease that came of it.
        x_lease_id: Option<String>,
        /// The vendor's id of the lead that it came from.
        x_lead_id: Option<String>,
        /// The vendor's id of the resident that the applicant became.
        x_resident_id: Option<String>,
        /// The vendor's id of the group that applies together.
        x_group_id: Option<String>,
        /// The vendor's ids of the units that the applicant would like.
        x_unit_id_preferred: Vec<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// The applications in which the applicant has a part.
        applications: Vec<ApplicationLink>,
        /// First name.
        first_name: Option<String>,
        /// Middle name.
        middle_name: Option<String>,
        /// Last name.
        last_name: Option<String>,
        /// E-mail address.
        email_1: Option<String>,
        /// Another e-mail address.
        email_2: Option<String>,
        /// All phone numbers; the first two are served as `phone_1` and `phone_2`.
        phones: Vec<Phone>,
        /// First phone number.
        phone_1: Option<String>,
        /// Kind of the first phone number.
        phone_1_type: Option<PhoneType>,
        /// Second phone number.
        phone_2: Option<String>,
        /// Kind of the second phone number.
        phone_2_type: Option<PhoneType>,
        /// Date of birth.
        date_of_birth: Option<Date>,
        /// First line of the address.
        address_1: Option<String>,
        /// Second line of the address.
        address_2: Option<String>,
        /// Third line of the address.
        address_3: Option<String>,
        /// City.
        city: Option<String>,
        /// State or province.
        state: Option<String>,
        /// Postal code.
        zip: Option<String>,
        /// Country, ISO 3166-1 alpha-2 where the vendor allows it.
        country: Option<String>,
        /// First line of the other address.
        address_1_alternate: Option<String>,
        /// Second line of the other address.
        address_2_alternate: Option<String>,
        /// Third line of the other address.
        address_3_alternate: Option<String>,
        /// City of the other address.
        city_alternate: Option<String>,
        /// State or province of the other address.
        state_alternate: Option<String>,
        /// Postal code of the other address.
        zip_alternate: Option<String>,
        /// Country of the other address.
        country_alternate: Option<String>,
        /// How the applicant was decided on, in the vendor's words.
        status_raw: Option<String>,
        /// How the applicant was decided on.
        status_normalized: Option<ApplicationStatus>,
        /// The part in the application, in the vendor's words.
        type_raw: Option<String>,
        /// The part in the application.
        type_normalized: Option<ApplicantType>,
        /// Income that the applicant stated.
        self_reported_income: Vec<IncomeSource>,
        /// Currency of the amounts, ISO 4217.
        currency: Option<String>,
        /// Free text.
        notes: Option<String>,
        /// Animals.
        pets: Vec<Pet>,
        /// Checks of the applicant's background.
        screenings: Vec<Screening>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

part! {
    /// An income that an applicant stated.
    IncomeSource {
        /// Amount in cents.
        amount_in_cents: Option<i64>,
        /// Amount in the vendor's words.
        amount_raw: Option<String>,
        /// Kind.
        type_normalized: Option<IncomeType>,
        /// Kind in the vendor's words.
        type_raw: Option<String>,
    }
}

part! {
    /// A check of an applicant's background.
    Screening {
        /// The vendor's id.
        x_id: Option<String>,
        /// How it ended, in the vendor's words.
        status_raw: Option<String>,
        /// When it was made.
        screening_date: Option<Date>,
    }
}
