//! Tenants. Cosigners are not among them: the vendor has no list of theirs.

use portcullis_sdk::model::{Date, LeaseOfResident, Resident, ResidentStatus, ResidentType};

use super::lease::move_out;
use super::{
    Leftover, Malformed, Row, address, date, emergency_contact, id, member, phones, text, time,
};
use crate::wire;

impl Row for wire::Tenant<'_> {
    type Payload = Resident;

    fn id(&self) -> i64 {
        self.id
    }

    fn payload(&self, _today: Date) -> Result<Resident, Malformed> {
        let home = address(&self.address);
        let other = address(&self.alternate_address);
        let newest = self.newest_lease()?;
        let status = newest.and_then(|lease| self.status_in(lease));

        let mut leftover = Leftover::default();
        leftover.text("SMSOptInStatus", member(&self.sms_opt_in_status));
        leftover.text("MailingPreference", member(&self.mailing_preference));
        leftover.text("Country", home.country_raw);
        leftover.text("AlternateCountry", other.country_raw);

        Ok(Resident {
            // A tenant names no property: the newest lease does.
            x_property_id: id(newest.and_then(|lease| lease.property_id)),
            x_unit_id: id(newest.and_then(|lease| lease.unit_id)),
            x_lease_id: id(newest.map(|lease| lease.id)),
            x_created_at: time("CreatedDateTime", &self.created_date_time)?,
            leases_meta_data: self.parts()?,
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            email_1: text(&self.email),
            email_2: text(&self.alternate_email),
            phones: phones(&self.phone_numbers),
            date_of_birth: date("DateOfBirth", &self.date_of_birth)?,
            address_1: home.line_1,
            address_2: home.line_2,
            address_3: home.line_3,
            city: home.city,
            state: home.state,
            zip: home.zip,
            country: home.country,
            address_1_alternate: other.line_1,
            address_2_alternate: other.line_2,
            address_3_alternate: other.line_3,
            city_alternate: other.city,
            state_alternate: other.state,
            zip_alternate: other.zip,
            country_alternate: other.country,
            status_raw: status.map(str::to_owned),
            status_normalized: status.map(resident_status),
            emergency_contact: emergency_contact(&self.emergency_contact),
            notes: text(&self.comment),
            custom_data: leftover.document(),
            ..Resident::default()
        })
    }
}

impl<'a> wire::Tenant<'a> {
    /// The lease that begins last; of those that begin together, the one made
    /// last.
    fn newest_lease(&self) -> Result<Option<&wire::TenantLease<'a>>, Malformed> {
        let mut newest = None;
        for lease in self.leases.iter().flatten() {
            let rank = (
                date("Leases.LeaseFromDate", &lease.lease_from_date)?,
                lease.id,
            );
            if newest.is_none_or(|(best, _)| rank > best) {
                newest = Some((rank, lease));
            }
        }
        Ok(newest.map(|(_, lease)| lease))
    }

    fn part_in<'l>(&self, lease: &'l wire::TenantLease<'a>) -> Option<&'l wire::LeaseTenant<'a>> {
        lease
            .tenants
            .iter()
            .flatten()
            .find(|tenant| tenant.id == self.id)
    }

    /// This tenant's own status in a lease, or the lease's where it does not
    /// name its tenants.
    fn status_in<'l>(&self, lease: &'l wire::TenantLease<'a>) -> Option<&'l str> {
        self.part_in(lease)
            .and_then(|part| member(&part.status))
            .or_else(|| member(&lease.lease_status))
    }

    fn parts(&self) -> Result<Vec<LeaseOfResident>, Malformed> {
        let mut parts = Vec::new();
        for lease in self.leases.iter().flatten() {
            let (move_out_date, notice_date) = move_out(&lease.move_out_data, self.id)?;
            let move_in_date = match self.part_in(lease) {
                Some(part) => date("Leases.Tenants.MoveInDate", &part.move_in_date)?,
                None => None,
            };
            parts.push(LeaseOfResident {
                x_lease_id: id(Some(lease.id)),
                x_resident_type: None,
                resident_type_normalized: Some(ResidentType::Other),
                move_in_date,
                move_out_date,
                notice_date,
            });
        }
        Ok(parts)
    }
}

/// By the tenant's status, or by the lease's.
fn resident_status(status: &str) -> ResidentStatus {
    match status {
        "Current" | "Active" => ResidentStatus::Current,
        "Future" => ResidentStatus::Future,
        "MovedOut" | "Past" => ResidentStatus::Past,
        _ => ResidentStatus::Other,
    }
}
