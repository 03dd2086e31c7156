//! Plain dates and UTC instants as vendors write them, read without a zone
//! table.

use portcullis_model::{Date, Timestamp};

/// A plain date: `2026-03-01`, alone or in front of a time of day that is
/// ignored (`2026-03-01T00:00:00`). Nothing if it is no day of the calendar.
pub fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    let (day, rest) = text.split_at_checked(10)?;
    let alone = rest.is_empty() || rest.starts_with(['T', 't', ' ']);
    if alone { day.parse().ok() } else { None }
}

/// An RFC 3339 instant. A time without any zone is read as UTC, which is what
/// vendors that leave it out mean when they say UTC in their reference.
/// Nothing if it cannot be read.
pub fn timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let zoned = text
        .get(19..)
        .is_some_and(|rest| rest.ends_with(['Z', 'z']) || rest.contains(['+', '-']));
    if zoned {
        text.parse().ok()
    } else {
        format!("{text}Z").parse().ok()
    }
}

/// An instant as `2026-03-01T12:30:45Z`: seconds, cut off, not rounded.
/// Nothing for instants outside the years 1 to 9999.
pub fn rfc3339_seconds(ms: i64) -> Option<String> {
    let seconds = ms.div_euclid(1000).checked_mul(1000)?;
    Some(Timestamp::from_millis(seconds).ok()?.to_string())
}

/// The UTC day of an instant in milliseconds since the epoch.
pub fn utc_day(ms: i64) -> Option<Date> {
    Some(Timestamp::from_millis(ms).ok()?.date())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_strictly() {
        let day = Date::new(2024, 2, 29).ok();
        assert_eq!(date("2024-02-29"), day);
        assert_eq!(date("2024-02-29T23:59:59"), day);
        for odd in [
            "2023-02-29",
            "2024-2-29",
            "2024-13-01",
            "24-02-2024",
            "2024-02-29x",
            "",
            "2024-02-é9",
            "+024-02-29",
        ] {
            assert_eq!(date(odd), None, "{odd}");
        }
    }

    #[test]
    fn instants_are_utc() {
        let ms = |text| timestamp(text).map(Timestamp::millis);
        assert_eq!(ms("1970-01-01T00:00:01.5Z"), Some(1500));
        assert_eq!(ms("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(ms("1969-12-31T19:00:00-05:00"), Some(0));
        assert_eq!(ms("1970-01-01T00:00:01"), Some(1000));
        assert_eq!(ms("1970-01-01T00:00:01.25"), Some(1250));
        assert_eq!(ms("soon"), None);
        assert_eq!(
            rfc3339_seconds(1999).as_deref(),
            Some("1970-01-01T00:00:01Z")
        );
        assert_eq!(rfc3339_seconds(-1).as_deref(), Some("1969-12-31T23:59:59Z"));
        assert_eq!(rfc3339_seconds(i64::MAX), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in -60_000_000_000i64..200_000_000_000) {
            let text = rfc3339_seconds(seconds * 1000).unwrap();
            prop_assert_eq!(timestamp(&text).unwrap().millis(), seconds * 1000);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = (date(&text), timestamp(&text));
        }
    }
}
