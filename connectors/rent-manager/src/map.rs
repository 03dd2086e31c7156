//! The vendor's rows as documents of the unified model.

use portcullis_sdk::fields::{self, Leftover, Malformed, filled, number_text, text, whole};
use portcullis_sdk::model::{
    Date, Lease, Property, Resident, ResidentCharge, ResidentOfLease, ResidentStatus, ResidentType,
    Timestamp, TransactionKind, Unit,
};
use portcullis_sdk::{Text, dates};
use serde::Serialize;

use crate::wire;

/// Charges name no currency; the vendor serves the United States mostly.
const CURRENCY: &str = "USD";

/// A row of a collection that becomes a record of one model.
pub(crate) trait Row {
    /// The document that it becomes.
    type Payload: Serialize;

    /// The vendor's id.
    fn id(&self) -> i64;

    /// When the vendor says it last changed.
    fn updated_at(&self) -> Option<Timestamp>;

    /// The document. `today` is the UTC day on which the run began: it tells
    /// what is planned from what has happened.
    fn payload(&self, today: Date) -> Result<Self::Payload, Malformed>;
}

fn id(id: Option<i64>) -> Option<String> {
    id.map(|id| id.to_string())
}

/// The vendor writes times with a `T` or with a space. Without a zone they are
/// read as UTC.
fn moment(text: &Option<Text<'_>>) -> Option<Timestamp> {
    let text = filled(text)?;
    dates::timestamp(text).or_else(|| dates::timestamp(&text.replacen(' ', "T", 1)))
}

fn time(field: &str, text: &Option<Text<'_>>) -> Result<Option<Timestamp>, Malformed> {
    match (filled(text), moment(text)) {
        (Some(_), None) => Err(format!("{field} is no time")),
        (_, moment) => Ok(moment),
    }
}

fn date(field: &str, text: &Option<Text<'_>>) -> Result<Option<Date>, Malformed> {
    fields::date(field, filled(text))
}

impl Row for wire::Property<'_> {
    type Payload = Property;

    fn id(&self) -> i64 {
        self.property_id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        moment(&self.update_date)
    }

    fn payload(&self, _today: Date) -> Result<Property, Malformed> {
        Ok(Property {
            x_property_id: id(Some(self.property_id)),
            x_created_at: time("CreateDate", &self.create_date)?,
            x_updated_at: time("UpdateDate", &self.update_date)?,
            name: text(&self.name),
            is_active: self.is_active,
            ..Property::default()
        })
    }
}

impl Row for wire::Unit<'_> {
    type Payload = Unit;

    fn id(&self) -> i64 {
        self.unit_id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        moment(&self.update_date)
    }

    fn payload(&self, _today: Date) -> Result<Unit, Malformed> {
        let bathrooms = number_text(self.bathrooms);
        let counted = bathrooms.as_deref().and_then(count_bathrooms);
        Ok(Unit {
            x_property_id: id(self.property_id),
            x_unit_type_id: id(self.unit_type_id),
            x_created_at: time("CreateDate", &self.create_date)?,
            x_updated_at: time("UpdateDate", &self.update_date)?,
            number: text(&self.name),
            bedrooms: whole(self.bedrooms).map(|count| count.to_string()),
            bedrooms_raw: number_text(self.bedrooms),
            bathrooms: counted.map(|(full, half)| match half {
                0 => full.to_string(),
                _ => format!("{full}.5"),
            }),
            bathrooms_full: counted.map(|(full, _)| full),
            bathrooms_half: counted.map(|(_, half)| half),
            bathrooms_raw: bathrooms,
            ..Unit::default()
        })
    }
}

/// Full and half bathrooms. Nothing for other fractions.
fn count_bathrooms(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let full = whole.parse::<u8>().ok()?;
    match fraction.trim_end_matches('0') {
        "" => Some((i64::from(full), 0)),
        "5" => Some((i64::from(full), 1)),
        _ => None,
    }
}

