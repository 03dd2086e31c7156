//! Owners, vendors and users. Tax numbers have the form of ones that are never issued.

use super::super::data::Data;
use super::super::rows::{NULL, TODAY, write_address, write_email, write_phones};
use crate::shared::json::JsonWriter;
use crate::shared::seed::Dice;
use crate::shared::shape::Model;
use crate::shared::words;

impl Data {
    /// Ids of the living properties of an owner.
    pub(super) fn owned(&self, owner: u32) -> Vec<i64> {
        let owners = 1 + self.shape.properties / 2;
        (0..self.extent(Model::Properties))
            .filter(|property| {
                property % owners == owner && self.lives(Model::Properties, *property)
            })
            .map(|property| self.shape.id(Model::Properties, property))
            .collect()
    }

    pub(super) fn write_owner(&self, writer: &mut JsonWriter, dice: &mut Dice, index: u32) {
        let company = dice.one_in(3);
        person(writer, dice, company);
        write_phones(writer, dice);
        write_email(writer, "Email", dice, i64::from(index));
        write_email(writer, "AlternateEmail", dice, i64::from(index));
        let comment = words::comment(dice);
        writer.text("Comment", dice.nullable(2, comment));
        write_address(writer, "Address", dice, None);
        let since = TODAY - dice.below(2000).cast_signed();
        writer.date("ManagementAgreementStartDate", dice.nullable(3, since));
        writer.date("ManagementAgreementEndDate", dice.nullable(2, since + 3650));
        let owned = self.owned(index);
        if owned.is_empty() {
            writer.null("PropertyIds");
        } else {
            writer.key("PropertyIds");
            writer.open(b'[');
            for property in owned {
                writer.number(property);
            }
            writer.close(b']');
        }
        tax(writer, dice);
    }
}

pub(super) fn write_vendor(writer: &mut JsonWriter, dice: &mut Dice, index: u32) {
    let company = !dice.one_in(4);
    person(writer, dice, company);
    write_email(writer, "PrimaryEmail", dice, i64::from(index));
    write_email(writer, "AlternateEmail", dice, i64::from(index));
    write_phones(writer, dice);
    writer.text("Website", dice.nullable(2, "https://plumbers.example.com"));
    if dice.one_in(NULL) {
        writer.null("Category");
    } else {
        writer.key("Category");
        writer.open(b'{');
        writer.integer("Id", Some(dice.below(9).cast_signed()));
        writer.text(
            "Name",
            Some(dice.pick(&["Plumbing", "Electricity", "Snow & ice"])),
        );
        writer.close(b'}');
    }
    write_address(writer, "Address", dice, None);
    if dice.one_in(3) {
        writer.null("VendorInsurance");
    } else {
        writer.key("VendorInsurance");
        writer.open(b'{');
        writer.text("Provider", dice.nullable(4, "Granite Mutual"));
        writer.text("PolicyNumber", dice.nullable(4, "P-0012"));
        // A time where a day would do.
        writer.time("ExpirationDate", Some((TODAY + 90) * 86_400));
        writer.close(b'}');
    }
    let comment = words::comment(dice);
    writer.text("Comments", dice.nullable(2, comment));
    writer.text("AccountNumber", dice.nullable(3, "A/17"));
    writer.integer("ExpenseGLAccountId", dice.nullable(3, 33));
    tax(writer, dice);
}

/// Staff, and owners and vendors that may sign in.
pub(super) fn write_user(writer: &mut JsonWriter, dice: &mut Dice, index: u32) {
    let word = match index % 5 {
        3 => "RentalOwner",
        4 => "Vendor",
        _ => "Staff",
    };
    writer.key("UserTypes");
    writer.open(b'[');
    writer.string(word);
    writer.close(b']');
    person(writer, dice, false);
    writer.time("LastLogin", dice.nullable(3, TODAY * 86_400));
    write_email(writer, "Email", dice, i64::from(index));
    write_email(writer, "AlternateEmail", dice, i64::from(index));
    write_phones(writer, dice);
    if dice.one_in(NULL) {
        writer.null("UserRole");
    } else {
        writer.key("UserRole");
        writer.open(b'{');
        writer.integer("Id", Some(1));
        writer.text(
            "Name",
            Some(dice.pick(&["Administrator", "Leasing", "Books"])),
        );
        writer.close(b'}');
    }
}

fn person(writer: &mut JsonWriter, dice: &mut Dice, company: bool) {
    writer.boolean("IsCompany", company);
    writer.boolean("IsActive", !dice.one_in(7));
    let first = words::first_name(dice);
    writer.text("FirstName", dice.nullable(NULL, first));
    let last = words::last_name(dice);
    writer.text("LastName", dice.nullable(NULL, last));
    writer.text("CompanyName", company.then_some("Acme & Sons, LLC"));
}

fn tax(writer: &mut JsonWriter, dice: &mut Dice) {
    writer.key("TaxInformation");
    writer.open(b'{');
    writer.text("TaxPayerIdType", Some("SSN"));
    writer.formatted(
        "TaxPayerId",
        format_args!(
            "{}-{:02}-{:04}",
            900 + dice.below(100),
            dice.below(100),
            dice.below(10_000)
        ),
    );
    writer.boolean("IncludeIn1099", true);
    writer.close(b'}');
}
