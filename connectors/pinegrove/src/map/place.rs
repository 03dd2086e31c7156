//! Properties, units and leases.

use portcullis_sdk::Result;
use portcullis_sdk::model::{
    Lease, LeaseStatus, LeaseTerm, Property, PropertyType, ResidentOfLease, ResidentType, Unit,
};

use super::{Malformed, Record, amount, date, filled, leftover, phones, text, time};
use crate::wire::{self, OptText};

impl Record for wire::Property<'_> {
    type Payload = Property;

    fn id(&self) -> &str {
        &self.id
    }

    fn changed_at(&self) -> &OptText<'_> {
        &self.changed_at
    }

    fn payload(&self) -> Result<Property, Malformed> {
        let mut property = Property {
            x_property_id: Some(self.id.as_str().to_owned()),
            x_created_at: time("created_at", &self.created_at)?,
            x_updated_at: time("changed_at", &self.changed_at)?,
            name: text(&self.name),
            type_raw: text(&self.kind),
            type_normalized: filled(&self.kind).map(|kind| match kind {
                "single_family" => PropertyType::SingleFamily,
                "multi_family" => PropertyType::MultiFamily,
                "student" => PropertyType::StudentHousing,
                "commercial" => PropertyType::Commercial,
                _ => PropertyType::Other,
            }),
            is_active: self.active,
            year_built: self.year_built,
            number_of_units: self.unit_count,
            currency: text(&self.currency),
            ..Property::default()
        };
        if let Some(address) = &self.address {
            property.address_1 = text(&address.line_1);
            property.address_2 = text(&address.line_2);
            property.city = text(&address.city);
            property.state = text(&address.region);
            property.zip = text(&address.postal_code);
            property.country = text(&address.country);
        }
        if let Some(manager) = &self.manager {
            property.manager_name = text(&manager.name);
            property.manager_email = text(&manager.email);
            property.manager_phones = phones(&manager.phones);
        }
        Ok(property)
    }
}

impl Record for wire::Unit<'_> {
    type Payload = Unit;

    fn id(&self) -> &str {
        &self.id
    }

    fn changed_at(&self) -> &OptText<'_> {
        &self.changed_at
    }

    fn payload(&self) -> Result<Unit, Malformed> {
        let rent = amount("rent", &self.rent)?;
        let pets = match filled(&self.pets) {
            Some("none") => Some((false, false)),
            Some("cats") => Some((true, false)),
            Some("dogs") => Some((false, true)),
            Some("cats_and_dogs") => Some((true, true)),
            _ => None,
        };
        Ok(Unit {
            x_property_id: text(&self.property_id),
            x_created_at: time("created_at", &self.created_at)?,
            x_updated_at: time("changed_at", &self.changed_at)?,
            number: text(&self.number),
            floor: text(&self.floor),
            bedrooms: self.bedrooms.map(|count| count.to_string()),
            bathrooms: text(&self.bathrooms),
            square_feet: self.area_sqft,
            rent_amount_market_in_cents: rent.cents,
            currency: rent.currency,
            is_vacant: self.vacant,
            is_listed: self.listed,
            is_furnished: self.furnished,
            pets_allowed: pets.map(|(cats, dogs)| cats || dogs),
            cats_allowed: pets.map(|(cats, _)| cats),
            dogs_allowed: pets.map(|(_, dogs)| dogs),
            pet_policy: text(&self.pets),
            ..Unit::default()
        })
    }
}

impl Record for wire::Lease<'_> {
    type Payload = Lease;

    fn id(&self) -> &str {
        &self.id
    }

    fn changed_at(&self) -> &OptText<'_> {
        &self.changed_at
    }

    fn payload(&self) -> Result<Lease, Malformed> {
        let rent = amount("rent", &self.rent)?;
        let deposit = amount("deposit", &self.deposit)?;
        let balance = amount("balance", &self.balance)?;
        let mut residents = Vec::new();
        for part in self.residents.iter().flatten() {
            residents.push(ResidentOfLease {
                x_resident_id: Some(part.id.as_str().to_owned()),
                x_resident_type: text(&part.role),
                resident_type_normalized: Some(match filled(&part.role) {
                    Some("primary") => ResidentType::Primary,
                    Some("secondary") => ResidentType::Secondary,
                    Some("guarantor") => ResidentType::Guarantor,
                    _ => ResidentType::Other,
                }),
                move_in_date: date("residents.moves_in_on", &part.moves_in_on)?,
                move_out_date: date("residents.moves_out_on", &part.moves_out_on)?,
                ..ResidentOfLease::default()
            });
        }
        let currencies = [rent.currency, deposit.currency, balance.currency];
        Ok(Lease {
            x_property_id: text(&self.property_id),
            x_unit_id: text(&self.unit_id),
            x_created_at: time("created_at", &self.created_at)?,
            x_updated_at: time("changed_at", &self.changed_at)?,
            residents_meta_data: residents,
            start_date: date("starts_on", &self.starts_on)?,
            end_date: date("ends_on", &self.ends_on)?,
            signature_date: date("signed_on", &self.signed_on)?,
            rent_amount_in_cents: rent.cents,
            rent_amount_raw: rent.raw,
            rent_due_day: self.due_day,
            deposit_amount_in_cents: deposit.cents,
            deposit_amount_raw: deposit.raw,
            balance_amount_in_cents: balance.cents,
            balance_amount_raw: balance.raw,
            currency: currencies.into_iter().flatten().next(),
            is_eviction_pending: self.eviction_pending,
            status_normalized: filled(&self.status).map(|status| match status {
                "active" => LeaseStatus::Active,
                "ended" => LeaseStatus::Inactive,
                "upcoming" => LeaseStatus::Pending,
                "evicted" => LeaseStatus::Evicted,
                _ => LeaseStatus::Other,
            }),
            status_raw: text(&self.status),
            term_normalized: filled(&self.term).map(|term| match term {
                "fixed" => LeaseTerm::Fixed,
                "month_to_month" => LeaseTerm::MonthToMonth,
                "at_will" => LeaseTerm::AtWill,
                _ => LeaseTerm::Other,
            }),
            term_raw: text(&self.term),
            custom_data: leftover(&[("notes", &self.notes)]),
            ..Lease::default()
        })
    }
}
