//! The vendor's clock: Mountain Time, by the rules of the United States.
//!
//! One zone does not need the table of all of them, which would be most of the
//! component. A test holds it against the table.

use portcullis_sdk::model::{Date, Timestamp};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// How far Mountain Time lies behind UTC, in milliseconds.
const STANDARD: i64 = 7 * HOUR;
const DAYLIGHT: i64 = 6 * HOUR;

/// The day on the vendor's calendar at an instant in milliseconds since the
/// epoch. Nothing outside the years 1 to 9999.
pub(crate) fn day(ms: i64) -> Option<Date> {
    let local = Timestamp::from_millis(ms.checked_sub(behind(ms)?)?).ok()?;
    Some(local.date())
}

/// The instant at which the vendor's clock shows a day and a time of day, both
/// in milliseconds. Of a time that comes twice, it is the first; a time that
/// never comes is moved on by the hour that is left out.
pub(crate) fn instant(day: Date, of_day: i64) -> Option<i64> {
    let local = day.days() * DAY + of_day;
    let daylight = local + DAYLIGHT;
    Some(match behind(daylight)? {
        DAYLIGHT => daylight,
        _ => local + STANDARD,
    })
}

fn behind(ms: i64) -> Option<i64> {
    let year = Timestamp::from_millis(ms.checked_sub(STANDARD)?)
        .ok()?
        .date()
        .year();
    let (spring, autumn) = match year {
        2007.. => (sunday(year, 3, 2)?, sunday(year, 11, 1)?),
        1987..2007 => (sunday(year, 4, 1)?, last_sunday_of_october(year)?),
        // Older days do not occur in what is read.
        _ => return Some(STANDARD),
    };
    // Clocks change at two, first in standard and then in daylight time.
    let forward = spring * DAY + 2 * HOUR + STANDARD;
    let back = autumn * DAY + 2 * HOUR + DAYLIGHT;
    Some(match (forward..back).contains(&ms) {
        true => DAYLIGHT,
        false => STANDARD,
    })
}

/// The n-th Sunday of a month, in days since the epoch.
fn sunday(year: u16, month: u8, nth: i64) -> Option<i64> {
    let first = Date::new(year, month, 1).ok()?.days();
    // The epoch was a Thursday.
    let until = (3 - first).rem_euclid(7);
    Some(first + until + 7 * (nth - 1))
}

fn last_sunday_of_october(year: u16) -> Option<i64> {
    let last = Date::new(year, 10, 31).ok()?.days();
    Some(last - (last - 3).rem_euclid(7))
}

#[cfg(test)]
mod tests {
    use portcullis_sdk::timezones;
    use proptest::prelude::*;

    use super::*;

    fn zone() -> timezones::Zone {
        timezones::zone("America/Denver").expect("a zone")
    }

    fn assert_same(seconds: i64) {
        let ms = seconds * 1000;
        assert_eq!(day(ms), timezones::local_day(ms, zone()), "{seconds}");
        // The same number, read as what the clock shows.
        let shown = Date::from_days(seconds.div_euclid(86_400)).expect("a day");
        let of_day = seconds.rem_euclid(86_400);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let local = timezones::local(shown, &format!("{hour:02}:{minute:02}:{second:02}"));
        let expected = timezones::local_to_utc_ms(local.expect("a time"), zone());
        assert_eq!(instant(shown, of_day * 1000), expected, "{seconds}");
    }

    #[test]
    fn every_hour_around_each_change_is_that_of_the_table() {
        for year in 1987..2038 {
            for month in [3, 4, 10, 11] {
                let first = Date::new(year, month, 1).expect("a day").days() * 86_400;
                for half_hour in 0..48 * 31 {
                    assert_same(first + half_hour * 1800 + 1);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_instant_is_that_of_the_table(seconds in 536_500_000i64..2_145_900_000) {
            assert_same(seconds);
        }
    }
}