impl Row for wire::Lease<'_> {
    type Payload = Lease;

    fn id(&self) -> i64 {
        self.lease_id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        moment(&self.update_date)
    }

    fn payload(&self, today: Date) -> Result<Lease, Malformed> {
        let move_in_date = date("MoveInDate", &self.move_in_date)?;
        let move_out_date = date("MoveOutDate", &self.move_out_date)?;
        let past = |day: &Date| *day <= today;
        let mut leftover = Leftover::default();
        leftover.put("ArrivalDate", text(&self.arrival_date));
        let resident = id(self.tenant_id).map(|resident| ResidentOfLease {
            x_resident_id: Some(resident),
            resident_type_normalized: Some(ResidentType::Other),
            move_in_date,
            move_out_date,
            ..ResidentOfLease::default()
        });
        Ok(Lease {
            x_property_id: id(self.property_id),
            x_unit_id: id(self.unit_id),
            x_resident_id: id(self.tenant_id),
            x_created_at: time("CreateDate", &self.create_date)?,
            x_updated_at: time("UpdateDate", &self.update_date)?,
            residents_meta_data: resident.into_iter().collect(),
            realized_move_in_date: move_in_date.filter(past),
            scheduled_move_in_date: move_in_date.filter(|day| !past(day)),
            realized_move_out_date: move_out_date.filter(past),
            scheduled_move_out_date: move_out_date.filter(|day| !past(day)),
            custom_data: leftover.document(),
            ..Lease::default()
        })
    }
}

impl Row for wire::Tenant<'_> {
    type Payload = Resident;

    fn id(&self) -> i64 {
        self.tenant_id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        moment(&self.update_date)
    }

    fn payload(&self, _today: Date) -> Result<Resident, Malformed> {
        time("UpdateDate", &self.update_date)?;
        let mut leftover = Leftover::default();
        leftover.put("Name", text(&self.name));
        leftover.put("RentDueDay", self.rent_due_day);
        let (home, other) = self.homes();
        Ok(Resident {
            x_property_id: id(self.property_id),
            x_created_at: time("CreateDate", &self.create_date)?,
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            address_1: home.and_then(|home| text(&home.street1)),
            address_2: home.and_then(|home| text(&home.street2)),
            city: home.and_then(|home| text(&home.city)),
            state: home.and_then(|home| text(&home.state)),
            zip: home.and_then(|home| text(&home.postal_code)),
            address_1_alternate: other.and_then(|home| text(&home.street1)),
            address_2_alternate: other.and_then(|home| text(&home.street2)),
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

impl Row for wire::Charge<'_> {
    type Payload = ResidentCharge;

    fn id(&self) -> i64 {
        self.charge_id
    }

    fn updated_at(&self) -> Option<Timestamp> {
        moment(&self.update_date)
    }

    fn payload(&self, _today: Date) -> Result<ResidentCharge, Malformed> {
        let kind = filled(&self.account_type);
        // Other kinds of accounts count for themselves.
        let of_tenant = kind.is_none_or(|kind| kind.eq_ignore_ascii_case("customer"));
        let mut leftover = Leftover::default();
        leftover.put("AccountType", kind);
        if !of_tenant {
            leftover.put("AccountID", self.account_id);
        }
        Ok(ResidentCharge {
            x_resident_id: id(self.account_id).filter(|_| of_tenant),
            x_created_at: time("CreateDate", &self.create_date)?,
            x_updated_at: time("UpdateDate", &self.update_date)?,
            kind_normalized: Some(TransactionKind::Charge),
            transaction_date: date("TransactionDate", &self.transaction_date)?,
            amount_in_cents: fields::cents("Amount", self.amount)?,
            currency: Some(CURRENCY.to_owned()),
            custom_data: leftover.document(),
            ..ResidentCharge::default()
        })
    }
}

impl<'a> wire::Tenant<'a> {
    /// The primary address, or the first that is not blank; and another one.
    fn homes(&self) -> (Option<&wire::Address<'a>>, Option<&wire::Address<'a>>) {
        let all: Vec<_> = self
            .addresses
            .iter()
            .flatten()
            .filter(|home| filled(&home.street1).is_some() || filled(&home.city).is_some())
            .collect();
        let primary = all
            .iter()
            .position(|home| home.is_primary == Some(true))
            .unwrap_or(0);
        let other = all.iter().enumerate().find(|(at, _)| *at != primary);
        (all.get(primary).copied(), other.map(|(_, home)| *home))
    }
}

fn resident_status(status: &str) -> ResidentStatus {
    match status.to_ascii_lowercase().as_str() {
        "current" => ResidentStatus::Current,
        "future" => ResidentStatus::Future,
        "past" => ResidentStatus::Past,
        _ => ResidentStatus::Other,
    }
}
