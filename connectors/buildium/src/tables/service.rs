//! Service requests and listings.

use portcullis_sdk::model::CustomData;
use portcullis_sdk::serde_json::Value;

use super::{PLAIN, put};
use crate::map::{Malformed, count_bathrooms, count_bedrooms};
use crate::sheet::{Column, Fields, Kind, Sheet, column};

/// What a resident asked for.
pub(crate) static REQUEST: Sheet = Sheet {
    updated: "LastUpdatedDateTime",
    columns: &[
        column("title", "Title", Kind::Text),
        column("description", "Description", Kind::Text),
        column("category_raw", "Category.Name", Kind::Text),
        column("priority", "Priority", Kind::Word(PRIORITIES)),
        column("status", "TaskStatus", Kind::Word(STATUSES)),
        column("due_date", "DueDate", Kind::Date),
        column("x_created_at", "CreatedDateTime", Kind::Time),
        column("x_updated_at", "LastUpdatedDateTime", Kind::Time),
        column("x_unit_id", "UnitId", Kind::Id),
        column("x_employee_id", "AssignedToUserId", Kind::Id),
        column(
            "access_is_authorized",
            "IsEntryPermittedByResident",
            Kind::Flag,
        ),
        column("access_notes", "ResidentEntryNotes", Kind::Text),
        column("", "Category.SubCategory.Name", Kind::Seen),
        column("", "Property.Id", Kind::Seen),
        column("", "Property.Type", Kind::Seen),
        column("", "UnitAgreement.Id", Kind::Seen),
        column("", "UnitAgreement.Type", Kind::Seen),
        column("", "RequestedByUserEntity.Id", Kind::Seen),
        column("", "RequestedByUserEntity.Type", Kind::Seen),
    ],
    finish: |fields, doc, _| request(fields, doc),
    ..PLAIN
};

/// What somebody was told to do about it. Orders are numbered apart from requests.
pub(crate) static ORDER: Sheet = Sheet {
    prefix: "workorder:",
    columns: &[
        column("title", "Title", Kind::Text),
        column("description", "WorkDetails", Kind::Text),
        column("priority", "Priority", Kind::Word(PRIORITIES)),
        column("status", "Status", Kind::Word(STATUSES)),
        column("due_date", "DueDate", Kind::Date),
        column("order_number", "InvoiceNumber", Kind::Text),
        column("access_notes", "EntryNotes", Kind::Text),
        column("vendor_notes", "VendorNotes", Kind::Text),
        column("amount_in_cents", "Amount", Kind::Cents),
        column("x_parent_id", "Task.Id", Kind::Id),
        column("x_unit_id", "Task.UnitId", Kind::Id),
        column("", "Task.UnitAgreement.Id", Kind::Seen),
        column("", "Task.UnitAgreement.Type", Kind::Seen),
        column("", "EntryAllowed", Kind::Seen),
        column("", "VendorId", Kind::Seen),
        column("", "ChargeableTo", Kind::Left),
    ],
    finish: |fields, doc, _| order(fields, doc),
    ..PLAIN
};

const PRIORITIES: &[(&str, &str)] = &[("Low", "LOW"), ("Normal", "NORMAL"), ("High", "HIGH")];

const STATUSES: &[(&str, &str)] = &[
    ("New", "OPEN"),
    ("InProgress", "IN_PROGRESS"),
    ("Deferred", "ON_HOLD"),
    ("Completed", "COMPLETED"),
    ("Closed", "COMPLETED"),
];

/// The id of what is named, if it is of that kind.
fn of_kind(fields: &Fields<'_>, thing: &str, kind: &str) -> Result<Option<String>, Malformed> {
    let named = fields.text(&[thing, ".Type"].concat())?;
    if named.as_deref() != Some(kind) {
        return Ok(None);
    }
    let id = fields.whole(&[thing, ".Id"].concat())?;
    Ok(id.map(|id| id.to_string()))
}

fn request(fields: &Fields<'_>, doc: &mut CustomData) -> Result<(), Malformed> {
    doc.insert("kind_normalized".to_owned(), "REQUEST".into());
    if let (Some(category), Some(finer)) = (
        fields.text("Category.Name")?,
        fields.text("Category.SubCategory.Name")?,
    ) {
        put(
            doc,
            "category_raw",
            Some([&category, " > ", &finer].concat()),
        );
    }
    put(doc, "x_property_id", of_kind(fields, "Property", "Rental")?);
    put(
        doc,
        "x_lease_id",
        of_kind(fields, "UnitAgreement", "Lease")?,
    );
    put(
        doc,
        "x_resident_id",
        of_kind(fields, "RequestedByUserEntity", "RentalTenant")?,
    );
    Ok(())
}

