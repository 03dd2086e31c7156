//! People and companies around a property who do not live there: owners, vendors, employees.

use crate::enums::PhoneType;
use crate::parts::{CustomData, Phone};
use crate::payload::{part, payload};
use crate::time::{Date, Timestamp};

payload! {
    /// Whom properties belong to. Never a tax id.
    Owner {
        /// The vendor's id of the property, where owners belong to one.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's ids of the properties that are owned.
        x_associated_property_ids: Vec<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// First name.
        first_name: Option<String>,
        /// Middle name.
        middle_name: Option<String>,
        /// Last name.
        last_name: Option<String>,
        /// Name of the company.
        company_name: Option<String>,
        /// Whether it is a company.
        is_company: Option<bool>,
        /// Whether the owner still is one.
        is_active: Option<bool>,
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
        /// When the contract with the manager began.
        agreement_start_date: Option<Date>,
        /// When the contract with the manager ends.
        agreement_end_date: Option<Date>,
        /// Free text.
        notes: Option<String>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

payload! {
    /// Whom the manager pays for work or goods. Never a tax id.
    Vendor {
        /// The vendor's id of the property, where vendors belong to one.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// An id in a third system.
        third_party_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// Name of the company, or of the person.
        name: Option<String>,
        /// Whether it is a company.
        is_company: Option<bool>,
        /// Whether it is still worked with.
        is_active: Option<bool>,
        /// The number that the manager has as a customer there.
        account_number: Option<String>,
        /// Kind in the vendor's word.
        type_raw: Option<String>,
        /// Address of its pages.
        website: Option<String>,
        /// Whom to write to or to call.
        contacts: Vec<VendorContact>,
        /// What it is insured with.
        insurance: Option<VendorInsurance>,
        /// Free text.
        notes: Option<String>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

part! {
    /// Whom to write to or to call at a vendor's.
    VendorContact {
        /// Full name.
        name: Option<String>,
        /// E-mail address.
        email: Option<String>,
        /// Phone number as the vendor writes it.
        phone: Option<String>,
        /// Kind of the phone number.
        phone_type: Option<PhoneType>,
        /// All phone numbers.
        phones: Vec<Phone>,
        /// Whether it is the one to begin with.
        is_primary: Option<bool>,
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
    }
}

part! {
    /// What a vendor is insured with.
    VendorInsurance {
        /// Name of the insurer.
        provider: Option<String>,
        /// Number of the policy.
        policy_number: Option<String>,
        /// Last day on which it holds.
        expiration_date: Option<Date>,
    }
}

payload! {
    /// Somebody who works for the manager.
    Employee {
        /// The vendor's id of the property, where employees belong to one.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// Full name.
        name: Option<String>,
        /// E-mail address.
        email: Option<String>,
        /// Whether the employee still is one.
        is_active: Option<bool>,
        /// What the employee may do, in the vendor's words.
        roles: Vec<String>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}
