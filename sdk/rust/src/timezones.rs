//! Local times to UTC, for vendors that send the wall clock of a property.
//!
//! * A time that occurs **twice** (clocks go back) is the **first** of the two.
//! * A time that **never occurs** (clocks go forward) is moved on by the length
//!   of the gap: 02:30 in a gap from 02:00 to 03:00 is 03:30.
//!
//! Both keep the order of events as far as a wall clock can, and both are
//! deterministic: the same text gives the same instant on every pull.

use chrono::{DateTime, Datelike, Duration, LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use portcullis_model::Date;

/// A time zone of the table.
pub use chrono_tz::Tz as Zone;

/// A time zone by its IANA name, such as `America/New_York`. Nothing if the
/// table does not know it.
pub fn zone(name: &str) -> Option<Tz> {
    name.trim().parse().ok()
}

/// The instant of a wall-clock time, in milliseconds since the epoch. Nothing
/// at the far ends of the calendar.
pub fn local_to_utc_ms(local: NaiveDateTime, zone: Tz) -> Option<i64> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) => Some(instant.timestamp_millis()),
        LocalResult::Ambiguous(first, _) => Some(first.timestamp_millis()),
        LocalResult::None => {
            // With the offset from before the gap, the gap's length is added of itself.
            let before = local.checked_sub_signed(Duration::hours(24))?;
            let offset = zone.offset_from_local_datetime(&before).earliest()?.fix();
            let utc =
                local.checked_sub_signed(Duration::seconds(offset.local_minus_utc().into()))?;
            Some(utc.and_utc().timestamp_millis())
        }
    }
}

/// A wall clock's day with a time of day such as `09:30:00`. Nothing if there
/// is no such time.
pub fn local(day: Date, time: &str) -> Option<NaiveDateTime> {
    format!("{day}T{}", time.trim()).parse().ok()
}

/// A wall-clock time as text (`2026-03-08T02:30:00`, a space for the `T` is
/// fine) to milliseconds since the epoch.
pub fn parse_local(text: &str, zone: Tz) -> Option<i64> {
    let text = text.trim().replacen(' ', "T", 1);
    local_to_utc_ms(text.parse().ok()?, zone)
}

/// The wall clock of a zone at an instant in milliseconds since the epoch.
/// Nothing at the far ends of the calendar.
pub fn utc_to_local(ms: i64, zone: Tz) -> Option<NaiveDateTime> {
    let instant = DateTime::from_timestamp_millis(ms)?;
    Some(zone.from_utc_datetime(&instant.naive_utc()).naive_local())
}

/// The day on the calendar of a zone at an instant in milliseconds since the
/// epoch. Nothing outside the years 1 to 9999.
pub fn local_day(ms: i64, zone: Tz) -> Option<Date> {
    let local = utc_to_local(ms, zone)?;
    let (month, day) = (local.month(), local.day());
    let year = u16::try_from(local.year()).ok()?;
    Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dates::rfc3339_seconds;

    fn utc(text: &str, name: &str) -> Option<String> {
        rfc3339_seconds(parse_local(text, zone(name)?)?)
    }

    #[test]
    fn ordinary_ambiguous_and_missing_times() {
        let zone = "America/New_York";
        assert_eq!(
            utc("2026-07-01 12:00:00", zone).as_deref(),
            Some("2026-07-01T16:00:00Z")
        );
        // Clocks went back at 02:00: 01:30 came twice, first on daylight time.
        assert_eq!(
            utc("2026-11-01T01:30:00", zone).as_deref(),
            Some("2026-11-01T05:30:00Z")
        );
        // Clocks went forward at 02:00: 02:30 never came.
        assert_eq!(
            utc("2026-03-08T02:30:00", zone).as_deref(),
            Some("2026-03-08T07:30:00Z")
        );
        assert_eq!(utc("2026-03-08T02:30:00", "Nowhere/Land"), None);
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_zone() {
        let zone = zone("America/Denver").unwrap();
        let day = |text: &str| local_day(crate::dates::timestamp(text)?.millis(), zone);
        // Six hours behind in summer, seven in winter.
        assert_eq!(day("2026-07-01T05:59:59Z"), Date::new(2026, 6, 30).ok());
        assert_eq!(day("2026-07-01T06:00:00Z"), Date::new(2026, 7, 1).ok());
        assert_eq!(day("2026-01-01T06:59:59Z"), Date::new(2025, 12, 31).ok());
    }

    proptest! {
        #[test]
        fn an_instant_outside_changes_survives_its_wall_clock(seconds in 0i64..4_000_000_000) {
            let zone = zone("America/Chicago").unwrap();
            let instant = zone.timestamp_opt(seconds, 0).unwrap();
            let back = local_to_utc_ms(instant.naive_local(), zone).unwrap();
            // Within the hour that comes twice, the first one is chosen.
            prop_assert!(back == seconds * 1000 || back == (seconds - 3600) * 1000);
        }
    }
}
