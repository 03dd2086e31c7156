//! One page of a model's lists, as batches of records.

use portcullis_sdk::paging::{OffsetCursor, Overlap, Step};
use portcullis_sdk::{Batch, Context, Error, Level, Omission, Page, PageRequest, Response, Result};

use crate::filler::Filler;
use crate::rows::{self, Rows};
use crate::span;
use crate::vendor::{self, List, MOST_ROWS};

/// Where a page begins: in which list, or in which slice of a span that the
/// vendor wants cut, and there.
#[derive(Clone, Copy)]
struct Place {
    stage: u32,
    here: OffsetCursor,
}

impl Place {
    fn read(cursor: Option<&str>) -> Result<Self> {
        let staged = cursor.and_then(|cursor| cursor.split_once('/'));
        let Some((stage, rest)) = staged else {
            return Ok(Self {
                stage: 0,
                here: OffsetCursor::read(cursor)?,
            });
        };
        Ok(Self {
            stage: stage
                .parse()
                .map_err(|_| Error::cursor_expired("the cursor is no place"))?,
            here: OffsetCursor::read(Some(rest))?,
        })
    }

    /// The offset, behind the stage and a slash if it is not the first.
    fn write(&self) -> String {
        let offset = self.here.write();
        if self.stage == 0 {
            offset
        } else {
            format!("{}/{offset}", self.stage)
        }
    }
}

/// What a place has to offer.
enum Found {
    /// An answer with rows, and whether the span goes on behind this slice.
    Rows(Response, bool),
    /// The parent is gone.
    Gone,
    /// One of several lists is refused, in the vendor's words.
    Refused(String),
}

/// One page of the lists that hold the lead, and of the companions asked for.
///
/// Goes back while rows have moved up since the page before.
pub(crate) fn pull(ctx: &Context<'_>, request: &PageRequest) -> Result<Page> {
    let lists = List::of(&request.model)?;
    if matches!(request.model.as_str(), "applications" | "resident_payments") {
        return Err(Error::unsupported("it comes with another model"));
    }
    let place = Place::read(request.cursor.as_deref())?;
    let (list, slice) = match lists {
        [list] => (list, place.stage),
        lists => {
            let list = lists.get(place.stage as usize);
            (
                list.ok_or_else(|| Error::cursor_expired("the cursor is no place"))?,
                0,
            )
        }
    };
    let last_list = lists.len() == 1 || place.stage as usize + 1 == lists.len();
    let end = |batches, span_goes_on: bool| {
        if span_goes_on || !last_list {
            let next = Place {
                stage: place.stage + 1,
                here: OffsetCursor::default(),
            };
            Page::more(batches, next.write())
        } else {
            Page::last(batches, span::watermark(list, request))
        }
    };
    let limit = place.here.limit(request.target_records, MOST_ROWS);
    let mut here = place.here;
    let mut left = ctx.requests().max(1);
    loop {
        let found = fetch(ctx, list, lists.len(), request, slice, here.offset, limit)?;
        left -= 1;
        let (response, span_goes_on) = match found {
            Found::Rows(response, span_goes_on) => (response, span_goes_on),
            Found::Gone => return Ok(end(empty_batches(request), false)),
            Found::Refused(words) => {
                let mut batches = empty_batches(request);
                batches[0].omissions.push(Omission {
                    key: None,
                    kind: "forbidden".into(),
                    message: words,
                });
                return Ok(end(batches, false));
            }
        };
        let rows = rows::read(list.rows, &response)?;
        // Without an order there is nothing to compare.
        let overlap = match list.order {
            Some(_) => here.overlap(rows.first_id(), u64::from(limit)),
            None => Overlap::Sound,
        };
        match overlap {
            Overlap::Sound => {
                let total = vendor::total(&response);
                let (batches, step) = page(ctx, list, request, here, limit, total, &*rows)?;
                return Ok(match step {
                    Step::More(here) => Page::more(batches, Place { here, ..place }.write()),
                    Step::Complete => end(batches, span_goes_on),
                });
            }
            Overlap::ReadFrom(earlier) => {
                let offset = earlier.to_string();
                ctx.log(
                    Level::Info,
                    "rows moved up between two pages; reading again",
                    &[("offset", &offset)],
                );
                here.offset = earlier;
            }
        }
        if left == 0 {
            return Ok(Page::more(
                empty_batches(request),
                Place { here, ..place }.write(),
            ));
        }
    }
}

/// What `pull` answers when a page is to be asked for again from further up, or
/// when there is nothing.
fn empty_batches(request: &PageRequest) -> Vec<Batch> {
    let companions = request
        .companions
        .iter()
        .map(|companion| Batch::new(companion.as_str()));
    std::iter::once(Batch::new(request.model.as_str()))
        .chain(companions)
        .collect()
}

fn fetch(
    ctx: &Context<'_>,
    list: &List,
    lists: usize,
    request: &PageRequest,
    slice: u32,
    offset: u64,
    limit: u32,
) -> Result<Found> {
    let parent = request.partition.as_ref();
    let query = list.request(ctx, parent, limit)?.query("offset", offset);
    let query = match list.order {
        Some(field) => query.query("orderby", [field, " asc"].concat()),
        None => query,
    };
    let narrowed = span::narrow(list, request, slice, query)?;
    let response = vendor::send(ctx, narrowed.query)?;
    match response.status {
        200 => Ok(Found::Rows(response, narrowed.more)),
        // A parent that was deleted has no list any more.
        404 if list.is_below_a_parent() => Ok(Found::Gone),
        // What the other lists hold is worth having, and the omission says what is missing.
        403 if lists > 1 => Ok(Found::Refused(vendor::refusal(&response))),
        _ => Err(vendor::failure(&response)),
    }
}

/// The rows as batches, and what follows them in their list.
fn page(
    ctx: &Context<'_>,
    list: &List,
    request: &PageRequest,
    here: OffsetCursor,
    limit: u32,
    total: Option<u64>,
    rows: &dyn Rows,
) -> Result<(Vec<Batch>, Step)> {
    let sorted = rising((0..rows.count()).filter_map(|at| rows.id(at)));
    if !sorted && list.order.is_some() {
        ctx.log(Level::Warn, "the vendor did not sort by id", &[]);
    }

    let mut filler = Filler::new(request)?;
    let mut taken = 0;
    let mut tail = None;
    for at in 0..rows.count() {
        let id = rows.id(at);
        let seen_before = at == 0 && here.last.is_some() && id == here.last;
        if !seen_before && !filler.add(id, rows.record(at))? {
            break;
        }
        taken += 1;
        if let (Some(id), true) = (id, sorted && list.order.is_some()) {
            tail = Some((at as u64, id));
        }
    }
    if list.counts {
        filler.batch.total = total;
    }

    let received = rows.count() as u64;
    let step = if taken < received {
        Step::More(here.behind(taken, tail))
    } else {
        here.step(received, tail, total, limit)?
    };
    Ok((filler.batches()?, step))
}

/// Whether every id is above the one before.
fn rising(ids: impl Iterator<Item = i64>) -> bool {
    let mut before = None;
    for id in ids {
        if before.is_some_and(|before| before >= id) {
            return false;
        }
        before = Some(id);
    }
    true
}
