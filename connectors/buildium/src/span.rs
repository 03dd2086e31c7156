//! How much of a list a run reads, as the vendor's filters.

use portcullis_sdk::{Error, PageRequest, Request, Result, Span, dates};

use crate::vendor::{List, Stamp};

/// How far a watermark lies before the start of the run that made it, in
/// milliseconds: the vendor's clock and ours differ, and its stamps are written
/// a little after the fact.
const OVERLAP: i64 = 5 * 60 * 1000;

/// The same for filters by the day, since it is not documented whose day it is.
const DAY_OVERLAP: i64 = 2 * DAY;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The same for what is asked for by the day of its entry: entries are dated
/// back by a month and some days, for late rent and for cheques that bounce.
const ENTRY_OVERLAP: i64 = 45 * DAY;

/// The longest time between two filters where the vendor limits it.
const YEAR: i64 = 365 * DAY;

/// A request narrowed to a part of its list.
pub(crate) struct Narrowed {
    pub(crate) query: Request,
    /// Whether the span goes on behind this slice.
    pub(crate) more: bool,
}

/// Narrows a request to the span, or to one slice of it where the vendor limits
/// how long a span may be.
pub(crate) fn narrow(
    list: &List,
    request: &PageRequest,
    slice: u32,
    query: Request,
) -> Result<Narrowed> {
    let whole = |query| Narrowed { query, more: false };
    let (start, end) = match &request.span {
        Span::Full => return Ok(whole(query)),
        Span::Since(_) if list.stamp == Stamp::Never => {
            return Err(Error::watermark_expired("this list tells no changes"));
        }
        Span::Since(watermark) => {
            let by_day = matches!(list.stamp, Stamp::EntryDay | Stamp::UpdatedDay);
            let start = if by_day {
                dates::timestamp(&(watermark.clone() + "T00:00:00Z"))
            } else {
                dates::timestamp(watermark)
            };
            let Some(start) = start else {
                return Err(Error::watermark_expired("the watermark is no time"));
            };
            (start.millis(), request.started_at)
        }
        Span::Window(window) => (window.start, window.end),
    };
    Ok(match list.stamp {
        Stamp::Never => whole(query),
        // Both ends are inclusive. The later one makes the window stand still while
        // it is paged: rows that change meanwhile leave it and come with the next run.
        Stamp::Moment => whole(between(query, start, end)),
        Stamp::YearOfMoments => {
            let from = start.saturating_add(YEAR.saturating_mul(i64::from(slice)));
            let to = from.saturating_add(YEAR).min(end);
            Narrowed {
                query: between(query, from, to),
                more: to < end,
            }
        }
        Stamp::UpdatedDay => {
            let query = put(query, "lastupdatedfrom", day(start));
            // The day of the run is not over yet.
            whole(match request.span {
                Span::Window(_) => put(query, "lastupdatedto", day(end)),
                _ => query,
            })
        }
        Stamp::EntryDay => {
            let query = put(query, "transactiondatefrom", day(start));
            // Rent is entered before it is due: since a day means without an end.
            whole(match request.span {
                Span::Window(_) => put(query, "transactiondateto", day(end)),
                _ => query,
            })
        }
    })
}

/// Where the next incremental run begins. A window is no run that others go
/// on from.
pub(crate) fn watermark(list: &List, request: &PageRequest) -> Option<String> {
    if matches!(request.span, Span::Window(_)) {
        return None;
    }
    match list.stamp {
        Stamp::Never => None,
        Stamp::Moment | Stamp::YearOfMoments => {
            dates::rfc3339_seconds(request.started_at.saturating_sub(OVERLAP))
        }
        Stamp::UpdatedDay => day(request.started_at.saturating_sub(DAY_OVERLAP)),
        Stamp::EntryDay => day(request.started_at.saturating_sub(ENTRY_OVERLAP)),
    }
}

fn between(query: Request, start: i64, end: i64) -> Request {
    let query = put(query, "lastupdatedfrom", dates::rfc3339_seconds(start));
    put(query, "lastupdatedto", dates::rfc3339_seconds(end))
}

/// A bound outside the calendar is none.
fn put(query: Request, name: &str, value: Option<String>) -> Request {
    match value {
        Some(value) => query.query(name, value),
        None => query,
    }
}

fn day(ms: i64) -> Option<String> {
    dates::utc_day(ms).map(|day| day.to_string())
}
