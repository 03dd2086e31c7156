//! One page of a model.

use portcullis_sdk::serde_json::value::RawValue;
use portcullis_sdk::{
    Context, Error, Filler, Page, PageRequest, Response, Result, Span, paging as links,
};

use crate::clock;
use crate::loose;
use crate::map::{self, Run};
use crate::paging::{Cursor, rank};
use crate::vendor::{self, Method, PageOf};

/// One page of the method that brings the model.
pub(crate) fn pull(ctx: &Context<'_>, request: &PageRequest) -> Result<Page> {
    let method = Method::of(&request.model)?;
    if request.span != Span::Full {
        return Err(Error::watermark_expired(
            "the vendor cannot be asked for changes",
        ));
    }
    let property = request
        .partition
        .as_ref()
        .map(|part| part.key.external_id.as_str());
    if method.by_property() && property.is_none() {
        return Err(Error::fail("this model is read property by property"));
    }
    let run = Run {
        property,
        today: clock::day(request.started_at)
            .ok_or_else(|| Error::fail("the run began outside the calendar"))?,
    };
    let cursor = match method.paged() {
        true => Cursor::page(request.cursor.as_deref(), request.target_records)?,
        false => Cursor::behind(request.cursor.as_deref()),
    };
    let page = match cursor {
        Cursor::Page { number, size, .. } => Some(PageOf { number, size }),
        Cursor::Behind(_) => None,
    };
    let response = vendor::call(ctx, method, property, page)?;
    let rows = loose::at(vendor::result(method, &response)?, method.path());
    let mut filler = Filler::new(request);
    let next = match &cursor {
        Cursor::Page { number, size, skip } => {
            filler.total(response.header_u64("x-total-count"));
            let taken = of_page(method, &rows, &run, *skip, &mut filler)?;
            behind_page(&response, (*number, *size), rows.len(), taken)
        }
        Cursor::Behind(last) => behind_id(method, &rows, &run, last, request, &mut filler)?,
    };
    let batches = vec![filler.into_batch()];
    let mut page = match next {
        Some(next) => Page::more(batches, next.write()),
        // No watermark: there is nothing to go on from but all of it.
        None => Page::last(batches, None),
    };
    page.pacing = vendor::windows(method, &response);
    Ok(page)
}

/// Puts rows of one of the vendor's pages on ours; how many of the vendor's
/// are done with.
fn of_page(
    method: Method,
    rows: &[&RawValue],
    run: &Run<'_>,
    skip: u32,
    filler: &mut Filler,
) -> Result<usize> {
    let mut taken = (skip as usize).min(rows.len());
    for row in &rows[taken..] {
        if !map::put(method, row, run, filler)? {
            break;
        }
        taken += 1;
    }
    Ok(taken)
}

/// What follows a page of the vendor's: the rest of it, the next one where the
/// answer links to it, or nothing.
fn behind_page(
    response: &Response,
    (number, size): (u32, u32),
    rows: usize,
    taken: usize,
) -> Option<Cursor> {
    if taken < rows {
        let skip = u32::try_from(taken).unwrap_or(u32::MAX);
        return Some(Cursor::Page { number, size, skip });
    }
    let linked = response.header("link").and_then(links::next_link).is_some();
    // An empty page ends it, whatever it links to.
    (linked && rows > 0).then_some(Cursor::Page {
        number: number.saturating_add(1),
        size,
        skip: 0,
    })
}

/// Puts the rows behind an id on the page, in the order of ids, so that an
/// answer that cannot be asked for in parts is delivered in parts.
fn behind_id(
    method: Method,
    rows: &[&RawValue],
    run: &Run<'_>,
    last: &str,
    request: &PageRequest,
    filler: &mut Filler,
) -> Result<Option<Cursor>> {
    filler.total(Some(rows.len() as u64));
    let mut known: Vec<(String, &RawValue)> = Vec::new();
    for row in rows {
        match map::id(row) {
            Some(id) => known.push((id, row)),
            // Once a run: on its first page.
            None if last.is_empty() => filler.omit(None, "a record without an id"),
            None => {}
        }
    }
    known.sort_by(|one, other| rank(&one.0).cmp(&rank(&other.0)));
    let mut done = last;
    for (id, row) in &known {
        if !last.is_empty() && rank(id) <= rank(last) {
            continue;
        }
        let enough = filler.len() >= request.target_records as usize;
        if enough || !map::put(method, row, run, filler)? {
            return Ok(Some(Cursor::Behind(done.to_owned())));
        }
        done = id;
    }
    Ok(None)
}
