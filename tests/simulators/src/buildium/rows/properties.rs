//! Properties and units.

use super::super::data::Data;
use super::{NULL, dollars, write_address, write_email, write_phones};
use crate::shared::json::JsonWriter;
use crate::shared::seed::Dice;
use crate::shared::shape::{Model, kind};
use crate::shared::words;

const RESIDENTIAL: [&str; 3] = ["CondoTownhome", "MultiFamily", "SingleFamily"];
const COMMERCIAL: [&str; 6] = [
    "Industrial",
    "Office",
    "Retail",
    "ShoppingCenter",
    "Storage",
    "ParkingSpace",
];
const BEDROOMS: [&str; 11] = [
    "NotSet",
    "Studio",
    "OneBed",
    "TwoBed",
    "ThreeBed",
    "FourBed",
    "FiveBed",
    "SixBed",
    "SevenBed",
    "EightBed",
    "NineBedPlus",
];
const BATHROOMS: [&str; 11] = [
    "NotSet",
    "OneBath",
    "OnePointFiveBath",
    "TwoBath",
    "TwoPointFiveBath",
    "ThreeBath",
    "FourBath",
    "FiveBath",
    "FivePlusBath",
    "ThreePointFiveBath",
    "FourPointFiveBath",
];

impl Data {
    pub(in crate::buildium) fn write_property(
        &self,
        writer: &mut JsonWriter,
        property: u32,
        echo: Option<&str>,
    ) {
        let shape = &self.shape;
        let dice = &mut Dice::new(shape.seed, kind::PROPERTY, u64::from(property));
        writer.open(b'{');
        writer.integer("Id", Some(shape.id(Model::Properties, property)));
        match dice.below(NULL) {
            0 => writer.null("Name"),
            1 => writer.text("Name", Some(words::odd(dice))),
            2 => writer.formatted(
                "Name",
                format_args!("{}{property}", "A very long name ".repeat(20)),
            ),
            // Names repeat: an order by name has ties.
            _ => writer.formatted(
                "Name",
                format_args!("{} Apartments", words::last_name(dice)),
            ),
        }
        let description = words::comment(dice);
        writer.text(
            "StructureDescription",
            echo.map(str::to_owned).or(dice.nullable(NULL, description)),
        );
        writer.integer("NumberUnits", Some(i64::from(self.units_of(property))));
        writer.boolean("IsActive", !dice.one_in(15));
        writer.integer(
            "OperatingBankAccountId",
            Some((40_000 + dice.below(9)).cast_signed()),
        );
        writer.double("Reserve", Some(dollars(dice, 0, 5000)));
        write_address(writer, "Address", dice, None);
        let year = 1890 + dice.below(136).cast_signed();
        writer.integer("YearBuilt", dice.nullable(NULL, year));
        let commercial = dice.one_in(8);
        let (kinds, word): (&[&str], _) = if commercial {
            (&COMMERCIAL, "Commercial")
        } else {
            (&RESIDENTIAL, "Residential")
        };
        writer.text(
            "RentalType",
            Some(if dice.one_in(25) { "None" } else { word }),
        );
        writer.text(
            "RentalSubType",
            Some(if dice.one_in(60) {
                "CoLiving"
            } else {
                dice.pick(kinds)
            }),
        );
        write_manager(writer, dice);
        writer.close(b'}');
    }

    /// Number of units as the vendor counts them: seeded, added, not deleted.
    fn units_of(&self, property: u32) -> u32 {
        let (units, properties) = (
            u64::from(self.shape.units),
            u64::from(self.shape.properties),
        );
        let seeded = if property < self.shape.properties {
            let share =
                |property: u64| u32::try_from(property * units / properties).unwrap_or(u32::MAX);
            share(u64::from(property))..share(u64::from(property) + 1)
        } else {
            0..0
        };
        let added = self
            .overlay(Model::Units)
            .children
            .get(&property)
            .into_iter()
            .flatten()
            .copied();
        u32::try_from(
            seeded
                .chain(added)
                .filter(|unit| self.lives(Model::Units, *unit))
                .count(),
        )
        .unwrap_or(u32::MAX)
    }

