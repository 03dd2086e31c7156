//! Properties and units.

use portcullis_sdk::fields::{Leftover, Malformed, cents, filled, number_text, text, whole};
use portcullis_sdk::model::{Date, Property, PropertyType, Timestamp, Unit};

use super::{Row, date, stamp, time};
use crate::wire;

/// The vendor's amounts name no currency; it serves the United States.
const CURRENCY: &str = "USD";

impl Row for wire::Property<'_> {
    type Payload = Property;

    fn id(&self) -> &str {
        &self.id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        stamp(&self.last_updated_at)
    }

    fn payload(&self, today: Date) -> Result<Property, Malformed> {
        let managed_until = date("ManagementEndDate", &self.management_end_date)?;
        let over = managed_until.is_some_and(|day| day < today);
        let mut leftover = Leftover::default();
        leftover.put("ManagementEndDate", text(&self.management_end_date));
        leftover.put("HiddenAt", text(&self.hidden_at));
        Ok(Property {
            x_property_id: Some(self.id.as_str().to_owned()),
            x_updated_at: time("LastUpdatedAt", &self.last_updated_at)?,
            name: text(&self.name),
            type_raw: text(&self.property_type),
            type_normalized: filled(&self.property_type).map(property_type),
            is_active: Some(filled(&self.hidden_at).is_none() && !over),
            address_1: text(&self.address1),
            address_2: text(&self.address2),
            city: text(&self.city),
            state: text(&self.state),
            zip: text(&self.zip),
            currency: Some(CURRENCY.to_owned()),
            custom_data: leftover.document(),
            ..Property::default()
        })
    }
}

/// The vendor's words are free; these parts of them are known.
fn property_type(words: &str) -> PropertyType {
    let words = words.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if says(&["student"]) {
        PropertyType::StudentHousing
    } else if says(&["multi", "apartment", "duplex"]) {
        PropertyType::MultiFamily
    } else if says(&["single", "house", "townho", "condo"]) {
        PropertyType::SingleFamily
    } else if says(&["commercial", "office", "retail", "industrial", "storage"]) {
        PropertyType::Commercial
    } else {
        PropertyType::Other
    }
}

impl Row for wire::Unit<'_> {
    type Payload = Unit;

    fn id(&self) -> &str {
        &self.id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        stamp(&self.last_updated_at)
    }

    fn payload(&self, today: Date) -> Result<Unit, Malformed> {
        let bathrooms = number_text(self.bathrooms);
        let counted = bathrooms.as_deref().and_then(count_bathrooms);
        let is_vacant = filled(&self.status).and_then(vacant);
        let available_on = date("AvailableOn", &self.available_on)?;
        let mut leftover = Leftover::default();
        leftover.put("Status", text(&self.status));
        leftover.put("AvailableOn", text(&self.available_on));
        leftover.put("ListedRent", number_text(self.listed_rent));
        leftover.put("RentReady", self.rent_ready);
        leftover.put("NonRevenue", self.non_revenue);
        leftover.put("CurrentOccupancyId", text(&self.current_occupancy_id));
        leftover.put("HiddenAt", text(&self.hidden_at));
        Ok(Unit {
            x_property_id: text(&self.property_id),
            x_updated_at: time("LastUpdatedAt", &self.last_updated_at)?,
            number: text(&self.name),
            description: text(&self.marketing_description),
            bedrooms: whole(self.bedrooms).map(|count| count.to_string()),
            bedrooms_raw: number_text(self.bedrooms),
            bathrooms: counted.map(|(full, half)| match half {
                0 => full.to_string(),
                _ => format!("{full}.5"),
            }),
            bathrooms_full: counted.map(|(full, _)| full),
            bathrooms_half: counted.map(|(_, half)| half),
            bathrooms_raw: bathrooms,
            square_feet: whole(self.square_feet),
            address_1: text(&self.address1),
            address_2: text(&self.address2),
            city: text(&self.city),
            state: text(&self.state),
            zip: text(&self.zip),
            is_vacant,
            is_listed: self.posted_to_website,
            is_available: is_vacant
                .map(|vacant| vacant && available_on.is_none_or(|day| day <= today)),
            rent_amount_market_in_cents: cents("MarketRent", self.market_rent)?,
            currency: Some(CURRENCY.to_owned()),
            custom_data: leftover.document(),
            ..Unit::default()
        })
    }
}

/// Full and half bathrooms of `2`, `1.5`, `2.0`, `2.50`. Nothing for other
/// fractions.
fn count_bathrooms(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let full = whole.parse::<u8>().ok()?;
    match fraction.trim_end_matches('0') {
        "" => Some((i64::from(full), 0)),
        "5" => Some((i64::from(full), 1)),
        _ => None,
    }
}

/// Whether nobody lives there, where the vendor's words say so.
fn vacant(words: &str) -> Option<bool> {
    let words = words.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if says(&["vacant"]) {
        Some(true)
    } else if says(&["occupied", "current", "notice", "evict"]) {
        Some(false)
    } else {
        None
    }
}
