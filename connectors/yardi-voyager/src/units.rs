//! Units, as the interface for listing services tells of them.

use portcullis_sdk::fields::{Leftover, Malformed};
use portcullis_sdk::model::{Date, Unit};
use portcullis_sdk::serde_json::{Map, Value};
use portcullis_sdk::{RecordKey, Result};

use crate::map::{self, CURRENCY, Reader};
use crate::pages::Filling;
use crate::xml::Node;

/// The units of an answer.
pub(crate) fn nodes(result: &Node) -> impl Iterator<Item = &Node> {
    let physical = result.find("PhysicalProperty");
    physical
        .into_iter()
        .flat_map(|physical| physical.all("Property"))
        .flat_map(|property| property.all("ILS_Unit"))
}

fn inner(node: &Node) -> Option<&Node> {
    node.child("Units")?.child("Unit")
}

/// The unit's code: unique within its property.
pub(crate) fn code(node: &Node) -> Option<&str> {
    let identified = inner(node)
        .and_then(|unit| unit.child("Identification"))
        .and_then(|identification| identification.attribute("IDValue"));
    node.attribute("IDValue")
        .or_else(|| node.attribute("Id"))
        .or(identified)
        .or_else(|| inner(node)?.child_text("UnitID"))
}

/// Adds units to a page. The answer is the number of those that went in,
/// unless all did.
pub(crate) fn fill(filling: &mut Filling, property: &str, result: &Node) -> Result<Option<usize>> {
    for (at, node) in nodes(result).enumerate().skip(filling.skip) {
        let Some(code) = code(node) else {
            filling.lead.omit(None, "a unit without a code");
            continue;
        };
        let key = RecordKey::within(property, code);
        match unit(property, code, node, filling.today) {
            Ok((document, original)) => {
                if !filling.lead.add(key, None, &document, &original)? {
                    return Ok(Some(at));
                }
            }
            Err(why) => filling.lead.omit(Some(key), why),
        }
    }
    Ok(None)
}

fn unit(
    property: &str,
    code: &str,
    node: &Node,
    today: Date,
) -> Result<(Unit, Map<String, Value>), Malformed> {
    let inner = inner(node);
    let mut reader = Reader::of(inner);
    let mut availability = Reader::of(node.child("Availability"));
    let mut address = Reader::of(inner.and_then(|unit| unit.child("Address")));
    let home = map::address(&mut address);
    let bathrooms = reader.owned("UnitBathrooms");
    let counted = bathrooms.as_deref().and_then(map::bathrooms);
    let occupancy = reader.text("UnitOccupancyStatus");
    let leased = reader.text("UnitLeasedStatus");
    let vacate = availability.day("VacateDate")?;
    let ready = availability.day("MadeReadyDate")?;

    let mut leftover = Leftover::default();
    leftover.put("UnitOccupancyStatus", occupancy);
    leftover.put("UnitLeasedStatus", leased);
    leftover.put("UnitEconomicStatus", reader.text("UnitEconomicStatus"));
    leftover.put("VacateDate", vacate.map(|day| day.to_string()));
    leftover.put("MadeReadyDate", ready.map(|day| day.to_string()));
    let bedrooms = reader.text("UnitBedrooms");
    let document = Unit {
        x_property_id: Some(property.to_owned()),
        x_unit_type_id: reader.owned("UnitType"),
        number: Some(code.to_owned()),
        floor_plan_name: reader.owned("FloorplanName"),
        bedrooms: map::whole(bedrooms).map(|count| count.to_string()),
        bedrooms_raw: bedrooms.map(str::to_owned),
        bathrooms: counted.map(|(full, half)| match half {
            0 => full.to_string(),
            _ => format!("{full}.5"),
        }),
        bathrooms_full: counted.map(|(full, _)| full),
        bathrooms_half: counted.map(|(_, half)| half),
        bathrooms_raw: bathrooms,
        square_feet: map::whole(reader.text("MinSquareFeet")),
        rent_amount_market_in_cents: reader.cents("MarketRent")?,
        is_vacant: occupancy.and_then(vacant),
        is_available: leased.and_then(|status| available(status, vacate, today)),
        address_1: home.line_1,
        address_2: home.line_2,
        city: home.city,
        state: home.state,
        zip: home.zip,
        country: home.country,
        currency: Some(CURRENCY.to_owned()),
        custom_data: leftover.document(),
        ..Unit::default()
    };
    let mut original = reader.taken();
    original.insert("Address".into(), address.taken().into());
    original.insert("Availability".into(), availability.taken().into());
    Ok((document, original))
}

fn vacant(status: &str) -> Option<bool> {
    match status.to_ascii_lowercase().as_str() {
        "vacant" => Some(true),
        "occupied" => Some(false),
        _ => None,
    }
}

/// Available now: on notice means later, unless the day has come.
fn available(status: &str, vacate: Option<Date>, today: Date) -> Option<bool> {
    match status.to_ascii_lowercase().as_str() {
        "available" => Some(vacate.is_none_or(|day| day <= today)),
        "leased" | "on_notice" | "reserved" => Some(false),
        _ => None,
    }
}
