//! One page of a collection as a batch of records.

use portcullis_sdk::model::{Date, Timestamp};
use portcullis_sdk::paging::{ResumeAt, next_link};
use portcullis_sdk::{
    Context, Error, Filler, Page, PageRequest, RateLimit, RecordKey, Request, Response, Result,
    Span, dates, rows,
};
use serde::{Deserialize, Serialize};

use crate::map::Row;
use crate::vendor::{self, List, MOST_ROWS};
use crate::wire;

/// How far a watermark lies before the start of the run that made it, in
/// milliseconds: the vendor's clock and ours differ, and its stamps are written
/// a little after the fact.
const WATERMARK_OVERLAP: i64 = 10 * 60 * 1000;

/// A page's number and size. The size stays the same over a run, or numbers
/// would mean other rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    number: u32,
    size: u32,
}

impl Place {
    fn first(request: &PageRequest) -> Self {
        Self {
            number: 1,
            size: request.target_records.clamp(1, MOST_ROWS),
        }
    }

    fn read(text: &str) -> Result<Self> {
        let place = text.split_once('/').and_then(|(number, size)| {
            Some(Self {
                number: number.parse().ok().filter(|number| *number > 0)?,
                size: size.parse().ok().filter(|size| *size > 0)?,
            })
        });
        place.ok_or_else(|| Error::cursor_expired("the cursor names no page"))
    }

    fn write(self) -> String {
        format!("{}/{}", self.number, self.size)
    }
}

/// The page that the request names.
pub(crate) fn pull(ctx: &Context<'_>, request: &PageRequest) -> Result<Page> {
    let list = List::of(&request.model)?;
    let (here, skip) = match &request.cursor {
        Some(cursor) => {
            let cursor = ResumeAt::read(cursor)?;
            (Place::read(&cursor.page)?, cursor.skip)
        }
        None => (Place::first(request), 0),
    };
    let query = list.request(ctx, here.number, here.size);
    let response = vendor::send(ctx, filtered(query, request)?)?;
    let mut filler = Filler::new(request);
    if vendor::is_empty(&response) {
        return Ok(Page::last(vec![filler.into_batch()], watermark(request)));
    }
    if !matches!(response.status, 200 | 206) {
        return Err(vendor::failure(ctx, &response));
    }

    filler.total(total(&response));
    let taken = fill(list, response.text()?, skip, request, &mut filler)?;
    let batches = vec![filler.into_batch()];
    let next = match taken {
        Taken::Until(skip) => Some(ResumeAt {
            skip,
            page: here.write(),
        }),
        Taken::All { rows: 0 } => None,
        Taken::All { .. } => next(&response, here)?.map(|place| ResumeAt::start(place.write())),
    };
    let mut page = match next {
        Some(place) => Page::more(batches, place.write()?),
        None => Page::last(batches, watermark(request)),
    };
    page.pacing = pacing(&response);
    Ok(page)
}

/// The page behind this one. `Link` decides; without one, a total or the
/// status does, since the vendor does not say which of them the last page has.
fn next(response: &Response, here: Place) -> Result<Option<Place>> {
    let behind = |number| Place { number, ..here };
    if let Some(header) = response.header("link") {
        let Some(link) = next_link(header) else {
            return Ok(None);
        };
        let number = link
            .split(['?', '&'])
            .find_map(|pair| pair.strip_prefix("pagenumber="))
            .and_then(|number| number.parse().ok())
            .unwrap_or_else(|| here.number.saturating_add(1));
        if number <= here.number {
            return Err(
                Error::protocol("the next page does not lie behind this one")
                    .with_code("rent-manager.next-page"),
            );
        }
        return Ok(Some(behind(number)));
    }
    let seen = u64::from(here.number) * u64::from(here.size);
    let more = match total(response) {
        Some(total) => seen < total,
        None => response.status == 206,
    };
    Ok(more.then(|| behind(here.number.saturating_add(1))))
}

/// How many rows there are in all, if the vendor tells.
pub(crate) fn total(response: &Response) -> Option<u64> {
    response.header_u64("x-total-results")
}

