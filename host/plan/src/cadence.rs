//! When an integration syncs by itself.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use portcullis_store::{IntegrationSchedules, ScheduleKind, ScheduleRow};

/// The shortest interval, in seconds.
pub const EVERY_MIN_S: i64 = 60;
/// The longest interval, in seconds: a year.
pub const EVERY_MAX_S: i64 = 366 * 24 * 60 * 60;

/// Longest pattern, in bytes.
const PATTERN_MAX: usize = 200;

/// When an integration, or one of its models, syncs by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is read at a time, and never kept in a list"
)]
pub enum Cadence {
    /// Only when somebody asks.
    OnDemand,
    /// So many seconds after the end of the last sync.
    Every(i64),
    /// By the clock on the wall.
    Clock(Clock),
}

/// A pattern of times in a time zone.
///
/// A time that the clock passes over in spring counts at the first moment after the gap, and one that it shows twice in
/// autumn counts the first time only; so a daily time comes once a day on those days too. A pattern that leaves the hours
/// or minutes open (`*`, `*/n`) goes by the time that passes instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    pattern: String,
    zone: Tz,
    cron: Cron,
}

/// Why a cadence cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CadenceError {
    /// Too often or too seldom.
    #[error("the interval must lie between one minute and 366 days")]
    Interval,
    /// Not a pattern of five fields.
    #[error(
        "the pattern must have the five fields minute, hour, day of month, month and day of week: {0}"
    )]
    Pattern(String),
    /// A pattern without a time to come.
    #[error("the pattern names no time that will ever come")]
    Never,
    /// Not an IANA time zone.
    #[error(
        "the time zone must be a name of the IANA database, such as `America/New_York` or `UTC`"
    )]
    Zone,
}

impl CadenceError {
    /// The stable word.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Interval => "interval_out_of_range",
            Self::Pattern(_) => "cron_invalid",
            Self::Never => "cron_never_due",
            Self::Zone => "timezone_unknown",
        }
    }
}

impl Clock {
    /// The pattern as it was written.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The name of the time zone.
    #[must_use]
    pub fn zone(&self) -> &'static str {
        self.zone.name()
    }

    /// The first time after `now`.
    #[must_use]
    pub fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = self
            .cron
            .find_next_occurrence(&now.with_timezone(&self.zone), false)
            .ok()?;
        Some(next.with_timezone(&Utc))
    }
}

impl Cadence {
    /// So many seconds after the end of the last sync.
    ///
    /// # Errors
    /// [`CadenceError::Interval`].
    pub fn every(seconds: i64) -> Result<Self, CadenceError> {
        if (EVERY_MIN_S..=EVERY_MAX_S).contains(&seconds) {
            Ok(Self::Every(seconds))
        } else {
            Err(CadenceError::Interval)
        }
    }

    /// By the clock: a pattern of five fields, and the name of a time zone.
    ///
    /// # Errors
    /// [`CadenceError::Pattern`], [`CadenceError::Zone`].
    pub fn clock(pattern: &str, zone: &str) -> Result<Self, CadenceError> {
        let zone: Tz = zone.parse().map_err(|_| CadenceError::Zone)?;
        if pattern.len() > PATTERN_MAX {
            return Err(CadenceError::Pattern("it is too long".to_owned()));
        }
        let cron = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(pattern)
            .map_err(|error| CadenceError::Pattern(error.to_string()))?;
        Ok(Self::Clock(Clock {
            pattern: pattern.to_owned(),
            zone,
            cron,
        }))
    }

    /// Refuses a pattern that names no time to come, such as the 30th of February.
    ///
    /// # Errors
    /// [`CadenceError::Never`].
    pub fn that_comes(self, now: DateTime<Utc>) -> Result<Self, CadenceError> {
        match &self {
            Self::Clock(clock) if clock.next(now).is_none() => Err(CadenceError::Never),
            _ => Ok(self),
        }
    }

    /// What is stored, read again.
    ///
    /// # Errors
    /// Those of [`Cadence::every`] and [`Cadence::clock`]: the row was written by another version, or by hand.
    pub fn of(row: &ScheduleRow) -> Result<Self, CadenceError> {
        match row.kind {
            ScheduleKind::OnDemand => Ok(Self::OnDemand),
            ScheduleKind::Interval => Self::every(row.every_s.unwrap_or_default()),
            ScheduleKind::Cron => Self::clock(
                row.cron.as_deref().unwrap_or_default(),
                row.zone.as_deref().unwrap_or_default(),
            ),
        }
    }

    /// What is to be stored, with the next time where it is known.
    #[must_use]
    pub fn row(&self, model: &str, next_due_at: Option<DateTime<Utc>>) -> ScheduleRow {
        let (kind, every_s, cron, zone) = match self {
            Self::OnDemand => (ScheduleKind::OnDemand, None, None, None),
            Self::Every(seconds) => (ScheduleKind::Interval, Some(*seconds), None, None),
            Self::Clock(clock) => (
                ScheduleKind::Cron,
                None,
                Some(clock.pattern.clone()),
                Some(clock.zone().to_owned()),
            ),
        };
        ScheduleRow {
            model: model.to_owned(),
            kind,
            every_s,
            cron,
            zone,
            next_due_at,
        }
    }
}

/// The next time of a cadence. An interval counts from the end of the last sync, or from `now` where there was none; what
/// has passed meanwhile is due at once, and once.
#[must_use]
pub fn next_time(
    cadence: &Cadence,
    last_end: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    match cadence {
        Cadence::OnDemand => None,
        Cadence::Every(seconds) => last_end
            .unwrap_or(now)
            .checked_add_signed(Duration::seconds(*seconds)),
        Cadence::Clock(clock) => clock.next(now),
    }
}

/// When the last sync ended that counts for a schedule.
#[must_use]
pub fn last_end(of: &IntegrationSchedules, model: &str) -> Option<DateTime<Utc>> {
    of.last_ends
        .iter()
        .find(|(name, _)| name == model)
        .map(|(_, at)| *at)
}

#[cfg(test)]
mod tests;
