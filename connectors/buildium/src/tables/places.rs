//! Rental properties.

use portcullis_sdk::model::CustomData;
use portcullis_sdk::serde_json::Value;

use super::{PLAIN, parties, put};
use crate::country;
use crate::map::Malformed;
use crate::sheet::{Column, Fields, Kind, PHONE, Sheet, column, leave};

pub(crate) static PROPERTY: Sheet = Sheet {
    columns: &[
        column("name", "Name", Kind::Text),
        column("long_description", "StructureDescription", Kind::Text),
        column("number_of_units", "NumberUnits", Kind::Whole),
        column("year_built", "YearBuilt", Kind::Whole),
        column("is_active", "IsActive", Kind::Flag),
        column("", "Address", Kind::Address),
        column("", "OperatingBankAccountId", Kind::Left),
        column("", "Reserve", Kind::Seen),
        column("", "RentalType", Kind::Seen),
        column("", "RentalSubType", Kind::Seen),
        column("", MANAGER, Kind::SeenParts(MANAGED_BY)),
    ],
    finish: |fields, doc, _| property(fields, doc),
    ..PLAIN
};

const MANAGER: &str = "RentalManager";

const MANAGED_BY: &[Column] = &[
    column("manager_email", "Email", Kind::Text),
    column("manager_phones", "PhoneNumbers", Kind::SeenParts(&PHONE)),
    column("", "Id", Kind::Seen),
    column("", "FirstName", Kind::Seen),
    column("", "LastName", Kind::Seen),
    column("", "CompanyName", Kind::Seen),
    column("", "IsCompany", Kind::Seen),
];

const PHONES: &[Column] = &[column("manager_phones", "PhoneNumbers", Kind::Phones)];

fn property(fields: &Fields<'_>, doc: &mut CustomData) -> Result<(), Malformed> {
    let id = fields.whole("Id")?;
    put(doc, "x_property_id", id.map(|id| id.to_string()));
    let kind = match fields.member("RentalSubType")? {
        None => fields.member("RentalType")?,
        kind => kind,
    };
    if let Some(kind) = kind {
        put(doc, "type_normalized", Some(kind_of(&kind)));
        put(doc, "type_raw", Some(kind));
    }
    let country = doc.get("country").and_then(Value::as_str);
    put(doc, "currency", country.and_then(country::currency));
    if fields.cents("Reserve")?.is_some()
        && let Some(raw) = fields.find("Reserve")?
    {
        // An amount as it was sent.
        leave(doc, "Reserve", raw.get().trim_matches('"').into());
    }
    if let Some(manager) = fields.object(MANAGER)? {
        manager.fill(MANAGED_BY, doc)?;
        manager.fill(PHONES, doc)?;
        put(doc, "manager_name", manager_name(&manager)?);
    }
    Ok(())
}

/// The company, if the manager is one or has no name of its own.
fn manager_name(manager: &Fields<'_>) -> Result<Option<String>, Malformed> {
    let company = manager.text("CompanyName")?;
    if manager.flag("IsCompany")? == Some(true) && company.is_some() {
        return Ok(company);
    }
    Ok(parties::name(manager)?.or(company))
}

fn kind_of(kind: &str) -> &'static str {
    match kind {
        "SingleFamily" => "SINGLE_FAMILY",
        "MultiFamily" => "MULTI_FAMILY",
        "Industrial" | "Office" | "Retail" | "ShoppingCenter" | "Storage" | "ParkingSpace"
        | "Commercial" => "COMMERCIAL",
        _ => "OTHER",
    }
}
