//! Leases.

use portcullis_sdk::Result;
use portcullis_sdk::model::{CustomData, Date, Lease, LeaseStatus, LeaseTerm, ResidentOfLease};

use super::{Element, Malformed, Run, date, instant, part_in_lease, text};
use crate::loose::flag;
use crate::wire;

impl Element for wire::Lease<'_> {
    type Payload = Lease;

    fn id(&self) -> Option<&str> {
        self.id.filled()
    }

    fn payload(&self, run: &Run<'_>) -> Result<Lease, Malformed> {
        let newest = self.newest_interval()?;
        let status = self
            .lease_interval_status
            .filled()
            .or_else(|| newest?.lease_interval_status_type_name.filled())
            .or_else(|| status_of_id(self.lease_status_type_id.filled()?));
        let status_raw = status.or(self.lease_status_type_id.filled());
        let move_in = date("moveInDate", &self.move_in_date)?;
        let move_out = date("moveOutDate", &self.move_out_date)?;
        let has_come = |day: &Date| *day <= run.today;
        let month_to_month = flag(&self.is_month_to_month);

        let mut leftover = CustomData::new();
        let mut keep = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                leftover.insert(name.to_owned(), value.into());
            }
        };
        keep("buildingId", text(&self.building_id));
        keep("buildingName", text(&self.building_name));
        keep("occupancyType", text(&self.occupancy_type));
        if let Some(interval) = newest {
            keep(
                "leaseIntervalTypeName",
                text(&interval.lease_interval_type_name),
            );
            keep("intervalDateTime", instant(&interval.interval_date_time));
        }
        keep("floorPlanId", text(&self.floor_plan_id));

        Ok(Lease {
            x_property_id: run.property.map(str::to_owned),
            x_unit_id: text(&self.unit_id),
            residents_meta_data: self.residents()?,
            unit_number: text(&self.unit_number_space),
            application_date: match newest {
                Some(interval) => {
                    date("applicationCompletedOn", &interval.application_completed_on)?
                }
                None => None,
            },
            start_date: match newest {
                Some(interval) => date("leaseInterval.startDate", &interval.start_date)?,
                None => None,
            },
            end_date: match newest {
                Some(interval) => date("leaseInterval.endDate", &interval.end_date)?,
                None => None,
            },
            notice_date: date("noticeDate", &self.notice_date)?,
            realized_move_in_date: move_in.filter(has_come),
            scheduled_move_in_date: move_in.filter(|day| !has_come(day)),
            realized_move_out_date: move_out.filter(has_come),
            scheduled_move_out_date: move_out.filter(|day| !has_come(day)),
            status_normalized: status_raw.map(lease_status),
            status_raw: status_raw.map(str::to_owned),
            term_normalized: month_to_month.map(|monthly| match monthly {
                true => LeaseTerm::MonthToMonth,
                false => LeaseTerm::Fixed,
            }),
            term_raw: month_to_month.map(|monthly| format!("isMonthToMonth={}", u8::from(monthly))),
            type_raw: text(&self.lease_type),
            custom_data: (!leftover.is_empty()).then_some(leftover),
            ..Lease::default()
        })
    }
}

impl<'a> wire::Lease<'a> {
    /// The interval that begins last, those that came to nothing aside where
    /// there is another.
    fn newest_interval(&self) -> Result<Option<&wire::Interval<'a>>, Malformed> {
        let mut newest = None;
        let intervals = self.lease_intervals.0.iter();
        for interval in intervals.flat_map(|intervals| intervals.lease_interval.iter()) {
            let status = interval.lease_interval_status_type_name.filled();
            let real = !matches!(status, Some("Cancelled" | "Denied"));
            let rank = (real, date("leaseInterval.startDate", &interval.start_date)?);
            if newest.is_none_or(|(best, _)| rank > best) {
                newest = Some((rank, interval));
            }
        }
        Ok(newest.map(|(_, interval)| interval))
    }

    fn residents(&self) -> Result<Vec<ResidentOfLease>, Malformed> {
        let mut residents = Vec::new();
        let customers = self.customers.0.iter();
        for customer in customers.flat_map(|customers| customers.customer.iter()) {
            let Some(id) = text(&customer.id) else {
                continue;
            };
            let part = customer.customer_type.filled();
            residents.push(ResidentOfLease {
                x_resident_id: Some(id),
                x_resident_type: part.map(str::to_owned),
                resident_type_normalized: part.map(part_in_lease),
                status_raw: text(&customer.lease_customer_status),
                move_in_date: date("customers.moveInDate", &customer.move_in_date)?,
                move_out_date: date("customers.moveOutDate", &customer.move_out_date)?,
                notice_date: None,
            });
        }
        Ok(residents)
    }
}

/// The words behind the numbers of `leaseStatusTypeId`.
fn status_of_id(id: &str) -> Option<&'static str> {
    Some(match id {
        "1" => "Applicant",
        "2" => "Cancelled",
        "3" => "Future",
        "4" => "Current",
        "5" => "Notice",
        "6" => "Past",
        _ => return None,
    })
}

fn lease_status(status: &str) -> LeaseStatus {
    match status {
        // Whoever has given notice still lives there.
        "Current" | "Notice" => LeaseStatus::Active,
        "Past" | "Cancelled" | "Denied" => LeaseStatus::Inactive,
        "Future" | "Applicant" => LeaseStatus::Pending,
        _ => LeaseStatus::Other,
    }
}
