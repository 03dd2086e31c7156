//! Rental properties.

use portcullis_sdk::model::{Date, Property, PropertyType};

use super::{Leftover, Malformed, Row, address, cents, id, member, phones, text};
use crate::wire;

impl Row for wire::Rental<'_> {
    type Payload = Property;

    fn id(&self) -> i64 {
        self.id
    }

    fn payload(&self, _today: Date) -> Result<Property, Malformed> {
        cents("Reserve", self.reserve)?;
        let address = address(&self.address);
        let kind = member(&self.rental_sub_type)
            .or_else(|| member(&self.rental_type).filter(|kind| *kind != "None"));
        let manager = self.rental_manager.as_ref();

        let mut leftover = Leftover::default();
        leftover.number("OperatingBankAccountId", self.operating_bank_account_id);
        leftover.text(
            "Reserve",
            self.reserve
                .map(|reserve| reserve.as_json().trim_matches('"')),
        );
        leftover.text("Country", address.country_raw);

        Ok(Property {
            x_property_id: id(Some(self.id)),
            name: text(&self.name),
            type_raw: kind.map(str::to_owned),
            type_normalized: kind.map(property_type),
            is_active: self.is_active,
            number_of_units: self.number_units,
            year_built: self.year_built,
            long_description: text(&self.structure_description),
            address_1: address.line_1,
            address_2: address.line_2,
            address_3: address.line_3,
            city: address.city,
            state: address.state,
            zip: address.zip,
            country: address.country,
            currency: address.currency,
            manager_name: manager.and_then(manager_name),
            manager_email: manager.and_then(|manager| text(&manager.email)),
            manager_phones: manager
                .map(|manager| phones(&manager.phone_numbers))
                .unwrap_or_default(),
            custom_data: leftover.document(),
            ..Property::default()
        })
    }
}

fn property_type(kind: &str) -> PropertyType {
    match kind {
        "SingleFamily" => PropertyType::SingleFamily,
        "MultiFamily" => PropertyType::MultiFamily,
        "Industrial" | "Office" | "Retail" | "ShoppingCenter" | "Storage" | "ParkingSpace"
        | "Commercial" => PropertyType::Commercial,
        _ => PropertyType::Other,
    }
}

/// The company, if the manager is one or has no name of its own.
fn manager_name(manager: &wire::Manager<'_>) -> Option<String> {
    let company = text(&manager.company_name);
    if manager.is_company == Some(true) && company.is_some() {
        return company;
    }
    match (text(&manager.first_name), text(&manager.last_name)) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (first, last) => first.or(last).or(company),
    }
}
