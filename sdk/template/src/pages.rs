//! One page of a list, as a batch of records.

use portcullis_sdk::model::Timestamp;
use portcullis_sdk::{
    Context, Error, Filler, Page, PageRequest, RecordKey, Request, Result, Span, dates, paging,
    rows,
};
use serde::Deserialize;

use crate::map::Record;
use crate::vendor::{self, Found, List, MOST_RECORDS};
use crate::wire;

/// How far a watermark lies before the start of the run that made it, in
/// milliseconds: the vendor's clock and ours differ.
const WATERMARK_OVERLAP: i64 = 60_000;

/// The page that the request names.
pub(crate) fn pull(ctx: &Context<'_>, request: &PageRequest) -> Result<Page> {
    let list = List::of(&request.model)?;
    let mut limit = request.target_records.clamp(1, MOST_RECORDS);
    loop {
        let mut query = spanned(list.request(ctx, limit), request)?;
        if let Some(cursor) = &request.cursor {
            query = query.query("after", cursor);
        }
        let response = query.send(ctx)?;
        if response.status != 200 {
            return Err(vendor::failure(&response));
        }
        let found: Found<'_> = response.json()?;
        let mut filler = Filler::new(request);
        filler.total(found.total);
        if fill(list, found.items.get(), &mut filler)? {
            return page(request, filler, found.next);
        }
        // The next page begins behind the last record of this one, so it cannot
        // be cut short; a smaller one is asked for.
        limit = (limit / 2).max(1);
    }
}

/// Whether all records found a place on the page.
fn fill(list: List, items: &str, filler: &mut Filler) -> Result<bool> {
    match list {
        List::Properties => fill_with::<wire::Property<'_>>(items, filler),
        List::Units => fill_with::<wire::Unit<'_>>(items, filler),
        List::Residents => fill_with::<wire::Resident<'_>>(items, filler),
    }
}

fn fill_with<'a, R: Record + Deserialize<'a>>(items: &'a str, filler: &mut Filler) -> Result<bool> {
    for row in rows::list::<R>(items)? {
        // A record that cannot be read costs itself and not the page.
        let record = match row {
            Ok(record) => record,
            Err(unread) => {
                filler.omit(unread.id("id").map(RecordKey::of), unread.why());
                continue;
            }
        };
        let key = RecordKey::of(record.id());
        let document = record
            .changed_at()
            .and_then(|time| Ok((time, record.document()?)));
        match document {
            Ok((time, document)) => {
                if !filler.add(key, time, &document, &record)? {
                    return Ok(false);
                }
            }
            Err(why) => filler.omit(Some(key), why),
        }
    }
    Ok(true)
}

/// The page, and what follows it.
fn page(request: &PageRequest, filler: Filler, next: Option<String>) -> Result<Page> {
    let batches = vec![filler.into_batch()];
    match next {
        None => Ok(Page::last(batches, watermark(request))),
        // The same page again would be asked for until the end of days.
        Some(next) if request.cursor.as_ref() == Some(&next) => {
            Err(Error::protocol("the next page is the one asked for"))
        }
        Some(next) => Ok(Page::more(batches, paging::opaque(&next)?)),
    }
}

/// Adds how much of the list the run reads. The end of the stretch stands
/// still while it is paged: what changes meanwhile comes with the next run.
fn spanned(query: Request, request: &PageRequest) -> Result<Request> {
    let (from, to) = match &request.span {
        Span::Full => return Ok(query),
        Span::Since(watermark) => {
            let from = dates::timestamp(watermark)
                .ok_or_else(|| Error::watermark_expired("the watermark is no time"))?;
            (from.millis(), request.started_at)
        }
        Span::Window(window) => (window.start, window.end),
    };
    Ok(query
        .query("changed_from", written(from)?)
        .query("changed_to", written(to)?))
}

/// Where the next run for changes begins. A window is no run that others go on
/// from.
fn watermark(request: &PageRequest) -> Option<String> {
    match request.span {
        Span::Full | Span::Since(_) => {
            written(request.started_at.saturating_sub(WATERMARK_OVERLAP)).ok()
        }
        Span::Window(_) => None,
    }
}

/// An instant as the vendor writes it.
fn written(ms: i64) -> Result<String> {
    let time = Timestamp::from_millis(ms)
        .map_err(|cause| Error::fail(format!("no time to ask by: {cause}")))?;
    Ok(time.to_string())
}
