//! One page of a search, as a batch of records.

use portcullis_sdk::model::Timestamp;
use portcullis_sdk::serde_json::value::RawValue;
use portcullis_sdk::{
    Context, Error, Filler, Page, PageRequest, RateLimit, RecordKey, Response, Result, Span, dates,
    paging, serde_json,
};
use serde::{Deserialize, Serialize};

use crate::map;
use crate::vendor::{self, Collection, MOST_ITEMS};

/// How far a watermark lies before the start of the run that made it, in
/// milliseconds: the vendor's clock and ours differ, and its stamps are written
/// a little after the fact.
const WATERMARK_OVERLAP: i64 = 60_000;

/// What an item takes of a page at most, on the average, in bytes: so many
/// items are asked for as surely fit.
const ROOM_FOR_ITEM: u32 = 8192;

/// The body of a search.
#[derive(Serialize)]
pub(crate) struct Search<'a> {
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_until: Option<String>,
}

impl Search<'_> {
    /// The first items of all.
    pub(crate) fn first(limit: u32) -> Self {
        Self {
            limit,
            cursor: None,
            changed_since: None,
            changed_until: None,
        }
    }
}

/// The answer to a search.
#[derive(Deserialize)]
pub(crate) struct Found<'a> {
    #[serde(borrow)]
    pub(crate) items: Vec<&'a RawValue>,
    pub(crate) next_cursor: Option<String>,
    pub(crate) total: Option<u64>,
}

/// Reads an answer as far as its items.
pub(crate) fn read(response: &Response) -> Result<Found<'_>> {
    response.json()
}

/// The id of an item, if that much can be read.
pub(crate) fn id(item: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Id {
        id: String,
    }
    serde_json::from_str::<Id>(item.get())
        .ok()
        .map(|item| item.id)
}

/// One page of the collection that holds the model.
pub(crate) fn pull(ctx: &Context<'_>, request: &PageRequest) -> Result<Page> {
    let collection = Collection::of(&request.model)?;
    let fitting = (request.max_bytes / ROOM_FOR_ITEM).max(1);
    let limit = request.target_records.clamp(1, MOST_ITEMS).min(fitting);
    let mut search = Search::first(limit);
    search.cursor = request.cursor.as_deref();
    (search.changed_since, search.changed_until) = span(request)?;
    loop {
        let response = vendor::search(ctx, collection, &search)?;
        if response.status != 200 {
            return Err(vendor::failure(&response));
        }
        let found = read(&response)?;
        let mut filler = Filler::new(request);
        if fill(&mut filler, collection, &found)? {
            return page(request, &response, filler, found.next_cursor);
        }
        // A page cannot be split, since a cursor begins behind its last item; a smaller one is asked for.
        search.limit = (search.limit / 2).max(1);
    }
}

/// Whether all items found a place on the page.
fn fill(filler: &mut Filler, collection: Collection, found: &Found<'_>) -> Result<bool> {
    filler.total(found.total);
    for item in &found.items {
        if !map::put(collection, item, filler)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The page, and what follows it.
fn page(
    request: &PageRequest,
    response: &Response,
    filler: Filler,
    next: Option<String>,
) -> Result<Page> {
    let batches = vec![filler.into_batch()];
    let mut page = match next {
        None => Page::last(batches, watermark(request)),
        // The same page again would be asked for until the end of days.
        Some(next) if request.cursor.as_ref() == Some(&next) => {
            return Err(Error::protocol("the next cursor is the one asked with"));
        }
        Some(next) => Page::more(batches, paging::opaque(&next)?),
    };
    page.pacing.extend(pacing(response));
    Ok(page)
}

/// Both ends are inclusive. The later one makes the window stand still while
/// it is paged: what changes meanwhile leaves it and comes with the next run.
fn span(request: &PageRequest) -> Result<(Option<String>, Option<String>)> {
    let range = |start, end| {
        let (start, end) = (written(start)?, written(end)?);
        Ok((Some(start), Some(end)))
    };
    match &request.span {
        Span::Full => Ok((None, None)),
        Span::Since(watermark) => {
            let since = dates::timestamp(watermark)
                .ok_or_else(|| Error::watermark_expired("the watermark is no time"))?;
            range(since.millis(), request.started_at)
        }
        Span::Window(window) => range(window.start, window.end),
    }
}

/// An instant as the vendor writes it, to the millisecond.
fn written(ms: i64) -> Result<String> {
    let time = Timestamp::from_millis(ms)
        .map_err(|cause| Error::fail(format!("no time to search by: {cause}")))?;
    Ok(time.to_string())
}

/// Where the next incremental run begins. A window is no run that others go
/// on from.
fn watermark(request: &PageRequest) -> Option<String> {
    match request.span {
        Span::Full | Span::Since(_) => {
            written(request.started_at.saturating_sub(WATERMARK_OVERLAP)).ok()
        }
        Span::Window(_) => None,
    }
}

/// What the vendor says about the requests that are left in this minute.
fn pacing(response: &Response) -> Option<RateLimit> {
    let remaining = response.header_u64("ratelimit-remaining")?;
    let reset = response.header_u64("ratelimit-reset")?;
    let reset = i64::try_from(reset.saturating_mul(1000)).ok()?;
    Some(RateLimit {
        bucket: Some(vendor::MINUTE.into()),
        retry_after_ms: None,
        remaining: u32::try_from(remaining).ok(),
        resets_at: response.received_at.checked_add(reset),
    })
}

/// The key of a record.
pub(crate) fn key(id: &str) -> RecordKey {
    RecordKey::of(id)
}
