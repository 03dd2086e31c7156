//! The rows themselves, field by field in the vendor's order.

mod applicants;
mod leases;
mod money;
mod properties;
mod tenants;

pub(super) use leases::TODAY;
pub(super) use money::LedgerRow;

use crate::shared::json::JsonWriter;
use crate::shared::seed::Dice;
use crate::shared::words;

/// Once in so many rolls a nullable field is null.
pub(super) const NULL: u64 = 14;

const PHONE_TYPES: [&str; 7] = [
    "NotSet", "Home", "Office", "Cell", "Personal", "Fax", "Other",
];

/// An address, or null now and then.
pub(super) fn write_address(
    writer: &mut JsonWriter,
    name: &str,
    dice: &mut Dice,
    unit: Option<u64>,
) {
    if dice.one_in(NULL * 2) {
        return writer.null(name);
    }
    let (city, state, postal, country) = words::place(dice);
    writer.key(name);
    writer.open(b'{');
    if dice.one_in(NULL) {
        writer.null("AddressLine1");
    } else {
        let (number, street) = (dice.below(9800) + 1, words::street(dice));
        writer.formatted("AddressLine1", format_args!("{number} {street}"));
    }
    match unit {
        Some(unit) => writer.formatted("AddressLine2", format_args!("Apt {unit}")),
        None => writer.text("AddressLine2", dice.one_in(6).then_some("Building \"B\"")),
    }
    writer.text("AddressLine3", dice.one_in(12).then_some("c/o Front Desk"));
    writer.text("City", dice.nullable(NULL * 2, city));
    writer.text("State", dice.nullable(NULL * 2, state));
    writer.text("PostalCode", dice.nullable(NULL * 2, postal));
    // The country is no nullable field: the vendor names the one it does not know.
    writer.text(
        "Country",
        Some(if dice.one_in(90) { "NotSet" } else { country }),
    );
    writer.close(b'}');
}

/// Telephone numbers as people type them.
pub(super) fn write_phones(writer: &mut JsonWriter, dice: &mut Dice) {
    if dice.one_in(NULL) {
        return writer.null("PhoneNumbers");
    }
    writer.key("PhoneNumbers");
    writer.open(b'[');
    for _ in 0..dice.below(4) {
        let (area, line) = (200 + dice.below(800), dice.below(10_000));
        writer.open(b'{');
        match dice.below(12) {
            0 => writer.null("Number"),
            1 => writer.formatted("Number", format_args!("+1 {area} 555 {line:04} ext. 12")),
            2 => writer.formatted("Number", format_args!("{area}555{line:04}")),
            3 => writer.formatted("Number", format_args!("+44 20 7946 {line:04}")),
            4 => writer.text("Number", Some("call the office")),
            _ => writer.formatted("Number", format_args!("({area}) 555-{line:04}")),
        }
        // The vendor's list of types has grown before.
        writer.text(
            "Type",
            Some(if dice.one_in(200) {
                "Satellite"
            } else {
                dice.pick(&PHONE_TYPES)
            }),
        );
        writer.close(b'}');
    }
    writer.close(b']');
}

/// An e-mail address, now and then null, empty or not one.
pub(super) fn write_email(writer: &mut JsonWriter, name: &str, dice: &mut Dice, number: i64) {
    match dice.below(30) {
        0 | 1 => writer.null(name),
        2 => writer.text(name, Some("")),
        3 => writer.text(name, Some("none@")),
        4 => writer.formatted(name, format_args!("\"odd name\"+{number}@exämple.test")),
        roll => writer.formatted(name, format_args!("person{number}+{roll}@mail.example.com")),
    }
}

/// Dollars as a double, at times with the noise of binary arithmetic in it.
pub(super) fn dollars(dice: &mut Dice, least: u64, spread: u64) -> f64 {
    let cents = least * 100 + dice.below(spread * 100);
    #[expect(
        clippy::cast_precision_loss,
        reason = "cents of a rent are far below 2^53"
    )]
    let value = cents as f64;
    match dice.below(20) {
        0..=7 => (value / 100.0).round(),
        // The closest double above the cents: prints as 1234.5600000000002 and must still be 123456 cents.
        8 => f64::from_bits((value / 100.0).to_bits() + 1),
        _ => value / 100.0,
    }
}