    pub(in crate::buildium) fn write_unit(
        &self,
        writer: &mut JsonWriter,
        unit: u32,
        echo: Option<&str>,
    ) {
        let shape = &self.shape;
        let dice = &mut Dice::new(shape.seed, kind::UNIT, u64::from(unit));
        writer.open(b'{');
        writer.integer("Id", Some(shape.id(Model::Units, unit)));
        writer.integer(
            "PropertyId",
            Some(shape.id(Model::Properties, self.unit_property(unit))),
        );
        writer.text("BuildingName", dice.nullable(3, "Building A"));
        let number = self.write_unit_number(writer, unit);
        let description = words::comment(dice);
        writer.text(
            "Description",
            echo.map(str::to_owned).or(dice.nullable(4, description)),
        );
        let rent = dollars(dice, 600, 4000);
        writer.double("MarketRent", dice.nullable(NULL, rent));
        write_address(writer, "Address", dice, number);
        let bedrooms = if dice.one_in(300) {
            "TenBed"
        } else {
            dice.pick(&BEDROOMS)
        };
        writer.text("UnitBedrooms", dice.nullable(NULL, bedrooms));
        let bathrooms = if dice.one_in(300) {
            "HalfBath"
        } else {
            dice.pick(&BATHROOMS)
        };
        writer.text("UnitBathrooms", dice.nullable(NULL, bathrooms));
        let size = 250 + dice.below(3000).cast_signed();
        writer.integer("UnitSize", dice.nullable(NULL, size));
        // Both are computed at the time of asking and leave the stamp of the unit alone.
        let occupied = self.occupied(unit);
        let listed = dice.one_in(if occupied { 20 } else { 2 });
        for (name, value) in [("IsUnitListed", listed), ("IsUnitOccupied", occupied)] {
            if dice.one_in(60) {
                writer.null(name)
            } else {
                writer.boolean(name, value)
            }
        }
        writer.close(b'}');
    }

    /// Writes the number of a unit, as leases repeat it; answers the number it contains, if any.
    pub(in crate::buildium) fn write_unit_number(
        &self,
        writer: &mut JsonWriter,
        unit: u32,
    ) -> Option<u64> {
        let dice = &mut Dice::new(self.shape.seed, kind::UNIT + 200, u64::from(unit));
        let number = 100 + u64::from(unit) % 900;
        match dice.below(40) {
            0 => writer.null("UnitNumber"),
            1 => writer.text("UnitNumber", Some("")),
            2 => writer.text("UnitNumber", Some(words::odd(dice))),
            3 => writer.formatted("UnitNumber", format_args!("0{number}")),
            _ => {
                writer.formatted(
                    "UnitNumber",
                    format_args!("{number}{}", if dice.one_in(9) { "½" } else { "" }),
                );
                return Some(number);
            }
        }
        None
    }
}

fn write_manager(writer: &mut JsonWriter, dice: &mut Dice) {
    if dice.one_in(3) {
        return writer.null("RentalManager");
    }
    let id = (300 + dice.below(12)).cast_signed();
    writer.key("RentalManager");
    writer.open(b'{');
    writer.integer("Id", Some(id));
    writer.text("FirstName", Some(words::first_name(dice)));
    writer.text("LastName", Some(words::last_name(dice)));
    let company = dice.one_in(4);
    writer.text("CompanyName", company.then_some("Acme & Sons, LLC"));
    writer.boolean("IsCompany", company);
    writer.text(
        "ProfilePhotoUrl",
        dice.nullable(2, "https://images.example.com/manager.jpg"),
    );
    write_email(writer, "Email", dice, id);
    write_phones(writer, dice);
    writer.close(b'}');
}
