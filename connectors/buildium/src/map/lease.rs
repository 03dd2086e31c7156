//! Leases.

use portcullis_sdk::model::{
    Date, Lease, LeaseStatus, LeaseTerm, ResidentOfLease, ResidentType, Timestamp,
};

use super::{Leftover, Malformed, Row, cents, date, id, member, number_text, text, time};
use crate::wire;

impl Row for wire::Lease<'_> {
    type Payload = Lease;

    fn id(&self) -> i64 {
        self.id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        time("LastUpdatedDateTime", &self.last_updated_date_time)
            .ok()
            .flatten()
    }

    fn payload(&self, today: Date) -> Result<Lease, Malformed> {
        let parts = self.parts()?;
        let status = member(&self.lease_status);
        let moves = Moves::of(&parts, today);
        let cost = self.account_details.as_ref();
        let rent = cost.and_then(|cost| cost.rent);
        let deposit = cost.and_then(|cost| cost.security_deposit);

        let mut leftover = Leftover::default();
        leftover.number("CurrentNumberOfOccupants", self.current_number_of_occupants);
        leftover.flag(
            "AutomaticallyMoveOutTenants",
            self.automatically_move_out_tenants,
        );

        Ok(Lease {
            x_property_id: id(self.property_id),
            x_unit_id: id(self.unit_id),
            x_created_at: time("CreatedDateTime", &self.created_date_time)?,
            x_updated_at: time("LastUpdatedDateTime", &self.last_updated_date_time)?,
            unit_number: text(&self.unit_number),
            deposit_amount_raw: number_text(deposit),
            deposit_amount_in_cents: cents("AccountDetails.SecurityDeposit", deposit)?,
            rent_amount_raw: number_text(rent),
            rent_amount_in_cents: cents("AccountDetails.Rent", rent)?,
            rent_due_day: self.payment_due_day.filter(|day| (1..=31).contains(day)),
            start_date: date("LeaseFromDate", &self.lease_from_date)?,
            end_date: date("LeaseToDate", &self.lease_to_date)?,
            notice_date: parts.iter().filter_map(|part| part.notice_date).min(),
            realized_move_in_date: moves.realized_in,
            scheduled_move_in_date: moves.scheduled_in,
            realized_move_out_date: moves.realized_out,
            scheduled_move_out_date: moves.scheduled_out,
            status_normalized: status.map(lease_status),
            status_raw: status.map(str::to_owned),
            is_eviction_pending: self.is_eviction_pending,
            renewal_status_raw: member(&self.renewal_offer_status).map(str::to_owned),
            term_normalized: term(member(&self.term_type), member(&self.lease_type)),
            term_raw: member(&self.term_type).map(str::to_owned),
            type_raw: member(&self.lease_type).map(str::to_owned),
            residents_meta_data: parts,
            custom_data: leftover.document(),
            ..Lease::default()
        })
    }
}

impl wire::Lease<'_> {
    /// Tenants, then those who answer for them. The vendor names no primary
    /// tenant, and does not say that the order means anything.
    fn parts(&self) -> Result<Vec<ResidentOfLease>, Malformed> {
        let mut parts = Vec::new();
        for tenant in self.tenants.iter().flatten() {
            let moves = move_out(&self.move_out_data, tenant.id)?;
            parts.push(ResidentOfLease {
                x_resident_id: id(Some(tenant.id)),
                x_resident_type: None,
                resident_type_normalized: Some(ResidentType::Other),
                status_raw: member(&tenant.status).map(str::to_owned),
                move_in_date: date("Tenants.MoveInDate", &tenant.move_in_date)?,
                move_out_date: moves.0,
                notice_date: moves.1,
            });
        }
        for _ in self.cosigners.iter().flatten() {
            parts.push(ResidentOfLease {
                // The vendor lists no cosigners by themselves, so there is no record to refer to.
                x_resident_id: None,
                x_resident_type: Some("Cosigner".to_owned()),
                resident_type_normalized: Some(ResidentType::Guarantor),
                ..ResidentOfLease::default()
            });
        }
        Ok(parts)
    }
}

/// When a tenant leaves, and when it was said.
pub(super) fn move_out(
    data: &Option<Vec<wire::MoveOut<'_>>>,
    tenant: i64,
) -> Result<(Option<Date>, Option<Date>), Malformed> {
    let Some(row) = data
        .iter()
        .flatten()
        .find(|row| row.tenant_id == Some(tenant))
    else {
        return Ok((None, None));
    };
    Ok((
        date("MoveOutData.MoveOutDate", &row.move_out_date)?,
        date("MoveOutData.NoticeGivenDate", &row.notice_given_date)?,
    ))
}

/// When people came and went, and when they will.
#[derive(Default)]
struct Moves {
    realized_in: Option<Date>,
    scheduled_in: Option<Date>,
    realized_out: Option<Date>,
    scheduled_out: Option<Date>,
}

impl Moves {
    fn of(parts: &[ResidentOfLease], today: Date) -> Self {
        let tenants = || {
            parts
                .iter()
                .filter(|part| part.resident_type_normalized != Some(ResidentType::Guarantor))
        };
        let first_in = |statuses: &[&str]| {
            tenants()
                .filter(|part| {
                    part.status_raw
                        .as_deref()
                        .is_some_and(|status| statuses.contains(&status))
                })
                .filter_map(|part| part.move_in_date)
                .min()
        };
        let last_out = tenants().filter_map(|part| part.move_out_date).max();
        let all_gone = tenants().all(|part| part.status_raw.as_deref() == Some("MovedOut"));
        Self {
            realized_in: first_in(&["Current", "MovedOut"]),
            scheduled_in: first_in(&["Future"]),
            realized_out: last_out.filter(|day| *day <= today && all_gone),
            scheduled_out: last_out.filter(|day| *day > today),
        }
    }
}

fn lease_status(status: &str) -> LeaseStatus {
    match status {
        "Active" => LeaseStatus::Active,
        "Past" => LeaseStatus::Inactive,
        "Future" => LeaseStatus::Pending,
        _ => LeaseStatus::Other,
    }
}

fn term(term: Option<&str>, kind: Option<&str>) -> Option<LeaseTerm> {
    match (term, kind) {
        (None, None) => None,
        (Some("MonthToMonth"), _) => Some(LeaseTerm::MonthToMonth),
        (_, Some("Fixed" | "FixedWithRollover")) => Some(LeaseTerm::Fixed),
        (_, Some("AtWill")) => Some(LeaseTerm::AtWill),
        _ => Some(LeaseTerm::Other),
    }
}
