//! Residents.

use portcullis_sdk::Result;
use portcullis_sdk::model::{LeaseOfResident, PhoneType, Resident, ResidentStatus, ResidentType};

use super::{Malformed, OptText, Row, Run, date, filled, joined, leftover, phone, text, time};
use crate::wire;

impl Row for wire::Resident<'_> {
    type Payload = Resident;

    fn id(&self) -> Option<String> {
        text(&self.resident_id)
    }

    fn property(&self) -> &OptText<'_> {
        &self.property_id
    }

    fn last_update(&self) -> &OptText<'_> {
        &self.last_update
    }

    fn payload(&self, run: &Run<'_>) -> Result<Resident, Malformed> {
        let place = [&self.property_id, &self.building_id, &self.unit_id];
        let unit = joined(&place);
        let lease = joined(&[place[0], place[1], place[2], &self.lease_id]);
        // A group bears the number of whom it was made for.
        let first = match (filled(&self.name_group), filled(&self.resident_id)) {
            (Some(group), Some(own)) if group == own => ResidentType::Primary,
            (Some(_), Some(_)) => ResidentType::Secondary,
            _ => ResidentType::Other,
        };
        let part = lease.clone().map(|lease| LeaseOfResident {
            x_lease_id: Some(lease),
            x_resident_type: text(&self.kind),
            resident_type_normalized: Some(first),
            ..LeaseOfResident::default()
        });
        let part = match part {
            Some(part) => Some(LeaseOfResident {
                move_in_date: date("OccupantOccupyDate", &self.occupied_on)?,
                move_out_date: date("VacateDate", &self.vacated_on)?,
                ..part
            }),
            None => None,
        };
        let phones = [
            phone(&self.phone_number, PhoneType::Other),
            phone(&self.cell, PhoneType::Mobile),
            phone(&self.work_phone_1, PhoneType::Work),
            phone(&self.work_phone_2, PhoneType::Work),
        ];
        Ok(Resident {
            x_property_id: text(&self.property_id),
            x_unit_id: unit,
            x_lease_id: lease,
            x_updated_at: time("LastUpdateDate", &self.last_update, run)?,
            leases_meta_data: part.into_iter().collect(),
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            email_1: text(&self.email),
            phones: phones.into_iter().flatten().collect(),
            status_normalized: filled(&self.status).map(|status| match status {
                "C" => ResidentStatus::Current,
                "N" => ResidentStatus::Future,
                "O" => ResidentStatus::Past,
                _ => ResidentStatus::Other,
            }),
            status_raw: text(&self.status),
            custom_data: leftover(&[("Namegroup", &self.name_group)]),
            ..Resident::default()
        })
    }
}
