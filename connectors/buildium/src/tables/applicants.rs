//! Applicants, and the applications that their rows carry.

use portcullis_sdk::model::CustomData;
use portcullis_sdk::serde_json::Value;

use super::{PLAIN, put};
use crate::map::Malformed;
use crate::sheet::{Carried, Column, Fields, Kind, Sheet, column};

pub(crate) static APPLICANT: Sheet = Sheet {
    updated: "LastUpdatedDateTime",
    columns: &[
        column("x_property_id", "PropertyId", Kind::Id),
        column("x_unit_id", "UnitId", Kind::Id),
        column("x_resident_id", "TenantId", Kind::Id),
        column("x_group_id", "ApplicantGroupId", Kind::Id),
        column("x_updated_at", "LastUpdatedDateTime", Kind::Time),
        column("first_name", "FirstName", Kind::Text),
        column("last_name", "LastName", Kind::Text),
        column("email_1", "Email", Kind::Text),
        column("phones", "PhoneNumbers", Kind::Phones),
        column("status", "Status", Kind::Word(STATUSES)),
        column("", APPLICATIONS, Kind::SeenParts(APPLICATION)),
    ],
    finish: |fields, doc, _| links(fields, doc),
    applications,
    ..PLAIN
};

const APPLICATIONS: &str = "Applications";

const APPLICATION: &[Column] = &[
    column("", "Id", Kind::Seen),
    column("number", "ApplicationNumber", Kind::Text),
    column("status", "ApplicationStatus", Kind::Word(STATUSES)),
    column("submitted_at", "ApplicationSubmittedDateTime", Kind::Time),
];

/// What an applicant and an application have of each other.
const LINK: &[Column] = &[column("status", "ApplicationStatus", Kind::Word(STATUSES))];

const PLACE: &[Column] = &[
    column("x_property_id", "PropertyId", Kind::Id),
    column("x_unit_id", "UnitId", Kind::Id),
];

const STATUSES: &[(&str, &str)] = &[
    ("Approved", "APPROVED"),
    ("AddedToLease", "APPROVED"),
    ("AddedToDraftLease", "APPROVED"),
    ("Rejected", "DENIED"),
    ("Cancelled", "CANCELED"),
    ("Undecided", "PENDING"),
    ("New", "PENDING"),
    ("Deferred", "PENDING"),
    ("Draft", "PENDING"),
];

fn id(fields: &Fields<'_>) -> Result<Option<String>, Malformed> {
    Ok(fields.whole("Id")?.map(|id| id.to_string()))
}

fn link(applicant: &Fields<'_>, row: &Fields<'_>) -> Result<Value, Malformed> {
    let mut link = CustomData::new();
    put(&mut link, "x_applicant_id", id(applicant)?);
    put(&mut link, "x_application_id", id(row)?);
    row.fill(LINK, &mut link)?;
    Ok(Value::Object(link))
}

fn links(applicant: &Fields<'_>, doc: &mut CustomData) -> Result<(), Malformed> {
    let mut links = Vec::new();
    for row in applicant.objects(APPLICATIONS)? {
        links.push(link(applicant, &row)?);
    }
    if !links.is_empty() {
        doc.insert("applications".to_owned(), Value::Array(links));
    }
    Ok(())
}

fn applications(applicant: &Fields<'_>) -> Vec<Carried> {
    let mut carried = Vec::new();
    for row in applicant.objects(APPLICATIONS).unwrap_or_default() {
        // Without an id the applicant itself is malformed, and says so.
        if let Ok(Some(id)) = row.whole("Id") {
            let mut original = String::new();
            row.shown(APPLICATION, "", '{', &mut original);
            carried.push((id, original, application(applicant, &row)));
        }
    }
    carried
}

fn application(applicant: &Fields<'_>, row: &Fields<'_>) -> Result<CustomData, Malformed> {
    let mut doc = CustomData::new();
    applicant.fill(PLACE, &mut doc)?;
    row.fill(APPLICATION, &mut doc)?;
    let links = vec![link(applicant, row)?];
    doc.insert("applicants".to_owned(), Value::Array(links));
    Ok(doc)
}
