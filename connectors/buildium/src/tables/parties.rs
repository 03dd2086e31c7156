//! Owners, vendors and staff. Tax information is never taken out of an answer.

use portcullis_sdk::model::CustomData;
use portcullis_sdk::serde_json::Value;

use super::{PLAIN, put};
use crate::map::Malformed;
use crate::sheet::{ADDRESS, Column, Fields, Kind, PHONE, Sheet, column};

pub(crate) static OWNER: Sheet = Sheet {
    columns: &[
        column("first_name", "FirstName", Kind::Text),
        column("last_name", "LastName", Kind::Text),
        column("company_name", "CompanyName", Kind::Text),
        column("is_company", "IsCompany", Kind::Flag),
        column("is_active", "IsActive", Kind::Flag),
        column("email_1", "Email", Kind::Text),
        column("email_2", "AlternateEmail", Kind::Text),
        column("phones", "PhoneNumbers", Kind::Phones),
        column("", "Address", Kind::Address),
        column("x_associated_property_ids", "PropertyIds", Kind::Ids),
        column(
            "agreement_start_date",
            "ManagementAgreementStartDate",
            Kind::Date,
        ),
        column(
            "agreement_end_date",
            "ManagementAgreementEndDate",
            Kind::Date,
        ),
        column("notes", "Comment", Kind::Text),
    ],
    ..PLAIN
};

pub(crate) static VENDOR: Sheet = Sheet {
    columns: &[
        column("is_company", "IsCompany", Kind::Flag),
        column("is_active", "IsActive", Kind::Flag),
        column("account_number", "AccountNumber", Kind::Text),
        column("type_raw", "Category.Name", Kind::Text),
        column("website", "Website", Kind::Text),
        column("notes", "Comments", Kind::Text),
        column(
            "insurance",
            "VendorInsurance",
            Kind::Part(&[
                column("provider", "Provider", Kind::Text),
                column("policy_number", "PolicyNumber", Kind::Text),
                column("expiration_date", "ExpirationDate", Kind::Date),
            ]),
        ),
        column("", "CompanyName", Kind::Seen),
        column("", "FirstName", Kind::Seen),
        column("", "LastName", Kind::Seen),
        column("", "PrimaryEmail", Kind::Seen),
        column("", "PhoneNumbers", Kind::SeenParts(&PHONE)),
        column("", "Address", Kind::SeenParts(&ADDRESS)),
    ],
    finish: |fields, doc, _| vendor(fields, doc),
    ..PLAIN
};

const CONTACT: &[Column] = &[
    column("email", "PrimaryEmail", Kind::Text),
    column("phones", "PhoneNumbers", Kind::Phones),
    column("", "Address", Kind::Address),
];

/// The company, else the person; and whom to write to.
fn vendor(fields: &Fields<'_>, doc: &mut CustomData) -> Result<(), Malformed> {
    let person = name(fields)?;
    put(
        doc,
        "name",
        fields.text("CompanyName")?.or_else(|| person.clone()),
    );
    let mut contact = CustomData::new();
    fields.fill(CONTACT, &mut contact)?;
    if let Some(left) = contact.remove("custom_data") {
        doc.insert("custom_data".to_owned(), left);
    }
    let first = contact.get("phones").and_then(|phones| phones.get(0));
    let of = |name| first.and_then(|phone| phone.get(name)).cloned();
    for (to, value) in [
        ("phone", of("number")),
        ("phone_type", of("type_normalized")),
    ] {
        if let Some(value) = value {
            contact.insert(to.to_owned(), value);
        }
    }
    if !contact.is_empty() || person.is_some() {
        put(&mut contact, "name", person);
        contact.insert("is_primary".to_owned(), true.into());
        doc.insert("contacts".to_owned(), Value::Array(vec![contact.into()]));
    }
    Ok(())
}

/// Users of the account; the request asks for staff alone.
pub(crate) static EMPLOYEE: Sheet = Sheet {
    columns: &[
        column("email", "Email", Kind::Text),
        column("is_active", "IsActive", Kind::Flag),
        column("", "FirstName", Kind::Seen),
        column("", "LastName", Kind::Seen),
        column("", "CompanyName", Kind::Seen),
        column("", "UserRole.Name", Kind::Seen),
    ],
    finish: |fields, doc, _| {
        let person = name(fields)?;
        let company = fields.text("CompanyName")?;
        put(doc, "name", person.or(company));
        if let Some(role) = fields.text("UserRole.Name")? {
            doc.insert("roles".to_owned(), Value::Array(vec![role.into()]));
        }
        Ok(())
    },
    ..PLAIN
};

/// First and last name, as far as there are any.
pub(super) fn name(fields: &Fields<'_>) -> Result<Option<String>, Malformed> {
    Ok(
        match (fields.text("FirstName")?, fields.text("LastName")?) {
            (Some(first), Some(last)) => Some([first.as_str(), " ", &last].concat()),
            (first, last) => first.or(last),
        },
    )
}
