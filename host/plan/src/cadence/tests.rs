use chrono::{Datelike, MappedLocalTime, NaiveDate, NaiveTime, TimeZone, Timelike};
use chrono_tz::TZ_VARIANTS;
use proptest::prelude::*;

use super::*;

fn clock(pattern: &str, zone: &str) -> Clock {
    match Cadence::clock(pattern, zone) {
        Ok(Cadence::Clock(clock)) => clock,
        other => panic!("{other:?}"),
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// When a local time comes, said independently of any pattern: the first of two, the end of a gap.
fn moment(zone: Tz, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let mut local = date.and_time(time);
    loop {
        match zone.from_local_datetime(&local) {
            MappedLocalTime::Single(one) => return one.with_timezone(&Utc),
            MappedLocalTime::Ambiguous(first, _) => return first.with_timezone(&Utc),
            MappedLocalTime::None => {
                // Gaps begin and end on whole minutes in the years that are looked at.
                local = local.with_second(0).unwrap() + Duration::minutes(1);
            }
        }
    }
}

#[test]
fn half_past_two_comes_once_on_both_days_of_change() {
    let daily = clock("30 2 * * *", "America/New_York");
    let days = |from: &str, n: usize| {
        let mut now = at(from);
        let mut found = Vec::new();
        for _ in 0..n {
            now = daily.next(now).unwrap();
            found.push(now.to_rfc3339());
        }
        found
    };
    // 02:30 does not exist on 8 March 2026: the clock goes from 02:00 to 03:00 EDT.
    assert_eq!(
        days("2026-03-07T12:00:00Z", 2),
        ["2026-03-08T07:00:00+00:00", "2026-03-09T06:30:00+00:00"]
    );
    // 01:30 comes twice on 1 November 2026; 02:30 once, after the change.
    assert_eq!(
        days("2026-10-31T12:00:00Z", 2),
        ["2026-11-01T07:30:00+00:00", "2026-11-02T07:30:00+00:00"]
    );
    let twice = clock("30 1 * * *", "America/New_York");
    let first = twice.next(at("2026-10-31T12:00:00Z")).unwrap();
    assert_eq!(first, at("2026-11-01T05:30:00Z"));
    assert_eq!(twice.next(first).unwrap(), at("2026-11-02T06:30:00Z"));
}

#[test]
fn what_leaves_the_minutes_open_goes_by_the_time_that_passes() {
    let often = clock("*/20 * * * *", "Europe/Berlin");
    // Both changes of 2026, in hours around them.
    for around in ["2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z"] {
        let mut now = at(around) - Duration::seconds(1);
        for n in 0..9 {
            now = often.next(now).unwrap();
            assert_eq!(now, at(around) + Duration::minutes(20 * n));
        }
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let code = |pattern: &str, zone: &str| {
        Cadence::clock(pattern, zone)
            .and_then(|it| it.that_comes(at("2026-01-01T00:00:00Z")))
            .map_err(|error| error.code())
    };
    for pattern in [
        "",
        "* * * *",
        "0 0 2 * * *",
        "61 * * * *",
        "a b c d e",
        "30 2 * * * 2026 1",
    ] {
        assert_eq!(code(pattern, "UTC"), Err("cron_invalid"), "{pattern}");
    }
    assert_eq!(code("30 2 * * *", "Mars/Olympus"), Err("timezone_unknown"));
    assert_eq!(code("0 0 30 2 *", "UTC"), Err("cron_never_due"));
    assert!(code("0 9-17 * * MON-FRI", "America/Chicago").is_ok());
    assert_eq!(Cadence::every(59), Err(CadenceError::Interval));
    assert_eq!(Cadence::every(EVERY_MAX_S + 1), Err(CadenceError::Interval));
}

#[test]
fn an_interval_counts_from_the_last_end_and_missed_times_come_once() {
    let (end, now) = (at("2026-01-01T00:00:00Z"), at("2026-01-05T00:00:00Z"));
    let every = Cadence::every(12 * 3600).unwrap();
    assert_eq!(
        next_time(&every, Some(end), now),
        Some(at("2026-01-01T12:00:00Z"))
    );
    assert_eq!(
        next_time(&every, None, now),
        Some(at("2026-01-05T12:00:00Z"))
    );
    let daily = Cadence::clock("0 3 * * *", "UTC").unwrap();
    // Days without a replica leave one time in the past; the one after it lies in the future.
    assert_eq!(
        next_time(&daily, Some(end), now),
        Some(at("2026-01-05T03:00:00Z"))
    );
    assert_eq!(next_time(&Cadence::OnDemand, Some(end), now), None);
}

/// Days on which a zone left out a whole date, or moved by so much that the library's search gives up.
fn is_odd(zone: Tz, date: NaiveDate) -> bool {
    let midday = |d: NaiveDate| {
        zone.from_local_datetime(&d.and_hms_opt(12, 0, 0).unwrap())
            .earliest()
    };
    let (Some(before), Some(after)) = (
        date.pred_opt().and_then(midday),
        date.succ_opt().and_then(midday),
    ) else {
        return true;
    };
    let length = after.signed_duration_since(before);
    !(Duration::hours(46)..=Duration::hours(50)).contains(&length)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// A daily time comes exactly once for each date of a year, in any zone, the days of change among them.
    #[test]
    fn a_daily_time_comes_once_a_day(
        zone in 0..TZ_VARIANTS.len(), year in 1995_i32..2037, hour in 0_u32..24, minute in 0_u32..60,
    ) {
        let zone = TZ_VARIANTS[zone];
        let daily = clock(&format!("{minute} {hour} * * *"), zone.name());
        let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let first = NaiveDate::from_ymd_opt(year, 1, 2).unwrap();
        let mut now = moment(zone, first, time);
        for date in first.iter_days().skip(1).take_while(|date| date.year() == year) {
            if is_odd(zone, date) || is_odd(zone, date.pred_opt().unwrap()) {
                now = moment(zone, date, time);
                continue;
            }
            let next = daily.next(now);
            prop_assert_eq!(next, Some(moment(zone, date, time)), "{} {}", zone.name(), date);
            now = moment(zone, date, time);
        }
    }

    /// Whatever the pattern: the next time lies ahead, and nothing lies between.
    #[test]
    fn the_next_time_lies_ahead_and_is_the_next(
        zone in 0..TZ_VARIANTS.len(), pattern in "(\\*|\\*/7|5|0,30) (\\*|\\*/5|2|1-4) (\\*|13|L) \\* (\\*|1-5)",
        seconds in 946_684_800_i64..2_082_758_400,
    ) {
        let clock = clock(&pattern, TZ_VARIANTS[zone].name());
        let now = Utc.timestamp_opt(seconds, 0).unwrap();
        if let Some(next) = clock.next(now) {
            prop_assert!(next > now);
            let half = now + (next - now) / 2;
            prop_assert_eq!(clock.next(half), Some(next), "{} {}", pattern, half);
        }
    }

    /// Stored and read again it is the same.
    #[test]
    fn a_row_holds_all_of_it(seconds in EVERY_MIN_S..EVERY_MAX_S, zone in 0..TZ_VARIANTS.len()) {
        for cadence in [
            Cadence::OnDemand,
            Cadence::every(seconds).unwrap(),
            Cadence::clock("30 2 * * 1", TZ_VARIANTS[zone].name()).unwrap(),
        ] {
            prop_assert_eq!(Cadence::of(&cadence.row("", None)), Ok(cadence));
        }
    }
}
