//! Requests, orders and listings.

use super::super::data::Data;
use super::super::rows::{NULL, TODAY, dollars, write_address};
use super::Sheet;
use crate::shared::json::JsonWriter;
use crate::shared::seed::Dice;
use crate::shared::shape::Model;
use crate::shared::words;

const STATUSES: [&str; 5] = ["New", "InProgress", "Completed", "Deferred", "Closed"];
const PRIORITIES: [&str; 3] = ["Low", "Normal", "High"];
const BEDROOMS: [&str; 6] = [
    "NotSet",
    "Studio",
    "OneBed",
    "TwoBed",
    "ThreeBed",
    "NineBedPlus",
];
const BATHROOMS: [&str; 5] = [
    "NotSet",
    "OneBath",
    "OnePointFiveBath",
    "TwoBath",
    "FivePlusBath",
];

fn entity(writer: &mut JsonWriter, name: &str, id: i64, kind: &str) {
    writer.key(name);
    writer.open(b'{');
    writer.integer("Id", Some(id));
    writer.text("Type", Some(kind));
    writer.formatted(
        "Href",
        format_args!("https://api.buildium.com/v1/{kind}/{id}"),
    );
    writer.close(b'}');
}

impl Data {
    /// The lease of a unit's row and one of its tenants, if somebody lives there.
    fn household(&self, unit: u32) -> Option<(i64, Option<i64>)> {
        let lease = self.unit_leases(unit).next()?;
        let tenant = self.lease_tenants(lease).next();
        Some((
            self.shape.id(Model::Leases, lease),
            tenant.map(|tenant| self.shape.id(Model::Tenants, tenant)),
        ))
    }

    pub(super) fn write_request(
        &self,
        writer: &mut JsonWriter,
        dice: &mut Dice,
        index: u32,
        unit: u32,
    ) {
        if dice.one_in(NULL) {
            writer.null("Category");
        } else {
            writer.key("Category");
            writer.open(b'{');
            writer.integer("Id", Some(7));
            writer.text("Name", Some("Plumbing"));
            if dice.one_in(2) {
                writer.null("SubCategory");
            } else {
                writer.key("SubCategory");
                writer.open(b'{');
                writer.integer("Id", Some(8));
                writer.text("Name", Some("Sink"));
                writer.close(b'}');
            }
            writer.close(b'}');
        }
        writer.text(
            "Title",
            Some(dice.pick(&["Leak", "No heat", "Lost key \"2B\""])),
        );
        let comment = words::comment(dice);
        writer.text("Description", dice.nullable(3, comment));
        let property = self.shape.id(Model::Properties, self.unit_property(unit));
        entity(writer, "Property", property, "Rental");
        writer.integer("UnitId", Some(self.shape.id(Model::Units, unit)));
        // Drawn whether somebody lives there or not, so that the fields behind stay as they are.
        let by_owner = dice.one_in(9);
        match self.household(unit) {
            Some((lease, tenant)) => {
                entity(writer, "UnitAgreement", lease, "Lease");
                match tenant {
                    Some(tenant) if !by_owner => {
                        entity(writer, "RequestedByUserEntity", tenant, "RentalTenant");
                    }
                    _ => entity(writer, "RequestedByUserEntity", 20_000, "RentalOwner"),
                }
            }
            None => {
                writer.null("UnitAgreement");
                writer.null("RequestedByUserEntity");
            }
        }
        writer.integer("AssignedToUserId", dice.nullable(3, 400));
        let status = if dice.one_in(50) {
            "Triaged"
        } else {
            dice.pick(&STATUSES)
        };
        writer.text("TaskStatus", Some(status));
        writer.text("Priority", Some(dice.pick(&PRIORITIES)));
        let due = TODAY + dice.below(20).cast_signed();
        writer.date("DueDate", dice.nullable(3, due));
        let stamp = self.sheet_stamp(Sheet::Requests, index);
        writer.time("CreatedDateTime", Some(stamp - 3_600));
        writer.time("LastUpdatedDateTime", dice.nullable(NULL, stamp));
        writer.null("Appliance");
        if dice.one_in(4) {
            writer.null("IsEntryPermittedByResident");
        } else {
            writer.boolean("IsEntryPermittedByResident", dice.one_in(2));
        }
        writer.boolean("DoesResidentHavePets", dice.one_in(3));
        writer.text(
            "ResidentEntryNotes",
            dice.nullable(2, "The dog is friendly."),
        );
    }

