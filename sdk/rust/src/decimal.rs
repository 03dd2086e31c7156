//! Amounts in cents, read from text: a float never touches them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// It is not a decimal number.
    #[error("not a decimal number")]
    NotANumber,
    /// It is a number, but no account holds so much.
    #[error("out of range")]
    OutOfRange,
}

impl AmountError {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotANumber => "not_a_number",
            Self::OutOfRange => "out_of_range",
        }
    }
}

/// An amount of money in hundredths of the currency's unit.
///
/// Read from text by exact decimal arithmetic. Where a vendor sends more than
/// two places, half a cent is rounded **away from zero** (`0.005` is 1 cent,
/// `-0.005` is -1), judged on every digit that was sent. `-0` is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Cents(pub i64);

impl Cents {
    /// An amount as text: an optional sign, digits that may be grouped in
    /// thousands by commas, a fraction, a power of ten (`1,234.50`, `-3`,
    /// `1e2`, `.5`). Space around it is ignored.
    ///
    /// # Errors
    ///
    /// If it is anything else, or does not fit 64 bits.
    pub fn from_text(text: &str) -> Result<Self, AmountError> {
        let text = text.trim();
        let (negative, rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty()
            || !grouped(whole)
            || !fraction.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(AmountError::NotANumber);
        }
        let digits = || {
            let whole = whole.bytes().filter(u8::is_ascii_digit);
            whole.chain(fraction.bytes()).map(|byte| byte - b'0')
        };
        let whole_len = whole.bytes().filter(u8::is_ascii_digit).count();
        let magnitude = cents(digits(), whole_len, exponent)?;
        // The smallest 64-bit number has no positive twin; it is no amount either.
        Ok(Self(if negative { -magnitude } else { magnitude }))
    }

    /// An amount as JSON: a number, or a string that holds one.
    ///
    /// # Errors
    ///
    /// As [`Cents::from_text`]; also for any other kind of JSON value.
    pub fn from_json_number(raw: &RawValue) -> Result<Self, AmountError> {
        let json = raw.get();
        match json.as_bytes().first() {
            Some(b'"') => {
                let text: crate::Text<'_> =
                    serde_json::from_str(json).map_err(|_| AmountError::NotANumber)?;
                Self::from_text(&text)
            }
            _ => Self::from_text(json),
        }
    }
}

/// The first `whole_len + exponent + 2` digits as a number, rounded by the
/// next one.
fn cents(
    digits: impl Iterator<Item = u8>,
    whole_len: usize,
    exponent: i64,
) -> Result<i64, AmountError> {
    let keep = i64::try_from(whole_len)
        .ok()
        .and_then(|len| len.checked_add(exponent))
        .and_then(|len| len.checked_add(2))
        .ok_or(AmountError::OutOfRange)?;
    let mut amount: i64 = 0;
    let mut at: i64 = 0;
    for digit in digits {
        if at < keep {
            amount = push(amount, digit)?;
        } else if at == keep && digit >= 5 {
            amount = amount.checked_add(1).ok_or(AmountError::OutOfRange)?;
        }
        at += 1;
    }
    if amount != 0 {
        for _ in at..keep {
            amount = push(amount, 0)?;
        }
    }
    Ok(amount)
}

fn push(amount: i64, digit: u8) -> Result<i64, AmountError> {
    amount
        .checked_mul(10)
        .and_then(|amount| amount.checked_add(i64::from(digit)))
        .ok_or(AmountError::OutOfRange)
}

/// Digits, or groups of three behind a first group of one to three.
fn grouped(whole: &str) -> bool {
    if !whole.contains(',') {
        return whole.bytes().all(|byte| byte.is_ascii_digit());
    }
    whole.split(',').enumerate().all(|(at, group)| {
        let fits = if at == 0 {
            (1..=3).contains(&group.len())
        } else {
            group.len() == 3
        };
        fits && group.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn exponent(text: &str) -> Result<i64, AmountError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AmountError::NotANumber);
    }
    text.parse().map_err(|_| AmountError::OutOfRange)
}

