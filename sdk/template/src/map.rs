//! The vendor's records as documents of the unified model.

use portcullis_sdk::Result;
use portcullis_sdk::fields::{self, Malformed, filled, text};
use portcullis_sdk::model::{Property, PropertyType, Resident, ResidentStatus, Timestamp, Unit};
use serde::Serialize;

use crate::wire;

/// A record that becomes a document of one model.
pub(crate) trait Record: Serialize {
    /// The document.
    type Document: Serialize;

    /// The vendor's id.
    fn id(&self) -> &str;

    /// When it last changed.
    fn changed_at(&self) -> Result<Option<Timestamp>, Malformed>;

    /// The document that it becomes. What cannot be read is named by its field,
    /// never by its value: values are people's data.
    fn document(&self) -> Result<Self::Document, Malformed>;
}

impl Record for wire::Property<'_> {
    type Document = Property;

    fn id(&self) -> &str {
        &self.id
    }

    fn changed_at(&self) -> Result<Option<Timestamp>, Malformed> {
        fields::time("changed_at", filled(&self.changed_at))
    }

    fn document(&self) -> Result<Property, Malformed> {
        let mut property = Property {
            x_property_id: Some(self.id.as_str().to_owned()),
            x_updated_at: self.changed_at()?,
            name: text(&self.name),
            type_raw: text(&self.kind),
            // A word that is not known yet becomes `OTHER`; the word itself is kept.
            type_normalized: filled(&self.kind).map(|kind| match kind {
                "house" => PropertyType::SingleFamily,
                "apartments" => PropertyType::MultiFamily,
                "commercial" => PropertyType::Commercial,
                _ => PropertyType::Other,
            }),
            ..Property::default()
        };
        if let Some(address) = &self.address {
            property.address_1 = text(&address.street);
            property.city = text(&address.city);
            property.state = text(&address.state);
            property.zip = text(&address.zip);
        }
        Ok(property)
    }
}

impl Record for wire::Unit<'_> {
    type Document = Unit;

    fn id(&self) -> &str {
        &self.id
    }

    fn changed_at(&self) -> Result<Option<Timestamp>, Malformed> {
        fields::time("changed_at", filled(&self.changed_at))
    }

    fn document(&self) -> Result<Unit, Malformed> {
        let rent = fields::cents("rent", self.rent)?;
        Ok(Unit {
            x_property_id: text(&self.property_id),
            x_updated_at: self.changed_at()?,
            number: text(&self.number),
            bedrooms: fields::number_text(self.bedrooms),
            rent_amount_market_in_cents: rent,
            currency: rent.map(|_| "USD".to_owned()),
            is_vacant: self.vacant,
            ..Unit::default()
        })
    }
}

impl Record for wire::Resident<'_> {
    type Document = Resident;

    fn id(&self) -> &str {
        &self.id
    }

    fn changed_at(&self) -> Result<Option<Timestamp>, Malformed> {
        fields::time("changed_at", filled(&self.changed_at))
    }

    fn document(&self) -> Result<Resident, Malformed> {
        Ok(Resident {
            x_property_id: text(&self.property_id),
            x_unit_id: text(&self.unit_id),
            x_updated_at: self.changed_at()?,
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            email_1: text(&self.email),
            date_of_birth: fields::date("born_on", filled(&self.born_on))?,
            status_raw: text(&self.status),
            status_normalized: filled(&self.status).map(|status| match status {
                "current" => ResidentStatus::Current,
                "future" => ResidentStatus::Future,
                "past" => ResidentStatus::Past,
                _ => ResidentStatus::Other,
            }),
            ..Resident::default()
        })
    }
}
