//! Results as XML, in the vendor's order of elements.

use quick_xml::escape::escape;
use serde_json::{Map, Value};

type Row = Map<String, Value>;

/// The text of a field; nothing for null and for what is not there.
fn text(row: &Row, name: &str) -> Option<String> {
    match row.get(name)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Writes elements of fields that are there; an empty text becomes an empty element.
fn elements(out: &mut String, row: &Row, names: &[&str]) {
    for name in names {
        match text(row, name) {
            Some(value) if value.is_empty() => out.push_str(&format!("<{name}/>")),
            Some(value) => out.push_str(&format!("<{name}>{}</{name}>", escape(printable(&value)))),
            None => {}
        }
    }
}

/// XML has no control characters: the vendor leaves them out.
fn printable(text: &str) -> String {
    let keep = |char: &char| !char.is_control() || matches!(char, '\n' | '\t' | '\r');
    text.chars().filter(keep).collect()
}

fn attribute(row: &Row, name: &str) -> String {
    let value = text(row, name).unwrap_or_default();
    escape(printable(&value)).into_owned()
}

/// A date as attributes; nothing without one.
fn date_attributes(out: &mut String, row: &Row, name: &str) {
    let Some(day) = text(row, name) else {
        return;
    };
    let parts: Vec<&str> = day.split('-').collect();
    if let [year, month, day] = parts[..] {
        let (month, day) = (month.trim_start_matches('0'), day.trim_start_matches('0'));
        out.push_str(&format!(
            "<{name} Month=\"{month}\" Day=\"{day}\" Year=\"{year}\"/>"
        ));
    }
}

/// The sentence that stands in place of a result.
pub(super) fn message(sentence: &str) -> String {
    format!(
        "<Messages xmlns=\"\"><Message messageType=\"Error\">{}</Message></Messages>",
        escape(sentence)
    )
}

pub(super) fn properties(rows: impl Iterator<Item = Row>) -> String {
    let mut out = String::from("<Properties xmlns=\"\">");
    for row in rows {
        out.push_str("<Property>");
        let names = [
            "Code",
            "MarketingName",
            "AddressLine1",
            "AddressLine2",
            "AddressLine3",
            "City",
            "State",
            "PostalCode",
            "AccountsReceivable",
            "AccountsPayable",
        ];
        elements(&mut out, &row, &names);
        out.push_str("</Property>");
    }
    out + "</Properties>"
}

pub(super) fn units(property: &str, rows: impl Iterator<Item = Row>) -> String {
    let mut out = String::from("<PhysicalProperty xmlns=\"\">");
    out.push_str(&format!("<Property IDValue=\"{}\">", escape(property)));
    for row in rows {
        let code = attribute(&row, "UnitID");
        out.push_str(&format!(
            "<ILS_Unit IDValue=\"{code}\"><Units><Unit><Identification IDValue=\"{code}\" IDType=\"UnitID\"/>"
        ));
        let names = [
            "UnitType",
            "UnitBedrooms",
            "UnitBathrooms",
            "MinSquareFeet",
            "MarketRent",
            "UnitEconomicStatus",
            "UnitOccupancyStatus",
            "UnitLeasedStatus",
            "FloorplanName",
        ];
        elements(&mut out, &row, &names);
        out.push_str("<Address AddressType=\"property\">");
        elements(
            &mut out,
            &row,
            &["AddressLine1", "City", "State", "PostalCode"],
        );
        out.push_str("</Address></Unit></Units><Availability>");
        date_attributes(&mut out, &row, "VacateDate");
        date_attributes(&mut out, &row, "MadeReadyDate");
        out.push_str("</Availability></ILS_Unit>");
    }
    out + "</Property></PhysicalProperty>"
}

pub(super) fn lease_files(files: impl Iterator<Item = (Row, Vec<Row>)>) -> String {
    let mut out = String::from("<MITS-ResidentData xmlns=\"\"><LeaseFiles>");
    let mut any = false;
    for (lease, tenants) in files {
        any = true;
        out.push_str(&format!(
            "<LeaseFile><Identification IDValue=\"{}\" IDType=\"{}\"/><Property><Identification IDValue=\"{}\"/></Property>",
            attribute(&lease, "Code"),
            attribute(&lease, "Status"),
            attribute(&lease, "PropertyCode"),
        ));
        out.push_str(&format!(
            "<Unit><Identification IDValue=\"{}\"/></Unit>",
            attribute(&lease, "UnitCode")
        ));
        let names = [
            "MoveInDate",
            "MoveOutDate",
            "NoticeDate",
            "LeaseBegin",
            "LeaseEnd",
            "MonthlyRentAmount",
            "DueDay",
        ];
        elements(&mut out, &lease, &names);
        for row in &tenants {
            tenant(&mut out, &lease, row);
        }
        out.push_str("</LeaseFile>");
    }
    match any {
        true => out + "</LeaseFiles></MITS-ResidentData>",
        // A property without leases has nothing to show, and says so.
        false => message("No records found."),
    }
}

/// The charges of a property, customer by customer.
pub(super) fn transactions(property: &str, customers: impl Iterator<Item = Vec<Row>>) -> String {
    let mut out = String::from(
        "<ResidentTransactions xmlns=\"http://yardi.com/ResidentTransactions20\"><Property>",
    );
    let mut any = false;
    for rows in customers.filter(|rows| !rows.is_empty()) {
        any = true;
        out.push_str("<RT_Customer><RTServiceTransactions>");
        for row in rows {
            out.push_str("<Transactions><Charge><Detail>");
            let names = [
                "Description",
                "TransactionDate",
                "TransactionID",
                "ChargeCode",
                "CustomerID",
                "AmountPaid",
                "BalanceDue",
                "Amount",
                "Comment",
                "PropertyPrimaryID",
            ];
            elements(&mut out, &row, &names);
            out.push_str("</Detail></Charge></Transactions>");
        }
        out.push_str("</RTServiceTransactions></RT_Customer>");
    }
    match any {
        true => out + "</Property></ResidentTransactions>",
        false => message(&format!("No records found for {property}.")),
    }
}

fn tenant(out: &mut String, lease: &Row, row: &Row) {
    out.push_str(&format!(
        "<Tenants><Identification IDValue=\"{}\" IDType=\"{}\"/>",
        attribute(row, "Code"),
        attribute(row, "Status")
    ));
    if let Some(deposit) = text(lease, "Deposit") {
        out.push_str(
            "<Identification IDValue=\"0\" IDType=\"Deposit Paid\" OrganizationName=\"Deposit\"/>",
        );
        out.push_str(&format!(
            "<Identification IDValue=\"{deposit}\" IDType=\"Deposit Charged\" OrganizationName=\"Deposit\"/>"
        ));
    }
    out.push_str("<PersonDetails><Name>");
    elements(out, row, &["FirstName", "LastName"]);
    out.push_str("</Name><Address AddressType=\"current\"><Description>Resident</Description>");
    elements(
        out,
        row,
        &["AddressLine1", "City", "State", "PostalCode", "Country"],
    );
    out.push_str("</Address>");
    if let Some(number) = text(row, "PhoneNumber") {
        out.push_str(&format!(
            "<Phone PhoneType=\"{}\"><PhoneDescription>Mobile</PhoneDescription><PhoneNumber>{number}</PhoneNumber></Phone>",
            attribute(row, "PhoneType")
        ));
    }
    elements(out, row, &["Email"]);
    out.push_str("</PersonDetails>");
    let names = ["MoveInDate", "MoveOutDate", "DateOfBirth", "SSN"];
    elements(out, row, &names);
    out.push_str("<Vehicle/><Employer/></Tenants>");
}
