//! Residents and applicants.

use portcullis_sdk::Result;
use portcullis_sdk::model::{
    Applicant, ApplicantType, ApplicationLink, EmergencyContact, IncomeSource, IncomeType,
    LeaseOfResident, Resident, ResidentStatus,
};

use super::{Malformed, Record, amount, application_status, date, filled, phones, text, time};
use crate::wire::{self, OptText};

impl Record for wire::Resident<'_> {
    type Payload = Resident;

    fn id(&self) -> &str {
        &self.id
    }

    fn changed_at(&self) -> &OptText<'_> {
        &self.changed_at
    }

    fn payload(&self) -> Result<Resident, Malformed> {
        let lease = text(&self.lease_id).map(|lease| LeaseOfResident {
            x_lease_id: Some(lease),
            ..LeaseOfResident::default()
        });
        let contact = self.emergency_contact.as_ref();
        let mut resident = Resident {
            x_property_id: text(&self.property_id),
            x_unit_id: text(&self.unit_id),
            x_lease_id: text(&self.lease_id),
            x_created_at: time("created_at", &self.created_at)?,
            x_updated_at: time("changed_at", &self.changed_at)?,
            leases_meta_data: lease.into_iter().collect(),
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            email_1: text(&self.email),
            phones: phones(&self.phones),
            date_of_birth: date("born_on", &self.born_on)?,
            status_normalized: filled(&self.status).map(|status| match status {
                "current" => ResidentStatus::Current,
                "future" => ResidentStatus::Future,
                "past" => ResidentStatus::Past,
                _ => ResidentStatus::Other,
            }),
            status_raw: text(&self.status),
            is_employee: self.employee,
            notes: text(&self.notes),
            emergency_contact: contact.map(|contact| EmergencyContact {
                name: text(&contact.name),
                relationship: text(&contact.relationship),
                phone: text(&contact.phone),
                email: text(&contact.email),
            }),
            ..Resident::default()
        };
        if let Some(address) = &self.address {
            resident.address_1 = text(&address.line_1);
            resident.address_2 = text(&address.line_2);
            resident.city = text(&address.city);
            resident.state = text(&address.region);
            resident.zip = text(&address.postal_code);
            resident.country = text(&address.country);
        }
        Ok(resident)
    }
}

impl Record for wire::Applicant<'_> {
    type Payload = Applicant;

    fn id(&self) -> &str {
        &self.id
    }

    fn changed_at(&self) -> &OptText<'_> {
        &self.changed_at
    }

    fn payload(&self) -> Result<Applicant, Malformed> {
        let mut incomes = Vec::new();
        let mut currency = None;
        for income in self.income.iter().flatten() {
            let monthly = amount("income.monthly", &income.monthly)?;
            currency = currency.or(monthly.currency);
            incomes.push(IncomeSource {
                amount_in_cents: monthly.cents,
                amount_raw: monthly.raw,
                type_normalized: filled(&income.kind).map(|kind| match kind {
                    "employment" => IncomeType::Employment,
                    "self_employment" => IncomeType::SelfEmployment,
                    _ => IncomeType::Other,
                }),
                type_raw: text(&income.kind),
            });
        }
        let application = text(&self.application_id).map(|application| ApplicationLink {
            x_applicant_id: Some(self.id.as_str().to_owned()),
            x_application_id: Some(application),
            ..ApplicationLink::default()
        });
        Ok(Applicant {
            x_property_id: text(&self.property_id),
            x_unit_id: text(&self.unit_id),
            x_created_at: time("created_at", &self.created_at)?,
            x_updated_at: time("changed_at", &self.changed_at)?,
            applications: application.into_iter().collect(),
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            email_1: text(&self.email),
            phones: phones(&self.phones),
            status_normalized: filled(&self.status).map(application_status),
            status_raw: text(&self.status),
            type_normalized: filled(&self.role).map(|role| match role {
                "primary" => ApplicantType::Primary,
                "co_applicant" => ApplicantType::CoApplicant,
                "occupant" => ApplicantType::Occupant,
                "guarantor" => ApplicantType::Guarantor,
                _ => ApplicantType::Other,
            }),
            type_raw: text(&self.role),
            self_reported_income: incomes,
            currency,
            ..Applicant::default()
        })
    }
}
