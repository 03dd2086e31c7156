//! Owners, vendors, employees, and what they have to do with: requests and
//! listings.

use portcullis_sdk::Result;
use portcullis_sdk::model::{
    Employee, Listing, Owner, RequestKind, RequestPriority, RequestStatus, ServiceRequest, Vendor,
    VendorContact, VendorInsurance, VendorOfRequest,
};

use super::{Malformed, Record, amount, date, document, filled, phones, text, time};
use crate::wire::{self, OptText};

document!(Owner => Owner, it, {
    let company = it.company == Some(true);
    let owned = it.property_ids.iter().flatten();
    let mut owner = Owner {
        x_associated_property_ids: owned.map(|id| id.as_str().to_owned()).collect(),
        x_updated_at: time("changed_at", &it.changed_at)?,
        first_name: text(&it.first_name),
        last_name: text(&it.last_name),
        company_name: text(&it.name).filter(|_| company),
        is_company: it.company,
        is_active: it.active,
        email_1: text(&it.email),
        phones: phones(&it.phones),
        ..Owner::default()
    };
    if let Some(address) = &it.address {
        owner.address_1 = text(&address.line_1);
        owner.address_2 = text(&address.line_2);
        owner.city = text(&address.city);
        owner.state = text(&address.region);
        owner.zip = text(&address.postal_code);
        owner.country = text(&address.country);
    }
    owner
});

document!(Vendor => Vendor, it, {
    let mut contact = VendorContact {
        email: text(&it.email),
        phones: phones(&it.phones),
        is_primary: Some(true),
        ..VendorContact::default()
    };
    if let Some(address) = &it.address {
        contact.address_1 = text(&address.line_1);
        contact.address_2 = text(&address.line_2);
        contact.city = text(&address.city);
        contact.state = text(&address.region);
        contact.zip = text(&address.postal_code);
        contact.country = text(&address.country);
    }
    let insured_until = date("insured_until", &it.insured_until)?;
    Vendor {
        x_updated_at: time("changed_at", &it.changed_at)?,
        name: text(&it.name),
        is_active: it.active,
        type_raw: text(&it.trade),
        website: text(&it.website),
        contacts: vec![contact],
        insurance: insured_until.map(|day| VendorInsurance {
            expiration_date: Some(day),
            ..VendorInsurance::default()
        }),
        ..Vendor::default()
    }
});

document!(Employee => Employee, it, Employee {
    x_updated_at: time("changed_at", &it.changed_at)?,
    name: text(&it.name),
    email: text(&it.email),
    is_active: it.active,
    roles: it.roles.iter().flatten().map(|role| role.as_str().to_owned()).collect(),
    ..Employee::default()
});

document!(ServiceRequest => ServiceRequest, it, {
    let vendor = text(&it.vendor_id).map(|vendor| VendorOfRequest {
        x_vendor_id: Some(vendor),
    });
    ServiceRequest {
        x_property_id: text(&it.property_id),
        x_unit_id: text(&it.unit_id),
        x_created_at: time("created_at", &it.created_at)?,
        x_updated_at: time("changed_at", &it.changed_at)?,
        kind_normalized: Some(RequestKind::Request),
        title: text(&it.title),
        description: text(&it.details),
        category_raw: text(&it.category),
        priority_normalized: filled(&it.priority).map(|priority| match priority {
            "low" => RequestPriority::Low,
            "normal" => RequestPriority::Normal,
            "high" => RequestPriority::High,
            _ => RequestPriority::Other,
        }),
        priority_raw: text(&it.priority),
        status_normalized: filled(&it.status).map(|status| match status {
            "open" => RequestStatus::Open,
            "in_progress" => RequestStatus::InProgress,
            "on_hold" => RequestStatus::OnHold,
            "done" => RequestStatus::Completed,
            "canceled" => RequestStatus::Canceled,
            _ => RequestStatus::Other,
        }),
        status_raw: text(&it.status),
        due_date: date("due_on", &it.due_on)?,
        access_is_authorized: it.may_enter,
        vendors: vendor.into_iter().collect(),
        ..ServiceRequest::default()
    }
});

document!(Listing => Listing, it, {
    let rent = amount("rent", &it.rent)?;
    let deposit = amount("deposit", &it.deposit)?;
    let amenities = it.amenities.iter().flatten();
    Listing {
        x_property_id: text(&it.property_id),
        x_unit_id: text(&it.unit_id),
        x_updated_at: time("changed_at", &it.changed_at)?,
        is_unit: Some(true),
        listing_title: text(&it.title),
        listing_date: date("listed_on", &it.listed_on)?,
        available_date: date("available_on", &it.available_on)?,
        is_listed: Some(true),
        rent_amount_in_cents: rent.cents,
        deposit_amount_in_cents: deposit.cents,
        currency: rent.currency.or(deposit.currency),
        unit_description: text(&it.description),
        amenities: amenities.map(|one| one.as_str().to_owned()).collect(),
        application_url: text(&it.apply_url),
        ..Listing::default()
    }
});
