//! Residents.

use crate::enums::{PhoneType, ResidentStatus, ResidentType};
use crate::parts::{CustomData, EmergencyContact, Pet, Phone};
use crate::payload::{part, payload};
use crate::time::{Date, Timestamp};

payload! {
    /// A person who lives, lived or will live in a unit, or answers for its rent.
    Resident {
        /// The vendor's id of the property.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the newest lease.
        x_lease_id: Option<String>,
        /// The vendor's id of the unit.
        x_unit_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// Every lease in which the resident has a part.
        leases_meta_data: Vec<LeaseOfResident>,
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
        /// What the resident owes in cents.
        balance_in_cents: Option<i64>,
        /// What the resident owes and is late with, in cents.
        late_balance_in_cents: Option<i64>,
        /// Currency of the amounts, ISO 4217.
        currency: Option<String>,
        /// Whether the resident works for the manager.
        is_employee: Option<bool>,
        /// Where the resident stands by the newest lease, in the vendor's words.
        status_raw: Option<String>,
        /// Where the resident stands by the newest lease.
        status_normalized: Option<ResidentStatus>,
        /// Whom to call in an emergency.
        emergency_contact: Option<EmergencyContact>,
        /// Free text.
        notes: Option<String>,
        /// Animals.
        pets: Vec<Pet>,
        /// Vehicles.
        vehicles: Vec<Vehicle>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

part! {
    /// A lease in which a resident has a part.
    LeaseOfResident {
        /// The vendor's id of the lease.
        x_lease_id: Option<String>,
        /// The part in the vendor's words.
        x_resident_type: Option<String>,
        /// The part.
        resident_type_normalized: Option<ResidentType>,
        /// When the resident moved, or is to move, in.
        move_in_date: Option<Date>,
        /// When the resident moved, or is to move, out.
        move_out_date: Option<Date>,
        /// When the resident gave notice.
        notice_date: Option<Date>,
    }
}

part! {
    /// A resident's vehicle.
    Vehicle {
        /// The vendor's id.
        x_id: Option<String>,
        /// Make.
        make: Option<String>,
        /// Model.
        model: Option<String>,
        /// Colour.
        color: Option<String>,
        /// Model year as the vendor writes it.
        year: Option<String>,
        /// Licence plate.
        license_plate_number: Option<String>,
        /// State of the licence plate.
        license_plate_state: Option<String>,
        /// Free text.
        notes: Option<String>,
    }
}
