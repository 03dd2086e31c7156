//! Applicants and their applications.

use super::super::data::Data;
use super::{NULL, write_email, write_phones};
use crate::shared::json::JsonWriter;
use crate::shared::seed::Dice;
use crate::shared::shape::{Model, kind};
use crate::shared::words;

const STATUSES: [&str; 10] = [
    "Unknown",
    "Undecided",
    "Approved",
    "Rejected",
    "AddedToLease",
    "Cancelled",
    "Deferred",
    "New",
    "Draft",
    "AddedToDraftLease",
];

fn status(dice: &mut Dice) -> &'static str {
    if dice.one_in(70) {
        "Waitlisted"
    } else {
        dice.pick(&STATUSES)
    }
}

impl Data {
    pub(in crate::buildium) fn write_applicant(
        &self,
        writer: &mut JsonWriter,
        applicant: u32,
        echo: Option<&str>,
    ) {
        let shape = &self.shape;
        let dice = &mut Dice::new(shape.seed, kind::APPLICANT, u64::from(applicant));
        let id = shape.id(Model::Applicants, applicant);
        let (property, unit) = self.applicant_place(applicant);
        writer.open(b'{');
        writer.integer("Id", Some(id));
        let group = (8_000 + u64::from(applicant) / 2).cast_signed();
        writer.integer("ApplicantGroupId", dice.nullable(3, group));
        writer.integer(
            "PropertyId",
            property.map(|property| shape.id(Model::Properties, property)),
        );
        writer.integer("UnitId", unit.map(|unit| shape.id(Model::Units, unit)));
        let tenant = u32::try_from(dice.below(u64::from(shape.tenants.max(1)))).unwrap_or(0);
        let became = dice.one_in(5) && shape.tenants > 0;
        writer.integer("TenantId", became.then(|| shape.id(Model::Tenants, tenant)));
        let first = words::first_name(dice);
        writer.text("FirstName", echo.or(dice.nullable(NULL, first)));
        let last = words::last_name(dice);
        writer.text("LastName", dice.nullable(NULL, last));
        write_email(writer, "Email", dice, id);
        write_phones(writer, dice);
        writer.text("Status", Some(status(dice)));
        // Null only where there is nothing to list, so that the list alone tells how many there are.
        let count = self.applications(applicant);
        if count == 0 && dice.one_in(2) {
            writer.null("Applications");
        } else {
            writer.key("Applications");
            writer.open(b'[');
            for number in 0..count {
                writer.open(b'{');
                self.write_application_head(writer, applicant, number);
                writer.close(b'}');
            }
            writer.close(b']');
        }
        if dice.one_in(2) {
            writer.null("UnsubmittedApplications");
        } else {
            writer.key("UnsubmittedApplications");
            writer.open(b'[');
            for number in 0..dice.below(3) {
                writer.open(b'{');
                writer.integer("Id", Some(id * 10 + number.cast_signed()));
                writer.close(b'}');
            }
            writer.close(b']');
        }
        let stamp = self.stamp(Model::Applicants, applicant);
        writer.time("LastUpdatedDateTime", dice.nullable(NULL, stamp));
        writer.close(b'}');
    }

    /// Number of submitted applications of an applicant.
    pub(in crate::buildium) fn applications(&self, applicant: u32) -> u32 {
        self.shape.applications(applicant)
    }

    /// Vendor id of an application.
    pub(in crate::buildium) fn application_id(&self, applicant: u32, number: u32) -> i64 {
        300_000 + i64::from(applicant) * 4 + i64::from(number)
    }

    fn write_application_head(&self, writer: &mut JsonWriter, applicant: u32, number: u32) {
        let id = self.application_id(applicant, number);
        let dice = &mut Dice::new(
            self.shape.seed,
            kind::APPLICATIONS + 200,
            id.cast_unsigned(),
        );
        writer.integer("Id", Some(id));
        if dice.one_in(NULL) {
            writer.null("ApplicationNumber");
        } else {
            writer.formatted("ApplicationNumber", format_args!("{id:08}-{number}"));
        }
        writer.text("ApplicationStatus", Some(status(dice)));
        let days = dice.below(300).cast_signed();
        let submitted = self.created(Model::Applicants, applicant) + days * 86_400;
        writer.time("ApplicationSubmittedDateTime", Some(submitted));
    }

    /// Writes one application with its answers, among them what must never leave a connector.
    pub(in crate::buildium) fn write_application(
        &self,
        writer: &mut JsonWriter,
        applicant: u32,
        number: u32,
        echo: Option<&str>,
    ) {
        let id = self.application_id(applicant, number);
        let dice = &mut Dice::new(self.shape.seed, kind::ANSWERS, id.cast_unsigned());
        writer.open(b'{');
        self.write_application_head(writer, applicant, number);
        if dice.one_in(NULL) {
            writer.null("Application");
            return writer.close(b'}');
        }
        let tax_id = format!(
            "{}-{:02}-{:04}",
            900 + dice.below(100),
            dice.below(100),
            dice.below(10_000)
        );
        let name = words::last_name(dice);
        let salary = format!("{}.50", 1500 + dice.below(9000));
        let comments = echo.unwrap_or("see \"notes\"");
        let sections: [(&str, &str, &[[&str; 4]]); 3] = [
            (
                "Applicant information",
                "ApplicantInformation",
                &[
                    ["ApplicantName", "LastName", "Last name", name],
                    [
                        "ApplicantSocialSecurityNumber",
                        "SocialSecurityNumber",
                        "SSN",
                        &tax_id,
                    ],
                    [
                        "ApplicantBirthDate",
                        "DateDayMonthYear",
                        "Date of birth",
                        "1980-02-29",
                    ],
                ],
            ),
            (
                "Employment",
                "Employment",
                &[
                    ["EmployerName", "TextSingleLine", "Employer", "Initech"],
                    [
                        "MonthlyGrossSalary",
                        "Currency",
                        "Monthly gross salary",
                        &salary,
                    ],
                ],
            ),
            (
                "Other",
                "Other",
                &[["OtherComments", "TextMultipleLines", "Comments", comments]],
            ),
        ];
        writer.key("Application");
        writer.open(b'[');
        for (label, section, fields) in sections {
            writer.open(b'{');
            writer.text("SectionLabel", Some(label));
            writer.text("SectionType", Some(section));
            writer.key("SectionResponses");
            writer.open(b'[');
            writer.open(b'{');
            writer.key("SectionFields");
            writer.open(b'[');
            for [category, form, label, value] in fields {
                writer.open(b'{');
                writer.text("FieldCategoryType", dice.nullable(NULL, category));
                writer.text("FieldType", Some(form));
                writer.text("FieldLabel", Some(label));
                writer.text("Value", dice.nullable(NULL, value));
                writer.close(b'}');
            }
            writer.close(b']');
            writer.close(b'}');
            writer.close(b']');
            writer.close(b'}');
        }
        writer.close(b']');
        writer.close(b'}');
    }
}
