//! The vendor's elements as values of the unified model.

use portcullis_sdk::fields::Malformed;
use portcullis_sdk::model::{Date, Phone, PhoneType, Property};
use portcullis_sdk::serde_json::{Map, Value};
use portcullis_sdk::{dates, fields};

use crate::xml::Node;

/// The vendor's amounts name no currency; it serves the United States mostly.
pub(crate) const CURRENCY: &str = "USD";

/// Reads the children of an element, and keeps what it read: the original is
/// written from that, so that it cannot hold more.
pub(crate) struct Reader<'n> {
    node: Option<&'n Node>,
    taken: Map<String, Value>,
}

impl<'n> Reader<'n> {
    pub(crate) fn new(node: &'n Node) -> Self {
        Self::of(Some(node))
    }

    pub(crate) fn of(node: Option<&'n Node>) -> Self {
        Self {
            node,
            taken: Map::new(),
        }
    }

    /// The text of a child.
    pub(crate) fn text(&mut self, name: &str) -> Option<&'n str> {
        let text = self.node?.child_text(name)?;
        self.taken.insert(name.to_owned(), text.into());
        Some(text)
    }

    /// The text of a child, for keeps.
    pub(crate) fn owned(&mut self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// A day, in any of its three forms.
    pub(crate) fn day(&mut self, name: &str) -> Result<Option<Date>, Malformed> {
        let Some(node) = self.node.and_then(|node| node.child(name)) else {
            return Ok(None);
        };
        let day = day(name, node)?;
        if let Some(day) = day {
            self.taken.insert(name.to_owned(), day.to_string().into());
        }
        Ok(day)
    }

    /// An amount in cents.
    pub(crate) fn cents(&mut self, name: &str) -> Result<Option<i64>, Malformed> {
        fields::cents_of_text(name, self.text(name))
    }

    /// What was read.
    pub(crate) fn taken(self) -> Map<String, Value> {
        self.taken
    }
}

/// A day as attributes (`Month`, `Day`, `Year`), as `2026-03-01` or as
/// `3/1/2026`.
pub(crate) fn day(name: &str, node: &Node) -> Result<Option<Date>, Malformed> {
    let wrong = || format!("{name} is no date");
    let parts = ["Year", "Month", "Day"].map(|part| node.attribute(part));
    if let [Some(year), Some(month), Some(day)] = parts {
        return padded(year, month, day).map(Some).ok_or_else(wrong);
    }
    let Some(text) = node.text() else {
        return Ok(None);
    };
    let slashed: Vec<&str> = text
        .split(' ')
        .next()
        .unwrap_or_default()
        .split('/')
        .collect();
    let read = match slashed[..] {
        [month, day, year] => padded(year, month, day),
        _ => dates::date(text),
    };
    read.map(Some).ok_or_else(wrong)
}

fn padded(year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |text: &str| text.trim().parse::<u16>().ok();
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    dates::date(&format!("{year:04}-{month:02}-{day:02}"))
}

/// A whole number from text that may have a fraction of zeros.
pub(crate) fn whole(text: Option<&str>) -> Option<i64> {
    let text = text?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole.replace(',', "").parse().ok()?;
    fraction.bytes().all(|digit| digit == b'0').then_some(whole)
}

/// Full and half bathrooms of `2.000000`, `1.5`. Nothing for other fractions.
pub(crate) fn bathrooms(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let full = whole.parse::<u8>().ok()?;
    match fraction.trim_end_matches('0') {
        "" => Some((i64::from(full), 0)),
        "5" => Some((i64::from(full), 1)),
        _ => None,
    }
}

/// An address in the model's flat form.
#[derive(Default)]
pub(crate) struct Address {
    pub(crate) line_1: Option<String>,
    pub(crate) line_2: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) zip: Option<String>,
    pub(crate) country: Option<String>,
}

pub(crate) fn address(reader: &mut Reader<'_>) -> Address {
    Address {
        line_1: reader.owned("AddressLine1"),
        line_2: reader.owned("AddressLine2"),
        city: reader.owned("City"),
        state: reader.owned("State"),
        zip: reader.owned("PostalCode"),
        country: reader.owned("Country"),
    }
}

/// Telephone numbers that are filled.
pub(crate) fn phones(person: Option<&Node>) -> Vec<Phone> {
    let phones = person.into_iter().flat_map(|person| person.all("Phone"));
    let phones = phones.filter_map(|phone| {
        let kind = phone.attribute("PhoneType");
        Some(Phone {
            number: Some(phone.child_text("PhoneNumber")?.to_owned()),
            type_raw: kind.map(str::to_owned),
            type_normalized: kind.map(|kind| match kind.to_ascii_lowercase().as_str() {
                "cell" | "mobile" => PhoneType::Mobile,
                "home" => PhoneType::Home,
                "office" | "work" => PhoneType::Work,
                "fax" => PhoneType::Fax,
                _ => PhoneType::Other,
            }),
        })
    });
    phones.collect()
}

/// A property, with what was read of it.
pub(crate) fn property(code: &str, node: &Node) -> (Property, Map<String, Value>) {
    let mut reader = Reader::new(node);
    let home = address(&mut reader);
    let mut custom = Map::new();
    for month in ["AccountsReceivable", "AccountsPayable"] {
        if let Some(text) = reader.text(month) {
            custom.insert(month.to_owned(), text.into());
        }
    }
    let document = Property {
        x_property_id: Some(code.to_owned()),
        code: reader.owned("Code"),
        name: reader.owned("MarketingName"),
        address_1: home.line_1,
        address_2: home.line_2,
        address_3: reader.owned("AddressLine3"),
        city: home.city,
        state: home.state,
        zip: home.zip,
        country: home.country,
        currency: Some(CURRENCY.to_owned()),
        custom_data: (!custom.is_empty()).then_some(custom),
        ..Property::default()
    };
    (document, reader.taken())
}
