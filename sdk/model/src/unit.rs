//! Units.

use crate::parts::CustomData;
use crate::payload::payload;
use crate::time::Timestamp;

payload! {
    /// A unit: what is let as one.
    Unit {
        /// The vendor's id of the property.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the floor plan.
        x_floor_plan_id: Option<String>,
        /// The vendor's id of the unit type.
        x_unit_type_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// Number or name on the door.
        number: Option<String>,
        /// Name of the building.
        building_name: Option<String>,
        /// Number of the building.
        building_number: Option<String>,
        /// Floor.
        floor: Option<String>,
        /// Description.
        description: Option<String>,
        /// How many bedrooms, as text; a studio has `0`.
        bedrooms: Option<String>,
        /// The bedrooms in the vendor's words.
        bedrooms_raw: Option<String>,
        /// How many bathrooms, as text, such as `1.5`.
        bathrooms: Option<String>,
        /// The bathrooms in the vendor's words.
        bathrooms_raw: Option<String>,
        /// How many full bathrooms.
        bathrooms_full: Option<i64>,
        /// How many half bathrooms.
        bathrooms_half: Option<i64>,
        /// Floor area in square feet.
        square_feet: Option<i64>,
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
        /// Code of the floor plan.
        floor_plan_code: Option<String>,
        /// Name of the floor plan.
        floor_plan_name: Option<String>,
        /// Whether it can be let now.
        is_available: Option<bool>,
        /// Whether it is let with furniture.
        is_furnished: Option<bool>,
        /// Whether it is advertised.
        is_listed: Option<bool>,
        /// Whether nobody lives there.
        is_vacant: Option<bool>,
        /// Market rent a month in cents.
        rent_amount_market_in_cents: Option<i64>,
        /// Highest rent a month in cents.
        rent_amount_max_in_cents: Option<i64>,
        /// Lowest rent a month in cents.
        rent_amount_min_in_cents: Option<i64>,
        /// Currency of the amounts, ISO 4217.
        currency: Option<String>,
        /// Whether animals are allowed.
        pets_allowed: Option<bool>,
        /// Whether dogs are allowed.
        dogs_allowed: Option<bool>,
        /// Whether cats are allowed.
        cats_allowed: Option<bool>,
        /// The rule about animals in the vendor's words.
        pet_policy: Option<String>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}