    /// An order has no times at all, though it can be asked for by the day of its last change.
    pub(super) fn write_order(
        &self,
        writer: &mut JsonWriter,
        dice: &mut Dice,
        index: u32,
        unit: u32,
    ) {
        writer.key("Task");
        writer.open(b'{');
        writer.integer("Id", Some(self.sheet_id(Sheet::Requests, index)));
        writer.text("Type", Some("ResidentRequest"));
        writer.integer("UnitId", Some(self.shape.id(Model::Units, unit)));
        match self.household(unit) {
            Some((lease, _)) => entity(writer, "UnitAgreement", lease, "Lease"),
            None => writer.null("UnitAgreement"),
        }
        writer.close(b'}');
        writer.text("Title", dice.nullable(NULL, "See to it"));
        let due = TODAY + dice.below(20).cast_signed();
        writer.date("DueDate", dice.nullable(3, due));
        let priority = if dice.one_in(9) {
            "Unknown"
        } else {
            dice.pick(&PRIORITIES)
        };
        writer.text("Priority", dice.nullable(NULL, priority));
        let status = if dice.one_in(9) {
            "Unknown"
        } else {
            dice.pick(&STATUSES)
        };
        writer.text("Status", dice.nullable(NULL, status));
        let comment = words::comment(dice);
        writer.text("WorkDetails", dice.nullable(3, comment));
        writer.text("InvoiceNumber", dice.nullable(2, "INV-0007"));
        writer.text("ChargeableTo", dice.nullable(2, "Owner"));
        writer.text("EntryAllowed", Some(dice.pick(&["Unknown", "Yes", "No"])));
        writer.text("EntryNotes", dice.nullable(3, "Ring twice."));
        // No vendor is number nought.
        let vendor = if dice.one_in(3) { 0 } else { 30_000 };
        writer.integer("VendorId", Some(vendor));
        writer.text("VendorNotes", dice.nullable(3, "Bring a ladder."));
        writer.double("Amount", Some(dollars(dice, 0, 900)));
    }

    /// A listing has no id; a unit has one at most.
    pub(super) fn write_listing(&self, writer: &mut JsonWriter, dice: &mut Dice, unit: u32) {
        let property = self.unit_property(unit);
        writer.date("ListingDate", Some(TODAY - dice.below(40).cast_signed()));
        writer.double("Rent", Some(dollars(dice, 600, 4000)));
        let deposit = dollars(dice, 100, 2000);
        writer.double("Deposit", dice.nullable(3, deposit));
        writer.text("LeaseTerms", dice.nullable(3, "12 months"));
        writer.date("AvailableDate", Some(TODAY + dice.below(60).cast_signed()));
        writer.boolean("IsManagedExternally", dice.one_in(9));
        writer.text(
            "RentalApplicationUrl",
            dice.nullable(3, "https://apply.example.com/"),
        );
        if dice.one_in(NULL) {
            writer.null("Contact");
        } else {
            writer.key("Contact");
            writer.open(b'{');
            writer.integer("Id", Some(400));
            writer.text("Name", Some(words::first_name(dice)));
            writer.text("Email", dice.nullable(4, "letting@mail.example.com"));
            writer.text("PhoneNumber", dice.nullable(4, "(555) 010-9900"));
            writer.text("Website", dice.nullable(4, ""));
            writer.close(b'}');
        }
        writer.key("Property");
        writer.open(b'{');
        writer.integer("Id", Some(self.shape.id(Model::Properties, property)));
        writer.text("Name", dice.nullable(NULL, "The Elms"));
        write_address(writer, "Address", dice, None);
        writer.integer("NumberUnits", Some(4));
        writer.text("StructureDescription", dice.nullable(3, "Brick"));
        features(writer, dice, &["Pool", "Elevator", "CarWashArea"]);
        files(writer, dice, "house");
        writer.close(b'}');
        writer.key("Unit");
        writer.open(b'{');
        writer.integer("Id", Some(self.shape.id(Model::Units, unit)));
        self.write_unit_number(writer, unit);
        write_address(writer, "Address", dice, None);
        writer.text("UnitBedrooms", Some(dice.pick(&BEDROOMS)));
        writer.text("UnitBathrooms", Some(dice.pick(&BATHROOMS)));
        let size = 250 + dice.below(3000).cast_signed();
        writer.integer("UnitSize", dice.nullable(NULL, size));
        writer.text("Description", dice.nullable(3, "Light & quiet"));
        features(writer, dice, &["Dishwasher", "Carport", "Microwave"]);
        files(writer, dice, "flat");
        writer.close(b'}');
    }
}

fn features(writer: &mut JsonWriter, dice: &mut Dice, names: &[&str]) {
    if dice.one_in(3) {
        return writer.null("Features");
    }
    writer.key("Features");
    writer.open(b'[');
    for name in names {
        if dice.one_in(2) {
            writer.string(name);
        }
    }
    writer.close(b']');
}

fn files(writer: &mut JsonWriter, dice: &mut Dice, name: &str) {
    if dice.one_in(2) {
        return writer.null("Files");
    }
    writer.key("Files");
    writer.open(b'[');
    for kind in ["Image", "Video"] {
        writer.open(b'{');
        writer.text("Type", Some(kind));
        writer.text("Name", dice.nullable(2, name));
        writer.formatted(
            "Url",
            format_args!("https://files.example.com/{name}/{kind}"),
        );
        writer.close(b'}');
    }
    writer.close(b']');
}