/// A JSON number kept as the text that the vendor sent: for amounts, and for
/// copying it into an original without changing it.
///
/// Any JSON value is taken in; [`Number::cents`] says whether it is an amount.
#[derive(Clone, Copy, Debug)]
pub struct Number<'a>(&'a RawValue);

impl<'a> Number<'a> {
    /// The JSON text.
    pub fn as_json(&self) -> &'a str {
        self.0.get()
    }

    /// The amount that it is.
    ///
    /// # Errors
    ///
    /// As [`Cents::from_json_number`].
    pub fn cents(&self) -> Result<Cents, AmountError> {
        Cents::from_json_number(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Number<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(Number)
    }
}

impl Serialize for Number<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Cents {
    /// From a JSON number or a string that holds one, by its text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Number::deserialize(deserializer)?
            .cents()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cents_of(text: &str) -> Result<i64, AmountError> {
        Cents::from_text(text).map(|cents| cents.0)
    }

    #[test]
    fn amounts_are_exact() {
        for (text, cents) in [
            ("0", 0),
            ("-0", 0),
            ("-0.0", 0),
            ("1234.5", 123_450),
            ("1,234.50", 123_450),
            ("-1,234,567.89", -123_456_789),
            ("1e2", 10_000),
            ("1.5E+1", 1_500),
            ("12345e-4", 123),
            ("0.1", 10),
            (".5", 50),
            ("5.", 500),
            (" 7 ", 700),
            ("0e999999", 0),
            ("1e-999999", 0),
            // The nearest double to 2675.855 is below it: a float would lose this cent.
            ("2675.855", 267_586),
            ("0.005", 1),
            ("-0.005", -1),
            ("0.00499999999999999999999", 0),
            ("92233720368547758.07", i64::MAX),
        ] {
            assert_eq!(cents_of(text), Ok(cents), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_says_so() {
        for text in [
            "", "-", ".", "abc", "1.2.3", "--1", "NaN", "1,23", "1,2345", ",123", "1e", "1e+",
            "0x10", "1 2", "$5",
        ] {
            assert_eq!(cents_of(text), Err(AmountError::NotANumber), "{text}");
        }
        for text in [
            "1e400",
            "92233720368547758.08",
            "99999999999999999999",
            "1e9223372036854775807",
            "1e99999999999999999999",
        ] {
            assert_eq!(cents_of(text), Err(AmountError::OutOfRange), "{text}");
        }
    }

    #[test]
    fn json_keeps_the_text_of_its_number() {
        let rents: Vec<Option<Number<'_>>> =
            serde_json::from_str(r#"[1850.10,"1,850.10",null,true,{"a":1}]"#).unwrap();
        let read: Vec<_> = rents
            .iter()
            .map(|rent| rent.map(|rent| rent.cents()))
            .collect();
        let no = Some(Err(AmountError::NotANumber));
        assert_eq!(
            read,
            [
                Some(Ok(Cents(185_010))),
                Some(Ok(Cents(185_010))),
                None,
                no,
                no
            ]
        );
        assert_eq!(rents[0].unwrap().as_json(), "1850.10");
        assert!(serde_json::from_str::<Cents>("1e400").is_err());
        assert_eq!(
            serde_json::from_str::<Cents>("-3.999").unwrap(),
            Cents(-400)
        );
    }

    proptest! {
        #[test]
        fn every_amount_survives_its_own_text(cents in (i64::MIN + 1)..=i64::MAX) {
            let sign = if cents < 0 { "-" } else { "" };
            let magnitude = cents.unsigned_abs();
            let text = format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100);
            prop_assert_eq!(cents_of(&text), Ok(cents));
        }

        #[test]
        fn an_exponent_only_moves_the_point(units in 0i64..1_000_000_000, shift in 0usize..6) {
            let plain = cents_of(&units.to_string());
            let moved = format!("{}{}e-{shift}", units, "0".repeat(shift));
            prop_assert_eq!(cents_of(&moved), plain);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = cents_of(&text);
        }

        #[test]
        fn no_number_like_text_panics(text in "[-+]?[0-9,]{0,22}\\.?[0-9]{0,6}([eE][-+]?[0-9]{0,20})?") {
            let _ = cents_of(&text);
        }
    }
}