fn order(fields: &Fields<'_>, doc: &mut CustomData) -> Result<(), Malformed> {
    doc.insert("kind_normalized".to_owned(), "WORK_ORDER".into());
    put(
        doc,
        "x_lease_id",
        of_kind(fields, "Task.UnitAgreement", "Lease")?,
    );
    match fields.text("EntryAllowed")?.as_deref() {
        Some("Yes") => doc.insert("access_is_authorized".to_owned(), true.into()),
        Some("No") => doc.insert("access_is_authorized".to_owned(), false.into()),
        _ => None,
    };
    if let Some(vendor) = fields.whole("VendorId")?.filter(|id| *id > 0) {
        let mut one = CustomData::new();
        put(&mut one, "x_vendor_id", Some(vendor.to_string()));
        doc.insert("vendors".to_owned(), Value::Array(vec![one.into()]));
    }
    Ok(())
}

/// Listings have no id of their own: a unit has one listing at most.
pub(crate) static LISTING: Sheet = Sheet {
    id: "Unit.Id",
    columns: &[
        column("x_unit_id", "Unit.Id", Kind::Id),
        column("x_property_id", "Property.Id", Kind::Id),
        column("listing_date", "ListingDate", Kind::Date),
        column("available_date", "AvailableDate", Kind::Date),
        column("rent_amount_in_cents", "Rent", Kind::Cents),
        column("deposit_amount_in_cents", "Deposit", Kind::Cents),
        column("lease_term", "LeaseTerms", Kind::Text),
        column("is_managed_external", "IsManagedExternally", Kind::Flag),
        column("application_url", "RentalApplicationUrl", Kind::Text),
        column("contact", "Contact", Kind::Part(CONTACT)),
        column("marketing_name", "Property.Name", Kind::Text),
        column(
            "property_description",
            "Property.StructureDescription",
            Kind::Text,
        ),
        column("unit_description", "Unit.Description", Kind::Text),
        column("number", "Unit.UnitNumber", Kind::Text),
        column("square_feet", "Unit.UnitSize", Kind::Whole),
        column("", "Unit.Address", Kind::Address),
        column("amenities", "Property.Features", Kind::Texts),
        column("amenities", "Unit.Features", Kind::Texts),
        column("", "Unit.UnitBedrooms", Kind::Seen),
        column("", "Unit.UnitBathrooms", Kind::Seen),
        column("", "Property.Files", Kind::SeenParts(FILES)),
        column("", "Unit.Files", Kind::SeenParts(FILES)),
    ],
    finish: |fields, doc, _| listing(fields, doc),
    ..PLAIN
};

const CONTACT: &[Column] = &[
    column("name", "Name", Kind::Text),
    column("email", "Email", Kind::Text),
    column("phone", "PhoneNumber", Kind::Text),
    column("website", "Website", Kind::Text),
];

const FILES: &[Column] = &[
    column("", "Type", Kind::Seen),
    column("", "Url", Kind::Seen),
];

fn listing(fields: &Fields<'_>, doc: &mut CustomData) -> Result<(), Malformed> {
    doc.insert("is_unit".to_owned(), true.into());
    doc.insert("is_listed".to_owned(), true.into());
    if let Some(beds) = fields.member("Unit.UnitBedrooms")? {
        put(doc, "bedrooms", count_bedrooms(&beds));
    }
    if let Some(baths) = fields.member("Unit.UnitBathrooms")?
        && let Some((words, full, half)) = count_bathrooms(&baths)
    {
        put(doc, "bathrooms", Some(words));
        doc.insert("bathrooms_full".to_owned(), full.into());
        doc.insert("bathrooms_half".to_owned(), half.into());
    }
    let (mut images, mut videos) = (Vec::new(), Vec::new());
    for of in ["Unit.Files", "Property.Files"] {
        for file in fields.objects(of)? {
            if let Some(url) = file.text("Url")? {
                match file.text("Type")?.as_deref() {
                    Some("Video") => videos.push(Value::from(url)),
                    _ => images.push(Value::from(url)),
                }
            }
        }
    }
    for (name, urls) in [("image_urls", images), ("video_urls", videos)] {
        if !urls.is_empty() {
            doc.insert(name.to_owned(), Value::Array(urls));
        }
    }
    Ok(())
}
