//! Plain dates and UTC times, without a calendar library: a guest pays for every kilobyte.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// Days from the epoch to 0001-01-01 and to 9999-12-31.
const FIRST_DAY: i64 = -719_162;
const LAST_DAY: i64 = 2_932_896;

/// Why a text is not a date or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The text is not written as the format wants.
    #[error("expected {0}")]
    Format(&'static str),
    /// The text names a day or an hour that does not exist, or lies outside the years 0001 to 9999.
    #[error("no such day or time in the years 0001 to 9999")]
    Range,
}

impl TimeError {
    /// A stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Format(_) => "time_format",
            Self::Range => "time_range",
        }
    }
}

/// A day without a zone, from 0001-01-01 to 9999-12-31, written `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day of the proleptic Gregorian calendar.
    ///
    /// # Errors
    /// [`TimeError::Range`] if there is no such day.
    pub const fn new(year: u16, month: u8, day: u8) -> Result<Self, TimeError> {
        let exists = year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1;
        if exists && day <= days_in_month(year, month) {
            Ok(Self { year, month, day })
        } else {
            Err(TimeError::Range)
        }
    }

    /// The day that lies so many days after 1970-01-01.
    ///
    /// # Errors
    /// [`TimeError::Range`] outside the years 0001 to 9999.
    pub const fn from_days(days: i64) -> Result<Self, TimeError> {
        if days < FIRST_DAY || days > LAST_DAY {
            return Err(TimeError::Range);
        }
        // Howard Hinnant's civil calendar: years begin in March, eras have 400 years and 146,097 days.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + (month <= 2) as i64;
        Ok(Self {
            year: year as u16,
            month: month as u8,
            day: day as u8,
        })
    }

    /// Days after 1970-01-01; negative before it.
    #[must_use]
    pub const fn days(self) -> i64 {
        let year = self.year as i64 - (self.month <= 2) as i64;
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted_month = if self.month > 2 {
            self.month as i64 - 3
        } else {
            self.month as i64 + 9
        };
        let day_of_year = (153 * shifted_month + 2) / 5 + self.day as i64 - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
            - 719_468
    }

    /// Year, 1 to 9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// Month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    fn write(self, out: &mut [u8; 10]) {
        digits(&mut out[0..4], u32::from(self.year));
        out[4] = b'-';
        digits(&mut out[5..7], u32::from(self.month));
        out[7] = b'-';
        digits(&mut out[8..10], u32::from(self.day));
    }
}

impl FromStr for Date {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        const FORMAT: TimeError = TimeError::Format("a date as YYYY-MM-DD");
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(FORMAT);
        };
        let year = number(&[*y1, *y2, *y3, *y4]).ok_or(FORMAT)?;
        let month = number(&[*m1, *m2]).ok_or(FORMAT)?;
        let day = number(&[*d1, *d2]).ok_or(FORMAT)?;
        Self::new(year as u16, month as u8, day as u8)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = [0; 10];
        self.write(&mut out);
        f.pad(ascii(&out))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = [0; 10];
        self.write(&mut out);
        serializer.serialize_str(ascii(&out))
    }
}

/// A moment in UTC, to the microsecond, in the years 0001 to 9999; written as RFC 3339 with `Z`.
///
/// Texts with an offset are read and turned into UTC; digits below the microsecond are dropped. A leap second is
/// read as the second before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    micros: i64,
}

impl Timestamp {
    /// The moment that lies so many milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`TimeError::Range`] outside the years 0001 to 9999.
    pub const fn from_millis(millis: i64) -> Result<Self, TimeError> {
        match millis.checked_mul(1_000) {
            Some(micros) => Self::from_micros(micros),
            None => Err(TimeError::Range),
        }
    }

    /// The moment that lies so many microseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`TimeError::Range`] outside the years 0001 to 9999.
    pub const fn from_micros(micros: i64) -> Result<Self, TimeError> {
        let day = micros.div_euclid(MICROS_PER_SECOND * SECONDS_PER_DAY);
        if day < FIRST_DAY || day > LAST_DAY {
            Err(TimeError::Range)
        } else {
            Ok(Self { micros })
        }
    }

