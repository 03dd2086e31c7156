//! Durations, sizes and secrets as types, and scalars that may also come as text from the environment.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A length of time, written `15m`, `900s`, `500ms`, `1h 30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Span(pub(crate) Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text(
            "a duration with its unit in quotes, such as \"15m\" or \"90s\"",
            |text| humantime::parse_duration(text).ok().map(Span),
        ))
    }
}

/// A number of bytes, written `512 KiB`, `1MiB`, `2GB` or as a plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Size(pub(crate) u64);

impl Size {
    /// So many times 1,048,576 bytes.
    pub(crate) const fn mib(mebibytes: u64) -> Self {
        Self(mebibytes << 20)
    }

    /// As a length in memory.
    pub(crate) fn bytes(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
            if self.0 >= unit && self.0.is_multiple_of(unit) {
                return write!(f, "{} {name}", self.0 / unit);
            }
        }
        write!(f, "{} B", self.0)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text(
            "a size such as \"2 MiB\" or a number of bytes",
            |text| {
                text.parse::<bytesize::ByteSize>()
                    .ok()
                    .map(|size| Size(size.as_u64()))
            },
        ))
    }
}

/// A value that is never printed or logged.
#[derive(Clone)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Secret(#[cfg_attr(test, schemars(with = "String"))] SecretString);

impl Secret {
    /// The value, for the one who uses it.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

/// Deserialises a whole number from a number or from text.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_any(Text("a whole number", |text| text.parse().ok()))
}

/// Deserialises a share from a number or from text.
pub(super) fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    deserializer.deserialize_any(Text("a number from 0 to 1", |text| {
        text.parse()
            .ok()
            .filter(|share| (0.0..=1.0).contains(share))
    }))
}

/// Deserialises a switch from a boolean or from `1`, `0`, `true`, `false`.
pub(super) fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    deserializer.deserialize_any(Text("true or false", |text| match text {
        "1" => Some(true),
        "0" => Some(false),
        other => bool::from_str(other).ok(),
    }))
}

/// Reads any scalar through its text, with one sentence of what was expected.
struct Text<T>(&'static str, fn(&str) -> Option<T>);

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.1)(text.trim()).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        (self.1)(&number.to_string())
            .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        (self.1)(&number.to_string())
            .ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        (self.1)(&number.to_string())
            .ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        (self.1)(if value { "true" } else { "false" })
            .ok_or_else(|| E::invalid_value(Unexpected::Bool(value), &self))
    }
}
