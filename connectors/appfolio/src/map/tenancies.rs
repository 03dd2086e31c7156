//! Leases and tenants.

use portcullis_sdk::fields::{Leftover, Malformed, filled, number_text, text};
use portcullis_sdk::model::{
    Date, Lease, LeaseStatus, LeaseTerm, Phone, Resident, ResidentStatus, Timestamp,
};

use super::{Row, date, stamp, time};
use crate::wire;

impl Row for wire::Lease<'_> {
    type Payload = Lease;

    fn id(&self) -> &str {
        &self.id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        stamp(&self.last_updated_at)
    }

    fn payload(&self, today: Date) -> Result<Lease, Malformed> {
        let start_date = date("StartOn", &self.start_on)?;
        let end_date = date("EndOn", &self.end_on)?;
        let is_monthly = self.is_mtm;
        let mut leftover = Leftover::default();
        leftover.put("OccupancyId", text(&self.occupancy_id));
        leftover.put("RenewedOn", text(&self.renewed_on));
        Ok(Lease {
            x_property_id: text(&self.property_id),
            x_unit_id: text(&self.unit_id),
            x_updated_at: time("LastUpdatedAt", &self.last_updated_at)?,
            start_date,
            end_date,
            signature_date: date("SignedOn", &self.signed_on)?,
            status_raw: text(&self.status),
            status_normalized: filled(&self.status).map(|status| {
                standing(
                    status,
                    start_date,
                    end_date,
                    is_monthly == Some(true),
                    today,
                )
            }),
            term_normalized: is_monthly.map(|monthly| match monthly {
                true => LeaseTerm::MonthToMonth,
                false => LeaseTerm::Fixed,
            }),
            custom_data: leftover.document(),
            ..Lease::default()
        })
    }
}

/// The vendor's status tells how far the document has come. Of one that is
/// signed by all, the dates tell whether it is in force.
fn standing(
    status: &str,
    start: Option<Date>,
    end: Option<Date>,
    monthly: bool,
    today: Date,
) -> LeaseStatus {
    if !status.eq_ignore_ascii_case("fully executed") {
        return LeaseStatus::Other;
    }
    if start.is_some_and(|day| day > today) {
        LeaseStatus::Pending
    } else if !monthly && end.is_some_and(|day| day < today) {
        LeaseStatus::Inactive
    } else {
        LeaseStatus::Active
    }
}

impl Row for wire::Tenant<'_> {
    type Payload = Resident;

    fn id(&self) -> &str {
        &self.id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        stamp(&self.last_updated_at)
    }

    fn payload(&self, _today: Date) -> Result<Resident, Malformed> {
        for (field, text) in [
            ("MoveInOn", &self.move_in_on),
            ("MoveOutOn", &self.move_out_on),
            ("LeaseStartDate", &self.lease_start_date),
            ("LeaseEndDate", &self.lease_end_date),
            ("LeaseSignedDate", &self.lease_signed_date),
        ] {
            date(field, text)?;
        }
        let mut leftover = Leftover::default();
        leftover.put("OccupancyId", text(&self.occupancy_id));
        leftover.put("PrimaryTenant", self.primary_tenant);
        leftover.put("MoveInOn", text(&self.move_in_on));
        leftover.put("MoveOutOn", text(&self.move_out_on));
        leftover.put("LeaseStartDate", text(&self.lease_start_date));
        leftover.put("LeaseEndDate", text(&self.lease_end_date));
        leftover.put("LeaseSignedDate", text(&self.lease_signed_date));
        leftover.put("IsMonthlyLease", self.is_monthly_lease);
        leftover.put("CurrentRent", number_text(self.current_rent));
        leftover.put("HiddenAt", text(&self.hidden_at));
        let (home, other) = self.homes();
        Ok(Resident {
            x_property_id: text(&self.property_id),
            x_unit_id: text(&self.unit_id),
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            email_1: text(&self.email),
            phones: phones(&self.phone),
            address_1: home.and_then(|home| text(&home.address1)),
            address_2: home.and_then(|home| text(&home.address2)),
            city: home.and_then(|home| text(&home.city)),
            state: home.and_then(|home| text(&home.state)),
            zip: home.and_then(|home| text(&home.postal_code)),
            address_1_alternate: other.and_then(|home| text(&home.address1)),
            address_2_alternate: other.and_then(|home| text(&home.address2)),
            city_alternate: other.and_then(|home| text(&home.city)),
            state_alternate: other.and_then(|home| text(&home.state)),
            zip_alternate: other.and_then(|home| text(&home.postal_code)),
            status_raw: text(&self.status),
            status_normalized: filled(&self.status).map(resident_status),
            custom_data: leftover.document(),
            ..Resident::default()
        })
    }
}

impl<'a> wire::Tenant<'a> {
    /// The primary address, or the first; and another one.
    fn homes(&self) -> (Option<&wire::Address<'a>>, Option<&wire::Address<'a>>) {
        let all = self.addresses.as_deref().unwrap_or_default();
        let primary = all
            .iter()
            .position(|home| home.is_primary == Some(true))
            .unwrap_or(0);
        let other = all.iter().enumerate().find(|(at, _)| *at != primary);
        (all.get(primary), other.map(|(_, home)| home))
    }
}

fn phones(phone: &Option<portcullis_sdk::Text<'_>>) -> Vec<Phone> {
    let number = text(phone);
    number
        .map(|number| Phone {
            number: Some(number),
            ..Phone::default()
        })
        .into_iter()
        .collect()
}

fn resident_status(status: &str) -> ResidentStatus {
    match status.to_ascii_lowercase().as_str() {
        // Who gave notice or is being evicted still lives there.
        "current" | "notice" | "evict" => ResidentStatus::Current,
        "future" => ResidentStatus::Future,
        "past" => ResidentStatus::Past,
        _ => ResidentStatus::Other,
    }
}