    /// Whole milliseconds after 1970-01-01T00:00:00Z, rounded down; negative before it.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.micros.div_euclid(1_000)
    }

    /// Microseconds after 1970-01-01T00:00:00Z; negative before it.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// The day in UTC.
    #[must_use]
    pub const fn date(self) -> Date {
        match Date::from_days(self.micros.div_euclid(MICROS_PER_SECOND * SECONDS_PER_DAY)) {
            Ok(date) => date,
            // Unreachable: every constructor refuses days outside the calendar.
            Err(_) => Date {
                year: 1,
                month: 1,
                day: 1,
            },
        }
    }

    /// Writes the text and says how many bytes it has: no fraction, three digits or six.
    fn write(self, out: &mut [u8; 27]) -> usize {
        let mut date = [0; 10];
        self.date().write(&mut date);
        out[..10].copy_from_slice(&date);
        let of_day = self.micros.rem_euclid(MICROS_PER_SECOND * SECONDS_PER_DAY);
        let second = (of_day / MICROS_PER_SECOND) as u32;
        let micro = (of_day % MICROS_PER_SECOND) as u32;
        out[10] = b'T';
        digits(&mut out[11..13], second / 3_600);
        out[13] = b':';
        digits(&mut out[14..16], second / 60 % 60);
        out[16] = b':';
        digits(&mut out[17..19], second % 60);
        let end = if micro == 0 {
            19
        } else if micro.is_multiple_of(1_000) {
            out[19] = b'.';
            digits(&mut out[20..23], micro / 1_000);
            23
        } else {
            out[19] = b'.';
            digits(&mut out[20..26], micro);
            26
        };
        out[end] = b'Z';
        end + 1
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        const FORMAT: TimeError =
            TimeError::Format("an RFC 3339 time such as 2026-01-31T09:30:00Z");
        let date: Date = text.get(..10).ok_or(FORMAT)?.parse()?;
        let [
            b'T' | b't' | b' ',
            h1,
            h2,
            b':',
            m1,
            m2,
            b':',
            s1,
            s2,
            rest @ ..,
        ] = &text.as_bytes()[10..]
        else {
            return Err(FORMAT);
        };
        let hour = i64::from(number(&[*h1, *h2]).ok_or(FORMAT)?);
        let minute = i64::from(number(&[*m1, *m2]).ok_or(FORMAT)?);
        let second = i64::from(number(&[*s1, *s2]).ok_or(FORMAT)?);
        if hour > 23 || minute > 59 || second > 60 {
            return Err(TimeError::Range);
        }
        let (micro, zone) = fraction(rest).ok_or(FORMAT)?;
        let offset = match zone {
            [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
                let hours = i64::from(number(&[*h1, *h2]).ok_or(FORMAT)?);
                let minutes = i64::from(number(&[*m1, *m2]).ok_or(FORMAT)?);
                if hours > 23 || minutes > 59 {
                    return Err(TimeError::Range);
                }
                let seconds = hours * 3_600 + minutes * 60;
                if *sign == b'-' { -seconds } else { seconds }
            }
            _ => return Err(FORMAT),
        };
        let seconds =
            date.days() * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second.min(59) - offset;
        Self::from_micros(seconds * MICROS_PER_SECOND + micro)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = [0; 27];
        let length = self.write(&mut out);
        f.pad(ascii(&out[..length]))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = [0; 27];
        let length = self.write(&mut out);
        serializer.serialize_str(ascii(&out[..length]))
    }
}

/// Reads a value from its text without keeping the text.
struct Text<T>(std::marker::PhantomData<T>);

impl<T: FromStr<Err = TimeError>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date or a time as text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(Text(std::marker::PhantomData))
            .map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(Text(std::marker::PhantomData))
            .map_err(D::Error::custom)
    }
}

/// Microseconds of a fraction, if there is one, and what follows it.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', rest)) = rest.split_first() else {
        return Some((0, rest));
    };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let micro = (0..6).fold(0, |sum, place| {
        let digit = if place < length {
            i64::from(rest[place] - b'0')
        } else {
            0
        };
        sum * 10 + digit
    });
    Some((micro, &rest[length..]))
}

fn number(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + u32::from(byte - b'0'))
    })
}

fn digits(out: &mut [u8], mut value: u32) {
    for place in out.iter_mut().rev() {
        *place = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// The buffers of this file hold ASCII alone, so the empty text is never the answer.
fn ascii(out: &[u8]) -> &str {
    std::str::from_utf8(out).unwrap_or_default()
}

const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}