/// What the vendor says about its limit on a success.
fn pacing(response: &Response) -> Vec<RateLimit> {
    let remaining = vendor::remaining(response);
    remaining
        .map(|remaining| RateLimit {
            bucket: None,
            retry_after_ms: None,
            remaining: Some(remaining),
            resets_at: vendor::resets_at(response),
        })
        .into_iter()
        .collect()
}

/// Adds the filter of the run's span.
fn filtered(query: Request, request: &PageRequest) -> Result<Request> {
    let since = |from: &str| format!("UpdateDate,ge,{from}");
    Ok(match &request.span {
        Span::Full => query,
        Span::Since(watermark) => {
            if dates::timestamp(watermark).is_none() {
                return Err(Error::watermark_expired("the watermark is no time"));
            }
            query.query("filters", since(watermark))
        }
        Span::Window(window) => {
            let moment = |ms| {
                dates::rfc3339_seconds(ms)
                    .ok_or_else(|| Error::fail("the window lies outside the calendar"))
            };
            let (start, end) = (moment(window.start)?, moment(window.end)?);
            query.query("filters", format!("{};UpdateDate,le,{end}", since(&start)))
        }
    })
}

/// Where the next incremental run begins. A window is no run that others go
/// on from.
fn watermark(request: &PageRequest) -> Option<String> {
    match request.span {
        Span::Full | Span::Since(_) => {
            dates::rfc3339_seconds(request.started_at.saturating_sub(WATERMARK_OVERLAP))
        }
        Span::Window(_) => None,
    }
}

/// The id of the first row, where it can be read; nothing if there is no row.
pub(crate) fn first_id(list: List, response: &Response) -> Result<Option<Option<String>>> {
    fn first<'a, R: Row + Deserialize<'a>>(
        json: &'a str,
        field: &str,
    ) -> Result<Option<Option<String>>> {
        let first = rows::list::<R>(json)?.into_iter().next();
        Ok(first.map(|row| match row {
            Ok(row) => Some(row.id().to_string()),
            Err(unread) => unread.id(field),
        }))
    }
    let (json, field) = (response.text()?, list.id_field());
    match list {
        List::Properties => first::<wire::Property<'_>>(json, field),
        List::Units => first::<wire::Unit<'_>>(json, field),
        List::Leases => first::<wire::Lease<'_>>(json, field),
        List::Tenants => first::<wire::Tenant<'_>>(json, field),
        List::Charges => first::<wire::Charge<'_>>(json, field),
    }
}

/// How much of an answer went into the page.
enum Taken {
    All { rows: usize },
    Until(usize),
}

fn fill(
    list: List,
    json: &str,
    skip: usize,
    request: &PageRequest,
    filler: &mut Filler,
) -> Result<Taken> {
    let today = dates::utc_day(request.started_at)
        .ok_or_else(|| Error::fail("the run began outside the calendar"))?;
    let field = list.id_field();
    match list {
        List::Properties => fill_with::<wire::Property<'_>>(json, field, skip, today, filler),
        List::Units => fill_with::<wire::Unit<'_>>(json, field, skip, today, filler),
        List::Leases => fill_with::<wire::Lease<'_>>(json, field, skip, today, filler),
        List::Tenants => fill_with::<wire::Tenant<'_>>(json, field, skip, today, filler),
        List::Charges => fill_with::<wire::Charge<'_>>(json, field, skip, today, filler),
    }
}

fn fill_with<'a, R>(
    json: &'a str,
    id_field: &str,
    skip: usize,
    today: Date,
    filler: &mut Filler,
) -> Result<Taken>
where
    R: Row + Serialize + Deserialize<'a>,
{
    let list = rows::list::<R>(json)?;
    let rows = list.len();
    for (at, row) in list.into_iter().enumerate().skip(skip) {
        let row = match row {
            Ok(row) => row,
            Err(unread) => {
                filler.omit(unread.id(id_field).map(RecordKey::of), unread.why());
                continue;
            }
        };
        let key = RecordKey::of(row.id().to_string());
        let stamp: Option<Timestamp> = row.updated_at();
        match row.payload(today) {
            Ok(document) => {
                if !filler.add(key, stamp, &document, &row)? {
                    return Ok(Taken::Until(at));
                }
            }
            Err(why) => filler.omit(Some(key), why),
        }
    }
    Ok(Taken::All { rows })
}
