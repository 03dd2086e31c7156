//! Units.

use portcullis_sdk::model::{Date, Unit};

use super::{Leftover, Malformed, Row, address, cents, id, member, text};
use crate::wire;

impl Row for wire::Unit<'_> {
    type Payload = Unit;

    fn id(&self) -> i64 {
        self.id
    }

    fn payload(&self, _today: Date) -> Result<Unit, Malformed> {
        let address = address(&self.address);
        let bedrooms = member(&self.unit_bedrooms);
        let bathrooms = member(&self.unit_bathrooms);
        let counted = bathrooms.and_then(count_bathrooms);
        let is_vacant = self.is_unit_occupied.map(|occupied| !occupied);

        let mut leftover = Leftover::default();
        leftover.text("Country", address.country_raw);

        Ok(Unit {
            x_property_id: id(self.property_id),
            number: text(&self.unit_number),
            building_name: text(&self.building_name),
            description: text(&self.description),
            bedrooms: bedrooms.and_then(count_bedrooms).map(str::to_owned),
            bedrooms_raw: bedrooms.map(str::to_owned),
            bathrooms: counted.map(|(words, ..)| words.to_owned()),
            bathrooms_raw: bathrooms.map(str::to_owned),
            bathrooms_full: counted.map(|(_, full, _)| full),
            bathrooms_half: counted.map(|(.., half)| half),
            square_feet: self.unit_size,
            address_1: address.line_1,
            address_2: address.line_2,
            address_3: address.line_3,
            city: address.city,
            state: address.state,
            zip: address.zip,
            country: address.country,
            is_listed: self.is_unit_listed,
            is_vacant,
            is_available: is_vacant,
            rent_amount_market_in_cents: cents("MarketRent", self.market_rent)?,
            currency: address.currency,
            custom_data: leftover.document(),
            ..Unit::default()
        })
    }
}

/// Nothing for members that are not known yet: the raw text tells.
pub(crate) fn count_bedrooms(member: &str) -> Option<&'static str> {
    Some(match member {
        "Studio" => "0",
        "OneBed" => "1",
        "TwoBed" => "2",
        "ThreeBed" => "3",
        "FourBed" => "4",
        "FiveBed" => "5",
        "SixBed" => "6",
        "SevenBed" => "7",
        "EightBed" => "8",
        "NineBedPlus" => "9",
        _ => return None,
    })
}

/// In words, full ones, half ones.
pub(crate) fn count_bathrooms(member: &str) -> Option<(&'static str, i64, i64)> {
    Some(match member {
        "OneBath" => ("1", 1, 0),
        "OnePointFiveBath" => ("1.5", 1, 1),
        "TwoBath" => ("2", 2, 0),
        "TwoPointFiveBath" => ("2.5", 2, 1),
        "ThreeBath" => ("3", 3, 0),
        "ThreePointFiveBath" => ("3.5", 3, 1),
        "FourBath" => ("4", 4, 0),
        "FourPointFiveBath" => ("4.5", 4, 1),
        "FiveBath" | "FivePlusBath" => ("5", 5, 0),
        _ => return None,
    })
}
