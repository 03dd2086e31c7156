//! JSON written straight into a byte buffer: pages of thousands of rows are built without any tree in between.

use chrono::{Datelike, NaiveDate};
use std::fmt::{self, Write as _};

/// Writes one JSON text. Commas are placed by the writer; nesting is the caller's duty.
#[derive(Default)]
pub struct JsonWriter {
    bytes: Vec<u8>,
    scratch: String,
    comma: bool,
}

impl JsonWriter {
    /// An empty writer with room for `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
            ..Self::default()
        }
    }

    /// The bytes written so far.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// How many bytes are written so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True before the first byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Forgets what was written, keeps the room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.comma = false;
    }

    /// The bytes written so far, borrowed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn separate(&mut self) {
        if self.comma {
            self.bytes.push(b',');
        }
        self.comma = true;
    }

    /// Opens an object or array: `{` or `[`.
    pub fn open(&mut self, bracket: u8) {
        self.separate();
        self.bytes.push(bracket);
        self.comma = false;
    }

    /// Closes an object or array: `}` or `]`.
    pub fn close(&mut self, bracket: u8) {
        self.bytes.push(bracket);
        self.comma = true;
    }

    /// Writes the name of a member, which must need no escapes; a value follows.
    pub fn key(&mut self, name: &str) {
        self.separate();
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b"\":");
        self.comma = false;
    }

    /// Writes ready JSON as one value.
    pub fn raw(&mut self, json: &[u8]) {
        self.separate();
        self.bytes.extend_from_slice(json);
    }

    /// Writes a string value.
    pub fn string(&mut self, text: &str) {
        self.separate();
        self.bytes.push(b'"');
        let bytes = text.as_bytes();
        let mut from = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            let escape: &[u8] = match byte {
                b'"' => b"\\\"",
                b'\\' => b"\\\\",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                b'\t' => b"\\t",
                0..=0x1f => b"",
                _ => continue,
            };
            self.bytes.extend_from_slice(&bytes[from..at]);
            if escape.is_empty() {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                self.bytes.extend_from_slice(b"\\u00");
                self.bytes.push(HEX[usize::from(byte >> 4)]);
                self.bytes.push(HEX[usize::from(byte & 15)]);
            } else {
                self.bytes.extend_from_slice(escape);
            }
            from = at + 1;
        }
        self.bytes.extend_from_slice(&bytes[from..]);
        self.bytes.push(b'"');
    }

    /// Writes a whole number value.
    pub fn number(&mut self, value: i64) {
        self.separate();
        self.bytes
            .extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }

    /// Member: a string or null.
    pub fn text<T: AsRef<str>>(&mut self, name: &str, value: Option<T>) {
        self.key(name);
        match value {
            Some(text) => self.string(text.as_ref()),
            None => self.raw(b"null"),
        }
    }

    /// Member: a formatted string.
    pub fn formatted(&mut self, name: &str, text: fmt::Arguments<'_>) {
        self.key(name);
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        // Writing into a String cannot fail.
        let _ = scratch.write_fmt(text);
        self.string(&scratch);
        self.scratch = scratch;
    }

    /// Member: a whole number or null.
    pub fn integer(&mut self, name: &str, value: Option<i64>) {
        self.key(name);
        match value {
            Some(number) => self.number(number),
            None => self.raw(b"null"),
        }
    }

    /// Member: a boolean.
    pub fn boolean(&mut self, name: &str, value: bool) {
        self.key(name);
        self.raw(if value { b"true" } else { b"false" });
    }

    /// Member: null.
    pub fn null(&mut self, name: &str) {
        self.key(name);
        self.raw(b"null");
    }

    /// Member: a double as the vendor prints it, without a fraction when there is none, or null.
    pub fn double(&mut self, name: &str, value: Option<f64>) {
        self.key(name);
        match value {
            Some(number) if number.is_finite() => {
                self.separate();
                let mut buffer = ryu::Buffer::new();
                let text = buffer.format_finite(number);
                self.bytes
                    .extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
            }
            _ => self.raw(b"null"),
        }
    }

    /// Member: a date given in days since 1970-01-01, or null.
    pub fn date(&mut self, name: &str, days: Option<i64>) {
        self.key(name);
        match days {
            Some(days) => {
                self.separate();
                self.bytes.push(b'"');
                self.push_date(days);
                self.bytes.push(b'"');
            }
            None => self.raw(b"null"),
        }
    }

    /// Member: a time given in seconds since 1970-01-01 UTC, or null.
    pub fn time(&mut self, name: &str, seconds: Option<i64>) {
        self.key(name);
        let Some(seconds) = seconds else {
            return self.raw(b"null");
        };
        self.separate();
        self.bytes.push(b'"');
        self.push_date(seconds.div_euclid(86_400));
        let of_day = seconds.rem_euclid(86_400);
        for (mark, part) in [
            (b'T', of_day / 3600),
            (b':', of_day / 60 % 60),
            (b':', of_day % 60),
        ] {
            self.bytes.push(mark);
            self.push_two(part);
        }
        self.bytes.extend_from_slice(b"Z\"");
    }

    fn push_date(&mut self, days: i64) {
        let date = civil(days);
        let year = i64::from(date.year());
        self.push_two(year / 100);
        self.push_two(year % 100);
        self.bytes.push(b'-');
        self.push_two(i64::from(date.month()));
        self.bytes.push(b'-');
        self.push_two(i64::from(date.day()));
    }

    fn push_two(&mut self, number: i64) {
        let digits = u8::try_from(number.rem_euclid(100)).unwrap_or(0);
        self.bytes.push(b'0' + digits / 10);
        self.bytes.push(b'0' + digits % 10);
    }
}

/// The calendar date of a day counted from 1970-01-01; the first day when out of range.
#[must_use]
pub fn civil(days: i64) -> NaiveDate {
    i32::try_from(days + 719_163)
        .ok()
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_numbers_and_times_survive_a_parser() {
        let nasty = "q\" b\\ n\n \u{1} 😀 \u{202e}x";
        let mut writer = JsonWriter::default();
        writer.open(b'{');
        writer.text("text", Some(nasty));
        writer.text("none", None::<&str>);
        writer.double("whole", Some(1500.0));
        writer.double("odd", Some(0.1 + 0.2));
        writer.time("time", Some(1_709_210_096));
        writer.date("date", Some(-1));
        writer.key("list");
        writer.open(b'[');
        writer.number(-7);
        writer.number(8);
        writer.close(b']');
        writer.close(b'}');
        let value: serde_json::Value = serde_json::from_slice(writer.as_bytes()).unwrap();
        assert_eq!(
            value,
            serde_json::json!({
                "text": nasty, "none": null, "whole": 1500, "odd": 0.1 + 0.2,
                "time": "2024-02-29T12:34:56Z", "date": "1969-12-31", "list": [-7, 8],
            })
        );
    }
}
