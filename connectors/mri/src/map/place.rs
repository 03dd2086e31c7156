//! Properties and units.

use portcullis_sdk::Result;
use portcullis_sdk::model::{Property, Unit};

use super::{Malformed, OptText, Row, Run, joined, leftover, text};
use crate::wire;

impl Row for wire::Property<'_> {
    type Payload = Property;

    fn id(&self) -> Option<String> {
        text(&self.property_id)
    }

    fn property(&self) -> &OptText<'_> {
        &None
    }

    fn last_update(&self) -> &OptText<'_> {
        &None
    }

    fn payload(&self, _run: &Run<'_>) -> Result<Property, Malformed> {
        Ok(Property {
            x_property_id: text(&self.property_id),
            name: text(&self.name),
            address_1: text(&self.address_1),
            address_2: text(&self.address_2),
            city: text(&self.city),
            state: text(&self.state),
            zip: text(&self.zip),
            manager_name: text(&self.manager_name),
            custom_data: leftover(&[
                ("EntityId", &self.entity_id),
                ("PhoneNumber", &self.phone_number),
            ]),
            ..Property::default()
        })
    }
}

impl Row for wire::Unit<'_> {
    type Payload = Unit;

    fn id(&self) -> Option<String> {
        joined(&[&self.property_id, &self.building_id, &self.unit_id])
    }

    fn property(&self) -> &OptText<'_> {
        &self.property_id
    }

    fn last_update(&self) -> &OptText<'_> {
        &None
    }

    fn payload(&self, _run: &Run<'_>) -> Result<Unit, Malformed> {
        Ok(Unit {
            x_property_id: text(&self.property_id),
            number: text(&self.unit_id),
            building_number: text(&self.building_id),
            ..Unit::default()
        })
    }
}
