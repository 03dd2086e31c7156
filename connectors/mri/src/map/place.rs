//! Properties, units and leases.

use portcullis_sdk::Result;
use portcullis_sdk::model::{Date, Lease, LeaseStatus, LeaseTerm, Property, Unit};

use super::{
    Malformed, OptText, Row, Run, cents, date, filled, flag, joined, leftover, text, time,
};
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

impl Row for wire::Lease<'_> {
    type Payload = Lease;

    /// Who applies, or only asked, has a row without a lease.
    fn stands(&self) -> bool {
        filled(&self.lease_id).is_some()
    }

    fn id(&self) -> Option<String> {
        joined(&[
            &self.property_id,
            &self.building_id,
            &self.unit_id,
            &self.lease_id,
        ])
    }

    fn property(&self) -> &OptText<'_> {
        &self.property_id
    }

    fn last_update(&self) -> &OptText<'_> {
        &self.last_update
    }

    /// From what the rows of all its residents share, so that it does not
    /// matter which of them comes last.
    fn payload(&self, run: &Run<'_>) -> Result<Lease, Malformed> {
        let start = date("LeaseStart", &self.start)?;
        let end = date("LeaseEnd", &self.end)?;
        let occupied = date("OccupyDate", &self.occupied_on)?;
        let moved_out = date("LeaseMoveOut", &self.moved_out_on)?;
        let has_come = |day: &Date| *day <= run.today;
        let current = flag(&self.is_current);
        let status = match current {
            Some(true) => LeaseStatus::Active,
            Some(false) if start.is_some_and(|day| day > run.today) => LeaseStatus::Pending,
            Some(false) if moved_out.or(end).is_some_and(|day| day <= run.today) => {
                LeaseStatus::Inactive
            }
            _ => LeaseStatus::Other,
        };
        Ok(Lease {
            x_property_id: text(&self.property_id),
            x_unit_id: joined(&[&self.property_id, &self.building_id, &self.unit_id]),
            x_resident_id: text(&self.name_group),
            x_updated_at: time("LastUpdateDate", &self.last_update, run)?,
            unit_number: text(&self.unit_id),
            start_date: start,
            end_date: end,
            notice_date: date("DateNotified", &self.notified_on)?,
            realized_move_in_date: occupied.filter(has_come),
            scheduled_move_in_date: occupied.filter(|day| !has_come(day)),
            realized_move_out_date: moved_out.filter(has_come),
            scheduled_move_out_date: moved_out.filter(|day| !has_come(day)),
            rent_amount_in_cents: cents("LeaseMonthlyRentAmount", &self.rent)?,
            rent_amount_raw: text(&self.rent),
            balance_amount_in_cents: cents("LeaseBalance", &self.balance)?,
            balance_amount_raw: text(&self.balance),
            currency: text(&self.currency),
            status_normalized: filled(&self.is_current).map(|_| status),
            status_raw: filled(&self.is_current).map(|flag| format!("IsCurrent={flag}")),
            term_normalized: flag(&self.month_to_month).map(|monthly| match monthly {
                true => LeaseTerm::MonthToMonth,
                false => LeaseTerm::Fixed,
            }),
            term_raw: text(&self.term),
            custom_data: leftover(&[
                ("VacateReason", &self.vacate_reason),
                ("HasPet", &self.has_pet),
            ]),
            ..Lease::default()
        })
    }
}
