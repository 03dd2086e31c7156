//! One page of a list as a batch of records.

use portcullis_sdk::model::Date;
use portcullis_sdk::paging::ResumeAt;
use portcullis_sdk::serde_json::value::RawValue;
use portcullis_sdk::{
    Context, Error, Filler, Page, PageRequest, RecordKey, Result, Span, Text, dates, rows,
};
use serde::{Deserialize, Serialize};

use crate::map::Row;
use crate::vendor::{self, List, SINCE_EVER};
use crate::wire;

/// How far a watermark lies before the start of the run that made it, in
/// milliseconds: the vendor's clock and ours differ, and its stamps are written
/// a little after the fact.
const WATERMARK_OVERLAP: i64 = 5 * 60 * 1000;

/// What every list answers.
#[derive(Deserialize)]
pub(crate) struct Answer<'a> {
    /// The rows.
    #[serde(borrow)]
    pub(crate) data: &'a RawValue,
    /// Where the next page is. It alone says whether there is one: the vendor
    /// may give fewer rows than were asked for.
    #[serde(borrow)]
    pub(crate) next_page_path: Option<Text<'a>>,
}

/// The page that the request names.
pub(crate) fn pull(ctx: &Context<'_>, request: &PageRequest) -> Result<Page> {
    let list = List::of(&request.model)?;
    let since = since(request)?;
    let here = match &request.cursor {
        Some(cursor) => ResumeAt::read(cursor)?,
        None => ResumeAt::start(list.first_page(&since, request.target_records)),
    };
    let response = vendor::fetch(ctx, &here.page)?;
    if response.status != 200 {
        return Err(vendor::failure(&response));
    }
    let answer: Answer<'_> = response.json()?;
    let next = match answer.next_page_path.as_ref().and_then(Text::filled) {
        Some(link) => Some(vendor::next_page(ctx, link)?),
        None => None,
    };
    if next.as_ref() == Some(&here.page) {
        return Err(Error::protocol("the next page is the page itself"));
    }

    let mut filler = Filling::new(request, here.skip)?;
    let taken = filler.fill(list, answer.data.get())?;
    let batches = vec![filler.batch.into_batch()];
    let more = match (taken, next) {
        (Taken::Until(skip), _) => ResumeAt {
            skip,
            page: here.page,
        },
        (Taken::All, Some(page)) => ResumeAt::start(page),
        (Taken::All, None) => return Ok(Page::last(batches, watermark(request))),
    };
    Ok(Page::more(batches, more.write()?))
}

/// The ids of the rows that are records, where they can be read.
pub(crate) fn ids(list: List, json: &str) -> Result<Vec<Option<String>>> {
    match list {
        List::Properties => ids_of::<wire::Property<'_>>(json),
        List::Units => ids_of::<wire::Unit<'_>>(json),
        List::Leases => ids_of::<wire::Lease<'_>>(json),
        List::Tenants => ids_of::<wire::Tenant<'_>>(json),
        List::Leads => ids_of::<wire::Lead<'_>>(json),
        List::Applications => ids_of::<wire::Application<'_>>(json),
    }
}

fn ids_of<'a, R: Row + Deserialize<'a>>(json: &'a str) -> Result<Vec<Option<String>>> {
    let rows = rows::list::<R>(json)?.into_iter();
    Ok(rows
        .filter_map(|row| match row {
            Ok(row) => row.is_record().then(|| Some(row.id().to_owned())),
            Err(unread) => Some(unread.id("Id")),
        })
        .collect())
}

/// Since when rows are asked for: the vendor gives no list without it.
fn since(request: &PageRequest) -> Result<String> {
    match &request.span {
        Span::Full => Ok(SINCE_EVER.to_owned()),
        Span::Since(watermark) => match dates::timestamp(watermark) {
            Some(_) => Ok(watermark.clone()),
            None => Err(Error::watermark_expired("the watermark is no time")),
        },
        Span::Window(window) => Ok(
            dates::rfc3339_seconds(window.start.max(0)).unwrap_or_else(|| SINCE_EVER.to_owned())
        ),
    }
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

/// How many rows of an answer went into the page.
enum Taken {
    All,
    Until(usize),
}

/// Fills a page with the rows of one answer.
struct Filling {
    batch: Filler,
    skip: usize,
    today: Date,
    /// The vendor has no filter for the later end of a window.
    until: Option<i64>,
}

impl Filling {
    fn new(request: &PageRequest, skip: usize) -> Result<Self> {
        Ok(Self {
            batch: Filler::new(request),
            skip,
            today: dates::utc_day(request.started_at)
                .ok_or_else(|| Error::fail("the run began outside the calendar"))?,
            until: match &request.span {
                Span::Window(window) => Some(window.end),
                _ => None,
            },
        })
    }

    fn fill(&mut self, list: List, json: &str) -> Result<Taken> {
        match list {
            List::Properties => self.rows::<wire::Property<'_>>(json),
            List::Units => self.rows::<wire::Unit<'_>>(json),
            List::Leases => self.rows::<wire::Lease<'_>>(json),
            List::Tenants => self.rows::<wire::Tenant<'_>>(json),
            List::Leads => self.rows::<wire::Lead<'_>>(json),
            List::Applications => self.rows::<wire::Application<'_>>(json),
        }
    }

    fn rows<'a, R>(&mut self, json: &'a str) -> Result<Taken>
    where
        R: Row + Serialize + Deserialize<'a>,
    {
        for (at, row) in rows::list::<R>(json)?.into_iter().enumerate() {
            if at < self.skip {
                continue;
            }
            let row = match row {
                Ok(row) => row,
                Err(unread) => {
                    self.batch
                        .omit(unread.id("Id").map(RecordKey::of), unread.why());
                    continue;
                }
            };
            let stamp = row.updated_at();
            let late = self
                .until
                .zip(stamp)
                .is_some_and(|(end, at)| at.millis() > end);
            if late || !row.is_record() {
                continue;
            }
            let key = RecordKey::of(row.id());
            match row.payload(self.today) {
                Ok(document) => {
                    let added = self.batch.add(key, stamp, &document, &row)?;
                    if !added {
                        return Ok(Taken::Until(at));
                    }
                }
                Err(why) => self.batch.omit(Some(key), why),
            }
        }
        Ok(Taken::All)
    }
}
