//! Properties and units.

use portcullis_sdk::Result;
use portcullis_sdk::model::{CustomData, Property, PropertyType, Unit};

use super::{Element, Malformed, Run, text};
use crate::loose::{flag, whole};
use crate::wire;

impl Element for wire::Property<'_> {
    type Payload = Property;

    fn id(&self) -> Option<&str> {
        self.property_id.filled()
    }

    fn payload(&self, _run: &Run<'_>) -> Result<Property, Malformed> {
        let mut property = Property {
            x_property_id: text(&self.property_id),
            name: text(&self.marketing_name),
            type_raw: text(&self.kind),
            type_normalized: self.kind.filled().map(kind),
            year_built: whole(&self.year_built),
            ..Property::default()
        };
        if let Some(address) = &self.address.0 {
            property.address_1 = text(&address.address);
            property.city = text(&address.city);
            property.state = text(&address.state);
            property.zip = text(&address.postal_code);
            property.country = country(address.country.filled());
        }
        Ok(property)
    }
}

/// By what stands in the vendor's free words.
fn kind(words: &str) -> PropertyType {
    let words = words.to_ascii_lowercase();
    let has = |word| words.contains(word);
    if has("student") {
        PropertyType::StudentHousing
    } else if has("single") {
        PropertyType::SingleFamily
    } else if has("apartment") || has("multi") || has("condo") || has("town") {
        PropertyType::MultiFamily
    } else if has("commercial") {
        PropertyType::Commercial
    } else {
        PropertyType::Other
    }
}

/// Two letters are a code already; anything else is kept as it is.
fn country(text: Option<&str>) -> Option<String> {
    let text = text?;
    let code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    Some(match code {
        true => text.to_ascii_uppercase(),
        false => text.to_owned(),
    })
}

impl Element for wire::Unit<'_> {
    type Payload = Unit;

    fn id(&self) -> Option<&str> {
        self.id.filled()
    }

    fn payload(&self, run: &Run<'_>) -> Result<Unit, Malformed> {
        let mut leftover = CustomData::new();
        for (name, value) in [
            ("unitTypeName", &self.unit_type_name),
            ("buildingId", &self.building_id),
        ] {
            if let Some(value) = text(value) {
                leftover.insert(name.to_owned(), value.into());
            }
        }
        let mut unit = Unit {
            x_property_id: run.property.map(str::to_owned),
            x_floor_plan_id: text(&self.floorplan_id),
            x_unit_type_id: text(&self.unit_type_id),
            number: text(&self.unit_number),
            building_name: text(&self.building_name),
            bedrooms: text(&self.number_of_bedrooms),
            bathrooms: text(&self.number_of_bathrooms),
            is_furnished: flag(&self.is_furnished),
            custom_data: (!leftover.is_empty()).then_some(leftover),
            ..Unit::default()
        };
        if let Some(address) = &self.unit_address.0 {
            unit.address_1 = text(&address.address);
            unit.city = text(&address.city);
            unit.state = text(&address.state);
            unit.zip = text(&address.postal_code);
            unit.country = country(address.country.filled());
        }
        Ok(unit)
    }
}
