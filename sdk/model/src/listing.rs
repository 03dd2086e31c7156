//! Listings.

use crate::parts::CustomData;
use crate::payload::{part, payload};
use crate::time::{Date, Timestamp};

payload! {
    /// An offer to let a unit, or units of one floor plan.
    Listing {
        /// The vendor's id of the property.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the unit.
        x_unit_id: Option<String>,
        /// The vendor's id of the floor plan.
        x_floor_plan_id: Option<String>,
        /// The vendor's id of the unit type.
        x_unit_type_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// Whether it offers one unit; else units of a floor plan.
        is_unit: Option<bool>,
        /// Head line.
        listing_title: Option<String>,
        /// When it was first shown.
        listing_date: Option<Date>,
        /// When one may move in.
        available_date: Option<Date>,
        /// When the unit is ready.
        make_ready_date: Option<Date>,
        /// When the unit is left.
        vacate_date: Option<Date>,
        /// Where it stands, in the vendor's words.
        status_raw: Option<String>,
        /// Whether the unit can be let.
        is_available: Option<bool>,
        /// Whether furniture comes with it.
        is_furnished: Option<bool>,
        /// Whether it is shown.
        is_listed: Option<bool>,
        /// Whether nobody lives there.
        is_vacant: Option<bool>,
        /// Whether somebody else than the manager looks after it.
        is_managed_external: Option<bool>,
        /// Number or name on the unit's door.
        number: Option<String>,
        /// Name that it is advertised under.
        marketing_name: Option<String>,
        /// Name of the building.
        building_name: Option<String>,
        /// Number of the building.
        building_number: Option<String>,
        /// Floor.
        floor: Option<String>,
        /// Code of the floor plan.
        floor_plan_code: Option<String>,
        /// Name of the floor plan.
        floor_plan_name: Option<String>,
        /// Number of bedrooms; `0` is a studio.
        bedrooms: Option<String>,
        /// Number of bathrooms.
        bathrooms: Option<String>,
        /// Number of full bathrooms.
        bathrooms_full: Option<i64>,
        /// Number of half bathrooms.
        bathrooms_half: Option<i64>,
        /// Size in square feet.
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
        /// Rent a month in cents.
        rent_amount_in_cents: Option<i64>,
        /// Deposit in cents.
        deposit_amount_in_cents: Option<i64>,
        /// Currency of the amounts, ISO 4217.
        currency: Option<String>,
        /// For how long it is let, in the vendor's words.
        lease_term: Option<String>,
        /// What is cheaper just now.
        specials: Option<String>,
        /// What the property is like.
        property_description: Option<String>,
        /// What the unit is like.
        unit_description: Option<String>,
        /// What it is like, in short.
        short_description: Option<String>,
        /// Free text.
        notes: Option<String>,
        /// What the property and the unit have, in the vendor's words.
        amenities: Vec<String>,
        /// Where one applies.
        application_url: Option<String>,
        /// Pictures.
        image_urls: Vec<String>,
        /// Films.
        video_urls: Vec<String>,
        /// Whom to ask.
        contact: Option<ListingContact>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

part! {
    /// Whom to ask about a listing.
    ListingContact {
        /// Full name.
        name: Option<String>,
        /// E-mail address.
        email: Option<String>,
        /// Phone number as the vendor writes it.
        phone: Option<String>,
        /// Address of their pages.
        website: Option<String>,
    }
}
