//! Single values of a vendor's row as values of the unified model.
//!
//! What cannot be read is reported by the field's name and never by its value:
//! values are people's data.

use portcullis_model::{CustomData, Date, Timestamp};

use crate::{Cents, Number, Text, dates};

/// Why a row is no record, in a sentence that names the field and not its
/// value.
pub type Malformed = String;

/// A text for keeps, if there is one.
pub fn text(text: &Option<Text<'_>>) -> Option<String> {
    filled(text).map(str::to_owned)
}

/// A text without space around it, if there is one.
pub fn filled<'t>(text: &'t Option<Text<'_>>) -> Option<&'t str> {
    text.as_ref()?.filled()
}

/// An amount in cents, from a number or a text that holds one; blank text is
/// none.
///
/// # Errors
///
/// If it is anything else, or too much.
pub fn cents(field: &str, number: Option<Number<'_>>) -> Result<Option<i64>, Malformed> {
    let Some(number) = number else {
        return Ok(None);
    };
    if blank(number.as_json()) {
        return Ok(None);
    }
    match number.cents() {
        Ok(cents) => Ok(Some(cents.0)),
        Err(error) => Err(format!("{field} is {error}")),
    }
}

/// An amount in cents from text, a currency sign in front of it left out;
/// blank text is none.
///
/// # Errors
///
/// If it is no amount, or too much.
pub fn cents_of_text(field: &str, text: Option<&str>) -> Result<Option<i64>, Malformed> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let plain = text.strip_prefix('$').unwrap_or(text);
    match Cents::from_text(plain) {
        Ok(cents) => Ok(Some(cents.0)),
        Err(error) => Err(format!("{field} is {error}")),
    }
}

/// A whole number, from a number or a text that holds one (`840`, `"1,250"`,
/// `"840.0"`). Nothing if it has a fraction or is no number: such fields tell
/// about a record and are no reason to lose it.
pub fn whole(number: Option<Number<'_>>) -> Option<i64> {
    let cents = number?.cents().ok()?.0;
    (cents % 100 == 0).then_some(cents / 100)
}

/// A number's own text, without the quotes of a JSON string.
pub fn number_text(number: Option<Number<'_>>) -> Option<String> {
    let json = number?.as_json();
    if blank(json) {
        return None;
    }
    match serde_json::from_str(json) {
        Ok(serde_json::Value::String(text)) => Some(text.trim().to_owned()),
        Ok(serde_json::Value::Number(number)) => Some(number.to_string()),
        _ => None,
    }
}

fn blank(json: &str) -> bool {
    json.trim_matches('"').trim().is_empty()
}

/// A plain date; blank text is none.
///
/// # Errors
///
/// If it is no day of the calendar.
pub fn date(field: &str, text: Option<&str>) -> Result<Option<Date>, Malformed> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(day) => dates::date(day)
            .map(Some)
            .ok_or_else(|| format!("{field} is no date")),
    }
}

/// An instant; blank text is none. A time without any zone is read as UTC.
///
/// # Errors
///
/// If it is no instant.
pub fn time(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, Malformed> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(time) => dates::timestamp(time)
            .map(Some)
            .ok_or_else(|| format!("{field} is no time")),
    }
}

/// What a vendor has beyond the model, under its own names; nothing if nothing
/// is there.
#[derive(Debug, Default)]
pub struct Leftover(CustomData);

impl Leftover {
    /// Keeps a value, if there is one.
    pub fn put(&mut self, name: &str, value: Option<impl Into<serde_json::Value>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    /// What was kept.
    pub fn document(self) -> Option<CustomData> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Row<'a> {
        #[serde(borrow)]
        n: Option<Number<'a>>,
    }

    fn number(json: &str) -> String {
        format!(r#"{{"n":{json}}}"#)
    }

    #[test]
    fn numbers_come_as_numbers_and_as_text() {
        for (json, in_cents, count, as_text) in [
            ("840", Some(84_000), Some(840), Some("840")),
            (r#""1,250.00""#, Some(125_000), Some(1250), Some("1,250.00")),
            ("1.5", Some(150), None, Some("1.5")),
            (r#""  ""#, None, None, None),
            ("null", None, None, None),
        ] {
            let json = number(json);
            let row: Row<'_> = serde_json::from_str(&json).unwrap();
            assert_eq!(cents("n", row.n), Ok(in_cents), "{json}");
            assert_eq!(whole(row.n), count, "{json}");
            assert_eq!(number_text(row.n).as_deref(), as_text, "{json}");
        }
        let json = number(r#""cheap""#);
        let row: Row<'_> = serde_json::from_str(&json).unwrap();
        assert_eq!(cents("n", row.n), Err("n is not a decimal number".into()));
        assert_eq!(whole(row.n), None);
        assert_eq!(cents_of_text("n", Some(" $1,250.50 ")), Ok(Some(125_050)));
        assert_eq!(cents_of_text("n", Some(" ")), Ok(None));
        assert!(cents_of_text("n", Some("$$1")).is_err());
    }

    #[test]
    fn what_cannot_be_read_is_named_without_its_value() {
        assert_eq!(date("Born", Some("")), Ok(None));
        assert_eq!(
            date("Born", Some("31/12/1999")),
            Err("Born is no date".into())
        );
        assert_eq!(time("At", Some("soon")), Err("At is no time".into()));
    }
}
