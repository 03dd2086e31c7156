//! Tenants.
//!
//! `TaxId` has the form of a number that is never issued (9xx-xx-xxxx), so that a search for what leaked cannot hit
//! anything else.

use super::super::data::{Data, Depth};
use super::{NULL, write_address, write_email, write_phones};
use crate::shared::json::JsonWriter;
use crate::shared::seed::Dice;
use crate::shared::shape::{Model, kind};
use crate::shared::words;

const OPT_IN: [&str; 5] = ["NotSet", "RequestSent", "OptedIn", "OptedOut", "Converted"];

impl Data {
    pub(in crate::buildium) fn write_tenant(
        &self,
        writer: &mut JsonWriter,
        tenant: u32,
        depth: Depth,
        echo: Option<&str>,
    ) {
        let shape = &self.shape;
        let dice = &mut Dice::new(shape.seed, kind::TENANT, u64::from(tenant));
        let id = shape.id(Model::Tenants, tenant);
        writer.open(b'{');
        writer.integer("Id", Some(id));
        let first = words::first_name(dice);
        writer.text("FirstName", dice.nullable(NULL * 3, first));
        let last = words::last_name(dice);
        writer.text("LastName", dice.nullable(NULL * 3, last));
        write_email(writer, "Email", dice, id);
        write_email(writer, "AlternateEmail", dice, id);
        write_phones(writer, dice);
        let created = self.created(Model::Tenants, tenant);
        writer.time("CreatedDateTime", dice.nullable(NULL, created));
        if dice.one_in(3) {
            writer.null("EmergencyContact");
        } else {
            writer.key("EmergencyContact");
            writer.open(b'{');
            writer.text("Name", Some(words::first_name(dice)));
            writer.text("RelationshipDescription", dice.nullable(4, "Sister-in-law"));
            writer.text("Phone", dice.nullable(4, "(555) 010-9911"));
            write_email(writer, "Email", dice, id);
            writer.close(b'}');
        }
        let born = -7_000 + dice.below(21_000).cast_signed();
        writer.date("DateOfBirth", dice.nullable(4, born));
        let opt_in = if dice.one_in(200) {
            "Paused"
        } else {
            dice.pick(&OPT_IN)
        };
        writer.text("SMSOptInStatus", dice.nullable(NULL, opt_in));
        write_address(writer, "Address", dice, None);
        write_address(writer, "AlternateAddress", dice, None);
        let preference = dice.pick(&["PrimaryAddress", "AlternateAddress"]);
        writer.text("MailingPreference", dice.nullable(NULL, preference));
        writer.key("Leases");
        if dice.one_in(NULL * 4) || depth == Depth::Embedded {
            writer.raw(b"null");
        } else {
            writer.open(b'[');
            for lease in self.tenant_leases(tenant) {
                self.write(writer, Model::Leases, lease, Depth::Embedded, echo);
            }
            writer.close(b']');
        }
        let comment = words::comment(dice);
        writer.text(
            "Comment",
            echo.map(str::to_owned).or(dice.nullable(2, comment)),
        );
        let (area, group, serial) = (900 + dice.below(100), dice.below(100), dice.below(10_000));
        if dice.one_in(3) {
            writer.null("TaxId");
        } else {
            writer.formatted("TaxId", format_args!("{area}-{group:02}-{serial:04}"));
        }
        writer.close(b'}');
    }
}
