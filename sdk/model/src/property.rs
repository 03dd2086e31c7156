//! Properties.

use crate::enums::{PhoneType, PropertyType};
use crate::parts::{CustomData, Phone};
use crate::payload::{part, payload};
use crate::time::Timestamp;

payload! {
    /// A property: a house, a building or a site that is managed as one.
    Property {
        /// The vendor's id of the property itself, equal to the record's own `x_id`.
        x_property_id: Option<String>,
        /// The vendor's id of the location that the property belongs to.
        x_location_id: Option<String>,
        /// The vendor's id of the building.
        x_building_id: Option<String>,
        /// The vendor's ids of the owners.
        x_owner_ids: Vec<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// Name.
        name: Option<String>,
        /// Short code that the manager uses.
        code: Option<String>,
        /// Kind in the vendor's words.
        type_raw: Option<String>,
        /// Kind.
        type_normalized: Option<PropertyType>,
        /// Whether it is managed at present.
        is_active: Option<bool>,
        /// How many units it has.
        number_of_units: Option<i64>,
        /// Year in which it was built.
        year_built: Option<i64>,
        /// Floor area in square feet.
        square_feet: Option<i64>,
        /// Number of the building on its site.
        building_number: Option<String>,
        /// First line of the address.
        address_1: Option<String>,
        /// Second line of the address.
        address_2: Option<String>,
        /// Third line of the address.
        address_3: Option<String>,
        /// City.
        city: Option<String>,
        /// County.
        county: Option<String>,
        /// State or province.
        state: Option<String>,
        /// Postal code.
        zip: Option<String>,
        /// Country, ISO 3166-1 alpha-2 where the vendor allows it.
        country: Option<String>,
        /// Currency of all amounts of the property and of what belongs to it, ISO 4217.
        currency: Option<String>,
        /// Name of the manager.
        manager_name: Option<String>,
        /// E-mail address of the manager.
        manager_email: Option<String>,
        /// All phone numbers of the manager; the first two are served as `manager_phone_1` and `manager_phone_2`.
        manager_phones: Vec<Phone>,
        /// First phone number of the manager.
        manager_phone_1: Option<String>,
        /// Kind of the first phone number.
        manager_phone_1_type: Option<PhoneType>,
        /// Second phone number of the manager.
        manager_phone_2: Option<String>,
        /// Kind of the second phone number.
        manager_phone_2_type: Option<PhoneType>,
        /// Web site.
        website: Option<String>,
        /// Long description.
        long_description: Option<String>,
        /// Short description.
        short_description: Option<String>,
        /// Free text.
        notes: Option<String>,
        /// When the office is open.
        office_hours: Vec<OfficeHours>,
        /// Which animals are allowed, and what they cost.
        pet_types: Vec<PetPolicy>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

part! {
    /// One day's opening hours.
    OfficeHours {
        /// Day of the week in the vendor's words.
        day_of_week: Option<String>,
        /// When the office opens, local time.
        open_time: Option<String>,
        /// When the office closes, local time.
        close_time: Option<String>,
    }
}

part! {
    /// What a property asks for one kind of animal.
    PetPolicy {
        /// Kind of animal.
        name: Option<String>,
        /// Whether it is allowed.
        is_allowed: Option<bool>,
        /// Description.
        description: Option<String>,
        /// Free text.
        notes: Option<String>,
        /// Deposit in the vendor's words.
        deposit_raw: Option<String>,
        /// Deposit in cents.
        deposit_in_cents: Option<i64>,
        /// Fee in the vendor's words.
        fee_raw: Option<String>,
        /// Fee in cents.
        fee_in_cents: Option<i64>,
        /// Lowest fee in the vendor's words.
        fee_min_raw: Option<String>,
        /// Lowest fee in cents.
        fee_min_in_cents: Option<i64>,
        /// Highest fee in the vendor's words.
        fee_max_raw: Option<String>,
        /// Highest fee in cents.
        fee_max_in_cents: Option<i64>,
        /// Monthly rent in the vendor's words.
        rent_amount_raw: Option<String>,
        /// Monthly rent in cents.
        rent_amount_in_cents: Option<i64>,
    }
}
