//! Plain dates and UTC instants, read without a zone table.

use chrono::{DateTime, NaiveDate, SecondsFormat};

/// A plain date: `2026-03-01`, alone or in front of a time of day that is
/// ignored (`2026-03-01T00:00:00`). Nothing if it is no date of the calendar.
pub fn plain_date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    if !(rest.is_empty() || rest.starts_with(['T', ' '])) {
        return None;
    }
    let bytes = date.as_bytes();
    if bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        bytes[range].iter().try_fold(0, |value: u32, byte| {
            byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0'))
        })
    };
    let year = i32::try_from(number(0..4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(5..7)?, number(8..10)?)
}

/// An RFC 3339 instant in milliseconds since the epoch. A time without any
/// zone is read as UTC, which is what vendors that leave it out mean when they
/// say UTC in their reference. Nothing if it cannot be read.
pub fn instant_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.timestamp_millis());
    }
    let naive = text.parse::<chrono::NaiveDateTime>().ok()?;
    Some(naive.and_utc().timestamp_millis())
}

/// An instant as `2026-03-01T12:30:45Z`: seconds, cut off, not rounded.
/// Nothing for instants that no calendar holds.
pub fn rfc3339_seconds(ms: i64) -> Option<String> {
    let instant = DateTime::from_timestamp_millis(ms)?;
    Some(instant.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// The UTC day of an instant.
pub fn utc_day(ms: i64) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp_millis(ms)?.date_naive())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_strictly() {
        let day = NaiveDate::from_ymd_opt(2024, 2, 29);
        assert_eq!(plain_date("2024-02-29"), day);
        assert_eq!(plain_date("2024-02-29T23:59:59"), day);
        for odd in ["2023-02-29", "2024-2-29", "2024-13-01", "24-02-2024", "2024-02-29x", "", "2024-02-é9", "+024-02-29"] {
            assert_eq!(plain_date(odd), None, "{odd}");
        }
    }

    #[test]
    fn instants_are_utc() {
        assert_eq!(instant_ms("1970-01-01T00:00:01.5Z"), Some(1500));
        assert_eq!(instant_ms("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(instant_ms("1970-01-01T00:00:01"), Some(1000));
        assert_eq!(instant_ms("soon"), None);
        assert_eq!(rfc3339_seconds(1999).as_deref(), Some("1970-01-01T00:00:01Z"));
        assert_eq!(rfc3339_seconds(i64::MAX), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in -60_000_000_000i64..200_000_000_000) {
            let text = rfc3339_seconds(seconds * 1000).unwrap();
            prop_assert_eq!(instant_ms(&text), Some(seconds * 1000));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = (plain_date(&text), instant_ms(&text));
        }
    }
}
