//! One page of a model.

use portcullis_sdk::{
    Context, Error, Filler, Page, PageRequest, Request, Result, Span, paging, timezones,
};

use crate::leases;
use crate::map::{self, Run};
use crate::vendor::{self, Api, MOST_ROWS, Settings};

/// How far a watermark lies before the start of the run that made it, in
/// milliseconds: the vendor takes days, and its clock may lie in another zone
/// than the one we were told.
const WATERMARK_OVERLAP: i64 = 24 * 3_600_000;

/// One page of the API that brings the model.
pub(crate) fn pull(ctx: &Context<'_>, request: &PageRequest) -> Result<Page> {
    let api = Api::of(&request.model)?;
    let settings: Settings = ctx.settings()?;
    let zone = settings.zone()?;
    let property = request
        .partition
        .as_ref()
        .map(|part| part.key.external_id.as_str());
    if api.property_parameter().is_some() && property.is_none() {
        return Err(Error::fail("this model is read property by property"));
    }
    let run = Run {
        property,
        zone,
        today: timezones::local_day(request.started_at, zone)
            .ok_or_else(|| Error::fail("the run began outside the calendar"))?,
        window: match &request.span {
            Span::Window(window) => Some((window.start, window.end)),
            Span::Full | Span::Since(_) => None,
        },
    };
    let since = since(api, &request.span)?;
    if api == Api::Leases {
        let (batches, next) = leases::pull(ctx, request, &settings, &run, since)?;
        return Ok(match next {
            Some(next) => Page::more(batches, next),
            None => Page::last(batches, watermark(request, &run)),
        });
    }
    let cursor = Cursor::read(request.cursor.as_deref())?;
    let asked = match cursor.link {
        // As the vendor wrote it; the host checks where it leads before anything goes there.
        Some(link) => Request::get(link),
        None => vendor::first(
            ctx,
            api,
            property,
            None,
            request.target_records.min(MOST_ROWS),
        )?,
    };
    let response = vendor::send(ctx, &settings, asked)?;
    let found = vendor::rows(&response)?;
    let mut filler = Filler::new(request);
    let mut taken = cursor.skip.min(found.rows.len());
    let mut full = false;
    for row in &found.rows[taken..] {
        if !map::put(api, row, &run, &mut filler)? {
            full = true;
            break;
        }
        taken += 1;
    }
    let batches = vec![filler.into_batch()];
    if full {
        let rest = Cursor {
            skip: taken,
            link: cursor.link,
        };
        return Ok(Page::more(batches, paging::opaque(&rest.write())?));
    }
    Ok(match found.next.as_deref() {
        // No watermark: there is nothing to go on from but all of it.
        None => Page::last(batches, None),
        Some(link) if cursor.link == Some(link) => {
            return Err(Error::protocol("the next link is the one asked with"));
        }
        Some(link) => {
            let next = Cursor {
                skip: 0,
                link: Some(link),
            };
            Page::more(batches, paging::opaque(&next.write())?)
        }
    })
}

/// So many rows into an answer, by the link that brings it; the first one has
/// none.
#[derive(Clone, Copy)]
struct Cursor<'c> {
    skip: usize,
    link: Option<&'c str>,
}

impl<'c> Cursor<'c> {
    fn read(text: Option<&'c str>) -> Result<Self> {
        let Some(text) = text else {
            return Ok(Self {
                skip: 0,
                link: None,
            });
        };
        let (skip, link) = text
            .split_once(' ')
            .ok_or_else(|| Error::cursor_expired("the cursor is no link"))?;
        Ok(Self {
            skip: skip
                .parse()
                .map_err(|_| Error::cursor_expired("the cursor is no link"))?,
            link: (!link.is_empty()).then_some(link),
        })
    }

    fn write(&self) -> String {
        format!("{} {}", self.skip, self.link.unwrap_or_default())
    }
}

/// The day to ask for changes since, where the API knows one.
fn since(api: Api, span: &Span) -> Result<Option<&str>> {
    match span {
        Span::Since(_) if api != Api::Leases => Err(Error::watermark_expired(
            "this model cannot be asked for changes",
        )),
        Span::Since(watermark) => match portcullis_sdk::dates::date(watermark) {
            Some(_) => Ok(Some(watermark)),
            None => Err(Error::watermark_expired("the watermark is no day")),
        },
        Span::Full | Span::Window(_) => Ok(None),
    }
}

/// Where the next incremental run begins: a day on the vendor's calendar. A
/// window is no run that others go on from.
fn watermark(request: &PageRequest, run: &Run<'_>) -> Option<String> {
    if matches!(request.span, Span::Window(_)) {
        return None;
    }
    let start = request.started_at.saturating_sub(WATERMARK_OVERLAP);
    Some(timezones::local_day(start, run.zone)?.to_string())
}
