//! Leases, each from the rows of all its residents.

use portcullis_sdk::Result;
use portcullis_sdk::model::{Date, Lease, LeaseStatus, LeaseTerm, ResidentOfLease, ResidentType};

use super::{
    Malformed, Run, cents, date, elsewhere, filled, flag, joined, leftover, outside, text, time,
};
use crate::wire;

/// Whether a row is of the property that is read, and of a lease: who applies,
/// or only asked, has a row without one.
pub(crate) fn wanted(row: &wire::Lease<'_>, run: &Run<'_>) -> bool {
    !elsewhere(&row.property_id, run) && filled(&row.lease_id).is_some()
}

/// A lease's number means something only within its unit.
pub(crate) fn lease_id(row: &wire::Lease<'_>) -> Option<String> {
    joined(&[
        &row.property_id,
        &row.building_id,
        &row.unit_id,
        &row.lease_id,
    ])
}

/// The resident whose row it is.
pub(crate) fn resident_id<'r>(row: &'r wire::Lease<'_>) -> Option<&'r str> {
    filled(&row.resident_id)
}

/// The lease of these rows, in the order of their residents; none if it
/// changed outside the stretch of time that is wanted.
pub(crate) fn lease(rows: &[wire::Lease<'_>], run: &Run<'_>) -> Result<Option<Lease>, Malformed> {
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let mut changed = None;
    let mut residents = Vec::new();
    for row in rows {
        changed = changed.max(time("LastUpdateDate", &row.last_update, run)?);
        if let Some(resident) = resident(row)? {
            residents.push(resident);
        }
    }
    if changed.is_some_and(|changed| outside(changed, run)) {
        return Ok(None);
    }
    let start = date("LeaseStart", &row.start)?;
    let end = date("LeaseEnd", &row.end)?;
    let occupied = date("OccupyDate", &row.occupied_on)?;
    let moved_out = date("LeaseMoveOut", &row.moved_out_on)?;
    let has_come = |day: &Date| *day <= run.today;
    let current = flag(&row.is_current);
    let status = match current {
        Some(true) => LeaseStatus::Active,
        Some(false) if start.is_some_and(|day| day > run.today) => LeaseStatus::Pending,
        Some(false) if moved_out.or(end).is_some_and(|day| day <= run.today) => {
            LeaseStatus::Inactive
        }
        _ => LeaseStatus::Other,
    };
    Ok(Some(Lease {
        x_property_id: text(&row.property_id),
        x_unit_id: joined(&[&row.property_id, &row.building_id, &row.unit_id]),
        x_resident_id: text(&row.name_group),
        x_updated_at: changed,
        residents_meta_data: residents,
        unit_number: text(&row.unit_id),
        start_date: start,
        end_date: end,
        notice_date: date("DateNotified", &row.notified_on)?,
        realized_move_in_date: occupied.filter(has_come),
        scheduled_move_in_date: occupied.filter(|day| !has_come(day)),
        realized_move_out_date: moved_out.filter(has_come),
        scheduled_move_out_date: moved_out.filter(|day| !has_come(day)),
        rent_amount_in_cents: cents("LeaseMonthlyRentAmount", &row.rent)?,
        rent_amount_raw: text(&row.rent),
        balance_amount_in_cents: cents("LeaseBalance", &row.balance)?,
        balance_amount_raw: text(&row.balance),
        currency: text(&row.currency),
        status_normalized: filled(&row.is_current).map(|_| status),
        status_raw: filled(&row.is_current).map(|flag| format!("IsCurrent={flag}")),
        term_normalized: flag(&row.month_to_month).map(|monthly| match monthly {
            true => LeaseTerm::MonthToMonth,
            false => LeaseTerm::Fixed,
        }),
        term_raw: text(&row.term),
        custom_data: leftover(&[
            ("VacateReason", &row.vacate_reason),
            ("HasPet", &row.has_pet),
        ]),
        ..Lease::default()
    }))
}

/// A resident's part in the lease. A group bears the number of whom it was
/// made for.
fn resident(row: &wire::Lease<'_>) -> Result<Option<ResidentOfLease>, Malformed> {
    let Some(id) = text(&row.resident_id) else {
        return Ok(None);
    };
    let part = match filled(&row.name_group) {
        Some(group) if group == id => ResidentType::Primary,
        Some(_) => ResidentType::Secondary,
        None => ResidentType::Other,
    };
    Ok(Some(ResidentOfLease {
        x_resident_id: Some(id),
        resident_type_normalized: Some(part),
        status_raw: text(&row.resident_status),
        move_out_date: date("ResidentVacateDate", &row.resident_left_on)?,
        ..ResidentOfLease::default()
    }))
}
