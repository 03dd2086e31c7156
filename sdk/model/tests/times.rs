//! Dates and times against chrono's calendar.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat};
use portcullis_model::{Date, TimeError, Timestamp};
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_day_is_chronos_day(days in -719_162_i64..=2_932_896) {
        let date = Date::from_days(days).unwrap();
        let theirs = DateTime::from_timestamp(days * 86_400, 0).unwrap().date_naive();
        prop_assert_eq!(date.to_string(), theirs.to_string());
        prop_assert_eq!(date.days(), days);
        prop_assert_eq!(date.to_string().parse::<Date>(), Ok(date));
    }

    #[test]
    fn a_day_exists_exactly_if_chrono_has_it(year in 0_u16..=9_999, month in 0_u8..=13, day in 0_u8..=32) {
        let theirs = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
        let ours = Date::new(year, month, day);
        prop_assert_eq!(ours.is_ok(), theirs.is_some_and(|date| date.year() >= 1));
    }

    #[test]
    fn every_moment_is_chronos_moment(micros in -62_135_596_800_000_000_i64..=253_402_300_799_999_999, offset in -1_439_i32..=1_439) {
        let moment = Timestamp::from_micros(micros).unwrap();
        let theirs = DateTime::from_timestamp_micros(micros).unwrap();
        prop_assert_eq!(moment.to_string(), theirs.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        let zone = chrono::FixedOffset::east_opt(offset * 60).unwrap();
        let local = theirs.with_timezone(&zone);
        if (1..=9_999).contains(&local.year()) {
            prop_assert_eq!(local.to_rfc3339().parse::<Timestamp>(), Ok(moment));
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}|[0-9TZ:.+ -]{8,36}") {
        let _ = text.parse::<Date>();
        let _ = text.parse::<Timestamp>();
    }
}

#[test]
fn what_is_no_date_or_time_is_refused() {
    for text in [
        "",
        "2026-1-01",
        "2026-01-01T00:00:00Z",
        "26-01-01",
        "2026/01/01",
        "２026-01-01",
    ] {
        assert!(
            matches!(text.parse::<Date>(), Err(TimeError::Format(_))),
            "{text}"
        );
    }
    for text in ["0000-01-01", "2025-02-29", "2026-13-01", "2026-00-10"] {
        assert_eq!(text.parse::<Date>(), Err(TimeError::Range), "{text}");
    }
    for text in [
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+0100",
    ] {
        assert!(
            matches!(text.parse::<Timestamp>(), Err(TimeError::Format(_))),
            "{text}"
        );
    }
    for text in [
        "2026-01-01T24:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-00:01",
    ] {
        assert_eq!(text.parse::<Timestamp>(), Err(TimeError::Range), "{text}");
    }
    assert_eq!(
        "2016-12-31T23:59:60Z"
            .parse::<Timestamp>()
            .unwrap()
            .to_string(),
        "2016-12-31T23:59:59Z"
    );
    assert!(serde_json::from_str::<Timestamp>("\"2026-01-31T10:30:00.1234567+01:00\"").is_ok());
    assert!(serde_json::from_str::<Date>("20260131").is_err());
}
